"""The circle in which a vehicle can be by now: it contains whatever it can have done, and says when it touches an edge."""

import itertools
import math
import random
from dataclasses import replace

import pytest
from desk import TWENTE, TomlAirframes
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.domain.containment import Containment
from rangeops.domain.reach import (
    STRONGEST_WIND_MPS,
    UNKNOWN_SPEED_MPS,
    Pace,
    data_loss_flight_time_s,
    pace_of,
    reach_of,
)
from rangeops.domain.telemetry import PositionReport
from rangeops.domain.volumes import operational_volumes
from rangeops.sim.channel import mavlink
from rangeops.sim.lockstep import Lockstep
from rangeops.sim.scenario import Place, VehicleSpec, Wind

FRAME = TWENTE.frame
SURVEY = TomlAirframes().get("survey-quad")
EAST = TWENTE.volume("EAST").flight_geography
VOLUMES = operational_volumes(EAST, SURVEY, FRAME, TWENTE.assumptions)


def report(place=(0.0, 0.0), velocity=(0.0, 0.0), altitude=85.0, down=0.0):
    latitude, longitude = FRAME.to_geodetic(*place)
    return PositionReport(0.0, 0, latitude, longitude, altitude, altitude - 35, velocity[1], velocity[0], down, None)


LEGS = st.lists(
    st.tuples(st.floats(0, 2 * math.pi), st.floats(0, 1), st.floats(-1, 1), st.floats(0.05, 3.0)),
    min_size=1,
    max_size=12,
)


@given(LEGS, st.floats(0, 12), st.floats(0, 2 * math.pi))
@settings(max_examples=150, deadline=None)
def test_the_circle_contains_every_place_that_a_flight_can_get_to(legs, wind_mps, wind_to):
    """Any courses at any speed the airframe has, blown along by any wind that the range counts with."""
    last = report()
    pace = pace_of(SURVEY, last, 12.0)
    east = north = up = flown_s = 0.0
    for course, share, climbs, for_s in legs:
        speed = share * SURVEY.max_speed_mps
        east += (speed * math.sin(course) + wind_mps * math.sin(wind_to)) * for_s
        north += (speed * math.cos(course) + wind_mps * math.cos(wind_to)) * for_s
        up += climbs * (SURVEY.climb_speed_mps if climbs > 0 else SURVEY.descent_speed_mps) * for_s
        flown_s += for_s
        reach = reach_of(last, pace, flown_s)
        assert math.hypot(east, north) <= reach.radius_m
        assert reach.lowest_amsl_m <= 85.0 + up <= reach.highest_amsl_m


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 40), st.floats(0, 10))
def test_the_circle_touches_when_the_data_loss_flight_time_is_over_and_not_before(lateral, headroom, speed, climb):
    pace = Pace(speed, climb, 5.0)
    loss_s = data_loss_flight_time_s(lateral, headroom, pace)
    if loss_s in (0.0, math.inf):
        return
    before, after = reach_of(report(), pace, loss_s * 0.999), reach_of(report(), pace, loss_s * 1.001 + 1e-9)
    assert before.radius_m < lateral or math.isclose(before.radius_m, lateral)
    assert before.highest_amsl_m - 85.0 < headroom or math.isclose(before.highest_amsl_m - 85.0, headroom)
    assert after.radius_m >= lateral or after.highest_amsl_m - 85.0 >= headroom


def test_what_was_seen_to_be_faster_than_its_airframe_is_believed():
    assert pace_of(SURVEY, report(velocity=(40.0, 30.0)), 8.0).ground_mps == 50.0
    assert pace_of(SURVEY, report(), 8.0).ground_mps == SURVEY.max_speed_mps + 8.0
    assert pace_of(None, report(), STRONGEST_WIND_MPS).ground_mps == UNKNOWN_SPEED_MPS + STRONGEST_WIND_MPS


def test_the_room_is_that_of_the_contingency_volume_and_without_a_slot_of_the_range():
    containment = Containment(VOLUMES, TWENTE.boundary, SURVEY, FRAME)
    ring = [FRAME.to_site(*point) for point in EAST.outer]
    middle = report((sum(x for x, _ in ring) / 4, sum(y for _, y in ring) / 4))
    lateral_m, headroom_m, edge = containment.room(middle)
    inside = containment.judge(middle, age_s=0.0, horizon_s=30.0)
    assert lateral_m > inside.margin_m
    assert headroom_m == pytest.approx(VOLUMES.contingency.ceiling_amsl_m - 85.0)
    assert edge.endswith("edge")
    free = Containment(None, TWENTE.boundary, None, FRAME).room(middle)
    assert free[0] > lateral_m
    assert free[1] == pytest.approx(TWENTE.boundary.ceiling_amsl_m - 85.0)


def test_where_it_was_outside_already_no_time_is_left():
    assert data_loss_flight_time_s(-5.0, 50.0, Pace(20.0, 3.0, 3.0)) == 0.0
    assert data_loss_flight_time_s(50.0, 50.0, Pace(0.0, 0.0, 0.0)) == math.inf
    assert reach_of(report(), Pace(0.0, 0.0, 0.0), 10.0) == replace(
        reach_of(report(), Pace(0.0, 0.0, 0.0), 0.0), age_s=10.0
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_circle_contains_where_a_simulated_copter_gets_to_in_wind(seed):
    """Sent to and fro at its fastest, in gusts: from each place the circle holds every later one for ten seconds."""
    chance = random.Random(seed)
    home = Place(52.2756659, 6.8985442)
    spec = VehicleSpec("D07", 7, SURVEY, home, 35.0, airborne_m=50.0)
    flight = Lockstep(spec, wind=Wind(8.0, chance.uniform(0, 360), 2.0), seed=seed)
    flight.run(2.0)
    flight.command(mavlink.MAV_CMD_DO_SET_MODE, 1, 4)
    flown = []
    for step in range(300):
        if step % 40 == 0:
            target = (home.latitude_deg + chance.uniform(-3e-3, 3e-3), home.longitude_deg + chance.uniform(-3e-3, 3e-3))
            flight.send(
                mavlink.MAVLink_set_position_target_global_int_message(
                    0, 7, 1, mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT, 0b110111111000,
                    round(target[0] * 1e7), round(target[1] * 1e7), chance.uniform(20, 80), *[0] * 8,
                )
            )  # fmt: skip
        flight.run(0.2)
        body = flight.vehicle.body
        flown.append((body.east_m, body.north_m, body.up_m, body.east_mps, body.north_mps, body.climb_mps))
    assert max(math.dist(a[:2], b[:2]) for a, b in itertools.pairwise(flown)) > 1.0, "it does fly"
    for number, (east, north, up, v_east, v_north, climb) in enumerate(flown):
        last = report((0.0, 0.0), (v_east, v_north), altitude=85.0, down=-climb)
        pace = pace_of(SURVEY, last, 12.0)
        for later, (e, n, u, *_) in enumerate(flown[number : number + 50]):
            reach = reach_of(last, pace, later * 0.2)
            assert math.hypot(e - east, n - north) <= reach.radius_m
            assert reach.lowest_amsl_m <= 85.0 + u - up <= reach.highest_amsl_m
