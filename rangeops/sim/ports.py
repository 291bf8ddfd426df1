"""The links a vehicle opens: UDP out, UDP in, TCP listening, and a serial port made of a pty. Nothing blocks."""

import contextlib
import errno
import os
import selectors
import socket
import tty
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

from rangeops.domain.errors import Conflict, Invalid, Unavailable

_READ_BYTES: Final = 65536
_MOST_QUEUED_BYTES: Final = 262144  # a TCP client that doesn't read loses frames, and never stops the others
_MOST_SERIAL_BYTES: Final = 8192  # what a telemetry radio buffers
_PEER_FORGOTTEN_S: Final = 60.0
_DEFAULT_BAUD: Final = 57600
_SLOWEST_BAUD: Final = 1200
_BITS_A_BYTE: Final = 10
_FORMS: Final = "udpout:HOST:PORT, udpin:HOST:PORT, tcpin:HOST:PORT, serial:pty, serial:pty:BAUD or serial:pty:BAUD@/path/of/the/port"

OnBytes = Callable[[bytes], None]
OnPeer = Callable[[], None]
Selector = selectors.BaseSelector


class Port(Protocol):
    uri: str  # as opened: the port's number, the pty's path

    def send(self, data: bytes, now_s: float) -> None: ...
    def pump(self, now_s: float) -> None:
        """Send what had to wait."""

    def disconnect(self) -> None:
        """The vehicle restarts: a connection is closed, a listening port stays."""

    def close(self) -> None: ...
    @property
    def congested(self) -> bool: ...


class _Udp:
    congested = False

    def __init__(self, selector: Selector, on_bytes: OnBytes) -> None:
        self._selector = selector
        self._on_bytes = on_bytes
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003 the standard library's signature
        selector.register(self._socket, selectors.EVENT_READ, self._readable)

    def _readable(self, now_s: float) -> None:
        while True:
            try:
                data, peer = self._socket.recvfrom(_READ_BYTES)
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # an earlier datagram found nobody: the next one may
            self._heard(peer, now_s)
            self._on_bytes(data)

    def _heard(self, peer: tuple[str, int], now_s: float) -> None: ...

    def _send_to(self, data: bytes, peer: tuple[str, int]) -> None:
        # A full buffer or an unreachable peer loses the datagram, as UDP does.
        with contextlib.suppress(OSError):
            self._socket.sendto(data, peer)

    def pump(self, now_s: float) -> None: ...

    def disconnect(self) -> None: ...

    def close(self) -> None:
        self._selector.unregister(self._socket)
        self._socket.close()


class UdpOut(_Udp):
    """Sends to one address, from a port of its own; hears whoever answers there."""

    def __init__(self, address: str, selector: Selector, on_bytes: OnBytes, on_peer: OnPeer) -> None:  # noqa: ARG002
        self._peer = _host_port(address)
        super().__init__(selector, on_bytes)
        self.uri = f"udpout:{address}"

    def send(self, data: bytes, now_s: float) -> None:  # noqa: ARG002 the port's form
        self._send_to(data, self._peer)


class UdpIn(_Udp):
    """Listens; answers whoever has been heard lately."""

    def __init__(self, address: str, selector: Selector, on_bytes: OnBytes, on_peer: OnPeer) -> None:
        host, port = _host_port(address)
        super().__init__(selector, on_bytes)
        self._on_peer = on_peer
        self._peers: dict[tuple[str, int], float] = {}
        try:
            _bind(self._socket, host, port, f"udpin:{address}")
        except (Conflict, Unavailable):
            self.close()
            raise
        self.uri = f"udpin:{host}:{self._socket.getsockname()[1]}"

    def send(self, data: bytes, now_s: float) -> None:
        for peer, heard_s in list(self._peers.items()):
            if now_s - heard_s > _PEER_FORGOTTEN_S:
                del self._peers[peer]
            else:
                self._send_to(data, peer)

    def _heard(self, peer: tuple[str, int], now_s: float) -> None:
        if not self._peers:
            self._on_peer()
        self._peers[peer] = now_s


class TcpIn:
    """Listens; speaks with one client at a time, as an ArduPilot's port does."""

    def __init__(self, address: str, selector: Selector, on_bytes: OnBytes, on_peer: OnPeer) -> None:
        host, port = _host_port(address)
        self._selector, self._on_bytes, self._on_peer = selector, on_bytes, on_peer
        self._client: socket.socket | None = None
        self._queue = bytearray()
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.setblocking(False)  # noqa: FBT003 the standard library's signature
        try:
            _bind(self._listener, host, port, f"tcpin:{address}")
        except (Conflict, Unavailable):
            self._listener.close()
            raise
        self._listener.listen(1)
        self.uri = f"tcpin:{host}:{self._listener.getsockname()[1]}"
        selector.register(self._listener, selectors.EVENT_READ, self._acceptable)

    @property
    def congested(self) -> bool:
        return len(self._queue) > _READ_BYTES

    def send(self, data: bytes, now_s: float) -> None:
        if self._client is not None and len(self._queue) + len(data) <= _MOST_QUEUED_BYTES:
            self._queue += data
            self.pump(now_s)

    def pump(self, now_s: float) -> None:  # noqa: ARG002 the port's form
        if self._client is None or not self._queue:
            return
        try:
            del self._queue[: self._client.send(self._queue)]
        except BlockingIOError:
            return
        except OSError:
            self.disconnect()

    def disconnect(self) -> None:
        if self._client is not None:
            self._selector.unregister(self._client)
            self._client.close()
            self._client = None
            self._queue.clear()

    def close(self) -> None:
        self.disconnect()
        self._selector.unregister(self._listener)
        self._listener.close()

    def _acceptable(self, now_s: float) -> None:  # noqa: ARG002 the selector's form
        try:
            client, _ = self._listener.accept()
        except OSError:
            return  # it went away before it was accepted
        self.disconnect()
        client.setblocking(False)  # noqa: FBT003 the standard library's signature
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        self._selector.register(client, selectors.EVENT_READ, self._readable)
        self._on_peer()

    def _readable(self, now_s: float) -> None:  # noqa: ARG002 the selector's form
        assert self._client is not None
        try:
            data = self._client.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._on_bytes(data)
        else:
            self.disconnect()


