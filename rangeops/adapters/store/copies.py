"""Backups, and the way back: a backup is a SQLite file with every table, whichever database it was made from.

So it also moves a range from one database to the other.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import shapely
from sqlalchemy import Connection, Engine, Table, create_engine, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from rangeops.adapters.store.airspace import HOLD_PIECE, piece_values
from rangeops.adapters.store.checking import faults
from rangeops.adapters.store.engines import WRITES, in_a_line, open_engine, reading, shown, unopened
from rangeops.adapters.store.opening import check_revision, open_sound, revision_of, upgrade
from rangeops.adapters.store.sql import one_writer
from rangeops.adapters.store.tables import AirspaceRow, table_of
from rangeops.domain.airspace import Airspace
from rangeops.domain.errors import Conflict, Damaged, NotFound, Unavailable
from rangeops.durable import sync_folder

_BATCH: Final = 1000
_AIRSPACE: Final = table_of(AirspaceRow)


def back_up(url: str, file: Path) -> None:
    """A copy of one moment, while others read and write. Durable and checked before it has its name.

    Raises Conflict where the file is there already or the schema isn't this release's, Unavailable, Damaged.
    """
    if file.exists():
        raise Conflict("it exists already", where=str(file), do="Name another, or remove it first.")
    engine = open_engine(url, make=False)
    try:
        with _partial(file) as partial:
            if engine.dialect.name == "sqlite":
                _vacuum_into(engine, partial)
            else:
                _pour_into(engine, partial)
            written = create_engine(f"sqlite:///file:{quote(str(partial))}?mode=ro&uri=true")
            _sound_or_raise(written, partial)
            written.dispose()
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise unopened(url, error) from error
    finally:
        engine.dispose()


def restore(url: str, file: Path) -> None:
    """Everything of a backup into an empty database, in one transaction; a backup of an older release is brought up.

    Raises NotFound, Damaged, Conflict where the database holds something already, Unavailable.
    """
    if not file.is_file():
        raise NotFound("there is no such backup", where=str(file), do="Name a file that `rangeops store backup` wrote.")
    target = open_sound(url)
    try:
        with _working_copy(file) as source, target.execution_options(**{WRITES: True}).begin() as to:
            one_writer(to)
            if filled := [table.name for table in _tables() if _has_rows(to, table)]:
                raise Conflict(
                    f"it isn't empty ({', '.join(filled)})", where=shown(url), do="Restore into an empty database."
                )
            with source.connect() as connection:
                _copy_rows(connection, to)
    except (SQLAlchemyError, OSError) as error:
        raise unopened(url, error) from error
    finally:
        target.dispose()


def _vacuum_into(engine: Engine, file: Path) -> None:
    _outside_transactions(engine, "VACUUM INTO ?", str(file))


def _outside_transactions(engine: Engine, statement: str, *values: str) -> None:
    raw = engine.raw_connection()
    try:
        raw.cursor().execute(statement, values)
    finally:
        raw.close()


def _pour_into(engine: Engine, file: Path) -> None:
    """PostgreSQL's rows in one repeatable-read transaction."""
    copy = open_engine(f"sqlite:///{file}")
    try:
        with reading(engine).connect() as connection:
            check_revision(connection, shown(engine.url))
            upgrade(copy)
            with copy.execution_options(**{WRITES: True}).begin() as to:
                _copy_rows(connection, to)
        _outside_transactions(copy, "PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
    finally:
        copy.dispose()


@contextmanager
def _working_copy(file: Path) -> Iterator[Engine]:
    """Checked, and brought up to this release. The backup itself is never written to."""
    with tempfile.TemporaryDirectory(prefix="rangeops-restore-") as folder:
        copy = Path(folder) / "copy.db"
        shutil.copyfile(file, copy)
        engine = open_engine(f"sqlite:///{copy}")
        try:
            _sound_or_raise(engine, file)
            upgrade(engine)
            yield engine
        finally:
            engine.dispose()


def _copy_rows(source: Connection, target: Connection) -> None:
    for table in _tables():
        with source.execute(select(table).execution_options(yield_per=_BATCH)) as rows:
            for batch in rows.mappings().partitions():
                target.execute(insert(table), [dict(row) for row in batch])
                if table is _AIRSPACE and target.dialect.name == "postgresql":
                    for row in batch:
                        target.execute(HOLD_PIECE, piece_values(row["slot"], _airspace_of(row)))
        if target.dialect.name == "postgresql":
            _count_on(target, table)


def _airspace_of(row: Any) -> Airspace:
    core = shapely.from_wkb(row["core"])
    return Airspace(row["place"], core, row["floor_amsl_m"], row["ceiling_amsl_m"], row["starts"], row["ends"])


def _count_on(target: Connection, table: Table) -> None:
    """Let PostgreSQL number the next row after the copied ones."""
    for column in table.primary_key.columns:
        name = {"table": f'"{table.name}"', "column": column.name}
        sequence = target.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), name).scalar_one()
        highest = target.execute(select(func.max(column))).scalar_one() if sequence else None
        if highest is not None:
            target.execute(text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest})


def _tables() -> list[Table]:
    """Each after those that its keys name."""
    return SQLModel.metadata.sorted_tables


def _has_rows(connection: Connection, table: Table) -> bool:
    return connection.execute(select(table).limit(1)).first() is not None


@contextmanager
def _partial(file: Path) -> Iterator[Path]:
    """A private file beside it that gets its name, and is on the disk, once all went well."""
    partial = file.with_name(file.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        partial.touch(mode=0o600)
        yield partial
        with partial.open("rb") as opened:
            os.fsync(opened.fileno())
        os.link(partial, file)  # unlike a rename it takes nobody's place
        sync_folder(file.parent)
    except FileExistsError as error:
        raise Conflict("it exists already", where=str(file), do="Name another, or remove it first.") from error
    except (OSError, sqlite3.OperationalError) as error:  # SQLite's own, where it writes past SQLAlchemy
        raise Unavailable(
            f"it can't be written ({getattr(error, 'strerror', error)})",
            where=str(file),
            do="Name a folder that is yours, with room.",
        ) from error
    finally:
        for suffix in ("", "-wal", "-shm"):
            partial.with_name(partial.name + suffix).unlink(missing_ok=True)


def _sound_or_raise(engine: Engine, file: Path) -> None:
    try:
        with engine.connect() as connection:
            found = next(faults(connection), None) or ("" if revision_of(connection) else "it is no range's database")
    except SQLAlchemyError as error:
        raise Damaged(in_a_line(error), where=str(file), do="Use another backup.") from error
    if found:
        raise Damaged(found, where=str(file), do="Use another backup.")
