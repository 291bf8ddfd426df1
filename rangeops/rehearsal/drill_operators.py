"""Operators who sit at no screen: they play a drill over the API as a person would, well or badly, and so prove that it
can be passed and failed.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Final

from rangeops.client.api import Client
from rangeops.domain.alarms import AlarmState
from rangeops.domain.commands import CommandKind
from rangeops.domain.drills import Ban, Demands, Expectation, Question, Seen, cause_of, done_by, left_to_do
from rangeops.domain.errors import RangeopsError
from rangeops.domain.now import Now
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import ClosureRequest
from rangeops.wire.enforcement import CallRequest
from rangeops.wire.picture import RangePicture

IDEAL_S: Final = 1.5  # from a cause to the deed
TOO_LATE_S: Final = 3.0  # after its time
AGAIN_S: Final = 2.0  # what was refused or hasn't come through yet
_CLOSED: Final = timedelta(minutes=30)
_REASON: Final = "drill"
_ANSWERED: Final = frozenset([AlarmState.UNACKED, AlarmState.RETURNED])


class Manner(Enum):
    IDEAL = "ideal"  # everything that is expected, at once
    SLOW = "slow"  # the same, each a little after its time
    WRONG = "wrong"  # what must not be done, and nothing else
    ABSENT = "absent"  # sits there


@dataclass(frozen=True, slots=True)
class Room:
    """What an operator has before him. slots, sysids: by callsign."""

    picture: RangePicture
    sysids: Mapping[str, Sysid]
    slots: Mapping[str, SlotId]
    now: Now


@dataclass(slots=True)
class Operator:
    manner: Manner
    client: Client
    narrate: Callable[[str], None]
    _tried: dict[tuple[str, str], float] = field(default_factory=dict)

    async def act(self, demands: Demands, seen: Seen, room: Room) -> None:
        """Whatever it is time for. A refusal is told, and tried again."""
        if self.manner is Manner.WRONG:
            for ban in demands.bans:
                await self._break(ban, seen, room)
        if self.manner not in (Manner.IDEAL, Manner.SLOW):
            return
        for each in demands.expectations:
            cause_s = cause_of(each, seen)
            if cause_s is None or done_by(each, seen) is not None:
                continue
            late_s = each.within_s + TOO_LATE_S if self.manner is Manner.SLOW else IDEAL_S
            if seen.until_s >= cause_s + late_s:
                await self._meet(each, seen, room)

    def answer(self, question: Question) -> int:
        """An index of its answers."""
        right = self.manner in (Manner.IDEAL, Manner.SLOW)
        return question.right if right else (question.right + 1) % len(question.answers)

    async def _meet(self, each: Expectation, seen: Seen, room: Room) -> None:
        """By its first way that this operator knows, for one name or, where it says each, for all."""
        names = left_to_do(each, seen)
        if not each.each and "alarm.acknowledge" not in each.do:
            names = names[:1]
        for name in names:
            await self._try(each.id, name, room.now, self._deed(each.do, name, each.cause, room))

    async def _break(self, ban: Ban, seen: Seen, room: Room) -> None:
        if seen.until_s < IDEAL_S:
            return
        name = next(iter(ban.on or room.sysids))
        await self._try(ban.id, name, room.now, self._deed(ban.do, name, (), room))

    async def _try(self, what: str, name: str, now: Now, deed: Callable[[], Awaitable[object]] | None) -> None:
        """Once, and again after a while."""
        if deed is None or now.monotonic_s - self._tried.get((what, name), float("-inf")) < AGAIN_S:
            return
        self._tried[what, name] = now.monotonic_s
        try:
            await deed()
        except RangeopsError as error:
            self.narrate(f"the operator ({self.manner.value}) is refused: {error}")

    def _deed(
        self, do: tuple[str, ...], name: str, causes: tuple[str, ...], room: Room
    ) -> Callable[[], Awaitable[object]] | None:
        """The first of the ways that there is now; None: none is."""
        for pattern in do:
            noun, _, verb = pattern.partition(".")
            if pattern == "alarm.acknowledge":
                deed = self._acknowledgement(name, causes, room)
            elif noun == "command":
                deed = self._command(verb, name, room)
            elif noun == "call":
                deed = self._call(name, room)
            elif noun == "clearance":
                deed = self._clearance(verb, name, room)
            elif noun == "closure":
                deed = self._closure(name, room)
            else:
                deed = None
            if deed is not None:
                return deed
        return None

    def _acknowledgement(
        self, name: str, causes: tuple[str, ...], room: Room
    ) -> Callable[[], Awaitable[object]] | None:
        for alarm in room.picture.alarms:
            about_it = alarm.source.lower() == name.lower() and alarm.condition.value in causes
            if about_it and alarm.state in _ANSWERED:
                return lambda alarm_id=alarm.id: self.client.acknowledge(alarm_id)  # type: ignore[misc]  # bound now
        return None

    def _command(self, verb: str, name: str, room: Room) -> Callable[[], Awaitable[object]] | None:
        kind = {"*": CommandKind.HOLD, "ask": CommandKind.TERMINATE}.get(verb) or CommandKind(verb)
        sysid = room.sysids.get(name)
        if sysid is None:
            return None
        return lambda: self.client.command(sysid, kind, reason=_REASON, typed=str(int(sysid)))

    def _call(self, name: str, room: Room) -> Callable[[], Awaitable[object]] | None:
        view = next((each for each in room.picture.vehicles if each.callsign == name), None)
        if view is None:
            request = CallRequest("CLEAR SECTOR", "WHOLE RANGE", to=name, reason=_REASON, answered=True)
        else:
            request = CallRequest("HOLD", name, to=f"pilot of {name}", reason=_REASON, via=view.contact, answered=True)
        return lambda: self.client.log_call(request)

    def _clearance(self, verb: str, name: str, room: Room) -> Callable[[], Awaitable[object]] | None:
        slot = room.slots.get(name)
        return None if slot is None or verb != "withdraw" else lambda: self.client.withdraw(slot)

    def _closure(self, name: str, room: Room) -> Callable[[], Awaitable[object]]:
        starts = room.now.utc.replace(microsecond=0)
        request = ClosureRequest("call-out", "Fire service", starts, starts + _CLOSED, volumes=(name,))
        return lambda: self.client.close_airspace(request)
