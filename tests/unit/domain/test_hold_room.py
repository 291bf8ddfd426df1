"""A plane's hold is a circle: the last moment to order it is the last one at which no prohibited zone lies in it."""

import math
import tomllib

import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from zone_fields import SITE, volume_of_ring

from rangeops import paths
from rangeops.domain.aircraft import airframe_from
from rangeops.domain.closed_air import ClosedAir, ClosedArea
from rangeops.domain.containment import Containment
from rangeops.domain.forecast import Ahead, Place
from rangeops.domain.hold_room import hold_circle
from rangeops.domain.leaving import Limit
from rangeops.domain.stopping import stopping_distance_m
from rangeops.domain.telemetry import PositionReport
from rangeops.domain.volumes import Assumptions, operational_volumes


def airframe(name):
    return airframe_from(
        tomllib.loads((paths.shipped("hardware") / "airframes" / f"{name}.toml").read_text()), where=name
    )


QUAD, PLANE = airframe("survey-quad"), airframe("survey-plane")
HALF_M, UP_M, SPEED_MPS = 1000.0, 80.0, 22.0
STILL = (0.0, 0.0)


def box(west, south, east, north):
    return [(west, south), (east, south), (east, north), (west, north)]


GEOGRAPHY = volume_of_ring(box(-HALF_M, -HALF_M, HALF_M, HALF_M), -5.0, 150.0)
BOUNDARY = volume_of_ring(box(-6000, -6000, 6000, 6000), -50.0, 600.0)


def containment(zone, craft=PLANE, floor_m=-50.0):
    volumes = operational_volumes(GEOGRAPHY, craft, SITE, Assumptions(ground_amsl_m=0.0, speed_limit_mps=30.0))
    closed = ClosedAir([ClosedArea("the zone", volume_of_ring(zone, floor_m, 500.0))], SITE) if zone else None
    return Containment(volumes, BOUNDARY, craft, SITE, closed)


def judge(held, east, north, ahead=None, v=(0.0, SPEED_MPS)):
    latitude, longitude = SITE.to_geodetic(east, north)
    position = PositionReport(0.0, 0, latitude, longitude, UP_M, UP_M, v[1], v[0], 0.0, None)
    return held.judge(position, age_s=0.0, horizon_s=30.0, ahead=(lambda: ahead) if ahead else None)


def radius_m(speed=SPEED_MPS):
    return hold_circle(PLANE, speed, STILL).radius_m


BESIDE = box(60.0, 700.0, 400.0, 1500.0)  # north, beside the way along east 0: the northern edge is at 1000


def test_a_copter_holds_on_its_track_and_a_plane_on_a_circle_no_smaller_than_the_measured_one():
    assert hold_circle(QUAD, 10.0, STILL) is None
    assert hold_circle(None, 10.0, STILL) is None
    assert 124.6 <= hold_circle(PLANE, 22.4, STILL).radius_m <= 140.0  # ArduPlane 4.5.7, WP_LOITER_RAD 100


def test_wind_carries_the_circle_off_to_where_it_blows_and_makes_it_wider():
    still, windy = hold_circle(PLANE, 22.0, STILL), hold_circle(PLANE, 22.0, (0.0, 8.0))
    assert windy.radius_m > still.radius_m
    assert windy.ahead_m(0.0, 1.0) > windy.ahead_m(1.0, 0.0) == windy.ahead_m(0.0, -1.0) == windy.radius_m


def test_a_plane_is_told_to_hold_before_its_circle_meets_a_zone_beside_the_way_to_another_edge():
    """Straight on it would miss the zone by 60 m: a stop at the edge alone would circle into it."""
    told, alone = judge(containment(BESIDE), 0.0, 350.0), judge(containment(None), 0.0, 350.0)
    assert told.limit is alone.limit is Limit.SIDE
    assert told.time_to_exit_s == alone.time_to_exit_s
    last_north = 350.0 + SPEED_MPS * told.time_to_act_s
    assert math.hypot(60.0, 700.0 - last_north) == pytest.approx(radius_m(), abs=1.2)  # asked every 0.05 s
    assert told.time_to_act_s < alone.time_to_act_s - 3.0


def test_wind_towards_the_zone_brings_that_moment_forward():
    held = containment(BESIDE)
    still, windy = (judge(held, 0.0, 350.0, Ahead(wind=wind)) for wind in (STILL, (6.0, 6.0)))
    assert windy.time_to_act_s < still.time_to_act_s - 1.0


@settings(max_examples=60, deadline=None)
@given(st.floats(-700, 700), st.floats(-700, 700), st.floats(0, math.tau), st.floats(14, 30))
def test_told_at_the_last_moment_the_whole_circle_is_free_wherever_one_was(east, north, course, speed):
    zone = box(-150.0, -100.0, 200.0, 250.0)
    v = speed * math.sin(course), speed * math.cos(course)
    polygon = shapely.Polygon(zone)
    assume(polygon.distance(shapely.Point(east, north)) > 1.0)
    told = judge(containment(zone), east, north, v=v)
    assume(told.time_to_act_s is not None and told.time_to_act_s > 0.0)
    way = [shapely.Point(east + v[0] * t, north + v[1] * t) for t in (told.time_to_act_s, 0.0)]
    off_m = polygon.distance(way[0])
    free_once = polygon.distance(way[1]) >= radius_m(speed)
    assert off_m >= radius_m(speed) - 1e-3 or not free_once
    assert told.limit is Limit.SIDE or off_m >= radius_m(speed) - 1e-3


def test_before_the_zone_itself_the_circle_counts_not_only_the_way_that_a_stop_takes():
    ahead = box(-300.0, 600.0, 300.0, 900.0)
    told = judge(containment(ahead), 0.0, 200.0)
    assert told.limit is Limit.ZONE
    assert told.time_to_act_s == pytest.approx((400.0 - radius_m()) / SPEED_MPS, abs=0.1)
    assert judge(containment(ahead), 0.0, 600.0 - radius_m() + 1.0).time_to_act_s == 0.0


def test_where_no_hold_is_free_any_more_another_edge_alone_counts():
    """Held at once it would circle into the zone for certain, for an edge that is half a minute away."""
    beside = box(60.0, -500.0, 400.0, 1500.0)
    told, alone = judge(containment(beside), 0.0, 500.0), judge(containment(None), 0.0, 500.0)
    assert told.time_to_act_s == alone.time_to_act_s


def test_a_zone_that_does_not_reach_down_to_it_is_in_nobodys_circle():
    told, alone = judge(containment(BESIDE, floor_m=UP_M + 20.0), 0.0, 350.0), judge(containment(None), 0.0, 350.0)
    assert told.time_to_act_s == alone.time_to_act_s


def test_a_copter_beside_a_zone_stops_at_the_edge():
    told = judge(containment(BESIDE, QUAD), 0.0, 800.0, v=(0.0, 10.0))
    assert told.time_to_act_s == pytest.approx((200.0 - stopping_distance_m(QUAD, 10.0)) / 10.0)


def test_a_plane_on_its_circle_beside_a_zone_needs_no_second_circle():
    beside = box(130.0, -300.0, 400.0, 300.0)
    circling = Ahead(places=(Place(0.0, 0.0, UP_M),), circle_m=100.0)
    told = judge(containment(beside), 0.0, 100.0, circling, v=(SPEED_MPS, 0.0))
    assert told.time_to_act_s == pytest.approx((130.0 - stopping_distance_m(PLANE, SPEED_MPS)) / SPEED_MPS)
    quiet = judge(containment(beside), -100.0, 0.0, circling)
    assert quiet.time_to_act_s is None
