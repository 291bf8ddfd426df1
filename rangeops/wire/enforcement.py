"""What people do about enforcement: hold it back, leave a vehicle to its pilot, clear a sector, call, and judge it after.

Over HTTP and, for what a watch must know, on its wire.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from rangeops.domain.calls import Call
from rangeops.domain.commands import CommandOrder, CommandProgress
from rangeops.domain.reviews import Verdict
from rangeops.domain.sectors import Contact
from rangeops.domain.telemetry import Sysid


class EpisodeAsk(Enum):
    INHIBIT = "inhibit"  # hold back what would be sent next
    LET_FLY = "let-fly"  # leave it to the pilot who took it over


@dataclass(frozen=True, slots=True)
class EpisodeAsked:
    """A person's word on one vehicle's episode. id: the server's; the watch answers it as a question."""

    id: str
    sysid: Sysid
    ask: EpisodeAsk
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ActOrdered:
    """Several vehicles' commands as one act, in the order in which they are sent. id stands in each as its `act`.

    An RTL whose way home isn't clear becomes a hold: the watch looks at the moment of sending.
    """

    id: str
    orders: tuple[CommandOrder, ...]


@dataclass(frozen=True, slots=True)
class WayHomeView:
    """The check that automation makes before an RTL, and what an RTL or a LAND would leave in the battery.

    crosses: None: not known. Percentages: None where battery, home or airframe isn't known; they may be negative.
    no_landing: areas below it on which nothing is made to land by itself.
    """

    sysid: Sysid
    crosses: tuple[str, ...] | None
    distance_m: float | None
    level_height_m: float | None  # above home, of the way
    flight_s: float | None
    battery_on_arrival_percent: float | None
    battery_on_landing_percent: float | None
    no_landing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReasonRequest:
    reason: str


@dataclass(frozen=True, slots=True)
class SectorRequest:
    """how: "hold" or "rtl". typed: the sector's name, retyped by a person."""

    how: str
    reason: str
    typed: str = ""


@dataclass(frozen=True, slots=True)
class SectorMember:
    """One vehicle that a sector's clearing concerns. why: how it counts as in it. pilot: how he is called."""

    sysid: Sysid
    callsign: str
    pilot: str
    why: str
    distance_m: float | None = None  # to the nearest crewed aircraft


@dataclass(frozen=True, slots=True)
class SectorView:
    """members: whom clearing it would reach now, in the order in which they would be told."""

    name: str
    members: tuple[SectorMember, ...]
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class SectorCleared:
    """One act. commands: of each vehicle, as it began; those that no watch could be given are refused already."""

    id: str
    sector: str
    how: str
    by: str
    reason: str
    at_utc: datetime
    members: tuple[SectorMember, ...]
    commands: tuple[CommandProgress, ...]
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class CallRequest:
    """word: a CallWord's value; about: the callsign or sector that it carries. to: who was called, via: how.

    answered: None: not known yet.
    """

    word: str
    about: str
    to: str
    reason: str
    via: str = ""
    answered: bool | None = None


@dataclass(frozen=True, slots=True)
class CallView:
    """One call of the log. evidence: the record's entry that proves it."""

    call: Call
    evidence: int


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    verdict: str
    note: str


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One automatic command, and what the safety officer thinks of it. verdict None: not judged yet.

    evidence: entries of the record: that it was sent, and how it was judged.
    """

    id: str
    progress: CommandProgress
    opened_utc: datetime
    callsign: str
    company: str
    slot: str
    verdict: Verdict | None = None
    note: str = ""
    judged_by: str = ""
    judged_utc: datetime | None = None
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    right: int = 0
    late: int = 0
    unneeded: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class ReviewsView:
    """counts: of all items; by_reason: of each reason for which the range commanded by itself."""

    items: tuple[ReviewView, ...]
    counts: ReviewCounts
    by_reason: tuple[tuple[str, ReviewCounts], ...]
