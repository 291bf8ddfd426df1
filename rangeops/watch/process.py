"""The watch as a process: stands by until it is told to go, then runs the loop until it is told to end."""

import gc
import os
import signal
from collections.abc import Callable
from types import FrameType

from rangeops.lifeline import BEAT_VARIABLE, GO_VARIABLE, Lifeline
from rangeops.watch.loop import Loop


class Ending:
    """Asked to end: by a signal, by a supervisor that is gone, or by a beat that nobody reads."""

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


def wait_for_go() -> bool:
    """Stand by. False: the supervisor went without calling us. True at once where nobody supervises."""
    text = os.environ.pop(GO_VARIABLE, "")
    if not text:
        return True
    descriptor = int(text)
    try:
        return os.read(descriptor, 1) != b""
    finally:
        os.close(descriptor)


def run(build: Callable[[Callable[[], None]], Loop], lifeline: Lifeline) -> None:
    """`build` gets the beat and makes the loop; it is called once told to go, since it opens what only one may hold."""
    beat_text = os.environ.pop(BEAT_VARIABLE, "")
    beat_fd = int(beat_text) if beat_text else None
    gc.collect()
    gc.freeze()  # what was imported is never garbage: the collector needn't look at it again
    if not wait_for_go():
        return
    ending = Ending(lifeline)  # not before: standing by, a signal's default does what is wanted

    def beat() -> None:
        ending.look()
        if beat_fd is not None:
            try:
                os.write(beat_fd, b".")
            except BrokenPipeError:
                ending.look()

    build(beat).run(ending)
