"""Litchi's mission as CSV: a waypoint a row, its altitude above the take-off or above the ground.

Only what a flight's path needs is read: place, altitude and what that counts from. Rows that count differently are
refused, since one mission has one datum here.
"""

import csv
from collections.abc import Iterator, Mapping
from typing import Final

from rangeops.adapters.formats.geometry_gate import position
from rangeops.adapters.formats.reading import PLAN_LARGEST_BYTES, Reading
from rangeops.adapters.formats.shapes import RoutePoint, route
from rangeops.adapters.formats.text_lines import decimal, lines_of
from rangeops.domain.plans import AltitudeDatum, FlightPlan

_DATUM: Final[Mapping[str, AltitudeDatum]] = {"0": AltitudeDatum.HOME, "1": AltitudeDatum.TERRAIN}
_PLACE: Final = ("latitude", "longitude", "altitude(m)")


def read_plan(content: bytes, reading: Reading) -> FlightPlan:
    """Raises Invalid."""
    points: list[RoutePoint] = []
    counted: set[AltitudeDatum] = set()
    for at, row in _rows(content, reading):
        latitude, longitude, altitude = (decimal(row[name], at) for name in _PLACE)
        points.append((*position(latitude, longitude, at), altitude))
        mode = row.get("altitudemode", "0")
        if mode not in _DATUM:
            raise at.refused(f"its altitudemode is {mode!r:.20}, which isn't known")
        counted.add(_DATUM[mode])
    if len(counted) > 1:
        raise reading.refused("some altitudes count from the take-off and some from the ground", "Use one of the two.")
    return route(points, counted.pop() if counted else None, reading)


def _rows(content: bytes, reading: Reading) -> Iterator[tuple[Reading, Mapping[str, str]]]:
    lines = (
        (number, line) for number, line in lines_of(content, reading, largest_bytes=PLAN_LARGEST_BYTES) if line.strip()
    )
    names = next(csv.reader([next(lines, (0, ""))[1]]), [])
    if missing := [name for name in _PLACE if name not in names]:
        raise reading.refused(f"its first line doesn't name {missing[0]}")
    for number, line in lines:
        at, cells = reading.at(f"line {number}"), next(csv.reader([line]))
        if len(cells) != len(names):
            raise at.refused(f"it has {len(cells)} cells, and the heading {len(names)}")
        yield at, dict(zip(names, cells, strict=True))
