"""What a company is shown of its own: what is to come, what it must answer, its papers, its flights, its free times."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from rangeops.domain.slots import Slot
from rangeops.wire.clearance import ClearanceItem


class Told(Enum):
    """What a message from the range is about."""

    OFFER = "offer"  # a freed time is kept for it until it answers
    BRIEFING = "briefing"  # to be read and acknowledged
    DEBRIEF = "debrief"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    CLOSED = "closed"  # a closure stands in its time


@dataclass(frozen=True, slots=True)
class RangeMessage:
    """about: the slot. text: what the range says of it, "" for no more than its kind. until: to be answered; None: no hurry."""

    kind: Told
    about: Slot
    text: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlotAhead:
    """A slot that isn't over. lacking: what stands between it and its clearance; empty before it is approved."""

    slot: Slot
    lacking: tuple[ClearanceItem, ...]
    cleared: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """Something in the registers that lapses. what: "insurance", "A2 certificate", … days_left: below zero it has lapsed."""

    kind: str
    id: str
    name: str
    what: str
    until: date
    days_left: int


@dataclass(frozen=True, slots=True)
class FreeRequest:
    """A time that is looked for. volumes: of the range's; empty: any. minutes: of the flight. first: day of the range's calendar.

    aircraft, pilots: register ids, which nobody else has at that time; sysid: the vehicle's, 0 where it isn't known yet.
    """

    company: str
    airframe: str
    minutes: int
    first: date
    days: int = 7
    volumes: tuple[str, ...] = ()
    set_up_minutes: int = 0
    clear_down_minutes: int = 0
    time_out_minutes: int = 0
    aircraft: str = ""
    pilots: tuple[str, ...] = ()
    sysid: int = 0


@dataclass(frozen=True, slots=True)
class FreeView:
    """The flight can begin any time from `earliest` to `latest`, both included."""

    volume: str
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class WishView:
    """A company asked for another time or volume of its slot. answered: the range has moved, refused or ended it since."""

    slot: str
    asked_utc: datetime
    starts: datetime
    ends: datetime
    volume: str
    reason: str
    answered: bool


@dataclass(frozen=True, slots=True)
class FlownView:
    """A flight of the past, from arming to disarming."""

    slot: str
    callsign: str
    volume: str
    began: datetime
    ended: datetime

    @property
    def minutes(self) -> float:
        return (self.ended - self.began).total_seconds() / 60
