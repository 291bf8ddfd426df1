"""The hand-over page in words: one text for screen, terminal and paper."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import AuditHead
from rangeops.wire.handover import DueSlotView, FlyingView, HandoverView, NoteView
from rangeops.wire.handover_page import page_text, sections

ZONE = ZoneInfo("Europe/Amsterdam")
AT = datetime(2026, 11, 24, 9, 41, tzinfo=UTC)
EMPTY = HandoverView(
    written_utc=AT,
    range_id="twente",
    range_name="Twente (EHTW)",
    timezone="Europe/Amsterdam",
    by="op2",
    simulation=False,
    drill="",
    enforcement=True,
    on_duty=(),
    flying=(),
    alarms=(),
    shelved=(),
    deeds=(),
    open=(),
    incidents=(),
    slots=(),
    closures=(),
    zones=(),
    weather=(),
    links_down=(),
    notes=(),
)
D07 = FlyingView(Sysid(7), "D07", "ACME", "S12", AT + timedelta(minutes=31), "AUTO", "inside", 92.0, 61, 0.4, "ch 2")


def text(**changed):
    return "\n".join(page_text(replace(EMPTY, **changed), ZONE))


def test_an_empty_page_says_of_everything_that_there_is_none():
    said = text()
    assert all(section.empty in said for section in sections(EMPTY, ZONE))
    assert "24 Nov 10:41 (09:41Z), made for op2   ENFORCING" in said


def test_the_head_of_the_audit_log_is_on_the_page():
    said = text(head=AuditHead(4711, "ab" * 32), checkpoint=AuditHead(4700, "cd" * 32)).splitlines()[-2:]
    assert [line.split() for line in said] == [
        ["last", "entry", "4711", "ab" * 32],
        ["last", "signed", "checkpoint", "4700", "cd" * 32],
    ]


def test_a_drill_is_named_before_all_else():
    assert "DRILL fly-away" in text(drill="fly-away").splitlines()[1]


def test_what_is_not_known_is_two_dashes_and_never_nothing():
    said = text(flying=(replace(D07, height_m=None, battery_percent=None, position_age_s=None, mode=""),))
    assert said.count("--") == 4


def test_a_slot_says_what_stands_between_it_and_its_clearance():
    slot = DueSlotView("S12", "EAST", "ACME", "D07", AT, AT + timedelta(hours=1), "briefed", cleared=False, lacking=3)
    for changed, said in (
        ({}, "3 missing"),
        ({"lacking": 0}, "complete, not given"),
        ({"cleared": True}, "CLEARED"),
        ({"lacking": None}, "not briefed"),
    ):
        assert said in text(slots=(replace(slot, **changed),))


def test_a_note_is_only_text():
    said = text(notes=(NoteView(9, AT, "op\x1b[2J", "look \u202e up\nand down"),))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said.splitlines()) == len(text(notes=(NoteView(9, AT, "op", "look"),)).splitlines())


def test_rows_have_as_many_cells_as_columns():
    full = replace(EMPTY, flying=(D07,), notes=(NoteView(9, AT, "op1", "look"),))
    assert all(len(row) == len(section.columns) for section in sections(full, ZONE) for row in section.rows)
