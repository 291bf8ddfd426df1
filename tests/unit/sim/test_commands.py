"""Commands, their results, and what is seen to come of them."""

import math
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rangeops.sim.channel import Channel, mavlink
from rangeops.sim.scenario import load_airframe
from rangeops.sim.streams import Streams

OK, REJECTED, DENIED, UNSUPPORTED, FAILED = 0, 1, 2, 3, 4


def test_arming_in_guided_and_taking_off_is_seen_in_the_heartbeat(flight):
    flight.airborne(15)
    beat = flight.heard("HEARTBEAT")[-1]
    assert (beat.type, beat.autopilot, beat.base_mode, beat.custom_mode, beat.system_status) == (2, 3, 217, 4, 4)


@pytest.mark.parametrize(
    ("mode", "base_mode"), [(3, 217), (5, 217), (6, 217), (9, 209), (17, 217), (2, 209), (16, 217)]
)
def test_base_mode_says_which_modes_fly_by_themselves(flight, shapes, mode, base_mode):
    flight.ready()
    flight.upload([(16, 3, (0, 0, 0, 0), *shapes.offset(0, 0), 0)] * 2)
    flight.airborne(15)
    assert flight.mode(mode) == OK
    beat = flight.heard("HEARTBEAT")[-1]
    assert (beat.custom_mode, beat.base_mode) == (mode, base_mode)


@pytest.mark.parametrize(("mode", "name"), [(17, "BRAKE"), (6, "RTL"), (9, "LAND")])
def test_it_is_not_armable_in_modes_for_the_air(flight, mode, name):
    flight.ready()
    assert flight.mode(mode) == OK
    assert flight.command(400, 1) == FAILED
    assert flight.texts()[-1] == f"Arm: {name} mode not armable"


def test_it_is_not_armed_before_it_is_ready(make_flight):
    flight = make_flight(ready_after_s=40)
    flight.run(15)
    assert flight.command(400, 1) == FAILED
    assert "Arm: Accels inconsistent" in flight.texts()
    flight.run(7)
    assert flight.command(400, 1) == FAILED
    assert "Arm: Gyros inconsistent" in flight.texts()
    flight.run(5)
    assert flight.mode(4) == OK
    assert flight.command(400, 1) == FAILED
    assert flight.texts()[-1] == "Arm: Need Position Estimate"


def test_armed_without_a_position_it_stays_out_of_the_modes_that_need_one(make_flight):
    flight = make_flight(ready_after_s=40)
    flight.run(26)
    assert flight.command(400, 1) == OK
    assert flight.mode(4) == FAILED
    assert flight.texts()[-1] == "Mode change to GUIDED failed: requires position"


def test_an_unknown_mode_is_refused_by_its_number(flight):
    assert flight.mode(99) == FAILED
    assert flight.texts()[-1] == "No such mode 99"
    assert flight.command(176, 0, 4) == DENIED


def test_set_mode_the_message_is_acknowledged_too(flight):
    (ack, *_) = flight.send(mavlink.MAVLink_set_mode_message(7, 1, 17))
    assert (ack.command, ack.result) == (mavlink.MAVLINK_MSG_ID_SET_MODE, OK)
    assert flight.v.mode.number == 17


def test_a_companion_computer_of_its_own_system_is_heard(flight):
    flight.ready()
    flight.ground = Channel(7, 191)
    assert flight.mode(17) == OK
    flight.ground = Channel(7, 1)
    assert flight.mode(4) is None
    assert flight.v.mode.number == 17


def test_a_component_that_nobody_has_heard_is_answered_for(flight):
    """What is for one that is heard on another link goes there."""
    elsewhere = flight.v.open_channel()
    to_camera = mavlink.MAVLink_command_long_message(7, 100, 176, 0, 1, 17, 0, 0, 0, 0, 0)
    assert [m.result for m in flight.send(to_camera) if m.get_type() == "COMMAND_ACK"] == [OK]
    flight.v.receive(
        elsewhere, Channel(7, 100).encode(mavlink.MAVLink_heartbeat_message(30, 8, 0, 0, 4, 3)), flight.now
    )
    sent = flight.v.receive(flight.channel, flight.ground.encode(to_camera), flight.now)
    assert [(out.channel, Channel(9).decode(out.data)[0].get_type()) for out in sent] == [(elsewhere, "COMMAND_LONG")]


