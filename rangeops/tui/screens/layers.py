"""m Layers: what the map shows and leaves out. The map behind it follows each key at once."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, fit
from rangeops.tui.language import tr
from rangeops.tui.layers import LAYERS, Layer, LayerRow
from rangeops.tui.screens.dialogs import Dialog
from rangeops.tui.widgets.lines import Lines

_TITLE_CELLS: Final = 46


def layer_lines(shown: frozenset[Layer]) -> tuple[Line, ...]:
    foot: Line = (Span("  " + tr("Vehicles, threatened edges and the range always show."), Ink.DIM),)
    return (*(_line(row, row.layer in shown) for row in LAYERS), BLANK, foot)


def _line(row: LayerRow, shown: bool) -> Line:  # noqa: FBT001  # read off in one place
    word = Span(tr("shown"), Ink.OK) if shown else Span(tr("HIDDEN"), Ink.P2)
    return (
        Span(f"  {row.key}  ", Ink.KEY),
        Span(fit(tr(row.title), _TITLE_CELLS), Ink.TEXT if shown else Ink.DIM),
        word,
    )


class LayersDialog(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,m,enter,q", "cancel", "Close"),
        *(Binding(row.key, f"turn('{row.layer.value}')", row.title) for row in LAYERS),
    ]

    def __init__(self, shown: Callable[[], frozenset[Layer]], toggle: Callable[[Layer], None]) -> None:
        super().__init__()
        self._shown, self._toggle = shown, toggle

    def compose(self) -> ComposeResult:
        self._lines = Lines(id="layers")
        with Vertical(id="dialog") as box:
            box.border_title = tr("Map layers · key shows or hides · esc closes")
            yield self._lines

    def on_mount(self) -> None:
        self._lines.styles.height = len(LAYERS) + 2
        self.composed = True
        self._list()

    def draw_dialog(self, scene: Scene) -> None:
        """Only its own keys change it."""

    def action_turn(self, layer: str) -> None:
        self._toggle(Layer(layer))
        self._list()

    def _list(self) -> None:
        self._lines.show(layer_lines(self._shown()))
