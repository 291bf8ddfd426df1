"""The map beside a plan's checks: drawn anew when another plan is chosen, or the size changes."""

from textual.strip import Strip
from textual.widget import Widget

from rangeops.tui.ink import Ink
from rangeops.tui.palette import STYLE
from rangeops.tui.plan_chart import draw_plan
from rangeops.tui.widgets.map import strip_of_cells
from rangeops.wire.api import PlanView, RangeView


class PlanMap(Widget):
    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, classes=classes)
        self._shown: tuple[RangeView | None, PlanView | None] = (None, None)
        self._strips: list[Strip] = []

    def show(self, site: RangeView | None, plan: PlanView | None) -> None:
        if (site, plan) != self._shown:
            self._shown = (site, plan)
            self._draw()

    def on_resize(self) -> None:
        self._draw()

    def restyle(self) -> None:
        """Another theme: what is drawn is drawn anew."""
        self._draw()

    def _draw(self) -> None:
        site, plan = self._shown
        columns, rows = self.size
        self._strips = []
        if site is not None and plan is not None and plan.path and columns > 1 and rows > 0:
            characters, inks = draw_plan(columns, rows, site, plan)
            self._strips = [strip_of_cells(characters[y], inks[y]) for y in range(rows)]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, STYLE[Ink.TEXT])
