"""Mission Planner's polygons: .poly, and the old fence file .fen, whose first point is the place to return to.

Lines of "latitude longitude", parted by spaces or tabs; # begins a comment. Nothing inside tells the two apart, so a name
or a word does. A fence is an inclusion: it becomes a zone that restricts nothing.
"""

from rangeops.adapters.formats.geometry_gate import accept, position, require_count
from rangeops.adapters.formats.reading import ZONES_LARGEST_BYTES, Reading
from rangeops.adapters.formats.shapes import ZoneMaker, marked
from rangeops.adapters.formats.text_lines import decimal, lines_of
from rangeops.domain.zones import Restriction, Zone, ZoneArea


def read_poly(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    """The one polygon of a .poly file. Raises Invalid."""
    shape = accept(_points(content, reading), reading)
    return (ZoneMaker(reading).zone("", [ZoneArea(shape.outer, *marked(reading), shape.holes)]),)


def read_fen(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    """The inclusion of a .fen file. Raises Invalid."""
    points = _points(content, reading)
    if len(points) < 5:
        raise reading.refused("a fence has a return point, three corners and its first corner again")
    if points[1] != points[-1]:
        raise reading.refused("a fence's last corner must repeat its first", "A plain polygon is a .poly: --as poly.")
    shape = accept(points[1:], reading)
    reading.note("a fence is where to stay inside: it is read as a zone of NO_RESTRICTION, without its return point")
    area = ZoneArea(shape.outer, *marked(reading), shape.holes)
    return (ZoneMaker(reading).zone("Fence", [area], restriction=Restriction.NO_RESTRICTION),)


def _points(content: bytes, reading: Reading) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for number, line in lines_of(content, reading, largest_bytes=ZONES_LARGEST_BYTES):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        at = reading.at(f"line {number}")
        numbers = line.split()
        if len(numbers) != 2:
            raise at.refused(f"a line has a latitude and a longitude, this one {len(numbers)} words")
        latitude, longitude = (decimal(text, at) for text in numbers)
        points.append(position(latitude, longitude, at))
        require_count(len(points) - 2, reading)  # a fence's return point and its repeated corner
    return points
