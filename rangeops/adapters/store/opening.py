"""Opening a store by its URL: connection settings, the schema brought up to date, the file checked."""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from rangeops.adapters.store.airspace import airspace_meets
from rangeops.adapters.store.sql import WRITES, SqlStore
from rangeops.domain.errors import Damaged, Invalid, RangeopsError, Unavailable
from rangeops.services.ports import AirspaceOf, Store

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_BUSY_TIMEOUT_MS: Final = 5000


def _memory(_: str, airspace_of: AirspaceOf | None) -> Store:
    from rangeops.adapters.store.memory import MemoryStore  # a backend loads when it is asked for

    return MemoryStore(airspace_of)


def _sql(url: str, airspace_of: AirspaceOf | None) -> Store:
    engine = open_engine(url)
    try:
        upgrade(engine)
    except (SQLAlchemyError, OSError) as error:
        raise _unopened(url, error) from error
    return SqlStore(engine, airspace_of)


STORES: Final[Mapping[str, Callable[[str, AirspaceOf | None], Store]]] = {
    "memory": _memory,
    "sqlite": _sql,
    "postgresql": _sql,
}


def open_store(url: str, airspace_of: AirspaceOf | None = None) -> Store:
    """The store behind `url` (sqlite:///file, postgresql+psycopg://…, memory:), its schema up to date.

    airspace_of: what a slot holds against others; None where no slot is approved through this store.
    Raises Invalid, Unavailable, Damaged: one sentence each.
    """
    backend = url.partition(":")[0].partition("+")[0]
    if (opened := STORES.get(backend)) is None:
        raise Invalid(
            f"no store is called {backend!r:.40}", where="database URL", do=f"Use one of {', '.join(sorted(STORES))}."
        )
    return opened(url, airspace_of)


def open_engine(url: str) -> Engine:
    """An engine whose transactions begin as we need them; a SQLite file is made private and checked."""
    try:
        parsed = make_url(url)
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise Invalid(f"it can't be understood ({error})", where="database URL", do="See docs/record.md.") from error
    if engine.dialect.name == "sqlite":
        _settle_sqlite(engine)
        try:
            _prepare_file(parsed.database)
            with engine.connect() as connection:
                _quick_check(connection, url)
        except RangeopsError:
            raise
        except (DBAPIError, OSError) as error:
            raise _unopened(url, error) from error
    return engine


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`; whoever comes second waits and finds it done."""
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        command.upgrade(_alembic(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        command.downgrade(_alembic(connection), revision)


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _settle_sqlite(engine: Engine) -> None:
    """WAL for readers beside the writer; FULL because a commit must outlive a power cut; BEGIN IMMEDIATE for writers,
    so that what a writer has read can't change before it commits.
    """

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in (
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
        connection.create_function("airspace_meets", 2, airspace_meets, deterministic=True)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_file(database: str | None) -> None:
    if database and database != ":memory:":
        path = Path(database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)


def _quick_check(connection: Connection, url: str) -> None:
    found = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
    if found != "ok":
        raise _damaged(url, found)


def _unopened(url: str, error: Exception) -> RangeopsError:
    reason = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(reason, sqlite3.DatabaseError) and not isinstance(reason, sqlite3.OperationalError):
        return _damaged(url, str(reason))
    return Unavailable(
        f"it can't be opened ({reason})",
        where=make_url(url).render_as_string(hide_password=True),
        do="Check that the folder is there, writable and on a local disk.",
    )


def _damaged(url: str, found: str) -> Damaged:
    return Damaged(f"the database is damaged ({found})", where=url, do="Restore it from a backup.")
