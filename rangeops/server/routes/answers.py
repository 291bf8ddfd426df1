"""What every route shares: the operations behind the app, and answers as msgspec encodes them."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Response
from pydantic import AfterValidator
from starlette.requests import HTTPConnection

from rangeops.domain.now import can_be_counted
from rangeops.domain.sessions import Caller
from rangeops.server.operations import Operations
from rangeops.server.sight import in_sight
from rangeops.wire.messages import to_json
from rangeops.wire.reports import ReportForm

REPORT_HEADERS: Final = {
    # A report is one file that loads nothing and runs nothing: so may the browser hold it to that.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    "X-Content-Type-Options": "nosniff",
}
MEDIA_TYPES: Final = {ReportForm.HTML: "text/html; charset=utf-8", ReportForm.PDF: "application/pdf"}


async def _operations(connection: HTTPConnection) -> Operations:
    """In the name of whoever the guard found to call, where what he asks for is his to see."""
    operations: Operations = connection.app.state.operations
    acting = operations.acting_as(connection.state.caller.actor)
    await in_sight(connection, acting)
    return acting


def _caller(connection: HTTPConnection) -> Caller:
    caller: Caller = connection.state.caller
    return caller


def _counted(moment: datetime) -> datetime:
    if not can_be_counted(moment):
        raise ValueError("it has no zone, or a year that isn't counted with")
    return moment


Moment = Annotated[datetime, AfterValidator(_counted)]
MaybeMoment = Annotated[Moment | None, Query(description="RFC 3339, with a zone")]
Ops = Annotated[Operations, Depends(_operations)]
Calling = Annotated[Caller, Depends(_caller)]
"""Through which token: for what is about the session itself."""


def as_json(value: Any, status: int = 200) -> Response:
    """A domain or wire value, encoded once: FastAPI documents its type, and doesn't encode it again."""
    return Response(to_json(value), status_code=status, media_type="application/json")
