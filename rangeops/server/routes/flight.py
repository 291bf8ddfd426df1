"""What acts on what flies: commands, acknowledgements."""

from fastapi import APIRouter, Response

from rangeops.domain.alarms import Alarm, AlarmId
from rangeops.domain.commands import CommandProgress
from rangeops.server.routes.answers import Ops, as_json
from rangeops.wire.api import CommandRequest

router = APIRouter()


@router.post("/vehicles/{sysid}/commands", response_model=CommandProgress, status_code=202)
async def command(ops: Ops, sysid: int, request: CommandRequest) -> Response:
    """With the watch, and in the record. The feed tells how far it gets."""
    return as_json(await ops.command(sysid, request), 202)


@router.post("/alarms/{alarm:path}/ack", response_model=Alarm)
async def acknowledge(ops: Ops, alarm: str) -> Response:
    return as_json(await ops.acknowledge(AlarmId(alarm)))
