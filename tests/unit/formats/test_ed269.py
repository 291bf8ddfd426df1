"""ED-269 in its two published shapes and with the habits of national files; what would be a guess is refused."""

import copy
import json
from datetime import UTC, datetime, time

import pytest

from rangeops.adapters.formats.writing import Writing
from rangeops.adapters.formats.zone_files import read_zones, write_zones
from rangeops.domain.errors import Invalid
from rangeops.domain.schedules import Applicability, DailyPeriod
from rangeops.domain.zone_details import Purpose
from rangeops.domain.zones import Circle, HeightDatum, Limit, Restriction
from tests.support.zone_strategies import FRAME

WRITING = Writing(country="NLD", authority="Range control")
CIRCLE = {"type": "Circle", "center": [6.889167, 52.275833], "radius": 500}
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[6.88, 52.27], [6.89, 52.27], [6.89, 52.28], [6.88, 52.28], [6.88, 52.27]]],
}


def area(**changes):
    return {
        "uomDimensions": "M",
        "lowerLimit": 0,
        "lowerVerticalReference": "AGL",
        "upperLimit": 120,
        "upperVerticalReference": "AGL",
        "horizontalProjection": CIRCLE,
        **changes,
    }


def zone(**changes):
    return {
        "identifier": "TWENTE1",
        "country": "NLD",
        "type": "COMMON",
        "restriction": "REQ_AUTHORISATION",
        "applicability": [{"permanent": "YES"}],
        "zoneAuthority": [{"name": "Range control", "purpose": "AUTHORIZATION"}],
        "geometry": [area()],
        **changes,
    }


def read(*zones, shape=None):
    document = {"features": list(zones)} if shape is None else shape(list(zones))
    return read_zones("a.json", json.dumps(document).encode(), frame=FRAME, as_format="ed269")


def one(**changes):
    found = read(zone(**changes))
    assert not found.broken, found.broken
    (only,) = found.zones
    return only


def refusal(**changes):
    found = read(zone(**changes))
    assert not found.zones
    (sentence,) = found.broken
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    "shape",
    [
        None,
        lambda zones: {"title": "t", "description": "d", "features": zones},
        lambda zones: {"formatVersion": "1.0.0", "createdAt": "2026-01-01T00:00:00Z", "UASZoneList": zones},
    ],
)
def test_both_published_shapes_are_read(shape):
    (found,) = read(zone(), shape=shape).zones
    document = {"features": [zone()]} if shape is None else shape([zone()])
    assert read_zones("a.json", json.dumps(document).encode(), frame=FRAME).zones == (found,)
    assert (found.id, found.restriction, found.applicability) == ("TWENTE1", Restriction.REQ_AUTHORIZATION, ())
    (only,) = found.areas
    assert only.outline == Circle(52.275833, 6.889167, 500)
    assert (only.lower, only.upper) == (Limit(0, HeightDatum.AGL), Limit(120, HeightDatum.AGL))
    assert found.details.authorities[0].purpose is Purpose.AUTHORIZATION


def test_the_habits_of_national_files_are_taken():
    found = one(
        name=None,
        reason=None,
        message="two\nlines",
        region=None,
        regulationExemption=None,
        uSpaceClass=["SPECIFIC", "CERTIFIED"],
        restrictionConditions=["a", "b"],
        zoneAuthority={"name": "Range control", "email": None},
        applicability={
            "permanent": "YES",
            "startDateTime": "2020-01-01T00:00:00Z",
            "endDateTime": None,
            "schedule": [{"day": "MON", "startTime": "12:00:00+00:00", "endTime": "18:00Z"}],
        },
        geometry=[area(lowerLimit="0", upperLimit="393.7", uomDimensions="FT", horizontalProjection=SQUARE)],
    )
    assert found.name == "TWENTE1"
    assert found.message == "two lines"
    assert (found.details.u_space_class, found.details.restriction_conditions) == ("SPECIFIC; CERTIFIED", "a; b")
    assert found.applicability == (Applicability(None, None, (DailyPeriod(frozenset([0]), time(12), time(18)),)),)
    assert found.areas[0].upper.height_m == pytest.approx(120, abs=0.01)


def test_a_limit_that_is_missing_is_the_ground_or_unlimited():
    only = one(geometry=[area(lowerLimit=None, upperLimit=None)]).areas[0]
    assert (only.lower, only.upper) == (None, None)


def test_entries_are_a_union_so_one_that_is_permanent_makes_it_always():
    dated = {"permanent": "NO", "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2026-02-01T00:00:00Z"}
    assert one(applicability=[dated, {"permanent": "YES"}]).applicability == ()
    (span,) = one(applicability=[dated]).applicability
    assert (span.starts, span.ends) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


