"""Timetables: solved in another process, looked at, accepted."""

from fastapi import APIRouter, Request, Response

from rangeops.domain.slots import Slot
from rangeops.server.routes.answers import Ops, as_json
from rangeops.server.routes.work import ACCEPTED, answered
from rangeops.server.submitting import solve_timetable
from rangeops.wire.timetable import AcceptRequest, ProposalView, TimetableRequest

router = APIRouter()


@router.post("/timetable", response_model=ProposalView, responses=ACCEPTED)
async def solve(ops: Ops, http: Request, request: TimetableRequest) -> Response:
    """A proposal for the slots of some days. Nothing is changed; it replaces the proposal before it.

    With `Prefer: respond-async` it is 202 with where to follow it.
    """
    return await answered(ops, http, solve_timetable(ops, request), as_json)


@router.get("/timetable", response_model=ProposalView)
async def latest(ops: Ops) -> Response:
    return as_json(await ops.run(ops.services.timetable.latest))


@router.post("/timetable/accept", response_model=list[Slot])
async def accept(ops: Ops, request: AcceptRequest) -> Response:
    """All of the proposal that is named, or 409 and nothing of it."""
    return as_json(await ops.run(ops.services.timetable.accept, request, ops.clock(), ops.user))
