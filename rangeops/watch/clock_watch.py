"""Looks now and then whether this machine's clock follows the time."""

from collections.abc import Callable, Iterator
from typing import Final

from rangeops.domain.alarms import Assessment
from rangeops.domain.clock_state import ClockState, assess_clock
from rangeops.domain.now import Now

_LOOK_S: Final = 10.0


class ClockWatch:
    """read None: time is virtual here, as in a rehearsal, and nothing is said of it."""

    def __init__(self, read: Callable[[], ClockState] | None, watch: str) -> None:
        self._read = read
        self._watch = watch
        self._state: ClockState | None = None
        self._next_s = float("-inf")

    def assess(self, now: Now) -> Iterator[Assessment]:
        if self._read is None:
            return
        if self._state is None or now.monotonic_s >= self._next_s:
            self._state, self._next_s = self._read(), now.monotonic_s + _LOOK_S
        yield assess_clock(self._state, self._watch)
