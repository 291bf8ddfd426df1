"""KML 2.2 and KMZ, as Google Earth, QGIS and DJI's programs write them: polygons are zones, one line is a route.

altitudeMode says what altitudes count from: absolute is AMSL (EGM96), relativeToGround the terrain; clampToGround, also
where nothing is said, makes altitudes void. NetworkLinks and all other links are never followed.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from rangeops.adapters.formats.eurocae import HIGHEST_M, one_line, require_order
from rangeops.adapters.formats.geometry_gate import MOST_VERTICES, accept, position
from rangeops.adapters.formats.reading import PLAN_LARGEST_BYTES, ZONES_LARGEST_BYTES, Reading
from rangeops.adapters.formats.shapes import RoutePoint, ZoneMaker, marked, require_some, route, route_of
from rangeops.adapters.formats.text_lines import decimal
from rangeops.adapters.formats.writing import Writing, Written, drawn
from rangeops.adapters.formats.xml_tree import Element, read_xml
from rangeops.domain.facts import Facts
from rangeops.domain.plans import AltitudeDatum, FlightPlan
from rangeops.domain.volumes import Ring
from rangeops.domain.zones import HeightDatum, Limit, Restriction, Zone, ZoneArea

_PACKED_LARGEST: Final = 20_000_000
_UNPACKED_LARGEST: Final = 50_000_000
_LONGEST_ID: Final = 200  # whatever its writer's own limit is; ED-318's is asked for where it is written as that
_MOST_MEMBERS: Final = 200
_HIGHEST_RATIO: Final = 100
_BROKEN: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
)
_TUPLE: Final = re.compile(r"\S+")
_DATUMS: Final = {"absolute": AltitudeDatum.AMSL, "relativeToGround": AltitudeDatum.TERRAIN}
_MODES: Final = {datum: mode for mode, datum in _DATUMS.items()}


def read_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    """A zone for each placemark with a polygon. Raises Invalid."""
    root = _root(content, reading, ZONES_LARGEST_BYTES)
    maker = ZoneMaker(reading)
    zones = (reading.whole(partial(_zone, mark, maker)) for mark in root.every() if mark.tag == "Placemark")
    return require_some((zone for zone in zones if zone is not None), reading)


def read_plan(content: bytes, reading: Reading) -> FlightPlan:
    """The route of its one line. Raises Invalid."""
    root = _root(content, reading, PLAN_LARGEST_BYTES)
    lines = [element for element in root.every() if element.tag == "LineString"]
    if len(lines) != 1:
        raise reading.refused(f"it holds {len(lines)} lines, and a route is one", "Leave one LineString in it.")
    mode = lines[0].said("altitudeMode") or "clampToGround"
    datum = _DATUMS.get(mode)
    if datum is None and reading.altitude_datum is None:
        raise reading.refused(
            f"its line is {_shown_mode(mode)}, so its altitudes say nothing",
            "Set the line's altitude to absolute or relative to ground, or say it with --altitude-datum amsl.",
        )
    return route(list(_coordinates(lines[0].said("coordinates"), reading)), datum, reading)


def read_kmz_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    return read_zones(unpacked(content, reading), reading)


def read_kmz_plan(content: bytes, reading: Reading) -> FlightPlan:
    return read_plan(unpacked(content, reading), reading)


def unpacked(content: bytes, reading: Reading) -> bytes:
    """The .kml of a KMZ, read by a counter that believes no header. Raises Invalid."""
    reading.require_size(content, _PACKED_LARGEST)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _require_harmless(members, reading)
            main = next((member for member in members if member.filename.lower().endswith(".kml")), None)
            if main is None:
                raise reading.refused("the archive holds no .kml")
            with archive.open(main) as file:
                kml = file.read(ZONES_LARGEST_BYTES + 1)
    except _BROKEN as e:
        raise reading.refused("it isn't a KMZ archive that can be read") from e
    return kml


def _require_harmless(members: list[zipfile.ZipInfo], reading: Reading) -> None:
    if len(members) > _MOST_MEMBERS:
        raise reading.refused(f"the archive has more than {_MOST_MEMBERS} members", "Save it without pictures.")
    if sum(member.file_size for member in members) > _UNPACKED_LARGEST:
        raise reading.refused(
            f"the archive unpacks to more than {_UNPACKED_LARGEST // 1_000_000} MB", "Save it without pictures."
        )
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if member.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
            raise reading.refused("a member of the archive has a name outside of it")
        if (member.external_attr >> 16) & 0o170000 == 0o120000:
            raise reading.refused("a member of the archive is a link")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise reading.refused("a member of the archive is packed in an unusual way")
        if member.file_size > _HIGHEST_RATIO * max(member.compress_size, 1):
            raise reading.refused("a member of the archive unpacks to more than a hundred times its size")
        if member.filename.lower().endswith((".zip", ".kmz")):
            raise reading.refused("the archive holds another archive")


def _root(content: bytes, reading: Reading, largest_bytes: int) -> Element:
    root = read_xml(content, reading, largest_bytes=largest_bytes)
    if any(element.tag == "NetworkLink" for element in root.every()):
        reading.note("what its network links point to isn't read")
    return root


def _zone(mark: Element, maker: ZoneMaker) -> Zone | None:
    """None for a placemark without an area, which is noted."""
    name = mark.said("name")
    reading = maker.reading.at(f"placemark {one_line(name, limit=40)}") if name else maker.reading
    data = {
        each.attributes.get("name", ""): each.said("value")
        for holder in mark.all("ExtendedData")
        for each in holder.all("Data")
    }
    lower, upper = _limits(data, reading)
    areas = []
    for polygon in (element for element in mark.every() if element.tag == "Polygon"):
        outer, holes = _rings(polygon, reading)
        shape = accept(outer, reading, holes)
        areas.append(ZoneArea(shape.outer, lower, upper, shape.holes))
    if not areas:
        reading.note("a placemark without an area is left out")
        return None
    return maker.zone(
        name,
        areas,
        restriction=next((each for each in Restriction if each.value == data.get("restriction")), None),
        identifier=one_line(data.get("identifier", ""), limit=_LONGEST_ID),
        message=one_line(data.get("message", ""), limit=1000),
    )


def _rings(polygon: Element, reading: Reading) -> tuple[Ring, list[Ring]]:
    outer = [ring for boundary in polygon.all("outerBoundaryIs") for ring in boundary.all("LinearRing")]
    if len(outer) != 1:
        raise reading.refused("a polygon has one outer boundary")
    inner = [ring for boundary in polygon.all("innerBoundaryIs") for ring in boundary.all("LinearRing")]
    first, *rest = (
        tuple((lat, lon) for lat, lon, _ in _coordinates(ring.said("coordinates"), reading))
        for ring in (*outer, *inner)
    )
    return first, rest


def _coordinates(text: str, reading: Reading) -> Iterator[RoutePoint]:
    """lon,lat[,alt] tuples parted by white space; stops at the first vertex too many."""
    for number, found in enumerate(_TUPLE.finditer(text)):
        if number > MOST_VERTICES:
            raise reading.refused(f"it has more than {MOST_VERTICES} vertices", "Simplify it.")
        parts = found.group().split(",")
        if len(parts) not in (2, 3):
            raise reading.refused(f"{one_line(found.group(), limit=40)!r} isn't longitude,latitude[,altitude]")
        longitude, latitude, *altitude = (decimal(part, reading) for part in parts)
        yield *position(latitude, longitude, reading), altitude[0] if altitude else None


def _limits(data: dict[str, str], reading: Reading) -> tuple[Limit | None, Limit | None]:
    """Those that our own export writes, each with its datum; otherwise the marking's."""
    if not any(f"{which}Reference" in data for which in ("lower", "upper")):
        return marked(reading)
    facts = Facts(data, reading.where)
    lower, upper = (
        Limit(decimal(data[which], reading, most=HIGHEST_M), facts.choice(f"{which}Reference", HeightDatum))
        if which in data
        else None
        for which in ("lower", "upper")
    )
    require_order(lower, upper, reading.where)
    return lower, upper


