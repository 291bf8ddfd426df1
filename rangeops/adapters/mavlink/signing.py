"""MAVLink 2 signing: what arrives is checked, what leaves is signed. No clock, no file: the caller keeps the timestamp.

A stream is (sysid, compid, link id) and its timestamps only grow: on each path, and on all paths together but for the
few seconds that a slower path may lag. A timestamp is taken over only from a frame whose signature was right, so that a
forged one can't shut a stream out; signatures are compared in constant time.
Source: MAVLink message signing guide; docs/mavlink.md, signing.
"""

import hashlib
import struct
import weakref
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from hmac import compare_digest
from typing import Final

from fastcrc.crc16 import mcrf4xx

from rangeops.adapters.mavlink.decode import DEFINITIONS
from rangeops.adapters.mavlink.link import (
    CRC_BYTES,
    SIGNATURE_BYTES,
    SIGNED_FLAG,
    V2_HEADER_BYTES,
    V2_MARKER,
    Accept,
    Peer,
)
from rangeops.domain.errors import Invalid
from rangeops.domain.telemetry import Sysid

KEY_BYTES: Final = 32
SETUP_SIGNING: Final = 256  # it carries the key
TICKS_A_SECOND: Final = 100_000  # timestamps count 10 µs …
EPOCH: Final = datetime(2015, 1, 1, tzinfo=UTC)  # … since this
NEW_STREAM_BEHIND: Final = 60 * TICKS_A_SECOND  # how far a stream that wasn't heard yet may lag behind what we know
MARK_S: Final = 2.0  # a path may lag behind another by this, and by no more than twice this

_HASH_BYTES: Final = 6
_stamp: Final = struct.Struct("<Q").unpack_from  # link id, six bytes of timestamp, and one of the hash
_MOST_STREAMS: Final = 1024
_RADIO: Final = frozenset([109, 166])  # RADIO_STATUS, RADIO: a radio's own, which has no key


class Verdict(Enum):
    """What a frame's signature is worth, where it isn't good."""

    UNSIGNED = "unsigned"
    WRONG_KEY = "wrong key"  # or damaged, or forged
    REPLAYED = "replayed"
    REPEATED = "repeated"  # a second copy on the same path, or one that was overtaken there: no attack in itself
    NO_KEY = "no key"  # signed, and we have no key of that vehicle's


def ticks_of(utc: datetime) -> int:
    """The timestamp of an instant, in MAVLink's ticks."""
    return round((utc - EPOCH).total_seconds() * TICKS_A_SECOND)


def key_of(passphrase: str) -> bytes:
    """The key that ground stations make of a passphrase: its SHA-256."""
    return hashlib.sha256(passphrase.encode()).digest()


def signature(key: bytes, signed_part: bytes) -> bytes:
    """Over the whole frame up to and with the timestamp."""
    return hashlib.sha256(key + signed_part).digest()[:_HASH_BYTES]


class _Path:
    """What one peer sent. stamps: the last timestamp of each stream by this path."""

    __slots__ = ("__weakref__", "stamps")

    def __init__(self) -> None:
        self.stamps: dict[int, int] = {}


class Floors:
    """Under which no timestamp of a stream passes on any path any more: what was newest MARK_S to 2 MARK_S ago.

    Counted in our own time and not in the timestamps': between two looks at its clock an ArduPilot adds one tick a packet.
    One for all links, or what was heard on one could be replayed on another.
    """

    def __init__(self) -> None:
        self.of: dict[int, int] = {}  # by stream: sysid, compid and link id
        self._marked: dict[int, int] = {}  # the newest at the last mark
        self._paths: weakref.WeakSet[_Path] = weakref.WeakSet()

    def new_path(self) -> _Path:
        """Watched as long as somebody holds it."""
        path = _Path()
        self._paths.add(path)
        return path

    def mark(self) -> None:
        """To be called every MARK_S. What a path heard before the floor counts there as heard."""
        self.of.update(self._marked)
        newest = self._marked
        for path in self._paths:
            for stream, timestamp in path.stamps.items():
                newest[stream] = max(newest.get(stream, 0), timestamp)
                path.stamps[stream] = max(timestamp, self.of.get(stream, 0))

    def forget(self, sysid: Sysid) -> None:
        """It has another key, with which nothing was ever signed."""
        for stamps in (self.of, self._marked, *(path.stamps for path in self._paths)):
            for stream in [stream for stream in stamps if stream >> 16 == sysid]:
                del stamps[stream]

    def kept(self) -> dict[int, int]:
        """What is to be kept on disk: the newest of each stream, at the last mark."""
        return self.of | self._marked

    def restore(self, kept: Mapping[int, int]) -> None:
        self.of.update(kept)


