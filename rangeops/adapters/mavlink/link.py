"""From bytes to whole packets: MAVLink 1 and 2 framing on one link, without I/O.

A packet leaves here only after its CRC (with CRC_EXTRA) was right; an id that the dialect doesn't know has no CRC_EXTRA,
can't be checked, and so is never a packet and never a sign of life. After a truncated or corrupt frame the search goes
on at the byte behind its marker, so that no intact frame is lost in it. What waits for more bytes is shorter than one
frame, so buffers are bounded.
Source: MAVLink packet serialization guide; docs/mavlink.md.
"""

import re
import struct
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from fastcrc.crc16 import mcrf4xx

from rangeops.adapters.mavlink.decode import DEFINITIONS
from rangeops.adapters.mavlink.messages import Message

Peer = tuple[str, int]  # where bytes came from: host and port, or device and baud rate

V1_MARKER: Final = 0xFE
V2_MARKER: Final = 0xFD
V1_HEADER_BYTES: Final = 6
V2_HEADER_BYTES: Final = 10
CRC_BYTES: Final = 2
SIGNATURE_BYTES: Final = 13
SIGNED_FLAG: Final = 0x01  # the only incompatibility flag there is: a frame with another must not be read
LONGEST_FRAME: Final = V2_HEADER_BYTES + 255 + CRC_BYTES + SIGNATURE_BYTES

_V1_SHORTEST: Final = V1_HEADER_BYTES + CRC_BYTES
_V2_SHORTEST: Final = V2_HEADER_BYTES + CRC_BYTES
_v1_header: Final = struct.Struct("<xBBBBB").unpack_from
_v2_header: Final = struct.Struct("<xBBxBBBI").unpack_from  # the id is its last field's low 24 bits
_next_marker: Final = re.compile(b"[\xfd\xfe]").search
_MOST_UNFINISHED: Final = 256  # peers of one socket that have a frame in pieces at one time
_new: Final[Any] = tuple.__new__  # parses no arguments: this runs for every message that is heard
_LATE: Final = 128  # a sequence number this far ahead is one behind
_LATE_RUN: Final = 3  # so many late ones on end are a sender that began anew


class Packet(NamedTuple):
    """One whole frame with the right CRC, and what it says. frame: every byte, for recorder and signature."""

    sysid: int
    compid: int
    seq: int
    message_id: int
    message: Message
    frame: bytes


class Sequence:
    """What the sequence numbers of one (sysid, compid) on one link say. Source: docs/mavlink.md, loss."""

    __slots__ = ("_late_run", "crcs", "duplicates", "expected", "late", "lost", "packets")

    def __init__(self, first: int) -> None:
        self.expected = first
        self.packets = 0
        self.lost = 0
        self.late = 0
        self.duplicates = 0
        self._late_run = 0
        self.crcs: list[int] = [-1] * 256

    def is_new(self, seq: int, crc: int) -> bool:
        """Count one packet; False for a second copy of one that was counted."""
        gap = (seq - self.expected) & 0xFF
        if gap >= _LATE:
            if self.crcs[seq] == crc:
                self.duplicates += 1
                return False
            self._late_run += 1
            if self._late_run < _LATE_RUN:
                self.late += 1
                self.lost = max(self.lost - 1, 0)  # it was counted as lost when its successor came
                self.packets += 1
                self.crcs[seq] = crc
                return True
            gap = 0
        self._late_run = 0
        self.lost += gap
        self.expected = (seq + 1) & 0xFF
        self.packets += 1
        self.crcs[seq] = crc
        return True


def _begins_with_a_frame(data: bytes) -> bool:
    """Whether a whole MAVLink 2 frame with the right CRC stands at the start."""
    if len(data) < _V2_SHORTEST or data[0] != V2_MARKER:
        return False
    crc_at = V2_HEADER_BYTES + data[1]
    row = DEFINITIONS.get(_v2_header(data)[-1] & 0xFFFFFF)
    if row is None or len(data) < crc_at + CRC_BYTES:
        return False
    return mcrf4xx(data[1:crc_at] + row.crc_extra) == data[crc_at] | data[crc_at + 1] << 8


