"""A screen that is a list and the detail of the row that is chosen in it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from rangeops.tui.board import Scene
from rangeops.tui.ink import Ink, Line, Span
from rangeops.tui.language import tr, tr_later
from rangeops.tui.screens.base import RoomScreen
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.widgets.rows import Rows
from rangeops.tui.witness import Shown


class ListScreen(RoomScreen):
    list_title: ClassVar[str]
    detail_title: ClassVar[str] = tr_later("Chosen")
    empty: ClassVar[str]
    opens_first: ClassVar[bool] = False  # only where nothing can be done to a row by one key

    class Chose(Message):
        """Another row: what is shown of it only has to be read."""

    _from = 0  # the first line of the detail that is seen

    def body(self) -> Sequence[Widget]:
        self._list = Rows[str](id="list", classes="panel")
        self._more = Lines(id="more", classes="panel")
        return (Vertical(self._list, self.below(), classes="split"),)

    def label(self) -> None:
        self._list.border_title, self._more.border_title = tr(self.list_title), tr(self.detail_title)

    def below(self) -> Widget:
        """What stands under the list: the detail, and whatever a screen has beside it."""
        return self._more

    @property
    def chosen(self) -> str | None:
        return self._list.chosen

    def move(self, step: int) -> None:
        if self._list.move(step) is not None:
            self._from = 0
            self.chose()
            self.post_message(self.Chose())

    def on_rows_clicked(self, event: Rows.Clicked) -> None:
        if event.rows is self._list:
            self.choose(str(event.key))

    def shown(self) -> Shown:
        return Shown(chosen=self._list.chosen or "")

    def choose(self, key: str) -> None:
        self._list.chosen = key
        self._from = 0
        self.chose()
        self.post_message(self.Chose())

    def chose(self) -> None:
        """Note what is chosen, for the reader."""

    def head(self, width: int) -> Line:
        raise NotImplementedError

    def rows(self, scene: Scene, width: int) -> list[tuple[str, Line]]:
        raise NotImplementedError

    def detail(self, scene: Scene, width: int) -> Sequence[Line]:
        raise NotImplementedError

    def nothing(self) -> str:
        """What stands in an empty list."""
        return tr(self.empty) if self.empty else ""

    def draw_body(self, scene: Scene) -> None:
        width = self._list.size.width
        rows = self.rows(scene, width)
        self._list.show_rows(self.head(width), rows, empty=self.nothing())
        if self.opens_first and rows and self._list.chosen is None:
            self.move(0)
        self._more.show(self._window(self.detail(scene, self._more.size.width), self._more.size.height))

    def page(self, step: int) -> None:
        """Half a panel on or back in the detail."""
        self._from += step * max(1, self._more.size.height // 2)

    def _window(self, lines: Sequence[Line], height: int) -> Sequence[Line]:
        """As much of the detail as fits; what is below is said."""
        self._from = max(0, min(self._from, len(lines) - height))
        below = len(lines) - self._from - height
        shown = lines[self._from : self._from + height]
        if below > 0 and shown:
            shown = [*shown[:-1], (Span(" " + tr("… {below} more: page down", below=below + 1), Ink.DIM),)]
        return shown
