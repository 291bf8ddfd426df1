"""Metres north and east of a vehicle's starting point, with ArduPilot's own flat-earth scaling."""

import math
from typing import Final

from rangeops.sim.scenario import Place

METRES_PER_DEGREE: Final = 111318.84502145034  # ArduPilot's LOCATION_SCALING_FACTOR of 0.011131884502145034 m per 1e-7°


class LocalFrame:
    __slots__ = ("_east_scale", "_latitude_deg", "_longitude_deg")

    def __init__(self, origin: Place) -> None:
        self._latitude_deg = origin.latitude_deg
        self._longitude_deg = origin.longitude_deg
        self._east_scale = METRES_PER_DEGREE * max(math.cos(math.radians(origin.latitude_deg)), 0.01)

    def to_metres(self, latitude_deg: float, longitude_deg: float) -> tuple[float, float]:
        """(north_m, east_m)."""
        return (
            (latitude_deg - self._latitude_deg) * METRES_PER_DEGREE,
            (longitude_deg - self._longitude_deg) * self._east_scale,
        )

    def to_degrees(self, north_m: float, east_m: float) -> tuple[float, float]:
        """(latitude_deg, longitude_deg)."""
        return self._latitude_deg + north_m / METRES_PER_DEGREE, self._longitude_deg + east_m / self._east_scale
