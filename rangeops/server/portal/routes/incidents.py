"""Incidents: found, looked at with every line's evidence, opened by hand."""

import json
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse

from rangeops.domain.errors import NotFound, RangeopsError
from rangeops.domain.incident_review import Deadline, OccurrenceClass
from rangeops.domain.incident_search import UNCLASSIFIED, IncidentQuery, moment_of, nearest, query_of
from rangeops.domain.incidents import IncidentState
from rangeops.domain.permissions_of_roles import Act
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotState
from rangeops.domain.text import safe_text
from rangeops.server.operations import Operations
from rangeops.server.portal.pages import page
from rangeops.server.portal.range_people import (
    field_time,
    for_act,
    moment_in,
    number_in,
    range_people,
    text_of,
    time_left,
)
from rangeops.server.portal.visitor import SEE_OTHER, Form, Ops, Visiting, Visitor
from rangeops.server.problems import STATUS
from rangeops.services.paging import LONGEST_CURSOR, Asked, Page, cut
from rangeops.wire.api import IncidentView
from rangeops.wire.incident_review import OpenIncident
from rangeops.wire.reports import Audience

router = APIRouter(dependencies=[Depends(range_people)])

_OPENING: Final = [for_act(Act.OPEN_INCIDENT)]
MOST_LINES: Final = 3000
"""Of a timeline on one page; the report has them all."""

CLASSES: Final = (*(each.value for each in OccurrenceClass), UNCLASSIFIED)
_ON_A_PAGE: Final = 50
_BADGE: Final = {"missed": "bad", "late": "bad", "running out": "warn", "running": "info", "met": "ok"}
_STRONG: Final = frozenset(["alarm", "command", "incident"])
_FIELDS: Final = ("text", "company", "place", "vehicle", "since", "until")


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of 376/2014 as a page shows it. left: how long it still runs, or is overdue; "" once it is done."""

    deadline: Deadline
    badge: str
    left: str


def clock_of(deadline: Deadline, now: datetime, visitor: Visitor) -> Clock:
    left = "" if deadline.done_utc is not None else time_left(deadline.due_utc, now, visitor)
    return Clock(deadline, _BADGE[deadline.state], left)


@router.get("/incidents")
async def incidents(  # noqa: PLR0917  # a parameter each
    request: Request,
    ops: Ops,
    visitor: Visiting,
    text: str = "",
    company: str = "",
    place: str = "",
    vehicle: str = "",
    since: str = "",
    until: str = "",
    state: Annotated[tuple[str, ...], Query()] = (),
    class_: Annotated[tuple[str, ...], Query(alias="class")] = (),
    cursor: Annotated[str, Query(max_length=LONGEST_CURSOR)] = "",
    *,
    overdue: bool = False,
) -> Response:
    """Newest first; what is asked for stands in the address, so that it can be kept and sent."""
    typed = {"text": text, "company": company, "place": place, "vehicle": vehicle, "since": since, "until": until}
    asked: dict[str, Any] = {**typed, "state": state, "class": class_, "overdue": overdue}
    now, zone = ops.clock(), ZoneInfo(ops.services.definition.timezone)
    trouble: RangeopsError | None = None
    found: Page[IncidentView] = Page(())
    try:
        query = _query(asked, zone)
        every = await ops.run(ops.services.incidents.find, query, now)
        found = cut(every, Asked(_ON_A_PAGE, cursor), "incidents", _key, (datetime, str), newest_first=True)
    except RangeopsError as error:
        trouble = error
    return page(
        request,
        visitor,
        "incidents.html",
        HTTPStatus.OK if trouble is None else STATUS[trouble.kind],
        rows=tuple(_row(each, now.utc, visitor) for each in found.items),
        trouble=trouble,
        asked={name: safe_text(value) if isinstance(value, str) else value for name, value in asked.items()},
        is_asked=any(asked.values()),
        states=tuple(each.value for each in IncidentState),
        classes=CLASSES,
        older=_address(asked, found.cursor) if found.cursor else "",
        may_open=visitor.may(Act.OPEN_INCIDENT),
    )


@router.get("/incidents/new", dependencies=_OPENING)
async def new_incident(request: Request, ops: Ops, visitor: Visiting) -> Response:
    return await _new_page(request, ops, visitor, {}, None)


@router.post("/incidents/new", dependencies=_OPENING)
async def open_incident(request: Request, ops: Ops, visitor: Visiting, form: Form) -> Response:
    """One that no rule opened."""
    typed = {name: text_of(form, name) for name in ("title", "happened", "slot", "sysid")}
    try:
        happened = moment_in(form, "happened", ZoneInfo(ops.services.definition.timezone))
        wanted = OpenIncident(
            typed["title"], ops.clock().utc if happened is None else happened, number_in(form, "sysid"), typed["slot"]
        )
        made = await ops.run(ops.services.incident_reviews.open, wanted, ops.clock(), ops.user)
    except RangeopsError as error:
        return await _new_page(request, ops, visitor, typed, error)
    return RedirectResponse(f"/incidents/{made.review.incident}", SEE_OTHER)


@router.get("/incidents/{incident}")
async def one_incident(request: Request, ops: Ops, visitor: Visiting, incident: str) -> Response:
    """What happened, each line with the entry of the record that proves it."""
    now = ops.clock()
    view = await ops.run(ops.services.incidents.look, incident, now)
    lines = view.timeline[:MOST_LINES]
    return page(
        request,
        visitor,
        "incident.html",
        incident=view,
        clocks=tuple(clock_of(each, now.utc, visitor) for each in view.deadlines),
        lines=tuple((item, item.kind in _STRONG) for item in lines),
        left_out=len(view.timeline) - len(lines),
        may_review=visitor.may(Act.REVIEW_INCIDENT),
        may_write=visitor.may(Act.WRITE_REPORT),
    )


@router.get("/incidents/{incident}/entries/{seq}")
async def entry(request: Request, ops: Ops, visitor: Visiting, incident: str, seq: int) -> Response:
    """The record's own words of one line, with the hashes that bind them."""
    facts = await ops.run(ops.services.reporting.facts, incident, ops.clock(), Audience.RANGE)
    found = next((each for each in facts.evidence if each.entry.seq == seq), None)
    if found is None:
        raise NotFound(
            f"entry {seq} proves no line of it",
            where=f"incident {safe_text(incident, limit=40)}",
            do="See its timeline.",
        )
    payload = json.dumps(json.loads(found.entry.payload), indent=2, ensure_ascii=True)
    return page(
        request, visitor, "incident_entry.html", incident=facts.incident, entry=found.entry, happened=found.happened,
        payload=payload.splitlines(),
    )  # fmt: skip


