"""The alarm board against ISA-18.2: every pair decided, nothing chatters, nothing is acknowledged by itself."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from alarm_deeds import ack, deed
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.alarms import (
    CATALOGUE,
    NEXT,
    NEXT_LATCHING,
    REALARM_S,
    REFUSED,
    REFUSED_LATCHING,
    STANDS,
    AlarmBoard,
    AlarmDeed,
    AlarmEvent,
    AlarmState,
    Assessment,
    Condition,
    DeedKind,
    Priority,
    SourceState,
)
from rangeops.domain.now import Now

CONDITIONS = (Condition.LINK_LOST, Condition.GNSS_DENIED, Condition.OUTSIDE_RANGE, Condition.LINK_DOWN)
START = datetime(2026, 11, 24, 5, 41, 7, tzinfo=UTC)
P3, P2, P1 = Condition.LINK_DOWN, Condition.GNSS_DENIED, Condition.LINK_LOST  # none of them latches


def at(seconds: float) -> Now:
    return Now(1000.0 + seconds, START + timedelta(seconds=seconds))


def assess(board: AlarmBoard, condition: Condition, seconds: float, *, present: bool, source: str = "D07"):
    """The last that it changed; None: nothing."""
    changed = board.assess(Assessment(condition, source, present, 7, "1", "2"), at(seconds))
    return changed[-1] if changed else None


def raised(board: AlarmBoard, condition: Condition, seconds: float = 0.0):
    """Raised by then, its on-delay being over."""
    assess(board, condition, seconds - CATALOGUE[condition].on_delay_s, present=True)
    return assess(board, condition, seconds, present=True) or board.standing[0]


def returned(board: AlarmBoard, condition: Condition, seconds: float):
    assess(board, condition, seconds - CATALOGUE[condition].off_delay_s, present=False)
    return assess(board, condition, seconds, present=False)


@pytest.mark.parametrize(("table", "refused"), [(NEXT, REFUSED), (NEXT_LATCHING, REFUSED_LATCHING)])
def test_every_state_and_event_is_decided(table, refused):
    assert table.keys() ^ refused == set(product(AlarmState, AlarmEvent))


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.condition.value)
def test_every_entry_of_the_catalogue_is_rationalised(entry):
    assert entry.title
    assert entry.action
    assert entry.limit
    assert entry.cause
    assert entry.consequence
    assert entry.response
    assert entry.respond_s > 0
    assert entry.off_delay_s >= 1.0, "a shorter one lets a 10 Hz chatter through"


def test_every_condition_is_in_the_catalogue():
    assert set(CATALOGUE) == set(Condition)


def test_a_p1_is_never_suppressed_shelved_or_taken_out_and_only_a_p1_latches():
    for entry in CATALOGUE.values():
        if entry.priority is Priority.P1:
            assert not entry.suppressed_by
            assert not entry.suppressed_while
            assert not entry.longest_shelf_s
        else:
            assert not entry.latching
        for other in entry.suppressed_by:
            assert CATALOGUE[other].priority < entry.priority, "what suppresses is more urgent, and is assessed first"


def test_an_alarm_is_raised_acknowledged_and_gone_after_it_returned():
    board = AlarmBoard()
    alarm = assess(board, Condition.LINK_LOST, 0, present=True)
    assert alarm.state is AlarmState.UNACKED
    acked = board.do(ack(alarm), at(4))
    assert (acked.state, acked.acked_by, acked.acked_utc) == (AlarmState.ACKED, "op1", at(4).utc)
    assert assess(board, Condition.LINK_LOST, 5, present=False) is None, "the off-delay has not passed"
    gone = assess(board, Condition.LINK_LOST, 7.1, present=False)
    assert (gone.state, gone.ended_utc) == (AlarmState.NORMAL, at(7.1).utc)
    assert board.standing == ()


def test_one_that_returns_unacknowledged_stays_until_it_is_acknowledged():
    board = AlarmBoard()
    alarm = assess(board, Condition.LINK_LOST, 0, present=True)
    returned(board, Condition.LINK_LOST, 4)
    assert [standing.state for standing in board.standing] == [AlarmState.RETURNED]
    assert board.do(ack(alarm), at(5)) is not None
    assert board.standing == ()


def test_a_latching_alarm_is_let_go_only_by_a_reset():
    board = AlarmBoard()
    alarm = assess(board, Condition.OUTSIDE_RANGE, 0, present=True)
    board.do(ack(alarm), at(1))
    assert board.do(deed(DeedKind.RESET, alarm), at(1.5)) is None, "it still holds"
    returned(board, Condition.OUTSIDE_RANGE, 5)
    assert [standing.state for standing in board.standing] == [AlarmState.LATCHED]
    assert board.do(ack(alarm), at(6)) is None
    reset = board.do(deed(DeedKind.RESET, alarm, "op2"), at(7))
    assert (reset.state, reset.acked_by, reset.notes[-1].by) == (AlarmState.NORMAL, "op1", "op2")
    assert board.standing == ()


def test_an_on_delay_swallows_a_blip():
    board = AlarmBoard()
    delay_s = CATALOGUE[Condition.POSITION_UNTRUSTED].on_delay_s
    assert assess(board, Condition.POSITION_UNTRUSTED, 0, present=True) is None
    assert assess(board, Condition.POSITION_UNTRUSTED, delay_s / 2, present=False) is None
    assert assess(board, Condition.POSITION_UNTRUSTED, delay_s + 0.1, present=True) is None
    assert board.standing == ()


# Chatter.


def announced(changes):
    """Times at which something began to ask for attention, by alarm."""
    return {alarm.id for alarm in changes if alarm.state is AlarmState.UNACKED}


@pytest.mark.parametrize("condition", list(Condition), ids=lambda condition: condition.value)
@pytest.mark.parametrize("on_steps", [1, 5, 30])
def test_ten_hertz_chatter_makes_at_most_one_alarm_a_minute_though_each_is_acknowledged_at_once(condition, on_steps):
    """On for so many tenths of a second, then off for as many: 3 s is longer than most off-delays."""
    board, changes, minutes = AlarmBoard(), [], 5
    for step in range(600 * minutes):
        present = step // on_steps % 2 == 0
        changes += board.assess(Assessment(condition, "D07", present), at(step / 10))
        for alarm in board.standing:
            if alarm.state in (AlarmState.UNACKED, AlarmState.RETURNED):
                changes.append(board.do(ack(alarm), at(step / 10)))
    assert len(announced(changes)) <= minutes


def test_a_p2_that_comes_back_within_the_minute_is_the_same_alarm_and_stays_acknowledged():
    board = AlarmBoard()
    first = raised(board, P2)
    board.do(ack(first), at(1))
    returned(board, P2, 10)
    assert board.standing == ()
    again = raised(board, P2, 20)
    assert (again.id, again.state, again.times) == (first.id, AlarmState.ACKED, 2)
    returned(board, P2, 30)
    assert raised(board, P2, REALARM_S + 1).id != first.id


def test_a_p1_that_comes_back_within_the_minute_asks_anew():
    board = AlarmBoard()
    first = raised(board, P1)
    board.do(ack(first), at(1))
    returned(board, P1, 10)
    again = raised(board, P1, 20)
    assert (again.id, again.state, again.acked_by) == (first.id, AlarmState.UNACKED, None)


def test_a_deadband_holds_a_value_that_hangs_about_its_limit():
    board, condition = AlarmBoard(), Condition.BATTERY_UNDER_RESERVE
    band = CATALOGUE[condition].deadband.amount

    def percent_under(beyond, seconds):
        said = Assessment(condition, "D07", beyond > 0, 7, f"{25 - beyond:g} %", "25 %", beyond=beyond)
        return board.assess_source("D07", frozenset([condition]), [said], at(seconds))

    percent_under(1, 0)
    assert [alarm.state for alarm in percent_under(1, 5)] == [AlarmState.UNACKED]
    assert not [changed for step in range(100) for changed in percent_under(-band / 2, 6 + step)]
    assert board.standing[0].value == f"{25 + band / 2:g} %", "its figures follow"
    percent_under(-band, 200)
    assert [alarm.state for alarm in percent_under(-band, 211)] == [AlarmState.RETURNED]
    assert not percent_under(-band / 2, 300), "within the band nothing is raised"


# Shelving, suppression, out of service.


@pytest.mark.parametrize(
    ("condition", "minutes", "done"),
    [(P3, 60, True), (P3, 61, False), (P3, 0, False), (P2, 15, True), (P2, 16, False), (P1, 1, False)],
)
def test_a_shelf_has_an_end_by_priority_and_a_p1_has_none(condition, minutes, done):
    board = AlarmBoard()
    alarm = raised(board, condition)
    assert (board.do(deed(DeedKind.SHELVE, alarm, reason="known", minutes=minutes), at(1)) is not None) is done
    assert (board.standing[0].state is AlarmState.SHELVED) is done


def test_a_shelf_needs_a_reason():
    board = AlarmBoard()
    alarm = raised(board, P3)
    assert board.do(deed(DeedKind.SHELVE, alarm, minutes=5), at(1)) is None


def test_a_shelf_ends_by_itself_and_what_still_holds_is_announced_anew():
    board = AlarmBoard()
    alarm = raised(board, P3)
    shelved = board.do(deed(DeedKind.SHELVE, alarm, reason="known", minutes=5), at(1))
    assert (shelved.removal.by, shelved.removal.reason, shelved.removal.until) == ("op1", "known", at(301).utc)
    assert not board.tick(at(300.9))
    (back,) = board.tick(at(301))
    assert (back.id, back.state, back.announced_utc) == (alarm.id, AlarmState.UNACKED, at(301).utc)


def test_what_is_over_when_its_shelf_ends_is_gone_and_a_shelf_outlasts_a_return():
    board = AlarmBoard()
    alarm = raised(board, P3)
    board.do(deed(DeedKind.SHELVE, alarm, reason="known", minutes=5), at(1))
    returned(board, P3, 20)
    assert raised(board, P3, 30).state is AlarmState.SHELVED
    assert returned(board, P3, 40).state is AlarmState.SHELVED
    assert [gone.state for gone in board.tick(at(301))] == [AlarmState.NORMAL]
    assert board.standing == ()


def test_unshelved_by_hand_it_is_announced_at_once():
    board = AlarmBoard()
    alarm = raised(board, P3)
    board.do(deed(DeedKind.SHELVE, alarm, reason="known", minutes=5), at(1))
    assert board.do(deed(DeedKind.UNSHELVE, alarm), at(2)).state is AlarmState.UNACKED
    assert not board.tick(at(400))


def test_a_shelf_survives_a_restart_and_is_no_longer_for_it_nor_for_a_clock_that_was_set_back():
    board = AlarmBoard()
    alarm = raised(board, P2)
    board.do(deed(DeedKind.SHELVE, alarm, reason="known", minutes=15), at(1))
    again = AlarmBoard()
    again.restore(board.standing)
    assert not again.tick(Now(5.0, at(600).utc))
    assert again.tick(Now(306.1, at(901.1).utc))
    behind = AlarmBoard()
    behind.restore(board.standing)
    assert not behind.tick(Now(5.0, START - timedelta(days=1)))
    assert behind.tick(Now(5.0 + 15 * 60, START - timedelta(days=1)))


def test_a_worse_alarm_of_the_same_source_suppresses_by_design_and_lets_go():
    board, source = AlarmBoard(), "D07"
    raised(board, Condition.TELEMETRY_STALE)
    assess(board, Condition.LINK_LOST, 3, present=True)
    states = {alarm.condition: alarm.state for alarm in board.standing}
    assert states == {Condition.LINK_LOST: AlarmState.UNACKED, Condition.TELEMETRY_STALE: AlarmState.SUPPRESSED}
    assess(board, Condition.LINK_LOST, 4, present=False, source=source)
    assess(board, Condition.LINK_LOST, 10, present=False)
    states = {alarm.condition: alarm.state for alarm in board.standing}
    assert states == {Condition.LINK_LOST: AlarmState.RETURNED, Condition.TELEMETRY_STALE: AlarmState.UNACKED}


def test_what_comes_into_a_suppression_is_never_announced_and_ends_unseen():
    board = AlarmBoard()
    raised(board, Condition.LINK_LOST)
    stale = assess(board, Condition.TELEMETRY_STALE, 1, present=True)
    assert (stale.state, stale.announced_utc) == (AlarmState.SUPPRESSED, None)
    assert returned(board, Condition.TELEMETRY_STALE, 9).state is AlarmState.NORMAL


def test_another_sources_alarm_suppresses_nothing():
    board = AlarmBoard()
    assess(board, Condition.LINK_LOST, 0, present=True, source="D08")
    assert raised(board, Condition.TELEMETRY_STALE, 1).state is AlarmState.UNACKED


def test_a_vehicle_that_stands_disarmed_on_the_ground_says_only_what_matters_there():
    board, all_of_it = AlarmBoard(), frozenset(Condition)
    ground = frozenset([SourceState.ON_GROUND])
    restarted = [Assessment(Condition.VEHICLE_REBOOTED, "D07", present=True)]
    (alarm,) = board.assess_source("D07", all_of_it, restarted, at(0), ground)
    assert (alarm.state, alarm.removal.reason) == (AlarmState.SUPPRESSED, "while disarmed on the ground")
    (alarm,) = board.assess_source("D07", all_of_it, restarted, at(1), frozenset())
    assert alarm.state is AlarmState.UNACKED
    (alarm,) = board.assess_source("D07", all_of_it, restarted, at(2), ground)
    assert alarm.state is AlarmState.SUPPRESSED


def test_out_of_service_is_for_what_stands_and_for_what_does_not_and_ends_by_hand_alone():
    board = AlarmBoard()
    alarm = raised(board, P2)
    out = board.do(deed(DeedKind.TAKE_OUT, alarm, "rso", reason="sensor broken"), at(1))
    assert (out.state, out.removal.by, out.removal.until) == (AlarmState.OUT_OF_SERVICE, "rso", None)
    returned(board, P2, 100)
    assert raised(board, P2, 200).state is AlarmState.OUT_OF_SERVICE
    assert not board.tick(at(10**6))
    assert board.do(deed(DeedKind.PUT_BACK, alarm, "rso"), at(300)).state is AlarmState.UNACKED

    unseen = AlarmBoard()
    before = AlarmDeed(DeedKind.TAKE_OUT, "", P3, "D09", "rso", "being repaired")
    assert unseen.do(before, at(0)).state is AlarmState.OUT_OF_SERVICE
    assert unseen.standing[0].holds is False
    assess(unseen, P3, 1, present=True, source="D09")
    assert assess(unseen, P3, 3, present=True, source="D09").state is AlarmState.OUT_OF_SERVICE


def test_a_p1_is_taken_out_of_service_by_nobody():
    board = AlarmBoard()
    alarm = raised(board, P1)
    assert board.do(deed(DeedKind.TAKE_OUT, alarm, "rso", reason="noise"), at(1)) is None
    assert board.standing[0].state is AlarmState.UNACKED


def test_a_note_stays_with_the_alarm():
    board = AlarmBoard()
    alarm = raised(board, P1)
    noted = board.do(deed(DeedKind.NOTE, alarm, "op2", reason="pilot called, lands"), at(3))
    assert (noted.state, noted.notes[0].by, noted.notes[0].text) == (AlarmState.UNACKED, "op2", "pilot called, lands")
    again = board.do(deed(DeedKind.NOTE, alarm, "op2", reason="pilot called, lands"), at(4))
    assert again.notes == noted.notes  # told twice


# What holds whatever happens.


def test_figures_follow_while_an_alarm_stands_without_being_a_change():
    board = AlarmBoard()
    assess(board, Condition.LINK_LOST, 0, present=True)
    assert not board.assess(Assessment(Condition.LINK_LOST, "D07", present=True, value="9 s"), at(1))
    assert board.standing[0].value == "9 s"


def test_doing_to_what_is_gone_or_done_does_nothing():
    board = AlarmBoard()
    alarm = assess(board, Condition.LINK_LOST, 0, present=True)
    assert board.do(ack(alarm), at(1)) is not None
    assert board.do(ack(alarm, "op2"), at(2)) is None
    assert board.do(AlarmDeed(DeedKind.ACKNOWLEDGE, "other", Condition.LINK_LOST, "D07", "op2"), at(2)) is None
    assert board.do(AlarmDeed(DeedKind.ACKNOWLEDGE, "", Condition.LINK_DOWN, "D07", "op2"), at(2)) is None


def test_what_stood_before_a_restart_stands_after_it_and_returns_when_its_condition_is_gone():
    board = AlarmBoard()
    assess(board, Condition.LINK_LOST, 0, present=True)
    again = AlarmBoard()
    again.restore(board.standing)
    assert assess(again, Condition.LINK_LOST, 1, present=True) is None, "the same occurrence, not a new one"
    assess(again, Condition.LINK_LOST, 2, present=False)
    assess(again, Condition.LINK_LOST, 5, present=False)
    assert again.standing[0].state is AlarmState.RETURNED


@given(st.lists(st.tuples(st.sampled_from(["on", "off", "ack"]), st.floats(0.05, 40)), max_size=60))
def test_an_alarm_leaves_the_list_only_acknowledged_or_replaced_by_its_next(steps):
    """Whatever comes in whatever order: nothing that nobody acknowledged goes away."""
    board, seconds, unacked = AlarmBoard(), 0.0, set()
    for what, pause in steps:
        seconds += pause
        if what == "ack":
            for alarm in board.standing:
                board.do(ack(alarm), at(seconds))
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
        assert {(a.id, a.state) for a in by_source.standing} == {(a.id, a.state) for a in one_by_one.standing}
        if acked:
            for alarm in by_source.standing:
                by_source.do(ack(alarm), at(seconds))
                one_by_one.do(ack(alarm), at(seconds))


def test_a_look_at_some_conditions_leaves_the_others_as_they_are():
    board = AlarmBoard()
    assess(board, Condition.LINK_LOST, 0, present=True)
    board.assess_source("D07", frozenset([Condition.FORECAST_EXIT]), [], at(10))
    board.assess_source("D08", frozenset(Condition), [], at(20))
    assert [alarm.state for alarm in board.standing] == [AlarmState.UNACKED]


def test_a_p1_whose_condition_holds_is_always_among_those_that_stand():
    """Ten minutes of everything at once: no suppression, shelf or limit ever takes a P1 away."""
    board = AlarmBoard()
    for step in range(600):
        present = [Assessment(each, "D07", present=True) for each in Condition]
        board.assess_source("D07", frozenset(Condition), present, at(float(step)))
        for alarm in board.standing:
            board.do(deed(DeedKind.SHELVE, alarm, reason="x", minutes=5), at(step + 0.1))
            board.do(deed(DeedKind.TAKE_OUT, alarm, reason="x"), at(step + 0.2))
        board.tick(at(step + 0.3))
    p1s = [alarm for alarm in board.standing if alarm.priority is Priority.P1]
    assert len(p1s) == sum(entry.priority is Priority.P1 for entry in CATALOGUE.values())
    assert all(alarm.state in STANDS for alarm in p1s)
