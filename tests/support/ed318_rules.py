"""The rules of the published ED-318 JSON schemas (May 2025), written out, and the standard's own that they forget."""

import re
from datetime import datetime, time
from itertools import pairwise

WEEKDAYS = {"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN", "ANY"}
EVENTS = {"BMCT", "SR", "SS", "EECT"}
TYPES = {"USPACE", "PROHIBITED", "REQ_AUTHORIZATION", "CONDITIONAL", "NO_RESTRICTION"}
REASONS = {
    "AIR_TRAFFIC",
    "SENSITIVE",
    "PRIVACY",
    "POPULATION",
    "NATURE",
    "NOISE",
    "EMERGENCY",
    "DAR",
    "OTHER",
}
PROPERTIES = {
    "identifier",
    "country",
    "name",
    "type",
    "variant",
    "restrictionConditions",
    "region",
    "reason",
    "otherReasonInfo",
    "regulationExemption",
    "message",
    "zoneAuthority",
    "limitedApplicability",
    "dataSource",
    "extendedProperties",
}


def require_collection(document):
    assert document["type"] == "FeatureCollection"
    assert len(document.get("name", "")) <= 200
    require_metadata(document.get("metadata", {}))
    for feature in document["features"]:
        assert feature["type"] == "Feature"
        assert isinstance(feature["id"], str | int | float)
        require_properties(feature["properties"])
        require_geometry(feature["geometry"])
    identifiers = [feature["properties"]["identifier"] for feature in document["features"]]
    assert len(set(identifiers)) == len(identifiers)


def require_metadata(metadata):
    assert metadata.keys() <= {
        "validFrom",
        "validTo",
        "issued",
        "provider",
        "description",
        "otherGeoid",
        "technicalLimitations",
    }
    for key in metadata.keys() & {"validFrom", "validTo", "issued"}:
        require_moment(metadata[key])
    for key in metadata.keys() & {"provider", "description", "technicalLimitations"}:
        require_texts(metadata[key])


def require_properties(properties):
    assert properties.keys() <= PROPERTIES
    assert properties.keys() >= {"identifier", "country", "type", "variant", "zoneAuthority"}
    assert 1 <= len(properties["identifier"]) <= 7
    assert re.fullmatch("[A-Za-z]{3}", properties["country"])
    assert properties["type"] in TYPES
    assert properties["variant"] in {"COMMON", "CUSTOMIZED"}
    assert isinstance(properties.get("restrictionConditions", ""), str)
    assert type(properties.get("region", 0)) is int
    assert len(properties.get("reason", [])) <= 9
    assert set(properties.get("reason", [])) <= REASONS
    assert properties.get("regulationExemption", "NO") in {"YES", "NO"}
    for key in properties.keys() & {"name", "otherReasonInfo", "message"}:
        require_texts(properties[key])
    assert properties["zoneAuthority"]
    for authority in properties["zoneAuthority"]:
        require_authority(authority)
    for span in properties.get("limitedApplicability", []):
        require_span(span)
    assert isinstance(properties.get("extendedProperties", {}), dict)
    source = properties.get("dataSource", {})
    assert source.keys() <= {"creationDate", "updateDateTime", "originator"}
    if "originator" in source:
        require_texts([source["originator"]])


def require_authority(authority):
    assert authority["purpose"] in {"AUTHORIZATION", "NOTIFICATION", "INFORMATION"}
    for key in authority.keys() & {"name", "service", "contactName"}:
        require_texts(authority[key])
    for key in authority.keys() & {"siteURL", "email", "phone", "intervalBefore"}:
        assert isinstance(authority[key], str)
    assert len(authority.get("phone", "")) <= 200


def require_texts(texts):
    assert texts  # the schema's minItems stands on the wrong level
    for text in texts:
        assert text.keys() <= {"text", "lang"}
        assert len(text["text"]) <= 200
        assert 1 <= len(text["lang"]) <= 5


def require_span(span):
    assert span.keys() <= {"startDateTime", "endDateTime", "schedule"}
    for key in span.keys() & {"startDateTime", "endDateTime"}:
        require_moment(span[key])
    for period in span.get("schedule", []):
        assert period.keys() <= {"day", "startTime", "startEvent", "endTime", "endEvent"}
        assert period["day"]
        assert set(period["day"]) <= WEEKDAYS
        for which in ("start", "end"):
            assert not {f"{which}Time", f"{which}Event"} <= period.keys()
            assert period.get(f"{which}Event", "SR") in EVENTS
            if f"{which}Time" in period:
                assert time.fromisoformat(period[f"{which}Time"]).tzinfo is not None


def require_moment(text):
    assert datetime.fromisoformat(text).tzinfo is not None
    assert text.endswith("Z")


def require_geometry(geometry):
    if geometry["type"] == "GeometryCollection":
        assert geometry["geometries"]
        for part in geometry["geometries"]:
            assert part["type"] != "GeometryCollection"
            require_geometry(part)
        return
    require_layer(geometry["layer"])
    if geometry["type"] == "Point":
        assert geometry["extent"]["subType"] == "Circle"
        assert geometry["extent"]["radius"] > 0
        assert len(geometry["coordinates"]) == 2
        return
    assert geometry["type"] == "Polygon"
    for number, ring in enumerate(geometry["coordinates"]):
        assert len(ring) >= 4
        assert ring[0] == ring[-1]
        doubled = sum(
            a[0] * b[1] - b[0] * a[1] for a, b in pairwise([[x - ring[0][0], y - ring[0][1]] for x, y in ring])
        )
        assert (doubled > 0) is (number == 0)  # the right-hand rule


def require_layer(layer):
    assert layer.keys() <= {"upper", "upperReference", "lower", "lowerReference", "uom"}
    assert layer["uom"] in {"m", "ft"}
    for which in ("upper", "lower"):
        assert (which in layer) is (f"{which}Reference" in layer)
        assert layer.get(f"{which}Reference", "AGL") in {"AGL", "AMSL", "WGS84"}
