"""What this room showed, until the record has it: views as they change, alarms as they are painted. No Textual.

It keeps no more than it may and never waits: a room that has lost its server tells what it kept when it is back, and how
much it couldn't keep.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import Final

from rangeops.domain.alarms import AlarmId
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.domain.text import safe_text
from rangeops.wire.screens import (
    KEYFRAME,
    LONGEST_TEXT,
    MOST_IN_REPORT,
    SPAN,
    AlarmDrawn,
    ScreenReport,
    ScreenView,
)

VIEW_EVERY_S: Final = 0.5
"""No two views closer: two a second say what a hand on the keys did. The last one always counts, as drawing goes on."""

REPORT_EVERY_S: Final = 2.0
MOST_VIEWS: Final = 2_000  # a quarter of an hour of panning without a server, or a day and a half of looking
MOST_DRAWN: Final = 4_000

Seen = Mapping[AlarmId, tuple[str, str]]
"""Alarms that stand on the screen: state, place."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a screen has chosen and looks at; the fields are ScreenView's."""

    chosen: str = ""
    filter: str = ""
    sort: str = ""
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    m_per_dot: float | None = None
    layers: tuple[str, ...] = ()
    follows: Sysid | None = None


class Witness:
    """room: what the room is called in the record; no two at once have the same."""

    def __init__(self, room: str) -> None:
        self.room = room
        self._views: deque[ScreenView] = deque()
        self._drawn: deque[AlarmDrawn] = deque()
        self._numbers = count(1)
        self._last: ScreenView | None = None
        self._last_s = float("-inf")
        self._standing: dict[AlarmId, str] = {}  # as they were painted last
        self._lost = 0

    @property
    def waiting(self) -> int:
        return len(self._views) + len(self._drawn)

    def looks(self, now: Now) -> bool:
        """Whether a view would count now."""
        return now.monotonic_s - self._last_s >= VIEW_EVERY_S

    def saw(self, view: ScreenView, now: Now) -> None:
        """view: as it is now; its seq and time are set here. Kept where it is another, or was told a KEYFRAME ago."""
        since_s = now.monotonic_s - self._last_s
        if not self.looks(now):
            return
        same = self._last is not None and replace(view, seq=self._last.seq, utc=self._last.utc) == self._last
        if same and since_s < KEYFRAME.total_seconds():
            return
        self._last, self._last_s = replace(view, seq=next(self._numbers), utc=now.utc), now.monotonic_s
        self._lost += _put(self._views, self._last, MOST_VIEWS)

    def fresh(self, seen: Seen) -> Seen:
        """Those that didn't stand there before, or in another state."""
        for alarm in self._standing.keys() - seen.keys():
            del self._standing[alarm]
        return {alarm: what for alarm, what in seen.items() if self._standing.get(alarm) != what[0]}

    def painted(self, fresh: Seen, screen: str, utc: datetime) -> None:
        """They stand on the screen: its bytes are with the terminal."""
        for alarm, (state, place) in fresh.items():
            if self._standing.get(alarm) == state:
                continue
            self._standing[alarm] = state
            drawn = AlarmDrawn(next(self._numbers), utc, AlarmId(_plain(alarm)), state, place, screen)
            self._lost += _put(self._drawn, drawn, MOST_DRAWN)

    def report(self, now: Now) -> ScreenReport | None:
        """What is to be told next, oldest first; it stays here until it is `taken`. None: nothing is."""
        waiting: list[ScreenView | AlarmDrawn] = [*self._views, *self._drawn]
        parts: list[ScreenView | AlarmDrawn] = []
        for part in sorted(waiting, key=lambda part: part.seq)[:MOST_IN_REPORT]:
            times = [other.utc for other in (*parts[:1], *parts[-1:], part)]
            if max(times) - min(times) > SPAN:
                break
            parts.append(part)
        if not parts:
            return None
        sent = max(now.utc, *(part.utc for part in parts))  # this machine's clock may have been set back
        views = tuple(part for part in parts if isinstance(part, ScreenView))
        drawn = tuple(part for part in parts if isinstance(part, AlarmDrawn))
        return ScreenReport(self.room, sent, views, drawn, self._lost)

    def taken(self, report: ScreenReport) -> None:
        """It is in the record."""
        self._forget(report)
        self._lost -= report.lost

    def refused(self, report: ScreenReport) -> None:
        """The server won't ever take it: that it was lost is what is told."""
        self._forget(report)
        self._lost += len(report.views) + len(report.drawn)

    def _forget(self, report: ScreenReport) -> None:
        gone = {view.seq for view in report.views} | {drawn.seq for drawn in report.drawn}
        while self._views and self._views[0].seq in gone:
            self._views.popleft()
        while self._drawn and self._drawn[0].seq in gone:
            self._drawn.popleft()


def view_of(
    shown: Shown,
    *,
    screen: str,
    size: tuple[int, int],
    connected: bool,
    vehicle: Sysid | None,
    dialog: str,
    language: str,
    theme: str,
) -> ScreenView:
    """As the record has it, with no number and no time yet."""
    columns, rows = size
    return ScreenView(
        seq=0, utc=_NO_TIME, screen=screen, columns=columns, rows=rows, connected=connected, vehicle=vehicle,
        chosen=_plain(shown.chosen), filter=_plain(shown.filter), sort=_plain(shown.sort),
        latitude_deg=shown.latitude_deg, longitude_deg=shown.longitude_deg, m_per_dot=shown.m_per_dot,
        layers=shown.layers, follows=shown.follows, dialog=dialog, language=language, theme=_plain(theme),
    )  # fmt: skip


_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)


def _plain(text: str) -> str:
    return (
        text
        if len(text) <= LONGEST_TEXT and text.isascii() and text.isprintable()
        else safe_text(text, limit=LONGEST_TEXT)
    )


def _put(queue: deque, item: ScreenView | AlarmDrawn, most: int) -> int:  # type: ignore[type-arg]  # of either
    """At the end; how many had to go at its other one."""
    queue.append(item)
    if len(queue) <= most:
        return 0
    queue.popleft()
    return 1
