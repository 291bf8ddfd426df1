"""GEO-06, GEO-07, ALT-05: room for what isn't on the map: to stop before an edge, and to circle."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.plan_altitude_rules import altitude_fix
from rangeops.domain.plan_findings import Code, Finding, Reason
from rangeops.domain.plan_fixes import SetSpeed
from rangeops.domain.plan_geometry import PlannedRoute
from rangeops.domain.plan_moves import nearest_working_place
from rangeops.domain.plan_place_rules import HOME, farthest, finding, move_of, point
from rangeops.domain.plan_reach import beyond_m, grown_m
from rangeops.domain.plan_route import Leg, LegKind
from rangeops.domain.plan_surroundings import Surroundings
from rangeops.domain.plans import WaypointNumber

_SLOWER_MPS: Final = 0.1
_SLOWEST_MPS: Final = 1.0  # slower than this is no flight
_STEP_M: Final = 0.1  # a proposed altitude is written with one decimal


def room_to_stop(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-06: beyond each leg's end as much flight geography as the live forecast wants to see there.

    A straight leg is prolonged; a spline, a corner and a circle lead in many directions, and are grown.
    """
    reaches = np.array([beyond_m(leg, float(m), around) for leg, m in zip(route.legs, route.lengths, strict=True)])
    ends = route.ends + route.units * reaches[:, None]
    ahead = shapely.linestrings(np.stack([route.ends, ends], axis=1))
    leaves = ~shapely.covers(around.inset, ahead) & (reaches > 0)
    bent = np.array([leg.spline or leg.radius_m > 0 for leg in route.legs], dtype=bool)
    told: set[WaypointNumber] = set()
    for index in np.flatnonzero(leaves & ~bent & shapely.covers(around.inset, route.paths)):
        if route.legs[index].target not in told:
            told.add(route.legs[index].target)
            yield _no_room(int(index), float(reaches[index]), route, around)
    for n, piece in _spread(route, bent):
        leg = route.legs[n]
        grown = grown_m(leg, float(reaches[n]))
        if leg.target not in told and _has_no_room(piece, grown, around):
            told.add(leg.target)
            where, _ = farthest(piece.buffer(grown).difference(around.inset), around.inset)
            room_m = float(shapely.distance(piece, around.geography.boundary))
            yield _told(n, grown, (room_m, around.region.margin(*where)[1], where), route, around)


