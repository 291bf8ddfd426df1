"""Looking for incidents: what somebody asks for, which incidents fit, and how it is typed in one line.

Every part that is given must fit; of several values of one part, one. Texts fit wherever they occur, whatever their case.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, TypeVar

from rangeops.domain.errors import Invalid
from rangeops.domain.incident_review import Deadline, OccurrenceClass, Review
from rangeops.domain.incidents import Incident, IncidentState
from rangeops.domain.now import can_be_counted
from rangeops.domain.text import safe_text

T = TypeVar("T")

UNCLASSIFIED: Final = "unclassified"
"""As a class is asked for that nobody has given yet."""

_LONGEST: Final = 200  # characters of a text that is looked for
_WHERE: Final = "a search of incidents"
_CLASSES: Final[Mapping[str, OccurrenceClass | None]] = {
    **{each.value.replace(" ", "-"): each for each in OccurrenceClass},
    UNCLASSIFIED: None,
}
_STATES: Final[Mapping[str, IncidentState]] = {each.value.replace(" ", "-"): each for each in IncidentState}
KEYS: Final = ("state", "class", "company", "at", "vehicle", "since", "until")
"""What may stand before a colon in a line that is typed; `overdue` stands alone."""

OVERDUE: Final = "overdue"


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """What is looked for; a part that is empty or None asks nothing.

    text: words that all occur in the incident, its review, its alarms. classes: None among them is unclassified. place:
    in the name of its slot's volume or of a prohibited zone that it was about. vehicle: its callsign or number, whole.
    since, until: it opened in this time (half open). overdue: a clock of 376/2014 was missed.
    """

    text: str = ""
    states: frozenset[IncidentState] = frozenset()
    classes: frozenset[OccurrenceClass | None] = frozenset()
    company: str = ""
    place: str = ""
    vehicle: str = ""
    since: datetime | None = None
    until: datetime | None = None
    overdue: bool = False

    @property
    def asks_places(self) -> bool:
        """Alarms have to be looked up for it."""
        return bool(self.place or self.text)


@dataclass(frozen=True, slots=True)
class Case:
    """An incident, as far as it is looked for. places: its slot's volume, then alarms about prohibited zones."""

    incident: Incident
    review: Review
    deadlines: tuple[Deadline, ...] = ()
    places: tuple[str, ...] = ()


def query_of(
    *,
    text: str = "",
    states: Iterable[str] = (),
    classes: Iterable[str] = (),
    company: str = "",
    place: str = "",
    vehicle: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    overdue: bool = False,
) -> IncidentQuery:
    """From words as people and programs give them. Raises Invalid for a state, class or time that can't be."""
    for each in (text, company, place, vehicle):
        if len(each) > _LONGEST:
            raise _wrong(f"{each!r:.20}… is longer than {_LONGEST} characters", "Look for less.")
    if any(moment is not None and moment.tzinfo is None for moment in (since, until)):
        raise _wrong("a time has no zone", "End it with Z for UTC, or an offset.")
    if since is not None and until is not None and since >= until:
        raise _wrong("it ends before it begins", "Give `until` later than `since`.")
    return IncidentQuery(
        text=" ".join(text.split()),
        states=frozenset(_named(each, _STATES, "state") for each in states),
        classes=frozenset(_named(each, _CLASSES, "class") for each in classes),
        company=company.strip(),
        place=place.strip(),
        vehicle=vehicle.strip(),
        since=since,
        until=until,
        overdue=overdue,
    )


def matches(query: IncidentQuery, case: Case) -> bool:
    incident, review = case.incident, case.review
    return (
        (not query.states or review.state in query.states)
        and (not query.classes or review.occurrence_class in query.classes)
        and (not query.company or _in(query.company, incident.company))
        and (not query.place or any(_in(query.place, each) for each in case.places))
        and (not query.vehicle or query.vehicle.casefold() in (incident.callsign.casefold(), str(incident.sysid)))
        and (query.since is None or incident.opened_utc >= query.since)
        and (query.until is None or incident.opened_utc < query.until)
        and (not query.overdue or any(each.state == "missed" for each in case.deadlines))
        and all(any(_in(word, each) for each in _texts(case)) for word in query.text.split())
    )


def nearest(deadlines: Iterable[Deadline]) -> Deadline | None:
    """The clock that runs out first, or was missed longest ago; None where none runs."""
    return min((each for each in deadlines if each.done_utc is None), key=lambda each: each.due_utc, default=None)


