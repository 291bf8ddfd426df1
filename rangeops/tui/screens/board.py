"""6 Pre-flight board: how far each slot of today is from its clearance, and the words and checks that it waits for."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from textual.binding import BindingType

from rangeops.client.action import Noun, Target
from rangeops.domain.slots import Slot, SlotId
from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.ink import Line
from rangeops.tui.language import tr, tr_later
from rangeops.tui.panels import preflight
from rangeops.tui.screens.base import bindings
from rangeops.tui.screens.lists import ListScreen
from rangeops.wire.clearance import ClearanceView

_SUPPLIES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "slot": (("b", tr_later("briefed")),),
    "briefing": (("B", tr_later("heard")),),
    "fence": (("F", tr_later("load fence")),),
    "poll": (("g", tr_later("go")), ("N", tr_later("NO-GO"))),
    "safety-word": (("o", tr_later("word")),),
    "acceptance": (("v", tr_later("read params")),),
    "zones": (("z", tr_later("zones")),),
}
"""By item, the keys that supply it."""


class BoardScreen(ListScreen):
    number = "6"
    title_word = tr_later("BOARD")
    place = Place.BOARD
    list_title = tr_later("Slots of today, by start")
    detail_title = tr_later("What clearance asks")
    empty = tr_later("No slot of today has a place.")
    names_screens = False
    reads = "preflight"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.BOARD)

    def keys(self) -> Sequence[tuple[str, str]]:
        """What the chosen slot waits for now; every key works whether it is named or not."""
        found = self._clearance()
        if found is None:
            return (("j k", tr("choose")),)
        if found.cleared:
            return (("j k", tr("choose")), ("W", tr("withdraw")), ("pgdn pgup", tr("more")))
        lacking = {item.item for item in preflight.lacks(found)}
        wanted = [(key, tr(word)) for item, pairs in _SUPPLIES.items() if item in lacking for key, word in pairs]
        if not lacking:
            wanted.append(("c", tr("clear")))
        return (("j k", tr("choose")), *wanted, ("pgdn pgup", tr("more")))

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
