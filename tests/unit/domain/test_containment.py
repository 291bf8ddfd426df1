"""The judgement that enforcement acts on: standings, forecasts, and what must never be called inside."""

import math
import tomllib
from dataclasses import replace

import containment_oracle as oracle
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rangeops import paths
from rangeops.adapters.formats.range_folder import load_range
from rangeops.domain.aircraft import airframe_from
from rangeops.domain.containment import Containment, Standing
from rangeops.domain.stopping import stopping_distance_m
from rangeops.domain.telemetry import PositionReport
from rangeops.domain.volumes import operational_volumes

TWENTE = load_range(paths.shipped("geofences") / "twente")
SURVEY = airframe_from(
    tomllib.loads((paths.shipped("hardware") / "airframes" / "survey-quad.toml").read_text()), where="survey-quad"
)
EAST = TWENTE.volume("EAST").flight_geography
VOLUMES = operational_volumes(EAST, SURVEY, TWENTE.frame, TWENTE.assumptions)
CONTAINMENT = Containment(VOLUMES, TWENTE.boundary, SURVEY, TWENTE.frame)
GROUND = TWENTE.elevation_amsl_m
SIN, COS = math.sin(math.radians(53)), math.cos(math.radians(53))


def at(u, v, height=40.0, *, along=0.0, left=0.0, up=0.0, home_amsl=GROUND) -> PositionReport:
    """A report in runway axes: u along 053° true, v to its left; velocities alike; height above the ground."""
    latitude, longitude = TWENTE.frame.to_geodetic(u * SIN - v * COS, u * COS + v * SIN)
    return PositionReport(
        at_s=0.0,
        time_boot_ms=0,
        latitude_deg=latitude,
        longitude_deg=longitude,
        altitude_amsl_m=GROUND + height,
        height_above_home_m=GROUND + height - home_amsl,
        velocity_north_mps=along * COS + left * SIN,
        velocity_east_mps=along * SIN - left * COS,
        velocity_down_mps=-up,
        heading_deg=None,
    )


def judge(position, *, age_s=0.0, horizon_s=30.0, containment=CONTAINMENT):
    return containment.judge(position, age_s=age_s, horizon_s=horizon_s)


@pytest.mark.parametrize(
    ("position", "standing"),
    [
        (at(500, -400), Standing.INSIDE),
        (at(500, -585), Standing.CONTINGENCY),
        (at(500, -645), Standing.BUFFER),
        (at(500, -757), Standing.BUFFER),
        (at(500, -760), Standing.OUTSIDE_RANGE),
        (at(500, -400, 89), Standing.INSIDE),
        (at(500, -400, 91), Standing.CONTINGENCY),
        (at(500, -400, 112), Standing.BUFFER),
        (at(500, -400, 170), Standing.OUTSIDE_RANGE),
        (at(500, -400, -6), Standing.CONTINGENCY),
        (at(500, -400, 0), Standing.INSIDE),
        (None, Standing.UNKNOWN),
        (replace(at(500, -400), altitude_amsl_m=math.nan), Standing.UNKNOWN),
        (replace(at(500, -400), latitude_deg=math.inf), Standing.UNKNOWN),
        (replace(at(500, -400), velocity_east_mps=math.nan), Standing.UNKNOWN),
    ],
)
def test_where_it_is_picks_the_standing(position, standing):
    assert judge(position).standing is standing


def test_what_is_not_known_has_no_figures():
    exposure = judge(None)
    assert (exposure.margin_m, exposure.time_to_exit_s, exposure.time_to_act_s) == (None, None, None)


def test_without_a_slot_only_the_range_counts():
    free = Containment(None, TWENTE.boundary, None, TWENTE.frame)
    assert judge(at(0, 0), containment=free).standing is Standing.UNASSIGNED
    assert judge(at(0, 800), containment=free).standing is Standing.OUTSIDE_RANGE
    leaving = judge(at(0, 700, along=0, left=10), containment=free)
    assert leaving.time_to_exit_s == pytest.approx(5.8, abs=0.01)
    assert leaving.edge == "north-west edge"


@pytest.mark.parametrize(
    ("position", "edge", "exit_s"),
    [
        (at(500, -500, left=-8), "south-east edge", 10.0),
        (at(500, -310, left=8), "north-west edge", 10.0),
        (at(770, -400, along=8), "north-east edge", 10.0),
        (at(230, -400, along=-8), "south-west edge", 10.0),
        (at(500, -400, 80, up=1), "ceiling", 10.0),
    ],
)
def test_the_edge_ahead_is_named_in_an_operators_words(position, edge, exit_s):
    exposure = judge(position)
    assert exposure.standing is Standing.INSIDE
    assert exposure.edge == edge
    assert exposure.time_to_exit_s == pytest.approx(exit_s, abs=0.02)


def test_the_sooner_of_ceiling_and_edge_is_told_and_the_sooner_to_act_on():
    exposure = judge(at(500, -500, 85, left=-8, up=2.5))
    assert (exposure.edge, exposure.time_to_exit_s) == ("ceiling", pytest.approx(2.0))
    assert exposure.time_to_act_s < 2.0


def test_a_stop_at_the_last_moment_ends_at_the_edge():
    exposure = judge(at(500, -480, left=-8))
    flown = 8 * exposure.time_to_act_s + stopping_distance_m(SURVEY, 8.0)
    assert flown == pytest.approx(100, abs=0.05)
    assert exposure.stopping_distance_m == pytest.approx(stopping_distance_m(SURVEY, 8.0))


