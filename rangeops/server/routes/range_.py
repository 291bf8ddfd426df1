"""The range itself: status, map, links, log, head of the record."""

from fastapi import APIRouter, Response

from rangeops import __version__
from rangeops.server.once import Once
from rangeops.server.paging import PagedLog
from rangeops.server.routes.answers import Ops, as_json
from rangeops.services.views import range_view
from rangeops.wire.api import AuditHead, LinkRequest, RangeView, Status
from rangeops.wire.picture import LinkView, LogLine

router = APIRouter()


@router.get("/health")
async def health() -> Response:
    """Alive: the event loop turns. Says nothing else, so it asks for no token."""
    return as_json({"alive": True})


@router.get("/status", response_model=Status)
async def status(ops: Ops) -> Response:
    now = ops.clock()
    head = await ops.run(ops.services.audit_head)
    picture = ops.live.picture(now)
    return as_json(
        Status(
            version=__version__,
            range_id=picture.range_id,
            simulation=picture.simulation,
            enforcement=picture.enforcement,
            watch_age_s=picture.watch_age_s,
            utc=now.utc,
            audit_seq=head.seq,
            audit_head=head.hash,
            user=ops.user.name,
        )
    )


@router.get("/range", response_model=RangeView)
async def the_range(ops: Ops) -> Response:
    return as_json(range_view(ops.services.definition))


@router.get("/links", response_model=list[LinkView])
async def links(ops: Ops) -> Response:
    uris = await ops.run(ops.services.links.all)
    return as_json(ops.live.links(uris, ops.clock()))


@router.post("/links", response_model=LinkView, status_code=201)
async def add_link(ops: Ops, once: Once, request: LinkRequest) -> Response:

    async def made() -> Response:
        now = ops.clock()
        await ops.run(ops.services.links.add, request.uri, now, ops.user)
        return as_json(ops.live.links((request.uri,), now)[0], 201)

    return await once(made)


@router.delete("/links", status_code=204)
async def remove_link(ops: Ops, uri: str) -> Response:
    await ops.run(ops.services.links.remove, uri, ops.clock(), ops.user)
    return Response(status_code=204)


@router.get("/log", response_model=list[LogLine])
async def log(ops: Ops, paged: PagedLog) -> Response:
    """The newest lines, oldest first; the next page has those before them."""
    return paged.answer(await ops.run(ops.services.log_page, paged.asked))


@router.get("/audit/head", response_model=AuditHead)
async def audit_head(ops: Ops) -> Response:
    return as_json(await ops.run(ops.services.audit_head))
