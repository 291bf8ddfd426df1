"""One slot of a company: how it stands, what it lacks, and what its people can do about it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from rangeops.domain.clearance import CLEARABLE
from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.domain.slot_terms import Notice
from rangeops.domain.slots import NEXT, Slot, SlotEvent, SlotId, SlotState
from rangeops.server import aboard
from rangeops.server.operations import Operations
from rangeops.server.portal.company_people import Member, field_time, lack_of, moment_in, number_in, text_in
from rangeops.server.portal.pages import page
from rangeops.server.portal.visitor import SEE_OTHER, Form, Ops, Visitor
from rangeops.server.problems import status_of
from rangeops.services.clearance_words import PILOT
from rangeops.services.submission import TAKES_A_PLAN
from rangeops.wire.api import Alternative, ConsentRequest, MoveRequest, NoticeRequest, SlotChange, WritesView
from rangeops.wire.clearance import BriefingView, ClearanceView, PollRequest
from rangeops.wire.company import WishView

router = APIRouter()

_STEPS: Final = (SlotState.REQUESTED, SlotState.APPROVED, SlotState.BRIEFED, SlotState.ACTIVE, SlotState.CLOSED)
_HELD: Final = frozenset([SlotState.APPROVED, SlotState.BRIEFED, SlotState.ACTIVE])
_WAITS: Final = frozenset([SlotState.REQUESTED, SlotState.WAITLISTED])
_MOVABLE: Final = _WAITS | {SlotState.APPROVED, SlotState.BRIEFED}
_FLOWN: Final = frozenset([SlotState.ACTIVE, SlotState.CLOSED])
_LONGEST_WANTED: Final = 60
_NOT_KEPT: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_DEEDS: Final = {"cancel": SlotEvent.CANCEL, "take": SlotEvent.TAKE, "decline": SlotEvent.DECLINE}

Deed = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page shows beside the slot itself."""

    clearance: ClearanceView | None = None
    briefing: BriefingView | None = None
    dues: tuple[Any, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    wishes: tuple[WishView, ...] = ()
    verdict: str = ""
    typed: dict[str, str] = field(default_factory=dict)


@router.get("/company/slots/{slot}")
async def show(
    request: Request, ops: Ops, visitor: Member, slot: str, *, starts: str = "", volume: str = ""
) -> Response:
    """starts, volume: to ask for instead, as what is free is linked."""
    wanted = {name: text[:_LONGEST_WANTED] for name, text in (("starts", starts), ("volume", volume)) if text}
    return await _slot_page(request, ops, visitor, slot, typed=wanted)


@router.post("/company/slots/{slot}/change")
async def change(request: Request, ops: Ops, visitor: Member, form: Form, slot: str) -> Response:
    """Cancelled with a reason, or an offer answered."""
    event = _DEEDS.get(text_in(form, "event"))

    async def deed() -> object:
        if event is None:
            raise Invalid("that is no change that you can make", where=f"slot {slot:.40}", do="Use the page's buttons.")
        wanted = SlotChange(event.value, number_in(text_in(form, "version"), "version"), text_in(form, "reason"))
        return await ops.run(ops.services.booking.change, SlotId(slot), wanted, ops.clock(), ops.user)

    return await _done(request, ops, visitor, slot, deed=deed, form=form)


@router.post("/company/slots/{slot}/wish")
async def wish(request: Request, ops: Ops, visitor: Member, form: Form, slot: str) -> Response:
    """Another time, another volume: the range reads it, and decides."""

    async def deed() -> object:
        zone = ZoneInfo(ops.services.definition.timezone)
        wanted = MoveRequest(
            starts=moment_in(text_in(form, "starts"), zone, "starts"),
            version=number_in(text_in(form, "version"), "version"),
            reason=text_in(form, "reason"),
            volume=text_in(form, "volume") or None,
        )
        return await ops.run(ops.services.wishes.ask, SlotId(slot), wanted, ops.clock(), ops.user)

    return await _done(request, ops, visitor, slot, deed=deed, form=form, at="#change")


@router.post("/company/slots/{slot}/notices")
async def acknowledge(request: Request, ops: Ops, visitor: Member, form: Form, slot: str) -> Response:
    """Somebody has read the briefing, or the debrief."""
    wanted = NoticeRequest(text_in(form, "notice"), text_in(form, "who"))

    async def deed() -> object:
        return await ops.run(ops.services.day.acknowledge, SlotId(slot), wanted, ops.clock(), ops.user)

    return await _done(request, ops, visitor, slot, deed=deed, form=form, at="#briefing")


@router.post("/company/slots/{slot}/go")
async def say_go(request: Request, ops: Ops, visitor: Member, form: Form, slot: str) -> Response:
    """The pilot's go or no-go, on the plan and the slot as they are now."""
    poll = PollRequest(PILOT, text_in(form, "go") == "go", text_in(form, "who"), text_in(form, "why"))

    async def deed() -> object:
        return await ops.run(ops.services.words.vote, SlotId(slot), poll, ops.clock(), ops.user)

    return await _done(request, ops, visitor, slot, deed=deed, form=form, at="#go")


@router.get("/company/slots/{slot}/writes")
async def writes(request: Request, ops: Ops, visitor: Member, slot: str) -> Response:
    """What the range would write to its vehicle, read from the vehicle now: seconds, so a page of its own."""
    return await _writes_page(request, ops, visitor, slot)


@router.post("/company/slots/{slot}/writes")
async def agree(request: Request, ops: Ops, visitor: Member, form: Form, slot: str) -> Response:
    """A word given to the very diff that was shown."""
    await ops.run(ops.services.sight.slot, SlotId(slot), ops.user)
    try:
        await aboard.agree(ops, SlotId(slot), ConsentRequest(text_in(form, "who"), text_in(form, "sha256")))
    except RangeopsError as error:
        return await _writes_page(request, ops, visitor, slot, error)
    return RedirectResponse(f"/company/slots/{quote(slot)}#consent", SEE_OTHER)


@router.get("/company/slots/{slot}/slot.ics")
async def calendar(ops: Ops, visitor: Member, slot: str) -> Response:
    """The slot as one entry, for a calendar that subscribes to nothing."""
    from rangeops.adapters.formats.ics import MEDIA_TYPE, write_calendar  # only who asks for a calendar loads icalendar

    entries = await ops.run(ops.services.company.calendar, SlotId(slot), ops.clock(), ops.user)
    name = f"{visitor.company}, {ops.services.definition.name}"
    content = await ops.run(write_calendar, name, entries, ops.clock().utc)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(slot, safe='')}.ics", **_NOT_KEPT}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


