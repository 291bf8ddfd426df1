"""A proposed timetable as a list of changes: what each slot would come to, and how good the whole is."""

from datetime import datetime, tzinfo
from typing import Final

from rangeops.tui.ink import Ink, Line, Span, fit
from rangeops.wire.timetable import ProposalView, ProposedChange

_SIGN: Final = {
    "new": ("+", Ink.OK),
    "moved": ("→", Ink.P2),
    "dropped": ("✗", Ink.P1),
    "unplaced": ("?", Ink.P3),
    "left out": ("-", Ink.DIM),
}
_CHANGES: Final = frozenset(["new", "moved", "dropped"])


def changes_anything(proposal: ProposalView) -> bool:
    return any(change.change in _CHANGES for change in proposal.changes)


def proposal_words(proposal: ProposalView) -> str:
    """How good it is, and who says so."""
    if proposal.gap is None:
        proof = "not proved"
    elif proposal.gap == 0:
        proof = "proved the best"
    else:
        proof = f"at most {proposal.gap:.2%} below the best"
    moved = ", fewest moves" if proposal.fewest_moves else ""
    return (
        f"{proposal.by}, {proposal.seconds:.1f} s: worth {proposal.worth}, {proof}{moved}; "
        f"first come, first served {proposal.greedy_worth}. {proposal.kept} stay where they are."
    )


def proposal_lines(proposal: ProposalView, zone: tzinfo) -> tuple[Line, ...]:
    """A line each, in local time."""
    if not proposal.changes:
        return ((Span(" Nothing would change.", Ink.DIM),),)
    return tuple(_line(change, zone) for change in proposal.changes)


def _line(change: ProposedChange, zone: tzinfo) -> Line:
    sign, ink = _SIGN.get(change.change, ("·", Ink.TEXT))
    before = _span(change.starts, change.ends, zone)
    after = ""
    if change.new_starts is not None and change.new_ends is not None:
        after = f" → {_span(change.new_starts, change.new_ends, zone)}"
    tail = after if after and after != f" → {before}" else ""
    return (
        Span(f" {sign} {fit(change.change, 9)}", ink),
        Span(f"{fit(change.slot, 5)} {fit(change.company, 10)} {fit(change.callsign, 6)} ", Ink.BRIGHT),
        Span(f"{fit(change.volume, 8)} {before}{tail}"),
        Span(f"  {change.why}" if change.why else "", Ink.DIM),
    )


def _span(starts: datetime, ends: datetime, zone: tzinfo) -> str:
    return f"{starts.astimezone(zone):%H:%M}-{ends.astimezone(zone):%H:%M}"
