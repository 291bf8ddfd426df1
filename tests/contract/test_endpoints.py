"""One behaviour suite over every kind of endpoint that there is."""

import errno
import os
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import serial

from rangeops.adapters.mavlink import serial_port
from rangeops.adapters.mavlink.encode import GCS_HEARTBEAT, Sender
from rangeops.adapters.mavlink.endpoints import ENDPOINTS, Backoff, Endpoint, EndpointBroken, endpoint_of, parse_uri
from rangeops.adapters.mavlink.link import Link, Packet, Peer
from rangeops.adapters.mavlink.messages import Heartbeat, Message, Statustext
from rangeops.adapters.mavlink.udp import RECEIVE_BUFFER_BYTES
from rangeops.adapters.traffic.feeds import FEEDS
from rangeops.bootstrap.parts import require_endpoint
from rangeops.domain.errors import Invalid, Unavailable

WAIT_S = 5.0
STAMP = struct.Struct(">Q")
NOON_US = 1_780_000_000_000_000
READ_ONLY = "tlog"
HEARTBEAT = Heartbeat(custom_mode=0, type=2, autopilot=3, base_mode=81, system_status=3, mavlink_version=3)


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class UdpPeer:
    """A vehicle on UDP: it sends to the endpoint, or waits for it, and answers whom it heard."""

    def __init__(self, kind: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)  # noqa: FBT003  # the standard library's signature
        own_port = self._socket.getsockname()[1]
        port = own_port if kind == "udpout" else free_port(socket.SOCK_DGRAM)
        self.uri = f"{kind}:127.0.0.1:{port}"
        self._to: Any = None if kind == "udpout" else ("127.0.0.1", port)

    def ready(self) -> bool:
        return True

    def write(self, data: bytes) -> None:
        self._socket.sendto(data, self._to)

    def read(self) -> bytes:
        try:
            data, self._to = self._socket.recvfrom(65536)
        except BlockingIOError:
            return b""
        return data

    def die(self) -> None:
        self._socket.close()

    close = die


class BroadcastPeer:
    """A vehicle that hears the network's broadcast and answers the one who called."""

    uri: str

    def __init__(self) -> None:
        self._hears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._hears.bind(("127.255.255.255", 0))
        self._speaks = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._speaks.bind(("127.0.0.1", 0))
        for each in (self._hears, self._speaks):
            each.setblocking(False)  # noqa: FBT003  # the standard library's signature
        self.uri = f"udp-broadcast:127.255.255.255:{self._hears.getsockname()[1]}"
        self._to: Any = None

    def ready(self) -> bool:
        return True

    def write(self, data: bytes) -> None:
        self._speaks.sendto(data, self._to)

    def read(self) -> bytes:
        for each in (self._hears, self._speaks):
            try:
                data, self._to = each.recvfrom(65536)
            except BlockingIOError:
                continue
            return data
        return b""

    def die(self) -> None:
        self._hears.close()
        self._speaks.close()

    close = die


class TlogPeer:
    """A ground station that is still writing its log, all of it at one time. Nobody reads what is sent to it."""

    def __init__(self, folder: Any) -> None:
        self.path = folder / "flight@noon.tlog"
        self.path.touch()
        self.uri = f"tlog:{self.path}@2"

    def ready(self) -> bool:
        return True

    def write(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            if data[0] == 0xFD:
                file.write(STAMP.pack(NOON_US))
            file.write(data)

    def read(self) -> bytes:
        return b""

    def die(self) -> None:
        self.path.unlink()

    def close(self) -> None:
        self.path.unlink(missing_ok=True)


class TcpPeer:
    """A vehicle on TCP, on either side of the connection."""

    def __init__(self, kind: str) -> None:
        self._serves = kind == "tcp"
        self._listener: socket.socket | None = None
        self._socket: socket.socket | None = None
        if self._serves:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self._listener.setblocking(False)  # noqa: FBT003  # the standard library's signature
            self._port = self._listener.getsockname()[1]
        else:
            self._port = free_port(socket.SOCK_STREAM)
        self.uri = f"{kind}:127.0.0.1:{self._port}"

    def ready(self) -> bool:
        if self._socket is None:
            try:
                if self._listener is not None:
                    self._socket, _ = self._listener.accept()
                else:
                    self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=WAIT_S)
            except (BlockingIOError, ConnectionRefusedError):
                return False
            self._socket.setblocking(False)  # noqa: FBT003  # the standard library's signature
        return True

    def write(self, data: bytes) -> None:
        assert self._socket is not None
        self._socket.sendall(data)

    def read(self) -> bytes:
        assert self._socket is not None
        try:
            return self._socket.recv(65536)
        except BlockingIOError:
            return b""

    def die(self) -> None:
        assert self._socket is not None
        self._socket.close()
        self._socket = None

    def close(self) -> None:
        for open_socket in (self._socket, self._listener):
            if open_socket is not None:
                open_socket.close()


