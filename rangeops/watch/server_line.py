"""The line to the server: the wire in the loop's selector, and the journal told on it."""

import selectors
from typing import Final

from rangeops.adapters.transports.unix import UnixWire
from rangeops.domain.now import Now
from rangeops.watch.journal import Journal
from rangeops.wire.messages import Message

JOURNAL_BATCH: Final = 256


class ServerLine:
    """Either part wakes the selector, itself as the key's data: then `tell` for the journal, `receive` for the wire."""

    def __init__(self, selector: selectors.BaseSelector, wire: UnixWire, journal: Journal) -> None:
        self.wire = wire
        self.journal = journal
        self._selector = selector
        self._registered: tuple[int, int, int] | None = None  # (connection, descriptor, events)
        self._told_on = 0  # the connection that the journal is told on

    @property
    def connected(self) -> bool:
        return self.wire.connected

    def begin(self) -> None:
        self._selector.register(self.journal, selectors.EVENT_READ, self.journal)

    def receive(self) -> list[Message]:
        return self.wire.receive()

    def tend(self, now: Now) -> None:
        """Connect where it isn't, and tell what became durable."""
        self.wire.tend(now)
        self.tell()

    def tell(self) -> None:
        """The journal, as far as the wire takes it."""
        self.journal.collect()  # with no server too: what isn't collected would wake the loop again and again
        if self.wire.connections != self._told_on:
            self._told_on = self.wire.connections
            self.journal.start_over()
        while self.wire.room and (batch := self.journal.to_send(JOURNAL_BATCH)):
            for entry in batch:
                self.wire.send(entry)
        self.watch()

    def send(self, message: Message) -> None:
        """What is worth nothing later; without a connection it goes nowhere."""
        self.wire.send(message)
        self.watch()

    def watch(self) -> None:
        """Keep the selector's registration in step with a connection that comes and goes.

        A new connection may get the old one's descriptor: the connection's number tells them apart.
        """
        fd = self.wire.fileno()
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.wire.wants_write else 0)
        present = None if fd is None else (self.wire.connections, fd, events)
        if present == self._registered:
            return
        known, self._registered = self._registered, present
        if known is not None and present is not None and known[:2] == present[:2]:
            self._selector.modify(present[1], events, self.wire)
            return
        if known is not None:
            self._selector.unregister(known[1])
        if fd is not None:
            self._selector.register(fd, events, self.wire)

    def close(self) -> None:
        """What waits for the disk is written first."""
        self.wire.close()
        self.journal.close()
