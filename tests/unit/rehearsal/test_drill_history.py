"""What is kept of a drill comes back as it was, by any part of its name that tells it apart."""

from datetime import UTC, datetime

import pytest

from rangeops.adapters.reports.drill import drill_html
from rangeops.domain.drills import AlarmShown, Deed, DrillResult, Finding, InstructorNote, Score, Verdict
from rangeops.domain.errors import Damaged, NotFound
from rangeops.rehearsal.drill_history import DrillHistory

BEGAN = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


def result(drill="fly-away", who="op1"):
    return DrillResult(
        id=f"20261124T110000Z-{drill}-{who}",
        drill=drill,
        title="Fly-away",
        seed=3,
        who=who,
        manner="",
        began_utc=BEGAN,
        ended_s=80.0,
        drawn={"target": "D07"},
        score=Score(
            75,
            passed=False,
            sound=True,
            findings=(
                Finding(
                    "see", "Acknowledge D07", Verdict.LATE, critical=True, due_s=20.0, done_s=31.0, reaction_s=26.0, who=who,
                    what="acknowledges", teach="Look first.",
                ),
            ),
        ),
        alarms=(AlarmShown("a", "forecast-exit", "D07", 1, "Leaves its volume", 5.0, 5.2, drawn=True, acked_s=31.0, acked_by=who),),
        deeds=(Deed(31.0, who, "alarm.acknowledge", frozenset({"d07"}), "acknowledges <b>D07</b>"),),
        instructor="It flew off.",
        notes=(InstructorNote(BEGAN, "chief", "Calm."),),
    )  # fmt: skip


def test_it_comes_back_as_it_was(tmp_path):
    kept = DrillHistory(tmp_path / "drills")
    kept.keep(result())
    kept.keep(result("lost-link", "op2"))
    assert kept.get("20261124T110000Z-fly-away") == result()
    assert [each.drill for each in kept.all()] == ["fly-away", "lost-link"]


def test_a_name_that_fits_none_or_several_is_refused(tmp_path):
    kept = DrillHistory(tmp_path)
    kept.keep(result())
    kept.keep(result("lost-link"))
    with pytest.raises(NotFound, match="no such drill"):
        kept.get("helicopter")
    with pytest.raises(NotFound, match="2 drills"):
        kept.get("20261124T")


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(Damaged, match=r"x\.json"):
        DrillHistory(tmp_path).all()


def test_nothing_was_played_yet(tmp_path):
    assert DrillHistory(tmp_path / "none").all() == ()


def test_the_page_says_drill_and_shows_what_was_done_as_text():
    html = drill_html(result())
    assert ">DRILL<" in html
    assert "not passed" in html
    assert "&lt;b&gt;D07&lt;/b&gt;" in html
    assert "Look first." in html
    assert "Calm." in html
    assert "http" not in html.replace("http-equiv", ""), "it loads nothing"
