"""Failsafes of link, transmitter, battery and position; boot; GPS loss."""

import pytest

from rangeops.sim.channel import mavlink

GUIDED, RTL, LAND, LOITER, BRAKE, SMART_RTL, AUTO = 4, 6, 9, 5, 17, 21, 3
CRITICAL = 5


def test_a_silent_ground_station_brings_it_home_after_five_seconds(make_flight):
    flight = make_flight(parameters={"FS_GCS_ENABLE": 1, "SYSID_MYGCS": 250}).airborne(20)
    flight.heartbeats = False
    lost_s = flight.at_s
    assert flight.wait(lambda: flight.v.mode.number == RTL, 8)
    assert flight.at_s - lost_s == pytest.approx(4.6, abs=0.6)  # the last heartbeat was up to 1 s old
    assert flight.texts()[-1] == "GCS Failsafe"
    assert flight.heard("HEARTBEAT")[-1].system_status == CRITICAL
    flight.heartbeats = True
    flight.run(1.5)
    assert flight.texts()[-1] == "GCS Failsafe Cleared"
    assert flight.v.mode.number == RTL
    assert flight.v.system_status == 4


def test_only_the_one_ground_station_counts(make_flight):
    flight = make_flight(parameters={"FS_GCS_ENABLE": 1}).airborne(20)  # SYSID_MYGCS is 255, this ground is 250
    flight.heartbeats = False
    flight.run(10)
    assert flight.v.mode.number == GUIDED  # it was never seen, so it can't be lost


@pytest.mark.parametrize(("enable", "mode"), [(3, SMART_RTL), (4, SMART_RTL), (5, LAND), (7, BRAKE), (42, RTL)])
def test_the_failsafes_action_is_the_parameters(make_flight, enable, mode):
    flight = make_flight(parameters={"FS_GCS_ENABLE": enable, "SYSID_MYGCS": 250}).airborne(20)
    flight.heartbeats = False
    flight.run(7)
    assert flight.v.mode.number == mode


def test_a_lost_transmitter_brings_it_home_or_lets_the_mission_go_on(make_flight):
    flight = make_flight().airborne(20)
    flight.v.rc.lost = True
    flight.run(0.2)
    assert (flight.v.mode.number, flight.texts()[-1]) == (RTL, "Radio Failsafe")
    flight.v.rc.lost = False
    flight.run(0.2)
    assert flight.texts()[-1] == "Radio Failsafe Cleared"
    guided = make_flight(parameters={"FS_OPTIONS": 4}).airborne(20)
    guided.v.rc.lost = True
    guided.run(0.2)
    assert (guided.v.mode.number, guided.texts()[-1]) == (GUIDED, "Radio Failsafe - Continuing Guided Mode")


def test_on_the_ground_a_failsafe_disarms(flight):
    flight.ready()
    flight.mode(GUIDED)
    flight.command(400, 1)
    flight.v.rc.lost = True
    flight.run(0.2)
    assert not flight.v.armed
    assert flight.command(400, 1) == 4
    assert "Arm: Throttle (RC3) below failsafe" in flight.texts()


def test_the_battery_drains_at_the_airframes_currents(flight, spec):
    flight.airborne(20)
    flight.run(3)
    before = flight.v.battery.used_mah
    flight.run(60)
    drawn_a = (flight.v.battery.used_mah - before) * 3.6 / 60
    assert drawn_a == pytest.approx(spec.airframe.hover_current_a, rel=0.02)
    flight.command(512, 147)
    status = flight.heard("BATTERY_STATUS")[-1]
    assert status.current_battery == pytest.approx(spec.airframe.hover_current_a * 100, rel=0.02)
    assert status.battery_remaining == flight.v.battery.percent
    cells = status.voltages[0] / 1000 / spec.airframe.battery_cells
    assert 3.3 < cells < 4.2


