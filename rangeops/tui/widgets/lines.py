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
from rangeops.tui.ink import BLANK, Ink, Line, cut
from rangeops.tui.palette import STYLE

_CACHED_LINES: Final = 512  # what stands on a few screens: a line with an age in it hardly comes again


@lru_cache(maxsize=_CACHED_LINES)
def strip_of(line: Line, width: int) -> Strip:
    """A line as Textual wants it: made once for each line and width. Spans are text, never markup."""
    return Strip([Segment(_printable(span.text), STYLE[span.ink]) for span in cut(line, width)], width)


def changed(before: Line, after: Line, width: int) -> tuple[int, int]:
    """The first cell that differs, and how many up to the last that does: over SSH a figure is a few bytes, a line hundreds."""
    old, new = _cells(before, width), _cells(after, width)
    if len(old) != width or len(new) != width:  # a character is two cells wide: whole spans then
        same = takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
        x = min(sum(cell_len(span.text) for span, _ in same), width - 1)
        return x, width - x
    differ = [x for x in range(width) if old[x] != new[x]]
    return (differ[0], differ[-1] - differ[0] + 1) if differ else (0, 1)


def _cells(line: Line, width: int) -> list[tuple[str, Ink]]:
    return [(character, span.ink) for span in cut(line, width) for character in span.text]


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
        if not width:
            return
        regions = []
        for y in range(max(len(old), len(self._lines))):
            before = old[y] if y < len(old) else BLANK
            after = self._lines[y] if y < len(self._lines) else BLANK
            if before != after:
                x, cells = changed(before, after, width)
                regions.append(Region(x, y, cells, 1))
        self.refresh(*regions)

    def restyle(self) -> None:
        """Another theme: what is drawn is drawn anew."""
        strip_of.cache_clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        self.waits = False
        return strip_of(self._lines[y] if y < len(self._lines) else BLANK, self.size.width)
