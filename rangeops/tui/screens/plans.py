"""4 Plans: each with its verdict, for what failed what, where and the fix, and the route on the map."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import Line
from rangeops.tui.language import tr, tr_later
from rangeops.tui.panels.plans import plan_detail, plan_head, plan_key, plan_rows
from rangeops.tui.screens.base import bindings
from rangeops.tui.screens.lists import ListScreen
from rangeops.tui.widgets.plan_map import PlanMap
from rangeops.wire.api import PlanView


class PlansScreen(ListScreen):
    number = "4"
    title_word = tr_later("PLANS")
    place = Place.PLANS
    list_title = tr_later("Plans · newest first")
    detail_title = tr_later("Checks")
    opens_first = True
    empty = tr_later("No plans were handed in.")
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.PLANS)

    def below(self) -> Widget:
        self._map = PlanMap(id="plan-map", classes="panel")
        return Horizontal(super().below(), self._map, classes="beside")

    def label(self) -> None:
        super().label()
        self._map.border_title = tr("Route")

    def keys(self) -> Sequence[tuple[str, str]]:
        return (("j k", tr("choose")),)

    def head(self, width: int) -> Line:
        return plan_head(width)

    def rows(self, scene: Scene, width: int) -> list[tuple[str, Line]]:
        return plan_rows(self.shared.records, scene, width)

    def detail(self, scene: Scene, width: int) -> Sequence[Line]:  # noqa: ARG002  # every list's signature
        return plan_detail(self._plan, width)

    def draw_body(self, scene: Scene) -> None:
        super().draw_body(scene)
        self._map.show(self.shared.records.range_view, self._plan)

    @property
    def _plan(self) -> PlanView | None:
        return next((plan for plan in self.shared.records.plans if plan_key(plan) == self.chosen), None)
