"""The control room on a real pseudo-terminal: what a person's terminal would be sent, and how soon."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

LIVE = Path(__file__).parent / "live.py"


class Terminal:
    """A pseudo-terminal with a control room on it."""

    def __init__(self, columns: int = 120, rows: int = 36, **environment: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "ESCDELAY")}
        self.process = subprocess.Popen(
            [sys.executable, str(LIVE), "--vehicles", "4", "--story", "breach"],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
            start_new_session=True,
        )
        os.close(slave)

    def read_until(self, wanted: str, within_s: float = 20.0) -> bytes:
        """What came up to and with `wanted`. Fails where it doesn't come."""
        came, until = b"", time.monotonic() + within_s
        while (left := until - time.monotonic()) > 0:
            if select.select([self._master], [], [], left)[0]:
                came += os.read(self._master, 65536)
                if wanted.encode() in came:
                    return came
        raise AssertionError(f"{wanted!r} did not come in {within_s} s: {came[-500:]!r}")

    def press(self, keys: bytes) -> float:
        """Seconds since when, for `taken`."""
        os.write(self._master, keys)
        return time.monotonic()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
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
    terminal = Terminal(NO_COLOR="1")
    try:
        terminal.read_until("ENFORCING")
        came = terminal.read_until("■1").decode(errors="replace")
        assert "38;2" not in came
        assert "48;2" not in came
    finally:
        terminal.close()


def test_q_and_ctrl_c_end_it_and_give_the_terminal_back():
    for key in (b"q", b"\x03"):
        terminal = Terminal()
        try:
            terminal.read_until("ENFORCING")
            terminal.press(key)
            terminal.read_until("\x1b[?1049l")
            assert terminal.process.wait(10) == 0
        finally:
            terminal.close()
