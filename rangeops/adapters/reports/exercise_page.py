"""An exercise's report as headings and rows: the same on the terminal, as HTML and on paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from rangeops.domain.drills import Finding, Verdict
from rangeops.domain.exercises import SIGNS, ExerciseResult, found_in, missing_for_signing
from rangeops.domain.text import safe_text
from rangeops.domain.verification import verification_code
from rangeops.wire.handover_page import Section
from rangeops.wire.report_pages import ReportPage

_NONE: Final = "--"
_GOOD: Final = frozenset([Verdict.IN_TIME, Verdict.KEPT, Verdict.RIGHT])


@dataclass(frozen=True, slots=True)
class Seal:
    """What the signatures are over: SHA-256 of the canonical body, and the public key that sealed it, both in hex."""

    sha256: str
    public_key: str


def exercise_page(result: ExerciseResult, today: date, seal: Seal | None) -> ReportPage:
    """seal: None while it isn't signed by both."""
    parts = [
        f"{result.id}",
        f"began {result.began_utc:%Y-%m-%d %H:%M:%S}Z, lasted {result.ended_s / 60:.0f} min",
        f"seed {result.seed}, pace {result.pace:g}",
        "times are UTC",
        "DRILL, SIMULATION",
    ]
    if result.manner:
        parts.append(f"UNATTENDED, played {result.manner}")
    if not result.signed_whole:
        parts.append("DRAFT: NOT SIGNED")
    sections = (
        _objectives(result),
        _roles(result),
        _times(result),
        _alarms(result),
        _timeline(result),
        _checks(result),
        _found(result),
        _actions(result, today),
        _signatures(result, seal),
    )
    foot = "Not signed" if seal is None else f"Code {verification_code(seal.sha256)}, SHA-256 {seal.sha256}"
    return ReportPage(
        title=safe_text(f"{result.title}, {result.began_utc:%d %B %Y}"),
        line=safe_text(" · ".join(parts), limit=400),
        foot=foot,
        simulation=True,
        sections=tuple(
            Section(
                each.title,
                each.columns,
                tuple(tuple(safe_text(cell, limit=400) for cell in row) for row in each.rows),
                each.empty,
            )
            for each in sections
        ),
    )


def _objectives(result: ExerciseResult) -> Section:
    reached = {phase.objective: phase for phase in result.phases}
    rows = []
    for number, objective in enumerate(result.objectives, start=1):
        phase = reached.get(objective)
        outcome = "by the list" if phase is None else "reached" if phase.score.passed else "NOT REACHED"
        outcome = "NOT PLAYED" if objective in result.not_played else outcome
        if phase is not None and not phase.score.sound:
            outcome = "UNSOUND: an alarm never came"
        rows.append(
            (
                str(number),
                objective,
                phase.title if phase else _NONE,
                f"{phase.score.percent} %" if phase else _NONE,
                outcome,
            )
        )
    return Section("Objectives", ("", "OBJECTIVE", "EMERGENCY", "SCORE", "OUTCOME"), tuple(rows), "It has none.")


def _roles(result: ExerciseResult) -> Section:
    rows = tuple((each.name, each.person or "NOBODY NAMED", each.does) for each in result.roles)
    return Section("Roles", ("ROLE", "PERSON", "DOES"), rows, "There was none.")


def _times(result: ExerciseResult) -> Section:
    """Targets count from an alarm or from the emergency, whichever the drill names."""
    rows = tuple(
        (
            phase.title,
            finding.text + (" (critical)" if finding.critical else ""),
            _seconds(_target_s(finding)),
            _seconds(finding.reaction_s),
            finding.who or _NONE,
            finding.verdict.value if finding.verdict in _GOOD else finding.verdict.value.upper(),
        )
        for phase in result.phases
        for finding in phase.score.findings
    )
    columns = ("EMERGENCY", "WHAT HAD TO BE DONE", "TARGET", "TAKEN", "WHO", "VERDICT")
    return Section("Times against targets", columns, rows, "Nothing had to be done.")


