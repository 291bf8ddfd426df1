"""EEMUA 191's figures, by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.alarm_figures import figures, percentile
from rangeops.domain.alarms import CATALOGUE, Alarm, AlarmState, Condition, Removal

SINCE = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=2)


def alarm(minutes, source="D07", condition=Condition.LINK_DOWN, acked_s=None, **how):
    entry = CATALOGUE[condition]
    raised = SINCE + timedelta(minutes=minutes)
    acked = None if acked_s is None else raised + timedelta(seconds=acked_s)
    state = AlarmState.NORMAL if acked else AlarmState.UNACKED
    made = Alarm(
        f"{condition.value}/{source}/{minutes}",
        condition,
        source,
        None,
        entry.priority,
        state,
        entry.title,
        entry.action,
        "",
        "",
        raised,
        acked_by="op1" if acked else None,
        acked_utc=acked,
        announced_utc=raised,
    )
    return replace(made, **how)


def of(*alarms, live=(), **how):
    return figures(alarms, SINCE, UNTIL, on_boards={each.id for each in live}, **how)


def test_the_load_is_counted_in_tens_of_minutes():
    found = of(alarm(0), alarm(9.9), alarm(10), alarm(115), alarm(-1), alarm(120))
    assert found.announced == 4
    assert found.counts == (2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
    assert found.average == pytest.approx(4 / 12)
    assert (found.peak, found.peak_utc) == (2, SINCE)


def test_a_flood_begins_over_ten_and_goes_on_until_fewer_than_five():
    a_period = [alarm(0.1 + n / 100) for n in range(11)]
    after = [alarm(10.1 + n / 100) for n in range(5)]
    quiet = [alarm(20.1 + n / 100) for n in range(4)]
    not_begun = [alarm(60.1 + n / 100) for n in range(10)]
    found = of(*a_period, *after, *quiet, *not_begun)
    assert found.flood_percent == pytest.approx(100 * 2 / 12, abs=0.1)
    assert found.over_most_percent == pytest.approx(100 * 4 / 12, abs=0.1)


def test_what_was_never_announced_is_no_load():
    assert of(alarm(1, announced_utc=None, state=AlarmState.SUPPRESSED)).announced == 0


def test_top_sources_and_priorities_have_shares_of_a_hundred():
    found = of(alarm(1), alarm(2), alarm(3, "D08", Condition.LINK_LOST), alarm(4, "D09", Condition.GNSS_DENIED))
    first = found.top[0]
    assert (first.source, first.count, first.percent) == ("D07", 2, 50.0)
    assert {each.priority: (each.percent, each.wanted_percent) for each in found.priorities} == {
        1: (25.0, 5.0),
        2: (25.0, 15.0),
        3: (50.0, 80.0),
    }


def test_the_time_to_an_acknowledgement_and_whether_it_was_in_time():
    in_time_s = CATALOGUE[Condition.LINK_LOST].respond_s
    acked = [alarm(n, condition=Condition.LINK_LOST, acked_s=n + 1.0) for n in range(20)]
    found = of(*acked, alarm(30, condition=Condition.LINK_LOST))
    assert (found.ack_p50_s, found.ack_p95_s) == (10.0, 19.0)
    assert found.in_time_percent == pytest.approx(100 * in_time_s / 20)
    assert of().ack_p50_s is None


def test_standing_chattering_and_shelved():
    long = alarm(-25 * 60, "D01")
    lost = alarm(-26 * 60, "D02")  # its watch's folder was deleted: it stands no more
    shelf = alarm(5, "D03", state=AlarmState.SHELVED, removal=Removal("op1", SINCE, "known", UNTIL))
    chatter = alarm(6, "D04", acked_s=3, times=7)
    found = of(long, lost, shelf, chatter, live=[long, shelf])
    assert [(each.source, round(each.hours)) for each in found.standing] == [("D01", 27)]
    assert [(each.source, each.times) for each in found.chattering] == [("D04", 7)]
    assert (found.shelved, found.now_shelved, found.unacknowledged) == (1, 1, 1)
    assert len(of(long, live=[long], standing_h=30).standing) == 0


def test_percentiles_are_by_nearest_rank():
    assert percentile([], 0.5) is None
    assert percentile([4.0], 0.95) == 4.0
    assert [percentile([1, 2, 3, 4], share) for share in (0.25, 0.5, 0.75, 1.0)] == [1, 2, 3, 4]


@given(st.lists(st.integers(-300, 300), max_size=80))
def test_every_announcement_in_the_time_is_in_one_period(minutes):
    found = of(*(alarm(each) for each in minutes))
    assert sum(found.counts) == found.announced == sum(0 <= each < 120 for each in minutes)
