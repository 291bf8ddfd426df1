"""GEO-…: where a route may be, and where its way home leads."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import shapely

from rangeops.domain.plan_findings import Code, Finding, Reason
from rangeops.domain.plan_geometry import Geometries, PlannedRoute, Surroundings, altitudes_in
from rangeops.domain.plan_moves import nearest_working_place
from rangeops.domain.plans import LegKind, WaypointNumber

_HOME: Final = WaypointNumber(0)
_STEP_M: Final = 1.0  # between the points at which a leg outside is measured
_ROUNDING_M: Final = 1e-6
_TRAVELS: Final = frozenset([LegKind.FLY, LegKind.HOLD, LegKind.RETURN])

Point = tuple[float, float]


def legs_inside(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-01: every leg inside the flight geography by the path margin; a waypoint outside is told once."""
    told: set[WaypointNumber] = set()
    for n in np.flatnonzero(~shapely.covers(around.inset, route.paths)):
        leg = route.legs[n]
        if leg.kind not in _TRAVELS:
            continue
        end, start = _point(route.ends[n]), _point(route.starts[n])
        if leg.kind is LegKind.FLY and not _may_be(end, around):
            if leg.target not in told:
                told.add(leg.target)
                yield _outside(Code.GEO_01, leg.target, end, route, around)
        elif leg.radius_m > 0 and _may_be(end, around):
            yield _leaving(int(n), Reason.CIRCLE_LEAVES, route, around)
        elif _may_be(start, around) and _may_be(end, around):
            yield _leaving(int(n), Reason.LEG_LEAVES, route, around)