def test_a_low_battery_acts_by_its_parameter_and_a_critical_one_again(make_flight):
    flight = make_flight(
        parameters={"BATT_LOW_MAH": 8000, "BATT_FS_LOW_ACT": 2, "BATT_CRT_MAH": 2000, "BATT_FS_CRT_ACT": 1}
    ).airborne(20)
    flight.v.battery.set_percent(40)
    flight.run(9)
    assert flight.v.mode.number == GUIDED
    flight.run(2)
    assert flight.v.mode.number == RTL
    assert any(text.startswith("Battery 1 is low") for text in flight.texts())
    assert "Battery Failsafe" in flight.texts()
    assert flight.v.system_status == CRITICAL
    flight.mode(BRAKE)
    flight.v.battery.set_percent(10)
    flight.run(11)
    assert flight.v.mode.number == LAND
    assert flight.v.failsafes.battery_level == 2


def test_an_empty_battery_is_the_end_of_the_flight(flight):
    flight.airborne(20)
    flight.v.battery.set_percent(0)
    assert flight.wait(lambda: flight.v.body.on_ground, 5)


def test_a_lost_gps_lands_it_and_its_return_makes_the_position_jump(flight):
    flight.airborne(30)
    flight.run(2)
    flight.command(511, 193, 100_000)
    flight.command(511, 24, 100_000)
    flight.v.navigation.gps_denied = True
    lost_s = flight.at_s
    flight.run(1)
    fix = flight.heard("GPS_RAW_INT")[-1]
    assert fix.fix_type == 1
    assert fix.lat != 0  # filled is not trusted
    assert flight.wait(lambda: not flight.v.navigation.trusted, 10)
    assert flight.at_s - lost_s == pytest.approx(7.5, abs=0.1)
    flight.run(0.2)
    assert flight.heard("EKF_STATUS_REPORT")[-1].flags == 0x25
    assert flight.wait(lambda: flight.v.mode.number == LAND, 2)
    assert flight.at_s - lost_s == pytest.approx(8.0, abs=0.1)
    assert flight.texts()[-2:] == ["EKF variance", "EKF Failsafe: changed to LAND Mode"]
    assert flight.v.system_status == CRITICAL
    flight.run(5)
    before = flight.v.motion
    flight.v.navigation.gps_denied = False
    assert flight.wait(lambda: flight.v.navigation.trusted, 10)
    jump_m = abs(flight.v.motion.north_m - before.north_m) + abs(flight.v.motion.east_m - before.east_m)
    assert 3 < jump_m < 15
    assert "EKF3 IMU0 is using GPS" in flight.texts(since_s=lost_s)
    assert flight.texts()[-1] == "EKF Failsafe Cleared"


def test_a_short_gps_loss_does_nothing(flight):
    flight.airborne(30)
    flight.v.navigation.gps_denied = True
    flight.run(5)
    flight.v.navigation.gps_denied = False
    flight.run(10)
    assert flight.v.navigation.trusted
    assert flight.v.mode.number == GUIDED


def test_the_position_is_filled_long_before_it_can_be_trusted(make_flight):
    flight = make_flight(ready_after_s=20)
    for message_id in (33, 193, 1):
        flight.command(511, message_id, 100_000)
    assert flight.wait(lambda: any(m.lat for m in flight.heard("GLOBAL_POSITION_INT")), 20)
    filled_s = flight.at_s
    assert flight.wait(lambda: flight.heard("EKF_STATUS_REPORT")[-1].flags == 0x33F, 30)
    assert filled_s < 6
    assert flight.at_s == pytest.approx(20, abs=0.3)
    assert {m.flags for m in flight.heard("EKF_STATUS_REPORT")} == {0xA7, 0x33F}
    healthy = [
        h.at_s for h in flight.log if h.type == "SYS_STATUS" and h.message.onboard_control_sensors_health >> 28 & 1
    ]
    assert filled_s < healthy[0] < 13  # the pre-arm bit is good long before the position is


def test_ready_at_once(make_flight):
    flight = make_flight(ready_after_s=0)
    flight.run(0.5)
    assert flight.v.navigation.trusted


def test_silence_isn_t_only_on_the_link(flight):
    flight.ready()
    flight.v.faults.silent = True
    first = len(flight.log)
    flight.send(mavlink.MAVLink_param_request_list_message(7, 1))
    flight.run(3)
    assert len(flight.log) == first
