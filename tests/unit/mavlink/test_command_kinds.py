"""Each kind of command: what it sends to whom, what shows it obeyed, and each way in which it isn't."""

from dataclasses import replace

import pytest
from commanded import ALL, COPTER, NORTH, PLANE, ROVER, TARGETS, UP, Commanded, can

from rangeops.adapters.mavlink.abilities import CAN_COMMAND_INT
from rangeops.adapters.mavlink.commands import NO_ACK_S
from rangeops.adapters.mavlink.deeds import GIVE_UP_S, LIFTS_WITHIN_S, MODE_WITHIN_S, NEARER_WITHIN_S, STALLED_S
from rangeops.adapters.mavlink.messages import CommandInt, CommandLong
from rangeops.adapters.mavlink.transactions import WORDS_S
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandKind, CommandStage, CommandTarget
from rangeops.domain.telemetry import Autopilot, LandedState, SystemStatus

K, S = CommandKind, CommandStage


def long(flight: Commanded) -> tuple:
    (message,) = flight.sent
    assert isinstance(message, CommandLong)
    assert (message.target_system, message.target_component) == (21, 1)
    return message.command, *message[:7]


# What is sent.


@pytest.mark.parametrize(
    ("kind", "vehicle", "sent"),
    [
        (K.ARM, {"armed": False}, (400, 1, 0, 0, 0, 0, 0, 0)),
        (K.DISARM, {}, (400, 0, 0, 0, 0, 0, 0, 0)),
        (K.FENCE_ON, {}, (207, 1, 0, 0, 0, 0, 0, 0)),
        (K.FENCE_OFF, {}, (207, 0, 0, 0, 0, 0, 0, 0)),
        (K.TAKEOFF, {"mode": 4}, (22, 0, 0, 0, 0, 0, 0, 20)),
        (K.PAUSE, {"mode": 3}, (193, 0, 0, 0, 0, 0, 0, 0)),
        (K.CONTINUE, {"mode": 3}, (193, 1, 0, 0, 0, 0, 0, 0)),
        (K.CONTINUE, {"mode": 17}, (176, 1, 3, 0, 0, 0, 0, 0)),
        (K.PAUSE, {"mode": 10, "vehicle_class": PLANE}, (176, 1, 12, 0, 0, 0, 0, 0)),
        (K.CONTINUE, {"mode": 12, "vehicle_class": PLANE}, (176, 1, 10, 0, 0, 0, 0, 0)),
        (K.PAUSE, {"mode": 10, "vehicle_class": ROVER}, (176, 1, 4, 0, 0, 0, 0, 0)),
        (K.CONTINUE, {"mode": 4, "vehicle_class": ROVER}, (176, 1, 10, 0, 0, 0, 0, 0)),
    ],
)
def test_each_kind_is_sent_as_this_vehicle_takes_it(kind, vehicle, sent):
    flight = Commanded(**vehicle)
    flight.order(kind, TARGETS.get(kind))
    assert long(flight) == sent


def test_no_command_has_the_magic_that_skips_the_checks_or_disarms_in_the_air():
    for kind in (K.ARM, K.DISARM):
        flight = Commanded()
        flight.order(kind)
        assert not {2989.0, 21196.0} & set(flight.sent[0][:7])


@pytest.mark.parametrize(("vehicle_class", "guided"), [(COPTER, 4), (PLANE, 15), (ROVER, 15)])
def test_a_place_goes_as_integers_with_its_datum(vehicle_class, guided):
    flight = Commanded(vehicle_class=vehicle_class)
    flight.order(K.GOTO, NORTH)
    (message,) = flight.sent
    assert isinstance(message, CommandInt)
    assert (message.command, message.frame, message.param2) == (192, 0, 1)
    assert (message.x, message.y, message.z) == (round(NORTH.latitude_deg * 1e7), 60_000_000, 60.0)
    assert flight.machine.commanded_mode == guided


def test_a_take_off_from_another_mode_goes_to_guided_first():
    flight = Commanded(mode=0, height_m=0, landed=LandedState.ON_GROUND)
    order = flight.order(K.TAKEOFF, UP)
    assert [message.command for message in flight.sent] == [176]
    flight.ack()
    assert [message.command for message in flight.sent] == [176, 22]
    assert flight.sent[-1].confirmation == 0
    assert flight.stages(order) == [S.SENT]  # GUIDED was accepted, the take-off wasn't yet
    flight.ack()
    assert flight.stages(order) == [S.SENT, S.ACKED]


