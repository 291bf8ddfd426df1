"""When the sun rises and sets over a site, by astral: NOAA's equations at sea level, within a minute."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import product
from typing import Final

from rangeops.domain.daylight import DaylightEvent

_CIVIL_TWILIGHT_DEG: Final = 6.0


@dataclass(frozen=True, slots=True)
class SunOver:
    """A site's sun; a value, so that it crosses to worker processes with its range."""

    latitude_deg: float
    longitude_deg: float

    def events(self, day: date) -> Mapping[DaylightEvent, datetime]:
        return _events(self.latitude_deg, self.longitude_deg, day)


@lru_cache(maxsize=512)
def _events(latitude_deg: float, longitude_deg: float, day: date) -> Mapping[DaylightEvent, datetime]:
    """By astral, which counts by the day of a time zone, and where an event drifts over that day's midnight it loses one: so each is
    asked of the days around, by UTC and by the site's own solar time, and the one that falls on the solar day is taken.
    """
    from astral import Observer, sun  # 20 ms to import: only where a schedule speaks of daylight

    observer = Observer(latitude_deg, longitude_deg)
    solar = timezone(timedelta(hours=round(longitude_deg / 15)))
    times: dict[DaylightEvent, Callable[[date, tzinfo], datetime]] = {
        DaylightEvent.BMCT: lambda on, zone: sun.dawn(observer, on, _CIVIL_TWILIGHT_DEG, tzinfo=zone),
        DaylightEvent.SR: lambda on, zone: sun.sunrise(observer, on, tzinfo=zone),
        DaylightEvent.SS: lambda on, zone: sun.sunset(observer, on, tzinfo=zone),
        DaylightEvent.EECT: lambda on, zone: sun.dusk(observer, on, _CIVIL_TWILIGHT_DEG, tzinfo=zone),
    }
    found: dict[DaylightEvent, datetime] = {}
    for event, at in times.items():
        for zone, days in product((UTC, solar), (0, -1, 1)):
            try:
                moment = at(day + timedelta(days=days), zone)
            except ValueError:  # astral's word for a sun that doesn't reach that height on that day
                continue
            if moment.astimezone(solar).date() == day:
                found[event] = moment.astimezone(UTC)
                break
    return found
