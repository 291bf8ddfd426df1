"""The route that a vehicle follows by a plan: legs in AMSL, as ArduPilot's mission library and its AUTO modes run it.

Jumps are counted; 0,0 means "here" and altitude 0 "this high". A copter takes off straight up and returns by way of the
RTL altitude; a plane climbs out along its runway and circles where a copter stands; a rover stays on the ground.
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NamedTuple

from rangeops.domain.aircraft import DEFAULT_LOITER_RADIUS_M, VehicleClass
from rangeops.domain.geodesy import flat_distance_m
from rangeops.domain.plans import AltitudeDatum, Cmd, FlightPlan, PlanItem, WaypointNumber

_HOME: Final = WaypointNumber(0)
MOST_STEPS: Final = 50_000  # items visited, jumps included; a longer mission outlasts any battery
_DEFAULT_CIRCLE_RADIUS_M: Final = 10.0  # ArduCopter's CIRCLE_RADIUS
CIRCLE_RATE_RADPS: Final = math.radians(20.0)  # ArduCopter's CIRCLE_RATE: a small circle is flown slowly
_CIRCLE_MPS2: Final = 1.25  # towards its middle: half of WPNAV_ACCEL
_LONGEST_PASS_BY_M: Final = 255.0  # what ArduPlane stores
_PASSED_ON_TO: Final = frozenset([Cmd.WAYPOINT, Cmd.LOITER_UNLIM, Cmd.LOITER_TIME, Cmd.SPLINE_WAYPOINT])
"""A copter flies through a waypoint without stopping only if one of these is next (ModeAuto's set_next_wp)."""
_CIRCLED: Final = frozenset([Cmd.LOITER_UNLIM, Cmd.LOITER_TIME, Cmd.LOITER_TURNS, Cmd.LOITER_TO_ALT])


class LegKind(Enum):
    TAKEOFF = "take-off"
    FLY = "leg"
    HOLD = "hold"
    RETURN = "return"
    LAND = "landing"


class Point3(NamedTuple):
    latitude_deg: float
    longitude_deg: float
    altitude_amsl_m: float


class Leg(NamedTuple):
    """One piece of the route, straight unless `spline`. 0 is home in `origin`/`target`.

    radius_m: of the circle flown about `end`; left_m: of the one about `start` that was flown before, and is left anywhere.
    stops: the vehicle comes to rest at `end`; from_rest: it starts from rest.
    came_from, leads_to: where the legs before and after begin and end, if they shape this one: a spline's tangents, the
    corner of what can't turn on the spot. over_terrain: its altitude follows the ground between its ends.
    """

    kind: LegKind
    origin: WaypointNumber
    target: WaypointNumber
    start: Point3
    end: Point3
    speed_mps: float
    hold_s: float = 0.0
    radius_m: float = 0.0
    left_m: float = 0.0
    stops: bool = True
    from_rest: bool = True
    spline: bool = False
    came_from: Point3 | None = None
    came_by_spline: bool = False
    leads_to: Point3 | None = None
    leads_by_spline: bool = False
    over_terrain: bool = False


class Gap(Enum):
    """Why a part of the route isn't known."""

    NO_HOME = "no-home"
    TERRAIN = "terrain"
    FRAME = "frame"
    TAKE_OFF = "take-off"  # a plane's direction isn't told


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


Ground = Callable[[float, float], float | None]
"""From latitude and longitude: the ground's altitude AMSL there, None where it isn't known."""


@dataclass(frozen=True, slots=True)
class RouteBasis:
    """What a plan leaves to the vehicle. home_amsl_m: of the ground there, which arming makes the vehicle's home."""

    home_amsl_m: float
    rtl_altitude_m: float
    speed_mps: float
    vehicle_class: VehicleClass = VehicleClass.COPTER
    climb_mps: float = 2.5
    loiter_radius_m: float = DEFAULT_LOITER_RADIUS_M
    rtl_radius_m: float = DEFAULT_LOITER_RADIUS_M
    ground: Ground | None = None


def route_of(plan: FlightPlan, basis: RouteBasis) -> Route:
    if plan.home is None:
        return Route((), ((WaypointNumber(0), Gap.NO_HOME),), (), takes_off=False, lands=False)
    home = Point3(plan.home.latitude_deg, plan.home.longitude_deg, basis.home_amsl_m)
    return _Walk(plan, home, basis).run()


@dataclass(slots=True)
class _Walk:
    """The mission, as AP_Mission and mode AUTO run it. A leg is kept back until what follows it is known."""

    plan: FlightPlan
    home: Point3
    basis: RouteBasis
    here: Point3 = field(init=False)
    last: WaypointNumber = _HOME
    speed_mps: float = field(init=False)
    flies: bool = field(init=False)
    turns: bool = field(init=False)  # needs room to turn: not a copter
    takes_off: bool = False
    lands: bool = False
    legs: Counter[Leg] = field(default_factory=Counter)
    kept_back: Leg | None = None
    gaps: dict[WaypointNumber, Gap] = field(default_factory=dict)
    loops: dict[WaypointNumber, LoopDefect] = field(default_factory=dict)
    jumps: Counter[WaypointNumber] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.here = self.home
        self.speed_mps = self.basis.speed_mps
        self.flies = self.basis.vehicle_class is not VehicleClass.ROVER
        self.turns = self.basis.vehicle_class in (VehicleClass.PLANE, VehicleClass.ROVER)

    @property
    def is_plane(self) -> bool:
        return self.basis.vehicle_class is VehicleClass.PLANE

    def run(self) -> Route:
        number, steps = 1, 0
        while (item := self.plan.item(number)) is not None and not (self.lands and self.is_plane):
            steps += 1
            if steps > MOST_STEPS:
                self.loops[item.number] = LoopDefect.TOO_LONG
                break
            number = self._jump(item) if item.command == Cmd.DO_JUMP else self._step(item)
        self._settle(None, None)
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
            case Cmd.TAKEOFF if self.is_plane:
                self._climb_out(item)
            case Cmd.TAKEOFF if self.flies:
                self._take_off(item)
            case Cmd.DO_CHANGE_SPEED:
                self.speed_mps = item.sets_speed_mps or self.speed_mps
            case _ if self.lands and self.flies:
                pass  # from the ground only a take-off goes on
            case Cmd.WAYPOINT | Cmd.SPLINE_WAYPOINT:
                self._fly_to(item)
            case Cmd.LOITER_TIME | Cmd.LOITER_TURNS | Cmd.LOITER_UNLIM | Cmd.LOITER_TO_ALT:
                self._loiter_at(item)
            case Cmd.LAND if self.flies:
                self._land_at(item)
            case Cmd.RETURN_TO_LAUNCH:
                self._return(item.number)
            case Cmd.DELAY:
                self._add(LegKind.HOLD, item, self.here, hold_s=_delay_s(item))
            case _:
                pass  # cameras, gimbals and what has no place here (rule CMD-01) move nothing
        return item.number + 1

    def _take_off(self, item: PlanItem) -> None:
        """Straight up: a copter ignores a take-off's coordinates. After a return or a landing the mission goes on with it."""
        self.takes_off, self.lands = True, False
        altitude = self._altitude(item)
        top = Point3(self.here.latitude_deg, self.here.longitude_deg, max(altitude, self.here.altitude_amsl_m))
        self._add(LegKind.TAKEOFF, item, top)

    def _climb_out(self, item: PlanItem) -> None:
        """A plane holds its runway's course, which the item's place tells, until it is up."""
        self.takes_off = True
        altitude = max(self._altitude(item), self.here.altitude_amsl_m)
        place = self._place(item, altitude)
        if place[:2] == self.here[:2]:
            self.gaps[item.number] = Gap.TAKE_OFF
        self._add(LegKind.TAKEOFF, item, place)

    def _fly_to(self, item: PlanItem) -> None:
        place = self._place(item, self._altitude(item))
        self._add(
            LegKind.FLY,
            item,
            self._beyond(item, place) if self.is_plane else place,
            hold_s=0.0 if self.is_plane else max(0.0, item.param(1)),
            spline=item.command == Cmd.SPLINE_WAYPOINT,
        )

    def _beyond(self, item: PlanItem, place: Point3) -> Point3:
        """Where a plane turns that passes by: so far beyond its waypoint, in its leg's direction (verify_nav_wp)."""
        by_m, length_m = min(item.param(3), _LONGEST_PASS_BY_M), flat_distance_m(self.here[:2], place[:2])
        if by_m <= 0.0 or length_m == 0.0:
            return place
        latitude, longitude = (b + by_m / length_m * (b - a) for a, b in zip(self.here[:2], place[:2], strict=True))
        return Point3(latitude, longitude, place.altitude_amsl_m)

    def _loiter_at(self, item: PlanItem) -> None:
        """A copter stands, or circles for turns; a plane circles."""
        place = self._place(item, self._altitude(item))
        waits_s = max(0.0, item.param(1)) if item.command == Cmd.LOITER_TIME else 0.0
        if item.command == Cmd.LOITER_UNLIM:
            self.loops[item.number] = LoopDefect.NEVER_ENDS
        if not self.is_plane and item.command != Cmd.LOITER_TURNS:
            self._add(LegKind.FLY, item, place, hold_s=waits_s)
            return
        radius = self._radius_m(item)
        turns = max(0.0, item.param(1)) if item.command == Cmd.LOITER_TURNS else 0.0
        speed = self.speed_mps
        if not self.is_plane:  # as AC_Circle::calc_velocities
            speed = min(speed, CIRCLE_RATE_RADPS * radius, math.sqrt(_CIRCLE_MPS2 * radius))
        self._add(LegKind.FLY, item, place)
        self._add(
            LegKind.HOLD,
            item,
            self.here,
            hold_s=waits_s + 2 * math.pi * radius * turns / speed,
            radius_m=radius,
        )

    def _radius_m(self, item: PlanItem) -> float:
        """ArduPlane knows none for LOITER_TIME, and reads 0 and 1, which it writes for the direction, as its own."""
        given = abs(item.param(2 if item.command == Cmd.LOITER_TO_ALT else 3))
        if not self.is_plane:
            return given or _DEFAULT_CIRCLE_RADIUS_M
        return self.basis.loiter_radius_m if item.command == Cmd.LOITER_TIME or given < 2.0 else given

    def _land_at(self, item: PlanItem) -> None:
        """A copter: level to the place, then straight down. A plane: down along the way there."""
        self.lands = True
        if self.is_plane:
            self._add(LegKind.LAND, item, self._place(item, self.home.altitude_amsl_m))
            return
        self._add(LegKind.FLY, item, self._place(item, self.here.altitude_amsl_m))
        self._down(item)

    def _return(self, number: WaypointNumber) -> None:
        item = self.plan.items[number - 1]
        rtl_amsl_m = self.home.altitude_amsl_m + self.basis.rtl_altitude_m
        if self.is_plane:  # it circles over home for ever
            self._add(LegKind.RETURN, item, Point3(self.home.latitude_deg, self.home.longitude_deg, rtl_amsl_m))
            self._add(LegKind.HOLD, item, self.here, radius_m=self.basis.rtl_radius_m)
            return
        self.lands = True
        chosen_mps, self.speed_mps = self.speed_mps, self.basis.speed_mps  # RTL_SPEED, or WPNAV_SPEED, whatever was set
        if self.flies:
            level = max(self.here.altitude_amsl_m, rtl_amsl_m)
            self._add(LegKind.RETURN, item, Point3(self.here.latitude_deg, self.here.longitude_deg, level))
            self._add(LegKind.RETURN, item, Point3(self.home.latitude_deg, self.home.longitude_deg, level))
            self._down(item)
        else:
            self._add(LegKind.RETURN, item, self.home)
        self.speed_mps = chosen_mps  # for what follows

    def _down(self, item: PlanItem) -> None:
        ground = Point3(self.here.latitude_deg, self.here.longitude_deg, self._ground_here())
        self._add(LegKind.LAND, item, ground)

    def _ground_here(self) -> float:
        below = self.basis.ground(self.here.latitude_deg, self.here.longitude_deg) if self.basis.ground else None
        return self.home.altitude_amsl_m if below is None else below

    def _place(self, item: PlanItem, altitude_amsl_m: float) -> Point3:
        if item.is_here or item.latitude_deg is None or item.longitude_deg is None:
            return Point3(self.here.latitude_deg, self.here.longitude_deg, altitude_amsl_m)
        return Point3(item.latitude_deg, item.longitude_deg, altitude_amsl_m)

    def _altitude(self, item: PlanItem) -> float:
        """AMSL."""
        if not self.flies:
            return self.home.altitude_amsl_m
        if not item.altitude_m and self._stays_level(item):
            return self.here.altitude_amsl_m
        altitude_m = item.altitude_m or 0.0
        match item.datum:
            case AltitudeDatum.AMSL:
                return altitude_m
            case AltitudeDatum.HOME:
                return self.home.altitude_amsl_m + altitude_m
            case AltitudeDatum.TERRAIN:
                place = self._place(item, 0.0)
                ground = self.basis.ground(place.latitude_deg, place.longitude_deg) if self.basis.ground else None
                if ground is not None:
                    return ground + altitude_m
                self.gaps[item.number] = Gap.TERRAIN
            case None:
                self.gaps[item.number] = Gap.FRAME
        return self.here.altitude_amsl_m

    def _stays_level(self, item: PlanItem) -> bool:
        """Whether an altitude of 0 means "as high as it is": to a copter always, to a plane only where it loiters or stays.

        Source: ArduCopter's loc_from_cmd; ArduPlane's set_next_WP, and Location::sanitize in its loiters.
        """
        loiters = item.command in _CIRCLED and item.datum is not AltitudeDatum.AMSL
        return not self.is_plane or item.is_here or loiters

    def _add(
        self,
        kind: LegKind,
        item: PlanItem,
        end: Point3,
        *,
        hold_s: float = 0.0,
        radius_m: float = 0.0,
        spline: bool = False,
    ) -> None:
        before = self._settle(item, end, spline=spline)
        passed = before is not None and not before.stops
        self.kept_back = Leg(
            kind,
            self.last,
            item.number,
            self.here,
            end,
            self.speed_mps,
            hold_s,
            radius_m,
            0.0 if before is None else before.radius_m,
            from_rest=not passed,
            spline=spline,
            came_from=before.start if passed and spline and before is not None else None,
            came_by_spline=passed and spline and before is not None and before.spline,
            over_terrain=kind is LegKind.FLY and item.datum is AltitudeDatum.TERRAIN and self.flies,
        )
        self.here, self.last = end, item.number

    def _settle(self, following: PlanItem | None, end: Point3 | None, *, spline: bool = False) -> Leg | None:
        """Count the leg that was kept back, now that what follows it is known."""
        leg = self.kept_back
        if leg is None:
            return None
        passes = self._passes(leg, following)
        shaped = self._curves(leg, following) if leg.spline else passes and self.turns
        leg = leg._replace(
            stops=not passes,
            leads_to=end if shaped else None,
            leads_by_spline=shaped and spline,
        )
        self.kept_back = None
        self.legs[leg] += 1
        return leg

    def _curves(self, leg: Leg, following: PlanItem | None) -> bool:
        """A spline arrives bent towards whatever place is next, though it may stop there (get_spline_from_cmd)."""
        return leg.hold_s == 0 and following is not None and following.command != Cmd.RETURN_TO_LAUNCH

    def _passes(self, leg: Leg, following: PlanItem | None) -> bool:
        """Goes on to the next leg without coming to rest."""
        if self.is_plane:
            return leg.kind is not LegKind.LAND
        if leg.kind is not LegKind.FLY or leg.hold_s > 0 or following is None:
            return False
        item = self.plan.item(leg.target)
        return item is not None and item.command not in _CIRCLED and following.command in _PASSED_ON_TO


def _delay_s(item: PlanItem) -> float:
    """A NAV_DELAY without seconds waits for a time of the day, for its hour, its minute or its second: the longest it can.

    Source: ArduPilot's do_nav_delay, AP_RTC::get_time_utc.
    """
    if item.param(1) > 0:
        return item.param(1)
    return next((longest_s for n, longest_s in ((2, 86_400.0), (3, 3_600.0), (4, 60.0)) if item.param(n) != -1), 0.0)
