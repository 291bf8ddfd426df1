"""The hand-over page on paper: A4 across, as PDF, by typst, which needs nothing from anywhere else."""

from zoneinfo import ZoneInfo

from rangeops.adapters.reports.printing import printed
from rangeops.wire.handover import HandoverView
from rangeops.wire.handover_page import page_line, page_title, sections


def handover_pdf(view: HandoverView) -> bytes:
    """PDF/A-2b. Raises Unavailable where typst isn't installed."""
    zone = ZoneInfo(view.timezone)
    page = {
        "title": page_title(view),
        "line": page_line(view, zone),
        "sections": [
            {"title": each.title, "columns": each.columns, "rows": each.rows, "empty": each.empty}
            for each in sections(view, zone)
        ],
    }
    return printed("handover.typ", page, where="the hand-over page", instead="`rangeops handover --text`")
