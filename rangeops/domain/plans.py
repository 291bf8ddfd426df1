"""Flight plans as files give them: items keep their own numbers, frames and datums. plan_route walks them."""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final, NewType

from rangeops.domain.plan_parts import COPTER, NO_FENCE, PlanFence, PlanVehicle, RallyPoint

WaypointNumber = NewType("WaypointNumber", int)
"""An item's number as ground stations show it: home is 0, the first item 1."""


class Cmd(IntEnum):
    """The MAV_CMDs that the checker understands; their effect on the route, if any, is in plan_route."""

    WAYPOINT = 16
    LOITER_UNLIM = 17
    LOITER_TURNS = 18
    LOITER_TIME = 19
    RETURN_TO_LAUNCH = 20
    LAND = 21
    TAKEOFF = 22
    LOITER_TO_ALT = 31
    SPLINE_WAYPOINT = 82
    DELAY = 93
    CONDITION_DELAY = 112
    CONDITION_YAW = 115
    DO_JUMP = 177
    DO_CHANGE_SPEED = 178
    DO_LAND_START = 189
    DO_SET_ROI_LOCATION = 195
    DO_SET_ROI_NONE = 197
    DO_SET_ROI = 201
    DO_DIGICAM_CONFIGURE = 202
    DO_DIGICAM_CONTROL = 203
    DO_MOUNT_CONFIGURE = 204
    DO_MOUNT_CONTROL = 205
    DO_SET_CAM_TRIGG_DIST = 206
    SET_CAMERA_MODE = 530
    SET_CAMERA_ZOOM = 531
    SET_CAMERA_FOCUS = 532
    DO_GIMBAL_MANAGER_PITCHYAW = 1000
    IMAGE_START_CAPTURE = 2000
    IMAGE_STOP_CAPTURE = 2001
    VIDEO_START_CAPTURE = 2500
    VIDEO_STOP_CAPTURE = 2501


class AltitudeDatum(Enum):
    AMSL = "AMSL"
    HOME = "above home"
    TERRAIN = "above terrain"


_DATUM_OF_FRAME: Final = {
    0: AltitudeDatum.AMSL,  # MAV_FRAME_GLOBAL
    5: AltitudeDatum.AMSL,  # _GLOBAL_INT
    3: AltitudeDatum.HOME,  # _GLOBAL_RELATIVE_ALT
    6: AltitudeDatum.HOME,  # _GLOBAL_RELATIVE_ALT_INT
    10: AltitudeDatum.TERRAIN,
    11: AltitudeDatum.TERRAIN,
}
_HAS_PLACE: Final = frozenset(
    [
        *(Cmd.WAYPOINT, Cmd.LOITER_UNLIM, Cmd.LOITER_TURNS, Cmd.LOITER_TIME, Cmd.LOITER_TO_ALT),
        *(Cmd.LAND, Cmd.SPLINE_WAYPOINT),
    ]
)


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One mission item. params are p1..p4; None where the file says "not given" (NaN)."""

    number: WaypointNumber
    command: int
    frame: int
    params: tuple[float | None, float | None, float | None, float | None]
    latitude_deg: float | None
    longitude_deg: float | None
    altitude_m: float | None
    auto_continue: bool = True

    @property
    def datum(self) -> AltitudeDatum | None:
        """What altitude_m counts from; None for a frame that says nothing of altitude."""
        return _DATUM_OF_FRAME.get(self.frame)

    def param(self, number: int) -> float:
        """p1..p4, 0 where it isn't given: what ArduPilot stores for NaN in the parameters that we read."""
        return self.params[number - 1] or 0.0

    @property
    def sets_speed_mps(self) -> float | None:
        """The air- or ground speed that what follows is flown at; None where it sets none."""
        if self.command == Cmd.DO_CHANGE_SPEED and self.param(1) in (0, 1) and self.param(2) > 0:
            return self.param(2)
        return None

    @property
    def has_place(self) -> bool:
        """Does the vehicle go where this item's coordinates say?"""
        return self.command in _HAS_PLACE and not self.is_here

    @property
    def is_here(self) -> bool:
        """ArduPilot reads 0,0 as "where the vehicle is"."""
        return not self.latitude_deg and not self.longitude_deg


@dataclass(frozen=True, slots=True)
class PlanHome:
    latitude_deg: float
    longitude_deg: float
    altitude_amsl_m: float | None


@dataclass(frozen=True, slots=True)
class FlightPlan:
    """One plan file. extras: what it carries beside a mission ("geofence", "rally points").

    unexpandable: what stands for items that the file doesn't spell out; they can't be checked.
    """

    name: str
    home: PlanHome | None
    items: tuple[PlanItem, ...]
    extras: tuple[str, ...] = ()
    unexpandable: tuple[str, ...] = ()
    fence: PlanFence = NO_FENCE
    rally: tuple[RallyPoint, ...] = ()
    vehicle: PlanVehicle = COPTER

    def item(self, number: int) -> PlanItem | None:
        return self.items[number - 1] if 1 <= number <= len(self.items) else None
