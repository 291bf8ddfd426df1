"""ALT-01..04: how high and how low a route goes, by AMSL, with every datum resolved before it gets here."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.plan_findings import Code, Finding, Reason
from rangeops.domain.plan_fixes import Fix, SetAltitude, SetHomeAltitude
from rangeops.domain.plan_geometry import Numbers, PlannedRoute
from rangeops.domain.plan_route import Leg, LegKind
from rangeops.domain.plan_surroundings import Surroundings
from rangeops.domain.terrain import FlatGround

HIGHEST_ABOVE_GROUND_M: Final = 120.0  # Regulation (EU) 2019/947, above the closest point of the surface
LOWEST_CLEARANCE_M: Final = 5.0  # above the highest ground that the site's terrain error allows
_HOME_TOLERANCE_M: Final = 5.0
_STEP_M: Final = 0.1  # a proposed altitude is written with one decimal
_PIECE_M: Final = 25.0  # over ground that varies a slope is looked at in pieces
_LEAST_SHARE: Final = 0.1  # of a leg: what is nearer to its start is the start's to mend


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Parts of legs, in order: which leg, what share of a change at its end reaches all of them, altitudes and ground."""

    legs: np.ndarray[tuple[int], np.dtype[np.int64]]
    shares: Numbers
    lows: Numbers
    highs: Numbers
    ground_lows: Numbers
    ground_highs: Numbers


