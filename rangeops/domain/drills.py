"""Drills: what an operator had to do about an emergency, what was done, and what that is worth. No I/O, no clock.

A drill expects deeds: each of a kind, about somebody, within so many seconds of its cause. Kinds are the record's own
actions ("command.hold", "alarm.acknowledge", "call.pilot"), matched by pattern: a kind of deed that the range learns
later needs nothing here. All times are seconds since the emergency began; none is before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from fnmatch import fnmatchcase
from typing import Final

START: Final = "start"  # a cause: the emergency itself
LATE_S: Final = 8.0  # a deed that much after its time won't come: an unattended drill waits no longer
CRITICAL_POINTS: Final = 3
ORDINARY_POINTS: Final = 1
LATE_SHARE: Final = 0.5  # of the points, for what was done too late


class Verdict(Enum):
    IN_TIME = "in time"
    LATE = "late"
    MISSED = "missed"
    KEPT = "kept"  # what must not be done wasn't
    BROKEN = "done, and must not be"
    NOT_ASKED = "not asked"  # its cause never came: the range's failure or the drill's, nobody's here
    RIGHT = "right"
    WRONG = "wrong"


_SHARE: Final[Mapping[Verdict, float]] = {
    Verdict.IN_TIME: 1.0,
    Verdict.RIGHT: 1.0,
    Verdict.LATE: LATE_SHARE,
}
_GOOD: Final = frozenset([Verdict.IN_TIME, Verdict.KEPT, Verdict.RIGHT])


@dataclass(frozen=True, slots=True)
class Expectation:
    """do: patterns of kinds, any of which will do. on: about whom; any of them, or with `each` every one.

    cause: START, or the condition of an alarm about one of `on` or about anybody (cause_anywhere). Critical: without it
    in time the drill is failed.
    """

    id: str
    text: str
    do: tuple[str, ...]
    on: tuple[str, ...]
    within_s: float
    cause: tuple[str, ...] = (START,)
    cause_anywhere: bool = False
    each: bool = False
    critical: bool = False
    teach: str = ""


@dataclass(frozen=True, slots=True)
class Ban:
    """What must not be done to any of `on`; with `on` empty, to nobody. One is enough to fail the drill."""

    id: str
    text: str
    do: tuple[str, ...]
    on: tuple[str, ...]
    teach: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What the operator must have known; asked when it is over. right: an index of `answers`."""

    id: str
    text: str
    answers: tuple[str, ...]
    right: int
    teach: str = ""


