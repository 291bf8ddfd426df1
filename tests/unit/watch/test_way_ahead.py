"""What the forecast is told of a way ahead: places, circles, wind and errors from what the vehicle says of itself."""

import math
import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops import paths
from rangeops.domain.aircraft import VehicleClass, airframe_from
from rangeops.domain.forecast_rules import ForecastRules
from rangeops.domain.telemetry import (
    Autopilot,
    Estimator,
    GpsFix,
    Heartbeat,
    NavigationTarget,
    PositionReport,
    Sysid,
    SystemStatus,
    VehicleState,
    WindEstimate,
)
from rangeops.sim.lockstep import instant
from rangeops.watch.way_ahead import GPS_OLD_S, NEWLY_S, TARGET_OLD_S, WIND_OLD_S, WayAhead, error_m

RULES = ForecastRules()
PLANE = airframe_from(
    tomllib.loads((paths.shipped("hardware") / "airframes" / "survey-plane.toml").read_text()), where="survey-plane"
)
NOW = instant(100.0)


def heartbeat(mode="AUTO", *, vehicle_class=VehicleClass.COPTER, autopilot=Autopilot.ARDUPILOT):
    return Heartbeat(100.0, autopilot, vehicle_class, 3, mode, armed=True, system_status=SystemStatus.ACTIVE)


def state(**parts):
    position = PositionReport(100.0, 1000, 52.0, 6.0, 75.0, 40.0, 8.0, 0.0, 0.0, 0.0)
    made = VehicleState(Sysid(1), "udp", heartbeat(), position, Estimator(100.0, 0x33F))
    return replace(made, **parts)


def target(at_s=100.0, north=0.0, up=75.0):
    return NavigationTarget(at_s, 52.0 + north, 6.0, up)


def to_site(latitude, longitude):
    return (longitude - 6.0) * 1000, (latitude - 52.0) * 1000


def known(ahead, told, now=NOW, airframe=None):
    return ahead.known(told, airframe, RULES, to_site, now)


def test_where_it_says_that_it_flies_is_a_place_of_the_site():
    (place,) = known(WayAhead(), state(target=target(north=0.1))).places
    assert place == pytest.approx((0.0, 100.0, 75.0))


@pytest.mark.parametrize(
    "told",
    [
        state(),
        state(target=target(at_s=100.0 - TARGET_OLD_S - 0.1)),
        state(target=target(), heartbeat=None),
        state(target=target(), heartbeat=heartbeat(autopilot=Autopilot.PX4)),
    ],
    ids=["none", "old", "no heartbeat", "another autopilot's carrot"],
)
def test_what_is_not_a_place_to_rely_on_is_none(told):
    assert known(WayAhead(), told).places == ()


def test_a_new_target_may_still_be_turned_to_and_the_same_again_is_no_new_one():
    ahead = WayAhead()
    assert known(ahead, state(target=target())).newly
    later = instant(100.0 + NEWLY_S + 0.1)
    assert not known(ahead, state(target=target(at_s=104.0)), later).newly
    assert known(ahead, state(target=target(at_s=104.0, north=0.2)), later).newly


def test_in_a_mission_the_leg_leads_from_the_place_before():
    ahead = WayAhead()
    assert known(ahead, state(target=target(north=0.1))).came_from is None
    assert known(ahead, state(target=target(north=0.3))).came_from == pytest.approx((0.0, 100.0, 75.0))
    guided = state(target=target(north=0.5), heartbeat=heartbeat("GUIDED"))
    assert known(ahead, guided).came_from is None, "it flies straight there"


@pytest.mark.parametrize(
    ("mode", "vehicle_class", "circle_m"),
    [
        ("GUIDED", VehicleClass.PLANE, PLANE.loiter_radius_m),
        ("RTL", VehicleClass.PLANE, PLANE.rtl_radius_m),
        ("AUTO", VehicleClass.PLANE, 0.0),
        ("GUIDED", VehicleClass.COPTER, 0.0),
    ],
)
def test_only_a_plane_circles_where_its_mode_ends(mode, vehicle_class, circle_m):
    told = state(target=target(), heartbeat=heartbeat(mode, vehicle_class=vehicle_class))
    assert known(WayAhead(), told, airframe=PLANE).circle_m == circle_m


@pytest.mark.parametrize(
    ("gps", "ratio", "expected_m"),
    [
        (None, 0.0, RULES.position_error_m),
        (GpsFix(100.0, 6, 12, 0.8, 0.3), 0.0, RULES.position_error_m),
        (GpsFix(100.0, 3, 12, 0.8, 4.0), 0.0, 8.0),
        (GpsFix(100.0, 3, 6, 2.0), 0.0, 2 * 2.0 * RULES.hdop_error_m),
        (GpsFix(100.0 - GPS_OLD_S - 1, 3, 6, 9.0, 20.0), 0.0, RULES.position_error_m),
        (None, 0.4, RULES.position_error_m),
        (None, 0.9, RULES.position_error_m * 1.8),
    ],
    ids=["not told", "a good one", "its own word", "by its HDOP", "old", "the filter is calm", "the filter doubts"],
)
def test_how_far_off_it_may_be_is_the_receivers_and_the_filters_word_and_never_less_than_the_ranges(
    gps, ratio, expected_m
):
    assert error_m(state(gps=gps, estimator=Estimator(100.0, 0x33F, ratio)), RULES, NOW) == pytest.approx(expected_m)


@given(st.floats(0, 2))
def test_an_older_report_is_less_sure(age_s):
    told = state()
    assert error_m(told, RULES, instant(100.0 + age_s)) >= error_m(told, RULES, NOW)


def test_only_a_plane_is_carried_off_by_a_wind_that_is_fresh():
    def drift(told, at_s=100.0):
        ahead = WayAhead()
        for n in range(7):
            angle = 0.2 * n * 0.3
            ahead.take(
                PositionReport(
                    100.0, 1000 + n * 200, 52.0, 6.0, 75.0, 40.0,
                    20 * math.cos(angle) - 5.0, 20 * math.sin(angle) + 3.0, 0.0, None,
                ),
                told,
            )  # fmt: skip
        return known(ahead, told, instant(at_s)).trend

    plane = heartbeat("FBWA", vehicle_class=VehicleClass.PLANE)
    wind = WindEstimate(100.0, 3.0, -5.0)
    seen = drift(state(heartbeat=plane, wind=wind))
    assert (seen.drift_east_mps, seen.drift_north_mps) == (3.0, -5.0)
    assert seen.turn_radps == pytest.approx(0.3)
    assert drift(state(wind=wind)).drift_east_mps == 0.0
    assert drift(state(heartbeat=plane, wind=wind), 100.0 + WIND_OLD_S + 1).drift_east_mps == 0.0