def above_ceiling(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ALT-01: every leg under the volume's ceiling, with the path margin."""
    if around.context.airframe.vehicle_class is VehicleClass.ROVER:
        return
    ceiling = around.context.volume.flight_geography.ceiling_amsl_m
    pieces = _whole_legs(route, around)
    limits = np.full(len(pieces.legs), ceiling - around.context.path_margin_m)
    for n, over in _worst(route, pieces, pieces.highs - limits, limits, 1):
        finding = _told(route, n, -over, Code.ALT_01, Reason.ABOVE_CEILING)
        yield replace(finding, params={**finding.params, "ceiling_amsl_m": ceiling})


def above_120_m(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ALT-02: 120 m above the lowest ground that the terrain's error allows, all along each leg."""
    if around.context.airframe.vehicle_class is VehicleClass.ROVER:
        return
    pieces = _pieces(route, around)
    limits = pieces.ground_lows + HIGHEST_ABOVE_GROUND_M
    for n, over in _worst(route, pieces, pieces.highs - limits, limits, 1):
        yield _told(route, n, -over, Code.ALT_02, Reason.ABOVE_120_M)


def too_low(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ALT-03: travelling legs over the volume's floor, and clear of the ground."""
    context = around.context
    if context.airframe.vehicle_class is VehicleClass.ROVER:
        return
    pieces = _pieces(route, around)
    floor = context.volume.flight_geography.floor_amsl_m + context.path_margin_m
    limits = np.maximum(floor, pieces.ground_highs + LOWEST_CLEARANCE_M)
    lands = np.array([leg.kind in (LegKind.LAND, LegKind.HOLD) for leg in route.legs], dtype=bool)
    under = np.where(lands[pieces.legs], 0.0, limits - pieces.lows)
    for n, by_m in _worst(route, pieces, under, limits, -1):
        yield _told(route, n, by_m, Code.ALT_03, Reason.TOO_LOW)


def home_altitude(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ALT-04: heights above home are counted from the ground; a plan that assumes another ground was made elsewhere."""
    home = route.plan.home
    if home is None or home.altitude_amsl_m is None:
        return
    ground = route.home_amsl_m
    off = home.altitude_amsl_m - ground
    if abs(off) > around.context.range.terrain.error_m + _HOME_TOLERANCE_M:
        yield Finding(
            Code.ALT_04,
            Reason.HOME_ALTITUDE,
            waypoint=route.legs[0].origin,
            latitude_deg=home.latitude_deg,
            longitude_deg=home.longitude_deg,
            params={"altitude_amsl_m": home.altitude_amsl_m, "ground_amsl_m": ground, "distance_m": abs(off)},
            fix=SetHomeAltitude(ground),
        )


def altitude_fix(route: PlannedRoute, leg: Leg, wanted_amsl_m: float) -> Fix | None:
    """The item's altitude in its own datum, to one decimal on the safe side; None where the item sets none.

    wanted_amsl_m: half a step inside the limit, so that rounding to the nearest step stays inside.
    """
    item = route.plan.item(leg.target)
    if item is None or not item.altitude_m or item.datum is None or leg.kind in (LegKind.RETURN, LegKind.LAND):
        return None
    if leg.kind is LegKind.TAKEOFF and leg.start.altitude_amsl_m == leg.end.altitude_amsl_m:
        return None  # it was that high already
    change = wanted_amsl_m - leg.end.altitude_amsl_m
    return SetAltitude(leg.target, round(item.altitude_m + change, 1), item.datum, change)


def _told(route: PlannedRoute, n: int, change_m: float, code: Code, reason: Reason) -> Finding:
    """change_m: of the leg's end, upwards, after which it would be at the limit."""
    leg = route.legs[n]
    limit = leg.end.altitude_amsl_m + change_m
    return Finding(
        code,
        reason,
        waypoint=leg.target,
        latitude_deg=leg.end.latitude_deg,
        longitude_deg=leg.end.longitude_deg,
        params={
            "altitude_amsl_m": leg.end.altitude_amsl_m,
            "limit_amsl_m": limit,
            "distance_m": abs(change_m),
        },
        fix=altitude_fix(route, leg, limit + math.copysign(_STEP_M / 2, change_m)),
    )


def _worst(
    route: PlannedRoute, pieces: _Pieces, over: Numbers, limits: Numbers, sign: int
) -> Iterator[tuple[int, float]]:
    """(leg, by how much its end must change) for each waypoint that is told. sign: 1 for upper limits.

    A leg whose start is beyond is the start's to mend, unless its end is beyond as well.
    """
    told = set()
    for owner in np.unique(pieces.legs[over > 0]):
        n = int(owner)
        leg, mine = route.legs[n], np.flatnonzero(pieces.legs == n)
        at_end = sign * (leg.end.altitude_amsl_m - float(limits[mine[-1]]))
        at_start = sign * (leg.start.altitude_amsl_m - float(limits[mine[0]]))
        if leg.target in told or (at_end <= 0 and (at_start > 0 or leg.kind is LegKind.TAKEOFF)):
            continue
        told.add(leg.target)
        inner = float((over[mine] / np.maximum(pieces.shares[mine], _LEAST_SHARE)).max()) if at_start <= 0 else 0.0
        yield n, at_end if len(mine) == 1 and not leg.spline else max(at_end, inner)


def _whole_legs(route: PlannedRoute, around: Surroundings) -> _Pieces:
    terrain, count = around.context.range.terrain, len(route.legs)
    lows, highs = terrain.lowest_along_m(route.starts, route.ends), terrain.highest_along_m(route.starts, route.ends)
    return _Pieces(np.arange(count), np.ones(count), route.lows, route.highs, lows, highs)


def _pieces(route: PlannedRoute, around: Surroundings) -> _Pieces:
    terrain = around.context.range.terrain
    if isinstance(terrain, FlatGround):
        return _whole_legs(route, around)
    bent = np.array([leg.spline or leg.radius_m > 0 for leg in route.legs], dtype=bool)
    pieces = np.where(bent, 1, np.maximum(1, np.ceil(route.lengths / _PIECE_M))).astype(np.int64)
    owners = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(owners)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    first, last = number / pieces[owners], (number + 1) / pieces[owners]
    along, rise = (route.ends - route.starts)[owners], (route.altitudes[:, 1] - route.altitudes[:, 0])[owners]
    starts = route.starts[owners]
    begin, finish = starts + first[:, None] * along, starts + last[:, None] * along
    ground_lows, ground_highs = terrain.lowest_along_m(begin, finish), terrain.highest_along_m(begin, finish)
    for n in np.flatnonzero(bent[owners]):
        low, high = terrain.lowest_m(route.paths[owners[n]]), terrain.highest_m(route.paths[owners[n]])
        ground_lows[n] = np.nan if low is None else low
        ground_highs[n] = np.nan if high is None else high
    altitudes = route.altitudes[owners, 0][:, None] + np.column_stack([first, last]) * rise[:, None]
    lows, highs = altitudes.min(axis=1), altitudes.max(axis=1)
    over = np.array([leg.over_terrain for leg in route.legs], dtype=bool)[owners]
    ground_ends = np.column_stack([terrain.grounds_m(route.starts), terrain.grounds_m(route.ends)])
    heights = (route.altitudes - ground_ends)[owners]  # above ground, which a leg over terrain keeps
    lows = np.where(
        over, ground_highs + heights.min(axis=1) - 2 * terrain.error_m, np.where(bent[owners], route.lows[owners], lows)
    )
    highs = np.where(
        over,
        ground_lows + heights.max(axis=1) + 2 * terrain.error_m,
        np.where(bent[owners], route.highs[owners], highs),
    )
    return _Pieces(owners, np.where(pieces[owners] == 1, 1.0, first), lows, highs, ground_lows, ground_highs)


def ground_is_known(route: PlannedRoute, around: Surroundings) -> bool:
    """Whether the terrain tells the ground under every leg."""
    terrain = around.context.range.terrain
    if isinstance(terrain, FlatGround) or not len(route.legs):
        return True
    pieces = _pieces(route, around)
    return not (np.isnan(pieces.ground_lows).any() or np.isnan(pieces.ground_highs).any())
