"""Where a vehicle can be by now, since it was last known where it was: a circle that grows until it is heard again.

Range safety counts a lost track in time, not in a fixed number of seconds: the *data loss flight time* is the shortest
one in which a vehicle can get from where it was last known to an edge that it must not cross (14 CFR 417.219). Nothing
is supposed of what it does meanwhile but that it flies no faster than it can, with the wind.
"""

import math
from dataclasses import dataclass
from typing import Final

from rangeops.domain.aircraft import Airframe
from rangeops.domain.telemetry import PositionReport

LATE_S: Final = 1.0  # a position that old is late: from then on the circle is looked at, long before it is LOST
LONGEST_S: Final = 7200.0  # nobody flies on for so long with what he had left: then there is no circle any more
UNKNOWN_SPEED_MPS: Final = 30.0  # of a vehicle whose airframe nobody knows
UNKNOWN_CLIMB_MPS: Final = 10.0
STRONGEST_WIND_MPS: Final = 15.0  # where orders don't say what wind the range counts with
POSITION_ERROR_M: Final = 3.0  # of a position that the estimator vouches for; volumes count with the same
HEIGHT_ERROR_M: Final = 4.0


@dataclass(frozen=True, slots=True)
class Reach:
    """Everywhere the vehicle can be: within radius_m of its last trusted position, from lowest to highest."""

    latitude_deg: float
    longitude_deg: float
    radius_m: float
    lowest_amsl_m: float
    highest_amsl_m: float
    age_s: float


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a vehicle can get away from where it was: over the ground, up, and down."""

    ground_mps: float
    climb_mps: float
    descent_mps: float


def pace_of(airframe: Airframe | None, position: PositionReport, wind_mps: float) -> Pace:
    """Its airframe's best with the wind behind it; what it was seen to do, where that was more."""
    max_mps = airframe.max_speed_mps if airframe else UNKNOWN_SPEED_MPS
    climb_mps = airframe.climb_speed_mps if airframe else UNKNOWN_CLIMB_MPS
    descent_mps = airframe.descent_speed_mps if airframe else UNKNOWN_CLIMB_MPS
    return Pace(
        ground_mps=max(max_mps + wind_mps, position.ground_speed_mps),
        climb_mps=max(climb_mps, -position.velocity_down_mps),
        descent_mps=max(descent_mps, position.velocity_down_mps),
    )


def reach_of(position: PositionReport, pace: Pace, age_s: float) -> Reach:
    """Where it can be age_s after that position."""
    return Reach(
        latitude_deg=position.latitude_deg,
        longitude_deg=position.longitude_deg,
        radius_m=POSITION_ERROR_M + pace.ground_mps * age_s,
        lowest_amsl_m=position.altitude_amsl_m - HEIGHT_ERROR_M - pace.descent_mps * age_s,
        highest_amsl_m=position.altitude_amsl_m + HEIGHT_ERROR_M + pace.climb_mps * age_s,
        age_s=age_s,
    )


def data_loss_flight_time_s(lateral_m: float, headroom_m: float, pace: Pace) -> float:
    """How long it may go unheard before its circle touches an edge that lies lateral_m away, or the one above it.

    0 where it touches already; infinite for what can't move. A floor isn't asked: coming down is how most end well.
    """
    beside_s = _time_s(lateral_m - POSITION_ERROR_M, pace.ground_mps)
    return min(beside_s, _time_s(headroom_m - HEIGHT_ERROR_M, pace.climb_mps))


def _time_s(distance_m: float, speed_mps: float) -> float:
    if distance_m <= 0.0:
        return 0.0
    return distance_m / speed_mps if speed_mps > 0.0 else math.inf
