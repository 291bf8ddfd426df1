"""What an RTL would cross."""

from dataclasses import replace

import pytest
from flights import L_SHAPE, SURVEY, TWENTE, place
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.telemetry import HomePosition, PositionReport
from rangeops.domain.volumes import Volume, operational_volumes
from rangeops.domain.way_home import WayHome, path_crosses

VOLUMES = operational_volumes(L_SHAPE.flight_geography, SURVEY, TWENTE.frame, TWENTE.assumptions)
KEEP_IN = {"flight geography": VOLUMES.flight_geography, "contingency volume": VOLUMES.contingency}
TOWER = Volume(tuple(place(u, v) for u, v in [(290, -410), (310, -410), (310, -390), (290, -390)]), 0.0, 85.0)


def report(u, v, altitude=75.0):
    return PositionReport(0.0, 0, *place(u, v), altitude, altitude - 35.0, 0.0, 0.0, 0.0, None)


def home(u, v):
    return HomePosition(0.0, *place(u, v), 35.0)


def crossed(start, end, *, rtl=40.0, keep_in=KEEP_IN, keep_out=None):
    return path_crosses(
        start, end, rtl_altitude_m=rtl, keep_in=keep_in, keep_out=(keep_out or {}).items(), frame=TWENTE.frame
    )


@pytest.mark.parametrize(
    ("start", "end", "names"),
    [
        (report(300, -300), home(300, -500), ()),
        (report(700, -500), home(300, -500), ()),
        (report(480, -425), home(440, -400), ("flight geography",)),  # over the corner, within the contingency
        (report(840, -425), home(300, -235), ("flight geography", "contingency volume")),
        (report(300, -590), home(300, -500), ()),  # outside, and on its way in
        (report(300, -700), home(300, -500), ()),
        (report(300, -500), home(300, -590), ("flight geography",)),  # home is outside
        (report(300, -590), home(400, -590), ("flight geography",)),  # never gets in
        (report(300, -500), home(300, -500), ()),
        (report(300, -500, 124), home(300, -400), ()),
        (report(300, -500, 126), home(300, -400), ("flight geography",)),  # RTL doesn't come down on the way
    ],
)
def test_it_may_come_in_but_not_go_out(start, end, names):
    assert crossed(start, end) == names


def test_outside_across_the_volume_and_out_again_is_crossing():
    assert crossed(report(100, -500), home(900, -500)) == ("flight geography",)


def test_the_rtl_altitude_counts_where_it_is_above_the_vehicle():
    assert crossed(report(300, -500), home(300, -400), rtl=91.0) == ("flight geography",)
    assert crossed(report(300, -500), home(300, -400), rtl=90.0) == ()


@pytest.mark.parametrize(
    ("start", "names"),
    [
        (report(300, -500, 75), ("tower",)),
        (report(350, -500, 75), ()),
        (report(300, -500, 90), ()),  # over it
        (report(300, -400, 90), ()),
        (report(300, -400, 70), ("tower",)),
        (report(305, -405, 40), ("tower",)),
    ],
)
def test_what_is_closed_is_not_touched(start, names):
    assert crossed(start, home(300, -300), rtl=30.0, keep_out={"tower": TOWER}) == names


def test_every_area_of_a_zone_counts_and_its_name_is_told_once():
    elsewhere = replace(TOWER, outer=TWENTE.boundary.outer, floor_amsl_m=900, ceiling_amsl_m=999)
    for areas in ([TOWER, elsewhere], [elsewhere, TOWER], [TOWER, TOWER]):
        way = WayHome(KEEP_IN, [("tower", area) for area in areas], TWENTE.frame)
        assert way.crosses(report(300, -500), home(300, -300), rtl_altitude_m=30.0) == ("tower",)


def test_coming_down_at_home_is_a_part_of_the_way():
    assert crossed(report(300, -500, 90), home(300, -400), keep_out={"tower": TOWER}) == ("tower",)


def test_climbing_to_the_rtl_altitude_is_a_part_of_the_way():
    shelf = Volume(TOWER.outer, 80.0, 90.0)
    assert crossed(report(300, -400, 75), home(300, -300), rtl=65.0, keep_out={"shelf": shelf}) == ("shelf",)


def test_high_closed_air_does_not_matter_below_it():
    shelf = Volume(TOWER.outer, 120.0, 300.0)
    assert crossed(report(300, -500), home(300, -300), keep_out={"shelf": shelf}) == ()


@given(st.floats(160, 440), st.floats(-570, -240), st.floats(160, 440), st.floats(-570, -240))
def test_inside_a_convex_part_every_way_home_is_clear(u0, v0, u1, v1):
    assert crossed(report(u0, v0), home(u1, v1)) == ()


def test_prepared_once_it_answers_the_same():
    way = WayHome(KEEP_IN, [("tower", TOWER)], TWENTE.frame)
    for start in (report(300, -500), report(840, -425)):
        assert way.crosses(start, home(300, -235), rtl_altitude_m=40.0) == crossed(
            start, home(300, -235), keep_out={"tower": TOWER}
        )
