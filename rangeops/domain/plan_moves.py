"""The nearest place to which a waypoint can be moved so that its legs are inside."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from rangeops.domain.geodesy import bearing_deg
from rangeops.domain.plan_fixes import MoveWaypoint
from rangeops.domain.plan_geometry import PlannedRoute, Surroundings
from rangeops.domain.plans import WaypointNumber

_PAST_CORNER_M: Final = 0.1  # a leg that is to pass a corner passes it by this much
_MOST_TRIED: Final = 400

Point = tuple[float, float]


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
    if room.is_empty:
        return None
    fixed = [p for p in neighbours if around.admissible.covers(shapely.Point(p))]
    candidates = sorted(_candidates(here, fixed, room), key=lambda point: math.dist(point, here))
    for point in candidates[:_MOST_TRIED]:
        if _works(point, fixed, room, around):
            return _move(number, here, point, around)
    return None


def _situation(number: WaypointNumber, route: PlannedRoute) -> tuple[Point | None, list[Point], float]:
    """Where the waypoint is, where its legs lead, and the radius of a circle flown there."""
    here: Point | None = None
    neighbours: list[Point] = []
    radius_m = 0.0
    for n, leg in enumerate(route.legs):
        start, end = _point(route.starts[n]), _point(route.ends[n])
        if leg.origin == number and start != end:
            here = start if here is None else here
            neighbours.append(end)
        if leg.target == number:
            here = end
            radius_m = max(radius_m, leg.radius_m)
            if start != end:
                neighbours.append(start)
    if number == 0 and route.legs:
        here = route.home
    return here, list(dict.fromkeys(neighbours)), radius_m


def _candidates(here: Point, fixed: list[Point], room: Polygon | MultiPolygon) -> Iterator[Point]:
    nearest = shapely.shortest_line(room, shapely.Point(here))
    yield _point(shapely.get_coordinates(nearest)[0])
    corners = shapely.get_coordinates(room)
    yield from (_point(corner) for corner in corners)
    for neighbour in fixed:
        feet = _feet(here, neighbour, corners)
        for foot in feet:
            yield _point(foot)
        lines = shapely.linestrings(np.stack([np.broadcast_to(neighbour, feet.shape), feet], axis=1))
        touching = shapely.shortest_line(room, lines)
        yield from (_point(shapely.get_coordinates(line)[0]) for line in touching)


def _feet(here: Point, neighbour: Point, corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """The point nearest to `here` on each line from the neighbour past a corner, on either side of it."""
    start = np.asarray(neighbour)
    along = corners - start
    length = np.hypot(along[:, 0], along[:, 1])
    along, corners = along[length > 0], corners[length > 0]
    across = np.column_stack([-along[:, 1], along[:, 0]]) / length[length > 0][:, None]
    past = np.concatenate([corners + _PAST_CORNER_M * across, corners - _PAST_CORNER_M * across])
    ray = past - start
    share = np.maximum(0.0, ((np.asarray(here) - start) * ray).sum(axis=1) / (ray * ray).sum(axis=1))
    return np.asarray(start + share[:, None] * ray)


def _works(point: Point, fixed: list[Point], room: Polygon | MultiPolygon, around: Surroundings) -> bool:
    grain_m = 1e-6  # the nearest point of a polygon lies on its edge but for a rounding
    if room.distance(shapely.Point(point)) > grain_m:
        return False
    lines = shapely.linestrings([[point, neighbour] for neighbour in fixed]) if fixed else []
    return bool(np.all(shapely.covers(around.inset, lines))) and not any(
        bool(np.any(shapely.intersects(area.polygon, lines))) for area in around.closed
    )


def _move(number: WaypointNumber, here: Point, point: Point, around: Surroundings) -> MoveWaypoint:
    latitude, longitude = around.frame.to_geodetic(*point)
    latitude, longitude = round(latitude, 6), round(longitude, 6)
    east, north = around.frame.to_site(latitude, longitude)
    return MoveWaypoint(
        number,
        latitude,
        longitude,
        distance_m=math.dist(here, (east, north)),
        bearing_deg=bearing_deg(east - here[0], north - here[1]),
    )


def _point(pair: NDArray[np.float64]) -> Point:
    return float(pair[0]), float(pair[1])
