"""What the pages for companies share: who may look at them, what their forms send, and how states look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Depends
from starlette.datastructures import FormData

from rangeops.domain.errors import Forbidden, Invalid
from rangeops.domain.now import can_be_counted
from rangeops.domain.permissions_of_roles import is_member
from rangeops.domain.slots import SlotState
from rangeops.server.portal.visitor import Visiting, Visitor
from rangeops.wire.clearance import ClearanceItem

_LONGEST: Final = 500  # characters of a field
_LONGEST_NUMBER: Final = 9

SLOT_BADGE: Final[Mapping[SlotState, str]] = {
    SlotState.REQUESTED: "info",
    SlotState.WAITLISTED: "off",
    SlotState.OFFERED: "warn",
    SlotState.APPROVED: "ok",
    SlotState.BRIEFED: "ok",
    SlotState.ACTIVE: "ok",
    SlotState.CLOSED: "off",
    SlotState.REFUSED: "bad",
    SlotState.CANCELLED: "bad",
    SlotState.NO_SHOW: "bad",
}
VERDICT_BADGE: Final[Mapping[str, str]] = {"passed": "ok", "refused": "bad", "cannot check": "warn"}

_WHERE_TO_SUPPLY: Final[Mapping[str, str]] = {
    "plan": "/company/plans/new?slot={slot}",
    "briefing": "/company/slots/{slot}#briefing",
    "registers": "/company/documents",
    "acceptance": "/company/documents",
    "daylight": "/company/slots/{slot}#change",
    "fence": "/company/slots/{slot}#consent",
    "poll": "/company/slots/{slot}#go",
}
"""By what clearance asks: where a company's member does his part of it."""


def _member(visitor: Visiting) -> Visitor:
    """Raises Forbidden for whoever is no company's."""
    if not is_member(visitor.actor):
        raise Forbidden("this page is for a company's members", where="company", do="Go to the start page.")
    return visitor


Member = Annotated[Visitor, Depends(_member)]
"""The visitor of a page that is a company's own."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that stands before a clearance. who: "you", or a word for who supplies it. link: where he does; "" nowhere."""

    item: str
    what: str
    who: tuple[str, ...]
    link: str = ""

    @property
    def is_yours(self) -> bool:
        return "you" in self.who


def lack_of(item: ClearanceItem, slot: str, company: str) -> Lack:
    """The record's words name commands of a terminal after who has to give them: here only who is said."""
    names = [each.strip().partition(":")[0].strip() for each in item.who.split(";")]
    who = tuple(dict.fromkeys("you" if name in (company, "pilot") else name for name in names if name))
    link = _WHERE_TO_SUPPLY.get(item.item, "").format(slot=slot) if "you" in who else ""
    return Lack(item.item, item.value, who, link)


def text_in(form: FormData, name: str) -> str:
    """What was typed, "" where nothing was. Raises Invalid for more than any field takes."""
    text = str(form.get(name, "")).strip()
    if len(text) > _LONGEST:
        raise Invalid(f"{name} is longer than {_LONGEST} characters", where="form", do="Shorten it.")
    return text


def texts_in(form: FormData, name: str) -> tuple[str, ...]:
    """Of a field that may be there more than once, those that say something."""
    return tuple(text for each in form.getlist(name) if (text := str(each).strip()[:_LONGEST]))


def number_in(text: str, name: str, *, usual: int = 0) -> int:
    """Raises Invalid for what is no whole number; `usual` for nothing."""
    text = text.strip()
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise Invalid(f"{name} is {text!r:.20}, which is no number", where="form", do="Type digits.")
    return int(text)


def moment_in(text: str, zone: ZoneInfo, name: str) -> datetime:
    """A datetime-local field's text, on the range's own clock. Raises Invalid."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(
            f"{name} is {text!r:.30}, which is no time", where="form", do="Give it as 2026-11-24T10:00."
        ) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if not can_be_counted(moment):
        raise Invalid(f"{name} is {text!r:.30}, a year that isn't counted with", where="form", do="Correct the year.")
    if moment.replace(fold=0).astimezone(UTC) != moment.replace(fold=1).astimezone(UTC):
        raise Invalid(
            f"{name} is {text!r:.30}, a time that the change of the clocks skips or repeats",
            where="form",
            do="Give it with its offset, as 2026-10-25T02:30+01:00, or another time.",
        )
    return moment.astimezone(UTC)


def day_in(text: str, usual: date) -> date:
    """Raises Invalid for what is no day; `usual` for nothing."""
    if not text.strip():
        return usual
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise Invalid(f"{text!r:.20} is no day", where="form", do="Give it as 2026-11-24.") from error


def field_time(moment: datetime, zone: ZoneInfo) -> str:
    """As a datetime-local field has it."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}"
