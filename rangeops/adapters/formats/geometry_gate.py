"""What a shape from outside must be before it is a zone, a fence or a volume: one gate for every format.

Finite positions in range, near the site; consecutive points within 1 cm merged, the closing point dropped; at least
three points and 100 m²; no ring that crosses itself, its holes or their neighbours, or comes within 1 cm of them; at most
10,000 vertices.
Past the gate an outer ring runs counter-clockwise and its holes clockwise. Where no site is given, a shape is judged in a
frame about its own middle: one over a pole or the antimeridian is refused.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon, STRtree

from rangeops.adapters.formats.reading import Reading
from rangeops.domain.errors import Invalid
from rangeops.domain.geodesy import Metres, SiteFrame
from rangeops.domain.ranges import LARGEST_RANGE_M, is_near
from rangeops.domain.volumes import Ring
from rangeops.domain.zones import Circle

MOST_VERTICES: Final = 10_000
SMALLEST_AREA_M2: Final = 100.0
_MERGED_M: Final = 0.01
_SHORT_EDGE_M: Final = 0.5
_POLAR_DEG: Final = 85.0
_WIDEST_M: Final = 1_000_000.0  # from the shape's middle: beyond it a plane stands for nothing
_METRES_A_DEGREE: Final = 111_000.0
_LARGEST: Final = 1e9  # of any number here; NaN is no less and no more
_REDRAW: Final = "Draw it as a simple polygon."


@dataclass(frozen=True, slots=True)
class Shape:
    outer: Ring
    holes: tuple[Ring, ...] = ()


def position(latitude: object, longitude: object, reading: Reading) -> tuple[float, float]:
    """A checked (latitude_deg, longitude_deg). Raises Invalid."""
    latitude_deg, longitude_deg = _number(latitude, "latitude", reading), _number(longitude, "longitude", reading)
    if abs(latitude_deg) > 90:
        swapped = abs(latitude_deg) <= 180 and abs(longitude_deg) <= 90
        raise _swapped(latitude_deg, longitude_deg, reading) if swapped else _outside("latitude", latitude_deg, reading)
    if abs(longitude_deg) > 180:
        raise _outside("longitude", longitude_deg, reading)
    if reading.frame is not None and not is_near(latitude_deg, longitude_deg, reading.frame):
        if abs(longitude_deg) <= 90 and is_near(longitude_deg, latitude_deg, reading.frame):
            raise _swapped(latitude_deg, longitude_deg, reading)
        raise reading.refused(
            f"{latitude_deg:.5f},{longitude_deg:.5f} is over {LARGEST_RANGE_M / 1000:.0f} km from the range's origin",
            "Check that the file is for this range; --anywhere judges one from elsewhere by its form alone.",
        )
    return latitude_deg, longitude_deg


def require_count(count: int, reading: Reading) -> None:
    """Raises Invalid for more vertices than are taken: before anything is made of them."""
    if count > MOST_VERTICES:
        raise reading.refused(f"it has more than {MOST_VERTICES} vertices", "Simplify it.")


def accept(
    outer: Sequence[tuple[float, float]],
    reading: Reading,
    holes: Sequence[Sequence[tuple[float, float]]] = (),
    *,
    must_close: bool = False,
) -> Shape:
    """The shape of checked positions. must_close: the format has each ring's last point repeat its first."""
    rings = [outer, *holes]
    require_count(sum(len(ring) for ring in rings), reading)
    if min(len(ring) for ring in rings) < 3:
        raise reading.refused("a ring needs at least three points", _REDRAW)
    frame = reading.frame or _own_frame(outer, reading)
    cleaned = [_clean(ring, frame, reading, must_close=must_close) for ring in rings]
    polygon = Polygon(cleaned[0][1], [metres for _, metres in cleaned[1:]])
    _require_simple(polygon, [metres for _, metres in cleaned], frame, reading)
    if any(_short_edges(metres) for _, metres in cleaned):
        reading.note(f"an edge is shorter than {_SHORT_EDGE_M:g} m")
    return Shape(_wound(*cleaned[0], 1.0), tuple(_wound(ring, metres, -1.0) for ring, metres in cleaned[1:]))


def accept_circle(latitude: object, longitude: object, radius: object, reading: Reading) -> Circle:
    latitude_deg, longitude_deg = position(latitude, longitude, reading)
    radius_m = _number(radius, "radius", reading)
    if not math.sqrt(SMALLEST_AREA_M2 / math.pi) <= radius_m <= 100_000:
        raise reading.refused(f"a radius of {radius_m:g} m is not between 5.7 m and 100 km", "Correct it.")
    reach_deg = radius_m / _METRES_A_DEGREE
    _require_judgeable(
        abs(latitude_deg) + reach_deg, abs(longitude_deg) + reach_deg / math.cos(math.radians(latitude_deg)), reading
    )
    return Circle(latitude_deg, longitude_deg, radius_m)


def _number(value: object, name: str, reading: Reading) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LARGEST <= value <= _LARGEST:
        raise reading.refused(f"{name} must be a finite number, but it is {value!r:.40}", "Correct it.")
    return float(value)


def _outside(name: str, value: float, reading: Reading) -> Invalid:
    return reading.refused(f"{value:g} is no {name}", "Correct it.")


def _swapped(latitude_deg: float, longitude_deg: float, reading: Reading) -> Invalid:
    return reading.refused(
        f"latitude {latitude_deg:.5f} and longitude {longitude_deg:.5f} are swapped",
        "Write them in the format's own order.",
    )