class SerialPeer:
    """A vehicle at the other end of a serial line: a pty pair, reached by a name that can be plugged in again."""

    def __init__(self, folder: Any) -> None:
        self.path = folder / "by-id:usb-FTDI:57600-port0"  # colons, as in /dev/serial/by-path
        self.uri = f"serial:{self.path}:57600"
        self._master = -1
        self.plug()

    def plug(self) -> None:
        self._master, slave = os.openpty()
        os.set_blocking(self._master, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(slave))
        self._slave = slave

    def ready(self) -> bool:
        return True

    def write(self, data: bytes) -> None:
        os.write(self._master, data)

    def read(self) -> bytes:
        try:
            return os.read(self._master, 65536)
        except BlockingIOError:
            return b""

    def die(self) -> None:
        os.close(self._slave)
        os.close(self._master)
        self._master = -1

    def close(self) -> None:
        if self._master >= 0:
            self.die()


PeerSide = UdpPeer | BroadcastPeer | TlogPeer | TcpPeer | SerialPeer


@dataclass
class Bench:
    """An endpoint in a loop such as the watch's, and a vehicle at its other end."""

    endpoint: Endpoint
    peer: PeerSide
    link: Link
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    packets: list[Packet] = field(default_factory=list)
    peers: set[Peer] = field(default_factory=set)

    def open(self) -> None:
        self.endpoint.open(self.selector)

    def turn(self, timeout_s: float = 0.02) -> None:
        for key, events in self.selector.select(timeout_s):
            for data, peer in key.data.ready(key, events):
                self.peers.add(peer)
                self.packets += self.link.received(data, peer)

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_S
        while not holds():
            assert time.monotonic() < deadline, "it didn't happen"
            self.turn()

    def connect(self) -> None:
        assert not self.endpoint.up
        self.open()
        self.until(self.peer.ready)
        self.until(lambda: self.endpoint.up)
        if self.peer.uri.startswith(("udpout", "udp-broadcast")):  # somebody has to speak first
            self.endpoint.send(Sender(250).pack(GCS_HEARTBEAT), None)
            self.until(lambda: bool(self.peer.read()))

    @property
    def messages(self) -> list[Message]:
        return [message for _, _, message, _ in self.packets]


def peer_of(kind: str, folder: Any) -> PeerSide:
    match kind:
        case "udpin" | "udpout":
            return UdpPeer(kind)
        case "udp-broadcast":
            return BroadcastPeer()
        case "tlog":
            return TlogPeer(folder)
        case "serial":
            return SerialPeer(folder)
        case _:
            return TcpPeer(kind)


@pytest.fixture(params=sorted(ENDPOINTS))
def bench(request, tmp_path) -> Iterator[Bench]:
    peer = peer_of(request.param, tmp_path)
    endpoint = endpoint_of(peer.uri)
    made = Bench(endpoint, peer, Link(peer.uri, datagrams=endpoint.datagrams))
    yield made
    endpoint.close()
    peer.close()
    made.selector.close()


def test_a_frame_arrives_whole(bench):
    bench.connect()
    bench.peer.write(Sender(21, 1).pack(HEARTBEAT))
    bench.until(lambda: bench.messages == [HEARTBEAT])
    assert bench.packets[0][:2] == (21, 1)


def test_a_frame_cut_in_two_arrives_whole(bench):
    bench.connect()
    frame = Sender(21, 1).pack(HEARTBEAT)
    bench.peer.write(frame[:9])
    if bench.endpoint.uri.startswith(READ_ONLY):
        bench.turn()  # a recording's packet is held back in the endpoint until it is whole
    else:
        bench.until(lambda: bool(bench.link._unfinished))
    assert bench.messages == []
    bench.peer.write(frame[9:])
    bench.until(lambda: bench.messages == [HEARTBEAT])


