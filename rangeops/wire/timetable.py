"""What the HTTP API takes and gives about timetables."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TimetableRequest:
    """Slots that begin in [starts, ends). within_minutes: how far from what it asked for a slot may be moved.

    every_minutes: flights that are moved begin at each so many minutes of the day. deadline_s: for the solver.
    """

    starts: datetime
    ends: datetime
    within_minutes: int = 120
    every_minutes: int = 30
    deadline_s: float = 10.0


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """What a proposal does to one slot.

    change: "new" (to be approved, at new_starts), "moved" (approved, to another time), "dropped" (approved, and finds no
    place), "unplaced" (asked for, and finds none) or "left out" (why: what must be settled first).
    """

    slot: str
    version: int
    company: str
    callsign: str
    volume: str
    change: str
    starts: datetime
    ends: datetime
    new_starts: datetime | None = None
    new_ends: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class ProposalView:
    """sha256: names just this proposal, for accepting it. kept: approved slots that stay where they are.

    worth, bound, gap, fewest_moves: docs/timetable.md. greedy_worth: of first come, first served. by: who made it.
    """

    sha256: str
    made_utc: datetime
    starts: datetime
    ends: datetime
    by: str
    seconds: float
    worth: int
    bound: int | None
    gap: float | None
    fewest_moves: bool
    greedy_worth: int
    kept: int
    changes: tuple[ProposedChange, ...]


@dataclass(frozen=True, slots=True)
class AcceptRequest:
    sha256: str
    reason: str
