"""UDP endpoints. A datagram is one receipt; what a full socket won't take is dropped and counted."""

import errno
import ipaddress
import selectors
import socket
import struct
from typing import Final

from rangeops.adapters.mavlink.endpoints import EndpointBroken, EndpointUri, Overflow, Received
from rangeops.adapters.mavlink.link import Peer
from rangeops.domain.errors import Unavailable

MOST_A_WAKE: Final = 512  # datagrams; then the other endpoints have their turn
RECEIVE_BUFFER_BYTES: Final = 4 * 1024 * 1024  # a pause of a second at 50 vehicles; the kernel may give less
_LONGEST_DATAGRAM: Final = 65536
_SO_MEMINFO: Final = 55  # Linux; `socket` doesn't name it
_meminfo: Final = struct.Struct("9I")  # SK_MEMINFO_*: the second is the receive buffer, the ninth the drops

# Somebody's port was closed, or a route is gone for now: the socket lives on and the next packet may arrive.
_PASSING: Final = frozenset(
    [errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EPERM]
)
_FULL: Final = frozenset([errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS])


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET


def unavailable(error: OSError, uri: EndpointUri) -> Unavailable:
    """Why a socket can't be opened, in one sentence with what to do."""
    match error.errno:
        case errno.EADDRINUSE:
            what, do = f"port {uri.number} is busy", "Close the program that holds it, or use another port."
        case errno.EACCES:
            what, do = f"port {uri.number} needs privileges", "Use a port from 1024 up."
        case errno.EADDRNOTAVAIL:
            what, do = f"{uri.address} is no address of this machine", "Use 127.0.0.1, or 0.0.0.0 for every interface."
        case errno.ECONNREFUSED:
            what, do = "nobody listens there", "Start what should answer; it is tried again by itself."
        case errno.ENETUNREACH | errno.EHOSTUNREACH:
            what, do = f"{uri.address} can't be reached", "Check the network; it is tried again by itself."
        case _:
            what, do = (error.strerror or "it can't be opened").lower(), "Check the address and the network."
    return Unavailable(what, where=uri.text, do=do)


class _Udp:
    datagrams: Final = True

    def __init__(self, uri: EndpointUri) -> None:
        self.uri = uri.text
        self.dropped = 0
        self._overflowed = 0  # of the sockets before this one
        self._uri = uri
        self._socket: socket.socket | None = None
        self._selector: selectors.BaseSelector | None = None

    @property
    def up(self) -> bool:
        return self._socket is not None

    def open(self, selector: selectors.BaseSelector) -> None:
        udp = socket.socket(family_of(self._uri.address), socket.SOCK_DGRAM)
        udp.setblocking(False)  # noqa: FBT003  # the standard library's signature
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        try:
            self._attach(udp)
        except OSError as error:
            udp.close()
            raise unavailable(error, self._uri) from error
        selector.register(udp, selectors.EVENT_READ, self)
        self._socket, self._selector = udp, selector

    def _attach(self, udp: socket.socket) -> None:
        raise NotImplementedError

    def ready(self, key: selectors.SelectorKey, events: int) -> list[Received]:
        del key, events  # one socket, read only
        if self._socket is None:
            return []
        received: list[Received] = []
        receive = self._socket.recvfrom
        try:
            for _ in range(MOST_A_WAKE):
                received.append(receive(_LONGEST_DATAGRAM))  # noqa: PERF401  # what came before the exception counts
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno not in _PASSING and not received:  # what came before it counts; it is met again
                raise EndpointBroken(
                    f"receiving failed: {error.strerror}", where=self.uri, do="It is opened again by itself."
                ) from error
        return received

    def overflow(self) -> Overflow | None:
        """Asked for now and then: a count with every datagram (SO_RXQ_OVFL) would cost recvmsg's price for each.

        Linux counts each buffer's bookkeeping too and grants twice what it says; here stands what was asked for.
        """
        dropped, buffer_bytes = (0, 0) if self._socket is None else _overflow_of(self._socket)
        return None if buffer_bytes is None else Overflow(self._overflowed + dropped, buffer_bytes)

    def gone(self) -> list[Peer]:
        return []

    def close(self) -> None:
        if self._socket is not None and self._selector is not None:
            self._selector.unregister(self._socket)
            self._overflowed += _overflow_of(self._socket)[0]
            self._socket.close()
        self._socket = self._selector = None

    def _sent(self, data: bytes, peer: Peer | None) -> None:
        """Hand one datagram to the kernel; what it doesn't take now is late already."""
        if self._socket is None:
            self.dropped += 1
            return
        try:
            if peer is None:
                self._socket.send(data)
            else:
                self._socket.sendto(data, peer)
        except OSError as error:
            self.dropped += 1
            if error.errno not in _FULL | _PASSING:
                raise EndpointBroken(
                    f"sending failed: {error.strerror}", where=self.uri, do="It is opened again by itself."
                ) from error


def _overflow_of(udp: socket.socket) -> tuple[int, int | None]:
    """(datagrams that the kernel dropped, bytes of its receive buffer); (0, None) where it doesn't tell."""
    try:
        fields = _meminfo.unpack(udp.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _meminfo.size))
    except (OSError, struct.error):
        return 0, None
    return fields[8], fields[1] // 2


class UdpIn(_Udp):
    """Vehicles send to our port; each is answered where it was heard."""

    def _attach(self, udp: socket.socket) -> None:
        udp.bind((self._uri.address, self._uri.number))

    def send(self, data: bytes, peer: Peer | None) -> None:
        if peer is not None:  # None: by itself it reaches nobody
            self._sent(data, peer)


class UdpOut(_Udp):
    """We send to one address and hear only that one: the socket is connected."""

    def _attach(self, udp: socket.socket) -> None:
        udp.connect((self._uri.address, self._uri.number))

    def send(self, data: bytes, peer: Peer | None) -> None:
        del peer  # there is one
        self._sent(data, None)


class UdpBroadcast(_Udp):
    """What has no addressee goes to the whole network; whoever answers is answered where it was heard.

    It hears only answers, since its port is whichever is free: for vehicles that broadcast themselves there is udpin.
    """

    def _attach(self, udp: socket.socket) -> None:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        udp.bind(("", 0))

    def send(self, data: bytes, peer: Peer | None) -> None:
        self._sent(data, (self._uri.address, self._uri.number) if peer is None else peer)
