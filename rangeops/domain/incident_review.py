"""The review of an incident after Regulation (EU) 376/2014: classification, the two 72-hour clocks, actions, signatures.

The technical record is what the watch reported and is never edited; a review is what people found in it. Signed means
done: a signed revision is never changed, reopening makes the next one.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from itertools import product
from typing import Final

from rangeops.domain.errors import Conflict, Invalid
from rangeops.domain.incidents import IncidentState

REPORT_WITHIN: Final = timedelta(
    hours=72
)  # 376/2014 Art 4(7): a person, once aware; Art 4(8): the organisation, once it is
ANALYSIS_WITHIN: Final = timedelta(days=30)  # Art 13(4): preliminary results, from the day of notification
FINAL_MONTHS: Final = 3  # Art 13(4): final results, in principle within three months
BOARD_WITHIN: Final = timedelta(
    hours=1
)  # 996/2010 Art 9: the safety board, of what is grave, "without delay"; a house figure
_WARN: Final = {  # so long before its end a clock is shown as one that runs out
    "report": timedelta(hours=24),
    "notification": timedelta(hours=24),
    "analysis": timedelta(days=7),
    "final": timedelta(days=14),
    "safety board": BOARD_WITHIN,
}


class OccurrenceClass(Enum):
    """Regulation (EU) 996/2010 Art 2 and 376/2014 Art 2(7)."""

    ACCIDENT = "accident"
    SERIOUS_INCIDENT = "serious incident"
    INCIDENT = "incident"
    NO_SAFETY_EFFECT = "occurrence without safety effect"


class ReviewEvent(Enum):
    TAKEN_UP = "taken up"
    CHANGED = "changed"
    SIGNED = "signed"
    REOPENED = "reopened"


_S, _E = IncidentState, ReviewEvent
NEXT: Final[Mapping[tuple[IncidentState, ReviewEvent], IncidentState]] = {
    (_S.OPEN, _E.TAKEN_UP): _S.UNDER_REVIEW,
    (_S.UNDER_REVIEW, _E.CHANGED): _S.UNDER_REVIEW,
    (_S.UNDER_REVIEW, _E.SIGNED): _S.SIGNED,
    (_S.SIGNED, _E.REOPENED): _S.UNDER_REVIEW,
}
REFUSED: Final = frozenset(set(product(_S, _E)) - NEXT.keys())


@dataclass(frozen=True, slots=True)
class Clocks:
    """When who knew and who was told. Two clocks of 72 hours: the person's, and the organisation's after it; never one.

    person_aware_utc: the reporter became aware. reported_utc: he reported it to the organisation, which is when that is
    aware. notified_utc: the organisation notified the authority. analysed_utc: preliminary results went there.
    closed_utc: the final ones did. board_utc: the safety board (in the Netherlands the Onderzoeksraad) was told.
    """

    person_aware_utc: datetime
    reported_utc: datetime | None = None
    notified_utc: datetime | None = None
    analysed_utc: datetime | None = None
    closed_utc: datetime | None = None
    board_utc: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """One clock. done_utc: it was met or missed then; None: it runs. state: met, late, running, running out, missed."""

    name: str
    what: str
    due_utc: datetime
    done_utc: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An action that came of a review. done_utc: None while it is open."""

    id: str
    what: str
    owner: str
    due: date
    done_utc: datetime | None = None
    done_by: str = ""

    def is_overdue(self, today: date) -> bool:
        return self.done_utc is None and today > self.due


@dataclass(frozen=True, slots=True)
class Signature:
    """revision_sha256: of the signed revision, by `revision_hash`; it stands in the record with the signer's name."""

    by: str
    role: str
    signed_utc: datetime
    revision_sha256: str


@dataclass(frozen=True, slots=True)
class Review:
    """One revision. mandatory: it must be reported to the authority (376/2014 Art 4(1) and (EU) 2015/1018); None: not
    decided. commitments: hashes of what is kept of persons apart from the record, by `domain.persons`.
    """

    incident: str
    revision: int
    state: IncidentState
    clocks: Clocks
    reviewer: str = ""
    occurrence_class: OccurrenceClass | None = None
    category: str = ""
    mandatory: bool | None = None
    headline: str = ""
    narrative: str = ""
    cause: str = ""
    follow_ups: tuple[FollowUp, ...] = ()
    commitments: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()


def begin(incident: str, person_aware_utc: datetime) -> Review:
    """The first revision, which nobody has taken up yet."""
    return Review(incident, 1, IncidentState.OPEN, Clocks(person_aware_utc))


def take_up(review: Review, by: str, now_utc: datetime) -> Review:
    """Somebody reviews it; the organisation is aware from then on, if nobody reported it before."""
    state = _next(review, ReviewEvent.TAKEN_UP)
    reported = review.clocks.reported_utc or now_utc
    return replace(review, state=state, reviewer=by, clocks=replace(review.clocks, reported_utc=reported))


def change(review: Review, **fields: object) -> Review:
    """Another classification, narrative, follow-up or clock. Raises Conflict where it is signed or not taken up."""
    return replace(review, state=_next(review, ReviewEvent.CHANGED), **fields)  # type: ignore[arg-type]  # as replace takes