@pytest.mark.parametrize(
    ("kind", "vehicle", "why"),
    [
        (K.GOTO, {"identity": None}, "hasn't said yet what it can do"),
        (K.FENCE_ON, {"identity": None}, "hasn't said yet"),
        (K.TERMINATE, {"identity": None}, "hasn't said yet"),
        (K.GOTO, {"identity": can(ALL & ~CAN_COMMAND_INT)}, "COMMAND_INT"),
        (K.FENCE_OFF, {"identity": can(0)}, "hold a fence"),
        (K.TERMINATE, {"identity": can(0xF36F), "vehicle_class": PLANE}, "no flight termination"),
        (K.GOTO, {"autopilot": Autopilot.PX4}, "isn't proved"),
        (K.GOTO, {"autopilot": Autopilot.OTHER}, "isn't proved"),
        (K.FENCE_ON, {"autopilot": Autopilot.PX4}, "isn't told by this command"),
        (K.TAKEOFF, {"vehicle_class": PLANE}, "no take-off"),
        (K.TAKEOFF, {"vehicle_class": ROVER}, "no take-off"),
        (K.PAUSE, {"mode": 4}, "flies no mission: it is in GUIDED"),
        (K.CONTINUE, {"vehicle_class": VehicleClass.UNKNOWN}, "no mode that flies a mission"),
        (K.TERMINATE, {}, "two persons"),
        (K.LOAD_FENCE, {}, "a procedure"),
    ],
)
def test_what_it_cannot_do_is_said_before_anything_is_sent(kind, vehicle, why):
    flight = Commanded(**vehicle)
    order = flight.order(kind, TARGETS.get(kind))
    assert flight.sent == []
    assert flight.stages(order) == [S.REFUSED]
    assert flight.last.detail.startswith("not sent: ")
    assert why in flight.last.detail
    assert flight.machine.idle


@pytest.mark.parametrize(
    "target", [None, CommandTarget(latitude_deg=52.0), replace(NORTH, altitude_amsl_m=float("nan"))]
)
def test_half_a_place_is_no_place(target):
    flight = Commanded()
    flight.order(K.GOTO, target)
    assert flight.sent == []


@pytest.mark.parametrize("second", ["", "op1", "policy"])
def test_one_person_cannot_terminate(second):
    flight = Commanded()
    flight.order(K.TERMINATE, second=second)
    assert flight.sent == []
    assert "two persons" in flight.last.detail


# What shows it obeyed.


def test_arming_is_seen_by_the_armed_flag_and_not_by_its_answer():
    flight = Commanded(armed=False)
    order = flight.order(K.ARM)
    flight.ack()
    assert flight.stages(order)[-1] is S.ACKED
    flight.shows(armed=True)
    assert flight.stages(order)[-1] is S.SEEN


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (K.DISARM, {"armed": False}),
        (K.TERMINATE, {"armed": False}),
        (K.TERMINATE, {"status": SystemStatus.TERMINATION}),
        (K.FENCE_ON, {"fence": True}),
    ],
)
def test_what_ends_or_guards_a_flight_is_seen_by_the_vehicles_own_word(kind, shown):
    flight = Commanded()
    order = flight.order(kind, second="op2" if kind is K.TERMINATE else "")
    flight.ack()
    flight.shows()
    assert flight.stages(order)[-1] is S.ACKED
    flight.shows(**shown)
    assert flight.stages(order) == [S.SENT, S.ACKED, S.SEEN]


def test_a_fence_that_was_off_before_the_order_does_not_prove_it_went_off():
    flight = Commanded(fence=True)
    order = flight.order(K.FENCE_OFF)
    flight.ack()
    flight.heard = False
    flight.fence = False
    flight.shows()  # an old SYS_STATUS
    assert flight.stages(order)[-1] is S.ACKED
    flight.shows(heard=True)
    assert flight.stages(order)[-1] is S.SEEN


