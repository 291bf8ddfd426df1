"""A day's rows under the hours, with words at the foot: the chosen slot stays chosen, and its row in sight."""

from collections.abc import Sequence

from rangeops.tui.ink import BLANK, Ink, Line, Span
from rangeops.tui.language import tr
from rangeops.tui.widgets.rows import Rows


class Timeline(Rows[str]):
    """`move` goes through `order`; several slots may share a row."""

    def show_day(
        self, head: Line, rows: Sequence[tuple[Sequence[str], Line]], order: Sequence[str], foot: Sequence[Line]
    ) -> None:
        """foot: as much of it as is left room for; never less than a third while there is anything to say."""
        self._keys = tuple(order)
        room = self.room
        words = min(len(foot), max(room - len(rows), room // 3))
        shown = max(0, room - words)
        at = next((number for number, (keys, _) in enumerate(rows) if self.chosen in keys), 0)
        above_more = max(1, shown - 1 if len(rows) > shown else shown)  # the last row tells of those below
        self._top = max(0, min(max(self._top, at - above_more + 1), at, len(rows) - shown))
        lines = [line for _, line in rows[self._top : self._top + shown]]
        if (below := len(rows) - self._top - shown) > 0 and lines:
            lines[-1] = (Span(" " + tr("… {below} more rows: j", below=below + 1), Ink.DIM),)
        gap = [BLANK] if words and len(lines) + words < room else []
        tail = list(foot[:words])
        if len(foot) > words and tail:
            tail[-1] = (Span(" " + tr("… {count} more conflicts", count=len(foot) - words + 1), Ink.P2),)
        self.show((head, *lines, *gap, *tail))
