"""Lead times: until when a permission must be asked for, in working days counted back from the flight.

The day of the flight isn't counted, nor is the day of asking: five working days before a Friday is the Friday before.
Days are of the range's own calendar.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Final

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.slots import Slot

_DAY: Final = timedelta(days=1)
_WEEKEND: Final = 5  # Saturday, as Python counts
_EASTER: Final = "easter"


class NeededFor(Enum):
    """What makes a permission necessary, whether its company says so or not."""

    JAMMING = "jamming"
    DARK = "dark"  # a flight outside daylight
    DRAWN = "drawn volume"
    EVERY = "every slot"


@dataclass(frozen=True, slots=True)
class LeadTime:
    """permission: its name, as slots give it. needed_for: by itself for these; empty: for who names it."""

    permission: str
    working_days: int
    needed_for: frozenset[NeededFor] = frozenset()


@dataclass(frozen=True, slots=True)
class Due:
    """A permission that a slot needs, and the last day on which it can be asked for."""

    permission: str
    ask_by: date
    reference: str

    def is_late(self, today: date) -> bool:
        return not self.reference and today > self.ask_by


def due(
    slot: Slot, needs: frozenset[NeededFor], day: date, times: Iterable[LeadTime], holidays: "Holidays"
) -> Iterator[Due]:
    """Every permission that the slot needs or names. day: its first, in the range's calendar."""
    given = {permit.name: permit.reference for permit in slot.terms.permits}
    for each in times:
        if each.permission in given or each.needed_for & needs:
            yield Due(each.permission, counted_back(day, each.working_days, holidays), given.get(each.permission, ""))


def counted_back(day: date, working_days: int, holidays: "Holidays") -> date:
    """The day that lies `working_days` working days before `day`."""
    while working_days > 0:
        day -= _DAY
        if day.weekday() < _WEEKEND and not holidays.has(day):
            working_days -= 1
    return day


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days on which nobody works. fixed: (month, day) of every year; easter: days from Easter Sunday; once: single ones."""

    fixed: frozenset[tuple[int, int]] = frozenset()
    easter: frozenset[int] = frozenset()
    once: frozenset[date] = frozenset()

    def has(self, day: date) -> bool:
        if (day.month, day.day) in self.fixed or day in self.once:
            return True
        return bool(self.easter) and (day - easter_sunday(day.year)).days in self.easter


def easter_sunday(year: int) -> date:
    """By the Gregorian calendar. Source: Butcher's algorithm (Nature, 20 April 1876), as J. Meeus gives it."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    month, day = divmod(d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114, 31)
    return date(year, month, day + 1)


def lead_times_from(tables: Iterable[Facts]) -> tuple[LeadTime, ...]:
    """The [[lead_time]] of a range.toml. Raises Invalid."""
    times: list[LeadTime] = []
    for facts in tables:
        facts.only("permission", "working_days", "needed_for")
        known = {each.value: each for each in NeededFor}
        needs = facts.texts("needed_for")
        if unknown := [need for need in needs if need not in known]:
            raise Invalid(f"{unknown[0]!r:.40} is unknown", where=facts.where, do=f"Use {', '.join(known)}.")
        days = facts.integer("working_days", at_least=0, at_most=260)
        times.append(LeadTime(facts.text("permission"), days, frozenset(known[need] for need in needs)))
    return tuple(times)


def holidays_from(texts: Iterable[str], where: str) -> Holidays:
    """Each is "12-25" of every year, "easter+39" days from Easter Sunday, "2026-04-27" once. Raises Invalid."""
    fixed, easter, once = set(), set(), set()
    for text in texts:
        try:
            if text.startswith(_EASTER):
                easter.add(int(text.removeprefix(_EASTER) or "0"))
            elif len(text) == len("12-25"):
                in_a_leap_year = date.fromisoformat(f"2000-{text}")
                fixed.add((in_a_leap_year.month, in_a_leap_year.day))
            else:
                once.add(date.fromisoformat(text))
        except ValueError as error:
            raise Invalid(
                f"{text!r:.30} is no holiday", where=where, do='Write "12-25", "easter+39" or "2026-04-27".'
            ) from error
    return Holidays(frozenset(fixed), frozenset(easter), frozenset(once))
