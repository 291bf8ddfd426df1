"""One's own second factor, step by step: begun, confirmed by a first code, its recovery codes told once."""

from typing import Any

from fastapi import APIRouter, Request, Response
from markupsafe import Markup
from starlette.responses import RedirectResponse

from rangeops.domain.errors import RangeopsError
from rangeops.server.credentials import set_session
from rangeops.server.operations import Operations
from rangeops.server.origins import keep_device
from rangeops.server.portal.pages import page
from rangeops.server.portal.routes.account import caller_of, confirm_of
from rangeops.server.portal.visitor import ENROLLING, SEE_OTHER, Form, Ops, Visiting, Visitor
from rangeops.server.problems import STATUS
from rangeops.wire.people import Enrolment, EnrolRequest

router = APIRouter()


@router.get(ENROLLING)
async def second_factor(request: Request, ops: Ops, visitor: Visiting) -> Response:
    return page(request, visitor, "second_factor.html", **await _shown(ops, visitor))


@router.post(ENROLLING)
async def begin(request: Request, ops: Ops, visitor: Visiting, form: Form) -> Response:
    """A new secret, shown on this answer alone."""
    wanted = EnrolRequest(confirm_of(form), str(form.get("code", "")))
    try:
        made = await ops.run(ops.services.second_factors.begin, wanted, ops.clock(), caller_of(visitor))
    except RangeopsError as error:
        return await _again(request, ops, visitor, error)
    return page(request, visitor, "second_factor.html", **await _shown(ops, visitor, made=made))


@router.post(f"{ENROLLING}/confirm")
async def confirm(request: Request, ops: Ops, visitor: Visiting, form: Form) -> Response:
    """Whoever could do nothing but this gets a whole session in its place.

    A wrong code shows the same secret again: it came with the form, from the page that showed it.
    """
    pending = Enrolment(str(form.get("uri", "")), str(form.get("secret", "")), "")
    try:
        enrolled = await ops.run(
            ops.services.sessions.enrol, str(form.get("code", "")), ops.clock(), caller_of(visitor)
        )
    except RangeopsError as error:
        return await _again(request, ops, visitor, error, made=pending)
    response = page(request, visitor, "recovery_codes.html", codes=enrolled.codes)
    if enrolled.session is not None:
        set_session(response, request.scope, enrolled.session.token)
        keep_device(response, request, enrolled.session.device)
    return response


@router.post(f"{ENROLLING}/recovery-codes")
async def renew(request: Request, ops: Ops, visitor: Visiting, form: Form) -> Response:
    wanted = EnrolRequest(confirm_of(form), str(form.get("code", "")))
    try:
        made = await ops.run(ops.services.second_factors.renew_recovery, wanted, ops.clock(), caller_of(visitor))
    except RangeopsError as error:
        return await _again(request, ops, visitor, error)
    return page(request, visitor, "recovery_codes.html", codes=made.codes)


@router.post(f"{ENROLLING}/remove")
async def remove(request: Request, ops: Ops, visitor: Visiting, form: Form) -> Response:
    wanted = EnrolRequest(confirm_of(form), str(form.get("code", "")))
    try:
        await ops.run(ops.services.second_factors.remove, wanted, ops.clock(), caller_of(visitor))
    except RangeopsError as error:
        return await _again(request, ops, visitor, error)
    return RedirectResponse("/account?done=second-factor", SEE_OTHER)


async def _again(
    request: Request, ops: Operations, visitor: Visitor, error: RangeopsError, *, made: Enrolment | None = None
) -> Response:
    facts = await _shown(ops, visitor, trouble=error, made=made)
    return page(request, visitor, "second_factor.html", STATUS[error.kind], **facts)


async def _shown(
    ops: Operations, visitor: Visitor, *, trouble: RangeopsError | None = None, made: Enrolment | None = None
) -> dict[str, Any]:
    caller = caller_of(visitor)
    return {
        "factor": await ops.run(ops.services.second_factors.view, caller),
        "enrolling": caller.enrolling,
        "made": made,
        "picture": Markup("" if made is None else made.qr_svg),  # noqa: S704  # drawn by ourselves, of squares alone
        "trouble": trouble,
    }
