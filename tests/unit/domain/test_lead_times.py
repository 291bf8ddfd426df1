"""Working days counted back, holidays of the year's own and of Easter's; quotas by the week of the wall's clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.easter import easter
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.lead_times import (
    Holidays,
    NeededFor,
    counted_back,
    easter_sunday,
    holidays_from,
    lead_times_from,
)
from rangeops.domain.quotas import Quotas, quotas_from, week_of

DUTCH = holidays_from(["01-01", "easter+1", "04-27", "easter+39", "easter+50", "12-25", "12-26"], "range.toml")
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("day", "working_days", "back"),
    [
        (date(2026, 11, 27), 5, date(2026, 11, 20)),  # Friday: the Friday before
        (date(2026, 11, 23), 1, date(2026, 11, 20)),  # Monday: Friday
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
        (date(2026, 12, 28), 1, date(2026, 12, 24)),  # over Christmas, a weekend
        (date(2026, 4, 7), 2, date(2026, 4, 2)),  # over Easter Monday, 6 April
        (date(2027, 1, 4), 2, date(2026, 12, 30)),
    ],
)
def test_working_days_are_counted_back_over_weekends_and_holidays(day, working_days, back):
    assert counted_back(day, working_days, DUTCH) == back


@given(st.dates(date(2020, 1, 1), date(2099, 12, 31)), st.integers(1, 60))
def test_just_so_many_working_days_lie_between(day, working_days):
    back = counted_back(day, working_days, DUTCH)
    days = [back + timedelta(days=n) for n in range((day - back).days)]
    assert sum(each.weekday() < 5 and not DUTCH.has(each) for each in days) == working_days


@given(st.integers(1583, 4099))
def test_easter_is_when_others_say_it_is(year):
    assert easter_sunday(year) == easter(year)


@pytest.mark.parametrize("text", ["13-01", "easter+x", "2026-02-30", "Christmas", ""])
def test_what_is_no_holiday_is_refused(text):
    with pytest.raises(Invalid, match="is no holiday"):
        holidays_from([text], "range.toml")


def test_a_leap_day_and_a_single_day_are_holidays():
    found = holidays_from(["02-29", "2026-05-05"], "range.toml")
    assert found == Holidays(frozenset([(2, 29)]), frozenset(), frozenset([date(2026, 5, 5)]))
    assert found.has(date(2026, 5, 5))
    assert not found.has(date(2027, 5, 5))


def test_a_lead_time_says_what_needs_it():
    facts = Facts({"permission": "NOTAM", "working_days": 5, "needed_for": ["jamming"]}, "here")
    (time,) = lead_times_from([facts])
    assert time.needed_for == {NeededFor.JAMMING}
    with pytest.raises(Invalid, match="'whim' is unknown"):
        lead_times_from([Facts({"permission": "NOTAM", "working_days": 5, "needed_for": ["whim"]}, "here")])


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 25), 167), ((2026, 10, 21), 169), ((2026, 11, 24), 168)])
def test_a_week_begins_on_monday_of_the_walls_clock(day, hours):
    opens, closes = week_of(datetime(*day, 12, tzinfo=UTC), AMSTERDAM)
    assert opens.astimezone(AMSTERDAM).strftime("%a %H:%M") == "Mon 00:00"
    assert (closes - opens) == timedelta(hours=hours)


def test_a_company_may_have_a_quota_of_its_own():
    quotas = quotas_from(Facts({"hours_per_week": 20, "company": {"ACME": 40}}, "here"))
    assert (quotas.hours("ACME"), quotas.hours("SAXN"), Quotas().hours("ACME")) == (40, 20, None)
