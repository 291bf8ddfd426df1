"""Work that takes a while: followed by its number, cancelled, and how a request asks not to wait for it (RFC 7240)."""

import asyncio
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from rangeops.server.operations import Operations
from rangeops.server.routes.answers import Ops, as_json
from rangeops.server.work import Work
from rangeops.wire.work import WorkState, WorkView

router = APIRouter()

ACCEPTED: Final[dict[int | str, dict[str, Any]]] = {202: {"model": WorkView, "description": "It is under way."}}
LONGEST_WAIT_S: Final = 30
_WAIT: Final = re.compile(r"wait\s*=\s*\"?(\d{1,4})\"?")


@router.get("/work", response_model=list[WorkView])
async def own_work(ops: Ops) -> Response:
    """The caller's own, newest first: what waits, what is under way, what ended within ten minutes."""
    return as_json(ops.work.of(ops.user))


@router.get("/work/{work}", response_model=WorkView)
async def one_work(ops: Ops, work: str) -> Response:
    """404 ten minutes after its end."""
    found = ops.work.get(work, ops.user)
    answer = as_json(ops.work.view(found))
    if found.state in (WorkState.WAITING, WorkState.RUNNING):
        answer.headers["Retry-After"] = "1"
    return answer


@router.delete("/work/{work}", response_model=WorkView)
async def cancel_work(ops: Ops, work: str) -> Response:
    """409 where it has ended, or has begun to change something."""
    found = ops.work.get(work, ops.user)
    ops.work.cancel(found)
    await found.finished.wait()
    return as_json(ops.work.view(found))


async def answered(ops: Operations, http: Request, work: Work, render: Callable[[Any], Response]) -> Response:
    """What came of it; 202 with where to follow it, for a request that prefers so. Raises what the work raises.

    A caller who waits and goes away takes with him what he asked for, unless it changes something already: then it is
    answered all the same, for him to ask again under his key.
    """
    wait_s = _may_wait_s(http.headers.getlist("prefer"))
    gone = asyncio.create_task(_gone(http))
    finished = asyncio.create_task(work.finished.wait())
    try:
        await asyncio.wait([finished, gone], timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        if work.finished.is_set():
            return render(work.outcome().value)
        if gone.done() and wait_s is None:
            if work.may_stop:
                ops.work.cancel(work)
                return Response(status_code=HTTPStatus.NO_CONTENT)  # nobody reads it
            await work.finished.wait()
            return render(work.outcome().value)
    finally:
        gone.cancel()
        finished.cancel()
    answer = as_json(ops.work.view(work), HTTPStatus.ACCEPTED)
    answer.headers["Location"] = f"/api/v1/work/{work.id}"
    answer.headers["Preference-Applied"] = "respond-async"
    return answer


def _may_wait_s(preferences: list[str]) -> float | None:
    """None: as long as it takes."""
    wanted = ",".join(preferences).lower()
    if "respond-async" not in re.split(r"[\s,;]+", wanted):
        return None
    found = _WAIT.search(wanted)
    return min(int(found.group(1)), LONGEST_WAIT_S) if found else 0


async def _gone(http: Request) -> None:
    """Until the caller hangs up. Its body has been read by now."""
    while (await http.receive())["type"] != "http.disconnect":
        pass
