"""Where a vehicle is expected to fly, and when what is expected counts instead of straight on."""

import math
import tomllib
from dataclasses import replace

import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from zone_fields import SITE, volume_of_ring

from rangeops import paths
from rangeops.domain.aircraft import airframe_from
from rangeops.domain.closed_air import ClosedAir, ClosedArea, Motion
from rangeops.domain.containment import Containment, Standing
from rangeops.domain.forecast import Ahead, Expectation, Place, turning
from rangeops.domain.forecast_rules import ForecastRules
from rangeops.domain.leaving import Limit
from rangeops.domain.stopping import stopping_curve, stopping_distance_m, stopping_time_curve
from rangeops.domain.telemetry import PositionReport
from rangeops.domain.trend import Trend
from rangeops.domain.volumes import Assumptions, operational_volumes, polygon_of


def airframe(name):
    return airframe_from(
        tomllib.loads((paths.shipped("hardware") / "airframes" / f"{name}.toml").read_text()), where=name
    )


QUAD, PLANE = airframe("survey-quad"), airframe("survey-plane")
HALF_M, CEILING_M = 200.0, 100.0
SQUARE = [(-HALF_M, -HALF_M), (HALF_M, -HALF_M), (HALF_M, HALF_M), (-HALF_M, HALF_M)]
GEOGRAPHY = volume_of_ring(SQUARE, -5.0, CEILING_M)
BOUNDARY = volume_of_ring([(8 * x, 8 * y) for x, y in SQUARE], -50.0, 400.0)
VOLUMES = operational_volumes(GEOGRAPHY, QUAD, SITE, Assumptions(ground_amsl_m=0.0, speed_limit_mps=15.0))
CONTAINMENT = Containment(VOLUMES, BOUNDARY, QUAD, SITE)
TRUST_S = ForecastRules().turn_trust_s
places = st.tuples(st.floats(-190, 190), st.floats(-190, 190))


def at(east, north, up=50.0, v=(0.0, 0.0, 0.0)):
    latitude, longitude = SITE.to_geodetic(east, north)
    return PositionReport(0.0, 0, latitude, longitude, up, up, v[1], v[0], -v[2], None)


def judge(position, ahead=None, *, containment=CONTAINMENT, age_s=0.0):
    known = None if ahead is None else lambda: ahead
    return containment.judge(position, age_s=age_s, horizon_s=30.0, ahead=known)


def test_straight_on_it_would_leave_but_its_waypoint_is_inside_and_it_turns_there():
    position = at(100, 0, v=(10.0, 0.0, 0.0))
    assert judge(position).time_to_exit_s == pytest.approx(10.0, abs=0.01)
    assert judge(position, Ahead(places=(Place(180.0, 0.0, 50.0),))).time_to_exit_s is None


def test_a_turn_that_does_not_come_is_believed_only_while_straight_on_can_still_be_stopped_in_the_contingency_volume():
    """The rule itself, at every place on the way to a waypoint that is just inside."""
    ahead = Ahead(places=(Place(199.0, 0.0, 50.0),))
    contingency = polygon_of(VOLUMES.contingency, SITE).bounds[2]
    for speed in (4.0, 8.0, 12.0, 15.0):
        for east in range(0, 199, 3):
            told = judge(at(east, 0, v=(speed, 0.0, 0.0)), ahead)
            if told.time_to_exit_s is None:
                assert east + TRUST_S * speed + stopping_distance_m(QUAD, speed) <= contingency


def test_a_place_just_inside_is_believed_while_a_stop_still_ends_in_the_contingency_volume():
    """It can't stop inside any more, and needn't: it is known to turn."""
    ahead, contingency = Ahead(places=(Place(199.0, 0.0, 50.0),)), polygon_of(VOLUMES.contingency, SITE).bounds[2]
    east, speed = 192.0, 8.0
    stop_m = stopping_distance_m(QUAD, speed)
    assert east + stop_m > 200
    assert east + TRUST_S * speed + stop_m < contingency
    assert judge(at(east, 0, v=(speed, 0.0, 0.0)), ahead).time_to_exit_s is None