def parse_query(line: str, zone: tzinfo) -> IncidentQuery:
    """`gust state:open company:"Saxion UAS" at:EAST vehicle:D07 since:2026-11-24 overdue`.

    A day counts by `zone`, and `until` has the whole of it. Raises Invalid.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise _wrong("a quotation mark has no other", "Close it.") from error
    given: dict[str, list[str]] = {key: [] for key in ("", *KEYS)}
    overdue = False
    for word in words:
        key, colon, value = word.partition(":")
        if word.casefold() == OVERDUE:
            overdue = True
        elif colon and key.casefold() in KEYS:
            if not value:
                raise _wrong(f"nothing stands after {key}:", f"Write {key}: and what it is.")
            given[key.casefold()].append(value)
        else:
            given[""].append(word)
    for key in ("company", "at", "vehicle", "since", "until"):
        if len(given[key]) > 1:
            raise _wrong(f"{key}: stands there twice", "Give one.")
    return query_of(
        text=" ".join(given[""]),
        states=given["state"],
        classes=given["class"],
        company=_only(given["company"]),
        place=_only(given["at"]),
        vehicle=_only(given["vehicle"]),
        since=moment_of(_only(given["since"]), zone, whole_day=False),
        until=moment_of(_only(given["until"]), zone, whole_day=True),
        overdue=overdue,
    )


def moment_of(text: str, zone: tzinfo, *, whole_day: bool) -> datetime | None:
    """None for no text; of a day its beginning by `zone`, or with whole_day its end. Raises Invalid."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        starts = datetime.combine(day, time(), zone)
        if not can_be_counted(starts):
            raise _wrong(f"{day.year} is no year that is counted with", "Correct the year.")
        return datetime.combine(day + timedelta(days=1), time(), zone) if whole_day else starts
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _wrong(
            f"{safe_text(text, limit=40)!r} is neither a day nor a time",
            "Write it as 2026-11-24 or 2026-11-24T08:00Z.",
        ) from error
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    if not can_be_counted(moment):
        raise _wrong(f"{moment.year} is no year that is counted with", "Correct the year.")
    return moment


def words_of(query: IncidentQuery, zone: tzinfo) -> tuple[str, ...]:
    """Its parts, each as it may be typed: joined by spaces they are the same query again (but a time's seconds)."""
    named = (("company", query.company), ("at", query.place), ("vehicle", query.vehicle))
    states = sorted(name for name, state in _STATES.items() if state in query.states)
    classes = sorted(name for name, class_ in _CLASSES.items() if class_ in query.classes)
    return (
        *map(shlex.quote, query.text.split()),
        *(f"state:{each}" for each in states),
        *(f"class:{each}" for each in classes),
        *(f"{key}:{shlex.quote(value)}" for key, value in named if value),
        *([f"since:{_written(query.since, zone)}"] if query.since is not None else []),
        *([f"until:{_written(query.until, zone)}"] if query.until is not None else []),
        *([OVERDUE] if query.overdue else []),
    )


def class_named(word: str) -> OccurrenceClass | None:
    """By its name or the beginning of just one; None for unclassified. Raises Invalid."""
    return _named(word, _CLASSES, "class")


def _texts(case: Case) -> Iterable[str]:
    incident, review = case.incident, case.review
    yield from (incident.id, incident.title, incident.callsign, incident.company, incident.slot, str(incident.sysid))
    yield from (review.headline, review.narrative, review.cause, review.category, review.reviewer)
    yield from (each.what for each in review.follow_ups)
    yield from (each.owner for each in review.follow_ups)
    yield from case.places


def _in(wanted: str, text: str) -> bool:
    return wanted.casefold() in text.casefold()


def _named(word: str, known: Mapping[str, T], what: str) -> T:
    """By its whole name or the beginning of just one; spaces and dashes are alike."""
    wanted = word.strip().casefold().replace(" ", "-")
    if wanted in known:
        return known[wanted]
    found = [name for name in known if wanted and name.startswith(wanted)]
    if len(found) == 1:
        return known[found[0]]
    raise _wrong(f"{safe_text(word, limit=40)!r} is no {what}", f"Use one of {', '.join(known)}.")


def _written(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="minutes")


def _only(values: Sequence[str]) -> str:
    return values[0] if values else ""


def _wrong(what: str, do: str) -> Invalid:
    return Invalid(what, where=_WHERE, do=do)
