"""What control rooms showed: told by them, read for a replay."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from rangeops.server.routes.answers import Calling, Moment, Ops, as_json
from rangeops.wire.screens import ScreenReport, ScreensView

router = APIRouter()


@router.post("/screens", status_code=204)
async def report(ops: Ops, caller: Calling, told: ScreenReport) -> Response:
    """A room tells what it shows; its session goes on."""
    await ops.run(ops.services.sessions.prolong, caller, ops.clock())
    await ops.run(ops.services.screens.take, told, ops.clock(), ops.user)
    return Response(status_code=204)


@router.get("/screens/views", response_model=ScreensView)
async def views(
    ops: Ops, starts: Annotated[Moment, Query(alias="from")], ends: Annotated[Moment, Query(alias="to")]
) -> Response:
    """What every room showed between two times, and when each alarm stood on it."""
    return as_json(await ops.run(ops.services.screens.between, starts, ends))
