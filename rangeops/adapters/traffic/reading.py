"""The reading of feeds: sockets and a file, none of which ever waits. What is read goes through the cores beside this."""

import contextlib
import errno
import os
import selectors
import socket
import stat
from typing import Final

from rangeops.adapters.traffic.aircraft_json import MOST_BYTES, AircraftJson
from rangeops.adapters.traffic.http_get import HttpGet
from rangeops.adapters.traffic.sbs import SbsLines
from rangeops.domain.errors import Damaged, Unavailable
from rangeops.domain.now import Now
from rangeops.domain.traffic import Sighting

READ_BYTES: Final = 32 * 1024  # in one wake-up: some 300 lines, 3 ms
POLL_S: Final = 1.0
ANSWER_S: Final = 5.0  # a picture that isn't whole by then is given up
STANDS_STILL_S: Final = 15.0  # a picture is written once a second; one that isn't tells of nobody any more

# A receiver that vanished without a word is noticed in seconds, as for links.
_DEAD_PEER_OPTIONS: Final = (
    (socket.TCP_USER_TIMEOUT, 5000),
    (socket.TCP_KEEPIDLE, 3),
    (socket.TCP_KEEPINTVL, 1),
    (socket.TCP_KEEPCNT, 3),
    (socket.TCP_SYNCNT, 2),
)


class Connection:
    """A TCP connection that we make; `connected` once it stands."""

    def __init__(self, address: str, port: int, selector: selectors.BaseSelector, owner: object, *, where: str) -> None:
        self.connected = False
        self._where = where
        self._selector = selector
        self._owner = owner
        self._socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setblocking(False)  # noqa: FBT003  # the standard library's signature
        for name, value in _DEAD_PEER_OPTIONS:
            self._socket.setsockopt(socket.IPPROTO_TCP, name, value)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        code = self._socket.connect_ex((address, port))
        if code not in (0, errno.EINPROGRESS):
            self._socket.close()
            raise _unreachable(code, where)
        selector.register(self._socket, selectors.EVENT_WRITE, owner)  # writable: the attempt has an outcome

    def outcome(self) -> None:
        """The attempt has ended. Raises Unavailable."""
        if code := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise _unreachable(code, self._where)
        self.connected = True
        self._selector.modify(self._socket, selectors.EVENT_READ, self._owner)

    def send(self, data: bytes) -> None:
        """Something short, right after connecting: it fits, or the peer is gone."""
        try:
            if self._socket.send(data) != len(data):
                raise _unreachable(errno.ENOBUFS, self._where)
        except OSError as e:
            raise _unreachable(e.errno or errno.EPIPE, self._where) from e

    def receive(self) -> bytes | None:
        """What has come; b"" where the peer has closed, None where nothing is there. Raises Unavailable."""
        try:
            return self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return None
        except OSError as e:
            raise _unreachable(e.errno or errno.EPIPE, self._where) from e

    def close(self) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(self._socket)
        self._socket.close()