def test_a_take_off_is_seen_when_it_is_up_and_not_when_it_has_left_the_ground():
    flight = Commanded(mode=4, height_m=0.0, landed=LandedState.ON_GROUND)
    order = flight.order(K.TAKEOFF, UP)
    flight.ack()
    flight.wait(3.5)  # the motors spool up
    flight.landed = LandedState.TAKEOFF
    flight.wait(6, height_m=2.5)
    assert flight.stages(order)[-1] is S.ACKED
    flight.wait(2, height_m=2.5)
    assert flight.stages(order) == [S.SENT, S.ACKED, S.SEEN]


def test_a_slow_take_off_is_not_disobedience_while_it_climbs():
    flight = Commanded(mode=4, height_m=0.0, landed=LandedState.TAKEOFF)
    order = flight.order(K.TAKEOFF, CommandTarget(height_above_home_m=60.0))
    flight.ack()
    flight.wait(GIVE_UP_S + 20, height_m=0.7)
    assert flight.stages(order) == [S.SENT, S.ACKED]
    flight.wait(20, height_m=0.7)
    assert flight.stages(order)[-1] is S.SEEN


def test_a_place_is_seen_when_it_comes_nearer_in_guided():
    flight = Commanded(mode=17)
    order = flight.order(K.GOTO, NORTH)
    flight.ack()
    flight.shows(mode=4)
    flight.shows(north_m=2.0)
    assert flight.stages(order)[-1] is S.ACKED
    flight.shows(north_m=6.0)
    assert flight.stages(order)[-1] is S.SEEN


def test_a_place_where_it_is_already_is_seen_at_once():
    flight = Commanded(mode=4, north_m=99.0)
    order = flight.order(K.GOTO, NORTH)
    flight.ack()
    flight.shows()
    assert flight.stages(order)[-1] is S.SEEN


def test_a_plane_may_turn_round_first():
    flight = Commanded(mode=12, vehicle_class=PLANE, north_m=-400.0, speed_mps=22.0)
    order = flight.order(K.GOTO, NORTH)
    flight.ack()
    flight.shows(mode=15)
    flight.wait(12, north_m=-10.0)
    assert flight.stages(order)[-1] is S.ACKED
    flight.wait(2, north_m=20.0)
    assert flight.stages(order)[-1] is S.SEEN


def test_a_pause_is_seen_by_standing_in_auto_after_it_was_accepted():
    flight = Commanded(mode=3, speed_mps=0.2)
    order = flight.order(K.PAUSE)
    flight.shows()  # it stands by itself: that is no answer to us
    assert flight.stages(order) == [S.SENT]
    flight.ack()
    flight.shows()
    assert flight.stages(order) == [S.SENT, S.ACKED, S.SEEN]


def test_a_mission_that_goes_on_moves():
    flight = Commanded(mode=3, speed_mps=0.0)
    order = flight.order(K.CONTINUE)
    flight.ack()
    flight.shows()
    assert flight.stages(order)[-1] is S.ACKED
    flight.shows(speed_mps=3.0)
    assert flight.stages(order)[-1] is S.SEEN


# What doesn't.


@pytest.mark.parametrize(
    ("kind", "vehicle", "after_s", "words"),
    [
        (K.ARM, {"armed": False}, MODE_WITHIN_S, "it is disarmed"),
        (K.DISARM, {}, MODE_WITHIN_S, "it is armed"),
        (K.FENCE_ON, {}, MODE_WITHIN_S, "its fence is off"),
        (K.FENCE_OFF, {"fence": True}, MODE_WITHIN_S, "its fence is on"),
        (K.TAKEOFF, {"height_m": 0.0, "landed": LandedState.ON_GROUND}, LIFTS_WITHIN_S, "doesn't leave the ground"),
        (K.GOTO, {"mode": 17}, MODE_WITHIN_S, "it flies in BRAKE"),
        (K.GOTO, {"mode": 4}, NEARER_WITHIN_S, "the target was dropped, 100 m away"),
        (K.PAUSE, {"mode": 3, "speed_mps": 7.0}, 6.0, "still at 7.0 m/s"),
        (K.CONTINUE, {"mode": 3}, 6.0, "it stands still"),
        (K.CONTINUE, {"mode": 17}, MODE_WITHIN_S, "it flies in BRAKE"),
        (K.TERMINATE, {}, MODE_WITHIN_S, "it is armed"),
    ],
)
def test_an_answer_without_the_deed_ends_as_not_obeyed_in_words(kind, vehicle, after_s, words):
    flight = Commanded(**vehicle)
    order = flight.order(kind, TARGETS.get(kind), second="op2" if kind is K.TERMINATE else "")
    flight.ack()
    flight.wait(after_s - 0.5)
    assert flight.stages(order)[-1] is S.ACKED
    flight.wait(1.5)
    assert flight.stages(order)[-1] is S.NOT_OBEYED
    assert words in flight.last.detail
    assert len(flight.sent) == 1  # acked: not repeated


