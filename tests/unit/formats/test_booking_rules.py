"""What range.toml says of bookings: the shipped ranges', and what is wrong, in one sentence."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from rangeops.adapters.formats.range_folder import load_range
from rangeops.adapters.sun import SunOver
from rangeops.domain.booking_rules import is_daylight
from rangeops.domain.errors import Invalid
from rangeops.domain.range_site import is_open
from rangeops.domain.ranges import range_from
from rangeops.domain.separation_4d import Buffers
from rangeops.paths import shipped

POLDER = load_range(shipped("geofences") / "polder", SunOver)
TABLE = tomllib.loads((shipped("geofences") / "twente" / "range.toml").read_text(encoding="utf-8"))


def test_the_shipped_field_says_when_and_how_much():
    rules = POLDER.booking
    assert rules.buffers == Buffers(30, 10, timedelta(minutes=10))
    assert rules.quotas.hours("ACME") == 12
    assert rules.daylight_only
    assert rules.holidays.has(date(2026, 5, 14))  # Ascension Day


@pytest.mark.parametrize(
    ("starts", "ends", "is_it"),
    [
        ("2026-03-27T07:00Z", "2026-03-27T17:00Z", True),  # winter time: 08:00-18:00
        ("2026-03-27T06:59Z", "2026-03-27T08:00Z", False),
        ("2026-03-30T06:00Z", "2026-03-30T16:00Z", True),  # summer time
        ("2026-03-30T16:00Z", "2026-03-30T16:01Z", False),
        ("2026-10-23T06:00Z", "2026-10-23T16:00Z", True),
        ("2026-10-26T06:00Z", "2026-10-26T07:30Z", False),
        ("2026-10-26T07:00Z", "2026-10-26T17:00Z", True),
        ("2026-03-28T10:00Z", "2026-03-28T11:00Z", False),  # Saturday
        ("2026-03-26T16:00Z", "2026-03-27T09:00Z", False),  # over the night
    ],
)
def test_its_hours_follow_the_clock_on_the_wall(starts, ends, is_it):
    times = (datetime.fromisoformat(text) for text in (starts, ends))
    assert is_open(POLDER.hours, *times, POLDER.sun) is is_it


@pytest.mark.parametrize(
    ("starts", "ends", "is_it"),
    [
        ((2026, 12, 21, 8), (2026, 12, 21, 15), True),
        ((2026, 12, 21, 6, 30), (2026, 12, 21, 8), False),
        ((2026, 12, 21, 15), (2026, 12, 21, 16, 30), False),
        ((2026, 12, 21, 12), (2026, 12, 22, 12), False),
        ((2026, 6, 21, 3), (2026, 6, 21, 20), True),
    ],
)
def test_daylight_is_from_morning_to_evening_civil_twilight(starts, ends, is_it):
    assert is_daylight(datetime(*starts, tzinfo=UTC), datetime(*ends, tzinfo=UTC), POLDER.sun) is is_it
    assert not is_daylight(datetime(*starts, tzinfo=UTC), datetime(*ends, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"separation": {"lateral_m": -1}}, "between 0 and 5000"),
        ({"separation": {"lateral": 10}}, "unknown key lateral"),
        ({"booking": {"holidays": ["Christmas"]}}, "is no holiday"),
        ({"booking": {"daylight_only": "yes"}}, "true or false"),
        ({"quota": {"hours_per_week": 200}}, "between 0 and 168"),
        ({"quota": {"company": {"ACME": -2}}}, "between 0 and 168"),
        ({"lead_time": [{"permission": "NOTAM", "working_days": 1.5}]}, "a whole number"),
        ({"timezone": "Mars/Olympus"}, "is no time zone"),
        ({"hours": [{"days": ["mon"], "opens": "08:00", "closes": "18:00", "clock": "sundial"}]}, "one of utc, local"),
    ],
)
def test_what_is_wrong_is_said(wrong, says):
    with pytest.raises(Invalid, match=says):
        range_from(TABLE | wrong, (), where="range.toml")


def test_a_range_that_says_nothing_asks_for_nothing():
    table = {key: value for key, value in TABLE.items() if key not in ("separation", "booking", "lead_time")}
    rules = range_from(table, (), where="range.toml").booking
    assert rules == replace(rules, buffers=Buffers(), lead_times=(), daylight_only=False)
