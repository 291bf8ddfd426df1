"""From bytes to whole packets: MAVLink 1 and 2 framing on one link, without I/O.

A packet leaves here only after its CRC (with CRC_EXTRA) was right; an id that the dialect doesn't know has no CRC_EXTRA,
can't be checked, and so is never a packet and never a sign of life. After a truncated or corrupt frame the search goes
on at the byte behind its marker, so that no intact frame is lost in it. What waits for more bytes is shorter than one
frame, so buffers are bounded.
Source: MAVLink packet serialization guide; docs/mavlink.md.
"""

import re
import struct
from collections.abc import Callable, Iterator
from typing import Final

from fastcrc.crc16 import mcrf4xx

from rangeops.adapters.mavlink.decode import DEFINITIONS, decode_payload
from rangeops.adapters.mavlink.messages import Message
from rangeops.domain.telemetry import Sysid

Peer = tuple[str, int]  # where bytes came from: host and port, or device and baud rate
Packet = tuple[
    Sysid, int, Message, bytes
]  # sysid, compid, what it says, and the whole frame for recorder and signature
Accept = Callable[[bytes], bool]  # judges a whole frame whose CRC was right
Judge = Callable[[Peer], Accept]  # by what the frames of one peer are judged

V1_MARKER: Final = 0xFE
V2_MARKER: Final = 0xFD
V1_HEADER_BYTES: Final = 6
V2_HEADER_BYTES: Final = 10
CRC_BYTES: Final = 2
SIGNATURE_BYTES: Final = 13
SIGNED_FLAG: Final = 0x01  # the only incompatibility flag there is: a frame with another must not be read
LONGEST_FRAME: Final = V2_HEADER_BYTES + 255 + CRC_BYTES + SIGNATURE_BYTES

_V2_SHORTEST: Final = V2_HEADER_BYTES + CRC_BYTES
_v1_header: Final = struct.Struct("<xBBBBB").unpack_from
_v2_header: Final = struct.Struct("<xBBxBBBI").unpack_from  # the id is its last field's low 24 bits
_next_marker: Final = re.compile(b"[\xfd\xfe]").search
_MOST_UNFINISHED: Final = 256  # peers of one socket that have a frame in pieces at one time
_LATE: Final = 128  # a sequence number this far ahead is one behind
_LATE_RUN: Final = 3  # so many late ones in sequence are a sender that began anew
_MOST_PATHS: Final = 2048  # peers that are counted at one time …
_MOST_SOURCES: Final = 1024  # … and (sysid, compid) pairs on all of them


class Sequence:
    """What the sequence numbers of one (sysid, compid) from one peer say. Source: docs/mavlink.md, loss.

    next: the number expected next, counted on without wrapping. crcs: of the last packet with each number.
    """

    __slots__ = ("_anew", "_first", "_late_next", "_late_run", "crcs", "duplicates", "late", "lost", "next")

    def __init__(self, first: int) -> None:
        self.next = self._first = first
        self.lost = 0
        self.late = 0
        self.duplicates = 0
        self.crcs: list[int] = [-1] * 256
        self._anew = False
        self._late_next = -1
        self._late_run = 0

    @property
    def packets(self) -> int:
        return self.next - self._first - self.lost

    def begin_anew(self) -> None:
        """The connection is a new one: whatever number comes next, nothing was lost before it."""
        self._anew = True

    def is_new(self, seq: int, crc: int, *, may_repeat: bool) -> bool:
        """Count a packet that isn't the expected one; False for a second copy of one that came before.

        may_repeat: datagrams are sometimes delivered twice; on a byte stream the same again is a sender that restarted.
        """
        gap = (seq - self.next) & 0xFF
        if self._anew:
            self._anew = False
            self._first += gap
        elif gap < _LATE:
            self.lost += gap
        elif may_repeat and self.crcs[seq] == crc:
            self.duplicates += 1
            return False
        else:
            self._late_run = self._late_run + 1 if seq == self._late_next else 1
            self._late_next = (seq + 1) & 0xFF
            if self._late_run < _LATE_RUN:
                self.late += 1
                if self.lost:
                    self.lost -= 1  # it was counted as lost when its successor came
                else:
                    self._first -= 1
                self.crcs[seq] = crc
                return True
            self._first += gap  # it began anew: the numbers between were never sent
        self.next += gap + 1
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


