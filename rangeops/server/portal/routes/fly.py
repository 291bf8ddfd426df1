"""The pilot's page on his phone while he flies, for his company and the range."""

from fastapi import APIRouter, Request, Response

from rangeops.domain.slots import Slot, SlotId
from rangeops.server.operations import Operations
from rangeops.server.portal.company_people import lack_of
from rangeops.server.portal.pages import page
from rangeops.server.portal.visitor import Ops, Visiting
from rangeops.wire.pilot import PilotView

router = APIRouter()


@router.get("/fly/{slot}")
async def fly(request: Request, ops: Ops, visitor: Visiting, slot: str, part: bool = False) -> Response:  # noqa: FBT001, FBT002  # the query's
    """The whole page, or what moves on it. 404 for a slot of another company's."""
    found = await ops.run(ops.services.sight.slot, SlotId(slot), ops.user)
    view = await ops.run(_view, ops, found)
    lacks = [lack_of(item, found.id, found.company) for item in view.lacking]
    template = "fly_part.html" if part else "fly.html"
    return page(request, visitor, template, slot=found, view=view, lacks=lacks)


def _view(ops: Operations, slot: Slot) -> PilotView:
    now = ops.clock()
    picture = ops.services.sight.picture(ops.live.picture(now), ops.user)
    return ops.services.pilots.view(slot, picture, now, ops.user)