def missing_for_signature(review: Review) -> tuple[str, ...]:
    """What must be there before it can be signed."""
    wanted = (
        (review.occurrence_class is not None, "its class"),
        (bool(review.category), "its category"),
        (review.mandatory is not None, "whether it must be reported to the authority"),
        (bool(review.headline), "a headline"),
        (bool(review.narrative), "a narrative"),
        (review.mandatory is not True or review.clocks.notified_utc is not None, "when the authority was notified"),
        (not is_grave(review) or review.clocks.board_utc is not None, "when the safety board was told"),
    )
    return tuple(what for there, what in wanted if not there)


def signers_needed(review: Review) -> int:
    """Two persons for an accident or a serious incident, else one."""
    return 2 if is_grave(review) else 1


def is_grave(review: Review) -> bool:
    """An accident or a serious incident: the safety board must be told without delay (996/2010 Art 9)."""
    return review.occurrence_class in (OccurrenceClass.ACCIDENT, OccurrenceClass.SERIOUS_INCIDENT)


def sign(review: Review, signature: Signature, revision_sha256: str) -> Review:
    """With one more signature; signed once there are as many as its class needs.

    Raises Conflict for one that isn't under review or that somebody signs twice; Invalid where something is missing, or
    the signature is over another text than this revision's.
    """
    where = f"incident {review.incident} rev {review.revision}"
    after = _next(review, ReviewEvent.SIGNED)
    if missing := missing_for_signature(review):
        raise Invalid(f"it lacks {', '.join(missing)}", where=where, do="Complete it, then sign.")
    if signature.revision_sha256 != revision_sha256:
        raise Conflict("it was changed since it was shown", where=where, do="Read it again, then sign.")
    if any(signature.by == each.by for each in review.signatures):
        raise Conflict(f"{signature.by} has signed it", where=where, do="Its class needs a second person.")
    signatures = (*review.signatures, signature)
    done = len(signatures) >= signers_needed(review)
    return replace(review, signatures=signatures, state=after if done else review.state)


def reopen(review: Review) -> Review:
    """The next revision, unsigned; the signed one stays as it is."""
    return replace(review, state=_next(review, ReviewEvent.REOPENED), revision=review.revision + 1, signatures=())


def unsigned(review: Review) -> Review:
    """After a change the signatures that were over the text before it count no more."""
    return replace(review, signatures=())


def deadlines(review: Review, now_utc: datetime) -> tuple[Deadline, ...]:
    """The clocks that run or ran. Those to the authority only where it must be told, or was."""
    clocks, since = review.clocks, review.clocks.person_aware_utc
    runs = [("report", "to the organisation (Art 4(7))", since + REPORT_WITHIN, clocks.reported_utc)]
    if clocks.reported_utc is not None:
        if is_grave(review):
            board = "to the safety board, without delay (996/2010 Art 9)"
            runs.append(("safety board", board, clocks.reported_utc + BOARD_WITHIN, clocks.board_utc))
        if review.mandatory or clocks.notified_utc is not None:
            due = clocks.reported_utc + REPORT_WITHIN
            runs.append(("notification", "to the authority (Art 4(8))", due, clocks.notified_utc))
    if clocks.notified_utc is not None:
        due = clocks.notified_utc + ANALYSIS_WITHIN
        runs.append(("analysis", "preliminary results (Art 13(4))", due, clocks.analysed_utc))
        due = months_after(clocks.notified_utc, FINAL_MONTHS)
        runs.append(("final", "final results (Art 13(4))", due, clocks.closed_utc))
    return tuple(
        Deadline(name, what, due, done, _state(due - _WARN[name], due, done, now_utc)) for name, what, due, done in runs
    )


def warnings(reviews: Iterable[Review], now_utc: datetime) -> tuple[tuple[str, Deadline], ...]:
    """(incident, clock) of every clock that runs out or has been missed, the nearest first."""
    due = [
        (review.incident, each)
        for review in reviews
        for each in deadlines(review, now_utc)
        if each.state in ("running out", "missed")
    ]
    return tuple(sorted(due, key=lambda pair: pair[1].due_utc))


def _next(review: Review, event: ReviewEvent) -> IncidentState:
    state = NEXT.get((review.state, event))
    if state is None:
        raise Conflict(
            f"it is {review.state.value}: it can't be {event.value}",
            where=f"incident {review.incident} rev {review.revision}",
            do={
                IncidentState.OPEN: "Take it up first.",
                IncidentState.UNDER_REVIEW: "It is under review already.",
                IncidentState.SIGNED: "Reopen it: that makes the next revision.",
            }[review.state],
        )
    return state


def months_after(moment: datetime, months: int) -> datetime:
    """The same day so many months later, or that month's last where it has none such."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _state(warn_utc: datetime, due_utc: datetime, done_utc: datetime | None, now_utc: datetime) -> str:
    if done_utc is not None:
        return "met" if done_utc <= due_utc else "late"
    if now_utc > due_utc:
        return "missed"
    return "running out" if now_utc >= warn_utc else "running"
