"""ED-318 as we write it: valid by the published schemas' rules, whatever the zone; and what it can't say is told."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from rangeops import paths
from rangeops.adapters.formats.reading import Reading
from rangeops.adapters.formats.table import FORMATS
from rangeops.adapters.formats.writing import Writing
from rangeops.adapters.formats.zone_files import read_zones, write_zones
from rangeops.domain.errors import Invalid
from rangeops.domain.zone_details import Wording, ZoneDetails
from rangeops.domain.zones import Circle, Restriction, Zone, ZoneArea
from tests.support.ed318_rules import require_collection
from tests.support.zone_strategies import FRAME, details, several, zones

WRITING = Writing(
    title="Zones", country="NLD", authority="Range control", issued=datetime(2026, 11, 24, 12, tzinfo=UTC)
)
PLAIN = Zone("A", "A", Restriction.PROHIBITED, (ZoneArea(Circle(52.27, 6.88, 100.0), None, None),))


@settings(max_examples=30)
@given(several(zones(details=details())))
def test_what_is_written_is_valid(drawn):
    require_collection(json.loads(write_zones(drawn, "ed318", WRITING).content))


@settings(max_examples=30)
@given(several(zones()))
def test_a_zone_without_words_gets_the_country_and_authority_that_were_given(drawn):
    require_collection(json.loads(write_zones(drawn, "ed318", WRITING).content))


@pytest.mark.parametrize("file", sorted(paths.shipped("geofences").glob("*/zones.json")), ids=lambda f: f.parent.name)
def test_the_shipped_zones_are_valid_before_and_after(file):
    document = json.loads(file.read_bytes())
    require_collection({**document, "name": document["title"]})
    read = read_zones(file.name, file.read_bytes(), frame=None).zones
    written = write_zones(read, "ed318", WRITING)
    require_collection(json.loads(written.content))
    (ed318,) = (each for each in FORMATS if each.name == "ed318")
    assert ed318.zones_from(written.content, Reading("again")) == read


@pytest.mark.parametrize(
    ("zone", "writing", "what"),
    [
        (replace(PLAIN, id="LONGER-1"), WRITING, "identifier"),
        (PLAIN, replace(WRITING, country=""), "country"),
        (PLAIN, replace(WRITING, authority=""), "authority"),
        (replace(PLAIN, reasons=("FOREIGN_TERRITORY",)), WRITING, "FOREIGN_TERRITORY"),
    ],
)
def test_what_ed318_cannot_say_is_refused(zone, writing, what):
    with pytest.raises(Invalid, match=what):
        write_zones([zone], "ed318", writing)


def test_a_long_text_is_cut_and_told():
    zone = replace(PLAIN, details=ZoneDetails(messages=(Wording("x" * 300, "en-GB"),), u_space_class="A"))
    written = write_zones([zone], "ed318", WRITING)
    require_collection(json.loads(written.content))
    assert any("200 characters" in line for line in written.lost)
    assert any("uSpaceClass" in line for line in written.lost)


def test_a_published_file_that_writes_one_text_for_a_list_is_taken_and_told():
    properties = {
        "identifier": "U901",
        "country": "IRL",
        "name": "Example",
        "type": "PROHIBITED",
        "variant": "COMMON",
        "reason": "AIR_TRAFFIC",
        "message": None,
        "zoneAuthority": [],
    }
    authority = {"name": "Tower", "purpose": None, "email": {"text": "tower@range.example", "lang": "en-GB"}}
    geometry = {
        "type": "Point",
        "coordinates": [6.88, 52.27],
        "extent": {"subType": "Circle", "radius": 100},
        "layer": {"upper": 2500, "upperReference": "AMSL", "uom": "ft"},
    }
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    read = read_zones("a.json", content, frame=FRAME)
    (zone,) = read.zones
    assert (zone.name, zone.reasons) == ("Example", ("AIR_TRAFFIC",))
    assert zone.areas[0].upper.height_m == pytest.approx(762)
    assert len(read.notes) == 3
    properties["zoneAuthority"] = [authority]
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    (told,) = read_zones("a.json", content, frame=FRAME).zones[0].details.authorities
    assert (told.names, told.purpose, told.email) == ((Wording("Tower"),), None, "tower@range.example")


def test_a_layer_of_a_collection_is_its_parts():
    geometry = {
        "type": "GeometryCollection",
        "layer": {"upper": 120, "upperReference": "AGL"},
        "geometries": [
            {"type": "Point", "coordinates": [6.88, 52.27], "extent": {"subType": "Circle", "radius": 100}},
            {
                "type": "MultiPolygon",
                "coordinates": [[[[6.88, 52.27], [6.89, 52.27], [6.89, 52.28], [6.88, 52.27]]]],
                "layer": {"upper": 60, "upperReference": "AGL"},
            },
        ],
    }
    properties = {
        "identifier": "A",
        "country": "NLD",
        "type": "PROHIBITED",
        "variant": "COMMON",
        "zoneAuthority": [{"purpose": "INFORMATION"}],
    }
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    (zone,) = read_zones("a.json", content, frame=FRAME).zones
    assert [area.upper.height_m for area in zone.areas] == [120, 60]


def test_an_identifier_that_is_too_long_gets_a_shorter_one_of_its_own_where_that_is_asked():
    drawn = [replace(PLAIN, id=identifier) for identifier in ("CH-GT9990", "CH-GT9991", "CHGT999", "A")]
    written = write_zones(drawn, "ed318", replace(WRITING, shorten=True))
    document = json.loads(written.content)
    require_collection(document)
    properties = [feature["properties"] for feature in document["features"]]
    assert [each["identifier"] for each in properties] == ["CHGT991", "CHGT992", "CHGT999", "A"]
    assert properties[0]["extendedProperties"] == {"sourceIdentifier": "CH-GT9990"}
    assert len(written.lost) == 2
