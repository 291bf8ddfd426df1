"""FMT-…, CMD-…, SPD-01, ENE-01: what a file may hold, and what a mission may do."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import shapely
from shapely import Polygon

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.plan_altitude_rules import ground_is_known
from rangeops.domain.plan_energy import available_mah, effort
from rangeops.domain.plan_findings import Code, Finding, Outcome, Reason
from rangeops.domain.plan_fixes import AppendReturn, DropExtras, Fix, RemoveItem, SetRepeats, SetSpeed, apply_fixes
from rangeops.domain.plan_geometry import PlannedRoute, planned
from rangeops.domain.plan_parts import FenceArea
from rangeops.domain.plan_route import Gap, LoopDefect
from rangeops.domain.plan_surroundings import Surroundings
from rangeops.domain.plans import Cmd, PlanItem
from rangeops.domain.ranges import LARGEST_RANGE_M
from rangeops.domain.zones import Circle

_NOT_FLOWN_BY: Final[Mapping[VehicleClass, frozenset[int]]] = {
    VehicleClass.COPTER: frozenset([Cmd.LOITER_TO_ALT]),
    VehicleClass.PLANE: frozenset([Cmd.SPLINE_WAYPOINT, Cmd.DELAY]),
    VehicleClass.ROVER: frozenset(
        [Cmd.SPLINE_WAYPOINT, Cmd.LOITER_TO_ALT, Cmd.LOITER_TURNS, Cmd.TAKEOFF, Cmd.LAND, Cmd.DO_LAND_START]
    ),
}
"""What the checker knows, but that class's firmware doesn't do."""
_KNOWN: Final = frozenset(Cmd)
_CLIMB, _DESCENT = 2, 3  # types of DO_CHANGE_SPEED that are a copter's own: how fast it climbs and sinks
_SPEED_TYPES: Final[Mapping[VehicleClass, tuple[int, ...]]] = {
    VehicleClass.COPTER: (0, 1, _CLIMB, _DESCENT),
    VehicleClass.PLANE: (0,),  # 1 is its least ground speed, and slows nothing
}
_USUAL_SPEED_TYPES: Final = (0, 1)
_REASON_OF_GAP: Final = {
    Gap.NO_HOME: Reason.NO_HOME,
    Gap.TERRAIN: Reason.TERRAIN_FRAME,
    Gap.FRAME: Reason.UNKNOWN_FRAME,
    Gap.TAKE_OFF: Reason.NO_COURSE,
}
_REASON_OF_LOOP: Final = {
    LoopDefect.NO_TARGET: Reason.JUMP_NO_TARGET,
    LoopDefect.ENDLESS: Reason.JUMP_ENDLESS,
    LoopDefect.TOO_LONG: Reason.MISSION_TOO_LONG,
    LoopDefect.NEVER_ENDS: Reason.NEVER_ENDS,
}
_ROUNDING_M: Final = 0.05  # a fence saved from ours differs by its decimals


def everything_is_known(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """FMT-01: what can't be read can't be judged, and never passes."""
    if around.context.airframe.vehicle_class is VehicleClass.UNKNOWN:
        name = around.context.airframe.name
        yield Finding(Code.FMT_01, Reason.VEHICLE_CLASS, Outcome.CANNOT_CHECK, params={"airframe": name})
    for kind in route.plan.unexpandable:
        yield Finding(Code.FMT_01, Reason.UNEXPANDABLE, Outcome.CANNOT_CHECK, params={"kind": kind})
    for number, gap in route.route.gaps:
        yield Finding(Code.FMT_01, _REASON_OF_GAP[gap], Outcome.CANNOT_CHECK, waypoint=number)
    if not ground_is_known(route):
        yield Finding(Code.FMT_01, Reason.GROUND_UNKNOWN, Outcome.CANNOT_CHECK)


def only_a_mission(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """FMT-02: the range loads its own fence, and a rally point would move the way home.

    A fence that is ours, or keeps the vehicle in a part of ours, contradicts nothing.
    """
    extras = route.plan.extras
    fence = route.plan.fence
    contradicts = fence.areas and _contradicts(fence.areas, around)
    if fence.areas and not contradicts and fence.returns_to is None:
        extras = tuple(extra for extra in extras if extra != "geofence")
    if not extras:
        return
    yield Finding(
        Code.FMT_02,
        Reason.FENCE_DIFFERS if contradicts and extras == ("geofence",) else Reason.CARRIES_EXTRAS,
        params={"extras": " and ".join(extras)},
        fix=DropExtras(),
    )


def is_for_this_range(route: PlannedRoute, _: Surroundings) -> Iterator[Finding]:
    """FMT-03: a place far off is a swapped axis or another site's plan; told once, and nothing else is judged by it."""
    if not route.far:
        return
    number = route.far[0]
    item = route.plan.item(number)
    place = item or route.plan.home
    assert place is not None  # home or an item has that number
    yield Finding(
        Code.FMT_03,
        Reason.FAR_AWAY,
        waypoint=number,
        latitude_deg=place.latitude_deg,
        longitude_deg=place.longitude_deg,
        params={"places": float(len(route.far)), "farthest_km": LARGEST_RANGE_M / 1000},
    )


