"""Mission, fence and rally transfer, both directions.

Knows MISSION_COUNT to MISSION_ACK, both forms of request and item, retries and refusals; no socket, task or clock.
In an upload the vehicle asks and asks again, so this side only repeats the MISSION_COUNT that nobody reacted to.
Source: MAVLink mission protocol (1500 ms, 250 ms, 5 retries); ArduPilot's departures: docs/mavlink.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import isfinite
from typing import Final

from rangeops.adapters.mavlink.messages import (
    Message,
    MissionAck,
    MissionCount,
    MissionItem,
    MissionItemInt,
    MissionRequest,
    MissionRequestInt,
    MissionRequestList,
)
from rangeops.adapters.mavlink.transactions import (
    AUTOPILOT_COMPID,
    WORDS_S,
    Done,
    Failed,
    Output,
    Progress,
    Send,
    Words,
)
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid

ANSWER_S: Final = 1.5
ITEM_S: Final = 0.25
RETRIES: Final = 5
VEHICLE_ASKS_AGAIN_S: Final = 8.0  # ArduPilot gives an upload up after so long without a valid item
MOST_ITEMS: Final = 1000  # a count beyond this is not a plan

_ACCEPTED: Final = 0
_UNSUPPORTED: Final = 3
_DENIED: Final = 14
_INVALID_SEQUENCE: Final = 13
_CANCELLED: Final = 15
_RESULTS: Final = {  # MAV_MISSION_RESULT
    1: "error",
    2: "frame not supported",
    _UNSUPPORTED: "item not supported",
    4: "no space for so many items",
    5: "invalid item",
    6: "invalid param1",
    7: "invalid param2",
    8: "invalid param3",
    9: "invalid param4",
    10: "invalid x",
    11: "invalid y",
    12: "invalid z",
    _DENIED: "denied: another ground station is transferring",
    _CANCELLED: "cancelled by the vehicle",
}


class PlanKind(IntEnum):
    """MAV_MISSION_TYPE."""

    MISSION = 0
    FENCE = 1
    RALLY = 2


@dataclass(frozen=True, slots=True)
class Item:
    """One mission, fence or rally item as MISSION_ITEM_INT has it: x and y are degE7 where the frame is global."""

    command: int
    frame: int
    x: int
    y: int
    z: float = 0.0
    param1: float = 0.0
    param2: float = 0.0
    param3: float = 0.0
    param4: float = 0.0
    current: int = 0
    autocontinue: int = 1


class Upload:
    """Items to a vehicle. Done says so where the final answer was lost: then only reading back tells."""

    def __init__(self, target: Sysid, our_sysid: int, our_compid: int, kind: PlanKind, items: Sequence[Item]) -> None:
        self.deadline_s: float | None = None
        self._target = target
        self._us = (our_sysid, our_compid)
        self._kind = kind
        self._items = tuple(items)
        self._counts_sent = 0
        self._asked: set[int] = set()
        self._refusal: str | None = None
        self._refused_for_silence = False
        self._words = Words()

    def begin(self, now: Now) -> list[Output]:
        return self._send_count(now)

    def received(self, message: Message, now: Now) -> list[Output]:
        if self.deadline_s is None:
            return []
        self._words.hear(message, now)
        if self._refusal is not None:
            return []
        if isinstance(message, MissionRequest | MissionRequestInt) and self._is_ours(message):
            return self._asked_for(message.seq, now)
        if isinstance(message, MissionAck) and self._is_ours(message):
            return self._answered(message.type, now)
        return []

    def timed_out(self, now: Now) -> list[Output]:
        if self.deadline_s is None or now.monotonic_s < self.deadline_s:
            return []
        if self._refusal is not None:
            reason = self._words.beside(self._refusal, self.deadline_s - WORDS_S)
            return self._end(Failed(reason, silent=self._refused_for_silence))
        if not self._asked:
            if self._counts_sent <= RETRIES:
                return self._send_count(now)
            return self._end(
                Failed(f"no answer to {self._counts_sent} announcements of {len(self._items)} items", silent=True)
            )
        if len(self._asked) == len(self._items):
            return self._end(Done("every item was taken, the final answer didn't come"))
        return self._end(
            Failed(f"it asked for {len(self._asked)} of {len(self._items)} items and then fell silent", silent=True)
        )

    def cancel(self) -> list[Output]:
        """Give up; the vehicle keeps what it had."""
        if self.deadline_s is None:
            return []
        sysid, compid = self._target, AUTOPILOT_COMPID
        return [
            Send(MissionAck(target_system=sysid, target_component=compid, type=_CANCELLED, mission_type=self._kind)),
            *self._end(Failed("cancelled")),
        ]

    def _is_ours(self, message: MissionRequest | MissionRequestInt | MissionAck) -> bool:
        us = (message.target_system, message.target_component)
        return message.mission_type == self._kind and us == self._us

    def _asked_for(self, seq: int, now: Now) -> list[Output]:
        if seq >= len(self._items):
            return []
        self._asked.add(seq)
        self.deadline_s = now.monotonic_s + VEHICLE_ASKS_AGAIN_S
        item = item_message(self._target, self._kind, seq, self._items[seq])
        return [Send(item), Progress(len(self._asked), len(self._items))]

    def _answered(self, result: int, now: Now) -> list[Output]:
        if result == _INVALID_SEQUENCE:
            return []  # ArduPilot's remark on an item that came twice; the transfer goes on
        if result == _ACCEPTED:
            if len(self._asked) < len(self._items):
                return []  # the answer to an earlier transfer, late
            return self._end(Done())
        self._refusal = f"refused: {_RESULTS.get(result, f'result {result}')}"
        self._refused_for_silence = result == _CANCELLED  # it gave up waiting for us
        self.deadline_s = now.monotonic_s + WORDS_S
        return []

    def _send_count(self, now: Now) -> list[Output]:
        self._counts_sent += 1
        self.deadline_s = now.monotonic_s + ANSWER_S
        return [
            Send(
                MissionCount(
                    count=len(self._items),
                    target_system=self._target,
                    target_component=AUTOPILOT_COMPID,
                    mission_type=self._kind,
                )
            )
        ]

    def _end(self, output: Done | Failed) -> list[Output]:
        self.deadline_s = None
        return [output]


class Download:
    """Items from a vehicle; `items` once Done. Each wait doubles from the item's 250 ms to the list's 1500 ms."""

    def __init__(self, target: Sysid, our_sysid: int, our_compid: int, kind: PlanKind) -> None:
        self.deadline_s: float | None = None
        self._target = target
        self._us = (our_sysid, our_compid)
        self._kind = kind
        self._count: int | None = None
        self._items: list[Item] = []
        self._attempts = 0
        self._refusal: str | None = None
        self._busy = False
        self._words = Words()

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(self._items)

    def begin(self, now: Now) -> list[Output]:
        return self._ask(now)

    def received(self, message: Message, now: Now) -> list[Output]:
        if self.deadline_s is None:
            return []
        self._words.hear(message, now)
        if self._refusal is not None:
            return []
        if isinstance(message, MissionCount) and self._is_ours(message) and self._count is None:
            return self._counted(message.count, now)
        if isinstance(message, MissionItemInt | MissionItem) and self._is_ours(message):
            return self._got(message, now)
        if isinstance(message, MissionAck) and self._is_ours(message) and message.type != _ACCEPTED:
            if message.type == _UNSUPPORTED and self._kind is PlanKind.RALLY:
                return self._end(Done("its firmware was built without rally points"))
            self._refusal = f"refused: {_RESULTS.get(message.type, f'result {message.type}')}"
            self._busy = message.type == _DENIED  # with an upload, ours cut off perhaps, that it gives up in 8 s
            self.deadline_s = now.monotonic_s + WORDS_S
        return []

    def timed_out(self, now: Now) -> list[Output]:
        if self.deadline_s is None or now.monotonic_s < self.deadline_s:
            return []
        if self._refusal is not None:
            reason = self._words.beside(self._refusal, self.deadline_s - WORDS_S)
            return self._end(Failed(reason, silent=self._busy))
        if self._attempts <= RETRIES:
            return self._ask(now)
        what = "how many items there are" if self._count is None else f"item {len(self._items)} of {self._count}"
        return self._end(Failed(f"no answer when asked for {what}, {self._attempts} times", silent=True))

    def _is_ours(self, message: MissionCount | MissionItemInt | MissionItem | MissionAck) -> bool:
        us = (message.target_system, message.target_component)
        return message.mission_type == self._kind and us == self._us

    def _counted(self, count: int, now: Now) -> list[Output]:
        if count > MOST_ITEMS:
            return self._end(Failed(f"the vehicle announces {count} items, which is no plan"))
        self._count = count
        self._attempts = 0
        return self._next(now)

    def _got(self, message: MissionItemInt | MissionItem, now: Now) -> list[Output]:
        if self._count is None or message.seq != len(self._items):
            return []  # a second copy, or one that wasn't asked for
        if not (isfinite(message.param1) and isfinite(message.x) and isfinite(message.y)):
            return []  # no position, or no radius: it is asked for again, and in the end said not to have come
        self._items.append(item_from(message))
        self._attempts = 0
        return [Progress(len(self._items), self._count), *self._next(now)]

    def _next(self, now: Now) -> list[Output]:
        if len(self._items) != self._count:
            return self._ask(now)
        sysid, compid = self._target, AUTOPILOT_COMPID
        thanks = MissionAck(target_system=sysid, target_component=compid, type=_ACCEPTED, mission_type=self._kind)
        return [Send(thanks), *self._end(Done())]

    def _ask(self, now: Now) -> list[Output]:
        sysid, compid = self._target, AUTOPILOT_COMPID
        wait_s = ANSWER_S if self._count is None else min(ITEM_S * 2**self._attempts, ANSWER_S)
        self._attempts += 1
        self.deadline_s = now.monotonic_s + wait_s
        if self._count is None:
            return [
                Send(MissionRequestList(target_system=sysid, target_component=compid, mission_type=self._kind)),
            ]
        return [
            Send(
                MissionRequestInt(
                    seq=len(self._items), target_system=sysid, target_component=compid, mission_type=self._kind
                )
            )
        ]

    def _end(self, output: Done | Failed) -> list[Output]:
        self.deadline_s = None
        return [output]


def item_message(target: Sysid, kind: PlanKind, seq: int, item: Item) -> MissionItemInt:
    """Always the INT form, whichever form was asked for: ArduPilot asks with the old one and takes this."""
    return MissionItemInt(
        param1=item.param1,
        param2=item.param2,
        param3=item.param3,
        param4=item.param4,
        x=item.x,
        y=item.y,
        z=item.z,
        seq=seq,
        command=item.command,
        target_system=target,
        target_component=AUTOPILOT_COMPID,
        frame=item.frame,
        current=item.current,
        autocontinue=item.autocontinue,
        mission_type=kind,
    )


def item_from(message: MissionItemInt | MissionItem) -> Item:
    """The item; the float form's degrees become degE7 (to about a metre: float32 has no more)."""
    x, y = message.x, message.y
    return Item(
        command=message.command,
        frame=message.frame,
        x=round(x * 1e7) if isinstance(message, MissionItem) else int(x),
        y=round(y * 1e7) if isinstance(message, MissionItem) else int(y),
        z=message.z,
        param1=message.param1,
        param2=message.param2,
        param3=message.param3,
        param4=message.param4,
        current=message.current,
        autocontinue=message.autocontinue,
    )
