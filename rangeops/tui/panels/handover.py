"""The hand-over page as lines: the sections that the server's page has, in columns that fit."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Final

from rangeops.tui.ink import BLANK, Ink, Line, Span, fit, wrapped
from rangeops.tui.language import told, tr
from rangeops.wire.handover import HandoverView
from rangeops.wire.handover_page import Section, page_line, page_title, sections

_WIDEST: Final = 26
_LEAST_LAST: Final = 12
_PARTS: Final = "   "
_DAY: Final = re.compile(r"(\d\d) ([A-Z][a-z]{2})(?= \d\d:\d\d)")
_RANGES_OWN: Final = frozenset(["On duty", "Flying: armed vehicles", "Standing alarms", "Slots of the next 2 hours"])


def page_lines(view: HandoverView, zone: tzinfo, width: int) -> list[tuple[str, Line]]:
    """(key, line): the key of a note's first row; "" elsewhere."""
    lines: list[tuple[str, Line]] = [
        ("", (Span(f" {told(page_title(view))}  ", Ink.BRIGHT), Span(_in_words(page_line(view, zone)), Ink.DIM)))
    ]
    for section in map(_spoken, sections(view, zone)):
        lines.append(("", BLANK))
        lines.append(("", (Span(f" {section.title}", Ink.TITLE),)))
        if section.rows:
            lines += _table(section, width)
        else:
            lines.append(("", (Span(f"   {section.empty}", Ink.DIM),)))
    return lines


def _in_words(line: str) -> str:
    """The page's second line: its parts are told one by one."""
    return _PARTS.join(_dated(told(part)) for part in line.split(_PARTS))


def _spoken(section: Section) -> Section:
    """Heads in the language that is spoken; of the cells only what the range says itself, never what people wrote."""
    cell = told if section.title in _RANGES_OWN else str
    rows = tuple(tuple(_dated(cell(text)) for text in row) for row in section.rows)
    columns = tuple(tr(column) for column in section.columns)
    return replace(section, title=tr(section.title), columns=columns, rows=rows, empty=tr(section.empty))


def _dated(text: str) -> str:
    """A cell that begins with a day: its month's name."""
    day = _DAY.match(text)
    return text if day is None else f"{day[1]} {tr(day[2])}{text[day.end() :]}"


def _table(section: Section, width: int) -> list[tuple[str, Line]]:
    """The last column has what the others leave, in as many lines as it needs."""
    table = (section.columns, *section.rows)
    widths = [min(_WIDEST, max(len(row[n]) for row in table)) for n in range(len(section.columns) - 1)]
    while widths and sum(widths) + len(widths) * 2 + 3 + _LEAST_LAST > width and max(widths) > 4:
        widths[widths.index(max(widths))] -= 1
    left = max(1, width - sum(widths) - 2 * len(widths) - 4)
    lines: list[tuple[str, Line]] = [("", _row(section.columns, widths, section.columns[-1], Ink.DIM, Ink.DIM))]
    for number, row in enumerate(section.rows):
        key = section.keys[number] if section.keys else ""
        for at, part in enumerate(wrapped(row[-1], left) or [""]):
            cells = row if at == 0 else ("",) * len(row)
            lines.append((key if at == 0 else "", _row(cells, widths, part, Ink.TEXT, Ink.TEXT)))
    return lines


def _row(cells: Sequence[str], widths: Sequence[int], last: str, ink: Ink, last_ink: Ink) -> Line:
    head = "".join(f"{fit(cell, width)}  " for cell, width in zip(cells, widths, strict=False))
    return (Span(f"   {head}", ink), Span(last, last_ink))
