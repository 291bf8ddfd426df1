"""? Keys: printed from the tables that bind them."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from rangeops.domain.alarms import Priority
from rangeops.tui.bindings import Place, help_rows
from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, fit, marker
from rangeops.tui.keymap import Keymap
from rangeops.tui.language import tr
from rangeops.tui.screens.dialogs import Dialog
from rangeops.tui.widgets.lines import Lines


def help_lines(here: Place = Place.EVERYWHERE, keymap: Keymap = Keymap()) -> tuple[Line, ...]:  # noqa: B008  # frozen
    """here: the screen that is shown; its keys come first. keymap: whose keys are written."""
    lines: list[Line] = []
    for place in sorted(Place, key=lambda place: (place is not here, place is not Place.EVERYWHERE)):
        rows = [(keymap.shown(name) or ":", what, name) for _, what, name in help_rows(place)]
        if rows:
            lines.append((Span(f" {tr(place.value)}", Ink.TITLE),))
            lines += [
                (Span(f"  {fit(key, 8)}", Ink.KEY), Span(fit(what, 48)), Span(name, Ink.DIM))
                for key, what, name in rows
            ]
            lines.append(BLANK)
    marks = [
        (priority, word)
        for priority, word in zip(Priority, (tr("act now"), tr("act soon"), tr("know of it")), strict=True)
    ]
    lines += [(Span("  "), marker(priority), Span(f"  P{priority.value}: {word}")) for priority, word in marks]
    lines.append((Span("  " + tr("▲ vehicle   △ where it was   ··· where it will be in 30 s"), Ink.DIM),))
    lines.append((Span("  " + tr("older than 1 s dim · 2 s STALE · 5 s LOST; old figures are --"), Ink.DIM),))
    return tuple(lines)


class HelpScreen(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "cancel", "Close"),
        Binding("j,down", "scroll(1)", "Down"),
        Binding("k,up", "scroll(-1)", "Up"),
    ]

    def __init__(self, here: Place = Place.EVERYWHERE, keymap: Keymap = Keymap()) -> None:  # noqa: B008  # frozen
        super().__init__()
        self._here, self._keymap = here, keymap

    def compose(self) -> ComposeResult:
        self._lines = Lines(id="help-lines")
        with VerticalScroll(id="help") as box:
            box.border_title = tr("Keys · j k scroll · esc closes")
            yield self._lines

    def on_mount(self) -> None:
        lines = help_lines(self._here, self._keymap)
        self._lines.styles.height = len(lines)
        self._lines.show(lines)

    def draw_dialog(self, scene: Scene) -> None:
        """Nothing on it moves."""

    def action_scroll(self, step: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=3 * step, animate=False)