def test_many_frames_arrive_in_order_and_none_is_lost(bench):
    bench.connect()
    sender = Sender(21, 1)
    for number in range(300):
        bench.peer.write(sender.pack(Statustext(6, b"%d" % number, 0, 0)))
        if number % 20 == 19:
            bench.until(lambda number=number: len(bench.packets) == number + 1)
    assert [message.text for message in bench.messages] == [b"%d" % number for number in range(300)]
    assert bench.link.lost == 0


def test_what_is_sent_to_the_peer_that_was_heard_reaches_it(bench):
    bench.connect()
    bench.peer.write(Sender(21, 1).pack(HEARTBEAT))
    bench.until(lambda: bool(bench.peers))
    ours = Sender(250).pack(GCS_HEARTBEAT)
    bench.endpoint.send(ours, next(iter(bench.peers)))
    if bench.endpoint.uri.startswith(READ_ONLY):
        assert bench.endpoint.dropped == 1  # said, not swallowed
        return
    got = bytearray()

    def arrived() -> bool:
        got.extend(bench.peer.read())
        return bytes(got) == ours

    bench.until(arrived)
    assert bench.endpoint.dropped == 0


def test_without_a_peer_it_reaches_whom_it_knows_by_itself(bench):
    """Udpin knows nobody before it has heard him; the others have somebody at their end."""
    bench.connect()
    ours = Sender(250).pack(GCS_HEARTBEAT)
    bench.until(lambda: bench.selector.select(0) == [])  # e.g. the accepted connection
    bench.endpoint.send(ours, None)
    if bench.endpoint.uri.startswith(READ_ONLY):
        assert bench.endpoint.dropped == 1
    elif bench.endpoint.uri.startswith("udpin"):
        bench.turn()
        assert bench.peer.read() == b""
    else:
        bench.until(lambda: bench.peer.read() == ours)


def test_sending_never_waits_and_drops_whole_packets(bench):
    """Nobody reads at the other end: what doesn't fit is counted, and what goes out is never cut."""
    bench.connect()
    bench.peer.write(Sender(21, 1).pack(HEARTBEAT))
    bench.until(lambda: bool(bench.peers))
    peer = next(iter(bench.peers))
    sender = Sender(250)
    count = 0
    started = time.process_time()
    while bench.endpoint.dropped == 0 and count < 200_000:
        bench.endpoint.send(sender.pack(Statustext(6, b"%049d" % count, 0, 0)), peer)
        count += 1
        if bench.endpoint.datagrams and count >= 2000:
            break  # the kernel drops for a deaf UDP peer
    assert time.process_time() - started < WAIT_S
    if bench.endpoint.datagrams:
        return
    if bench.endpoint.uri.startswith(READ_ONLY):
        assert bench.endpoint.dropped == count  # the very first
        return
    assert bench.endpoint.dropped == 1
    received = Link("peer", datagrams=False)
    texts: list[bytes] = []

    def drained() -> bool:
        while data := bench.peer.read():
            texts.extend(message.text for _, _, message, _ in received.received(data, ("", 0)))
        return len(texts) == count - 1

    bench.until(drained)
    assert texts == [b"%049d" % number for number in range(count - 1)]
    assert received.bad_crc == 0


def test_what_the_kernel_dropped_before_we_read_it_is_counted_to_the_datagram(bench):
    bench.connect()
    if not bench.endpoint.datagrams:
        assert bench.endpoint.overflow() is None  # a stream's sender waits
        return
    started = bench.endpoint.overflow()
    assert started.dropped == 0
    assert 0 < started.buffer_bytes <= RECEIVE_BUFFER_BYTES
    before = len(bench.packets)
    sender = Sender(21, 1)
    sent = 0
    while bench.endpoint.overflow().dropped < 100:
        assert sent < 200_000
        for _ in range(500):
            bench.peer.write(sender.pack(Statustext(6, b"%049d" % sent, 0, 0)))
            sent += 1
    dropped = bench.endpoint.overflow().dropped
    bench.until(lambda: len(bench.packets) - before == sent - dropped)
    bench.endpoint.close()
    assert bench.endpoint.overflow().dropped == dropped  # what was lost stays counted
    bench.open()
    assert bench.endpoint.overflow().dropped == dropped


