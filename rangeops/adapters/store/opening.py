"""Opening a store by its URL: the database checked, its schema brought up to date."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.checking import ENTRIES, deep_faults, faults
from rangeops.adapters.store.engines import WRITES, damaged, open_engine, reading, shown, unopened
from rangeops.adapters.store.projections import Projections, restore
from rangeops.adapters.store.sql import SqlStore, one_writer
from rangeops.adapters.store.tables import LinkRow
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Invalid, NotFound, RangeopsError
from rangeops.domain.now import Now
from rangeops.services.changes import Change
from rangeops.services.ports.store import AirspaceOf, Store

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def _memory(_: str, airspace_of: AirspaceOf | None) -> Store:
    from rangeops.adapters.store.memory import MemoryStore  # a backend loads when it is asked for

    return MemoryStore(airspace_of)


def _sql(url: str, airspace_of: AirspaceOf | None) -> Store:
    return SqlStore(open_sound(url), airspace_of)


STORES: Final[Mapping[str, Callable[[str, AirspaceOf | None], Store]]] = {
    "memory": _memory,
    "sqlite": _sql,
    "postgresql": _sql,
}


def open_store(url: str, airspace_of: AirspaceOf | None = None) -> Store:
    """The store behind `url` (sqlite:///file, postgresql://…, memory:), checked, its schema up to date.

    airspace_of: what a slot holds against others; None where no slot is approved through this store.
    Raises Invalid, Unavailable, Damaged: one sentence each.
    """
    backend = url.partition(":")[0].partition("+")[0]
    if (opened := STORES.get(backend)) is None:
        raise Invalid(
            f"no store is called {backend!r:.40}", where="database URL", do=f"Use one of {', '.join(sorted(STORES))}."
        )
    return opened(url, airspace_of)


def open_sound(url: str) -> Engine:
    """An engine on a database that was checked and has today's schema. Raises as open_store does."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            require_known(connection, shown(url))
            found = next(faults(connection), None)
        if found is not None:
            raise damaged(url, found)
        upgrade(engine)
    except (SQLAlchemyError, OSError, RangeopsError) as error:
        engine.dispose()
        if isinstance(error, RangeopsError):
            raise
        raise unopened(url, error) from error
    return engine


def check_store(url: str, now: datetime) -> tuple[str, ...]:
    """Everything that is wrong with a database of this release's schema. Raises Unavailable, Damaged, Conflict."""
    engine = open_engine(url, make=False)
    try:
        with reading(engine).connect() as connection:
            check_revision(connection, shown(url))
            return tuple(deep_faults(connection, now))
    except SQLAlchemyError as error:
        raise unopened(url, error) from error
    finally:
        engine.dispose()


def rebuild_store(url: str, now: Now, actor: Actor) -> tuple[str, ...]:
    """Write into the projected tables what the record says, and record that; return what differed, a sentence each.

    The caller has verified the record. Raises NotFound, Unavailable, Damaged, Conflict.
    """
    store = SqlStore(open_engine(url, make=False))
    try:
        with store.engine.connect() as connection:
            check_revision(connection, shown(url))
        with store.writing() as (work, connection):
            projections = Projections(connection)
            deque(projections.passing(m.audit_entries(connection.execute(ENTRIES))), maxlen=0)
            differences = tuple(projections.differences())
            found = (*projections.faults, *(each.what for each in differences))
            if restored := len(projections.index) + len(differences):
                for user in restore(connection, projections, differences):
                    work.written.note(user)
                says = f"{actor.name} restored {restored} rows of the database from the record"
                Change(work, now, actor).record("store.rebuild", "record", says, {"found": found}, about=["record"])
    except SQLAlchemyError as error:
        raise unopened(url, error) from error
    finally:
        store.close()
    return found


def schema_of(url: str) -> tuple[str, str]:
    """The schema's revision ("" for an empty database), and this release's. Nothing is changed in it.

    Raises Conflict for one of a later release, NotFound, Unavailable, Damaged.
    """
    engine = open_engine(url, make=False)
    try:
        with reading(engine).connect() as connection:
            require_known(connection, shown(url))
            newest = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
            return revision_of(connection), newest or ""
    except SQLAlchemyError as error:
        raise unopened(url, error) from error
    finally:
        engine.dispose()


def kept_links(url: str) -> tuple[str, ...]:
    """The links in a database, whatever release it is of; none where there is no database. Nothing is changed in it.

    Raises Unavailable, Damaged.
    """
    try:
        engine = open_engine(url, make=False)
    except NotFound:
        return ()
    try:
        with reading(engine).connect() as connection:
            if not inspect(connection).has_table(LinkRow.__tablename__):
                return ()
            return tuple(connection.scalars(select(col(LinkRow.uri))))
    except SQLAlchemyError as error:
        raise unopened(url, error) from error
    finally:
        engine.dispose()


def upgrade_store(url: str) -> tuple[str, str]:
    """The schema's revision before and after. Raises as open_store does."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            before = revision_of(connection)
        open_sound(url).dispose()
        with engine.connect() as connection:
            return before, revision_of(connection)
    except SQLAlchemyError as error:
        raise unopened(url, error) from error
    finally:
        engine.dispose()


def revision_of(connection: Connection) -> str:
    """Of the schema that is there; "" for an empty database."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def check_revision(connection: Connection, where: str) -> None:
    """Raises Conflict where the schema isn't this release's."""
    require_known(connection, where)
    newest = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
    if (found := revision_of(connection)) != newest:
        do = "Use the release it is from, or bring it up with `rangeops store upgrade`."
        raise Conflict(f"its schema is {found or 'empty'}, this release's is {newest}", where=where, do=do)


def require_known(connection: Connection, where: str) -> None:
    """Raises Conflict where a later release wrote the schema: this one can't know what it means."""
    known = ScriptDirectory.from_config(alembic_config(connection))
    revisions = {each.revision for each in known.walk_revisions()}
    if (found := revision_of(connection)) and found not in revisions:
        raise Conflict(
            f"its schema is {found}, which is newer than this release's {known.get_current_head()}",
            where=where,
            do="Install the release that it is from, or restore a backup of before the upgrade.",
        )


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`; whoever comes second waits and finds it done.

    Raises Conflict where it is a later release's.
    """
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        one_writer(connection)
        require_known(connection, shown(engine.url))
        command.upgrade(alembic_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        one_writer(connection)
        command.downgrade(alembic_config(connection), revision)


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
