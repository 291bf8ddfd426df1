"""The simulated rover beyond what the captures hold: the fence it stops at, missions, failsafes, the way home."""

import math

import pytest

from rangeops.sim.channel import mavlink
from rangeops.sim.fence import distance_to_edge_m, room_to_line_m
from rangeops.sim.scenario import load_airframe

MANUAL, HOLD, AUTO, RTL, GUIDED = 0, 4, 10, 11, 15
HOME_ITEM = (16, 0, (0, 0, 0, 0), 0, 0, 0.0)
CORNERS = [(40, -40), (40, 40), (-40, 40), (-40, -40)]


@pytest.fixture
def make_rover(make_flight):
    def make(**changes):
        airframe = load_airframe("utility-rover", where="test")
        return make_flight(callsign="R41", sysid=41, airframe=airframe, **changes).ready()

    return make


@pytest.fixture
def rover(make_rover):
    made = make_rover()
    assert made.mode(GUIDED) == 0
    assert made.command(400, 1) == 0
    return made


def fenced(rover, shapes, items):
    assert rover.upload(items, kind=1) == 0
    assert rover.command(207, 1) == 0


def test_the_heartbeat_says_what_a_rover_s_says(make_rover):
    rover = make_rover()
    assert rover.mode(HOLD) == 0
    rover.run(1.1)
    beat = rover.heard("HEARTBEAT")[-1]
    assert (beat.type, beat.base_mode, beat.custom_mode, beat.system_status) == (10, 1, HOLD, 3)
    assert rover.mode(GUIDED) == 0
    assert rover.command(400, 1) == 0
    rover.run(1.1)
    assert (rover.heard("HEARTBEAT")[-1].base_mode, rover.heard("HEARTBEAT")[-1].system_status) == (137, 4)


def test_it_can_not_be_armed_in_rtl(make_rover):
    rover = make_rover()
    assert rover.mode(RTL) == 0
    assert rover.command(400, 1) == 4
    assert rover.texts()[-1] == "Arm: Mode not armable"


def test_it_is_armed_with_a_fence_on_board_that_knows_no_heights(make_rover, shapes):
    rover = make_rover()
    fenced(rover, shapes, shapes.polygon(CORNERS))
    rover.run(40)  # its pre-arm checks run by themselves, too
    assert rover.mode(GUIDED) == 0
    assert rover.command(400, 1) == 0


@pytest.mark.parametrize("aim", [(200, 0), (0, 200), (200, 90), (-150, 200)])
def test_it_stops_two_metres_inside_the_fence_without_a_word(rover, shapes, aim):
    fenced(rover, shapes, shapes.polygon(CORNERS))
    before = len(rover.texts())
    rover.send_to(*aim, 0.0)
    rover.run(60)
    at = (rover.v.body.north_m, rover.v.body.east_m)
    assert rover.v.body.speed_mps < 0.05
    assert 1.5 < distance_to_edge_m(CORNERS, *at) < 4.0
    assert not rover.v.fence.breached
    assert rover.v.mode.number == GUIDED
    assert len(rover.texts()) == before
    assert rover.v.mode.fence_mitigation == 2
    rover.mode(RTL)  # and it finds home again
    assert rover.wait(lambda: "Reached destination" in rover.texts(), 60)


def test_a_circle_stops_it_too(rover, shapes):
    fenced(rover, shapes, [shapes.circle(0, 0, 50)])
    rover.send_to(150, 60, 0.0)
    rover.run(40)
    assert math.hypot(rover.v.body.north_m, rover.v.body.east_m) == pytest.approx(47.5, abs=1.0)


def test_without_avoidance_it_breaches_and_drives_home_silently(make_rover, shapes):
    rover = make_rover(parameters={"AVOID_ENABLE": 0})
    assert rover.mode(GUIDED) == 0
    assert rover.command(400, 1) == 0
    fenced(rover, shapes, shapes.polygon(CORNERS))
    rover.send_to(200, 0, 0.0)
    assert rover.wait(lambda: rover.v.mode.number == RTL, 60)
    assert rover.v.fence.breached
    assert "Fence Breached" not in rover.texts()


