"""ED-269 (June 2020): UAS geographical zones as JSON, in the two shapes that are published.

The standard's own is {"title", "description", "features": [zone]}; national files are {"formatVersion", "createdAt",
"UASZoneList": [zone]}. Their habits are taken: null for what isn't given, limits in quotes, `dailyPeriod` for `schedule`.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from rangeops.adapters.formats.eurocae import (
    FOOT_M,
    HIGHEST_M,
    LOWEST_M,
    applicability_of,
    country_of,
    each_once,
    one_line,
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
from rangeops.domain.schedules import Applicability
from rangeops.domain.text import safe_text
from rangeops.domain.zone_details import Purpose, Variant, Wording, ZoneAuthority, ZoneDetails
from rangeops.domain.zones import HeightDatum, Limit, Restriction, Zone, ZoneArea

RESTRICTIONS: Final[Mapping[str, Restriction]] = {
    "PROHIBITED": Restriction.PROHIBITED,
    "REQ_AUTHORISATION": Restriction.REQ_AUTHORIZATION,
    "CONDITIONAL": Restriction.CONDITIONAL,
    "NO_RESTRICTION": Restriction.NO_RESTRICTION,
}
REASONS: Final = (
    "AIR_TRAFFIC",
    "SENSITIVE",
    "PRIVACY",
    "POPULATION",
    "NATURE",
    "NOISE",
    "FOREIGN_TERRITORY",
    "EMERGENCY",
    "OTHER",
)
_LONG_TEXT: Final = 10_000
_LONGEST_TAKEN: Final = 64  # of an identifier; the standard has 7, published files more
_NUMBER: Final = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,6})?")


def read_zones(content: bytes, reading: Reading) -> tuple[Zone, ...]:
    """The zones of one ED-269 file. Raises Invalid: one sentence for whatever is wrong with it."""
    document = read_json(content, where=reading.where, largest_bytes=ZONES_LARGEST_BYTES)
    if isinstance(document, Mapping):
        for key in ("UASZoneList", "features"):
            if key in document:
                reading.require_few(document[key])
                zones = Facts(document, reading.where).sections(key)
                read = (reading.whole(partial(_zone, zone, reading)) for zone in zones)
                return each_once(read, reading)
    raise reading.refused("it has neither features nor a UASZoneList", "Export the zones as ED-269.")


def _zone(facts: Facts, reading: Reading) -> Zone:
    facts = _without_nulls(facts)
    identifier = safe_text(facts.text("identifier"), limit=_LONGEST_TAKEN)
    reading = reading.at(f"zone {identifier}")
    facts = Facts(facts.table, reading.where)
    if len(identifier) > LONGEST_IDENTIFIER:
        reading.note(f"its identifier has more than {LONGEST_IDENTIFIER} characters")
    areas = tuple(_area(_without_nulls(geometry), reading) for geometry in facts.sections("geometry"))
    if not areas:
        raise reading.refused("a zone has at least one geometry", "Add it.")
    name, message = optional_text(facts, "name"), optional_text(facts, "message", limit=_LONG_TEXT)
    return Zone(
        id=identifier,
        name=name or identifier,
        restriction=_restriction(facts),
        areas=areas,
        reasons=reasons_of(facts, REASONS),
        applicability=_applicability(facts),
        message=message,
        details=_details(facts, name, message),
    )


def _without_nulls(facts: Facts) -> Facts:
    """Published files write null, and sometimes "", for what isn't given."""
    return Facts({key: value for key, value in facts.table.items() if value not in (None, "")}, facts.where)


def _restriction(facts: Facts) -> Restriction:
    word = facts.text("restriction")
    if word not in RESTRICTIONS:
        raise Invalid(
            f"restriction {safe_text(word, limit=30)!r} isn't one of {', '.join(RESTRICTIONS)}",
            where=facts.where,
            do="Correct it.",
        )
    return RESTRICTIONS[word]


def _details(facts: Facts, name: str, message: str) -> ZoneDetails:
    exempt = optional_text(facts, "regulationExemption", limit=10)
    return ZoneDetails(
        country=country_of(facts),
        variant=facts.choice("type", Variant),
        authorities=tuple(_authority(_without_nulls(each)) for each in _sections(facts, "zoneAuthority")),
        names=_one(name),
        messages=_one(message),
        other_reasons=_one(optional_text(facts, "otherReasonInfo", limit=_LONG_TEXT)),
        restriction_conditions=_joined(facts, "restrictionConditions"),
        region=facts.integer("region", at_least=-(10**9), at_most=10**9) if facts.has("region") else None,
        regulation_exemption={"YES": True, "NO": False}.get(exempt),
        u_space_class=_joined(facts, "uSpaceClass"),
    )


