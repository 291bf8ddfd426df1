"""The map as characters: fences and zones that stand still, then trails, vectors, vehicles and their names.

No Textual: a chart is two arrays, code points and ink numbers, which widgets/map.py turns into lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from rangeops.domain.alarms import Priority
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import Ring, Volume
from rangeops.tui.board import Trail
from rangeops.tui.dots import Dots, Floats
from rangeops.tui.freshness import Freshness, VehicleNow, compact_duration
from rangeops.tui.ink import SHAPE, Ink, priority_ink
from rangeops.tui.language import tr
from rangeops.tui.layers import ALL, Layer, hidden_note
from rangeops.tui.others import circles, courses, marks, met_only, name_others
from rangeops.tui.panels.vehicles import name_of
from rangeops.tui.view import Viewport, frame_of, metres
from rangeops.wire.api import RangeView
from rangeops.wire.picture import TrafficView

VECTOR_S: Final = 30.0
_SHORTEST_SCALE_CELLS: Final = 12
_DOTTED: Final = 3
_PROHIBITED: Final = "PROHIBITED"
_NO_ENTRY: Final = "\N{CIRCLED DIVISION SLASH}"
_HATCH_DOTS: Final = 7  # from one line to the next
_THREATENED: Final = frozenset([Ink.P1, Ink.P2, Ink.P3])
# How far, how many rows down, how many cells aside a name may stand from where it would stand best; nearest first.
_NEAR: Final = sorted((2 * abs(down) + abs(aside), down, aside) for down in range(-2, 3) for aside in range(-4, 5, 2))
_UNFIT: Final = 10_000
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

Characters = NDArray[np.uint32]
Inks = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Area:
    """Something with an edge. every: 1 a solid line, more a dotted one."""

    name: str
    volume: Volume
    ink: Ink
    every: int = 1


@dataclass(frozen=True, slots=True)
class Surface:
    """What stands still: made anew only when the range, a slot or a threat changes."""

    range_view: RangeView | None
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class Traffic:
    """What moves."""

    vehicles: tuple[VehicleNow, ...] = ()
    trails: Mapping[Sysid, Trail] | None = None
    selected: Sysid | None = None
    flash: bool = False
    others: tuple[TrafficView, ...] = ()  # what isn't ours


@dataclass(frozen=True, slots=True)
class Look:
    """How the operator wants it. follows: the name of the vehicle that the map keeps in its middle part."""

    layers: frozenset[Layer] = ALL
    follows: str = ""


_EVERYTHING: Final = Look()


class Sheet:
    """Characters and inks, and which cells already carry a name."""

    def __init__(self, dots: Dots) -> None:
        self.characters: Characters = dots.characters()
        self.inks: Inks = dots.inks.copy()
        self.taken = np.zeros(self.inks.shape, dtype=bool)
        self._worded = np.zeros(self.inks.shape, dtype=bool)  # of those, by more than a mark

    def write(self, column: int, row: int, text: str, ink: Ink, *, over: bool = False) -> bool:
        """One character a cell. False: it doesn't fit there, or would hide another name, or run into one."""
        rows, columns = self.inks.shape
        if not (0 <= row < rows and column >= 0 and column + len(text) <= columns):
            return False
        cells = np.s_[row, column : column + len(text)]
        if not over and not self._is_free(column, row, len(text)):
            return False
        self.characters[cells] = [ord(character) for character in text]
        self.inks[cells] = ink.value
        self.taken[cells] = True
        self._worded[cells] = len(text) > 1
        return True

    def _is_free(self, column: int, row: int, length: int) -> bool:
        """Nothing stands there, and a blank is left to the words beside it."""
        beside = np.s_[row, max(0, column - 1) : column + length + 1]
        return not (self.taken[row, column : column + length].any() or self._worded[beside].any())

    def write_near(self, column: int, row: int, text: str, ink: Ink) -> None:
        """Near a cell, where it hides few dots; nowhere, if every place is taken."""
        start = column - len(text) // 2
        cost, at, y = _UNFIT, 0, 0
        for far, down, aside in _NEAR:
            if far >= cost:
                break  # nothing farther away can be better
            hidden = self._hidden(start + aside, row + down, len(text))
            if hidden + far < cost:
                cost, at, y = hidden + far, start + aside, row + down
        if cost < _UNFIT:
            self.write(at, y, text, ink)

    def _hidden(self, column: int, row: int, length: int) -> int:
        """Cells with dots under a text; _UNFIT where it can't stand at all."""
        rows, columns = self.inks.shape
        cells = np.s_[row, column : column + length]
        if not (0 <= row < rows and column >= 0 and column + length <= columns) or not self._is_free(
            column, row, length
        ):
            return _UNFIT
        return int(np.count_nonzero(self.inks[cells]))


@dataclass(frozen=True, slots=True)
class _Name:
    """A name and the cell that it belongs to."""

    text: str
    ink: Ink
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class _Still:
    """What stands still, drawn."""

    dots: Dots
    names: tuple[_Name, ...]


