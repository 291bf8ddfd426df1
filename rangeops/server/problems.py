"""Errors as HTTP tells them: RFC 9457 problem+json, one table from Kind to status, never a traceback."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from rangeops.domain.errors import Conflict, Invalid, Kind, RangeopsError, TooLarge
from rangeops.domain.permissions_of_roles import is_member
from rangeops.domain.text import safe_text
from rangeops.server.fair_queue import QueueFull
from rangeops.wire.api import Problem
from rangeops.wire.messages import to_json

STATUS: Final[Mapping[Kind, HTTPStatus]] = {
    Kind.INVALID: HTTPStatus.BAD_REQUEST,
    Kind.REFUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.CODE_WANTED: HTTPStatus.FORBIDDEN,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.DAMAGED: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_KIND_OF: Final[Mapping[int, Kind]] = {
    HTTPStatus.UNAUTHORIZED: Kind.FORBIDDEN,
    HTTPStatus.FORBIDDEN: Kind.FORBIDDEN,
    HTTPStatus.NOT_FOUND: Kind.NOT_FOUND,
    HTTPStatus.INTERNAL_SERVER_ERROR: Kind.DAMAGED,
}
MEDIA_TYPE: Final = "application/problem+json"
_log = structlog.get_logger(__name__)


class PreconditionFailed(Conflict):
    """What is to be changed isn't what the caller's If-Match says."""


class PreconditionRequired(Invalid):
    """Nothing says which version is to be changed."""


_STATUS_OF: Final[Mapping[type[RangeopsError], HTTPStatus]] = {
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    PreconditionRequired: HTTPStatus.PRECONDITION_REQUIRED,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
"""What HTTP alone knows, beside what the kind says."""


def status_of(error: RangeopsError) -> HTTPStatus:
    return _STATUS_OF.get(type(error)) or STATUS[error.kind]


def problem(error: RangeopsError, status: HTTPStatus | None = None) -> Problem:
    status = status or status_of(error)
    return Problem(
        type=f"urn:rangeops:problem:{error.kind.value}",
        title=status.phrase,
        status=status.value,
        detail=safe_text(str(error), limit=2000),
        kind=error.kind.value,
        what=safe_text(error.what, limit=1000),
        where=safe_text(error.where),
        do=safe_text(error.do, limit=1000),
    )


def answer(problem: Problem) -> Response:
    return Response(to_json(problem), status_code=problem.status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Every error of the app becomes a problem."""

    @app.exception_handler(RangeopsError)
    async def ours(request: Request, error: RangeopsError) -> Response:
        told = answer(problem(await as_he_may_read_it(request, error)))
        if isinstance(error, QueueFull):
            told.headers["Retry-After"] = str(error.retry_after_s)
        return told

    @app.exception_handler(RequestValidationError)
    async def not_valid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"] if part not in ("body", "query"))
        what = safe_text(f"{field}: {first['msg']}" if field else first["msg"])
        return answer(problem(Invalid(what, where=_what_was_asked(request), do="Correct the request.")))

    @app.exception_handler(OverflowError)
    async def beyond(request: Request, _: OverflowError) -> Response:
        return answer(problem(beyond_counting(_what_was_asked(request))))

    @app.exception_handler(HTTPException)
    async def by_http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        told = Problem(
            type="about:blank",
            title=status.phrase,
            status=status.value,
            detail=f"{_what_was_asked(request)}: {status.phrase}.",
            kind=_KIND_OF.get(status, Kind.INVALID).value,
            what=status.phrase.lower(),
            where=_what_was_asked(request),
            do="See docs/api.md.",
        )
        return answer(told)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        _log.error("request failed", asked=_what_was_asked(request), exc_info=error)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        where = _what_was_asked(request)
        what, do = "the server made a mistake", "See its log."
        return answer(
            Problem("about:blank", status.phrase, status.value, f"{where}: {what}. {do}", "damaged", what, where, do)
        )


def beyond_counting(where: str) -> Invalid:
    """A time from which it was counted to before year 1 or after year 9999, where Python's times end."""
    return Invalid("a time in it lies too far away to be counted with", where=where, do="Give years of our time.")


async def as_he_may_read_it(request: Request, error: RangeopsError) -> RangeopsError:
    """A refusal names who has what is asked for: a company's member isn't told who of the others."""
    caller = getattr(request.state, "caller", None)
    if caller is None or not is_member(caller.actor):
        return error
    operations = request.app.state.operations
    hidden: RangeopsError = await operations.run(operations.services.sight.error, error, caller.actor)
    return hidden


def _what_was_asked(request: Request) -> str:
    return safe_text(f"{request.method} {request.url.path}")
