"""A company's own pages: what is to come, what the range tells it, its papers, its flights and the reports released to it."""

from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from rangeops.domain.registers import WARNED_DAYS_AHEAD
from rangeops.domain.slots import SlotState
from rangeops.server.operations import Operations
from rangeops.server.portal.company_people import Member, lack_of
from rangeops.server.portal.pages import page
from rangeops.server.portal.visitor import Ops
from rangeops.server.routes.answers import MEDIA_TYPES, REPORT_HEADERS
from rangeops.services.paging import Asked
from rangeops.wire.company import Paper, RangeMessage, SlotAhead
from rangeops.wire.reports import ReportForm

router = APIRouter()

_PLANS_AT_HOME: Final = 5
_OVER: Final = frozenset([SlotState.CLOSED, SlotState.CANCELLED, SlotState.REFUSED, SlotState.NO_SHOW])


@router.get("/company")
async def home(request: Request, ops: Ops, visitor: Member) -> Response:
    ahead, messages, papers = await ops.run(_home, ops)
    plans = await ops.run(ops.services.sight.plans_page, Asked(_PLANS_AT_HOME), ops.user)
    lacks = {each.slot.id: [lack_of(item, each.slot.id, visitor.company) for item in each.lacking] for each in ahead}
    return page(
        request,
        visitor,
        "company.html",
        ahead=ahead,
        lacks=lacks,
        messages=messages,
        plans=plans.items,
        papers=[paper for paper in papers if paper.days_left <= max(WARNED_DAYS_AHEAD)],
        calendar=_calendar_address(request, visitor.company),
    )


@router.get("/company/documents")
async def documents(request: Request, ops: Ops, visitor: Member) -> Response:
    """What the range's registers have of the company, and until when it holds."""
    entries = await ops.run(ops.services.registry.entries, "", ops.user)
    papers = ops.services.company.papers(entries, ops.clock())
    return page(
        request,
        visitor,
        "company_documents.html",
        papers=papers,
        entries=[entry for entry in entries if not entry.retired],
        warned=max(WARNED_DAYS_AHEAD),
    )


@router.get("/company/flights")
async def flights(request: Request, ops: Ops, visitor: Member) -> Response:
    flown = await ops.run(ops.services.company.flown, ops.user, ops.clock())
    incidents = await ops.run(ops.services.sight.incidents, ops.user)
    forms = {each.id: await ops.run(_forms_released, ops, each.id) for each in incidents}
    return page(request, visitor, "company_flights.html", flown=flown, incidents=incidents, forms=forms)


@router.get("/company/incidents/{incident}/report.{form}")
async def report(ops: Ops, visitor: Member, incident: str, form: ReportForm) -> Response:  # noqa: ARG001  # only members
    """As it was released to the company. 404 for one that wasn't."""
    content = await ops.run(ops.services.sight.report, incident, ops.user, form)
    name = f"{incident}.{form.value}"
    disposition = "inline" if form is ReportForm.HTML else f'attachment; filename="{name}"'
    headers = {**REPORT_HEADERS, "Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)


def _home(ops: Operations) -> tuple[tuple[SlotAhead, ...], tuple[RangeMessage, ...], tuple[Paper, ...]]:
    services, now = ops.services, ops.clock()
    slots = services.sight.slots(ops.user)
    closures = services.sight.closures(now, ops.user)
    entries = services.registry.entries("", ops.user)
    return (
        services.company.ahead(slots, now),
        services.company.messages(slots, closures, now),
        services.company.papers(entries, now),
    )


def _forms_released(ops: Operations, incident: str) -> tuple[str, ...]:
    """In which forms its report was released; the page offers no other."""
    written = ops.services.reporting.released(incident)
    return tuple(form.value for form in ReportForm if any(each.name.endswith(f".{form.value}") for each in written))


def _calendar_address(request: Request, company: str) -> str:
    return f"{request.url.scheme}://{request.url.netloc}/api/v1/calendars/company/{quote(company, safe='')}.ics"
