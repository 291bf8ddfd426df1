"""The simulated plane beyond what the captures hold: take-off, missions, landing, wind, limits, failsafes."""

import math
from dataclasses import replace

import pytest

from rangeops.domain.errors import Invalid
from rangeops.sim.channel import mavlink
from rangeops.sim.scenario import Wind, load_airframe, scenario_from

AUTO, RTL, LOITER, GUIDED = 10, 11, 12, 15
HOME_ITEM = (16, 0, (0, 0, 0, 0), 0, 0, 0.0)
TAKEOFF = (22, 3, (15, 0, 0, 0), 0, 0, 50.0)


@pytest.fixture
def make_plane(make_flight):
    def make(**changes):
        return make_flight(callsign="P31", sysid=31, airframe=load_airframe("survey-plane", where="test"), **changes)

    return make


@pytest.fixture
def flying(make_plane):
    return make_plane(airborne_m=100.0)


def wp(shapes, north_m, east_m, height_m=60.0, command=16):
    return (command, 3, (0, 0, 0, 0), *shapes.offset(north_m, east_m), height_m)


def test_an_item_may_be_a_new_height(flying):
    """MISSION_ITEM with current 3: "Change Alt" of an older ground station."""
    flying.ready()
    (ack,) = flying.send(mavlink.MAVLink_mission_item_message(31, 1, 0, 3, 16, 3, 1, 0, 0, 0, 0, 0, 0, 130))
    assert (ack.get_type(), ack.type) == ("MISSION_ACK", 0)
    assert flying.wait(lambda: flying.v.motion.up_m > 128, 40)


def reposition(flight, shapes, north_m, east_m, height_m=90.0):
    latitude, longitude = shapes.offset(north_m, east_m)
    (ack, *_) = flight.send(
        mavlink.MAVLink_command_int_message(31, 1, 3, 192, 0, 0, -1, 1, 0, 0, latitude, longitude, height_m)
    )
    return ack.result


def test_arming_in_auto_takes_off_down_the_runway_and_the_end_of_the_mission_changes_the_mode(make_plane, shapes):
    plane = make_plane().ready()
    assert plane.upload([HOME_ITEM, TAKEOFF, wp(shapes, 400, 500), wp(shapes, 400, -100)]) == 0
    assert plane.mode(AUTO) == 0
    assert plane.heard("HEARTBEAT")[-1].base_mode == 89
    assert plane.v.system_status == 3
    assert plane.command(400, 1) == 0
    assert plane.wait(lambda: plane.v.system_status == 4, 20)
    course = math.degrees(math.atan2(plane.v.body.east_m, plane.v.body.north_m))
    assert course == pytest.approx(53, abs=1)
    assert plane.heard("HEARTBEAT")[-1].base_mode in {89, 217}
    assert plane.wait(lambda: plane.v.mode.number == RTL, 120)
    plane.run(1.0)
    said = plane.texts()
    starts = ["Throttle armed", "Triggered AUTO", "Holding course 53", "Takeoff level-off", "Takeoff complete at",
              "Reached waypoint #2", "Reached waypoint #3", "Mission complete, changing mode to RTL"]  # fmt: skip
    at = [next(i for i, text in enumerate(said) if text.startswith(start)) for start in starts]
    assert at == sorted(at)
    assert [m.seq for m in plane.heard("MISSION_ITEM_REACHED")] == [1, 2, 3]


def test_the_rtl_item_changes_the_mode_and_it_circles_home_for_ever(flying, shapes):
    assert flying.upload([HOME_ITEM, wp(shapes, 300, 0), (20, 3, (0, 0, 0, 0), 0, 0, 0.0)]) == 0
    assert flying.mode(AUTO) == 0
    assert flying.wait(lambda: flying.v.mode.number == RTL, 60)
    flying.run(300)
    assert flying.v.armed
    assert flying.v.body.up_m == pytest.approx(100, abs=2)
    assert math.hypot(flying.v.body.north_m, flying.v.body.east_m) == pytest.approx(97, abs=6)


def test_a_landing_comes_down_where_it_was_told_and_disarms(flying, shapes):
    approach = wp(shapes, 0, -900, 60)
    assert flying.upload([HOME_ITEM, approach, wp(shapes, 0, 0, 0, command=21)]) == 0
    assert flying.mode(AUTO) == 0
    assert flying.wait(lambda: not flying.v.armed, 240)
    assert flying.v.land_complete
    assert math.hypot(flying.v.body.north_m, flying.v.body.east_m) < 150
    assert flying.texts()[-2:] == ["Auto disarmed", "Throttle disarmed"]


def test_an_airspeed_is_taken_only_between_the_limits(flying):
    low, high = flying.v.parameters["AIRSPEED_MIN"], flying.v.parameters["AIRSPEED_MAX"]
    assert flying.command(178, 0, high + 1) == 4
    assert flying.command(178, 0, low - 1) == 4
    assert flying.command(178, 1, 18) == 4
    assert flying.command(178, 0, 18) == 0
    flying.run(20)
    assert flying.v.body.air_speed_mps == pytest.approx(18, abs=0.2)


@pytest.mark.parametrize("wind_mps", [0, 8, 14])
def test_wind_moves_its_ground_speed_and_not_its_airspeed_and_it_still_circles(make_plane, wind_mps):
    plane = make_plane(airborne_m=100.0, wind=Wind(wind_mps, 270))
    plane.run(60)
    ground, far = [], []
    for _ in range(1200):
        plane.run(0.04)
        ground.append(plane.v.motion.ground_speed_mps)
        far.append(math.hypot(plane.v.body.north_m, plane.v.body.east_m))
    assert plane.v.body.air_speed_mps == pytest.approx(22, abs=0.3)
    assert max(ground) - min(ground) == pytest.approx(2 * wind_mps, abs=1.5)
    assert max(far) < 150


