"""AUTO missions: the order of items, what is said, and where they end."""

import pytest

from rangeops.sim.channel import mavlink

OK, FAILED = 0, 4
AUTO, GUIDED, BRAKE = 3, 4, 17


def wp(shapes, north_m, east_m, *, hold_s=0.0, command=16, p3=0.0):
    return (command, 3, (hold_s, 0, p3, 0), *shapes.offset(north_m, east_m), 20.0)


def do(command, p1=0.0, p2=0.0, p3=0.0):
    return (command, 2, (p1, p2, p3, 0), 0, 0, 0.0)


def home():
    return (16, 0, (0, 0, 0, 0), 522758330, 68891670, 35.0)


TAKEOFF = (22, 3, (0, 0, 0, 0), 0, 0, 20.0)
RTL = (20, 0, (0, 0, 0, 0), 0, 0, 0.0)


def reached(flight):
    return [m.seq for m in flight.heard("MISSION_ITEM_REACHED")]


def start(flight, items):
    flight.ready()
    assert flight.upload([home(), *items]) == OK
    assert flight.mode(GUIDED) == OK
    assert flight.command(400, 1) == OK
    assert flight.command(300) == OK
    return flight


@pytest.fixture
def waiting(flight):
    flight.ready()
    assert flight.upload([home(), TAKEOFF, RTL]) == OK
    assert flight.command(400, 1) == OK
    assert flight.mode(AUTO) == OK
    return flight


def test_on_the_ground_it_waits_for_the_throttle_and_is_disarmed(waiting):
    waiting.run(9)
    assert (waiting.v.armed, waiting.v.motion.up_m) == (True, 0)
    assert "Mission: 1 Takeoff" in waiting.texts()
    waiting.run(3)
    assert not waiting.v.armed


def test_the_throttle_lets_it_take_off(make_flight):
    flight = make_flight(ground=(255, 190))
    flight.ready()
    flight.upload([home(), TAKEOFF, RTL])
    flight.command(400, 1)
    assert flight.mode(AUTO) == OK
    flight.send(mavlink.MAVLink_rc_channels_override_message(7, 1, 65535, 65535, 1500, *[65535] * 5))
    assert flight.wait(lambda: flight.v.motion.up_m > 19, 20)


def test_auto_options_let_it_be_armed_and_take_off_in_auto(make_flight):
    flight = make_flight(parameters={"AUTO_OPTIONS": 3})
    flight.ready()
    flight.upload([home(), TAKEOFF, RTL])
    assert flight.mode(AUTO) == OK
    assert flight.command(400, 1) == OK
    assert flight.wait(lambda: flight.v.motion.up_m > 19, 20)


def test_a_mission_flies_from_the_ground_to_the_ground(flight, shapes):
    start(flight, [TAKEOFF, wp(shapes, 60, 0), wp(shapes, 60, 60), RTL])
    assert flight.wait(lambda: not flight.v.armed, 200)
    assert reached(flight) == [1, 2, 3, 4]
    said = [t for t in flight.texts() if t.startswith(("Mission", "Reached"))]
    assert said == [
        "Mission: 1 Takeoff", "Mission: 2 WP", "Reached command #2", "Mission: 3 WP", "Reached command #3", "Mission: 4 RTL",
    ]  # fmt: skip
    assert flight.heard("HEARTBEAT")[-1].custom_mode == AUTO  # its RTL item doesn't change the mode
    assert flight.v.motion.north_m == pytest.approx(0, abs=1)


def test_a_waypoint_is_held_as_long_as_it_says(flight, shapes):
    start(flight, [TAKEOFF, wp(shapes, 40, 0, hold_s=12), wp(shapes, 0, 0), RTL])
    assert flight.wait(lambda: flight.v.motion.north_m > 39, 60)
    arrived_s = flight.at_s
    assert flight.wait(lambda: 2 in reached(flight), 30)
    assert flight.at_s - arrived_s == pytest.approx(13, abs=2)


def test_a_jump_repeats_as_often_as_it_says(flight, shapes):
    start(flight, [TAKEOFF, wp(shapes, 30, 0), wp(shapes, 30, 30), do(177, 2, 2), RTL])
    assert flight.wait(lambda: not flight.v.armed, 300)
    assert reached(flight) == [1, 2, 3, 2, 3, 2, 3, 5]


def test_a_mission_of_jumps_only_ends(flight):
    start(flight, [TAKEOFF, do(177, 3, -1), do(177, 2, -1)])
    flight.run(40)
    assert flight.v.mode.number == AUTO
    assert flight.v.motion.up_m == pytest.approx(20, abs=0.5)


def test_change_speed_in_a_mission(flight, shapes):
    start(flight, [TAKEOFF, do(178, 1, 3), wp(shapes, 200, 0), RTL])
    assert flight.wait(lambda: flight.v.motion.north_m > 40, 120)
    assert flight.v.motion.ground_speed_mps == pytest.approx(3, abs=0.2)


