"""What the range will do by itself with one vehicle, and when: told to people before it happens."""

from dataclasses import dataclass

from rangeops.domain.commands import CommandKind
from rangeops.domain.containment import Standing
from rangeops.domain.episodes import Episode
from rangeops.domain.ladder import INSIDE_CONTINGENCY, Due, Judgement, sendable
from rangeops.domain.policy import Rung


@dataclass(frozen=True, slots=True)
class NextAct:
    """command None: nothing is sent, and `why` says what stands against it. in_s: from now, in seconds; 0: at once.

    offered: the policy leaves it to a person; one key sends just this. inhibitable: a person may hold it back.
    """

    command: CommandKind | None
    in_s: float
    why: str
    rung: Rung
    offered: bool = False
    inhibitable: bool = False


@dataclass(frozen=True, slots=True)
class InhibitNow:
    """An inhibit that holds: whose, why, and how much of it is left."""

    by: str
    reason: str
    left_s: float


def act_of(
    due: Due | None, judgement: Judgement, episode: Episode | None, inhibit: InhibitNow | None
) -> NextAct | None:
    """What is due, as far as it may be sent, and not before an inhibit is over."""
    if episode is not None and episode.pilot_has_control:
        return NextAct(None, 0.0, "pilot has control: decide", episode.rung)
    if due is None:
        return None
    left_s = 0.0 if inhibit is None else inhibit.left_s
    may = sendable(due.command, judgement, episode)
    if due.offered:
        return NextAct(due.command, due.in_s, due.why, due.rung, offered=True)
    if may.command is None:
        return NextAct(None, max(due.in_s, left_s), may.why, due.rung)
    return NextAct(
        may.command,
        max(due.in_s, left_s),
        may.why or due.why,
        due.rung,
        inhibitable=not why_no_inhibit(due, judgement, episode),
    )


def why_no_inhibit(due: Due | None, judgement: Judgement | None, episode: Episode | None) -> str:
    """Why nobody may hold it back, in one clause; "" where one may."""
    if judgement is None or judgement.exposure.standing is Standing.UNKNOWN:
        return "where it is isn't known, so nothing is sent by itself"
    if judgement.exposure.standing not in INSIDE_CONTINGENCY:
        return "it is outside its contingency volume, where automation isn't held back"
    if due is None or due.offered or sendable(due.command, judgement, episode).command is None:
        return "nothing is about to be sent by itself"
    if episode is not None and episode.inhibited:
        return f"{episode.inhibits[-1].by} holds it back already"
    if episode is not None and any(inhibit.rung is due.rung for inhibit in episode.inhibits):
        return "it was held back once for this already; order something else instead"
    return ""
