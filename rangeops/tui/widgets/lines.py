"""A widget that shows lines, and draws only those that changed."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from rangeops.domain.text import safe_text
from rangeops.tui.ink import BLANK, Line, cut
from rangeops.tui.palette import STYLE

_CACHED_LINES: Final = 4096


@lru_cache(maxsize=_CACHED_LINES)
def strip_of(line: Line, width: int) -> Strip:
    """A line as Textual wants it: made once for each line and width. Spans are text, never markup."""
    return Strip([Segment(_printable(span.text), STYLE[span.ink]) for span in cut(line, width)], width)


def _same(before: Line, after: Line) -> int:
    """Cells at the start of both that look alike, counted in whole spans."""
    return sum(
        cell_len(old.text) for old, _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    )


def _printable(text: str) -> str:
    """The last gate: what comes from outside was cleaned when it came, so this changes nothing unless that failed."""
    return text if text.isprintable() else safe_text(text, limit=len(text))


class Lines(Widget):
    """Lines come down by `show`; what is equal to what stands there isn't drawn again."""

    DEFAULT_CSS = ""  # the one stylesheet is rangeops.tcss

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()
        self.waits = False  # to be drawn: what stands on the screen is older

    @property
    def lines(self) -> tuple[Line, ...]:
        return self._lines

    def show(self, lines: Sequence[Line]) -> None:
        old, self._lines = self._lines, tuple(lines)
        if old == self._lines:
            return
        self.waits = True
        width = self.size.width
        regions = []
        for y in range(max(len(old), len(self._lines))):
            before = old[y] if y < len(old) else BLANK
            after = self._lines[y] if y < len(self._lines) else BLANK
            if before != after:
                x = _same(before, after)
                regions.append(Region(x, y, max(1, width - x), 1))
        self.refresh(*regions)

    def restyle(self) -> None:
        """Another theme: what is drawn is drawn anew."""
        strip_of.cache_clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        self.waits = False
        return strip_of(self._lines[y] if y < len(self._lines) else BLANK, self.size.width)
