"""When a zone holds, to the minute: an independent reading of the schedule, minute by minute, is the oracle."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.daylight import DaylightEvent
from rangeops.domain.schedules import Applicability, DailyPeriod

BMCT, SR, SS, EECT = DaylightEvent
EVERY_DAY = frozenset(range(7))
TUESDAY = date(2026, 11, 24)
MINUTE = timedelta(minutes=1)


class Clockwork:
    """A sun that keeps the same hours every day."""

    hours: ClassVar = {BMCT: time(6), SR: time(7), SS: time(17), EECT: time(18)}

    def events(self, day):
        return {event: datetime.combine(day, at, UTC) for event, at in self.hours.items()}


class Polar:
    """A sun that neither rises nor sets."""

    def events(self, day):
        return {}


def at(text):
    return datetime.fromisoformat(f"{text}+00:00")


def holds(period, moment, sun=None):
    return Applicability(None, None, (period,)).touches(moment, moment, sun)


def test_daylight_is_the_suns():
    period = DailyPeriod(EVERY_DAY, SR, SS)
    for text, inside in (("06:59", False), ("07:00", True), ("17:00", True), ("17:01", False)):
        assert holds(period, at(f"2026-11-24 {text}"), Clockwork()) is inside


def test_a_night_lasts_into_the_day_after():
    night = DailyPeriod(frozenset([TUESDAY.weekday()]), EECT, BMCT)
    assert holds(night, at("2026-11-24 18:00"), Clockwork())
    assert holds(night, at("2026-11-25 06:00"), Clockwork())
    assert not holds(night, at("2026-11-25 06:01"), Clockwork())
    assert not holds(night, at("2026-11-24 05:00"), Clockwork())  # Monday's night


@pytest.mark.parametrize("sun", [None, Polar()])
@pytest.mark.parametrize(
    ("starts", "ends"), [(SR, SS), (SS, SR), (SR, time(16)), (time(20), SR), (SS, None), (None, SR)]
)
def test_where_the_sun_tells_nothing_it_holds_longer(sun, starts, ends):
    period = DailyPeriod(frozenset([TUESDAY.weekday()]), starts, ends)
    known = [at("2026-11-24 00:00") + n * MINUTE for n in range(0, 2880, 7)]
    for moment in known:
        if holds(period, moment, Clockwork()):
            assert holds(period, moment, sun)


def test_a_schedule_counts_only_between_its_dates():
    monday_morning = DailyPeriod(frozenset([0]), time(8), time(10))
    ended_before = Applicability(None, at("2026-11-23 07:00"), (monday_morning,))
    assert not ended_before.touches(at("2026-11-22 00:00"), at("2026-11-23 12:00"))


def test_the_zone_of_the_asking_clock_does_not_matter():
    period = DailyPeriod(EVERY_DAY, time(8), time(10))
    summer = timezone(timedelta(hours=2))
    assert holds(period, datetime(2026, 7, 1, 11, 0, tzinfo=summer))
    assert not holds(period, datetime(2026, 7, 1, 8, 0, tzinfo=summer))


def test_a_night_of_the_clock_change_is_as_long_as_any():
    """Last Sunday of October, 01:00 UTC: local clocks go back, the schedule's don't."""
    night = Applicability(None, None, (DailyPeriod(EVERY_DAY, time(22), time(4)),))
    spans = sorted(set(night.spans(at("2026-10-24 12:00"), at("2026-10-25 12:00"))))
    assert spans == [(at("2026-10-24 22:00"), at("2026-10-25 04:00"))]


edges = st.one_of(
    st.none(), st.sampled_from(DaylightEvent), st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
)
periods = st.builds(DailyPeriod, st.frozensets(st.integers(0, 6), min_size=1), edges, edges)
moments = st.builds(lambda minutes: at("2026-11-23 00:00") + minutes * MINUTE, st.integers(0, 7 * 1440))
dates = st.one_of(st.none(), moments)


def minute_of(edge, when_open):
    if edge is None:
        return when_open
    edge = Clockwork.hours[edge] if isinstance(edge, DaylightEvent) else edge
    return edge.hour * 60 + edge.minute


def holds_by_hand(applicability, moment):
    """The words of the standard, for one minute: is it within the dates, and within today's or yesterday's part?"""
    if applicability.starts is not None and moment < applicability.starts:
        return False
    if applicability.ends is not None and moment > applicability.ends:
        return False
    minute = moment.hour * 60 + moment.minute
    for period in applicability.schedule:
        opens, closes = minute_of(period.starts, 0), minute_of(period.ends, 1440)
        lasts = closes - opens if closes > opens else closes + 1440 - opens
        for days_ago in (0, 1):
            since = days_ago * 1440 + minute - opens
            if (moment - timedelta(days=days_ago)).weekday() in period.weekdays and 0 <= since <= lasts:
                return True
    return not applicability.schedule


@given(st.builds(Applicability, dates, dates, st.lists(periods, max_size=3).map(tuple)), moments)
def test_a_moment_is_judged_as_by_hand(applicability, moment):
    assert applicability.touches(moment, moment, Clockwork()) is holds_by_hand(applicability, moment)


@given(st.builds(Applicability, dates, dates, st.lists(periods, max_size=2).map(tuple)), moments, st.integers(0, 3000))
def test_an_interval_is_touched_exactly_when_a_minute_of_it_is(applicability, moment, minutes):
    """All edges are whole minutes, and every part holds its ends."""
    ends = moment + minutes * MINUTE
    by_minute = any(holds_by_hand(applicability, moment + n * MINUTE) for n in range(minutes + 1))
    assert applicability.touches(moment, ends, Clockwork()) is by_minute


@given(st.builds(Applicability, dates, dates, st.lists(periods, max_size=3).map(tuple)), moments)
def test_less_knowledge_never_opens_a_zone(applicability, moment):
    if applicability.touches(moment, moment, Clockwork()):
        assert applicability.touches(moment, moment)


def test_the_calendars_ends_are_no_error():
    always = Applicability(None, None, (DailyPeriod(EVERY_DAY, SS, SR),))
    assert always.touches(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def test_a_period_within_the_hour_that_the_clock_skips_is_empty_and_not_a_day():
    night = DailyPeriod(EVERY_DAY, time(2), time(3), ZoneInfo("Europe/Amsterdam"))
    opens, closes = night.span(date(2026, 3, 29), None)
    assert opens == closes
    assert night.span(date(2026, 3, 30), None) == (at("2026-03-30T00:00"), at("2026-03-30T01:00"))
