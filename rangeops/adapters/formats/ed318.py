"""ED-318: UAS geographical zones as GeoJSON. Source: EUROCAE ED-318, and its JSON schema of May 2025.

The schema passes a point without extent and a layer without datum; what a range must not guess is refused here.
"""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from rangeops.adapters.formats.eurocae import (
    FOOT_M,
    HIGHEST_M,
    LOWEST_M,
    applicability_of,
    country_of,
    each_once,
    optional_text,
    reasons_of,
    require_order,
)
from rangeops.adapters.formats.geojson_shapes import place, polygon
from rangeops.adapters.formats.geometry_gate import accept_circle
from rangeops.adapters.formats.identifiers import LONGEST_IDENTIFIER
from rangeops.adapters.formats.reading import ZONES_LARGEST_BYTES, Reading
from rangeops.adapters.formats.strict_json import read_json
from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.text import safe_text
from rangeops.domain.zone_details import DataSource, Purpose, Variant, Wording, ZoneAuthority, ZoneDetails
from rangeops.domain.zones import HeightDatum, Limit, Restriction, Zone, ZoneArea

REASONS: Final = (
    "AIR_TRAFFIC",
    "SENSITIVE",
    "PRIVACY",
    "POPULATION",
    "NATURE",
    "NOISE",
    "EMERGENCY",
    "DAR",
    "OTHER",
)
SHORT_TEXT: Final = 200
_LONG_TEXT: Final = 1_000
_MOST_REASONS: Final = 9
_MOST_EXTENDED: Final = 20_000  # characters of a zone's own JSON
_KNOWN: Final = (
    "identifier",
    "country",
    "type",
    "variant",
    "zoneAuthority",
    "name",
    "restrictionConditions",
    "region",
    "reason",
    "otherReasonInfo",
    "regulationExemption",
    "message",
    "limitedApplicability",
    "dataSource",
    "extendedProperties",
)


def read_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    """The zones of one ED-318 file. Raises Invalid: one sentence for whatever is wrong with it."""
    document = read_json(content, where=reading.where, largest_bytes=ZONES_LARGEST_BYTES)
    if not isinstance(document, Mapping) or document.get("type") != "FeatureCollection":
        raise reading.refused("it isn't a GeoJSON FeatureCollection", "Export the zones as ED-318.")
    if "features" not in document:
        raise reading.refused("it has no features", "Export the zones as ED-318.")
    reading.require_few(document["features"])
    features = Facts(document, reading.where).sections("features")
    zones = (reading.whole(partial(_zone, feature, reading)) for feature in features)
    return each_once(zones, reading)


def _zone(feature: Facts, reading: Reading) -> Zone:
    if feature.table.get("type") != "Feature":
        raise Invalid("a feature's type must be Feature", where=feature.where, do="Correct it.")
    properties = feature.section("properties")
    properties.only(*_KNOWN)
    identifier = properties.text("identifier")
    reading = reading.at(f"zone {safe_text(identifier, limit=20)}")
    facts = _as_published(properties.table, reading)
    if len(identifier) > LONGEST_IDENTIFIER:
        raise reading.refused("an identifier has at most 7 characters", "Shorten it.")
    names, messages = _wordings(facts, "name"), _wordings(facts, "message")
    geometry = Facts({"geometry": feature.table.get("geometry")}, reading.where).section("geometry")
    areas = tuple(_areas(geometry, None, reading))
    if not areas:
        raise reading.refused("a zone has at least one geometry", "Add it.")
    return Zone(
        id=safe_text(identifier, limit=LONGEST_IDENTIFIER),
        name=names[0].text if names else safe_text(identifier, limit=LONGEST_IDENTIFIER),
        restriction=facts.choice("type", Restriction),
        areas=areas,
        reasons=_reasons(facts),
        applicability=tuple(applicability_of(span) for span in facts.sections("limitedApplicability")),
        message=messages[0].text if messages else "",
        details=_details(facts, names, messages),
    )


def _as_published(properties: Mapping[str, Any], reading: Reading) -> Facts:
    """Without null; and with one text or word standing for the list of them that the schema wants, which is noted."""
    table = {key: value for key, value in properties.items() if value is not None}
    for key in ("name", "message", "otherReasonInfo", "reason"):
        if isinstance(said := table.get(key), str):
            table[key] = [said] if key == "reason" else [{"text": said, "lang": "und"}]
            reading.note(f"{key} is one text, and ED-318 has a list of them")
    if not table.get("zoneAuthority"):
        reading.note("it names no authority, and ED-318 wants one")
    return Facts(table, reading.where)


def _details(facts: Facts, names: tuple[Wording, ...], messages: tuple[Wording, ...]) -> ZoneDetails:
    return ZoneDetails(
        country=country_of(facts),
        variant=facts.choice("variant", Variant),
        authorities=tuple(_authority(authority) for authority in facts.sections("zoneAuthority")),
        names=names,
        messages=messages,
        other_reasons=_wordings(facts, "otherReasonInfo"),
        restriction_conditions=optional_text(facts, "restrictionConditions", limit=10_000),
        region=facts.integer("region", at_least=-(10**9), at_most=10**9) if facts.has("region") else None,
        regulation_exemption=_yes_or_no(facts, "regulationExemption"),
        data_source=_data_source(facts.section("dataSource")) if facts.has("dataSource") else None,
        extended=_extended(facts),
    )


