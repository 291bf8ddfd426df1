"""The start page: where each kind of visitor begins."""

from fastapi import APIRouter, Request, Response

from rangeops.server.portal.pages import page
from rangeops.server.portal.visitor import Visiting

router = APIRouter()


@router.get("/")
async def start(request: Request, visitor: Visiting) -> Response:
    return page(request, visitor, "start.html")
