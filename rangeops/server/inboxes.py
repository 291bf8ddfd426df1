"""What watches report on its way into the store: each watch's entries in order, and none taken before it is stored."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from rangeops.domain.errors import RangeopsError
from rangeops.domain.events import JournalEntry
from rangeops.server.storing import Storing
from rangeops.services.intake import JournalIntake
from rangeops.services.ports.watches import Wire
from rangeops.services.ports.world import Clock
from rangeops.wire.messages import JournalTaken

_BATCH: Final = 500
_MOST_WAITING: Final = 20_000
_RETRY_S: Final = 1.0
_log = structlog.get_logger(__name__)


@dataclass
class _Inbox:
    """behind: it was full, so entries were let go; once it is empty the watch is made to offer them again."""

    entries: asyncio.Queue[JournalEntry] = field(default_factory=lambda: asyncio.Queue(_MOST_WAITING))
    behind: bool = False
    task: asyncio.Task[None] | None = None


class Inboxes:
    """One for each watch that was ever heard. spawn: runs a task that the server ends with itself."""

    def __init__(
        self,
        intake: JournalIntake,
        wire: Wire,
        storing: Storing,
        *,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._intake, self._wire, self._storing, self._clock, self._spawn = intake, wire, storing, clock, spawn
        self._inboxes: dict[str, _Inbox] = {}

    def __iter__(self) -> Iterator[str]:
        """The watches that were heard."""
        return iter(self._inboxes)

    def heard(self, watch: str) -> None:
        """Also of a node whose journal came before itself."""
        self._inboxes.setdefault(watch, _Inbox())

    def put(self, watch: str, entry: JournalEntry) -> None:
        inbox = self._inboxes[watch]
        if inbox.behind or inbox.entries.full():
            inbox.behind = True
        else:
            inbox.entries.put_nowait(entry)
        if inbox.task is None or inbox.task.done():
            inbox.task = self._spawn(self._take_in(watch, inbox))

    async def _take_in(self, watch: str, inbox: _Inbox) -> None:
        """Store what has come, in order, until there is nothing more. What can't be stored is tried again."""
        while not inbox.entries.empty():
            batch = [inbox.entries.get_nowait() for _ in range(min(_BATCH, inbox.entries.qsize()))]
            while (seq := await self._store(batch)) is None:  # noqa: ASYNC110  # another try, not a wait for an event
                await asyncio.sleep(_RETRY_S)
            self._wire.send(JournalTaken(seq), watch=watch)
        if inbox.behind:
            inbox.behind = False
            self._wire.drop(watch)

    async def _store(self, batch: list[JournalEntry]) -> int | None:
        work = f"journal of {batch[0].watch}"
        try:
            seq = await asyncio.to_thread(self._intake.take, batch, self._clock())
        except RangeopsError as error:
            self._storing.failed(work, str(error), self._clock())
            return None
        except Exception as error:  # noqa: BLE001  # whatever it is: the record stands still, which must be seen
            _log.exception("journal not taken", first=batch[0].seq, last=batch[-1].seq)
            why = f"entry {batch[0].seq} of {batch[0].watch}: {type(error).__name__}"
            self._storing.failed(work, why, self._clock())
            return None
        self._storing.works(work)
        return seq
