"""A company's plans: handed in, judged, shown on the map, mended by the checker, given back as files."""

import asyncio
from http import HTTPStatus
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse

from rangeops.adapters.formats.plan_files import READABLE
from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.domain.text import safe_text
from rangeops.domain.volumes import BookableVolume, VolumeId, operational_volumes
from rangeops.server.mending import mend_plan
from rangeops.server.operations import Operations
from rangeops.server.portal.company_people import VERDICT_BADGE, Member, text_in
from rangeops.server.portal.pages import page
from rangeops.server.portal.routes.maps import feature, geojson, polygon_of
from rangeops.server.portal.visitor import SEE_OTHER, Form, Ops, Visitor
from rangeops.server.problems import status_of
from rangeops.server.submitting import hand_in_plan
from rangeops.server.work import Work
from rangeops.services.paging import Asked
from rangeops.services.plan_files import PlanSheet
from rangeops.services.submission import LARGEST_PLAN_BYTES, TAKES_A_PLAN, PlanRequest
from rangeops.wire.api import PlanView
from rangeops.wire.work import WorkState

router = APIRouter()

LARGEST_MB: Final = LARGEST_PLAN_BYTES // 1024 // 1024
_WAITED_S: Final = 2.0  # a check takes tenths of a second: its page is shown at once, and a queue's where there is one
_SUFFIXES: Final = tuple(sorted({suffix for each in READABLE for suffix in each.suffixes}))


@router.get("/company/plans")
async def plans(request: Request, ops: Ops, visitor: Member, cursor: str = "") -> Response:
    found = await ops.run(ops.services.sight.plans_page, Asked(50, cursor), ops.user)
    return page(request, visitor, "company_plans.html", plans=found.items, cursor=found.cursor)


@router.get("/company/plans/new")
async def upload_page(request: Request, ops: Ops, visitor: Member, slot: str = "", name: str = "") -> Response:
    return await _upload_page(request, ops, visitor, {"slot": slot, "name": name})


@router.post("/company/plans/new")
async def upload(request: Request, ops: Ops, visitor: Member, form: Form) -> Response:
    """One file, through the queue and the confined process; its page as soon as there is a verdict."""
    typed = {key: text_in(form, key) for key in ("slot", "name", "volume", "airframe")}
    try:
        asked = await ops.run(_asked, ops, visitor.company, typed, await _file_of(form.get("file")))
        work = hand_in_plan(ops, asked)
        return await _after(ops, work)
    except RangeopsError as error:
        return await _upload_page(request, ops, visitor, typed, error)


@router.get("/company/work/{work}")
async def progress(request: Request, ops: Ops, visitor: Member, work: str, part: bool = False) -> Response:  # noqa: FBT001, FBT002  # the query's
    """How far a plan is: its place in the queue, what is done with it, and where its page is once there is one."""
    found = ops.work.get(work, ops.user)
    if found.state is WorkState.DONE and not part:
        return _to_plan(found)
    template = "company_work_part.html" if part else "company_work.html"
    return page(request, visitor, template, work=ops.work.view(found), plan=_plan_of(found))


@router.post("/company/work/{work}/cancel")
async def give_up(ops: Ops, visitor: Member, form: Form, work: str) -> Response:  # noqa: ARG001  # both are checked by being asked for
    found = ops.work.get(work, ops.user)
    ops.work.cancel(found)
    return RedirectResponse("/company/plans", SEE_OTHER)


@router.get("/company/plans/{plan}")
async def verdict(request: Request, ops: Ops, visitor: Member, plan: str) -> Response:
    return await _plan_page(request, ops, visitor, plan)


@router.post("/company/plans/{plan}/fix")
async def fix(request: Request, ops: Ops, visitor: Member, form: Form, plan: str) -> Response:  # noqa: ARG001  # checked by being asked for
    """Every fix that the checker knows, made; what comes of it is the next revision."""
    try:
        asked = await ops.run(ops.services.plan_files.request_of, plan, ops.user)
        return await _after(ops, mend_plan(ops, asked))
    except RangeopsError as error:
        return await _plan_page(request, ops, visitor, plan, error)


