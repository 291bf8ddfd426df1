"""A company's slots: looked for, asked for, listed."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from itertools import groupby
from math import isfinite
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse

from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.domain.registers import Aircraft, Pilot, Radio
from rangeops.domain.slot_terms import Authorisation, Emission, Need, Permit, SlotTerms
from rangeops.domain.telemetry import Sysid
from rangeops.server.once import OnceCall
from rangeops.server.operations import Operations
from rangeops.server.portal.company_people import Member, day_in, field_time, moment_in, number_in, text_in, texts_in
from rangeops.server.portal.pages import page
from rangeops.server.portal.visitor import SEE_OTHER, Form, Ops, Visitor
from rangeops.server.problems import status_of
from rangeops.services.free_times import MOST_DAYS
from rangeops.services.once import Named
from rangeops.services.paging import Asked
from rangeops.wire.api import PlanView, SlotRequest
from rangeops.wire.company import FreeRequest, FreeView
from rangeops.wire.messages import to_json

router = APIRouter()

_USUAL_MINUTES: Final = 30
_USUAL_DAYS: Final = 7
_PLANS_OFFERED: Final = 50
_PERMIT, _NEEDS = "permit_", "needs_"
_LONGEST_NAME: Final = 60
_QUARTER: Final = timedelta(minutes=15)
_FIELDS: Final = (
    *("plan", "volume", "airframe", "minutes", "set_up", "clear_down", "time_out"),
    *("starts", "sysid", "callsign", "aircraft", "contact", "channel", "phones", "spare_pilot"),
    *(
        "authorisation",
        "authorisation_by",
        "dark_permission",
        "consent",
        "radio",
        "low_mhz",
        "high_mhz",
        "power_mw",
        "key",
    ),
)


@dataclass(frozen=True, slots=True)
class Found:
    """Free times of one day of the range's calendar."""

    day: date
    times: tuple[FreeView, ...]


@router.get("/company/slots")
async def slots(request: Request, ops: Ops, visitor: Member) -> Response:
    own = await ops.run(ops.services.sight.slots, ops.user)
    now = ops.clock().utc
    return page(
        request,
        visitor,
        "company_slots.html",
        ahead=[slot for slot in own if slot.held_until > now],
        past=[slot for slot in reversed(own) if slot.held_until <= now],
    )


@router.get("/company/slots/find")
async def find(request: Request, ops: Ops, visitor: Member) -> Response:
    """Free times for a plan, or for a volume and an airframe; nothing is looked for before both are said."""
    query = request.query_params
    plans = await ops.run(ops.services.sight.plans_page, Asked(_PLANS_OFFERED), ops.user)
    typed = _typed_in_search(ops, query, plans.items)
    trouble: RangeopsError | None = None
    found: tuple[FreeView, ...] | None = None
    if typed["airframe"] and query.get("minutes"):
        try:
            found = await ops.run(_look, ops, visitor.company, typed)
        except RangeopsError as error:
            trouble = error
    return page(
        request,
        visitor,
        "company_find.html",
        HTTPStatus.OK if trouble is None else status_of(trouble),
        typed=typed,
        trouble=trouble,
        days=None if found is None else _by_day(found, _zone(ops)),
        plans=[plan for plan in plans.items if plan.verdict == "passed"],
        volumes=ops.services.definition.volumes,
        airframes=ops.services.airframes.all(),
        most_days=MOST_DAYS,
        field_time=field_time,
    )


@router.get("/company/slots/request")
async def request_page(request: Request, ops: Ops, visitor: Member) -> Response:
    query = request.query_params
    typed = {name: query.get(name, "")[:100] for name in _FIELDS}
    return await _request_page(request, ops, visitor, typed, pilots=tuple(query.getlist("pilots")))


@router.post("/company/slots/request")
async def ask(request: Request, ops: Ops, visitor: Member, form: Form) -> Response:
    """A form that is sent twice asks for one slot: it carries a key of its own."""
    try:
        wanted = _request_in(form, visitor.company, _zone(ops))
        slot = await _once(ops, text_in(form, "key") or str(uuid.uuid4()), wanted)
    except RangeopsError as error:
        typed = {name: str(form.get(name, ""))[:500] for name in _FIELDS}
        told = await ops.run(ops.services.sight.error, error, ops.user)
        return await _request_page(
            request, ops, visitor, typed, pilots=texts_in(form, "pilots"), trouble=told, form=form
        )
    return RedirectResponse(f"/company/slots/{slot}", SEE_OTHER)