class Verifier:
    """Judges frames by one key a vehicle; `judge` is Link's.

    unsigned_is_fine: whether frames without signature pass on this link (a cable) or only a radio's own do.
    keyless_is_fine: whether vehicles that have no key pass on it, signed by somebody else's or not.
    now_ticks: what a stream that was never heard is held against.
    floors: of all links.
    """

    def __init__(
        self,
        keys: Mapping[Sysid, bytes],
        *,
        unsigned_is_fine: bool,
        now_ticks: Callable[[], int],
        keyless_is_fine: bool = False,
        floors: Floors | None = None,
    ) -> None:
        self.unsigned = 0  # whether they passed or not
        self.counts = dict.fromkeys(Verdict, 0)  # of what didn't pass
        self.floors = Floors() if floors is None else floors
        self._refused_of: dict[int, set[Verdict]] = {}
        self._hashes: dict[int, hashlib._Hash] = {}  # begun with the key, copied a frame
        self.use(keys)
        self._unsigned_is_fine = unsigned_is_fine
        self._keyless_is_fine = keyless_is_fine
        self._now_ticks = now_ticks

    def use(self, keys: Mapping[Sysid, bytes]) -> None:
        """Other keys from now on; streams keep their timestamps."""
        for key in keys.values():
            _check_key(key)
        self._hashes.clear()
        self._hashes.update({sysid: hashlib.sha256(key) for sysid, key in keys.items()})

    def judge(self, peer: Peer) -> Accept:
        """What judges the frames of one peer: each path's timestamps grow on their own.

        A closure, since it runs for every signed packet: nothing in it is looked up on an object that needn't be.
        """
        del peer  # Link has one judge a peer
        path = self.floors.new_path()
        hashes, last_of = self._hashes, path.stamps.get

        def accepts(frame: bytes) -> bool:
            """Whether a frame may be acted on. Its CRC was right already."""
            if frame[0] != V2_MARKER or not frame[2] & SIGNED_FLAG:
                return self._accepts_unsigned(frame)
            sysid = frame[5]
            if (begun := hashes.get(sysid)) is None:
                return self._keyless_is_fine or self._refused(Verdict.NO_KEY, sysid)
            hashed = begun.copy()
            hashed.update(frame[:-_HASH_BYTES])
            if not compare_digest(hashed.digest()[:_HASH_BYTES], frame[-_HASH_BYTES:]):
                return self._refused(Verdict.WRONG_KEY, sysid)
            (stamp,) = _stamp(frame, len(frame) - SIGNATURE_BYTES)
            stream = sysid << 16 | frame[6] << 8 | stamp & 0xFF
            timestamp = stamp >> 8 & 0xFFFFFFFFFFFF
            known = last_of(stream)
            if known is None:
                if not self._accepts_first(stream, timestamp):
                    return False
                if len(path.stamps) >= _MOST_STREAMS:
                    del path.stamps[next(iter(path.stamps))]
            elif timestamp <= known:
                return self._refused_old(stream, timestamp)
            path.stamps[stream] = timestamp
            return True

        return accepts

    def refused_of(self, verdicts: frozenset[Verdict]) -> list[int]:
        """In whose name packets came that didn't pass for one of these reasons."""
        return [sysid for sysid, theirs in self._refused_of.items() if theirs & verdicts]

    def _accepts_unsigned(self, frame: bytes) -> bool:
        self.unsigned += 1
        sysid = frame[5] if frame[0] == V2_MARKER else frame[3]
        if self._unsigned_is_fine or (self._keyless_is_fine and sysid not in self._hashes):
            return True
        return _message_id(frame) in _RADIO or self._refused(Verdict.UNSIGNED, sysid)

    def _accepts_first(self, stream: int, timestamp: int) -> bool:
        """The first of a stream on a path. What was heard on another one, or before a restart, isn't new here."""
        floor = self.floors.of.get(stream)
        if timestamp <= (self._now_ticks() - NEW_STREAM_BEHIND if floor is None else floor):
            return self._refused(Verdict.REPLAYED, stream >> 16)
        return True

    def _refused_old(self, stream: int, timestamp: int) -> bool:
        """Not newer than what this path heard before: False, and why is counted."""
        is_old = timestamp <= self.floors.of.get(stream, 0)
        return self._refused(Verdict.REPLAYED if is_old else Verdict.REPEATED, stream >> 16)

    def _refused(self, verdict: Verdict, sysid: int) -> bool:
        self.counts[verdict] += 1
        self._refused_of.setdefault(sysid, set()).add(verdict)
        return False


class Timestamps:
    """Our own, strictly growing over all links. Keep `last` on disk at least once a minute and give it back."""

    def __init__(self, now_ticks: Callable[[], int], last: int = 0) -> None:
        self.last = last
        self._now_ticks = now_ticks

    def next(self) -> int:
        """A clock that was set back must not take a timestamp back."""
        self.last = max(self.last + 1, self._now_ticks())
        return self.last


class Signer:
    """Signs what is sent to one vehicle on one link; `trailer` is Sender's."""

    def __init__(self, key: bytes, link_id: int, timestamps: Timestamps) -> None:
        _check_key(key)
        self._key = key
        self._link_id = bytes([link_id])
        self._timestamps = timestamps

    def trailer(self, frame: bytes) -> bytes:
        stamp = self._link_id + self._timestamps.next().to_bytes(6, "little")
        return stamp + signature(self._key, frame + stamp)


def without_secrets(frame: bytes) -> bytes | None:
    """The packet as it may be kept: unsigned, with the CRC of an unsigned one; None for a key set-up."""
    if frame[0] != V2_MARKER:
        return frame
    message_id = _message_id(frame)
    if message_id == SETUP_SIGNING:
        return None
    if not frame[2] & SIGNED_FLAG:
        return frame
    body = frame[1:2] + bytes([frame[2] & ~SIGNED_FLAG]) + frame[3 : V2_HEADER_BYTES + frame[1]]
    crc = mcrf4xx(body + DEFINITIONS[message_id].crc_extra)
    return frame[:1] + body + crc.to_bytes(CRC_BYTES, "little")


def _check_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise Invalid(f"a signing key has {KEY_BYTES} bytes", where="signing", do="Make a new one.")


def _message_id(frame: bytes) -> int:
    return int.from_bytes(frame[7:10], "little") if frame[0] == V2_MARKER else frame[5]
