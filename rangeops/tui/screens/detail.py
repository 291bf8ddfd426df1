"""The detail of one vehicle: all its figures, its last minutes, its alarms and commands. It takes the watch's commands."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget

from rangeops.client.action import Noun, Target
from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.freshness import VehicleNow
from rangeops.tui.ink import Ink, Line, Span
from rangeops.tui.language import tr, tr_later
from rangeops.tui.panels.detail import MINUTES, facts, gone, minutes, own_alarms, own_commands
from rangeops.tui.panels.vehicles import name_of
from rangeops.tui.screens.base import RoomScreen, bindings
from rangeops.tui.widgets.lines import Lines

_ROOMY_ROWS: Final = 24
_HEADS: Final = 3


class DetailScreen(RoomScreen):
    number = "1"
    title_word = tr_later("VEHICLE")
    place = Place.DETAIL
    names_screens = False
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.DETAIL)

    _from = 0  # the first line of the figures that is seen

    def body(self) -> Sequence[Widget]:
        self._facts = Lines(id="detail-facts", classes="panel")
        self._lately = Lines(id="detail-lately", classes="panel")
        return (Horizontal(self._facts, self._lately, classes="halves"),)

    def label(self) -> None:
        self._facts.border_title = tr("Figures")
        self._lately.border_title = tr("Last {minutes:.0f} minutes", minutes=MINUTES)

    def keys(self) -> Sequence[tuple[str, str]]:
        return (
            ("esc", tr("watch")),
            ("a", tr("ack")),
            ("h", tr("hold")),
            ("r", "RTL"),
            ("l", tr("LAND")),
            ("j k", tr("choose")),
            ("F", tr("fence")),
            ("V", tr("put back")),
            ("pgdn pgup", tr("more")),
        )

    def move(self, step: int) -> None:
        """The next vehicle by its number; from one that has gone, the first."""
        sysids = sorted(vehicle.view.sysid for vehicle in self.scene.vehicles) if self.scene is not None else []
        if sysids:
            selected = self.shared.selected
            at = sysids.index(selected) + step if selected in sysids else 0
            self.shared.selected = sysids[min(max(at, 0), len(sysids) - 1)]
            self._from = 0

    def page(self, step: int) -> None:
        self._from += step * max(1, self._facts.size.height // 2)

    def target(self, noun: Noun) -> Target | None:
        if noun is Noun.VEHICLE:
            return None if self.shared.selected is None else Target(sysid=self.shared.selected)
        return super().target(noun)

    def draw_body(self, scene: Scene) -> None:
        vehicle = scene.vehicle(self.shared.selected)
        if vehicle is None:
            self._facts.show(gone(self.shared.selected))
            self._lately.show(())
            return
        width, height = self._facts.size
        self._facts.border_title = Content(name_of(vehicle))  # a str would be markup
        self._facts.show(self._window(facts(vehicle, self.shared.records, scene, width), height))
        self._lately.show(self._recent(vehicle, scene))

    def _recent(self, vehicle: VehicleNow, scene: Scene) -> Sequence[Line]:
        width, height = self._lately.size
        roomy = height >= _ROOMY_ROWS
        samples = self.shared.history.of(vehicle.view.sysid, scene.now)
        lines = minutes(samples, scene, width, roomy=roomy)
        left = max(2, height - len(lines) - _HEADS)
        alarms = own_alarms(vehicle, scene, width, most=max(1, left - left // 2))
        commands = own_commands(vehicle, self.shared.history, scene, most=max(1, left - len(alarms)))
        return [
            *lines,
            (),
            (Span(" " + tr("Alarms"), Ink.TITLE),),
            *alarms,
            (Span(" " + tr("Commands"), Ink.TITLE),),
            *commands,
        ]

    def _window(self, lines: Sequence[Line], height: int) -> Sequence[Line]:
        """As much as fits; what is below is said."""
        self._from = max(0, min(self._from, len(lines) - height))
        shown = list(lines[self._from : self._from + height])
        below = len(lines) - self._from - height
        if below > 0 and shown:
            shown[-1] = (Span(" " + tr("… {below} more: page down", below=below + 1), Ink.DIM),)
        return shown
