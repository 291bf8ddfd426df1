"""3 Alarms: every alarm that isn't normal."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from rangeops.client.actions import Noun, Target
from rangeops.domain.alarms import AlarmId
from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import Line
from rangeops.tui.panels.alarms import LEGEND, alarm_detail, alarm_head, alarm_rows
from rangeops.tui.screens.base import bindings
from rangeops.tui.screens.lists import ListScreen


class AlarmsScreen(ListScreen):
    """Here `a` is for the row, never for the banner."""

    number = "3"
    title_word = "ALARMS"
    place = Place.ALARMS
    list_title = f"Alarms · {LEGEND}"
    empty = "No alarms."
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.ALARMS)

    def keys(self) -> Sequence[tuple[str, str]]:
        return (("j k", "choose"), ("a", "ack the row"), ("enter", "banner's vehicle"))

    def listed_alarms(self) -> Sequence[AlarmId]:
        return super().listed_alarms() or [AlarmId(key) for key in self._list.seen]

    def target(self, noun: Noun) -> Target | None:
        if noun is Noun.ALARM:
            standing = self.scene is not None and any(alarm.id == self.chosen for alarm in self.scene.alarms)
            return Target(alarm=AlarmId(self.chosen)) if self.chosen is not None and standing else None
        return super().target(noun)

    def head(self, width: int) -> Line:
        return alarm_head(width)

    def rows(self, scene: Scene, width: int) -> list[tuple[str, Line]]:
        return alarm_rows(scene, width)

    def detail(self, scene: Scene, width: int) -> Sequence[Line]:
        return alarm_detail(scene, self.chosen, width)
