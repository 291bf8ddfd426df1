"""What a range's site adds to its ground: where its antenna stands, and when it is open."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rangeops.domain.daylight import DaylightEvent, Sun
from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.schedules import Applicability, DailyPeriod

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Clock(Enum):
    UTC = "utc"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class GroundStation:
    """Where command links end. antenna_height_m: above the ground there."""

    latitude_deg: float
    longitude_deg: float
    antenna_height_m: float


def ground_station_from(facts: Facts) -> GroundStation:
    """The [ground_station] table of a range.toml. Raises Invalid."""
    facts.only("latitude_deg", "longitude_deg", "antenna_height_m")
    return GroundStation(
        facts.number("latitude_deg", at_least=-90, at_most=90),
        facts.number("longitude_deg", at_least=-180, at_most=180),
        facts.number("antenna_height_m", at_least=0, at_most=200),
    )


def zone_from(facts: Facts) -> ZoneInfo:
    """The range's time zone, by its IANA name. Raises Invalid."""
    name = facts.text("timezone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(f"{name!r:.40} is no time zone", where=facts.where, do='Write "Europe/Amsterdam".') from error


def hours_from(tables: tuple[Facts, ...], zone: ZoneInfo) -> tuple[DailyPeriod, ...]:
    """The [[hours]] of a range.toml: days ("mon"), opens and closes, "07:00" or BMCT, SR, SS, EECT.

    Times are UTC, or the range's local ones where clock = "local".
    """
    return tuple(_period(facts, zone) for facts in tables)


def is_open(hours: tuple[DailyPeriod, ...], starts: datetime, ends: datetime, sun: Sun | None) -> bool:
    """Whether the range is open all the time from `starts` to `ends`. Without hours it always is.

    Daylight that isn't known closes it: a schedule by itself reads what isn't known so that it holds longer.
    """
    if not hours:
        return True
    if not all(_is_known(period, starts, ends, sun) for period in hours):
        return False
    open_until = starts
    for opens, closes in sorted(Applicability(None, None, hours).spans(starts, ends, sun)):
        if opens > open_until:
            return False
        open_until = max(open_until, closes)
    return open_until >= ends


def _is_known(period: DailyPeriod, starts: datetime, ends: datetime, sun: Sun | None) -> bool:
    """Whether every daylight event of the period happens on each day that may matter."""
    needed = {edge for edge in (period.starts, period.ends) if isinstance(edge, DaylightEvent)}
    if not needed:
        return True
    days = (ends.date() - starts.date()).days + 3
    around = (starts.date() + timedelta(days=number - 1) for number in range(days))
    return sun is not None and all(needed <= sun.events(day).keys() for day in around)


def _period(facts: Facts, zone: ZoneInfo) -> DailyPeriod:
    facts.only("days", "opens", "closes", "clock")
    days = facts.texts("days")
    if not days or any(day not in _DAYS for day in days):
        raise Invalid("days are missing or unknown", where=facts.where, do=f"Use {', '.join(_DAYS)}.")
    clock = zone if (facts.choice("clock", _Clock) if facts.has("clock") else _Clock.UTC) is _Clock.LOCAL else None
    return DailyPeriod(
        frozenset(_DAYS.index(day) for day in days), _edge(facts, "opens"), _edge(facts, "closes"), clock
    )


def _edge(facts: Facts, key: str) -> time | DaylightEvent:
    text = facts.text(key)
    if text in DaylightEvent.__members__:
        return DaylightEvent[text]
    try:
        return time.fromisoformat(text)
    except ValueError as e:
        raise Invalid(
            f"{key} is no time of the day", where=facts.where, do='Write it as "07:30", or as SR or EECT.'
        ) from e
