"""What control rooms tell of themselves, so that a replay shows what a person saw and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.alarms import AlarmId
from rangeops.domain.telemetry import Sysid

MOST_IN_REPORT: Final = 200
SPAN: Final = timedelta(seconds=60)  # from a report's first to its last: it is found by its first
KEYFRAME: Final = timedelta(seconds=60)  # a room tells its view again after so long, changed or not
BETWEEN_S: Final = 0.4  # reports of one room come no closer: the record's one writer is the commands', too
LONGEST_TEXT: Final = 80


@dataclass(frozen=True, slots=True)
class ScreenView:
    """What a screen looked at from `utc` on, until its next view. Times are by the room's own clock.

    seq: counts the room's views and drawn alarms, so that a report that came twice is known. chosen: the row of its
    list. filter, sort: of that list, as it names them. latitude_deg, longitude_deg, m_per_dot: the map's middle and scale;
    None where no map is seen. layers: of the map. follows: a vehicle that the map follows. dialog: what stands before it.
    """

    seq: int
    utc: datetime
    screen: str
    columns: int
    rows: int
    connected: bool = True
    vehicle: Sysid | None = None
    chosen: str = ""
    filter: str = ""
    sort: str = ""
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    m_per_dot: float | None = None
    layers: tuple[str, ...] = ()
    follows: Sysid | None = None
    dialog: str = ""
    language: str = "en"
    theme: str = ""


@dataclass(frozen=True, slots=True)
class AlarmDrawn:
    """An alarm stood on the screen: when its bytes were given to the terminal, not when it came.

    state: of the alarm, as it was drawn. place: "banner", "below the banner", "list".
    """

    seq: int
    utc: datetime
    alarm: AlarmId
    state: str
    place: str
    screen: str


@dataclass(frozen=True, slots=True)
class ScreenReport:
    """sent_utc: by the room's clock, against which the server's is held. lost: reports that the room couldn't keep."""

    room: str
    sent_utc: datetime
    views: tuple[ScreenView, ...] = ()
    drawn: tuple[AlarmDrawn, ...] = ()
    lost: int = 0


@dataclass(frozen=True, slots=True)
class ScreenEntry:
    """A report as it is in the record. number: of its entry. clock_ahead_s: the room's clock before the server's.

    Negative by as long as the report was on its way, too.
    """

    number: int
    user: str
    received_utc: datetime
    clock_ahead_s: float
    report: ScreenReport


@dataclass(frozen=True, slots=True)
class ScreensView:
    """Of some minutes: what each room showed in them, its last view before them included. In the record's order."""

    entries: tuple[ScreenEntry, ...]
