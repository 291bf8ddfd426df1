"""Plain GeoJSON (RFC 7946), as drawing tools write it: polygons are zones, one line is a route.

Its altitudes are ellipsoidal by the RFC and AMSL in practice, so a route is taken only where its datum is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from rangeops.adapters.formats.eurocae import FOOT_M, HIGHEST_M, LOWEST_M, optional_text, require_order
from rangeops.adapters.formats.geojson_shapes import place, polygon, polygon_pairs
from rangeops.adapters.formats.geometry_gate import Shape
from rangeops.adapters.formats.reading import PLAN_LARGEST_BYTES, ZONES_LARGEST_BYTES, Reading
from rangeops.adapters.formats.shapes import RoutePoint, ZoneMaker, marked, require_some, route, route_of
from rangeops.adapters.formats.strict_json import read_json
from rangeops.adapters.formats.writing import Writing, Written, drawn, json_bytes
from rangeops.domain.facts import Facts
from rangeops.domain.plans import AltitudeDatum, FlightPlan
from rangeops.domain.zones import HeightDatum, Limit, Restriction, Zone, ZoneArea

_CRS84: Final = ("CRS84", "EPSG::4326", "EPSG:4326")
_NAMES: Final = ("name", "Name", "NAME", "title", "label", "id")
_MOST_DEPTH: Final = 4  # of collections in collections


def read_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    """A zone for each feature with an area. Raises Invalid."""
    maker = ZoneMaker(reading)
    zones = (
        reading.whole(partial(_zone, feature, maker)) for feature in _features(content, reading, ZONES_LARGEST_BYTES)
    )
    return require_some((zone for zone in zones if zone is not None), reading)


def read_plan(content: bytes, reading: Reading) -> FlightPlan:
    """The route of its one line. Raises Invalid."""
    lines = [
        (geometry, feature)
        for feature in _features(content, reading, PLAN_LARGEST_BYTES)
        for geometry in _geometries(feature, reading)
        if geometry.get("type") == "LineString"
    ]
    if len(lines) != 1:
        raise reading.refused(f"it holds {len(lines)} lines, and a route is one", "Leave one LineString in it.")
    ((line, feature),) = lines
    properties = feature.get("properties")
    said = properties.get("altitudeDatum") if isinstance(properties, Mapping) else None
    datum = next((each for each in AltitudeDatum if each.value == said), None)
    return route(_route_points(line.get("coordinates"), reading), datum, reading)


def _features(content: bytes, reading: Reading, largest_bytes: int) -> list[Mapping[str, Any]]:
    document = read_json(content, where=reading.where, largest_bytes=largest_bytes)
    if not isinstance(document, Mapping):
        raise reading.refused("it isn't GeoJSON")
    if (crs := document.get("crs")) is not None and not str(crs).replace("'", "").rstrip("}").endswith(_CRS84):
        raise reading.refused("its coordinates aren't WGS84", "Export it in EPSG:4326.")
    match document.get("type"):
        case "FeatureCollection":
            reading.require_few(document.get("features"))
            return [dict(each.table) for each in Facts(document, reading.where).sections("features")]
        case "Feature":
            return [document]
        case str():
            return [{"type": "Feature", "properties": {}, "geometry": document}]
        case _:
            raise reading.refused("it has no GeoJSON type")


def _geometries(feature: Mapping[str, Any], reading: Reading, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    geometry = feature.get("geometry") if depth == 0 else feature
    if geometry is None:
        return
    if not isinstance(geometry, Mapping) or depth > _MOST_DEPTH:
        raise reading.refused("a geometry isn't one of GeoJSON's")
    if geometry.get("type") != "GeometryCollection":
        yield geometry
        return
    for part in Facts(geometry, reading.where).sections("geometries"):
        yield from _geometries(part.table, reading, depth + 1)


def _zone(feature: Mapping[str, Any], maker: ZoneMaker) -> Zone | None:
    """None for a feature without an area, which is noted."""
    properties = feature.get("properties")
    facts = Facts(properties if isinstance(properties, Mapping) else {}, maker.reading.where)
    name = next((str(facts.table[key]) for key in _NAMES if isinstance(facts.table.get(key), str | int)), "")
    reading = maker.reading.at(f"feature {name}") if name else maker.reading
    lower, upper = _limits(facts, reading)
    areas: list[ZoneArea] = []
    for geometry in _geometries(feature, reading):
        areas += (ZoneArea(shape.outer, lower, upper, shape.holes) for shape in _polygons(geometry, reading))
    if not areas:
        reading.note("a feature without an area is left out")
        return None
    said = facts.table.get("restriction")
    return maker.zone(
        name,
        areas,
        restriction=next((each for each in Restriction if each.value == said), None),
        identifier=optional_text(facts, "identifier") if isinstance(facts.table.get("identifier"), str) else "",
        message=optional_text(facts, "message", limit=1000) if isinstance(facts.table.get("message"), str) else "",
    )


def _polygons(geometry: Mapping[str, Any], reading: Reading) -> Iterator[Shape]:
    coordinates = geometry.get("coordinates")
    match geometry.get("type"):
        case "Polygon":
            yield polygon(coordinates, reading)
        case "MultiPolygon":
            if not isinstance(coordinates, list):
                raise reading.refused("a MultiPolygon's coordinates are a list of polygons")
            for rings in coordinates:
                yield polygon(rings, reading)
        case "Point" | "MultiPoint" | "LineString" | "MultiLineString":
            reading.note(f"a {geometry['type']} is no area and is left out")
        case other:
            raise reading.refused(f"geometry type {other!r:.40} isn't GeoJSON's")


def _limits(facts: Facts, reading: Reading) -> tuple[Limit | None, Limit | None]:
    """Those that our own export writes, each with its datum; otherwise the marking's."""
    if not any(facts.has(f"{which}Reference") for which in ("lower", "upper")):
        return marked(reading)
    uom = str(facts.table.get("uom") or "m").lower()
    if uom not in ("m", "ft"):
        raise reading.refused("uom, the unit of its limits, is m or ft", "Correct it.")
    unit = FOOT_M if uom == "ft" else 1.0
    lower, upper = (
        Limit(
            facts.number(which, at_least=LOWEST_M, at_most=HIGHEST_M) * unit,
            facts.choice(f"{which}Reference", HeightDatum),
        )
        if facts.table.get(which) is not None
        else None
        for which in ("lower", "upper")
    )
    require_order(lower, upper, reading.where)
    return lower, upper


