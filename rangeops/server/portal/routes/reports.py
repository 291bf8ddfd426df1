"""The range's month and day in figures: plots, with the same as a table beside each, and files to keep."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse

from rangeops.domain.errors import Invalid
from rangeops.domain.range_statistics import Share, Statistics
from rangeops.domain.text import safe_text
from rangeops.server.portal.pages import page
from rangeops.server.portal.range_people import range_people
from rangeops.server.portal.visitor import SEE_OTHER, Ops, Visiting, Visitor
from rangeops.server.routes.answers import MEDIA_TYPES, REPORT_HEADERS
from rangeops.wire.report_pages import page_of
from rangeops.wire.reports import DayReport, ReportForm

router = APIRouter(dependencies=[Depends(range_people)])

_ROW: Final = 30
_LABEL: Final = 170
_WIDE: Final = 640
_VALUE: Final = 90
_NO_SLOT: Final = "no slot"


@dataclass(frozen=True, slots=True)
class Bar:
    """width: of the plot's units; value: as it stands beside it."""

    y: int
    label: str
    width: float
    value: str


@dataclass(frozen=True, slots=True)
class Bars:
    """title, unit: English. Drawn _WIDE units wide."""

    title: str
    unit: str
    height: int
    bars: tuple[Bar, ...]


@router.get("/reports")
async def reports(
    ops: Ops, month: Annotated[str, Query(max_length=10)] = "", day: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """To the month or day that is asked for, and else to this month."""
    if day:
        return RedirectResponse(f"/reports/day/{_date(day, 'a day, as 2026-11-24'):%Y-%m-%d}", SEE_OTHER)
    wanted = _month(month) if month else ops.services.board.today(ops.clock())
    return RedirectResponse(f"/reports/month/{wanted:%Y-%m}", SEE_OTHER)


@router.get("/reports/month/{month}")
async def month_page(request: Request, ops: Ops, visitor: Visiting, month: str) -> Response:
    first = _month(month)
    report = await ops.run(ops.services.range_reports.month, first, ops.clock(), ops.user)
    after = (first + timedelta(days=32)).replace(day=1)
    today = ops.services.board.today(ops.clock())
    return page(
        request,
        visitor,
        "reports.html",
        report=report,
        body=page_of(report),
        plots=tuple(_month_plots(report.statistics, visitor)),
        size=(_WIDE, _LABEL),
        before=f"/reports/month/{first - timedelta(days=1):%Y-%m}",
        after=f"/reports/month/{after:%Y-%m}" if after <= today else "",
        file=f"/reports/month/{first:%Y-%m}/file",
        month=f"{first:%Y-%m}",
        day="",
        first=first,
    )


@router.get("/reports/day/{day}")
async def day_page(request: Request, ops: Ops, visitor: Visiting, day: str) -> Response:
    wanted = _date(day, "a day, as 2026-11-24")
    report = await ops.run(ops.services.range_reports.day, wanted, ops.clock(), ops.user)
    after, today = wanted + timedelta(days=1), ops.services.board.today(ops.clock())
    return page(
        request,
        visitor,
        "reports.html",
        report=report,
        body=page_of(report),
        plots=tuple(_day_plots(report, visitor)),
        size=(_WIDE, _LABEL),
        before=f"/reports/day/{wanted - timedelta(days=1)}",
        after=f"/reports/day/{after}" if after <= today else "",
        file=f"/reports/day/{wanted}/file",
        month="",
        day=str(wanted),
        first=wanted,
    )


@router.get("/reports/month/{month}/file")
async def month_file(ops: Ops, month: str, form: ReportForm = ReportForm.PDF) -> Response:
    """503 where nothing can print a PDF."""
    report = await ops.run(ops.services.range_reports.month, _month(month), ops.clock(), ops.user)
    return _file(await ops.run(ops.services.print_range_report, report, form), form, f"month-{report.month:%Y-%m}")


@router.get("/reports/day/{day}/file")
async def day_file(ops: Ops, day: str, form: ReportForm = ReportForm.PDF) -> Response:
    wanted = _date(day, "a day, as 2026-11-24")
    report = await ops.run(ops.services.range_reports.day, wanted, ops.clock(), ops.user)
    return _file(await ops.run(ops.services.print_range_report, report, form), form, f"day-{wanted}")


def _file(content: bytes, form: ReportForm, name: str) -> Response:
    headers = {
        **REPORT_HEADERS,
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}.{form.value}"',
    }
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)


def _month_plots(figures: Statistics, visitor: Visitor) -> Iterable[Bars]:
    for by, shares in (("company", figures.by_company), ("volume", figures.by_zone)):
        yield from _share_plots(by, shares, visitor)
    yield from _counts(figures, visitor)


def _day_plots(report: DayReport, visitor: Visitor) -> Iterable[Bars]:
    yield from _share_plots("company", report.statistics.by_company, visitor)
    yield from _counts(report.statistics, visitor)


def _share_plots(by: str, shares: Sequence[Share], visitor: Visitor) -> Iterable[Bars]:
    named = [(each.name or visitor.tr(_NO_SLOT), each) for each in shares]
    title = {"company": "Flight hours by company", "volume": "Flight hours by volume"}[by]
    yield _bars(title, "h", [(name, each.hours, f"{each.hours:.2f}") for name, each in named])
    title = {
        "company": "Incidents per 100 flight hours by company",
        "volume": "Incidents per 100 flight hours by volume",
    }[by]
    rated = [(name, each.incidents_per_100_h) for name, each in named]
    # Where nothing was flown there is no rate, which isn't zero.
    yield _bars(
        title, "1/100 h", [(name, rate or 0.0, "--" if rate is None else f"{rate:.2f}") for name, rate in rated]
    )


def _counts(figures: Statistics, visitor: Visitor) -> Iterable[Bars]:
    lost = [(visitor.tr(reason.value), minutes) for reason, minutes in figures.lost_minutes.items() if minutes]
    yield _bars("Minutes lost, by whose they are", "min", [(name, each, f"{each:.0f}") for name, each in lost])
    yield _bars("Incidents by class", "", [(visitor.tr(name), count, str(count)) for name, count in figures.by_class])
    yield _bars("Alarms by priority", "", [(f"P{each}", count, str(count)) for each, count in figures.alarms])
    verdicts = [(visitor.tr(name), count) for name, count in figures.verdicts.items() if count]
    yield _bars("What the range did by itself, as it was judged", "", [(name, n, str(n)) for name, n in verdicts])


def _bars(title: str, unit: str, rows: Iterable[tuple[str, float, str]]) -> Bars:
    found = list(rows)
    most = max((value for _, value, _ in found), default=0.0) or 1.0
    room = _WIDE - _LABEL - _VALUE
    bars = tuple(
        Bar(number * _ROW, label, round(value / most * room, 1), text)
        for number, (label, value, text) in enumerate(found)
    )
    return Bars(title, unit, max(len(bars), 1) * _ROW, bars)


def _month(text: str) -> date:
    return _date(f"{text}-01", "a month, as 2026-11")


def _date(text: str, wanted: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            f"{safe_text(text, limit=30)!r} is no date", where="a report of the range", do=f"Give {wanted}."
        ) from error
