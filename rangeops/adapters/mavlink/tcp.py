"""TCP endpoints: a client of one server, and a server of several clients."""

import errno
import os
import selectors
import socket
from typing import Final

from rangeops.adapters.mavlink.endpoints import EndpointBroken, EndpointUri, Received
from rangeops.adapters.mavlink.link import Peer
from rangeops.adapters.mavlink.stream import Stream, StreamEnded
from rangeops.adapters.mavlink.udp import family_of, unavailable
from rangeops.domain.errors import Unavailable

MOST_WAITING_BYTES: Final = 16 * 1024
MOST_CLIENTS: Final = 64

# A peer that vanished without a word is noticed in seconds, not in the kernel's hours: what isn't acknowledged for 5 s, or
# three probes a second apart after 3 s of quiet, or a connection attempt that isn't answered (1 + 2 + 4 s).
_DEAD_PEER_OPTIONS: Final = (
    (socket.TCP_USER_TIMEOUT, 5000),
    (socket.TCP_KEEPIDLE, 3),
    (socket.TCP_KEEPINTVL, 1),
    (socket.TCP_KEEPCNT, 3),
    (socket.TCP_SYNCNT, 2),
)
_READ: Final = selectors.EVENT_READ
_WRITE: Final = selectors.EVENT_WRITE


def _prepare(connection: socket.socket) -> None:
    connection.setblocking(False)  # noqa: FBT003  # the standard library's signature
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a command doesn't wait for company
    for name, value in _DEAD_PEER_OPTIONS:
        connection.setsockopt(socket.IPPROTO_TCP, name, value)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


class _Connection:
    """One connected socket, registered with the selector."""

    def __init__(self, connection: socket.socket, peer: Peer, selector: selectors.BaseSelector, owner: object) -> None:
        self.socket = connection
        self.peer = peer
        self.stream = Stream(connection.fileno(), MOST_WAITING_BYTES, self._want_write)
        self._selector = selector
        self._owner = owner
        self._events = _READ
        selector.register(connection, _READ, owner)

    def _want_write(self, waiting_bytes: int) -> None:
        events = _READ | _WRITE if waiting_bytes else _READ
        if events != self._events:
            self._events = events
            self._selector.modify(self.socket, events, self._owner)

    def ready(self, events: int) -> list[Received]:
        """Raises StreamEnded."""
        if events & _WRITE:
            self.stream.write()
        return [(chunk, self.peer) for chunk in self.stream.read()] if events & _READ else []

    def close(self) -> None:
        self._selector.unregister(self.socket)
        self.socket.close()


class TcpClient:
    """We connect, e.g. to SITL. Until the connection stands nothing can be sent, and that is counted."""

    datagrams: Final = False

    def __init__(self, uri: EndpointUri) -> None:
        self.uri = uri.text
        self._uri = uri
        self._peer: Peer = (uri.address, uri.number)
        self._dropped = 0
        self._selector: selectors.BaseSelector | None = None
        self._connecting: socket.socket | None = None
        self._connection: _Connection | None = None

    @property
    def dropped(self) -> int:
        return self._dropped + (self._connection.stream.dropped if self._connection else 0)

    def overflow(self) -> None:
        """The sender waits while we are slow: nothing is dropped."""

    @property
    def up(self) -> bool:
        return self._connection is not None

    def open(self, selector: selectors.BaseSelector) -> None:
        tcp = socket.socket(family_of(self._uri.address), socket.SOCK_STREAM)
        _prepare(tcp)
        if (code := tcp.connect_ex(self._peer)) not in (0, errno.EINPROGRESS):
            tcp.close()
            raise unavailable(OSError(code, os.strerror(code)), self._uri)
        selector.register(tcp, _WRITE, self)  # writable: the attempt has an outcome
        self._connecting, self._selector = tcp, selector

    def ready(self, key: selectors.SelectorKey, events: int) -> list[Received]:
        del key  # one socket
        if self._connecting is not None:
            self._connected(self._connecting)
            return []
        if self._connection is None:
            return []
        try:
            return self._connection.ready(events)
        except StreamEnded as ended:
            raise _broken(ended, self.uri) from ended

    def send(self, data: bytes, peer: Peer | None) -> None:
        del peer  # there is one
        if self._connection is None:
            self._dropped += 1
            return
        try:
            self._connection.stream.send(data)
        except StreamEnded as ended:
            raise _broken(ended, self.uri) from ended

    def gone(self) -> list[Peer]:
        return []

    def close(self) -> None:
        if self._connecting is not None and self._selector is not None:
            self._selector.unregister(self._connecting)
            self._connecting.close()
        if self._connection is not None:
            self._dropped = self.dropped
            self._connection.close()
        self._connecting = self._connection = self._selector = None

    def _connected(self, tcp: socket.socket) -> None:
        if (code := tcp.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)) != 0:
            reason = unavailable(OSError(code, os.strerror(code)), self._uri)
            raise EndpointBroken(reason.what, where=reason.where, do=reason.do)
        if self._selector is not None:
            self._selector.unregister(tcp)
            self._connecting = None
            self._connection = _Connection(tcp, self._peer, self._selector, self)