@router.get("/company/slots/{slot}/sheet.json")
async def sheet(ops: Ops, visitor: Member, slot: str) -> Response:  # noqa: ARG001  # only members
    """What it grants, signed with the range's key: `rangeops plan check --slot` anywhere."""
    await ops.run(ops.services.sight.slot, SlotId(slot), ops.user)
    content = await ops.run(ops.services.sheets.export, SlotId(slot), ops.clock())
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''slot-{quote(slot, safe='')}.json", **_NOT_KEPT}
    return Response(content, media_type="application/json", headers=headers)


async def _done(
    request: Request, ops: Operations, visitor: Visitor, slot: str, *, deed: Deed, form: FormData, at: str = ""
) -> Response:
    """The deed on a slot of his company's, then its page; with what went wrong beside what was typed."""
    await ops.run(ops.services.sight.slot, SlotId(slot), ops.user)  # another's isn't there
    try:
        await deed()
    except RangeopsError as error:
        typed = {name: str(form.get(name, ""))[:500] for name in ("reason", "starts", "volume", "who", "why")}
        told = await ops.run(ops.services.sight.error, error, ops.user)
        return await _slot_page(request, ops, visitor, slot, trouble=told, typed=typed)
    return RedirectResponse(f"/company/slots/{quote(slot)}{at}", SEE_OTHER)


async def _slot_page(
    request: Request,
    ops: Operations,
    visitor: Visitor,
    slot_id: str,
    *,
    trouble: RangeopsError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    slot = await ops.run(ops.services.sight.slot, SlotId(slot_id), ops.user)
    facts = await ops.run(_facts, ops, slot)
    definition = ops.services.definition
    zone = ZoneInfo(definition.timezone)
    blank = {"reason": "", "starts": field_time(slot.starts, zone), "volume": "", "who": "", "why": ""}
    lacks = [
        lack_of(item, slot.id, slot.company)
        for item in (facts.clearance.items if facts.clearance else ())
        if item.state not in ("ok", "waived") and item.who
    ]
    return page(
        request,
        visitor,
        "company_slot.html",
        HTTPStatus.OK if trouble is None else status_of(trouble),
        slot=slot,
        facts=replace(facts, typed=blank | (typed or {})),
        lacks=lacks,
        steps=[(state, _stands(slot, state)) for state in _STEPS],
        may_cancel=(slot.state, SlotEvent.CANCEL) in NEXT,
        may_wish=slot.state in _MOVABLE,
        may_say_go=slot.state in CLEARABLE and PILOT in definition.clearance.poll,
        may_brief=slot.state in _HELD,
        may_debrief=slot.state in _FLOWN,
        takes_a_plan=slot.state in TAKES_A_PLAN,
        briefed=[each for each in slot.acknowledged if each.notice is Notice.BRIEFING],
        debriefed=[each for each in slot.acknowledged if each.notice is Notice.DEBRIEF],
        pilot_votes=PILOT,
        volumes=definition.volumes,
        field_time=field_time,
        today=ops.clock().utc.astimezone(zone).date(),
        now=ops.clock().utc,
        trouble=trouble,
    )


def _facts(ops: Operations, slot: Slot) -> Facts:
    services, now = ops.services, ops.clock()
    is_held = slot.state in _HELD
    return Facts(
        clearance=services.clearance.view(slot.id, now) if is_held else None,
        briefing=services.words.briefing(slot.id) if is_held else None,
        dues=services.booking.dues(slot.id),
        alternatives=services.booking.alternatives(slot.id, now) if slot.state in _WAITS and slot.reason else (),
        wishes=services.wishes.of(slot.id, ops.user),
        verdict=services.sight.plan(slot.plan, ops.user).verdict if slot.plan else "",
    )


def _stands(slot: Slot, step: SlotState) -> str:
    """done, now or ahead, for a slot on its usual way; ahead for all of one that left it."""
    if slot.state not in _STEPS:
        return "ahead"
    here, there = _STEPS.index(slot.state), _STEPS.index(step)
    return "now" if here == there else "done" if there < here else "ahead"


async def _writes_page(
    request: Request, ops: Operations, visitor: Visitor, slot_id: str, trouble: RangeopsError | None = None
) -> Response:
    slot = await ops.run(ops.services.sight.slot, SlotId(slot_id), ops.user)
    view: WritesView | None = None
    try:
        view = await aboard.writes(ops, slot.id)
    except RangeopsError as error:
        trouble = trouble or error
    status = HTTPStatus.OK if trouble is None else status_of(trouble)
    return page(request, visitor, "company_writes.html", status, slot=slot, view=view, trouble=trouble)
