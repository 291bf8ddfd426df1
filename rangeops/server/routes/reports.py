"""Reports: of which revision one is; the range's day and month."""

from datetime import date

from fastapi import APIRouter, Response

from rangeops.domain.errors import Invalid
from rangeops.domain.text import safe_text
from rangeops.server.operations import Operations
from rangeops.server.routes.answers import MEDIA_TYPES, REPORT_HEADERS, Ops, as_json
from rangeops.wire.reports import CodeView, DayReport, MonthReport, ReportForm

router = APIRouter()


@router.get("/reports/day/{day}", response_model=DayReport)
async def day_report(ops: Ops, day: str) -> Response:
    """The daily log of a day of the range's own calendar."""
    return as_json(await _day(ops, day))


@router.get("/reports/day/{day}/page")
async def day_page(ops: Ops, day: str, form: ReportForm = ReportForm.HTML) -> Response:
    """The same as one HTML file or PDF. 503 where nothing can print a PDF."""
    return await _page(ops, await _day(ops, day), form)


@router.get("/reports/month/{month}", response_model=MonthReport)
async def month_report(ops: Ops, month: str) -> Response:
    """Safety statistics of a month: 2026-11."""
    return as_json(await _month(ops, month))


@router.get("/reports/month/{month}/page")
async def month_page(ops: Ops, month: str, form: ReportForm = ReportForm.HTML) -> Response:
    """The same as one HTML file or PDF."""
    return await _page(ops, await _month(ops, month), form)


@router.get("/reports/codes/{code}", response_model=CodeView)
async def report_of_code(ops: Ops, code: str) -> Response:
    """Of which revision of which incident a report's verification code is."""
    return as_json(await ops.run(ops.services.reporting.find, code))


async def _day(ops: Operations, day: str) -> DayReport:
    return await ops.run(ops.services.range_reports.day, _date(day, "a day, as 2026-11-24"), ops.clock(), ops.user)


async def _month(ops: Operations, month: str) -> MonthReport:
    first = _date(f"{month}-01", "a month, as 2026-11")
    return await ops.run(ops.services.range_reports.month, first, ops.clock(), ops.user)


async def _page(ops: Operations, report: DayReport | MonthReport, form: ReportForm) -> Response:
    content = await ops.run(ops.services.print_range_report, report, form)
    return Response(content, media_type=MEDIA_TYPES[form], headers=REPORT_HEADERS)


def _date(text: str, wanted: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            f"{safe_text(text, limit=30)!r} is no date", where="a report of the range", do=f"Give {wanted}."
        ) from error
