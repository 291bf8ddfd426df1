"""The control room on a real pseudo-terminal: what a person's terminal would be sent, and how soon."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import Terminal

LIVE = Path(__file__).parent / "live.py"


def open_room(**environment: str) -> Terminal:
    return Terminal([sys.executable, str(LIVE), "--vehicles", "4", "--story", "breach"], **environment)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = open_room()
    yield opened
    opened.close()


def test_esc_is_seen_soon(terminal):
    """A dialog must go at once; the best of nine, so that a busy machine does not decide it: Textual alone needs 0.1 s."""
    terminal.read_until("ENFORCING")
    taken_s = []
    for _ in range(9):
        terminal.press(b"/")
        terminal.read_until("allsign, number")
        pressed = terminal.press(b"\x1b")
        terminal.read_until("No commands")
        taken_s.append(time.monotonic() - pressed)
    assert min(taken_s) < 0.09, f"{taken_s}"


def test_arrows_still_arrive_whole(terminal):
    terminal.read_until("ENFORCING")
    terminal.press(b":")
    terminal.read_until(" command and")
    terminal.press(b"hold")
    terminal.read_until("hold")
    terminal.press(b"\x1b[D\x7f\r")  # one to the left, the one before it deleted
    terminal.read_until("there is no command 'hod'")


def test_no_color_sends_no_colour_and_the_marks_stay():
    terminal = open_room(NO_COLOR="1")
    try:
        terminal.read_until("ENFORCING")
        came = terminal.read_until("■1").decode(errors="replace")
        assert "38;2" not in came
        assert "48;2" not in came
    finally:
        terminal.close()


def test_q_and_ctrl_c_end_it_and_give_the_terminal_back():
    for key in (b"q", b"\x03"):
        terminal = open_room()
        try:
            terminal.read_until("ENFORCING")
            terminal.press(key)
            terminal.read_until("\x1b[?1049l")
            assert terminal.process.wait(10) == 0
        finally:
            terminal.close()


def test_a_terminal_that_is_gone_ends_the_room():
    """It isn't of the terminal's session, so no SIGHUP tells it: as where a session is dropped under a wrapper of it."""
    terminal = open_room()
    try:
        terminal.read_until("ENFORCING")
        terminal.hang_up()
        assert terminal.process.wait(timeout=20) is not None
    finally:
        terminal.close()