def test_the_attitude_is_told_as_a_quaternion_too(flight):
    flight.ready()
    assert flight.command(511, 31, 100_000) == OK
    flight.run(1)
    told = flight.heard("ATTITUDE_QUATERNION")
    assert len(told) == pytest.approx(10, abs=1)
    assert (told[-1].q1, told[-1].q4) == pytest.approx(
        (math.cos(math.radians(26.5)), math.sin(math.radians(26.5))), abs=0.01
    )


@pytest.mark.parametrize("message_id", [26, 83, 132, 165, 11030])
def test_a_rate_is_taken_for_what_it_has_no_sensor_to_tell(flight, message_id):
    assert flight.command(511, message_id, 100_000) == OK
    assert flight.command(512, message_id) == OK
    flight.run(1)
    assert not any("No ap_message" in text for text in flight.texts())


def heading_deg(flight):
    flight.run(8)
    return math.degrees(flight.v.motion.heading_rad)


def test_it_turns_its_nose_where_it_is_told(flight):
    flight.airborne()
    assert flight.command(115, 200, 0, 0, 0) == OK
    assert heading_deg(flight) == pytest.approx(200, abs=1)
    assert flight.command(115, 50, 0, -1, 1) == OK
    assert heading_deg(flight) == pytest.approx(150, abs=1)
    assert [flight.command(115, *asked) for asked in ((361,), (-1,), (90, 0, 0, 2))] == [FAILED] * 3


def test_a_target_says_where_the_nose_points_too(flight):
    flight.airborne()
    flight.send(mavlink.MAVLink_set_position_target_local_ned_message(
        0, 7, 1, 1, 0x09F8, 10, 0, -20, 0, 0, 0, 0, 0, 0, math.radians(120), 0
    ))  # fmt: skip
    assert heading_deg(flight) == pytest.approx(120, abs=1)
    flight.send_to(60, 0)
    assert heading_deg(flight) % 360 == pytest.approx(0, abs=5) or heading_deg(flight) > 355


@pytest.mark.parametrize(
    ("axes", "channels"),
    [
        ((1000, -1000, 250, 0), (1000, 1000, 1250, 1500)),
        ((32767, 32767, 500, 32767), (1500, 1500, 1500, 1500)),  # axes that aren't used
        ((-32768, 5000, 32767, 0), (2000, 2000, 1000, 1500)),
        ((0, 0, -1, 0), (1500, 1500, 1000, 1500)),
    ],
)
def test_manual_control_moves_the_sticks(make_flight, axes, channels):
    flight = make_flight(ground=(255, 190)).ready()
    flight.send(mavlink.MAVLink_manual_control_message(7, *axes, 0))
    told = flight.v.message(65)
    assert (told.chan1_raw, told.chan2_raw, told.chan3_raw, told.chan4_raw) == channels
    assert flight.v.step(flight.now) is not None


def test_home_is_set_anew_at_every_arming(flight):
    flight.airborne(15)
    flight.send_to(40, 0, 15)
    flight.run(15)
    flight.mode(9)
    assert flight.wait(lambda: not flight.v.armed, 60)
    assert flight.v.home_metres == pytest.approx((0, 0), abs=0.1)
    flight.mode(4)
    assert flight.command(400, 1) == OK
    assert flight.v.home_metres == pytest.approx((40, 0), abs=1.0)
    home = flight.heard("HOME_POSITION")[-1]
    assert home.latitude == pytest.approx(522758330 + 3593, abs=100)


def test_a_home_that_was_set_is_kept_at_arming(flight, shapes):
    flight.ready()
    latitude, longitude = shapes.offset(5, 5)
    assert flight.command(179, 0, 0, 0, 0, latitude / 1e7, longitude / 1e7, 36.0) == OK
    flight.mode(4)
    flight.command(400, 1)
    assert flight.v.home_metres == pytest.approx((5, 5), abs=0.5)
    assert flight.command(410) == OK
    assert flight.command(179, 1) == OK
    assert flight.v.home_metres == pytest.approx((0, 0), abs=0.1)