def test_the_death_of_the_peer_is_told_and_the_endpoint_opens_again(bench):
    bench.connect()
    bench.peer.write(Sender(21, 1).pack(HEARTBEAT))
    bench.until(lambda: bool(bench.messages))
    bench.peer.die()
    kind = bench.endpoint.uri.partition(":")[0]
    if kind in ("tcp", "serial"):
        with pytest.raises(EndpointBroken) as broken:
            bench.until(lambda: False)
        assert str(broken.value).startswith(bench.endpoint.uri)
        bench.endpoint.close()
        assert bench.selector.get_map() == {}
        if isinstance(bench.peer, SerialPeer):
            bench.peer.plug()
        bench.connect()
    elif kind == "tcpin":
        gone: list[Peer] = []
        bench.until(lambda: bool(gone.extend(bench.endpoint.gone()) or gone))
        assert gone == list(bench.peers)
        bench.until(bench.peer.ready)  # it connects again, to the same open endpoint
    elif kind == "tlog":
        with pytest.raises(EndpointBroken, match="the recording has ended"):
            bench.until(lambda: False)
        bench.endpoint.close()
        assert bench.selector.get_map() == {}
        with pytest.raises(Unavailable, match="the recording has ended"):
            bench.open()  # it isn't played again and again
        return
    else:
        bench.endpoint.send(Sender(250).pack(GCS_HEARTBEAT), next(iter(bench.peers)))
        for _ in range(3):
            bench.turn()  # an ICMP "port unreachable" doesn't break a UDP endpoint
        return
    before = len(bench.messages)
    bench.peer.write(Sender(21, 1).pack(HEARTBEAT))
    bench.until(lambda: len(bench.messages) > before)


def test_closing_leaves_nothing_behind(bench):
    bench.connect()
    bench.endpoint.close()
    assert bench.selector.get_map() == {}
    assert not bench.endpoint.up
    bench.endpoint.close()  # twice is once
    bench.endpoint.send(b"x", ("127.0.0.1", 9))  # and what is sent now is dropped, not raised


def test_silence_is_no_receipt(bench):
    bench.connect()
    bench.turn(0)
    assert bench.packets == []


# One sentence each: what, where, what to do.


def sentence(error: pytest.ExceptionInfo[Unavailable]) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


@pytest.mark.parametrize(("kind", "socket_kind"), [("udpin", socket.SOCK_DGRAM), ("tcpin", socket.SOCK_STREAM)])
def test_a_busy_port_is_one_sentence(kind, socket_kind):
    with socket.socket(socket.AF_INET, socket_kind) as holder, selectors.DefaultSelector() as selector:
        holder.bind(("127.0.0.1", 0))
        if socket_kind == socket.SOCK_STREAM:
            holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(Unavailable) as error:
            endpoint_of(f"{kind}:127.0.0.1:{port}").open(selector)
        assert f"port {port} is busy" in sentence(error)
        assert selector.get_map() == {}


def test_a_busy_serial_port_is_one_sentence(tmp_path):
    peer = SerialPeer(tmp_path)
    with selectors.DefaultSelector() as selector:
        first = endpoint_of(peer.uri)
        first.open(selector)
        with pytest.raises(Unavailable) as error:
            endpoint_of(peer.uri).open(selector)
        assert "the port is busy" in sentence(error)
        first.close()
    peer.close()


def test_a_missing_serial_port_is_one_sentence(tmp_path):
    with selectors.DefaultSelector() as selector, pytest.raises(Unavailable) as error:
        endpoint_of(f"serial:{tmp_path}/ttyUSB7:57600").open(selector)
    assert "no such device" in sentence(error)


def test_a_port_without_permission_names_the_dialout_group(monkeypatch):
    def denied(*args: object, **kwargs: object) -> None:
        raise serial.SerialException(errno.EACCES, "could not open port /dev/ttyUSB0: [Errno 13] Permission denied")

    monkeypatch.setattr(serial_port.serial, "Serial", denied)
    with selectors.DefaultSelector() as selector, pytest.raises(Unavailable) as error:
        endpoint_of("serial:/dev/ttyUSB0:57600").open(selector)
    assert "dialout" in sentence(error)


def test_what_is_no_serial_port_is_one_sentence(tmp_path):
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    with selectors.DefaultSelector() as selector, pytest.raises(Unavailable) as error:
        endpoint_of(f"serial:{plain}:57600").open(selector)
    assert "can't be used as a serial port" in sentence(error)


def test_a_refused_connection_is_one_sentence_and_holds_nobody_up():
    with selectors.DefaultSelector() as selector:
        endpoint = endpoint_of(f"tcp:127.0.0.1:{free_port(socket.SOCK_STREAM)}")
        endpoint.open(selector)
        assert not endpoint.up
        ((key, events),) = selector.select(WAIT_S)
        with pytest.raises(EndpointBroken) as error:
            endpoint.ready(key, events)
        assert "nobody listens there" in sentence(error)
        endpoint.close()


