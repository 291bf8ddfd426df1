"""The geofence: what is a breach, what comes of it, and what it refuses."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from rangeops.sim.channel import mavlink
from rangeops.sim.fence import contains, distance_to_edge_m

OK, FAILED = 0, 4
GUIDED, RTL, LAND, BRAKE, SMART_RTL, LOITER = 4, 6, 9, 17, 21, 5


def fenced(flight, shapes, items=None):
    flight.ready()
    assert flight.upload(shapes.square() if items is None else items, 1) == OK
    flight.run(0.2)
    assert flight.command(207, 1) == OK
    flight.command(511, 162, 100_000)
    return flight


def fly_out(flight, east_m=800):
    """Out of the square, by a target that was set while the fence was off."""
    flight.airborne(20)
    flight.command(207, 0)
    flight.send_to(0, east_m)
    flight.run(6)
    assert flight.command(207, 1) == OK


def test_a_breach_its_mode_change_and_its_text_come_in_one_moment(flight, shapes):
    fly_out(fenced(flight, shapes))
    assert flight.wait(lambda: flight.v.mode.number == RTL, 60)
    first = next(i for i, h in enumerate(flight.log) if h.type == "HEARTBEAT" and h.message.custom_mode == RTL)
    moment = flight.log[first : first + 3]
    assert [h.type for h in moment] == ["HEARTBEAT", "FENCE_STATUS", "STATUSTEXT"]
    assert len({h.at_s for h in moment}) == 1
    assert flight.texts()[-1] == "Fence Breached"
    status = flight.heard("FENCE_STATUS")[-1]
    assert (status.breach_status, status.breach_type, status.breach_mitigation) == (1, 3, 1)


def test_rtl_runs_on_past_the_fence_as_far_as_measured(captured_flight, shapes):
    """21 m at 10 m/s, and the breach is over 10 s after the mode change, not when it is back inside."""
    flight = captured_flight
    fly_out(fenced(flight, shapes))
    assert flight.wait(lambda: flight.v.mode.number == RTL, 60)
    breach_s, farthest_m = flight.at_s, 0.0
    back_s = None
    while flight.v.fence.breached:
        flight.run(0.04)
        farthest_m = max(farthest_m, flight.v.motion.east_m)
        if back_s is None and flight.at_s > breach_s + 3 and flight.v.motion.east_m < 150:
            back_s = flight.at_s
    assert farthest_m - 150 == pytest.approx(21, rel=0.1)
    assert back_s is not None
    assert back_s < flight.at_s
    assert flight.at_s - breach_s == pytest.approx(10.0, abs=0.2)


@pytest.fixture
def captured_flight(make_flight, spec):
    from dataclasses import replace

    return make_flight(airframe=replace(spec.airframe, cruise_speed_mps=10.0, max_speed_mps=10.0))


@pytest.mark.parametrize(
    ("action", "mode"), [(1, RTL), (2, LAND), (3, SMART_RTL), (4, BRAKE), (5, SMART_RTL), (9, RTL)]
)
def test_the_action_is_the_parameters(flight, shapes, action, mode):
    fenced(flight, shapes)
    flight.v.parameters.put("FENCE_ACTION", action)
    fly_out(flight)
    assert flight.wait(lambda: bool(flight.v.fence.breached), 60)
    assert flight.v.mode.number == mode


def test_report_only_changes_nothing_but_says_so(flight, shapes):
    fenced(flight, shapes)
    flight.v.parameters.put("FENCE_ACTION", 0)
    fly_out(flight)
    assert flight.wait(lambda: bool(flight.v.fence.breached), 60)
    assert flight.v.mode.number == GUIDED
    assert flight.texts()[-1] == "Fence Breached"


def test_more_than_a_hundred_metres_out_it_lands(flight, shapes):
    fenced(flight, shapes)
    flight.airborne(20)
    flight.command(207, 0)
    flight.send_to(0, 600)
    assert flight.wait(lambda: flight.v.motion.east_m > 280, 90)
    flight.command(207, 1)
    flight.run(0.2)
    assert flight.v.mode.number == LAND


def test_a_pilots_mode_change_during_a_breach_is_let_be(flight, shapes):
    fly_out(fenced(flight, shapes))
    assert flight.wait(lambda: flight.v.mode.number == RTL, 60)
    flight.run(2)
    assert flight.mode(BRAKE) == OK
    flight.run(25)
    assert flight.v.mode.number == BRAKE


def test_a_guided_target_outside_is_dropped_without_a_word(flight, shapes):
    fenced(flight, shapes).airborne(20)
    first = len(flight.log)
    assert flight.send_to(0, 800) == []
    flight.run(6)
    assert flight.v.motion.ground_speed_mps < 0.2
    assert not [h for h in flight.log[first:] if h.type in {"STATUSTEXT", "COMMAND_ACK"}]
    flight.send_to(0, 100)
    flight.run(6)
    assert flight.v.motion.ground_speed_mps > 3


def test_outside_before_take_off_it_is_not_armed(flight, shapes):
    far = [(n + 2000, e) for n, e in [(150, -150), (150, 150), (-150, 150), (-150, -150)]]
    fenced(flight, shapes, shapes.polygon(far))
    flight.run(0.5)
    assert flight.heard("FENCE_STATUS")[-1].breach_status == 1
    flight.mode(GUIDED)
    assert flight.command(400, 1) == FAILED
    assert flight.texts()[-1] == "Arm: vehicle outside fence"
    assert "Fence Breached" not in flight.texts()  # on the ground it is silent
    assert flight.upload([], 1) == OK
    assert flight.wait(lambda: flight.v.fence.pre_arm_problem() is None, 11)
    assert flight.command(400, 1) == OK


@pytest.mark.parametrize(
    ("items", "inside"),
    [
        ("circle", True),
        ("hole", False),
        ("two areas", False),
    ],
)
def test_inclusions_must_all_hold_and_exclusions_none(flight, shapes, items, inside):
    chosen = {
        "circle": [shapes.circle(0, 0, 30)],
        "hole": [*shapes.square(), shapes.circle(0, 0, 10, 5004)],
        "two areas": [*shapes.square(), *shapes.polygon([(500, 500), (600, 500), (600, 600)])],
    }[items]
    fenced(flight, shapes, chosen)
    flight.run(0.5)
    assert bool(flight.v.fence.breached) is not inside


def test_height_counts_from_home(flight, shapes):
    fenced(flight, shapes)
    flight.v.parameters.put("FENCE_ALT_MAX", 30)
    flight.airborne(20)
    flight.send_to(5, 0, 35)
    flight.run(3)
    assert flight.v.motion.up_m < 21  # above the fence: dropped
    flight.v.parameters.put("FENCE_ALT_MAX", 15)
    flight.run(0.2)
    status = flight.heard("FENCE_STATUS")[-1]
    assert (status.breach_status, status.breach_type) == (1, 2)
    assert flight.v.mode.number == RTL


def test_enabling_with_nothing_there_fails(flight):
    flight.ready()
    flight.v.parameters.put("FENCE_TYPE", 4)
    assert flight.command(207, 1) == FAILED
    flight.v.parameters.put("FENCE_TYPE", 7)
    assert flight.command(207, 1) == OK
    assert flight.command(207, 0) == OK


def test_the_status_is_sent_only_while_it_is_enabled(flight, shapes):
    fenced(flight, shapes)
    flight.run(1)
    assert flight.heard("FENCE_STATUS")
    flight.command(207, 0)
    since = flight.at_s + 0.01
    flight.run(2)
    assert not flight.heard("FENCE_STATUS", since_s=since)


def fence_parameter(flight):
    return flight.send(mavlink.MAVLink_param_request_read_message(7, 1, b"FENCE_ENABLE", -1))[0].param_value


def test_the_command_sets_the_parameter_until_the_next_boot(flight, shapes):
    fenced(flight, shapes)
    assert fence_parameter(flight) == 1
    flight.send(mavlink.MAVLink_param_set_message(7, 1, b"FENCE_ENABLE", 0, 2))
    assert not flight.v.fence.enabled
    assert flight.command(207, 1) == OK
    flight.command(246, 1)
    flight.run(5)
    assert not flight.v.fence.enabled


def test_enabled_beforehand_it_is_in_force_with_its_first_polygon(flight, shapes):
    flight.ready()
    for name, value in ((b"FENCE_TYPE", 4), (b"FENCE_ENABLE", 1)):
        flight.send(mavlink.MAVLink_param_set_message(7, 1, name, value, 2))
    assert "Fences enabled, but none selected" in flight.v.arming.problems()
    assert not flight.v.message(1).onboard_control_sensors_enabled & 0x100000
    assert flight.upload(shapes.square(), 1) == OK
    flight.run(0.2)
    assert flight.v.message(1).onboard_control_sensors_enabled & 0x100000
    assert flight.v.message(162) is not None


def test_the_parameter_enables_it_too(flight, shapes):
    flight.ready()
    flight.upload(shapes.square(), 1)
    flight.send(mavlink.MAVLink_param_set_message(7, 1, b"FENCE_ENABLE", 1, 9))
    assert flight.v.fence.enabled


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"FENCE_ALT_MAX": -1}, "Invalid FENCE_ALT_MAX value"),
        ({"FENCE_RADIUS": -1}, "Invalid FENCE_RADIUS value"),
        ({"FENCE_MARGIN": 80}, "FENCE_MARGIN too big"),
        ({"FENCE_ALT_MIN": 120}, "FENCE_ALT_MAX < FENCE_ALT_MIN"),
        ({"FENCE_TYPE": 0}, "Fences enabled, but none selected"),
    ],
)
def test_a_senseless_fence_is_not_armed_with(flight, shapes, changes, text):
    fenced(flight, shapes)
    for name, value in changes.items():
        flight.v.parameters.put(name, value)
    flight.mode(GUIDED)
    assert flight.command(400, 1) == FAILED
    assert f"Arm: {text}" in flight.texts()


def test_a_lost_position_is_no_breach(flight, shapes):
    fly_out(fenced(flight, shapes))
    flight.v.navigation.gps_denied = True
    flight.run(8.5)
    assert not flight.v.navigation.trusted
    flight.run(20)
    assert not flight.v.fence.breached


coordinates = st.floats(-200, 200)


@given(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=9, unique=True), coordinates, coordinates)
def test_containment_and_distance_agree_with_shapely(corners, north, east):
    shape = Polygon(corners)
    if not shape.is_valid or shape.exterior.distance(Point(north, east)) < 1e-6:
        return
    assert contains(corners, north, east) == shape.contains(Point(north, east))
    assert math.isclose(
        distance_to_edge_m(corners, north, east), shape.exterior.distance(Point(north, east)), abs_tol=1e-6
    )
