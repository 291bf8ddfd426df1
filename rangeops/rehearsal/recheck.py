"""Recorded telemetry through the real watch, on the clock of the recording: which alarms today's rules raise, and when.

Packets really pass a socket, orders and journal really pass the wire; only time is virtual. Every rung of the policy only
advises, and whatever the watch sends reaches nobody: what was flown stays as it was flown.
"""

import contextlib
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Final

from rangeops.domain.alarms import Alarm, AlarmState, Condition
from rangeops.domain.events import AlarmChanged, JournalEntry
from rangeops.domain.orders import Orders
from rangeops.rehearsal.server_end import ServerEnd
from rangeops.rehearsal.solo import STEP_S, Turning, VirtualClock

LEAD: Final = timedelta(seconds=2)  # the watch takes its orders before the first packet comes
_SETTLES_S: Final = 0.3  # real: what the watch's journal still writes when the recording is over
_LONGEST_SETTLE_S: Final = 10.0

RECHECKED: Final = frozenset(
    [
        Condition.FORECAST_EXIT,
        Condition.PROHIBITED_ZONE,
        Condition.ABOVE_CEILING,
        Condition.OUTSIDE_FLIGHT_GEOGRAPHY,
        Condition.OUTSIDE_CONTINGENCY,
        Condition.OUTSIDE_RANGE,
        Condition.SEPARATION_LOST,
        Condition.DRONES_CONVERGE,
        Condition.SEPARATION_UNKNOWN,
        Condition.REACH_TOUCHES_EDGE,
        Condition.POSITION_UNTRUSTED,
        Condition.TELEMETRY_STALE,
        Condition.LINK_LOST,
        Condition.FENCE_BREACH_ON_BOARD,
        Condition.BATTERY_UNDER_RESERVE,
        Condition.FAILSAFE_ON_BOARD,
        Condition.VEHICLE_REBOOTED,
    ]
)
"""What telemetry and orders alone decide. The others need a two-way link, people, other feeds, or this machine."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that was raised. over_utc: None where it stood to the end."""

    condition: Condition
    source: str
    priority: int
    title: str
    raised_utc: datetime
    over_utc: datetime | None


@dataclass(frozen=True, slots=True)
class Compared:
    """An alarm under two sets of rules; None where one of them doesn't raise it."""

    before: Raised | None
    after: Raised | None

    @property
    def either(self) -> Raised:
        found = self.before or self.after
        assert found is not None  # it was raised under one of them
        return found

    @property
    def later_s(self) -> float | None:
        """How much later the second raises it; negative: earlier."""
        if self.before is None or self.after is None:
            return None
        return (self.after.raised_utc - self.before.raised_utc).total_seconds()


class Recheck:
    """frames: (when, packet) of vehicles alone, in the order of their times. orders: (from when on, what) likewise."""

    def __init__(
        self,
        *,
        watch: Turning,
        server: ServerEnd,
        clock: VirtualClock,
        watch_address: tuple[str, int],
        frames: Iterator[tuple[datetime, bytes]],
        orders: Sequence[tuple[datetime, Orders]],
        ends: datetime,
    ) -> None:
        self._watch, self._server, self._clock = watch, server, clock
        self._frames, self._orders, self._ends = frames, list(orders), ends
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(watch_address)
        self._socket.setblocking(False)  # noqa: FBT003  # the standard library's signature
        self.entries: list[JournalEntry] = []  # everything that the watch told

    def run(self) -> tuple[Raised, ...]:
        try:
            self._watch.begin()
            waiting = next(self._frames, None)
            while self._clock().utc < self._ends:
                self._clock.step()
                now = self._clock().utc
                while self._orders and self._orders[0][0] <= now:
                    self._server.send(self._orders.pop(0)[1])
                while waiting is not None and waiting[0] <= now:
                    with contextlib.suppress(ConnectionRefusedError, BlockingIOError):  # nobody listens yet
                        self._socket.send(waiting[1])
                    waiting = next(self._frames, None)
                self._turn()
            self._settle()
        finally:
            self._watch.close()
            self._server.close()
            self._socket.close()
        return raised_in((each.utc, each.event.alarm) for each in self.entries if isinstance(each.event, AlarmChanged))

    def _turn(self) -> bool:
        """Whether the watch told anything for its journal."""
        self._watch.turn()
        with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
            while self._socket.recv(65536):
                pass  # heartbeats and requests to vehicles that are long on the ground
        told = [message for message in self._server.receive() if isinstance(message, JournalEntry)]
        self.entries += told
        return bool(told)

    def _settle(self) -> None:
        """The journal's last entries come when they are on the disk, and that is real time; the recording's stands still."""
        quiet_s = time.monotonic()
        latest_s = quiet_s + _LONGEST_SETTLE_S
        while time.monotonic() < min(quiet_s + _SETTLES_S, latest_s):
            if self._turn():
                quiet_s = time.monotonic()
            time.sleep(STEP_S / 10)


def raised_in(changes: Iterator[tuple[datetime, Alarm]]) -> tuple[Raised, ...]:
    """From changes of alarms, in order, to alarms from their beginning to their end. Of those that can be rechecked."""
    begun: dict[tuple[Condition, str], tuple[datetime, Alarm]] = {}
    found: list[Raised] = []
    for when, alarm in changes:
        key = (alarm.condition, alarm.source)
        if alarm.condition not in RECHECKED:
            continue
        if alarm.state in (AlarmState.UNACKED, AlarmState.ACKED):
            begun.setdefault(key, (when, alarm))
        elif key in begun:
            found.append(_raised(*begun.pop(key), when))
    found += [_raised(when, alarm, None) for when, alarm in begun.values()]
    return tuple(sorted(found, key=lambda each: (each.raised_utc, each.condition.value)))


def compare(before: Sequence[Raised], after: Sequence[Raised]) -> tuple[Compared, ...]:
    """The n-th alarm of a condition and source under one is held to be the n-th under the other."""
    keys = dict.fromkeys((each.condition, each.source) for each in (*before, *after))
    pairs = [
        Compared(one, other)
        for key in keys
        for one, other in zip_longest(
            *([each for each in side if (each.condition, each.source) == key] for side in (before, after))
        )
    ]
    return tuple(sorted(pairs, key=lambda pair: pair.either.raised_utc))


def _raised(when: datetime, alarm: Alarm, over: datetime | None) -> Raised:
    return Raised(alarm.condition, alarm.source, alarm.priority.value, alarm.title, when, over)
