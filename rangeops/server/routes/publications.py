"""What other systems subscribe to: the range's zones, and where everybody is just now."""

from fastapi import APIRouter, Request, Response

from rangeops.server.operations import Operations
from rangeops.server.positions import MEDIA_TYPE, positions
from rangeops.server.routes.answers import Ops
from rangeops.server.zone_publication import MEDIA_TYPES
from rangeops.wire.messages import to_json

router = APIRouter()


@router.get("/zones/ed318", responses={200: {"content": {MEDIA_TYPES["ed318"]: {}}}, 304: {}}, response_class=Response)
async def zones_ed318(request: Request) -> Response:
    """The zones in force as ED-318, for everybody. Ask with If-None-Match: 304 while they are the same."""
    return await _zones(request, "ed318")


@router.get("/zones/ed269", responses={200: {"content": {MEDIA_TYPES["ed269"]: {}}}, 304: {}}, response_class=Response)
async def zones_ed269(request: Request) -> Response:
    """The same as ED-269; 400 where a zone needs ED-318."""
    return await _zones(request, "ed269")


@router.head("/zones/ed318", include_in_schema=False)
@router.head("/zones/ed269", include_in_schema=False)
async def zones_head(request: Request) -> Response:
    return await _zones(request, request.url.path.rpartition("/")[2])


async def _zones(request: Request, form: str) -> Response:
    operations: Operations = request.app.state.operations  # nobody's: zones are public
    kept = await operations.run(operations.zones.get, form)
    return kept.answer(request.headers)


@router.get("/positions.geojson", responses={200: {"content": {MEDIA_TYPE: {}}}}, response_class=Response)
async def live_positions(ops: Ops) -> Response:
    """Vehicles and other aircraft; without geometry where the position isn't known. A company's member sees his own."""
    picture = ops.services.sight.picture(ops.live.picture(ops.clock()), ops.user)
    return Response(to_json(positions(picture)), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
