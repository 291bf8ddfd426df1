"""The range's day and month as one HTML file, and on paper."""

from rangeops import __version__
from rangeops.adapters.reports.pages import ENVIRONMENT
from rangeops.adapters.reports.printing import printed
from rangeops.wire.report_pages import ReportPage, page_of
from rangeops.wire.reports import DayReport, MonthReport, ReportForm


def range_page(report: DayReport | MonthReport, form: ReportForm) -> bytes:
    """Raises Unavailable for a PDF where typst isn't installed."""
    return page_file(page_of(report), form)


def page_file(page: ReportPage, form: ReportForm, *, shared: bool = False) -> bytes:
    """Any page of headings and rows. shared: on paper columns of sentences share the width; else the last one has it.

    Raises Unavailable for a PDF where typst isn't installed.
    """
    if form is ReportForm.HTML:
        return ENVIRONMENT.get_template("range.html.j2").render(page=page, version=__version__).encode()
    sections = [
        {"title": each.title, "columns": each.columns, "rows": each.rows, "empty": each.empty} for each in page.sections
    ]
    data = {"title": page.title, "line": page.line, "foot": page.foot, "sections": sections, "shared": shared}
    return printed("handover.typ", data, where=page.title, instead="--html")
