"""Whether the server can store what happens: an alarm while it can't, and the gap in the record once it can again.

What watches saw waits in their journals, and what people tried was refused to their face; only the server's own alarms have
nobody else to keep them. They wait here, and are recorded in their order.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rangeops.domain.alarms import Alarm
from rangeops.domain.events import AlarmChanged
from rangeops.domain.now import Now
from rangeops.server.live import LiveRange
from rangeops.services.build import Services
from rangeops.services.changes import RANGE, SERVER
from rangeops.services.checkpoints import RECORD
from rangeops.services.words import words

GAP: Final = "record.gap"  # the action of the entry that tells of one
OWN: Final = "the server's own"  # the name of the work that `settle` is
MOST_WAITING: Final = 1000  # changes of alarms; the newest of each is what counts


@dataclass(frozen=True, slots=True)
class _Gap:
    since: datetime
    why: str


class Storing:
    """`failed` and `works` for each kind of work by its name; `settle`, off the event loop, one at a time, while anything is owed."""

    def __init__(self, live: LiveRange, services: Services) -> None:
        self._live = live
        self._services = services
        self._failing: dict[str, str] = {}
        self._gap: _Gap | None = None
        self._alarms: deque[tuple[Alarm, datetime]] = deque(maxlen=MOST_WAITING)

    def failed(self, work: str, why: str, now: Now) -> None:
        if self._gap is None:
            self._gap = _Gap(now.utc, why)
        self._failing[work] = why
        self._live.recording(next(iter(self._failing.values())))

    def works(self, work: str) -> None:
        """One kind of work that goes on says nothing of another that doesn't: on a full disk a look still succeeds."""
        self._failing.pop(work, None)
        self._live.recording(next(iter(self._failing.values()), ""))

    def owe(self, alarm: Alarm, now: Now) -> None:
        """One of the server's own, as it has changed."""
        self._alarms.append((alarm, now.utc))

    @property
    def owes(self) -> bool:
        return bool(self._alarms) or self._gap_is_over

    @property
    def _gap_is_over(self) -> bool:
        return self._gap is not None and not self._failing.keys() - {OWN}

    def settle(self, now: Now) -> None:
        """Record what waits. Raises Unavailable; then it waits on."""
        while self._alarms:
            alarm, happened = self._alarms[0]
            says = words(AlarmChanged(alarm))
            self._services.commands.noted(
                f"alarm.{alarm.condition.value}", says, now, SERVER, alarm=alarm, happened=happened
            )
            if self._alarms and self._alarms[0][0] is alarm:  # a flood of them may have pushed it out meanwhile
                self._alarms.popleft()
        if (gap := self._gap) is not None and self._gap_is_over:
            says = f"nothing could be stored from {gap.since:%d %b %H:%M:%S} to {now.utc:%H:%M:%S} UTC: {gap.why}"
            with self._services.changes.begin(now, SERVER) as change:
                body = {"since": gap.since, "until": now.utc, "why": gap.why}
                change.record(GAP, RECORD, says, body, about=[RANGE, RECORD])
            self._gap = None