def test_an_address_of_another_machine_is_one_sentence():
    with selectors.DefaultSelector() as selector, pytest.raises(Unavailable) as error:
        endpoint_of("udpin:192.0.2.1:14550").open(selector)
    assert "no address of this machine" in sentence(error)


def test_several_tcp_clients_are_kept_apart():
    with selectors.DefaultSelector() as selector:
        port = free_port(socket.SOCK_STREAM)
        endpoint = endpoint_of(f"tcpin:127.0.0.1:{port}")
        endpoint.open(selector)
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        link = Link(endpoint.uri, datagrams=False)
        frames = [Sender(sysid, 1).pack(HEARTBEAT) for sysid in (1, 2, 3)]
        for half in (slice(None, 8), slice(8, None)):
            for client, frame in zip(clients, frames, strict=True):
                client.sendall(frame[half])
        heard: dict[int, Peer] = {}
        deadline = time.monotonic() + WAIT_S
        while len(heard) < 3 and time.monotonic() < deadline:
            for key, events in selector.select(0.02):
                for data, peer in endpoint.ready(key, events):
                    heard.update({sysid: peer for sysid, _, _, _ in link.received(data, peer)})
        assert {sysid: peer[1] for sysid, peer in heard.items()} == {
            number + 1: client.getsockname()[1] for number, client in enumerate(clients)
        }
        endpoint.send(b"to the second", heard[2])
        clients[1].settimeout(WAIT_S)
        assert clients[1].recv(100) == b"to the second"
        for client in clients:
            client.close()
        endpoint.close()


# A recording.


def recording(folder: Any, *records: tuple[float, bytes]) -> Any:
    path = folder / "flight.tlog"
    path.write_bytes(b"".join(STAMP.pack(NOON_US + round(at_s * 1e6)) + data for at_s, data in records))
    return path


@pytest.mark.parametrize(("speed", "least_s", "most_s"), [("", 0.4, 1.5), ("@100", 0.0, 0.2)])
def test_a_recording_comes_at_its_own_pace_times_the_speed(tmp_path, speed, least_s, most_s):
    sender = Sender(21, 1)
    path = recording(tmp_path, *((0.1 * n, sender.pack(Statustext(6, b"%d" % n, 0, 0))) for n in range(5)))
    with selectors.DefaultSelector() as selector:
        endpoint = endpoint_of(f"tlog:{path}{speed}")
        endpoint.open(selector)
        link, started, texts = Link(endpoint.uri, datagrams=False), time.monotonic(), []
        while len(texts) < 5:
            assert time.monotonic() - started < WAIT_S
            for key, events in selector.select(0.02):
                for data, peer in endpoint.ready(key, events):
                    texts += [message.text for _, _, message, _ in link.received(data, peer)]
        elapsed_s = time.monotonic() - started
        assert texts == [b"%d" % n for n in range(5)]
        assert least_s <= elapsed_s <= most_s
        endpoint.close()


def test_a_torn_record_costs_only_itself(tmp_path):
    """A ground station that crashed while writing, and went on in the same file."""
    sender = Sender(21, 1)
    frames = [sender.pack(Statustext(6, b"%d" % n, 0, 0)) for n in range(40)]
    path = recording(tmp_path, *((0.0, frame[:7] if n == 20 else frame) for n, frame in enumerate(frames)))
    with selectors.DefaultSelector() as selector:
        endpoint = endpoint_of(f"tlog:{path}")
        endpoint.open(selector)
        link, started, texts = Link(endpoint.uri, datagrams=False), time.monotonic(), []
        while b"39" not in texts:
            assert time.monotonic() - started < WAIT_S
            for key, events in selector.select(0.02):
                for data, peer in endpoint.ready(key, events):
                    texts += [message.text for _, _, message, _ in link.received(data, peer)]
        assert len(texts) >= 38  # its neighbour may go with it
        endpoint.close()


def test_a_missing_recording_is_one_sentence(tmp_path):
    with selectors.DefaultSelector() as selector, pytest.raises(Unavailable) as error:
        endpoint_of(f"tlog:{tmp_path}/none.tlog").open(selector)
    assert "no such file" in sentence(error)


# A serial line's options.


