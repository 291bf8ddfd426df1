"""Zones from ED-318 files: what may be there, what must be there, and what a height counts from."""

import copy
import json
import math
from datetime import UTC, datetime, time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from rangeops import paths
from rangeops.adapters.formats.ed318 import read_zones
from rangeops.adapters.formats.reading import Reading
from rangeops.domain.daylight import DaylightEvent
from rangeops.domain.errors import Invalid
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.terrain import FlatGround
from rangeops.domain.zones import Circle, HeightDatum, Heights, Limit, Restriction

FRAME = SiteFrame(52.275833, 6.889167)
HEIGHTS = Heights(FlatGround(35, error_m=2), geoid_offset_m=43.6)
SQUARE = [[6.88, 52.27], [6.89, 52.27], [6.89, 52.28], [6.88, 52.28], [6.88, 52.27]]
HOLE = [[6.883, 52.273], [6.883, 52.277], [6.887, 52.277], [6.887, 52.273], [6.883, 52.273]]
LAYER = {"lower": 0, "lowerReference": "AGL", "upper": 120, "upperReference": "AGL", "uom": "m"}


def polygon(*rings, layer=LAYER):
    return {"type": "Polygon", "coordinates": list(rings or [SQUARE]), "layer": layer}


def circle(**changes):
    return {
        "type": "Point",
        "coordinates": [6.889167, 52.275833],
        "extent": {"subType": "Circle", "radius": 500},
        "layer": LAYER,
        **changes,
    }


def feature(geometry=None, **properties):
    return {
        "type": "Feature",
        "id": "1",
        "properties": {
            "identifier": "TWENTE1",
            "country": "NLD",
            "name": [{"text": "Range", "lang": "en-GB"}],
            "type": "REQ_AUTHORIZATION",
            "variant": "COMMON",
            "reason": ["AIR_TRAFFIC"],
            "zoneAuthority": [{"purpose": "AUTHORIZATION", "name": [{"text": "Range control", "lang": "en-GB"}]}],
            **properties,
        },
        "geometry": polygon() if geometry is None else geometry,
    }


def collection(*features):
    return {
        "type": "FeatureCollection",
        "metadata": {
            "validFrom": "2026-01-01T00:00:00Z",
            "issued": "2026-01-01T00:00:00Z",
            "provider": [{"text": "Range control", "lang": "en-GB"}],
        },
        "features": list(features),
    }


def read(*features):
    return read_zones(json.dumps(collection(*features)).encode(), Reading("zones.json", FRAME))


def one(*arguments, **properties):
    (zone,) = read(feature(*arguments, **properties))
    return zone


def test_the_minimal_zone_of_the_standard_is_read():
    zone = one(
        circle(), limitedApplicability=[{"schedule": [{"day": ["MON"], "startEvent": "SR", "endTime": "16:00:00Z"}]}]
    )
    assert (zone.id, zone.name, zone.restriction) == ("TWENTE1", "Range", Restriction.REQ_AUTHORIZATION)
    assert zone.areas[0].outline == Circle(52.275833, 6.889167, 500)
    ((span,),) = (zone.applicability,)
    assert (span.schedule[0].starts, span.schedule[0].ends) == (DaylightEvent.SR, time(16))


def test_coordinates_are_longitude_first_and_rings_lose_their_closing_point():
    area = one(polygon(SQUARE, HOLE)).areas[0]
    assert area.outline == ((52.27, 6.88), (52.27, 6.89), (52.28, 6.89), (52.28, 6.88))
    assert len(area.holes) == 1
    assert len(area.holes[0]) == 4


def test_several_geometries_are_a_union():
    zone = one({"type": "GeometryCollection", "geometries": [polygon(), circle()]})
    assert len(zone.areas) == 2


@pytest.mark.parametrize(
    ("layer", "floor", "ceiling"),
    [
        (LAYER, 35 - 2, 35 + 2 + 120),
        ({"lower": 10, "lowerReference": "AMSL", "upper": 100, "upperReference": "AMSL"}, 10, 100),
        ({"lower": 43.6, "lowerReference": "WGS84", "upper": 143.6, "upperReference": "WGS84"}, 0, 100),
        ({"upper": 1000, "upperReference": "AMSL", "uom": "ft"}, -100_000, 304.8),
        ({"lower": 0, "lowerReference": "AGL"}, 33, 100_000),
        ({}, -100_000, 100_000),
        ({"lower": None, "upper": None}, -100_000, 100_000),
    ],
)
def test_every_height_is_brought_to_amsl_by_its_own_datum(layer, floor, ceiling):
    volume = one(polygon(layer=layer)).areas[0].volume(FRAME, HEIGHTS)
    assert (volume.floor_amsl_m, volume.ceiling_amsl_m) == (pytest.approx(floor), pytest.approx(ceiling))


