"""The nearest place to which a waypoint can be moved so that its legs, and what they need around them, are inside."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.geodesy import SiteFrame, bearing_deg
from rangeops.domain.plan_fixes import MoveWaypoint
from rangeops.domain.plan_geometry import PlannedRoute
from rangeops.domain.plan_reach import beyond_m, grown_m
from rangeops.domain.plan_route import Leg, LegKind
from rangeops.domain.plan_surroundings import ROUNDING_M, Surroundings
from rangeops.domain.plans import WaypointNumber

_DECIMALS: Final = 6  # of the degrees in which a move is told
_TRIED_AT_ONCE: Final = 64
_DIRECTIONS: Final = 48
_FIRST_STEP_M: Final = 0.5
_GROWTH: Final = 1.2  # each ring of places looked at is that much wider than the one before
_FARTHEST_M: Final = 3000.0
_RINGS_AT_ONCE: Final = 8
_HALVINGS: Final = 8
_NARROWINGS: Final = 4  # each looks at eight directions between the neighbours of the best so far
_WRITTEN_M: Final = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.5])
_SPEEDS: Final = 33  # a table of the room needed, by speed
_SLACK_M: Final = 0.2  # a written place differs from the one that was found

Point = tuple[float, float]
Points = NDArray[np.float64]
Works = Callable[[Points], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class _Leg:
    """A leg between the moved waypoint and `other`. leads_here: its end is the moved one."""

    leg: Leg
    other: Point
    leads_here: bool


@dataclass(frozen=True, slots=True)
class _Situation:
    """Where the waypoint is, the legs that depend on it, and the room that a circle about it takes."""

    number: WaypointNumber
    here: Point
    legs: tuple[_Leg, ...]
    radius_m: float
    home: Point


def nearest_working_place(number: WaypointNumber, route: PlannedRoute, around: Surroundings) -> MoveWaypoint | None:
    """The smallest move of one waypoint (0: home) after which its legs are admissible. None: none was found.

    Neighbours that are themselves misplaced put no condition: they get a move of their own. The nearest admissible point
    is the answer if it works. Elsewhere the best place lies at a corner, where a leg from a neighbour grazes a corner,
    or in the open, where the room to stop decides: all three are looked for, and the nearest is taken.
    """
    situation = _situation(number, route, around)
    if situation is None:
        return None
    room = _room(situation, around)
    if room.is_empty:
        return None
    shapely.prepare(room)

    def works(points: Points) -> NDArray[np.bool_]:
        return _work(points, situation, around)

    here = np.asarray(situation.here)
    nearest = shapely.get_coordinates(shapely.shortest_line(room, shapely.Point(here)))[:1]
    if (place := _first_that_works(nearest, here, works, around.frame)) is not None:
        if math.dist(place, situation.here) < ROUNDING_M:
            return None  # what is wrong there isn't its place
        return _move(number, situation.here, place, around)
    least = float(shapely.distance(room, shapely.Point(here)))
    found = [
        _first_that_works(_candidates(situation, room), here, works, around.frame),
        _first_that_works(_searched(here, least, works), here, works, around.frame),
    ]
    places = [place for place in found if place is not None]
    if not places:
        return None
    return _move(number, situation.here, min(places, key=lambda place: math.dist(place, situation.here)), around)


def _room(situation: _Situation, around: Surroundings) -> Polygon | MultiPolygon:
    room = around.admissible
    if situation.number == 0 and around.context.airframe.vehicle_class is VehicleClass.PLANE:
        room = room.buffer(-around.context.airframe.rtl_radius_m)
    return room if situation.radius_m == 0 else room.buffer(-situation.radius_m)


def _first_that_works(points: Points, here: Points, works: Works, frame: SiteFrame) -> Point | None:
    """In the order of their distance from `here`, each as it will be written."""
    points = _as_written(points.reshape(-1, 2), frame)
    offsets = points - here
    points = points[np.argsort(np.hypot(offsets[:, 0], offsets[:, 1]), kind="stable")]
    for first in range(0, len(points), _TRIED_AT_ONCE):
        some = points[first : first + _TRIED_AT_ONCE]
        if (working := np.flatnonzero(works(some))).size:
            return _point(some[working[0]])
    return None


def _situation(number: WaypointNumber, route: PlannedRoute, around: Surroundings) -> _Situation | None:
    here: Point | None = route.home if number == 0 and route.legs else None
    legs: list[_Leg] = []
    radius_m = 0.0
    for index in np.flatnonzero((route.numbers == number).any(axis=1)):
        n = int(index)
        leg, reach_m = route.legs[n], 0.0
        start, end = _point(route.starts[n]), _point(route.ends[n])
        if leg.origin == number and start != end:
            here = start if here is None else here
            legs.append(_Leg(leg, end, leads_here=False))
        if leg.target == number and number != 0:
            here = end
            if leg.radius_m > 0:
                reach_m = grown_m(leg, beyond_m(leg, 0.0, around))
                radius_m = max(radius_m, leg.radius_m + reach_m)
            elif start != end and leg.kind is not LegKind.RETURN:
                legs.append(_Leg(leg, start, leads_here=True))
    if number == 0:
        for n, leg in enumerate(route.legs):
            if leg.kind is LegKind.RETURN and route.lengths[n] > 0:
                legs.append(_Leg(leg, _point(route.starts[n]), leads_here=True))
    if here is None:
        return None
    fixed = tuple(
        leg for leg in dict.fromkeys(legs) if leg.other != here and around.inset.covers(shapely.Point(leg.other))
    )
    return _Situation(number, here, fixed, radius_m, route.home)


def _work(points: Points, situation: _Situation, around: Surroundings) -> NDArray[np.bool_]:
    """Which of the points may be, see every neighbour, leave room to stop, and have a clear way home."""
    works: NDArray[np.bool_] = shapely.covers(_free(situation, around), shapely.points(points))
    for part in situation.legs:
        if not works.any():
            break
        which = np.flatnonzero(works)
        tried = points[which]
        other = np.broadcast_to(part.other, tried.shape)
        starts, ends = (other, tried) if part.leads_here else (tried, other)
        along = ends - starts
        lengths = np.hypot(along[:, 0], along[:, 1])
        units = along / np.where(lengths > 0, lengths, 1.0)[:, None]
        beyond = ends + units * (_reaches(part.leg, lengths, around) + _SLACK_M)[:, None]
        fine = shapely.covers(around.free, shapely.linestrings(np.stack([starts, ends], axis=1)))
        fine &= shapely.covers(around.inset, shapely.linestrings(np.stack([ends, beyond], axis=1)))
        if situation.number != 0:
            fine &= _way_home_is_clear(starts, ends, situation.home, around)
        works[which] = fine
    return works


def _free(situation: _Situation, around: Surroundings) -> Polygon | MultiPolygon:
    return around.free if situation.radius_m == 0 else around.free.buffer(-situation.radius_m)


def _reaches(leg: Leg, lengths: Points, around: Surroundings) -> Points:
    """What the leg would need beyond its end, were it that long: by a table, which is never short (it is convex)."""
    airframe = around.context.airframe
    if airframe.vehicle_class is VehicleClass.PLANE or not leg.from_rest:
        return np.full(len(lengths), beyond_m(leg, 1.0, around))
    half = lengths if leg.stops else 2 * lengths
    speeds = np.minimum(leg.speed_mps, np.sqrt(airframe.deceleration_mps2 * half))
    table = np.linspace(0.0, leg.speed_mps, _SPEEDS)
    return np.interp(speeds, table, [around.room.beyond_m(float(v), stops=leg.stops) for v in table])


def _way_home_is_clear(starts: Points, ends: Points, home: Point, around: Surroundings) -> NDArray[np.bool_]:
    if around.contingency_is_convex and not around.on_the_way.size:
        return np.ones(len(starts), dtype=bool)
    homes = np.broadcast_to(home, starts.shape)
    swept = shapely.convex_hull(shapely.multipoints(np.stack([homes, starts, ends], axis=1)))
    clear: NDArray[np.bool_] = shapely.covers(around.contingency, swept)
    for polygon in around.on_the_way:
        clear &= ~shapely.intersects(polygon, swept)
    return clear


def _candidates(situation: _Situation, room: Polygon | MultiPolygon) -> Points:
    corners = shapely.get_coordinates(room)
    places = [corners]
    for neighbour in dict.fromkeys(part.other for part in situation.legs):
        feet = _feet(situation.here, neighbour, corners)
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


def _searched(here: Points, least_m: float, works: Works) -> Points:
    """Rings around `here`, ever wider, until one has a place that works; then nearer, and between the directions.

    least_m: nothing nearer can work. None, as (0, 2), where no ring has any.
    """
    turns = np.linspace(0.0, 2 * math.pi, _DIRECTIONS, endpoint=False)
    radius = max(least_m, _FIRST_STEP_M)
    while radius < _FARTHEST_M:
        radii = radius * _GROWTH ** np.arange(_RINGS_AT_ONCE)
        found = works(_polar(here, np.repeat(radii, _DIRECTIONS), np.tile(turns, _RINGS_AT_ONCE)))
        rings, directions = np.nonzero(found.reshape(_RINGS_AT_ONCE, _DIRECTIONS))
        if len(rings):
            first = rings == rings[0]
            ring = float(radii[rings[0]])
            return _narrowed(here, least_m, ring, turns[directions[first]], works)
        radius = float(radii[-1]) * _GROWTH
    return np.empty((0, 2))


def _narrowed(here: Points, least_m: float, ring_m: float, turns: Points, works: Works) -> Points:
    """The nearest place in each of the directions, which all work at `ring_m`, and then around the best of them.

    With a few beyond it: a place on the very edge of what works may not once it is written with six decimals.
    """
    step = 2 * math.pi / _DIRECTIONS
    best_turn, best_m = _nearest_in(here, least_m, ring_m, turns, works)
    for _ in range(_NARROWINGS):
        around = best_turn + step * np.linspace(-1.0, 1.0, 9)
        fine = around[works(_polar(here, np.full(9, best_m), around))]
        if len(fine):
            best_turn, best_m = _nearest_in(here, least_m, best_m, fine, works)
        step /= 3
    farther, aside = np.meshgrid(best_m + _WRITTEN_M, best_turn + _WRITTEN_M / max(best_m, 1.0))
    return _polar(here, farther.ravel(), (2 * best_turn - aside).ravel())


def _nearest_in(here: Points, least_m: float, most_m: float, turns: Points, works: Works) -> tuple[float, float]:
    """By halving between what can't work and what does."""
    low, high = np.full(len(turns), least_m), np.full(len(turns), most_m)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fine = works(_polar(here, middle, turns))
        high, low = np.where(fine, middle, high), np.where(fine, low, middle)
    best = int(high.argmin())
    return float(turns[best]), float(high[best])


def _polar(here: Points, radii: Points, turns: Points) -> Points:
    return here + np.column_stack([radii * np.cos(turns), radii * np.sin(turns)])


def _as_written(points: Points, frame: SiteFrame) -> Points:
    """Where they are once somebody has typed them with six decimals."""
    return frame.to_site_array(np.round(frame.to_geodetic_array(points), _DECIMALS))


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
