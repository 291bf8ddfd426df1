"""GEO-10: where a flight begins and ends, away from where crewed aircraft do."""

from collections.abc import Iterator
from typing import Final

import shapely

from rangeops.domain.plan_findings import Code, Finding, Reason
from rangeops.domain.plan_geometry import PlannedRoute
from rangeops.domain.plan_place_rules import HOME, finding
from rangeops.domain.plan_surroundings import Surroundings

CLEAR_M: Final = 150.0  # a house figure: the strip beside the runway, and room for drift


def home_off_the_runway(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """GEO-10: home is farther than CLEAR_M from the middle of the range's runway, where it has one."""
    ends = around.context.range.runway
    if not ends:
        return
    middle = shapely.LineString([around.frame.to_site(*end) for end in ends])
    distance_m = float(middle.distance(shapely.Point(route.home)))
    if distance_m < CLEAR_M:
        params = {"distance_m": distance_m, "limit_m": CLEAR_M}
        yield finding(Code.GEO_10, Reason.NEAR_RUNWAY, around, where=route.home, waypoint=HOME, params=params)
