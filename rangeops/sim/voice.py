"""What a vehicle says: messages for its channels in ArduPilot's order, texts, streams, and what it passes on.

In one moment go out: the answers, then what every channel is told at once (HEARTBEAT first), then texts, then parameters.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from rangeops.domain.now import Now
from rangeops.sim.channel import Channel, Message, mavlink
from rangeops.sim.disturbances import Disturbances, hostile_text
from rangeops.sim.parameters import Parameters, ParameterServer
from rangeops.sim.streams import Streams
from rangeops.sim.telemetry import BUILDERS

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_PARAMETERS_A_STEP: Final = 36  # 900 a second, as measured
_TEXT_BYTES: Final = 50
_MAVLINK_1: Final = 1  # SERIAL0_PROTOCOL
_HOSTILE_EVERY_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Outgoing:
    channel: int
    data: bytes


class Voice:
    """The speaking half of a vehicle."""

    now: Now
    sysid: int
    parameters: Parameters
    faults: Disturbances

    def __init__(self) -> None:
        self._channels: dict[int, Channel] = {}

    def restart_voice(self) -> None:
        """Power-up: sequence numbers, streams and lists begin anew."""
        self._channels = {channel: self._new_channel() for channel in self._channels}
        self._outbox: list[tuple[int, Message]] = []
        self._soon: list[int] = []
        self._forwarded: list[Outgoing] = []
        self._texts: list[tuple[int, bytes]] = []
        self._texts_cut = 0
        self._hostile_s = self.now.monotonic_s
        self._hostile_said = 0
        self.parameter_server = ParameterServer(self.parameters, self.send, self.broadcast)
        self._streams = {channel: Streams(self._vehicle) for channel in self._channels}

    @property
    def _vehicle(self) -> "Vehicle":
        return cast("Vehicle", self)

    def open_channel(self) -> int:
        channel = len(self._channels)
        self.reset_channel(channel)
        return channel

    def reset_channel(self, channel: int) -> None:
        """A new peer on the link: what an old one asked for is forgotten."""
        self._channels[channel] = self._new_channel()
        self._streams[channel] = Streams(self._vehicle)
        self.parameter_server.forget(channel)

    def _new_channel(self) -> Channel:
        """Every link goes by the first one's protocol."""
        return Channel(self.sysid, speaks_mavlink_1=self.parameters["SERIAL0_PROTOCOL"] == _MAVLINK_1)

    def speaks_mavlink_1(self, channel: int) -> bool:
        return self._channels[channel].speaks_mavlink_1

    def streams_of(self, channel: int) -> Streams:
        return self._streams[channel]

    def hold_lists(self, channel: int, *, hold: bool) -> None:
        """A slow link says whether it has room for the next part of a parameter list."""
        self.parameter_server.hold(channel, hold=hold)

    def send(self, channel: int, message: Message) -> None:
        self._outbox.append((channel, message))

    def outbox_mark(self) -> int:
        return len(self._outbox)

    def send_at(self, mark: int, channel: int, message: Message) -> None:
        """An acknowledgement goes before what its command sent."""
        self._outbox.insert(mark, (channel, message))

    def broadcast(self, message: Message) -> None:
        self._outbox.extend((channel, message) for channel in self._channels)

    def message(self, message_id: int) -> Message | None:
        return BUILDERS[message_id](self._vehicle)

    def forward(self, channel: int, message: Message) -> None:
        """What isn't for this vehicle alone goes on to its other links, as it came."""
        data = bytes(message.get_msgbuf())
        self._forwarded.extend(Outgoing(other, data) for other in self._channels if other != channel)

    def send_soon(self, *message_ids: int) -> None:
        """To every channel, after the answers of this moment and before its texts."""
        self._soon.extend(message_ids)

    def text(self, severity: int, text: str) -> None:
        self._texts.append((severity, text.encode("utf-8", errors="replace")))

    def announce_parameter(self, name: str) -> None:
        self.parameter_server.announce(name)

    def set_parameter(self, name: str, value: float) -> None:
        """The vehicle changes a parameter of its own, and says so."""
        if self.parameters[name] != value:
            self.parameters.put(name, value)
            self.announce_parameter(name)

    def drain(self) -> list[Outgoing]:
        heartbeat_first = sorted(dict.fromkeys(self._soon), key=lambda i: i != mavlink.MAVLINK_MSG_ID_HEARTBEAT)
        for message_id in heartbeat_first:
            message = BUILDERS[message_id](self._vehicle)
            if message is not None:
                self.broadcast(message)
        self._soon.clear()
        for severity, text in self._texts:
            for chunk in self._chunks(severity, text):
                self.broadcast(chunk)
        self._texts.clear()
        self.parameter_server.flush_unasked()
        outbox, self._outbox = self._outbox, []
        forwarded, self._forwarded = self._forwarded, []
        if self.faults.silent:
            return []
        encoded = ((channel, self._channels[channel].encode(message)) for channel, message in outbox)
        return [*(Outgoing(channel, data) for channel, data in encoded if data), *forwarded]

    def _chunks(self, severity: int, text: bytes) -> list[Message]:
        """STATUSTEXT: id 0 is complete alone; a longer text is cut, and ends with a part shorter than 50 bytes."""
        if len(text) <= _TEXT_BYTES:
            return [mavlink.MAVLink_statustext_message(severity, text)]
        self._texts_cut = self._texts_cut % 65535 + 1
        parts = [text[i : i + _TEXT_BYTES] for i in range(0, len(text) + 1, _TEXT_BYTES)]
        return [mavlink.MAVLink_statustext_message(severity, part, self._texts_cut, i) for i, part in enumerate(parts)]

    def speak(self) -> None:
        for channel, streams in self._streams.items():
            for message in streams.due():
                self.send(channel, message)
        self.parameter_server.stream(_PARAMETERS_A_STEP)
        if self.faults.hostile_text and self.now.monotonic_s >= self._hostile_s:
            self._hostile_s = self.now.monotonic_s + _HOSTILE_EVERY_S
            self._hostile_said += 1
            self.broadcast(hostile_text(self._hostile_said))
