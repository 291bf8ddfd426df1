"""Reports: of which revision one is; the range's day and month."""

from fastapi import APIRouter, Response

from rangeops.server.routes.answers import Ops, as_json
from rangeops.wire.reports import CodeView

router = APIRouter()


@router.get("/reports/codes/{code}", response_model=CodeView)
async def report_of_code(ops: Ops, code: str) -> Response:
    """Of which revision of which incident a report's verification code is."""
    return as_json(await ops.run(ops.services.reporting.find, code))
