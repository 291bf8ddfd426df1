"""Wind and sun for the header: what was observed, and nothing that is guessed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk import NOON, OPERATOR, WHOLE_TWENTE, Desk

from rangeops.domain.daylight import DaylightEvent
from rangeops.domain.now import Now
from rangeops.domain.weather import ReportKind, WeatherReport
from rangeops.services.sky import Sky, wind_words
from rangeops.wire.picture import SkyView


class ShortDay:
    """Up at eight, down at four."""

    def events(self, day):
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return {DaylightEvent.SR: at + timedelta(hours=8), DaylightEvent.SS: at + timedelta(hours=16)}


class NoSunset:
    def events(self, day):
        return {}


def sky_over(sun):
    desk = Desk(definition=WHOLE_TWENTE)
    return desk, Sky(desk.services.changes, replace(WHOLE_TWENTE, sun=sun))


def at(hours):
    return Now(1000.0, NOON.replace(hour=0) + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("hours", "turn", "turn_hours"), [(3, "sunrise", 8), (12, "sunset", 16), (20, "sunrise", 32), (16, "sunrise", 32)]
)
def test_the_suns_next_turn_is_told(hours, turn, turn_hours):
    _, sky = sky_over(ShortDay())
    assert sky.view(at(hours)) == SkyView("", turn, at(turn_hours).utc)


@pytest.mark.parametrize("sun", [None, NoSunset()])
def test_where_the_sun_does_not_say_nothing_is_said(sun):
    _, sky = sky_over(sun)
    assert sky.view(at(12)) == SkyView("", "", None)


def test_the_newest_wind_is_told_until_it_is_too_old():
    desk, sky = sky_over(None)
    for minutes, wind in ((50, "18020KT"), (20, "23008G18KT")):
        metar = f"METAR EHTW {NOON - timedelta(minutes=minutes):%d%H%M}Z {wind} CAVOK"
        desk.services.words.hand_in_weather(metar, desk.now, OPERATOR)
    assert sky.view(at(12)).wind == "230/08G18kt"
    assert sky.view(at(14)).wind == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("EHTW 241155Z VRB02KT CAVOK", "VRB/02kt"),
        ("EHTW 241155Z 23012G25MPS 9999", "230/12G25m/s"),
        ("EHTW 241155Z /////KT CAVOK", ""),
    ],
)
def test_wind_is_told_in_the_reports_own_figures(text, words):
    assert wind_words(WeatherReport(ReportKind.METAR, "EHTW", NOON, (), text)) == words


def test_a_correction_replaces_the_report_of_its_time():
    desk, sky = sky_over(None)
    for word, wind in (("", "27005KT"), ("COR ", "27035G50KT")):
        metar = f"METAR {word}EHTW {NOON - timedelta(minutes=5):%d%H%M}Z {wind} CAVOK"
        desk.services.words.hand_in_weather(metar, desk.now, OPERATOR)
    assert sky.view(at(12)).wind == "270/35G50kt"
