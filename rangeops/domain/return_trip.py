"""What the way home, or a landing on the spot, takes from the battery: a house estimate by plan_energy's figures."""

import math
from dataclasses import dataclass

from rangeops.domain.aircraft import Airframe
from rangeops.domain.plan_energy import wind_allowance


@dataclass(frozen=True, slots=True)
class Trip:
    """flight_s: how long it takes; charge_percent: of the battery's capacity."""

    flight_s: float
    charge_percent: float


def return_trip(airframe: Airframe, *, distance_m: float, climb_m: float, descent_m: float, wind_mps: float) -> Trip:
    """Up to the return's level, straight home at cruising speed with one stop, and down."""
    speed_mps = airframe.cruise_speed_mps
    level_s = distance_m / speed_mps + speed_mps / airframe.deceleration_mps2 if distance_m > 0.0 else 0.0
    vertical_s = _time_s(climb_m, airframe.climb_speed_mps) + _time_s(descent_m, airframe.descent_speed_mps)
    travelling_a = max(airframe.cruise_current_a, airframe.hover_current_a)
    charge_as = level_s * travelling_a + vertical_s * airframe.hover_current_a
    return Trip(level_s + vertical_s, _percent(charge_as, airframe, wind_mps))


def landing(airframe: Airframe, *, descent_m: float, wind_mps: float) -> Trip:
    """Straight down from where it is."""
    return return_trip(airframe, distance_m=0.0, climb_m=0.0, descent_m=descent_m, wind_mps=wind_mps)


def _percent(charge_as: float, airframe: Airframe, wind_mps: float) -> float:
    return 100.0 * charge_as * wind_allowance(airframe, wind_mps) / 3.6 / airframe.battery_capacity_mah


def _time_s(metres: float, speed_mps: float) -> float:
    """Without end where it can't climb or sink by itself, as a rover."""
    if metres <= 0.0:
        return 0.0
    return metres / speed_mps if speed_mps > 0.0 else math.inf
