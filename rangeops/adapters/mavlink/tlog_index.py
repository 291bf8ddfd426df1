"""An index over a tlog: when each packet came, where it lies, who sent it, and that its checksum fits.

A tlog is what every MAVLink ground station writes: 8 bytes of big-endian Unix microseconds, then one packet, again and
again. An hour of 20 vehicles is two million of them, so the checksums are taken for whole columns of packets at once.

Some tools write the packets alone, without times (.raw of MAVProxy): that is seen, and the vehicle's clock is taken.

What is damaged is left out and told: where, how many bytes, and why. Nothing is guessed into its place.
"""

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from fastcrc.crc16 import mcrf4xx
from numpy.typing import NDArray

from rangeops.adapters.mavlink.damage import Damage
from rangeops.adapters.mavlink.decode import DEFINITIONS
from rangeops.adapters.mavlink.link import (
    CRC_BYTES,
    SIGNATURE_BYTES,
    SIGNED_FLAG,
    V1_HEADER_BYTES,
    V1_MARKER,
    V2_HEADER_BYTES,
    V2_MARKER,
)
from rangeops.adapters.mavlink.tlog_clock import FARTHEST_US, Clocked, Payloads, stamped, unstamped
from rangeops.domain.errors import NotFound

STAMP_BYTES: Final = 8
_SHORTEST: Final = V1_HEADER_BYTES + CRC_BYTES
_MARKER: Final = re.compile(b"[%c%c]" % (V1_MARKER, V2_MARKER))
_LOOK_BYTES: Final = 1_000_000
_VOTES: Final = 20  # so many packets more of one way of writing than of the other
_ROWS: Final = 16_384  # packets of one length whose checksums are taken together: their columns stay in the cache
_CRC_START: Final = 0xFFFF

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TlogIndex:
    """Columns, one row a packet, in the order of the file. offset: of the packet's marker; its stamp lies before it.

    checked: its checksum was compared and fits; False where the dialect doesn't know the message, so that none can be.
    notes: what is to be known of the times.
    """

    path: Path
    offset: Places
    length: NDArray[np.int32]
    at_us: Places
    message_id: NDArray[np.int32]
    sysid: Bytes
    compid: Bytes
    checked: NDArray[np.bool_]
    damage: tuple[Damage, ...] = ()
    notes: tuple[str, ...] = ()
    _file: mmap.mmap | bytes = field(default=b"", repr=False)

    def __len__(self) -> int:
        return len(self.offset)

    def frame(self, row: int) -> bytes:
        """The packet of one row."""
        start = int(self.offset[row])
        return self._file[start : start + int(self.length[row])]

    def rows_of(self, sysid: int, message_id: int) -> Places:
        """The rows of one vehicle's messages of one kind."""
        return np.flatnonzero((self.sysid == sysid) & (self.message_id == message_id))


