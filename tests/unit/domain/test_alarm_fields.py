"""What an alarm says of itself, field by field, after each thing that can happen to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alarm_deeds import ack, deed

from rangeops.domain.alarms import (
    CATALOGUE,
    MOST_NOTES,
    REALARM_S,
    Alarm,
    AlarmBoard,
    AlarmDeed,
    AlarmNote,
    AlarmState,
    Assessment,
    Condition,
    DeedKind,
    Priority,
    Removal,
    SourceState,
)
from rangeops.domain.now import Now

START = datetime(2026, 11, 24, 5, 41, 7, tzinfo=UTC)
LOST, STALE, DENIED, EXIT = (
    Condition.LINK_LOST,
    Condition.TELEMETRY_STALE,
    Condition.GNSS_DENIED,
    Condition.FORECAST_EXIT,
)
EVERYTHING = frozenset(Condition)


def at(seconds: float) -> Now:
    return Now(1000.0 + seconds, START + timedelta(seconds=seconds))


def said(condition: Condition, present: bool = True, **figures) -> Assessment:  # noqa: FBT001, FBT002  # as it is read
    return Assessment(condition, "D07", present, **figures)


def raised(board: AlarmBoard, condition: Condition, seconds: float = 0.0, **figures) -> Alarm:
    return board.assess(said(condition, **figures), at(seconds))[-1]


def gone(board: AlarmBoard, condition: Condition, seconds: float) -> list[Alarm]:
    """It holds no more from then; what that changed when its off-delay was over."""
    assert not board.assess(said(condition, present=False), at(seconds))
    return board.assess(said(condition, present=False), at(seconds + CATALOGUE[condition].off_delay_s))


# Raised.


def test_a_new_alarm_has_its_entrys_words_and_its_assessments_figures():
    alarm = raised(AlarmBoard(), EXIT, 1.5, sysid=7, value="4 s", limit="6 s", time_to_exit_s=4.0)
    assert alarm == Alarm(
        id="forecast-exit/D07/20261124T054108.500000Z",
        condition=EXIT,
        source="D07",
        sysid=7,
        priority=Priority.P1,
        state=AlarmState.UNACKED,
        title="Leaves its volume",
        action=CATALOGUE[EXIT].action,
        value="4 s",
        limit="6 s",
        raised_utc=at(1.5).utc,
        time_to_exit_s=4.0,
        announced_utc=at(1.5).utc,
    )
    assert raised(AlarmBoard(), EXIT, title="Leaves EAST's ceiling").title == "Leaves EAST's ceiling"


def test_its_figures_follow_and_a_title_that_is_told_no_more_stays():
    board = AlarmBoard()
    first = raised(board, EXIT, title="Leaves EAST's ceiling", value="4 s", limit="6 s", time_to_exit_s=4.0)
    for figures in ({"value": "3 s"}, {"limit": "5 s"}, {"time_to_exit_s": 3.0}, {"title": "Leaves EAST's east edge"}):
        assert not board.assess(said(EXIT, **figures), at(1))
        (now,) = board.standing
        assert (now.value, now.limit, now.time_to_exit_s) == tuple(
            figures.get(name, default) for name, default in (("value", ""), ("limit", ""), ("time_to_exit_s", None))
        )
        assert now.title == figures.get("title", first.title)
        assert now.state is AlarmState.UNACKED
    assert board.standing[0].title == "Leaves EAST's east edge"


def test_what_has_returned_keeps_the_figures_that_it_was_raised_with():
    board = AlarmBoard()
    raised(board, LOST, value="4 s", limit="3 s")
    gone(board, LOST, 10)
    assert not board.assess(said(LOST, present=False), at(20))
    assert (board.standing[0].value, board.standing[0].limit) == ("4 s", "3 s")


def test_the_worst_comes_first_and_of_equals_the_oldest():
    board = AlarmBoard()
    for seconds, condition in enumerate((DENIED, Condition.VEHICLE_REBOOTED, LOST, EXIT)):
        raised(board, condition, seconds)
    assert [alarm.condition for alarm in board.standing] == [LOST, EXIT, DENIED, Condition.VEHICLE_REBOOTED]


def test_a_delay_is_over_in_its_very_second_and_begins_anew_after_a_gap():
    condition = Condition.POSITION_UNTRUSTED
    board, delay_s = AlarmBoard(), CATALOGUE[condition].on_delay_s
    assert not board.assess(said(condition), at(0))
    assert board.assess(said(condition), at(delay_s))
    (returned,) = gone(board, condition, 10)
    assert (returned.state, returned.returned_utc) == (AlarmState.RETURNED, at(12).utc)
    other = AlarmBoard()
    assert not other.assess(said(condition), at(0))
    assert not other.assess(said(condition, present=False), at(0.5))
    assert not other.assess(said(condition), at(delay_s))
    raised_again = raised(board, LOST, 20)
    assert not board.assess(said(LOST, present=False), at(21))
    assert not board.assess(said(LOST), at(22)), "it holds again"
    assert not board.assess(said(LOST, present=False), at(23.5))
    assert not board.assess(said(LOST, present=False), at(25.4))
    assert board.assess(said(LOST, present=False), at(25.5))[0].id == raised_again.id


def test_the_edge_of_a_deadband_is_out_of_it():
    board = AlarmBoard()
    raised(board, EXIT, beyond=0.5)
    band = CATALOGUE[EXIT].deadband.amount
    for seconds, beyond in ((1, -band + 0.01), (9, -band + 0.01)):
        assert not board.assess(said(EXIT, present=False, beyond=beyond), at(seconds))
    assert not board.assess(said(EXIT, present=False, beyond=-band), at(10))
    assert board.assess(said(EXIT, present=False, beyond=-band), at(13))[0].state is AlarmState.RETURNED


# Back again.


def test_back_within_the_minute_it_is_the_same_with_new_figures_and_asks_anew():
    board = AlarmBoard()
    first = raised(board, LOST, value="3 s", sysid=7)
    board.do(ack(first), at(1))
    (ended,) = gone(board, LOST, 10)
    assert (ended.state, ended.ended_utc) == (AlarmState.NORMAL, at(12).utc)
    again = raised(board, LOST, 59.9, value="4 s", sysid=7)
    assert again == replace(
        first,
        value="4 s",
        times=2,
        state=AlarmState.UNACKED,
        announced_utc=at(59.9).utc,
        holds=False,
        returned_utc=at(12).utc,
    )
    assert board.standing == (again,)


def test_the_minute_is_over_in_its_sixtieth_second():
    board = AlarmBoard()
    first = raised(board, LOST)
    board.do(ack(first), at(1))
    gone(board, LOST, 10)
    again = raised(board, LOST, REALARM_S)
    assert (again.id != first.id, again.times, again.acked_by) == (True, 1, None)


def test_a_new_one_in_the_place_of_one_that_nobody_acknowledged_ends_that():
    board = AlarmBoard()
    first = raised(board, LOST)
    gone(board, LOST, 10)
    ended, new = board.assess(said(LOST), at(100))
    assert (ended.id, ended.state, ended.ended_utc) == (first.id, AlarmState.NORMAL, at(100).utc)
    assert (new.state, new.raised_utc, new.times) == (AlarmState.UNACKED, at(100).utc, 1)
    assert board.standing == (new,)
    board.do(ack(new), at(101))
    gone(board, LOST, 110)
    assert raised(board, LOST, 120).id == new.id, "the minute counts from its own announcement"


def test_one_that_nobody_acknowledged_and_comes_back_soon_is_the_same():
    board = AlarmBoard()
    first = raised(board, DENIED)
    gone(board, DENIED, 3)
    (again,) = board.assess(said(DENIED), at(20))
    assert (again.id, again.state, again.times) == (first.id, AlarmState.UNACKED, 2)


# Deeds.


def test_an_acknowledgement_of_what_has_returned_ends_it_then():
    board = AlarmBoard()
    alarm = raised(board, LOST)
    gone(board, LOST, 3)
    ended = board.do(ack(alarm, "op2"), at(9))
    assert (ended.state, ended.acked_by, ended.acked_utc, ended.ended_utc, ended.holds) == (
        AlarmState.NORMAL,
        "op2",
        at(9).utc,
        at(9).utc,
        False,
    )


def test_a_note_says_who_and_when_is_kept_once_and_the_oldest_go():
    board = AlarmBoard()
    alarm = raised(board, LOST)
    noted = board.do(deed(DeedKind.NOTE, alarm, "op1", reason="pilot called"), at(3))
    assert noted.notes == (AlarmNote("op1", at(3).utc, "pilot called"),)
    other = board.do(deed(DeedKind.NOTE, alarm, "op2", reason="pilot called"), at(4))
    assert [note.by for note in other.notes] == ["op1", "op2"], "the same words of another person"
    for number in range(MOST_NOTES):
        noted = board.do(deed(DeedKind.NOTE, alarm, "op1", reason=f"{number}"), at(5 + number))
    assert [note.text for note in noted.notes] == [f"{number}" for number in range(MOST_NOTES)]


def test_a_reset_is_noted_and_ends_it():
    board = AlarmBoard()
    alarm = raised(board, Condition.OUTSIDE_RANGE)
    board.do(ack(alarm), at(1))
    gone(board, Condition.OUTSIDE_RANGE, 5)
    reset = board.do(deed(DeedKind.RESET, alarm, "op2"), at(9))
    assert (reset.notes, reset.ended_utc) == ((AlarmNote("op2", at(9).utc, "reset"),), at(9).utc)
    assert raised(board, Condition.OUTSIDE_RANGE, 20).id == alarm.id


def test_a_shelf_says_who_when_why_and_until_when_and_counts_what_comes_back():
    board = AlarmBoard()
    alarm = raised(board, DENIED, sysid=7, value="1")
    shelved = board.do(deed(DeedKind.SHELVE, alarm, reason="known", minutes=5), at(1))
    assert shelved == replace(alarm, state=AlarmState.SHELVED, removal=Removal("op1", at(1).utc, "known", at(301).utc))
    (quiet,) = gone(board, DENIED, 10)
    assert (quiet.holds, quiet.returned_utc, quiet.ended_utc) == (False, at(12).utc, None)
    again = raised(board, DENIED, 200, sysid=8, value="2")
    assert (again.holds, again.times, again.sysid, again.value) == (True, 2, 8, "2")
    (back,) = board.tick(at(301))
    assert back == replace(again, state=AlarmState.UNACKED, announced_utc=at(301).utc)
    board.do(ack(back), at(302))
    gone(board, DENIED, 310)
    assert raised(board, DENIED, 359).id == alarm.id, "the minute counts from when it asked anew"


def test_what_was_shelved_after_it_returned_does_not_hold():
    board = AlarmBoard()
    alarm = raised(board, DENIED)
    gone(board, DENIED, 3)
    assert board.do(deed(DeedKind.SHELVE, alarm, reason="chatters", minutes=1), at(9)).holds is False
    (ended,) = board.tick(at(69))
    assert (ended.state, ended.ended_utc) == (AlarmState.NORMAL, at(69).utc)


def test_after_its_release_it_may_be_shelved_anew_and_for_its_own_time():
    board = AlarmBoard()
    alarm = raised(board, DENIED)
    board.do(deed(DeedKind.SHELVE, alarm, reason="known", minutes=1), at(1))
    back = board.do(deed(DeedKind.UNSHELVE, alarm), at(30))
    assert (back.state, back.acked_by, back.announced_utc) == (AlarmState.UNACKED, None, at(30).utc)
    board.do(deed(DeedKind.SHELVE, alarm, reason="known", minutes=10), at(40))
    assert not board.tick(at(639.9))
    assert board.tick(at(640))


def test_an_acknowledgement_is_forgotten_where_it_asks_anew():
    board = AlarmBoard()
    alarm = raised(board, DENIED)
    board.do(ack(alarm), at(1))
    board.do(deed(DeedKind.SHELVE, alarm, reason="known", minutes=1), at(2))
    (back,) = board.tick(at(62))
    assert (back.state, back.acked_by, back.acked_utc) == (AlarmState.UNACKED, None, None)


def test_a_shelf_that_a_restart_finds_over_ends_at_once():
    board = AlarmBoard()
    alarm = raised(board, DENIED)
    board.do(deed(DeedKind.SHELVE, alarm, reason="known", minutes=1), at(1))
    again = AlarmBoard()
    again.restore(board.standing)
    assert not again.tick(Now(5.0, at(60).utc))
    assert again.tick(Now(6.0, at(61).utc))[0].state is AlarmState.UNACKED


def test_a_clock_that_is_set_back_makes_no_shelf_longer():
    board = AlarmBoard()
    for condition in (DENIED, STALE):
        alarm = raised(board, condition)
        board.do(deed(DeedKind.SHELVE, alarm, reason="known", minutes=5 if condition is DENIED else 10), at(1))
    yesterday = START - timedelta(days=1)
    assert not board.tick(Now(1300.9, yesterday))
    assert [alarm.condition for alarm in board.tick(Now(1301.0, yesterday))] == [DENIED]
    assert not board.tick(Now(1600.9, yesterday))
    assert [alarm.condition for alarm in board.tick(Now(1601.0, yesterday))] == [STALE]


def test_what_is_taken_out_before_it_ever_stood_was_raised_no_time():
    board = AlarmBoard()
    out = board.do(AlarmDeed(DeedKind.TAKE_OUT, "", DENIED, "D09", "rso", "being repaired"), at(3))
    assert (out.source, out.times, out.holds, out.state) == ("D09", 0, False, AlarmState.OUT_OF_SERVICE)
    assert out.id.startswith("gnss-denied/D09/")
    assert out.removal == Removal("rso", at(3).utc, "being repaired", None)
    assert board.do(AlarmDeed(DeedKind.TAKE_OUT, "", DENIED, "D10", "rso"), at(3)) is None, "without a reason"
    ended = board.do(deed(DeedKind.PUT_BACK, out, "rso"), at(9))
    assert (ended.state, ended.ended_utc) == (AlarmState.NORMAL, at(9).utc)
    assert board.standing == ()


def test_a_deed_to_another_occurrence_than_the_one_that_was_seen_is_none():
    board = AlarmBoard()
    alarm = raised(board, DENIED)
    assert board.do(replace(ack(alarm), alarm="another"), at(1)) is None
    assert board.do(replace(ack(alarm), alarm=""), at(1)).state is AlarmState.ACKED


# Suppressed.


def test_a_suppression_says_by_what_and_since_when():
    board = AlarmBoard()
    raised(board, STALE)
    lost, suppressed = board.assess(said(LOST), at(3))
    assert (lost.condition, lost.state) == (LOST, AlarmState.UNACKED)
    assert (suppressed.state, suppressed.holds) == (AlarmState.SUPPRESSED, True)
    assert suppressed.removal == Removal("design", at(3).utc, "while vehicle not heard")
    assert not board.assess(said(LOST), at(4)), "once"
    board.do(ack(lost), at(5))
    assert not board.assess(said(STALE), at(6)), "an acknowledged one suppresses, too"
    _, back = gone(board, LOST, 10)
    assert (back.condition, back.state, back.announced_utc) == (STALE, AlarmState.UNACKED, at(12).utc)


def test_of_two_that_come_in_one_look_the_worse_suppresses_the_other_in_any_order():
    for order in ([STALE, LOST], [LOST, STALE]):
        changed = AlarmBoard().assess_source("D07", EVERYTHING, [said(each) for each in order], at(0))
        assert [(alarm.condition, alarm.state) for alarm in changed] == [
            (LOST, AlarmState.UNACKED),
            (STALE, AlarmState.SUPPRESSED),
        ]
        assert changed[1].removal == Removal("design", at(0).utc, "while vehicle not heard")
        assert changed[1].announced_utc is None


def test_unshelved_under_a_suppression_it_stays_quiet_and_says_why():
    board = AlarmBoard()
    alarm = raised(board, STALE)
    board.do(deed(DeedKind.SHELVE, alarm, reason="known", minutes=5), at(1))
    raised(board, LOST, 2)
    (quiet,) = board.tick(at(301))
    assert (quiet.state, quiet.removal) == (
        AlarmState.SUPPRESSED,
        Removal("design", at(301).utc, "while vehicle not heard"),
    )
    _, back = gone(board, LOST, 310)
    assert (back.condition, back.state) == (STALE, AlarmState.UNACKED)


def test_a_sources_state_is_kept_until_another_is_told_and_is_its_own():
    board, ground = AlarmBoard(), frozenset([SourceState.ON_GROUND])
    restarted = [said(Condition.VEHICLE_REBOOTED)]
    board.assess_source("D07", EVERYTHING, restarted, at(0), ground)
    assert not board.assess_source("D07", EVERYTHING, restarted, at(1))
    other = [replace(restarted[0], source="D08")]
    (alarm,) = board.assess_source("D08", EVERYTHING, other, at(1))
    assert alarm.state is AlarmState.UNACKED
    (alarm,) = board.assess_source("D07", EVERYTHING, restarted, at(2), frozenset())
    assert alarm.state is AlarmState.UNACKED


# Looks.


def test_what_stood_before_a_restart_and_is_told_no_more_returns():
    board = AlarmBoard()
    raised(board, LOST)
    again = AlarmBoard()
    again.restore(board.standing)
    assert not again.assess_source("D07", EVERYTHING, [], at(1))
    (returned,) = again.assess_source("D07", EVERYTHING, [], at(3))
    assert returned.state is AlarmState.RETURNED


def test_a_look_at_nothing_forgets_what_had_only_begun():
    """Its on-delay begins anew; and a source of which nothing is left is looked at as one that never said anything."""
    board, condition = AlarmBoard(), Condition.LINK_DOWN
    assert not board.assess_source("D07", EVERYTHING, [said(condition)], at(0))
    assert not board.assess_source("D07", EVERYTHING, [], at(0.5))
    assert not board.assess_source("D07", EVERYTHING, [said(condition)], at(1.1))
    assert board.assess_source("D07", EVERYTHING, [said(condition)], at(2.1))


@pytest.mark.parametrize("covered", [frozenset([LOST, STALE]), frozenset([LOST])])
def test_only_what_was_looked_at_returns(covered):
    board = AlarmBoard()
    raised(board, STALE, sysid=7)
    raised(board, DENIED)
    for seconds in (5, 7):
        changed = board.assess_source("D07", covered, [], at(seconds))
    assert [alarm.condition for alarm in changed] == ([STALE] if STALE in covered else [])
