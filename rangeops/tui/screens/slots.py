"""2 Slots: a day by volume, who has which when, and what is missing before a slot may fly."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from rangeops.client.action import Noun, Target
from rangeops.client.actions import ACTION
from rangeops.domain.slots import NEXT, Slot, SlotEvent, SlotId, SlotState
from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import Line
from rangeops.tui.language import dated, tr, tr_later
from rangeops.tui.panels.day import day_lines, day_shown, legend
from rangeops.tui.panels.slots import expiry_line, slot_detail
from rangeops.tui.screens.base import bindings
from rangeops.tui.screens.lists import ListScreen
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.widgets.timeline import Timeline

_ACTION: Final = {
    SlotEvent.APPROVE: "slot.approve",
    SlotEvent.REFUSE: "slot.refuse",
    SlotEvent.WAITLIST: "slot.waitlist",
    SlotEvent.BRIEF: "slot.brief",
    SlotEvent.ACTIVATE: "slot.clear",
    SlotEvent.CLOSE: "slot.close",
    SlotEvent.CANCEL: "slot.cancel",
}
_WORD: Final = {
    "slot.brief": tr_later("briefed"),
    "slot.clear": tr_later("clear"),
    "slot.withdraw": tr_later("withdraw"),
    "slot.calendar": ".ics",
    "slot.waitlist": tr_later("wait"),
    "timetable.propose": tr_later("propose"),
}
_LEAST_ROWS: Final = 7
_BORDERS: Final = 2
_MOVABLE: Final = frozenset([SlotState.REQUESTED, SlotState.WAITLISTED, SlotState.APPROVED, SlotState.BRIEFED])


class SlotsScreen(ListScreen):
    number = "2"
    title_word = tr_later("SLOTS")
    place = Place.SLOTS
    list_title = tr_later("Slots by volume")
    empty = tr_later("No slots.")
    names_screens = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.SLOTS)

    class DayTurned(Message):
        """Another day is shown: what the server knows of it has to be read."""

    _height = 0  # of the timeline, as last set
    _asked: date | None = None  # the day that was read last, or is being read

    def body(self) -> Sequence[Widget]:
        self._list = self._timeline = Timeline(id="list", classes="panel")
        self._more = Lines(id="more", classes="panel")
        self._foot = Lines(id="expiries")
        return (Vertical(self._timeline, self._more, self._foot, classes="split day"),)

    def keys(self) -> Sequence[tuple[str, str]]:
        """Only what the chosen slot's state allows."""
        slot = self._slot()
        names = [] if slot is None else [_ACTION[e] for state, e in NEXT if state is slot.state and e in _ACTION]
        if slot is not None and slot.state is SlotState.ACTIVE:
            names.append("slot.withdraw")
        if slot is not None and slot.state in _MOVABLE:
            names.insert(0, "slot.move")
        names += ["slot.book", "timetable.propose", *(["slot.calendar"] if slot is not None else [])]
        actions = [
            (ACTION[name].key, tr(_WORD[name]) if name in _WORD else tr(ACTION[name].title).lower()) for name in names
        ]
        return (
            ("j k", tr("choose")),
            ("← →", tr("day")),
            *actions,
            *((("T", tr("today")),) if self.shared.records.day else ()),
        )

    def chose(self) -> None:
        records = self.shared.records
        records.chosen_slot = None if self.chosen is None else SlotId(self.chosen)
        records.refusal = ""
        if records.clearance is not None and records.clearance.slot != self.chosen:
            records.clearance = None

    def turn(self, days: int | None) -> None:
        """Show a later or an earlier day; None: today, whichever that is."""
        if self.scene is None:
            return
        records = self.shared.records
        today = self.scene.now.utc.astimezone(self.scene.local).date()
        shown = today if days is None else day_shown(records, self.scene) + timedelta(days=days)
        records.day = None if shown == today else shown
        records.day_view = None
        self._asked = shown
        self.post_message(self.DayTurned())

    def show_day_of(self, slot_id: str) -> None:
        """The day on which a slot is."""
        slot = next((slot for slot in self.shared.records.slots if slot.id == slot_id), None)
        if slot is not None:
            zone = self.shared.board.local
            day = slot.starts.astimezone(zone).date()
            today = None if self.scene is None else self.scene.now.utc.astimezone(zone).date()
            self.shared.records.day = None if day == today else day
            self.shared.records.day_view = None

    def target(self, noun: Noun) -> Target | None:
        """With the version that is on screen: who moved it on meanwhile wins, and the operator is told."""
        if noun is Noun.SLOT:
            slot = self._slot()
            return None if slot is None else Target(slot=slot.id, slot_version=slot.version, volume=slot.volume)
        if noun is Noun.DAY and self.scene is not None:
            return Target(day=day_shown(self.shared.records, self.scene))
        return super().target(noun)

    def draw_body(self, scene: Scene) -> None:
        records, width = self.shared.records, self._timeline.size.width
        day = day_shown(records, scene)
        self._ask_for(day)
        shown = day_lines(records, scene, self.chosen, width)
        word = tr("today") if records.day is None else tr("not today")
        self._timeline.border_title = f"{tr(self.list_title)}, {dated(day, '%a %d %b')} {word}"
        self._timeline.border_subtitle = legend(width)
        self._fit(1 + len(shown.rows) + (1 + len(shown.foot) if shown.foot else 0))
        self._timeline.show_day(shown.head, shown.rows, shown.order, shown.foot)
        self._more.show(self._window(self.detail(scene, self._more.size.width), self._more.size.height))
        self._foot.display = bool(records.expiries)
        self._foot.show((expiry_line(records, self._foot.size.width),))

    def _ask_for(self, day: date) -> None:
        """A new day also comes by itself: at midnight, and when the range has said where it is."""
        view = self.shared.records.day_view
        if self._asked != day and (view is None or view.day != day):
            self._asked = day
            self.post_message(self.DayTurned())

    def _fit(self, lines: int) -> None:
        """The timeline is as high as the day has rows, and leaves the detail two fifths of the room."""
        height = max(_LEAST_ROWS, min(lines + _BORDERS, self.size.height * 3 // 7))
        if self._height != height:
            self._height = height
            self._timeline.styles.height = height

    def detail(self, scene: Scene, width: int) -> Sequence[Line]:
        return slot_detail(self.shared.records, scene, self.chosen, width)

    def _slot(self) -> Slot | None:
        return next((slot for slot in self.shared.records.slots if slot.id == self.chosen), None)
