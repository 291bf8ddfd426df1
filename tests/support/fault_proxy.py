"""A man in the middle of a UDP, TCP or serial link: loss, delay, jitter, reordering, duplicates, bit flips, a bandwidth
limit, a partition. Seeded, and in a thread of its own: neither side knows of it.

    vehicle  <->  proxy.address  (proxy)  target  <->  ground

On UDP a piece is a datagram; on a byte stream, what one read gave, and pieces keep their order whatever their delay.
"""

import contextlib
import heapq
import itertools
import os
import random
import selectors
import socket
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

READ_BYTES: Final = 65536
LONGEST_WAIT_S: Final = 0.05
MOST_WAITING_S: Final = 2.0  # a bandwidth limit drops what would wait longer, as a radio does


@dataclass(frozen=True, slots=True)
class Weather:
    """What one direction suffers. Shares are 0 to 1, of the pieces."""

    loss: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0  # uniform, on top of the delay: what overtakes is reordered where pieces may be
    duplicates: float = 0.0
    flips: float = 0.0  # one bit, anywhere
    bytes_per_s: float | None = None
    partition: bool = False

    def pieces(self, data: bytes, pseudo: random.Random) -> Iterator[tuple[float, bytes]]:
        """(delay, bytes) of each copy that gets through."""
        if self.partition or pseudo.random() < self.loss:
            return
        for _ in range(2 if pseudo.random() < self.duplicates else 1):
            copy = bytearray(data)
            if pseudo.random() < self.flips:
                copy[pseudo.randrange(len(copy))] ^= 1 << pseudo.randrange(8)
            yield self.delay_s + pseudo.uniform(0.0, self.jitter_s), bytes(copy)


CLEAR: Final = Weather()


def _as_it_came(data: bytes) -> bytes:
    return data


@dataclass
class Way:
    """One direction: its weather, which may be changed at any time, and what passed.

    meddle: what a man in the middle makes of each piece, before the weather; b"" is kept back.
    """

    pseudo: random.Random
    weather: Weather = CLEAR
    in_order: bool = False
    meddle: Callable[[bytes], bytes] = _as_it_came
    came: int = 0
    went: int = 0
    _free_s: float = field(default=0.0)  # when the line has sent what it took
    _last_s: float = field(default=0.0)

    def due(self, data: bytes, now_s: float) -> Iterator[tuple[float, bytes]]:
        self.came += 1
        if not (data := self.meddle(data)):
            return
        for late_s, piece in self.weather.pieces(data, self.pseudo):
            at_s = now_s
            if self.weather.bytes_per_s is not None:
                at_s = max(now_s, self._free_s) + len(piece) / self.weather.bytes_per_s
                if at_s - now_s > MOST_WAITING_S:
                    continue
                self._free_s = at_s
            at_s += late_s
            if self.in_order:
                at_s = self._last_s = max(at_s, self._last_s)
            yield at_s, piece


class FaultProxy:
    """Use `udp`, `tcp` or `pty`. `up` goes to the vehicle, `down` to the ground."""

    def __init__(self, seed: int, *, in_order: bool) -> None:
        self.up = Way(random.Random(seed), in_order=in_order)
        self.down = Way(random.Random(seed + 1), in_order=in_order)
        self.selector = selectors.DefaultSelector()
        self.closing: list[Callable[[], None]] = []
        self._waiting: list[tuple[float, int, Way, Callable[[bytes], object], bytes]] = []
        self._order = itertools.count()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fault proxy")

    def take(self, way: Way, data: bytes, deliver: Callable[[bytes], object]) -> None:
        for at_s, piece in way.due(data, time.monotonic()):
            heapq.heappush(self._waiting, (at_s, next(self._order), way, deliver, piece))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(5)
        assert not self._thread.is_alive(), "the fault proxy hangs"
        for close in self.closing:
            close()
        self.selector.close()

    def _run(self) -> None:
        while not self._over.is_set():
            wait_s = LONGEST_WAIT_S
            if self._waiting:
                wait_s = min(max(self._waiting[0][0] - time.monotonic(), 0.0), LONGEST_WAIT_S)
            for key, _ in self.selector.select(wait_s):
                key.data()
            now_s = time.monotonic()
            while self._waiting and self._waiting[0][0] <= now_s:
                _, _, way, deliver, piece = heapq.heappop(self._waiting)
                with contextlib.suppress(OSError):  # that side has gone, or is full: lost, as on any line
                    deliver(piece)
                    way.went += 1


