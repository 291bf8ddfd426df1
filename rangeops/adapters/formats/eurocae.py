"""What ED-269 and ED-318 write alike: countries, reasons, dates, weekly schedules, texts, and the order of heights."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from functools import partial
from typing import Any, Final

from rangeops.adapters.formats.reading import Reading
from rangeops.domain.daylight import DaylightEvent
from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.schedules import Applicability, DailyPeriod
from rangeops.domain.text import safe_text
from rangeops.domain.zones import Limit, Zone

FOOT_M: Final = 0.3048
LOWEST_M: Final = -2_000.0
HIGHEST_M: Final = 1_000_000.0
_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_EVERY_DAY: Final = frozenset(range(7))


def optional_text(facts: Facts, key: str, *, limit: int = 200) -> str:
    """One line; empty where the file gives none, or null. Raises Invalid for what isn't a text or is longer."""
    value = facts.table.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(f"{key} must be a text, but it is {value!r:.60}", where=facts.where, do="Correct the file.")
    if len(value) > limit:
        raise Invalid(f"{key} has {len(value)} characters, more than {limit}", where=facts.where, do="Shorten it.")
    return one_line(value, limit=limit)


def country_of(facts: Facts) -> str:
    country = facts.text("country")
    if len(country) != 3 or not country.isascii() or not country.isalpha():
        raise Invalid("country must be three letters", where=facts.where, do="Use ISO 3166 alpha-3, e.g. NLD.")
    return country


def reasons_of(facts: Facts, known: Sequence[str]) -> tuple[str, ...]:
    """Words of the standard's own list. Raises Invalid for any other."""
    for reason in (reasons := facts.texts("reason")):
        if reason not in known:
            raise Invalid(
                f"reason {safe_text(reason, limit=30)!r} isn't one of {', '.join(known)}",
                where=facts.where,
                do="Correct it.",
            )
    return reasons


def one_line(text: str, *, limit: int) -> str:
    """Published texts have line ends and tabs; what is shown and stored has neither."""
    return safe_text(" ".join(text.split()), limit=limit)


def require_order(lower: Limit | None, upper: Limit | None, where: str) -> None:
    """Raises Invalid for limits of one datum that hold no air between them."""
    if lower is not None and upper is not None and lower.datum is upper.datum and upper.height_m <= lower.height_m:
        raise Invalid("its upper limit isn't above its lower one", where=where, do="Correct it.")


def each_once(zones: Iterable[Zone | None], reading: Reading) -> tuple[Zone, ...]:
    """The zones that are whole; one whose identifier stands before it already is broken."""
    found: dict[str, Zone] = {}
    for zone in zones:
        if zone is not None:
            reading.whole(partial(_add, found, zone, reading))
    return tuple(found.values())


def _add(found: dict[str, Zone], zone: Zone, reading: Reading) -> None:
    if zone.id in found:
        raise reading.refused(f"two zones have the identifier {zone.id!r}", "Give each an identifier of its own.")
    found[zone.id] = zone


def applicability_of(span: Facts, schedule_key: str = "schedule") -> Applicability:
    starts, ends = moment(span, "startDateTime"), moment(span, "endDateTime")
    if starts is not None and ends is not None and ends <= starts:
        raise Invalid("a zone can't end before it starts", where=span.where, do="Correct its dates.")
    return Applicability(starts, ends, tuple(_period(period) for period in span.sections(schedule_key)))


def moment(facts: Facts, key: str) -> datetime | None:
    if facts.table.get(key) is None:
        return None
    try:
        found = datetime.fromisoformat(facts.text(key))
    except ValueError as e:
        raise Invalid(f"{key} isn't an ISO 8601 time", where=facts.where, do="Write 2026-11-24T08:00:00Z.") from e
    if found.tzinfo is None:
        raise Invalid(f"{key} has no time zone", where=facts.where, do="Write 2026-11-24T08:00:00Z.")
    try:
        return found.astimezone(UTC)
    except OverflowError as e:
        raise Invalid(f"{key} is out of the calendar", where=facts.where, do="Leave it out for open-ended.") from e


def _period(period: Facts) -> DailyPeriod:
    days = period.table.get("day")
    if not isinstance(days, list) or not all(isinstance(day, str) and day in (*_DAYS, "ANY") for day in days):
        raise Invalid("day must list MON to SUN or ANY", where=period.where, do="Correct the schedule.")
    if not days:
        raise Invalid("day lists no day", where=period.where, do="Write ANY for every day.")
    weekdays = _EVERY_DAY if "ANY" in days else frozenset(_DAYS.index(day) for day in days)
    return DailyPeriod(weekdays, _edge(period, "start"), _edge(period, "end"))


def _edge(period: Facts, which: str) -> time | DaylightEvent | None:
    """None, midnight, where the file gives neither a time nor an event."""
    if period.table.get(f"{which}Event") is not None:
        return period.choice(f"{which}Event", DaylightEvent)
    if period.table.get(f"{which}Time") is None:
        return None
    text = period.text(f"{which}Time")
    if text.startswith("24:00") and which == "end":
        return None
    try:
        found = time.fromisoformat(text)
    except ValueError as e:
        raise Invalid(f"{which}Time isn't a time", where=period.where, do="Write 08:00:00Z.") from e
    if found.tzinfo is None or found.utcoffset():
        raise Invalid(f"{which}Time isn't in UTC", where=period.where, do="Write 08:00:00Z.")
    return found.replace(tzinfo=None)


def span_document(span: Applicability) -> dict[str, Any]:
    """One applicability as both write it: dates and schedule, what is open left out."""
    document: dict[str, Any] = {}
    if span.starts is not None:
        document["startDateTime"] = moment_text(span.starts)
    if span.ends is not None:
        document["endDateTime"] = moment_text(span.ends)
    if span.schedule:
        document["schedule"] = [_period_document(period) for period in span.schedule]
    return document


def yes_or_no(value: bool | None) -> str | None:  # noqa: FBT001  # a value of the file, not a switch
    return None if value is None else "YES" if value else "NO"


def moment_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _period_document(period: DailyPeriod) -> dict[str, Any]:
    every_day = period.weekdays == _EVERY_DAY
    document: dict[str, Any] = {"day": ["ANY"] if every_day else [_DAYS[day] for day in sorted(period.weekdays)]}
    for which, edge in (("start", period.starts), ("end", period.ends)):
        if isinstance(edge, DaylightEvent):
            document[f"{which}Event"] = edge.value
        elif edge is not None:
            document[f"{which}Time"] = f"{edge.isoformat()}Z"
    return document
