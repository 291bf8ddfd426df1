"""Who is signed in and who is on duty: at the right end of the last row, on every screen."""

from collections.abc import Sequence
from typing import Final

from rangeops.domain.duty import Position
from rangeops.tui.ink import Ink, Line, Span, short
from rangeops.tui.language import tr
from rangeops.wire.duty import DutyView, MeView

SHORT: Final = {Position.OPERATOR.value: "OPR", Position.SAFETY_OFFICER.value: "RSO"}
_WIDE: Final = 110
_LONGEST_NAME: Final = 12


def who(me: MeView | None, duty: Sequence[DutyView], width: int) -> Line:
    """me: None before it is known. Where there is room, everybody on duty too; nobody is said as loud as somebody."""
    if me is None:
        return (Span(" " + tr("who?") + " ", Ink.DIM),)
    own = "+".join(SHORT[view.position] for view in duty if view.user == me.user)
    line: list[Span] = [Span(f" {short(me.user, _LONGEST_NAME)} ", Ink.BRIGHT)]
    if me.read_only:
        line.append(Span(tr("READ-ONLY") + " ", Ink.P2))
    elif own:
        line.append(Span(tr("on duty {own}", own=own) + " ", Ink.OK))
    elif any(role in SHORT for role in me.roles):
        line.append(Span(tr("off duty") + " ", Ink.DIM))
    else:
        line.append(Span(f"{short(', '.join(me.roles), 16)} ", Ink.DIM))
    if width >= _WIDE:
        for view in duty:
            if view.user != me.user:
                line.append(Span(f"{SHORT[view.position]} ", Ink.DIM))
                line.append(
                    Span(f"{short(view.user, _LONGEST_NAME)} ") if view.user else Span(tr("nobody") + " ", Ink.P2)
                )
    return tuple(line)
