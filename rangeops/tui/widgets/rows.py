"""A list under a head: the chosen row sticks to its key, not to its place, and stays in sight."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from textual import events
from textual.message import Message

from rangeops.tui.ink import Ink, Line, Span, as_chosen, spread
from rangeops.tui.language import tr
from rangeops.tui.widgets.lines import Lines

Key = TypeVar("Key", bound=Hashable)
Mark = Callable[[Sequence[Any]], Line]


def _unmarked(_keys: Sequence[Any]) -> Line:
    return ()


class Rows(Lines, Generic[Key]):
    """`chosen` never changes by itself: a key that has gone stays chosen, and nothing is marked."""

    class Clicked(Message):
        """On the row of a key, where there is a mouse. Whoever shows the rows decides whether that chooses it."""

        def __init__(self, rows: "Rows[Any]", key: Any) -> None:
            super().__init__()
            self.rows, self.key = rows, key

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, classes=classes)
        self.chosen: Key | None = None
        self._keys: tuple[Key, ...] = ()
        self.seen: tuple[Key, ...] = ()  # whose rows stand on the screen
        self._top = 0

    @property
    def room(self) -> int:
        """Rows that fit below the head."""
        return max(0, self.size.height - 1)

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset(self)
        if at is not None and 1 <= at.y <= len(self.seen):
            self.post_message(self.Clicked(self, self.seen[at.y - 1]))

    def show_rows(self, head: Line, rows: Sequence[tuple[Key, Line]], *, empty: str, mark: Mark = _unmarked) -> None:
        """mark: the sign of the most urgent of some keys, for those that aren't in sight."""
        self._keys = tuple(key for key, _ in rows)
        room = self.room
        if self.chosen in self._keys:
            at = self._keys.index(self.chosen)
            shown = max(1, room - 1 if len(rows) > room else room)
            self._top = min(max(self._top, at - shown + 1), at)
        self._top = max(0, min(self._top, len(rows) - room))
        width = self.size.width
        lines = [
            as_chosen(line, width) if key == self.chosen else line for key, line in rows[self._top : self._top + room]
        ]
        below = len(rows) - self._top - room
        self.seen = self._keys[self._top : self._top + (room - 1 if below > 0 else room)]
        if below > 0:
            lines[-1:] = [
                (
                    Span(" " + tr("… {below} more", below=below + 1) + "  ", Ink.DIM),
                    *mark(self._keys[self._top + room - 1 :]),
                )
            ]
        if self._top > 0 and room > 0:
            above = (Span(f" ↑{self._top} ", Ink.DIM), *mark(self._keys[: self._top])[:1])
            head = spread(head, above, width)
        self.show((head, *(lines or [(Span(f" {empty}", Ink.DIM),)])))

    def move(self, step: int) -> Key | None:
        """Choose the next or the one before; from nothing, or from a key that has gone, the first."""
        if self._keys:
            at = self._keys.index(self.chosen) + step if self.chosen in self._keys else 0
            self.chosen = self._keys[min(max(at, 0), len(self._keys) - 1)]
        return self.chosen
