"""Incidents and their reports."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from rangeops.domain.incident_search import query_of
from rangeops.domain.permissions_of_roles import is_member
from rangeops.domain.persons import Details
from rangeops.server import bundles, submitting
from rangeops.server.once import Once
from rangeops.server.paging import Paged
from rangeops.server.preconditions import ChangeIf, Reading
from rangeops.server.routes.answers import MEDIA_TYPES, REPORT_HEADERS, MaybeMoment, Ops, as_json
from rangeops.server.routes.work import ACCEPTED, answered
from rangeops.services.incident_reviews import tag_of
from rangeops.services.paging import cut
from rangeops.wire.api import IncidentView, ReportView
from rangeops.wire.bundles import BUNDLE_HEADER
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

Words = Annotated[tuple[str, ...], Query()]


@router.get("/incidents", response_model=list[IncidentView])
async def incidents(  # noqa: PLR0917  # a parameter each
    ops: Ops,
    paged: Paged,
    text: str = "",
    state: Words = (),
    class_: Annotated[tuple[str, ...], Query(alias="class", description="or unclassified")] = (),
    company: str = "",
    place: Annotated[str, Query(description="a volume or a prohibited zone")] = "",
    vehicle: Annotated[str, Query(description="callsign or number")] = "",
    since: MaybeMoment = None,
    until: MaybeMoment = None,
    *,
    overdue: Annotated[bool, Query(description="a clock of 376/2014 was missed")] = False,
) -> Response:
    """Newest first, without their timelines; with words only those that fit all of them."""
    query = query_of(
        text=text,
        states=state,
        classes=class_,
        company=company,
        place=place,
        vehicle=vehicle,
        since=since,
        until=until,
        overdue=overdue,
    )
    if is_member(ops.user):  # what was released to his company; nothing that he isn't shown can be searched for
        found = await ops.run(ops.services.sight.incidents, ops.user)
    else:
        found = await ops.run(ops.services.incidents.find, query, ops.clock())
    key = ("incidents", lambda each: (each.opened_utc, each.id), (datetime, str))
    return paged.answer(cut(found, paged.asked, *key, newest_first=True))


@router.post("/incidents", response_model=ReviewedView, status_code=201)
async def open_incident(ops: Ops, once: Once, request: OpenIncident) -> Response:
    """One that no rule opened."""

    async def made() -> Response:
        return as_json(await ops.run(ops.services.incident_reviews.open, request, ops.clock(), ops.user), 201)

    return await once(made)


@router.get("/incidents/deadlines", response_model=list[DeadlineView])
async def incident_deadlines(ops: Ops) -> Response:
    """Clocks of 376/2014 that run out or were missed, the nearest first."""
    return as_json(await ops.run(ops.services.incident_reviews.deadlines, ops.clock()))


@router.get("/incidents/{incident}", response_model=IncidentView)
async def one_incident(ops: Ops, incident: str) -> Response:
    """With its timeline and its clocks."""
    if is_member(ops.user):
        return as_json(await ops.run(ops.services.sight.incident, incident, ops.clock(), ops.user))
    return as_json(await ops.run(ops.services.incidents.look, incident, ops.clock()))


@router.post("/incidents/{incident}/report", response_model=ReportView, status_code=201, responses=ACCEPTED)
async def write_report(
    ops: Ops, http: Request, incident: str, form: ReportForm = ReportForm.HTML, audience: Audience = Audience.RANGE
) -> Response:
    """That of a signed revision is written once, and then given again. 503 where nothing can print a PDF.

    With `Prefer: respond-async` it is 202 with where to follow it.
    """
    work = submitting.write_report(ops, incident, form, audience)
    return await answered(ops, http, work, lambda view: as_json(view, 201))


@router.get("/incidents/{incident}/report")
async def report(
    ops: Ops, incident: str, form: ReportForm = ReportForm.HTML, audience: Audience = Audience.RANGE
) -> Response:
    """The report as it was last written, held against the record's hash of it."""
    content = await ops.run(ops.services.sight.report, incident, ops.user, form, audience)
    return Response(content, media_type=MEDIA_TYPES[form], headers=REPORT_HEADERS)


@router.get("/incidents/{incident}/eccairs")
async def eccairs(ops: Ops, incident: str) -> Response:
    """A draft of the occurrence report to the authority, by the fields of 376/2014 Annex I."""
    return as_json(await ops.run(ops.services.reporting.eccairs, incident, ops.clock(), ops.user))


@router.get("/incidents/{incident}/review", response_model=ReviewedView)
async def review(ops: Ops, incident: str) -> Response:
    """The newest revision, with its clocks, and what lacks before it can be signed."""
    view = await ops.run(ops.services.incident_reviews.get, incident, ops.clock(), ops.user)
    return Reading("").answer(view, tag_of(view.review))


@router.post("/incidents/{incident}/review", response_model=ReviewedView)
async def take_up(ops: Ops, incident: str) -> Response:
    return as_json(await ops.run(ops.services.incident_reviews.take_up, incident, ops.clock(), ops.user))


@router.patch("/incidents/{incident}/review", response_model=ReviewedView)
async def change_review(ops: Ops, changing: ChangeIf, incident: str, change: ReviewChange) -> Response:
    """With If-Match only of that very review: 412 where somebody changed or signed it since."""
    desk = ops.services.incident_reviews

    async def tag() -> str:
        return tag_of((await ops.run(desk.get, incident, ops.clock(), ops.user)).review)

    async def to(seen: str | None) -> ReviewedView:
        return await ops.run(desk.change, incident, change, ops.clock(), ops.user, seen=seen)

    view = await changing.carry_out(tag, to, None, where=f"incident {incident:.40}", needed=False)
    return Reading("").answer(view, tag_of(view.review))


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


@router.post("/incidents/{incident}/bundle", response_class=FileResponse, status_code=201)
async def export_bundle(ops: Ops, incident: str, *, whole: bool = False) -> Response:
    """Its evidence as one zip, whose BundleView stands in the header; that it was handed out stands in the record.

    whole: recordings in full. 409 where not all of it is signed yet, 503 while another is written.
    """
    made = await bundles.export(ops, incident, whole=whole)
    return FileResponse(
        made.path,
        status_code=201,
        media_type="application/zip",
        filename=f"{made.view.incident}-evidence.zip",
        headers={BUNDLE_HEADER: bundles.header_of(made.view)},
        background=BackgroundTask(bundles.remove, made),
    )
