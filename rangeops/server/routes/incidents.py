"""Incidents and their reports."""

from fastapi import APIRouter, Response

from rangeops.server.routes.answers import Ops, as_json
from rangeops.wire.api import IncidentView, ReportView

router = APIRouter()

_REPORT_HEADERS = {
    # The report is one file that loads nothing and runs nothing: so may the browser hold it to that.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/incidents", response_model=list[IncidentView])
async def incidents(ops: Ops) -> Response:
    """Newest first, without their timelines."""
    return as_json(await ops.run(ops.services.incidents.all))


@router.get("/incidents/{incident}", response_model=IncidentView)
async def one_incident(ops: Ops, incident: str) -> Response:
    return as_json(await ops.run(ops.services.incidents.get, incident))


@router.post("/incidents/{incident}/report", response_model=ReportView, status_code=201)
async def write_report(ops: Ops, incident: str) -> Response:
    return as_json(await ops.run(ops.services.reporting.write, incident, ops.clock(), ops.user), 201)


@router.get("/incidents/{incident}/report")
async def report(ops: Ops, incident: str) -> Response:
    """The report as it was last written."""
    html = await ops.run(ops.services.reporting.read, incident)
    return Response(html, media_type="text/html; charset=utf-8", headers=_REPORT_HEADERS)