async def _once(ops: Operations, key: str, wanted: SlotRequest) -> str:
    """The slot's id: the same again for a form that was sent twice."""

    async def made() -> Response:
        slot = await ops.run(ops.services.booking.request, wanted, ops.clock(), ops.user)
        return Response(slot.id, HTTPStatus.CREATED, media_type="text/plain")

    sha256 = hashlib.sha256(b"portal slot request\n" + to_json(wanted)).hexdigest()
    answer = await OnceCall(ops, Named(ops.user.name, key, sha256))(made)
    return bytes(answer.body).decode()


def _zone(ops: Operations) -> ZoneInfo:
    return ZoneInfo(ops.services.definition.timezone)


def _typed_in_search(ops: Operations, query: QueryParams, plans: tuple[PlanView, ...]) -> dict[str, str]:
    """A plan says volume and airframe itself."""
    today = ops.clock().utc.astimezone(_zone(ops)).date()
    usual = {"minutes": str(_USUAL_MINUTES), "days": str(_USUAL_DAYS), "first": today.isoformat()}
    names = ("plan", "volume", "airframe", "minutes", "days", "first", "set_up", "clear_down")
    typed = {name: query.get(name, usual.get(name, ""))[:100] for name in names}
    if (plan := next((each for each in plans if each.id == typed["plan"]), None)) is not None:
        typed |= {"volume": plan.volume, "airframe": plan.airframe}
    return typed


def _look(ops: Operations, company: str, typed: Mapping[str, str]) -> tuple[FreeView, ...]:
    today = ops.clock().utc.astimezone(_zone(ops)).date()
    wanted = FreeRequest(
        company=company,
        airframe=typed["airframe"],
        minutes=number_in(typed["minutes"], "minutes", usual=_USUAL_MINUTES),
        first=day_in(typed["first"], today),
        days=number_in(typed["days"], "days", usual=_USUAL_DAYS),
        volumes=(typed["volume"],) if typed["volume"] else (),
        set_up_minutes=number_in(typed["set_up"], "set-up"),
        clear_down_minutes=number_in(typed["clear_down"], "clear-down"),
    )
    return ops.services.free_times.find(wanted, ops.clock(), ops.user)


def _by_day(found: tuple[FreeView, ...], zone: ZoneInfo) -> list[Found]:
    """A window over midnight is two, one for each day that somebody looks at."""
    parts = [part for each in found for part in _cut(each, zone)]
    ordered = sorted(parts, key=lambda part: (part.earliest.astimezone(zone).date(), part.volume, part.earliest))
    days = groupby(ordered, key=lambda part: part.earliest.astimezone(zone).date())
    return [Found(day, tuple(times)) for day, times in days]


def _cut(window: FreeView, zone: ZoneInfo) -> list[FreeView]:
    parts: list[FreeView] = []
    earliest = window.earliest
    while True:
        midnight = datetime.combine(earliest.astimezone(zone).date() + timedelta(days=1), datetime.min.time(), zone)
        last = midnight - _QUARTER
        if window.latest < midnight:
            return [*parts, FreeView(window.volume, earliest, window.latest)]
        parts.append(FreeView(window.volume, earliest, last.astimezone(window.latest.tzinfo)))
        earliest = midnight.astimezone(window.latest.tzinfo)


async def _request_page(
    request: Request,
    ops: Operations,
    visitor: Visitor,
    typed: dict[str, str],
    *,
    pilots: tuple[str, ...],
    trouble: RangeopsError | None = None,
    form: FormData | None = None,
) -> Response:
    plans = await ops.run(ops.services.sight.plans_page, Asked(_PLANS_OFFERED), ops.user)
    plan = next((each for each in plans.items if each.id == typed["plan"]), None)
    if plan is not None:
        typed |= {"volume": plan.volume, "airframe": plan.airframe}
    entries = await ops.run(ops.services.registry.entries, "", ops.user)
    bodies = [entry.body for entry in entries if not entry.retired]
    aircraft = [body for body in bodies if isinstance(body, Aircraft) and body.airframe == typed["airframe"]]
    if len(aircraft) == 1 and not typed["aircraft"]:
        typed["aircraft"] = aircraft[0].id
    chosen = next((body for body in aircraft if body.id == typed["aircraft"]), None)
    if chosen is not None and chosen.sysid is not None and not typed["sysid"]:
        typed["sysid"] = str(chosen.sysid)
    definition = ops.services.definition
    return page(
        request,
        visitor,
        "company_request.html",
        HTTPStatus.OK if trouble is None else status_of(trouble),
        typed={**typed, "minutes": typed["minutes"] or str(_USUAL_MINUTES), "key": typed["key"] or str(uuid.uuid4())},
        plan=plan,
        plans=plans.items,
        chosen_pilots=pilots,
        pilots=[body for body in bodies if isinstance(body, Pilot)],
        aircraft=aircraft,
        radios=[body for body in bodies if isinstance(body, Radio)],
        volumes=definition.volumes,
        airframes=ops.services.airframes.all(),
        resources=definition.resources,
        needs={name: str(form.get(f"{_NEEDS}{name}", "")) for name in _resources(ops)} if form else {},
        permits=_permits(ops, form),
        authorisations=list(Authorisation),
        trouble=trouble,
    )


