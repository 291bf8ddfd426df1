"""Rows that follow from the record: an entry carries what its change wrote, so that a row edited by hand shows.

The entries are the evidence. The tables of slots, clearances, alarms, incidents, reviews and users, and the index of what an
entry is about, can be derived from them at any time; `rangeops audit verify` does so and compares.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from rangeops.domain.alarms import Alarm
from rangeops.domain.audit import canonical
from rangeops.domain.clearance import Clearance
from rangeops.domain.incident_review import Review
from rangeops.domain.incidents import Incident
from rangeops.domain.slots import Slot
from rangeops.domain.users import User

Projected = Slot | Clearance | User | Incident | Alarm | Review
KINDS: Final[Mapping[str, type[Projected]]] = {
    "slot": Slot,
    "clearance": Clearance,
    "user": User,
    "incident": Incident,
    "alarm": Alarm,
    "review": Review,
}
BASELINE: Final = "record.baseline"  # the action of entries that carry the rows a release before 0.10 left behind
ROWS: Final = "record.rows"  # the action of an entry that only carries rows
_REVIEWED: Final = ("review", ("review",))
IN_BODY: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "incident.open": ("incident", ()),
    "incident.extend": ("incident", ()),
    "incident.end": ("incident", ()),
    "incident.review": _REVIEWED,
    "incident.sign": _REVIEWED,
    "incident.reopen": _REVIEWED,
    "incident.person": _REVIEWED,
    "watch.alarm": ("alarm", ("of", "alarm")),
}
"""By action: the kind of row that an entry's body holds, and where in it. Such a row isn't carried a second time."""


def row_name(row: Projected) -> str:
    """The name of the row in an entry's "rows": its kind, a colon, its key."""
    match row:
        case Slot() | Incident() | Alarm():
            return f"{type(row).__name__.lower()}:{row.id}"
        case Clearance():
            return f"clearance:{row.slot}"
        case User():
            return f"user:{row.name}"
        case Review():
            return f"review:{row.incident}#{row.revision}"


def held_in(action: str, body: Any) -> Projected | None:
    """The row that the body of an entry with this action holds; None where it holds none."""
    kind, path = IN_BODY.get(action, ("", ()))
    for name in path:
        body = body.get(name) if isinstance(body, dict) else getattr(body, name, None)
    return body if kind and isinstance(body, KINDS[kind]) else None


def as_recorded(row: Projected) -> Projected:
    """The row as entries carry it. Entries stay for ever: of a user's full name, mail address and password hash they have
    one SHA-256, in the place of the last, which nothing can be guessed from as long as a password is set.
    """
    if not isinstance(row, User):
        return row
    private = canonical([row.full_name, row.mail, row.password_hash])
    return replace(row, full_name="", mail="", password_hash=hashlib.sha256(private).hexdigest())


def index_digest(rows: Iterable[Sequence[Any]]) -> str:
    """Return the SHA-256 of the index of subjects: rows of (entry, moment, subject) in the order of the entries."""
    digest = hashlib.sha256()
    for _, group in groupby(rows, key=itemgetter(0)):
        for row in sorted(map(tuple, group)):
            digest.update(canonical(row))
    return digest.hexdigest()
