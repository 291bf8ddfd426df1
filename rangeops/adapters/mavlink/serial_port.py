"""A serial port: telemetry radio, USB, or a pty in tests."""

import errno
import os
import selectors
from typing import Final

import serial

from rangeops.adapters.mavlink.endpoints import EndpointBroken, EndpointUri, Received
from rangeops.adapters.mavlink.link import Peer
from rangeops.adapters.mavlink.stream import Stream, StreamEnded
from rangeops.domain.errors import Unavailable

WAITING_S: Final = 0.5  # of what the port can send: what waits longer is too old to be sent
SHORTEST_WAITING_BYTES: Final = 1024
_BITS_A_BYTE: Final = 10


def _unavailable(error: serial.SerialException, uri: EndpointUri) -> Unavailable:
    """Why a port can't be opened, in one sentence with what to do."""
    match error.errno:
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            what, do = "no such device", "Plug it in; `ls /dev/serial/by-id` shows what there is."
        case errno.EACCES | errno.EPERM:
            what, do = (
                "no permission",
                "Add yourself to the dialout group (`sudo adduser $USER dialout`), log in again.",
            )
        case errno.EBUSY | errno.EAGAIN:
            what, do = "the port is busy", "Close the program that holds it; ModemManager is often the one."
        case _ if "exclusively lock" in str(error):
            what, do = "the port is busy", "Close the program that holds it; ModemManager is often the one."
        case _:
            what, do = "it can't be used as a serial port", "Check the path and the baud rate."
    return Unavailable(what, where=uri.text, do=do)


class SerialPort:
    """Opened for us alone. Unplugged: EndpointBroken; plugged in again it opens as before."""

    datagrams: Final = False

    def __init__(self, uri: EndpointUri) -> None:
        self.uri = uri.text
        self._uri = uri
        self._peer: Peer = (uri.address, uri.number)
        self._dropped = 0
        self._selector: selectors.BaseSelector | None = None
        self._port: serial.Serial | None = None
        self._stream: Stream | None = None
        self._events = selectors.EVENT_READ

    @property
    def dropped(self) -> int:
        return self._dropped + (self._stream.dropped if self._stream else 0)

    def overflow(self) -> None:
        """Nobody counts what a serial driver drops: gaps in the sequence numbers show it."""

    @property
    def up(self) -> bool:
        return self._port is not None

    def open(self, selector: selectors.BaseSelector) -> None:
        try:
            port = self._opened()
        except serial.SerialException as error:
            raise _unavailable(error, self._uri) from error
        except (OSError, ValueError) as error:
            raise Unavailable(
                "it can't be used as a serial port", where=self.uri, do="Check the path and the baud rate."
            ) from error
        fd = port.fileno()
        os.set_blocking(fd, False)
        waiting_bytes = max(int(self._uri.number / _BITS_A_BYTE * WAITING_S), SHORTEST_WAITING_BYTES)
        selector.register(fd, selectors.EVENT_READ, self)
        self._port, self._selector, self._events = port, selector, selectors.EVENT_READ
        self._stream = Stream(fd, waiting_bytes, self._want_write)

    def _opened(self) -> serial.Serial:
        """8N1 and no software flow control, for MAVLink is binary. RTS is up: a SiK radio that heeds it would wait.

        rtscts: the radio says when its buffer is full. nodtr: for a board that restarts when DTR rises.
        """
        port = serial.Serial(
            None,
            self._uri.number,
            timeout=0,
            write_timeout=0,
            exclusive=True,
            rtscts="rtscts" in self._uri.options,
        )
        port.dtr = "nodtr" not in self._uri.options
        port.port = self._uri.address
        port.open()
        return port

    def ready(self, key: selectors.SelectorKey, events: int) -> list[Received]:
        del key  # one port
        if self._stream is None:
            return []
        try:
            if events & selectors.EVENT_WRITE:
                self._stream.write()
            if events & selectors.EVENT_READ:
                return [(chunk, self._peer) for chunk in self._stream.read()]
        except StreamEnded as ended:
            raise self._broken(ended) from ended
        return []

    def send(self, data: bytes, peer: Peer | None) -> None:
        del peer  # whoever is at the other end
        if self._stream is None:
            self._dropped += 1
            return
        try:
            self._stream.send(data)
        except StreamEnded as ended:
            raise self._broken(ended) from ended

    def gone(self) -> list[Peer]:
        return []

    def close(self) -> None:
        self._dropped = self.dropped
        if self._port is not None and self._selector is not None:
            self._selector.unregister(self._port.fileno())
            self._port.close()
        self._port = self._stream = self._selector = None

    def _want_write(self, waiting_bytes: int) -> None:
        events = selectors.EVENT_READ | selectors.EVENT_WRITE if waiting_bytes else selectors.EVENT_READ
        if events != self._events and self._port is not None and self._selector is not None:
            self._events = events
            self._selector.modify(self._port.fileno(), events, self)

    def _broken(self, ended: StreamEnded) -> EndpointBroken:
        return EndpointBroken(f"the device is gone ({ended})", where=self.uri, do="Plug it in; it is opened by itself.")