def test_without_a_slot_what_is_known_is_believed_within_the_range():
    free = Containment(None, BOUNDARY, QUAD, SITE)
    side = polygon_of(BOUNDARY, SITE).bounds[2]
    told = judge(at(side - 60, 0, v=(8.0, 0.0, 0.0)), Ahead(places=(Place(side - 40, 0.0, 50.0),)), containment=free)
    assert (told.standing, told.time_to_exit_s) == (Standing.UNASSIGNED, None)


def test_one_too_fast_for_its_contingency_volume_is_not_trusted_to_turn():
    slow = operational_volumes(GEOGRAPHY, QUAD, SITE, Assumptions(ground_amsl_m=0.0, speed_limit_mps=4.0))
    containment = Containment(slow, BOUNDARY, QUAD, SITE)
    ahead, position = Ahead(places=(Place(195.0, 0.0, 50.0),)), at(170, 0, v=(15.0, 0.0, 0.0))
    told = judge(position, ahead, containment=containment)
    assert told.time_to_act_s is not None
    assert told.time_to_act_s < 0


@pytest.mark.parametrize(
    ("ahead", "why"),
    [
        (Ahead(places=(Place(100.0, -180.0, 50.0),)), "its place lies aside, and it doesn't turn there"),
        (Ahead(places=(Place(-150.0, 0.0, 50.0),)), "it flies away from its place"),
        (Ahead(trend=Trend(0.0, -0.3, 0.0)), "it hardly brakes"),
        (Ahead(trend=Trend(0.01, 0.0, 0.0)), "it hardly turns"),
    ],
)
def test_who_does_not_do_what_is_known_of_him_is_forecast_straight_on(ahead, why):
    assert judge(at(100, 0, v=(10.0, 0.0, 0.0)), ahead).time_to_exit_s == pytest.approx(10.0, abs=0.6), why


def test_a_place_outside_is_told_while_it_still_turns_there():
    """Its course leads elsewhere yet."""
    told = judge(at(120, 0, v=(0.0, 8.0, 0.0)), Ahead(places=(Place(400.0, 0.0, 50.0),), newly=True))
    assert told.edge == "east edge"
    assert 5 < told.time_to_exit_s < 14


def test_a_place_outside_is_told_before_it_has_set_out():
    told = judge(at(150, 0), Ahead(places=(Place(400.0, 0.0, 50.0),)))
    assert (told.edge, told.time_to_exit_s) == ("east edge", pytest.approx(50 / QUAD.cruise_speed_mps, abs=0.01))


def test_what_follows_the_next_place_is_flown_too():
    places = (Place(150.0, 0.0, 50.0), Place(150.0, 400.0, 50.0))
    told = judge(at(100, 0, v=(10.0, 0.0, 0.0)), Ahead(places=places))
    assert told.edge == "north edge"
    assert told.time_to_exit_s == pytest.approx(25.0, abs=0.1)


def test_a_turn_that_is_seen_leads_around():
    position = at(120, 0, v=(0.0, 10.0, 0.0))
    around = Ahead(trend=Trend(10.0 / 60.0, 0.0, 0.0))  # to the right, radius 60 m: 20 m inside at its easternmost
    assert judge(position).time_to_exit_s == pytest.approx(20, abs=0.01)
    assert judge(at(70, 0, v=(0.0, 10.0, 0.0)), around).time_to_exit_s is None
    wide = judge(position, Ahead(trend=Trend(10.0 / 60.0, 0.0, 0.0)))
    assert wide.edge == "east edge"
    assert wide.time_to_exit_s == pytest.approx(6 * math.acos(1 - 80 / 60), abs=0.15)


def test_who_is_seen_braking_is_not_forecast_beyond_his_stop():
    position = at(140, 0, v=(10.0, 0.0, 0.0))
    assert judge(position, Ahead(trend=Trend(0.0, -2.0, 0.0))).time_to_exit_s is None
    assert judge(position, Ahead(trend=Trend(0.0, -0.8, 0.0))).time_to_exit_s == pytest.approx(6.0, abs=0.01)


def test_who_is_getting_faster_is_forecast_to():
    position = at(140, 0, v=(5.0, 0.0, 0.0))
    told, even = judge(position, Ahead(trend=Trend(0.0, 2.5, 0.0))), judge(position)
    assert told.time_to_exit_s == pytest.approx(2 + (60 - 15) / 10)
    assert told.time_to_exit_s < even.time_to_exit_s
    assert told.time_to_act_s < even.time_to_act_s


