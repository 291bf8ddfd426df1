"""For who has a code and no account, or an account and no password: invitations and forgotten passwords."""

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.domain.text import safe_text
from rangeops.server.operations import Operations
from rangeops.server.origins import open_origin
from rangeops.server.portal.pages import page
from rangeops.server.portal.visitor import SEE_OTHER, OpenForm, Visiting
from rangeops.server.problems import STATUS
from rangeops.wire.people import AcceptRequest, InvitationView, ResetRequest

router = APIRouter()


@router.get("/invitation")
async def invitation_page(request: Request, visitor: Visiting) -> Response:
    """The code is typed or pasted: in an address it would stay in histories and logs."""
    return page(request, visitor, "invitation.html", code="", invited=None, name="", trouble=None)


@router.post("/invitation")
async def look(request: Request, visitor: Visiting, form: OpenForm) -> Response:
    """Whom it invites as what, and the form to become that; with a name and a password, that is done."""
    operations: Operations = request.app.state.operations
    invitations, origin = operations.services.invitations, open_origin(request)
    code, name, password = (str(form.get(each, "")) for each in ("code", "name", "password"))
    invited: InvitationView | None = None
    try:
        invited = await operations.run(invitations.look, code, operations.clock(), origin)
        if "name" not in form:
            return page(request, visitor, "invitation.html", code=code, invited=invited, name="", trouble=None)
        _same(password, str(form.get("again", "")))
        wanted = AcceptRequest(code, name, password)
        await operations.run(invitations.accept, wanted, operations.clock(), origin)
    except RangeopsError as error:
        return page(
            request, visitor, "invitation.html", STATUS[error.kind], code=safe_text(code, limit=100), invited=invited,
            name=safe_text(name, limit=40), trouble=error,
        )  # fmt: skip
    return RedirectResponse("/sign-in?done=invitation", SEE_OTHER)


@router.get("/forgotten")
async def forgotten_page(request: Request, visitor: Visiting) -> Response:
    return page(request, visitor, "forgotten.html", asked=False, trouble=None)


@router.post("/forgotten")
async def forgotten(request: Request, visitor: Visiting, form: OpenForm) -> Response:
    """The same answer whoever is asked about, and whether or not there is such a person."""
    operations: Operations = request.app.state.operations
    try:
        name = str(form.get("name", ""))
        await operations.run(operations.services.recovery.ask, name, operations.clock(), open_origin(request))
    except RangeopsError as error:
        return page(request, visitor, "forgotten.html", STATUS[error.kind], asked=False, trouble=error)
    return page(request, visitor, "forgotten.html", asked=True, trouble=None)


@router.get("/reset")
async def reset_page(request: Request, visitor: Visiting) -> Response:
    return page(request, visitor, "reset.html", trouble=None)


@router.post("/reset")
async def reset(request: Request, visitor: Visiting, form: OpenForm) -> Response:
    operations: Operations = request.app.state.operations
    code, password = str(form.get("code", "")), str(form.get("password", ""))
    try:
        _same(password, str(form.get("again", "")))
        wanted = ResetRequest(code, password)
        await operations.run(operations.services.recovery.use, wanted, operations.clock(), open_origin(request))
    except RangeopsError as error:
        return page(request, visitor, "reset.html", STATUS[error.kind], trouble=error)
    return RedirectResponse("/sign-in?done=reset", SEE_OTHER)


def _same(password: str, again: str) -> None:
    """Raises Invalid."""
    if password != again:
        raise Invalid("the two passwords differ", where="password", do="Type the same twice.")
