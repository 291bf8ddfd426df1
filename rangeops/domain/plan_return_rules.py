"""GEO-04, GEO-08: where a failsafe leads, from every point of the route, and where it lands."""

from collections.abc import Iterator

import numpy as np
import shapely

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.plan_altitude_rules import LOWEST_CLEARANCE_M
from rangeops.domain.plan_energy import return_reach_m
from rangeops.domain.plan_findings import Code, Finding, Reason
from rangeops.domain.plan_geometry import Numbers, PlannedRoute, altitudes_in
from rangeops.domain.plan_moves import nearest_working_place
from rangeops.domain.plan_place_rules import HOME, farthest, finding, move_of, point
from rangeops.domain.plan_route import LegKind
from rangeops.domain.plan_surroundings import ClosedArea, Geometries, Surroundings
from rangeops.domain.plans import WaypointNumber


def return_paths_clear(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-04: from every point of every leg, the straight way home at the RTL altitude.

    The ways home from one leg sweep the hull of its path and home; they stay in the contingency volume, under the
    flight geography's ceiling, over the ground, and out of closed zones.
    """
    swept = _swept(route)
    flies = around.context.airframe.vehicle_class is not VehicleClass.ROVER
    level = route.home_amsl_m + (around.context.rtl_altitude_m if flies else 0.0)
    if flies:
        yield from _level_fits(level, swept, route, around)
    for n in np.flatnonzero(~shapely.covers(around.contingency, swept)):
        if around.contingency.covers(shapely.Point(route.starts[n])) and around.contingency.covers(
            shapely.Point(route.ends[n])
        ):
            yield _leaves(int(n), swept[n], route, around)
    yield from _entered(level, swept, route, around)


def landings_safe(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-08: nothing lands, nor crosses, where none may land; and a safe landing area is in reach from everywhere.

    Every return lands at home. A failsafe that lands at once lands under the route.
    """
    places = {HOME: route.home}
    places |= {leg.target: point(route.ends[n]) for n, leg in enumerate(route.legs) if leg.kind is LegKind.LAND}
    told: set[tuple[float, float]] = set()
    for number, where in places.items():
        near = shapely.dwithin(around.no_landing, shapely.Point(where), around.context.path_margin_m)
        if near.any() and where not in told:
            told.add(where)
            fix = nearest_working_place(number, route, around)
            yield finding(Code.GEO_08, Reason.LANDING_FORBIDDEN, around, waypoint=number, where=where, fix=fix)
    yield from _over_no_landing(route, around)
    if around.context.range.landing_areas:
        yield from _area_in_reach(route, around)


def _over_no_landing(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    told: set[WaypointNumber] = set()
    for area in around.no_landing:
        for n in np.flatnonzero(shapely.intersects(area, route.paths)):
            leg = route.legs[n]
            if leg.target in told or leg.kind is LegKind.LAND:
                continue
            told.add(leg.target)
            where = point(shapely.get_coordinates(shapely.intersection(route.paths[n], area))[0])
            yield finding(
                Code.GEO_08,
                Reason.OVER_NO_LANDING,
                around,
                waypoint=leg.target,
                where=where,
                fix=move_of(int(n), route, around),
            )


def _area_in_reach(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """Both ends of a leg as near to one area: then so is all between them, for an area that is convex."""
    if not around.landing_areas.size:
        yield Finding(Code.GEO_08, Reason.LANDING_UNSAFE)
        return
    reach_m = return_reach_m(around.context.airframe, around.context.range.wind_mps)
    starts, ends = shapely.points(route.starts), shapely.points(route.ends)
    areas = around.landing_areas[:, None]
    farther = np.maximum(shapely.distance(areas, starts), shapely.distance(areas, ends)).min(axis=0)
    n = int(farther.argmax())
    if farther[n] > reach_m:
        yield finding(
            Code.GEO_08,
            Reason.LANDING_FAR,
            around,
            waypoint=route.legs[n].target,
            where=point(route.ends[n]),
            params={"distance_m": float(farther[n]), "reach_m": reach_m},
        )


def _swept(route: PlannedRoute) -> Geometries:
    """Every way home from each leg: the triangle of its ends and home; of a bent path and its corner the hull."""
    homes = np.broadcast_to(np.asarray(route.home), route.starts.shape)
    swept: Geometries = shapely.convex_hull(shapely.multipoints(np.stack([homes, route.starts, route.ends], axis=1)))
    home = shapely.Point(route.home)
    for n, leg in enumerate(route.legs):
        if leg.spline or leg.radius_m > 0 or leg.left_m > 0:
            swept[n] = shapely.convex_hull(shapely.union(route.paths[n], home))
    for k, n in enumerate(route.swing_legs):
        swept[n] = shapely.convex_hull(shapely.union(swept[n], route.swings[k]))
    return swept


def _level_fits(level: float, swept: Geometries, route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    context, home = around.context, route.home_amsl_m
    limit = context.volume.flight_geography.ceiling_amsl_m - context.path_margin_m
    if level > limit:
        yield Finding(
            Code.GEO_04,
            Reason.RETURN_TOO_HIGH,
            params={"rtl_altitude_m": context.rtl_altitude_m, "limit_m": limit - home},
        )
    everywhere = context.range.terrain.highest_m(
        shapely.convex_hull(shapely.multipoints(shapely.get_coordinates(swept)))
    )
    if everywhere is not None and level >= everywhere + LOWEST_CLEARANCE_M:
        return
    for n, leg in enumerate(route.legs):
        highest = context.range.terrain.highest_m(swept[n])
        if highest is not None and max(level, float(route.lows[n])) < highest + LOWEST_CLEARANCE_M:
            yield finding(
                Code.GEO_04,
                Reason.RETURN_TOO_LOW,
                around,
                waypoint=leg.target,
                where=point(route.ends[n]),
                params={"rtl_altitude_m": context.rtl_altitude_m, "limit_m": highest + LOWEST_CLEARANCE_M - home},
            )


def _leaves(n: int, swept: shapely.Geometry, route: PlannedRoute, around: Surroundings) -> Finding:
    where, out_m = farthest(shapely.difference(swept, around.contingency), around.contingency)
    return finding(
        Code.GEO_04,
        Reason.RETURN_LEAVES,
        around,
        waypoint=route.legs[n].target,
        where=where,
        params={"distance_m": out_m, "from": float(route.legs[n].origin)},
        fix=move_of(n, route, around),
    )


def _entered(level: float, swept: Geometries, route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """Up from the leg to the RTL altitude, across at it (or level, from higher), and down at home."""
    if not around.closed:
        return
    met = shapely.STRtree(swept).query([area.polygon for area in around.closed], predicate="intersects")
    told: set[tuple[int, WaypointNumber]] = set()
    for index, n in met[:, np.lexsort([met[1], met[0]])].T:
        area, target = around.closed[index], route.legs[n].target
        if (index, target) in told:
            continue
        inside = shapely.intersection(swept[n], area.polygon)
        if not (
            _climbs_into(int(n), level, area, route)
            or any(area.overlaps(*_across(int(n), part, level, route)) for part in shapely.get_parts(inside))
            or _comes_down_into(int(n), level, area, route)
        ):
            continue
        told.add((index, target))
        yield finding(
            Code.GEO_04,
            Reason.RETURN_ENTERS_ZONE,
            around,
            waypoint=target,
            where=point(shapely.get_coordinates(inside)[0]),
            params={"zone": area.zone, "name": area.name},
            fix=move_of(int(n), route, around),
        )


def _climbs_into(n: int, level: float, area: ClosedArea, route: PlannedRoute) -> bool:
    slope = altitudes_in(route, n, route.paths[n], area.polygon)
    return slope is not None and area.overlaps(slope[0], max(level, slope[1]))


def _comes_down_into(n: int, level: float, area: ClosedArea, route: PlannedRoute) -> bool:
    if not area.polygon.intersects(shapely.Point(route.home)):
        return False
    return area.overlaps(route.home_amsl_m, max(level, float(route.highs[n])))


def _across(n: int, part: shapely.Geometry, level: float, route: PlannedRoute) -> tuple[float, float]:
    """The altitudes at which ways home from leg n cross a part of what they sweep."""
    low, high = float(route.lows[n]), float(route.highs[n])
    if high <= level:
        return level, level
    start, along = route.starts[n], route.ends[n] - route.starts[n]
    if not route.legs[n].spline and route.legs[n].radius_m == 0 and along.any():
        shares = _shares(shapely.get_coordinates(part) - route.home, start - route.home, along)
        altitudes = route.altitudes[n, 0] + shares * (route.altitudes[n, 1] - route.altitudes[n, 0])
        low, high = float(altitudes.min()), float(altitudes.max())
    return max(level, low), max(level, high)


def _shares(places: Numbers, start: Numbers, along: Numbers) -> Numbers:
    """How far along the leg the ways home begin that pass over these places; both ends where that isn't told."""
    across = places[:, 0] * along[1] - places[:, 1] * along[0]
    turn = places[:, 0] * start[1] - places[:, 1] * start[0]
    if (np.abs(across) < 1e-9).any():
        return np.array([0.0, 1.0])
    shares: Numbers = np.clip(-turn / across, 0.0, 1.0)
    return shares
