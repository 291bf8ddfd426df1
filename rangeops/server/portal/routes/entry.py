"""Coming in and going out; language and colours, which are kept in the browser alone."""

from importlib.resources import files

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from rangeops.domain.errors import RangeopsError, Refused
from rangeops.domain.text import safe_text
from rangeops.server import signing_in
from rangeops.server.credentials import cookie_name, forget_session, set_session
from rangeops.server.operations import Operations
from rangeops.server.origins import keep_device, page_origin
from rangeops.server.portal.language import COOKIE, LANGUAGES
from rangeops.server.portal.pages import page
from rangeops.server.portal.visitor import SEE_OTHER, THEME_COOKIE, THEMES, Form, OpenForm, Visiting, local_path
from rangeops.server.problems import STATUS
from rangeops.wire.duty import SignIn

router = APIRouter()

_ROOM = "portal"
_ONE_YEAR_S = 365 * 86_400


@router.get("/check.py")
async def evidence_check() -> Response:
    """Send the script that verifies an evidence bundle: a person who was given one has no account here."""
    script = files("rangeops.adapters").joinpath("check.py").read_bytes()
    return Response(script, media_type="text/x-python", headers={"X-Content-Type-Options": "nosniff"})


@router.get("/sign-in")
async def sign_in_page(request: Request, visitor: Visiting, next: str = "/", done: str = "") -> Response:  # noqa: A002  # the query's names
    if visitor.caller is not None:
        return RedirectResponse(local_path(next), SEE_OTHER)
    return page(request, visitor, "sign_in.html", next=local_path(next), name="", done=done, trouble=None)


@router.post("/sign-in")
async def sign_in(request: Request, visitor: Visiting, form: OpenForm) -> Response:
    """A session of its own each time: one that was there before ends, so that none can be foisted on anybody."""
    name, after = str(form.get("name", "")), local_path(str(form.get("next", "/")))
    operations: Operations = request.app.state.operations
    try:
        if cookie_name(request.scope) is None:
            raise Refused(
                "signing in from another machine needs TLS",
                where="sign in",
                do="Use the https address; the range sets it up (docs/deployment.md).",
            )
        wanted = SignIn(name, str(form.get("password", "")), _ROOM, code=str(form.get("code", "")))
        session = await signing_in.sign_in(operations, wanted, page_origin(request))
    except RangeopsError as error:
        shown = safe_text(name, limit=40)
        return page(
            request, visitor, "sign_in.html", STATUS[error.kind], next=after, name=shown, done="", trouble=error
        )
    response = RedirectResponse(after, SEE_OTHER)
    set_session(response, request.scope, session.token)
    keep_device(response, request, session.device)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, visitor: Visiting, form: Form) -> Response:  # noqa: ARG001  # checked by being asked for
    operations: Operations = request.app.state.operations
    if visitor.caller is not None and visitor.caller.session:
        await operations.run(operations.services.sessions.sign_out, visitor.caller, operations.clock())
    response = RedirectResponse("/sign-in", SEE_OTHER)
    forget_session(response, request.scope)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@router.post("/appearance")
async def appearance(request: Request, form: OpenForm) -> Response:
    """Language and theme, for this browser; back to the page that asked."""
    response = RedirectResponse(local_path(str(form.get("next", "/"))), SEE_OTHER)
    for cookie, known in ((COOKIE, LANGUAGES), (THEME_COOKIE, THEMES)):
        if (wanted := str(form.get(cookie, ""))) in known:
            response.set_cookie(
                cookie, wanted, max_age=_ONE_YEAR_S, secure=request.url.scheme == "https", httponly=True, samesite="lax"
            )
    return response
