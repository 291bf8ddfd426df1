"""Plans: handed in as files, checked, kept."""

from fastapi import APIRouter, Request, Response

from rangeops.server.once import Once
from rangeops.server.paging import Paged
from rangeops.server.preconditions import ReadIf
from rangeops.server.routes.answers import Ops, as_json
from rangeops.server.routes.work import ACCEPTED, answered
from rangeops.server.submitting import hand_in_plan
from rangeops.services.submission import PlanRequest
from rangeops.wire.api import PlanView

router = APIRouter()


@router.get("/plans", response_model=list[PlanView])
async def plans(ops: Ops, paged: Paged) -> Response:
    """Newest first; a company's member is given his company's."""
    return paged.answer(await ops.run(ops.services.sight.plans_page, paged.asked, ops.user))


@router.get("/plans/{plan}", response_model=PlanView)
async def plan(ops: Ops, reading: ReadIf, plan: str) -> Response:
    """A revision is never changed: its ETag is the hash of its file and of the zones that it was checked against."""
    found = await ops.run(ops.services.sight.plan, plan, ops.user)
    return reading.answer(found, f"{found.sha256}-{found.zones_sha256[:16]}")


@router.post("/plans", response_model=PlanView, status_code=201, responses=ACCEPTED)
async def submit(
    ops: Ops,
    once: Once,
    http: Request,
    *,
    file_name: str,
    name: str,
    company: str,
    volume: str,
    airframe: str,
    slot: str = "",
) -> Response:
    """The body is the file itself. The answer carries the verdict: a refused plan is stored, too. slot: that it is for.

    With `Prefer: respond-async` it is 202 with where to follow it. 503 with Retry-After where too many wait.
    """

    async def made() -> Response:
        request = PlanRequest(await http.body(), file_name, name, company, volume, airframe, slot)
        return await answered(ops, http, hand_in_plan(ops, request), lambda plan: as_json(plan, 201))

    return await once(made)
