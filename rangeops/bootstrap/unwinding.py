"""SIGTERM, and a terminal that is gone, end a process as Ctrl+C does: what was made for the while is cleared away."""

import asyncio
import signal
from collections.abc import Coroutine
from types import FrameType, TracebackType
from typing import Any, Final, Self, TypeVar

T = TypeVar("T")

_ENDING: Final = (signal.SIGTERM, signal.SIGHUP)
_UNWOUND_S: Final = 30.0  # ending what runs in the background takes 2 x 12 s at most (background.END_S)
_SIGNALLED: Final = 128  # an exit code of a process that a signal ended is this and the signal's number


class Unwinding:
    """While it lasts, the first of these signals raises SystemExit; in `run`, it cancels what is awaited.

    An exception out of a signal's handler is lost where the signal meets a destructor or a weak reference's callback, and
    a clean-up may hang: it is raised again after `again_s`, until we are through.
    """

    def __init__(self, again_s: float = _UNWOUND_S) -> None:
        self._again_s = again_s
        self._code: int | None = None
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None

    def __enter__(self) -> Self:
        self._before = {each: signal.getsignal(each) for each in (*_ENDING, signal.SIGALRM)}
        for each in _ENDING:
            signal.signal(each, self._end)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """asyncio.run, ended by cancellation as it is by Ctrl+C: an exception would run through every task of the loop."""

        async def watched() -> T:
            task = asyncio.current_task()
            assert task is not None
            self._running = asyncio.get_running_loop(), task
            try:
                return await work
            finally:
                self._running = None

        try:
            return asyncio.run(watched())
        except asyncio.CancelledError:
            if self._code is None:
                raise
            raise SystemExit(self._code) from None

    def _end(self, number: int, _frame: FrameType | None) -> None:
        for each in _ENDING:
            signal.signal(each, signal.SIG_IGN)  # it is being done
        self._code = _SIGNALLED + number
        signal.signal(signal.SIGALRM, self._end_again)
        signal.setitimer(signal.ITIMER_REAL, self._again_s, self._again_s)
        if self._running is None:
            raise SystemExit(self._code)
        loop, task = self._running
        loop.call_soon_threadsafe(task.cancel)

    def _end_again(self, _number: int, _frame: FrameType | None) -> None:
        raise SystemExit(self._code)
