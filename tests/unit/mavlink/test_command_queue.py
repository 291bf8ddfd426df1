"""One command at a time: who waits, who is refused, and that a stop overtakes everybody."""

import pytest
from commanded import NORTH, TARGETS, UP, Commanded
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.adapters.mavlink.commands import MOST_WAITING, WAITS_S
from rangeops.domain.commands import FINAL_STAGES, POLICY, STOPS, CommandId, CommandKind, CommandProgress, CommandStage
from rangeops.domain.telemetry import LandedState

K, S = CommandKind, CommandStage


def test_a_second_command_waits_for_the_first_to_be_seen():
    flight = Commanded(armed=False, height_m=0.0, landed=LandedState.ON_GROUND)
    arm = flight.order(K.ARM)
    up = flight.order(K.TAKEOFF, UP)
    assert flight.last.detail == "waits for arm"
    flight.ack()
    flight.wait(0.4)
    assert {message.command for message in flight.sent} == {400}
    flight.armed = True
    flight.wait(0.4)
    assert flight.stages(arm)[-1] is S.SEEN
    assert flight.stages(up) == [S.QUEUED, S.SENT]
    assert flight.sent[-1].command == 22


def test_who_waits_too_long_is_told_to_ask_again():
    flight = Commanded(height_m=0.0, landed=LandedState.ON_GROUND)
    flight.order(K.TAKEOFF, UP)
    flight.ack()
    place = flight.order(K.GOTO, NORTH)
    flight.wait(WAITS_S + 0.4)
    assert flight.stages(place) == [S.QUEUED, S.REFUSED]
    assert "takeoff was still under way" in flight.last.detail
    assert {message.command for message in flight.sent} == {22}


@pytest.mark.parametrize("stop", sorted(STOPS, key=lambda kind: kind.value))
def test_a_stop_overtakes_what_is_under_way_and_all_who_wait(stop):
    flight = Commanded()
    going = flight.order(K.GOTO, NORTH)
    waiting = [flight.order(K.FENCE_OFF), flight.order(K.GOTO, NORTH)]
    stopping = flight.order(stop, second="op2" if stop is K.TERMINATE else "")
    assert flight.stages(going)[-1] is S.SUPERSEDED
    assert [flight.stages(order)[-1] for order in waiting] == [S.SUPERSEDED, S.SUPERSEDED]
    assert flight.stages(stopping) == [S.SENT]
    assert flight.sent[-1].command == (185 if stop is K.TERMINATE else 176)


@pytest.mark.parametrize("kind", sorted(set(K) - STOPS - {K.LOAD_FENCE, K.RESTORE}, key=lambda kind: kind.value))
def test_nothing_else_goes_while_a_stop_is_under_way(kind):
    flight = Commanded(mode=3)
    flight.order(K.HOLD)
    order = flight.order(kind, TARGETS.get(kind))
    assert flight.stages(order) == [S.REFUSED]
    assert flight.last.detail == "not sent: hold is under way"
    assert len(flight.sent) == 1


def test_the_ranges_own_stop_does_not_undo_two_persons_terminate_and_a_persons_does():
    flight = Commanded()
    ending = flight.order(K.TERMINATE, second="op2")
    own = flight.order(K.RTL, by=POLICY)
    assert flight.stages(own) == [S.REFUSED]
    assert flight.stages(ending) == [S.SENT]
    flight.order(K.HOLD)
    assert flight.stages(ending)[-1] is S.SUPERSEDED


def test_the_queue_is_short():
    flight = Commanded()
    flight.order(K.GOTO, NORTH)
    orders = [flight.order(K.FENCE_ON) for _ in range(MOST_WAITING + 1)]
    assert flight.stages(orders[-1]) == [S.REFUSED]
    assert flight.stages(orders[-2]) == [S.QUEUED]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["order", "ack", "refuse", "wait", "obey"]),
            st.sampled_from(sorted(K, key=lambda k: k.value)),
        ),
        max_size=25,
    )
)
def test_whatever_comes_one_is_under_way_and_each_ends_once(events):
    flight = Commanded(mode=3)
    for event, kind in events:
        match event:
            case "order":
                flight.order(kind, TARGETS.get(kind), second="op2")
            case "ack" if flight.sent:
                flight.ack()
            case "refuse" if flight.sent:
                flight.ack(4)
            case "wait":
                flight.wait(1.0)
            case "obey":
                flight.shows(mode=flight.machine.commanded_mode or flight.mode, armed=kind is not K.DISARM)
    told: dict[CommandId, list[CommandStage]] = {}
    open_now: set[CommandId] = set()
    for output in flight.outputs:
        if isinstance(output, CommandProgress):
            told.setdefault(output.order.id, []).append(output.stage)
            sent = output.stage in (S.SENT, S.ACKED)
            open_now = open_now | {output.order.id} if sent else open_now - {output.order.id}
            assert len(open_now) <= 1, "two commands interleave"
    for stages in told.values():
        assert sum(stage in FINAL_STAGES - {S.NO_ACK} for stage in stages) <= 1
