"""Setting one parameter so that it is known to be set: read, written only where it differs, read again.

ArduPilot carries every parameter as a float whatever its type (C cast), and doesn't answer for a name it doesn't have;
PX4 puts a whole number's own bytes into the float's place (bytewise). AUTOPILOT_VERSION.capabilities says which.
Source: MAVLink parameter protocol; docs/mavlink.md.
"""

import struct
from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import Final

from rangeops.adapters.mavlink.messages import Message, ParamRequestRead, ParamSet, ParamValue
from rangeops.adapters.mavlink.transactions import AUTOPILOT_COMPID, Done, Failed, Output, Send
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid

ANSWER_S: Final = 0.7
ATTEMPTS: Final = 8
_BY_NAME: Final = -1
_CONTRARY: Final = 2
_FLOAT32: Final = struct.Struct("<f")
_REAL32: Final = 9  # MAV_PARAM_TYPE
_WHOLE: Final = {1: "<Bxxx", 2: "<bxxx", 3: "<Hxx", 4: "<hxx", 5: "<I", 6: "<i"}  # MAV_PARAM_TYPE: its bytes
BYTEWISE_BIT: Final = 1 << 4  # MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_BYTEWISE


class Coding(Enum):
    """How a vehicle puts whole numbers into PARAM_VALUE's float."""

    C_CAST = "c-cast"
    BYTEWISE = "bytewise"

    def meant(self, message: ParamValue) -> float:
        """What the vehicle means; not finite where it is no number."""
        if self is Coding.C_CAST or (layout := _WHOLE.get(message.param_type)) is None:
            return message.param_value
        return float(struct.unpack(layout, _FLOAT32.pack(message.param_value))[0])

    def carried(self, value: float, param_type: int) -> float:
        """The float that carries a value of this type. Raises struct.error for a value that the type can't hold."""
        if self is Coding.C_CAST or (layout := _WHOLE.get(param_type)) is None:
            return value
        return float(_FLOAT32.unpack(struct.pack(layout, round(value)))[0])


def coding_of(capabilities: int) -> Coding:
    return Coding.BYTEWISE if capabilities & BYTEWISE_BIT else Coding.C_CAST


def float32(value: float) -> float:
    """The value as the wire carries it."""
    return float(_FLOAT32.unpack(_FLOAT32.pack(value))[0])


@dataclass(frozen=True, slots=True)
class Setting:
    """One parameter and what it must be. otherwise: the same under a newer firmware's name, tried in turn.

    within: how far it may lie from that when it is only read.
    """

    name: str
    value: float
    otherwise: tuple["Setting", ...] = ()
    within: float = 0.0


class ReadParameter:
    """Done once the vehicle said the value of the first of the names that it has; `name` says which."""

    def __init__(self, target: Sysid, *names: str, coding: Coding = Coding.C_CAST) -> None:
        self.deadline_s: float | None = None
        self.value: float | None = None
        self.name, *self._others = names
        self._target = target
        self._coding = coding
        self._attempts = 0

    def begin(self, now: Now) -> list[Output]:
        return self._send(now)

    def received(self, message: Message, now: Now) -> list[Output]:
        del now
        if self.deadline_s is None or not isinstance(message, ParamValue):
            return []
        if message.param_id != self.name.encode() or not isfinite(value := self._coding.meant(message)):
            return []
        self.value = value
        self.deadline_s = None
        return [Done()]

    def timed_out(self, now: Now) -> list[Output]:
        if self.deadline_s is None or now.monotonic_s < self.deadline_s:
            return []
        if self._attempts < ATTEMPTS:
            return self._send(now)
        if self._others:
            self.name, self._attempts = self._others.pop(0), 0
            return self._send(now)
        self.deadline_s = None
        return [Failed(f"no answer about {self.name}, which the vehicle may not have", silent=True)]

    def _send(self, now: Now) -> list[Output]:
        self._attempts += 1
        self.deadline_s = now.monotonic_s + ANSWER_S
        return [Send(read_request(self._target, self.name))]


def read_request(target: Sysid, name: str) -> ParamRequestRead:
    return ParamRequestRead(
        param_index=_BY_NAME, target_system=target, target_component=AUTOPILOT_COMPID, param_id=name.encode()
    )


class SetParameter:
    """Done once the vehicle itself said the wanted value. `before` is what it said first; `name` which it has."""

    def __init__(self, target: Sysid, setting: Setting, *, write: bool = True, coding: Coding = Coding.C_CAST) -> None:
        self.deadline_s: float | None = None
        self.before: float | None = None
        self.setting = setting
        self._target = target
        self._write = write
        self._coding = coding
        self._attempts = 0
        self._others = list(setting.otherwise)
        self._says: float | None = None
        self._contrary = 0  # answers to our writing that say another value
        self._type = _REAL32  # until the vehicle says which

    def begin(self, now: Now) -> list[Output]:
        return self._send(self._read(), now)

    def received(self, message: Message, now: Now) -> list[Output]:
        if self.deadline_s is None or not isinstance(message, ParamValue):
            return []
        if message.param_id != self.setting.name.encode() or not isfinite(value := self._coding.meant(message)):
            return []
        first = self.before is None
        if first:
            self.before = value
        self._says = value
        self._type = message.param_type
        within = 0.0 if self._write else self.setting.within
        if abs(value - float32(self.setting.value)) <= within:
            self.deadline_s = None
            return [Done()]
        if not self._write:
            self.deadline_s = None
            return [Failed(self._difference())]
        if first:
            return self._send(self._set(), now)
        self._contrary += 1  # one may be the first answer's second copy: the deadline writes again
        return []

    def timed_out(self, now: Now) -> list[Output]:
        if self.deadline_s is None or now.monotonic_s < self.deadline_s:
            return []
        if self._attempts < ATTEMPTS:
            return self._send(self._read() if self._says is None else self._set(), now)
        if self._says is None and self._others:
            self.setting = self._others.pop(0)
            self._attempts = 0
            return self._send(self._read(), now)
        self.deadline_s = None
        if self._says is None:
            return [Failed(f"no answer about {self.setting.name}, which the vehicle may not have", silent=True)]
        return [Failed(self._difference(), silent=self._contrary < _CONTRARY)]

    def _difference(self) -> str:
        return f"{self.setting.name} is {self._says:g} instead of {self.setting.value:g}"

    def _send(self, message: Message, now: Now) -> list[Output]:
        self._attempts += 1
        self.deadline_s = now.monotonic_s + ANSWER_S
        return [Send(message)]

    def _read(self) -> ParamRequestRead:
        return read_request(self._target, self.setting.name)

    def _set(self) -> ParamSet:
        return ParamSet(
            param_value=self._coding.carried(self.setting.value, self._type),
            target_system=self._target,
            target_component=AUTOPILOT_COMPID,
            param_id=self.setting.name.encode(),
            param_type=self._type,
        )