def test_loiter_for_a_time_and_around_a_point(flight, shapes):
    start(
        flight, [TAKEOFF, wp(shapes, 30, 0, hold_s=8, command=19), wp(shapes, 60, 0, hold_s=2, command=18, p3=12), RTL]
    )
    assert flight.wait(lambda: 2 in reached(flight), 90)
    radii = []
    while 3 not in reached(flight):
        flight.run(0.5)
        radii.append(((flight.v.motion.north_m - 60) ** 2 + flight.v.motion.east_m**2) ** 0.5)
    assert sorted(radii)[len(radii) // 2] == pytest.approx(12, abs=2)


def test_land_at_a_place(flight, shapes):
    start(flight, [TAKEOFF, wp(shapes, 40, 40, command=21)])
    assert flight.wait(lambda: not flight.v.armed, 120)
    assert (flight.v.motion.north_m, flight.v.motion.east_m) == pytest.approx((40, 40), abs=1.5)


def test_a_mission_that_ends_in_the_air_stays_there(flight, shapes):
    start(flight, [TAKEOFF, wp(shapes, 40, 0)])
    flight.run(60)
    assert flight.v.armed
    assert flight.v.motion.north_m == pytest.approx(40, abs=1)
    flight.command(512, 42)
    current = flight.heard("MISSION_CURRENT")[-1]
    assert (current.total, current.mission_state) == (2, 5)


def test_it_goes_on_with_the_item_that_it_left(flight, shapes):
    start(flight, [TAKEOFF, wp(shapes, 60, 0), wp(shapes, 60, 60), wp(shapes, 0, 60), RTL])
    assert flight.wait(lambda: 2 in reached(flight), 90)
    flight.run(1)
    assert flight.mode(BRAKE) == OK
    flight.run(8)
    assert flight.mode(AUTO) == OK
    assert flight.wait(lambda: 3 in reached(flight), 60)
    assert reached(flight) == [1, 2, 3]


def test_the_ground_chooses_the_current_item(flight, shapes):
    from rangeops.sim.channel import mavlink

    start(flight, [TAKEOFF, wp(shapes, 60, 0), wp(shapes, 0, 60), RTL])
    assert flight.wait(lambda: 1 in reached(flight), 60)
    flight.run(1)
    flight.send(mavlink.MAVLink_mission_set_current_message(7, 1, 3))
    assert flight.wait(lambda: 3 in reached(flight), 90)
    assert reached(flight) == [1, 3]
    assert flight.command(224, 77) == 2  # there is no such item


def test_no_mission_no_auto_and_no_take_off_no_start(flight, shapes):
    flight.ready()
    flight.mode(GUIDED)
    flight.command(400, 1)
    assert flight.mode(AUTO) == FAILED
    assert flight.texts()[-1] == "Mode change to AUTO failed: init failed"
    flight.upload([home(), wp(shapes, 10, 10)])
    assert flight.command(300) == FAILED
    assert "Auto: Missing Takeoff Cmd" in flight.texts()


def test_mission_start_disarmed_only_selects_auto(flight, shapes):
    flight.ready()
    flight.upload([home(), TAKEOFF, RTL])
    assert flight.command(300) == OK
    assert flight.v.mode.number == AUTO
    assert flight.command(400, 1) == FAILED
    assert flight.texts()[-1] == "Arm: AUTO mode not armable"


def test_pause_and_continue(flight, shapes):
    start(flight, [TAKEOFF, wp(shapes, 150, 0), RTL])
    assert flight.wait(lambda: flight.v.motion.north_m > 40, 60)
    assert flight.command(193, 0) == OK
    flight.run(8)
    assert flight.v.motion.ground_speed_mps < 0.1
    assert flight.command(193, 1) == OK
    assert flight.wait(lambda: 2 in reached(flight), 60)


def test_a_pause_is_refused_where_no_waypoint_is_flown_to(flight, shapes):
    start(flight, [TAKEOFF, wp(shapes, 150, 0), RTL])
    assert flight.wait(lambda: flight.v.motion.up_m > 3, 20)
    assert flight.command(193, 0) == FAILED
    assert flight.texts()[-1] == "Failed to pause"
    assert flight.wait(lambda: flight.v.motion.north_m > 40, 60)
    assert [flight.command(193, value) for value in (0, 0, 1, 1)] == [OK, OK, OK, OK]


def test_heights_follow_their_frame(flight, shapes):
    amsl = (16, 0, (5, 0, 0, 0), *shapes.offset(30, 0), 35.0 + 28.0)
    start(flight, [TAKEOFF, amsl, RTL])
    assert flight.wait(lambda: 2 in reached(flight), 90)
    assert flight.v.motion.up_m == pytest.approx(28, abs=0.6)


def test_after_a_landing_out_of_an_unfinished_mission_the_next_flight_begins_anew(flight, shapes):
    """ArduCopter resets the mission when it disarms."""
    items = [TAKEOFF, wp(shapes, 60, 0), wp(shapes, 60, 60), RTL]
    start(flight, items)
    assert flight.wait(lambda: 2 in reached(flight), 60)
    assert flight.mode(6) == OK
    assert flight.wait(lambda: not flight.v.armed, 100)
    start(flight, items)
    assert flight.wait(lambda: flight.v.motion.up_m > 19, 20)