@given(st.floats(-100, 9000), st.sampled_from(HeightDatum))
def test_unsure_ground_closes_more_air_never_less(height, datum):
    limit = Limit(height, datum)
    assert limit.lowest_amsl_m(HEIGHTS, Point(0, 0)) <= limit.highest_amsl_m(HEIGHTS, Point(0, 0))


def test_a_circle_is_drawn_around_itself():
    ring = Circle(52.275833, 6.889167, 500).ring(FRAME)
    points = [FRAME.to_site(*corner) for corner in ring]
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in zip(points, [*points[1:], points[0]], strict=True)]
    assert min(math.hypot(*middle) for middle in middles) == pytest.approx(500, abs=1e-6)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


SCHEDULES = [
    ([], "2026-11-24T10:00", "2026-11-24T11:00", True),
    ([{"startDateTime": "2026-11-24T12:00:00Z"}], "2026-11-24T10:00", "2026-11-24T11:00", False),
    ([{"startDateTime": "2026-11-24T11:00:00Z"}], "2026-11-24T10:00", "2026-11-24T11:00", True),
    ([{"endDateTime": "2026-11-24T09:59:00Z"}], "2026-11-24T10:00", "2026-11-24T11:00", False),
    ([{"schedule": [{"day": ["TUE"], "startTime": "08:00Z", "endTime": "09:00Z"}]}], "2026-11-24T10:00", "2026-11-24T11:00", False),
    ([{"schedule": [{"day": ["TUE"], "startTime": "08:00Z", "endTime": "10:00Z"}]}], "2026-11-24T10:00", "2026-11-24T11:00", True),
    ([{"schedule": [{"day": ["WED"], "startTime": "08:00Z", "endTime": "12:00Z"}]}], "2026-11-24T10:00", "2026-11-24T11:00", False),
    ([{"schedule": [{"day": ["ANY"], "startTime": "08:00Z", "endTime": "12:00Z"}]}], "2026-11-24T10:00", "2026-11-24T11:00", True),
    ([{"schedule": [{"day": ["MON"], "startTime": "22:00Z", "endTime": "02:00Z"}]}], "2026-11-24T01:00", "2026-11-24T01:30", True),
    ([{"schedule": [{"day": ["MON"], "startTime": "22:00Z", "endTime": "02:00Z"}]}], "2026-11-24T03:00", "2026-11-24T04:00", False),
    ([{"schedule": [{"day": ["TUE"], "startEvent": "SR", "endEvent": "SS"}]}], "2026-11-24T03:00", "2026-11-24T04:00", True),
    ([{"schedule": [{"day": ["SUN"], "startTime": "08:00Z", "endTime": "09:00Z"}]}], "2026-11-24T03:00", "2026-12-24T04:00", True),
]  # fmt: skip


@pytest.mark.parametrize(("spans", "starts", "ends", "touches"), SCHEDULES)
def test_a_zone_holds_in_its_hours(spans, starts, ends, touches):
    assert one(limitedApplicability=spans).touches(at(starts), at(ends)) is touches


def broken(change):
    whole = collection(feature())
    change(whole, whole["features"][0])
    return json.dumps(whole).encode()


