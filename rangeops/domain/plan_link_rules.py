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
    """At points of every leg; on its pad a vehicle needn't be seen."""
    terrain = around.context.range.terrain
    station, height_m = _station(route, around)
    counts = (route.lengths / _STEP_M).astype(np.int64) + 2
    owners = np.repeat(np.arange(len(counts)), counts)
    shares = (np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)) / (counts[owners] - 1)
    places = route.starts[owners] + shares[:, None] * (route.ends - route.starts)[owners]
    heights = route.altitudes[owners, 0] + shares * (route.altitudes[:, 1] - route.altitudes[:, 0])[owners]
    flown = heights >= terrain.grounds_m(places) + LOWEST_CLEARANCE_M
    owners, places, heights = owners[flown], places[flown], heights[flown]
    told = set()
    for k in np.flatnonzero(_behind_ground(station, height_m, places, heights, terrain)):
        leg = route.legs[owners[k]]
        if leg.target not in told:
            told.add(leg.target)
            yield finding(
                Code.LINK_02,
                Reason.HIDDEN,
                around,
                waypoint=leg.target,
                where=point(places[k]),
                params={"from": float(leg.origin)},
                fix=move_of(int(owners[k]), route, around),
            )


def _behind_ground(
    station: tuple[float, float], height_m: float, places: Numbers, heights: Numbers, terrain: Terrain
) -> NDArray[np.bool_]:
    """Which places the ground hides: the most likely ground, looked at every _STEP_M along each line of sight."""
    if not len(places):
        return np.zeros(0, dtype=bool)
    away = np.hypot(*(places - station).T)
    steps = max(2, int(away.max() / _STEP_M) + 1)
    hidden = np.zeros(len(places), dtype=bool)
    for share in np.linspace(0.0, 1.0, steps + 1)[1:-1]:
        grounds = terrain.grounds_m(np.asarray(station) + share * (places - station))
        hidden |= grounds > height_m + share * (heights - height_m)
    return hidden
