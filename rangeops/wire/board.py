"""One day as the slots screen shows it, beside the slots themselves; and drafts of what is told to others."""

from dataclasses import dataclass
from datetime import date, datetime

from rangeops.domain.slots import SlotId


@dataclass(frozen=True, slots=True)
class ClosedView:
    """A time of a closure. volumes: the bookable volumes that it closes, some of each or all."""

    closure: str
    title: str
    kind: str
    basis: str
    volumes: tuple[str, ...]
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Why a slot can't be held as it stands. other: the slot in its way, "" for a closure. starts, ends: the minutes that
    they have in common.
    """

    slot: SlotId
    other: str
    starts: datetime
    ends: datetime
    says: str


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of the range's own calendar. dawn, dusk: civil twilight; None where the sun doesn't say."""

    day: date
    starts: datetime
    ends: datetime
    dawn: datetime | None
    dusk: datetime | None
    closed: tuple[ClosedView, ...]
    conflicts: tuple[ConflictView, ...]


@dataclass(frozen=True, slots=True)
class DraftView:
    """A text to be filed or sent by a person. checks: what he must look at first."""

    slot: SlotId
    kind: str  # "NOTAM", "mail"
    to: tuple[str, ...]
    subject: str
    text: str
    checks: tuple[str, ...]