BAD = {
    "no collection": lambda w, f: w.update(type="Topology"),
    "no features": lambda w, f: w.pop("features"),
    "a feature that is none": lambda w, f: f.update(type="Thing"),
    "no properties": lambda w, f: f.pop("properties"),
    "an unknown property": lambda w, f: f["properties"].update(colour="red"),
    "a long identifier": lambda w, f: f["properties"].update(identifier="TWENTE-1"),
    "a country of two letters": lambda w, f: f["properties"].update(country="NL"),
    "British spelling": lambda w, f: f["properties"].update(type="REQ_AUTHORISATION"),
    "no variant": lambda w, f: f["properties"].pop("variant"),
    "an authority without sense": lambda w, f: f["properties"].update(zoneAuthority=[{"purpose": "FUN"}]),
    "no geometry": lambda w, f: f.update(geometry=None),
    "a geometry of nothing": lambda w, f: f.update(geometry={"type": "GeometryCollection", "geometries": []}),
    "no layer": lambda w, f: f["geometry"].pop("layer"),
    "a height without datum": lambda w, f: f["geometry"].update(layer={"lower": 0, "upper": 120}),
    "a height in quotes": lambda w, f: f["geometry"].update(layer={**LAYER, "lower": "0"}),
    "an unknown datum": lambda w, f: f["geometry"].update(layer={**LAYER, "lowerReference": "SFC"}),
    "an unknown unit": lambda w, f: f["geometry"].update(layer={**LAYER, "uom": "FL"}),
    "upside down": lambda w, f: f["geometry"].update(layer={**LAYER, "lower": 200}),
    "a line": lambda w, f: f["geometry"].update(type="LineString"),
    "an open ring": lambda w, f: f["geometry"].update(coordinates=[SQUARE[:-1]]),
    "a bow tie": lambda w, f: f["geometry"].update(coordinates=[[SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]]),
    "a hole outside": lambda w, f: f["geometry"].update(coordinates=[HOLE, SQUARE]),
    "swapped axes": lambda w, f: f["geometry"].update(coordinates=[[[b, a] for a, b in SQUARE]]),
    "null island": lambda w, f: f["geometry"].update(coordinates=[[[0, 0], [1, 0], [1, 1], [0, 0]]]),
    "four numbers": lambda w, f: f["geometry"].update(coordinates=[[[6.88, 52.27, 1, 2]] * 5]),
    "coordinates of nothing": lambda w, f: f["geometry"].update(coordinates=[]),
    "10,001 vertices": lambda w, f: f["geometry"].update(coordinates=[SQUARE * 2001]),
    "a point without extent": lambda w, f: f.update(geometry={"type": "Point", "coordinates": [6.88, 52.27], "layer": LAYER}),
    "a radius of zero": lambda w, f: f.update(geometry=circle(extent={"subType": "Circle", "radius": 0})),
    "a day that is none": lambda w, f: f["properties"].update(limitedApplicability=[{"schedule": [{"day": ["MAN"]}]}]),
    "a day that is an object": lambda w, f: f["properties"].update(limitedApplicability=[{"schedule": [{"day": [{}]}]}]),
    "local time": lambda w, f: f["properties"].update(
        limitedApplicability=[{"schedule": [{"day": ["MON"], "startTime": "08:00", "endTime": "09:00Z"}]}]
    ),
    "an end before the start": lambda w, f: f["properties"].update(
        limitedApplicability=[{"startDateTime": "2026-01-02T00:00:00Z", "endDateTime": "2026-01-01T00:00:00Z"}]
    ),
    "a date without zone": lambda w, f: f["properties"].update(limitedApplicability=[{"startDateTime": "2026-01-02T00:00:00"}]),
    "a reason that is a number": lambda w, f: f["properties"].update(reason=[1]),
    "one identifier twice": lambda w, f: w["features"].append(copy.deepcopy(f)),
}  # fmt: skip


@pytest.mark.parametrize("defect", BAD)
def test_a_defect_gets_one_sentence(defect):
    with pytest.raises(Invalid) as refused:
        read_zones(broken(BAD[defect]), Reading("zones.json", FRAME))
    assert "zones.json" in refused.value.where
    assert refused.value.do.endswith(".")
    assert "\n" not in str(refused.value)


def test_unbroken_it_is_read():
    assert len(read_zones(broken(lambda w, f: None), Reading("zones.json", FRAME))) == 1


@pytest.mark.parametrize("file", sorted(paths.shipped("geofences").glob("*/zones.json")), ids=lambda f: f.parent.name)
def test_the_shipped_zones_keep_the_right_hand_rule_and_say_that_they_are_synthetic(file):
    document = json.loads(file.read_bytes())
    for entry in document["features"]:
        assert "synthetic" in entry["properties"]["name"][0]["text"]
        if entry["geometry"]["type"] == "Polygon":
            ring = entry["geometry"]["coordinates"][0]
            area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
            assert area > 0, entry["properties"]["identifier"]
