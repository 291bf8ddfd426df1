"""A ground vehicle: speed along its heading, and a heading that turns only while it rolls.

Measured on a Rover 4.5.7 (docs/simulator.md): 1 m/s² from rest, and with the motor off 9.7 m from 4.9 m/s.
"""

import math
from dataclasses import dataclass
from typing import Final

from rangeops.domain.aircraft import Airframe
from rangeops.sim.body import Body, Steering

_TURN_RADIUS_M: Final = 0.9  # TURN_RADIUS
_TURN_RATE_RADPS: Final = math.radians(60)
_MANOEUVRE_RATE_RADPS: Final = math.radians(20)
_STANDS_MPS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Drive(Steering):
    """What a flight mode of a rover wants for the next step."""

    speed_mps: float = 0.0
    acceleration_mps2: float = 1.0  # either way
    turn_rate_radps: float = 0.0
    manoeuvres: bool = False  # to and fro on the spot, where there is no room to turn in one go


class Wheels(Body):
    __slots__ = ("_coast_s", "_most_mps", "speed_mps")

    def __init__(self, airframe: Airframe, heading_rad: float) -> None:
        super().__init__(heading_rad)
        self._coast_s = coast_s(airframe)
        self._most_mps = airframe.max_speed_mps
        self.speed_mps = 0.0

    def step(self, dt_s: float, steering: Steering, wind: tuple[float, float]) -> None:  # noqa: ARG002 it stands firm
        self.touchdown_mps = None
        if isinstance(steering, Drive) and steering.thrust:
            most = steering.acceleration_mps2 * dt_s
            wanted = min(max(steering.speed_mps, 0.0), self._most_mps)
            self.speed_mps += min(max(wanted - self.speed_mps, -most), most)
            most_rate = min(_TURN_RATE_RADPS, self.speed_mps / _TURN_RADIUS_M)
            if steering.manoeuvres:
                most_rate = max(most_rate, _MANOEUVRE_RATE_RADPS)
            self.turn_rate_radps = min(max(steering.turn_rate_radps, -most_rate), most_rate)
        else:
            self.speed_mps *= math.exp(-dt_s / self._coast_s)
            self.turn_rate_radps = 0.0
            if self.speed_mps < _STANDS_MPS:
                self.speed_mps = 0.0
        self.heading_rad = math.fmod(self.heading_rad + self.turn_rate_radps * dt_s + math.tau, math.tau)
        self.north_mps = self.speed_mps * math.cos(self.heading_rad)
        self.east_mps = self.speed_mps * math.sin(self.heading_rad)
        self.north_m += self.north_mps * dt_s
        self.east_m += self.east_mps * dt_s
        self.air_speed_mps = self.speed_mps  # without a sensor, the autopilot shows what it knows


def coast_s(airframe: Airframe) -> float:
    """The time constant of rolling on without the motor: v' = -v/T, so that it rolls T·v far."""
    tests = [(test.speed_mps, test.distance_m) for test in airframe.brake_tests]
    if not tests:
        cruise = airframe.cruise_speed_mps
        tests = [(cruise, cruise**2 / (2 * airframe.deceleration_mps2) + airframe.reaction_lag_s * cruise)]
    return sum(distance / speed for speed, distance in tests) / len(tests)
