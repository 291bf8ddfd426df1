"""What a line of the screen is made of: text and the ink it is written in. No Textual: a line is a plain value."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from rich.cells import cell_len, chop_cells, set_cell_size

from rangeops.domain.alarms import Priority


class Ink(Enum):
    """Why a text looks as it does; palette.py says how. The order is the map's: in a cell the later one shows."""

    TEXT = auto()
    DIM = auto()
    FAINT = auto()  # rules, hatching, the range's own edge
    BRIGHT = auto()
    TITLE = auto()
    KEY = auto()
    OK = auto()
    ZONE = auto()
    GEOGRAPHY = auto()
    RUNWAY = auto()
    TRAIL = auto()
    VECTOR = auto()
    P3 = auto()
    P2 = auto()
    P1 = auto()
    P3_FLASH = auto()
    P2_FLASH = auto()
    P1_FLASH = auto()
    OWN = auto()  # a vehicle
    SHELVED = auto()
    LOUD = auto()  # SIMULATION
    CHOSEN = auto()
    CHOSEN_DIM = auto()


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    ink: Ink = Ink.TEXT


Line = tuple[Span, ...]

BLANK: Final[Line] = ()
SHAPE: Final = {Priority.P1: "■1", Priority.P2: "▲2", Priority.P3: "●3"}
_STEADY: Final = {Priority.P1: Ink.P1, Priority.P2: Ink.P2, Priority.P3: Ink.P3}
_FLASH: Final = {Priority.P1: Ink.P1_FLASH, Priority.P2: Ink.P2_FLASH, Priority.P3: Ink.P3_FLASH}


def priority_ink(priority: Priority) -> Ink:
    return _STEADY[priority]


def marker(priority: Priority | None, *, flash: bool = False) -> Span:
    """Shape and digit: colour is never the only sign. Two cells, also without a priority."""
    if priority is None:
        return Span("  ")
    return Span(SHAPE[priority], (_FLASH if flash else _STEADY)[priority])


def as_chosen(line: Line, width: int) -> Line:
    """The row that is chosen: one band of the whole width, with a caret that shows without colour too; marks keep theirs."""
    spans = [
        span if span.text in SHAPE.values() else Span(span.text, Ink.CHOSEN_DIM if span.ink is Ink.DIM else Ink.CHOSEN)
        for span in cut(line, width)
    ]
    return (Span("▸", Ink.CHOSEN), Span(spans[0].text[1:], spans[0].ink), *spans[1:])


def width_of(line: Line) -> int:
    return sum(cell_len(span.text) for span in line)


def fit(text: str, width: int) -> str:
    """Exactly `width` cells; what doesn't fit ends in an ellipsis."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)


def short(text: str, width: int) -> str:
    """At most `width` cells; a name from outside must not push away what stands beside it."""
    return fit(text, width) if cell_len(text) > width else text


def both_ends(text: str, width: int) -> str:
    """At most `width` cells with both ends: names from outside differ at the end, as ACME-01 and ACME-02 do."""
    if cell_len(text) <= width:
        return text
    tail = text
    while cell_len(tail) > width // 2:
        tail = tail[1:]
    return set_cell_size(text, width - 1 - cell_len(tail)).rstrip() + "…" + tail


def right(text: str, width: int) -> str:
    """Right-aligned, for figures."""
    return fit(" " * (width - cell_len(text)) + text, width)


def wrapped(text: str, width: int) -> list[str]:
    """Cut at spaces into lines of at most `width` cells; a longer word is cut where it must be."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        candidate = f"{line} {word}" if line else word
        if cell_len(candidate) <= width:
            line = candidate
            continue
        if line:
            lines.append(line)
        *whole, line = chop_cells(word, max(1, width)) or [""]
        lines += whole
    return [*lines, line] if line else lines


def spread(left: Line, tail: Line, width: int) -> Line:
    """Left at the left, tail at the right; the left is cut where both don't fit."""
    room = width - width_of(tail)
    return (*cut(left, room), *tail) if room > 0 else cut(tail, width)


def cut(line: Line, width: int) -> Line:
    """The line, cut or filled to exactly `width` cells."""
    spans: list[Span] = []
    room = width
    for span in line:
        cells = cell_len(span.text)
        if cells >= room:
            spans.append(span if cells == room else Span(fit(span.text, room), span.ink))
            return tuple(spans)
        spans.append(span)
        room -= cells
    return (*spans, Span(" " * room)) if room > 0 else tuple(spans)