def test_armed_without_a_take_off_it_disarms_after_ten_seconds(flight):
    flight.ready()
    flight.mode(4)
    flight.command(400, 1)
    armed_s = flight.at_s
    assert flight.wait(lambda: not flight.v.armed, 15)
    assert flight.at_s - armed_s == pytest.approx(10.0, abs=0.3)
    assert flight.texts()[-1] == "Disarming motors"


def test_disarming_in_flight_wants_force(flight):
    flight.airborne(15)
    assert flight.command(400, 0) == FAILED
    assert flight.v.armed
    assert flight.command(400, 0, 21196) == OK
    assert flight.wait(lambda: flight.v.body.on_ground, 10)


def test_a_termination_stops_the_motors_in_the_air(flight):
    flight.airborne(15)
    assert flight.command(185, 1) == OK
    assert not flight.v.armed
    assert flight.wait(lambda: flight.v.body.on_ground, 5)


def test_forced_arming_skips_the_checks(make_flight):
    flight = make_flight(ready_after_s=60)
    flight.run(3)
    assert flight.command(400, 1, 2989) == OK


def test_take_off_wants_an_armed_vehicle_on_the_ground_in_guided(flight):
    flight.ready()
    flight.mode(4)
    assert flight.command(22, 0, 0, 0, 0, 0, 0, 10) == FAILED
    flight.airborne(15)
    assert flight.command(22, 0, 0, 0, 0, 0, 0, 30) == FAILED


def reposition(flight, shapes, place_m, height_m, *, flags=1):
    latitude, longitude = shapes.offset(*place_m)
    answers = flight.send(
        mavlink.MAVLink_command_int_message(7, 1, 3, 192, 0, 0, -1, flags, 0, 0, latitude, longitude, height_m)
    )
    return next(m.result for m in answers if m.get_type() == "COMMAND_ACK")


def test_reposition_is_a_command_int_only(flight, shapes):
    flight.airborne(15)
    assert flight.command(192, -1, 1) == UNSUPPORTED
    flight.mode(17)
    assert reposition(flight, shapes, (20, 20), 15, flags=0) == DENIED
    assert reposition(flight, shapes, (20, 20), 15) == OK
    assert flight.v.mode.number == 4
    assert flight.wait(lambda: abs(flight.v.motion.north_m - 20) < 0.6 and abs(flight.v.motion.east_m - 20) < 0.6, 30)


def test_a_copter_refuses_a_place_outside_its_fence_without_a_word_and_in_its_mode(flight, shapes):
    flight.airborne(15)
    assert flight.upload([shapes.circle(0, 0, 150)], kind=1) == 0
    assert flight.command(207, 1) == OK
    assert flight.mode(17) == OK
    said = len(flight.texts())
    assert reposition(flight, shapes, (300, 0), 15) == FAILED
    assert flight.v.mode.number == 17
    assert len(flight.texts()) == said
    assert reposition(flight, shapes, (50, 0), 15) == OK


def test_a_disarmed_copter_takes_a_place_and_stays_where_it_is(flight, shapes):
    flight.ready()
    assert reposition(flight, shapes, (50, 0), 15) == OK
    assert flight.v.mode.number == 4
    flight.run(5)
    assert abs(flight.v.motion.north_m) < 0.5
    assert not flight.v.armed


def test_auto_without_a_mission_is_not_armed_in(flight):
    flight.ready()
    assert flight.mode(3) == OK
    assert flight.command(400, 1) == FAILED
    assert flight.texts()[-1] == "Arm: Mode requires mission"


@pytest.mark.parametrize(
    ("airframe", "capabilities", "answers"),
    [
        ("survey-quad", 0xFBEF, [FAILED, FAILED, OK]),
        ("survey-plane", 0xF36F, [UNSUPPORTED, FAILED, FAILED]),
        ("utility-rover", 0xF1EF, [UNSUPPORTED, UNSUPPORTED, FAILED]),
    ],
)
def test_what_each_class_can(make_flight, airframe, capabilities, answers):
    """Pause, take-off and terminate on the ground, as asked of ArduCopter, ArduPlane and Rover 4.5.7."""
    flight = make_flight(airframe=load_airframe(airframe, where="test")).ready()
    (version,) = [m for m in flight.send(ask_version()) if m.get_type() == "AUTOPILOT_VERSION"]
    assert version.capabilities == capabilities
    assert [flight.command(193, 0), flight.command(22, 0, 0, 0, 0, 0, 0, 10), flight.command(185, 1)] == answers
    if answers[-1] == FAILED:
        assert "AFS not enabled, can't terminate the vehicle" in flight.texts()


