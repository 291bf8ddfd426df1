"""The Unix socket itself: framing, hostile peers, what a killed server leaves. What every wire does: test_transports."""

import asyncio
import itertools
import socket
import stat

import pytest
from desk import D07, NOON, snapshot, vehicle
from serving import clock, until

from rangeops.adapters.transports.unix import UnixWire
from rangeops.adapters.transports.unix_server import UnixWireServer
from rangeops.domain.errors import Unavailable
from rangeops.domain.events import JournalEntry, StatusTextHeard
from rangeops.domain.now import Now
from rangeops.wire.messages import Hello, JournalTaken, encode, frame


class Handler:
    def __init__(self) -> None:
        self.messages, self.came, self.went = [], [], []

    async def connected(self, watch):
        self.came.append(watch)

    async def received(self, watch, messages):
        self.messages += messages

    async def gone(self, watch):
        self.went.append(watch)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "wire.sock"


@pytest.fixture
async def handler():
    return Handler()


@pytest.fixture
async def server(path, handler):
    server = UnixWireServer(path)
    await server.start(handler)
    yield server
    await server.close()


@pytest.fixture
async def watch(path, server, handler):
    wire = UnixWire(path, "mast")
    wire.tend(clock())
    await until(lambda: handler.came)
    yield wire
    wire.close()


def entry(seq, text="hello"):
    return JournalEntry("mast", seq, 1.5, NOON, StatusTextHeard(D07, 6, text))


def drain(wire, heard):
    wire.tend(clock())
    heard += wire.receive()
    return heard


async def test_a_message_cut_anywhere_arrives_whole(path, server, handler):
    data = frame(encode(Hello("watch", "mast"))) + frame(encode(entry(1))) + frame(encode(entry(2)))
    _, writer = await asyncio.open_unix_connection(str(path))
    for byte in data:
        writer.write(bytes([byte]))
        await writer.drain()
    await until(lambda: len(handler.messages) == 2)
    assert handler.messages == [entry(1), entry(2)]
    writer.close()


async def test_a_watch_that_comes_again_under_its_name_replaces_the_first(path, server, watch, handler):
    second = UnixWire(path, "mast")
    second.tend(clock())
    await until(lambda: handler.came == ["mast", "mast"])
    await until(lambda: (watch.receive(), not watch.connected)[1])
    heard = []
    server.send(JournalTaken(1))
    await until(lambda: drain(second, heard))
    assert handler.went == []
    second.close()


async def test_a_server_hung_up_is_found_again_with_a_pause_that_grows(path):
    wire, tries = UnixWire(path), []
    for tick in range(500):
        before = wire._next_try_s
        wire.tend(Now(tick * 0.01, NOON))
        if wire._next_try_s != before:
            tries.append(tick * 0.01)
    assert not wire.connected
    assert wire.last_error
    gaps = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert gaps == sorted(gaps)
    assert gaps[-1] <= 1.01
    handler, server = Handler(), UnixWireServer(path)
    await server.start(handler)
    wire.tend(Now(100.0, NOON))
    await until(lambda: handler.came)
    await server.close()
    await until(lambda: (wire.receive(), not wire.connected)[1])


async def test_a_server_that_does_not_read_never_holds_the_watch(path):
    """Snapshots are let go first; journal entries are refused by hanging up, since they are sent again."""
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(1)
        wire = UnixWire(path)
        wire.tend(clock())
        assert wire.connected
        taken = 0
        while wire.send(snapshot(*(vehicle(n) for n in range(1, 100)))):
            taken += 1
        assert taken > 1
        assert not wire.room
        assert wire.connected, "a late snapshot is no reason to hang up"
        assert wire.send(entry(1)), "there is still room for what counts"
        seq = 1
        while wire.send(entry(seq := seq + 1, "x" * 10_000)):
            assert seq < 10_000
        assert not wire.connected
        wire.close()


async def test_the_socket_is_for_its_owner_alone(path, server):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_what_a_killed_server_left_is_replaced(path, handler):
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    server = UnixWireServer(path)
    await server.start(handler)
    await server.close()
    assert not path.exists()


async def test_a_second_server_is_refused_in_one_sentence(path, server, handler):
    with pytest.raises(Unavailable, match="another server runs"):
        await UnixWireServer(path).start(handler)
    assert path.exists()


async def test_a_file_in_the_way_is_left_alone(path, handler):
    path.parent.mkdir()
    path.write_text("mine")
    with pytest.raises(Unavailable, match="no socket"):
        await UnixWireServer(path).start(handler)
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    "hostile",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\xff\xff\xff\xff",
        frame(b"\xc1"),
        frame(b""),
        frame(encode(Hello("server", "x"))),
        frame(encode(entry(1))),
        frame(encode(Hello("watch", "bad"))) + frame(b"garbage"),
        b"\x00\x00\x00\x00" * 1000,
    ],
)
async def test_what_is_no_watch_is_hung_up_on_and_nobody_else_notices(path, server, watch, handler, hostile):
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(hostile)
    async with asyncio.timeout(5):
        await reader.read()  # Hello, then the end
        while await reader.read(1000):
            pass
    writer.close()
    watch.send(entry(1))
    await until(lambda: (watch.tend(clock()), entry(1) in handler.messages)[1])


async def test_random_bytes_from_the_server_never_raise_in_the_watch(path):
    import random

    random.seed(20261124)
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(8)
        for _ in range(50):
            wire = UnixWire(path)
            wire.tend(clock())
            peer, _ = listening.accept()
            peer.send(random.randbytes(random.randrange(1, 3000)))
            peer.close()
            await until(lambda w=wire: (w.receive(), not w.connected)[1])
            assert wire.connections == 1
            wire.close()
