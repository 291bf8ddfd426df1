"""The hand-over page on paper."""

from dataclasses import replace

import pytest
from desk import OPERATOR, Desk

from rangeops.adapters.reports.handover import handover_pdf
from rangeops.domain.errors import Unavailable
from rangeops.domain.now import Now
from rangeops.server.live import LiveRange
from rangeops.wire.handover import NoteView


@pytest.fixture
def view():
    desk = Desk()
    live = LiveRange("twente", desk.now, simulation=True)
    found = desk.services.handover.view(live.picture(Now(1000.0, desk.now.utc)), desk.now, OPERATOR)
    return replace(found, notes=(NoteView(9, desk.now.utc, "op1", '#panic("x") $a$ *b* _c_ Łódź'),))


def test_without_the_library_it_is_said_what_to_install(view, monkeypatch):
    monkeypatch.setattr("rangeops.adapters.reports.printing.find_spec", lambda _: None)
    with pytest.raises(Unavailable, match=r"rangeops\[print\].*--text"):
        handover_pdf(view)


def test_it_is_an_archivable_pdf_and_no_text_on_it_is_markup(view):
    pytest.importorskip("typst", reason="the extra `print` isn't installed")
    content = handover_pdf(view)
    assert content.startswith(b"%PDF-1.7")
    assert b"pdfaid" in content