def _target_s(finding: Finding) -> float | None:
    if finding.due_s is None or finding.done_s is None or finding.reaction_s is None:
        return None
    return finding.due_s - (finding.done_s - finding.reaction_s)


def _alarms(result: ExerciseResult) -> Section:
    rows = tuple(
        (
            _moment(result, each.raised_s),
            f"P{each.priority}",
            each.source,
            each.title,
            _seconds(None if each.shown_s is None else each.shown_s - each.raised_s),
            _seconds(each.reaction_s),
            each.acked_by or _NONE,
        )
        for each in result.alarms
    )
    columns = ("RAISED", "P", "SOURCE", "ALARM", "SHOWN AFTER", "ANSWERED AFTER", "BY")
    return Section("Alarms", columns, rows, "None was raised.")


def _timeline(result: ExerciseResult) -> Section:
    rows = tuple((_moment(result, at_s), who, what) for at_s, who, what in sorted(_happened(result)))
    return Section("Timeline, from the record", ("AT", "WHO", "WHAT"), rows, "Nothing happened.")


def _happened(result: ExerciseResult) -> Iterator[tuple[float, str, str]]:
    for phase in result.phases:
        yield phase.began_s, "exercise", f"EMERGENCY BEGINS: {phase.title}"
        yield phase.ended_s, "exercise", f"emergency over: {phase.title}, {phase.score.percent} %"
    for alarm in result.alarms:
        yield alarm.raised_s, "alarm", f"P{alarm.priority} {alarm.source} {alarm.title}"
    for deed in result.deeds:
        yield deed.at_s, deed.who, deed.text or deed.kind


def _checks(result: ExerciseResult) -> Section:
    rows = tuple(
        (
            each.id,
            each.text,
            each.source,
            "NOT ANSWERED" if each.met is None else "met" if each.met else "NOT MET",
            each.remark or _NONE,
            each.by or _NONE,
        )
        for each in result.checks
    )
    return Section("The observer's list", ("POINT", "WHAT", "FROM", "", "REMARK", "BY"), rows, "It has none.")


def _found(result: ExerciseResult) -> Section:
    rows = [
        (phase.title, finding.text, finding.verdict.value, finding.teach or _NONE)
        for phase, finding in found_in(result)
    ]
    rows += [("the list", each.text, "not met", each.remark) for each in result.checks if each.met is False]
    return Section("What was found", ("WHERE", "WHAT", "HOW", "WHAT IT TEACHES"), tuple(rows), "Nothing was amiss.")


def _actions(result: ExerciseResult, today: date) -> Section:
    rows = tuple(
        (
            each.id,
            each.text,
            each.owner,
            f"{each.due:%Y-%m-%d}",
            f"done {each.done:%Y-%m-%d}" if each.done else "OVERDUE" if each.overdue(today) else "open",
        )
        for each in result.actions
    )
    return Section("Findings that ask for something", ("NO", "WHAT", "OWNER", "DUE", "STATE"), rows, "There are none.")


def _signatures(result: ExerciseResult, seal: Seal | None) -> Section:
    by_role = {each.role: each for each in result.signed}
    rows: list[tuple[str, ...]] = [
        (role, by_role[role].person, f"{by_role[role].utc:%Y-%m-%d %H:%M:%S}Z")
        if role in by_role
        else (role, "NOT SIGNED", _NONE)
        for role in SIGNS
    ]
    if seal is not None:
        rows += [
            ("verification code", verification_code(seal.sha256), _NONE),
            ("SHA-256 of what is signed", seal.sha256, _NONE),
            ("sealed by the key", seal.public_key, _NONE),
        ]
    rows += [("before it can be signed", each, _NONE) for each in missing_for_signing(result)]
    return Section("Sign-off", ("", "", "WHEN"), tuple(rows), "")


def _moment(result: ExerciseResult, at_s: float) -> str:
    return f"{result.began_utc + timedelta(seconds=at_s):%H:%M:%S.%f}"[:-5]


def _seconds(value: float | None) -> str:
    return _NONE if value is None else f"{max(value, 0.0):.1f} s"
