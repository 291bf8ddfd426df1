"""For whoever operates the server: is it ready, and its figures."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from rangeops.server.metrics import MEDIA_TYPE
from rangeops.server.routes.answers import Ops, as_json
from rangeops.wire.readiness import ReadyView

router = APIRouter()


@router.get("/ready", response_model=ReadyView, responses={503: {"model": ReadyView}})
async def ready(request: Request) -> Response:
    """Store reachable, every watch heard, record writable: 503 says which isn't. Asks for no token, and names nothing."""
    view = await request.app.state.readiness.look()
    answer = as_json(view, HTTPStatus.OK if view.ready else HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(ops: Ops, request: Request) -> Response:
    """In Prometheus's text format, for a token that may see the range."""
    return Response(await ops.run(request.app.state.metrics.text), media_type=MEDIA_TYPE)