def ask_version():
    return mavlink.MAVLink_command_long_message(7, 1, 512, 0, 148, 0, 0, 0, 0, 0, 0)


def test_change_speed_holds_until_the_mode_changes(flight):
    flight.airborne(15)
    assert flight.command(178, 1, 3) == OK
    flight.send_to(500, 0, 15)
    flight.run(10)
    assert flight.v.motion.ground_speed_mps == pytest.approx(3, abs=0.2)
    assert flight.command(178, 1, 0) == FAILED
    flight.mode(17)
    flight.mode(4)
    flight.send_to(900, 0, 15)
    flight.run(12)
    assert flight.v.motion.ground_speed_mps == pytest.approx(8, abs=0.3)


def test_a_velocity_target_is_given_up_after_three_seconds(flight):
    flight.airborne(15)
    velocity = mavlink.MAVLink_set_position_target_local_ned_message(
        0, 7, 1, 1, 0x0DC7, 0, 0, 0, 2.0, 0.0, 0.0, 0, 0, 0, 0, 0
    )
    flight.send(velocity)
    flight.run(2.5)
    assert flight.v.motion.north_mps == pytest.approx(2, abs=0.2)
    flight.run(5)
    assert flight.v.motion.ground_speed_mps < 0.2


def test_pause_and_continue_in_guided(flight):
    flight.airborne(15)
    flight.send_to(400, 0, 15)
    flight.run(8)
    assert flight.command(193, 0) == OK
    flight.run(6)
    assert flight.v.motion.ground_speed_mps < 0.2
    assert flight.command(193, 1) == OK
    flight.run(6)
    assert flight.v.motion.ground_speed_mps > 5
    flight.mode(6)
    assert flight.command(193, 0) == FAILED
    assert flight.texts()[-1] == "Failed to pause"


def test_loiter_without_a_transmitters_throttle_sinks_and_with_it_holds(flight):
    flight.airborne(30)
    flight.mode(5)
    flight.run(3)
    assert flight.v.motion.climb_mps == pytest.approx(-2.5, abs=0.2)
    flight.v.parameters.put("SYSID_MYGCS", 250)
    for _ in range(10):
        flight.send(mavlink.MAVLink_rc_channels_override_message(7, 1, 65535, 65535, 1500, 65535, 0, 0, 0, 0))
        flight.run(0.5)
    assert flight.v.motion.climb_mps == pytest.approx(0, abs=0.1)


def test_a_reboot_is_acknowledged_then_silent_then_begins_anew(flight):
    flight.ready()
    flight.command(511, 33, 200_000)
    flight.run(2)
    assert flight.heard("GLOBAL_POSITION_INT")
    assert flight.command(246, 1) == OK
    first, at_s = len(flight.log), flight.at_s
    flight.run(1.4)
    assert len(flight.log) == first
    flight.run(3)
    kinds = {h.type for h in flight.log[first:]}
    assert "HEARTBEAT" in kinds
    assert "GLOBAL_POSITION_INT" not in kinds  # every interval is forgotten
    assert flight.v.boot_ms == pytest.approx((flight.at_s - at_s) * 1000, abs=50)


def test_no_reboot_while_armed(flight):
    flight.airborne(15)
    assert flight.command(246, 1) == FAILED


def test_request_message_and_the_acknowledgement_comes_first(flight):
    flight.ready()
    answers = flight.send(mavlink.MAVLink_command_long_message(7, 1, 512, 0, 148, 0, 0, 0, 0, 0, 0))
    assert [m.get_type() for m in answers[:2]] == ["COMMAND_ACK", "AUTOPILOT_VERSION"]
    assert (answers[1].capabilities, answers[1].flight_sw_version) == (0xFBEF, 0x040507FF)
    assert flight.command(512, 60000) == FAILED
    assert flight.command(512, 162) == OK  # and in vain: FENCE_STATUS is sent only while the fence is enabled


