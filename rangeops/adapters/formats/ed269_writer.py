"""Zones written as ED-269, in the standard's shape. What it can't say is refused; what it has no field for is told."""

import math
from collections.abc import Sequence
from typing import Any

from rangeops.adapters.formats.ed269 import REASONS, RESTRICTIONS
from rangeops.adapters.formats.eurocae import FOOT_M, span_document, yes_or_no
from rangeops.adapters.formats.geojson_shapes import point_pair, polygon_pairs
from rangeops.adapters.formats.identifiers import LONGEST_IDENTIFIER
from rangeops.adapters.formats.writing import Writing, Written, json_bytes, no_place
from rangeops.domain.daylight import DaylightEvent
from rangeops.domain.schedules import Applicability
from rangeops.domain.zone_details import Purpose, Wording, ZoneAuthority
from rangeops.domain.zones import Circle, HeightDatum, Limit, Zone, ZoneArea

_WORDS = {restriction: word for word, restriction in RESTRICTIONS.items()}
_EXACT_M = 1e-6


def write_zones(zones: Sequence[Zone], writing: Writing) -> Written:
    """Raises Invalid for a zone that ED-269 can't say."""
    lost: list[str] = []
    document = {"title": writing.title, "features": [_zone(zone, writing, lost) for zone in zones]}
    return Written(json_bytes(document), tuple(lost))


def _zone(zone: Zone, writing: Writing, lost: list[str]) -> dict[str, Any]:
    details = zone.details
    if zone.restriction not in _WORDS:
        raise no_place(zone, f"ED-269 has no {zone.restriction.value} zone", "Export it as ED-318.")
    if len(zone.id) > LONGEST_IDENTIFIER:
        raise no_place(zone, f"ED-269 allows an identifier {LONGEST_IDENTIFIER} characters", "Shorten it.")
    for reason in zone.reasons:
        if reason not in REASONS:
            raise no_place(zone, f"ED-269 has no reason {reason}", "Export it as ED-318.")
    country = details.country or writing.country
    if len(country) != 3:
        raise no_place(zone, "ED-269 wants a country", "Say which, with --country NLD.")
    if details.data_source is not None:
        lost.append(f"zone {zone.id}: its data source")
    if details.extended:
        lost.append(f"zone {zone.id}: its extended properties")
    document = {
        "identifier": zone.id,
        "country": country,
        "name": _first(details.names, zone, "name", lost) or zone.name,
        "type": details.variant.value,
        "restriction": _WORDS[zone.restriction],
        "restrictionConditions": details.restriction_conditions,
        "region": details.region,
        "reason": list(zone.reasons),
        "otherReasonInfo": _first(details.other_reasons, zone, "otherReasonInfo", lost),
        "regulationExemption": yes_or_no(details.regulation_exemption),
        "uSpaceClass": details.u_space_class,
        "message": _first(details.messages, zone, "message", lost) or zone.message,
        "applicability": [_span(span, zone) for span in zone.applicability] or [{"permanent": "YES"}],
        "zoneAuthority": [_authority(each, zone, lost) for each in details.authorities or _ours(writing)],
        "geometry": [_area(area, zone, lost) for area in zone.areas],
    }
    return {key: value for key, value in document.items() if value not in (None, "", [])}


def _first(wordings: Sequence[Wording], zone: Zone, what: str, lost: list[str]) -> str:
    """ED-269 has one text in no stated language."""
    if len(wordings) > 1:
        lost.append(f"zone {zone.id}: {what} in other languages")
    return wordings[0].text if wordings else ""


def _ours(writing: Writing) -> list[ZoneAuthority]:
    return [ZoneAuthority(Purpose.AUTHORIZATION, (Wording(writing.authority),))] if writing.authority else []


def _authority(authority: ZoneAuthority, zone: Zone, lost: list[str]) -> dict[str, Any]:
    document = {
        "name": _first(authority.names, zone, "an authority's name", lost),
        "service": _first(authority.services, zone, "an authority's service", lost),
        "contactName": _first(authority.contacts, zone, "an authority's contact", lost),
        "siteURL": authority.site_url,
        "email": authority.email,
        "phone": authority.phone,
        "purpose": None if authority.purpose is None else authority.purpose.value,
        "intervalBefore": authority.interval_before,
    }
    return {key: value for key, value in document.items() if value}


def _span(span: Applicability, zone: Zone) -> dict[str, Any]:
    if any(isinstance(edge, DaylightEvent) for period in span.schedule for edge in (period.starts, period.ends)):
        raise no_place(zone, "ED-269 has no sunrise or sunset in its schedules", "Export it as ED-318.")
    permanent = span.starts is None and span.ends is None
    return {"permanent": "YES" if permanent else "NO", **span_document(span)}


def _area(area: ZoneArea, zone: Zone, lost: list[str]) -> dict[str, Any]:
    limits = [limit for limit in (area.lower, area.upper) if limit is not None]
    if any(limit.datum is HeightDatum.WGS84 for limit in limits):
        raise no_place(zone, "ED-269 has no ellipsoidal heights", "Export it as ED-318.")
    feet = not all(_is_whole(limit.height_m) for limit in limits) and all(
        _is_whole(limit.height_m / FOOT_M) for limit in limits
    )
    unit_m = FOOT_M if feet else 1.0
    if not all(_is_whole(limit.height_m / unit_m) for limit in limits):
        lost.append(f"zone {zone.id}: fractions of a metre, rounded so that it closes more")
    return {
        "uomDimensions": "FT" if feet else "M",
        **_limit(area.lower, "lower", unit_m, math.floor),
        **_limit(area.upper, "upper", unit_m, math.ceil),
        "horizontalProjection": _projection(area, unit_m),
    }


def _projection(area: ZoneArea, unit_m: float) -> dict[str, Any]:
    outline = area.outline
    if isinstance(outline, Circle):
        centre = point_pair(outline.latitude_deg, outline.longitude_deg)
        return {"type": "Circle", "center": centre, "radius": outline.radius_m / unit_m}
    return {"type": "Polygon", "coordinates": polygon_pairs(outline, area.holes)}


def _is_whole(height: float) -> bool:
    return abs(height - round(height)) < _EXACT_M


def _limit(limit: Limit | None, which: str, unit_m: float, outwards: Any) -> dict[str, Any]:
    """ED-269's limits are whole numbers."""
    if limit is None:
        return {}
    height = limit.height_m / unit_m
    whole = round(height) if _is_whole(height) else outwards(height)
    return {f"{which}Limit": whole, f"{which}VerticalReference": limit.datum.value}
