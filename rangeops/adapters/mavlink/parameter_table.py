"""A vehicle's parameters as they were last told, and the whole of them on request.

A value counts until something says that it may be another one: a restart, another ground station's PARAM_SET, and
PARAM_VALUE itself, whoever asked for it, brings the new one.
Source: MAVLink parameter protocol (PARAM_REQUEST_LIST, gaps asked for by index); docs/mavlink.md, parameters.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from math import isfinite
from typing import Final

from rangeops.adapters.mavlink.messages import Message, ParamRequestList, ParamRequestRead, ParamSet, ParamValue
from rangeops.adapters.mavlink.parameters import Coding
from rangeops.adapters.mavlink.transactions import AUTOPILOT_COMPID, Done, Failed, Output, Progress, Send
from rangeops.domain.now import Now
from rangeops.domain.parameters import Parameter
from rangeops.domain.telemetry import Sysid

MOST_PARAMETERS: Final = 4000  # ArduPilot has some 1,400; a count beyond this is no table
QUIET_S: Final = 1.0  # after so long without a new one, the gaps are asked for
GAPS_AT_ONCE: Final = 40
LISTS: Final = 4  # PARAM_REQUEST_LIST, where nothing at all comes
FRUITLESS: Final = 8  # rounds of asking for gaps that brought none of them
_BY_INDEX: Final = b""


class ParameterCache:
    """What one vehicle told. Keeps what it holds bounded, since a name is free text."""

    def __init__(self) -> None:
        self.coding = Coding.C_CAST
        self._told: dict[str, tuple[float, float]] = {}  # name: (value, when)

    def heard(self, message: ParamValue, now: Now) -> None:
        name = name_of(message)
        value = self.coding.meant(message)
        if isfinite(value) and (name in self._told or len(self._told) < MOST_PARAMETERS):
            self._told[name] = (value, now.monotonic_s)
        else:
            self._told.pop(name, None)

    def forget(self, *names: str) -> None:
        """These are to be read anew; without names, all."""
        if not names:
            self._told.clear()
        for name in names:
            self._told.pop(name, None)

    def get(self, name: str, now: Now) -> Parameter | None:
        if (told := self._told.get(name)) is None:
            return None
        return Parameter(name, told[0], now.monotonic_s - told[1])

    def of(self, names: Iterable[str], now: Now) -> tuple[Parameter, ...]:
        """Those of the names that are known."""
        return tuple(known for name in names if (known := self.get(name, now)) is not None)


class ReadTable:
    """Every parameter of a vehicle. Done once each index up to the vehicle's own count was heard; `table` has them."""

    def __init__(self, target: Sysid, coding: Coding = Coding.C_CAST) -> None:
        self.deadline_s: float | None = None
        self._target = target
        self._coding = coding
        self._count = 0
        self._by_index: dict[int, tuple[str, float]] = {}
        self._lists = 0
        self._fruitless = 0
        self._at_last_round = 0

    @property
    def table(self) -> Mapping[str, float]:
        return dict(self._by_index.values())

    def begin(self, now: Now) -> list[Output]:
        self._lists += 1
        self.deadline_s = now.monotonic_s + QUIET_S
        return [Send(ParamRequestList(self._target, AUTOPILOT_COMPID))]

    def received(self, message: Message, now: Now) -> list[Output]:
        if self.deadline_s is None or not isinstance(message, ParamValue):
            return []
        if not message.param_index < message.param_count <= MOST_PARAMETERS:
            return []  # read by name: its index is 65535
        if message.param_count != self._count:
            self._count = message.param_count  # switching a feature on adds parameters: every index may be another's
            self._by_index.clear()
            self._at_last_round = 0
        new = message.param_index not in self._by_index
        self._by_index[message.param_index] = (name_of(message), self._coding.meant(message))
        if len(self._by_index) == self._count:
            self.deadline_s = None
            return [Done()]
        if not new:
            return []
        self.deadline_s = now.monotonic_s + QUIET_S
        return [Progress(len(self._by_index), self._count)]

    def timed_out(self, now: Now) -> list[Output]:
        if self.deadline_s is None or now.monotonic_s < self.deadline_s:
            return []
        if not self._by_index:
            if self._lists < LISTS:
                return self.begin(now)
            return self._failed("it doesn't list its parameters")
        self._fruitless = 0 if len(self._by_index) > self._at_last_round else self._fruitless + 1
        self._at_last_round = len(self._by_index)
        if self._fruitless > FRUITLESS:
            return self._failed(f"{self._count - len(self._by_index)} of {self._count} parameters never came")
        self.deadline_s = now.monotonic_s + QUIET_S
        gaps = islice((index for index in range(self._count) if index not in self._by_index), GAPS_AT_ONCE)
        return [Send(ParamRequestRead(index, self._target, AUTOPILOT_COMPID, _BY_INDEX)) for index in gaps]

    def _failed(self, reason: str) -> list[Output]:
        self.deadline_s = None
        return [Failed(reason, silent=True)]


def name_of(message: ParamValue | ParamSet) -> str:
    return message.param_id.decode("ascii", errors="replace")
