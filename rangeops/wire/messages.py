"""Messages between watch and server: their kinds, their encoding, their framing.

A message is msgpack of [kind, body]; a kind's name ends in its version, so that an old peer meets a name it doesn't
know instead of fields it would misread. On a stream each message is preceded by its length, 4 bytes big-endian.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from rangeops.domain.alarms import AlarmDeed
from rangeops.domain.commands import CommandOrder
from rangeops.domain.errors import Damaged
from rangeops.domain.events import EVENT_TYPES, JournalEntry
from rangeops.domain.orders import Orders
from rangeops.wire.enforcement import ActOrdered, EpisodeAsked
from rangeops.wire.picture import Snapshot
from rangeops.wire.questions import Answer, Question

MAX_MESSAGE_BYTES: Final = 8 * 1024 * 1024
_LENGTH: Final = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Hello:
    """First on every connection, from both sides. role: "watch" or "server"; name: the watch's name."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class JournalTaken:
    """The server has stored everything up to and including seq; the watch may forget it."""

    seq: int


@dataclass(frozen=True, slots=True)
class ServerWord:
    """The server hears the watch, and knows it to be the one that it gave its leases to.

    asked_s: of the snapshot that is answered, on the watch's own monotonic clock: however late this comes, it is worth
    no more than that. orders_version: of the newest orders it was sent: a watch that hasn't got those may not have the
    lease any more, and its older one is not prolonged.
    """

    asked_s: float
    orders_version: int


Message = (
    Hello
    | Snapshot
    | JournalEntry
    | JournalTaken
    | Orders
    | CommandOrder
    | AlarmDeed
    | Question
    | Answer
    | ServerWord
    | EpisodeAsked
    | ActOrdered
)

_KINDS: Final[Mapping[str, type]] = {
    "hello.1": Hello,
    "snapshot.3": Snapshot,
    "journal-taken.1": JournalTaken,
    "orders.3": Orders,
    "command.4": CommandOrder,
    "server-word.2": ServerWord,
    "alarm-deed.1": AlarmDeed,
    "question.2": Question,
    "answer.2": Answer,
    "episode.1": EpisodeAsked,
    "act.1": ActOrdered,
}
_KIND_OF: Final = {body_type: kind for kind, body_type in _KINDS.items()}
_JOURNAL: Final = "journal.1"
_EVENTS: Final[Mapping[str, type]] = {event_type.__name__: event_type for event_type in EVENT_TYPES}

_encoder: Final = msgspec.msgpack.Encoder()
_envelope: Final = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw])
_journal_body: Final = msgspec.msgpack.Decoder(tuple[str, int, float, datetime, str, msgspec.Raw])
_bodies: Final[Mapping[str, msgspec.msgpack.Decoder[Any]]] = {
    kind: msgspec.msgpack.Decoder(body_type) for kind, body_type in _KINDS.items()
}
_event_bodies: Final[Mapping[str, msgspec.msgpack.Decoder[Any]]] = {
    name: msgspec.msgpack.Decoder(event_type) for name, event_type in _EVENTS.items()
}


def encode(message: Message) -> bytes:
    """The message's bytes, without the length that precedes them on a stream."""
    if isinstance(message, JournalEntry):
        # msgspec can't tell dataclasses in a union apart: the event's kind stands beside it.
        body = (
            message.watch,
            message.seq,
            message.monotonic_s,
            message.utc,
            type(message.event).__name__,
            message.event,
        )
        return _encoder.encode((_JOURNAL, body))
    return _encoder.encode((_KIND_OF[type(message)], message))


def decode(data: bytes) -> Message:
    """The message that `encode` made. Raises Damaged for anything else."""
    try:
        kind, body = _envelope.decode(data)
        if kind == _JOURNAL:
            watch, seq, monotonic_s, utc, event_kind, event = _journal_body.decode(body)
            return JournalEntry(watch, seq, monotonic_s, utc, _event_bodies[event_kind].decode(event))
        return _bodies[kind].decode(body)  # type: ignore[no-any-return]  # one decoder a kind, all of them Messages
    except (msgspec.DecodeError, KeyError) as error:
        raise Damaged(
            f"a message that this version can't read ({error})",
            where="the wire between watch and server",
            do="Run the same version of rangeops for both.",
        ) from error


def frame(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data


class Deframer:
    """Cuts a byte stream into messages; holds at most one message that isn't whole yet."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that are whole now. Raises Damaged for a length no message has."""
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > MAX_MESSAGE_BYTES:
                raise Damaged(
                    f"a message of {length} bytes is announced",
                    where="the wire between watch and server",
                    do="Restart both; what speaks on that socket is not rangeops.",
                )
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            yield bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]


def to_json(value: Any) -> bytes:
    """A dataclass as JSON: what the HTTP API, the feed and --json print."""
    return msgspec.json.encode(value)