@dataclass(frozen=True, slots=True)
class Demands:
    expectations: tuple[Expectation, ...]
    bans: tuple[Ban, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that a person did. about: the callsigns and words that it concerns, in lower case."""

    at_s: float
    who: str
    kind: str
    about: frozenset[str]
    text: str


@dataclass(frozen=True, slots=True)
class AlarmShown:
    """One alarm of the drill. shown_s: when a screen had drawn it, or where none tells, when the feed had brought it.

    None: not (yet). drawn: shown_s was told by a screen.
    """

    id: str
    condition: str
    source: str
    priority: int
    title: str
    raised_s: float
    shown_s: float | None = None
    drawn: bool = False
    acked_s: float | None = None
    acked_by: str = ""

    @property
    def reaction_s(self) -> float | None:
        """From being shown to being acknowledged."""
        if self.acked_s is None:
            return None
        return max(0.0, self.acked_s - (self.raised_s if self.shown_s is None else self.shown_s))


@dataclass(frozen=True, slots=True)
class Seen:
    """What has happened up to `until_s`: alarms and deeds in the order in which they came. answers: by question."""

    until_s: float
    alarms: tuple[AlarmShown, ...]
    deeds: tuple[Deed, ...]
    answers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """One demand judged. due_s: the last moment for it; done_s: when it was done; reaction_s: counted from its cause."""

    id: str
    text: str
    verdict: Verdict
    critical: bool
    due_s: float | None = None
    done_s: float | None = None
    reaction_s: float | None = None
    who: str = ""
    what: str = ""
    teach: str = ""

    @property
    def points(self) -> int:
        """What it counts for. Nothing is earned by what wasn't done, or couldn't be."""
        if self.verdict in (Verdict.NOT_ASKED, Verdict.KEPT):
            return 0
        return CRITICAL_POINTS if self.critical else ORDINARY_POINTS


@dataclass(frozen=True, slots=True)
class Score:
    """percent: of the points that could be had. passed: nothing critical missed or late, nothing banned done.

    sound: every critical demand was put; a drill that isn't judges the range, not the operator.
    """

    percent: int
    passed: bool
    sound: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class InstructorNote:
    utc: datetime
    by: str
    text: str


def judged(demands: Demands, seen: Seen) -> Score:
    """Everything judged as it stands: a question without an answer is wrong."""
    findings = (
        *(_expected(each, seen) for each in demands.expectations),
        *(_banned(each, seen) for each in demands.bans),
        *(_answered(each, seen) for each in demands.questions),
    )
    most = sum(finding.points for finding in findings)
    had = sum(finding.points * _SHARE.get(finding.verdict, 0.0) for finding in findings)
    sound = not any(finding.critical and finding.verdict is Verdict.NOT_ASKED for finding in findings)
    return Score(
        percent=round(100 * had / most) if most else 0,
        passed=sound and all(finding.verdict in _GOOD for finding in findings if finding.critical),
        sound=sound,
        findings=findings,
    )


def undecided(demands: Demands, seen: Seen) -> tuple[Expectation, ...]:
    """What may still be done, in time or late: not done yet, and its cause is to come or not long past its time."""
    waiting = []
    for each in demands.expectations:
        cause_s = cause_of(each, seen)
        done = cause_s is not None and done_by(each, seen) is not None
        if not done and (cause_s is None or seen.until_s <= cause_s + each.within_s + LATE_S):
            waiting.append(each)
    return tuple(waiting)


def cause_of(expectation: Expectation, seen: Seen) -> float | None:
    """When its clock began; None: it hasn't yet."""
    if START in expectation.cause:
        return 0.0
    of = {name.lower() for name in expectation.on}
    raised = (
        alarm.raised_s
        for alarm in seen.alarms
        if alarm.condition in expectation.cause and (expectation.cause_anywhere or alarm.source.lower() in of)
    )
    return min(raised, default=None)


def done_by(expectation: Expectation, seen: Seen) -> tuple[Deed, ...] | None:
    """The deeds that did it, the deciding one last; None where it isn't done. What was done before counts as at once."""
    fitting = [deed for deed in seen.deeds if _is_of(deed, expectation.do)]
    if not expectation.each:
        found = next((deed for deed in fitting if _is_about(deed, expectation.on)), None)
        return None if found is None else (found,)
    firsts: list[Deed] = []
    for name in expectation.on:
        first = next((deed for deed in fitting if _is_about(deed, (name,))), None)
        if first is None:
            return None
        firsts.append(first)
    return tuple(sorted(firsts, key=lambda deed: deed.at_s))


def left_to_do(expectation: Expectation, seen: Seen) -> tuple[str, ...]:
    """Of `on`, whom it still has to be done to."""
    if not expectation.each:
        return expectation.on
    fitting = [deed for deed in seen.deeds if _is_of(deed, expectation.do)]
    return tuple(name for name in expectation.on if not any(_is_about(deed, (name,)) for deed in fitting))


def _expected(each: Expectation, seen: Seen) -> Finding:
    cause_s = cause_of(each, seen)
    if cause_s is None:
        return Finding(each.id, each.text, Verdict.NOT_ASKED, each.critical)
    due_s = cause_s + each.within_s
    deeds = done_by(each, seen)
    if deeds is None:
        return Finding(each.id, each.text, Verdict.MISSED, each.critical, due_s, teach=each.teach)
    last = deeds[-1]
    in_time = last.at_s <= due_s
    return Finding(
        each.id,
        each.text,
        Verdict.IN_TIME if in_time else Verdict.LATE,
        each.critical,
        due_s,
        last.at_s,
        max(0.0, last.at_s - cause_s),
        last.who,
        "; ".join(dict.fromkeys(deed.text for deed in deeds)),
        "" if in_time else each.teach,
    )


def _banned(each: Ban, seen: Seen) -> Finding:
    done = next(
        (deed for deed in seen.deeds if _is_of(deed, each.do) and (not each.on or _is_about(deed, each.on))), None
    )
    if done is None:
        return Finding(each.id, each.text, Verdict.KEPT, critical=True)
    return Finding(
        each.id,
        each.text,
        Verdict.BROKEN,
        critical=True,
        done_s=done.at_s,
        who=done.who,
        what=done.text,
        teach=each.teach,
    )


def _answered(each: Question, seen: Seen) -> Finding:
    given = seen.answers.get(each.id)
    right = given == each.right
    what = "no answer" if given is None else each.answers[given]
    return Finding(
        each.id,
        each.text,
        Verdict.RIGHT if right else Verdict.WRONG,
        critical=True,
        what=what,
        teach="" if right else each.teach,
    )


def _is_of(deed: Deed, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(deed.kind, pattern) for pattern in patterns)


def _is_about(deed: Deed, names: Sequence[str]) -> bool:
    """An expectation about nobody in particular is met by a deed about anybody."""
    return not names or any(name.lower() in deed.about for name in names)


@dataclass(frozen=True, slots=True)
class DrillResult:
    """One drill as it was played, and what it came to: what is kept of a person's progress.

    manner: how an unattended operator played it, "" for a person. drawn: what the seed decided. ended_s: since the emergency.
    """

    id: str
    drill: str
    title: str
    seed: int
    who: str
    manner: str
    began_utc: datetime
    ended_s: float
    drawn: Mapping[str, str]
    score: Score
    alarms: tuple[AlarmShown, ...]
    deeds: tuple[Deed, ...]
    instructor: str
    notes: tuple[InstructorNote, ...] = ()

    @property
    def first_reaction_s(self) -> float | None:
        """From the first alarm that was acknowledged being shown to that."""
        reactions = [(alarm.raised_s, alarm.reaction_s) for alarm in self.alarms if alarm.reaction_s is not None]
        return min(reactions)[1] if reactions else None