class SerialPty:
    """A pseudo-terminal: the ground opens its slave like a serial port. Paced at its baud rate, as a pty itself isn't."""

    def __init__(self, address: str, selector: Selector, on_bytes: OnBytes, on_peer: OnPeer) -> None:  # noqa: ARG002
        form, _, rest = address.partition("@")
        kind, _, baud = form.partition(":")
        if kind != "pty" or (baud and not (baud.isascii() and baud.isdigit() and int(baud) >= _SLOWEST_BAUD)):
            raise _invalid(f"serial:{address}")
        self._bytes_a_second = int(baud or _DEFAULT_BAUD) / _BITS_A_BYTE
        self._selector, self._on_bytes = selector, on_bytes
        self._link = Path(rest) if rest else None
        try:
            self._master, self._slave = os.openpty()
        except OSError as e:
            raise Unavailable(
                f"no pty can be made ({e.strerror})", where=f"serial:{address}", do="Free some terminals."
            ) from e
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._make_link(address)
        self.uri = f"serial:{self._link or self.path}"
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._allowance = 0.0
        self._pumped_s: float | None = None
        selector.register(self._master, selectors.EVENT_READ, self._readable)

    @property
    def congested(self) -> bool:
        return self._queued > _MOST_SERIAL_BYTES // 8

    def send(self, data: bytes, now_s: float) -> None:
        if self._queued + len(data) <= _MOST_SERIAL_BYTES:
            self._queue.append(data)
            self._queued += len(data)
        self.pump(now_s)

    def pump(self, now_s: float) -> None:
        since_s = 0.0 if self._pumped_s is None else now_s - self._pumped_s
        self._pumped_s = now_s
        self._allowance = min(self._allowance + since_s * self._bytes_a_second, self._bytes_a_second * 0.1)
        while self._queue and self._allowance > 0:
            data = self._queue[0]
            try:
                written = os.write(self._master, data)
            except BlockingIOError:
                # Nobody reads the port: its oldest frame is lost, as on a radio without a receiver.
                self._forget(len(self._queue.popleft()))
                return
            self._allowance -= written
            if written < len(data):
                self._queue[0] = data[written:]
                self._queued -= written
                return
            self._forget(len(self._queue.popleft()))

    def disconnect(self) -> None: ...

    def close(self) -> None:
        self._selector.unregister(self._master)
        os.close(self._master)
        os.close(self._slave)
        if self._link is not None:
            with contextlib.suppress(OSError):
                if self._link.readlink() == Path(self.path):
                    self._link.unlink()

    def _forget(self, count: int) -> None:
        self._queued -= count

    def _make_link(self, address: str) -> None:
        if self._link is None:
            return
        try:
            if self._link.is_symlink():
                self._link.unlink()  # left by a simulator that was killed
            self._link.symlink_to(self.path)
        except OSError as e:
            os.close(self._master)
            os.close(self._slave)
            raise Unavailable(
                f"the link to the pty can't be made ({e.strerror})",
                where=f"serial:{address}",
                do="Name a path in a folder that exists and can be written.",
            ) from e

    def _readable(self, now_s: float) -> None:  # noqa: ARG002 the selector's form
        try:
            data = os.read(self._master, _READ_BYTES)
        except (BlockingIOError, OSError):
            return
        if data:
            self._on_bytes(data)


PORTS: Final[Mapping[str, Callable[[str, Selector, OnBytes, OnPeer], Port]]] = {
    "udpout": UdpOut,
    "udpin": UdpIn,
    "tcpin": TcpIn,
    "serial": SerialPty,
}


def open_port(uri: str, selector: Selector, on_bytes: OnBytes, on_peer: OnPeer) -> Port:
    """Open a link and register it. Raises Invalid, Conflict, Unavailable."""
    scheme, _, address = uri.partition(":")
    make = PORTS.get(scheme)
    if make is None:
        raise _invalid(uri)
    return make(address, selector, on_bytes, on_peer)


def _host_port(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise _invalid(address)
    return host, int(port)


def _invalid(uri: str) -> Invalid:
    return Invalid("this is no link of a simulated vehicle", where=uri[:80], do=f"Use {_FORMS}.")


def _bind(bound: socket.socket, host: str, port: int, uri: str) -> None:
    try:
        bound.bind((host, port))
    except OSError as e:
        if e.errno == errno.EADDRINUSE:
            raise Conflict("the port is in use", where=uri, do="Stop what uses it, or choose another port.") from e
        raise Unavailable(
            f"the port can't be opened ({e.strerror or e})", where=uri, do="Correct host and port."
        ) from e
