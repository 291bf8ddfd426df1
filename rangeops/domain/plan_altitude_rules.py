"""ALT-01..04: how high and how low a route goes, by AMSL, with every datum resolved before it gets here."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.plan_findings import Code, Finding, Reason
from rangeops.domain.plan_fixes import Fix, SetAltitude, SetHomeAltitude
from rangeops.domain.plan_geometry import Numbers, PlannedRoute
from rangeops.domain.plan_pieces import Pieces
from rangeops.domain.plan_route import Leg, LegKind
from rangeops.domain.plan_surroundings import Surroundings

HIGHEST_ABOVE_GROUND_M: Final = 120.0  # Regulation (EU) 2019/947, above the closest point of the surface
LOWEST_CLEARANCE_M: Final = 5.0  # above the highest ground that the site's terrain error allows
_HOME_TOLERANCE_M: Final = 5.0
_STEP_M: Final = 0.1  # a proposed altitude is written with one decimal
_LEAST_SHARE: Final = 0.1  # of a leg: what is nearer to its start is the start's to mend


def above_ceiling(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ALT-01: every leg under the volume's ceiling, with the path margin."""
    if around.context.airframe.vehicle_class is VehicleClass.ROVER:
        return
    ceiling = around.context.volume.flight_geography.ceiling_amsl_m
    limits = np.full(len(route.pieces.legs), ceiling - around.context.path_margin_m)
    for n, over in _worst(route, route.pieces, route.pieces.highs - limits, limits, 1):
        finding = _told(route, n, -over, Code.ALT_01, Reason.ABOVE_CEILING)
        yield replace(finding, params={**finding.params, "ceiling_amsl_m": ceiling})


def above_120_m(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ALT-02: 120 m above the lowest ground that the terrain's error allows, all along each leg."""
    if around.context.airframe.vehicle_class is VehicleClass.ROVER:
        return
    pieces = route.pieces
    limits = pieces.ground_lows + HIGHEST_ABOVE_GROUND_M
    for n, over in _worst(route, pieces, pieces.highs - limits, limits, 1):
        yield _told(route, n, -over, Code.ALT_02, Reason.ABOVE_120_M)


def too_low(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ALT-03: travelling legs over the volume's floor, and clear of the ground."""
    context = around.context
    if context.airframe.vehicle_class is VehicleClass.ROVER:
        return
    pieces = route.pieces
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
    route: PlannedRoute, pieces: Pieces, over: Numbers, limits: Numbers, sign: int
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


def ground_is_known(route: PlannedRoute) -> bool:
    """Whether the terrain tells the ground under every leg."""
    return not (np.isnan(route.pieces.ground_lows).any() or np.isnan(route.pieces.ground_highs).any())
