"""The yearly exercise: played, filled in, signed and handed in. A composition root beside the drills'."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rangeops.bootstrap.parts import clock
from rangeops.domain.errors import Damaged, Invalid
from rangeops.domain.exercises import ExerciseResult, PhasePlayed, named, signed_by, window
from rangeops.drill import Asked, played_apart, run_id_of
from rangeops.settings import Settings

if TYPE_CHECKING:
    from rangeops.adapters.reports.exercise_page import Seal
    from rangeops.domain.drills import Question
    from rangeops.rehearsal.drill_file import CastDrill
    from rangeops.rehearsal.drill_history import ExerciseHistory
    from rangeops.rehearsal.drill_stage import Played
    from rangeops.rehearsal.exercise_file import Exercise
    from rangeops.wire.report_pages import ReportPage

_NOUN = "exercise"


@dataclass(frozen=True, slots=True)
class ExerciseAsked:
    """What is to be played. roles: who has which. who: the operator's account. manner: of an unattended operator."""

    exercise: "Exercise"
    seed: int
    pace: float
    who: str
    roles: Mapping[str, str]
    manner: str = ""
    keep: bool = False
    narrate: Callable[[str], None] = lambda _line: None
    brief: Callable[[Path], None] = lambda _folder: None


def exercise_named(name: str) -> "Exercise":
    """Raises NotFound, Invalid."""
    from rangeops.rehearsal.exercise_file import load_exercise

    return load_exercise(name)


def history(settings: Settings) -> "ExerciseHistory":
    from rangeops.rehearsal.drill_history import ExerciseHistory

    return ExerciseHistory(settings.data / "exercises")


def play(asked: ExerciseAsked, settings: Settings, answer: "Callable[[Question], int]") -> ExerciseResult | None:
    """The whole exercise; its result is kept. None where it was left before anything happened. Raises RangeopsError."""
    from rangeops.rehearsal.exercise_file import cast_exercise
    from rangeops.rehearsal.script import load_script

    roles = named(asked.exercise.roles, asked.roles)
    flying = tuple(booking.callsign for booking in load_script(asked.exercise.scenario).bookings)
    given = cast_exercise(asked.exercise, asked.seed, asked.pace, flying)
    drill = Asked(
        drill=given.drill,
        seed=asked.seed,
        who=asked.who,
        manner=asked.manner,
        keep=asked.keep,
        narrate=asked.narrate,
        brief=asked.brief,
    )
    run_id = run_id_of(drill)
    played, operator = played_apart(drill, settings, given, run_id)
    if played.began is None or not played.phases:
        return None
    asked_at_end = [
        question for phase in given.phases[: len(played.phases)] for question in phase.given.demands.questions
    ]
    answers = {each.id: answer(each) if operator is None else operator.answer(each) for each in asked_at_end}
    result = ExerciseResult(
        id=run_id,
        exercise=asked.exercise.name,
        title=asked.exercise.title,
        objectives=asked.exercise.objectives,
        seed=asked.seed,
        pace=asked.pace,
        manner=asked.manner,
        began_utc=played.began,
        ended_s=round(played.seen.until_s, 1),
        roles=roles,
        phases=_phases(given, replace(played, seen=replace(played.seen, answers=answers))),
        alarms=played.seen.alarms,
        deeds=played.seen.deeds,
        checks=asked.exercise.checks,
        not_played=tuple(phase.objective for phase in given.phases[len(played.phases) :]),
    )
    keep(settings, result)
    return result


def _phases(given: "CastDrill", played: "Played") -> tuple[PhasePlayed, ...]:
    """Each judged by itself over its own minutes; what was left out isn't there."""
    from rangeops.domain.drills import judged

    return tuple(
        PhasePlayed(
            drill=phase.given.drill.name,
            title=phase.title,
            objective=phase.objective,
            began_s=began_s,
            ended_s=ended_s,
            score=judged(phase.given.demands, window(played.seen, began_s, ended_s)),
            instructor=phase.given.instructor,
        )
        for phase, (began_s, ended_s) in zip(given.phases, played.phases, strict=False)
    )


