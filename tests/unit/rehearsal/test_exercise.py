"""The yearly exercise as data, as a page, and from its list to its sealed report, by the command line."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from rangeops import exercise as root
from rangeops.adapters.reports.exercise_page import Seal, exercise_page
from rangeops.cli import app
from rangeops.doctor.range_parts import exercise
from rangeops.domain.drills import AlarmShown, Deed, Finding, Score, Verdict
from rangeops.domain.errors import Damaged, Invalid, NotFound
from rangeops.domain.exercises import ExerciseResult, PhasePlayed, Role, missing_for_signing
from rangeops.domain.now import Now
from rangeops.domain.verification import verification_code
from rangeops.rehearsal.exercise_file import SHORTEST_REST_S, cast_exercise, load_exercise
from rangeops.rehearsal.script import load_script
from rangeops.settings import Settings
from rangeops.wire.report_pages import page_text

FLYING = ("D03", "D07", "D11", "D14")
YEARLY = load_exercise("yearly")
BEGAN = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
ROLES = ("operator", "range safety officer", "flight information", "fire service", "airport", "observer")


# -- as data


def test_it_lasts_as_long_as_an_exercise_and_can_be_played_faster():
    assert 30 * 60 <= YEARLY.lasts_s(1) <= 45 * 60
    fast = YEARLY.lasts_s(60)
    assert sum(each.drill.lasts_s for each in YEARLY.phases) < fast < YEARLY.lasts_s(1) / 3
    assert [each.name for each in YEARLY.roles] == list(ROLES)
    assert len({each.id for each in YEARLY.checks}) == len(YEARLY.checks) >= 8


def test_its_emergencies_follow_each_other_and_no_two_want_the_same_vehicle():
    flying = tuple(booking.callsign for booking in load_script(YEARLY.scenario).bookings)
    for seed in range(20):
        given = cast_exercise(YEARLY, seed, 6, flying)
        assert [phase.given.drill.name for phase in given.phases] == [
            "lost-link", "fire-service", "helicopter", "fly-away", "watch-lost",
        ]  # fmt: skip
        targets = [phase.given.drawn.get("target", phase.given.drawn.get("over")) for phase in given.phases[:4]]
        assert targets == ["D03", "D14", "D11", "D07"]
        assert all(phase.rest_s >= SHORTEST_REST_S for phase in given.phases)
        assert set(given.phases[3].flying) == {"D07"}
    drawn = {cast_exercise(YEARLY, seed, 1, FLYING).phases[3].given.drawn["track_deg"] for seed in range(20)}
    assert len(drawn) > 2, "what isn't fixed is the seed's"


SOUND = """
title = "t"
situation = "s"
objectives = ["a"]
[[role]]
name = "operator"
does = "acts"
[[phase]]
drill = "lost-link"
objective = 1
rest_s = 60
[phase.draw]
target = "D03"
"""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("objective = 1", "objective = 2"), "objective must be between"),
        (('target = "D03"', 'goal = "D03"'), "draws no 'goal'"),
        (('drill = "lost-link"', 'drill = "none"'), "no drill 'none'"),
        (('drill = "lost-link"', 'drill = "converging"'), "changes the range's policy"),
        (("[[role]]", "[[rolls]]"), "unknown key rolls"),
        (("title", "= title"), "not TOML"),
        (("rest_s = 60", "rest_s = -1"), "rest_s must be between"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, change, said):
    path = tmp_path / "mine.toml"
    path.write_text(SOUND)
    assert load_exercise(str(path)).phases[0].objective == "a"
    path.write_text(SOUND.replace(*change))
    with pytest.raises((Invalid, NotFound), match=said):
        load_exercise(str(path))


def test_a_pace_that_is_none_is_refused():
    for pace in (0, 0.5, 100, float("nan")):
        with pytest.raises(Invalid, match="pace"):
            cast_exercise(YEARLY, 1, pace, FLYING)


# -- its result


def played(*, failed=True, manner=""):
    call = Finding(
        "pilot", "Call the pilot of D03", Verdict.LATE if failed else Verdict.IN_TIME, critical=True, due_s=32.0, done_s=40.0,
        reaction_s=38.0, who="ann", what="calls", teach="Call at once." if failed else "",
    )  # fmt: skip
    phase = PhasePlayed(
        "lost-link", "Lost link", YEARLY.objectives[0], 20.0, 95.0, Score(80, passed=not failed, sound=True, findings=(call,)),
        "It fell silent.",
    )  # fmt: skip
    return ExerciseResult(
        id="20261124T110000Z-yearly-ann", exercise="yearly", title=YEARLY.title, objectives=YEARLY.objectives, seed=1, pace=6.0,
        manner=manner, began_utc=BEGAN, ended_s=100.0, roles=tuple(Role(name, "does", f"{name[:3]}-person") for name in ROLES),
        phases=(phase,),
        alarms=(AlarmShown("a", "link-lost", "D03", 1, "Not heard", 22.0, 22.4, drawn=True, acked_s=24.0, acked_by="ann"),),
        deeds=(Deed(60.0, "ann", "call.hold", frozenset({"d03"}), "calls <b>the pilot</b>"),),
        checks=YEARLY.checks,
    )  # fmt: skip


def test_the_page_holds_times_against_targets_and_tells_what_is_open():
    page = exercise_page(played(), BEGAN.date(), None)
    told = "\n".join(page_text(page))
    assert "DRAFT: NOT SIGNED" in told
    assert "NOT REACHED" in told
    times = next(each for each in page.sections if each.title == "Times against targets")
    assert times.rows == (("Lost link", "Call the pilot of D03 (critical)", "30.0 s", "38.0 s", "ann", "LATE"),)
    timeline = next(each for each in page.sections if each.title.startswith("Timeline"))
    assert [row[:2] for row in timeline.rows] == [
        ("11:00:20.0", "exercise"), ("11:00:22.0", "alarm"), ("11:01:00.0", "ann"), ("11:01:35.0", "exercise"),
    ]  # fmt: skip
    assert "points poll, words" in told
    assert "UNATTENDED" in exercise_page(played(manner="ideal"), BEGAN.date(), None).line


def test_what_was_not_played_to_its_end_is_told_and_keeps_it_from_being_signed():
    left = replace(played(failed=False), not_played=YEARLY.objectives[1:5])
    assert not left.passed
    assert "4 of its emergencies weren't played" in missing_for_signing(left)[0]
    told = next(each for each in exercise_page(left, BEGAN.date(), None).sections if each.title == "Objectives")
    assert [row[-1] for row in told.rows] == ["reached", *["NOT PLAYED"] * 4, "by the list"]


def test_a_signed_page_has_its_code():
    seal = Seal("ab" * 32, "cd" * 32)
    page = exercise_page(played(), BEGAN.date(), seal)
    assert page.foot == f"Code {verification_code(seal.sha256)}, SHA-256 {seal.sha256}"


# -- from the list to the seal


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setattr(root, "clock", lambda: Now(0.0, BEGAN + timedelta(days=1)))
    settings = Settings(data=tmp_path / "training", port=0, operator="fay")
    settings.data.mkdir()
    root.keep(settings, played())
    return settings


def words(settings, *said):
    done = CliRunner().invoke(app, ["--data", str(settings.data), "drill", "exercise", *said])
    return done.exit_code, done.output if done.exit_code in (0, 2) else f"{done.output}{done.exception}"


def signed(settings):
    for each in YEARLY.checks:
        assert words(settings, "check", "yearly-ann", each.id, "--met")[0] == 0
    assert words(settings, "finding", "yearly-ann", "Practise calls", "--owner", "bob", "--due", "2027-01-15")[0] == 0
    for role, person in (("operator", "ann"), ("range safety officer", "bob")):
        code, told = words(settings, "sign", "yearly-ann", "--as", role, "--person", person, "--yes")
        assert code == 0, told
    return root.signed_file(settings, root.history(settings).get("yearly-ann"))


def test_it_is_filled_in_signed_and_sealed(settings):
    code, told = words(settings, "sign", "yearly-ann", "--as", "operator", "--person", "ann", "--yes")
    assert (code != 0, "aren't answered" in told) == (True, True)
    sealed = signed(settings)
    code, told = words(settings, "verify", str(sealed))
    assert (code, "as it was signed" in told, "range safety officer: bob" in told) == (0, True, True)
    page = root.history(settings).page(root.history(settings).get("yearly-ann")).read_text()
    result, seal = root.opened(sealed.read_bytes(), where="x")
    assert verification_code(seal.sha256) in page
    assert "&lt;b&gt;the pilot" in page
    assert "SIMULATION" in page
    code, told = words(settings, "check", "yearly-ann", "poll", "--not-met", "--remark", "no")
    assert (code != 0, "it is signed" in told) == (True, True)
    assert words(settings, "done", "yearly-ann", "F1")[0] == 0, "what was found goes on"
    assert "done 2026-11-25" in words(settings, "show", "yearly-ann")[1]
    assert result.signed_whole
    assert "signed" in words(settings)[1]


def test_a_result_that_was_changed_behind_its_seal_is_told(settings):
    sealed = signed(settings)
    kept = root.history(settings)
    changed = kept.get("yearly-ann")
    kept.keep(replace(changed, phases=played(failed=False).phases))
    code, told = words(settings, "show", "yearly-ann")
    assert (code != 0, "isn't what was signed" in told) == (True, True)
    sealed.write_bytes(sealed.read_bytes().replace(b"LATE", b"late").replace(b'"met": true', b'"met": false', 1))
    with pytest.raises(Damaged, match="was changed"):
        root.opened(sealed.read_bytes(), where="x")


def test_it_is_handed_in_where_it_counts(settings, tmp_path):
    sealed = signed(settings)
    real = Settings(data=tmp_path / "range", port=0)
    real.data.mkdir()
    assert not exercise(real).ok
    assert "never held" in exercise(real).check
    assert words(real, "hand-in", str(sealed))[0] == 0
    found = exercise(real)
    assert (found.ok, found.check, found.needed) == (True, "yearly exercise, held 2026-11-24", False)
    assert root.last_held(real) == BEGAN


def test_after_a_year_it_is_due_again(settings, monkeypatch):
    signed(settings)
    assert exercise(settings).ok
    monkeypatch.setattr(root, "clock", lambda: Now(0.0, BEGAN + timedelta(days=366)))
    assert not exercise(settings).ok


def test_an_unattended_one_does_not_count(settings):
    root.keep(settings, played(failed=False, manner="ideal"))
    sealed = signed(settings)
    assert root.last_held(settings) is None
    with pytest.raises(Invalid, match="unattended"):
        root.hand_in(settings, sealed.read_bytes(), where="x")


def test_it_is_printed(settings, tmp_path):
    pytest.importorskip("typst", reason="printing is an extra")
    for option in ("--pdf", "--html"):
        file = tmp_path / f"report.{option[2:]}"
        assert words(settings, "report", "yearly-ann", option, str(file))[0] == 0
        assert file.read_bytes().startswith(b"%PDF" if option == "--pdf" else b"<!doctype")


def test_what_is_asked_wrongly_is_said(settings):
    for said in (
        ("report", "yearly-ann"),
        ("play", "--role", "operator"),
        ("finding", "yearly-ann", "x", "--owner", "b", "--due", "soon"),
        ("play", "--unattended", "--as", "well"),
    ):
        assert words(settings, *said)[0] == 2, said
    assert words(settings, "show", "nobody")[0] != 0
    assert json.loads(words(settings, "--json")[1])[0]["id"] == "20261124T110000Z-yearly-ann"