def test_a_mission_is_driven_to_its_end_and_it_stays_in_auto(rover, shapes):
    items = [
        HOME_ITEM,
        *[(16, 3, (hold, 0, 0, 0), *shapes.offset(*at), 0.0) for at, hold in [((30, 0), 0), ((30, 30), 2)]],
    ]
    assert rover.upload(items) == 0
    assert rover.mode(AUTO) == 0
    assert rover.wait(lambda: "Mission Complete" in rover.texts(), 90)
    rover.run(10)
    assert rover.v.mode.number == AUTO
    assert rover.v.body.speed_mps == 0
    assert [m.seq for m in rover.heard("MISSION_ITEM_REACHED")] == [1, 2]
    assert math.dist((rover.v.body.north_m, rover.v.body.east_m), (30, 30)) < 2.5


def test_auto_without_a_mission_is_refused(rover):
    assert rover.mode(AUTO) == 4
    assert "No Mission. Can't set AUTO." in rover.texts()


def test_a_velocity_target_runs_out(rover):
    rover.send(
        mavlink.MAVLink_set_position_target_global_int_message(0, 41, 1, 6, 0x0DC7, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0)
    )
    rover.run(2.9)
    assert rover.v.body.speed_mps == pytest.approx(2.5, abs=0.5)
    rover.run(6)
    assert rover.v.body.speed_mps == 0
    assert rover.texts()[-1] == "target not received last 3secs, stopping"


def test_the_ground_station_failsafe_holds_it(make_rover):
    rover = make_rover(parameters={"FS_GCS_ENABLE": 1, "FS_ACTION": 2, "SYSID_MYGCS": 250})
    assert rover.mode(GUIDED) == 0
    assert rover.command(400, 1) == 0
    rover.send_to(300, 0, 0.0)
    rover.run(5)
    rover.heartbeats = False
    assert rover.wait(lambda: rover.v.mode.number == HOLD, 10)
    rover.heartbeats = True
    rover.run(3)
    assert rover.texts()[-2:] == ["GCS Failsafe", "GCS Failsafe Cleared"]


def test_its_relative_altitude_is_that_over_sea_level(rover):
    """As captured: a Rover's home has no altitude."""
    rover.command(511, 33, 200_000)
    rover.run(1)
    position = rover.heard("GLOBAL_POSITION_INT")[-1]
    assert position.relative_alt == pytest.approx(position.alt, abs=50)


def test_room_to_a_line_counts_the_margin_across_it():
    assert room_to_line_m((10, -50), (10, 50), (0, 0), (1, 0), 2.0) == pytest.approx(8.0)
    slanted = (math.cos(math.radians(60)), math.sin(math.radians(60)))
    assert room_to_line_m((10, -50), (10, 50), (0, 0), slanted, 2.0) == pytest.approx(16.0)
    assert room_to_line_m((10, -50), (10, 50), (0, 0), (-1, 0), 2.0) == math.inf
    assert room_to_line_m((10, 5), (10, 50), (0, 0), (1, 0), 2.0) == math.inf


def test_without_gps_it_sends_a_cruder_position_before_it_says_that_it_has_none(rover):
    """As a Rover 4.5.7 did: height and speed gone at once, HOLD a second later, and the filter again when GPS is back."""
    rover.command(511, 33, 100_000)
    rover.command(511, 193, 500_000)
    rover.run(3)
    before = rover.heard("GLOBAL_POSITION_INT")[-1]
    assert before.alt > 30_000
    rover.v.navigation.gps_denied = True
    lost_s = rover.at_s
    assert rover.wait(lambda: not rover.v.navigation.trusted, 10)
    rover.run(0.1)
    crude = rover.heard("GLOBAL_POSITION_INT")[-1]
    assert (crude.alt, crude.relative_alt, crude.vx, crude.vy) == (0, 0, 0, 0)
    assert abs(crude.lat - before.lat) < 1000
    rover.run(0.5)
    assert rover.heard("EKF_STATUS_REPORT")[-1].flags == 0x27
    assert rover.wait(lambda: rover.v.mode.number == HOLD, 3)
    assert rover.texts(since_s=lost_s)[:2] == ["AHRS: DCM active", "EKF variance"]
    rover.v.navigation.gps_denied = False
    assert rover.wait(lambda: rover.v.navigation.trusted, 10)
    assert "AHRS: EKF3 active" in rover.texts(since_s=lost_s)
    rover.run(0.5)
    assert rover.heard("GLOBAL_POSITION_INT")[-1].alt > 30_000
