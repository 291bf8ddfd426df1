"""6 Pre-flight board: how far each slot of today is from its clearance, and the words and checks that it waits for."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from textual.binding import BindingType

from rangeops.client.actions import Noun, Target
from rangeops.domain.slots import Slot, SlotId
from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import Line
from rangeops.tui.panels import preflight
from rangeops.tui.screens.base import bindings
from rangeops.tui.screens.lists import ListScreen
from rangeops.wire.clearance import ClearanceView

_SUPPLIES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "slot": (("b", "briefed"),),
    "briefing": (("B", "heard"),),
    "fence": (("F", "load fence"),),
    "poll": (("g", "go"), ("N", "NO-GO")),
    "safety-word": (("o", "word"),),
    "acceptance": (("v", "read params"),),
    "zones": (("z", "zones"),),
}
"""By item, the keys that supply it."""


class BoardScreen(ListScreen):
    number = "6"
    title_word = "BOARD"
    place = Place.BOARD
    list_title = "Slots of today, by start"
    detail_title = "What clearance asks"
    empty = "No slot of today has a place."
    names_screens = False
    reads = "preflight"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.BOARD)

    def keys(self) -> Sequence[tuple[str, str]]:
        """What the chosen slot waits for now; every key works whether it is named or not."""
        found = self._clearance()
        if found is None:
            return (("j k", "choose"),)
        if found.cleared:
            return (("j k", "choose"), ("W", "withdraw"), ("pgdn pgup", "more"))
        lacking = {item.item for item in preflight.lacks(found)}
        wanted = [pair for item, pairs in _SUPPLIES.items() if item in lacking for pair in pairs]
        if not lacking:
            wanted.append(("c", "clear"))
        return (("j k", "choose"), *wanted, ("pgdn pgup", "more"))

    def chose(self) -> None:
        records = self.shared.records
        records.chosen_slot = None if self.chosen is None else SlotId(self.chosen)
        records.refusal = ""

    def target(self, noun: Noun) -> Target | None:
        """A vehicle's target is the chosen slot's own, whichever is chosen on the watch."""
        slot = self._slot()
        if noun is Noun.SLOT:
            if slot is None:
                return None
            words = {"role": self._role()}
            return Target(slot=slot.id, slot_version=slot.version, volume=slot.volume, words=words)
        if noun is Noun.VEHICLE:
            return None if slot is None else Target(sysid=slot.sysid)
        return super().target(noun)

    def head(self, width: int) -> Line:
        return preflight.head(width)

    def rows(self, scene: Scene, width: int) -> list[tuple[str, Line]]:
        return preflight.rows(self.shared.records, scene, width)

    def detail(self, scene: Scene, width: int) -> Sequence[Line]:  # noqa: ARG002  # every list's signature
        return preflight.detail(self.shared.records, self.chosen, width)

    def _slot(self) -> Slot | None:
        return next((slot for slot in self.shared.records.slots if slot.id == self.chosen), None)

    def _clearance(self) -> ClearanceView | None:
        return next((each for each in self.shared.records.preflight if each.slot == self.chosen), None)

    def _role(self) -> str:
        """The first role of the poll that hasn't said go, for the form to begin with."""
        found = self._clearance()
        for item in () if found is None else preflight.lacks(found):
            if item.item == "poll":
                return item.value.split(" has not")[0].split(" (")[0]
        return ""
