"""Slots, and what is written to their vehicles."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from rangeops.domain.slots import Slot, SlotId
from rangeops.server.paging import Paged
from rangeops.server.routes.answers import Ops, as_json
from rangeops.wire.api import AffectedView, ConsentRequest, SlotChange, SlotRequest, WritesView

router = APIRouter()


@router.get("/slots", response_model=list[Slot])
async def slots(ops: Ops, paged: Paged) -> Response:
    """By start; a company's member is given his company's."""
    return paged.answer(await ops.run(ops.services.sight.slots_page, paged.asked, ops.user))


@router.post("/slots", response_model=Slot, status_code=201)
async def book(ops: Ops, request: SlotRequest, idempotency_key: Annotated[str, Header()] = "") -> Response:
    """With an Idempotency-Key, the same request again gives the same slot."""
    made = await ops.run(ops.services.booking.request, request, ops.clock(), ops.user, key=idempotency_key)
    return as_json(await ops.run(ops.services.sight.for_member, made, ops.user), 201)


@router.get("/slots/affected", response_model=list[AffectedView])
async def affected(ops: Ops) -> Response:
    """What was approved against other zones than today's, and today's refuse or close."""
    return as_json(await ops.run(ops.services.zones.affected, ops.clock()))


@router.get("/slots/{slot}", response_model=Slot)
async def one_slot(ops: Ops, slot: str) -> Response:
    return as_json(await ops.run(ops.services.sight.slot, SlotId(slot), ops.user))


@router.post("/slots/{slot}/change", response_model=Slot)
async def change(ops: Ops, slot: str, wanted: SlotChange) -> Response:
    changed = await ops.run(ops.services.booking.change, SlotId(slot), wanted, ops.clock(), ops.user)
    return as_json(await ops.run(ops.services.sight.for_member, changed, ops.user))


@router.get("/slots/{slot}/sheet", response_class=Response)
async def sheet(ops: Ops, slot: str) -> Response:
    """What the slot grants, as a file signed with the range's key, for `rangeops plan check --slot`."""
    content = await ops.run(ops.services.sheets.export, SlotId(slot), ops.clock())
    return Response(content, media_type="application/json")


@router.get("/slots/{slot}/writes", response_model=WritesView)
async def writes(ops: Ops, slot: str) -> Response:
    """What a LOAD_FENCE would change on its vehicle, read from the vehicle now; nothing is written."""
    return as_json(await ops.writes(SlotId(slot)))


@router.post("/slots/{slot}/consent", response_model=WritesView)
async def agree(ops: Ops, slot: str, request: ConsentRequest) -> Response:
    """Somebody agreed by word to the diff that was shown last. 409 where it was another."""
    return as_json(await ops.agree(SlotId(slot), request))
