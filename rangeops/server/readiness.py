"""Whether this server can do its work, part by part: for a proxy or a service manager that sends nobody to one that can't."""

import asyncio
from typing import TYPE_CHECKING, Final

from rangeops.domain.alarm_states import AlarmState
from rangeops.domain.alarms import Condition
from rangeops.domain.errors import RangeopsError
from rangeops.wire.readiness import OK, ReadyView

if TYPE_CHECKING:
    from rangeops.server.operations import Operations

KEPT_S: Final = 1.0  # whoever asks more often is told the same: anybody may ask
WITHIN_S: Final = 3.0


class Readiness:
    def __init__(self, operations: "Operations") -> None:
        self._operations = operations
        self._turn = asyncio.Lock()
        self._newest: tuple[float, ReadyView] | None = None

    async def look(self) -> ReadyView:
        async with self._turn:
            now_s = self._operations.clock().monotonic_s
            if self._newest is None or now_s - self._newest[0] > KEPT_S:
                self._newest = (now_s, await self._looked())
            return self._newest[1]

    async def _looked(self) -> ReadyView:
        operations = self._operations
        now = operations.clock()
        store = await self._store()
        watch = OK if operations.live.enforcing(now) else "a watch isn't heard"
        failing = [
            alarm
            for alarm in operations.live.picture(now).alarms
            if alarm.condition is Condition.RECORDER_FAILING and alarm.state in (AlarmState.UNACKED, AlarmState.ACKED)
        ]
        record = OK if store == OK and not failing else "it can't be written"
        return ReadyView(ready=store == watch == record == OK, store=store, watch=watch, record=record)

    async def _store(self) -> str:
        """An empty change: it takes the lock that every change takes, and writes nothing."""
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._operations.run(self._try)
        except TimeoutError:
            return f"it didn't answer in {WITHIN_S:g} s"
        except RangeopsError:
            return "it can't be reached"
        return OK

    def _try(self) -> None:
        with self._operations.services.store.write() as work:
            work.record.head()
