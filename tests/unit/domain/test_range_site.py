"""Opening hours and the ground station, as a range.toml tells them."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flights import TWENTE

from rangeops.domain.daylight import DaylightEvent
from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.range_site import ground_station_from, hours_from, is_open

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
TUESDAY = datetime(2026, 11, 24, tzinfo=UTC)


def hours(*tables):
    return hours_from(tuple(Facts(table, "range.toml [[hours]]") for table in tables), AMSTERDAM)


WEEKDAYS = {"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "08:00", "closes": "16:00"}


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (8, 16, True),
        (9, 10, True),
        (7.9, 10, False),
        (15, 16.1, False),
        (20, 21, False),
        (24 * 4 + 9, 24 * 4 + 10, False),
    ],
)
def test_a_slot_lies_in_the_hours_of_its_day(starts, ends, expected):
    span = (TUESDAY + timedelta(hours=starts), TUESDAY + timedelta(hours=ends))
    assert is_open(hours(WEEKDAYS), *span, None) is expected


def test_hours_that_meet_are_open_throughout():
    morning, afternoon = WEEKDAYS | {"closes": "12:00"}, WEEKDAYS | {"opens": "12:00"}
    span = (TUESDAY + timedelta(hours=11), TUESDAY + timedelta(hours=13))
    assert is_open(hours(morning, afternoon), *span, None)
    assert not is_open(hours(morning, WEEKDAYS | {"opens": "12:30"}), *span, None)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Auckland", "America/Los_Angeles"])
def test_local_hours_hold_from_their_first_minute_wherever_the_range_is(zone):
    wall = ZoneInfo(zone)
    local = hours_from((Facts(WEEKDAYS | {"clock": "local"}, "range.toml [[hours]]"),), wall)
    opens = datetime(2026, 11, 24, 8, tzinfo=wall).astimezone(UTC)
    assert is_open(local, opens, opens + timedelta(minutes=30), None)
    assert not is_open(local, opens - timedelta(minutes=5), opens + timedelta(minutes=30), None)


def test_hours_may_follow_the_sun():
    (period,) = hours(WEEKDAYS | {"opens": "SR", "closes": "EECT"})
    assert (period.starts, period.ends) == (DaylightEvent.SR, DaylightEvent.EECT)
    assert is_open((period,), TUESDAY + timedelta(hours=8), TUESDAY + timedelta(hours=15), TWENTE.sun)
    assert not is_open((period,), TUESDAY + timedelta(hours=6), TUESDAY + timedelta(hours=15), TWENTE.sun)


def test_daylight_that_is_not_known_opens_nothing():
    class Polar:
        def events(self, day):
            return {}

    (period,) = hours(WEEKDAYS | {"opens": "SR", "closes": "SS"})
    noon = TUESDAY + timedelta(hours=12)
    assert is_open((period,), noon, noon + timedelta(hours=1), TWENTE.sun)
    assert not is_open((period,), noon, noon + timedelta(hours=1), None)
    assert not is_open((period,), noon, noon + timedelta(hours=1), Polar())


def test_without_hours_a_range_is_always_open():
    assert is_open((), TUESDAY, TUESDAY + timedelta(days=3), None)
    assert hours(WEEKDAYS)[0].ends == time(16)


@pytest.mark.parametrize("wrong", [{"days": ["tuesday"]}, {"days": []}, {"opens": "8 o'clock"}, {"closes": "NOON"}])
def test_hours_that_say_nothing_are_refused(wrong):
    with pytest.raises(Invalid):
        hours(WEEKDAYS | wrong)


def test_an_antenna_stands_somewhere():
    table = {"latitude_deg": 52.27, "longitude_deg": 6.88, "antenna_height_m": 12}
    assert ground_station_from(Facts(table, "range.toml")).antenna_height_m == 12
    with pytest.raises(Invalid):
        ground_station_from(Facts(table | {"antenna_height_m": -1}, "range.toml"))


def test_hours_may_follow_the_clock_on_the_wall():
    local = hours(WEEKDAYS | {"clock": "local"})
    summer = datetime(2026, 7, 7, tzinfo=UTC)  # a Tuesday
    for midnight, ahead in ((TUESDAY, 1), (summer, 2)):
        opens = midnight + timedelta(hours=8 - ahead)
        assert is_open(local, opens, opens + timedelta(hours=8), None)
        assert not is_open(local, opens - timedelta(minutes=5), opens, None)
