"""The record read straight from its database, for whoever verifies it: no schema is brought up, nothing is written."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.checking import ENTRIES
from rangeops.adapters.store.engines import open_engine, reading, shown, unopened
from rangeops.adapters.store.opening import check_revision
from rangeops.adapters.store.projections import Projections
from rangeops.adapters.store.sql import SqlStore
from rangeops.adapters.store.tables import AuditRow, table_of
from rangeops.domain.audit import AuditEntry
from rangeops.services.ports.store import UnitOfWork

_AUDIT: Final = table_of(AuditRow)


@contextmanager
def reading_record(url: str) -> Iterator[Iterator[AuditEntry]]:
    """All entries of one moment, in the order of their numbers; a server may go on writing.

    Raises NotFound, Unavailable; Damaged where the database or an entry can't be read at all.
    """
    with reading_projections(url) as (entries, _):
        yield entries


@contextmanager
def reading_projections(url: str) -> Iterator[tuple[Iterator[AuditEntry], Projections]]:
    """The same entries, and the tables of that moment, to be compared with them as they pass. Raises as `reading_record`."""
    with _reading(url) as connection:
        yield m.audit_entries(connection.execute(ENTRIES)), Projections(connection)


def entries_of(url: str, actions: Collection[str]) -> list[AuditEntry]:
    """Return the entries of these actions, the oldest first. Raises as `reading_record`."""
    with _reading(url) as connection:
        chosen = select(_AUDIT).where(_AUDIT.c.action.in_(actions)).order_by(_AUDIT.c.seq)
        return list(m.audit_entries(connection.execute(chosen)))


def entry_hashes(url: str, size: int) -> list[bytes]:
    """Return the hashes of the first `size` entries, the leaves of their Merkle tree. Raises as `reading_record`."""
    with _reading(url) as connection:
        hashes = select(_AUDIT.c.entry_hash).where(_AUDIT.c.seq <= size).order_by(_AUDIT.c.seq)
        return [bytes.fromhex(each) for each in connection.execute(hashes).scalars().all()]


@contextmanager
def reading_store(url: str) -> Iterator[UnitOfWork]:
    """Everything stored, of one moment; a server may go on writing. Raises NotFound, Unavailable, Damaged, Conflict."""
    with _reading(url) as connection:
        check_revision(connection, shown(url))
        with SqlStore(connection.engine).read() as work:
            yield work


@contextmanager
def _reading(url: str) -> Iterator[Connection]:
    engine = open_engine(url, make=False)
    try:
        with reading(engine).connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise unopened(url, error) from error
    finally:
        engine.dispose()