class Chart:
    """Draws; keeps what stands still from one drawing to the next."""

    def __init__(self) -> None:
        self._still_of: tuple[Viewport, Surface, frozenset[Layer]] | None = None
        self._still = _Still(Dots(0, 0), ())

    def draw(
        self, view: Viewport, surface: Surface, traffic: Traffic, look: Look = _EVERYTHING
    ) -> tuple[Characters, Inks]:
        site, layers = surface.range_view, look.layers
        if self._still_of != (view, surface, layers):
            names = (
                () if site is None or Layer.NAMES not in layers else tuple(_names(view, site, surface.areas, layers))
            )
            self._still_of, self._still = (view, surface, layers), _Still(still_dots(view, surface, layers), names)
        dots = self._still.dots.copy()
        if site is None:
            return _lettered(dots, view, look)
        frame = frame_of(site)
        others = traffic.others if Layer.TRAFFIC in layers else met_only(traffic.others, traffic.vehicles)
        if Layer.TRAILS in layers:
            _trails(dots, view, frame, traffic)
        if Layer.VECTORS in layers:
            _vectors(dots, view, frame, traffic)
            courses(dots, view, frame, others)
        circles(dots, view, frame, traffic.vehicles)
        sheet = Sheet(dots)
        legend(sheet, view, look)
        made = marks(sheet, view, frame, others, traffic.vehicles)
        _vehicles(sheet, view, frame, traffic)
        name_others(sheet, made)
        for name in self._still.names:
            sheet.write_near(name.column, name.row, name.text, name.ink)
        return sheet.characters, sheet.inks


def _lettered(dots: Dots, view: Viewport, look: Look) -> tuple[Characters, Inks]:
    sheet = Sheet(dots)
    legend(sheet, view, look)
    return sheet.characters, sheet.inks


def _edges(dots: Dots, view: Viewport, frame: SiteFrame, ring: Ring, area: Area) -> None:
    if len(ring) < 2:
        return
    x, y = view.dots(*metres(frame, ring))
    dots.segments(x, y, np.roll(x, -1), np.roll(y, -1), area.ink.value, every=area.every)


def still_dots(view: Viewport, surface: Surface, layers: frozenset[Layer] = ALL) -> Dots:
    dots = Dots(view.columns, view.rows)
    site = surface.range_view
    if site is None:
        return dots
    frame = frame_of(site)
    zones = site.zones if Layer.ZONES in layers else ()
    areas = (
        surface.areas if Layer.VOLUMES in layers else tuple(area for area in surface.areas if area.ink in _THREATENED)
    )
    for zone in zones:
        if zone.restriction == _PROHIBITED:
            dots.hatch([view.dots(*metres(frame, ring)) for ring in _rings(zone.volume)], Ink.FAINT.value, _HATCH_DOTS)
    fixed = (
        Area("", site.boundary, Ink.FAINT),
        *(Area("", zone.volume, Ink.ZONE, every=1 if zone.restriction == _PROHIBITED else 4) for zone in zones),
        *areas,
    )
    for area in fixed:
        for ring in _rings(area.volume):
            _edges(dots, view, frame, ring, area)
    if site.runway and Layer.RUNWAY in layers:
        _edges(dots, view, frame, site.runway, Area("", site.boundary, Ink.RUNWAY))
    return dots


def _rings(volume: Volume) -> tuple[Ring, ...]:
    return (volume.outer, *volume.holes)


def _trails(dots: Dots, view: Viewport, frame: SiteFrame, traffic: Traffic) -> None:
    trails = [trail for trail in (traffic.trails or {}).values() if len(trail) > 1]
    if not trails:
        return
    x, y = view.dots(*metres(frame, [point for trail in trails for point in trail]))
    joined = np.ones(len(x) - 1, dtype=bool)
    joined[np.cumsum([len(trail) for trail in trails])[:-1] - 1] = (
        False  # from one vehicle's end to the next one's start
    )
    dots.segments(x[:-1][joined], y[:-1][joined], x[1:][joined], y[1:][joined], Ink.TRAIL.value)


def _vectors(dots: Dots, view: Viewport, frame: SiteFrame, traffic: Traffic) -> None:
    moving = [
        (v.view.latitude_deg, v.view.longitude_deg, v.view.ground_speed_mps, v.view.track_deg)
        for v in traffic.vehicles
        if v.position_known and v.view.ground_speed_mps is not None and v.view.track_deg is not None
    ]
    figures: Floats = np.array(moving, dtype=np.float64).reshape(-1, 4)
    figures = figures[figures[:, 2] * VECTOR_S >= view.m_per_dot * 2]
    if not len(figures):
        return
    east, north = metres(frame, figures[:, :2].tolist())
    ahead_m, track = figures[:, 2] * VECTOR_S, np.radians(figures[:, 3])
    x0, y0 = view.dots(east, north)
    x1, y1 = view.dots(east + ahead_m * np.sin(track), north + ahead_m * np.cos(track))
    dots.segments(x0, y0, x1, y1, Ink.VECTOR.value, every=_DOTTED)


