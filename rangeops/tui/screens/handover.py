"""7 Hand-over: the page that whoever takes over reads; notes are left and done here, and duty is taken with it."""

import hashlib
from collections.abc import Sequence
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.widget import Widget

from rangeops.client.action import Noun, Target
from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Line
from rangeops.tui.language import tr, tr_later
from rangeops.tui.panels.handover import page_lines
from rangeops.tui.screens.base import RoomScreen, bindings
from rangeops.tui.widgets.rows import Rows
from rangeops.wire.handover import HandoverView
from rangeops.wire.messages import to_json

_NOTE: Final = "note "


class HandoverScreen(RoomScreen):
    number = "7"
    title_word = tr_later("HAND-OVER")
    place = Place.HANDOVER
    reads = "handover"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.HANDOVER)

    def body(self) -> Sequence[Widget]:
        self._page = Rows[str](id="page", classes="panel")
        return (self._page,)

    def label(self) -> None:
        self._page.border_title = tr("Hand-over page")

    def keys(self) -> Sequence[tuple[str, str]]:
        return (
            ("n", tr("note")),
            *((("x", tr("done")),) if self._chosen_note() is not None else ()),
            ("t", tr("take over")),
            ("p", tr("PDF")),
            ("j k", tr("line")),
            ("pgdn pgup", tr("page")),
        )

    def move(self, step: int) -> None:
        self._page.move(step)

    def page(self, step: int) -> None:
        self._page.move(step * max(1, self._page.room - 1))

    def target(self, noun: Noun) -> Target | None:
        """With the page that stands here: whoever takes over has read this one."""
        view = self.shared.records.handover
        if noun is not Noun.HANDOVER:
            return super().target(noun)
        if view is None:
            return Target()  # a note can be left before the page has come
        words = {f"version {duty.position}": str(duty.version) for duty in view.on_duty}
        free = next((duty.position for duty in view.on_duty), "")
        return Target(note=self._chosen_note(), words={**words, "position": free, "handover": fingerprint(view)})

    def draw_body(self, scene: Scene) -> None:
        view = self.shared.records.handover
        if view is None:
            self._page.show_rows(BLANK, (), empty=tr("The page is being read."))
            return
        lines = page_lines(view, scene.zone, self._page.size.width)
        rows: list[tuple[str, Line]] = [
            (f"{_NOTE}{key}" if key else f"line {number}", line) for number, (key, line) in enumerate(lines[1:])
        ]
        self._page.show_rows(lines[0][1], rows, empty="")

    def _chosen_note(self) -> int | None:
        chosen = self._page.chosen or ""
        return int(chosen.removeprefix(_NOTE)) if chosen.startswith(_NOTE) else None


def fingerprint(view: HandoverView) -> str:
    """SHA-256 of the page as it came: the record says which one was read."""
    return hashlib.sha256(to_json(view)).hexdigest()
