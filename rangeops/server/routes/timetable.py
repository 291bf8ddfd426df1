"""Timetables: solved in another process, looked at, accepted."""

from fastapi import APIRouter, Response

from rangeops.domain.errors import Unavailable
from rangeops.domain.slots import Slot
from rangeops.domain.timetable import Solution
from rangeops.domain.timetable_greedy import greedy_solution
from rangeops.server.operations import Operations
from rangeops.server.routes.answers import Ops, as_json
from rangeops.services.timetable import SolveTask
from rangeops.wire.timetable import AcceptRequest, ProposalView, TimetableRequest

router = APIRouter()


@router.post("/timetable", response_model=ProposalView)
async def solve(ops: Ops, request: TimetableRequest) -> Response:
    """A proposal for the slots of some days. Nothing is changed; it replaces the proposal before it."""
    asked = await ops.run(ops.services.timetable.ask, request, ops.clock(), ops.user)
    solution = await _solved(ops, asked.task)
    return as_json(await ops.run(ops.services.timetable.propose, asked, solution, ops.clock()))


@router.get("/timetable", response_model=ProposalView)
async def latest(ops: Ops) -> Response:
    return as_json(await ops.run(ops.services.timetable.latest))


@router.post("/timetable/accept", response_model=list[Slot])
async def accept(ops: Ops, request: AcceptRequest) -> Response:
    """All of the proposal that is named, or 409 and nothing of it."""
    return as_json(await ops.run(ops.services.timetable.accept, request, ops.clock(), ops.user))


async def _solved(ops: Operations, task: SolveTask) -> Solution:
    """First come, first served where the solver's process died or hung."""
    try:
        return await ops.compute(ops.services.solve_timetable, task)
    except Unavailable as error:
        return await ops.run(greedy_solution, task.timetable, f"first come, first served ({error.what})")
