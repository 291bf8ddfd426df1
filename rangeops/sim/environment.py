"""The air and the satellites: wind with gusts, and the slow wander of a GPS position. Seeded."""

import math
import random
from typing import Final

from rangeops.sim.scenario import Wind

_GUST_S: Final = 4.0
_WANDER_S: Final = 40.0
_UP_SHARE: Final = 1.5  # a GPS altitude is that much worse than its position


class WindField:
    """The air's velocity at one vehicle: steady wind and a first-order gust in each direction."""

    def __init__(self, wind: Wind, seed: int) -> None:
        self.steady = wind
        self._random = random.Random(seed)  # noqa: S311 a simulation wants to be repeatable
        self._north = self._east = 0.0

    def step(self, dt_s: float) -> tuple[float, float]:
        """(north, east) in m/s, where the air goes to."""
        wind = self.steady
        if wind.gust_mps > 0 or self._north or self._east:
            keep = math.exp(-dt_s / _GUST_S)
            spread = wind.gust_mps * math.sqrt(1 - keep * keep)
            self._north = self._north * keep + self._random.gauss(0, 1) * spread
            self._east = self._east * keep + self._random.gauss(0, 1) * spread
        towards = math.radians(wind.from_deg + 180)
        return (
            wind.speed_mps * math.cos(towards) + self._north,
            wind.speed_mps * math.sin(towards) + self._east,
        )


class PositionError:
    """How far the position that the autopilot believes is from the truth, in metres north, east and up."""

    def __init__(self, noise_m: float, seed: int) -> None:
        self._noise_m = noise_m
        self._random = random.Random(seed)  # noqa: S311 a simulation wants to be repeatable
        self.north_m = self.east_m = self.up_m = 0.0
        self.north_mps = self.east_mps = 0.0

    def step(self, dt_s: float) -> None:
        if self._noise_m <= 0:
            return
        keep = math.exp(-dt_s / _WANDER_S)
        spread = self._noise_m * math.sqrt(1 - keep * keep)
        self.north_m = self.north_m * keep + self._random.gauss(0, 1) * spread
        self.east_m = self.east_m * keep + self._random.gauss(0, 1) * spread
        self.up_m = self.up_m * keep + self._random.gauss(0, 1) * spread * _UP_SHARE
