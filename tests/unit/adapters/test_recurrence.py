"""Rules of RFC 5545 on the range's own clock, within bounds."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.adapters.recurrence import Recurrence
from rangeops.domain.closures import Basis, Closure, ClosureId, ClosureKind
from rangeops.domain.errors import Invalid

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
RECURRENCE = Recurrence("Europe/Amsterdam")


def closure(starts, minutes=60, rule=""):
    return Closure(
        ClosureId("C1"), 1, ClosureKind.TRAFFIC, Basis.HOUSE, "traffic", (), None, starts,
        starts + timedelta(minutes=minutes), rule, (), "op1", starts,
    )  # fmt: skip


def local(*parts):
    return datetime(*parts, tzinfo=AMSTERDAM).astimezone(UTC)


def spans(rule, starts, *, minutes=60, days=40):
    return RECURRENCE.spans(closure(starts, minutes, rule), starts, starts + timedelta(days=days))


def test_nine_in_the_morning_stays_nine_when_clocks_change():
    found = spans("FREQ=WEEKLY;BYDAY=WE", local(2026, 3, 18, 9), days=20)
    assert [opens.hour for opens, _ in found] == [8, 8, 7]
    assert all(opens.astimezone(AMSTERDAM).hour == 9 for opens, _ in found)


def test_the_night_of_a_clock_change_is_closed_for_as_long_as_the_wall_says():
    (autumn,) = spans("FREQ=DAILY;COUNT=1", local(2026, 10, 25, 1, 30), minutes=180)
    assert autumn[1] - autumn[0] >= timedelta(hours=3)


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;BYDAY=WE;COUNT=2", [25, 32]),
        ("FREQ=WEEKLY;BYDAY=WE;UNTIL=20261202", [25, 32]),
        ("FREQ=WEEKLY;BYDAY=WE;UNTIL=20261202T080000Z", [25, 32]),
        ("FREQ=WEEKLY;BYDAY=WE;UNTIL=20261202T075959Z", [25]),
        ("rrule:freq=weekly;byday=we;count=1", [25]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,TH;COUNT=3", [25, 26, 39]),
        ("FREQ=MONTHLY;BYDAY=-1WE", [25, 60]),
    ],
)
def test_rules_are_read_as_the_standard_has_them(rule, days):
    first = datetime(2026, 11, 1, tzinfo=UTC)
    found = spans(rule, local(2026, 11, 25, 9))
    assert [(opens - first).days + 1 for opens, _ in found] == days[: len(found)]
    assert len(found) == len([day for day in days if day < 25 + 40])


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "FREQ=HOURLY", "BYDAY=WE", "FREQ=WEEKLY;FREQ=DAILY", "FREQ=WEEKLY;BYHOUR=3", "x" * 300,
        "FREQ=DAILY;COUNT=999999", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=-1", "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;UNTIL=tomorrow", "FREQ=DAILY\nFREQ=DAILY", "FREQ=DAILY;COUNT=٣", "EXDATE=20261125",
        "FREQ=MONTHLY;BYMONTHDAY=99", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)  # fmt: skip
def test_what_is_no_rule_here_is_refused(rule):
    with pytest.raises(Invalid):
        RECURRENCE.check(rule, local(2026, 11, 25, 9))


def test_a_rule_holds_on_its_first_day():
    with pytest.raises(Invalid, match="isn't one of the rule's"):
        RECURRENCE.check("FREQ=WEEKLY;BYDAY=TH", local(2026, 11, 25, 9))
    RECURRENCE.check("FREQ=WEEKLY;BYDAY=WE", local(2026, 11, 25, 9))
    RECURRENCE.check("", local(2026, 11, 25, 9))


def test_once_is_once():
    once = closure(local(2026, 11, 25, 9))
    around = RECURRENCE.spans(once, once.starts - timedelta(days=1), once.ends + timedelta(days=1))
    assert around == ((once.starts, once.ends),)
    assert RECURRENCE.spans(once, once.ends, once.ends + timedelta(days=1)) == ()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 364), st.integers(0, 23), st.integers(1, 600), st.integers(1, 5), st.integers(0, 60))
def test_a_daily_rule_is_what_counting_days_on_the_wall_gives(day, hour, minutes, interval, ahead):
    wall = datetime(2026, 1, 1) + timedelta(days=day, hours=hour)  # noqa: DTZ001  # on the wall
    first = wall.replace(tzinfo=AMSTERDAM).astimezone(UTC)
    asked = first + timedelta(days=ahead)
    found = RECURRENCE.spans(
        closure(first, minutes, f"FREQ=DAILY;INTERVAL={interval}"), asked, asked + timedelta(days=9)
    )
    there = first.astimezone(AMSTERDAM).replace(tzinfo=None)
    lasts = (first + timedelta(minutes=minutes)).astimezone(AMSTERDAM).replace(tzinfo=None) - there
    expected = []
    for number in range(80):
        begins = there + timedelta(days=interval * number)
        opens = begins.replace(tzinfo=AMSTERDAM).astimezone(UTC)
        ends = (begins + lasts).replace(tzinfo=AMSTERDAM, fold=1).astimezone(UTC)
        if opens < asked + timedelta(days=9) and ends > asked:
            expected.append((opens, ends))
    assert list(found) == expected


def test_a_night_that_begins_or_ends_in_the_skipped_hour_is_closed_for_longer():
    late = spans("FREQ=DAILY", local(2026, 3, 27, 22), minutes=270, days=4)  # 22:00 to 02:30
    assert late[1][1] - late[1][0] == timedelta(minutes=270), "to 01:30 UTC, as if the clock hadn't gone on"
    early = spans("FREQ=DAILY", local(2026, 3, 27, 2, 30), minutes=45, days=4)
    assert early[2] == (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 15, tzinfo=UTC))
    assert all(opens < closes for opens, closes in late + early)


def test_a_first_night_with_the_repeated_hour_lasts_as_long_on_every_later_day():
    found = spans(
        "FREQ=DAILY", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), minutes=45, days=4
    )  # 02:30 CEST to 02:15 CET
    assert all(closes - opens >= timedelta(minutes=45) for opens, closes in found)