def _own_frame(ring: Sequence[tuple[float, float]], reading: Reading) -> SiteFrame:
    latitudes, longitudes = [point[0] for point in ring], [point[1] for point in ring]
    spread = max(longitudes) - min(longitudes)
    _require_judgeable(max(abs(latitude) for latitude in latitudes), 360.0 if spread > 180 else 0.0, reading)
    frame = SiteFrame((max(latitudes) + min(latitudes)) / 2, (max(longitudes) + min(longitudes)) / 2)
    if spread > 90 or np.hypot(*frame.to_site_array(np.array(ring)).T).max() > _WIDEST_M:
        raise reading.refused(f"it reaches over {_WIDEST_M / 1000:.0f} km from its middle", "Split it.")
    return frame


def _require_judgeable(farthest_latitude_deg: float, farthest_longitude_deg: float, reading: Reading) -> None:
    if farthest_latitude_deg > _POLAR_DEG:
        raise reading.refused(
            f"it reaches beyond {_POLAR_DEG:g}° of latitude, where it can't be judged",
            "Leave it out: no range is there.",
        )
    if farthest_longitude_deg > 180:
        raise reading.refused("it crosses the antimeridian", "Split it at 180° of longitude.")


def _clean(
    ring: Sequence[tuple[float, float]], frame: SiteFrame, reading: Reading, *, must_close: bool
) -> tuple[Ring, Metres]:
    """The ring without repeated points and without its closing one, and the same in site metres."""
    metres = frame.to_site_array(np.array(ring, dtype=np.float64))
    if must_close and math.dist(metres[0], metres[-1]) > _MERGED_M:
        raise reading.refused("a ring's last point must repeat its first", "Close the ring.")
    kept = [0]
    for n, (east, north) in enumerate(metres.tolist()):
        last_east, last_north = metres[kept[-1]]
        if math.hypot(east - last_east, north - last_north) > _MERGED_M:
            kept.append(n)
    while len(kept) > 1 and math.dist(metres[kept[0]], metres[kept[-1]]) <= _MERGED_M:
        kept.pop()
    if len(kept) < 3:
        raise reading.refused("it has fewer than three different points", _REDRAW)
    return tuple(ring[n] for n in kept), metres[kept]


def _require_simple(polygon: Polygon, rings: Sequence[Metres], frame: SiteFrame, reading: Reading) -> None:
    """Raises Invalid for a shape that crosses or touches itself, whose holes aren't inside, or that is too small."""
    if not polygon.is_valid:
        raise reading.refused(_defect(shapely.is_valid_reason(polygon), frame), _REDRAW)
    if polygon.area < SMALLEST_AREA_M2:
        raise reading.refused(f"it holds {polygon.area:.1f} m², less than {SMALLEST_AREA_M2:.0f} m²", _REDRAW)
    if (touched := _touching(rings)) is not None:
        raise reading.refused(f"its rings touch at {_place(*touched, frame)}", _REDRAW)


def _touching(rings: Sequence[Metres]) -> tuple[float, float] | None:
    """A corner within a centimetre of an edge that isn't its own: so near, rounding decides whether they touch."""
    corners = np.concatenate(rings)
    ends = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    first, following = np.arange(len(corners)), _following(rings)
    edges = shapely.linestrings(np.stack([corners, ends], axis=1))
    corner, edge = STRtree(edges).query(shapely.points(corners), predicate="dwithin", distance=_MERGED_M)
    foreign = (corner != first[edge]) & (corner != following[edge])
    if not foreign.any():
        return None
    east, north = corners[corner[foreign][0]]
    return float(east), float(north)


def _following(rings: Sequence[Metres]) -> NDArray[np.intp]:
    """The number of the corner at which each corner's edge ends, all rings counted through."""
    starts = np.cumsum([0, *(len(ring) for ring in rings)])
    return np.concatenate(
        [start + np.roll(np.arange(len(ring)), -1) for start, ring in zip(starts, rings, strict=False)]
    )


def _defect(reason: str, frame: SiteFrame) -> str:
    """GEOS says "Self-intersection[x y]" in site metres; the place in degrees helps whoever redraws it."""
    what, _, place = reason.rstrip("]").partition("[")
    words = {
        "Self-intersection": "the ring crosses itself",
        "Ring Self-intersection": "the ring touches itself",
        "Hole lies outside shell": "a hole lies outside the outline",
        "Holes are nested": "a hole lies in another",
        "Interior is disconnected": "its holes cut it in parts",
    }
    said = words.get(what, "the ring crosses or touches itself")
    try:
        east, north = (float(number) for number in place.split())
    except ValueError:
        return said
    return f"{said} at {_place(east, north, frame)}"


def _place(east_m: float, north_m: float, frame: SiteFrame) -> str:
    latitude, longitude = frame.to_geodetic(east_m, north_m)
    return f"{latitude:.6f},{longitude:.6f}"


def _short_edges(metres: Metres) -> bool:
    return bool((np.hypot(*(np.roll(metres, -1, axis=0) - metres).T) < _SHORT_EDGE_M).any())


def _wound(ring: Ring, metres: Metres, sign: float) -> Ring:
    """Beginning where it began, and turning counter-clockwise for a sign of 1."""
    ahead = np.roll(metres, -1, axis=0)
    doubled_area = float((metres[:, 0] * ahead[:, 1] - ahead[:, 0] * metres[:, 1]).sum())
    return ring if doubled_area * sign > 0 else (ring[0], *reversed(ring[1:]))
