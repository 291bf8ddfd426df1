"""When a zone holds: dates, weekdays, times of the day, daylight. All in UTC, so that no clock change moves anything,
but for a range's own hours, which may follow the clock on the wall.

An event that doesn't happen on a day (polar day, polar night), and every event where no sun is given, is read so that
the zone holds longer: from the day's beginning, or to the end of the day after.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import count
from typing import Final

from rangeops.domain.daylight import DaylightEvent, Sun

_DAY: Final = timedelta(days=1)
_REACH: Final = 2  # days after its own first one that a period may last into
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC) + 3 * _DAY, datetime.max.replace(tzinfo=UTC) - 3 * _DAY

Span = tuple[datetime, datetime]
Edge = time | DaylightEvent | None


@dataclass(frozen=True, slots=True)
class DailyPeriod:
    """A part of some days. weekdays: datetime's numbers, Monday 0, of the day on which the part begins.

    starts, ends: a time in UTC, a daylight event, or None: midnight. One that ends before it starts ends the day after.
    clock: whose times and weekdays those are; None: UTC's. A time that a clock change skips is counted as before the change.
    """

    weekdays: frozenset[int]
    starts: Edge
    ends: Edge
    clock: tzinfo | None = None

    def span(self, day: date, sun: Sun | None) -> Span | None:
        """When the part that begins on that day opens and closes; None where the day isn't one of its weekdays."""
        if day.weekday() not in self.weekdays:
            return None
        opens = _edge(self.starts, day, sun, self.clock)
        if self.ends is None:
            return opens or _midnight(day), _edge(None, day + _DAY, sun, self.clock) or _midnight(day + _DAY)
        closes = _edge(self.ends, day, sun, self.clock)
        if self._ends_that_day:
            assert opens is not None and closes is not None  # noqa: PT018  # times are known
            return opens, max(opens, closes)  # a clock may skip the whole of it
        if opens is None or closes is None or closes <= opens:  # where it isn't known, it may be the next day's too
            closes = _edge(self.ends, day + _DAY, sun, self.clock) or _midnight(day + 2 * _DAY)
        return opens or _midnight(day), closes

    @property
    def _ends_that_day(self) -> bool:
        """By its own clock: of times alone, the end after the beginning."""
        starts = time(0) if self.starts is None else self.starts
        return isinstance(starts, time) and isinstance(self.ends, time) and self.ends > starts


@dataclass(frozen=True, slots=True)
class Applicability:
    """When a zone holds; None is open-ended. Without a schedule: all day, every day between the dates."""

    starts: datetime | None
    ends: datetime | None
    schedule: tuple[DailyPeriod, ...] = ()

    def spans(self, starts: datetime, ends: datetime, sun: Sun | None = None) -> Iterator[Span]:
        """Its parts of [starts, ends], day by day; they may overlap. All ends belong to it."""
        opens = _within(max(starts, self.starts or starts))
        closes = _within(min(ends, self.ends or ends))
        if opens > closes:
            return
        if not self.schedule:
            yield opens, closes
            return
        for number in count(-_REACH):
            day = opens.date() + timedelta(days=number)
            if day > closes.date() + _DAY:  # east of Greenwich a day begins on the UTC day before
                return
            for period in self.schedule:
                if (span := period.span(day, sun)) and span[0] <= closes and span[1] >= opens:
                    yield max(span[0], opens), min(span[1], closes)

    def touches(self, starts: datetime, ends: datetime, sun: Sun | None = None) -> bool:
        """Whether it holds at any moment of [starts, ends]."""
        return next(self.spans(starts, ends, sun), None) is not None


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same moments in order, without overlaps."""
    apart: list[Span] = []
    for opens, closes in sorted(spans):
        if apart and opens <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], closes)
        else:
            apart.append((opens, closes))
    return tuple(apart)


def day_of(moment: datetime) -> Span:
    """The UTC day, from midnight to midnight."""
    day = _within(moment).date()
    return _midnight(day), _midnight(day + _DAY)


def _edge(edge: Edge, day: date, sun: Sun | None, clock: tzinfo | None) -> datetime | None:
    """None: a daylight event that isn't known, or doesn't happen that day."""
    if isinstance(edge, DaylightEvent):
        return None if sun is None else sun.events(day).get(edge)
    return datetime.combine(day, edge or time(0), clock or UTC).astimezone(UTC)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


def _within(moment: datetime) -> datetime:
    """In UTC, and far enough from the calendar's ends to count days around it."""
    return min(max(moment.astimezone(UTC), _EARLIEST), _LATEST)
