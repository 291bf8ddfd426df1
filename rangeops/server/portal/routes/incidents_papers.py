"""What leaves the range of an incident: its reports, the company's, the authority's draft, the evidence; and a report's code."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask
from starlette.responses import HTMLResponse, RedirectResponse

from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.domain.incidents import IncidentState
from rangeops.domain.permissions_of_roles import Act
from rangeops.domain.text import safe_text
from rangeops.server import bundles
from rangeops.server.operations import Operations
from rangeops.server.portal.pages import page
from rangeops.server.portal.range_people import range_people, text_of
from rangeops.server.portal.visitor import SEE_OTHER, Form, Ops, Visiting, Visitor
from rangeops.server.problems import STATUS
from rangeops.server.routes.answers import MEDIA_TYPES, REPORT_HEADERS
from rangeops.wire.bundles import BUNDLE_HEADER
from rangeops.wire.messages import to_json
from rangeops.wire.reports import Audience, CodeView, ReportForm, WrittenReport

verification = APIRouter(dependencies=[Depends(range_people)])
"""Before the pages of one incident: its address has the form of theirs."""

router = APIRouter(dependencies=[Depends(range_people)])

SAID: Final = {"written": "The report is written.", "released": "The company can read it now."}
_LONGEST_CODE: Final = 40


@verification.get("/incidents/verify")
async def verify(
    request: Request, ops: Ops, visitor: Visiting, code: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Of which revision of which incident a report's code is, who signed it, and which files were written of it."""
    found: CodeView | None = None
    trouble: RangeopsError | None = None
    if code.strip():
        try:
            found = await ops.run(ops.services.reporting.find, code[:_LONGEST_CODE])
        except RangeopsError as error:
            trouble = error
    status = HTTPStatus.OK if trouble is None else STATUS[trouble.kind]
    shown = safe_text(code.strip(), limit=_LONGEST_CODE)
    return page(request, visitor, "incident_verify.html", status, code=shown, found=found, trouble=trouble)


@router.get("/incidents/{incident}/papers")
async def papers(request: Request, ops: Ops, visitor: Visiting, incident: str, done: str = "") -> Response:
    return await _papers_page(request, ops, visitor, incident, None, done)


@router.post("/incidents/{incident}/papers")
async def write(request: Request, ops: Ops, visitor: Visiting, form: Form, incident: str) -> Response:
    """The range's report, of what is recorded now; that of a signed revision is written once."""
    try:
        await ops.run(
            ops.services.reporting.write,
            incident,
            ops.clock(),
            ops.user,
            _form_of(text_of(form, "form")),
            Audience.RANGE,
        )
    except RangeopsError as error:
        return await _papers_page(request, ops, visitor, incident, error)
    return RedirectResponse(f"/incidents/{incident}/papers?done=written", SEE_OTHER)


@router.post("/incidents/{incident}/papers/release")
async def release(request: Request, ops: Ops, visitor: Visiting, form: Form, incident: str) -> Response:
    """To its company: the report without persons and without anything of others, of the signed revision."""
    try:
        view = await ops.run(ops.services.incidents.get, incident)
        if view.state != IncidentState.SIGNED.value:
            raise Invalid(
                "what is released is signed first", where=f"incident {view.id}", do="Sign its review, then release it."
            )
        if not view.company:
            raise Invalid("no company is in it", where=f"incident {view.id}", do="There is nobody to release it to.")
        forms = [ReportForm.HTML] + ([ReportForm.PDF] if text_of(form, "pdf") else [])
        for each in forms:
            await ops.run(ops.services.reporting.write, incident, ops.clock(), ops.user, each, Audience.COMPANY)
    except RangeopsError as error:
        return await _papers_page(request, ops, visitor, incident, error)
    return RedirectResponse(f"/incidents/{incident}/papers?done=released", SEE_OTHER)


