"""A proposed timetable as a list of changes: what each slot would come to, and how good the whole is."""

from datetime import datetime, tzinfo
from typing import Final

from rangeops.tui.ink import Ink, Line, Span, fit
from rangeops.tui.language import tr
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
        proof = tr("not proved")
    elif proposal.gap == 0:
        proof = tr("proved the best")
    else:
        proof = tr("at most {gap:.2%} below the best", gap=proposal.gap)
    moved = ", " + tr("fewest moves") if proposal.fewest_moves else ""
    return tr(
        "{by}, {seconds:.1f} s: worth {worth}, {proof}{moved}; first come, first served {greedy_worth}. {kept} stay where they are.",
        by=proposal.by,
        seconds=proposal.seconds,
        worth=proposal.worth,
        proof=proof,
        moved=moved,
        greedy_worth=proposal.greedy_worth,
        kept=proposal.kept,
    )


def proposal_lines(proposal: ProposalView, zone: tzinfo) -> tuple[Line, ...]:
    """A line each, in local time."""
    if not proposal.changes:
        return ((Span(" " + tr("Nothing would change."), Ink.DIM),),)
    return tuple(_line(change, zone) for change in proposal.changes)


def _line(change: ProposedChange, zone: tzinfo) -> Line:
    sign, ink = _SIGN.get(change.change, ("·", Ink.TEXT))
    before = _span(change.starts, change.ends, zone)
    after = ""
    if change.new_starts is not None and change.new_ends is not None:
        after = f" → {_span(change.new_starts, change.new_ends, zone)}"
    tail = after if after and after != f" → {before}" else ""
    return (
        Span(f" {sign} {fit(tr(change.change), 9)}", ink),
        Span(f"{fit(change.slot, 5)} {fit(change.company, 10)} {fit(change.callsign, 6)} ", Ink.BRIGHT),
        Span(f"{fit(change.volume, 8)} {before}{tail}"),
        Span(f"  {change.why}" if change.why else "", Ink.DIM),
    )


def _span(starts: datetime, ends: datetime, zone: tzinfo) -> str:
    return f"{starts.astimezone(zone):%H:%M}-{ends.astimezone(zone):%H:%M}"
