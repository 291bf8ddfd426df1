"""Every pair of colours that is used can be read, in each theme; without colour everything is still said."""

from dataclasses import fields, replace
from itertools import product

import pytest
import specimens
from hypothesis import given
from hypothesis import strategies as st

from rangeops.tui import palette
from rangeops.tui.ink import SHAPE, Ink
from rangeops.tui.palette import STYLE, THEMES, Colours, contrast, styles
from rangeops.tui.preferences import SETTINGS_FILE, Desktop, Preferences, read_preferences

TEXT_AT_LEAST = 4.5  # WCAG 2.2, 1.4.3
GRAPHIC_AT_LEAST = 3.0  # 1.4.11
ENHANCED_AT_LEAST = 7.0  # 1.4.6, of the theme that is named for it
GRAPHICS = {Ink.FAINT}
"""Rules and edges; no text is written in them."""

CALM = specimens.picture()
SIZE = (120, 36)


@pytest.fixture(autouse=True)
def dark_again():
    yield
    palette.use(palette.DEFAULT)


def pairs(colours: Colours):
    """(foreground, background) of every ink, and of the stylesheet's texts."""
    for ink, style in styles(colours).items():
        assert style.color is not None
        assert style.bgcolor is not None
        yield ink, style.color.name, style.bgcolor.name
    css = [(colours.text, colours.ground), (colours.dim, colours.ground), (colours.bright, colours.ground)]
    css += [(colours.text, colours.raised), (colours.vector, colours.raised), (colours.hint, colours.raised)]
    for number, (one, other) in enumerate(css):
        yield f"stylesheet {number}", one, other


@pytest.mark.parametrize("theme", THEMES)
def test_every_pair_has_its_contrast(theme):
    for ink, one, other in pairs(THEMES[theme]):
        wanted = GRAPHIC_AT_LEAST if ink in GRAPHICS else TEXT_AT_LEAST
        if theme == "high-contrast" and ink not in GRAPHICS:
            wanted = ENHANCED_AT_LEAST
        assert contrast(one, other) >= wanted, f"{theme}: {ink} {one} on {other} has {contrast(one, other):.1f}"


@pytest.mark.parametrize("theme", THEMES)
def test_every_ink_has_a_style_and_the_map_has_it_by_number(theme):
    palette.use(theme)
    assert set(STYLE) == set(Ink)
    assert all(palette.BY_NUMBER[ink.value] is STYLE[ink] for ink in Ink)


def test_contrast_is_wcags():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ff6b61", "#1b1d1f") == pytest.approx(6.1, abs=0.05), "as docs/keys.md says"


@given(*[st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)] * 2)
def test_contrast_is_the_same_both_ways_and_between_1_and_21(one, other):
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21.001


def test_no_priority_is_told_by_colour_alone():
    assert len(set(SHAPE.values())) == 3


async def test_another_theme_is_worn_at_once_and_kept(room, tmp_path):
    room.app.shared.desktop = Desktop(tmp_path)
    async with room.app.run_test(size=SIZE) as pilot:
        await room.opens(pilot, CALM)
        await room.presses(pilot, "comma", "right")
        assert room.app.screen.styles.background.hex.lower() == THEMES["light"].ground
        await room.presses(pilot, "1")
        strip = room.app.room.query_one("#header").render_line(0)
        assert strip._segments[1].style.bgcolor.name == THEMES["light"].ground
        assert read_preferences(tmp_path / SETTINGS_FILE) == Preferences(theme="light")
        await room.presses(pilot, "comma", "left")
        assert room.app.screen.styles.background.hex.lower() == THEMES["dark"].ground


@pytest.mark.parametrize(("theme", "size"), product(["light", "high-contrast"], [(120, 36), (80, 24)]))
def test_a_breach_in_another_theme(room, snap_compare, theme, size):
    alarms = [specimens.FORECAST, specimens.STALE, specimens.BATTERY]

    async def play(pilot):
        room.app.shared.desktop.preferences = replace(Preferences(), theme=theme)
        room.app.wear(theme)
        await room.opens(pilot, specimens.picture(alarms=alarms))
        await room.passes(pilot, 1, specimens.picture(alarms=alarms))
        await room.presses(pilot, "enter")

    assert snap_compare(room.app, terminal_size=size, run_before=play)


def test_a_preference_has_choices_and_a_word_for_each():
    from rangeops.tui.preferences import CHOICES
    from rangeops.tui.screens.settings import _HELP, _TITLE

    names = {each.name for each in fields(Preferences)}
    assert names == set(CHOICES) == set(_TITLE) == set(_HELP)
