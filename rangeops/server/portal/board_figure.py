"""The day board's timetable as plain geometry in picture units: a template draws it. Read from four metres away.

A screen of 1920 units is about 1.2 m wide on a wall: letters of 28 units are 17 mm high, which are read from there (ISO
9241-303: 16 minutes of arc are 19 mm at 4 m for whole words; figures and call signs stand larger).
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.slots import Slot, SlotState
from rangeops.wire.board import ClosedView, DayView
from rangeops.wire.clearance import ClearanceView

WIDTH: Final = 1920.0
LEFT: Final = 330.0
LANE: Final = 78.0
HEAD: Final = 56.0
_GAP: Final = 8.0
_LETTER: Final = 18.5  # the width of one of 32 units
_EARLIEST, _LATEST = 7, 19  # hours of an empty day
_HOUR: Final = timedelta(hours=1)
X = Callable[[datetime], float]
"""Where a moment lies on it."""

_SHOWN: Final = frozenset(
    [SlotState.REQUESTED, SlotState.WAITLISTED, SlotState.OFFERED, SlotState.APPROVED, SlotState.BRIEFED,
     SlotState.ACTIVE, SlotState.CLOSED, SlotState.NO_SHOW]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """kind: its CSS class. name, more: what fits into it; "" where nothing does. title: the whole of it."""

    x: float
    y: float
    width: float
    kind: str
    sign: str
    name: str
    more: str
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Hour:
    x: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Band:
    x: float
    y: float
    width: float
    height: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Timetable:
    """now_x: None where now isn't on it."""

    height: float
    hours: tuple[Hour, ...]
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    night: tuple[Band, ...]
    closed: tuple[Band, ...]
    now_x: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a slot is. kind: its CSS class. sign: so that colour isn't all. word: English; lacking: of "lacks {count}"."""

    kind: str
    sign: str
    word: str
    lacking: int = 0


_OVER: Final = {SlotState.CLOSED: Standing("over", "✓", "flown"), SlotState.NO_SHOW: Standing("over", "x", "no-show")}
_CLEARABLE: Final = frozenset([SlotState.APPROVED, SlotState.BRIEFED, SlotState.ACTIVE])


def standing_of(slot: Slot, clearance: ClearanceView | None) -> Standing:
    if slot.state in _OVER:
        return _OVER[slot.state]
    if slot.state not in _CLEARABLE or clearance is None:
        return Standing("asked", "?", slot.state.value)
    if clearance.cleared:
        return Standing("cleared", "▶", "CLEARED")
    if clearance.withdrawn:
        return Standing("withdrawn", "■", "WITHDRAWN")
    if clearance.missing:
        return Standing("lacking", "○", "lacks {count}", len(clearance.missing))
    return Standing("ready", "●", "ready")


def shown_slots(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Those that have, ask for, or had a place."""
    return tuple(slot for slot in slots if slot.state in _SHOWN)


def timetable(
    day: DayView, slots: Sequence[Slot], clearances: Iterable[ClearanceView], volumes: Sequence[str], now: datetime
) -> Timetable:
    """slots: of `shown_slots`, by start. volumes: the range's own, which have a row each; what was drawn has one where it is."""
    of_slot = {each.slot: each for each in clearances}
    begins, ends = _hours(day, slots)

    def x(moment: datetime) -> float:
        share = (moment - begins) / (ends - begins)
        return LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT)

    names = [*volumes, *dict.fromkeys(slot.volume for slot in slots if slot.volume not in volumes)]
    rows, bars, y = [], [], HEAD
    for name in names:
        lanes = _lanes([slot for slot in slots if slot.volume == name])
        height = max(len(lanes), 1) * LANE + _GAP
        rows.append(Row(name, y, height))
        for number, lane in enumerate(lanes):
            top = y + _GAP / 2 + number * LANE
            bars += [_bar(slot, standing_of(slot, of_slot.get(slot.id)), x, top) for slot in lane]
        y += height
    return Timetable(
        height=y,
        hours=tuple(_labels(begins, ends, x)),
        rows=tuple(rows),
        bars=tuple(bars),
        night=tuple(_night(day, begins, ends, x, y)),
        closed=tuple(_closed(day.closed, rows, begins, ends, x)),
        now_x=x(now) if begins <= now <= ends else None,
    )


def _hours(day: DayView, slots: Sequence[Slot]) -> tuple[datetime, datetime]:
    """Whole hours around what is booked, within the day, and never less than working hours."""
    first = min([slot.starts for slot in slots] + [day.starts + _EARLIEST * _HOUR])
    last = max([slot.ends for slot in slots] + [day.starts + _LATEST * _HOUR])
    begins = day.starts + math.floor((max(first, day.starts) - day.starts) / _HOUR) * _HOUR
    ends = day.starts + math.ceil((min(last, day.ends) - day.starts) / _HOUR) * _HOUR
    return begins, min(ends, day.ends)


def _lanes(slots: Sequence[Slot]) -> list[list[Slot]]:
    """So that none lies on another: two may ask for the same minutes."""
    lanes: list[list[Slot]] = []
    for slot in slots:
        lane = next((lane for lane in lanes if lane[-1].ends <= slot.starts), None)
        if lane is None:
            lanes.append([slot])
        else:
            lane.append(slot)
    return lanes


def _bar(slot: Slot, standing: Standing, x: X, top: float) -> Bar:
    left = x(slot.starts)
    width = max(x(slot.ends) - left, 6.0)
    letters = int((width - 14) / _LETTER)
    name, more = f"{standing.sign} {slot.callsign}", slot.company
    if len(name) > letters >= len(slot.callsign):
        name = slot.callsign  # the frame's colour and dashes say the rest, and the list below all of it
    return Bar(
        x=left,
        y=top,
        width=width,
        kind=standing.kind,
        sign=standing.sign,
        name=_fitted(name, letters),
        more=_fitted(more, int(letters * 1.25)),
        title=f"{slot.id} {slot.callsign} {slot.company} {slot.starts:%H:%M}-{slot.ends:%H:%M} UTC",
    )


def _fitted(text: str, letters: int) -> str:
    if len(text) <= letters:
        return text
    return f"{text[: letters - 1]}…" if letters > 3 else ""  # less says nothing


def _labels(begins: datetime, ends: datetime, x: X) -> Iterable[Hour]:
    """Every hour; every second where they would touch."""
    count = round((ends - begins) / _HOUR)
    step = 1 if count <= 16 else 2  # 16 labels have 100 units each
    for number in range(0, count + 1, step):
        moment = begins + number * _HOUR
        yield Hour(x(moment), moment)


def _night(day: DayView, begins: datetime, ends: datetime, x: X, height: float) -> Iterable[Band]:
    if day.dawn is not None and day.dawn > begins:
        yield Band(x(begins), HEAD, x(day.dawn) - x(begins), height - HEAD)
    if day.dusk is not None and day.dusk < ends:
        yield Band(x(day.dusk), HEAD, x(ends) - x(day.dusk), height - HEAD)


def _closed(
    closed: Iterable[ClosedView], rows: Sequence[Row], begins: datetime, ends: datetime, x: X
) -> Iterable[Band]:
    for each in closed:
        starts, shuts = max(each.starts, begins), min(each.ends, ends)
        for row in rows:
            if row.name in each.volumes and starts < shuts:
                yield Band(x(starts), row.y, x(shuts) - x(starts), row.height, each.title)
