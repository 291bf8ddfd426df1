"""One's own account: password, where one has signed in, tokens for other systems."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from rangeops.domain.api_tokens import USUAL_DAYS, Scope
from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.domain.permissions_of_roles import roles_of, scopes_of
from rangeops.domain.sessions import Caller
from rangeops.server.operations import Operations
from rangeops.server.portal.pages import page
from rangeops.server.portal.visitor import SEE_OTHER, Form, Ops, Visiting, Visitor
from rangeops.server.problems import STATUS
from rangeops.wire.people import ApiTokenRequest, MadeToken

router = APIRouter()

_HOME = "/account"


@router.get("/account")
async def account(request: Request, ops: Ops, visitor: Visiting, done: str = "") -> Response:
    """done: what the form did that led here."""
    return page(request, visitor, "account.html", **await _shown(ops, visitor, done=done))


@router.post("/account/password")
async def set_password(request: Request, ops: Ops, visitor: Visiting, form: Form) -> Response:
    """All other sessions of his end with it."""
    new, caller = str(form.get("new", "")), caller_of(visitor)
    try:
        if new != str(form.get("again", "")):
            raise Invalid("the two new passwords differ", where="password", do="Type the same twice.")
        await ops.run(
            ops.services.identity.set_password, visitor.actor.name, new, confirm_of(form), ops.clock(), visitor.actor,
            through=caller.session,
        )  # fmt: skip
    except RangeopsError as error:
        return await _again(request, ops, visitor, error, about="password")
    return RedirectResponse(f"{_HOME}?done=password", SEE_OTHER)


@router.post("/account/sessions/end")
async def end_session(request: Request, ops: Ops, visitor: Visiting, form: Form) -> Response:
    """The one that is named, or all but this."""
    sessions, caller = ops.services.sessions, caller_of(visitor)
    try:
        if named := str(form.get("session", "")):
            await ops.run(sessions.end, named, caller, ops.clock())
        else:
            await ops.run(sessions.end_others, caller, ops.clock())
    except RangeopsError as error:
        return await _again(request, ops, visitor, error, about="sessions")
    return RedirectResponse(f"{_HOME}?done=sessions", SEE_OTHER)


@router.post("/account/tokens")
async def make_token(request: Request, ops: Ops, visitor: Visiting, form: Form) -> Response:
    """The answer is the page itself: the token is told this once, and no address leads back to it."""
    scopes = tuple(str(each) for each in form.getlist("scope"))
    days = str(form.get("days", ""))
    try:
        if not days.isascii() or not days.isdigit():
            raise Invalid("that is no number of days", where="an API token", do="Give a whole number.")
        wanted = ApiTokenRequest(str(form.get("name", "")), scopes, int(days[:6]), confirm=confirm_of(form))
        made = await ops.run(ops.services.tokens.make, wanted, ops.clock(), caller_of(visitor))
    except RangeopsError as error:
        typed = {"name": str(form.get("name", "")), "scopes": scopes, "days": days}
        return await _again(request, ops, visitor, error, about="tokens", typed=typed)
    return page(request, visitor, "account.html", **await _shown(ops, visitor, made=made))


@router.post("/account/tokens/{token}/end")
async def end_token(request: Request, ops: Ops, visitor: Visiting, form: Form, token: str) -> Response:  # noqa: ARG001  # checked by being asked for
    try:
        await ops.run(ops.services.tokens.revoke, token, ops.clock(), caller_of(visitor))
    except RangeopsError as error:
        return await _again(request, ops, visitor, error, about="tokens")
    return RedirectResponse(f"{_HOME}?done=tokens", SEE_OTHER)


async def _again(
    request: Request, ops: Operations, visitor: Visitor, error: RangeopsError, *, about: str, **shown: Any
) -> Response:
    """The page with what was wrong beside the form that it was about."""
    facts = await _shown(ops, visitor, trouble=error, about=about, **shown)
    return page(request, visitor, "account.html", STATUS[error.kind], **facts)


async def _shown(
    ops: Operations,
    visitor: Visitor,
    *,
    trouble: RangeopsError | None = None,
    about: str = "",
    done: str = "",
    made: MadeToken | None = None,
    typed: dict[str, Any] | None = None,
) -> dict[str, Any]:
    services, now, caller = ops.services, ops.clock(), caller_of(visitor)
    own = scopes_of(roles_of(visitor.actor))
    return {
        "me": await ops.run(services.sessions.me, caller),
        "factor": await ops.run(services.second_factors.view, caller),
        "sessions": await ops.run(services.sessions.own, caller, now),
        "tokens": await ops.run(services.tokens.all, now, caller),
        "scopes": tuple(scope for scope in Scope if scope in own),
        "usual_days": USUAL_DAYS,
        "typed": typed or {"name": "", "scopes": (), "days": str(USUAL_DAYS)},
        "trouble": trouble,
        "about": about,
        "done": done,
        "made": made,
    }


def caller_of(visitor: Visitor) -> Caller:
    """Through which session he asks: what is about the account is about that, too."""
    assert visitor.caller is not None  # every page here is for who has signed in
    return visitor.caller


def confirm_of(form: FormData) -> str:
    """His password again, as the form has it."""
    return str(form.get("confirm", ""))