def _query(asked: dict[str, Any], zone: ZoneInfo) -> IncidentQuery:
    return query_of(
        text=asked["text"],
        states=[each for each in asked["state"] if each],
        classes=[each for each in asked["class"] if each],
        company=asked["company"],
        place=asked["place"],
        vehicle=asked["vehicle"],
        since=moment_of(asked["since"], zone, whole_day=False),
        until=moment_of(asked["until"], zone, whole_day=True),
        overdue=asked["overdue"],
    )


def _key(view: IncidentView) -> tuple[datetime, str]:
    return view.opened_utc, view.id


def _row(view: IncidentView, now: datetime, visitor: Visitor) -> tuple[IncidentView, Clock | None]:
    """With the clock that runs out next, or was missed longest ago."""
    first = nearest(view.deadlines)
    return view, None if first is None else clock_of(first, now, visitor)


def _address(asked: dict[str, Any], cursor: str) -> str:
    pairs = [(name, asked[name]) for name in _FIELDS if asked[name]]
    pairs += [("state", each) for each in asked["state"]] + [("class", each) for each in asked["class"]]
    pairs += [("overdue", "true")] if asked["overdue"] else []
    return f"/incidents?{urlencode([*pairs, ('cursor', cursor)])}"


async def _new_page(
    request: Request, ops: Operations, visitor: Visitor, typed: dict[str, str], trouble: RangeopsError | None
) -> Response:
    now, zone = ops.clock(), ZoneInfo(ops.services.definition.timezone)
    slots = await ops.run(ops.services.booking.all)
    return page(
        request,
        visitor,
        "incident_new.html",
        HTTPStatus.OK if trouble is None else STATUS[trouble.kind],
        trouble=trouble,
        typed={"title": "", "happened": field_time(now.utc, zone), "slot": "", "sysid": "", **typed},
        slots=tuple(each for each in reversed(slots) if _lately_flown(each, now.utc)),
    )


def _lately_flown(slot: Slot, now: datetime) -> bool:
    """Those of which something may have happened, of the last month."""
    states = HOLDS_AIRSPACE | {SlotState.CLOSED}
    return slot.state in states and slot.starts <= now and (now - slot.ends).days < 31
