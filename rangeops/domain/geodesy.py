"""The site frame: metres east and north of a site's origin, for every distance and every edge that the range judges.

The plane touches WGS84 at the origin; a point goes over its earth-centred coordinates (ECEF) into east-north-up, height
left out on both ways. Within 3 km of the origin its distances are those of an azimuthal equidistant map to 0.2 mm
(tests/unit/domain/test_geodesy.py holds it against pyproj). At height h a true distance is longer by h/R: 1 mm in 80 m
at the range's heights.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Metres = NDArray[np.float64]

_A: Final = 6378137.0  # WGS84 semi-major axis, m
_F: Final = 1 / 298.257223563
_E2: Final = _F * (2 - _F)
_AXIS_RATIO2: Final = 1 / (1 - _E2)  # a² / b²

METRES_PER_DEGREE: Final = 111_195.0  # of latitude, on a sphere of 6,371 km: for tolerances, and never for an edge

_COMPASS: Final = (
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
)


@dataclass(frozen=True, slots=True)
class SiteFrame:
    """East-north metres about an origin. Pure and exact both ways: to_geodetic is the algebraic inverse of to_site."""

    origin_latitude_deg: float
    origin_longitude_deg: float
    _origin: tuple[float, float, float] = field(init=False, repr=False, compare=False)  # ECEF, m
    _sin_cos: tuple[float, float, float, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        phi, lam = math.radians(self.origin_latitude_deg), math.radians(self.origin_longitude_deg)
        sin_phi, cos_phi, sin_lam, cos_lam = math.sin(phi), math.cos(phi), math.sin(lam), math.cos(lam)
        n = _A / math.sqrt(1 - _E2 * sin_phi * sin_phi)
        object.__setattr__(self, "_origin", (n * cos_phi * cos_lam, n * cos_phi * sin_lam, n * (1 - _E2) * sin_phi))
        object.__setattr__(self, "_sin_cos", (sin_phi, cos_phi, sin_lam, cos_lam))

    def to_site(self, latitude_deg: float, longitude_deg: float) -> tuple[float, float]:
        """(east_m, north_m) of a geodetic position."""
        sin_phi, cos_phi, sin_lam, cos_lam = self._sin_cos
        x0, y0, z0 = self._origin
        phi, lam = math.radians(latitude_deg), math.radians(longitude_deg)
        s = math.sin(phi)
        n = _A / math.sqrt(1 - _E2 * s * s)
        r = n * math.cos(phi)
        dx, dy, dz = r * math.cos(lam) - x0, r * math.sin(lam) - y0, n * (1 - _E2) * s - z0
        return cos_lam * dy - sin_lam * dx, cos_phi * dz - sin_phi * (cos_lam * dx + sin_lam * dy)

    def to_geodetic(self, east_m: float, north_m: float) -> tuple[float, float]:
        """(latitude_deg, longitude_deg) of the point of the ellipsoid over (east_m, north_m)."""
        latitude, longitude = self.to_geodetic_array(np.array([[east_m, north_m]], dtype=np.float64))[0]
        return float(latitude), float(longitude)

    def to_site_array(self, positions_deg: Metres) -> Metres:
        """(n, 2) latitude, longitude in degrees → (n, 2) east, north in metres."""
        sin_phi, cos_phi, sin_lam, cos_lam = self._sin_cos
        x0, y0, z0 = self._origin
        phi, lam = np.radians(positions_deg[:, 0]), np.radians(positions_deg[:, 1])
        s = np.sin(phi)
        n = _A / np.sqrt(1 - _E2 * s * s)
        r = n * np.cos(phi)
        dx, dy, dz = r * np.cos(lam) - x0, r * np.sin(lam) - y0, n * (1 - _E2) * s - z0
        return np.column_stack(
            [cos_lam * dy - sin_lam * dx, cos_phi * dz - sin_phi * (cos_lam * dx + sin_lam * dy)],
        )

    def to_geodetic_array(self, points_m: Metres) -> Metres:
        """(n, 2) east, north in metres → (n, 2) latitude, longitude in degrees.

        The line through the point along the origin's vertical meets the ellipsoid where a quadratic in `up` is zero;
        its root near 0 is the point. Latitude of a point *on* the ellipsoid needs no iteration.
        """
        sin_phi, cos_phi, sin_lam, cos_lam = self._sin_cos
        x0, y0, z0 = self._origin
        east, north = points_m[:, 0], points_m[:, 1]
        x = x0 - sin_lam * east - sin_phi * cos_lam * north
        y = y0 + cos_lam * east - sin_phi * sin_lam * north
        z = z0 + cos_phi * north
        ux, uy, uz = cos_phi * cos_lam, cos_phi * sin_lam, sin_phi
        a = ux * ux + uy * uy + _AXIS_RATIO2 * uz * uz
        half_b = ux * x + uy * y + _AXIS_RATIO2 * uz * z
        c = x * x + y * y + _AXIS_RATIO2 * z * z - _A * _A
        up = -c / (half_b + np.sqrt(half_b * half_b - a * c))
        x, y, z = x + up * ux, y + up * uy, z + up * uz
        return np.column_stack([np.degrees(np.arctan2(_AXIS_RATIO2 * z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))])


def flat_distance_m(one_deg: tuple[float, float], other_deg: tuple[float, float]) -> float:
    """Between two places (latitude, longitude) near each other, on a plane: to a percent, where no edge depends on it."""
    north_m = (one_deg[0] - other_deg[0]) * METRES_PER_DEGREE
    east_m = (one_deg[1] - other_deg[1]) * METRES_PER_DEGREE * math.cos(math.radians(one_deg[0]))
    return math.hypot(north_m, east_m)


def bearing_deg(east_m: float, north_m: float) -> float:
    """The true bearing of a direction, 0 ≤ b < 360."""
    return math.degrees(math.atan2(east_m, north_m)) % 360.0


def compass_point(bearing: float) -> str:
    """The nearest of the eight points: "north-east"."""
    return _COMPASS[round(bearing / 45.0) % 8]
