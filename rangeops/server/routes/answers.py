"""What every route shares: the operations behind the app, and answers as msgspec encodes them."""

from typing import Annotated, Any

from fastapi import Depends, Response
from starlette.requests import HTTPConnection

from rangeops.domain.sessions import Caller
from rangeops.server.operations import Operations
from rangeops.wire.messages import to_json


def _operations(connection: HTTPConnection) -> Operations:
    """In the name of whoever the guard found to call."""
    operations: Operations = connection.app.state.operations
    return operations.acting_as(connection.state.caller.actor)


def _caller(connection: HTTPConnection) -> Caller:
    caller: Caller = connection.state.caller
    return caller


Ops = Annotated[Operations, Depends(_operations)]
Calling = Annotated[Caller, Depends(_caller)]
"""Through which token: for what is about the session itself."""


def as_json(value: Any, status: int = 200) -> Response:
    """A domain or wire value, encoded once: FastAPI documents its type, and doesn't encode it again."""
    return Response(to_json(value), status_code=status, media_type="application/json")
