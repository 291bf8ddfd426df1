"""Flight plans as files give them, and the route that a copter flies by one.

A plan's items keep their own numbers, frames and datums; `route_of` walks them as ArduCopter does (jumps counted, "here"
and "this high" for zeros, take-off straight up, return by way of the RTL altitude) and gives legs in AMSL.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Final, NewType

from rangeops.domain.plan_parts import COPTER, NO_FENCE, PlanFence, PlanVehicle, RallyPoint

WaypointNumber = NewType("WaypointNumber", int)
"""An item's number as ground stations show it: home is 0, the first item 1."""

MOST_STEPS: Final = 50_000  # items visited, jumps included; a longer mission outlasts any battery
_DEFAULT_CIRCLE_RADIUS_M: Final = 10.0  # ArduCopter's CIRCLE_RADIUS


class Cmd(IntEnum):
    """The MAV_CMDs that the checker understands; their effect on the route, if any, is in `_Walk`."""

    WAYPOINT = 16
    LOITER_UNLIM = 17
    LOITER_TURNS = 18
    LOITER_TIME = 19
    RETURN_TO_LAUNCH = 20
    LAND = 21
    TAKEOFF = 22
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
    [Cmd.WAYPOINT, Cmd.LOITER_UNLIM, Cmd.LOITER_TURNS, Cmd.LOITER_TIME, Cmd.LAND, Cmd.SPLINE_WAYPOINT]
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


class LegKind(Enum):
    TAKEOFF = "take-off"
    FLY = "leg"
    HOLD = "hold"
    RETURN = "return"
    LAND = "landing"


@dataclass(frozen=True, slots=True)
class Point3:
    latitude_deg: float
    longitude_deg: float
    altitude_amsl_m: float


@dataclass(frozen=True, slots=True)
class Leg:
    """One straight piece of the route. radius_m: of the circle flown about `end`. 0 is home in `origin`/`target`."""

    kind: LegKind
    origin: WaypointNumber
    target: WaypointNumber
    start: Point3
    end: Point3
    speed_mps: float
    hold_s: float = 0.0
    radius_m: float = 0.0


class Gap(Enum):
    """Why a part of the route isn't known."""

    NO_HOME = "no-home"
    TERRAIN = "terrain"
    SPLINE = "spline"
    FRAME = "frame"


class LoopDefect(Enum):
    NO_TARGET = "no-target"  # the jump's target is no item
    ENDLESS = "endless"  # repeats for ever
    TOO_LONG = "too-long"  # more than MOST_STEPS
    NEVER_ENDS = "never-ends"  # an unlimited loiter


@dataclass(frozen=True, slots=True)
class Route:
    """The legs, each once, with how often it is flown. lands: whether the route ends on the ground."""

    legs: tuple[tuple[Leg, int], ...]
    gaps: tuple[tuple[WaypointNumber, Gap], ...]
    loops: tuple[tuple[WaypointNumber, LoopDefect], ...]
    takes_off: bool
    lands: bool


@dataclass(frozen=True, slots=True)
class RouteBasis:
    """What a plan leaves to the vehicle. home_amsl_m: of the ground there, which arming makes the vehicle's home."""

    home_amsl_m: float
    rtl_altitude_m: float
    speed_mps: float


def route_of(plan: FlightPlan, basis: RouteBasis) -> Route:
    if plan.home is None:
        return Route((), ((WaypointNumber(0), Gap.NO_HOME),), (), takes_off=False, lands=False)
    home = Point3(plan.home.latitude_deg, plan.home.longitude_deg, basis.home_amsl_m)
    return _Walk(plan, home, basis).run()