def _shown_mode(mode: str) -> str:
    return one_line(mode, limit=30)


def write_zones(zones: Sequence[Zone], writing: Writing) -> Written:
    """Each area a placemark, drawn up to its upper limit where KML knows that datum; its words as ExtendedData."""
    lost: list[str] = []
    marks: list[str] = []
    for zone in zones:
        if zone.applicability:
            lost.append(f"zone {zone.id}: its hours")
        marks += (_placemark(zone, area) for area in zone.areas)
    return Written(_document(writing.title, marks), tuple(lost))


def _document(title: str, marks: Sequence[str]) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n'
        f"<name>{escape(title)}</name>\n{''.join(marks)}</Document>\n</kml>\n"
    ).encode()


def _placemark(zone: Zone, area: ZoneArea) -> str:
    data = {"identifier": zone.id, "restriction": zone.restriction.value, "message": zone.message}
    for which, limit in (("lower", area.lower), ("upper", area.upper)):
        if limit is not None:
            data |= {which: repr(limit.height_m), f"{which}Reference": limit.datum.value}
    entries = "".join(
        f"<Data name={quoteattr(key)}><value>{escape(value)}</value></Data>" for key, value in data.items() if value
    )
    outer = drawn(area)
    mode, height = _drawn(area.upper)
    holes = "".join(f"<innerBoundaryIs>{_linear_ring(hole, height)}</innerBoundaryIs>" for hole in area.holes)
    return (
        f"<Placemark><name>{escape(zone.name)}</name><ExtendedData>{entries}</ExtendedData>\n<Polygon>"
        f"<extrude>{int(mode != 'clampToGround')}</extrude><altitudeMode>{mode}</altitudeMode>"
        f"<outerBoundaryIs>{_linear_ring(outer, height)}</outerBoundaryIs>{holes}</Polygon></Placemark>\n"
    )


def _drawn(upper: Limit | None) -> tuple[str, float]:
    """KML has no ellipsoidal height, and none that is unlimited."""
    if upper is None or upper.datum is HeightDatum.WGS84:
        return "clampToGround", 0.0
    return ("absolute" if upper.datum is HeightDatum.AMSL else "relativeToGround"), upper.height_m


def _linear_ring(ring: Ring, height_m: float) -> str:
    tuples = " ".join(f"{longitude!r},{latitude!r},{height_m!r}" for latitude, longitude in (*ring, ring[0]))
    return f"<LinearRing><coordinates>{tuples}</coordinates></LinearRing>"


def write_plan(plan: FlightPlan) -> Written:
    """Its places as one line."""
    points, datum, unplaced = route_of(plan, plan.name)
    tuples = " ".join(f"{longitude!r},{latitude!r},{altitude!r}" for latitude, longitude, altitude in points)
    mark = (
        f"<Placemark><name>{escape(plan.name)}</name><LineString><altitudeMode>{_MODES[datum]}</altitudeMode>"
        f"<coordinates>{tuples}</coordinates></LineString></Placemark>\n"
    )
    return Written(_document(plan.name, [mark]), (f"{unplaced} items that go nowhere",) if unplaced else ())
