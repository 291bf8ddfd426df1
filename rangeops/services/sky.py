"""What a screen's header says of the day: the wind that was observed last, and the sun's next turn."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from rangeops.domain.daylight import DaylightEvent
from rangeops.domain.now import Now
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.weather import ReportKind, WeatherReport, newest, too_old
from rangeops.services.changes import Changes
from rangeops.wire.picture import SkyView

_LOOKS_BACK: Final = timedelta(hours=6)  # for observations; older ones say nothing of now in any case
_WIND: Final = re.compile(r"\b(\d{3}|VRB)(\d{2,3}(?:G\d{2,3})?)(KT|MPS)\b")
_UNIT: Final = {"KT": "kt", "MPS": "m/s"}
_TURNS: Final = {DaylightEvent.SR: "sunrise", DaylightEvent.SS: "sunset"}


class Sky:
    def __init__(self, changes: Changes, definition: RangeDefinition) -> None:
        self._changes = changes
        self._definition = definition

    def view(self, now: Now) -> SkyView:
        """Nothing of it is guessed: without an observation that still counts there is no wind, without a sun no turn."""
        rules = self._definition.clearance.weather
        with self._changes.store.read() as work:
            metar = newest(work.weather.since(now.utc - _LOOKS_BACK), ReportKind.METAR, rules)
        wind = "" if metar is None or too_old(metar, rules, now.utc) else wind_words(metar)
        turn, turn_utc = self._next_turn(now.utc)
        return SkyView(wind, turn, turn_utc)

    def _next_turn(self, now: datetime) -> tuple[str, datetime | None]:
        sun = self._definition.sun
        if sun is None:
            return "", None
        today = now.astimezone(UTC).date()
        turns = [
            (at, word)
            for day in (today - timedelta(days=1), today, today + timedelta(days=1))
            for event, word in _TURNS.items()
            if (at := sun.events(day).get(event)) is not None and at > now
        ]
        at, word = min(turns, default=(None, ""))
        return word, at


def wind_words(metar: WeatherReport) -> str:
    """Direction, speed and gusts as the report has them, "230/08G12kt"; "" where it doesn't say."""
    found = _WIND.search(metar.text)
    return "" if found is None else f"{found[1]}/{found[2]}{_UNIT[found[3]]}"
