"""The server's end of the wire to a watch, for a rehearsal without a server: takes what the watch tells, gives it orders.

Nothing here waits: one look at the socket for each call.
"""

import contextlib
import socket
from pathlib import Path
from typing import Final

from rangeops.domain.events import JournalEntry
from rangeops.wire.messages import Deframer, Hello, JournalTaken, Message, decode, encode, frame

_READ_BYTES: Final = 256 * 1024


class ServerEnd:
    """Listens as soon as it is made; one watch at a time."""

    def __init__(self, path: Path) -> None:
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(str(path))
        self._listening.listen(1)
        self._listening.setblocking(False)  # noqa: FBT003  # the standard library's signature
        self._watch: socket.socket | None = None
        self._deframer = Deframer()
        self._unsent = bytearray()

    def send(self, message: Message) -> None:
        """Queued; it goes out with the next look."""
        self._unsent += frame(encode(message))

    def receive(self) -> list[Message]:
        """What the watch told since the last look. Raises Damaged for what no watch says."""
        if self._watch is None:
            with contextlib.suppress(BlockingIOError):
                self._watch, _ = self._listening.accept()
                self._watch.setblocking(False)  # noqa: FBT003  # the standard library's signature
        if self._watch is None:
            return []
        messages: list[Message] = []
        with contextlib.suppress(BlockingIOError):
            while data := self._watch.recv(_READ_BYTES):
                messages += [decode(message) for message in self._deframer.feed(data)]
        entries = [message.seq for message in messages if isinstance(message, JournalEntry)]
        if entries:
            self.send(JournalTaken(max(entries)))
        if self._unsent:
            with contextlib.suppress(BlockingIOError):
                del self._unsent[: self._watch.send(self._unsent)]
        return [message for message in messages if not isinstance(message, Hello)]

    def close(self) -> None:
        for each in (self._watch, self._listening):
            if each is not None:
                each.close()
