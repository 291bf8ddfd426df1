"""The portal's own application, mounted beside the API: pages in, pages out, every error a page."""

from http import HTTPStatus
from typing import Final

import structlog
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Mount

from rangeops.domain.errors import Invalid, Kind, RangeopsError
from rangeops.domain.text import safe_text
from rangeops.server.operations import Operations
from rangeops.server.portal import static
from rangeops.server.portal.pages import page
from rangeops.server.portal.routes import (
    account,
    company_pages,
    entry,
    maps,
    people,
    range_pages,
    second_factor,
    start,
    welcome,
)
from rangeops.server.portal.visitor import (
    ENROLLING,
    SEE_OTHER,
    MustEnrol,
    MustSignIn,
    signed_in,
    to_sign_in,
    visitor_of,
)
from rangeops.server.problems import STATUS, as_he_may_read_it, beyond_counting, status_of

OPEN_ROUTERS: Final = (entry.router, welcome.router)
"""Pages that nobody has to be signed in for."""

ROUTERS: Final = (
    start.router,
    maps.router,
    account.router,
    second_factor.router,
    people.router,
    *company_pages.ROUTERS,
    *range_pages.ROUTERS,
)
"""Pages of whoever is signed in; each says itself what his role must be."""

_log = structlog.get_logger(__name__)


def create_portal(operations: Operations, *, tiles: str = "") -> FastAPI:
    """tiles: URL template of a map-tile server (`https://…/{z}/{x}/{y}.png`), "" for maps of our own layers alone."""
    portal = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    portal.state.operations = operations
    portal.state.tiles = tiles
    for router in OPEN_ROUTERS:
        portal.include_router(router)
    for router in ROUTERS:
        portal.include_router(router, dependencies=[Depends(signed_in)])
    portal.router.routes.append(Mount("/static", static.files(), name="static"))
    _show_errors(portal)
    return portal


def _show_errors(portal: FastAPI) -> None:
    @portal.exception_handler(MustSignIn)
    async def nobody(request: Request, _: MustSignIn) -> Response:
        return to_sign_in(request)

    @portal.exception_handler(MustEnrol)
    async def not_yet(_: Request, __: MustEnrol) -> Response:
        return RedirectResponse(ENROLLING, SEE_OTHER)

    @portal.exception_handler(RangeopsError)
    async def ours(request: Request, error: RangeopsError) -> Response:
        told = await as_he_may_read_it(request, error)
        return await _problem_page(request, status_of(error), told.what, told.do)

    @portal.exception_handler(RequestValidationError)
    async def not_valid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
        wrong = Invalid(f"{field}: {first['msg']}", where=request.url.path, do="Go back and correct it.")
        return await _problem_page(request, HTTPStatus.BAD_REQUEST, wrong.what, wrong.do)

    @portal.exception_handler(OverflowError)
    async def beyond(request: Request, _: OverflowError) -> Response:
        wrong = beyond_counting(request.url.path)
        return await _problem_page(request, HTTPStatus.BAD_REQUEST, wrong.what, wrong.do)

    @portal.exception_handler(HTTPException)
    async def by_http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        what = "there is no such page" if status is HTTPStatus.NOT_FOUND else status.phrase.lower()
        return await _problem_page(request, status, what, "Go to the start page.")

    @portal.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        _log.error("page failed", asked=safe_text(f"{request.method} {request.url.path}"), exc_info=error)
        return await _problem_page(
            request, STATUS[Kind.DAMAGED], "the server made a mistake", "Try again; the range can read its log."
        )


async def _problem_page(request: Request, status: HTTPStatus, what: str, do: str) -> Response:
    """What, and what to do; where is the address that the visitor sees himself."""
    return page(
        request,
        visitor_of(request),
        "problem.html",
        status,
        what=safe_text(what, limit=1000),
        do=safe_text(do, limit=1000),
    )
