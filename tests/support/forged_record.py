"""A database forged by hand: its entries edited and chained again, as someone does who knows how a record is made."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace

from sqlalchemy import delete, insert, select

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.engines import open_engine
from rangeops.adapters.store.tables import AuditRow, SubjectRow, table_of
from rangeops.domain.audit import GENESIS_HASH, AuditEntry, hash_of

AUDIT, SUBJECT = table_of(AuditRow), table_of(SubjectRow)


def chained(entries: Iterable[AuditEntry]) -> list[AuditEntry]:
    """Number the entries from 1 on, and refit every hash."""
    made, head = [], GENESIS_HASH
    for seq, entry in enumerate(entries, start=1):
        payload_hash = hashlib.sha256(entry.payload.encode()).hexdigest()
        forged = replace(entry, seq=seq, payload_hash=payload_hash, prev_hash=head)
        made.append(replace(forged, entry_hash=hash_of(forged)))
        head = made[-1].entry_hash
    return made


def forge_entries(url: str, change: Callable[[list[AuditEntry]], Iterable[AuditEntry]]) -> None:
    """Put what `change` makes of the entries in their place, as it is; their subjects go with entries that are gone."""
    engine = open_engine(url, make=False)
    with engine.begin() as connection:
        entries = list(m.audit_entries(connection.execute(select(AUDIT).order_by(AUDIT.c.seq)).all()))
        subjects = [row._asdict() for row in connection.execute(select(SUBJECT)).all()]
        forged = list(change(entries))
        connection.execute(delete(SUBJECT))
        connection.execute(delete(AUDIT))
        connection.execute(insert(AUDIT), [asdict(entry) for entry in forged])
        kept = {entry.seq for entry in forged}
        if left := [row for row in subjects if row["seq"] in kept]:
            connection.execute(insert(SUBJECT), left)
    engine.dispose()