def commands_belong(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """CMD-01: only commands whose effect on the flight of this class is known."""
    vehicle_class = around.context.airframe.vehicle_class
    not_flown = _NOT_FLOWN_BY.get(vehicle_class, frozenset())
    speed_types = _SPEED_TYPES.get(vehicle_class, _USUAL_SPEED_TYPES)
    for item in route.plan.items:
        sets_another = item.command == Cmd.DO_CHANGE_SPEED and item.param(1) not in speed_types
        if item.command not in _KNOWN or item.command in not_flown or sets_another:
            yield Finding(
                Code.CMD_01,
                Reason.UNKNOWN_COMMAND,
                waypoint=item.number,
                params={"command": float(item.command)},
                fix=RemoveItem(item.number),
            )


def loops_end(route: PlannedRoute, _: Surroundings) -> Iterator[Finding]:
    """CMD-02: every jump has a target and a count, and the mission ends by itself."""
    for number, defect in route.route.loops:
        fixes: dict[LoopDefect, Fix] = {
            LoopDefect.NO_TARGET: RemoveItem(number),
            LoopDefect.ENDLESS: SetRepeats(number, 1),
        }
        fix = fixes.get(defect)
        yield Finding(Code.CMD_02, _REASON_OF_LOOP[defect], waypoint=number, fix=fix)


def starts_and_ends_on_the_ground(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """CMD-03: a mission without a landing leaves the vehicle in the air until its battery decides.

    A plane's return circles over home for ever, so only a landing ends its mission; a rover is on the ground.
    """
    vehicle_class = around.context.airframe.vehicle_class
    if vehicle_class is VehicleClass.ROVER:
        return
    if not route.route.takes_off:
        yield Finding(Code.CMD_03, Reason.NO_TAKE_OFF)
    ends_by_itself = not any(defect is LoopDefect.NEVER_ENDS for _, defect in route.route.loops)
    if not route.route.lands and ends_by_itself:
        fix = None if vehicle_class is VehicleClass.PLANE else AppendReturn()
        yield Finding(Code.CMD_03, Reason.NO_LANDING, fix=fix)


def speeds_within(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """SPD-01: the contingency volume and the stopping distance are sized for a speed."""
    airframe = around.context.airframe
    limit = min(airframe.max_speed_mps, around.context.range.assumptions.speed_limit_mps)
    whose = "the range's" if limit < airframe.max_speed_mps else "the airframe's"
    if airframe.cruise_speed_mps > limit and not _sets_speed_first(route):
        params: dict[str, float | str] = {"speed_mps": airframe.cruise_speed_mps, "limit_mps": limit, "whose": whose}
        yield Finding(Code.SPD_01, Reason.CRUISES_TOO_FAST, params=params)
    for item in route.plan.items:
        if (speed := item.sets_speed_mps) is not None and speed > limit:
            yield Finding(
                Code.SPD_01,
                Reason.TOO_FAST,
                waypoint=item.number,
                params={"speed_mps": speed, "limit_mps": limit, "whose": whose},
                fix=SetSpeed(item.number, limit),
            )
        yield from _climbs_too_fast(item, airframe)


def _climbs_too_fast(item: PlanItem, airframe: Airframe) -> Iterator[Finding]:
    """ALT-05's room is sized for the airframe's own climb and descent."""
    if airframe.vehicle_class is not VehicleClass.COPTER or item.command != Cmd.DO_CHANGE_SPEED:
        return
    if item.param(1) not in (_CLIMB, _DESCENT):
        return
    limit = airframe.climb_speed_mps if item.param(1) == _CLIMB else airframe.descent_speed_mps
    if item.param(2) > limit:
        params: dict[str, float | str] = {"speed_mps": item.param(2), "limit_mps": limit, "whose": "the airframe's"}
        fix = SetSpeed(item.number, limit)
        yield Finding(Code.SPD_01, Reason.TOO_FAST, waypoint=item.number, params=params, fix=fix)


def energy_suffices(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ENE-01: the whole mission with its repeats and landing, against the battery without its reserve."""
    airframe, wind = around.context.airframe, around.context.range.wind_mps
    needed, available = effort(route, airframe, wind).charge_mah, available_mah(airframe)
    if needed <= available:
        return
    yield Finding(
        Code.ENE_01,
        Reason.ENERGY,
        params={
            "needed_mah": needed,
            "available_mah": available,
            "reserve_percent": airframe.battery_reserve_percent,
            "wind_mps": wind,
        },
        fix=_fewer_repeats(route, around, needed, available),
    )


def _fewer_repeats(route: PlannedRoute, around: Surroundings, needed: float, available: float) -> SetRepeats | None:
    """Each round draws the same, so what one round fewer saves tells how many rounds are too many."""
    jump = next((item for item in route.plan.items if item.command == Cmd.DO_JUMP and item.param(2) >= 1), None)
    if jump is None:
        return None
    repeats = int(jump.param(2))
    once_less = planned(apply_fixes(route.plan, [SetRepeats(jump.number, repeats - 1)]), around)
    saved = needed - effort(once_less, around.context.airframe, around.context.range.wind_mps).charge_mah
    if saved <= 0:
        return None
    too_many = -int(-(needed - available) // saved)
    return SetRepeats(jump.number, repeats - too_many) if too_many <= repeats else None


def _sets_speed_first(route: PlannedRoute) -> bool:
    """Before anything travels."""
    for item in route.plan.items:
        if item.sets_speed_mps is not None:
            return True
        if item.command in (Cmd.WAYPOINT, Cmd.SPLINE_WAYPOINT) or item.has_place:
            return False
    return False


def _contradicts(areas: tuple[FenceArea, ...], around: Surroundings) -> bool:
    """Whether the vehicle might be kept out of less than ours, or in more: ours is one of those that it must stay in."""
    room = around.geography.buffer(_ROUNDING_M)
    kept_in = [_plan_view(area, around) for area in areas if area.is_inclusion]
    return not any(polygon.is_valid and room.covers(polygon) for polygon in kept_in)


def _plan_view(area: FenceArea, around: Surroundings) -> Polygon:
    if isinstance(area.outline, Circle):
        centre = around.frame.to_site(area.outline.latitude_deg, area.outline.longitude_deg)
        return shapely.Point(centre).buffer(area.outline.radius_m)
    return Polygon(around.frame.to_site_array(np.asarray(area.outline, dtype=np.float64)))