@dataclass(slots=True)
class _Walk:
    """The mission, as AP_Mission and mode AUTO run it."""

    plan: FlightPlan
    home: Point3
    basis: RouteBasis
    here: Point3 = field(init=False)
    last: WaypointNumber = WaypointNumber(0)
    speed_mps: float = field(init=False)
    takes_off: bool = False
    lands: bool = False
    legs: Counter[Leg] = field(default_factory=Counter)
    gaps: dict[WaypointNumber, Gap] = field(default_factory=dict)
    loops: dict[WaypointNumber, LoopDefect] = field(default_factory=dict)
    jumps: Counter[WaypointNumber] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.here = self.home
        self.speed_mps = self.basis.speed_mps

    def run(self) -> Route:
        number, steps = 1, 0
        while (item := self.plan.item(number)) is not None and not self.lands:
            steps += 1
            if steps > MOST_STEPS:
                self.loops[item.number] = LoopDefect.TOO_LONG
                break
            number = self._jump(item) if item.command == Cmd.DO_JUMP else self._step(item)
        return Route(
            tuple(self.legs.items()),
            tuple(sorted(self.gaps.items())),
            tuple(sorted(self.loops.items())),
            takes_off=self.takes_off,
            lands=self.lands,
        )

    def _jump(self, item: PlanItem) -> int:
        """ArduPilot counts how often each jump was taken, and never starts that count anew."""
        target, repeats = int(item.param(1)), item.param(2)
        if self.plan.item(target) is None or target == item.number:
            self.loops[item.number] = LoopDefect.NO_TARGET
        elif repeats < 0:
            self.loops[item.number] = LoopDefect.ENDLESS
        elif self.jumps[item.number] < int(repeats):
            self.jumps[item.number] += 1
            return target
        return item.number + 1

    def _step(self, item: PlanItem) -> int:
        match item.command:
            case Cmd.TAKEOFF:
                self._take_off(item)
            case Cmd.WAYPOINT | Cmd.LOITER_TIME | Cmd.LOITER_TURNS | Cmd.LOITER_UNLIM | Cmd.SPLINE_WAYPOINT:
                self._fly_to(item)
            case Cmd.LAND:
                self._land_at(item)
            case Cmd.RETURN_TO_LAUNCH:
                self._return(item.number)
            case Cmd.DELAY:
                self._add(LegKind.HOLD, item.number, self.here, hold_s=max(0.0, item.param(1)))
            case Cmd.DO_CHANGE_SPEED:
                if item.param(1) in (0, 1) and item.param(2) > 0:
                    self.speed_mps = item.param(2)
            case _:
                pass  # cameras, gimbals and what has no place here (rule CMD-01) move nothing
        return item.number + 1

    def _take_off(self, item: PlanItem) -> None:
        """Straight up: a copter ignores a take-off's coordinates."""
        self.takes_off = True
        altitude = self._altitude(item)
        top = Point3(self.here.latitude_deg, self.here.longitude_deg, max(altitude, self.here.altitude_amsl_m))
        self._add(LegKind.TAKEOFF, item.number, top)

    def _fly_to(self, item: PlanItem) -> None:
        if item.command == Cmd.SPLINE_WAYPOINT:
            self.gaps[item.number] = Gap.SPLINE
        hold_s = item.param(1) if item.command in (Cmd.WAYPOINT, Cmd.LOITER_TIME) else 0.0
        self._add(LegKind.FLY, item.number, self._place(item, self._altitude(item)), hold_s=max(0.0, hold_s))
        if item.command == Cmd.LOITER_UNLIM:
            self.loops[item.number] = LoopDefect.NEVER_ENDS
        if item.command == Cmd.LOITER_TURNS:
            radius = abs(item.param(3)) or _DEFAULT_CIRCLE_RADIUS_M
            turning_s = 2 * math.pi * radius * max(0.0, item.param(1)) / self.speed_mps
            self._add(LegKind.HOLD, item.number, self.here, hold_s=turning_s, radius_m=radius)

    def _land_at(self, item: PlanItem) -> None:
        """Level to the place, then straight down."""
        self._add(LegKind.FLY, item.number, self._place(item, self.here.altitude_amsl_m))
        self._down(LegKind.LAND, item.number)

    def _return(self, number: WaypointNumber) -> None:
        level = max(self.here.altitude_amsl_m, self.home.altitude_amsl_m + self.basis.rtl_altitude_m)
        self._add(LegKind.RETURN, number, Point3(self.here.latitude_deg, self.here.longitude_deg, level))
        self._add(LegKind.RETURN, number, Point3(self.home.latitude_deg, self.home.longitude_deg, level))
        self._down(LegKind.LAND, number)

    def _down(self, kind: LegKind, number: WaypointNumber) -> None:
        ground = Point3(self.here.latitude_deg, self.here.longitude_deg, self.home.altitude_amsl_m)
        self._add(kind, number, ground)
        self.lands = True

    def _place(self, item: PlanItem, altitude_amsl_m: float) -> Point3:
        if item.is_here or item.latitude_deg is None or item.longitude_deg is None:
            return Point3(self.here.latitude_deg, self.here.longitude_deg, altitude_amsl_m)
        return Point3(item.latitude_deg, item.longitude_deg, altitude_amsl_m)

    def _altitude(self, item: PlanItem) -> float:
        """AMSL. ArduPilot reads an altitude of 0 as "as high as it is"."""
        if not item.altitude_m:
            return self.here.altitude_amsl_m
        match item.datum:
            case AltitudeDatum.AMSL:
                return item.altitude_m
            case AltitudeDatum.HOME:
                return self.home.altitude_amsl_m + item.altitude_m
            case AltitudeDatum.TERRAIN:
                self.gaps[item.number] = Gap.TERRAIN
            case None:
                self.gaps[item.number] = Gap.FRAME
        return self.here.altitude_amsl_m

    def _add(
        self, kind: LegKind, target: WaypointNumber, end: Point3, *, hold_s: float = 0.0, radius_m: float = 0.0
    ) -> None:
        self.legs[Leg(kind, self.last, target, self.here, end, self.speed_mps, hold_s, radius_m)] += 1
        self.here, self.last = end, target
