"""What a vehicle says of itself, and how far it can be believed.

A VehicleState is replaced whole with each message that changes it; each part carries the monotonic time at which it
came, so that every figure has an age. Nothing here is filled with a guess: what was never heard is None.
"""

from dataclasses import dataclass
from enum import Enum, IntFlag
from typing import Final, NewType

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.geodesy import flat_distance_m
from rangeops.domain.now import Now

Sysid = NewType("Sysid", int)  # MAVLink system id, 1..255; 0 addresses everybody and is never a vehicle

POSITION_STALE_S: Final = 2.0  # older than this a position is no position
POSITION_LOST_S: Final = 5.0

JUMP_M: Final = 10.0  # an estimator's correction in one step
JUMP_MPS: Final = 60.0  # no vehicle of a range flies faster …
JUMP_CLIMB_MPS: Final = 25.0  # … or climbs or falls faster


class Autopilot(Enum):
    ARDUPILOT = "ArduPilot"
    PX4 = "PX4"
    OTHER = "other"


class SystemStatus(Enum):
    """MAV_STATE."""

    UNINIT = 0
    BOOT = 1
    CALIBRATING = 2
    STANDBY = 3
    ACTIVE = 4
    CRITICAL = 5  # ArduPilot: in a failsafe
    EMERGENCY = 6
    POWEROFF = 7
    TERMINATION = 8


class LandedState(Enum):
    """MAV_LANDED_STATE."""

    UNDEFINED = 0
    ON_GROUND = 1
    IN_AIR = 2
    TAKEOFF = 3
    LANDING = 4


class EkfFlag(IntFlag):
    """EKF_STATUS_REPORT.flags (ESTIMATOR_STATUS_FLAGS shares the low bits)."""

    ATTITUDE = 1
    VELOCITY_HORIZONTAL = 2
    VELOCITY_VERTICAL = 4
    POSITION_HORIZONTAL_RELATIVE = 8
    POSITION_HORIZONTAL_ABSOLUTE = 16
    POSITION_VERTICAL_ABSOLUTE = 32
    POSITION_VERTICAL_AGL = 64
    CONSTANT_POSITION_MODE = 128
    PREDICTED_HORIZONTAL_RELATIVE = 256
    PREDICTED_HORIZONTAL_ABSOLUTE = 512
    UNINITIALIZED = 1024
    GPS_GLITCHING = 32768


_NEEDED: Final = int(  # plain numbers: a flag's operators cost a microsecond each, and this is asked for every position
    EkfFlag.ATTITUDE
    | EkfFlag.VELOCITY_HORIZONTAL
    | EkfFlag.VELOCITY_VERTICAL
    | EkfFlag.POSITION_HORIZONTAL_ABSOLUTE
    | EkfFlag.POSITION_VERTICAL_ABSOLUTE
)
_FORBIDDEN: Final = int(EkfFlag.CONSTANT_POSITION_MODE | EkfFlag.UNINITIALIZED | EkfFlag.GPS_GLITCHING)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    at_s: float
    autopilot: Autopilot
    vehicle_class: VehicleClass
    mode_number: int
    mode: str  # the autopilot's own name, e.g. "BRAKE"; "" where the number isn't known for that vehicle class
    armed: bool
    system_status: SystemStatus


@dataclass(frozen=True, slots=True)
class PositionReport:
    """GLOBAL_POSITION_INT. Velocities in m/s, north-east-down."""

    at_s: float
    time_boot_ms: int
    latitude_deg: float
    longitude_deg: float
    altitude_amsl_m: float
    height_above_home_m: float
    velocity_north_mps: float
    velocity_east_mps: float
    velocity_down_mps: float
    heading_deg: float | None

    @property
    def ground_speed_mps(self) -> float:
        return float((self.velocity_north_mps**2 + self.velocity_east_mps**2) ** 0.5)


def jumped(before: PositionReport, after: PositionReport) -> bool:
    """Is it further than any vehicle flies in the time between, by its own clock (reports may come bunched)?"""
    passed_s = (after.time_boot_ms - before.time_boot_ms) * 1e-3
    if passed_s < 0.0:
        return False  # overtaken on the way, or restarted
    if abs(after.altitude_amsl_m - before.altitude_amsl_m) > JUMP_M + JUMP_CLIMB_MPS * passed_s:
        return True
    was, now_is = ((each.latitude_deg, each.longitude_deg) for each in (before, after))
    return flat_distance_m(was, now_is) > JUMP_M + JUMP_MPS * passed_s


