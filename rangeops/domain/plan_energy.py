"""How long a route takes and what it draws from the battery: a house estimate, on the careful side.

docs/plan-rules.md states it: each leg at its speed with one stop and start, hovering current where it doesn't travel,
and an allowance for the range's wind that grows with the square of wind over the airframe's top speed.
"""

import math
from dataclasses import dataclass

from rangeops.domain.aircraft import Airframe
from rangeops.domain.plan_geometry import PlannedRoute


@dataclass(frozen=True, slots=True)
class Effort:
    time_s: float
    charge_mah: float


def effort(route: PlannedRoute, airframe: Airframe, wind_mps: float) -> Effort:
    """The whole mission, jumps included."""
    allowance = wind_allowance(airframe, wind_mps)
    time_s = charge_as = 0.0
    lengths = route.lengths.tolist()
    rises = (route.altitudes[:, 1] - route.altitudes[:, 0]).tolist()
    travelling_a = max(airframe.cruise_current_a, airframe.hover_current_a)
    for leg, times, travelled_m, rise_m in zip(route.legs, route.times, lengths, rises, strict=True):
        level_s = 0.0
        if travelled_m > 0.0:
            level_s = travelled_m / leg.speed_mps + leg.speed_mps / airframe.deceleration_mps2
        rate_mps = airframe.climb_speed_mps if rise_m > 0 else airframe.descent_speed_mps
        vertical_s = (abs(rise_m) / rate_mps if rate_mps > 0 else math.inf) if rise_m else 0.0
        moving_s = max(level_s, vertical_s)
        current_a = travelling_a if travelled_m > 0.0 else airframe.hover_current_a
        time_s += times * (moving_s + leg.hold_s)
        charge_as += times * allowance * (moving_s * current_a + leg.hold_s * airframe.hover_current_a)
    return Effort(time_s, charge_as / 3.6)


def available_mah(airframe: Airframe) -> float:
    return airframe.battery_capacity_mah * (1.0 - airframe.battery_reserve_percent / 100.0)


def return_reach_m(airframe: Airframe, wind_mps: float) -> float:
    """How far the reserve alone carries it, by the same estimate: a failsafe may begin when the reserve does."""
    reserve_as = (airframe.battery_capacity_mah - available_mah(airframe)) * 3.6
    current_a = max(airframe.cruise_current_a, airframe.hover_current_a)
    return reserve_as / (current_a * wind_allowance(airframe, wind_mps)) * airframe.cruise_speed_mps


def wind_allowance(airframe: Airframe, wind_mps: float) -> float:
    return 1.0 + (wind_mps / airframe.max_speed_mps) ** 2
