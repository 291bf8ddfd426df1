"""What screens are shown: the range as it is now, coalesced; a missed picture is replaced by the next."""

from dataclasses import dataclass
from datetime import datetime

from rangeops.domain.alarms import Alarm
from rangeops.domain.commands import CommandProgress
from rangeops.domain.containment import Standing
from rangeops.domain.next_act import InhibitNow, NextAct
from rangeops.domain.reach import Reach
from rangeops.domain.separation import Verdict
from rangeops.domain.telemetry import Sysid


@dataclass(frozen=True, slots=True)
class RouteView:
    """One way to a vehicle. None: not measured. radio_margin_db: of the radio's worse end over the noise.

    standing: "live" (it answers there), "new" (heard, not asked for long), "deaf", "silent".
    """

    link: str
    in_use: bool
    standing: str
    heard_age_s: float
    lost_percent: float | None
    round_trip_s: float | None
    radio_margin_db: float | None
    signed: bool


@dataclass(frozen=True, slots=True)
class EncounterView:
    """The worst that one vehicle meets. name: whom; kind: "drone" or "crewed". Figures: domain.separation.Encounter.

    None: not known, as where one of the two isn't seen; detail says it in an operator's words.
    """

    name: str
    kind: str
    verdict: Verdict
    detail: str
    lateral_m: float | None = None
    vertical_m: float | None = None
    time_to_loss_s: float | None = None
    time_to_cpa_s: float | None = None
    cpa_lateral_m: float | None = None
    cpa_vertical_m: float | None = None


@dataclass(frozen=True, slots=True)
class TrafficView:
    """An aircraft that isn't the range's. kind: "crewed" or "drone"; source: the link or feed that told of it last.

    altitude_error_m: how far off the altitude may be: without QNH it is hundreds of metres. stale: it may be elsewhere.
    """

    id: str
    name: str
    kind: str
    source: str
    latitude_deg: float
    longitude_deg: float
    altitude_amsl_m: float | None
    altitude_error_m: float | None
    ground_speed_mps: float | None
    track_deg: float | None
    climb_mps: float | None
    on_ground: bool
    age_s: float
    stale: bool


@dataclass(frozen=True, slots=True)
class VehicleView:
    """One vehicle. Values that are unknown or too old to be believed are None: screens show `--`, never a last value.

    height_m: above the site's elevation (AGL on a flat site); track_deg: course over ground.
    intent: ASTM F3548's Accepted, Activated, Nonconforming, Contingent, Ended; "" without a slot.
    fence: "none", "loaded", "active", "breach", "unknown".
    """

    sysid: Sysid
    callsign: str
    company: str
    slot: str
    slot_ends: datetime | None
    cleared: bool
    contact: str
    vehicle_class: str
    mode: str
    armed: bool
    standing: Standing
    trusted: bool
    intent: str
    fence: str
    link: str
    uplink_ok: bool
    position_age_s: float | None
    heard_age_s: float | None
    latitude_deg: float | None
    longitude_deg: float | None
    altitude_amsl_m: float | None
    height_m: float | None
    ground_speed_mps: float | None
    track_deg: float | None
    climb_mps: float | None
    battery_percent: int | None
    satellites: int | None
    margin_m: float | None
    time_to_exit_s: float | None
    distance_home_m: float | None
    home_latitude_deg: float | None
    home_longitude_deg: float | None
    routes: tuple[RouteView, ...] = ()
    encounter: EncounterView | None = None
    reach: Reach | None = None  # where it can be by now, while nobody knows where it is
    next_act: NextAct | None = None  # what the range does next by itself, or leaves to a person
    inhibit: InhibitNow | None = None  # who holds it back just now
    pilot_has_control: bool = False  # he took it over from the range, and nobody has decided yet
    airborne: bool = False  # armed, and not said to be on the ground
    position_error_m: float | None = None  # to any side, as the forecast counts with it; None without a position


@dataclass(frozen=True, slots=True)
class LinkView:
    """lost: by gaps in the senders' sequence numbers, since the link was added; lost_percent: of all that they sent.

    dropped_here: by this machine's kernel before we read them; None where a kind of link has no such count.
    """

    uri: str
    up: bool
    detail: str
    messages_per_s: float
    lost_percent: float
    lost: int = 0
    dropped_here: int | None = None
    receive_buffer_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A watch's whole present: sent about five times a second, and the sign that it lives."""

    watch: str
    utc: datetime
    orders_version: int
    vehicles: tuple[VehicleView, ...]
    links: tuple[LinkView, ...]
    alarms: tuple[Alarm, ...]
    commands: tuple[CommandProgress, ...]  # not yet final, and those that became so in the last 30 s
    monotonic_s: float = 0.0  # the watch's clock: what the server says by it needs no two clocks to agree
    traffic: tuple[TrafficView, ...] = ()


@dataclass(frozen=True, slots=True)
class SkyView:
    """wind: as the newest observation has it, "230/08G12kt"; "" where none is new enough. turn: "sunset" or "sunrise",
    whichever comes next; "" where the sun isn't known.
    """

    wind: str
    turn: str
    turn_utc: datetime | None


@dataclass(frozen=True, slots=True)
class RangePicture:
    """The server's word to the screens. enforcement: is a watch alive; it is False before the first snapshot too."""

    utc: datetime
    range_id: str
    simulation: bool
    enforcement: bool
    watch_age_s: float | None
    vehicles: tuple[VehicleView, ...]
    links: tuple[LinkView, ...]
    alarms: tuple[Alarm, ...]
    commands: tuple[CommandProgress, ...]
    traffic: tuple[TrafficView, ...] = ()
    drill: str = ""  # the drill that is played; "" where none is
    sky: SkyView | None = None  # None: the server hasn't looked yet


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the range's log; text is safe to show. seq counts within one server's life, for resuming a feed."""

    seq: int
    utc: datetime
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Something that is read by GET has changed: noun is slots, closures, plans, incidents, links, registers,
    handover or range.
    """

    noun: str
