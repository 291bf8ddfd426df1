"""The start page: where each kind of visitor begins."""

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from rangeops.domain.permissions_of_roles import Act, is_member
from rangeops.server.portal.pages import page
from rangeops.server.portal.visitor import SEE_OTHER, Visiting

router = APIRouter()


@router.get("/")
async def start(request: Request, visitor: Visiting) -> Response:
    if is_member(visitor.actor):
        return RedirectResponse("/company", SEE_OTHER)
    if visitor.may(Act.SEE_RANGE):
        return RedirectResponse("/range", SEE_OTHER)
    return page(request, visitor, "start.html")
