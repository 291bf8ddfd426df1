"""Zones written as ED-318: valid by its JSON schema of May 2025 and by what the schema forgets (limits of length)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from rangeops.adapters.formats.ed318 import REASONS, SHORT_TEXT, extended_document
from rangeops.adapters.formats.eurocae import moment_text, span_document, yes_or_no
from rangeops.adapters.formats.geojson_shapes import point_pair, polygon_pairs
from rangeops.adapters.formats.identifiers import LONGEST_IDENTIFIER, short_identifier
from rangeops.adapters.formats.writing import Writing, Written, json_bytes, no_place
from rangeops.domain.zone_details import Purpose, Wording, ZoneAuthority
from rangeops.domain.zones import Circle, Limit, Zone, ZoneArea


def write_zones(zones: Sequence[Zone], writing: Writing) -> Written:
    """Raises Invalid for a zone that ED-318 can't say."""
    lost: list[str] = []
    if writing.shorten:
        zones = _shortened(zones, lost)
    metadata: dict[str, Any] = {}
    if writing.issued is not None:
        metadata |= {"validFrom": moment_text(writing.issued), "issued": moment_text(writing.issued)}
    if writing.authority:
        metadata["provider"] = [{"text": writing.authority[:SHORT_TEXT], "lang": writing.language}]
    if writing.description:
        metadata["description"] = [{"text": writing.description[:SHORT_TEXT], "lang": writing.language}]
    document = {
        "type": "FeatureCollection",
        "name": writing.title[:SHORT_TEXT],
        "metadata": metadata,
        "features": [
            {
                "type": "Feature",
                "id": str(number),
                "properties": _properties(zone, writing, lost),
                "geometry": _geometry(zone.areas),
            }
            for number, zone in enumerate(zones, start=1)
        ],
    }
    return Written(json_bytes(document), tuple(lost))


def _shortened(zones: Sequence[Zone], lost: list[str]) -> list[Zone]:
    """The same, none with an identifier that is too long; the source's own is kept among the extended properties."""
    taken = {zone.id for zone in zones}
    shortened: list[Zone] = []
    for zone in zones:
        if len(zone.id) <= LONGEST_IDENTIFIER:
            shortened.append(zone)
            continue
        identifier = short_identifier(zone.id, taken)
        taken.add(identifier)
        lost.append(f"zone {zone.id}: its identifier, which becomes {identifier}")
        extended = {**extended_document(zone.details.extended or "{}"), "sourceIdentifier": zone.id}
        details = replace(zone.details, extended=json.dumps(extended, sort_keys=True))
        shortened.append(replace(zone, id=identifier, details=details))
    return shortened


def _properties(zone: Zone, writing: Writing, lost: list[str]) -> dict[str, Any]:
    details = zone.details
    if len(zone.id) > LONGEST_IDENTIFIER:
        raise no_place(zone, f"ED-318 allows an identifier {LONGEST_IDENTIFIER} characters", "Shorten it.")
    country = details.country or writing.country
    if len(country) != 3:
        raise no_place(zone, "ED-318 wants a country", "Say which, with --country NLD.")
    for reason in zone.reasons:
        if reason not in REASONS:
            raise no_place(zone, f"ED-318 has no reason {reason}", "Replace it by one of ED-318's.")
    if details.u_space_class:
        lost.append(f"zone {zone.id}: uSpaceClass {details.u_space_class}")
    properties: dict[str, Any] = {
        "identifier": zone.id,
        "country": country,
        "name": _texts(details.names or [Wording(zone.name)], writing, zone, lost),
        "type": zone.restriction.value,
        "variant": details.variant.value,
        "restrictionConditions": details.restriction_conditions,
        "region": details.region,
        "reason": list(zone.reasons),
        "otherReasonInfo": _texts(details.other_reasons, writing, zone, lost),
        "regulationExemption": yes_or_no(details.regulation_exemption),
        "message": _texts(details.messages or _said(zone.message), writing, zone, lost),
        "zoneAuthority": [
            _authority(each, writing, zone, lost) for each in details.authorities or _ours(zone, writing)
        ],
        "limitedApplicability": [span_document(span) for span in zone.applicability],
        "dataSource": _data_source(zone, writing, lost),
        "extendedProperties": extended_document(details.extended) if details.extended else None,
    }
    return {key: value for key, value in properties.items() if value not in (None, "", [])}


def _said(text: str) -> list[Wording]:
    return [Wording(text)] if text else []


def _ours(zone: Zone, writing: Writing) -> list[ZoneAuthority]:
    if not writing.authority:
        raise no_place(zone, "ED-318 wants a zone's authority", 'Say whose it is, with --authority "Range control".')
    return [ZoneAuthority(Purpose.AUTHORIZATION, (Wording(writing.authority),))]


def _authority(authority: ZoneAuthority, writing: Writing, zone: Zone, lost: list[str]) -> dict[str, Any]:
    document = {
        "name": _texts(authority.names, writing, zone, lost),
        "service": _texts(authority.services, writing, zone, lost),
        "contactName": _texts(authority.contacts, writing, zone, lost),
        "siteURL": authority.site_url,
        "email": authority.email,
        "phone": authority.phone,
        "purpose": (authority.purpose or Purpose.INFORMATION).value,
        "intervalBefore": authority.interval_before,
    }
    return {key: value for key, value in document.items() if value not in ("", [])}


def _data_source(zone: Zone, writing: Writing, lost: list[str]) -> dict[str, Any] | None:
    source = zone.details.data_source
    if source is None:
        return None
    originator = None if source.originator is None else _texts([source.originator], writing, zone, lost)[0]
    document = {"creationDate": source.created, "updateDateTime": source.updated, "originator": originator}
    return {key: value for key, value in document.items() if value}


def _texts(wordings: Iterable[Wording], writing: Writing, zone: Zone, lost: list[str]) -> list[dict[str, str]]:
    """ED-318's short texts: what is longer is cut, and told."""
    documents = []
    for wording in wordings:
        text = wording.text
        if len(text) > SHORT_TEXT:
            lost.append(f"zone {zone.id}: what a text has beyond {SHORT_TEXT} characters")
            text = text[: SHORT_TEXT - 1] + "…"
        documents.append({"text": text, "lang": wording.language or writing.language})
    return documents


def _geometry(areas: tuple[ZoneArea, ...]) -> dict[str, Any]:
    parts = [_part(area) for area in areas]
    return parts[0] if len(parts) == 1 else {"type": "GeometryCollection", "geometries": parts}


def _part(area: ZoneArea) -> dict[str, Any]:
    layer = {**_limit(area.lower, "lower"), **_limit(area.upper, "upper"), "uom": "m"}
    outline = area.outline
    if isinstance(outline, Circle):
        return {
            "type": "Point",
            "coordinates": point_pair(outline.latitude_deg, outline.longitude_deg),
            "extent": {"subType": "Circle", "radius": outline.radius_m},
            "layer": layer,
        }
    return {"type": "Polygon", "coordinates": polygon_pairs(outline, area.holes), "layer": layer}


def _limit(limit: Limit | None, key: str) -> dict[str, Any]:
    return {} if limit is None else {key: limit.height_m, f"{key}Reference": limit.datum.value}
