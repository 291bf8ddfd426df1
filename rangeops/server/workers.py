"""Processes for what costs CPU time. They end with the server, however it ends; one that dies or hangs is replaced."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

import structlog

from rangeops.domain.errors import RangeopsError, Unavailable

T = TypeVar("T")

LONGEST_S: Final = 30.0  # a plan takes tenths of a second: what takes this long won't end
_log = structlog.get_logger(__name__)


class Workers(Protocol):
    async def compute(self, function: Callable[[Any], T], argument: Any) -> T:
        """function(argument), off this process. Raises what it raises; Unavailable where it died or hung."""


class ProcessWorkers:
    """Fresh interpreters, started at the first use: nothing of the server's threads, sockets and locks is in them."""

    def __init__(self, count: int = 1, *, longest_s: float = LONGEST_S) -> None:
        self._count = count
        self._longest_s = longest_s
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_up()

    async def compute(self, function: Callable[[Any], T], argument: Any) -> T:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._count, mp_context=context, initializer=_settle)
        pool, work = self._pool, asyncio.wrap_future(self._pool.submit(_outcome, function, argument))
        try:
            outcome = await asyncio.wait_for(work, self._longest_s)
        except (BrokenProcessPool, TimeoutError) as error:
            _log.exception("worker given up", function=repr(function))
            if self._pool is pool:  # others who waited for it may have replaced it already
                self._give_up()
            raise Unavailable(
                "it took too long" if isinstance(error, TimeoutError) else "the process that worked on it died",
                where="check",
                do="Hand it in again; if it happens again, something in the file is to blame.",
            ) from error
        if isinstance(outcome, _Refusal):
            raise outcome.error(outcome.what, where=outcome.where, do=outcome.do)
        return outcome

    def _give_up(self) -> None:
        """End the processes at once, whatever they do; the next use starts others."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in list((pool._processes or {}).values()):  # noqa: SLF001  # 3.14 has kill_workers for it
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)


def start_workers(count: int = 1) -> ProcessWorkers:
    return ProcessWorkers(count)


class _Refusal:
    """One of our errors on its way between processes: an exception with keyword arguments can't be pickled."""

    def __init__(self, error: RangeopsError) -> None:
        self.error, self.what, self.where, self.do = type(error), error.what, error.where, error.do


def _outcome(function: Callable[[Any], T], argument: Any) -> T | _Refusal:
    try:
        return function(argument)
    except RangeopsError as error:
        return _Refusal(error)


def _settle() -> None:
    """Ctrl+C is the server's to act on. A killed server can't end its workers, so each looks for itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
