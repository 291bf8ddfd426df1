"""The paths of what doesn't fly straight: splines, a plane's circles and corners, a rover on the ground."""

import math
import random

import numpy as np
import pytest
import shapely
from flights import RETURN, TAKE_OFF, TWENTE, axes, context, item, mission, place, plan, waypoint
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_cases import CLIMB_OUT, PLANE, PLANE_AIR, ROVER_AIR, circuit, drive
from plan_random import good_plan

from rangeops.domain.containment import Containment, Standing
from rangeops.domain.plan_findings import Code, Outcome
from rangeops.domain.plan_fixes import MoveWaypoint
from rangeops.domain.plan_geometry import planned
from rangeops.domain.plan_route import LegKind, route_of
from rangeops.domain.plan_rules import check
from rangeops.domain.plan_surroundings import surroundings_of
from rangeops.domain.plans import Cmd
from rangeops.domain.telemetry import PositionReport

EAST = surroundings_of(context())
AIR = surroundings_of(PLANE_AIR)
somewhere = st.tuples(st.floats(200, 800), st.floats(-560, -250))


def legs_of(a_plan, where):
    return [leg for leg, _ in route_of(a_plan, where.basis_from(a_plan.home)).legs]


def test_a_copter_flies_through_a_waypoint_only_if_it_may():
    held = waypoint(450, -400, params=(5.0,))
    flown = legs_of(mission(waypoint(400, -400), held, waypoint(500, -400)), context())
    assert [leg.stops for leg in flown if leg.kind is LegKind.FLY] == [False, True, True]  # the last: an RTL is next
    assert [leg.from_rest for leg in flown if leg.kind is LegKind.FLY] == [True, False, True]


def hermite(before, start, end, after, *, after_spline: bool, shares):
    """SplineCurve by its own words: tangents scaled down to four times the distance, both together."""
    leaving, arriving = start - before, (after - start) if after_spline else (after - end)
    both, most = np.linalg.norm(leaving) + np.linalg.norm(arriving), 4 * np.linalg.norm(end - start)
    if both > most:
        leaving, arriving = leaving * most / both, arriving * most / both
    s = shares[:, None]
    return (
        (2 * s**3 - 3 * s**2 + 1) * start
        + (s**3 - 2 * s**2 + s) * leaving
        + (-2 * s**3 + 3 * s**2) * end
        + (s**3 - s**2) * arriving
    )


@settings(max_examples=60)
@given(somewhere, somewhere, somewhere, somewhere, st.booleans())
def test_a_spline_stays_in_the_hull_that_is_judged(first, second, third, fourth, next_is_spline):
    last = item(Cmd.SPLINE_WAYPOINT if next_is_spline else Cmd.WAYPOINT, fourth, 40.0)
    flown = mission(waypoint(*first), waypoint(*second), item(Cmd.SPLINE_WAYPOINT, third, 60.0), last)
    route = planned(flown, EAST)
    (n,) = [n for n, leg in enumerate(route.legs) if leg.target == 4]
    before, start, end, after = (route.starts[n - 1], route.starts[n], route.ends[n], route.ends[n + 1])
    three = [np.append(p, z) for p, z in ((before, 75.0), (start, 75.0), (end, 95.0), (after, 75.0))]
    if np.linalg.norm(three[2] - three[1]) < 1 or np.linalg.norm(three[1] - three[0]) < 1:
        return
    curve = hermite(*three, after_spline=next_is_spline, shares=np.linspace(0, 1, 200))
    assert shapely.distance(route.paths[n], shapely.points(curve[:, :2])).max() < 1e-6
    assert route.lows[n] - 1e-6 <= curve[:, 2].min()
    assert curve[:, 2].max() <= route.highs[n] + 1e-6
    assert route.lengths[n] >= np.hypot(*np.diff(curve[:, :2], axis=0).T).sum() - 1e-6


def test_a_plane_climbs_out_along_its_runway_circles_and_comes_down_along_its_way():
    loiter = item(Cmd.LOITER_TIME, (900, 900), 60, params=(30.0,))
    flown = legs_of(circuit(waypoint(900, 0, 60), loiter), PLANE_AIR)
    assert [leg.kind for leg in flown] == [LegKind.TAKEOFF, LegKind.FLY, LegKind.FLY, LegKind.HOLD, LegKind.LAND]
    climb, *_, hold, down = flown
    assert axes(climb.end.latitude_deg, climb.end.longitude_deg) == pytest.approx((300, 0), abs=1e-6)
    assert (hold.radius_m, hold.hold_s) == (PLANE.loiter_radius_m, 30.0)
    assert (down.start.altitude_amsl_m, down.end.altitude_amsl_m) == (95, 35)
    assert check(circuit(waypoint(900, 0, 60), loiter), PLANE_AIR).outcome is Outcome.PASSED