def test_too_late_is_told_as_too_late():
    exposure = judge(at(500, -570, left=-8))
    assert exposure.time_to_exit_s == pytest.approx(1.25, abs=0.01)
    assert exposure.time_to_act_s < 0


@given(st.floats(0, 5))
def test_the_reports_age_is_taken_off_every_time(age_s):
    fresh, old = judge(at(500, -480, left=-8)), judge(at(500, -480, left=-8), age_s=age_s)
    assert old.time_to_exit_s == pytest.approx(fresh.time_to_exit_s - age_s)
    assert old.time_to_act_s == pytest.approx(fresh.time_to_act_s - age_s)


def test_beyond_the_horizon_there_is_no_forecast():
    exposure = judge(at(200, -400, along=8), horizon_s=30)
    assert exposure.time_to_exit_s is None
    assert exposure.time_to_act_s is None
    assert judge(at(200, -400, along=8), horizon_s=90).time_to_exit_s == pytest.approx(81.25, abs=0.1)


def test_outside_it_has_already_left():
    exposure = judge(at(500, -590, left=8))
    assert exposure.margin_m == pytest.approx(-10, abs=0.05)
    assert (exposure.time_to_exit_s, exposure.time_to_act_s) == (0.0, 0.0)


@pytest.mark.parametrize("height", [0.0, 0.5, 3, 10, 40])
@pytest.mark.parametrize("rate", [0.5, 1.5, 3.0])
def test_a_landing_at_home_is_no_exit(height, rate):
    """The floor lies under the ground that it took off from: nothing flies through it."""
    exposure = judge(at(500, -400, height, up=-rate))
    assert exposure.standing is Standing.INSIDE
    assert exposure.time_to_exit_s is None
    assert exposure.edge != "floor"


def test_standing_at_home_is_inside_though_the_altimeter_wanders():
    for wander in (-4.5, -1, 0, 3):
        assert judge(at(500, -400, wander, up=0.03)).standing is Standing.INSIDE


def test_a_floor_above_the_ground_counts():
    high = replace(EAST, floor_amsl_m=GROUND + 20)
    containment = Containment(replace(VOLUMES, flight_geography=high), TWENTE.boundary, SURVEY, TWENTE.frame)
    exposure = judge(at(500, -400, 30, up=-2), containment=containment)
    assert (exposure.edge, exposure.margin_m) == ("floor", pytest.approx(10))
    assert exposure.time_to_exit_s == pytest.approx(5)
    assert judge(at(500, -400, 19), containment=containment).standing is Standing.CONTINGENCY


def test_a_vehicle_that_hovers_has_no_forecast_and_a_margin():
    exposure = judge(at(500, -500))
    assert exposure.time_to_exit_s is None
    assert exposure.margin_m == pytest.approx(50, abs=0.01)  # to the ceiling; the nearest side is 80 m off


@settings(max_examples=200)
@given(st.floats(0, 1000), st.floats(-800, 0), st.floats(-5, 120))
def test_inside_is_what_the_oracle_calls_inside(u, v, height):
    position = at(u, v, height)
    frame = TWENTE.frame
    point = frame.to_site(position.latitude_deg, position.longitude_deg)
    margin = min(
        oracle.margin(point, [frame.to_site(*corner) for corner in EAST.outer]),
        EAST.ceiling_amsl_m - position.altitude_amsl_m,
    )
    assume(abs(margin) > 1e-6)
    exposure = judge(position)
    assert (exposure.standing is Standing.INSIDE) == (margin >= 0)
    assert exposure.margin_m == pytest.approx(margin, abs=1e-6)


velocities = st.tuples(st.floats(-12, 12), st.floats(-12, 12), st.floats(-3, 3))


@settings(max_examples=200)
@given(st.floats(160, 840), st.floats(-570, -240), st.floats(2, 88), velocities)
def test_as_long_as_it_may_still_wait_a_stop_ends_inside(u, v, height, velocity):
    """Fly on for time_to_act_s, then stop in the stopping distance: still inside, in every direction."""
    along, left, up = velocity
    position = at(u, v, height, along=along, left=left, up=up)
    exposure = judge(position, horizon_s=20)
    wait_s = 20.0 if exposure.time_to_act_s is None else exposure.time_to_act_s
    speed = math.hypot(along, left)
    assume(wait_s >= 0 and exposure.time_to_exit_s is not None)
    stop_m = stopping_distance_m(SURVEY, speed)
    beyond = (speed * wait_s + stop_m) / speed if speed > 0.05 else 0.0
    rise = up * wait_s + math.copysign(stopping_distance_m(SURVEY, abs(up)), up)
    there = at(u + along * beyond, v + left * beyond, max(0.0, height + rise) if up < 0 else height + rise)
    assert judge(there).margin_m >= -0.01


def test_the_shipped_home_of_every_volume_is_inside_while_on_the_ground():
    for volume in TWENTE.volumes:
        volumes = operational_volumes(volume.flight_geography, SURVEY, TWENTE.frame, TWENTE.assumptions)
        containment = Containment(volumes, TWENTE.boundary, SURVEY, TWENTE.frame)
        ring = volume.flight_geography.outer
        middle = tuple(sum(corner[axis] for corner in ring) / len(ring) for axis in (0, 1))
        home = replace(at(0, 0, 0), latitude_deg=middle[0], longitude_deg=middle[1])
        exposure = judge(home, containment=containment)
        assert exposure.standing is Standing.INSIDE
        assert exposure.edge != "floor"
