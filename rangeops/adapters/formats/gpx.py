"""GPX 1.0 and 1.1: a route or track is a mission; one that ends where it began is an area.

The standard doesn't say what `ele` counts from, and receivers differ: a plan is taken only where its datum is said.
"""

from collections.abc import Iterator

from rangeops.adapters.formats.geometry_gate import accept, position
from rangeops.adapters.formats.reading import PLAN_LARGEST_BYTES, ZONES_LARGEST_BYTES, Reading
from rangeops.adapters.formats.shapes import RoutePoint, ZoneMaker, marked, require_some, route
from rangeops.adapters.formats.text_lines import decimal
from rangeops.adapters.formats.xml_tree import Element, read_xml
from rangeops.domain.plans import FlightPlan
from rangeops.domain.zones import Zone, ZoneArea

_SAME_DEG = 1e-6  # a tenth of a metre


def read_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    """A zone for each closed route or track. Raises Invalid."""
    maker = ZoneMaker(reading)
    return require_some(_zones(_root(content, reading, ZONES_LARGEST_BYTES), maker), reading)


def read_plan(content: bytes, reading: Reading) -> FlightPlan:
    """The mission of its one route, or else of its one track. Raises Invalid."""
    root = _root(content, reading, PLAN_LARGEST_BYTES)
    lines = list(_lines(root, "rte", reading)) or list(_lines(root, "trk", reading))
    if len(lines) != 1:
        raise reading.refused(
            f"it holds {len(lines)} routes and tracks, and a plan is one", "Leave one route or track in it."
        )
    return route(lines[0][1], None, reading)


def _root(content: bytes, reading: Reading, largest_bytes: int) -> Element:
    root = read_xml(content, reading, largest_bytes=largest_bytes)
    if root.tag != "gpx":
        raise reading.refused("it isn't GPX")
    return root


def _zones(root: Element, maker: ZoneMaker) -> Iterator[Zone]:
    for kind in ("rte", "trk"):
        for name, points in _lines(root, kind, maker.reading):
            ring = [(latitude, longitude) for latitude, longitude, _ in points]
            if len(ring) < 4 or max(abs(a - b) for a, b in zip(ring[0], ring[-1], strict=True)) > _SAME_DEG:
                maker.reading.note(f"a {'route' if kind == 'rte' else 'track'} that doesn't close is left out")
                continue
            shape = accept(ring[:-1], maker.reading)
            yield maker.zone(name, [ZoneArea(shape.outer, *marked(maker.reading))])


def _lines(root: Element, kind: str, reading: Reading) -> Iterator[tuple[str, list[RoutePoint]]]:
    """Each route, and each segment of each track, with its name."""
    for line in root.all(kind):
        for part in [line] if kind == "rte" else line.all("trkseg"):
            points = [_point(each, reading) for each in part.all(f"{kind}pt")]
            if points:
                yield line.said("name"), points


def _point(element: Element, reading: Reading) -> RoutePoint:
    latitude, longitude = (decimal(element.attributes.get(key, ""), reading) for key in ("lat", "lon"))
    elevation = element.said("ele")
    return *position(latitude, longitude, reading), decimal(elevation, reading) if elevation else None
