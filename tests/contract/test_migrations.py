"""The schema goes up and down on both databases, with rows in every table, and ends as the tables say."""

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, insert, inspect, select, text
from sqlalchemy import types as sa

from rangeops.adapters.store.engines import open_engine
from rangeops.adapters.store.opening import (
    STORES,
    alembic_config,
    check_revision,
    check_store,
    downgrade,
    open_store,
    revision_of,
    upgrade,
    upgrade_store,
)
from rangeops.domain.errors import Conflict

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OURS = ("airspace_box", "airspace_piece", "slot_minutes")  # indexes that are tables
pytestmark = pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index ix_audit")


@pytest.fixture(params=sorted(set(STORES) - {"memory"}))
def engine(request, empty_store):
    opened = open_engine(empty_store(request.param))
    yield opened
    opened.dispose()


def revisions(engine):
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(alembic_config(connection))
        assert len(script.get_heads()) == 1
        return [each.revision for each in reversed(list(script.walk_revisions()))]


def tables(engine):
    """Of what is there now, whatever this release would make of it."""
    metadata = MetaData()
    metadata.reflect(engine, only=lambda name, _: not name.startswith((*OURS, "alembic")))
    return metadata.sorted_tables


def specimen(column):
    """Any value of the column's type."""
    kind = column.type
    if isinstance(kind, sa.DateTime):
        return NOON.replace(tzinfo=None) if column.table.bind_name == "sqlite" else NOON
    if isinstance(kind, sa.Date):
        return NOON.date()
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.LargeBinary):
        return b"\x01\x02"
    if isinstance(kind, sa.Integer | sa.Numeric | sa.Float):
        return 1
    return "{}"


def fill(engine):
    """A row in each table that has none."""
    with engine.begin() as connection:
        for table in tables(engine):
            if connection.execute(select(table).limit(1)).first() is None:
                table.bind_name = engine.dialect.name
                row = {column.name: specimen(column) for column in table.columns}
                if table.name == "airspace":
                    continue  # its rows are tests/contract/test_airspace.py's; no table follows from it
                connection.execute(insert(table), row)


def rows(engine):
    with engine.connect() as connection:
        return {table.name: connection.execute(select(table)).mappings().all() for table in tables(engine)}


def same_where_both_have_it(before, after):
    for name in before.keys() & after.keys():
        assert len(before[name]) == len(after[name]), name
        for old, new in zip(before[name], after[name], strict=True):
            shared = old.keys() & new.keys()
            assert {key: old[key] for key in shared} == {key: new[key] for key in shared}, name


def test_each_revision_goes_up_and_down_with_rows_in_every_table(engine):
    for revision in revisions(engine):
        before = rows(engine)
        upgrade(engine, revision)
        same_where_both_have_it(before, rows(engine))
        fill(engine)
    newest = rows(engine)
    assert all(newest[name] for name in newest if name != "airspace")
    for revision in ["base", *revisions(engine)[:-1]][::-1]:
        before = rows(engine)
        downgrade(engine, revision)
        same_where_both_have_it(before, rows(engine))
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    assert not any(rows(engine).values())


def test_the_migrated_schema_is_what_the_tables_say(engine):
    upgrade(engine)
    with engine.begin() as connection:
        command.check(alembic_config(connection))


def test_a_schema_of_another_release_is_told_from_todays(engine):
    first = revisions(engine)[0]
    upgrade(engine, first)
    with engine.connect() as connection:
        assert revision_of(connection) == first
        with pytest.raises(Conflict, match="store upgrade"):
            check_revision(connection, "here")
    upgrade(engine)
    with engine.connect() as connection:
        check_revision(connection, "here")


def test_a_schema_of_a_later_release_is_left_alone_and_told(engine):
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    url = engine.url.render_as_string(hide_password=False)
    for meet in (open_store, upgrade_store, lambda url: check_store(url, NOON)):
        with pytest.raises(Conflict, match="9999, which is newer than this release's"):
            meet(url)
    with pytest.raises(Conflict, match="9999"):
        upgrade(engine)
    with engine.connect() as connection:
        assert revision_of(connection) == "9999"
