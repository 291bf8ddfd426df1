"""Where the range's people begin: what waits for a decision, what lapses, what stands, and whether the record is signed."""

from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from rangeops.domain.alarms import STANDS, Condition
from rangeops.domain.errors import Conflict, RangeopsError
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act
from rangeops.domain.registers import Expiry
from rangeops.domain.slots import Slot, SlotEvent, SlotId, SlotState
from rangeops.domain.text import safe_text
from rangeops.server.operations import Operations
from rangeops.server.portal.pages import page
from rangeops.server.portal.range_people import for_act, number_in, range_people, text_of
from rangeops.server.portal.routes.incidents import clock_of
from rangeops.server.portal.visitor import SEE_OTHER, Form, Ops, Visiting, Visitor
from rangeops.server.problems import STATUS
from rangeops.wire.api import AuditHead, MoveRequest, SlotChange
from rangeops.wire.company import WishView
from rangeops.wire.duty import DutyView
from rangeops.wire.incident_review import DeadlineView

router = APIRouter(dependencies=[Depends(range_people)])

_EVENTS: Final = {each.value for each in (SlotEvent.APPROVE, SlotEvent.REFUSE, SlotEvent.WAITLIST)}
_MOST: Final = 12
_LONGEST_REASON: Final = 200
SAID: Final = {
    "approve": "It is approved.", "refuse": "It is refused.", "waitlist": "It waits for a place.", "move": "It is moved."
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Came:
    """A decision that was refused: on which slot, why, and the reason that was typed."""

    slot: str
    trouble: RangeopsError
    reason: str


@dataclass(frozen=True, slots=True)
class _Record:
    """size: of the newest signed checkpoint; 0 where none was signed. age_s: since it was."""

    head: AuditHead
    size: int
    age_s: float | None

    @property
    def unsigned(self) -> int:
        return max(self.head.seq - self.size, 0)


@router.get("/range")
async def home(request: Request, ops: Ops, visitor: Visiting, done: str = "") -> Response:
    return await _home_page(request, ops, visitor, None, done)


@router.post("/range/slots/{slot}", dependencies=[for_act(Act.DECIDE_SLOT)])
async def decide(request: Request, ops: Ops, visitor: Visiting, form: Form, slot: str) -> Response:
    """Approve, refuse with a reason, or let it wait."""
    event, reason = text_of(form, "event"), text_of(form, "reason")
    try:
        wanted = SlotChange(event if event in _EVENTS else "", number_in(form, "version"), reason)
        await ops.run(ops.services.booking.change, SlotId(slot), wanted, ops.clock(), ops.user)
    except RangeopsError as error:
        return await _home_page(request, ops, visitor, _Came(slot, error, reason))
    return RedirectResponse(f"/range?done={event}", SEE_OTHER)


@router.post("/range/slots/{slot}/move", dependencies=[for_act(Act.DECIDE_SLOT)])
async def move(request: Request, ops: Ops, visitor: Visiting, form: Form, slot: str) -> Response:
    """Where its company asked to have it, as the page showed it."""
    try:
        wish = await ops.run(_wish_of, ops, SlotId(slot), text_of(form, "asked"))
        reason = safe_text(f"as {visitor.actor.name} agreed with its company: {wish.reason}", limit=_LONGEST_REASON)
        wanted = MoveRequest(wish.starts, number_in(form, "version"), reason, wish.volume, wish.ends)
        await ops.run(ops.services.day.move, SlotId(slot), wanted, ops.clock(), ops.user)
    except RangeopsError as error:
        return await _home_page(request, ops, visitor, _Came(slot, error, ""))
    return RedirectResponse("/range?done=move", SEE_OTHER)


def _wish_of(ops: Operations, slot: SlotId, asked: str) -> WishView:
    """Raises Conflict for a slot that nothing is asked for any more, or something else since: nobody has seen that one."""
    wish = next((each for each in ops.services.wishes.of(slot, ops.user) if not each.answered), None)
    if wish is None:
        raise Conflict("nothing is asked for it", where=f"slot {slot:.40}", do="Look at the page anew.")
    if wish.asked_utc.isoformat() != asked:
        raise Conflict("its company asks for something else now", where=f"slot {slot:.40}", do="Look at the page anew.")
    return wish


async def _home_page(
    request: Request, ops: Operations, visitor: Visitor, came: _Came | None, done: str = ""
) -> Response:
    now = ops.clock()
    waiting, conflicts, wishes, expiries, clocks, duty, record = await ops.run(_read, ops, now)
    picture = ops.live.picture(now)
    standing = [alarm for alarm in picture.alarms if alarm.state in STANDS]
    return page(
        request,
        visitor,
        "range_home.html",
        HTTPStatus.OK if came is None else STATUS[came.trouble.kind],
        waiting=waiting[:_MOST],
        waiting_more=max(len(waiting) - _MOST, 0),
        offered=SlotState.OFFERED,
        conflicts=conflicts,
        wishes=wishes,
        expiries=expiries[:_MOST],
        expiries_more=max(len(expiries) - _MOST, 0),
        signatures_missing=next((x for x in standing if x.condition is Condition.EVIDENCE_SIGNATURES_MISSING), None),
        clocks=tuple((each.incident, clock_of(each.deadline, now.utc, visitor)) for each in clocks[:_MOST]),
        clocks_more=max(len(clocks) - _MOST, 0),
        duty=duty,
        picture=picture,
        air=sum(each.airborne for each in picture.vehicles),
        alarms=sorted(Counter(each.priority.value for each in standing).items()),
        worst=standing[0] if standing else None,
        record=record,
        came=came,
        said=SAID.get(done, ""),
        may_decide=visitor.may(Act.DECIDE_SLOT),
    )


def _read(
    ops: Operations, now: Now
) -> tuple[
    tuple[Slot, ...],
    dict[str, str],
    tuple[tuple[WishView, Slot], ...],
    tuple[Expiry, ...],
    tuple[DeadlineView, ...],
    tuple[DutyView, ...],
    _Record,
]:
    """What the store has of it, in one go: a thread each would cost more than the reading."""
    services = ops.services
    day = services.board.view(services.board.today(now))
    return (
        services.board.waiting(now),
        {each.slot: each.says for each in reversed(day.conflicts)},
        tuple((each, services.booking.get(SlotId(each.slot))) for each in services.wishes.open(ops.user)[:_MOST]),
        services.registry.expiries(now, ops.user),
        services.incident_reviews.deadlines(now),
        services.duty.all(),
        _record(ops, now),
    )


def _record(ops: Operations, now: Now) -> _Record:
    head, newest = ops.services.audit_head(), ops.services.reporting.newest_checkpoint()
    if newest is None:
        return _Record(head, 0, None)
    age_s = (now.utc - newest.checkpoint.utc).total_seconds()
    return _Record(head, newest.checkpoint.size, max(age_s, 0.0))