@pytest.mark.parametrize(
    ("options", "rtscts", "dtr"), [("", False, True), ("?rtscts", True, True), ("?nodtr&rtscts", True, False)]
)
def test_a_serial_port_is_set_as_its_uri_says(tmp_path, monkeypatch, options, rtscts, dtr):
    made: list[serial.Serial] = []

    class Noted(serial.Serial):  # type: ignore[misc]  # pyserial has no types
        def open(self) -> None:
            made.append(self)
            super().open()

    peer = SerialPeer(tmp_path)
    monkeypatch.setattr(serial_port.serial, "Serial", Noted)
    with selectors.DefaultSelector() as selector:
        endpoint = endpoint_of(peer.uri + options)
        endpoint.open(selector)
        (port,) = made
        assert (port.rtscts, port.dtr, port.rts, port.xonxoff) == (rtscts, dtr, True, False)
        assert (port.bytesize, port.parity, port.stopbits) == (8, "N", 1)
        endpoint.close()
    peer.close()


# The grammar.


def test_what_the_range_takes_as_a_link_is_what_the_watch_can_open():
    with pytest.raises(Invalid, match=", ".join(sorted([*ENDPOINTS, *FEEDS]))):
        require_endpoint("gopher:somewhere")
    with pytest.raises(Invalid, match="no endpoint"):
        require_endpoint("udpin:")


@pytest.mark.parametrize(
    ("text", "kind", "address", "number"),
    [
        ("udpin:0.0.0.0:14550", "udpin", "0.0.0.0", 14550),
        ("udpin:[::1]:14550", "udpin", "::1", 14550),
        ("udpout:127.0.0.1:14551", "udpout", "127.0.0.1", 14551),
        (" tcp:localhost:5760 ", "tcp", "127.0.0.1", 5760),
        ("tcpin:127.0.0.1:5761", "tcpin", "127.0.0.1", 5761),
        ("serial:/dev/ttyUSB0:115200", "serial", "/dev/ttyUSB0", 115200),
        ("serial:/dev/ttyUSB0", "serial", "/dev/ttyUSB0", 57600),
        ("serial:/dev/serial/by-path/pci-0000:00:14.0-usb:57600", "serial", "/dev/serial/by-path/pci-0000:00:14.0-usb", 57600),
        ("serial:/dev/ttyUSB0:57600?rtscts", "serial", "/dev/ttyUSB0", 57600),
        ("udp-broadcast:14550", "udp-broadcast", "255.255.255.255", 14550),
        ("udp-broadcast:192.168.4.255:14550", "udp-broadcast", "192.168.4.255", 14550),
        ("tlog:/data/20260501T08Z.tlog@10", "tlog", "/data/20260501T08Z.tlog", 0),
        ("tlog:/data/a@b.tlog", "tlog", "/data/a@b.tlog", 0),
    ],
)  # fmt: skip
def test_a_uri_is_read(text, kind, address, number):
    uri = parse_uri(text)
    assert (uri.kind, uri.address, uri.number) == (kind, address, number)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no kind of endpoint"),
        ("udp:127.0.0.1:14550", "no kind of endpoint"),
        ("udpin:127.0.0.1", "no port"),
        ("udpin:127.0.0.1:0", "no port"),
        ("udpin:127.0.0.1:99999", "no port"),
        ("udpin:example.org:14550", "no IP address"),
        ("tcp::5760", "no IP address"),
        ("serial:ttyUSB0:57600", "full path"),
        ("serial::57600", "full path"),
        ("serial:/dev/ttyUSB0:12", "no baud rate"),
        ("serial:/dev/ttyUSB0:57600?xonxoff", "no option"),
        ("udpin:127.0.0.1:14550?rtscts", "no option"),
        ("udpin:127.0.0.1:14550?signed&unsigned", "can't be signed and unsigned"),
        ("udp-broadcast:[::1]:14550", "no broadcast"),
        ("tlog:flight.tlog", "full path"),
        ("tlog:/flight.tlog@0", "no speed"),
    ],
)
def test_a_wrong_uri_is_one_sentence(text, says):
    with pytest.raises(Invalid, match=says) as error:
        parse_uri(text)
    assert str(error.value).endswith(".")


def test_backoff_doubles_to_its_ceiling():
    delays = Backoff().delays_s()
    assert [next(delays) for _ in range(6)] == [0.25, 0.5, 1.0, 2.0, 3.0, 3.0]


def test_no_endpoint_starts_a_thread(bench):
    before = threading.active_count()
    bench.connect()
    assert threading.active_count() == before
