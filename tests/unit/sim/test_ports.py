"""Every kind of link, opened for real on loopback: one behaviour, and what each does at its edges."""

import contextlib
import os
import selectors
import socket
import time

import pytest

from rangeops.domain.errors import Conflict, Invalid, Unavailable
from rangeops.sim.ports import PORTS, open_port


class Desk:
    """A selector, an open port and what came in by it."""

    def __init__(self, uri):
        self.selector = selectors.DefaultSelector()
        self.received = b""
        self.peers = 0
        self.port = open_port(uri, self.selector, self._bytes, self._peer)

    def _bytes(self, data):
        self.received += data

    def _peer(self):
        self.peers += 1

    def turn(self, seconds=0.02):
        for key, _ in self.selector.select(seconds):
            key.data(time.monotonic())
        self.port.pump(time.monotonic())

    def until(self, holds, within_s=5.0):
        end_s = time.monotonic() + within_s
        while not holds() and time.monotonic() < end_s:
            self.turn()
        return holds()

    def send(self, data):
        self.port.send(data, time.monotonic())


class UdpPeer:
    def __init__(self, bind=0, to=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", bind))
        self.socket.settimeout(2)
        self.to = to
        self.address = self.socket.getsockname()

    def send(self, data):
        self.socket.sendto(data, self.to)

    def receive(self):
        data, sender = self.socket.recvfrom(4096)
        self.to = self.to or sender
        return data

    def close(self):
        self.socket.close()


class TcpPeer:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=2)

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        return self.socket.recv(4096)

    def close(self):
        self.socket.close()


class TtyPeer:
    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)

    def send(self, data):
        os.write(self.fd, data)

    def receive(self):
        return os.read(self.fd, 4096)

    def close(self):
        os.close(self.fd)


def opened(scheme):
    """A desk with a port of that scheme, and a peer on its other side."""
    if scheme == "udpout":
        peer = UdpPeer()
        desk = Desk(f"udpout:127.0.0.1:{peer.address[1]}")
    elif scheme == "udpin":
        desk = Desk("udpin:127.0.0.1:0")
        peer = UdpPeer(to=("127.0.0.1", int(desk.port.uri.rpartition(":")[2])))
    elif scheme == "tcpin":
        desk = Desk("tcpin:127.0.0.1:0")
        peer = TcpPeer(int(desk.port.uri.rpartition(":")[2]))
    else:
        desk = Desk("serial:pty")
        peer = TtyPeer(desk.port.path)
    return desk, peer


@pytest.fixture(params=sorted(PORTS))
def pair(request):
    desk, peer = opened(request.param)
    yield desk, peer
    desk.port.close()
    desk.selector.close()
    with contextlib.suppress(OSError):
        peer.close()


def test_bytes_go_both_ways(pair):
    desk, peer = pair
    if desk.port.uri.startswith("udpout"):
        desk.send(b"from the vehicle")
        assert peer.receive() == b"from the vehicle"
    peer.send(b"\x00\xfd from the ground \xff")
    assert desk.until(lambda: desk.received == b"\x00\xfd from the ground \xff")
    desk.send(b"\xfd\x0a\x0d\x04\x1b")  # a pty that cooks would change or swallow these
    desk.turn()
    assert peer.receive() == b"\xfd\x0a\x0d\x04\x1b"


def test_a_peer_that_does_not_read_never_stops_the_vehicle(pair):
    desk, _ = pair
    began_s = time.monotonic()
    for _ in range(3000):
        desk.send(b"x" * 200)
    assert time.monotonic() - began_s < 2.0


def test_a_peer_that_goes_away_is_no_error(pair):
    desk, peer = pair
    desk.send(b"first")
    if isinstance(peer, UdpPeer) and peer.to is None:
        peer.receive()
    peer.send(b"here")
    assert desk.until(lambda: desk.received == b"here")
    peer.close()
    for _ in range(5):
        desk.send(b"anybody?")
        desk.turn()


