"""What a control room needs of a terminal: letters, size, colours."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import Final

from rangeops.doctor.finding import Finding

SMALLEST_TERMINAL: Final = (80, 24)


def screen() -> Iterator[Finding]:
    yield letters(sys.stdout.encoding or "")
    yield size(*shutil.get_terminal_size())
    yield kind(os.environ)


def letters(encoding: str) -> Finding:
    return Finding(
        "UTF-8 text" if _is_utf8(encoding) else f"text is {encoding or 'of no known encoding'}, not UTF-8",
        _is_utf8(encoding),
        "the map and the markers on screen",
        "Set LANG=C.UTF-8.",
    )


def size(columns: int, rows: int) -> Finding:
    return Finding(
        f"terminal {columns}x{rows}",
        columns >= SMALLEST_TERMINAL[0] and rows >= SMALLEST_TERMINAL[1],
        "the control room (below 80x24 it shows the alarm list alone)",
        "Enlarge the window; 120x36 is comfortable.",
    )


def kind(environment: Mapping[str, str]) -> Finding:
    """By TERM, as every program goes by it: fonts and colours themselves can't be asked for."""
    name = environment.get("TERM", "")
    faults = {
        "": ("TERM is not set", "Set TERM=xterm-256color, or use `ssh -t`."),
        "dumb": ("TERM=dumb: no colours, no cursor", "Set TERM=xterm-256color, or use another terminal."),
        "linux": (
            "TERM=linux: the console's font has no dots for the map",
            "Use a terminal window or SSH; the control room's map is blank squares here.",
        ),
    }
    what, do = faults.get(name, (f"TERM={name:.40}", ""))
    return Finding(what, not do, "colours, keys and the map of the control room", do)


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("-", "").replace("_", "") == "utf8"