class TcpServer:
    """They connect to us. One client's end is not the endpoint's: `gone` tells of it."""

    datagrams: Final = False

    def __init__(self, uri: EndpointUri) -> None:
        self.uri = uri.text
        self._uri = uri
        self._dropped = 0
        self._selector: selectors.BaseSelector | None = None
        self._listener: socket.socket | None = None
        self._clients: dict[int, _Connection] = {}
        self._gone: list[Peer] = []

    @property
    def dropped(self) -> int:
        return self._dropped + sum(client.stream.dropped for client in self._clients.values())

    def overflow(self) -> None:
        """The sender waits while we are slow: nothing is dropped."""

    @property
    def up(self) -> bool:
        return self._listener is not None

    def open(self, selector: selectors.BaseSelector) -> None:
        listener = socket.socket(family_of(self._uri.address), socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # our own closed connections may linger
        listener.setblocking(False)  # noqa: FBT003  # the standard library's signature
        try:
            listener.bind((self._uri.address, self._uri.number))
            listener.listen()
        except OSError as error:
            listener.close()
            raise unavailable(error, self._uri) from error
        selector.register(listener, _READ, self)
        self._listener, self._selector = listener, selector

    def ready(self, key: selectors.SelectorKey, events: int) -> list[Received]:
        if self._listener is not None and key.fileobj is self._listener:
            self._accept(self._listener)
            return []
        if (client := self._clients.get(key.fd)) is None:
            return []
        try:
            return client.ready(events)
        except StreamEnded:
            self._drop(key.fd)
            return []

    def send(self, data: bytes, peer: Peer | None) -> None:
        for fd, client in list(self._clients.items()):
            if peer is None or client.peer == peer:
                try:
                    client.stream.send(data)
                except StreamEnded:
                    self._drop(fd)

    def gone(self) -> list[Peer]:
        gone, self._gone = self._gone, []
        return gone

    def close(self) -> None:
        for fd in list(self._clients):
            self._drop(fd)
        if self._listener is not None and self._selector is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
        self._listener = self._selector = None

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, address = listener.accept()
        except OSError:
            return  # gone again before we came to it
        if len(self._clients) >= MOST_CLIENTS or self._selector is None:
            connection.close()
            return
        _prepare(connection)
        peer: Peer = (address[0], address[1])
        self._clients[connection.fileno()] = _Connection(connection, peer, self._selector, self)

    def _drop(self, fd: int) -> None:
        client = self._clients.pop(fd)
        self._dropped += client.stream.dropped
        self._gone.append(client.peer)
        client.close()


def _broken(ended: StreamEnded, uri: str) -> Unavailable:
    return EndpointBroken(f"the connection ended ({ended})", where=uri, do="It is opened again by itself.")
