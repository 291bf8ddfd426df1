"""4 Plans: each with its verdict, and for what failed: what, where, and the fix."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import Line
from rangeops.tui.panels.plans import plan_detail, plan_head, plan_key, plan_rows
from rangeops.tui.screens.base import bindings
from rangeops.tui.screens.lists import ListScreen


class PlansScreen(ListScreen):
    number = "4"
    title_word = "PLANS"
    place = Place.PLANS
    list_title = "Plans · newest first"
    detail_title = "Checks"
    opens_first = True
    empty = "No plans were handed in."
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.PLANS)

    def keys(self) -> Sequence[tuple[str, str]]:
        return (("j k", "choose"),)

    def head(self, width: int) -> Line:
        return plan_head(width)

    def rows(self, scene: Scene, width: int) -> list[tuple[str, Line]]:
        return plan_rows(self.shared.records, scene, width)

    def detail(self, scene: Scene, width: int) -> Sequence[Line]:  # noqa: ARG002  # every list's signature
        plan = next((plan for plan in self.shared.records.plans if plan_key(plan) == self.chosen), None)
        return plan_detail(plan, width)