def test_tcp_takes_a_new_client_and_tells_it(free_desk):
    desk = free_desk("tcpin:127.0.0.1:0")
    port = int(desk.port.uri.rpartition(":")[2])
    first = TcpPeer(port)
    assert desk.until(lambda: desk.peers == 1)
    second = TcpPeer(port)
    assert desk.until(lambda: desk.peers == 2)
    assert first.receive() == b""
    desk.send(b"hello")
    assert second.receive() == b"hello"
    desk.port.disconnect()
    assert second.receive() == b""
    third = TcpPeer(port)
    assert desk.until(lambda: desk.peers == 3)
    for peer in (first, second, third):
        peer.close()


def test_udp_in_answers_everybody_it_has_heard(free_desk):
    desk = free_desk("udpin:127.0.0.1:0")
    to = ("127.0.0.1", int(desk.port.uri.rpartition(":")[2]))
    peers = [UdpPeer(to=to), UdpPeer(to=to)]
    desk.send(b"nobody hears this")
    for peer in peers:
        peer.send(b"x")
    assert desk.until(lambda: desk.received == b"xx")
    assert desk.peers == 1
    desk.send(b"both")
    assert [peer.receive() for peer in peers] == [b"both", b"both"]
    for peer in peers:
        peer.close()


@pytest.mark.parametrize(("form", "bytes_a_second"), [("pty", 5760), ("pty:9600", 960), ("pty:115200", 8000)])
def test_a_pty_is_paced_at_its_baud_rate_and_says_when_it_is_full(free_desk, tmp_path, form, bytes_a_second):
    """8,000 bytes are sent: at 115,200 baud all of them are through within the second."""
    link = tmp_path / "ttyD07"
    desk = free_desk(f"serial:{form}@{link}")
    assert desk.port.uri == f"serial:{link}"
    assert str(link.readlink()) == desk.port.path
    peer = TtyPeer(str(link))
    desk.port.pump(100.0)
    for _ in range(40):
        desk.port.send(b"y" * 200, 100.0)
    assert desk.port.congested
    received = 0
    os.set_blocking(peer.fd, False)
    for tick in range(1, 11):
        desk.port.pump(100.0 + tick * 0.1)
        with contextlib.suppress(BlockingIOError):
            while True:
                received += len(os.read(peer.fd, 65536))
    assert received == pytest.approx(bytes_a_second, abs=250)  # a frame and a tenth of a second
    peer.close()
    desk.port.close()
    assert not link.is_symlink()
    desk.port = open_port("udpout:127.0.0.1:9", desk.selector, lambda _data: None, lambda: None)


@pytest.fixture
def free_desk():
    desks = []

    def make(uri):
        desks.append(Desk(uri))
        return desks[-1]

    yield make
    for desk in desks:
        desk.port.close()
        desk.selector.close()


@pytest.mark.parametrize("scheme", ["udpin", "tcpin"])
def test_a_busy_port_is_one_sentence(free_desk, scheme):
    first = free_desk(f"{scheme}:127.0.0.1:0")
    number = first.port.uri.rpartition(":")[2]
    with pytest.raises(Conflict, match=f"{scheme}:127.0.0.1:{number}: the port is in use"):
        free_desk(f"{scheme}:127.0.0.1:{number}")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "udp:127.0.0.1:1",
        "udpout:127.0.0.1",
        "udpin::1",
        "tcpin:127.0.0.1:99999",
        "serial:/dev/ttyUSB0",
        "serial:pty:fast",
        "serial:pty:300",
        "tcpin:h:x",
    ],
)
def test_a_link_that_is_none_is_one_sentence(free_desk, uri):
    with pytest.raises(Invalid, match="no link of a simulated vehicle"):
        free_desk(uri)


def test_a_pty_link_in_a_folder_that_is_none(free_desk, tmp_path):
    with pytest.raises(Unavailable, match="the link to the pty can't be made"):
        free_desk(f"serial:pty@{tmp_path}/none/tty")


def test_an_address_that_is_not_this_machines(free_desk):
    with pytest.raises(Unavailable, match="the port can't be opened"):
        free_desk("udpin:192.0.2.1:15000")