def _authority(facts: Facts) -> ZoneAuthority:
    """Published files leave out the purpose, and write null, one text for a list of them, or a text as {text, lang}."""
    table = {key: value for key, value in facts.table.items() if value is not None}
    for key in ("siteURL", "email", "phone"):
        if isinstance(said := table.get(key), Mapping):
            table[key] = said.get("text")
    for key in ("name", "service", "contactName"):
        if isinstance(said := table.get(key), str):
            table[key] = [{"text": said, "lang": "und"}]
    facts = Facts(table, facts.where)
    return ZoneAuthority(
        purpose=facts.choice("purpose", Purpose) if facts.has("purpose") else None,
        names=_wordings(facts, "name"),
        services=_wordings(facts, "service"),
        contacts=_wordings(facts, "contactName"),
        site_url=optional_text(facts, "siteURL", limit=_LONG_TEXT),
        email=optional_text(facts, "email", limit=SHORT_TEXT),
        phone=optional_text(facts, "phone", limit=SHORT_TEXT),
        interval_before=optional_text(facts, "intervalBefore", limit=40),
    )


def _data_source(facts: Facts) -> DataSource:
    originator = facts.section("originator") if facts.has("originator") else None
    return DataSource(
        created=optional_text(facts, "creationDate", limit=40),
        updated=optional_text(facts, "updateDateTime", limit=40),
        originator=None if originator is None else _wording(originator),
    )


def _extended(facts: Facts) -> str:
    if not facts.has("extendedProperties"):
        return ""
    text = json.dumps(facts.section("extendedProperties").table, ensure_ascii=True, sort_keys=True)
    if len(text) > _MOST_EXTENDED:
        raise Invalid(
            f"extendedProperties has more than {_MOST_EXTENDED} characters", where=facts.where, do="Shorten it."
        )
    return text


def _yes_or_no(facts: Facts, key: str) -> bool | None:
    if not facts.has(key):
        return None
    if (word := facts.text(key)) not in ("YES", "NO"):
        raise Invalid(f"{key} must be YES or NO", where=facts.where, do="Correct it.")
    return word == "YES"


def _reasons(facts: Facts) -> tuple[str, ...]:
    reasons = reasons_of(facts, REASONS)
    if len(reasons) > _MOST_REASONS:
        raise Invalid(f"reason lists more than {_MOST_REASONS} words", where=facts.where, do="Shorten it.")
    return reasons


def _wordings(facts: Facts, key: str) -> tuple[Wording, ...]:
    """{text, lang} entries; one without a text says nothing and is left out."""
    return tuple(wording for entry in facts.sections(key) if (wording := _wording(entry)).text)


def _wording(entry: Facts) -> Wording:
    language = entry.text("lang")
    if len(language) > 5:
        raise Invalid(f"lang {language!r:.20} has more than 5 characters", where=entry.where, do="Write nl-NL.")
    return Wording(
        optional_text(entry, "text", limit=_LONG_TEXT), "" if language == "und" else safe_text(language, limit=5)
    )


def _areas(geometry: Facts, outer_layer: Facts | None, reading: Reading) -> Iterator[ZoneArea]:
    """The schema lets a GeometryCollection carry the layer of those of its parts that have none."""
    kind = geometry.text("type")
    layer = geometry.section("layer") if geometry.has("layer") else outer_layer
    if kind == "GeometryCollection":
        for part in geometry.sections("geometries"):
            if part.table.get("type") == "GeometryCollection":
                raise reading.refused("a GeometryCollection holds another", "Write its parts in one.")
            yield from _areas(part, layer, reading)
        return
    if layer is None:
        raise Invalid("its geometry has no layer", where=geometry.where, do="Say its lower and upper limits.")
    lower, upper = _limit(layer, "lower"), _limit(layer, "upper")
    require_order(lower, upper, geometry.where)
    coordinates = geometry.table.get("coordinates")
    match kind:
        case "Point":
            extent = geometry.section("extent")
            if extent.text("subType") != "Circle":
                raise Invalid("a point's extent must be a Circle", where=extent.where, do="Correct it.")
            centre = place(coordinates, reading)
            yield ZoneArea(accept_circle(*centre, extent.table.get("radius"), reading), lower, upper)
        case "Polygon" | "MultiPolygon":
            if not isinstance(coordinates, list):
                raise reading.refused("a Polygon's coordinates are a list of rings", "Correct it.")
            for rings in [coordinates] if kind == "Polygon" else coordinates:
                shape = polygon(rings, reading)
                yield ZoneArea(shape.outer, lower, upper, shape.holes)
        case _:
            raise Invalid(
                f"geometry type {safe_text(kind, limit=30)} isn't a zone's",
                where=geometry.where,
                do="Use Polygon, Point with an extent, or GeometryCollection of them.",
            )


def _limit(layer: Facts, key: str) -> Limit | None:
    """None where the file leaves it out: the ground below, unlimited above. A height without a datum is refused."""
    if layer.table.get(key) is None:
        return None
    unit = layer.text("uom", "m")
    if unit not in ("m", "ft"):
        raise Invalid("uom must be m or ft", where=layer.where, do="Correct it.")
    height = layer.number(key, at_least=LOWEST_M, at_most=HIGHEST_M)
    return Limit(height * (FOOT_M if unit == "ft" else 1.0), layer.choice(f"{key}Reference", HeightDatum))


def extended_document(extended: str) -> Any:
    return json.loads(extended)
