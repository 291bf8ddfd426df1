"""Processes for what costs CPU time, and, confined, for what strangers sent. They end with the server, however it ends.

One that dies, hangs or takes too much costs its own work alone, and is replaced. Those that are confined stand ready
before the first file comes: a start takes a second, a check tenths of one.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

import structlog

from rangeops.domain.errors import Refused, Unavailable
from rangeops.server.sandbox import Layer, Limits
from rangeops.server.worker_process import Failed, Lost, NotStarted, TooMuchMemory, Warm, WorkerProcess

T = TypeVar("T")

LONGEST_S: Final = 30.0  # a timetable is given ten seconds: what takes this long won't end
LONGEST_READ_S: Final = 15.0  # a plan takes tenths of a second
START_S: Final = 60.0  # a busy machine takes seconds
_MOST_FUNCTIONS: Final = 64  # that cross over once; there are a handful
THE_FILE: Final = "the file"
_NOT_KEPT: Final = 0  # the key of a function that crosses over each time
_AGAIN: Final = "Hand it in again; if it happens again, something in the file is to blame."
_SMALLER: Final = "Simplify the file, or hand it in in parts."
_log = structlog.get_logger(__name__)


class Workers(Protocol):
    @property
    def pools(self) -> "tuple[Pool, ...]":
        """For whoever counts them."""

    @property
    def readers(self) -> int:
        """How many files are read at once."""

    async def start(self) -> None:
        """Have ready what should be before the first file comes."""

    async def compute(self, function: Callable[[Any], T], argument: Any) -> T:
        """function(argument), off this process. Raises what it raises; Unavailable where it died or hung."""

    async def confined(self, function: Callable[[Any], T], argument: Any, answer: Any, *, where: str = THE_FILE) -> T:
        """The same for what strangers sent, in a process that can't hurt us. answer: the type of what comes back.

        Raises our own errors as they are raised; Refused where it takes too much of anything, or breaks the function.
        """


class ProcessWorkers:
    """Fresh interpreters: nothing of the server's threads, sockets and locks is in them."""

    def __init__(
        self,
        count: int = 1,
        *,
        longest_s: float = LONGEST_S,
        longest_read_s: float = LONGEST_READ_S,
        limits: Limits | None = None,
        warm: Sequence[Warm] = (),
    ) -> None:
        """count: of each kind. warm: what a confined one does before its first work."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self.own = Pool("own", count, longest_s=longest_s)
        self.outside = Pool("confined", count, longest_s=longest_read_s, limits=limits or Limits(), warm=warm)

    @property
    def pools(self) -> "tuple[Pool, ...]":
        return self.own, self.outside

    @property
    def readers(self) -> int:
        return self.outside.count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.own.close()
        self.outside.close()

    async def start(self) -> None:
        """Have a confined one ready, and one more whenever all that there are work; nobody waits for that."""
        self._loop = asyncio.get_running_loop()
        self.outside.make_ready()

    def confined_from_thread(self, function: Callable[[Any], T], argument: Any, answer: Any, *, where: str) -> T:
        """`confined`, for use cases, which run in threads. Never on the event loop itself, which would wait for itself."""
        if self._loop is None:
            raise Unavailable("the server isn't up yet", where=where, do="Try again.")
        asked = self.confined(function, argument, answer, where=where)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()

    async def compute(self, function: Callable[[Any], T], argument: Any) -> T:
        try:
            return await self.own.ask(function, argument)
        except Gone as gone:
            what = "it took too long" if gone.how == "wall" else "the process that worked on it died"
            raise Unavailable(what, where="check", do=_AGAIN) from gone

    async def confined(self, function: Callable[[Any], T], argument: Any, answer: Any, *, where: str = THE_FILE) -> T:
        try:
            return await self.outside.ask(function, argument, answer)
        except Gone as gone:
            raise Refused(_WHY[gone.how], where=where, do=_SMALLER) from gone
        except Failed as failure:
            _log.error("a file broke its reader", error=failure.name, report=failure.report)
            raise Refused(
                f"it broke the program that read it ({failure.name})",
                where=where,
                do="Save it again from the program that made it; the range's log has the reason.",
            ) from failure


class Gone(Exception):
    """A worker was lost over its work. how: wall, cpu, memory, died."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


_WHY: Final = {
    "wall": "reading it took too long",
    "cpu": "reading it took too much computing",
    "memory": "reading it took too much memory",
    "died": "the process that read it died",
}


