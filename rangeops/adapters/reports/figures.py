"""Map and plots as plain geometry in picture units; the template draws it. Nothing here is text from outside."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from rangeops.adapters.reports.drawing import Shape, View, closed_path, rounded_down, ticks
from rangeops.adapters.reports.track import Fix, Mark, at
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.volumes import OperationalVolumes, Ring
from rangeops.wire.api import RangeView

MAP_WIDTH: Final = 720.0
MAP_HEIGHT: Final = 520.0
_MAP_EDGE: Final = 24.0
_ROOM_M: Final = 60.0
_SIGN_APART: Final = 17.0
PLOT_WIDTH: Final = 720.0
PLOT_HEIGHT: Final = 190.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 14.0, 22.0, 26.0


@dataclass(frozen=True, slots=True)
class Trail:
    style: str
    points: str


@dataclass(frozen=True, slots=True)
class Spot:
    x: float
    y: float
    kind: str
    sign: str
    label_dy: float = 0.0


@dataclass(frozen=True, slots=True)
class MapFigure:
    shapes: tuple[Shape, ...]
    trails: tuple[Trail, ...]
    spots: tuple[Spot, ...]
    scale_px: float
    scale_m: int


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal limit line."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class PlotFigure:
    title: str
    unit: str
    lines: tuple[str, ...]
    levels: tuple[Level, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[Spot, ...]
    shaded_from: float | None  # what lies below this y is outside


def draw_map(
    range_view: RangeView, volumes: OperationalVolumes | None, fixes: Sequence[Fix], marks: Sequence[Mark]
) -> MapFigure:
    """The volumes with the track, and where alarms and commands happened."""
    frame = SiteFrame(range_view.origin_latitude_deg, range_view.origin_longitude_deg)
    shown = range_view.boundary if volumes is None else volumes.contingency
    flown = [(fix.east_m, fix.north_m) for fix in fixes]
    view = View(
        [frame.to_site(*point) for point in shown.outer] + flown,
        (MAP_WIDTH, MAP_HEIGHT),
        edge=_MAP_EDGE,
        room_m=_ROOM_M,
    )

    def shape(style: str, outer: Ring, holes: Iterable[Ring] = ()) -> Shape:
        rings = [[view(*frame.to_site(*point)) for point in ring] for ring in (outer, *holes)]
        return Shape(style, " ".join(closed_path(ring) for ring in rings))

    shapes = [shape("boundary", range_view.boundary.outer, range_view.boundary.holes)]
    shapes += [
        shape("zone prohibited" if zone.restriction == "PROHIBITED" else "zone", zone.volume.outer, zone.volume.holes)
        for zone in range_view.zones
    ]
    if range_view.runway:
        shapes.append(Shape("runway", closed_path([view(*frame.to_site(*end)) for end in range_view.runway])))
    if volumes is not None:
        for style, volume in (
            ("buffer", volumes.ground_risk_buffer),
            ("contingency", volumes.contingency),
            ("geography", volumes.flight_geography),
        ):
            shapes.append(shape(style, volume.outer, volume.holes))
    scale_m = rounded_down((MAP_WIDTH / 5) / view.scale)
    return MapFigure(
        shapes=tuple(shapes),
        trails=tuple(_trails(fixes, view)),
        spots=tuple(_spots(fixes, marks, view)),
        scale_px=scale_m * view.scale,
        scale_m=scale_m,
    )


def draw_plot(
    title: str,
    unit: str,
    fixes: Sequence[Fix],
    value: Callable[[Fix], float | None],
    marks: Sequence[Mark],
    *,
    levels: Sequence[tuple[float, str]] = (),
    zero_is_edge: bool = False,
) -> PlotFigure | None:
    """A value over time. None where the track has none. zero_is_edge: below 0 is outside, and shaded."""
    known = [(fix.at_utc, number) for fix in fixes if (number := value(fix)) is not None]
    if len(known) < 2 or known[0][0] == known[-1][0]:
        return None
    numbers = [number for _, number in known] + [level for level, _ in levels] + ([0.0] if zero_is_edge else [])
    low, high = min(numbers), max(numbers)
    room = max((high - low) * 0.08, 1.0)
    low, high = low - room, high + room
    start, end = known[0][0], known[-1][0]
    length_s = (end - start).total_seconds()

    def x(moment: datetime) -> float:
        return _LEFT + (moment - start).total_seconds() / length_s * (PLOT_WIDTH - _LEFT - _RIGHT)

    def y(number: float) -> float:
        return _TOP + (high - number) / (high - low) * (PLOT_HEIGHT - _TOP - _BOTTOM)

    gaps = groupby(fixes, key=lambda fix: value(fix) is not None)
    return PlotFigure(
        title=title,
        unit=unit,
        lines=tuple(
            " ".join(f"{x(fix.at_utc):.1f},{y(value(fix) or 0.0):.1f}" for fix in run) for has, run in gaps if has
        ),
        levels=tuple(Level(y(level), label) for level, label in levels),
        x_ticks=tuple(Tick(x(moment), f"{moment:%H:%M:%S}") for moment in _times(start, end)),
        y_ticks=tuple(Tick(y(number), f"{number:g}") for number in ticks(low, high, 5)),
        marks=tuple(Spot(x(mark.at_utc), _TOP, mark.kind, mark.sign) for mark in marks if start <= mark.at_utc <= end),
        shaded_from=y(0.0) if zero_is_edge else None,
    )


def _trails(fixes: Sequence[Fix], view: View) -> Iterable[Trail]:
    """Trusted and untrusted stretches apart, joined at their common point."""
    last: Fix | None = None
    for trusted, run in groupby(fixes, key=lambda fix: fix.trusted):
        stretch = ([last] if last else []) + (points := list(run))
        last = points[-1]
        drawn = " ".join("{:.1f},{:.1f}".format(*view(fix.east_m, fix.north_m)) for fix in stretch)
        yield Trail("track" if trusted else "track untrusted", drawn)


def _spots(fixes: Sequence[Fix], marks: Sequence[Mark], view: View) -> Iterable[Spot]:
    """Signs near each other are stacked, so that none hides another."""
    if fixes:
        yield Spot(*view(fixes[0].east_m, fixes[0].north_m), "start", "start")
        yield Spot(*view(fixes[-1].east_m, fixes[-1].north_m), "end", "end")
    signs: list[tuple[float, float]] = []
    for mark in marks:
        if (fix := at(fixes, mark.at_utc)) is None:
            continue
        x, y = view(fix.east_m, fix.north_m)
        label_dy = -20.0
        while any(math.dist(other, (x, y + label_dy)) < _SIGN_APART for other in signs):
            label_dy -= 4.0
        signs.append((x, y + label_dy))
        yield Spot(x, y, mark.kind, mark.sign, label_dy)


def _times(start: datetime, end: datetime) -> list[datetime]:
    """Up to seven instants on round seconds."""
    length_s = (end - start).total_seconds()
    step_s = next(
        (step for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800) if length_s / step <= 7), int(length_s / 6) + 1
    )
    first_s = math.ceil(start.timestamp() / step_s) * step_s
    return [datetime.fromtimestamp(second, start.tzinfo) for second in range(first_s, int(end.timestamp()) + 1, step_s)]