def home_inside(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-02: take-off and landing happen in the volume."""
    if not _may_be(route.home, around):
        yield _outside(Code.GEO_02, _HOME, route.home, route, around)


def zones_clear(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-03: no leg enters a closed zone between its limits, in the zone's hours."""
    tree = shapely.STRtree(route.paths)
    for area in around.closed:
        told: set[WaypointNumber] = set()
        for n in sorted(tree.query(area.polygon, predicate="intersects")):
            leg = route.legs[n]
            slope = altitudes_in(route.paths[n], area.polygon, route.altitudes[n])
            if leg.target in told or slope is None or not area.overlaps(*slope):
                continue
            told.add(leg.target)
            inside = shapely.intersection(route.paths[n], area.polygon)
            where = _point(shapely.get_coordinates(inside)[0])
            yield _finding(
                Code.GEO_03,
                Reason.ENTERS_ZONE,
                around,
                waypoint=leg.target,
                where=where,
                params={"zone": area.zone, "name": area.name, "inside_m": float(inside.length)},
                fix=None if leg.kind is LegKind.RETURN else nearest_working_place(leg.target, route, around),
            )


def return_paths_clear(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-04: from every point of every leg, the straight way home at the RTL altitude.

    The ways home from one leg sweep the triangle of its ends and home; they stay in the contingency volume, under the
    flight geography's ceiling, and out of closed zones.
    """
    context = around.context
    level = context.range.elevation_amsl_m + context.rtl_altitude_m
    limit = context.volume.flight_geography.ceiling_amsl_m - context.path_margin_m
    if level > limit:
        yield Finding(
            Code.GEO_04,
            Reason.RETURN_TOO_HIGH,
            params={"rtl_altitude_m": context.rtl_altitude_m, "limit_m": limit - context.range.elevation_amsl_m},
        )
    homes = np.broadcast_to(np.asarray(route.home), route.starts.shape)
    swept = shapely.convex_hull(shapely.multipoints(np.stack([homes, route.starts, route.ends], axis=1)))
    for n in np.flatnonzero(~shapely.covers(around.contingency, swept)):
        if _in_contingency(_point(route.ends[n]), around) and _in_contingency(_point(route.starts[n]), around):
            yield _return_leaves(int(n), swept[n], route, around)
    tree = shapely.STRtree(swept)
    for area in around.closed:
        told: set[WaypointNumber] = set()
        for n in sorted(tree.query(area.polygon, predicate="intersects")):
            highest = max(level, float(route.altitudes[n].max()))
            target = route.legs[n].target
            if target in told or not area.overlaps(context.range.elevation_amsl_m, highest):
                continue
            told.add(target)
            inside = shapely.intersection(swept[n], area.polygon)
            yield _finding(
                Code.GEO_04,
                Reason.RETURN_ENTERS_ZONE,
                around,
                waypoint=target,
                where=_point(shapely.get_coordinates(inside)[0]),
                params={"zone": area.zone, "name": area.name},
            )


def volumes_clear(_: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-05: the volumes that this airframe needs lie in the range and touch no closed zone."""
    boundary = around.context.range.boundary
    contingency = around.volumes.contingency
    beyond = around.buffer.difference(around.boundary)
    if not beyond.is_empty or contingency.ceiling_amsl_m > boundary.ceiling_amsl_m:
        out_m = 0.0 if beyond.is_empty else float(shapely.distance(_corners(beyond), around.boundary).max())
        up_m = max(0.0, contingency.ceiling_amsl_m - boundary.ceiling_amsl_m)
        yield Finding(Code.GEO_05, Reason.VOLUME_LEAVES_RANGE, params={"out_m": out_m, "up_m": up_m})
    for area in around.closed:
        if area.polygon.intersects(around.buffer) and area.overlaps(
            contingency.floor_amsl_m, contingency.ceiling_amsl_m
        ):
            yield Finding(Code.GEO_05, Reason.VOLUME_TOUCHES_ZONE, params={"zone": area.zone, "name": area.name})


def _outside(code: Code, number: WaypointNumber, where: Point, route: PlannedRoute, around: Surroundings) -> Finding:
    margin, edge = around.region.margin(*where)
    return _finding(
        code,
        Reason.OUTSIDE if margin < 0 else Reason.TOO_CLOSE,
        around,
        waypoint=number,
        where=where,
        params={"distance_m": abs(margin), "edge": edge, "path_margin_m": around.context.path_margin_m},
        fix=nearest_working_place(number, route, around),
    )


def _leaving(n: int, reason: Reason, route: PlannedRoute, around: Surroundings) -> Finding:
    """A leg or circle whose ends are inside: told at the point that is farthest out."""
    leg = route.legs[n]
    points = _corners(shapely.segmentize(shapely.difference(route.paths[n], around.inset), _STEP_M))
    worst = _point(shapely.get_coordinates(points[int(shapely.distance(points, around.inset).argmax())])[0])
    margin, edge = around.region.margin(*worst)
    return _finding(
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
        fix=None if leg.kind is LegKind.RETURN else nearest_working_place(leg.target, route, around),
    )


def _return_leaves(n: int, swept: shapely.Geometry, route: PlannedRoute, around: Surroundings) -> Finding:
    points = _corners(shapely.segmentize(shapely.difference(swept, around.contingency), _STEP_M))
    distances = shapely.distance(points, around.contingency)
    worst = int(distances.argmax())
    where = _point(shapely.get_coordinates(points[worst])[0])
    return _finding(
        Code.GEO_04,
        Reason.RETURN_LEAVES,
        around,
        waypoint=route.legs[n].target,
        where=where,
        params={"distance_m": float(distances[worst]), "from": float(route.legs[n].origin)},
    )


def _finding(code: Code, reason: Reason, around: Surroundings, *, where: Point, **fields: object) -> Finding:
    latitude, longitude = around.frame.to_geodetic(*where)
    return Finding(code, reason, latitude_deg=latitude, longitude_deg=longitude, **fields)  # type: ignore[arg-type]


def _may_be(point: Point, around: Surroundings) -> bool:
    """By the margin's own measure, so that a point on the inset's edge isn't refused for a rounding."""
    return around.region.margin(*point)[0] >= around.context.path_margin_m - _ROUNDING_M


def _in_contingency(point: Point, around: Surroundings) -> bool:
    return bool(around.contingency.covers(shapely.Point(point)))


def _corners(geometry: shapely.Geometry) -> Geometries:
    points: Geometries = shapely.points(shapely.get_coordinates(geometry))
    return points


def _point(pair: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Point:
    return float(pair[0]), float(pair[1])