def test_its_bank_stays_within_its_limit_and_it_never_stands(flying, shapes):
    assert reposition(flying, shapes, -500, 300) == 0
    for _ in range(500):
        flying.run(0.04)
        assert abs(flying.v.body.roll_rad) <= math.radians(45) + 1e-6
        assert flying.v.motion.ground_speed_mps > 15


def test_a_breach_locks_the_mode_until_it_is_over(flying, shapes):
    corners = [(300, -300), (300, 300), (-300, 300), (-300, -300)]
    assert flying.upload(shapes.polygon(corners), kind=1) == 0
    assert flying.command(207, 1) == 0
    assert reposition(flying, shapes, 0, 900) == 0  # outside, and taken
    assert flying.wait(lambda: flying.v.mode.number == RTL, 60)
    assert flying.mode(GUIDED) == 4
    assert flying.texts()[-2:] == ["Fence Breached", "Mode change to GUIDED denied, in fence recovery"]
    assert flying.wait(lambda: not flying.v.fence.breached, 40)
    assert flying.mode(GUIDED) == 0


def test_the_ground_station_failsafe_is_the_plane_s_own(make_plane):
    plane = make_plane(airborne_m=100.0, parameters={"FS_GCS_ENABL": 1, "SYSID_MYGCS": 250})
    plane.run(3)
    plane.heartbeats = False
    assert plane.wait(lambda: plane.v.mode.number == RTL, 8)
    plane.run(1)
    assert plane.texts()[-1] == "GCS Failsafe On: RTL"
    assert plane.heard("HEARTBEAT")[-1].system_status == 5
    plane.heartbeats = True
    plane.run(3)
    assert plane.texts()[-1] == "GCS Failsafe Off"
    assert plane.v.mode.number == RTL


def test_a_plane_that_nobody_speaks_to_since_its_start_is_in_its_failsafe_on_the_ground_too(make_plane):
    """As ArduPlane 4.5.7: RTL 5 s after power-up, until the range's heartbeat comes."""
    plane = make_plane(parameters={"FS_GCS_ENABL": 1, "SYSID_MYGCS": 250, "FS_LONG_TIMEOUT": 5})
    plane.heartbeats = False
    assert plane.wait(lambda: plane.v.mode.number == RTL, 8)
    assert not plane.v.armed
    plane.heartbeats = True
    plane.run(3)
    assert plane.texts()[-1] == "GCS Failsafe Off"


def test_a_lost_transmitter_first_circles_and_then_returns(make_plane):
    plane = make_plane(airborne_m=100.0)
    plane.run(1)
    plane.v.rc.lost = True
    assert plane.wait(lambda: plane.v.failsafes.rc_active, 8)
    plane.run(1)
    assert plane.texts()[-2:] == ["RC Short Failsafe On", "RC Long Failsafe On: RTL"]
    plane.v.rc.lost = False
    plane.run(1)
    assert plane.texts()[-1] == "RC Long Failsafe Cleared"


def test_a_battery_that_is_empty_glides_it_down(flying):
    flying.v.battery.set_percent(0)
    assert flying.wait(lambda: flying.v.body.on_ground, 120)
    assert math.hypot(flying.v.body.north_m, flying.v.body.east_m) > 300


def test_a_velocity_or_position_target_moves_nothing_but_its_height(flying, shapes):
    assert flying.mode(GUIDED) == 0
    before = flying.v.mode.destination()
    flying.send_to(500, 500, 70.0)
    assert flying.v.mode.destination() == (before[0], before[1], pytest.approx(70))


def scenario_of(**changes):
    vehicle = {"callsign": "P1", "sysid": 1, "airframe": "survey-plane", "home": [52.0, 6.0], **changes}
    return {"vehicle": [vehicle]}


def test_a_scenario_says_that_a_vehicle_begins_in_the_air(tmp_path):
    made = scenario_from(scenario_of(airborne=True, altitude_m=90), folder=tmp_path, where="s")
    assert made.vehicles[0].airborne_m == 90
    with pytest.raises(Invalid, match="altitude_m"):
        scenario_from(scenario_of(airborne=True), folder=tmp_path, where="s")
    with pytest.raises(Invalid, match=r"Say airborne = true"):
        scenario_from(scenario_of(altitude_m=90), folder=tmp_path, where="s")
    with pytest.raises(Invalid, match="can't begin in the air"):
        scenario_from(scenario_of(airframe="utility-rover", airborne=True, altitude_m=90), folder=tmp_path, where="s")


def test_a_copter_can_begin_in_the_air_too(make_flight):
    copter = make_flight(airborne_m=40.0)
    copter.run(10)
    assert copter.v.armed
    assert copter.v.mode.name == "BRAKE"
    assert copter.v.body.up_m == pytest.approx(40, abs=0.5)
    assert copter.heard("HEARTBEAT")[-1].system_status == 4


def test_after_a_reboot_it_lies_where_it_came_down(make_plane):
    plane = make_plane(airborne_m=100.0)
    assert plane.command(246, 1) == 4  # not in flight
    assert plane.v.boots == 1


def test_the_tuning_follows_the_airframe(make_plane):
    faster = replace(load_airframe("survey-plane", where="test"), cruise_speed_mps=25.0)
    plane = make_plane(airborne_m=100.0)
    assert plane.v.parameters["AIRSPEED_CRUISE"] == 22
    assert plane.v.craft.tune(faster)["AIRSPEED_CRUISE"] == 25
