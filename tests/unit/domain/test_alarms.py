"""The alarm board against ISA-18.2: every pair decided, nothing chatters, nothing is acknowledged by itself."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.alarms import (
    CATALOGUE,
    NEXT,
    NEXT_LATCHING,
    REFUSED,
    REFUSED_LATCHING,
    AlarmBoard,
    AlarmEvent,
    AlarmState,
    Assessment,
    Condition,
)
from rangeops.domain.now import Now

CONDITIONS = (Condition.LINK_LOST, Condition.UPLINK_LOST, Condition.OUTSIDE_RANGE, Condition.BATTERY_UNDER_RESERVE)
START = datetime(2026, 11, 24, 5, 41, 7, tzinfo=UTC)


def at(seconds: float) -> Now:
    return Now(1000.0 + seconds, START + timedelta(seconds=seconds))


def assess(board: AlarmBoard, condition: Condition, seconds: float, *, present: bool, source: str = "D07"):
    return board.assess(Assessment(condition, source, present, 7, "1", "2"), at(seconds))


@pytest.mark.parametrize(("table", "refused"), [(NEXT, REFUSED), (NEXT_LATCHING, REFUSED_LATCHING)])
def test_every_state_and_event_is_decided(table, refused):
    assert table.keys() ^ refused == set(product(AlarmState, AlarmEvent))


def test_every_condition_is_in_the_catalogue_with_one_action():
    assert set(CATALOGUE) == set(Condition)
    assert all(entry.action and entry.title for entry in CATALOGUE.values())


def test_an_alarm_is_raised_acknowledged_and_gone_after_it_returned():
    board = AlarmBoard()
    alarm = assess(board, Condition.LINK_LOST, 0, present=True)
    assert alarm is not None
    assert alarm.state is AlarmState.UNACKED
    acked = board.acknowledge(alarm.id, "op1", at(4))
    assert acked is not None
    assert (acked.state, acked.acked_by, acked.acked_utc) == (AlarmState.ACKED, "op1", at(4).utc)
    assert assess(board, Condition.LINK_LOST, 5, present=False) is None, "the off-delay has not passed"
    returned = assess(board, Condition.LINK_LOST, 7.1, present=False)
    assert returned is not None
    assert returned.state is AlarmState.NORMAL
    assert board.standing == ()


def test_one_that_returns_unacknowledged_stays_until_it_is_acknowledged():
    board = AlarmBoard()
    alarm = assess(board, Condition.LINK_LOST, 0, present=True)
    assert alarm is not None
    assess(board, Condition.LINK_LOST, 1, present=False)
    assess(board, Condition.LINK_LOST, 4, present=False)
    assert [standing.state for standing in board.standing] == [AlarmState.RETURNED]
    assert board.acknowledge(alarm.id, "op1", at(5)) is not None
    assert board.standing == ()


def test_a_latching_alarm_is_let_go_only_by_a_second_acknowledgement():
    board = AlarmBoard()
    alarm = assess(board, Condition.OUTSIDE_RANGE, 0, present=True)
    assert alarm is not None
    board.acknowledge(alarm.id, "op1", at(1))
    assess(board, Condition.OUTSIDE_RANGE, 2, present=False)
    assess(board, Condition.OUTSIDE_RANGE, 5, present=False)
    assert [standing.state for standing in board.standing] == [AlarmState.LATCHED]
    board.acknowledge(alarm.id, "op1", at(6))
    assert board.standing == ()


def test_an_on_delay_swallows_a_blip():
    board = AlarmBoard()
    delay_s = CATALOGUE[Condition.POSITION_UNTRUSTED].on_delay_s
    assert assess(board, Condition.POSITION_UNTRUSTED, 0, present=True) is None
    assert assess(board, Condition.POSITION_UNTRUSTED, delay_s / 2, present=False) is None
    assert assess(board, Condition.POSITION_UNTRUSTED, delay_s + 0.1, present=True) is None
    assert board.standing == ()


def test_ten_hertz_chatter_makes_one_alarm():
    board = AlarmBoard()
    changes = [
        changed
        for step in range(600)
        if (changed := assess(board, Condition.LINK_LOST, step / 10, present=step % 2 == 0)) is not None
    ]
    assert len(changes) == 1


def test_figures_follow_while_an_alarm_stands_without_being_a_change():
    board = AlarmBoard()
    assess(board, Condition.LINK_LOST, 0, present=True)
    assert board.assess(Assessment(Condition.LINK_LOST, "D07", present=True, value="9 s"), at(1)) is None
    assert board.standing[0].value == "9 s"


def test_acknowledging_what_is_gone_or_acknowledged_does_nothing():
    board = AlarmBoard()
    alarm = assess(board, Condition.LINK_LOST, 0, present=True)
    assert alarm is not None
    assert board.acknowledge(alarm.id, "op1", at(1)) is not None
    assert board.acknowledge(alarm.id, "op2", at(2)) is None
    assert board.acknowledge("other", "op2", at(2)) is None


def test_what_stood_before_a_restart_stands_after_it_and_returns_when_its_condition_is_gone():
    board = AlarmBoard()
    assess(board, Condition.LINK_LOST, 0, present=True)
    again = AlarmBoard()
    again.restore(board.standing)
    assert assess(again, Condition.LINK_LOST, 1, present=True) is None, "the same occurrence, not a new one"
    assess(again, Condition.LINK_LOST, 2, present=False)
    assess(again, Condition.LINK_LOST, 5, present=False)
    assert again.standing[0].state is AlarmState.RETURNED


@given(st.lists(st.tuples(st.sampled_from(["on", "off", "ack"]), st.floats(0.05, 5)), max_size=60))
def test_an_alarm_leaves_the_list_only_acknowledged(steps):
    """Whatever comes in whatever order: nothing that nobody acknowledged goes away."""
    board, seconds, unacked = AlarmBoard(), 0.0, set()
    for what, pause in steps:
        seconds += pause
        if what == "ack":
            for alarm in board.standing:
                board.acknowledge(alarm.id, "op1", at(seconds))
                unacked.discard(alarm.id)
        else:
            changed = assess(board, Condition.LINK_LOST, seconds, present=what == "on")
            if changed is not None and changed.state is AlarmState.UNACKED:
                unacked = {changed.id}
        assert unacked <= {alarm.id for alarm in board.standing}


@given(st.lists(st.tuples(st.floats(0.1, 4), st.sets(st.sampled_from(CONDITIONS)), st.booleans()), max_size=30))
def test_what_is_not_among_those_that_hold_is_assessed_as_absent(looks):
    """A look at one source by what holds raises and returns the same alarms as an assessment of every condition."""
    by_source, one_by_one, seconds = AlarmBoard(), AlarmBoard(), 0.0
    for step_s, holding, acked in looks:
        seconds += step_s
        present = [Assessment(each, "D07", present=True, sysid=7) for each in sorted(holding, key=lambda c: c.value)]
        by_source.assess_source("D07", frozenset(CONDITIONS), present, at(seconds))
        for each in CONDITIONS:
            one_by_one.assess(Assessment(each, "D07", each in holding, 7), at(seconds))
        assert set(by_source.standing) == set(one_by_one.standing)
        if acked:
            for alarm in by_source.standing:
                by_source.acknowledge(alarm.id, "op1", at(seconds))
                one_by_one.acknowledge(alarm.id, "op1", at(seconds))


def test_a_look_at_some_conditions_leaves_the_others_as_they_are():
    board = AlarmBoard()
    assess(board, Condition.LINK_LOST, 0, present=True)
    board.assess_source("D07", frozenset([Condition.FORECAST_EXIT]), [], at(10))
    board.assess_source("D08", frozenset(Condition), [], at(20))
    assert [alarm.state for alarm in board.standing] == [AlarmState.UNACKED]
