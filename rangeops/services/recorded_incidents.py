"""An incident and its review as the entries of the audit log have them.

The tables of incidents and reviews are for lists and searches. What is shown, signed or exported of one incident comes from here.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, TypeVar

import msgspec

from rangeops.domain.absences import absent
from rangeops.domain.audit import AuditEntry
from rangeops.domain.errors import Damaged
from rangeops.domain.incident_review import Review
from rangeops.domain.incidents import Incident, incident_id
from rangeops.domain.projections import IN_BODY
from rangeops.services.ports.store import UnitOfWork
from rangeops.wire.shapes import converted

T = TypeVar("T")
_KINDS: Final[dict[str, type[Incident | Review]]] = {"incident": Incident, "review": Review}


def recorded_incident(work: UnitOfWork, incident_id: str) -> Incident:
    """Return the incident as its newest entry has it. Raises NotFound if no entry has it, Damaged."""
    state = None
    for row in _newest_first(work, incident_id):
        state = state or row.state  # before 0.10 only the review in an entry showed that it moved the incident
        if isinstance(row, Incident):
            return replace(row, state=state)
    raise absent("incident", incident_id)


def recorded_reviews(work: UnitOfWork, incident_id: str) -> tuple[Review, ...]:
    """Return each revision of its review as the newest entry with it has it, the newest last. Raises Damaged."""
    revisions: dict[int, Review] = {}
    for row in _newest_first(work, incident_id):
        if isinstance(row, Review):
            revisions.setdefault(row.revision, row)
    return tuple(revisions[number] for number in sorted(revisions))


def next_number(work: UnitOfWork, year: int) -> int:
    """Return a number for an incident of this year that no entry has: that of a row that was deleted isn't used again."""
    number = work.incidents.count(year) + 1
    while work.record.at_target(f"incident:{incident_id(year, number)}"):
        number += 1
    return number


def read_recorded(value: Any, into: type[T], entry: AuditEntry) -> T:
    """Return a value out of an entry's payload as its type. Raises Damaged."""
    try:
        return converted(value, into, strict=False)  # not strict: entries have floats as text
    except msgspec.ValidationError as error:
        raise Damaged(
            f"what is recorded can't be read ({error})",
            where=f"entry {entry.seq}",
            do="Run `rangeops audit verify`.",
        ) from error


def _newest_first(work: UnitOfWork, incident_id: str) -> Iterator[Incident | Review]:
    for entry in reversed(work.record.at_target(f"incident:{incident_id}")):
        payload = json.loads(entry.payload)
        for name, row in payload.get("rows", {}).items():
            kind = name.partition(":")[0]
            if name.partition("#")[0] == f"{kind}:{incident_id}" and kind in _KINDS:
                yield read_recorded(row, _KINDS[kind], entry)
        kind, path = IN_BODY.get(entry.action, ("", ()))
        body = payload["body"]
        for key in path:
            body = body[key]
        if kind in _KINDS:
            yield read_recorded(body, _KINDS[kind], entry)
