"""Daylight as ED-318 and SERA speak of it: events that a sun, given as an argument, puts at a time of each day."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Protocol


class DaylightEvent(Enum):
    """ED-318's words. Civil twilight: the sun's centre is 6° below the horizon."""

    BMCT = "BMCT"  # begin of morning civil twilight
    SR = "SR"  # sunrise
    SS = "SS"  # sunset
    EECT = "EECT"  # end of evening civil twilight


class Sun(Protocol):
    """The sun over one site."""

    def events(self, day: date) -> Mapping[DaylightEvent, datetime]:
        """When each event happens on that day of the site's solar time, aware UTC; one that doesn't happen is left out.

        The solar day begins within half an hour of midnight by the sun, so that no event drifts over its end.
        """
        ...


def is_light(sun: Sun, begins: datetime, ends: datetime) -> bool | None:
    """Is it day, civil twilight included, from begin to end? SERA's night is from EECT to BMCT. None: the sun doesn't say."""
    first, last = begins.astimezone(UTC).date() - timedelta(days=1), ends.astimezone(UTC).date() + timedelta(days=1)
    days = [sun.events(first + timedelta(days=n)) for n in range((last - first).days + 1)]
    dawns = [day.get(DaylightEvent.BMCT) for day in days]
    dusks = [day.get(DaylightEvent.EECT) for day in days]
    if None in dawns or None in dusks:
        return None
    risen = max((dawn for dawn in dawns if dawn and dawn <= begins), default=None)
    sets = None if risen is None else min((dusk for dusk in dusks if dusk and dusk > risen), default=None)
    if risen is not None and sets is not None and any(dawn and risen < dawn < sets for dawn in dawns):
        return None  # it would have risen twice: a dusk is missing in between
    return sets is not None and ends <= sets
