"""Stopping distances against what a real ArduCopter needed (docs/simulator.md, "Dynamics")."""

import math
from dataclasses import replace

import pytest

from rangeops.domain.aircraft import BrakeTest
from rangeops.sim.dynamics import Multirotor, Tilt, brake_distance_m, limits_of
from rangeops.sim.scenario import Wind, load_airframe

BRAKE, RTL, LAND = 17, 6, 9


def stop(flight, mode, speed_mps):
    """(distance, seconds, height lost) from the command to rest, flying east at `speed_mps`."""
    flight.airborne(40)
    flight.send_to(0, 3000, 40)
    flight.command(178, 1, speed_mps)
    assert flight.wait(lambda: flight.v.motion.ground_speed_mps > speed_mps * 0.985, 40)
    flight.run(3)
    start = flight.v.motion
    at_s = flight.at_s
    assert flight.mode(mode) == 0
    farthest = start.east_m
    while flight.v.motion.ground_speed_mps > 0.15 and flight.at_s < at_s + 12:
        flight.run(0.04)
        farthest = max(farthest, flight.v.motion.east_m)
    return farthest - start.east_m, flight.at_s - at_s, start.up_m - flight.v.motion.up_m


@pytest.mark.parametrize(
    ("speed_mps", "measured_m"), [(5.1, 9.1), (7.8, 15.3), (8.2, 16.1), (9.6, 19.7), (9.9, 20.3), (10.0, 20.6)]
)
def test_brake_stops_where_the_measured_vehicle_stopped(flight, speed_mps, measured_m):
    distance_m, seconds, _ = stop(flight, BRAKE, speed_mps)
    assert distance_m == pytest.approx(measured_m, rel=0.08)
    assert 3.2 <= seconds <= 5.3


@pytest.mark.parametrize(("speed_mps", "measured_m"), [(7.7, 15.4), (8.9, 17.2), (10.0, 20.9)])
def test_rtl_turns_where_the_measured_vehicle_turned(flight, speed_mps, measured_m):
    distance_m, seconds, _ = stop(flight, RTL, speed_mps)
    assert distance_m == pytest.approx(measured_m, rel=0.1)
    assert 2.6 <= seconds <= 4.5


@pytest.mark.parametrize(("speed_mps", "measured_m"), [(7.8, 23.5), (10.0, 24.4)])
def test_land_runs_on_as_the_measured_vehicle_did(flight, speed_mps, measured_m):
    distance_m, _, lower_m = stop(flight, LAND, speed_mps)
    assert distance_m == pytest.approx(measured_m, rel=0.06)
    assert lower_m == pytest.approx(5.0, abs=1.0)


@pytest.mark.parametrize("factor", [0.7, 1.5])
def test_an_airframes_own_brake_test_scales_its_stop(make_flight, spec, factor):
    tests = tuple(BrakeTest(t.speed_mps, t.distance_m * factor) for t in spec.airframe.brake_tests)
    distance_m, _, _ = stop(make_flight(airframe=replace(spec.airframe, brake_tests=tests)), BRAKE, 10.0)
    assert distance_m == pytest.approx(20.6 * factor, rel=0.1)


def test_an_airframe_without_brake_tests_stops_by_its_deceleration_and_lag(make_flight, spec):
    airframe = replace(spec.airframe, brake_tests=())
    distance_m, _, _ = stop(make_flight(airframe=airframe), BRAKE, 8.0)
    assert distance_m == pytest.approx(8.0**2 / (2 * 2.5) + 0.8 * 8.0, rel=0.08)


def test_the_brake_law_integrates_to_its_distance():
    limits = limits_of(load_airframe("survey-quad", where="test"))
    assert limits.brake_rate == pytest.approx(1.0, abs=0.05)
    speed, distance, dt = 10.0, 0.0, 1e-4
    while speed > 0:
        speed -= (1.0 + speed / 2.5) * dt
        distance += speed * dt
    assert distance == pytest.approx(brake_distance_m(10.0), rel=1e-3)


def test_it_takes_off_and_lands_as_fast_as_the_airframe_allows(flight):
    flight.airborne(30)
    climbs = [m.vz / -100 for m in flight.heard("GLOBAL_POSITION_INT")]
    assert not climbs  # nothing streams before it is asked for
    flight.command(511, 33, 100_000)
    flight.mode(LAND)
    assert flight.wait(lambda: not flight.v.armed, 60)
    sinks = [m.vz / 100 for m in flight.heard("GLOBAL_POSITION_INT")]
    assert max(sinks) == pytest.approx(1.5, abs=0.05)
    assert sinks.count(0.5) > 100  # LAND_SPEED over the last 10 m


def test_a_wind_stronger_than_its_top_speed_carries_it_away(make_flight):
    flight = make_flight().airborne(20)
    flight.mode(BRAKE)
    flight.run(3)
    flight.v.wind.steady = Wind(speed_mps=20.0, from_deg=270.0)
    flight.run(10)
    assert flight.v.motion.east_mps > 3.0
    flight.v.wind.steady = Wind(speed_mps=8.0, from_deg=270.0)
    assert flight.wait(lambda: flight.v.motion.ground_speed_mps < 0.1, 60)  # back at the point that it held


def test_gusts_move_a_hovering_vehicle_but_do_not_take_it_away(make_flight):
    flight = make_flight(wind=Wind(6.0, 200.0, gust_mps=1.5), seed=3).airborne(20)
    flight.mode(BRAKE)
    flight.run(5)
    places = []
    for _ in range(300):
        flight.run(0.2)
        places.append((flight.v.body.north_m, flight.v.body.east_m))
    spread = max(math.dist(a, places[0]) for a in places)
    assert 0.1 < spread < 6.0


def test_a_body_without_thrust_falls():
    limits = limits_of(load_airframe("survey-quad", where="test"))
    body = Multirotor(limits, 0.0)
    body.place(0.0, 0.0, 50.0)
    for _ in range(100):
        body.step(0.04, Tilt(thrust=False), (0.0, 0.0))
    assert body.on_ground


@pytest.mark.parametrize("seed", [1, 2])
def test_a_flight_with_noise_and_gusts_repeats_itself_under_one_seed(make_flight, seed):
    def flown():
        flight = make_flight(wind=Wind(5.0, 10.0, 2.0), gps_noise_m=1.0, seed=seed).airborne(15)
        flight.send_to(60, 60, 15)
        flight.run(20)
        return flight.v.motion

    assert flown() == flown()
