"""What a vehicle must do for this range, whoever simulates it: our simulator always, ArduPilot's own where it is found."""

import pytest
from acceptance_commands import UP_M
from backends import AIRFRAME, range_parameters

from rangeops.adapters.mavlink.streams import RATES_HZ
from rangeops.adapters.mavlink.transactions import Done, Failed
from rangeops.adapters.mavlink.uplink import LOST_S, PROBE_S
from rangeops.domain.commands import CommandStage
from rangeops.domain.stopping import stopping_distance_m

pytestmark = [pytest.mark.processes, pytest.mark.timeout(400)]

NAMES = {33: "GlobalPositionInt", 1: "SysStatus", 193: "EkfStatusReport", 245: "ExtendedSysState"}
NAMES |= {24: "GpsRawInt", 147: "BatteryStatus"}


def test_it_is_heard_and_identified(flown):
    seen = flown("on_the_ground")
    assert (seen.autopilot, seen.vehicle_class, seen.mode) == ("ArduPilot", "copter", "STABILIZE")
    assert seen.firmware >> 24 == 4
    assert seen.heard_after_s < 15


@pytest.mark.parametrize("message", sorted(NAMES))
def test_a_stream_comes_as_fast_as_it_was_asked_for(flown, message):
    seen = flown("on_the_ground")
    assert message not in seen.refused_streams
    assert 0.75 * RATES_HZ[message] <= seen.rates_hz.get(NAMES[message], 0) <= 1.35 * RATES_HZ[message]


def test_a_position_is_trusted_only_once_the_ekf_vouches_for_it(flown):
    seen = flown("on_the_ground")
    assert seen.filled_untrusted, "no position was heard before the EKF was ready: nothing was tested"
    assert seen.trusted_after_s > 1


def test_the_ranges_parameters_are_on_board(flown):
    seen = flown("on_the_ground")
    assert seen.parameters == pytest.approx(range_parameters())


def test_a_parameter_is_written_and_an_unknown_one_is_said_to_be(flown):
    seen = flown("on_the_ground")
    assert seen.written == 2500
    assert isinstance(seen.unknown_parameter, Failed)
    assert seen.unknown_parameter.reason


def test_a_fence_goes_up_is_enabled_and_reads_back_equal(flown):
    seen = flown("on_the_ground")
    assert seen.fence is not None
    assert seen.fence.equal, seen.fence.detail
    assert seen.fence.items == 8
    assert seen.fence_enabled
    assert seen.fence_rate_hz >= 0.75 * RATES_HZ[162]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("wrong vertex count", "Incorrect item count"),
        ("two vertices", "Invalid vertex count (2)"),
        ("circle without radius", "Non-positive circle radius"),
        ("latitude 95", "Bad lat or lon"),
        ("frame MISSION", "frame not supported"),
        ("a waypoint in a fence", "item not supported"),
        ("90 items", "no space"),
        ("mode 99", "No such mode"),
        ("an unknown message's interval", "No ap_message for mavlink id"),
        ("reposition as COMMAND_LONG", "not supported"),
        ("an unknown command", "not supported"),
    ],
)
def test_a_refusal_is_told_in_the_vehicles_words(flown, what, words):
    answer = flown("on_the_ground").refusals[what]
    assert isinstance(answer, Failed)
    assert not answer.silent, "silence was taken for a refusal"
    assert words in answer.reason


def test_refused_fences_leave_the_old_one_on_board(flown):
    assert isinstance(flown("on_the_ground").fence_after_refusals, Done)


def test_a_mission_comes_back_as_it_went_up(flown):
    seen = flown("on_the_ground")
    assert isinstance(seen.mission_up, Done)
    assert seen.mission_difference == ""


def test_a_restart_is_noticed_and_the_streams_are_asked_for_again(flown):
    seen = flown("on_the_ground")
    assert seen.rebooted_after_s < 30
    assert seen.streams_after_s - seen.rebooted_after_s < 15


def test_a_hold_is_seen_within_3_s_and_stops_within_our_stopping_distance(flown):
    hold = flown("stops").hold
    print(
        f"from {hold.from_mps:.1f} m/s: seen after {hold.progress.seen_after_s:.2f} s, {hold.distance_m:.1f} m "
        f"(reckoned {stopping_distance_m(AIRFRAME, hold.from_mps):.1f} m), at rest after {hold.rest_after_s:.1f} s"
    )
    assert hold.from_mps > 7
    assert hold.progress.stage is CommandStage.SEEN
    assert hold.progress.seen_after_s <= 3
    assert 0.5 * stopping_distance_m(AIRFRAME, hold.from_mps) < hold.distance_m
    assert hold.distance_m <= stopping_distance_m(AIRFRAME, hold.from_mps)


