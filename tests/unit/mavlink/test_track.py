"""From messages to domain.telemetry; what is marked unknown is None."""

import pytest
from pymavlink import mavutil

from rangeops.adapters.mavlink.link import Link
from rangeops.adapters.mavlink.messages import (
    BatteryStatus,
    EkfStatusReport,
    ExtendedSysState,
    FenceStatus,
    GlobalPositionInt,
    GpsRawInt,
    Heartbeat,
    HomePosition,
    Statustext,
    SysStatus,
)
from rangeops.adapters.mavlink.modes import mode_name, mode_number
from rangeops.adapters.mavlink.track import Tracker
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandKind
from rangeops.domain.telemetry import Autopilot, LandedState, Sysid, SystemStatus

COPTER, PLANE, ROVER = VehicleClass.COPTER, VehicleClass.PLANE, VehicleClass.ROVER
ARDUPILOT, PX4 = Autopilot.ARDUPILOT, Autopilot.PX4
CELLS = (65535,) * 10


def tracker() -> Tracker:
    return Tracker(Sysid(21), "udpin:127.0.0.1:14550")


def taken(message):
    track = tracker()
    assert track.take(message, 7.0)
    return track.state


@pytest.mark.parametrize(
    ("theirs", "autopilot", "vehicle_class"),
    [
        (mavutil.mode_mapping_bynumber(2), ARDUPILOT, COPTER),
        (mavutil.mode_mapping_bynumber(1), ARDUPILOT, PLANE),
        (mavutil.mode_mapping_bynumber(10), ARDUPILOT, ROVER),
    ],
)
def test_mode_names_are_the_autopilots_own(theirs, autopilot, vehicle_class):
    ours = {number: mode_name(autopilot, vehicle_class, number) for number in range(128)}
    for number, name in theirs.items():
        if ours.get(number):
            assert ours[number].replace("_", "") == name.replace("_", "").upper()
    known = {number for number, name in ours.items() if name}
    assert len(known & theirs.keys()) >= 14


@pytest.mark.parametrize(
    ("autopilot", "vehicle_class", "number"),
    [(ARDUPILOT, COPTER, 99), (ARDUPILOT, VehicleClass.UNKNOWN, 6), (Autopilot.OTHER, COPTER, 6), (PX4, COPTER, 6)],
)
def test_a_mode_that_is_not_known_has_no_name(autopilot, vehicle_class, number):
    assert mode_name(autopilot, vehicle_class, number) == ""


def test_px4_modes_are_read_from_main_and_sub_mode():
    rtl = mode_number(PX4, COPTER, CommandKind.RTL)
    assert mavutil.interpret_px4_mode(0x81, rtl) == "RTL"
    assert mode_name(PX4, COPTER, rtl) == "AUTO.RTL"


@pytest.mark.parametrize(
    ("mav_type", "autopilot", "expected"),
    [
        (2, 3, (ARDUPILOT, COPTER)),
        (13, 3, (ARDUPILOT, COPTER)),
        (1, 3, (ARDUPILOT, PLANE)),
        (10, 3, (ARDUPILOT, ROVER)),
        (11, 3, (ARDUPILOT, ROVER)),
        (20, 3, (ARDUPILOT, PLANE)),
        (2, 12, (PX4, COPTER)),
        (12, 3, (ARDUPILOT, VehicleClass.UNKNOWN)),  # a submarine
        (2, 0, (Autopilot.OTHER, COPTER)),
    ],
)
def test_the_table_is_chosen_by_type_and_autopilot(mav_type, autopilot, expected):
    heartbeat = taken(Heartbeat(6, mav_type, autopilot, 209, 4, 3)).heartbeat
    assert (heartbeat.autopilot, heartbeat.vehicle_class) == expected
    assert (heartbeat.armed, heartbeat.system_status, heartbeat.at_s) == (True, SystemStatus.ACTIVE, 7.0)


def test_a_position_is_converted_and_an_unknown_heading_is_none():
    position = taken(GlobalPositionInt(1234, 522758330, 68891670, 35060, -26, 510, -20, 3, 65535)).position
    assert (position.latitude_deg, position.longitude_deg) == pytest.approx((52.275833, 6.889167))
    assert (position.altitude_amsl_m, position.height_above_home_m) == pytest.approx((35.06, -0.026))
    assert (position.velocity_north_mps, position.velocity_east_mps, position.velocity_down_mps) == pytest.approx(
        (5.1, -0.2, 0.03)
    )
    assert position.heading_deg is None
    assert taken(GlobalPositionInt(1, 0, 0, 0, 0, 0, 0, 0, 5367)).position.heading_deg == pytest.approx(53.67)


def test_gps_markers_for_unknown_are_none():
    gps = taken(GpsRawInt(0, 0, 0, 0, 65535, 65535, 0, 0, 1, 255, 0, 0, 0, 0, 0, 0)).gps
    assert (gps.fix_type, gps.satellites, gps.hdop) == (1, None, None)
    gps = taken(GpsRawInt(0, 0, 0, 0, 121, 200, 0, 0, 6, 10, 0, 0, 0, 0, 0, 0)).gps
    assert (gps.satellites, gps.hdop) == (10, pytest.approx(1.21))


