"""Whether a vehicle hears us, proved and not assumed: TIMESYNC asked every 2 s, its answers counted.

One Probe a route; several vehicles behind one radio answer the same question.
Source: MAVLink time synchronisation; docs/mavlink.md, uplink.
"""

from collections import OrderedDict
from typing import Final

from rangeops.adapters.mavlink.messages import Timesync
from rangeops.domain.now import Now

PROBE_S: Final = 2.0
LOST_S: Final = 3 * PROBE_S + 0.5  # three questions without an answer
_REMEMBERED: Final = 8


class Probe:
    def __init__(self) -> None:
        self.deadline_s = float("-inf")
        self._asked: OrderedDict[int, float] = OrderedDict()  # ts1: when

    def timed_out(self, now: Now) -> Timesync | None:
        if now.monotonic_s < self.deadline_s:
            return None
        self.deadline_s = now.monotonic_s + PROBE_S
        ts1 = round(now.monotonic_s * 1e9)
        self._asked[ts1] = now.monotonic_s
        if len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
        return Timesync(tc1=0, ts1=ts1)

    def round_trip_s(self, message: Timesync, now: Now) -> float | None:
        """How long ago we asked what this answers; None for a question, or an answer to somebody else."""
        if message.tc1 == 0 or (asked_s := self._asked.get(message.ts1)) is None:
            return None
        return now.monotonic_s - asked_s
