"""When the sun rises and sets over a site, by astral: NOAA's equations at sea level, within a minute."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
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
    from astral import Observer, sun  # 20 ms to import: only where a schedule speaks of daylight

    observer = Observer(latitude_deg, longitude_deg)
    times: dict[DaylightEvent, Callable[[], datetime]] = {
        DaylightEvent.BMCT: lambda: sun.dawn(observer, day, _CIVIL_TWILIGHT_DEG, tzinfo=UTC),
        DaylightEvent.SR: lambda: sun.sunrise(observer, day, tzinfo=UTC),
        DaylightEvent.SS: lambda: sun.sunset(observer, day, tzinfo=UTC),
        DaylightEvent.EECT: lambda: sun.dusk(observer, day, _CIVIL_TWILIGHT_DEG, tzinfo=UTC),
    }
    found = {}
    for event, at in times.items():
        try:
            found[event] = at()
        except ValueError:  # astral's word for a sun that doesn't reach that height on that day
            continue
    return found
