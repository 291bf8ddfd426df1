"""The map: north up, braille dots, drawn line by line and only where it changed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from rangeops.domain.telemetry import Sysid
from rangeops.tui.board import Trail
from rangeops.tui.chart import Characters, Chart, Inks, Look, Surface, Traffic
from rangeops.tui.ink import Ink
from rangeops.tui.layers import Layer
from rangeops.tui.palette import BY_NUMBER, STYLE
from rangeops.tui.panels.vehicles import name_of
from rangeops.tui.view import ZOOM_STEP, Viewport, fitted, frame_of, metres
from rangeops.wire.api import RangeView

# Shares of the view, to either side of its middle.
_FOLLOWED_INSIDE: Final = 0.3  # a followed vehicle moves freely there, the map stands still
_IN_SIGHT: Final = 0.45
_BLANK: Final = ord(" ")
_BANDS: Final = [
    ink.value
    for ink in (Ink.CHOSEN, Ink.CHOSEN_DIM, Ink.LOUD, Ink.P1_FLASH, Ink.P2_FLASH, Ink.P3_FLASH)  # a blank shows them
]
_GAP: Final = 12  # cells; to go on after them costs as much as to send them
_NEAR_CELLS: Final = 3.0  # a click so near to a vehicle's mark means it; two columns count as one row


def strip_of_cells(characters: Characters, inks: Inks) -> Strip:
    """Runs of one ink become one segment, and blanks go with what stands before them: a change of ink costs 45 bytes."""
    cells = np.arange(len(inks))
    blank = (characters == _BLANK) & (inks == 0)
    shown = inks[np.maximum.accumulate(np.where(blank, 0, cells))]
    inks = np.where(blank & np.isin(shown, _BANDS), 0, shown)
    text = characters.astype("<u4").tobytes().decode("utf-32-le")
    ends = (*(np.flatnonzero(np.diff(inks)) + 1).tolist(), len(inks))
    start, segments = 0, []
    for end in ends:
        segments.append(Segment(text[start:end], BY_NUMBER[inks[start]]))
        start = end
    return Strip(segments, len(inks))


def pieces(changed: NDArray[np.bool_]) -> Iterator[Region]:
    """What of each row is to be sent: cells that changed, and those between them where leaving these out costs more."""
    rows, columns = np.nonzero(changed)
    if not len(rows):
        return
    begins = np.flatnonzero((np.diff(rows) != 0) | (np.diff(columns) > _GAP)) + 1
    firsts, lasts = (0, *begins.tolist()), (*begins.tolist(), len(rows))
    for first, after in zip(firsts, lasts, strict=True):
        x = int(columns[first])
        yield Region(x, int(rows[first]), int(columns[after - 1]) - x + 1, 1)


class RangeMap(Widget):
    """Keeps where it looks; what it looks at comes down by `show`. Where there is a mouse, a click chooses and a wheel zooms."""

    @dataclass
    class Clicked(Message):
        """On this vehicle."""

        sysid: Sysid

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._chart = Chart()
        self._view = Viewport(0, 0)
        self._fitted_to: RangeView | None = None
        self._surface, self._traffic = Surface(None), Traffic()
        self._drawn: tuple[Characters, Inks] | None = None
        self._strips: dict[int, Strip] = {}
        self._look = Look()
        self.following: Sysid | None = None

    @property
    def shown_layers(self) -> frozenset[Layer]:
        return self._look.layers

    def toggle(self, layer: Layer) -> None:
        self._look = replace(self._look, layers=self._look.layers ^ {layer})
        self._draw()

    @property
    def view(self) -> Viewport:
        return self._view

    def looks_at(self) -> tuple[float, float] | None:
        """Latitude and longitude of the map's middle; None while no range is known."""
        site = self._surface.range_view
        if site is None:
            return None
        place = frame_of(site).to_geodetic(self._view.east_m, self._view.north_m)
        return float(place[0]), float(place[1])

    def show(self, surface: Surface, traffic: Traffic) -> None:
        self._surface, self._traffic = surface, traffic
        self._draw()

    def zoom(self, *, closer: bool) -> None:
        self._view = self._view.zoomed(1 / ZOOM_STEP if closer else ZOOM_STEP)
        self._draw()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._zoom_at(event, closer=True)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._zoom_at(event, closer=False)

    def _zoom_at(self, event: events.MouseEvent, *, closer: bool) -> None:
        """What is under the pointer stays there."""
        event.stop()
        at = event.get_content_offset(self)
        if at is not None:
            self._view = self._view.zoomed_at(1 / ZOOM_STEP if closer else ZOOM_STEP, at.x + 0.5, at.y + 0.5)
            self._draw()

    def on_click(self, event: events.Click) -> None:
        at = event.get_content_offset(self)
        if at is not None and (sysid := self._nearest(at.x, at.y)) is not None:
            self.post_message(self.Clicked(sysid))

    def _nearest(self, column: int, row: int) -> Sysid | None:
        """The vehicle whose mark is nearest to a cell; None where none is near."""
        near: list[tuple[float, Sysid]] = []
        for vehicle in self._traffic.vehicles:
            if (place := self._place(vehicle.view.sysid)) is not None:
                x, y = self._view.dots(np.array(place[:1]), np.array(place[1:]))
                away = np.hypot((float(x[0]) / 2 - column - 0.5) / 2, float(y[0]) / 4 - row - 0.5)
                near.append((float(away), vehicle.view.sysid))
        away, sysid = min(near, default=(_NEAR_CELLS, Sysid(0)))
        return sysid if away < _NEAR_CELLS else None

    def pan(self, right: float, up: float) -> None:
        self.following = None
        self._view = self._view.panned(right, up)
        self._draw()

    def whole(self) -> None:
        """The whole range again."""
        self.following, self._fitted_to = None, None
        self._draw()

    def look_at(self, sysid: Sysid) -> None:
        """Bring a vehicle to the middle, if it is known where it is and it isn't well in sight already."""
        place = self._place(sysid)
        if place is not None and not self._holds(place, _IN_SIGHT):
            self._view = self._view.centred(*place)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def restyle(self) -> None:
        """Another theme: what is drawn is drawn anew."""
        self._strips.clear()
        self.refresh()

    def _place(self, sysid: Sysid) -> tuple[float, float] | None:
        trail: Trail = (self._traffic.trails or {}).get(sysid, ())
        if self._surface.range_view is None or not trail:
            return None
        east, north = metres(frame_of(self._surface.range_view), trail[-1:])
        return float(east[0]), float(north[0])

    def _settle(self) -> None:
        """Fit a range seen for the first time; keep a followed vehicle in the middle part."""
        columns, rows = self.size
        if (columns, rows) != (self._view.columns, self._view.rows):
            at_rest = self._fitted_to is not None and self._view == self._fit(self._fitted_to)
            self._view = self._view.resized(columns, rows)
            if at_rest:
                self._fitted_to = None
        site = self._surface.range_view
        if site is not None and (self._fitted_to is None or self._fitted_to.id != site.id):
            self._fitted_to, self._view = site, self._fit(site)
        place = None if self.following is None else self._place(self.following)
        followed = next((v for v in self._traffic.vehicles if v.view.sysid == self.following), None)
        self._look = replace(self._look, follows="" if followed is None else name_of(followed))
        if place is not None and not self._holds(place, _FOLLOWED_INSIDE):
            self._view = self._view.centred(*place)

    def _holds(self, place: tuple[float, float], share: float) -> bool:
        """Is it within this share of the view, to either side of the middle?"""
        view = self._view
        sideways_m, along_m = abs(place[0] - view.east_m), abs(place[1] - view.north_m)
        return (
            sideways_m <= share * view.columns * 2 * view.m_per_dot
            and along_m <= share * view.rows * 4 * view.m_per_dot
        )

    def _fit(self, site: RangeView) -> Viewport:
        return fitted(self._view.columns, self._view.rows, *metres(frame_of(site), site.boundary.outer))

    def _draw(self) -> None:
        if not self.size:
            return
        self._settle()
        characters, inks = self._chart.draw(self._view, self._surface, self._traffic, self._look)
        drawn, self._drawn = self._drawn, (characters, inks)
        if drawn is None or drawn[0].shape != characters.shape:
            self._strips.clear()
            self.refresh()
            return
        changed = (drawn[0] != characters) | (drawn[1] != inks)
        regions = list(pieces(changed))
        for region in regions:
            self._strips.pop(region.y, None)
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        if self._drawn is None or y >= len(self._drawn[0]):
            return Strip.blank(self.size.width, STYLE[Ink.TEXT])
        if y not in self._strips:
            self._strips[y] = strip_of_cells(self._drawn[0][y], self._drawn[1][y])
        return self._strips[y]
