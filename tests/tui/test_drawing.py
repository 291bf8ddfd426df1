"""Dots, lines and the chart: drawn values, without a terminal."""

import dataclasses
import enum
import typing
import unicodedata
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
import specimens
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from rangeops.client.feed import Connected
from rangeops.domain.alarms import Alarm
from rangeops.domain.commands import CommandProgress
from rangeops.domain.slots import Slot
from rangeops.domain.text import safe_text
from rangeops.tui.board import Board
from rangeops.tui.chart import Chart, Surface, Traffic
from rangeops.tui.dots import Dots
from rangeops.tui.ink import Ink, Span, as_chosen, cut, fit, width_of, wrapped
from rangeops.tui.outside import cleaned
from rangeops.tui.panels.vehicles import table_head, table_rows
from rangeops.tui.view import Viewport, fitted, frame_of, metres
from rangeops.tui.widgets.lines import strip_of
from rangeops.wire.api import IncidentView, PlanView, RangeView
from rangeops.wire.picture import LinkView, VehicleView

HOSTILE = (
    "\x1b]52;c;cm0gLXJm\x07",
    "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31mred",
    "\x1bc",
    "\x1bP$q\x1b\\",
    "[@click=app.quit]press[/]",
    "[/foo] [bold]",
    "abc\u202edef",
    "Z" + "\u0301" * 40,
    "nul\x00nul",
    "\N{ZERO WIDTH SPACE}\ufeff\u2028line",
    "\ud800",
    "\N{AIRPLANE}\ufe0f\N{SQUARED SOS}",
)
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))


def harmless(text: str) -> bool:
    """Nothing but what takes room on the line: unusual spaces (Zs) do, and Python doesn't call them printable."""
    return all(character.isprintable() or unicodedata.category(character) == "Zs" for character in text)


numbers = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=20), st.integers(1, 3))
def test_a_dot_once_drawn_is_never_erased(lines, every):
    """Cells OR: what is drawn over a fence leaves the fence's dots where they were."""
    dots = Dots(20, 10)
    square = np.array([2.0, 37.0, 37.0, 2.0]), np.array([2.0, 2.0, 37.0, 37.0])
    dots.segments(*square, np.roll(square[0], -1), np.roll(square[1], -1), Ink.ZONE.value)
    before = dots.bits.copy()
    figures = np.array(lines, dtype=np.float64).reshape(-1, 4)
    dots.segments(*figures.T, Ink.TRAIL.value, every=every)
    assert np.all(dots.bits & before == before)


def test_a_solid_line_has_no_gap():
    dots = Dots(10, 5)
    dots.segments(*(np.array([value]) for value in (0.0, 0.0, 19.0, 19.0)), Ink.ZONE.value)
    lit = sum(int(bits).bit_count() for bits in dots.bits.flat)
    assert lit == 20


def test_a_line_far_larger_than_the_screen_costs_what_is_seen():
    dots = Dots(10, 5)
    dots.segments(*(np.array([value]) for value in (-1e9, 10.0, 1e9, 10.0)), Ink.ZONE.value)
    assert np.count_nonzero(dots.bits) == 10


@given(texts, st.integers(0, 40))
def test_a_text_fits_its_column_to_the_cell(text, width):
    assert cell_len(fit(safe_text(text), width)) == width


@given(st.lists(texts, max_size=4), st.integers(1, 50))
def test_a_line_is_as_wide_as_its_widget(parts, width):
    line = tuple(Span(safe_text(part)) for part in parts)
    assert width_of(cut(line, width)) == width
    assert width_of(as_chosen((Span(" "), *line), width)) == width


@given(texts, st.integers(2, 30))
def test_wrapping_loses_nothing_but_spaces(text, width):
    safe = safe_text(text)
    lines = wrapped(safe, width)
    assert "".join("".join(lines).split()) == "".join(safe.split())
    assert all(cell_len(line) <= width for line in lines)


@given(texts)
def test_nothing_from_outside_reaches_the_terminal_as_it_came(text):
    """Also where a text was not cleaned on its way in: the last gate holds."""
    for made in (text, cleaned(replace(specimens.NORTH, callsign=text)).callsign):
        strip = strip_of((Span(made),), 60)
        assert all(harmless(segment.text) for segment in strip)
        assert strip.cell_length == 60


