"""A day across the screen: which column is which minute, who shares a row, and what a row looks like. No Textual.

A bar shows its shape before its name: a short one keeps its cells and has its name behind it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import ceil, floor
from typing import Final

from rangeops.tui.ink import Ink, Line, Span, short

HOUR: Final = timedelta(hours=1)
PHASE: Final = "·"  # set-up and clear-down: the volume is held, nobody flies
NIGHT: Final = "\N{BOX DRAWINGS LIGHT DIAGONAL CROSS}"
NOW: Final = "┃"
_NIGHT_EVERY: Final = 3  # columns: a hatch that doesn't shout


@dataclass(frozen=True, slots=True)
class Scale:
    """starts: the moment of the first column. cell_columns: of one cell; cell: how long it is."""

    starts: datetime
    columns: int
    cell: timedelta
    cell_columns: int

    @property
    def ends(self) -> datetime:
        return self.starts + self.cell * (self.columns / self.cell_columns)

    def column(self, moment: datetime) -> float:
        """May lie outside."""
        return (moment - self.starts) / self.cell * self.cell_columns

    def moment(self, column: float) -> datetime:
        return self.starts + self.cell * (column / self.cell_columns)

    def columns_of(self, starts: datetime, ends: datetime) -> tuple[int, int]:
        """First column and the one after the last; at least one where it is in sight at all, and none outside."""
        first, end = floor(self.column(starts) + 1e-6), ceil(self.column(ends) - 1e-6)
        if end <= 0 or first >= self.columns:
            return 0, 0
        return max(0, first), min(self.columns, max(end, first + 1))


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing in a row. key: of the slot, "" for a closure. held_from, held_until: with its phases around it."""

    key: str
    shape: str
    ink: Ink
    label: str
    starts: datetime
    ends: datetime
    held_from: datetime
    held_until: datetime
    chosen: bool = False


def scale_of(day: tuple[datetime, datetime], columns: int, focus: Iterable[datetime], *, wide: bool) -> Scale:
    """The hours of a day that fit, with what matters in sight: all of `focus` if that is possible, else the first of it."""
    cell, cell_columns = (timedelta(minutes=30), 3) if wide else (HOUR, 4)
    starts, ends = day
    hours = max(1, int(columns / cell_columns * (cell / HOUR)))
    whole = round((ends - starts) / HOUR)
    wanted = [min(max(floor((moment - starts) / HOUR), 0), whole - 1) for moment in focus]
    first = 0
    if wanted and whole > hours:
        lowest, highest = min(wanted), max(wanted)
        first = lowest if highest - lowest < hours else wanted[0] - hours // 3
        first = min(max(first, 0), whole - hours)
    shown = min(hours, whole)
    return Scale(starts + first * HOUR, round(shown * HOUR / cell) * cell_columns, cell, cell_columns)


def lanes(bars: Sequence[Bar], scale: Scale) -> list[list[Bar]]:
    """Rows in which no two bars, names included, touch: each bar in the first row with room."""
    rows: list[tuple[list[Bar], list[tuple[int, int]]]] = []
    for bar in bars:
        first, end = _extent(bar, scale)
        if first == end:
            continue
        for row, taken in rows:
            if all(end <= other_first or first >= other_end for other_first, other_end in taken):
                row.append(bar)
                taken.append((first, end))
                break
        else:
            rows.append(([bar], [(first, end)]))
    return [row for row, _ in rows]


def draw_row(bars: Iterable[Bar], scale: Scale, light: tuple[datetime, datetime] | None, now: datetime) -> Line:
    """One row of the day. light: dawn and dusk; None: nobody says, and nothing is marked as night."""
    cells: list[tuple[str, Ink]] = [_ground(column, scale, light) for column in range(scale.columns)]
    for bar in bars:
        _draw_bar(bar, scale, cells)
    at = floor(scale.column(now))
    if 0 <= at < scale.columns and not cells[at][0].isalnum():
        cells[at] = (NOW, Ink.BRIGHT)
    return _spans(cells)


def hours_line(scale: Scale, zone: tzinfo) -> Line:
    """The hours on the range's wall."""
    text = ""
    step = round(HOUR / scale.cell) * scale.cell_columns
    for column in range(0, scale.columns, step):
        text += f"{scale.moment(column).astimezone(zone):%H}".ljust(step)
    return (Span(text[: scale.columns], Ink.DIM),)


def _ground(column: int, scale: Scale, light: tuple[datetime, datetime] | None) -> tuple[str, Ink]:
    if light is not None:
        middle = scale.moment(column + 0.5)
        if not light[0] <= middle < light[1]:
            return (NIGHT if column % _NIGHT_EVERY == 0 else " ", Ink.FAINT)
    return " ", Ink.TEXT


def _extent(bar: Bar, scale: Scale) -> tuple[int, int]:
    """The columns of a bar and its name, and a blank after it."""
    first, end = scale.columns_of(bar.held_from, bar.held_until)
    if first == end:
        return 0, 0
    at = _label_at(bar, scale)
    width = len(_label(bar, scale))
    return min(first, at), min(scale.columns, max(end, at + width) + 1)


def _label(bar: Bar, scale: Scale) -> str:
    return short(bar.label, scale.columns)


def _label_at(bar: Bar, scale: Scale) -> int:
    """In the bar after its first cell where it leaves two cells of shape; else behind it, or before it at the right edge."""
    first, end = scale.columns_of(bar.starts, bar.ends)
    held_first, held_end = scale.columns_of(bar.held_from, bar.held_until)
    width = len(_label(bar, scale))
    if end - first >= width + 2:
        return first + 1
    if held_end + width <= scale.columns:
        return held_end
    return max(0, held_first - width)


def _draw_bar(bar: Bar, scale: Scale, cells: list[tuple[str, Ink]]) -> None:
    ink = Ink.CHOSEN if bar.chosen else bar.ink
    first, end = scale.columns_of(bar.held_from, bar.held_until)
    cells[first:end] = [(PHASE, ink)] * (end - first)
    first, end = scale.columns_of(bar.starts, bar.ends)
    cells[first:end] = [(bar.shape, ink)] * (end - first)
    label, at = _label(bar, scale), _label_at(bar, scale)
    cells[at : at + len(label)] = [(character, ink) for character in label]


def _spans(cells: Iterable[tuple[str, Ink]]) -> Line:
    spans: list[Span] = []
    for character, ink in cells:
        if spans and spans[-1].ink is ink:
            spans[-1] = Span(spans[-1].text + character, ink)
        else:
            spans.append(Span(character, ink))
    return tuple(spans)
