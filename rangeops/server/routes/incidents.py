"""Incidents and their reports."""

from fastapi import APIRouter, Response

from rangeops.domain.persons import Details
from rangeops.server.routes.answers import MEDIA_TYPES, REPORT_HEADERS, Ops, as_json
from rangeops.wire.api import IncidentView, ReportView
from rangeops.wire.incident_review import (
    DeadlineView,
    OpenIncident,
    ReviewChange,
    ReviewedView,
    SignRequest,
    WhyRequest,
)
from rangeops.wire.reports import Audience, ReportForm

router = APIRouter()


@router.get("/incidents", response_model=list[IncidentView])
async def incidents(ops: Ops) -> Response:
    """Newest first, without their timelines."""
    return as_json(await ops.run(ops.services.incidents.all))


@router.post("/incidents", response_model=ReviewedView, status_code=201)
async def open_incident(ops: Ops, request: OpenIncident) -> Response:
    """One that no rule opened."""
    return as_json(await ops.run(ops.services.incident_reviews.open, request, ops.clock(), ops.user), 201)


@router.get("/incidents/deadlines", response_model=list[DeadlineView])
async def incident_deadlines(ops: Ops) -> Response:
    """Clocks of 376/2014 that run out or were missed, the nearest first."""
    return as_json(await ops.run(ops.services.incident_reviews.deadlines, ops.clock()))


@router.get("/incidents/{incident}", response_model=IncidentView)
async def one_incident(ops: Ops, incident: str) -> Response:
    return as_json(await ops.run(ops.services.incidents.get, incident))


@router.post("/incidents/{incident}/report", response_model=ReportView, status_code=201)
async def write_report(
    ops: Ops, incident: str, form: ReportForm = ReportForm.HTML, audience: Audience = Audience.RANGE
) -> Response:
    """That of a signed revision is written once, and then given again. 503 where nothing can print a PDF."""
    return as_json(await ops.run(ops.services.reporting.write, incident, ops.clock(), ops.user, form, audience), 201)


@router.get("/incidents/{incident}/report")
async def report(
    ops: Ops, incident: str, form: ReportForm = ReportForm.HTML, audience: Audience = Audience.RANGE
) -> Response:
    """The report as it was last written, held against the record's hash of it."""
    content = await ops.run(ops.services.reporting.read, incident, form, audience)
    return Response(content, media_type=MEDIA_TYPES[form], headers=REPORT_HEADERS)


@router.get("/incidents/{incident}/eccairs")
async def eccairs(ops: Ops, incident: str) -> Response:
    """A draft of the occurrence report to the authority, by the fields of 376/2014 Annex I."""
    return as_json(await ops.run(ops.services.reporting.eccairs, incident, ops.clock(), ops.user))


@router.get("/incidents/{incident}/review", response_model=ReviewedView)
async def review(ops: Ops, incident: str) -> Response:
    """The newest revision, with its clocks, and what lacks before it can be signed."""
    return as_json(await ops.run(ops.services.incident_reviews.get, incident, ops.clock(), ops.user))


@router.post("/incidents/{incident}/review", response_model=ReviewedView)
async def take_up(ops: Ops, incident: str) -> Response:
    return as_json(await ops.run(ops.services.incident_reviews.take_up, incident, ops.clock(), ops.user))


@router.patch("/incidents/{incident}/review", response_model=ReviewedView)
async def change_review(ops: Ops, incident: str, change: ReviewChange) -> Response:
    return as_json(await ops.run(ops.services.incident_reviews.change, incident, change, ops.clock(), ops.user))


@router.post("/incidents/{incident}/signature", response_model=ReviewedView, status_code=201)
async def sign(ops: Ops, incident: str, request: SignRequest) -> Response:
    """With the password again, over the hash of the revision as it was shown."""
    return as_json(await ops.run(ops.services.incident_reviews.sign, incident, request, ops.clock(), ops.user), 201)


@router.post("/incidents/{incident}/revision", response_model=ReviewedView, status_code=201)
async def reopen(ops: Ops, incident: str, request: WhyRequest) -> Response:
    """The next revision of a signed one."""
    return as_json(
        await ops.run(ops.services.incident_reviews.reopen, incident, request.why, ops.clock(), ops.user), 201
    )


@router.post("/incidents/{incident}/persons", response_model=ReviewedView, status_code=201)
async def add_person(ops: Ops, incident: str, details: Details) -> Response:
    """Kept apart from the record, which gets a commitment to them."""
    return as_json(
        await ops.run(ops.services.incident_reviews.add_person, incident, details, ops.clock(), ops.user), 201
    )


@router.post("/incidents/{incident}/persons/{person}/erase", response_model=ReviewedView)
async def erase_person(ops: Ops, incident: str, person: str, request: WhyRequest) -> Response:
    desk = ops.services.incident_reviews
    return as_json(await ops.run(desk.erase_person, incident, person, request.why, ops.clock(), ops.user))
