"""1 Watch: the range as it is now."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from rangeops.client.action import Noun, Target
from rangeops.domain.telemetry import Sysid
from rangeops.tui.bindings import Place
from rangeops.tui.board import Scene
from rangeops.tui.chart import Traffic
from rangeops.tui.language import tr, tr_later
from rangeops.tui.panels.frame import flash_phase
from rangeops.tui.panels.log import log_lines
from rangeops.tui.panels.vehicles import detail, name_of, table_head, table_rows, worst_of
from rangeops.tui.screens.base import RoomScreen, bindings
from rangeops.tui.surface import surface_of
from rangeops.tui.widgets.lines import Lines
from rangeops.tui.widgets.map import RangeMap
from rangeops.tui.widgets.rows import Rows
from rangeops.tui.witness import Shown


class WatchScreen(RoomScreen):
    number = "1"
    title_word = tr_later("WATCH")
    place = Place.WATCH
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.WATCH)

    def body(self) -> Sequence[Widget]:
        self._map = RangeMap(id="map")
        self._table = Rows[Sysid](id="vehicles")
        self._detail = Lines(id="detail")
        self._log = Lines(id="log")
        return (Vertical(self._map, self._log, id="left"), Vertical(self._table, self._detail, id="side"))

    def label(self) -> None:
        self._map.border_title = tr("Map")
        self._table.border_title = tr("Vehicles · AGL m · GS m/s · age s")
        self._detail.border_title = tr("Chosen")
        self._log.border_title = tr("Log · newest last")

    @property
    def map(self) -> RangeMap:
        return self._map

    def keys(self) -> Sequence[tuple[str, str]]:
        vehicle = None if self.scene is None else self.scene.vehicle(self.shared.selected)
        name = "" if vehicle is None else f" {name_of(vehicle)}"
        return (
            ("a", tr("ack")),
            ("h", tr("hold{name}", name=name)),
            ("r", "RTL"),
            ("l", tr("LAND")),
            ("?", tr("keys")),
            ("j k", tr("choose")),
            ("d", tr("detail")),
            ("/", tr("find")),
            ("z Z", tr("zoom")),
            ("f", tr("follow")),
            ("m", tr("layers")),
            ("x", tr("clear sector")),
            ("c", tr("call")),
        )

    def move(self, step: int) -> None:
        self.shared.selected = self._table.move(step)

    def on_rows_clicked(self, event: Rows.Clicked) -> None:
        if event.rows is self._table:
            self.shared.selected = event.key

    def target(self, noun: Noun) -> Target | None:
        if noun is Noun.VEHICLE:
            return None if self.shared.selected is None else Target(sysid=self.shared.selected)
        return super().target(noun)

    def shown(self) -> Shown:
        place = self._map.looks_at()
        if place is None:
            return Shown(follows=self._map.following)
        return Shown(
            latitude_deg=round(place[0], 7),
            longitude_deg=round(place[1], 7),
            m_per_dot=round(self._map.view.m_per_dot, 3),
            layers=tuple(sorted(layer.value for layer in self._map.shown_layers)),
            follows=self._map.following,
        )

    def draw_body(self, scene: Scene) -> None:
        selected, table = self.shared.selected, self._table
        trails = {vehicle.view.sysid: self.shared.board.trail(vehicle.view.sysid) for vehicle in scene.vehicles}
        self._map.show(
            surface_of(self.shared.records, scene),
            Traffic(scene.vehicles, trails, selected, flash=flash_phase(scene), others=scene.traffic),
        )
        table.chosen = selected
        width = table.size.width
        table.show_rows(
            table_head(width),
            table_rows(scene, width, table.room),
            empty=tr("No vehicle is heard."),
            mark=partial(worst_of, scene),
        )
        if self._detail.size:
            self._detail.show(detail(scene, selected))
        if self._log.size:
            self._log.show(log_lines(scene, *self._log.size))
