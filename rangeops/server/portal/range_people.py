"""What the pages for the range's own people share: who may look at them, and what their forms send."""

from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from starlette.datastructures import FormData

from rangeops.domain.containment import Standing
from rangeops.domain.errors import Invalid
from rangeops.domain.incident_search import moment_of
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.server.portal.visitor import Visiting, Visitor

_LONGEST: Final = 20_000  # characters of a field: a narrative's


def range_people(visitor: Visiting) -> None:
    """For routers of pages about the whole range. Raises Forbidden for a company's member."""
    require(visitor.actor, Act.SEE_RANGE, where="the range's own pages")


def for_act(act: Act) -> Any:
    """A route's dependency: Forbidden for who may not do this, before anything of his form or file is looked at."""

    def allowed(request: Request, visitor: Visiting) -> None:
        require(visitor.actor, act, where=request.url.path)

    return Depends(allowed)


def text_of(form: FormData, name: str) -> str:
    """What was typed, "" where nothing was. Raises Invalid for more than any field takes."""
    text = str(form.get(name, "")).replace("\r\n", "\n").strip()
    if len(text) > _LONGEST:
        raise Invalid(f"{name} is longer than {_LONGEST} characters", where="form", do="Shorten it.")
    return text


def moment_in(form: FormData, name: str, zone: tzinfo) -> datetime | None:
    """What a field of day and time says, on the range's own clock; None for nothing. Raises Invalid."""
    moment = moment_of(text_of(form, name), zone, whole_day=False)
    return None if moment is None else moment.astimezone(UTC)


def number_in(form: FormData, name: str) -> int:
    """Raises Invalid for what is no whole number; 0 for nothing."""
    text = text_of(form, name) or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Invalid(f"{name} is {text!r:.20}, which is no number", where="form", do="Type digits.")
    return int(text)


def field_time(moment: datetime | None, zone: ZoneInfo) -> str:
    """As a datetime-local field has it, to the second."""
    return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%dT%H:%M:%S}"


def standing_words(visitor: Visitor) -> dict[str, str]:
    """Where a vehicle is held to be, in the visitor's language: for scripts."""
    words = {
        Standing.UNKNOWN: visitor.tr("UNKNOWN"),
        Standing.INSIDE: visitor.tr("inside"),
        Standing.CONTINGENCY: visitor.tr("in the contingency volume"),
        Standing.BUFFER: visitor.tr("outside its contingency volume"),
        Standing.OUTSIDE_RANGE: visitor.tr("OUTSIDE THE RANGE"),
        Standing.UNASSIGNED: visitor.tr("no slot"),
    }
    return {standing.value: word for standing, word in words.items()}


def lasting(seconds: float, visitor: Visitor) -> str:
    """A length of time in its two largest units: "2 d 4 h", "35 min"; never longer than it is."""
    whole = int(abs(seconds))
    days, hours, minutes = whole // 86_400, whole % 86_400 // 3600, whole % 3600 // 60
    if days:
        return visitor.tr("{days} d {hours} h", days=days, hours=hours)
    if hours:
        return visitor.tr("{hours} h {minutes} min", hours=hours, minutes=minutes)
    return visitor.tr("{minutes} min", minutes=minutes)


def time_left(due: datetime, now: datetime, visitor: Visitor) -> str:
    """How long until then, or since."""
    seconds = (due - now).total_seconds()
    words = lasting(seconds, visitor)
    return visitor.tr("{time} left", time=words) if seconds >= 0 else visitor.tr("{time} overdue", time=words)
