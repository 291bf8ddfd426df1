"""The sun's hours against published tables."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from astral import Observer
from astral.sun import elevation

from rangeops.adapters.sun import SunOver
from rangeops.domain.daylight import DaylightEvent, is_light

TWENTE = SunOver(52.275833, 6.889167)
TROMSO = SunOver(69.65, 18.96)

AIP_2019 = [  # AIP Netherlands GEN 2.7 at 52N 005E: from 15 minutes before sunrise to 15 minutes after sunset
    *((1, "0733", "1554"), (2, "0705", "1642"), (3, "0612", "1734")),
    *((4, "0501", "1828"), (5, "0356", "1919"), (6, "0311", "2005")),
]
TWENTE_2026 = [  # begin of twilight, sunrise, sunset, end of twilight, with the horizon as seen from 35 m
    *(("2026-03-29", "0438", "0513", "1802", "1837"), ("2026-06-21", "0218", "0309", "1959", "2050")),
    *(("2026-10-25", "0538", "0614", "1618", "1654"), ("2026-12-21", "0656", "0738", "1523", "1605")),
]


def minutes_off(moment, hhmm):
    table = datetime.combine(moment.date(), time.fromisoformat(hhmm), UTC)
    return abs(moment - table) / timedelta(minutes=1)


@pytest.mark.parametrize(("month", "begins", "ends"), AIP_2019)
def test_sunrise_and_sunset_are_the_aips(month, begins, ends):
    events = SunOver(52.0, 5.0).events(date(2019, month, 1))
    quarter = timedelta(minutes=15)
    assert minutes_off(events[DaylightEvent.SR] - quarter, begins) <= 1
    assert minutes_off(events[DaylightEvent.SS] + quarter, ends) <= 1


@pytest.mark.parametrize(("day", "times"), [(day, times) for day, *times in TWENTE_2026])
def test_a_day_at_twente(day, times):
    """The table's observer stands at 35 m, whose horizon dips: up to two minutes more than at sea level."""
    events = TWENTE.events(date.fromisoformat(day))
    assert list(events) == list(DaylightEvent)
    for moment, table in zip(events.values(), times, strict=True):
        assert minutes_off(moment, table) <= 2.5


def test_in_the_polar_day_nothing_happens_and_in_the_polar_night_only_twilight():
    assert TROMSO.events(date(2026, 6, 21)) == {}
    assert list(TROMSO.events(date(2026, 12, 21))) == [DaylightEvent.BMCT, DaylightEvent.EECT]


@pytest.mark.parametrize("longitude_deg", range(-180, 180, 30))
def test_events_are_of_the_day_asked_for_by_the_sun(longitude_deg):
    day = date(2026, 6, 21)
    events = SunOver(40.0, longitude_deg).events(day)
    assert len(events) == 4
    by_the_sun = timedelta(hours=longitude_deg / 15)
    assert {(moment + by_the_sun).date() for moment in events.values()} == {day}


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg"), [(47.95, -97.4), (23.8, 90.4), (-41.3, 174.8), (52.28, 6.89)]
)
def test_no_night_is_light_anywhere(latitude_deg, longitude_deg):
    """An oracle of its own: how high the sun stands. Where dusk drifts over 00 UTC, one UTC day has two and another none."""
    sun, site = SunOver(latitude_deg, longitude_deg), Observer(latitude_deg, longitude_deg)
    unknown, moments = 0, [datetime(2026, 1, 1, 1, tzinfo=UTC) + timedelta(hours=7 * n) for n in range(1250)]
    for moment in moments:
        light, height_deg = is_light(sun, moment, moment), elevation(site, moment, with_refraction=False)
        assert not (light is True and height_deg < -6.5), moment
        assert not (light is False and height_deg > -5.5), moment
        unknown += light is None
    assert unknown <= 0.02 * len(moments)


def test_a_dusk_that_the_sun_leaves_out_makes_it_unknown_and_not_day():
    def at(day, hour):
        return datetime(2026, 10, day, hour, tzinfo=UTC)

    class Lacks:
        """It sets at 23:00 each day but is told of only every other time."""

        def events(self, day):
            dusk = {} if day.day == 22 else {DaylightEvent.EECT: at(day.day, 23)}
            return {DaylightEvent.BMCT: at(day.day, 12), DaylightEvent.EECT: at(day.day + 1, 23), **dusk}

    assert is_light(Lacks(), at(23, 5), at(23, 6)) is None