def test_a_planes_altitude_of_0_is_its_homes_and_only_a_loiters_is_as_high_as_it_is():
    *_, low, down = legs_of(circuit(waypoint(900, 0, 60), waypoint(900, 900, 0)), PLANE_AIR)
    assert (low.start.altitude_amsl_m, low.end.altitude_amsl_m) == (95, 35)
    loiter = item(Cmd.LOITER_TIME, (900, 900), 0, params=(30.0,))
    *_, circle, down = legs_of(circuit(waypoint(900, 0, 60), loiter), PLANE_AIR)
    assert (circle.end.altitude_amsl_m, down.start.altitude_amsl_m) == (95, 95)
    assert Code.ALT_03 in {
        f.code for f in check(circuit(waypoint(900, 0, 60), waypoint(900, 900, 0)), PLANE_AIR).findings
    }


@pytest.mark.parametrize(
    ("command", "params", "radius"),
    [
        (Cmd.LOITER_TIME, (30.0, None, 20.0), PLANE.loiter_radius_m),
        (Cmd.LOITER_TIME, (30.0, None, -1.0), PLANE.loiter_radius_m),  # as ArduPlane gives it back
        (Cmd.LOITER_TURNS, (2.0, None, 1.0), PLANE.loiter_radius_m),
        (Cmd.LOITER_TURNS, (2.0, None, -150.0), 150.0),
        (Cmd.LOITER_TO_ALT, (0.0, 150.0), 150.0),
    ],
)
def test_a_planes_circle_is_its_own_where_the_firmware_reads_none(command, params, radius):
    flown = legs_of(circuit(item(command, (900, 900), 60, params=params)), PLANE_AIR)
    assert [leg.radius_m for leg in flown if leg.kind is LegKind.HOLD] == [radius]


def test_a_plane_that_passes_by_turns_beyond_its_waypoint():
    by = waypoint(900, 0, 60, params=(0.0, 0.0, 300.0))
    _, leg, *_ = legs_of(circuit(by, waypoint(900, 900, 60)), PLANE_AIR)
    assert axes(leg.end.latitude_deg, leg.end.longitude_deg) == pytest.approx((1155, 0), abs=3)


def test_a_leg_from_a_circle_is_judged_from_all_of_it():
    circle = item(Cmd.LOITER_TURNS, (300, -330), 40.0, params=(1.0, None, 90.0))
    route = planned(mission(waypoint(440, -330), circle, waypoint(540, -500)), EAST)
    (n,) = [n for n, leg in enumerate(route.legs) if leg.left_m]
    east, north = TWENTE.frame.to_site(*place(390, -330))  # where it came to the circle, and leaves it after a turn
    flown = shapely.LineString([(east, north), tuple(route.ends[n])])
    assert shapely.covers(route.paths[n].buffer(0.2), flown)


@pytest.mark.parametrize("last", [item(Cmd.LAND, (500, -540), 0.0), item(Cmd.LOITER_TURNS, (500, -540), 40.0)])
def test_a_spline_before_a_landing_or_a_circle_arrives_bent_towards_it(last):
    spline = item(Cmd.SPLINE_WAYPOINT, (500, -300), 40.0)
    flown = plan((TAKE_OFF, waypoint(300, -300), waypoint(400, -300), spline, last, RETURN))
    route = planned(flown, EAST)
    (n,) = [n for n, leg in enumerate(route.legs) if leg.spline]
    before, start, end, after = (route.starts[n - 1], route.starts[n], route.ends[n], route.ends[n + 1])
    three = [np.append(p, 75.0) for p in (before, start, end, after)]
    curve = hermite(*three, after_spline=False, shares=np.linspace(0, 1, 200))
    assert shapely.distance(route.paths[n], shapely.points(curve[:, :2])).max() < 1e-6
    assert route.legs[n].stops


def test_a_planes_return_circles_over_home_and_does_not_land():
    returning = circuit(ends=RETURN)
    route = route_of(returning, PLANE_AIR.basis_from(returning.home))
    *_, over, circle = [leg for leg, _ in route.legs]
    assert (over.kind, over.end.altitude_amsl_m) == (LegKind.RETURN, 95)
    assert (circle.kind, circle.radius_m) == (LegKind.HOLD, PLANE.rtl_radius_m)
    assert not route.lands


