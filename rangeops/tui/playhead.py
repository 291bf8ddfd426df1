"""Where a replay is: its playhead, and the two rows that show what happened where. No Textual."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.alarms import Priority
from rangeops.tui.ink import Ink, Line, Span, marker
from rangeops.wire.recorded import Mark

SPEEDS: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 30.0, 60.0)
_SIGNS: Final = {"alarm": "▲", "command": "■", "breach": "✗", "mode": "·", "armed": "▶", "disarmed": "◀"}


class Playhead:
    """Where the replay is, how fast it goes, and between which ends. It never leaves the recording."""

    def __init__(self, begins: datetime, ends: datetime) -> None:
        self.begins, self.ends = begins, max(ends, begins)
        self.at = begins
        self.playing = False
        self.speed = 1.0
        self.range: tuple[datetime, datetime] | None = None
        self._opened: datetime | None = None  # where a range begins that has no end yet

    def pass_s(self, seconds: float) -> None:
        """So much time went by for who watches. A range is played round and round; a recording stops at its end."""
        if not self.playing:
            return
        self.at += timedelta(seconds=seconds * self.speed)
        if self.range is not None and not self.range[0] <= self.at < self.range[1]:
            self.at = self.range[0]
        elif self.at >= self.ends:
            self.at, self.playing = self.ends, False

    def go(self, to: datetime) -> None:
        self.at = min(max(to, self.begins), self.ends)

    def toggle(self) -> None:
        """At the end, play begins anew."""
        if not self.playing and self.at >= self.ends:
            self.at = self.begins
        self.playing = not self.playing

    def faster(self, by: int) -> None:
        at = SPEEDS.index(self.speed)
        self.speed = SPEEDS[min(max(at + by, 0), len(SPEEDS) - 1)]

    def open_range(self) -> None:
        self.range, self._opened = None, self.at

    def close_range(self) -> None:
        """From where it was opened, or the beginning, to here; the same place twice is no range."""
        first = self._opened or self.begins
        self.range = (min(first, self.at), max(first, self.at)) if first != self.at else None
        self._opened = None


def timeline(head: Playhead, marks: Sequence[Mark], kept: Sequence[datetime], width: int) -> tuple[Line, Line]:
    """Two rows: what happened where, and where we are. Each cell shows the gravest of what happened in it."""
    lasts_s = max((head.ends - head.begins).total_seconds(), 1e-3)

    def cell(moment: datetime) -> int:
        return min(int((moment - head.begins).total_seconds() / lasts_s * width), width - 1)

    signs: list[Span] = [Span(" ", Ink.DIM)] * width
    graver = [9.0] * width
    for mark in marks:
        weight = mark.priority if mark.priority is not None else {"breach": 1.5, "command": 2.5}.get(mark.kind, 5.0)
        if mark.kind in _SIGNS and weight < graver[cell(mark.utc)]:
            graver[cell(mark.utc)] = weight
            ink = marker(Priority(mark.priority)).ink if mark.priority else Ink.P1 if mark.kind == "breach" else Ink.DIM
            signs[cell(mark.utc)] = Span(_SIGNS[mark.kind], ink)
    for moment in kept:
        signs[cell(moment)] = Span("◆", Ink.KEY)
    line = [Span("─", Ink.FAINT)] * width
    if head.range is not None:
        first, last = cell(head.range[0]), cell(head.range[1])
        line[first : last + 1] = [Span("━", Ink.KEY)] * (last + 1 - first)
    line[cell(head.at)] = Span("●", Ink.BRIGHT)
    return tuple(signs), tuple(line)
