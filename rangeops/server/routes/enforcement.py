"""What people do about enforcement: hold it back, let a pilot fly, clear a sector, log a call, judge it afterwards."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from rangeops.server import enforcing
from rangeops.server.once import Once
from rangeops.server.paging import Paged
from rangeops.server.routes.answers import Ops, as_json
from rangeops.services.paging import cut
from rangeops.wire.enforcement import (
    CallRequest,
    CallView,
    EpisodeAsk,
    JudgeRequest,
    ReasonRequest,
    ReviewsView,
    ReviewView,
    SectorCleared,
    SectorRequest,
    SectorView,
    WayHomeView,
)

router = APIRouter()


@router.post("/vehicles/{sysid}/inhibit", status_code=204)
async def inhibit(ops: Ops, sysid: int, request: ReasonRequest) -> Response:
    """Hold back what the range would send next, for 10 s at most."""
    await enforcing.ask(ops, sysid, EpisodeAsk.INHIBIT, request)
    return Response(status_code=204)


@router.post("/vehicles/{sysid}/let-fly", status_code=204)
async def let_fly(ops: Ops, sysid: int, request: ReasonRequest) -> Response:
    """Leave a vehicle to the pilot who took it over from the range."""
    await enforcing.ask(ops, sysid, EpisodeAsk.LET_FLY, request)
    return Response(status_code=204)


@router.get("/vehicles/{sysid}/way-home", response_model=WayHomeView)
async def way_home(ops: Ops, sysid: int) -> Response:
    """What its return to launch would cross now, and what return and landing would leave in the battery."""
    return as_json(await enforcing.way_home(ops, sysid))


@router.get("/sectors/{name}", response_model=SectorView)
async def sector(ops: Ops, name: str) -> Response:
    """Whom clearing it would reach now."""
    return as_json(await enforcing.sector(ops, name))


@router.post("/sectors/{name}/clear", response_model=SectorCleared, status_code=202)
async def clear_sector(ops: Ops, name: str, request: SectorRequest) -> Response:
    """Hold or return all of a sector, as one act. The feed tells how far each gets: their orders carry the act's id."""
    return as_json(await enforcing.clear_sector(ops, name, request), 202)


@router.post("/calls", response_model=CallView, status_code=201)
async def log_call(ops: Ops, once: Once, request: CallRequest) -> Response:

    async def made() -> Response:
        return as_json(await ops.run(ops.services.calls.log, request, ops.clock(), ops.user), 201)

    return await once(made)


@router.get("/calls", response_model=list[CallView])
async def calls(ops: Ops, paged: Paged, hours: Annotated[int, Query(ge=1, le=744)] = 24) -> Response:
    """Newest first."""
    made = await ops.run(ops.services.calls.made, timedelta(hours=hours), ops.clock())
    return paged.answer(cut(made, paged.asked, "calls", lambda call: (call.evidence,), (int,), newest_first=True))


@router.get("/reviews", response_model=ReviewsView)
async def reviews(ops: Ops, paged: Paged) -> Response:
    """What the range did by itself, newest first, and how it was judged: a page of the items, the counts of all."""
    view = await ops.run(ops.services.reviews.all, ops.clock())
    page = cut(view.items, paged.asked, "reviews", lambda item: (item.evidence[0],), (int,), newest_first=True)
    return paged.answer(page, replace(view, items=page.items))


@router.post("/reviews/{item}", response_model=ReviewView)
async def judge(ops: Ops, item: str, request: JudgeRequest) -> Response:
    return as_json(await ops.run(ops.services.reviews.judge, item, request, ops.clock(), ops.user))
