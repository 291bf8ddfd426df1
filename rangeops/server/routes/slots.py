"""Slots, and what is written to their vehicles."""

from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Response

from rangeops.domain.slots import Slot, SlotId
from rangeops.server import aboard
from rangeops.server.once import Once
from rangeops.server.operations import Operations
from rangeops.server.paging import Paged
from rangeops.server.preconditions import ChangeIf, ReadIf, Reading
from rangeops.server.routes.answers import Ops, as_json
from rangeops.wire.api import AffectedView, ConsentRequest, SlotChange, SlotRequest, WritesView

router = APIRouter()


@router.get("/slots", response_model=list[Slot])
async def slots(ops: Ops, paged: Paged) -> Response:
    """By start; a company's member is given his company's."""
    return paged.answer(await ops.run(ops.services.sight.slots_page, paged.asked, ops.user))


@router.post("/slots", response_model=Slot, status_code=201)
async def book(ops: Ops, once: Once, request: SlotRequest) -> Response:
    """`reason` says what keeps it from being approved, and what is free instead."""

    async def made() -> Response:
        slot = await ops.run(ops.services.booking.request, request, ops.clock(), ops.user)
        return tagged(await ops.run(ops.services.sight.for_member, slot, ops.user), 201)

    return await once(made)


@router.get("/slots/affected", response_model=list[AffectedView])
async def affected(ops: Ops) -> Response:
    """What was approved against other zones than today's, and today's refuse or close."""
    return as_json(await ops.run(ops.services.zones.affected, ops.clock()))


@router.get("/slots/{slot}", response_model=Slot)
async def one_slot(ops: Ops, reading: ReadIf, slot: str) -> Response:
    found = await ops.run(ops.services.sight.slot, SlotId(slot), ops.user)
    return reading.answer(found, found.version)


@router.post("/slots/{slot}/change", response_model=Slot)
async def change(ops: Ops, changing: ChangeIf, slot: str, wanted: SlotChange) -> Response:
    """Of the version in the body, or in If-Match."""

    async def to(version: int | None) -> Slot:
        seen = replace(wanted, version=version)
        return await ops.run(ops.services.booking.change, SlotId(slot), seen, ops.clock(), ops.user)

    changed = await changing.carry_out(partial(version_of, ops, slot), to, wanted.version, where=f"slot {slot:.40}")
    return tagged(await ops.run(ops.services.sight.for_member, changed, ops.user))


async def version_of(ops: Operations, slot: str) -> int:
    return (await ops.run(ops.services.booking.get, SlotId(slot))).version


def tagged(slot: Slot, status: int = 200) -> Response:
    """The slot, with the ETag that it has now."""
    return Reading("").answer(slot, slot.version, status)


@router.get("/slots/{slot}/sheet", response_class=Response)
async def sheet(ops: Ops, slot: str) -> Response:
    """What the slot grants, as a file signed with the range's key, for `rangeops plan check --slot`."""
    content = await ops.run(ops.services.sheets.export, SlotId(slot), ops.clock())
    return Response(content, media_type="application/json")


@router.get("/slots/{slot}/writes", response_model=WritesView)
async def writes(ops: Ops, slot: str) -> Response:
    """What a LOAD_FENCE would change on its vehicle, read from the vehicle now; nothing is written."""
    return as_json(await aboard.writes(ops, SlotId(slot)))


@router.post("/slots/{slot}/consent", response_model=WritesView)
async def agree(ops: Ops, slot: str, request: ConsentRequest) -> Response:
    """Somebody agreed by word to the diff that was shown last. 409 where it was another."""
    return as_json(await aboard.agree(ops, SlotId(slot), request))