def open_tlog(path: Path, *, most_bytes: int | None = None) -> TlogIndex:
    """Index the file, or its first bytes alone. Raises NotFound where it can't be read; without a packet there are no rows."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            data: mmap.mmap | bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
    except OSError as error:
        raise NotFound(
            f"the recording can't be read ({error.strerror or error})", where=str(path), do="Name a tlog file."
        ) from error
    return _Indexing(path, data, most_bytes).index()


class _Indexing:
    def __init__(self, path: Path, data: mmap.mmap | bytes, most_bytes: int | None = None) -> None:
        self._path = path
        self._data = data
        self._bytes: Bytes = np.frombuffer(data, np.uint8)[:most_bytes]
        self._damage: list[Damage] = []
        self._stamp_bytes = STAMP_BYTES if self._is_stamped() else 0

    def index(self) -> TlogIndex:
        offset = self._packets()
        length, known, good = self._judged(offset)
        good |= self._believed(offset, length, good, ~known)
        if not good.all():
            offset = self._without_bad(offset, ~good)
            length, known, _ = self._judged(offset)
        self._tell_gaps(offset, length)
        clock = self._clock(offset)
        for row in np.flatnonzero(~clock.kept).tolist():
            at, size = int(offset[row]) - self._stamp_bytes, int(length[row]) + self._stamp_bytes
            self._damage.append(Damage(at, size, "a packet whose time is none"))
        offset, length, known = offset[clock.kept], length[clock.kept], known[clock.kept]
        header = self._headers(offset)
        return TlogIndex(
            self._path,
            offset,
            length.astype(np.int32),
            clock.at_us[clock.kept],
            header.message_id,
            header.sysid,
            header.compid,
            known,
            tuple(sorted(self._damage, key=lambda each: each.offset)),
            clock.notes,
            self._data,
        )

    def _is_stamped(self) -> bool:
        """Whether a time lies between packets: none begins there where the next one ought to begin."""
        head = bytes(self._bytes[:_LOOK_BYTES])
        votes, begins = 0, 0
        for found in _MARKER.finditer(head):
            start = found.start()
            if start < begins or start + _SHORTEST > len(head):
                continue
            length = int(self._lengths(np.array([start], np.int64))[0])
            if length and start + length < len(head) and self._fits(start, length):
                begins = start + length
                votes += 1 if head[begins] not in (V1_MARKER, V2_MARKER) else -1
                if abs(votes) >= _VOTES:
                    break
        return votes >= 0

    def _packets(self) -> Places:
        """Where packets begin: from each the next is one stamp and its own length away; else the search begins anew."""
        size = len(self._bytes)
        marked = np.flatnonzero((self._bytes == V2_MARKER) | (self._bytes == V1_MARKER)).astype(np.int64)
        marked = marked[(marked >= self._stamp_bytes) & (marked <= size - _SHORTEST)]
        if not len(marked):
            return marked
        length = self._lengths(marked)
        fits = (length > 0) & (marked + length <= size)
        marked, length = marked[fits], length[fits]
        if not len(marked):
            return marked
        following = marked + length + self._stamp_bytes
        at = np.searchsorted(marked, following)
        linked = at < len(marked)
        linked[linked] &= marked[at[linked]] == following[linked]
        step = np.where(linked, at, -1).tolist()
        ends = marked + length
        chain, row = [], self._next_good(marked, length, 0)
        while row < len(marked):
            chain.append(row)
            after = step[row]
            if after < 0:
                after = self._after_break(marked, length, row)
                if after < len(marked) and marked[after] < ends[row] + self._stamp_bytes:
                    chain.pop()  # it ends within the next packet's stamp, and that is a time: something of it was cut
            row = after
        return marked[np.array(chain, np.int64)] if chain else marked[:0]

    def _after_break(self, marked: Places, length: Places, row: int) -> int:
        """The next packet behind one that leads to none. No checksum covers a signature: that may be what is damaged."""
        start = int(marked[row])
        if not self._fits(start, int(length[row])):
            return self._next_good(marked, length, row + 1)
        beyond = start + int(length[row]) + self._stamp_bytes
        if self._bytes[start] == V2_MARKER and self._bytes[start + 2] & SIGNED_FLAG:
            early = self._next_good(marked, length, int(np.searchsorted(marked, beyond - SIGNATURE_BYTES)))
            if early < len(marked) and abs(self._stamp(int(marked[early])) - self._stamp(start)) < FARTHEST_US:
                return early
        return self._next_good(marked, length, int(np.searchsorted(marked, beyond)))

    def _stamp(self, start: int) -> int:
        return int.from_bytes(bytes(self._bytes[start - STAMP_BYTES : start]), "big") if self._stamp_bytes else 0

    def _next_good(self, marked: Places, length: Places, row: int) -> int:
        """From this row on the first whose checksum fits, or that leads to another: the search after a break."""
        while row < len(marked) and not self._fits(int(marked[row]), int(length[row])):
            row += 1
        return row

    def _fits(self, start: int, length: int) -> bool:
        frame = bytes(self._bytes[start : start + length])
        v2 = frame[0] == V2_MARKER
        number = int.from_bytes(frame[7:10], "little") if v2 else frame[5]
        definition = DEFINITIONS.get(number)
        if definition is None:
            return False
        end = length - CRC_BYTES - (SIGNATURE_BYTES if v2 and frame[2] & SIGNED_FLAG else 0)
        crc = mcrf4xx(frame[1:end] + definition.crc_extra)
        return crc == int.from_bytes(frame[end : end + CRC_BYTES], "little")

    def _lengths(self, start: Places) -> Places:
        """Of the packets that begin there, checksum and signature included; 0 where none can."""
        payload = self._bytes[start + 1].astype(np.int64)
        flags = self._bytes[start + 2]
        v2 = self._bytes[start] == V2_MARKER
        long = payload + V2_HEADER_BYTES + CRC_BYTES + np.where(flags & SIGNED_FLAG, SIGNATURE_BYTES, 0)
        long[(flags & ~np.uint8(SIGNED_FLAG)) != 0] = 0  # a flag that nobody knows: the frame can't be read
        return np.where(v2, long, payload + V1_HEADER_BYTES + CRC_BYTES)

    def _headers(self, start: Places) -> "_Headers":
        v2 = self._bytes[start] == V2_MARKER
        last = len(self._bytes) - 1
        deep = np.minimum(start + 7, last), np.minimum(start + 8, last), np.minimum(start + 9, last)
        wide = (
            self._bytes[deep[0]].astype(np.int32)
            | self._bytes[deep[1]].astype(np.int32) << 8
            | self._bytes[deep[2]].astype(np.int32) << 16
        )
        return _Headers(
            np.where(v2, wide, self._bytes[start + 5]).astype(np.int32),
            np.where(v2, self._bytes[np.minimum(start + 5, last)], self._bytes[start + 3]),
            np.where(v2, self._bytes[np.minimum(start + 6, last)], self._bytes[start + 4]),
        )

    def _judged(self, start: Places) -> tuple[Places, NDArray[np.bool_], NDArray[np.bool_]]:
        """Length of each packet, whether the dialect knows its message, and whether its checksum fits."""
        length = self._lengths(start)
        signed = (self._bytes[start] == V2_MARKER) & ((self._bytes[start + 2] & SIGNED_FLAG) != 0)
        covered = length - CRC_BYTES - np.where(signed, SIGNATURE_BYTES, 0)
        ids = self._headers(start).message_id
        known = np.isin(ids, _KNOWN)
        good = np.zeros(len(start), np.bool_)
        order = np.argsort(covered, kind="stable")
        edges = np.flatnonzero(np.diff(covered[order])) + 1
        for group in np.split(order, edges):
            for first in range(0, len(group), _ROWS):
                rows = group[first : first + _ROWS]
                if len(rows):
                    good[rows] = self._checksums_fit(
                        start[rows], int(covered[rows[0]]), _EXTRA_OF[np.minimum(ids[rows], _HIGHEST)]
                    )
        return length, known, good & known

    def _checksums_fit(self, start: Places, covered: int, extra: Bytes) -> NDArray[np.bool_]:
        """For packets of one length: is the CRC-16/MCRF4XX over all but the marker, and the message's own byte, theirs."""
        table = np.take(self._bytes, start[:, None] + np.arange(1, covered + CRC_BYTES))
        crc = np.full(len(start), _CRC_START, np.uint16)
        columns = np.ascontiguousarray(table[:, : covered - 1].T)
        pairs = (covered - 1) // 2
        for pair in range(pairs):
            word = columns[2 * pair].astype(np.uint16) | columns[2 * pair + 1].astype(np.uint16) << 8
            crc = _TWO_BYTES[crc ^ word]
        if (covered - 1) % 2:
            crc = crc >> 8 ^ _ONE_BYTE[(crc ^ columns[-1]) & 0xFF]
        crc = crc >> 8 ^ _ONE_BYTE[(crc ^ extra) & 0xFF]
        theirs = table[:, covered - 1].astype(np.uint16) | table[:, covered].astype(np.uint16) << 8
        result: NDArray[np.bool_] = crc == theirs
        return result

    def _believed(
        self, offset: Places, length: Places, good: NDArray[np.bool_], unknown: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Whether an unknown one begins where the one before it ends, the next one begins where it ends, and both are good or are
        believed likewise: a message that the dialect doesn't know is believed to be one by that alone.
        """
        if not len(offset):
            return good
        ends = offset + length
        meets = np.concatenate([ends[:-1] + self._stamp_bytes == offset[1:], ends[-1:] == len(self._bytes)])
        leads, follows = meets & unknown, np.concatenate([[offset[0] == self._stamp_bytes], meets[:-1]]) & unknown
        doubted = np.flatnonzero(unknown)
        for row in doubted[::-1].tolist():
            if row + 1 < len(offset):
                leads[row] = meets[row] and (good[row + 1] or leads[row + 1])
        for row in doubted.tolist():
            if row:
                follows[row] = follows[row] and (good[row - 1] or follows[row - 1])
        believed: NDArray[np.bool_] = leads & follows
        for row in np.flatnonzero(believed).tolist():
            believed[row] = not self._holds_another(int(offset[row]), int(ends[row]))
        return believed

    def _holds_another(self, start: int, end: int) -> bool:
        """Whether a packet of the same time lies within: then the length is what is wrong, and leads on by chance."""
        own = self._stamp(start)
        return any(
            abs(self._stamp(each) - own) < FARTHEST_US for each in self._inside(start + 1 + self._stamp_bytes, end)
        )

    def _without_bad(self, offset: Places, bad: NDArray[np.bool_]) -> Places:
        """Leave packets out whose checksum doesn't fit. Their length may be wrong too: what they span is searched anew.

        Several in a row are searched as one: a packet that is whole may lie across two that aren't any.
        """
        drop, found = bad.copy(), []
        ends = np.concatenate([offset[1:] - self._stamp_bytes, [len(self._bytes)]])
        edges = np.flatnonzero(np.diff(np.concatenate([[False], bad, [False]]).astype(np.int8)))
        for first, behind in edges.reshape(-1, 2).tolist():
            begins, end = int(offset[first]) + 1, int(ends[behind - 1])
            inside = self._inside(begins, end)
            if first and self._in_signature(int(offset[first - 1]), end, inside):
                drop[first - 1] = True
            found.append(np.array(inside, np.int64))
        return np.sort(np.concatenate([offset[~drop], *found]))

    def _in_signature(self, start: int, end: int, inside: list[int]) -> bool:
        """Whether another packet begins within the signature of the one before the break, of which then something was cut;
        it is put before those inside.
        """
        if self._bytes[start] != V2_MARKER or not self._bytes[start + 2] & SIGNED_FLAG:
            return False
        ends = start + int(self._lengths(np.array([start], np.int64))[0])
        early = self._inside(ends - SIGNATURE_BYTES, end)
        if not early or early[0] >= ends + self._stamp_bytes or early[0] in inside:
            return False
        if abs(self._stamp(early[0]) - self._stamp(start)) >= FARTHEST_US:
            return False
        inside[:] = early
        return True

    def _inside(self, start: int, end: int) -> list[int]:
        found = []
        while start + _SHORTEST <= end:
            if self._bytes[start] in (V1_MARKER, V2_MARKER):
                length = int(self._lengths(np.array([start], np.int64))[0]) if start + 2 < len(self._bytes) else 0
                if length and start + length <= end and self._fits(start, length):
                    found.append(start)
                    start += length
                    continue
            start += 1
        return found

    def _tell_gaps(self, offset: Places, length: Places) -> None:
        """Whatever lies between packets, beside their stamps."""
        begins = np.concatenate([offset - self._stamp_bytes, [len(self._bytes)]])
        ends = np.concatenate([[0], offset + length])
        for row in np.flatnonzero(begins > ends).tolist():
            gap, size = int(ends[row]), int(begins[row] - ends[row])
            self._damage.append(Damage(gap, size, self._why(gap, size)))

    def _why(self, gap: int, size: int) -> str:
        """A packet that lies there as one should, and whose checksum is another's: a dialect that isn't ours, most often."""
        start = gap + self._stamp_bytes
        if size > self._stamp_bytes + _SHORTEST and self._bytes[start] in (V1_MARKER, V2_MARKER):
            at = np.array([start], np.int64)
            if int(self._lengths(at)[0]) == size - self._stamp_bytes:
                number = int(self._headers(at).message_id[0])
                named = DEFINITIONS[number].name if number in DEFINITIONS else "a message"
                return f"{named} ({number}) with a checksum that isn't its own"
        return "no packet whose checksum fits"

    def _clock(self, offset: Places) -> Clocked:
        if self._stamp_bytes or not len(offset):
            return stamped(self._stamps(offset))
        header = self._headers(offset)
        v2 = self._bytes[offset] == V2_MARKER
        place = offset + np.where(v2, V2_HEADER_BYTES, V1_HEADER_BYTES)
        size = self._bytes[offset + 1].astype(np.int64)
        return unstamped(Payloads(self._bytes, place, size, header.message_id, header.sysid))

    def _stamps(self, offset: Places) -> Bytes:
        """A row of eight bytes a packet."""
        return np.take(self._bytes, (offset - STAMP_BYTES)[:, None] + np.arange(STAMP_BYTES))


@dataclass(frozen=True, slots=True)
class _Headers:
    message_id: NDArray[np.int32]
    sysid: Bytes
    compid: Bytes


def _one_byte() -> NDArray[np.uint16]:
    """CRC-16/MCRF4XX (reflected 0x1021, MAVLink's X.25 without its last inversion), a byte at a time."""
    table: NDArray[np.uint16] = np.arange(256, dtype=np.uint16)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ 0x8408, table >> 1).astype(np.uint16)
    return table


def _two_bytes(one: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """The same for two bytes: what a state becomes that was combined with both of them."""
    state: NDArray[np.uint16] = np.arange(65_536, dtype=np.uint16)
    for _ in range(2):
        state = (state >> 8 ^ one[state & 0xFF]).astype(np.uint16)
    return state


_ONE_BYTE: Final = _one_byte()
_TWO_BYTES: Final = _two_bytes(_ONE_BYTE)
_KNOWN: Final = np.array(sorted(DEFINITIONS), np.int32)
_HIGHEST: Final = int(_KNOWN[-1])
_EXTRA_OF: Final = np.zeros(_HIGHEST + 1, np.uint8)
for _number, _definition in DEFINITIONS.items():
    _EXTRA_OF[_number] = _definition.crc_extra[0]


def damaged_bytes(index: TlogIndex) -> int:
    return sum(each.size for each in index.damage)


def frames_between(index: TlogIndex, from_us: int, to_us: int) -> Iterator[int]:
    """Rows whose time is in [from_us, to_us), in the order of the file."""
    yield from np.flatnonzero((index.at_us >= from_us) & (index.at_us < to_us)).tolist()
