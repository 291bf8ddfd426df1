"""Who has an account: invited by whoever may, managed by an admin, every change with his own password again."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from rangeops.domain.absences import absent
from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.registers import RegisterKind
from rangeops.domain.users import Role
from rangeops.server.operations import Operations
from rangeops.server.portal.pages import page
from rangeops.server.portal.routes.account import caller_of, confirm_of
from rangeops.server.portal.visitor import SEE_OTHER, Form, Ops, Visiting, Visitor
from rangeops.server.problems import STATUS
from rangeops.wire.people import InvitationRequest, MadeInvitation, MadeResetCode, UserChange

router = APIRouter()

_HOME = "/people"
_WHERE = "people"


@router.get("/people")
async def people(request: Request, ops: Ops, visitor: Visiting) -> Response:
    return page(request, visitor, "people.html", **await _shown(ops, visitor))


@router.post("/people/invite")
async def invite(request: Request, ops: Ops, visitor: Visiting, form: Form) -> Response:
    """The answer is the page itself: the code is told this once."""
    typed = {each: str(form.get(each, "")) for each in ("full_name", "role", "company", "mail")}
    wanted = InvitationRequest(
        typed["full_name"], (typed["role"],), typed["company"], typed["mail"], confirm_of(form)
    )  # fmt: skip
    try:
        made = await ops.run(ops.services.invitations.make, wanted, ops.clock(), caller_of(visitor))
    except RangeopsError as error:
        return await _again(request, ops, visitor, error, about="invite", typed=typed)
    return page(request, visitor, "people.html", **await _shown(ops, visitor, invited=made))


@router.post("/people/invitations/{invitation}/withdraw")
async def withdraw(request: Request, ops: Ops, visitor: Visiting, form: Form, invitation: str) -> Response:  # noqa: ARG001  # checked by being asked for
    try:
        await ops.run(ops.services.invitations.withdraw, invitation, ops.clock(), caller_of(visitor))
    except RangeopsError as error:
        return await _again(request, ops, visitor, error, about="invitations")
    return RedirectResponse(_HOME, SEE_OTHER)


@router.get("/people/{name}")
async def person(request: Request, ops: Ops, visitor: Visiting, name: str, done: str = "") -> Response:
    """done: what the form did that led here."""
    return page(request, visitor, "person.html", **await _one(ops, visitor, name, done=done))


@router.post("/people/{name}")
async def change(request: Request, ops: Ops, visitor: Visiting, form: Form, name: str) -> Response:
    """Roles, full name, company, mail; enabled or not."""
    try:
        wanted = UserChange(
            _version(form),
            full_name=str(form.get("full_name", "")),
            roles=tuple(str(each) for each in form.getlist("role")),
            company=str(form.get("company", "")),
            mail=str(form.get("mail", "")),
            disabled=form.get("disabled") == "yes",
            reason=str(form.get("reason", "")),
            confirm=confirm_of(form),
        )
        await ops.run(ops.services.identity.change, name, wanted, ops.clock(), visitor.actor)
    except RangeopsError as error:
        return await _one_again(request, ops, visitor, error, name, about="change")
    return RedirectResponse(f"{request.url.path}?done=change", SEE_OTHER)


@router.post("/people/{name}/reset-code")
async def reset_code(request: Request, ops: Ops, visitor: Visiting, form: Form, name: str) -> Response:
    """By which he sets a new password; told this once."""
    try:
        made = await ops.run(ops.services.recovery.make, name, confirm_of(form), ops.clock(), caller_of(visitor))
    except RangeopsError as error:
        return await _one_again(request, ops, visitor, error, name, about="reset-code")
    return page(request, visitor, "person.html", **await _one(ops, visitor, name, made=made))


@router.post("/people/{name}/remove-second-factor")
async def remove_second_factor(request: Request, ops: Ops, visitor: Visiting, form: Form, name: str) -> Response:
    """For whoever lost his device and his recovery codes. His sessions end."""
    factors = ops.services.second_factors
    try:
        await ops.run(factors.remove_from, name, confirm_of(form), ops.clock(), caller_of(visitor))
    except RangeopsError as error:
        return await _one_again(request, ops, visitor, error, name, about="second-factor")
    return RedirectResponse(f"/people/{name}?done=second-factor", SEE_OTHER)


async def _again(
    request: Request, ops: Operations, visitor: Visitor, error: RangeopsError, *, about: str, **shown: Any
) -> Response:
    facts = await _shown(ops, visitor, trouble=error, about=about, **shown)
    return page(request, visitor, "people.html", STATUS[error.kind], **facts)


async def _one_again(
    request: Request, ops: Operations, visitor: Visitor, error: RangeopsError, name: str, *, about: str
) -> Response:
    facts = await _one(ops, visitor, name, trouble=error, about=about)
    return page(request, visitor, "person.html", STATUS[error.kind], **facts)


async def _shown(
    ops: Operations,
    visitor: Visitor,
    *,
    trouble: RangeopsError | None = None,
    about: str = "",
    invited: MadeInvitation | None = None,
    typed: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Raises Forbidden for who may invite nobody."""
    require(visitor.actor, Act.INVITE_MEMBER, where=_WHERE)
    services, manages = ops.services, visitor.may(Act.MANAGE_USERS)
    return {
        "users": await ops.run(services.identity.all, visitor.actor),
        "invitations": await ops.run(services.invitations.all, ops.clock(), caller_of(visitor)),
        "roles": tuple(Role) if manages else (Role.COMPANY_MEMBER,),
        "companies": await _companies(ops, visitor),
        "manages": manages,
        "typed": typed or {"full_name": "", "role": Role.COMPANY_MEMBER.value, "company": "", "mail": ""},
        "trouble": trouble,
        "about": about,
        "invited": invited,
    }


async def _one(
    ops: Operations,
    visitor: Visitor,
    name: str,
    *,
    trouble: RangeopsError | None = None,
    about: str = "",
    done: str = "",
    made: MadeResetCode | None = None,
) -> dict[str, Any]:
    """Raises Forbidden for who isn't an admin, NotFound."""
    require(visitor.actor, Act.MANAGE_USERS, where=_WHERE)
    users = await ops.run(ops.services.identity.all, visitor.actor)
    user = next((each for each in users if each.name == name), None)
    if user is None:
        raise absent("user", name)
    return {
        "user": user,
        "roles": tuple(Role),
        "companies": await _companies(ops, visitor),
        "trouble": trouble,
        "about": about,
        "done": done,
        "made": made,
    }


async def _companies(ops: Operations, visitor: Visitor) -> tuple[str, ...]:
    if not visitor.may(Act.SEE_REGISTERS):
        return ()
    entries = await ops.run(ops.services.registry.entries, RegisterKind.COMPANY.value, visitor.actor)
    return tuple(entry.id for entry in entries if not entry.retired)


def _version(form: FormData) -> int:
    """Raises Invalid."""
    text = str(form.get("version", ""))
    if not text.isascii() or not text.isdigit():
        raise Invalid("the form lacks which version it is of", where=_WHERE, do="Load the page again.")
    return int(text[:9])
