"""`skewed_clock.py WORDS`: `rangeops WORDS`, whose wall clock runs wrong as a file says; so do the processes that it starts.

The machine's own clock is others' too, so it is left alone: `bootstrap.parts.clock` and `adapters.clock_sync.clock_state`, the two
places where a process of rangeops asks for the time and how good it is, are wrapped. The file that RANGEOPS_TEST_CLOCK names holds
"SECONDS WORD": so far ahead, and whether the clock is "synchronised" or "free". It is read ten times a second.
"""

import os
import runpy
import sys
import time
from datetime import timedelta
from pathlib import Path

_FILE = Path(os.environ["RANGEOPS_TEST_CLOCK"])
_LOOK_S = 0.1


def _wrap() -> None:
    from rangeops.adapters import clock_sync
    from rangeops.bootstrap import parts
    from rangeops.domain.clock_state import ClockState
    from rangeops.domain.now import Now

    read_s, ahead, word = float("-inf"), timedelta(), "synchronised"
    right = parts.clock

    def look(now_s: float) -> None:
        nonlocal read_s, ahead, word
        if now_s - read_s >= _LOOK_S:
            seconds, word = _FILE.read_text(encoding="ascii").split()
            read_s, ahead = now_s, timedelta(seconds=float(seconds))

    def clock() -> Now:
        now = right()
        look(now.monotonic_s)
        return Now(now.monotonic_s, now.utc + ahead)

    def clock_state() -> ClockState:
        look(time.monotonic())
        return ClockState(synchronised=word == "synchronised", error_s=0.001 if word == "synchronised" else None)

    parts.clock = clock
    clock_sync.clock_state = clock_state


if __name__ == "__main__":
    sys.executable = os.environ["RANGEOPS_TEST_PYTHON"]  # which runs this program again for `-m rangeops`
    if sys.argv[1] in ("serve", "process"):  # not the simulator: vehicles have clocks of their own
        _wrap()
    runpy.run_module("rangeops", run_name="__main__", alter_sys=True)