def test_message_intervals(flight):
    flight.ready()
    assert flight.command(511, 33, 200_000) == OK
    assert flight.command(510, 33) == OK
    assert flight.heard("MESSAGE_INTERVAL")[-1].interval_us == 200_000
    assert flight.command(511, 33, 100_000, 1) == DENIED
    assert flight.command(511, 60000, 100_000) == DENIED
    assert flight.texts()[-1] == "No ap_message for mavlink id (60000)"
    since = flight.at_s
    flight.run(10)
    assert len(flight.heard("GLOBAL_POSITION_INT", since_s=since)) == pytest.approx(50, abs=2)
    assert flight.command(511, 33, -1) == OK
    since = flight.at_s + 0.01
    flight.run(2)
    assert not flight.heard("GLOBAL_POSITION_INT", since_s=since)
    assert flight.command(512, 244, 33) == OK
    assert flight.heard("MESSAGE_INTERVAL")[-1].interval_us == -1


def test_data_streams_by_the_old_request(flight):
    flight.ready()
    flight.send(mavlink.MAVLink_request_data_stream_message(7, 1, mavlink.MAV_DATA_STREAM_ALL, 4, 1))
    since = flight.at_s
    flight.run(5)
    kinds = {h.type for h in flight.log if h.at_s > since}
    assert {"ATTITUDE", "SYS_STATUS", "GPS_RAW_INT", "GLOBAL_POSITION_INT", "VFR_HUD", "RC_CHANNELS"} <= kinds
    assert {"MISSION_CURRENT", "NAV_CONTROLLER_OUTPUT", "SERVO_OUTPUT_RAW", "BATTERY_STATUS", "SYSTEM_TIME"} <= kinds
    assert len(flight.heard("ATTITUDE", since_s=since)) == pytest.approx(20, abs=2)
    flight.send(mavlink.MAVLink_request_data_stream_message(7, 1, mavlink.MAV_DATA_STREAM_ALL, 0, 0))
    since = flight.at_s + 0.01
    flight.run(3)
    assert {h.type for h in flight.log if h.at_s > since} <= {"HEARTBEAT", "TIMESYNC"}


def test_streams_that_a_parameter_asks_for_run_from_power_up(make_flight):
    flight = make_flight(parameters={"SR0_POSITION": 5})
    flight.run(4)
    assert len(flight.heard("GLOBAL_POSITION_INT")) == pytest.approx(20, abs=2)
    assert isinstance(flight.v.streams_of(flight.channel), Streams)


def test_a_timesync_and_a_ping_are_answered(flight):
    answers = flight.send(mavlink.MAVLink_timesync_message(0, 1234))
    assert [(m.get_type(), m.ts1) for m in answers] == [("TIMESYNC", 1234)]
    assert flight.send(mavlink.MAVLink_ping_message(1, 2, 0, 0))[0].target_system == 250


def test_a_file_transfer_is_refused_at_once_so_that_clients_ask_for_parameters_the_usual_way(flight):
    request = struct.pack("<HBBBBBBI", 1, 0, 4, 16, 0, 0, 0, 0) + b"@PARAM/param.pck"
    payload = [*request.ljust(251, b"\0")]
    (answer,) = flight.send(mavlink.MAVLink_file_transfer_protocol_message(0, 7, 1, payload))
    assert (answer.payload[3], answer.payload[12]) == (129, 10)


def test_parameters_can_be_read_and_set(flight):
    read = mavlink.MAVLink_param_request_read_message(7, 1, b"FENCE_ACTION", -1)
    assert flight.send(read)[0].param_value == 1.0
    (answer,) = flight.send(mavlink.MAVLink_param_set_message(7, 1, b"FENCE_ACTION", 4.4, 9))
    assert (answer.param_value, answer.param_type, answer.param_index) == (4.0, 2, 65535)
    (answer,) = flight.send(mavlink.MAVLink_param_set_message(7, 1, b"FENCE_ACTION", 4.0, 9))
    assert answer.param_type == 9  # nothing changed: the type comes back as it was sent
    assert flight.send(mavlink.MAVLink_param_set_message(7, 1, b"MAV_GCS_SYSID", 250, 9)) == []
    assert flight.send(mavlink.MAVLink_param_set_message(7, 1, b"FENCE_RADIUS", float("nan"), 9)) == []
    (answer,) = flight.send(mavlink.MAVLink_param_set_message(7, 1, b"STAT_RUNTIME", 99, 9))
    assert answer.param_value == 0


