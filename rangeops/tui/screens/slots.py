"""2 Slots: who has which volume when, and what is missing before a slot may fly."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.binding import BindingType

from rangeops.client.actions import ACTION, Noun, Target
from rangeops.domain.slots import NEXT, SlotEvent, SlotId, SlotState
from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import Line
from rangeops.tui.panels.slots import slot_detail, slot_head, slot_rows
from rangeops.tui.screens.base import bindings
from rangeops.tui.screens.lists import ListScreen

_ACTION: Final = {
    SlotEvent.APPROVE: "slot.approve",
    SlotEvent.REFUSE: "slot.refuse",
    SlotEvent.WAITLIST: "slot.waitlist",
    SlotEvent.BRIEF: "slot.brief",
    SlotEvent.ACTIVATE: "slot.clear",
    SlotEvent.CLOSE: "slot.close",
    SlotEvent.CANCEL: "slot.cancel",
}


class SlotsScreen(ListScreen):
    number = "2"
    title_word = "SLOTS"
    place = Place.SLOTS
    list_title = "Slots by volume"
    empty = "No slots."
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.SLOTS)

    def keys(self) -> Sequence[tuple[str, str]]:
        """Only what the chosen slot's state allows."""
        slot = next((slot for slot in self.shared.records.slots if slot.id == self.chosen), None)
        allowed = [] if slot is None else [event for state, event in NEXT if state is slot.state and event in _ACTION]
        actions = [ACTION[_ACTION[event]] for event in allowed]
        if slot is not None and slot.state is SlotState.ACTIVE:
            actions.append(ACTION["slot.withdraw"])
        return (("j k", "choose"), *((action.key, action.title.lower()) for action in actions))

    def chose(self) -> None:
        records = self.shared.records
        records.chosen_slot = None if self.chosen is None else SlotId(self.chosen)
        if records.clearance is not None and records.clearance.slot != self.chosen:
            records.clearance = None

    def target(self, noun: Noun) -> Target | None:
        """With the version that is on screen: who moved it on meanwhile wins, and the operator is told."""
        if noun is Noun.SLOT:
            found = (slot for slot in self.shared.records.slots if slot.id == self.chosen)
            return next((Target(slot=slot.id, slot_version=slot.version) for slot in found), None)
        return super().target(noun)

    def head(self, width: int) -> Line:
        return slot_head(width)

    def rows(self, scene: Scene, width: int) -> list[tuple[str, Line]]:
        return slot_rows(self.shared.records, scene, width)

    def detail(self, scene: Scene, width: int) -> Sequence[Line]:
        return slot_detail(self.shared.records, scene, self.chosen, width)
