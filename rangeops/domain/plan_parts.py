"""What a plan file carries beside its mission: a fence, rally points, and the vehicle it was drawn for."""

from dataclasses import dataclass

from rangeops.domain.volumes import Ring
from rangeops.domain.zones import Circle


@dataclass(frozen=True, slots=True)
class FenceArea:
    """is_inclusion: the vehicle is to stay inside; otherwise outside."""

    outline: Ring | Circle
    is_inclusion: bool


@dataclass(frozen=True, slots=True)
class FenceReturn:
    """Where the vehicle goes after a breach. altitude_above_home_m None: not given."""

    latitude_deg: float
    longitude_deg: float
    altitude_above_home_m: float | None = None


@dataclass(frozen=True, slots=True)
class PlanFence:
    areas: tuple[FenceArea, ...] = ()
    returns_to: FenceReturn | None = None


@dataclass(frozen=True, slots=True)
class RallyPoint:
    latitude_deg: float
    longitude_deg: float
    altitude_above_home_m: float


@dataclass(frozen=True, slots=True)
class PlanVehicle:
    """For whom the ground station drew the plan. MAV_AUTOPILOT and MAV_TYPE; ArduPilot and a quadrotor if nobody says."""

    firmware_type: int = 3
    vehicle_type: int = 2
    cruise_speed_mps: float = 15.0
    hover_speed_mps: float = 5.0


NO_FENCE = PlanFence()
COPTER = PlanVehicle()