def one_cell_each(text: str) -> str:
    """Names come from outside: on the map a character is a cell, so what isn't one cell wide is shown as U+FFFD."""
    return "".join(character if cell_len(character) == 1 else _REPLACEMENT for character in text)


def _vehicles(sheet: Sheet, view: Viewport, frame: SiteFrame, traffic: Traffic) -> None:
    """Most urgent first, so that theirs are the names that find room."""
    placed = [
        (vehicle, at) for vehicle in traffic.vehicles if (at := _last_place(vehicle, traffic.trails or {})) is not None
    ]
    placed.sort(key=lambda pair: pair[0].alarm.priority if pair[0].alarm else Priority.P3 + 1)
    x, y = view.dots(*metres(frame, [at for _, at in placed]))
    cells = zip(np.floor(x / 2).astype(int).tolist(), np.floor(y / 4).astype(int).tolist(), strict=True)
    marks: list[_Name] = []
    for (vehicle, _), (column, row) in zip(placed, cells, strict=True):
        ink = _vehicle_ink(vehicle, traffic)
        if sheet.write(column, row, "▲" if vehicle.position_known else "△", ink, over=True):
            name = _vehicle_name(vehicle, selected=vehicle.view.sysid == traffic.selected)
            marks.append(_Name(name, ink, column, row))
    for mark in marks:
        left = mark.column - 1
        for column, row in (
            (mark.column + 2, mark.row),
            (left - len(mark.text), mark.row),
            (left, mark.row - 1),
            (left, mark.row + 1),
        ):
            if sheet.write(column, row, mark.text, mark.ink):
                break


def _last_place(vehicle: VehicleNow, trails: Mapping[Sysid, Trail]) -> tuple[float, float] | None:
    view = vehicle.view
    if view.latitude_deg is not None and view.longitude_deg is not None:
        return view.latitude_deg, view.longitude_deg
    trail = trails.get(view.sysid, ())
    return trail[-1] if trail else None


def _vehicle_ink(vehicle: VehicleNow, traffic: Traffic) -> Ink:
    if vehicle.alarm is not None and vehicle.alarm.priority <= Priority.P2:
        return priority_ink(vehicle.alarm.priority)
    if vehicle.overall >= Freshness.AGEING:
        return Ink.DIM
    return Ink.CHOSEN if vehicle.view.sysid == traffic.selected else Ink.OWN


def _vehicle_name(vehicle: VehicleNow, *, selected: bool) -> str:
    """Where a position is too old to be one, its age stands beside the name: the mark is where it was."""
    name = one_cell_each(name_of(vehicle))
    if vehicle.alarm is not None:
        name += SHAPE[vehicle.alarm.priority]
    if vehicle.position <= Freshness.AGEING and not vehicle.view.trusted:
        name += " ?"
    elif not vehicle.position_known and vehicle.age_s is not None:
        name += " " + tr("{age_s} ago", age_s=compact_duration(vehicle.age_s))
    return f"[{name}]" if selected else name


def _names(view: Viewport, site: RangeView, areas: Sequence[Area], layers: frozenset[Layer]) -> Iterator[_Name]:
    """Each in the middle of what it names. A sign before it, beside the hatching, says that a zone is prohibited."""
    zones = site.zones if Layer.ZONES in layers else ()
    shown = [area for area in areas if Layer.VOLUMES in layers or area.ink in _THREATENED]
    named: Sequence[tuple[str, Ring, Ink]] = (
        *((area.name, area.volume.outer, area.ink) for area in shown if area.name),
        *(
            (f"{_NO_ENTRY}{zone.id}" if zone.restriction == _PROHIBITED else zone.id, zone.volume.outer, Ink.ZONE)
            for zone in zones
        ),
    )
    frame = frame_of(site)
    for name, ring, ink in named:
        x, y = view.dots(*metres(frame, ring))
        if len(x):
            column, row = int((np.min(x) + np.max(x)) // 4), int((np.min(y) + np.max(y)) // 8)
            yield _Name(one_cell_each(name), Ink.DIM if ink is Ink.FAINT else ink, column, row)


def legend(sheet: Sheet, view: Viewport, look: Look = _EVERYTHING) -> None:
    """Scale, north, whom the map follows, and what it leaves out."""
    cells, label = view.scale_bar(max(_SHORTEST_SCALE_CELLS, view.columns // 4))
    if cells >= 2:
        sheet.write(1, view.rows - 1, f"├{'─' * (cells - 2)}┤ {label} ", Ink.DIM, over=True)
    sheet.write(view.columns - 4, 0, "N ↑", Ink.DIM, over=True)
    if look.follows:
        sheet.write(1, 0, tr("follows {follows}", follows=one_cell_each(look.follows)) + " ", Ink.BRIGHT, over=True)
    if note := hidden_note(look.layers):
        row = view.rows - 1 if cells + len(label) + len(note) + 5 < view.columns else view.rows - 2
        sheet.write(max(0, view.columns - len(note) - 1), row, note[: view.columns], Ink.BRIGHT, over=True)