def test_rtl_and_land_are_seen(flown):
    stops = flown("stops")
    assert stops.rtl.stage is CommandStage.SEEN
    assert stops.land.stage is CommandStage.SEEN
    assert max(stops.rtl.seen_after_s, stops.land.seen_after_s) <= 3
    assert stops.modes == ["hold", "rtl", "LAND"]
    assert stops.descended_m > 1.5


@pytest.mark.parametrize(
    "name",
    [
        "hold",
        "arm",
        "disarm",
        "arm again",
        "takeoff",
        "goto",
        "fence-on",
        "hold in the air",
        "fence-off",
        "continue",
        "pause",
        "continue where it paused",
        "terminate",
    ],
)
def test_what_the_range_commands_is_seen(flown, name):
    end = flown("commands").ends[name]
    print(f"{name}: acked after {end.ack_after_s} s, seen after {end.seen_after_s} s")
    assert end.stage is CommandStage.SEEN, end


def test_what_was_seen_was_so(flown):
    seen = flown("commands")
    assert seen.height_m >= UP_M - 1
    assert seen.fence_enabled == [True, False]
    assert seen.paused_mps < 0.5
    assert seen.modes == ["BRAKE", "AUTO"]  # a refused target leaves the mode; a pause stays in AUTO


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("arm in BRAKE", "not armable in this mode (Arm: BRAKE mode not armable)"),
        ("take-off disarmed", "in GUIDED, armed and on the ground only"),
        ("disarm in the air", "failed"),
        ("take-off in the air", "in GUIDED, armed and on the ground only"),
        ("pause without a mission", "not sent: it flies no mission: it is in GUIDED"),
        ("goto outside its fence", "a target outside the fence that is on board, perhaps"),
        ("terminate alone", "not sent: it needs two persons' word"),
    ],
)
def test_what_it_refuses_is_told_in_words(flown, name, words):
    end = flown("commands").ends[name]
    assert end.stage is CommandStage.REFUSED
    assert words in end.detail


def test_an_accepted_target_that_it_never_flies_to_ends_as_not_obeyed(flown):
    end = flown("commands").ends["goto on the ground"]
    assert end.ack_after_s is not None
    assert end.stage is CommandStage.NOT_OBEYED
    assert "no nearer: the target was dropped" in end.detail


def test_its_own_failsafe_acts_when_our_heartbeat_stops(flown):
    seen = flown("failsafe")
    print(f"GCS failsafe {seen.after_s:.2f} s after our last heartbeats")
    assert seen.mode == "RTL"
    assert 3.9 <= seen.after_s <= 8  # 5 s after our last heartbeat, which was up to 1 s before
    assert any("GCS Failsafe" in text and "Cleared" not in text for text in seen.texts)
    assert seen.mode_after_return == "RTL", "heartbeats that come again don't give the flight back"


def test_a_dead_uplink_is_told_apart_from_disobedience(flown):
    seen = flown("uplink")
    print(f"uplink lost after {seen.lost_after_s:.1f} s, back after {seen.back_after_s:.1f} s")
    assert seen.ok_before
    assert seen.lost_after_s <= LOST_S + 0.5
    assert seen.heard_when_lost
    assert seen.silence is not None
    assert seen.silence.stage is CommandStage.NO_ACK
    assert seen.back_after_s <= PROBE_S + 1
    assert seen.at_last is not None
    assert seen.at_last.stage is CommandStage.SEEN


def test_the_watch_stops_a_vehicle_before_its_edge_and_sends_it_home(flown):
    seen = flown("runaway")
    print(f"margin {seen.least_margin_m:.1f} m, fastest {seen.fastest_mps:.1f} m/s, {seen.modes}, {seen.stages}")
    assert seen.modes[-3:] == ["GUIDED", "BRAKE", "RTL"]
    assert seen.fastest_mps > 7
    assert 0 < seen.least_margin_m < 40
    assert sorted(seen.stages) == ["hold seen", "rtl seen"]
