"""What happened, as the watch's journal and the record keep it. One frozen dataclass a kind of event."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rangeops.domain.alarms import Alarm
from rangeops.domain.commands import CommandProgress
from rangeops.domain.containment import Standing
from rangeops.domain.episodes import Step
from rangeops.domain.kept import Kept
from rangeops.domain.telemetry import Sysid
from rangeops.domain.vehicle_clock import ClockReading, ClockWhy


@dataclass(frozen=True, slots=True)
class WatchStarted:
    """orders_version: what it resumed from disk; 0 where there was nothing."""

    orders_version: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class OrdersTaken:
    version: int


@dataclass(frozen=True, slots=True)
class LinkChanged:
    uri: str
    up: bool
    detail: str


@dataclass(frozen=True, slots=True)
class VehicleFound:
    sysid: Sysid
    link: str
    autopilot: str
    vehicle_class: str


@dataclass(frozen=True, slots=True)
class VehicleLost:
    sysid: Sysid
    silent_s: float


@dataclass(frozen=True, slots=True)
class VehicleRebooted:
    sysid: Sysid


@dataclass(frozen=True, slots=True)
class ModeChanged:
    """commanded: our command asked for it; otherwise a pilot, a mission or a failsafe did."""

    sysid: Sysid
    mode: str
    mode_number: int
    commanded: bool


@dataclass(frozen=True, slots=True)
class ArmedChanged:
    sysid: Sysid
    armed: bool


@dataclass(frozen=True, slots=True)
class StatusTextHeard:
    """text went through safe_text."""

    sysid: Sysid
    severity: int
    text: str


@dataclass(frozen=True, slots=True)
class StandingChanged:
    sysid: Sysid
    standing: Standing
    margin_m: float | None


@dataclass(frozen=True, slots=True)
class AlarmChanged:
    alarm: Alarm


@dataclass(frozen=True, slots=True)
class CommandMoved:
    progress: CommandProgress


@dataclass(frozen=True, slots=True)
class FenceReadBack:
    """The compiled fence, as the vehicle gave it back. equal: item by item, and the fence is enabled and armed to act."""

    sysid: Sysid
    equal: bool
    items: int
    sha256: str
    detail: str


@dataclass(frozen=True, slots=True)
class BeforeKept:
    """What a vehicle had is kept, and what the range is about to write: before the first of it is written."""

    sysid: Sysid
    kept: Kept


@dataclass(frozen=True, slots=True)
class VehicleRestored:
    """What a vehicle had before the range wrote to it was put back. equal: and read back so, item by item."""

    sysid: Sysid
    slot: str
    equal: bool
    detail: str


@dataclass(frozen=True, slots=True)
class EpisodeMoved:
    """One step of an enforcement episode. by: the person behind it, "" for none; detail: in an operator's words."""

    sysid: Sysid
    step: Step
    by: str
    detail: str


@dataclass(frozen=True, slots=True)
class TrackPoint:
    at_utc: datetime
    latitude_deg: float
    longitude_deg: float
    altitude_amsl_m: float
    ground_speed_mps: float
    mode: str
    trusted: bool


@dataclass(frozen=True, slots=True)
class TrackRecorded:
    """The track around an enforcement episode, so that an incident is whole without the server's help."""

    sysid: Sysid
    points: tuple[TrackPoint, ...]


@dataclass(frozen=True, slots=True)
class RecordingClosed:
    """A file of packets to which nothing is added any more, bound into the record by its hash (64 hex digits)."""

    file: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ClockCompared:
    """How a vehicle's clocks stand against ours: what its own log's times are worth.

    boot_zero_utc: our time when its boot clock, as it goes by now, was 0: add it to a boot time of about then.
    gps_ahead_s: its GPS time minus ours; None, and gps None, where it told none. jumps: since this was told last, and
    jump_s how far it went with the last of them (ahead is positive).
    """

    sysid: Sysid
    why: ClockWhy
    boot_zero_utc: datetime
    boot: ClockReading
    gps_ahead_s: float | None
    gps: ClockReading | None
    jumps: int = 0
    jump_s: float = 0.0


Event = (
    WatchStarted
    | OrdersTaken
    | LinkChanged
    | VehicleFound
    | VehicleLost
    | VehicleRebooted
    | ModeChanged
    | ArmedChanged
    | StatusTextHeard
    | StandingChanged
    | AlarmChanged
    | CommandMoved
    | FenceReadBack
    | BeforeKept
    | VehicleRestored
    | EpisodeMoved
    | TrackRecorded
    | RecordingClosed
    | ClockCompared
)

EVENT_TYPES: Final[tuple[type, ...]] = Event.__args__


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One event with its place in one watch's journal. (watch, seq) makes a second delivery without effect."""

    watch: str
    seq: int
    monotonic_s: float
    utc: datetime
    event: Event