def _route_points(coordinates: object, reading: Reading) -> list[RoutePoint]:
    if not isinstance(coordinates, list):
        raise reading.refused("a LineString's coordinates are a list of positions")
    points: list[RoutePoint] = []
    for pair in coordinates:
        latitude, longitude = place(pair, reading)
        altitude = (
            Facts({"altitude": pair[2]}, reading.where).number("altitude", at_least=LOWEST_M, at_most=HIGHEST_M)
            if len(pair) == 3
            else None
        )
        points.append((latitude, longitude, altitude))
    return points


def write_zones(zones: Sequence[Zone], writing: Writing) -> Written:
    """Each area a Polygon with its zone's words; a circle becomes a polygon around it."""
    lost: list[str] = []
    features = []
    for zone in zones:
        if zone.applicability:
            lost.append(f"zone {zone.id}: its hours")
        for area in zone.areas:
            outer = drawn(area)
            features.append(
                {
                    "type": "Feature",
                    "properties": _properties(zone, area),
                    "geometry": {"type": "Polygon", "coordinates": polygon_pairs(outer, area.holes)},
                }
            )
    return Written(json_bytes({"type": "FeatureCollection", "name": writing.title, "features": features}), tuple(lost))


def _properties(zone: Zone, area: ZoneArea) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "identifier": zone.id,
        "name": zone.name,
        "restriction": zone.restriction.value,
        "message": zone.message,
    }
    for which, limit in (("lower", area.lower), ("upper", area.upper)):
        if limit is not None:
            properties |= {which: limit.height_m, f"{which}Reference": limit.datum.value}
    return {key: value for key, value in properties.items() if value != ""}


def write_plan(plan: FlightPlan) -> Written:
    """Its places as one line, with what the altitudes count from."""
    points, datum, unplaced = route_of(plan, plan.name)
    feature = {
        "type": "Feature",
        "properties": {"name": plan.name, "altitudeDatum": datum.value},
        "geometry": {
            "type": "LineString",
            "coordinates": [[longitude, latitude, altitude] for latitude, longitude, altitude in points],
        },
    }
    lost = (f"{unplaced} items that go nowhere",) if unplaced else ()
    return Written(json_bytes({"type": "FeatureCollection", "features": [feature]}), lost)
