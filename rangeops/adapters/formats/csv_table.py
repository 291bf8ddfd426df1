"""CSV with a heading: latitude, longitude, and for zones a name, for a route an altitude whose heading names its datum.

What is written is quoted throughout and safe to open in a spreadsheet; numbers stay numbers.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rangeops.adapters.formats.geometry_gate import MOST_VERTICES, accept, position
from rangeops.adapters.formats.reading import PLAN_LARGEST_BYTES, ZONES_LARGEST_BYTES, Reading
from rangeops.adapters.formats.shapes import ASK_DATUM, RoutePoint, ZoneMaker, marked, require_some, route
from rangeops.adapters.formats.spreadsheet_cells import bared, guarded
from rangeops.adapters.formats.text_lines import decimal, lines_of
from rangeops.adapters.formats.writing import Writing, Written, drawn
from rangeops.domain.plans import AltitudeDatum, FlightPlan
from rangeops.domain.zones import Limit, Zone, ZoneArea

_LATITUDE: Final = ("latitude", "latitude_deg", "lat")
_LONGITUDE: Final = ("longitude", "longitude_deg", "lon", "lng", "long")
_ZONE: Final = ("zone", "name", "id")
_ALTITUDE: Final[Mapping[str, AltitudeDatum | None]] = {
    "altitude_amsl_m": AltitudeDatum.AMSL,
    "altitude_above_home_m": AltitudeDatum.HOME,
    "altitude_above_terrain_m": AltitudeDatum.TERRAIN,
    "altitude": None,
    "altitude_m": None,
    "alt": None,
    "ele": None,
}
_HEADINGS: Final = (
    "zone",
    "area",
    "ring",
    "latitude",
    "longitude",
    "restriction",
    "lower_m",
    "lower_datum",
    "upper_m",
    "upper_datum",
)
_Row = tuple[Reading, dict[str, str]]


def read_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    """A zone for each name, its rows the corners in order; one zone where no column names any. Raises Invalid."""
    rings: dict[str, list[tuple[float, float]]] = {}
    for count, (at, row) in enumerate(_rows(content, reading, ZONES_LARGEST_BYTES), start=1):
        if row.get("ring", "") not in ("", "outer"):
            raise at.refused("it holds holes, which this reader doesn't build", "Import the zones as GeoJSON or KML.")
        name = " ".join(filter(None, (_first(row, _ZONE), row.get("area", ""))))
        rings.setdefault(name, []).append(_position(row, at))
        if count > MOST_VERTICES:
            raise reading.refused(f"it has more than {MOST_VERTICES} vertices", "Simplify it.")
    maker = ZoneMaker(reading)
    zones = [
        maker.zone(name, [ZoneArea(shape.outer, *marked(reading), shape.holes)])
        for name, ring in rings.items()
        for shape in [accept(ring, reading.at(f"zone {name}") if name else reading)]
    ]
    return require_some(zones, reading)


def read_plan(content: bytes, reading: Reading) -> FlightPlan:
    """A waypoint a row. Raises Invalid."""
    points: list[RoutePoint] = []
    column = None
    for at, row in _rows(content, reading, PLAN_LARGEST_BYTES):
        columns = [name for name in _ALTITUDE if name in row]
        if len(columns) != 1:
            raise reading.refused("it has no column altitude_amsl_m", f"Add one. {ASK_DATUM}")
        column = columns[0]
        points.append((*_position(row, at), decimal(row[column], at) if row[column] else None))
        if len(points) > MOST_VERTICES:
            raise reading.refused(f"it has more than {MOST_VERTICES} points", "Split it.")
    return route(points, None if column is None else _ALTITUDE[column], reading)


def _rows(content: bytes, reading: Reading, largest_bytes: int) -> Iterator[_Row]:
    """Each row by its lower-case headings. Comma, semicolon or tab part the cells, whichever the heading has."""
    lines = lines_of(content, reading, largest_bytes=largest_bytes)
    number, heading = next(((n, line) for n, line in lines if line.strip()), (0, ""))
    delimiter = max(",;\t", key=heading.count)
    names = [name.strip().lower() for name in next(csv.reader([heading], delimiter=delimiter), [])]
    if not any(name in names for name in _LATITUDE) or not any(name in names for name in _LONGITUDE):
        raise reading.refused("its first line doesn't name latitude and longitude", "Give the columns a heading.")
    if len(set(names)) < len(names):
        raise reading.refused("two of its columns have the same heading", "Rename one.")
    for number, line in lines:
        if not line.strip():
            continue
        at = reading.at(f"line {number}")
        try:
            cells = next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error as e:
            raise at.refused("a cell's quotes don't close", "Write each row on one line.") from e
        if len(cells) != len(names):
            raise at.refused(f"it has {len(cells)} cells, and the heading {len(names)}")
        yield at, dict(zip(names, (bared(cell.strip()) for cell in cells), strict=True))


def _first(row: Mapping[str, str], names: Sequence[str]) -> str:
    return next((row[name] for name in names if name in row), "")


def _position(row: Mapping[str, str], at: Reading) -> tuple[float, float]:
    return position(decimal(_first(row, _LATITUDE), at), decimal(_first(row, _LONGITUDE), at), at)


def write_zones(zones: Sequence[Zone], _writing: Writing) -> Written:
    """A row a corner."""
    lost: list[str] = []
    rows: list[Sequence[str | float | int]] = []
    for zone in zones:
        if zone.applicability:
            lost.append(f"zone {zone.id}: its hours")
        for number, area in enumerate(zone.areas, start=1):
            outer = drawn(area)
            for ring, which in ((outer, "outer"), *((hole, f"hole {n}") for n, hole in enumerate(area.holes, start=1))):
                rows += (
                    (
                        zone.id,
                        "" if len(zone.areas) == 1 else number,
                        which,
                        latitude,
                        longitude,
                        zone.restriction.value,
                        *_limit(area.lower),
                        *_limit(area.upper),
                    )
                    for latitude, longitude in ring
                )
    return Written(table(_HEADINGS, rows), tuple(lost))


def _limit(limit: Limit | None) -> tuple[str | float, str]:
    return ("", "") if limit is None else (limit.height_m, limit.datum.value)


def table(headings: Sequence[str], rows: Sequence[Sequence[str | float | int]]) -> bytes:
    """Quoted CSV, safe to open in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([[guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows])
    return text.getvalue().encode()
