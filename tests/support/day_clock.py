"""Time for a range day in one process: an event loop whose time goes on by steps, and only when nobody has anything to do."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from unittest import mock

import anyio.to_thread

from rangeops.domain.now import Now

STEP_S: Final = 1 / 16  # over the watch's tick, and a number that floats hold exactly: every step has just one tick
_BEGINS_S: Final = 1000.0
T = TypeVar("T")


class DayClock:
    """Moves only when it is told to."""

    def __init__(self, begins: datetime) -> None:
        self._begins = begins
        self._steps = 0
        self._now = Now(_BEGINS_S, begins)

    def __call__(self) -> Now:
        return self._now

    @property
    def at_s(self) -> float:
        return self._steps * STEP_S

    def step(self) -> Now:
        self._steps += 1
        self._now = Now(_BEGINS_S + self.at_s, self._begins + timedelta(seconds=self.at_s))
        return self._now


class _Stepping(selectors.DefaultSelector):
    """Where a loop would wait, the day goes on by one step instead."""

    def __init__(self, step: Callable[[], None]) -> None:
        super().__init__()
        self._step: Callable[[], None] | None = step

    def stop(self) -> None:
        """The day is over: from here on a loop waits as loops do."""
        self._step = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._step is None:
            return super().select(timeout)
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        self._step()
        return super().select(0)


class _AtOnce(ThreadPoolExecutor):
    """What is put off the loop is done on it: a thread would finish at another moment in each run of the same day."""

    def submit(self, function: Callable[..., T], /, *args: Any, **named: Any) -> "Future[T]":
        future: Future[T] = Future()
        try:
            future.set_result(function(*args, **named))
        except BaseException as error:  # noqa: BLE001  # whoever waits for it gets it, as from a thread
            future.set_exception(error)
        return future


class DayLoop(asyncio.SelectorEventLoop):
    """asyncio on a DayClock. step: what the rest of the world does when a step of time has passed."""

    def __init__(self, clock: DayClock, step: Callable[[Now], None]) -> None:
        self._stepping = _Stepping(lambda: step(clock.step()))
        super().__init__(self._stepping)
        self._clock = clock
        self.set_default_executor(_AtOnce())

    def time(self) -> float:
        return self._clock().monotonic_s

    async def until_end_of(self, main: Coroutine[Any, Any, T]) -> T:
        try:
            return await main
        finally:
            self._stepping.stop()


def run(clock: DayClock, step: Callable[[Now], None], main: Coroutine[Any, Any, T]) -> T:
    """What asyncio.run does, on a day's own time."""
    loop = DayLoop(clock, step)
    with (
        asyncio.Runner(loop_factory=lambda: loop) as runner,
        mock.patch.object(anyio.to_thread, "run_sync", _run_at_once),  # where FastAPI calls what isn't async
    ):
        return runner.run(loop.until_end_of(main))


async def _run_at_once(function: Callable[..., T], *args: Any, **_: Any) -> T:
    """As for the loop's own threads."""
    return function(*args)
