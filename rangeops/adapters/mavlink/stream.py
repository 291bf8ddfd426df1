"""One byte stream on a file descriptor: reading until it is empty, and a bounded way out. TCP and serial alike."""

import errno
import os
from collections import deque
from collections.abc import Callable
from typing import Final

CHUNK_BYTES: Final = 65536
MOST_CHUNKS_A_WAKE: Final = 16
_ENDED: Final = frozenset([errno.EIO, errno.ENXIO, errno.ENODEV, errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT])


class StreamEnded(Exception):
    """The other side closed, or the device was unplugged."""


class Stream:
    """Whole packets in, whole packets out. What doesn't fit into the way out is dropped whole, never cut.

    most_waiting_bytes: a bound on delay more than on memory: a stop that waits behind a second of old packets is late.
    want_write: told how many bytes wait for the descriptor to become writable, after every attempt.
    """

    def __init__(self, fd: int, most_waiting_bytes: int, want_write: Callable[[int], None]) -> None:
        self.dropped = 0
        self._fd = fd
        self._most_waiting_bytes = most_waiting_bytes
        self._want_write = want_write
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._rest = b""  # of a packet of which a part is out already

    def read(self) -> list[bytes]:
        """Raises StreamEnded; what came before the end is told by the call before."""
        chunks: list[bytes] = []
        for _ in range(MOST_CHUNKS_A_WAKE):
            try:
                chunk = os.read(self._fd, CHUNK_BYTES)
            except BlockingIOError:
                return chunks
            except OSError as error:
                if chunks:
                    return chunks
                raise StreamEnded(error.strerror or "") from error
            if not chunk:
                if chunks:
                    return chunks
                raise StreamEnded("the other side closed")
            chunks.append(chunk)
        return chunks

    def send(self, data: bytes) -> None:
        """Raises StreamEnded."""
        if self._waiting_bytes + len(data) > self._most_waiting_bytes:
            self.dropped += 1
            return
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes == len(data):
            self.write()

    def write(self) -> None:
        """Push out what waits. Raises StreamEnded."""
        while self._rest or self._waiting:
            data = self._rest or self._waiting.popleft()
            try:
                sent = os.write(self._fd, data)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                raise StreamEnded(error.strerror or "") from error
            self._waiting_bytes -= sent
            self._rest = data[sent:]
            if self._rest:
                break
        self._want_write(self._waiting_bytes)
