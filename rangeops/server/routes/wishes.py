"""What companies would rather have of their slots: asked for, and read by whoever decides."""

from fastapi import APIRouter, Response

from rangeops.domain.slots import SlotId
from rangeops.server.once import Once
from rangeops.server.routes.answers import Ops, as_json
from rangeops.wire.api import MoveRequest
from rangeops.wire.company import WishView

router = APIRouter()


@router.get("/wishes", response_model=list[WishView])
async def open_wishes(ops: Ops) -> Response:
    """Those that nobody has answered yet, the newest first; a company's member is given his company's."""
    return as_json(await ops.run(ops.services.wishes.open, ops.user))


@router.get("/slots/{slot}/wishes", response_model=list[WishView])
async def wishes(ops: Ops, slot: str) -> Response:
    """Of one slot, the newest first; answered ones too."""
    return as_json(await ops.run(ops.services.wishes.of, SlotId(slot), ops.user))


@router.post("/slots/{slot}/wishes", response_model=WishView, status_code=201)
async def wish(ops: Ops, once: Once, slot: str, wanted: MoveRequest) -> Response:
    """Another time or volume, with a reason. Nothing moves: the range decides."""

    async def made() -> Response:
        return as_json(await ops.run(ops.services.wishes.ask, SlotId(slot), wanted, ops.clock(), ops.user), 201)

    return await once(made)
