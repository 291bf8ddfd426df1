"""A NOTAM's draft tells of all the air that a slot may use, and no text from outside can end or forge a field."""

import math
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import Invalid, Refused
from rangeops.domain.facts import Facts
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.notam import Circle, NotamFacts, circle_of, notam_text, telegraph
from rangeops.domain.notices import NoticeRules, notices_from

RULES = NoticeRules("EHAA", "EHTW")
MILE_M, FOOT_M = 1852.0, 0.3048
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class Quad:
    name = "Survey quad"
    vehicle_class = VehicleClass.COPTER
    mtom_kg = 4.96


class Rover(Quad):
    name = "Utility rover"
    vehicle_class = VehicleClass.ROVER


def facts(**changes):
    made = {
        "slot": "S12",
        "company": "ACME",
        "contact": "+31 53 123",
        "place": "Twente NORTH",
        "airframe": Quad(),
        "circle": Circle(52.281444, 6.891449, 449.0),
        "floor_amsl_m": None,
        "ceiling_amsl_m": 144.7,
        "starts": START,
        "ends": START + timedelta(minutes=45),
    }
    return NotamFacts(**(made | changes))


def test_the_fields_are_those_of_annex_15():
    assert notam_text(facts(), RULES) == (
        "Q) EHAA/QWULW/IV/BO/W/000/005/5217N00653E001\n"
        "A) EHTW B) 2611241000 C) 2611241045\n"
        "E) UNMANNED ACFT (MULTIROTOR, MTOM 5.0KG) WILL TAKE PLACE WI 0.3NM RADIUS OF 521653N0065329E (TWENTE NORTH). "
        "OPR ACME. CTC +31 53 123.\n"
        "F) SFC G) 480FT AMSL"
    )


def test_south_and_west_are_named():
    text = notam_text(facts(circle=Circle(-33.5, -70.25, 100.0)), RULES)
    assert "333000S0701500W" in text
    assert "3330S07015W001" in text


def test_what_begins_above_the_ground_has_a_lower_limit():
    text = notam_text(facts(floor_amsl_m=100.0), RULES)
    assert "F) 320FT AMSL G) 480FT AMSL" in text
    assert "/003/005/" in text


def test_an_end_within_a_minute_is_the_next_whole_one():
    text = notam_text(
        facts(starts=START + timedelta(seconds=59), ends=START + timedelta(minutes=45, microseconds=1)), RULES
    )
    assert "B) 2611241000 C) 2611241046" in text


def test_what_stays_on_the_ground_has_no_notam():
    with pytest.raises(Refused, match="doesn't fly"):
        notam_text(facts(airframe=Rover()), RULES)


def test_without_a_fir_there_is_none_to_draft():
    with pytest.raises(Refused, match="names no FIR"):
        notam_text(facts(), NoticeRules())


def _angle(text, digits, *, seconds):
    degrees, rest = int(text[:digits]), text[digits:-1]
    value = degrees + int(rest[:2]) / 60 + (int(rest[2:4]) / 3600 if seconds else 0)
    return -value if text[-1] in "SW" else value


@given(
    latitude=st.floats(-60, 60),
    longitude=st.floats(-179, 179),
    points=st.lists(st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)), min_size=3, max_size=12),
    floor=st.floats(0, 100),
    band=st.floats(1, 3000),
)
def test_every_point_lies_in_both_circles_as_they_are_written(latitude, longitude, points, floor, band):
    core = MultiPolygon([Polygon(points).convex_hull.buffer(5)])
    frame = SiteFrame(latitude, longitude)
    text = notam_text(facts(circle=circle_of(core, frame), floor_amsl_m=floor, ceiling_amsl_m=floor + band), RULES)
    wide = re.search(r"/(\d{4}[NS])(\d{5}[EW])(\d{3})$", text, re.MULTILINE)
    fine = re.search(r"WI ([\d.]+)NM RADIUS OF (\d{6}[NS])(\d{7}[EW])", text)
    circles = (
        (_angle(wide[1], 2, seconds=False), _angle(wide[2], 3, seconds=False), int(wide[3])),
        (_angle(fine[2], 2, seconds=True), _angle(fine[3], 3, seconds=True), float(fine[1])),
    )
    for centre_latitude, centre_longitude, radius_nm in circles:
        centre = frame.to_site(centre_latitude, centre_longitude)
        for part in core.geoms:
            for point in part.exterior.coords:
                assert math.dist(centre, point) <= radius_nm * MILE_M
    limits = re.search(r"F\) (\d+)FT AMSL G\) (\d+)FT AMSL", text)
    assert int(limits[1]) * FOOT_M <= floor
    assert int(limits[2]) * FOOT_M >= floor + band - 1e-9


@given(st.text(max_size=80))
def test_a_text_from_outside_stays_in_its_field(text):
    written = notam_text(facts(company=text, contact=text, place=text), RULES)
    assert len(written.split("\n")) == 4
    assert re.fullmatch(r"[A-Z0-9 .,'()/+=:?\n-]*", written)
    assert written.count(")") == notam_text(facts(), RULES).count(")"), "nothing that ends it, no field of its own"


def test_letters_lose_their_marks():
    assert telegraph("Müller & Søn (Ålborg)") == "MULLER SON ALBORG"
    assert telegraph("漢字") == "NIL"


@pytest.mark.parametrize(
    "table",
    [
        {"fir": "EHA", "location": "EHTW"},
        {"fir": "EHAA"},
        {"fir": "EHAA", "location": "EHTW", "mail": "x"},
        {"fir": "EHAA", "location": "EHTW", "recipient": [{"name": "a", "role": "b", "address": "no address"}]},
        {"fir": "EHAA", "location": "EHTW", "recipient": [{"name": "a", "role": "b", "address": "a@b.c, d@e.f"}]},
    ],
)
def test_notices_that_can_not_be_are_refused(table):
    with pytest.raises(Invalid):
        notices_from(Facts(table, "range.toml [notices]"))
