"""How each ink looks, in each theme. Every alarm ink has a shape beside it, and every pair its contrast: tests/tui/test_themes.py.

STYLE and BY_NUMBER are what widgets draw with; `use` changes them in place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich.style import Style

from rangeops.tui.ink import Ink


@dataclass(frozen=True, slots=True)
class Colours:
    """One theme. ground: behind everything; raised: behind what is typed, and hint what could be; band: behind the chosen row."""

    ground: str
    text: str
    dim: str
    faint: str
    bright: str
    rule: str
    raised: str
    hint: str
    band: str
    on_band: str
    on_band_dim: str
    ok: str
    zone: str
    geography: str
    runway: str
    trail: str
    vector: str
    p1: str
    p2: str
    p3: str
    shelved: str
    is_dark: bool = True


THEMES: Final[Mapping[str, Colours]] = {
    "dark": Colours(
        ground="#1b1d1f",
        text="#c9cdd1",
        dim="#868d94",
        faint="#686e75",
        bright="#f2f4f5",
        rule="#3d4247",
        raised="#34383c",
        hint="#a9b0b7",
        band="#34383c",
        on_band="#ffffff",
        on_band_dim="#a9b0b7",
        ok="#8fd19e",
        zone="#8a8f95",
        geography="#a3a9af",
        runway="#e4e7ea",
        trail="#a9b0b7",
        vector="#ffffff",
        p1="#ff6b61",
        p2="#ffc233",
        p3="#5ec8f2",
        shelved="#b58cd9",
    ),
    "light": Colours(
        ground="#f7f7f4",
        text="#22262a",
        dim="#575e65",
        faint="#83898f",
        bright="#000000",
        rule="#b4b9be",
        raised="#e3e6e8",
        hint="#4a5158",
        band="#d5dade",
        on_band="#000000",
        on_band_dim="#3d444b",
        ok="#146c2e",
        zone="#6b7075",
        geography="#4a5056",
        runway="#1a1d20",
        trail="#5a6168",
        vector="#000000",
        p1="#b3170f",
        p2="#7a4f00",
        p3="#005a80",
        shelved="#6b3fa0",
        is_dark=False,
    ),
    "high-contrast": Colours(
        ground="#000000",
        text="#ffffff",
        dim="#d6d6d6",
        faint="#a0a0a0",
        bright="#ffffff",
        rule="#a0a0a0",
        raised="#2b2b2b",
        hint="#d6d6d6",
        band="#ffe95c",
        on_band="#000000",
        on_band_dim="#262626",
        ok="#7dff9a",
        zone="#c8c8c8",
        geography="#e0e0e0",
        runway="#ffffff",
        trail="#e0e0e0",
        vector="#ffffff",
        p1="#ff938b",
        p2="#ffd84d",
        p3="#7fdcff",
        shelved="#d9b8ff",
    ),
}
DEFAULT: Final = "dark"


def styles(colours: Colours) -> dict[Ink, Style]:
    def ink(colour: str, *, on: str = colours.ground, bold: bool = False, reverse: bool = False) -> Style:
        return Style(color=colour, bgcolor=on, bold=bold, reverse=reverse)

    return {
        Ink.TEXT: ink(colours.text),
        Ink.DIM: ink(colours.dim),
        Ink.FAINT: ink(colours.faint),
        Ink.BRIGHT: ink(colours.bright, bold=True),
        Ink.TITLE: ink(colours.text, bold=True),
        Ink.KEY: ink(colours.bright, bold=True),
        Ink.OK: ink(colours.ok),
        Ink.ZONE: ink(colours.zone),
        Ink.GEOGRAPHY: ink(colours.geography),
        Ink.RUNWAY: ink(colours.runway),
        Ink.TRAIL: ink(colours.trail),
        Ink.VECTOR: ink(colours.vector),
        Ink.P1: ink(colours.p1, bold=True),
        Ink.P2: ink(colours.p2, bold=True),
        Ink.P3: ink(colours.p3, bold=True),
        # Reverse, not colour alone, is what flashes: it also shows under NO_COLOR.
        Ink.P1_FLASH: ink(colours.p1, bold=True, reverse=True),
        Ink.P2_FLASH: ink(colours.p2, bold=True, reverse=True),
        Ink.P3_FLASH: ink(colours.p3, bold=True, reverse=True),
        Ink.OWN: ink(colours.vector, bold=True),
        Ink.SHELVED: ink(colours.shelved),
        Ink.LOUD: ink(colours.bright, bold=True, reverse=True),
        Ink.CHOSEN: ink(colours.on_band, on=colours.band, bold=True),
        Ink.CHOSEN_DIM: ink(colours.on_band_dim, on=colours.band),
    }


STYLE: Final[dict[Ink, Style]] = styles(THEMES[DEFAULT])
BY_NUMBER: Final[list[Style]] = []
"""Likewise by the ink's number, as the map has them; 0 is no ink."""


def _number() -> None:
    BY_NUMBER[:] = [STYLE[Ink(n)] if n else STYLE[Ink.TEXT] for n in range(max(ink.value for ink in Ink) + 1)]


_number()


def use(theme: str) -> None:
    """Draw with another theme from now on; what is drawn already must be drawn anew."""
    STYLE.update(styles(THEMES[theme]))
    _number()


def css_variables(theme: str) -> dict[str, str]:
    """What rangeops.tcss calls its colours."""
    colours = THEMES[theme]
    return {
        "ground": colours.ground,
        "text-ink": colours.text,
        "dim": colours.dim,
        "rule": colours.rule,
        "raised": colours.raised,
        "hint": colours.hint,
        "bright": colours.bright,
        "typed": colours.vector,
    }


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: from 1 to 21. Colours as #rrggbb."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