def test_another_systems_messages_are_not_taken(flight):
    flight.ready()
    answers = flight.send(mavlink.MAVLink_command_long_message(8, 1, 176, 0, 1, 4, 0, 0, 0, 0, 0))
    assert answers == []
    assert flight.v.mode.number == 0


def test_what_one_link_says_to_all_is_passed_on_to_the_other(flight):
    other = flight.v.open_channel()
    beat = mavlink.MAVLink_heartbeat_message(6, 8, 0, 0, 4, 3)
    outgoing = flight.v.receive(flight.channel, flight.ground.encode(beat), flight.now)
    assert [o.channel for o in outgoing] == [other]
    assert outgoing[0].data[5] == 250


numbers = st.floats(width=32) | st.sampled_from([0.0, 1.0, -1.0, float("nan"), float("inf"), 3.4e38])
int32 = st.integers(-(2**31), 2**31 - 1)
known = st.sampled_from(
    [
        16,
        20,
        21,
        22,
        115,
        176,
        178,
        179,
        185,
        192,
        193,
        207,
        224,
        241,
        246,
        300,
        400,
        401,
        410,
        510,
        511,
        512,
        520,
        42428,
    ]
)
anything = st.one_of(
    st.builds(
        mavlink.MAVLink_command_long_message,
        st.just(7), st.just(1), known | st.integers(0, 65535), st.integers(0, 255), *[numbers] * 7,
    ),
    st.builds(
        mavlink.MAVLink_command_int_message,
        st.just(7), st.just(1), st.integers(0, 21), known, st.just(0), st.just(0), *[numbers] * 4, int32, int32, numbers,
    ),
    st.builds(
        mavlink.MAVLink_set_position_target_global_int_message,
        st.just(0), st.just(7), st.just(1), st.integers(0, 21), st.integers(0, 4095), int32, int32, *[numbers] * 9,
    ),
    st.builds(
        mavlink.MAVLink_set_position_target_local_ned_message,
        st.just(0), st.just(7), st.just(1), st.integers(0, 21), st.integers(0, 4095), *[numbers] * 11,
    ),
    st.builds(mavlink.MAVLink_mission_count_message, st.just(7), st.just(1), st.integers(0, 80), st.integers(0, 255)),
    st.builds(
        mavlink.MAVLink_mission_item_int_message,
        st.just(7), st.just(1), st.integers(0, 3), st.integers(0, 21), known | st.integers(5000, 5005) | st.just(177),
        st.integers(0, 3), st.just(1), *[numbers] * 4, int32, int32, numbers, st.integers(0, 2),
    ),
    st.builds(
        mavlink.MAVLink_mission_item_message,
        st.just(7), st.just(1), st.integers(0, 3), st.integers(0, 21), known, st.integers(0, 3), st.just(1),
        *[numbers] * 7, st.integers(0, 2),
    ),
    st.builds(mavlink.MAVLink_param_set_message, st.just(7), st.just(1), st.just(b"WPNAV_SPEED"), numbers, st.just(9)),
    st.builds(mavlink.MAVLink_param_set_message, st.just(7), st.just(1), st.just(b"FENCE_RADIUS"), numbers, st.just(9)),
    st.builds(mavlink.MAVLink_param_set_message, st.just(7), st.just(1), st.just(b"RTL_ALT"), numbers, st.just(9)),
    st.builds(mavlink.MAVLink_set_mode_message, st.just(7), st.integers(0, 255), st.integers(0, 30)),
    st.builds(mavlink.MAVLink_manual_control_message, st.just(7), *[st.integers(-32768, 32767)] * 4, st.just(0)),
)  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(messages=st.lists(anything, min_size=1, max_size=12))
def test_no_message_breaks_the_vehicle(make_flight, messages):
    """Whatever comes in, in the air and with everything streaming, is answered or dropped."""
    flight = make_flight(ready_after_s=0.2, ground=(255, 190)).airborne(10)
    flight.send(mavlink.MAVLink_request_data_stream_message(7, 1, mavlink.MAV_DATA_STREAM_ALL, 10, 1))
    for message in messages:
        flight.send(message)
        flight.run(0.4)
    flight.run(2)
    assert flight.command(512, 148) == OK or flight.v.rebooting
