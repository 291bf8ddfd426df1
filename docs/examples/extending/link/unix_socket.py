"""A Unix datagram socket: packets that another program of this machine hands over, as a modem's own daemon does.

    unixgram:/run/modem/range.sock

We make the socket, for our own user alone. A sender that has bound an address of its own is answered there; one that
hasn't is heard, and can't be answered.
"""

import selectors
import socket
from pathlib import Path
from typing import Final

from rangeops.adapters.mavlink.endpoints import EndpointUri, Overflow, Received
from rangeops.adapters.mavlink.link import Peer
from rangeops.domain.errors import Unavailable

MOST_A_WAKE: Final = 512  # datagrams; then the other endpoints have their turn
_LONGEST_DATAGRAM: Final = 65536


class UnixDatagrams:
    datagrams: Final = True

    def __init__(self, uri: EndpointUri) -> None:
        self.uri = uri.text
        self.dropped = 0
        self._path = Path(uri.address)
        self._socket: socket.socket | None = None
        self._selector: selectors.BaseSelector | None = None

    @property
    def up(self) -> bool:
        return self._socket is not None

    def open(self, selector: selectors.BaseSelector) -> None:
        unix = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            self._path.unlink(missing_ok=True)  # of a watch that was killed
            unix.bind(str(self._path))
            self._path.chmod(0o600)
        except OSError as error:
            unix.close()
            what = (error.strerror or "it can't be opened").lower()
            raise Unavailable(what, where=self.uri, do="Make its folder, and let it be ours to write.") from error
        selector.register(unix, selectors.EVENT_READ, self)
        self._socket, self._selector = unix, selector

    def ready(self, key: selectors.SelectorKey, events: int) -> list[Received]:
        del key, events  # one socket, read only
        received: list[Received] = []
        while self._socket is not None and len(received) < MOST_A_WAKE:
            try:
                data, sender = self._socket.recvfrom(_LONGEST_DATAGRAM)
            except BlockingIOError:
                break
            received.append((data, (sender or "", 0)))
        return received

    def send(self, data: bytes, peer: Peer | None) -> None:
        if self._socket is None or peer is None or not peer[0]:
            return  # by itself it reaches nobody
        try:
            self._socket.sendto(data, peer[0])
        except OSError:  # full, or gone: what isn't taken now is late already
            self.dropped += 1

    def overflow(self) -> Overflow | None:
        return None  # nobody counts what a Unix socket drops: its sender waits instead

    def gone(self) -> list[Peer]:
        return []

    def close(self) -> None:
        if self._socket is not None and self._selector is not None:
            self._selector.unregister(self._socket)
            self._socket.close()
            self._path.unlink(missing_ok=True)
        self._socket = self._selector = None
