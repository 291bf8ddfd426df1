"""Alarms: what stands, what is done to it, what there was, and how the alarm system does."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from rangeops.domain.alarm_figures import STANDING_H, AlarmFigures
from rangeops.domain.alarms import Alarm, AlarmId, DeedKind
from rangeops.server import alarms
from rangeops.server.paging import Paged
from rangeops.server.routes.answers import MaybeMoment, Ops, as_json
from rangeops.wire.alarms import AlarmDeedRequest, OutOfServiceRequest

router = APIRouter()


@router.get("/alarms", response_model=list[Alarm])
async def standing(ops: Ops) -> Response:
    """Every alarm that isn't normal, worst first; those that are shelved, suppressed or out of service too."""
    return as_json(alarms.standing(ops))


@router.get("/alarms/history", response_model=list[Alarm])
async def history(ops: Ops, paged: Paged, since: MaybeMoment = None, until: MaybeMoment = None) -> Response:
    """Alarms that were raised in this time, newest first; without words the last day's."""
    return paged.answer(await alarms.history(ops, since, until, paged.asked))


@router.get("/alarms/figures", response_model=AlarmFigures)
async def figures(
    ops: Ops,
    since: MaybeMoment = None,
    until: MaybeMoment = None,
    standing_h: Annotated[float, Query(gt=0, le=744)] = STANDING_H,
) -> Response:
    """The figures of EEMUA 191 and ISA-18.2; without words of the last day."""
    return as_json(await alarms.figures(ops, since, until, standing_h))


@router.post("/alarms/out-of-service", response_model=Alarm | None)
async def out_of_service(ops: Ops, request: OutOfServiceRequest) -> Response:
    """Of a condition at a source, standing or not."""
    return as_json(await alarms.take_out(ops, request))


@router.post("/alarms/{alarm:path}/ack", response_model=Alarm)
async def acknowledge(ops: Ops, alarm: str) -> Response:
    return as_json(await alarms.do(ops, AlarmId(alarm), AlarmDeedRequest(DeedKind.ACKNOWLEDGE.value)))


@router.post("/alarms/{alarm:path}/deeds", response_model=Alarm)
async def do(ops: Ops, alarm: str, request: AlarmDeedRequest) -> Response:
    """Acknowledge, reset, shelve, unshelve, out-of-service, back-in-service or note."""
    return as_json(await alarms.do(ops, AlarmId(alarm), request))
