"""Work that takes a while: asked for, in a fair queue until there is room, followed by its number, forgotten in the end.

Each lane is a queue of its own, so that a month's timetable keeps no plan waiting. On the server's event loop alone;
nothing of it outlives the server: what is done is in the store, what isn't is asked for again.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Iterator
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from rangeops.domain.absences import absent
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, RangeopsError, Unavailable
from rangeops.domain.permissions_of_roles import Act, may
from rangeops.server.fair_queue import FairQueue, Ticket
from rangeops.server.problems import problem
from rangeops.services.ports.world import Clock
from rangeops.wire.work import WorkState, WorkView

PLAN: Final = "plan"
TIMETABLE: Final = "timetable"
REPORT: Final = "report"
KEPT: Final = timedelta(minutes=10)  # after its end
MOST_KEPT: Final = 500  # that have ended; the oldest are forgotten first
_FIRST_MEAN_S: Final = 1.0
_MEAN_WEIGHT: Final = 0.2  # of the newest in the mean of how long work takes
_ENDED: Final = frozenset([WorkState.DONE, WorkState.FAILED, WorkState.CANCELLED])
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """value: for whoever waits for it. link: path where it is read later."""

    value: Any
    link: str


@dataclass(eq=False)
class Work:
    """One piece. `finished` is set at its end, however that came; `outcome` then says what it is, or raises.

    context: of whoever asked for it, who isn't whoever's end lets it begin: under his key it is carried out once.
    """

    id: str
    kind: str
    says: str
    owner: Actor
    company: str
    lane: "Lane"
    asked_utc: datetime
    run: Callable[["Work"], Coroutine[Any, Any, Outcome]]
    state: WorkState = WorkState.WAITING
    doing: str = "waits"
    share: float | None = None
    until_s: tuple[float, float] | None = None  # of what is given a time: from when to when it is done, at the latest
    may_stop: bool = True  # False from when it changes anything
    ended_utc: datetime | None = None
    result: Outcome | None = None
    error: BaseException | None = None
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Outcome] | None = None
    context: Context = field(default_factory=copy_context)

    def now(
        self,
        doing: str,
        share: float | None = None,
        *,
        may_stop: bool = True,
        until_s: tuple[float, float] | None = None,
    ) -> None:
        """How far it is, told by what runs it."""
        self.doing, self.share, self.may_stop, self.until_s = doing, share, may_stop, until_s

    def progress(self, now_s: float) -> float | None:
        """0 to 1; None where nobody can say. Of what is given a time, the part of it that has gone, short of all."""
        if self.state is WorkState.DONE:
            return 1.0
        if self.until_s is None:
            return self.share
        begins_s, ends_s = self.until_s
        return min(max((now_s - begins_s) / (ends_s - begins_s), 0.0), 0.95)

    def outcome(self) -> Outcome:
        """Raises what it ended with; Unavailable for one that was cancelled."""
        if self.error is not None:
            raise self.error
        if self.result is None:
            raise Unavailable("it was cancelled", where=self.says, do="Ask for it again.")
        return self.result


class Lane:
    """A queue and how long its work takes."""

    def __init__(self, queue: FairQueue) -> None:
        self.queue = queue
        self.mean_s = _FIRST_MEAN_S

    def took(self, seconds: float) -> None:
        self.mean_s += _MEAN_WEIGHT * (seconds - self.mean_s)


def lanes(*, readers: int) -> dict[str, FairQueue]:
    """readers: how many plans are looked at at once; as many as there are confined processes."""
    return {
        PLAN: FairQueue("plans", readers),
        TIMETABLE: FairQueue("timetables", 1, most=8, most_of_one=4),
        REPORT: FairQueue("reports", 1, most=32, most_of_one=16),
    }


class WorkDesk:
    """Lanes by name, and all work that is under way or was of late."""

    def __init__(self, clock: Clock, lanes: dict[str, FairQueue]) -> None:
        self._clock = clock
        self.lanes = {name: Lane(queue) for name, queue in lanes.items()}
        self._all: dict[str, Work] = {}  # oldest first

    def ask(
        self,
        lane: str,
        says: str,
        run: Callable[[Work], Coroutine[Any, Any, Outcome]],
        *,
        actor: Actor,
        company: str = "",
        weight_bytes: int = 0,
    ) -> Work:
        """Into the queue, and on its way if there is room. company: whose turn it takes. Raises QueueFull."""
        self._forget()
        chosen = self.lanes[lane]
        work = Work(secrets.token_urlsafe(12), lane, says, actor, company, chosen, self._clock().utc, run)
        chosen.queue.put(Ticket(work.id, company or actor.name, weight_bytes), mean_s=chosen.mean_s)
        self._all[work.id] = work
        self._go_on(chosen)
        return work

    def get(self, work_id: str, actor: Actor) -> Work:
        """Raises NotFound for one that isn't there any more, or isn't the actor's to see."""
        self._forget()
        work = self._all.get(work_id)
        if work is None or not _sees(actor, work):
            raise absent("work", work_id)
        return work

    def of(self, actor: Actor) -> tuple[WorkView, ...]:
        """The actor's own, newest first."""
        self._forget()
        own = [work for work in self._all.values() if work.owner.name == actor.name]
        return tuple(self.view(work) for work in reversed(own))

    def view(self, work: Work) -> WorkView:
        return WorkView(
            id=work.id,
            kind=work.kind,
            says=work.says,
            state=work.state,
            doing=work.doing,
            position=work.lane.queue.position(work.id) if work.state is WorkState.WAITING else None,
            progress=work.progress(self._clock().monotonic_s),
            asked_utc=work.asked_utc,
            expires_utc=None if work.ended_utc is None else work.ended_utc + KEPT,
            result="" if work.result is None else work.result.link,
            problem=problem(work.error) if isinstance(work.error, RangeopsError) else None,
        )

    def cancel(self, work: Work) -> None:
        """Whoever asked gives up. Raises Conflict where it has ended, or has begun to change something."""
        if work.state in _ENDED or not work.may_stop:
            raise Conflict(f"it is {work.state.value}", where=f"work {work.id}", do="Look at what came of it.")
        if work.lane.queue.cancel(work.id):
            self._end(work, WorkState.CANCELLED)
        elif work.task is not None:
            work.task.cancel()  # a worker that is at it ends its piece; nobody waits for that

    async def close(self) -> None:
        tasks = [work.task for work in self._all.values() if work.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _go_on(self, lane: Lane) -> None:
        while (ticket := lane.queue.next()) is not None:
            work = self._all[ticket.id]
            work.state, work.doing = WorkState.RUNNING, "begins"
            work.task = asyncio.create_task(work.run(work), context=work.context)
            work.task.add_done_callback(partial(self._ended, work, self._clock().monotonic_s))

    def _ended(self, work: Work, began_s: float, task: asyncio.Task[Outcome]) -> None:
        error = None if task.cancelled() else task.exception()
        if task.cancelled():
            state = WorkState.CANCELLED
        elif error is None:
            work.result, state = task.result(), WorkState.DONE
        else:
            work.error, state = error, WorkState.FAILED
            if not isinstance(error, RangeopsError):
                _log.error("work failed", kind=work.kind, exc_info=error)
        work.lane.took(self._clock().monotonic_s - began_s)
        work.lane.queue.done(work.id)
        self._end(work, state)
        self._go_on(work.lane)

    def _end(self, work: Work, state: WorkState) -> None:
        work.state, work.doing, work.ended_utc = state, state.value, self._clock().utc
        work.run = _over  # and with it goes the file that it held
        work.finished.set()

    def _forget(self) -> None:
        now = self._clock().utc
        ended = [work for work in self._all.values() if work.ended_utc is not None]
        for number, work in enumerate(ended):
            if number < len(ended) - MOST_KEPT or (work.ended_utc is not None and now - work.ended_utc > KEPT):
                del self._all[work.id]

    def __iter__(self) -> Iterator[Work]:
        return iter(self._all.values())


def _sees(actor: Actor, work: Work) -> bool:
    """Whoever asked, his company's people for their company's plans, and the range's."""
    is_own = work.owner.name == actor.name or (bool(work.company) and work.company == actor.company)
    return is_own or may(actor, Act.SEE_RANGE)


async def _over(work: Work) -> Outcome:
    return work.outcome()
