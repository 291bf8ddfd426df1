"""The baseline of a record that release 0.9 began: its entries carry no rows, so all stored rows are recorded once."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from rangeops.domain.clearance import Clearance
from rangeops.domain.now import Now
from rangeops.domain.projections import BASELINE, Projected
from rangeops.services.changes import SERVER, Changes
from rangeops.services.ports.store import UnitOfWork

_EVER: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
_ROWS_PER_ENTRY: Final = 200


def record_baseline(changes: Changes, now: Now) -> None:
    """Record all rows of the projected tables, and a digest of the subject index, unless the record has them already."""
    with changes.store.read() as work:
        first = work.record.following(0, 1)
        if (
            not first
            or "about" in json.loads(first[0].payload)
            or work.record.evidence(["record"], *_EVER, actions=[BASELINE])
        ):
            return
    with changes.begin(now, SERVER) as change:
        head = change.work.record.head()
        entries = 0 if head is None else head.seq
        for number, row in enumerate(_stored(change.work), start=1):
            change.work.written.note(row)
            if number % _ROWS_PER_ENTRY == 0:
                change.record(BASELINE, "record", "", about=["record"])
        says = (
            f"the rows that entries 1 to {entries} left were recorded as they are; later entries carry their own rows"
        )
        body = {"entries": entries, "index": change.work.record.index_sha256(entries)}
        change.record(BASELINE, "record", says, body, about=["record"])


def _stored(work: UnitOfWork) -> Iterator[Projected]:
    slots = work.slots.all()
    yield from slots
    clearances = work.clearances.of([slot.id for slot in slots]).values()
    yield from (clearance for clearance in clearances if clearance != Clearance(clearance.slot))
    yield from work.users.all()
    for incident in work.incidents.all():
        yield incident
        yield from work.incident_reviews.of(incident.id)
    yield from work.alarms.all()
