"""The yearly emergency exercise: several emergencies in a row, people in roles, a checklist, and what is done about what was found.

Each emergency is judged by itself, over its own minutes (domain/drills.py). No I/O, no clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from rangeops.domain.drills import AlarmShown, Deed, Finding, Score, Seen, Verdict
from rangeops.domain.errors import Conflict, Invalid, NotFound
from rangeops.domain.text import reason_given, safe_text

YEAR: Final = timedelta(days=365)
SIGNS: Final = ("operator", "range safety officer")  # both roles sign the report
_FOUND: Final = frozenset([Verdict.MISSED, Verdict.LATE, Verdict.BROKEN, Verdict.WRONG, Verdict.NOT_ASKED])


@dataclass(frozen=True, slots=True)
class Role:
    """name: as "fire service". does: what it does in the exercise. person: who has it; "" while nobody has."""

    name: str
    does: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A point of the observer's list. source: where it comes from. met: None while he hasn't looked."""

    id: str
    text: str
    source: str
    met: bool | None = None
    remark: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class PhasePlayed:
    """One emergency. began_s, ended_s: since the exercise began. score: times count from the phase's own beginning."""

    drill: str
    title: str
    objective: str
    began_s: float
    ended_s: float
    score: Score
    instructor: str


@dataclass(frozen=True, slots=True)
class Action:
    """What is done about a finding. done: when; None: it is open."""

    id: str
    text: str
    owner: str
    due: date
    by: str
    done: date | None = None

    def overdue(self, today: date) -> bool:
        return self.done is None and self.due < today


@dataclass(frozen=True, slots=True)
class SignOff:
    """role: one of SIGNS."""

    role: str
    person: str
    utc: datetime


@dataclass(frozen=True, slots=True)
class ExerciseResult:
    """One exercise, from its playing to its signatures. pace: rests were so many times shorter. alarms, deeds: of all of it,
    in seconds since it began. not_played: objectives whose emergency never came, or wasn't over when everybody left.
    """

    id: str
    exercise: str
    title: str
    objectives: tuple[str, ...]
    seed: int
    pace: float
    manner: str
    began_utc: datetime
    ended_s: float
    roles: tuple[Role, ...]
    phases: tuple[PhasePlayed, ...]
    alarms: tuple[AlarmShown, ...]
    deeds: tuple[Deed, ...]
    checks: tuple[Check, ...]
    actions: tuple[Action, ...] = ()
    signed: tuple[SignOff, ...] = ()
    not_played: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.not_played and all(phase.score.passed for phase in self.phases)

    @property
    def signed_whole(self) -> bool:
        return {each.role for each in self.signed} >= set(SIGNS)


def window(seen: Seen, begins_s: float, ends_s: float) -> Seen:
    """What came and was done in [begins_s, ends_s), with its times counted from there."""
    alarms = (each for each in seen.alarms if begins_s <= each.raised_s < ends_s)
    deeds = (each for each in seen.deeds if begins_s <= each.at_s < ends_s)
    return Seen(
        until_s=min(seen.until_s, ends_s) - begins_s,
        alarms=tuple(_shifted(each, begins_s) for each in alarms),
        deeds=tuple(replace(each, at_s=round(each.at_s - begins_s, 2)) for each in deeds),
        answers=seen.answers,
    )


def _shifted(alarm: AlarmShown, by_s: float) -> AlarmShown:
    def moved(at_s: float | None) -> float | None:
        return None if at_s is None else round(at_s - by_s, 2)

    return replace(
        alarm, raised_s=round(alarm.raised_s - by_s, 2), shown_s=moved(alarm.shown_s), acked_s=moved(alarm.acked_s)
    )


def found_in(result: ExerciseResult) -> tuple[tuple[PhasePlayed, Finding], ...]:
    """What wasn't as it should be, in the order of the exercise: each critical one asks for an action."""
    return tuple(
        (phase, finding) for phase in result.phases for finding in phase.score.findings if finding.verdict in _FOUND
    )