def test_a_take_off_that_stops_half_way_is_told_with_its_height():
    flight = Commanded(mode=4, height_m=0.0, landed=LandedState.TAKEOFF)
    order = flight.order(K.TAKEOFF, UP)
    flight.ack()
    flight.wait(4, height_m=2.0)
    flight.wait(STALLED_S + 1.5)
    assert flight.stages(order)[-1] is S.NOT_OBEYED
    assert "stopped climbing at 8.0 of 20 m" in flight.last.detail


@pytest.mark.parametrize("kind", [K.ARM, K.TAKEOFF, K.GOTO, K.CONTINUE, K.FENCE_ON, K.PAUSE])
def test_without_telemetry_nobody_is_disobedient(kind):
    flight = Commanded(mode=3 if kind is K.PAUSE else 4, armed=kind is not K.ARM)
    order = flight.order(kind, TARGETS.get(kind))
    flight.ack()
    flight.heard = False
    flight.wait(30)
    assert S.NOT_OBEYED not in flight.stages(order)
    flight.wait(300)
    assert flight.stages(order)[-1] is S.NO_ACK
    assert flight.machine.idle


@pytest.mark.parametrize(
    ("kind", "text", "meaning"),
    [
        (K.ARM, "Arm: BRAKE mode not armable", "not armable in this mode"),
        (K.ARM, "Arm: Gyros inconsistent", "not armable"),
        (K.ARM, "Arm: vehicle outside fence", "not armable"),
        (K.CONTINUE, "Mode change to AUTO failed: init failed", "the mode doesn't start"),
        (K.TAKEOFF, "Mode change to GUIDED failed: requires position", "the mode needs a position"),
        (K.PAUSE, "Failed to pause", "hold stops it"),
        (K.GOTO, "", "outside the fence that is on board, perhaps"),
        (K.TAKEOFF, "", "in GUIDED, armed and on the ground only"),
        (K.FENCE_ON, "", "there is none on board, perhaps"),
        (K.DISARM, "", "failed"),
    ],
)
def test_refusals_are_told_apart(kind, text, meaning):
    flight = Commanded(mode=3 if kind is K.PAUSE else 17, armed=kind is not K.ARM)
    order = flight.order(kind, TARGETS.get(kind))
    flight.ack(4, *([text] if text else []))
    flight.wait(WORDS_S + 0.3)
    assert flight.stages(order) == [S.SENT, S.REFUSED]
    assert meaning in flight.last.detail
    assert text in flight.last.detail


@pytest.mark.parametrize("kind", [K.ARM, K.TAKEOFF, K.GOTO, K.CONTINUE, K.TERMINATE, K.FENCE_OFF])
def test_what_sets_in_motion_is_not_sent_any_more_once_its_intent_is_stale(kind):
    flight = Commanded(armed=kind is not K.ARM, height_m=0.0 if kind is K.TAKEOFF else 25.0, mode=17, fence=True)
    flight.order(kind, TARGETS.get(kind), second="op2" if kind is K.TERMINATE else "")
    flight.wait(NO_ACK_S + 1)
    count = len(flight.sent)
    assert flight.last.stage is S.NO_ACK
    assert "isn't sent again" in flight.last.detail
    flight.wait(20)
    assert len(flight.sent) == count


def test_a_long_command_is_repeated_with_its_confirmation_counted():
    flight = Commanded(armed=False)
    flight.order(K.ARM)
    flight.wait(2)
    assert [message.confirmation for message in flight.sent] == [0, 1, 2, 3]
