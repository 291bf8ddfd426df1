"""Who is on duty."""

from fastapi import APIRouter, Response

from rangeops.server.routes.answers import Ops, as_json
from rangeops.wire.duty import DutyRequest, DutyView

router = APIRouter()


@router.get("/duty", response_model=list[DutyView])
async def duty(ops: Ops) -> Response:
    """Every position, held or not."""
    return as_json(await ops.run(ops.services.duty.all))


@router.post("/duty/{position}", response_model=DutyView)
async def take(ops: Ops, position: str, request: DutyRequest) -> Response:
    """The caller is on duty from now on; from another he takes over, with the hand-over page acknowledged."""
    return as_json(await ops.run(ops.services.duty.take, position, request, ops.clock(), ops.user))


@router.post("/duty/{position}/leave", response_model=DutyView)
async def leave(ops: Ops, position: str, request: DutyRequest) -> Response:
    """Nobody is on duty in it from now on."""
    return as_json(await ops.run(ops.services.duty.leave, position, request, ops.clock(), ops.user))