class Pool:
    """A number of workers, each asked by one at a time. On one event loop."""

    def __init__(
        self, name: str, count: int, *, longest_s: float, limits: Limits | None = None, warm: Sequence[Warm] = ()
    ) -> None:
        self.name, self.count = name, count
        self.lost: Counter[str] = Counter()  # workers by how they were lost
        self._longest_s, self._limits, self._warm = longest_s, limits, tuple(warm)
        self._turn = asyncio.Semaphore(count)
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._starting = 0
        self._functions: dict[int, Callable[[Any], Any]] = {}
        self._threads = ThreadPoolExecutor(2 * count, thread_name_prefix=f"worker-{name}")
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    @property
    def busy(self) -> int:
        return len(self._busy)

    @property
    def ready(self) -> int:
        return len(self._idle)

    @property
    def layers(self) -> frozenset[Layer]:
        """What holds of a confined one; empty before the first has started."""
        return next((worker.layers for worker in (*self._idle, *self._busy)), frozenset())

    def make_ready(self) -> None:
        """One more than is at work stands by, as far as there may be as many."""
        wanted = min(self.count, len(self._busy) + 1)
        for _ in range(wanted - len(self._idle) - len(self._busy) - self._starting):
            self._starting += 1
            self._spawn(self._stand_by())

    async def ask(self, function: Callable[[Any], T], argument: Any, answer: Any = None) -> T:
        """Raises Gone, and what `WorkerProcess.ask` raises of the function. Whoever gives up leaves it to end its work."""
        await self._turn.acquire()
        asked: asyncio.Task[T] = self._spawn(self._at_work(function, argument, answer))
        return await asyncio.shield(asked)

    async def _at_work(self, function: Callable[[Any], T], argument: Any, answer: Any) -> T:
        try:
            worker = await self._one()
            self._busy.add(worker)
            self._stay_ready()
            try:
                return await self._asked(worker, function, argument, answer)
            finally:
                self._busy.discard(worker)
                self._stay_ready()
        finally:
            self._turn.release()

    def _stay_ready(self) -> None:
        if self._limits is not None and not self._is_closed:
            self.make_ready()

    async def _asked(self, worker: WorkerProcess, function: Callable[[Any], T], argument: Any, answer: Any) -> T:
        loop = asyncio.get_running_loop()
        working = loop.run_in_executor(self._threads, worker.ask, self._key(function), function, argument, answer)
        done, _ = await asyncio.wait([working], timeout=self._longest_s)
        error = working.exception() if done else None
        if not done:
            how = "wall"
        elif isinstance(error, Lost):
            how = "cpu" if await loop.run_in_executor(self._threads, worker.ran_out_of_cpu) else "died"
        elif isinstance(error, TooMuchMemory):
            how = "memory"  # what it still holds on to, nobody knows
        else:
            self._idle.append(worker)
            return working.result()
        _log.error("worker given up", pool=self.name, how=how, function=repr(function)[:80])
        await self._lose(worker, how)
        if not done:
            await asyncio.wait([working])
            working.exception()  # its socket's end: nobody asks any more
        raise Gone(how)

    async def _lose(self, worker: WorkerProcess, how: str) -> None:
        self.lost[how] += 1
        await asyncio.get_running_loop().run_in_executor(self._threads, worker.kill)

    async def _one(self) -> WorkerProcess:
        """One that lives: it stands by, or is started now. Raises Unavailable where none can be."""
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            self.lost["died"] += 1
        return await self._started()

    async def _started(self) -> WorkerProcess:
        loop = asyncio.get_running_loop()
        try:
            worker = await loop.run_in_executor(self._threads, self._new)
        except NotStarted as error:
            _log.exception("worker not started", pool=self.name)
            raise Unavailable(
                "no process can be started for it", where="check", do="Look at the machine's memory and processes."
            ) from error
        if self._is_closed:
            worker.kill()
            raise Unavailable("the server ends", where="check", do="Try again when it is back.")
        return worker

    def _new(self) -> WorkerProcess:
        return WorkerProcess(self._limits, self._warm, within_s=START_S)

    async def _stand_by(self) -> None:
        try:
            async with self._turn:
                if len(self._idle) + len(self._busy) < self.count:
                    self._idle.insert(0, await self._started())
        finally:
            self._starting -= 1

    def _key(self, function: Callable[[Any], Any]) -> int:
        """Kept for as long as workers know it: no other function gets its number meanwhile."""
        is_full = len(self._functions) >= _MOST_FUNCTIONS and id(function) not in self._functions
        if is_full or isinstance(function, partial):  # a partial is made anew for each call
            return _NOT_KEPT
        self._functions[id(function)] = function
        return id(function)

    def _spawn(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # told to whoever waits for it, if anybody still does

    def close(self) -> None:
        """End the processes at once, whatever they do."""
        self._is_closed = True
        for worker in (*self._idle, *self._busy):
            worker.kill()
        self._idle.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)


def start_workers(count: int = 1, warm: Sequence[Warm] = ()) -> ProcessWorkers:
    return ProcessWorkers(count, warm=warm)
