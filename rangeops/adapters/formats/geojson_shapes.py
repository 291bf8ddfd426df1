"""Positions and rings as GeoJSON and its relatives write them: longitude first, a ring's last point repeating its first."""

from typing import Any

from rangeops.adapters.formats.geometry_gate import Shape, accept, position, require_count
from rangeops.adapters.formats.reading import Reading
from rangeops.domain.volumes import Ring

Pairs = list[list[float]]


def polygon(coordinates: object, reading: Reading) -> Shape:
    """The outline and holes of a Polygon's coordinates. Raises Invalid."""
    if not isinstance(coordinates, list) or not coordinates or not all(isinstance(ring, list) for ring in coordinates):
        raise reading.refused("a Polygon's coordinates are a list of rings", "Correct it.")
    require_count(sum(len(ring) for ring in coordinates) - len(coordinates), reading)
    outer, *holes = ([place(pair, reading) for pair in ring] for ring in coordinates)
    if min(len(ring) for ring in (outer, *holes)) < 4:
        raise reading.refused("a ring has at least four points, the last the first again", "Correct it.")
    return accept(outer, reading, holes, must_close=True)


def place(pair: object, reading: Reading) -> tuple[float, float]:
    """(latitude_deg, longitude_deg) of [longitude, latitude] or [longitude, latitude, altitude]."""
    if not isinstance(pair, list) or len(pair) not in (2, 3):
        raise reading.refused(f"{pair!r:.40} isn't a position [longitude, latitude]", "Correct it.")
    return position(pair[1], pair[0], reading)


def ring_pairs(ring: Ring) -> Pairs:
    return [[longitude, latitude] for latitude, longitude in (*ring, ring[0])]


def polygon_pairs(outer: Ring, holes: tuple[Ring, ...]) -> list[Pairs]:
    return [ring_pairs(outer), *(ring_pairs(hole) for hole in holes)]


def point_pair(latitude_deg: float, longitude_deg: float) -> list[Any]:
    return [longitude_deg, latitude_deg]
