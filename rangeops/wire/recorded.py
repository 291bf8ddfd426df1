"""A flight that is over, as a replay shows it: pictures of any moment, what happened when, and what screens showed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rangeops.domain.slots import Slot
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import RangeView
from rangeops.wire.picture import RangePicture


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened. kind: mode, armed, disarmed, text, command, ack, breach, alarm, shown, log ...

    sysid: whose; None: the range's. priority: of an alarm, 1 to 3. entry: of the record, which proves it; None: a packet's.
    """

    utc: datetime
    kind: str
    text: str
    sysid: Sysid | None = None
    priority: int | None = None
    entry: int | None = None


class Recorded(Protocol):
    """title: what it is, for the head line. damage: what of it can't be read, in a few words; "" where all can."""

    @property
    def title(self) -> str: ...
    @property
    def damage(self) -> str: ...
    @property
    def begins(self) -> datetime: ...
    @property
    def ends(self) -> datetime: ...
    @property
    def site(self) -> RangeView: ...
    @property
    def slots(self) -> tuple[Slot, ...]:
        """Those that were flown in; a file knows of none."""

    @property
    def marks(self) -> tuple[Mark, ...]:
        """In the order of their times."""

    def picture(self, at: datetime) -> RangePicture:
        """As it was then: figures that were too old are left out, as they were live."""

    def trail(self, sysid: Sysid, at: datetime, seconds: float) -> tuple[tuple[float, float], ...]:
        """(latitude_deg, longitude_deg) of the seconds before, oldest first."""

    def seen(self, at: datetime) -> str:
        """What the operators' screens showed then, in a line; "" where nothing is known of it."""