def test_daily_period_is_another_word_for_schedule_and_an_empty_day_list_for_none():
    (span,) = one(
        applicability=[{"permanent": "YES", "dailyPeriod": [{"day": ["ANY"], "startTime": "08:00Z"}]}]
    ).applicability
    assert span.schedule == (DailyPeriod(frozenset(range(7)), time(8), None),)
    assert one(applicability=[{"permanent": "YES", "schedule": [{"day": []}]}]).applicability == ()


def test_a_long_identifier_is_told_and_taken():
    found = read(zone(identifier="CH-GT9990"))
    assert (found.zones[0].id, len(found.notes)) == ("CH-GT9990", 1)


REFUSED = {
    "no restriction": {"restriction": None},
    "American spelling": {"restriction": "REQ_AUTHORIZATION"},
    "no country": {"country": None},
    "two letters": {"country": "NL"},
    "no type": {"type": None},
    "an unknown reason": {"reason": ["DAR"]},
    "no applicability": {"applicability": []},
    "neither permanent nor dated": {"applicability": [{"permanent": "NO"}]},
    "times without a day": {"applicability": [{"permanent": "YES", "schedule": [{"day": [], "startTime": "08:00Z"}]}]},
    "local time": {"applicability": [{"permanent": "YES", "schedule": [{"day": ["MON"], "startTime": "08:00"}]}]},
    "another zone's time": {
        "applicability": [{"permanent": "YES", "schedule": [{"day": ["MON"], "startTime": "08:00+01:00"}]}]
    },
    "an end before the start": {
        "applicability": [{"startDateTime": "2026-02-01T00:00:00Z", "endDateTime": "2026-01-01T00:00:00Z"}]
    },
    "a strange permanence": {"applicability": [{"permanent": "MAYBE"}]},
    "no geometry": {"geometry": []},
    "no unit": {"geometry": [area(uomDimensions=None)]},
    "flight levels": {"geometry": [area(uomDimensions="FL")]},
    "no datum": {"geometry": [area(upperVerticalReference=None)]},
    "an unknown datum": {"geometry": [area(upperVerticalReference="SFC")]},
    "upside down": {"geometry": [area(lowerLimit=200)]},
    "no air": {"geometry": [area(upperLimit=0)]},
    "a limit in words": {"geometry": [area(upperLimit="GND")]},
    "a circle without radius": {"geometry": [area(horizontalProjection={**CIRCLE, "radius": None})]},
    "swapped axes": {"geometry": [area(horizontalProjection={**CIRCLE, "center": [52.275833, 6.889167]})]},
    "a square": {"geometry": [area(horizontalProjection={"type": "Square"})]},
    "an open ring": {
        "geometry": [area(horizontalProjection={"type": "Polygon", "coordinates": [SQUARE["coordinates"][0][:-1]]})]
    },
    "a name that is a number": {"name": 7},
    "an authority's strange purpose": {"zoneAuthority": [{"purpose": "FUN"}]},
}


@pytest.mark.parametrize("defect", REFUSED)
def test_what_would_be_a_guess_is_refused(defect):
    assert "TWENTE1" in refusal(**copy.deepcopy(REFUSED[defect]))


def test_swapped_axes_are_called_so():
    assert "swapped" in refusal(**REFUSED["swapped axes"])


def test_one_identifier_twice_and_no_zones_at_all():
    found = read(zone(), zone())
    assert (len(found.zones), len(found.broken)) == (1, 1)
    with pytest.raises(Invalid, match="neither features nor"):
        read_zones("a.json", b'{"zones": []}', frame=FRAME, as_format="ed269")


def test_feet_stay_feet_and_fractions_close_more():
    feet = one(geometry=[area(uomDimensions="FT", upperLimit=400, horizontalProjection={**CIRCLE, "radius": 1000})])
    (written,) = json.loads(write_zones([feet], "ed269", WRITING).content)["features"][0]["geometry"]
    assert (written["uomDimensions"], written["upperLimit"]) == ("FT", 400)
    assert written["horizontalProjection"]["radius"] == pytest.approx(1000)
    half = one(geometry=[area(lowerLimit=10.5, upperLimit=120.5)])
    told = write_zones([half], "ed269", WRITING)
    (written,) = json.loads(told.content)["features"][0]["geometry"]
    assert (written["lowerLimit"], written["upperLimit"], len(told.lost)) == (10, 121, 1)