def keep(settings: Settings, result: ExerciseResult) -> None:
    """The result, and its page beside it. Raises Unavailable."""
    from rangeops.adapters.reports.range_page import page_file
    from rangeops.files import write_whole
    from rangeops.wire.reports import ReportForm

    kept = history(settings)
    kept.keep(result)
    write_whole(kept.page(result), page_file(page_of(settings, result), ReportForm.HTML))


def page_of(settings: Settings, result: ExerciseResult) -> "ReportPage":
    from rangeops.adapters.reports.exercise_page import exercise_page

    return exercise_page(result, clock().utc.date(), _seal(settings, result) if result.signed_whole else None)


def report(settings: Settings, result: ExerciseResult, *, pdf: bool) -> bytes:
    """Raises Unavailable for a PDF where typst isn't installed."""
    from rangeops.adapters.reports.range_page import page_file
    from rangeops.wire.reports import ReportForm

    return page_file(page_of(settings, result), ReportForm.PDF if pdf else ReportForm.HTML, shared=True)


def sign(settings: Settings, result: ExerciseResult, role: str, person: str) -> ExerciseResult:
    """With the second signature it is sealed with this data folder's key. Raises Conflict, Invalid, Unavailable."""
    from rangeops.adapters.sealing import sealed_document, signing_key
    from rangeops.durable import write_durably

    signed = signed_by(result, role, person, clock().utc.replace(microsecond=0))
    if signed.signed_whole:
        sealed = sealed_document(_NOUN, _body(signed), signing_key(settings.signing_key_file))
        write_durably(signed_file(settings, signed), sealed)
    keep(settings, signed)
    return signed


def signed_file(settings: Settings, result: ExerciseResult) -> Path:
    from rangeops.rehearsal.drill_history import SIGNED

    return settings.data / "exercises" / f"{result.id}{SIGNED}"


def opened(content: bytes, *, where: str) -> "tuple[ExerciseResult, Seal]":
    """A sealed exercise, and what seals it. Raises Invalid, Damaged."""
    import msgspec

    from rangeops.adapters.reports.exercise_page import Seal
    from rangeops.adapters.sealing import canonical, opened_document

    body, key = opened_document(_NOUN, content, where=where)
    try:
        result = msgspec.convert(body, ExerciseResult)
    except msgspec.ValidationError as error:
        raise Invalid(f"it is no exercise ({error})", where=where, do="Name the .signed.json of one.") from error
    return result, Seal(hashlib.sha256(canonical(body)).hexdigest(), key)


def hand_in(settings: Settings, content: bytes, *, where: str) -> ExerciseResult:
    """A signed exercise of another data folder becomes this range's. Raises Invalid, Damaged, Unavailable."""
    from rangeops.durable import write_durably

    result, _ = opened(content, where=where)
    if not result.signed_whole:
        raise Invalid("both haven't signed it", where=where, do="Sign it first.")
    if result.manner:
        raise Invalid("nobody sat there: it was played unattended", where=where, do="Hand in one that people played.")
    signed_file(settings, result).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_durably(signed_file(settings, result), content)
    keep(settings, result)
    return result


def last_held(settings: Settings) -> datetime | None:
    """When the last exercise of people began that is signed by both and lies in this data folder. Raises Damaged."""
    held = [each.began_utc for each in history(settings).all() if each.signed_whole and not each.manner]
    return max(held, default=None)


def now() -> datetime:
    return clock().utc


def today() -> date:
    return now().date()


def _seal(settings: Settings, result: ExerciseResult) -> "Seal":
    """Raises Damaged where the sealed file is gone, or isn't what was signed."""
    path = signed_file(settings, result)
    try:
        sealed, seal = opened(path.read_bytes(), where=str(path))
    except OSError as error:
        raise Damaged(
            f"what was signed can't be read ({error.strerror})", where=str(path), do="Put the sealed file back."
        ) from error
    if _as_signed(sealed) != _as_signed(result):
        raise Damaged("it isn't what was signed", where=str(path), do="Believe the sealed file.")
    return seal


def _as_signed(result: ExerciseResult) -> ExerciseResult:
    """Without what may go on after the signatures: that actions are done."""
    return replace(result, actions=tuple(replace(each, done=None) for each in result.actions))


def _body(result: ExerciseResult) -> dict[str, Any]:
    import msgspec

    body = msgspec.to_builtins(result)
    assert isinstance(body, dict)  # of a dataclass
    return body