@router.get("/company/plans/{plan}/file")
async def file(ops: Ops, visitor: Member, plan: str) -> Response:  # noqa: ARG001  # only members
    """Byte for byte as it was handed in. A browser keeps it and opens nothing of it."""
    view, content = await ops.run(ops.services.plan_files.content, plan, ops.user)
    name = safe_text(PurePath(view.file_name).name, limit=100) or f"{view.id}.plan"
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.get("/company/plans/{plan}/changes")
async def changes(request: Request, ops: Ops, visitor: Member, plan: str) -> Response:
    """Every item that differs from the revision before."""
    sheet = await ops.run(ops.services.plan_files.sheet, plan, ops.user)
    rows: list[tuple[str, str]] = []
    if sheet.before is not None:
        files = await ops.run(ops.services.plan_files.compared, sheet.before.id, plan, ops.user)
        where = f"plan {safe_text(sheet.plan.file_name, limit=60)}"
        found = await ops.confined(ops.services.compare_plans, files, str, where=where)
        rows = [_row(line) for line in found.splitlines()[2:]]
    return page(request, visitor, "company_plan_changes.html", sheet=sheet, rows=rows)


@router.get("/company/plans/{plan}/map.json")
async def plan_map(ops: Ops, visitor: Member, plan: str) -> Response:  # noqa: ARG001  # only members
    """Volumes from the outside in, the way, and a point for each finding that has a place."""
    sheet = await ops.run(ops.services.plan_files.sheet, plan, ops.user)
    return geojson([*_volumes(ops, sheet), *_way(sheet.plan), *_findings(sheet.plan)])


async def _file_of(part: Any) -> tuple[str, bytes]:
    """Its name as the browser tells it, without a folder, and what is in it; never more than a plan may have."""
    none = Invalid("no file was chosen", where="plan", do="Choose a plan's file, or drop it on the field.")
    if not isinstance(part, UploadFile):
        raise none
    try:
        content = await part.read(LARGEST_PLAN_BYTES + 1)
    finally:
        await part.close()
    if not part.filename:
        raise none
    return PurePath(part.filename.replace("\\", "/")).name, content


def _asked(ops: Operations, company: str, typed: dict[str, str], file: tuple[str, bytes]) -> PlanRequest:
    file_name, content = file
    name = typed["name"] or PurePath(file_name).stem
    if not typed["slot"]:
        return PlanRequest(content, file_name, name, company, typed["volume"], typed["airframe"])
    slot = next((each for each in ops.services.sight.slots(ops.user) if each.id == typed["slot"]), None)
    if slot is None:
        raise Invalid("it isn't one of your slots", where="slot", do="Choose one of the list.")
    return PlanRequest(content, file_name, name, company, slot.volume, slot.airframe, slot.id)


async def _after(ops: Operations, work: Work) -> Response:
    """To its page where it is quick, to the queue's where it isn't. Raises what the work ended with."""
    try:
        await asyncio.wait_for(work.finished.wait(), _WAITED_S)
    except TimeoutError:
        return RedirectResponse(f"/company/work/{ops.work.view(work).id}", SEE_OTHER)
    return _to_plan(work)


def _to_plan(work: Work) -> Response:
    plan: PlanView = work.outcome().value
    return RedirectResponse(f"/company/plans/{plan.id}", SEE_OTHER)


def _plan_of(work: Work) -> str:
    """The address of what came of it; "" while nothing has."""
    return f"/company/plans/{work.result.value.id}" if work.result is not None else ""


