"""The nearest place to which a waypoint can be moved so that its legs are inside."""

import math
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from rangeops.domain.geodesy import SiteFrame, bearing_deg
from rangeops.domain.plan_fixes import MoveWaypoint
from rangeops.domain.plan_geometry import PlannedRoute, Surroundings
from rangeops.domain.plans import LegKind, WaypointNumber

_DECIMALS: Final = 6  # of the degrees in which a move is told
_TRIED_AT_ONCE: Final = 64

Point = tuple[float, float]
Points = NDArray[np.float64]


def nearest_working_place(number: WaypointNumber, route: PlannedRoute, around: Surroundings) -> MoveWaypoint | None:
    """The smallest move of one waypoint (0: home) after which the legs to its neighbours are admissible.

    Neighbours that are themselves misplaced put no condition: they get a move of their own. In a convex volume the
    nearest admissible point is the answer. Elsewhere the best place lies there, or at a corner, or where a leg from a
    neighbour grazes a corner: these are tried in the order of their distance.
    """
    here, neighbours, radius_m = _situation(number, route)
    if here is None:
        return None
    room = around.admissible if radius_m == 0 else around.admissible.buffer(-radius_m)
    shapely.prepare(room)
    if room.is_empty:
        return None
    fixed = [p for p in neighbours if around.free.covers(shapely.Point(p))]
    nearest = shapely.get_coordinates(shapely.shortest_line(room, shapely.Point(here)))[:1]
    place = _first_that_works(nearest, here, fixed, radius_m, around)
    if place is None:
        place = _first_that_works(_candidates(here, fixed, room), here, fixed, radius_m, around)
    return None if place is None else _move(number, here, place, around)


def _first_that_works(
    points: Points, here: Point, fixed: list[Point], radius_m: float, around: Surroundings
) -> Point | None:
    """In the order of their distance from `here`, each as it will be written."""
    points = _as_written(points, around.frame)
    offsets = points - np.asarray(here)
    points = points[np.argsort(np.hypot(offsets[:, 0], offsets[:, 1]), kind="stable")]
    for first in range(0, len(points), _TRIED_AT_ONCE):
        some = points[first : first + _TRIED_AT_ONCE]
        if (working := np.flatnonzero(_work(some, fixed, radius_m, around))).size:
            return _point(some[working[0]])
    return None


def _situation(number: WaypointNumber, route: PlannedRoute) -> tuple[Point | None, list[Point], float]:
    """Where the waypoint is, where its legs lead, and the radius of a circle flown there."""
    here: Point | None = None
    neighbours: list[Point] = []
    radius_m = 0.0
    for n in np.flatnonzero((route.numbers == number).any(axis=1)):
        leg = route.legs[n]
        start, end = _point(route.starts[n]), _point(route.ends[n])
        if leg.origin == number:
            here = start if here is None else here
            neighbours.append(end)
            if leg.kind is LegKind.RETURN:
                neighbours.append(route.home)  # after a climb under the RTL item's own number
        if leg.target == number:
            here = end
            radius_m = max(radius_m, leg.radius_m)
            neighbours.append(start)
    if number == 0 and route.legs:
        here = route.home
    return here, [point for point in dict.fromkeys(neighbours) if point != here], radius_m


def _candidates(here: Point, fixed: list[Point], room: Polygon | MultiPolygon) -> Points:
    corners = shapely.get_coordinates(room)
    places = [corners]
    for neighbour in fixed:
        feet = _feet(here, neighbour, corners)
        beyond = feet[~shapely.covers(room, shapely.points(feet))]
        lines = shapely.linestrings(np.stack([np.broadcast_to(neighbour, beyond.shape), beyond], axis=1))
        places += [feet, shapely.get_coordinates(shapely.intersection(room, lines))]
    return np.concatenate(places)


def _feet(here: Point, neighbour: Point, corners: Points) -> Points:
    """The point nearest to `here` on each line from the neighbour past a corner."""
    start = np.asarray(neighbour)
    rays = corners - start
    rays = rays[(rays != 0).any(axis=1)]
    share = np.maximum(0.0, ((np.asarray(here) - start) * rays).sum(axis=1) / (rays * rays).sum(axis=1))
    return np.asarray(start + share[:, None] * rays)


def _as_written(points: Points, frame: SiteFrame) -> Points:
    """Where they are once somebody has typed them with six decimals."""
    return frame.to_site_array(np.round(frame.to_geodetic_array(points), _DECIMALS))


def _work(points: Points, fixed: list[Point], radius_m: float, around: Surroundings) -> NDArray[np.bool_]:
    """Which of the points may be, with a circle about them, and see every neighbour."""
    free = around.free if radius_m == 0 else around.free.buffer(-radius_m)
    works: NDArray[np.bool_] = shapely.covers(free, shapely.points(points))
    for neighbour in fixed:
        lines = shapely.linestrings(np.stack([points, np.broadcast_to(neighbour, points.shape)], axis=1))
        works &= shapely.covers(around.free, lines)
    return works


def _move(number: WaypointNumber, here: Point, point: Point, around: Surroundings) -> MoveWaypoint:
    latitude, longitude = around.frame.to_geodetic(*point)
    latitude, longitude = round(latitude, _DECIMALS), round(longitude, _DECIMALS)
    east, north = around.frame.to_site(latitude, longitude)
    return MoveWaypoint(
        number,
        latitude,
        longitude,
        distance_m=math.dist(here, (east, north)),
        bearing_deg=bearing_deg(east - here[0], north - here[1]),
    )


def _point(pair: Points) -> Point:
    return float(pair[0]), float(pair[1])
