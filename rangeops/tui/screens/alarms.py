"""3 Alarms: every alarm that isn't normal; what is shelved, suppressed or out of service; and what there was."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from rangeops.client.action import Noun, Target
from rangeops.domain.alarms import Alarm, AlarmId
from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import Line
from rangeops.tui.language import tr, tr_later
from rangeops.tui.outside_words import in_words
from rangeops.tui.panels.alarms import (
    LEGEND,
    Listing,
    alarm_detail,
    alarm_head,
    alarm_rows,
    group_detail,
    group_of,
    history_rows,
    ids_in,
    load_line,
    removed_rows,
)
from rangeops.tui.screens.base import bindings
from rangeops.tui.screens.lists import ListScreen
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.witness import Shown


class AlarmsScreen(ListScreen):
    """Here `a` is for the row, never for the banner."""

    number = "3"
    title_word = tr_later("ALARMS")
    list_title = ""  # of the list that is shown
    place = Place.ALARMS
    empty = tr_later("No alarms.")
    reads = "alarms"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.ALARMS)

    listing = Listing.ACTIVE

    def body(self) -> Sequence[Widget]:
        self._load = Lines(id="load")
        return (self._load, *super().body())

    def keys(self) -> Sequence[tuple[str, str]]:
        if self.listing is Listing.REMOVED:
            return (("u", tr("unshelve")), ("B", tr("back in service")), ("n", tr("note")), ("tab", tr("history")))
        return (("a", tr("ack row")), ("s", tr("shelve")), ("n", tr("note")), ("tab", tr("removed, history")))

    def shown(self) -> Shown:
        return replace(super().shown(), filter=self.listing.value)

    def turn(self) -> None:
        """To the next list. What is chosen in one isn't in another."""
        order = list(Listing)
        self.listing = order[(order.index(self.listing) + 1) % len(order)]
        self._list.chosen = None
        self.label()

    def label(self) -> None:
        super().label()
        self._list.border_title = f"{tr(self.listing.value).capitalize()} · {tr(LEGEND[self.listing])}"

    def listed_alarms(self) -> Sequence[AlarmId]:
        return super().listed_alarms() or ids_in(self.scene, self._list.seen) if self.scene is not None else []

    def target(self, noun: Noun) -> Target | None:
        if noun is not Noun.ALARM:
            return super().target(noun)
        alarm = self._chosen_alarm(self.scene)
        known = () if self.scene is None else (*self.scene.alarms, *self.scene.removed)
        if alarm is None or not any(alarm.id == each.id for each in known):
            return None
        return Target(alarm=alarm.id, words={"minutes": "15"})

    def _chosen_alarm(self, scene: Scene | None) -> Alarm | None:
        """Of a group the first that nobody has acknowledged: one at a time."""
        if scene is None or self.chosen is None:
            return None
        group = group_of(scene, self.chosen)
        if group is not None:
            return group.waiting[0] if group.waiting else group.first
        known = (*scene.alarms, *scene.removed, *self.shared.records.alarm_history)
        found = next((alarm for alarm in known if alarm.id == self.chosen), None)
        return None if found is None else in_words(found)

    def draw_body(self, scene: Scene) -> None:
        self._load.show((load_line(scene, self.listing, self._load.size.width),))
        super().draw_body(scene)

    def head(self, width: int) -> Line:
        return alarm_head(width, self.listing)

    def rows(self, scene: Scene, width: int) -> list[tuple[str, Line]]:
        match self.listing:
            case Listing.ACTIVE:
                return alarm_rows(scene, width)
            case Listing.REMOVED:
                return removed_rows(scene, width)
            case Listing.HISTORY:
                return history_rows(self.shared.records.alarm_history, scene, width)

    def detail(self, scene: Scene, width: int) -> Sequence[Line]:
        group = group_of(scene, self.chosen) if self.listing is Listing.ACTIVE else None
        if group is not None and not group.is_single:
            return group_detail(scene, group, width)
        return alarm_detail(scene, self._chosen_alarm(scene), width)