class Link:
    """The receiving half of one open endpoint.

    datagrams: a datagram that begins with a whole frame is read at once, whatever an earlier one left unfinished.
    accept: judges each packet after its CRC and before it counts for anything (signatures); None takes all.
    """

    def __init__(self, uri: str, *, datagrams: bool, accept: Callable[[bytes], bool] | None = None) -> None:
        self.uri = uri
        self.packets = 0
        self.bad_crc = 0
        self.unknown = 0  # frame-like, with an id or a flag that isn't known
        self.rejected = 0  # by `accept`
        self.duplicates = 0
        self.sequences: dict[int, Sequence] = {}  # by sysid << 8 | compid
        self._datagrams = datagrams
        self._accept = accept
        self._unfinished: dict[Peer, bytes] = {}

    @property
    def lost(self) -> int:
        return sum(sequence.lost for sequence in self.sequences.values())

    def received(self, data: bytes, peer: Peer) -> list[Packet]:
        """The packets that are whole now."""
        packets: list[Packet] = []
        if self._unfinished and (waiting := self._unfinished.pop(peer, None)):
            if self._datagrams and _begins_with_a_frame(data):
                self._scan(waiting, packets, last=True)
            else:
                data = waiting + data
        if (used := self._scan(data, packets, last=False)) < len(data):
            self._keep(peer, data[used:])
        return packets

    def flush(self, peer: Peer) -> list[Packet]:
        """Nothing more comes from this peer: the packets in what was waiting for more."""
        packets: list[Packet] = []
        self._scan(self._unfinished.pop(peer, b""), packets, last=True)
        return packets

    def _keep(self, peer: Peer, rest: bytes) -> None:
        if len(self._unfinished) >= _MOST_UNFINISHED:
            self._unfinished.pop(next(iter(self._unfinished)))
        self._unfinished[peer] = rest

    def _scan(self, data: bytes, packets: list[Packet], *, last: bool) -> int:  # noqa: C901, PLR0912, PLR0915  # one pass without a call a frame: this is the hot path
        """Append what is whole and accepted; returns how many bytes are done with. last: nothing more will come."""
        at, end = 0, len(data)
        accept, sequences = self._accept, self.sequences
        while at < end:
            marker = data[at]
            if marker == V2_MARKER:
                if end - at < _V2_SHORTEST:
                    if not last:
                        break
                    at += 1
                    continue
                length, flags, seq, sysid, compid, message_id = _v2_header(data, at)
                message_id &= 0xFFFFFF
                start = at + V2_HEADER_BYTES
            elif marker == V1_MARKER:
                if end - at < _V1_SHORTEST:
                    if not last:
                        break
                    at += 1
                    continue
                length, seq, sysid, compid, message_id = _v1_header(data, at)
                flags = 0
                start = at + V1_HEADER_BYTES
            else:
                found = _next_marker(data, at)
                at = found.start() if found else end
                continue
            row = DEFINITIONS.get(message_id)
            if row is None or flags > SIGNED_FLAG:
                self.unknown += 1
                at += 1
                continue
            crc_at = start + length
            stop = crc_at + (CRC_BYTES + SIGNATURE_BYTES if flags else CRC_BYTES)
            if stop > end:
                if not last:
                    break
                at += 1
                continue
            crc = mcrf4xx(data[at + 1 : crc_at] + row.crc_extra)
            if crc != data[crc_at] | data[crc_at + 1] << 8:
                self.bad_crc += 1
                at += 1
                continue
            frame = data[at:stop]
            at = stop
            if accept and not accept(frame):
                self.rejected += 1
                continue
            source = sysid << 8 | compid
            if (sequence := sequences.get(source)) is None:
                sequence = sequences[source] = Sequence(seq)
            if seq == sequence.expected:  # the usual case, without a call
                sequence.expected = (seq + 1) & 0xFF
                sequence.crcs[seq] = crc
            elif not sequence.is_new(seq, crc):
                continue
            if length >= row.size:
                flat = row.unpack(data, start)
            else:
                flat = row.unpack(data[start:crc_at].ljust(row.size, b"\0"))
            message = row.make(flat) if row.make else _new(row.message_type, flat)
            packets.append(_new(Packet, (sysid, compid, seq, message_id, message, frame)))
        return at
