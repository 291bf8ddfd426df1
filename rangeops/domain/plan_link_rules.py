"""LINK-…: the command link reaches the vehicle everywhere, and a pilot who must see it can."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.plan_altitude_rules import LOWEST_CLEARANCE_M
from rangeops.domain.plan_findings import Code, Finding, Outcome, Reason
from rangeops.domain.plan_geometry import Numbers, PlannedRoute
from rangeops.domain.plan_place_rules import finding, move_of, point
from rangeops.domain.plan_surroundings import Surroundings
from rangeops.domain.terrain import FlatGround, Terrain

_STEP_M: Final = 25.0  # between the points from which the antenna must be seen
_EYES_M: Final = 1.7  # a pilot's, and a hand-held antenna's, above the ground
_DETECTION_SHARE: Final = 0.3  # of the ground visibility (DLOS)


def link_reaches(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """LINK-01: every point of the route within the link's tested range of the ground station."""
    airframe = around.context.airframe
    if airframe.link_range_m is None:
        yield Finding(Code.LINK_01, Reason.LINK_UNKNOWN, Outcome.CANNOT_CHECK, params={"airframe": airframe.name})
        return
    station, height_m = _station(route, around)
    up_m = np.maximum(np.abs(route.highs - height_m), np.abs(route.lows - height_m))
    which = (Code.LINK_01, Reason.OUT_OF_RANGE)
    yield from _beyond(which, route, around, station=station, up_m=up_m, most_m=airframe.link_range_m)


def in_sight(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """LINK-02: no ground stands between the antenna and the route; a pilot who must see the vehicle is near enough."""
    terrain = around.context.range.terrain
    if not isinstance(terrain, FlatGround):
        yield from _hidden(route, around)
    if around.context.visibility_m is not None:
        most_m = sight_m(around.context.airframe, around.context.visibility_m)
        level = np.zeros(len(route.legs))
        which = (Code.LINK_02, Reason.OUT_OF_SIGHT)
        yield from _beyond(which, route, around, station=route.home, up_m=level, most_m=most_m)


def sight_m(airframe: Airframe, visibility_m: float) -> float:
    """The smaller of how far off an aircraft's attitude (ALOS) and another aircraft (DLOS) can be told.

    Source: SORA 2.5 Annex A by LBA and FOCA: ALOS 327·CD + 20 m for rotorcraft, 490·CD + 30 m for fixed wing.
    """
    size = airframe.characteristic_dimension_m
    attitude_m = 490 * size + 30 if airframe.vehicle_class is VehicleClass.PLANE else 327 * size + 20
    return min(attitude_m, _DETECTION_SHARE * visibility_m)


def _station(route: PlannedRoute, around: Surroundings) -> tuple[tuple[float, float], float]:
    """Where the antenna stands, and its altitude AMSL: the range's, or the pilot's at home."""
    station = around.context.range.ground_station
    if station is None:
        return route.home, route.home_amsl_m + _EYES_M
    where = around.frame.to_site(station.latitude_deg, station.longitude_deg)
    ground = around.context.range.terrain.ground_m(*where)
    return where, (route.home_amsl_m if ground is None else ground) + station.antenna_height_m


def _beyond(
    which: tuple[Code, Reason],
    route: PlannedRoute,
    around: Surroundings,
    *,
    station: tuple[float, float],
    up_m: Numbers,
    most_m: float,
) -> Iterator[Finding]:
    """A straight leg is farthest at an end, a bent one at a corner of what it can't leave."""
    distances = np.hypot(np.hypot(*(route.ends - station).T), up_m)
    for n, leg in enumerate(route.legs):
        if leg.spline or leg.radius_m > 0:
            outline = shapely.get_coordinates(route.paths[n]) - station
            distances[n] = np.hypot(np.hypot(outline[:, 0], outline[:, 1]).max(), up_m[n])
    told = set()
    for index in np.flatnonzero(distances > most_m):
        n = int(index)
        if (target := route.legs[n].target) in told:
            continue
        told.add(target)
        yield finding(
            *which,
            around,
            waypoint=target,
            where=point(route.ends[n]),
            params={"distance_m": float(distances[n]), "limit_m": most_m},
        )


def _hidden(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    terrain = around.context.range.terrain
    station, height_m = _station(route, around)
    told = set()
    for n, leg in enumerate(route.legs):
        if leg.target in told:
            continue
        shares = np.linspace(0.0, 1.0, max(2, int(route.lengths[n] / _STEP_M) + 2))[:, None]
        places = route.starts[n] + shares * (route.ends[n] - route.starts[n])
        heights = route.altitudes[n, 0] + shares[:, 0] * (route.altitudes[n, 1] - route.altitudes[n, 0])
        flown = heights >= terrain.grounds_m(places) + LOWEST_CLEARANCE_M  # on its pad it needn't be seen
        places, heights = places[flown], heights[flown]
        hidden = _behind_ground(station, height_m, places, heights, terrain)
        if len(hidden):
            told.add(leg.target)
            yield finding(
                Code.LINK_02,
                Reason.HIDDEN,
                around,
                waypoint=leg.target,
                where=point(places[hidden[0]]),
                params={"from": float(leg.origin)},
                fix=move_of(n, route, around),
            )


def _behind_ground(
    station: tuple[float, float], height_m: float, places: Numbers, heights: Numbers, terrain: Terrain
) -> NDArray[np.int64]:
    """Which places the ground hides: the most likely ground, looked at every _STEP_M along each line of sight."""
    if not len(places):
        return np.empty(0, dtype=np.int64)
    away = np.hypot(*(places - station).T)
    steps = max(2, int(away.max() / _STEP_M) + 1)
    shares = np.linspace(0.0, 1.0, steps + 1)[1:-1]
    points = np.asarray(station) + shares[None, :, None] * (places - station)[:, None, :]
    sight = height_m + shares[None, :] * (heights - height_m)[:, None]
    grounds = terrain.grounds_m(points.reshape(-1, 2)).reshape(sight.shape)
    return np.flatnonzero((grounds > sight).any(axis=1))