def decode_frame(frame: bytes) -> Message:
    """What a packet's frame says, also where the range has no use for it."""
    if frame[0] == V2_MARKER:
        return decode_payload(
            int.from_bytes(frame[7:10], "little"), frame[V2_HEADER_BYTES : V2_HEADER_BYTES + frame[1]]
        )
    return decode_payload(frame[5], frame[V1_HEADER_BYTES : V1_HEADER_BYTES + frame[1]])


class _Path:
    """What comes from one peer: its judge, and its sequences by sysid << 8 | compid.

    A vehicle numbers each of its channels on its own, and two channels may end at one port of ours.
    """

    __slots__ = ("accept", "sequences")

    def __init__(self, accept: Accept | None) -> None:
        self.accept = accept
        self.sequences: dict[int, Sequence] = {}


class Link:
    """The receiving half of one open endpoint.

    datagrams: a datagram that begins with a whole frame is read at once, whatever an earlier one left unfinished.
    accept: judges each packet after its CRC and before it counts for anything (signatures); None takes all.
    """

    def __init__(self, uri: str, *, datagrams: bool, accept: Accept | None = None) -> None:
        self.uri = uri
        self.bad_crc = 0
        self.unknown = 0  # frame-like, with an id or a flag that isn't known
        self.rejected = 0  # by `accept`
        self._datagrams = datagrams
        self._judge: Judge | None = None if accept is None else lambda _peer: accept
        self._paths: dict[Peer, _Path] = {}
        self._peer: Peer | None = None  # of the last bytes
        self._path = _Path(None)
        self._sources = 0  # sequences on all paths
        self._ended = [0, 0, 0]  # packets, lost and duplicates of sequences that are no longer kept
        self._unfinished: dict[Peer, tuple[bytes, int]] = {}  # and where in it a frame is expected

    @property
    def packets(self) -> int:
        return self._ended[0] + sum(sequence.packets for sequence in self.sequences())

    @property
    def lost(self) -> int:
        return self._ended[1] + sum(sequence.lost for sequence in self.sequences())

    @property
    def duplicates(self) -> int:
        return self._ended[2] + sum(sequence.duplicates for sequence in self.sequences())

    def sequences(self) -> Iterator[Sequence]:
        return (sequence for path in self._paths.values() for sequence in path.sequences.values())

    def counts(self, peer: Peer, sysid: int, compid: int) -> tuple[int, int]:
        """(packets, lost) of one sender by one path; (0, 0) where it wasn't heard."""
        path = self._paths.get(peer)
        sequence = None if path is None else path.sequences.get(sysid << 8 | compid)
        return (0, 0) if sequence is None else (sequence.packets, sequence.lost)

    def received(  # noqa: C901, PLR0912, PLR0915  # one pass without a call a frame: this is the hot path
        self, data: bytes, peer: Peer, *, last: bool = False
    ) -> list[Packet]:
        """The packets that are whole now. last: nothing more comes, so what waits for more is searched to its end."""
        packets: list[Packet] = []
        expected = 0  # where the next frame begins if nothing is amiss
        if self._unfinished and (waiting := self._unfinished.get(peer)):
            if self._datagrams and _begins_with_a_frame(data):
                packets = self.received(b"", peer, last=True)
            else:
                data, expected = waiting[0] + data, waiting[1]
                del self._unfinished[peer]
        at, end = 0, len(data)
        if peer is self._peer:  # as on every stream, whose peer is one object
            path = self._path
        else:
            path = self._paths.get(peer) or self._new_path(peer)
            self._peer, self._path = peer, path
        accept, sequences = path.accept, path.sequences
        while at < end:
            marker = data[at]
            try:
                if marker == V2_MARKER:
                    length, flags, seq, sysid, compid, message_id = _v2_header(data, at)
                    message_id &= 0xFFFFFF
                    start = at + V2_HEADER_BYTES
                elif marker == V1_MARKER:
                    length, seq, sysid, compid, message_id = _v1_header(data, at)
                    flags = 0
                    start = at + V1_HEADER_BYTES
                else:
                    found = _next_marker(data, at)
                    at = found.start() if found else end
                    continue
            except struct.error:  # less than a header
                if not last:
                    break
                at += 1
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
            # Where the last frame ended, a right CRC is proof enough to go on behind this one. After a search it isn't:
            # one in 65,536 candidates is right by chance, and may hide an intact frame. Nor is an unproved signature
            # that may have been cut off (without one, stop is right behind the CRC).
            at = crc_at + CRC_BYTES if at == expected else at + 1
            expected = stop
            if accept is not None:
                if not accept(frame):
                    self.rejected += 1
                    continue
                if flags:
                    at = stop
            source = sysid << 8 | compid
            if (sequence := sequences.get(source)) is None:
                sequence = self._new_source(path, source, seq)
            if seq == sequence.next & 0xFF:  # the usual case, without a call
                sequence.next += 1
                sequence.crcs[seq] = crc
            elif not sequence.is_new(seq, crc, may_repeat=self._datagrams):
                continue
            message: Message
            if row.other is not None:
                message = row.other
            elif length >= row.size:
                message = row.read(data, start)
            else:
                message = row.read(data[start:crc_at].ljust(row.size, b"\0"), 0)
            packets.append((sysid, compid, message, frame))
        if at < end:
            self._keep(peer, data[at:], expected - at)
        return packets

    def judge_by(self, judge: Judge | None) -> None:
        """Another judge from the next packet on; the same one goes on with what it knows of each path."""
        if judge == self._judge:
            return
        self._judge = judge
        for peer, path in self._paths.items():
            path.accept = None if judge is None else judge(peer)

    def reopened(self) -> None:
        """The endpoint was closed and is open again: no frame goes on where an old one was cut off."""
        self._unfinished.clear()
        for sequence in self.sequences():
            sequence.begin_anew()

    def flush(self, peer: Peer) -> list[Packet]:
        """Nothing more comes from this peer: the packets in what was waiting for more."""
        return self.received(b"", peer, last=True)

    def _new_path(self, peer: Peer) -> _Path:
        if len(self._paths) >= _MOST_PATHS:
            self._forget_a_path()
        path = self._paths[peer] = _Path(None if self._judge is None else self._judge(peer))
        return path

    def _new_source(self, path: _Path, source: int, seq: int) -> Sequence:
        while self._sources >= _MOST_SOURCES and len(self._paths) > 1:
            self._forget_a_path(but=path)
        if self._sources >= _MOST_SOURCES:
            self._end(path.sequences.pop(next(iter(path.sequences))))
        self._sources += 1
        sequence = path.sequences[source] = Sequence(seq)
        return sequence

    def _forget_a_path(self, *, but: _Path | None = None) -> None:
        """One of which nothing passed, if there is such a one: whoever forges peers by the thousand has those."""
        peers = [peer for peer, path in self._paths.items() if path is not but]
        peer = next((peer for peer in peers if not self._paths[peer].sequences), peers[0])
        self._peer = None
        for sequence in self._paths.pop(peer).sequences.values():
            self._end(sequence)

    def _end(self, sequence: Sequence) -> None:
        self._sources -= 1
        for index, count in enumerate((sequence.packets, sequence.lost, sequence.duplicates)):
            self._ended[index] += count

    def _keep(self, peer: Peer, rest: bytes, expected: int) -> None:
        if len(self._unfinished) >= _MOST_UNFINISHED:
            self._unfinished.pop(next(iter(self._unfinished)))
        self._unfinished[peer] = (rest, expected)
