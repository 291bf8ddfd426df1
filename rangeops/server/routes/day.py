"""Slots as a day goes: moved, delayed, their clocks stopped, their notices acknowledged; what stands in their way."""

from datetime import timedelta
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from rangeops.domain.closures import Closure, ClosureId
from rangeops.domain.day_shift import Shift
from rangeops.domain.lead_times import Due
from rangeops.domain.slots import Slot, SlotId
from rangeops.domain.spectrum import Holding
from rangeops.server.once import Once
from rangeops.server.preconditions import ChangeIf, Reading
from rangeops.server.routes.answers import Moment, Ops, as_json
from rangeops.server.routes.slots import tagged, version_of
from rangeops.wire.api import (
    Alternative,
    ClockRequest,
    ClosureRequest,
    ClosureView,
    MoveRequest,
    MustMove,
    NoticeRequest,
    Removal,
    ShiftRequest,
)

router = APIRouter()

LONGEST_DELAY_MINUTES: Final = 12 * 60


@router.get("/slots/{slot}/alternatives", response_model=list[Alternative])
async def alternatives(ops: Ops, slot: str) -> Response:
    """Where and when it would fit instead: times, volumes, heights; the nearest of each first."""
    return as_json(await ops.run(ops.services.booking.alternatives, SlotId(slot), ops.clock()))


@router.get("/slots/{slot}/permissions", response_model=list[Due])
async def permissions(ops: Ops, slot: str) -> Response:
    """What must be asked for ahead, and by when."""
    return as_json(await ops.run(ops.services.booking.dues, SlotId(slot)))


@router.post("/slots/{slot}/move", response_model=Slot)
async def move(ops: Ops, changing: ChangeIf, slot: str, wanted: MoveRequest) -> Response:
    async def to(_: int | None) -> Slot:
        return await ops.run(ops.services.day.move, SlotId(slot), wanted, ops.clock(), ops.user)

    return tagged(
        await changing.carry_out(partial(version_of, ops, slot), to, wanted.version, where=f"slot {slot:.40}")
    )


@router.get("/slots/{slot}/delay", response_model=Shift)
async def delay(ops: Ops, slot: str, minutes: Annotated[int, Query(ge=1, le=LONGEST_DELAY_MINUTES)]) -> Response:
    """What a delay leads to for the others of the day, with the least harm. Nothing is changed."""
    lasts = timedelta(minutes=minutes)
    return as_json(await ops.run(ops.services.day.proposal, SlotId(slot), lasts, ops.clock()))


@router.post("/shifts", response_model=list[Slot])
async def accept(ops: Ops, wanted: ShiftRequest) -> Response:
    """Accept a proposal: all its moves, or none."""
    return as_json(await ops.run(ops.services.day.accept, wanted, ops.clock(), ops.user))


@router.post("/slots/{slot}/clock", response_model=Slot)
async def clock(ops: Ops, changing: ChangeIf, slot: str, wanted: ClockRequest) -> Response:
    """Stop its clock, with whose minutes are lost; or start it again."""

    async def to(_: int | None) -> Slot:
        return await ops.run(ops.services.day.clock, SlotId(slot), wanted, ops.clock(), ops.user)

    return tagged(
        await changing.carry_out(partial(version_of, ops, slot), to, wanted.version, where=f"slot {slot:.40}")
    )


@router.post("/slots/{slot}/notices", response_model=Slot)
async def acknowledge(ops: Ops, slot: str, wanted: NoticeRequest) -> Response:
    """Somebody has heard the briefing or the debrief."""
    told = await ops.run(ops.services.day.acknowledge, SlotId(slot), wanted, ops.clock(), ops.user)
    return tagged(await ops.run(ops.services.sight.for_member, told, ops.user))


@router.get("/lost-minutes", response_model=dict[str, float])
async def lost(ops: Ops, starts: Moment, ends: Moment) -> Response:
    """Minutes that clocks stood in slots that began in that time, by whose they are."""
    minutes = await ops.run(ops.services.day.lost, starts, ends)
    return as_json({reason.value: value for reason, value in minutes.items()})


@router.get("/spectrum", response_model=list[Holding])
async def spectrum(ops: Ops) -> Response:
    """The ledger: who holds which part of the spectrum, from now on."""
    return as_json(await ops.run(ops.services.booking.spectrum, ops.clock()))


@router.get("/closures", response_model=list[ClosureView])
async def closures(ops: Ops) -> Response:
    return as_json(await ops.run(ops.services.sight.closures, ops.clock(), ops.user))


@router.post("/closures", response_model=ClosureView, status_code=201)
async def close(ops: Ops, once: Once, request: ClosureRequest) -> Response:
    """Close some of the range. The answer says who must move, or for an emergency who must land, hold or wait."""

    async def made() -> Response:
        return as_json(await ops.run(ops.services.closures.add, request, ops.clock(), ops.user), 201)

    return await once(made)


@router.get("/closures/concerned", response_model=list[MustMove])
async def concerned(ops: Ops) -> Response:
    """Approved slots that stand under a closure."""
    return as_json(await ops.run(ops.services.closures.concerned, ops.clock()))


@router.get("/closures/{closure}", response_model=ClosureView)
async def one_closure(ops: Ops, closure: str) -> Response:
    """Its ETag is its version, for If-Match; whom it concerns changes without it."""
    view = await ops.run(ops.services.sight.closure, ClosureId(closure), ops.clock(), ops.user)
    return Reading("").answer(view, view.closure.version)


@router.post("/closures/{closure}/remove", response_model=Closure)
async def lift(ops: Ops, changing: ChangeIf, closure: str, removal: Removal) -> Response:
    async def version() -> int:
        return (await ops.run(ops.services.closures.get, ClosureId(closure), ops.clock())).closure.version

    async def to(_: int | None) -> Closure:
        return await ops.run(ops.services.closures.remove, ClosureId(closure), removal, ops.clock(), ops.user)

    where = f"closure {closure:.40}"
    return as_json(await changing.carry_out(version, to, removal.version, where=where))