@pytest.mark.parametrize(
    ("voltages", "extended", "current", "remaining", "expected"),
    [
        ((12600, *CELLS[1:]), (0,) * 4, 150, 98, (98, 12.6, 1.5)),
        ((4200, 4190, 4180, *CELLS[3:]), (0,) * 4, -1, -1, (None, 12.57, None)),
        (CELLS, (0,) * 4, 0, 0, (0, None, 0.0)),
        ((65534, *CELLS[1:]), (4000, 0, 0, 0), 0, 50, (50, 69.534, 0.0)),
    ],
)
def test_batteries_markers_for_unknown_are_none(voltages, extended, current, remaining, expected):
    message = BatteryStatus(0, 0, 32767, voltages, current, 0, 0, 0, remaining, 0, 0, extended, 0, 0)
    battery = taken(message).battery
    assert (battery.remaining_percent, battery.voltage_v, battery.current_a) == (
        expected[0],
        expected[1] if expected[1] is None else pytest.approx(expected[1]),
        expected[2],
    )


def test_a_second_battery_does_not_replace_the_first():
    track = tracker()
    first = BatteryStatus(0, 0, 0, (12000, *CELLS[1:]), 100, 0, 0, 0, 80, 0, 0, (0,) * 4, 0, 0)
    track.take(first, 1.0)
    track.take(first._replace(id=1, battery_remaining=10), 2.0)
    assert track.state.battery.remaining_percent == 80


def sys_status(present=0, enabled=0, health=0, **battery):
    values = {"voltage_battery": 65535, "current_battery": -1, "battery_remaining": -1, **battery}
    zeros = dict.fromkeys(SysStatus._fields, 0)
    return SysStatus(
        **{
            **zeros,
            "onboard_control_sensors_present": present,
            "onboard_control_sensors_enabled": enabled,
            "onboard_control_sensors_health": health,
            **values,
        }
    )


def test_sys_status_tells_of_fence_and_prearm_check_and_of_the_battery_where_nothing_else_does():
    state = taken(sys_status(0x100000, 0x100000, 0x10000000, voltage_battery=11800, battery_remaining=70))
    health = state.health
    assert (health.fence_present, health.fence_enabled, health.fence_healthy) == (True, True, False)
    assert health.prearm_ok
    assert (state.battery.voltage_v, state.battery.remaining_percent, state.battery.current_a) == (11.8, 70, None)


def test_sys_status_does_not_override_battery_status():
    track = tracker()
    track.take(BatteryStatus(0, 0, 0, (12000, *CELLS[1:]), 100, 0, 0, 0, 80, 0, 0, (0,) * 4, 0, 0), 1.0)
    track.take(sys_status(battery_remaining=10), 2.0)
    assert track.state.battery.remaining_percent == 80


def test_the_other_parts_are_taken():
    assert taken(FenceStatus(0, 3, 1, 3, 0)).fence.breached
    assert taken(ExtendedSysState(3, 4)).landed.state is LandedState.LANDING
    assert taken(ExtendedSysState(3, 99)).landed.state is LandedState.UNDEFINED
    assert taken(EkfStatusReport(0, 0, 0, 0, 0, 0x33F, 0)).estimator.position_is_good
    assert not taken(EkfStatusReport(0, 0, 0, 0, 0, 0xA7, 0)).estimator.position_is_good
    nan = float("nan")
    home = taken(HomePosition(522758330, 68891670, 35090, nan, nan, nan, (nan,) * 4, nan, nan, nan, 0)).home
    assert (home.latitude_deg, home.altitude_amsl_m) == pytest.approx((52.275833, 35.09))


def test_what_is_no_part_of_the_state_leaves_it_as_it_is():
    track = tracker()
    before = track.state
    assert not track.take(Statustext(6, b"hello", 0, 0), 1.0)
    assert track.state is before


def test_at_rest_a_filled_position_is_not_yet_a_trusted_one(captures, at):
    """The capture's own story: position filled at 2.6 s, EKF flags 0x33f at 34.8 s."""
    track, link = tracker(), Link("tlog", datagrams=True)
    start_s = captures["streams_at_rest"][0][0]
    filled_s = trusted_s = None
    for time_s, frame in captures["streams_at_rest"]:
        elapsed_s = time_s - start_s
        for sysid, _, message, _ in link.received(frame, ("", 0)):
            if sysid == 21 and track.take(message, elapsed_s):
                position = track.state.position
                if filled_s is None and position is not None and position.latitude_deg != 0:
                    filled_s = elapsed_s
                if trusted_s is None and track.state.trusted_position(at(elapsed_s)) is not None:
                    trusted_s = elapsed_s
    assert filled_s == pytest.approx(2.6, abs=0.5)
    assert trusted_s == pytest.approx(34.8, abs=0.5)


def test_a_fence_breach_is_seen_in_one_cycle_with_the_mode(captures):
    track, link = tracker(), Link("tlog", datagrams=True)
    start_s = captures["guided_breach_rtl"][0][0]
    breach_s = rtl_s = None
    for time_s, frame in captures["guided_breach_rtl"]:
        for sysid, _, message, _ in link.received(frame, ("", 0)):
            if sysid == 21 and track.take(message, time_s - start_s):
                if breach_s is None and track.state.fence is not None and track.state.fence.breached:
                    breach_s = time_s - start_s
                if rtl_s is None and track.state.mode == "RTL":
                    rtl_s = time_s - start_s
    assert breach_s == pytest.approx(37.8, abs=0.6)
    assert rtl_s == pytest.approx(breach_s, abs=1.1)  # heartbeats come once a second
