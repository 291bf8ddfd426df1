"""The parameter set of a vehicle, and the parameter protocol as ArduPilot speaks it.

Names, types, order and values: ArduCopter 4.5.7 after its first boot (data/copter-4.5.7.csv). ArduPilot sends integers
as floats, whatever their type.
"""

import math
import struct
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Final

from rangeops.domain.errors import Invalid
from rangeops.sim.channel import Message, mavlink

UNASKED_INDEX: Final = 65535
_RANGES: Final = {  # MAV_PARAM_TYPE: the range of its integers
    mavlink.MAV_PARAM_TYPE_INT8: (-128, 127),
    mavlink.MAV_PARAM_TYPE_INT16: (-32768, 32767),
    mavlink.MAV_PARAM_TYPE_INT32: (-(2**31), 2**31 - 1),
}
_READ_ONLY: Final = frozenset(
    ["FORMAT_VERSION", "STAT_BOOTCNT", "STAT_FLTTIME", "STAT_RUNTIME", "MIS_TOTAL", "FENCE_TOTAL"]
)

Send = Callable[[int, Message], None]


@cache
def shipped_parameters(name: str) -> tuple[tuple[str, int, float], ...]:
    """(name, MAV_PARAM_TYPE, value) in index order."""
    text = (resources.files("rangeops.sim") / "data" / f"{name}.csv").read_text(encoding="ascii")
    rows = (line.split(",") for line in text.splitlines() if line and not line.startswith("#"))
    return tuple((name, int(kind), float(value)) for name, kind, value in rows)


def as_float32(value: float) -> float:
    narrowed: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return narrowed


class Parameters:
    """Values by name, in the autopilot's order."""

    def __init__(self, rows: tuple[tuple[str, int, float], ...], overrides: Mapping[str, float], *, where: str) -> None:
        self._values = {name: value for name, _, value in rows}
        self._types = {name: kind for name, kind, _ in rows}
        self._names = [name for name, _, _ in rows]
        self._index = {name: i for i, name in enumerate(self._names)}
        self._saved: dict[str, float] = {}  # under what is in force for now
        for name, value in overrides.items():
            if name not in self._values:
                raise Invalid(
                    f"parameter {name!r:.40} is not one of this autopilot's", where=where, do="Correct its name."
                )
            self.put(name, value)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def put(self, name: str, value: float) -> None:
        """Store as the parameter's type holds it: integers rounded and clamped, the rest as a 32-bit float."""
        self._saved.pop(name, None)
        limits = _RANGES.get(self._types[name])
        if limits is None:
            self._values[name] = as_float32(value)
        else:
            self._values[name] = float(min(max(round(value), limits[0]), limits[1]))

    def put_for_now(self, name: str, value: float) -> None:
        """In force until the next boot, as what a command changes."""
        saved = self._saved.get(name, self._values[name])
        self.put(name, value)
        self._saved[name] = saved

    def boot(self) -> None:
        for name, value in self._saved.items():
            self._values[name] = value
        self._saved.clear()

    def name_at(self, index: int) -> str | None:
        return self._names[index] if 0 <= index < len(self._names) else None

    def message(self, name: str, *, index: int = UNASKED_INDEX, kind: int | None = None) -> Message:
        return mavlink.MAVLink_param_value_message(
            name.encode("ascii"),
            self._values[name],
            self._types[name] if kind is None else kind,
            len(self._names),
            index,
        )

    def index_of(self, name: str) -> int:
        return self._index[name]


class ParameterServer:
    """Answers PARAM_REQUEST_LIST, PARAM_REQUEST_READ and PARAM_SET."""

    def __init__(self, parameters: Parameters, send: Send, broadcast: Callable[[Message], None]) -> None:
        self._parameters = parameters
        self._send = send
        self._broadcast = broadcast
        self._listing: dict[int, int] = {}  # channel: next index of the list it asked for
        self._unasked: deque[Message] = deque()
        self._held: set[int] = set()

    def hold(self, channel: int, *, hold: bool) -> None:
        if hold:
            self._held.add(channel)
        else:
            self._held.discard(channel)

    def received(self, channel: int, message: Message) -> str | None:
        """Returns the name of a parameter that was changed."""
        match message.get_type():
            case "PARAM_REQUEST_LIST":
                self._listing[channel] = 0
            case "PARAM_REQUEST_READ":
                self._read(channel, message)
            case "PARAM_SET":
                return self._set(message)
        return None

    def announce(self, name: str, *, kind: int | None = None) -> None:
        """Tell every channel a value unasked, after the texts of this moment as ArduPilot does."""
        self._unasked.append(self._parameters.message(name, kind=kind))

    def flush_unasked(self) -> None:
        while self._unasked:
            self._broadcast(self._unasked.popleft())

    def stream(self, per_channel: int) -> None:
        """Send the next part of each list that was asked for."""
        for channel, first in list(self._listing.items()):
            if channel in self._held:
                continue
            after = min(first + per_channel, len(self._parameters))
            for index in range(first, after):
                name = self._parameters.name_at(index)
                assert name is not None
                self._send(channel, self._parameters.message(name, index=index))
            if after == len(self._parameters):
                del self._listing[channel]
            else:
                self._listing[channel] = after

    def forget(self, channel: int) -> None:
        self._listing.pop(channel, None)

    def _read(self, channel: int, message: Message) -> None:
        name: str | None = (
            message.param_id if message.param_index < 0 else self._parameters.name_at(message.param_index)
        )
        if name is not None and name in self._parameters:
            self._send(channel, self._parameters.message(name, index=self._parameters.index_of(name)))

    def _set(self, message: Message) -> str | None:
        """An unknown name gets no answer; a value that was already there comes back in the sender's own type."""
        name: str = message.param_id
        if name not in self._parameters or not math.isfinite(message.param_value):
            return None
        before = self._parameters[name]
        if name not in _READ_ONLY:
            self._parameters.put(name, message.param_value)
        changed = self._parameters[name] != before
        self.announce(name, kind=None if changed else message.param_type)
        return name if changed else None
