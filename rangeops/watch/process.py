"""The watch as a process: stands by until it is told to go, then runs the loop until it is told to end."""

import gc
import os
import select
import signal
from collections.abc import Callable
from types import FrameType
from typing import Final

from rangeops.lifeline import GO_VARIABLE, STANDS_BY, Lifeline
from rangeops.watch.loop import Loop

STANDBY_BEAT_S: Final = 0.5


class Ending:
    """Asked to end: by a signal, or by a supervisor that is gone."""

    def __init__(self, lifeline: Lifeline) -> None:
        self._lifeline = lifeline
        self._asked = False
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    def __call__(self) -> bool:
        return self._asked

    def look(self) -> None:
        """Is the supervisor still there? A system call: done with the beat, not with every packet."""
        self._asked = self._asked or self._lifeline.cut()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True


def wait_for_go(beat: Callable[[], None]) -> bool:
    """Stand by, and beat: one that hangs must be found out before it is needed.

    False: the supervisor went without calling us. True at once where nobody supervises.
    """
    text = os.environ.pop(GO_VARIABLE, "")
    if not text:
        return True
    descriptor = int(text)
    try:
        beat()
        while not select.select([descriptor], [], [], STANDBY_BEAT_S)[0]:
            beat()
        return os.read(descriptor, 1) != b""
    finally:
        os.close(descriptor)


def run(build: Callable[[Callable[[], None]], Loop], lifeline: Lifeline) -> None:
    """`build` gets the beat and makes the loop; it is called once told to go, since it opens what only one may hold."""
    gc.collect()
    gc.freeze()  # what was imported is never garbage: the collector needn't look at it again
    if not wait_for_go(lambda: lifeline.beat(STANDS_BY)):
        return
    ending = Ending(lifeline)  # not before: standing by, a signal's default does what is wanted

    def beat() -> None:
        ending.look()
        lifeline.beat()

    build(beat).run(ending)