@settings(max_examples=100)
@given(st.floats(0.5, 14), st.floats(0.6, 4), st.floats(0, 190))
def test_getting_faster_a_stop_at_the_last_moment_still_ends_at_the_edge(speed, gain, east):
    """Flown in small steps: what is told is neither later nor much earlier than the truth."""
    told = judge(at(east, 0, v=(speed, 0.0, 0.0)), Ahead(trend=Trend(0.0, gain, 0.0)))
    assume(told.time_to_act_s is not None and told.time_to_act_s > 0.01)
    most = min(speed + 2.0 * gain, max(QUAD.max_speed_mps, speed))
    flown, v, t = 0.0, speed, 0.0
    while t < told.time_to_act_s:
        flown += v * 1e-3
        v = min(most, v + (most - speed) / 2.0 * 1e-3)
        t += 1e-3
    assert east + flown + stopping_distance_m(QUAD, v) == pytest.approx(HALF_M, abs=0.3)


@given(st.floats(0, 20), st.floats(1, 15), st.floats(0, 150))
def test_an_unsure_position_is_nearer_to_the_edge_but_standing_still_leads_nowhere(error, speed, east):
    unsure = Ahead(error_m=error)
    position = at(east, 0, v=(speed, 0.0, 0.0))
    sure, told = judge(position), judge(position, unsure)
    assume(sure.time_to_exit_s is not None)
    nearer_s = min(error / speed, 2.0)
    assert told.time_to_exit_s == pytest.approx(max(0.0, sure.time_to_exit_s - nearer_s), abs=1e-6)
    assert told.time_to_act_s <= sure.time_to_act_s + 1e-9
    assert judge(at(199.5, 0), unsure).time_to_exit_s is None


@pytest.mark.parametrize(
    ("up", "rate", "ahead", "exit_s"),
    [
        (80.0, 2.0, Ahead(), 10.0),
        (80.0, 2.0, Ahead(error_up_m=1.0), 9.5),
        (80.0, 2.0, Ahead(places=(Place(0.0, 0.0, 99.0),)), None),
        (80.0, 2.0, Ahead(places=(Place(0.0, 0.0, 120.0),)), 10.0),
        (80.0, 2.0, Ahead(trend=Trend(0.0, 0.0, -1.0)), None),
        (99.0, 2.0, Ahead(trend=Trend(0.0, 0.0, -1.0)), 0.5),
    ],
    ids=["climbs", "unsure", "ends below", "ends above", "levels off", "levels off too late"],
)
def test_the_ceiling_likewise(up, rate, ahead, exit_s):
    told = judge(at(0, 0, up, v=(0.0, 0.0, rate)), ahead)
    assert told.time_to_exit_s == (None if exit_s is None else pytest.approx(exit_s))
    if exit_s is not None:
        assert told.limit is Limit.CEILING


def test_a_leg_that_climbs_through_the_ceiling_is_told_before_it_climbs():
    told = judge(at(0, 0, 95.0, v=(8.0, 0.0, 0.0)), Ahead(places=(Place(150.0, 0.0, 110.0),)))
    assert told.limit is Limit.CEILING
    assert 0 < told.time_to_exit_s < 20


def test_a_zone_behind_the_waypoint_is_not_met_and_one_before_it_is():
    zone = volume_of_ring([(150.0, -40.0), (180.0, -40.0), (180.0, 40.0), (150.0, 40.0)])
    air = ClosedAir([ClosedArea("Housing", zone)], SITE)
    containment = Containment(VOLUMES, BOUNDARY, QUAD, SITE, air)
    position = at(0, 0, v=(10.0, 0.0, 0.0))
    assert judge(position, Ahead(places=(Place(100.0, 0.0, 50.0),)), containment=containment).time_to_exit_s is None
    through = judge(position, Ahead(places=(Place(190.0, 0.0, 50.0),)), containment=containment)
    assert (through.limit, through.edge) == (Limit.ZONE, "edge of Housing")
    assert through.time_to_exit_s == pytest.approx(15.0, abs=0.01)