def circles_fit(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-07: a plane holds by circling where it is told to, and returns by circling over home."""
    airframe = around.context.airframe
    if airframe.vehicle_class is not VehicleClass.PLANE:
        return
    home_circle = shapely.Point(route.home).buffer(airframe.rtl_radius_m)
    if not around.inset.covers(home_circle):
        where, out_m = farthest(home_circle.difference(around.inset), around.inset)
        yield finding(
            Code.GEO_07,
            Reason.RTL_CIRCLE_LEAVES,
            around,
            waypoint=HOME,
            where=where,
            params={"radius_m": airframe.rtl_radius_m, "distance_m": out_m},
            fix=nearest_working_place(HOME, route, around),
        )
    radius = airframe.loiter_radius_m
    edge = around.contingency.boundary
    inside = shapely.covers(around.contingency, route.paths)
    cramped = [shapely.distance(shapely.points(ends), edge) < radius for ends in (route.starts, route.ends)]
    told: set[WaypointNumber] = set()
    for n in np.flatnonzero(inside & (shapely.distance(route.paths, edge) < radius)):
        leg = route.legs[n]
        if leg.target in told or (cramped[0][n] and not cramped[1][n]):  # that is the waypoint's before
            continue
        told.add(leg.target)
        where, out_m = farthest(route.paths[n].buffer(radius).difference(around.contingency), around.contingency)
        yield finding(
            Code.GEO_07,
            Reason.HOLD_LEAVES,
            around,
            waypoint=leg.target,
            where=where,
            params={"radius_m": radius, "distance_m": out_m, "from": float(leg.origin)},
            fix=move_of(int(n), route, around),
        )


def room_to_level_off(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ALT-05: a climb or descent ends as far from ceiling and floor as the live forecast wants to see there."""
    context = around.context
    if context.airframe.vehicle_class is VehicleClass.ROVER:
        return
    geography, margin = context.volume.flight_geography, context.path_margin_m
    floor_counts = geography.floor_amsl_m > route.home_amsl_m
    told: set[WaypointNumber] = set()
    for n, leg in enumerate(route.legs):
        rise = float(route.altitudes[n, 1] - route.altitudes[n, 0])
        if rise == 0.0 or leg.target in told or (rise < 0 and (leg.kind is LegKind.LAND or not floor_counts)):
            continue
        room = margin + around.climb_room.beyond_m(
            _rate_mps(leg, rise, float(route.lengths[n]), around), stops=leg.stops
        )
        limit = geography.ceiling_amsl_m - room if rise > 0 else geography.floor_amsl_m + room
        over = leg.end.altitude_amsl_m - limit if rise > 0 else limit - leg.end.altitude_amsl_m
        if over <= 0:
            continue
        told.add(leg.target)
        yield Finding(
            Code.ALT_05,
            Reason.NO_ROOM_ABOVE if rise > 0 else Reason.NO_ROOM_BELOW,
            waypoint=leg.target,
            latitude_deg=leg.end.latitude_deg,
            longitude_deg=leg.end.longitude_deg,
            params={
                "altitude_amsl_m": leg.end.altitude_amsl_m,
                "limit_amsl_m": limit,
                "distance_m": over,
                "room_m": room,
            },
            fix=altitude_fix(route, leg, limit - math.copysign(_STEP_M / 2, rise)),
        )


def _spread(route: PlannedRoute, bent: NDArray[np.bool_]) -> Iterator[tuple[int, shapely.Geometry]]:
    for n in np.flatnonzero(bent):
        yield int(n), route.paths[n]
    for k, n in enumerate(route.swing_legs):
        yield int(n), route.swings[k]


def _has_no_room(piece: shapely.Geometry, reach_m: float, around: Surroundings) -> bool:
    """Of a piece inside; one that isn't is told by GEO-01."""
    return bool(around.inset.covers(piece)) and bool(shapely.distance(piece, around.inset.boundary) < reach_m)


def _no_room(n: int, reach_m: float, route: PlannedRoute, around: Surroundings) -> Finding:
    end, unit = point(route.ends[n]), point(route.units[n])
    out = around.region.exit_along(*end, *unit, reach_m + around.context.path_margin_m + _STEP_M)
    room_m, edge = (reach_m, "edge") if out is None else out
    where = (end[0] + unit[0] * room_m, end[1] + unit[1] * room_m)
    return _told(n, reach_m, (room_m, edge, where), route, around)


def _told(
    n: int, reach_m: float, room: tuple[float, str, tuple[float, float]], route: PlannedRoute, around: Surroundings
) -> Finding:
    """room: how much there is, to which edge, and where that is."""
    leg = route.legs[n]
    room_m, edge, where = room
    needed_m = reach_m + around.context.path_margin_m
    return finding(
        Code.GEO_06,
        Reason.NO_ROOM,
        around,
        waypoint=HOME if leg.kind is LegKind.RETURN else leg.target,
        where=where,
        params={
            "from": float(leg.origin),
            "room_m": room_m,
            "needed_m": needed_m,
            "distance_m": max(0.0, needed_m - room_m),
            "speed_mps": leg.speed_mps,
            "edge": edge,
        },
        fix=move_of(n, route, around) or _slower(n, route, around),
    )


def _slower(n: int, route: PlannedRoute, around: Surroundings) -> SetSpeed | None:
    """Where no move helps: the highest speed at which the room suffices, at the item that sets the leg's speed."""
    leg = route.legs[n]
    setters = [item for item in route.plan.items[: leg.target] if item.sets_speed_mps is not None]
    if not setters or leg.kind is LegKind.RETURN or leg.spline or leg.radius_m > 0:
        return None
    end = route.ends[n]
    for speed in np.arange(np.floor(leg.speed_mps * 10) / 10 - _SLOWER_MPS, _SLOWEST_MPS, -_SLOWER_MPS):
        reach_m = around.room.beyond_m(float(speed), stops=leg.stops)
        ahead = shapely.LineString([end, end + route.units[n] * reach_m])
        if around.inset.covers(ahead):
            return SetSpeed(setters[-1].number, round(float(speed), 1))
    return None


def _rate_mps(leg: Leg, rise_m: float, length_m: float, around: Surroundings) -> float:
    """How fast it rises or sinks: no faster than the airframe, and no steeper than the leg."""
    airframe = around.context.airframe
    most = airframe.climb_speed_mps if rise_m > 0 else airframe.descent_speed_mps
    if length_m == 0.0 or leg.spline:
        return most
    return min(most, abs(rise_m) / (length_m / leg.speed_mps))
