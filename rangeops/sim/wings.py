"""A fixed-wing aircraft as a point mass that turns by banking: it needs speed to fly, and never stands still.

Measured on an ArduPlane 4.5.7 (docs/simulator.md): at 22.5 m/s it turns back in about 10 s, and circles at 97 m.
"""

import math
from dataclasses import dataclass
from typing import Final

from rangeops.domain.aircraft import Airframe
from rangeops.sim.body import Body, Steering
from rangeops.sim.dynamics import GRAVITY_MPS2

_BANK_S: Final = 0.45  # RLL2SRV_TCONST
_BANK_RATE_RADPS: Final = math.radians(75)
_SPEED_S: Final = 2.0
_CLIMB_ACCELERATION_MPS2: Final = 3.0
_RUN_ACCELERATION_MPS2: Final = 4.0  # full throttle on the runway
_ROLL_OUT_MPS2: Final = 2.0
_GLIDE_RATIO: Final = 9.0
_LIFT_SHARE: Final = 0.7  # of the cruise speed: what it flies at, and below what it stalls


@dataclass(frozen=True, slots=True)
class Bank(Steering):
    """What a flight mode of a plane wants for the next step."""

    bank_rad: float = 0.0  # to the right
    air_speed_mps: float = 0.0
    climb_mps: float = 0.0


class FixedWing(Body):
    __slots__ = ("_bank_limit_rad", "_cruise_mps", "_most_mps", "_speed_mps")

    def __init__(self, airframe: Airframe, heading_rad: float) -> None:
        super().__init__(heading_rad)
        self._bank_limit_rad = math.radians(airframe.max_tilt_deg)
        self._cruise_mps = airframe.cruise_speed_mps
        self._most_mps = airframe.max_speed_mps
        self._speed_mps = 0.0  # through the air, or on the ground along the heading

    @property
    def lift_off_mps(self) -> float:
        return self._cruise_mps * _LIFT_SHARE

    def step(self, dt_s: float, steering: Steering, wind: tuple[float, float]) -> None:
        self.touchdown_mps = None
        bank = steering if isinstance(steering, Bank) else Bank(thrust=False)
        if self.on_ground:
            self._roll(dt_s, bank, wind)
        else:
            self._fly(dt_s, bank, wind)

    def launch(self, up_m: float, wind: tuple[float, float]) -> None:
        self.place(0.0, 0.0, up_m)
        self._speed_mps = self.air_speed_mps = self._cruise_mps
        self._follow(wind)

    def _roll(self, dt_s: float, bank: Bank, wind: tuple[float, float]) -> None:
        """On the ground the wheels hold the heading."""
        self.roll_rad = self.pitch_rad = self.turn_rate_radps = self.climb_mps = 0.0
        towards_mps = bank.air_speed_mps if bank.thrust else 0.0
        most = _RUN_ACCELERATION_MPS2 if towards_mps > self._speed_mps else _ROLL_OUT_MPS2
        self._speed_mps += min(max(towards_mps - self._speed_mps, -most * dt_s), most * dt_s)
        cos, sin = math.cos(self.heading_rad), math.sin(self.heading_rad)
        self.north_mps, self.east_mps = self._speed_mps * cos, self._speed_mps * sin
        self.north_m += self.north_mps * dt_s
        self.east_m += self.east_mps * dt_s
        head_wind_mps = -(wind[0] * cos + wind[1] * sin)
        self.air_speed_mps = max(self._speed_mps + head_wind_mps, 0.0)
        if bank.thrust and bank.climb_mps > 0 and self.air_speed_mps >= self.lift_off_mps:
            self.on_ground = False
            self._speed_mps = self.air_speed_mps

    def _fly(self, dt_s: float, bank: Bank, wind: tuple[float, float]) -> None:
        wanted_mps = min(bank.air_speed_mps, self._most_mps) if bank.thrust else self._cruise_mps
        most = _RUN_ACCELERATION_MPS2
        self._speed_mps += min(max((wanted_mps - self._speed_mps) / _SPEED_S, -most), most) * dt_s
        wanted_rad = min(max(bank.bank_rad, -self._bank_limit_rad), self._bank_limit_rad)
        rate = min(max((wanted_rad - self.roll_rad) / _BANK_S, -_BANK_RATE_RADPS), _BANK_RATE_RADPS)
        self.roll_rad += rate * dt_s
        self.turn_rate_radps = GRAVITY_MPS2 * math.tan(self.roll_rad) / max(self._speed_mps, self.lift_off_mps)
        self.heading_rad = math.fmod(self.heading_rad + self.turn_rate_radps * dt_s + math.tau, math.tau)
        climb_mps = bank.climb_mps if bank.thrust else -self._speed_mps / _GLIDE_RATIO
        change = _CLIMB_ACCELERATION_MPS2 * dt_s
        before = self.climb_mps
        self.climb_mps += min(max(climb_mps - before, -change), change)
        self.pitch_rad = math.atan2(self.climb_mps, max(self._speed_mps, 1.0))
        north_before, east_before = self.north_mps, self.east_mps
        self._follow(wind)
        self.north_m += 0.5 * (north_before + self.north_mps) * dt_s
        self.east_m += 0.5 * (east_before + self.east_mps) * dt_s
        self.up_m += 0.5 * (before + self.climb_mps) * dt_s
        if self.up_m <= 0 and self.climb_mps <= 0:
            self.touchdown_mps = -self.climb_mps
            self._speed_mps = self.ground_speed_mps
            self.up_m, self.climb_mps, self.on_ground = 0.0, 0.0, True

    def _follow(self, wind: tuple[float, float]) -> None:
        """The wind carries it: its velocity over ground is that through the air and the air's own."""
        self.air_speed_mps = self._speed_mps
        self.north_mps = self._speed_mps * math.cos(self.heading_rad) + wind[0]
        self.east_mps = self._speed_mps * math.sin(self.heading_rad) + wind[1]
