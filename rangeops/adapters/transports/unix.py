"""The watch's end of the wire on a Unix socket: for a selectors loop that must never wait."""

import contextlib
import errno
import os
import socket
from collections import deque
from pathlib import Path
from typing import Final

from rangeops.domain.errors import Damaged
from rangeops.domain.events import JournalEntry
from rangeops.domain.now import Now
from rangeops.wire.messages import Deframer, Hello, Message, decode, encode, frame
from rangeops.wire.picture import Snapshot

_READ_BYTES: Final = 256 * 1024
_FIRST_RETRY_S: Final = 0.05
_LONGEST_RETRY_S: Final = 1.0
_MOST_UNSENT_BYTES: Final = 4 * 1024 * 1024
_SNAPSHOT_ROOM_BYTES: Final = 512 * 1024  # more unsent than this: the server is slow, a snapshot would only be older


class UnixWire:
    """The watch's end: never blocks, holds no more than it must. Drive it from a selectors loop.

    Call `tend(now)` at least ten times a second: it connects, and sends what waits. Register `fileno()` for reading,
    and for writing too while `wants_write`. A new connection is told by `connections` counting up: then the journal
    is offered again from its first entry that wasn't taken.
    """

    def __init__(self, path: Path, name: str = "watch") -> None:
        self._path = path
        self._name = name
        self._socket: socket.socket | None = None
        self._deframer = Deframer()
        self._unsent: deque[memoryview] = deque()
        self._unsent_bytes = 0
        self._retry_s = _FIRST_RETRY_S
        self._next_try_s = -1.0
        self.connections = 0
        self.last_error = ""

    def fileno(self) -> int | None:
        return None if self._socket is None else self._socket.fileno()

    @property
    def connected(self) -> bool:
        return self._socket is not None

    @property
    def wants_write(self) -> bool:
        return bool(self._unsent)

    @property
    def room(self) -> bool:
        """Is it worth offering more journal entries just now."""
        return self.connected and self._unsent_bytes < _SNAPSHOT_ROOM_BYTES

    def tend(self, now: Now) -> None:
        """Connect if it's time to, and send what waits."""
        if self._socket is None and now.monotonic_s >= self._next_try_s:
            self._connect(now)
        self._flush()

    def send(self, message: Message) -> bool:
        """Queue one message. False: not taken (not connected; or a snapshot, and the server is slow to read)."""
        if self._socket is None:
            return False
        if isinstance(message, Snapshot) and self._unsent_bytes > _SNAPSHOT_ROOM_BYTES:
            return False
        framed = frame(encode(message))
        if self._unsent_bytes + len(framed) > _MOST_UNSENT_BYTES:
            if isinstance(message, JournalEntry):
                self._disconnect("the server does not read")  # it is sent again from the journal
            return False
        self._unsent.append(memoryview(framed))
        self._unsent_bytes += len(framed)
        self._flush()
        return True

    def receive(self) -> list[Message]:
        """What has come in. Hello is answered for already, and is not given."""
        messages: list[Message] = []
        while self._socket is not None:
            try:
                data = self._socket.recv(_READ_BYTES)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                self._disconnect(str(error))
                break
            if not data:
                self._disconnect("the server closed the connection")
                break
            try:
                messages += [decode(message) for message in self._deframer.feed(data)]
            except Damaged as error:
                self._disconnect(str(error))
        return [message for message in messages if not isinstance(message, Hello)]

    def close(self) -> None:
        self._disconnect("closed")
        self._next_try_s = float("inf")

    def _connect(self, now: Now) -> None:
        self._next_try_s = now.monotonic_s + self._retry_s
        self._retry_s = min(self._retry_s * 2, _LONGEST_RETRY_S)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.setblocking(False)  # noqa: FBT003  # the standard library's signature
        # A Unix socket connects at once or not at all: EAGAIN is a full backlog, to be tried again.
        if error := connection.connect_ex(str(self._path)):
            connection.close()
            self.last_error = os.strerror(error)
            return
        self._socket = connection
        self._deframer = Deframer()
        self._retry_s = _FIRST_RETRY_S
        self.connections += 1
        self.last_error = ""
        self.send(Hello("watch", self._name))

    def _flush(self) -> None:
        while self._socket is not None and self._unsent:
            try:
                sent = self._socket.send(self._unsent[0])
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._disconnect(errno.errorcode.get(error.errno or 0, str(error)))
                return
            self._unsent_bytes -= sent
            rest = self._unsent.popleft()[sent:]
            if rest:
                self._unsent.appendleft(rest)

    def _disconnect(self, why: str) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
        self._socket = None
        self._unsent.clear()
        self._unsent_bytes = 0
        self.last_error = why
