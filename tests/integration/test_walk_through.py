"""A whole watch at the screen, by keys alone, on a real terminal: a breach, a dead server and watch, a lost link."""

import asyncio
import re
import signal
import sys
import time
from codecs import getincrementaldecoder
from collections.abc import Callable

import pytest
from morning import morning
from screen_text import ScreenText
from terminal import Terminal

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

COLUMNS, ROWS = 120, 36
D07 = 7


class Operator:
    """Reads the screen and presses keys; knows nothing else."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._screen = ScreenText(COLUMNS, ROWS)
        self._decode = getincrementaldecoder("utf-8")(errors="replace").decode

    def presses(self, keys: str) -> None:
        self._terminal.press(keys.encode())

    async def sees(self, what: str | Callable[[str], bool], within_s: float = 30.0) -> str:
        """Wait until the screen has these words, or is as asked; what stands there then."""
        return await asyncio.to_thread(self._until, what, within_s)

    def _until(self, what: str | Callable[[str], bool], within_s: float) -> str:
        deadline_s = time.monotonic() + within_s
        while True:
            self._screen.feed(self._decode(self._terminal.read(0.1)))
            shown = "\n".join(self._screen.lines)
            if what in shown if isinstance(what, str) else what(shown):
                return shown
            asked = what if isinstance(what, str) else getattr(what, "__doc__", "") or "what was waited for"
            assert time.monotonic() < deadline_s, f"{asked!r} is not on the screen after {within_s} s:\n{shown}"


def row(shown: str) -> str:
    """D07's, of the table."""
    return next((line[64:] for line in shown.splitlines() if re.search(r"\bD07 +\S+ +\S+ +", line[64:])), "")


def is_fresh(shown: str) -> bool:
    return re.search(r" 0\.\d ", row(shown)) is not None


async def test_an_operator_gets_through_a_bad_morning_with_the_keyboard_alone(tmp_path):
    async with morning(tmp_path) as range_:
        room = [sys.executable, "-m", "rangeops", "--data", str(tmp_path)]
        with Terminal(room, COLUMNS, ROWS, RANGEOPS_PORT="0") as terminal:
            operator = Operator(terminal)
            await operator.sees(" ENFORCING", within_s=60)
            playing = asyncio.create_task(range_.director.play())  # not before: a slow start would miss some of it
            await operator.sees(lambda shown: "AUTO" in row(shown), within_s=90)

            operator.presses("/d07\r")  # in one piece, as a slow line sends it
            await operator.sees("sysid 7")
            await operator.sees("■1 D07 Leaves its volume", within_s=60)
            await operator.sees("HOLD D07 by policy")
            await operator.sees(lambda shown: "RTL" in row(shown))  # by the policy, 5 s after the hold
            operator.presses("a")
            await operator.sees("acknowledged")
            await playing

            operator.presses("h")  # one key: it is chosen
            await operator.sees("HOLD D07 by operator")
            await operator.sees(lambda shown: "BRAKE" in row(shown))
            operator.presses("r7\r")
            await operator.sees(lambda shown: "RETURN TO LAUNCH D07 by operator" in shown and "RTL" in row(shown))
            operator.presses("\x1b")
            await operator.sees(lambda shown: "esc" not in shown)

            range_.strike("server", signal.SIGKILL)
            await operator.sees("NOT ENFORCING")
            await operator.sees(lambda shown: "NOT ENFORCING" not in shown and " ENFORCING" in shown)
            range_.strike("watch", signal.SIGKILL)
            at_s = time.monotonic()
            await range_.until(
                lambda d07: d07["gcs_heartbeat_age_s"] < time.monotonic() - at_s - 0.1, D07, "a heartbeat"
            )
            # What the watch before it saw is fresh for a moment, too: the new one has read the fence again.
            await operator.sees(
                lambda shown: (
                    "back equal" in shown and "NOT ENFORCING" not in shown and "RTL" in row(shown) and is_fresh(shown)
                )
            )

            await range_.radio.ask({"fault": "silent", "vehicle": D07})
            shown = await operator.sees(lambda shown: "LOST" in row(shown))
            assert row(shown).count("--") == 4, "mode, height, speed and battery: no last value stays"
            await range_.radio.ask({"fault": "silent", "vehicle": D07, "value": False})
            await operator.sees(lambda shown: "RTL" in row(shown) and is_fresh(shown))

            for key, there in (
                ("2", "Slots by volume"),
                ("3", "CONDITION"),
                ("4", "passed"),
                ("5", "INC-"),
                ("1", "Map"),
            ):
                operator.presses(key)
                await operator.sees(there)
            operator.presses("q")
            await asyncio.to_thread(terminal.read_until, "\x1b[?1049l")
            assert await asyncio.to_thread(terminal.process.wait, 10) == 0
        assert (await range_.truth(D07))["gcs_heartbeat_age_s"] < 2, "the range goes on without a screen"
