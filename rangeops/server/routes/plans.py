"""Plans: handed in as files, checked, kept."""

from fastapi import APIRouter, Request, Response

from rangeops.server.paging import Paged
from rangeops.server.routes.answers import Ops, as_json
from rangeops.services.submission import PlanRequest
from rangeops.wire.api import PlanView

router = APIRouter()


@router.get("/plans", response_model=list[PlanView])
async def plans(ops: Ops, paged: Paged) -> Response:
    """Newest first; a company's member is given his company's."""
    return paged.answer(await ops.run(ops.services.sight.plans_page, paged.asked, ops.user))


@router.get("/plans/{plan}", response_model=PlanView)
async def plan(ops: Ops, plan: str) -> Response:
    return as_json(await ops.run(ops.services.sight.plan, plan, ops.user))


@router.post("/plans", response_model=PlanView, status_code=201)
async def submit(
    ops: Ops, http: Request, *, file_name: str, name: str, company: str, volume: str, airframe: str, slot: str = ""
) -> Response:
    """The body is the file itself. The answer carries the verdict: a refused plan is stored, too. slot: that it is for."""
    request = PlanRequest(await http.body(), file_name, name, company, volume, airframe, slot)
    submission = ops.services.submission
    file = await ops.run(submission.prepare, request, ops.user)
    checked = await ops.compute(ops.services.check_plan, file)
    return as_json(await ops.run(submission.store, request, checked, ops.clock(), ops.user), 201)
