"""What acts on what flies: commands, and what is read from vehicles."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from rangeops.domain.commands import CommandProgress
from rangeops.server import aboard
from rangeops.server.routes.answers import Ops, as_json
from rangeops.wire.api import CommandRequest, ParametersView

router = APIRouter()


@router.post("/vehicles/{sysid}/commands", response_model=CommandProgress, status_code=202)
async def command(ops: Ops, sysid: int, request: CommandRequest) -> Response:
    """With the watch, and in the record. The feed tells how far it gets."""
    return as_json(await ops.command(sysid, request), 202)


@router.get("/vehicles/{sysid}/parameters", response_model=ParametersView)
async def parameters(ops: Ops, sysid: int, name: Annotated[list[str] | None, Query()] = None) -> Response:
    """Parameters by name, from the watch's cache where it has them; without names the whole table, read now."""
    return as_json(await aboard.parameters(ops, sysid, tuple(name or ())))