async def _upload_page(
    request: Request, ops: Operations, visitor: Visitor, typed: dict[str, str], trouble: RangeopsError | None = None
) -> Response:
    slots = [slot for slot in await ops.run(ops.services.sight.slots, ops.user) if slot.state in TAKES_A_PLAN]
    entries = await ops.run(ops.services.registry.entries, "aircraft", ops.user)
    own = {str(getattr(entry.body, "airframe", "")) for entry in entries if not entry.retired}
    airframes = sorted(ops.services.airframes.all(), key=lambda each: (each.id not in own, each.name))
    return page(
        request,
        visitor,
        "company_upload.html",
        HTTPStatus.OK if trouble is None else status_of(trouble),
        typed={"slot": "", "name": "", "volume": "", "airframe": "", **typed},
        trouble=trouble,
        slots=slots,
        volumes=ops.services.definition.volumes,
        airframes=airframes,
        own_airframes=own,
        largest_mb=LARGEST_MB,
        largest_bytes=LARGEST_PLAN_BYTES,
        suffixes=_SUFFIXES,
        formats=[each.title for each in READABLE],
    )


async def _plan_page(
    request: Request, ops: Operations, visitor: Visitor, plan: str, trouble: RangeopsError | None = None
) -> Response:
    sheet = await ops.run(ops.services.plan_files.sheet, plan, ops.user)
    found = [check for check in sheet.plan.checks if not check.passed]
    return page(
        request,
        visitor,
        "company_plan.html",
        HTTPStatus.OK if trouble is None else status_of(trouble),
        sheet=sheet,
        plan=sheet.plan,
        found=found,
        passed=[check for check in sheet.plan.checks if check.passed],
        badge_of=VERDICT_BADGE,
        takes_a_plan=TAKES_A_PLAN,
        trouble=trouble,
    )


def _row(line: str) -> tuple[str, str]:
    """A line of a unified diff: added, removed, kept, or where it begins anew."""
    kind = {"+": "added", "-": "removed", "@": "gap"}.get(line[:1], "kept")
    return kind, "" if kind == "gap" else line[1:]


def _volumes(ops: Operations, sheet: PlanSheet) -> list[dict[str, Any]]:
    """What the plan was held against; what a slot drew where its volume is none of the range's."""
    definition, plan = ops.services.definition, sheet.plan
    drawn = next((slot.drawn for slot in sheet.slots if slot.drawn is not None), None)
    if drawn is not None:
        volume = BookableVolume(VolumeId(plan.volume), plan.volume, drawn)
    elif any(each.id == plan.volume for each in definition.volumes):
        volume = definition.volume(plan.volume)
    else:
        return []
    airframe = ops.services.airframes.get(plan.airframe)
    volumes = operational_volumes(volume.flight_geography, airframe, definition.frame, definition.assumptions)
    named = (
        ("buffer", volumes.ground_risk_buffer),
        ("contingency", volumes.contingency),
        ("geography", volumes.flight_geography),
    )
    return [feature(polygon_of(each), kind, volume.name, each) for kind, each in named]


def _way(plan: PlanView) -> list[dict[str, Any]]:
    if not plan.path:
        return []
    places = [(point.longitude_deg, point.latitude_deg) for point in plan.path]
    found = [feature({"type": "LineString", "coordinates": places}, "path", plan.name)] if len(places) > 1 else []
    seen: set[int] = set()
    for point in plan.path:
        if point.waypoint in seen:
            continue
        seen.add(point.waypoint)
        name = "home" if point.waypoint == 0 else f"WP {point.waypoint}"
        place = {"type": "Point", "coordinates": (point.longitude_deg, point.latitude_deg)}
        found.append(feature(place, "point", f"{name}, {point.altitude_amsl_m:.0f} m AMSL"))
    return found


def _findings(plan: PlanView) -> list[dict[str, Any]]:
    return [
        feature(
            {"type": "Point", "coordinates": (check.longitude_deg, check.latitude_deg)},
            "finding",
            f"{check.code}: {check.what}",
            label=check.code,
        )
        for check in plan.checks
        if not check.passed and check.latitude_deg is not None and check.longitude_deg is not None
    ]
