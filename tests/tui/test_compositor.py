"""What is sent piece by piece must stand on the terminal as what is sent whole would: each cell, with its colours."""

import re
from dataclasses import replace

import pytest
import specimens
from rich.cells import cell_len
from test_drawing import HOSTILE
from test_snapshots import BREACH, _earlier

from rangeops.client.feed import Disconnected
from rangeops.tui.app import ControlRoom
from rangeops.tui.compositor import ExactUpdate

SEQUENCE = re.compile(r"\x1b\[(?P<figures>[0-9;?]*)(?P<kind>[A-Za-z])|(?P<line>\r?\n)|(?P<text>[^\x1b\r\n]+)")


class Screen:
    """As much of a terminal as drawings use: places, colours, text."""

    def __init__(self, columns, rows):
        self.cells = [[(" ", "")] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.style = ""

    def take(self, sent):
        for part in SEQUENCE.finditer(sent):
            if part["kind"] == "H":
                self.row, self.column = (int(figure) - 1 for figure in part["figures"].split(";"))
            elif part["kind"] == "m":
                self.style = "" if part["figures"] in ("", "0") else part["figures"]
            elif part["line"]:
                self.row, self.column = self.row + 1, 0
            elif part["text"]:
                self._write(part["text"])
            else:
                raise AssertionError(f"not known to this terminal: {part[0]!r}")

    def _write(self, text):
        for character in text:
            width = cell_len(character)
            if width and self.row < len(self.cells):
                style = ground(self.style) if character == " " else self.style
                line = self.cells[self.row]
                line[self.column : self.column + width] = [(character, style)] + [("", style)] * (width - 1)
                self.column += width


def ground(style):
    """What is seen of a style where nothing stands: its ground, and whether it is reversed."""
    return re.findall(r"(?:^|;)(7|4[0-7]|10[0-7]|48;5;\d+|48;2;\d+;\d+;\d+)(?=;|$)", style)


@pytest.fixture
def sent(monkeypatch):
    """Every drawing that goes to the terminal, in order."""
    drawings = []
    shown = ControlRoom._display

    def display(app, screen, renderable):
        if renderable is not None and screen is app.screen:
            drawings.append(renderable)
        shown(app, screen, renderable)

    monkeypatch.setattr(ControlRoom, "_display", display)
    return drawings


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_pieces_make_the_same_screen_as_the_whole(room, sent, size):
    """A flight, an alarm, keys, hostile names, a lost server: after each the terminal shows what the app would draw anew."""
    hostile = [specimens.vehicle(n, HOSTILE[n], HOSTILE[n + 4], 40.0 * n, -30.0 * n) for n in range(1, 6)]
    fleets = [[_earlier(view, back_s) for view in specimens.MORNING_FLEET] for back_s in (9, 6, 3)]
    pictures = [*map(specimens.picture, fleets), BREACH, specimens.picture(hostile), BREACH]
    async with room.app.run_test(size=size) as pilot:
        terminal, taken = Screen(*size), 0

        def check(step):
            nonlocal taken
            for drawing in sent[taken:]:
                terminal.take(drawing.render_segments(room.app.console))
            taken = len(sent)
            whole = Screen(*size)
            whole.take(room.app.screen._compositor.render_full_update().render_segments(room.app.console))
            assert terminal.cells == whole.cells, step

        await room.opens(pilot, pictures[0])
        for number, picture in enumerate(pictures):
            await room.passes(pilot, 0.7, picture)
            check(number)
        for key in (
            "j",
            "j",
            "z",
            "right",
            "f",
            "m",
            "t",
            "escape",
            "r",
            "7",
            "escape",
            "k",
            "0",
            "slash",
            "d",
            "escape",
        ):
            await room.presses(pilot, key)
            await room.passes(pilot, 0.3, pictures[3])
            check(key)
        await room.hears(pilot, Disconnected("The server closed the feed."))
        await room.passes(pilot, 3.0)
        check("lost")
    assert sum(isinstance(drawing, ExactUpdate) for drawing in sent) > len(pictures)


async def test_one_figure_costs_few_bytes(room, sent):
    """Over SSH: the battery of one vehicle, not its row."""
    async with room.app.run_test(size=(120, 36)) as pilot:
        await room.opens(pilot, specimens.picture())
        del sent[:]
        older = [specimens.NORTH, specimens.WEST, specimens.EAST]
        await room.hears(pilot, specimens.picture([*older, specimens.SOUTH]))
        await room.hears(pilot, specimens.picture([*older, replace(specimens.SOUTH, battery_percent=73)]))
        bytes_ = sum(len(drawing.render_segments(room.app.console).encode()) for drawing in sent)
        assert bytes_ < 200
