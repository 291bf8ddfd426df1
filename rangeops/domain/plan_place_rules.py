"""GEO-01..03, 05, 09: where a route may be."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import shapely

from rangeops.domain.plan_findings import Code, Finding, Reason
from rangeops.domain.plan_fixes import MoveWaypoint
from rangeops.domain.plan_geometry import PlannedRoute, altitudes_in
from rangeops.domain.plan_moves import nearest_working_place
from rangeops.domain.plan_route import LegKind
from rangeops.domain.plan_surroundings import ROUNDING_M, ClosedArea, Geometries, Surroundings
from rangeops.domain.plans import WaypointNumber

HOME: Final = WaypointNumber(0)
_STEP_M: Final = 1.0  # between the points at which a leg outside is measured …
_MOST_STEPS: Final = 20_000  # … of a leg that isn't so long that a plan's one number takes all memory

Point = tuple[float, float]


def legs_inside(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-01: every leg inside the flight geography by the path margin; a waypoint outside is told once."""
    told: set[WaypointNumber] = set()
    for index in np.flatnonzero(~shapely.covers(around.inset, route.paths)):
        n = int(index)
        leg = route.legs[n]
        end, start = point(route.ends[n]), point(route.starts[n])
        if leg.kind is LegKind.FLY and not _may_be(end, around):
            if leg.target not in told:
                told.add(leg.target)
                yield _outside(Code.GEO_01, leg.target, end, route, around)
        elif leg.radius_m > 0 and _may_be(end, around):
            yield _leaving(n, Reason.CIRCLE_LEAVES, route.paths[n], route, around)
        elif start != end and _may_be(start, around) and _may_be(end, around):
            reason = Reason.SPLINE_LEAVES if leg.spline else Reason.LEG_LEAVES
            yield _leaving(n, reason, route.paths[n], route, around)
    for k in np.flatnonzero(~shapely.covers(around.inset, route.swings)):
        n = int(route.swing_legs[k])
        if _may_be(point(route.ends[n]), around) and route.legs[n].target not in told:
            told.add(route.legs[n].target)
            yield _leaving(n, Reason.CORNER_LEAVES, route.swings[k], route, around)


