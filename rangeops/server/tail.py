"""The newest lines of the record for streams that must lose none: read from the record itself, in its order, by all at once.

What is announced after a commit only says that there is something to read: two threads may announce in another order than
they committed, and a server may end between the two. Every stream has a place in the record of its own; nobody's is a queue.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from rangeops.domain.audit import AuditEntry
from rangeops.services.changes import line_of
from rangeops.wire.picture import LogLine

MOST_BEHIND: Final = 10_000  # entries that a stream may have missed and still be given
_KEPT: Final = 2000  # entries at hand for everybody; who is further behind reads for himself
_BATCH: Final = 500

Following = Callable[[int, int], Awaitable[Sequence[AuditEntry]]]
"""Entries of the record after a seq, at most so many, in order."""


class Tail:
    """On the event loop only. `wake` after anything was written; `after` gives what a stream hasn't had."""

    def __init__(self, following: Following) -> None:
        self._following = following
        self._lines: deque[tuple[int, LogLine | None]] = deque(maxlen=_KEPT)
        self._until: int | None = None  # the last entry at hand; None: nothing is
        self._is_behind = False
        self._reading = asyncio.Lock()

    def wake(self) -> None:
        self._is_behind = True

    def forget(self) -> None:
        """Nobody listens: what is written meanwhile isn't read."""
        self._lines.clear()
        self._until = None

    async def after(self, seq: int) -> tuple[tuple[LogLine, ...], int]:
        """Lines after this entry, in order, and how far that is now: the same again where there is nothing new.

        One batch: who is far behind asks again.
        """
        if self._until is None:
            self._until = seq
            self._is_behind = True
        await self._catch_up()
        first = self._lines[0][0] if self._lines else self._until + 1
        if seq + 1 >= first:
            return tuple(line for at, line in self._lines if at > seq and line is not None), max(self._until, seq)
        entries = await self._following(seq, _BATCH)
        lines = (line_of(entry) for entry in entries)
        return tuple(line for line in lines if line is not None), entries[-1].seq if entries else seq

    async def _catch_up(self) -> None:
        if not self._is_behind and not self._reading.locked():  # who comes while it is read waits for that
            return
        async with self._reading:
            while self._is_behind and (begun := self._until) is not None:
                self._is_behind = False
                try:
                    entries = await self._following(begun, _BATCH)
                except BaseException:
                    self._is_behind = True
                    raise
                if self._until != begun:  # forgotten meanwhile
                    return
                self._lines.extend((entry.seq, line_of(entry)) for entry in entries)
                if entries:
                    self._until = entries[-1].seq
                self._is_behind |= len(entries) == _BATCH