def test_before_a_zone_no_turn_is_trusted_that_a_stop_could_not_replace():
    """A zone has no contingency volume around it."""
    zone = volume_of_ring([(150.0, -40.0), (180.0, -40.0), (180.0, 40.0), (150.0, 40.0)])
    air = ClosedAir([ClosedArea("Housing", zone)], SITE)
    containment = Containment(VOLUMES, BOUNDARY, QUAD, SITE, air)
    ahead = Ahead(places=(Place(140.0, 0.0, 50.0),))
    for east in range(0, 135, 2):
        told = judge(at(east, 0, v=(12.0, 0.0, 0.0)), ahead, containment=containment)
        if told.time_to_exit_s is None:
            assert east + TRUST_S * 12.0 + stopping_distance_m(QUAD, 12.0) <= 150.0 + 1e-6


@pytest.mark.parametrize("turn", [0.05, -0.05, 0.4, -1.2])
def test_the_pieces_of_a_turn_lie_on_its_circle(turn):
    speed = 20.0
    pieces = turning(Motion(0.0, 0.0, 50.0, 0.0, speed, 0.0), turn, 30.0)
    middle = speed / turn, 0.0
    for piece in pieces:
        assert math.dist((piece.motion.east_m, piece.motion.north_m), middle) == pytest.approx(abs(speed / turn))
        assert piece.motion.ground_speed_mps == pytest.approx(speed, rel=0.01)
    assert sum(piece.lasts_s for piece in pieces) == pytest.approx(min(30.0, math.tau / abs(turn)), rel=0.3)


def test_a_plane_flies_around_its_last_place():
    ahead = Ahead(places=(Place(1000.0, 0.0, 80.0),), circle_m=100.0)
    way = Expectation(PLANE, stopping_curve(PLANE)).way(Motion(0.0, 0.0, 80.0, 22.0, 0.0, 0.0), ahead, 90.0)
    ends = [
        (p.motion.east_m + p.motion.east_mps * p.lasts_s, p.motion.north_m + p.motion.north_mps * p.lasts_s)
        for p in way
    ]
    circle = shapely.MultiPoint(ends[-20:])
    assert circle.convex_hull.contains(shapely.Point(1000.0, 0.0))
    assert max(math.dist(end, (1000.0, 0.0)) for end in ends[-20:]) == pytest.approx(100.0, abs=1.0)


@settings(max_examples=150)
@given(places, st.floats(0, math.tau), st.floats(1, 15), places)
def test_known_or_not_nobody_may_wait_longer_than_a_stop_in_the_contingency_volume_allows(place, course, speed, to):
    """Whatever is known of a way inside: where no exit is told, straight on can still be stopped TRUST_S later."""
    velocity = speed * math.sin(course), speed * math.cos(course)
    for ahead in (
        Ahead(places=(Place(*to, 50.0),), newly=True),
        Ahead(trend=Trend(0.3, 0.0, 0.0)),
        Ahead(trend=Trend(0.0, -2.4, 0.0)),
    ):
        if judge(at(*place, v=(*velocity, 0.0)), ahead).time_to_exit_s is None:
            beyond = TRUST_S + stopping_distance_m(QUAD, speed) / speed
            end = shapely.Point(place[0] + velocity[0] * beyond, place[1] + velocity[1] * beyond)
            assert polygon_of(VOLUMES.contingency, SITE).buffer(0.01).contains(end)


@pytest.mark.parametrize(
    ("craft", "speed", "measured_s"),
    [(QUAD, 5.1, 4.2), (QUAD, 7.8, 4.3), (QUAD, 10.0, 4.8), (None, 10.0, 4.8), (PLANE, 22.4, 5.4)],
)
def test_no_stop_is_counted_quicker_than_it_was_measured(craft, speed, measured_s):
    """Of the plane: until it gets no farther ahead, LOITER in the recording plane_guided_loiter_rtl."""
    assert stopping_time_curve(craft)(speed, stopping_distance_m(craft, speed)) >= measured_s


def test_a_poor_brake_takes_longer():
    poor = replace(QUAD, brake_tests=(replace(QUAD.brake_tests[0], speed_mps=10.0, distance_m=60.0),))
    time_s = stopping_time_curve(poor)(10.0, stopping_distance_m(poor, 10.0))
    assert time_s > stopping_time_curve(QUAD)(10.0, stopping_distance_m(QUAD, 10.0))
