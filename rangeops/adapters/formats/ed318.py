"""ED-318: UAS geographical zones as GeoJSON. Source: EUROCAE ED-318, and its JSON schema of May 2025.

The schema passes a point without extent and a layer without limits; what a range must not guess is refused here.
"""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final

from rangeops.adapters.formats.strict_json import read_json
from rangeops.domain.daylight import DaylightEvent
from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.ranges import read_ring
from rangeops.domain.schedules import Applicability, DailyPeriod
from rangeops.domain.text import safe_text
from rangeops.domain.volumes import Ring, Volume, polygon_of
from rangeops.domain.zones import Circle, HeightDatum, Limit, Restriction, Zone, ZoneArea

LARGEST_BYTES: Final = 10_000_000
_MOST_VERTICES: Final = 10_000
_FOOT_M: Final = 0.3048
_DAYS: Final = {"MON": 0, "TUE": 1, "WED": 2, "THU": 3, "FRI": 4, "SAT": 5, "SUN": 6}
_DAY_WORDS: Final = frozenset([*_DAYS, "ANY"])
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


def read_zones(content: bytes, frame: SiteFrame, *, where: str) -> tuple[Zone, ...]:
    """The zones of one ED-318 file near a site. Raises Invalid."""
    document = read_json(content, where=where, largest_bytes=LARGEST_BYTES)
    if not isinstance(document, Mapping) or document.get("type") != "FeatureCollection":
        raise Invalid("it isn't a GeoJSON FeatureCollection", where=where, do="Export the zones as ED-318.")
    if "features" not in document:
        raise Invalid("it has no features", where=where, do="Export the zones as ED-318.")
    features = Facts(document, where).sections("features")
    zones = tuple(_zone(feature, frame, where) for feature in features)
    if len({zone.id for zone in zones}) != len(zones):
        raise Invalid("two zones have the same identifier", where=where, do="Give each an identifier of its own.")
    return zones


def _zone(feature: Facts, frame: SiteFrame, where: str) -> Zone:
    if feature.table.get("type") != "Feature":
        raise Invalid("a feature's type must be Feature", where=feature.where, do="Correct it.")
    properties = feature.section("properties")
    properties.only(*_KNOWN)
    identifier = properties.text("identifier")
    facts = Facts(properties.table, f"{where} zone {safe_text(identifier, limit=20)}")
    if len(identifier) > 7:
        raise Invalid("an identifier has at most 7 characters", where=facts.where, do="Shorten it.")
    if len(facts.text("country")) != 3:
        raise Invalid("country must be three letters", where=facts.where, do="Use ISO 3166 alpha-3, e.g. NLD.")
    if facts.text("variant") not in ("COMMON", "CUSTOMIZED"):
        raise Invalid("variant must be COMMON or CUSTOMIZED", where=facts.where, do="Correct it.")
    authorities = facts.sections("zoneAuthority")
    if not authorities:
        raise Invalid("a zone names at least one zoneAuthority", where=facts.where, do="Add it.")
    for authority in authorities:
        authority.text("purpose")
    return Zone(
        id=safe_text(identifier, limit=7),
        name=_text(facts, "name") or safe_text(identifier, limit=7),
        restriction=facts.choice("type", Restriction),
        areas=tuple(_areas(Facts({"geometry": feature.table.get("geometry")}, facts.where).section("geometry"), frame)),
        reasons=_reasons(facts),
        applicability=tuple(_applicability(span) for span in facts.sections("limitedApplicability")),
        message=_text(facts, "message"),
    )


def _reasons(facts: Facts) -> tuple[str, ...]:
    reasons = facts.table.get("reason", [])
    if not isinstance(reasons, list) or not all(isinstance(reason, str) for reason in reasons):
        raise Invalid("reason must list words", where=facts.where, do="Correct it.")
    return tuple(safe_text(reason, limit=30) for reason in reasons)


def _text(facts: Facts, key: str) -> str:
    """The first of ED-318's {text, lang} entries; "" where there is none."""
    entries = facts.sections(key)
    return safe_text(entries[0].text("text")) if entries else ""


