"""The hand-over page, read and printed; its notes."""

from fastapi import APIRouter, Response

from rangeops.server.once import Once
from rangeops.server.operations import Operations
from rangeops.server.routes.answers import Ops, as_json
from rangeops.wire.handover import HandoverView, NoteRequest, NoteView

router = APIRouter()


@router.get("/handover", response_model=HandoverView)
async def handover(ops: Ops) -> Response:
    """What whoever takes over must know, of this moment."""
    return as_json(await _page(ops))


@router.get("/handover.pdf")
async def printed(ops: Ops) -> Response:
    """The same page as PDF. 503 where the library that prints isn't installed."""
    content = await ops.compute(ops.services.print_handover, await _page(ops))
    return Response(content, media_type="application/pdf")


@router.post("/handover/notes", response_model=NoteView, status_code=201)
async def note(ops: Ops, once: Once, request: NoteRequest) -> Response:

    async def made() -> Response:
        return as_json(await ops.run(ops.services.handover.note, request.text, ops.clock(), ops.user), 201)

    return await once(made)


@router.post("/handover/notes/{number}/done", response_model=NoteView)
async def done(ops: Ops, number: int) -> Response:
    return as_json(await ops.run(ops.services.handover.done, number, ops.clock(), ops.user))


async def _page(ops: Operations) -> HandoverView:
    """The picture is taken on the loop that writes it; everything else comes from the store."""
    now = ops.clock()
    return await ops.run(ops.services.handover.view, ops.live.picture(now), now, ops.user)