@pytest.mark.parametrize(
    "kind", [VehicleView, Alarm, CommandProgress, LinkView, Slot, PlanView, IncidentView, RangeView]
)
def test_every_text_field_of_what_is_shown_is_cleaned(kind):
    """However deep: each str of each value that a screen shows is reached."""
    dirty = _filled(kind)
    assert "\x1b" in repr(dirty).replace("\\x1b", "\x1b")
    assert "\x1b" not in repr(cleaned(dirty)).replace("\\x1b", "\x1b")


def _filled(hint):
    """A value of a type, every text in it hostile."""
    hint = getattr(hint, "__supertype__", hint)
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        return hint(**{field.name: _filled(hints[field.name]) for field in dataclasses.fields(hint)})
    if typing.get_origin(hint) is tuple:
        return tuple(_filled(part) for part in typing.get_args(hint) if part is not Ellipsis)
    if parts := typing.get_args(hint):
        return _filled(parts[0])
    if issubclass(hint, enum.Enum):
        return next(iter(hint))
    if hint is datetime:
        return specimens.MORNING
    return "a\x1b[31mb" if hint is str else hint(1)


def test_what_is_safe_is_not_copied():
    picture = specimens.picture(alarms=[specimens.FORECAST])
    assert cleaned(picture) is picture


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_takes_the_room_of_its_column_on_the_map(hostile):
    view = cleaned(replace(specimens.NORTH, callsign=hostile, company=hostile, mode=hostile))
    board = Board(specimens.NOW)
    board.take(Connected(""), specimens.NOW)
    board.take(specimens.picture([view]), specimens.NOW)
    scene = board.scene(specimens.NOW)
    site = fitted(60, 20, *metres(frame_of(specimens.RANGE), specimens.RANGE.boundary.outer))
    characters, _ = Chart().draw(site, Surface(specimens.RANGE), Traffic(scene.vehicles))
    for row in characters:
        text = "".join(map(chr, row))
        assert cell_len(text) == 60
        assert harmless(text)


def _scene(count: int):
    board = Board(specimens.NOW)
    board.take(Connected(""), specimens.NOW)
    board.take(specimens.picture([replace(specimens.NORTH, sysid=n) for n in range(1, count + 1)]), specimens.NOW)
    return board.scene(specimens.NOW)


@pytest.mark.parametrize(
    ("width", "kept", "dropped"),
    [
        (54, ("CO", "GS", "MODE", "AGL", "BAT", "AGE", "SLOT"), ()),
        (47, ("GS", "MODE", "AGL", "BAT", "AGE"), ("CO",)),
        (41, ("MODE", "AGL", "BAT", "AGE"), ("CO", "GS")),
    ],
)
def test_company_goes_first_then_ground_speed(width, kept, dropped):
    words = "".join(span.text for span in table_head(width)).split()
    assert set(kept) <= set(words)
    assert not set(dropped) & set(words)
    row = table_rows(_scene(1), width, 10)[0][1]
    assert width_of(row) <= width


def test_the_map_fits_the_whole_range():
    east, north = metres(frame_of(specimens.RANGE), specimens.RANGE.boundary.outer)
    view = fitted(60, 20, east, north)
    x, y = view.dots(east, north)
    assert x.min() >= 0
    assert x.max() < 120
    assert y.min() >= 0
    assert y.max() < 80


@example(499.99999999999994, 10)
@given(st.floats(0.2, 500), st.integers(10, 200))
def test_the_scale_bar_says_how_long_it_is(m_per_dot, longest):
    view = Viewport(80, 20, m_per_dot=m_per_dot)
    cells, label = view.scale_bar(longest)
    figure, unit = label.split()
    metres_long = float(figure) * (1000 if unit == "km" else 1)
    assert cells <= longest
    assert cells * 2 * m_per_dot == pytest.approx(metres_long, abs=m_per_dot)


def test_north_is_up_and_east_is_right():
    view = Viewport(10, 10)
    x, y = view.dots(np.array([0.0, 30.0]), np.array([0.0, 30.0]))
    assert x[1] > x[0]
    assert y[1] < y[0]
