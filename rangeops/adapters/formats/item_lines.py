"""On which lines of a plan file its items stand: for whoever points at them from outside, an editor or a code review."""

import re
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\n]', re.DOTALL)
_TYPE: Final = re.compile(rb'\s*:\s*"SimpleItem"')
_HEADER: Final = b"QGC WPL"


@dataclass(frozen=True, slots=True)
class Lines:
    """1-based, both included."""

    first: int
    last: int


def item_lines(content: bytes, items: int) -> dict[int, Lines]:
    """From an item's number, home being 0 where the file says where it stands. Empty where that isn't known.

    items: how many the reader found; where the count of those found here differs, none is told.
    """
    if content.lstrip(b"\xef\xbb\xbf").startswith(_HEADER):
        found = _waypoint_lines(content)
        return found if len(found) == items + 1 else {}
    found = _plan_lines(content)
    return found if len(found) == items else {}


def _waypoint_lines(content: bytes) -> dict[int, Lines]:
    rows = [
        number
        for number, line in enumerate(content.splitlines(), start=1)
        if number > 1 and line.strip() and not line.startswith(b"#")
    ]
    return {index: Lines(number, number) for index, number in enumerate(rows)}


def _plan_lines(content: bytes) -> dict[int, Lines]:
    """Each object that says of itself that it is a SimpleItem, in the order in which they begin."""
    open_at: list[tuple[int, bool]] = []
    found: list[Lines] = []
    line = 1
    for token in _TOKEN.finditer(content):
        text = token.group()
        if text == b"\n":
            line += 1
        elif text == b"{":
            open_at.append((line, False))
        elif text == b"}":
            if not open_at:
                return {}
            first, is_item = open_at.pop()
            if is_item:
                found.append(Lines(first, line))
        else:
            line += text.count(b"\n")
            if text == b'"type"' and open_at and _TYPE.match(content, token.end()):
                open_at[-1] = (open_at[-1][0], True)
    return dict(enumerate(sorted(found, key=lambda lines: lines.first), start=1))
