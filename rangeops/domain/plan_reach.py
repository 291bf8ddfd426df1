"""How far beyond a leg the live forecast looks: what rules and moves both ask."""

import math

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.plan_route import CIRCLE_RATE_RADPS, Leg
from rangeops.domain.plan_surroundings import Surroundings


def beyond_m(leg: Leg, length_m: float, around: Surroundings) -> float:
    """How much the forecast wants to see beyond a leg's end; 0 for a leg that goes nowhere."""
    if length_m == 0.0 and leg.radius_m == 0.0:
        return 0.0
    airframe, speed = around.context.airframe, leg.speed_mps
    if leg.radius_m > 0:
        if airframe.vehicle_class is VehicleClass.COPTER:
            speed = min(speed, CIRCLE_RATE_RADPS * leg.radius_m)
        return around.room.beyond_m(speed, stops=False)
    if airframe.vehicle_class is not VehicleClass.PLANE and leg.from_rest:
        half = length_m if leg.stops else 2 * length_m
        speed = min(speed, math.sqrt(airframe.deceleration_mps2 * half))
    return around.room.beyond_m(speed, stops=leg.stops)


def grown_m(leg: Leg, reach_m: float) -> float:
    """How far from a bent path the vehicle would get by going on straight from any point of it."""
    if leg.radius_m > 0:  # along a tangent
        return math.hypot(leg.radius_m, reach_m) - leg.radius_m
    return reach_m
