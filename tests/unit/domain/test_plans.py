"""The route that a mission leads along, as ArduCopter flies it."""

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from flights import HOME, LAP, RETURN, TAKE_OFF, axes, item, mission, plan, waypoint
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.plan_route import Gap, LegKind, LoopDefect, RouteBasis, route_of
from rangeops.domain.plans import Cmd

BASIS = RouteBasis(home_amsl_m=35.0, rtl_altitude_m=50.0, speed_mps=8.0)


def legs(a_plan):
    return [leg for leg, _ in route_of(a_plan, BASIS).legs]


def kinds(a_plan):
    return [leg.kind for leg in legs(a_plan)]


def test_it_goes_up_along_home_over_and_down():
    route = route_of(mission(), BASIS)
    assert kinds(mission()) == [LegKind.TAKEOFF, *[LegKind.FLY] * 4, LegKind.RETURN, LegKind.RETURN, LegKind.LAND]
    assert (route.takes_off, route.lands, route.gaps, route.loops) == (True, True, (), ())
    takeoff, *_, up, over, down = legs(mission())
    assert axes(takeoff.end.latitude_deg, takeoff.end.longitude_deg) == pytest.approx(HOME, abs=1e-6)
    assert (takeoff.start.altitude_amsl_m, takeoff.end.altitude_amsl_m) == (35, 65)
    assert (up.start.altitude_amsl_m, up.end.altitude_amsl_m) == (75, 85)
    assert over.start.altitude_amsl_m == over.end.altitude_amsl_m == 85
    assert (down.end.altitude_amsl_m, down.end.latitude_deg) == (35, takeoff.start.latitude_deg)


def test_a_return_from_above_the_rtl_altitude_stays_level():
    *_, over, _ = legs(mission(waypoint(400, -400, 70)))
    assert over.start.altitude_amsl_m == over.end.altitude_amsl_m == 105


def test_each_leg_starts_where_the_one_before_ended():
    flown = legs(mission())
    for one, following in pairwise(flown):
        assert one.end == following.start


def test_a_jump_repeats_and_its_way_back_is_a_leg():
    jump = item(Cmd.DO_JUMP, params=(2.0, 3.0))
    laps = plan((TAKE_OFF, *(waypoint(u, v) for u, v in LAP), jump, RETURN))
    times: Counter[tuple[int, int]] = Counter()
    for leg, n in route_of(laps, BASIS).legs:
        if leg.kind is LegKind.FLY:
            times[leg.origin, leg.target] += n
    assert times == {(1, 2): 1, (2, 3): 4, (3, 4): 4, (4, 5): 4, (5, 2): 3}


@pytest.mark.parametrize(
    ("params", "defect"),
    [
        ((2.0, -1.0), LoopDefect.ENDLESS),
        ((99.0, 2.0), LoopDefect.NO_TARGET),
        ((0.0, 2.0), LoopDefect.NO_TARGET),
        ((3.0, 2.0), LoopDefect.NO_TARGET),
        ((2.0, 60_000.0), LoopDefect.TOO_LONG),
    ],
    ids=["for ever", "past the end", "to home", "to itself", "too often"],
)
def test_a_jump_that_does_not_end_well_is_told(params, defect):
    looping = plan((TAKE_OFF, waypoint(400, -400), item(Cmd.DO_JUMP, params=params), RETURN))
    assert route_of(looping, BASIS).loops == ((3, defect),)


@given(st.lists(st.tuples(st.integers(-2, 12), st.integers(-2, 400)), max_size=8))
def test_no_tangle_of_jumps_hangs_the_walk(jumps):
    items = [TAKE_OFF]
    for target, repeats in jumps:
        items += [waypoint(400, -400), item(Cmd.DO_JUMP, params=(float(target), float(repeats)))]
    assert route_of(plan([*items, RETURN]), BASIS).takes_off


def test_zeros_mean_here_and_this_high():
    here = replace(waypoint(0, 0), latitude_deg=0.0, longitude_deg=0.0, altitude_m=0.0)
    *_, there, _, _, _ = legs(mission(waypoint(400, -400, 45), here))
    assert there.start == there.end


def test_altitudes_are_brought_to_amsl_whatever_they_count_from():
    flown = legs(mission(waypoint(400, -400, 45), waypoint(420, -400, 81, frame=0), waypoint(430, -400, 82, frame=5)))
    assert [leg.end.altitude_amsl_m for leg in flown if leg.kind is LegKind.FLY] == [80, 81, 82]