@router.get("/incidents/{incident}/papers/preview")
async def preview(ops: Ops, incident: str) -> Response:
    """The company's report as it would go out."""
    content = await ops.run(ops.services.reporting.preview, incident, ops.clock(), ops.user)
    return HTMLResponse(content, headers={**REPORT_HEADERS, "Cache-Control": "no-store"})


@router.get("/incidents/{incident}/papers/files/{name}")
async def report(ops: Ops, incident: str, name: str) -> Response:
    """As it was last written, held against the record's hash of it."""
    content = await ops.run(ops.services.reporting.read_written, incident, name)
    form = ReportForm.PDF if name.endswith(".pdf") else ReportForm.HTML
    headers = {**REPORT_HEADERS, "Cache-Control": "no-store"}
    if form is ReportForm.PDF:
        headers["Content-Disposition"] = f'inline; filename="{_file_name(name.removesuffix(".pdf"))}.pdf"'
        del headers["Content-Security-Policy"]  # a browser shows no PDF in a sandbox; it runs nothing of a file of ours
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)


@router.get("/incidents/{incident}/papers/eccairs.json")
async def eccairs(ops: Ops, incident: str) -> Response:
    """The draft of the occurrence report to the authority, by the fields of 376/2014 Annex I."""
    draft = await ops.run(ops.services.reporting.eccairs, incident, ops.clock(), ops.user)
    name = f"{_file_name(incident)}-eccairs-draft.json"
    return Response(to_json(draft), media_type="application/json", headers=_download(name))


@router.post("/incidents/{incident}/papers/evidence.zip")
async def evidence(request: Request, ops: Ops, visitor: Visiting, form: Form, incident: str) -> Response:
    """Its evidence in one file; that it was handed out stands in the record."""
    try:
        made = await bundles.export(ops, incident, whole=bool(text_of(form, "whole")))
    except RangeopsError as error:
        return await _papers_page(request, ops, visitor, incident, error)
    return FileResponse(
        made.path,
        media_type="application/zip",
        filename=f"{_file_name(made.view.incident)}-evidence.zip",
        headers={BUNDLE_HEADER: bundles.header_of(made.view), "Cache-Control": "no-store"},
        background=BackgroundTask(bundles.remove, made),
    )


async def _papers_page(  # noqa: PLR0917
    request: Request, ops: Operations, visitor: Visitor, incident: str, trouble: RangeopsError | None, done: str = ""
) -> Response:
    view = await ops.run(ops.services.incidents.look, incident, ops.clock())
    written = await ops.run(ops.services.reporting.written, incident)
    released = await ops.run(ops.services.reporting.released, incident)
    names = {each.name for each in released}
    return page(
        request,
        visitor,
        "incident_papers.html",
        HTTPStatus.OK if trouble is None else STATUS[trouble.kind],
        incident=view,
        written=tuple((each, each.name in names) for each in reversed(_newest(written))),
        is_signed=view.state == IncidentState.SIGNED.value,
        is_released=bool(released),
        trouble=trouble,
        said=SAID.get(done, ""),
        may_review=visitor.may(Act.REVIEW_INCIDENT),
        may_write=visitor.may(Act.WRITE_REPORT),
        may_export=visitor.may(Act.EXPORT_EVIDENCE),
        bundles_here=ops.bundling is not None,
    )


def _newest(written: tuple[WrittenReport, ...]) -> tuple[WrittenReport, ...]:
    """Of each file the last writing."""
    return tuple({each.name: each for each in written}.values())


def _form_of(text: str) -> ReportForm:
    try:
        return ReportForm(text or ReportForm.HTML.value)
    except ValueError as error:
        raise Invalid(f"{safe_text(text, limit=20)!r} is no form", where="report", do="Choose html or pdf.") from error


def _file_name(incident: str) -> str:
    """As a header can have it."""
    return "".join(letter for letter in incident if letter.isascii() and (letter.isalnum() or letter in "-_"))[:40]


def _download(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
