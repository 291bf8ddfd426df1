"""A recorded log as an endpoint: each packet comes when it came, and what is sent is dropped and counted.

The kernel's timer says how far the replay is: no clock is asked, and nothing is read ahead of its time. A log that is
still being written is followed; one that doesn't grow any more has ended.
Source: tlog, as every MAVLink ground station writes it: 8 bytes of big-endian Unix microseconds, then one packet.
"""

import ctypes
import os
import selectors
import struct
from typing import IO, Final

from rangeops.adapters.mavlink.endpoints import EndpointBroken, EndpointUri, Received
from rangeops.adapters.mavlink.link import (
    CRC_BYTES,
    SIGNATURE_BYTES,
    SIGNED_FLAG,
    V1_HEADER_BYTES,
    V1_MARKER,
    V2_HEADER_BYTES,
    V2_MARKER,
    Peer,
)
from rangeops.domain.errors import Unavailable

STEP_S: Final = 0.02
ENDED_S: Final = 2.0  # of no growth
MOST_A_WAKE: Final = 512  # packets; then the other endpoints have their turn
_CHUNK_BYTES: Final = 65536
_STAMP: Final = struct.Struct(">Q")
_HEAD: Final = _STAMP.size + 3  # with marker, length and flags
_EXPIRATIONS: Final = struct.Struct("=Q").unpack
_CLOCK_MONOTONIC: Final = 1
_DAY_US: Final = (
    86_400_000_000  # a stamp farther from the last one is none: the search after a torn record hit a marker
)


class _Timer(ctypes.Structure):
    """The kernel's itimerspec: interval and first expiration, seconds and nanoseconds each."""

    _fields_ = [(name, ctypes.c_long) for name in ("every_s", "every_ns", "first_s", "first_ns")]


def _ticking() -> int:
    """A descriptor that becomes readable every STEP_S (timerfd; `os` has it from Python 3.13 on)."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = int(libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))
    step_ns = round(STEP_S * 1e9)
    if fd < 0 or libc.timerfd_settime(fd, 0, ctypes.byref(_Timer(0, step_ns, 0, step_ns)), None) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return fd


class Replay:
    datagrams: Final = False

    def __init__(self, uri: EndpointUri) -> None:
        self.uri = uri.text
        self.dropped = 0
        self._uri = uri
        self._peer: Peer = (uri.address, 0)
        self._selector: selectors.BaseSelector | None = None
        self._file: IO[bytes] | None = None
        self._timer = -1
        self._ended = False
        self._data = b""  # read, from `_at` on not yet told
        self._at = 0
        self._steps = self._last_growth = 0  # of STEP_S since the start
        self._first_us = self._last_us = -1

    def overflow(self) -> None:
        """A file holds what it holds."""

    @property
    def up(self) -> bool:
        return self._file is not None

    def open(self, selector: selectors.BaseSelector) -> None:
        if self._ended:
            raise Unavailable(
                "the recording has ended", where=self.uri, do="Remove the link and add it to see it again."
            )
        try:
            self._file = open(self._uri.address, "rb")  # noqa: SIM115, PTH123  # closed by `close`
            self._timer = _ticking()
        except OSError as error:
            self.close()
            what = (error.strerror or "it can't be read").lower()
            raise Unavailable(what, where=self.uri, do="Name a tlog file that you may read.") from error
        self._data, self._at = b"", 0
        self._steps = self._last_growth = 0
        self._first_us = self._last_us = -1
        selector.register(self._timer, selectors.EVENT_READ, self)
        self._selector = selector

    def ready(self, key: selectors.SelectorKey, events: int) -> list[Received]:
        del key, events  # the timer alone
        if self._file is None:
            return []
        try:
            self._steps += _EXPIRATIONS(os.read(self._timer, 8))[0]
        except BlockingIOError:
            return []
        received: list[Received] = []
        while len(received) < MOST_A_WAKE and (frame := self._next(self._file)):
            received.append((frame, self._peer))
        if not received and (self._steps - self._last_growth) * STEP_S > ENDED_S and self._at_end():
            self._ended = True
            raise EndpointBroken("the recording has ended", where=self.uri, do="Remove the link.")
        return received

    def send(self, data: bytes, peer: Peer | None) -> None:
        del data, peer  # nobody is there any more
        self.dropped += 1

    def gone(self) -> list[Peer]:
        return []

    def close(self) -> None:
        if self._selector is not None:
            self._selector.unregister(self._timer)
        if self._timer >= 0:
            os.close(self._timer)
        if self._file is not None:
            self._file.close()
        self._selector = self._file = None
        self._timer = -1

    def _at_end(self) -> bool:
        """Nothing waits for its time; what is left is a packet that was never written whole."""
        return len(self._data) - self._at < _HEAD or not self._whole()

    def _next(self, file: IO[bytes]) -> bytes:
        """The next packet whose time has come; b"" where none has."""
        while True:
            if len(self._data) - self._at < _HEAD or not self._whole():
                if not (more := file.read(_CHUNK_BYTES)):
                    return b""
                self._data, self._at = self._data[self._at :] + more, 0
                self._last_growth = self._steps
                continue
            if self._length() == 0:
                self._at += 1  # a torn record: look for the next
                continue
            (stamp_us,) = _STAMP.unpack_from(self._data, self._at)
            if self._first_us < 0:
                self._first_us = self._last_us = stamp_us
            if abs(stamp_us - self._last_us) > _DAY_US:
                self._at += 1
                continue
            if stamp_us - self._first_us > self._steps * STEP_S * 1e6 * self._uri.speed:
                self._last_growth = self._steps  # it waits, and so hasn't ended
                return b""
            self._last_us = stamp_us
            start = self._at + _STAMP.size
            self._at = start + self._length()
            return self._data[start : self._at]

    def _whole(self) -> bool:
        return len(self._data) >= self._at + _STAMP.size + self._length()

    def _length(self) -> int:
        """Of the packet behind the stamp; 0 where none begins."""
        marker, length, flags = self._data[self._at + _STAMP.size : self._at + _HEAD]
        if marker == V1_MARKER:
            return V1_HEADER_BYTES + length + CRC_BYTES
        if marker != V2_MARKER or flags > SIGNED_FLAG:
            return 0
        return V2_HEADER_BYTES + length + CRC_BYTES + (SIGNATURE_BYTES if flags else 0)