def answered(result: ExerciseResult, check_id: str, *, met: bool, remark: str, by: str) -> ExerciseResult:
    """The observer's word on a point of the list. Raises NotFound, Conflict once it is signed, Invalid for a fault without a remark."""
    _require_open(result)
    if not any(each.id == check_id for each in result.checks):
        known = ", ".join(each.id for each in result.checks)
        raise NotFound("the list has no such point", where=f"point {check_id:.20}", do=f"Name one of {known}.")
    told = safe_text(remark) if met else reason_given(remark, where=f"point {check_id}")
    checks = (replace(each, met=met, remark=told, by=by) if each.id == check_id else each for each in result.checks)
    return replace(result, checks=tuple(checks))


def with_action(result: ExerciseResult, text: str, *, owner: str, due: date, by: str, today: date) -> ExerciseResult:
    """Raises Conflict once it is signed, Invalid for a due date that has passed."""
    _require_open(result)
    if due < today:
        raise Invalid(f"{due} has passed", where="the due date", do="Give one to come.")
    action = Action(
        f"F{len(result.actions) + 1}",
        reason_given(text, where="the finding"),
        reason_given(owner, where="the owner"),
        due,
        by,
    )
    return replace(result, actions=(*result.actions, action))


def with_done(result: ExerciseResult, action_id: str, today: date) -> ExerciseResult:
    """Also of a signed one: its signatures are over how things stood then. Raises NotFound, Conflict where it is done."""
    action = next((each for each in result.actions if each.id == action_id), None)
    if action is None:
        raise NotFound(
            "there is no such finding", where=f"finding {action_id:.20}", do="See `rangeops drill exercise show`."
        )
    if action.done is not None:
        raise Conflict(f"it was done on {action.done}", where=f"finding {action_id}", do="There is nothing left to do.")
    return replace(
        result, actions=tuple(replace(each, done=today) if each is action else each for each in result.actions)
    )


def missing_for_signing(result: ExerciseResult) -> tuple[str, ...]:
    """What keeps it from being signed, each in a few words."""
    open_checks = [each.id for each in result.checks if each.met is None]
    no_person = [each.name for each in result.roles if not each.person]
    critical = [finding for _, finding in found_in(result) if finding.critical]
    failed = [each for each in result.checks if each.met is False]
    told = [f"{len(result.not_played)} of its emergencies weren't played to their end"] if result.not_played else []
    told += [f"points {', '.join(open_checks)} of the list aren't answered"] if open_checks else []
    told += [f"nobody is named for {', '.join(no_person)}"] if no_person else []
    if (critical or failed) and not result.actions:
        told.append("something failed, and no action has an owner and a due date")
    return tuple(told)


def signed_by(result: ExerciseResult, role: str, person: str, utc: datetime) -> ExerciseResult:
    """Raises Invalid, Conflict where something is missing, it has signed, or one person would sign for both."""
    if role not in SIGNS:
        raise Invalid(f"{role!r:.40} doesn't sign", where="the signature", do=f"Sign as {' or '.join(SIGNS)}.")
    if missing := missing_for_signing(result):
        raise Conflict("; ".join(missing), where=f"exercise {result.id}", do="Complete it first.")
    for each in result.signed:
        if each.role == role:
            raise Conflict(
                f"{each.person} has signed as {role}", where=f"exercise {result.id}", do="It is signed once."
            )
        if each.person == person:
            raise Conflict(
                f"{person} has signed as {each.role}", where=f"exercise {result.id}", do="Have somebody else sign."
            )
    return replace(result, signed=(*result.signed, SignOff(role, person, utc)))


def named(roles: Iterable[Role], persons: Mapping[str, str]) -> tuple[Role, ...]:
    """Roles with their people. Raises Invalid for a role that the exercise hasn't."""
    known = tuple(roles)
    if unknown := sorted(set(persons) - {each.name for each in known}):
        names = ", ".join(each.name for each in known)
        raise Invalid(f"it has no role {unknown[0]!r:.40}", where="the roles", do=f"Use {names}.")
    return tuple(replace(each, person=safe_text(persons.get(each.name, each.person))) for each in known)


def is_due(last: datetime | None, now: datetime) -> bool:
    """Whether the yearly exercise is to be held: none was, or the last was more than a year ago."""
    return last is None or now - last > YEAR


def _require_open(result: ExerciseResult) -> None:
    if result.signed:
        raise Conflict("it is signed", where=f"exercise {result.id}", do="What was signed stays as it was.")