def _joined(facts: Facts, key: str) -> str:
    """One text, or the list of them that some files write."""
    if isinstance(facts.table.get(key), list):
        return "; ".join(one_line(each, limit=1000) for each in facts.texts(key))
    return optional_text(facts, key, limit=_LONG_TEXT)


def _sections(facts: Facts, key: str) -> tuple[Facts, ...]:
    """A list of tables, or the one table that some files write for a list of one."""
    value = facts.table.get(key)
    return (Facts(value, f"{facts.where} [{key}]"),) if isinstance(value, Mapping) else facts.sections(key)


def _authority(facts: Facts) -> ZoneAuthority:
    return ZoneAuthority(
        purpose=facts.choice("purpose", Purpose) if facts.has("purpose") else None,
        names=_one(optional_text(facts, "name", limit=_LONG_TEXT)),
        services=_one(optional_text(facts, "service", limit=_LONG_TEXT)),
        contacts=_one(optional_text(facts, "contactName", limit=_LONG_TEXT)),
        site_url=optional_text(facts, "siteURL", limit=_LONG_TEXT),
        email=optional_text(facts, "email"),
        phone=optional_text(facts, "phone"),
        interval_before=optional_text(facts, "intervalBefore", limit=40),
    )


def _one(text: str) -> tuple[Wording, ...]:
    return (Wording(text),) if text else ()


def _applicability(facts: Facts) -> tuple[Applicability, ...]:
    """Empty, always, where one entry is permanent at every hour: entries are a union."""
    if not facts.table.get("applicability"):
        raise Invalid("a zone has at least one applicability", where=facts.where, do='Write [{"permanent": "YES"}].')
    spans = tuple(_span(_without_nulls(entry)) for entry in _sections(facts, "applicability"))
    return () if any(span == Applicability(None, None) for span in spans) else spans


def _span(facts: Facts) -> Applicability:
    """A permanent one ignores its dates. One that is neither permanent nor dated would be a guess."""
    schedule_key = "schedule" if facts.table.get("schedule") else "dailyPeriod"
    periods = [_with_days(_without_nulls(period)) for period in _sections(facts, schedule_key)]
    table: dict[str, Any] = {**facts.table, "schedule": [period for period in periods if period.get("day")]}
    if len(table["schedule"]) < len(periods) and any(len(period) > 1 for period in periods if not period.get("day")):
        raise Invalid("a schedule's period has times and no day", where=facts.where, do="Write ANY for every day.")
    permanent = optional_text(facts, "permanent", limit=10) or "NO"
    if permanent not in ("YES", "NO"):
        raise Invalid("permanent must be YES or NO", where=facts.where, do="Correct it.")
    if permanent == "YES":
        table = {"schedule": table["schedule"]}
    elif not facts.has("startDateTime") and not facts.has("endDateTime") and not table["schedule"]:
        raise Invalid(
            "it is neither permanent nor has it dates or a schedule", where=facts.where, do="Say when the zone holds."
        )
    return applicability_of(Facts(table, facts.where))


def _with_days(period: Facts) -> dict[str, Any]:
    """A period's one day is written without a list too."""
    day = period.table.get("day")
    return {**period.table, "day": [day]} if isinstance(day, str) else dict(period.table)


def _area(facts: Facts, reading: Reading) -> ZoneArea:
    unit = facts.text("uomDimensions")
    if unit not in ("M", "FT"):
        raise Invalid("uomDimensions must be M or FT", where=facts.where, do="Correct it.")
    metres = FOOT_M if unit == "FT" else 1.0
    lower, upper = _limit(facts, "lower", metres), _limit(facts, "upper", metres)
    require_order(lower, upper, reading.where)
    projection = _without_nulls(facts.section("horizontalProjection"))
    match projection.text("type"):
        case "Circle":
            centre = place(projection.table.get("center"), reading)
            radius = projection.number("radius", at_least=0) * metres
            return ZoneArea(accept_circle(*centre, radius, reading), lower, upper)
        case "Polygon":
            shape = polygon(projection.table.get("coordinates"), reading)
            return ZoneArea(shape.outer, lower, upper, shape.holes)
        case other:
            raise reading.refused(f"a projection of type {safe_text(other, limit=30)!r} isn't Circle or Polygon")


def _limit(facts: Facts, which: str, metres: float) -> Limit | None:
    """None where the file leaves it out: the ground below, unlimited above."""
    key = f"{which}Limit"
    value = facts.table.get(key)
    if value is None:
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    height = Facts({key: value}, facts.where).number(key, at_least=LOWEST_M, at_most=HIGHEST_M)
    return Limit(height * metres, facts.choice(f"{which}VerticalReference", HeightDatum))
