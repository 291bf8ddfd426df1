"""RFC 5545 rules by python-dateutil, within bounds: nothing that recurs by the second, nothing that searches for ever.

dateutil counts wall-clock times without a zone; the zone is put to each afterwards, so that a rule survives clock changes.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.closures import Closure
from rangeops.domain.errors import Invalid
from rangeops.domain.schedules import Span

LONGEST_RULE: Final = 200
LARGEST_COUNT: Final = 5000
LONGEST_SEARCH: Final = timedelta(days=366 * 3)
_FREQUENCIES: Final = frozenset(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
_PARTS: Final = frozenset(["FREQ", "INTERVAL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST", "COUNT", "UNTIL"])
_WHERE: Final = "closure's rule"
_DO: Final = "Write it as FREQ=WEEKLY;BYDAY=WE;UNTIL=20261231."


class Recurrence:
    """When closures hold, on one range's clock."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def spans(self, closure: Closure, starts: datetime, ends: datetime) -> tuple[Span, ...]:
        """Its times that touch [starts, ends), in order. Raises Invalid."""
        if not closure.rule:
            return ((closure.starts, closure.ends),) if closure.starts < ends and closure.ends > starts else ()
        return tuple(span for span in self._all(closure, ends) if span[0] < ends and span[1] > starts)

    def check(self, rule: str, first: datetime) -> None:
        """Raises Invalid for a rule that isn't understood, has no bound that it needs, or doesn't hold on its first day."""
        if not rule:
            return
        local = self._local(first)
        if next(iter(self._moments(rule, local, local + LONGEST_SEARCH)), None) != local:
            raise Invalid(
                "its first time isn't one of the rule's", where=_WHERE, do="Begin it on a day that the rule names."
            )

    def _all(self, closure: Closure, until: datetime) -> Iterator[Span]:
        first = self._local(closure.starts)
        lasts = max(self._local(closure.ends) - first, closure.ends - closure.starts)  # a first day's clock may go back
        for moment in self._moments(closure.rule, first, self._local(until)):
            yield min(self._moments_of(moment)), max(self._moments_of(moment + lasts))

    def _moments_of(self, wall: datetime) -> tuple[datetime, datetime]:
        """What a time on the wall may be: it comes twice in autumn, and is skipped in spring. Closed for longer, each time."""
        first, second = (wall.replace(tzinfo=self._zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return first, second

    def _moments(self, rule: str, first: datetime, until: datetime) -> Iterator[datetime]:
        """Beginnings on the wall's clock, at most until `until`. COUNT and UNTIL are counted here: dateutil would search
        a rule that is never true to the year 9999.
        """
        from dateutil.rrule import rrulestr  # 45 ms to import: only where something recurs

        parts = _parts_of(rule)
        count = _number(parts.pop("COUNT")) if "COUNT" in parts else LARGEST_COUNT
        if "UNTIL" in parts:
            until = min(until, self._until(parts.pop("UNTIL")))
        bare = ";".join(f"{key}={value}" for key, value in parts.items())
        try:
            rule_until = rrulestr(bare, dtstart=first).replace(until=until)
        except (ValueError, TypeError, KeyError, AttributeError) as error:  # dateutil's words for what it can't read
            raise Invalid(f"it can't be understood ({error})", where=_WHERE, do=_DO) from error
        return islice(iter(rule_until), count)

    def _until(self, text: str) -> datetime:
        """The last moment on the wall's clock: "20261231", with "T235900" local, with "Z" in UTC."""
        try:
            if text.endswith("Z"):
                utc = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
                return self._local(utc)
            if "T" in text:
                return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007  # a time on the wall has no zone
            day = datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007  # likewise
        except ValueError as error:
            raise Invalid(f"UNTIL={text:.20} is no time", where=_WHERE, do=_DO) from error
        return datetime.combine(day.date(), time.max)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._zone).replace(tzinfo=None)


def _parts_of(rule: str) -> dict[str, str]:
    if len(rule) > LONGEST_RULE or not rule.isascii() or not rule.isprintable():
        raise Invalid("it is too long, or no plain text", where=_WHERE, do=_DO)
    parts: dict[str, str] = {}
    for part in rule.upper().removeprefix("RRULE:").split(";"):
        key, _, value = part.partition("=")
        if key not in _PARTS or not value or key in parts:
            raise Invalid(f"{part!r:.40} is no part of a rule here", where=_WHERE, do=_DO)
        parts[key] = value
    if parts.get("FREQ") not in _FREQUENCIES:
        raise Invalid("it names no frequency", where=_WHERE, do="Use FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.")
    if (
        not 1 <= _number(parts.get("INTERVAL", "1")) <= LARGEST_COUNT
        or _number(parts.get("COUNT", "1")) > LARGEST_COUNT
    ):
        raise Invalid(f"COUNT or INTERVAL isn't between 1 and {LARGEST_COUNT}", where=_WHERE, do=_DO)
    return parts


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise Invalid(f"{text!r:.20} is no number", where=_WHERE, do=_DO)
    return int(text)
