"""A deed that went to a watch which was just ending is told to the next one; one that was taken is not told twice."""

from datetime import UTC, datetime

from rangeops.domain.alarms import AlarmDeed, AlarmId, Condition, DeedKind
from rangeops.domain.now import Now
from rangeops.server.deeds import KEPT_S, MOST_KEPT, TAKEN_AFTER_S, DeedsUnderWay


def at(monotonic_s):
    return Now(monotonic_s, datetime(2026, 11, 25, 5, tzinfo=UTC))


def deed(kind=DeedKind.UNSHELVE, reason=""):
    return AlarmDeed(kind, AlarmId("a"), Condition.LINK_DOWN, "tcp:a:1", "op1", reason)


def test_what_a_watch_never_took_is_told_to_it_when_it_is_back_and_in_order():
    under_way = DeedsUnderWay()
    under_way.sent(deed(DeedKind.SHELVE, "x"), ["watch", "east"], at(100.0))
    under_way.sent(deed(), ["watch", "east"], at(100.1))
    under_way.heard("watch", at(100.2))  # this snapshot may have left before the deeds came
    assert under_way.again("watch", at(103.0)) == (deed(DeedKind.SHELVE, "x"), deed())
    under_way.heard("watch", at(103.5))
    assert under_way.again("watch", at(103.6)) == (deed(DeedKind.SHELVE, "x"), deed())  # gone again before it took them
    under_way.heard("watch", at(103.6 + TAKEN_AFTER_S))
    assert under_way.again("watch", at(105.0)) == ()
    assert under_way.again("east", at(105.0)) != ()


def test_a_deed_that_was_taken_is_not_told_again():
    under_way = DeedsUnderWay()
    under_way.sent(deed(), ["watch"], at(100.0))
    under_way.heard("watch", at(100.0 + TAKEN_AFTER_S))
    assert under_way.again("watch", at(102.0)) == ()


def test_what_is_old_is_told_to_nobody_and_the_newest_are_kept():
    under_way = DeedsUnderWay()
    under_way.sent(deed(), ["watch"], at(100.0))
    assert under_way.again("watch", at(100.0 + KEPT_S)) == ()
    for number in range(MOST_KEPT + 1):
        under_way.sent(deed(DeedKind.NOTE, f"{number}"), ["watch"], at(500.0))
    again = under_way.again("watch", at(501.0))
    assert (len(again), again[0].reason, again[-1].reason) == (MOST_KEPT, "1", f"{MOST_KEPT}")
