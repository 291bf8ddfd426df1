"""How each ink looks. Contrast on the ground is that of docs/keys.md's legend; every alarm ink has a shape beside it."""

from collections.abc import Mapping
from typing import Final

from rich.style import Style

from rangeops.tui.ink import Ink

GROUND: Final = "#1b1d1f"
TEXT: Final = "#c9cdd1"
DIM: Final = "#868d94"
P1: Final = "#ff6b61"
P2: Final = "#ffc233"
P3: Final = "#5ec8f2"
_RAISED: Final = "#34383c"  # under the chosen row: text stays at 7.3 : 1 on it


def _ink(colour: str, *, on: str = GROUND, bold: bool = False, reverse: bool = False) -> Style:
    return Style(color=colour, bgcolor=on, bold=bold, reverse=reverse)


STYLE: Final[Mapping[Ink, Style]] = {
    Ink.TEXT: _ink(TEXT),
    Ink.DIM: _ink(DIM),
    Ink.FAINT: _ink("#5a6067"),
    Ink.BRIGHT: _ink("#f2f4f5", bold=True),
    Ink.TITLE: _ink(TEXT, bold=True),
    Ink.KEY: _ink("#f2f4f5", bold=True),
    Ink.OK: _ink("#8fd19e"),
    Ink.ZONE: _ink("#8a8f95"),
    Ink.GEOGRAPHY: _ink("#a3a9af"),
    Ink.RUNWAY: _ink("#e4e7ea"),
    Ink.TRAIL: _ink("#a9b0b7"),
    Ink.VECTOR: _ink("#ffffff"),
    Ink.P1: _ink(P1, bold=True),
    Ink.P2: _ink(P2, bold=True),
    Ink.P3: _ink(P3, bold=True),
    # Reverse, not colour alone, is what flashes: it also shows under NO_COLOR.
    Ink.P1_FLASH: _ink(P1, bold=True, reverse=True),
    Ink.P2_FLASH: _ink(P2, bold=True, reverse=True),
    Ink.P3_FLASH: _ink(P3, bold=True, reverse=True),
    Ink.OWN: _ink("#ffffff", bold=True),
    Ink.SHELVED: _ink("#b58cd9"),
    Ink.LOUD: _ink("#f2f4f5", bold=True, reverse=True),
    Ink.CHOSEN: _ink("#ffffff", on=_RAISED, bold=True),
    Ink.CHOSEN_DIM: _ink("#a9b0b7", on=_RAISED),
}
