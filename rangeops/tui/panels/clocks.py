"""The clocks of Regulation (EU) 376/2014, as they stand on the screen: what is left, or by how much one was missed."""

from collections.abc import Iterable, Mapping
from datetime import timedelta, tzinfo
from typing import Final

from rangeops.domain.incident_review import Deadline
from rangeops.domain.now import Now
from rangeops.tui.ink import Ink, Line, Span, width_of
from rangeops.tui.language import dated, tr, tr_later

NAMES: Final[Mapping[str, str]] = {
    "report": tr_later("report"),
    "notification": tr_later("notification"),
    "analysis": tr_later("analysis"),
    "final": tr_later("final results"),
    "safety board": tr_later("safety board"),
}
_INK: Final = {"met": Ink.OK, "late": Ink.P2, "running": Ink.TEXT, "running out": Ink.P2, "missed": Ink.P1}
_GAP: Final = Span("   ")


def lasting(span: timedelta) -> str:
    """12 d, 41 h, 35 min: whole ones, rounded down, so that nobody has less than it says."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes >= 3 * 24 * 60:
        return tr("{count} d", count=minutes // (24 * 60))
    return tr("{count} h", count=minutes // 60) if minutes >= 120 else tr("{count} min", count=minutes)


def clock_cell(deadline: Deadline | None, now: Now, *, roomy: bool) -> Span:
    """In the list: the clock that ends first."""
    if deadline is None:
        return Span("-", Ink.DIM)
    late, figure = _lateness(deadline, now)
    name = f"{tr(NAMES[deadline.name])} " if roomy else ""
    text = f"{name}{tr('OVERDUE {figure}', figure=figure) if late else tr('{figure} left', figure=figure)}"
    return Span(text, _ink(deadline, late=late))


def clock_lines(deadlines: Iterable[Deadline], now: Now, zone: tzinfo, width: int) -> list[Line]:
    """Each with its name, what is left and until when, or that it was met; as many in a line as fit."""
    lines: list[Line] = []
    line: Line = ()
    for deadline in deadlines:
        entry = _entry(deadline, now, zone)
        if line and width_of((*line, _GAP, *entry)) > width - 1:
            lines.append(line)
            line = ()
        line = (*line, _GAP, *entry) if line else (Span(" "), *entry)
    return [*lines, line] if line else lines


def _entry(deadline: Deadline, now: Now, zone: tzinfo) -> Line:
    name = Span(f"{tr(NAMES[deadline.name])} ", Ink.DIM)
    if deadline.done_utc is not None:
        done = dated(deadline.done_utc.astimezone(zone), "%d %b %H:%M")
        ink = _INK[deadline.state]
        if deadline.state == "late":
            by = lasting(deadline.done_utc - deadline.due_utc)
            return (name, Span(tr("▲ {done}, {by} late", done=done, by=by), ink))
        return (name, Span(tr("✓ {done}", done=done), ink))
    late, figure = _lateness(deadline, now)
    due = dated(deadline.due_utc.astimezone(zone), "%d %b %H:%M")
    said = tr("■ OVERDUE {figure}", figure=figure) if late else tr("{figure} left", figure=figure)
    return (name, Span(said, _ink(deadline, late=late)), Span(" " + tr("(by {due})", due=due), Ink.DIM))


def _lateness(deadline: Deadline, now: Now) -> tuple[bool, str]:
    """By this screen's clock: what the server said of it may be an hour old."""
    left = deadline.due_utc - now.utc
    return left < timedelta(0), lasting(left)


def _ink(deadline: Deadline, *, late: bool) -> Ink:
    return Ink.P1 if late else _INK[deadline.state]
