"""ALT-…: how high and how low a route goes, by AMSL, with every datum resolved before it gets here."""

from collections.abc import Callable, Iterator
from typing import Final

from rangeops.domain.plan_context import PlanContext
from rangeops.domain.plan_findings import Code, Finding, Reason
from rangeops.domain.plan_fixes import Fix, SetAltitude, SetHomeAltitude
from rangeops.domain.plan_geometry import PlannedRoute, Surroundings
from rangeops.domain.plans import AltitudeDatum, Leg, LegKind

HIGHEST_ABOVE_GROUND_M: Final = 120.0  # Regulation (EU) 2019/947, above the closest point of the surface
LOWEST_CLEARANCE_M: Final = 5.0  # above the highest ground that the site's terrain error allows
_HOME_TOLERANCE_M: Final = 5.0
_STEP_M: Final = 0.1  # a proposed altitude is written with one decimal


def above_ceiling(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ALT-01: every leg under the volume's ceiling, with the path margin."""
    context = around.context
    ceiling = context.volume.flight_geography.ceiling_amsl_m
    limit = ceiling - context.path_margin_m
    yield from _beyond(route, context, Code.ALT_01, Reason.ABOVE_CEILING, ceiling=ceiling, limit=limit)


def above_120_m(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ALT-02: 120 m above the lowest ground that the site's terrain error allows."""
    definition = around.context.range
    limit = definition.elevation_amsl_m - definition.terrain_error_m + HIGHEST_ABOVE_GROUND_M
    yield from _beyond(route, around.context, Code.ALT_02, Reason.ABOVE_120_M, ceiling=limit, limit=limit)


def too_low(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ALT-03: travelling legs over the volume's floor, and clear of the ground."""
    context, definition = around.context, around.context.range
    ground = definition.elevation_amsl_m + definition.terrain_error_m
    floor = context.volume.flight_geography.floor_amsl_m
    lowest = max(floor + context.path_margin_m, ground + LOWEST_CLEARANCE_M)

    def is_low(leg: Leg) -> bool:
        return leg.kind not in (LegKind.LAND, LegKind.HOLD) and leg.end.altitude_amsl_m < lowest

    def finding(leg: Leg) -> Finding:
        return Finding(
            Code.ALT_03,
            Reason.TOO_LOW,
            waypoint=leg.target,
            latitude_deg=leg.end.latitude_deg,
            longitude_deg=leg.end.longitude_deg,
            params={
                "altitude_amsl_m": leg.end.altitude_amsl_m,
                "limit_amsl_m": lowest,
                "distance_m": lowest - leg.end.altitude_amsl_m,
            },
            fix=_altitude(route, context, leg, lowest + _STEP_M / 2),
        )

    yield from _once_a_waypoint(route, is_low, finding)


def home_altitude(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ALT-04: heights above home are counted from the ground; a plan that assumes another ground was made elsewhere."""
    home = route.plan.home
    if home is None or home.altitude_amsl_m is None:
        return
    definition = around.context.range
    off = home.altitude_amsl_m - definition.elevation_amsl_m
    if abs(off) > definition.terrain_error_m + _HOME_TOLERANCE_M:
        yield Finding(
            Code.ALT_04,
            Reason.HOME_ALTITUDE,
            waypoint=route.legs[0].origin,
            latitude_deg=home.latitude_deg,
            longitude_deg=home.longitude_deg,
            params={
                "altitude_amsl_m": home.altitude_amsl_m,
                "ground_amsl_m": definition.elevation_amsl_m,
                "distance_m": abs(off),
            },
            fix=SetHomeAltitude(definition.elevation_amsl_m),
        )


def _beyond(
    route: PlannedRoute, context: PlanContext, code: Code, reason: Reason, *, ceiling: float, limit: float
) -> Iterator[Finding]:
    def is_high(leg: Leg) -> bool:
        return leg.end.altitude_amsl_m > limit

    def finding(leg: Leg) -> Finding:
        return Finding(
            code,
            reason,
            waypoint=leg.target,
            latitude_deg=leg.end.latitude_deg,
            longitude_deg=leg.end.longitude_deg,
            params={
                "altitude_amsl_m": leg.end.altitude_amsl_m,
                "ceiling_amsl_m": ceiling,
                "limit_amsl_m": limit,
                "distance_m": leg.end.altitude_amsl_m - limit,
            },
            fix=_altitude(route, context, leg, limit - _STEP_M / 2),
        )

    yield from _once_a_waypoint(route, is_high, finding)


def _once_a_waypoint(
    route: PlannedRoute, is_bad: Callable[[Leg], bool], finding: Callable[[Leg], Finding]
) -> Iterator[Finding]:
    """A slope's extremes are its ends, and every start is an end before: one finding a waypoint says it all."""
    seen = set()
    for leg in route.legs:
        if leg.target not in seen and is_bad(leg):
            seen.add(leg.target)
            yield finding(leg)


def _altitude(route: PlannedRoute, context: PlanContext, leg: Leg, wanted_amsl_m: float) -> Fix | None:
    """The item's altitude in its own datum, to one decimal on the safe side; None where the item sets none.

    wanted_amsl_m: half a step inside the limit, so that rounding to the nearest step stays inside.
    """
    item = route.plan.item(leg.target)
    if item is None or not item.altitude_m or item.datum not in (AltitudeDatum.AMSL, AltitudeDatum.HOME):
        return None
    ground = context.range.elevation_amsl_m if item.datum is AltitudeDatum.HOME else 0.0
    shown = round(wanted_amsl_m - ground, 1)
    return SetAltitude(leg.target, shown, item.datum, wanted_amsl_m - leg.end.altitude_amsl_m)
