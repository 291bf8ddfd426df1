"""The hand-over page on paper: A4 across, as PDF, by typst, which needs nothing from anywhere else."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.errors import Unavailable
from rangeops.wire.handover import HandoverView
from rangeops.wire.handover_page import page_line, page_title, sections

_PAGE: Final = Path(__file__).parent / "templates" / "handover.typ"
_PDF_STANDARD: Final = "a-2b"  # what it says stays readable: it is kept with the day's papers


def handover_pdf(view: HandoverView) -> bytes:
    """PDF/A-2b. Raises Unavailable where typst isn't installed."""
    if find_spec("typst") is None:
        raise Unavailable(
            "printing needs typst, which isn't installed",
            where="the hand-over page",
            do="Run `pip install 'rangeops[print]'`, or use `rangeops handover --text`.",
        )
    import typst

    zone = ZoneInfo(view.timezone)
    page = {
        "title": page_title(view),
        "line": page_line(view, zone),
        "sections": [
            {"title": each.title, "columns": each.columns, "rows": each.rows, "empty": each.empty}
            for each in sections(view, zone)
        ],
    }
    content = typst.compile(str(_PAGE), sys_inputs={"page": json.dumps(page)}, pdf_standards=_PDF_STANDARD)
    assert isinstance(content, bytes)  # a list only where pages are asked for one by one
    return content