@dataclass(frozen=True, slots=True)
class Estimator:
    """position_ratio, height_ratio: EKF_STATUS_REPORT's variances. ArduPilot sends the root of the innovations' test
    ratio: 1 is where it stops believing its sensors. They are no metres, and stay small when the satellites are gone.
    """

    at_s: float
    flags: int
    position_ratio: float = 0.0
    height_ratio: float = 0.0

    @property
    def position_is_good(self) -> bool:
        """The 0x33f kind. ArduCopter fills lat/lon long before, and keeps filling them after GPS is lost."""
        return self.flags & _NEEDED == _NEEDED and not self.flags & _FORBIDDEN


@dataclass(frozen=True, slots=True)
class GpsFix:
    at_s: float
    fix_type: int  # GPS_FIX_TYPE; 3 and more is a 3-D fix
    satellites: int | None
    hdop: float | None
    horizontal_accuracy_m: float | None = None  # the receiver's own estimate of one standard deviation
    vertical_accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Battery:
    at_s: float
    remaining_percent: int | None
    voltage_v: float | None
    current_a: float | None


@dataclass(frozen=True, slots=True)
class SystemHealth:
    """SYS_STATUS: what is on, and what is well."""

    at_s: float
    prearm_ok: bool
    fence_present: bool
    fence_enabled: bool
    fence_healthy: bool


@dataclass(frozen=True, slots=True)
class FenceReport:
    """FENCE_STATUS; ArduPilot sends it only while its fence is enabled."""

    at_s: float
    breached: bool
    breach_type: int
    breach_count: int


@dataclass(frozen=True, slots=True)
class HomePosition:
    at_s: float
    latitude_deg: float
    longitude_deg: float
    altitude_amsl_m: float


@dataclass(frozen=True, slots=True)
class Landed:
    at_s: float
    state: LandedState


@dataclass(frozen=True, slots=True)
class NavigationTarget:
    """POSITION_TARGET_GLOBAL_INT: where it says that it flies now. ArduPilot sends it only while it flies to a place."""

    at_s: float
    latitude_deg: float
    longitude_deg: float
    altitude_amsl_m: float


@dataclass(frozen=True, slots=True)
class MissionProgress:
    """MISSION_CURRENT. total: items without home; None where it isn't told."""

    at_s: float
    seq: int
    total: int | None


@dataclass(frozen=True, slots=True)
class WindEstimate:
    """WIND: where the air goes to, as the vehicle's own filter has it. A plane's; few copters estimate one."""

    at_s: float
    east_mps: float
    north_mps: float


@dataclass(frozen=True, slots=True)
class VehicleState:
    """Everything known of one vehicle. All times are monotonic seconds of this machine."""

    sysid: Sysid
    link: str  # URI of the endpoint it was last heard on
    heartbeat: Heartbeat | None = None
    position: PositionReport | None = None
    estimator: Estimator | None = None
    gps: GpsFix | None = None
    battery: Battery | None = None
    health: SystemHealth | None = None
    fence: FenceReport | None = None
    landed: Landed | None = None
    home: HomePosition | None = None
    target: NavigationTarget | None = None
    mission: MissionProgress | None = None
    wind: WindEstimate | None = None
    jumped_at_s: float | None = None  # the last position that can't have been flown to came then

    def position_age_s(self, now: Now) -> float | None:
        return None if self.position is None else now.monotonic_s - self.position.at_s

    def trusted_position(self, now: Now) -> PositionReport | None:
        """The position, if it may be decided on: fresh, and vouched for by a fresh estimator report.

        EKF_STATUS_REPORT comes about once a second; it may be as old as a lost position before it stops counting, but
        not older than a jump: an ArduPilot whose filter fails sends the position of a cruder one before it says so. Nor
        is the report that jumped believed by itself: the next one must lie where it leads.
        """
        if self.position is None or now.monotonic_s - self.position.at_s > POSITION_STALE_S:
            return None
        if self.estimator is None or now.monotonic_s - self.estimator.at_s > POSITION_LOST_S:
            return None
        if self.jumped_at_s is not None and min(self.estimator.at_s, self.position.at_s) <= self.jumped_at_s:
            return None
        return self.position if self.estimator.position_is_good else None

    @property
    def armed(self) -> bool:
        return self.heartbeat is not None and self.heartbeat.armed

    @property
    def mode(self) -> str:
        return "" if self.heartbeat is None else self.heartbeat.mode

    @property
    def vehicle_class(self) -> VehicleClass:
        return VehicleClass.UNKNOWN if self.heartbeat is None else self.heartbeat.vehicle_class
