"""An incident's review: taken up, written, its clocks, actions and persons, signed with the password again, reopened."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from http import HTTPStatus
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.domain.incident_review import Clocks, OccurrenceClass, is_grave
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.persons import Details
from rangeops.domain.verification import verification_code
from rangeops.server.operations import Operations
from rangeops.server.portal.pages import page
from rangeops.server.portal.range_people import field_time, moment_in, range_people, text_of
from rangeops.server.portal.routes.incidents import clock_of
from rangeops.server.portal.visitor import SEE_OTHER, Form, Ops, Visiting, Visitor
from rangeops.server.problems import STATUS
from rangeops.services.incident_reviews import tag_of
from rangeops.wire.incident_review import FollowUpRequest, ReviewChange, ReviewedView, SignRequest

router = APIRouter(dependencies=[Depends(range_people)])

CATEGORIES: Final = (
    "airspace", "loss of control", "loss of link", "navigation", "separation", "power and propulsion", "human factors",
    "ground handling", "weather", "other",
)  # fmt: skip
"""Offered; any other may be typed."""

PERSON_ROLES: Final = ("pilot", "observer", "witness", "injured", "reporter")
_TEXTS: Final = ("category", "headline", "narrative", "cause")
_MANDATORY: Final = {"yes": True, "no": False}
_CLOCKS: Final = tuple(field.name for field in fields(Clocks))
SAID: Final = {
    "taken": "You review it now.", "kept": "It is kept.", "signed": "You have signed it.", "reopened": "It is open again."
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Came:
    """A form that came back: which, why, and what was typed into it."""

    form: str
    trouble: RangeopsError
    typed: dict[str, str]


@router.get("/incidents/{incident}/review")
async def review(request: Request, ops: Ops, visitor: Visiting, incident: str, done: str = "") -> Response:
    return await _review_page(request, ops, visitor, incident, done=done)


@router.post("/incidents/{incident}/review/take-up")
async def take_up(request: Request, ops: Ops, visitor: Visiting, form: Form, incident: str) -> Response:
    async def deed() -> None:
        await ops.run(ops.services.incident_reviews.take_up, incident, ops.clock(), ops.user)

    return await _done(request, ops, visitor, form, incident, ("take-up", "taken"), deed)


@router.post("/incidents/{incident}/review/text")
async def write(request: Request, ops: Ops, visitor: Visiting, form: Form, incident: str) -> Response:
    """Class, category, headline, narrative, cause: as they were typed, over the revision that was shown."""

    async def deed() -> None:
        given: dict[str, Any] = {name: text_of(form, name) for name in _TEXTS}
        if chosen := text_of(form, "occurrence_class"):
            given["occurrence_class"] = chosen
        if (mandatory := text_of(form, "mandatory")) in _MANDATORY:
            given["mandatory"] = _MANDATORY[mandatory]
        await _change(ops, incident, ReviewChange(**given), text_of(form, "seen"))

    return await _done(request, ops, visitor, form, incident, ("text", "kept"), deed)


@router.post("/incidents/{incident}/review/clocks")
async def tell_times(request: Request, ops: Ops, visitor: Visiting, form: Form, incident: str) -> Response:
    """When who knew and who was told."""

    async def deed() -> None:
        zone = ZoneInfo(ops.services.definition.timezone)
        before = await ops.run(ops.services.incident_reviews.get, incident, ops.clock(), ops.user)
        times: dict[str, Any] = {}
        for name in _CLOCKS:
            known = getattr(before.review.clocks, name)
            if text_of(form, name) != field_time(known, zone) and (moment := moment_in(form, name, zone)) is not None:
                times[name] = moment
        if not times:
            raise Invalid("no time was entered", where="clocks", do="Enter when it was.")
        await _change(ops, incident, ReviewChange(**times), text_of(form, "seen"))

    return await _done(request, ops, visitor, form, incident, ("clocks", "kept"), deed)


@router.post("/incidents/{incident}/review/actions")
async def act(request: Request, ops: Ops, visitor: Visiting, form: Form, incident: str) -> Response:
    """A new action; with an id that one, which is done."""

    async def deed() -> None:
        due = text_of(form, "due")
        try:
            day = date.fromisoformat(due) if due else None
        except ValueError as error:
            raise Invalid("due is no date", where="action", do="Write it as 2026-11-24.") from error
        wanted = FollowUpRequest(
            text_of(form, "what"), text_of(form, "owner"), day, text_of(form, "id"), done=bool(text_of(form, "id"))
        )
        await _change(ops, incident, ReviewChange(follow_up=wanted))

    return await _done(request, ops, visitor, form, incident, ("actions", "kept"), deed)


@router.post("/incidents/{incident}/review/persons")
async def add_person(request: Request, ops: Ops, visitor: Visiting, form: Form, incident: str) -> Response:
    """Kept apart from the record, which gets a commitment alone."""

    async def deed() -> None:
        details = Details(*(text_of(form, name) for name in ("role", "name", "contact", "statement")))
        await ops.run(ops.services.incident_reviews.add_person, incident, details, ops.clock(), ops.user)

    return await _done(request, ops, visitor, form, incident, ("persons", "kept"), deed)


@router.post("/incidents/{incident}/review/persons/erase")
async def erase_person(request: Request, ops: Ops, visitor: Visiting, form: Form, incident: str) -> Response:
    """For good."""

    async def deed() -> None:
        person, why = text_of(form, "id"), text_of(form, "why")
        await ops.run(ops.services.incident_reviews.erase_person, incident, person, why, ops.clock(), ops.user)

    return await _done(request, ops, visitor, form, incident, ("erase", "kept"), deed)


@router.post("/incidents/{incident}/review/sign")
async def sign(request: Request, ops: Ops, visitor: Visiting, form: Form, incident: str) -> Response:
    """Over the hash of what the page showed, with the password again."""

    async def deed() -> None:
        wanted = SignRequest(str(form.get("password", "")), text_of(form, "sha256"))
        await ops.run(ops.services.incident_reviews.sign, incident, wanted, ops.clock(), ops.user)

    return await _done(request, ops, visitor, form, incident, ("sign", "signed"), deed)


@router.post("/incidents/{incident}/review/reopen")
async def reopen(request: Request, ops: Ops, visitor: Visiting, form: Form, incident: str) -> Response:
    """The next revision; the signed one stays as it is."""

    async def deed() -> None:
        why = text_of(form, "why")
        await ops.run(ops.services.incident_reviews.reopen, incident, why, ops.clock(), ops.user)

    return await _done(request, ops, visitor, form, incident, ("reopen", "reopened"), deed)


async def _change(ops: Operations, incident: str, wanted: ReviewChange, seen: str | None = None) -> None:
    """seen: what the page showed. Raises Conflict where somebody else has changed it since: his text would be lost."""
    await ops.run(ops.services.incident_reviews.change, incident, wanted, ops.clock(), ops.user, seen=seen)


async def _done(  # noqa: PLR0917  # what every form of this page has
    request: Request,
    ops: Operations,
    visitor: Visitor,
    form: FormData,
    incident: str,
    name: tuple[str, str],
    deed: Callable[[], Any],
) -> Response:
    """name: of the form, and of what is said once it is done. A refusal comes back beside its form, with what was typed."""
    try:
        await deed()
    except RangeopsError as error:
        typed = {key: str(value) for key, value in form.items() if key not in ("csrf", "password", "sha256", "seen")}
        return await _review_page(request, ops, visitor, incident, came=_Came(name[0], error, typed))
    return RedirectResponse(f"/incidents/{incident}/review?done={name[1]}#{name[0]}", SEE_OTHER)


async def _review_page(
    request: Request, ops: Operations, visitor: Visitor, incident: str, came: _Came | None = None, *, done: str = ""
) -> Response:
    require(visitor.actor, Act.REVIEW_INCIDENT, where="the review of an incident")
    now, zone = ops.clock(), ZoneInfo(ops.services.definition.timezone)
    view = await ops.run(ops.services.incidents.look, incident, now)
    found = await ops.run(ops.services.incident_reviews.get, incident, now, ops.user)
    return page(
        request,
        visitor,
        "incident_review.html",
        HTTPStatus.OK if came is None else STATUS[came.trouble.kind],
        incident=view,
        found=found,
        review=found.review,
        seen=tag_of(found.review),
        code=verification_code(found.sha256),
        clocks=tuple(clock_of(each, now.utc, visitor) for each in found.deadlines),
        is_grave=is_grave(found.review),
        has_signed=any(each.by == visitor.actor.name for each in found.review.signatures),
        typed=_typed(found, zone) | ({} if came is None else came.typed),
        came=came,
        said=SAID.get(done, ""),
        classes=tuple(each.value for each in OccurrenceClass),
        categories=CATEGORIES,
        person_roles=PERSON_ROLES,
        clock_names=_CLOCKS,
        today=now.utc.astimezone(zone).date(),
        may_sign=visitor.may(Act.SIGN_INCIDENT),
    )


def _typed(found: ReviewedView, zone: ZoneInfo) -> dict[str, str]:
    """What its forms begin with."""
    review = found.review
    mandatory = {None: "", True: "yes", False: "no"}[review.mandatory]
    blank = dict.fromkeys(("what", "owner", "due", "role", "name", "contact", "statement", "why", "id"), "")
    return {
        **blank,
        **{name: getattr(review, name) for name in _TEXTS},
        "occurrence_class": "" if review.occurrence_class is None else review.occurrence_class.value,
        "mandatory": mandatory,
        **{name: field_time(getattr(review.clocks, name), zone) for name in _CLOCKS},
    }