def _resources(ops: Operations) -> list[str]:
    return [each.id for each in ops.services.definition.resources]


def _permits(ops: Operations, form: FormData | None) -> list[tuple[str, str]]:
    """The permissions that the range knows, each with the reference that was typed."""
    names = dict.fromkeys(each.permission for each in ops.services.definition.booking.lead_times)
    return [(name, "" if form is None else str(form.get(f"{_PERMIT}{name}", ""))) for name in names]


def _request_in(form: FormData, company: str, zone: ZoneInfo) -> SlotRequest:
    """Raises Invalid; the services judge what is asked."""
    starts = moment_in(text_in(form, "starts"), zone, "starts")
    minutes = number_in(text_in(form, "minutes"), "minutes", usual=_USUAL_MINUTES)
    return SlotRequest(
        company=company,
        volume=text_in(form, "volume"),
        starts=starts,
        ends=starts + timedelta(minutes=minutes),
        sysid=Sysid(number_in(text_in(form, "sysid"), "sysid")),
        callsign=text_in(form, "callsign"),
        airframe=text_in(form, "airframe"),
        contact=text_in(form, "contact"),
        plan=text_in(form, "plan") or None,
        consent=text_in(form, "consent"),
        terms=SlotTerms(
            aircraft=text_in(form, "aircraft"),
            pilots=texts_in(form, "pilots"),
            spare_pilot=text_in(form, "spare_pilot"),
            voice_channel=text_in(form, "channel"),
            phones=tuple(part.strip() for part in text_in(form, "phones").split(",") if part.strip()),
            authorisation=_authorisation(text_in(form, "authorisation")),
            authorisation_by=text_in(form, "authorisation_by"),
            emissions=_emissions(form),
            permits=tuple(_permits_in(form)),
            dark_permission=text_in(form, "dark_permission"),
            set_up_minutes=number_in(text_in(form, "set_up"), "set-up"),
            clear_down_minutes=number_in(text_in(form, "clear_down"), "clear-down"),
            time_out_minutes=number_in(text_in(form, "time_out"), "time-out"),
            needs=tuple(_needs_in(form)),
        ),
    )


def _authorisation(text: str) -> Authorisation:
    known = {each.value: each for each in Authorisation}
    if text and text not in known:
        raise Invalid(f"{text!r:.40} is no authorisation", where="form", do=f"Use one of {', '.join(known)}.")
    return known.get(text, Authorisation.OWN)


def _permits_in(form: FormData) -> Iterator[Permit]:
    for key in form:
        if key.startswith(_PERMIT) and (reference := text_in(form, key)):
            yield Permit(key.removeprefix(_PERMIT)[:_LONGEST_NAME], reference)


def _needs_in(form: FormData) -> Iterator[Need]:
    for key in form:
        if key.startswith(_NEEDS) and (amount := number_in(text_in(form, key), key.removeprefix(_NEEDS))):
            yield Need(key.removeprefix(_NEEDS)[:_LONGEST_NAME], amount)


def _emissions(form: FormData) -> tuple[Emission, ...]:
    """The one radio that most slots have; more of them are named over the API."""
    chosen = text_in(form, "radio")
    if not chosen:
        return ()
    radio, _, radio_set = chosen.partition("|")
    low, high, power = (_figure(text_in(form, name), name) for name in ("low_mhz", "high_mhz", "power_mw"))
    return (Emission(radio, low, high, power, radio_set=radio_set),)


def _figure(text: str, name: str) -> float:
    """Raises Invalid for what is no figure; a comma is a point to half of Europe."""
    try:
        figure = float(text.replace(",", "."))
    except ValueError as error:
        raise Invalid(f"{name} is {text!r:.20}, which is no figure", where="form", do="Type digits.") from error
    if not isfinite(figure):
        raise Invalid(f"{name} isn't finite", where="form", do="Type digits.")
    return figure
