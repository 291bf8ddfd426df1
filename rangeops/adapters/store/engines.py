"""Connections as we need them: durable, one writer at a time, one sentence for what can't be reached."""

import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from rangeops.adapters.store.airspace import airspace_meets
from rangeops.domain.errors import Damaged, Invalid, NotFound, RangeopsError, Unavailable

WRITES: Final = "rangeops_writes"  # execution option: begin a SQLite transaction with the write lock held
_NO_TEXT: Final = "Could not decode to UTF-8"  # an OperationalError of the driver's, and damage all the same
_BUSY_TIMEOUT_MS: Final = 5000
_POSTGRESQL: Final = "postgresql+psycopg"
_REACH: Final = {"connect_timeout": 5, "keepalives_idle": 10, "tcp_user_timeout": 15_000}  # libpq's; seconds, s, ms
_POSTGRESQL_SETTINGS: Final = (
    "SET synchronous_commit = on",  # a commit outlives a power cut, whatever the server's own setting is
    "SET lock_timeout = '30s'",  # a writer that waits longer says so
    "SET idle_in_transaction_session_timeout = '60s'",  # a client that vanished gives up the turn to write
)


def open_engine(url: str, *, make: bool = True) -> Engine:
    """An engine whose transactions begin as we need them. A SQLite file that isn't there is made, and private.

    Raises Invalid, Unavailable; NotFound where it isn't to be made.
    """
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        _settle_sqlite(engine)
        try:
            _prepare_file(engine.url.database, make=make)
        except OSError as error:
            raise unopened(url, error) from error
    else:
        _settle_postgresql(engine)
    return engine


def reading(engine: Engine) -> Engine:
    """The same for transactions that read: each sees one moment, however many statements it makes."""
    if engine.dialect.name != "postgresql":
        return engine  # in SQLite every transaction does
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def shown(url: str | URL) -> str:
    """Without its password. Text that is no URL isn't shown: it may hold one."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "database URL"


def in_a_line(error: BaseException) -> str:
    """What a driver says, in one line."""
    reason = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(str(reason).split())


def unopened(url: str, error: Exception) -> RangeopsError:
    reason = error.orig if isinstance(error, DBAPIError) else error
    passing = isinstance(reason, sqlite3.OperationalError) and _NO_TEXT not in str(reason)
    if isinstance(reason, sqlite3.DatabaseError) and not passing:
        return damaged(url, in_a_line(error))
    do = "Check that the folder is there, writable and on a local disk."
    if not url.startswith("sqlite"):
        do = "Check that the database server runs and lets this user in."
    return Unavailable(f"it can't be opened ({in_a_line(error)})", where=shown(url), do=do)


def damaged(url: str, found: str) -> Damaged:
    return Damaged(
        f"the database is damaged ({found})", where=shown(url), do="Restore it from a backup: docs/store.md."
    )


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql":
            # pre_ping: the server may have been restarted since; what was begun is never begun again by itself.
            return create_engine(parsed.set(drivername=_POSTGRESQL), pool_pre_ping=True, connect_args=_REACH)
        return create_engine(parsed)
    except ModuleNotFoundError as error:
        raise Invalid(
            f"the driver isn't installed ({error})", where=shown(url), do="Install rangeops[postgres]."
        ) from error
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise Invalid("it can't be understood", where="database URL", do="See docs/store.md.") from error


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
            "secure_delete=ON",  # a person who is erased is overwritten; not every SQLite is built so
        ):
            connection.execute(f"PRAGMA {pragma}").close()
        connection.create_function("airspace_meets", 2, airspace_meets, deterministic=True)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _settle_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        with connection.cursor() as cursor:
            for setting in _POSTGRESQL_SETTINGS:
                cursor.execute(setting)
        connection.commit()


def _prepare_file(database: str | None, *, make: bool) -> None:
    if not database or database == ":memory:":
        return
    path = Path(database)
    if make:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    elif not path.is_file():
        raise NotFound("there is no database", where=database, do="Name the data folder with --data.")