@pytest.mark.parametrize("turn_deg", [30, 90, 150, 180])
def test_a_corner_swings_out_by_the_tightest_turn(turn_deg):
    """Beyond the waypoint by R·sin, up to R; sideways from the next leg by R·(1 - cos)."""
    away = math.radians(turn_deg)
    end = (900 + 800 * math.cos(away), 800 * math.sin(away))
    flown = planned(circuit(waypoint(900, 0, 60), waypoint(*end, 60), climb_out=CLIMB_OUT), AIR)
    (k,) = [k for k, n in enumerate(flown.swing_legs) if flown.legs[n].target == 2]
    outline = np.array([axes(*AIR.frame.to_geodetic(*xy)) for xy in shapely.get_coordinates(flown.swings[k])])
    radius = PLANE.turn_radius_m(PLANE.cruise_speed_mps + PLANE_AIR.range.wind_mps)
    reach = radius * (math.sin(away) if turn_deg < 90 else 1.0)
    if turn_deg <= 90:
        reach = max(reach, (outline[:, 0] - 900).max())
    assert (outline[:, 0] - 900).max() == pytest.approx(reach, rel=0.01)
    aside = (outline[:, 0] - 900) * math.sin(away) - outline[:, 1] * math.cos(away)
    assert aside.max() == pytest.approx(radius * (1 - math.cos(away)), rel=0.02)


def test_a_rover_stays_on_the_ground():
    flown = legs_of(drive(), ROVER_AIR)
    assert {leg.end.altitude_amsl_m for leg in flown} == {35.0}
    assert [leg.kind for leg in flown] == [*[LegKind.FLY] * 4, LegKind.RETURN]
    assert check(drive(), ROVER_AIR).outcome is Outcome.PASSED


def test_a_landing_above_other_ground_ends_on_it():
    landing = plan((TAKE_OFF, waypoint(400, -400), item(Cmd.LAND, (450, -450), 0.0)))
    assert legs_of(landing, context())[-1].end.altitude_amsl_m == 35.0


@pytest.mark.parametrize("seed", range(12))
def test_what_passes_is_never_held_by_the_forecast(seed):
    """Flown at full speed right up to each waypoint that it passes, braking for each where it stops: as the watch judges."""
    drawn = good_plan(random.Random(seed))
    where, frame = drawn.context, drawn.around.frame
    containment = Containment(drawn.around.volumes, where.range.boundary, where.airframe, frame)
    route, policy = planned(drawn.plan, drawn.around), where.range.policy
    for n, leg in enumerate(route.legs):
        length, rise = float(route.lengths[n]), float(route.altitudes[n, 1] - route.altitudes[n, 0])
        if length == 0.0 and rise == 0.0:
            continue
        most = where.airframe.climb_speed_mps if rise > 0 else where.airframe.descent_speed_mps
        lasts = max(length / leg.speed_mps, abs(rise) / most)
        for share in np.linspace(0, 1, 120):
            left = (1 - share) * length
            speed = length / lasts if length else 0.0
            if leg.stops:
                speed = min(speed, math.sqrt(2 * where.airframe.deceleration_mps2 * left))
            rate = rise / lasts
            if leg.stops and abs(rate) > (slow := math.sqrt(2 * (1 - share) * abs(rise))):
                rate = math.copysign(slow, rate)
            east, north = route.starts[n] + share * (route.ends[n] - route.starts[n])
            altitude = route.altitudes[n, 0] + share * rise
            velocity = speed * route.units[n]
            report = PositionReport(
                0.0,
                0,
                *frame.to_geodetic(east, north),
                altitude,
                altitude - 35.0,
                velocity[1],
                velocity[0],
                -rate,
                None,
            )
            judged = containment.judge(report, age_s=0.4, horizon_s=policy.forecast_horizon_s)
            assert judged.standing is Standing.INSIDE
            assert judged.time_to_act_s is None or judged.time_to_act_s > policy.reaction_margin_s


def test_a_plane_without_a_course_still_starts_from_its_home():
    lost = circuit(climb_out=item(Cmd.TAKEOFF, None, 40.0))
    assert planned(lost, AIR).home_amsl_m == 35.0
    assert {f.code for f in check(lost, PLANE_AIR).findings} == {Code.FMT_01}


def test_a_move_to_where_the_waypoint_is_already_is_no_fix():
    """The rover's corner swings out too far; its straight legs would do."""
    rover_here = drive(waypoint(400, -350), waypoint(400, -530), waypoint(600, -530), waypoint(600, -350))
    moves = [f.fix for f in check(rover_here, ROVER_AIR).findings if isinstance(f.fix, MoveWaypoint)]
    assert all(move.distance_m > 0.1 for move in moves)