@pytest.mark.parametrize(
    ("bad", "gap"),
    [
        (waypoint(400, -400, 40, frame=10), Gap.TERRAIN),
        (waypoint(400, -400, 40, frame=11), Gap.TERRAIN),
        (waypoint(400, -400, 40, frame=8), Gap.FRAME),
    ],
)
def test_what_is_not_known_of_the_route_is_told(bad, gap):
    assert route_of(mission(bad), BASIS).gaps == ((2, gap),)


def test_without_a_home_there_is_no_route():
    route = route_of(replace(mission(), home=None), BASIS)
    assert (route.legs, route.gaps) == ((), ((0, Gap.NO_HOME),))


def test_speeds_and_waits_belong_to_the_legs_that_follow():
    slow = item(Cmd.DO_CHANGE_SPEED, params=(1.0, 3.0))
    climb_rate = item(Cmd.DO_CHANGE_SPEED, params=(2.0, 1.0))
    flown = legs(mission(waypoint(400, -400), slow, climb_rate, waypoint(450, -400, params=(12.0,))))
    assert [(leg.speed_mps, leg.hold_s) for leg in flown if leg.kind is LegKind.FLY] == [(8.0, 0.0), (3.0, 12.0)]


def test_a_circle_is_flown_about_its_point():
    circle = item(Cmd.LOITER_TURNS, (400, -400), 40, params=(2.0, None, 25.0))
    (hold,) = [leg for leg in legs(mission(circle)) if leg.kind is LegKind.HOLD]
    assert hold.radius_m == 25
    assert hold.hold_s == pytest.approx(2 * 2 * math.pi * 25 / math.sqrt(0.5 * 2.5 * 25))


def test_a_small_circle_takes_a_copter_18_s():
    circle = item(Cmd.LOITER_TURNS, (400, -400), 40, params=(100.0, None, 3.0))
    (hold,) = [leg for leg in legs(mission(circle)) if leg.kind is LegKind.HOLD]
    assert hold.hold_s == pytest.approx(1800)


def test_what_follows_a_circle_may_begin_anywhere_on_it():
    circle = item(Cmd.LOITER_TURNS, (400, -400), 40, params=(2.0, None, 25.0))
    flown = legs(mission(circle, waypoint(600, -400), waypoint(600, -300)))
    assert [leg.left_m for leg in flown if leg.kind is LegKind.FLY] == [0.0, 25.0, 0.0]


@pytest.mark.parametrize(
    ("params", "longest_s"),
    [
        ((5.0,), 5.0),
        ((-1.0, 23.0, 0.0, 0.0), 86_400.0),
        ((0.0, -1.0, 30.0, 0.0), 3_600.0),
        ((0.0, -1.0, -1.0, -1.0), 0.0),
    ],
)
def test_a_delay_until_a_time_of_the_day_may_last_a_day(params, longest_s):
    (hold,) = [leg for leg in legs(mission(item(Cmd.DELAY, params=params))) if leg.kind is LegKind.HOLD]
    assert hold.hold_s == longest_s


def test_a_mission_goes_on_after_its_return_with_another_take_off():
    slow = item(Cmd.DO_CHANGE_SPEED, params=(1.0, 3.0))
    skipped, flown = waypoint(400, -400), waypoint(600, -400)
    route = route_of(plan((slow, TAKE_OFF, RETURN, skipped, TAKE_OFF, flown, RETURN)), BASIS)
    assert [leg.target for leg, _ in route.legs] == [2, 3, 3, 3, 5, 6, 7, 7, 7]
    assert [leg.speed_mps for leg, _ in route.legs if leg.target in (3, 6)] == [8.0, 8.0, 8.0, 3.0]
    assert route.lands
    assert not route_of(plan((TAKE_OFF, RETURN, TAKE_OFF, flown)), BASIS).lands


def test_a_jump_after_the_return_flies_it_all_again():
    endless = plan((TAKE_OFF, waypoint(400, -400), RETURN, item(Cmd.DO_JUMP, params=(1.0, -1.0))))
    assert route_of(endless, BASIS).loops == ((4, LoopDefect.ENDLESS),)


def test_an_unlimited_loiter_never_ends():
    assert route_of(mission(item(Cmd.LOITER_UNLIM, (400, -400), 40)), BASIS).loops == ((2, LoopDefect.NEVER_ENDS),)


def test_a_landing_elsewhere_is_flown_to_and_ends_the_mission():
    landing = item(Cmd.LAND, (450, -450), 0.0)
    flown = plan((TAKE_OFF, waypoint(400, -400), landing, waypoint(600, -400)))
    *_, over, down = legs(flown)
    assert (over.kind, down.kind) == (LegKind.FLY, LegKind.LAND)
    assert over.start.altitude_amsl_m == over.end.altitude_amsl_m == 75
    assert route_of(flown, BASIS).lands