def home_inside(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-02: take-off and landing happen in the volume."""
    if not _may_be(route.home, around):
        yield _outside(Code.GEO_02, HOME, route.home, route, around)


def zones_clear(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-03: no leg enters a closed zone between its limits, in the zone's hours."""
    return _entering(Code.GEO_03, Reason.ENTERS_ZONE, around.closed, route, around)


def other_slots_clear(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-09: no leg enters the volume that another slot has in the same minutes."""
    return _entering(Code.GEO_09, Reason.ENTERS_OTHER_SLOT, around.others, route, around)


def volumes_clear(_: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-05: the volumes that this airframe needs lie in the range and touch no closed zone."""
    boundary = around.context.range.boundary
    contingency = around.volumes.contingency
    beyond = around.buffer.difference(around.boundary)
    if not beyond.is_empty or contingency.ceiling_amsl_m > boundary.ceiling_amsl_m:
        out_m = 0.0 if beyond.is_empty else float(shapely.distance(corners(beyond), around.boundary).max())
        up_m = max(0.0, contingency.ceiling_amsl_m - boundary.ceiling_amsl_m)
        yield Finding(Code.GEO_05, Reason.VOLUME_LEAVES_RANGE, params={"out_m": out_m, "up_m": up_m})
    for area in around.closed:
        if area.polygon.intersects(around.buffer) and area.overlaps(
            contingency.floor_amsl_m, contingency.ceiling_amsl_m
        ):
            yield Finding(Code.GEO_05, Reason.VOLUME_TOUCHES_ZONE, params={"zone": area.zone, "name": area.name})


def _entering(
    code: Code, reason: Reason, areas: tuple[ClosedArea, ...], route: PlannedRoute, around: Surroundings
) -> Iterator[Finding]:
    told: set[tuple[int, WaypointNumber]] = set()
    for index, piece, n in _meetings(areas, route):
        area, leg = areas[index], route.legs[n]
        slope = altitudes_in(route, n, piece, area.polygon)
        if (index, leg.target) in told or slope is None or not area.overlaps(*slope):
            continue
        told.add((index, leg.target))
        inside = shapely.intersection(piece, area.polygon)
        yield finding(
            code,
            reason,
            around,
            waypoint=leg.target,
            where=point(shapely.get_coordinates(inside)[0]),
            params={"zone": area.zone, "name": area.name, "inside_m": float(inside.length)},
            fix=move_of(n, route, around),
        )


def _meetings(areas: tuple[ClosedArea, ...], route: PlannedRoute) -> Iterable[tuple[int, shapely.Geometry, int]]:
    """(area, piece of the route, leg) for whatever meets in plan view, by area and then along the route."""
    if not areas:
        return ()
    pieces = np.concatenate([route.paths, route.swings])
    legs = np.concatenate([np.arange(len(route.paths)), route.swing_legs])
    found = shapely.STRtree(pieces).query([area.polygon for area in areas], predicate="intersects")
    order = np.lexsort([found[1], found[0]])
    return [(int(a), pieces[p], int(legs[p])) for a, p in found[:, order].T]


def _outside(code: Code, number: WaypointNumber, where: Point, route: PlannedRoute, around: Surroundings) -> Finding:
    margin, edge = around.region.margin(*where)
    return finding(
        code,
        Reason.OUTSIDE if margin < 0 else Reason.TOO_CLOSE,
        around,
        waypoint=number,
        where=where,
        params={"distance_m": abs(margin), "edge": edge, "path_margin_m": around.context.path_margin_m},
        fix=nearest_working_place(number, route, around),
    )


def _leaving(n: int, reason: Reason, piece: shapely.Geometry, route: PlannedRoute, around: Surroundings) -> Finding:
    """A leg, circle or corner whose ends are inside: told at the point that is farthest out."""
    leg = route.legs[n]
    worst, _ = farthest(shapely.difference(piece, around.inset), around.inset)
    margin, edge = around.region.margin(*worst)
    return finding(
        Code.GEO_01,
        reason,
        around,
        waypoint=leg.target,
        where=worst,
        params={
            "from": float(leg.origin),
            "margin_m": margin,
            "edge": edge,
            "radius_m": leg.radius_m,
            "path_margin_m": around.context.path_margin_m,
        },
        fix=move_of(n, route, around),
    )


def move_of(n: int, route: PlannedRoute, around: Surroundings) -> MoveWaypoint | None:
    """The move that mends leg n: of its waypoint, or of home where it is the way home."""
    leg = route.legs[n]
    return nearest_working_place(HOME if leg.kind is LegKind.RETURN else leg.target, route, around)


def farthest(beyond: shapely.Geometry, area: shapely.Geometry) -> tuple[Point, float]:
    """The point of `beyond` that is farthest from `area`, and how far."""
    points = corners(shapely.segmentize(beyond, max(_STEP_M, shapely.length(beyond) / _MOST_STEPS)))
    distances = shapely.distance(points, area)
    worst = int(distances.argmax())
    return point(shapely.get_coordinates(points[worst])[0]), float(distances[worst])


def finding(code: Code, reason: Reason, around: Surroundings, *, where: Point, **fields: object) -> Finding:
    latitude, longitude = around.frame.to_geodetic(*where)
    return Finding(code, reason, latitude_deg=latitude, longitude_deg=longitude, **fields)  # type: ignore[arg-type]


def _may_be(where: Point, around: Surroundings) -> bool:
    """By the margin's own measure, so that a point on the inset's edge isn't refused for a rounding."""
    return around.region.margin(*where)[0] >= around.context.path_margin_m - ROUNDING_M


def corners(geometry: shapely.Geometry) -> Geometries:
    points: Geometries = shapely.points(shapely.get_coordinates(geometry))
    return points


def point(pair: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Point:
    return float(pair[0]), float(pair[1])