def _areas(geometry: Facts, frame: SiteFrame) -> list[ZoneArea]:
    kind = geometry.text("type")
    if kind == "GeometryCollection":
        return [area for part in geometry.sections("geometries") for area in _areas(part, frame)]
    layer = geometry.section("layer")
    lower, upper = _limit(layer, "lower"), _limit(layer, "upper")
    if lower is not None and upper is not None and lower.datum is upper.datum and upper.height_m <= lower.height_m:
        raise Invalid("the layer's upper limit isn't above its lower one", where=geometry.where, do="Correct it.")
    if kind == "Point":
        return [ZoneArea(_circle(geometry, frame), lower, upper)]
    if kind == "Polygon":
        rings = _rings(geometry, geometry.table.get("coordinates"), frame)
        return [ZoneArea(rings[0], lower, upper, tuple(rings[1:]))]
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
    height = layer.number(key, at_least=-2000, at_most=1_000_000)
    return Limit(height * (_FOOT_M if unit == "ft" else 1.0), layer.choice(f"{key}Reference", HeightDatum))


def _circle(geometry: Facts, frame: SiteFrame) -> Circle:
    extent = geometry.section("extent")
    if extent.text("subType") != "Circle":
        raise Invalid("a point's extent must be a Circle", where=extent.where, do="Correct it.")
    ((latitude, longitude),) = _positions(geometry, [geometry.table.get("coordinates")], frame, at_least=1)
    return Circle(latitude, longitude, extent.number("radius", at_least=0.5, at_most=100_000))


def _rings(geometry: Facts, coordinates: object, frame: SiteFrame) -> list[Ring]:
    if not isinstance(coordinates, list) or not coordinates or not all(isinstance(ring, list) for ring in coordinates):
        raise Invalid("a Polygon's coordinates are a list of rings", where=geometry.where, do="Correct it.")
    if sum(len(ring) for ring in coordinates) > _MOST_VERTICES:
        raise Invalid(f"it has more than {_MOST_VERTICES} vertices", where=geometry.where, do="Simplify it.")
    rings = [_closed(geometry, _positions(geometry, ring, frame, at_least=4)) for ring in coordinates]
    try:
        polygon_of(Volume(rings[0], 0.0, 1.0, tuple(rings[1:])), frame)
    except Invalid as e:
        raise Invalid(e.what, where=geometry.where, do=e.do) from e
    return rings


def _closed(geometry: Facts, ring: Ring) -> Ring:
    if ring[0] != ring[-1]:
        raise Invalid("a ring's last point must repeat its first", where=geometry.where, do="Close the ring.")
    return ring[:-1]


def _positions(geometry: Facts, pairs: list[Any], frame: SiteFrame, *, at_least: int) -> Ring:
    """GeoJSON's longitude, latitude[, altitude] turned to latitude, longitude."""
    turned = [[pair[1], pair[0]] if isinstance(pair, list) and len(pair) in (2, 3) else pair for pair in pairs]
    return read_ring(Facts({"coordinates": turned}, geometry.where), "coordinates", frame, at_least=at_least)


def _applicability(span: Facts) -> Applicability:
    starts, ends = _moment(span, "startDateTime"), _moment(span, "endDateTime")
    if starts is not None and ends is not None and ends <= starts:
        raise Invalid("a zone can't end before it starts", where=span.where, do="Correct its dates.")
    return Applicability(starts, ends, tuple(_period(period) for period in span.sections("schedule")))


def _moment(span: Facts, key: str) -> datetime | None:
    if span.table.get(key) is None:
        return None
    try:
        moment = datetime.fromisoformat(span.text(key))
    except ValueError as e:
        raise Invalid(f"{key} isn't an ISO 8601 time", where=span.where, do="Write 2026-11-24T08:00:00Z.") from e
    if moment.tzinfo is None:
        raise Invalid(f"{key} has no time zone", where=span.where, do="Write 2026-11-24T08:00:00Z.")
    return moment


def _period(period: Facts) -> DailyPeriod:
    days = period.table.get("day")
    if not isinstance(days, list) or not days or not all(isinstance(day, str) and day in _DAY_WORDS for day in days):
        raise Invalid("day must list MON to SUN or ANY", where=period.where, do="Correct the schedule.")
    weekdays = frozenset(_DAYS.values()) if "ANY" in days else frozenset(_DAYS[day] for day in days)
    return DailyPeriod(weekdays, _time_of_day(period, "start"), _time_of_day(period, "end"))


def _time_of_day(period: Facts, which: str) -> time | DaylightEvent:
    if period.has(f"{which}Event"):
        return period.choice(f"{which}Event", DaylightEvent)
    try:
        moment = time.fromisoformat(period.text(f"{which}Time"))
    except ValueError as e:
        raise Invalid(f"{which}Time isn't a time", where=period.where, do="Write 08:00:00Z.") from e
    if moment.tzinfo is None or moment.utcoffset():
        raise Invalid(f"{which}Time isn't in UTC", where=period.where, do="Write 08:00:00Z.")
    return moment.replace(tzinfo=None)