class SbsFeed:
    """Up while connected: a quiet sky tells nothing."""

    def __init__(self, uri: str, address: str, port: int) -> None:
        self.uri = uri
        self._to = (address, port)
        self._connection: Connection | None = None
        self._lines = SbsLines(uri)
        self._read_before = 0

    @property
    def up(self) -> bool:
        return self._connection is not None and self._connection.connected

    @property
    def read(self) -> int:
        return self._read_before + self._lines.read

    def open(self, selector: selectors.BaseSelector, now: Now) -> None:
        del now  # nothing is timed
        self._read_before += self._lines.read
        self._lines = SbsLines(self.uri)
        self._connection = Connection(*self._to, selector, self, where=self.uri)

    def ready(self, events: int, now: Now) -> list[Sighting]:
        del events, now
        if self._connection is None:
            return []
        if not self._connection.connected:
            self._connection.outcome()
            return []
        data = self._connection.receive()
        if data == b"":
            raise Unavailable("it closed the connection", where=self.uri, do="It is tried again by itself.")
        return self._lines.received(data) if data else []

    def tend(self, now: Now) -> list[Sighting]:
        del now
        return []

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Picture:
    """What the two ways to a picture share: when it is due, and whether it is still being written."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.up = False
        self._json = AircraftJson(uri)
        self._next_s = float("-inf")
        self._new_s = float("inf")

    @property
    def read(self) -> int:
        return self._json.read

    def _opened(self, now: Now) -> None:
        self._next_s, self._new_s = now.monotonic_s, now.monotonic_s

    def _is_due(self, now: Now) -> bool:
        if now.monotonic_s < self._next_s:
            return False
        self._next_s = now.monotonic_s + POLL_S
        return True

    def _taken(self, content: bytes, now: Now) -> list[Sighting]:
        """Raises Damaged, and Unavailable where the picture stands still."""
        told = self._json.received(content)
        if told is not None:
            self.up, self._new_s = True, now.monotonic_s
        elif now.monotonic_s - self._new_s > STANDS_STILL_S:
            raise Unavailable(
                f"the picture hasn't changed for {now.monotonic_s - self._new_s:.0f} s",
                where=self.uri,
                do="Start the receiver.",
            )
        return told or []


class HttpFeed(_Picture):
    """A connection for each picture: nothing is kept that could hang for longer than ANSWER_S."""

    def __init__(self, uri: str, address: str, port: int, path: str) -> None:
        super().__init__(uri)
        self._to = (address, port)
        self._path = path
        self._selector: selectors.BaseSelector | None = None
        self._connection: Connection | None = None
        self._get: HttpGet | None = None
        self._asked_s = 0.0

    def open(self, selector: selectors.BaseSelector, now: Now) -> None:
        self._selector = selector
        self._opened(now)

    def tend(self, now: Now) -> list[Sighting]:
        if self._connection is not None:
            if now.monotonic_s - self._asked_s > ANSWER_S:
                raise Unavailable(f"no answer in {ANSWER_S:.0f} s", where=self.uri, do="It is tried again by itself.")
        elif self._selector is not None and self._is_due(now):
            host = f"[{self._to[0]}]" if ":" in self._to[0] else self._to[0]
            self._get = HttpGet(f"{host}:{self._to[1]}", self._path, where=self.uri, most_bytes=MOST_BYTES)
            self._connection = Connection(*self._to, self._selector, self, where=self.uri)
            self._asked_s = now.monotonic_s
        return []

    def ready(self, events: int, now: Now) -> list[Sighting]:
        del events
        if self._connection is None or self._get is None:
            return []
        if not self._connection.connected:
            self._connection.outcome()
            self._connection.send(self._get.request)
            return []
        if (data := self._connection.receive()) is None:
            return []
        if (body := self._get.received(data)) is None:
            return []
        self._hang_up()
        return self._taken(body, now)

    def close(self) -> None:
        self._hang_up()
        self.up = False

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = self._get = None


class FileFeed(_Picture):
    """A file of this machine, which its writer replaces whole."""

    def __init__(self, uri: str, path: str) -> None:
        super().__init__(uri)
        self._path = path

    def open(self, selector: selectors.BaseSelector, now: Now) -> None:
        del selector  # a file is always ready
        self._opened(now)

    def tend(self, now: Now) -> list[Sighting]:
        return self._taken(self._content(), now) if self._is_due(now) else []

    def ready(self, events: int, now: Now) -> list[Sighting]:
        del events, now
        return []

    def close(self) -> None:
        self.up = False

    def _content(self) -> bytes:
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not make us wait
        except OSError as e:
            raise Unavailable(f"it can't be read ({e.strerror})", where=self.uri, do="Check the path.") from e
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise Damaged("it is no regular file", where=self.uri, do="Name readsb's own aircraft.json.")
            return os.read(file, MOST_BYTES + 1)
        finally:
            os.close(file)


def _unreachable(code: int, where: str) -> Unavailable:
    if code == errno.ECONNREFUSED:
        return Unavailable("nobody listens there", where=where, do="Start the receiver; it is tried again by itself.")
    return Unavailable(os.strerror(code), where=where, do="Check the network; it is tried again by itself.")