@contextmanager
def udp(target: tuple[str, int], seed: int = 1) -> Iterator[tuple[FaultProxy, tuple[str, int]]]:
    """Vehicles send to the address; each gets a socket of its own towards the ground, as behind a router."""
    proxy = FaultProxy(seed, in_order=False)
    front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    front.bind(("127.0.0.1", 0))
    front.setblocking(False)  # noqa: FBT003  # the standard library's signature
    behind: dict[tuple[str, int], socket.socket] = {}

    def meet(vehicle: tuple[str, int]) -> socket.socket:
        back = behind[vehicle] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        back.connect(target)
        back.setblocking(False)  # noqa: FBT003  # the standard library's signature

        def answered() -> None:
            for data in _datagrams(lambda: back.recv(READ_BYTES)):
                proxy.take(proxy.up, data, lambda piece: front.sendto(piece, vehicle))

        proxy.selector.register(back, selectors.EVENT_READ, answered)
        return back

    def spoken() -> None:
        for data, vehicle in _datagrams(lambda: front.recvfrom(READ_BYTES)):
            back = behind.get(vehicle) or meet(vehicle)
            proxy.take(proxy.down, data, back.send)

    proxy.selector.register(front, selectors.EVENT_READ, spoken)
    proxy.closing += [front.close, lambda: [back.close() for back in behind.values()]]
    with _running(proxy):
        yield proxy, front.getsockname()


@contextmanager
def tcp(target: tuple[str, int], seed: int = 1) -> Iterator[tuple[FaultProxy, tuple[str, int]]]:
    """The ground connects to the address; the proxy connects to the vehicle's port, `target`."""
    proxy = FaultProxy(seed, in_order=True)
    door = socket.create_server(("127.0.0.1", 0))
    open_sockets: list[socket.socket] = [door]

    def come() -> None:
        ground, _ = door.accept()
        try:
            vehicle = socket.create_connection(target, timeout=2)
        except OSError:
            ground.close()
            return
        open_sockets.extend((ground, vehicle))
        _join_streams(proxy, ground, vehicle)

    proxy.selector.register(door, selectors.EVENT_READ, come)
    proxy.closing.append(lambda: [each.close() for each in open_sockets])
    with _running(proxy):
        yield proxy, door.getsockname()


def _join_streams(proxy: FaultProxy, ground: socket.socket, vehicle: socket.socket) -> None:
    def passes(source: socket.socket, drain: socket.socket, way: Way) -> None:
        def readable() -> None:
            try:
                data = source.recv(READ_BYTES)
            except OSError:
                data = b""
            if data:
                proxy.take(way, data, drain.sendall)
                return
            for end in (source, drain):
                with contextlib.suppress(KeyError, ValueError):  # the other end's end was met first
                    proxy.selector.unregister(end)
                end.close()

        proxy.selector.register(source, selectors.EVENT_READ, readable)

    passes(ground, vehicle, proxy.up)
    passes(vehicle, ground, proxy.down)


@contextmanager
def pty(vehicle_path: str, seed: int = 1) -> Iterator[tuple[FaultProxy, str]]:
    """The ground opens the path; the proxy opens the vehicle's own port, `vehicle_path`."""
    proxy = FaultProxy(seed, in_order=True)
    master, slave = os.openpty()
    tty.setraw(slave)
    vehicle = os.open(vehicle_path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    os.set_blocking(master, False)

    def passes(source: int, drain: int, way: Way) -> None:
        def readable() -> None:
            for data in _datagrams(lambda: os.read(source, READ_BYTES)):
                proxy.take(way, data, lambda piece: os.write(drain, piece))

        proxy.selector.register(source, selectors.EVENT_READ, readable)

    passes(master, vehicle, proxy.up)
    passes(vehicle, master, proxy.down)
    proxy.closing.append(lambda: [os.close(each) for each in (master, slave, vehicle)])
    with _running(proxy):
        yield proxy, os.ttyname(slave)


def _datagrams(receive):
    """What is there now."""
    with contextlib.suppress(BlockingIOError, ConnectionError):
        while data := receive():
            yield data


@contextmanager
def _running(proxy: FaultProxy) -> Iterator[None]:
    proxy.start()
    try:
        yield
    finally:
        proxy.stop()
