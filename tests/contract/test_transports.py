"""Every wire between watch and server: what is sent arrives whole, in order, once in effect, and neither end waits."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import pytest
from alarm_deeds import acked
from desk import D07, NOON, snapshot, vehicle
from fault_proxy import Weather, tcp
from nats_server import NoNats, own_nats, remove_streams, some_nats, unique_name
from serving import clock, until

from rangeops.adapters.transports.nats_bridge import NatsBridge
from rangeops.adapters.transports.nats_line import Subjects
from rangeops.adapters.transports.nats_server import NatsWireServer
from rangeops.adapters.transports.unix import UnixWire
from rangeops.adapters.transports.unix_server import UnixWireServer
from rangeops.domain.events import JournalEntry, StatusTextHeard
from rangeops.watch.journal import Journal
from rangeops.wire.messages import JournalTaken
from rangeops.wire.seal import Seal, new_key, node_key

KEY = new_key()


class Handler:
    """The server's record: it takes each entry once, in order, as services.intake does, and says so."""

    def __init__(self) -> None:
        self.messages, self.came, self.went, self.record = [], [], [], []
        self.server = None
        self.recording = True

    async def connected(self, watch):
        self.came.append(watch)

    async def received(self, watch, messages):
        self.messages += messages
        for entry in messages:
            if isinstance(entry, JournalEntry) and self.recording:
                if entry.seq > len(self.record):
                    self.record.append(entry)
                    assert entry.seq == len(self.record), "order is kept"
                self.server.send(JournalTaken(len(self.record)), watch=watch)

    async def gone(self, watch):
        self.went.append(watch)

    @property
    def entries(self):
        return [message for message in self.messages if isinstance(message, JournalEntry)]


class UnixPair:
    """A wire's two ends, each to be started, ended and started again."""

    def __init__(self, folder) -> None:
        self.path = folder / "run" / "wire.sock"

    async def new_server(self, handler):
        handler.server = UnixWireServer(self.path)
        await handler.server.start(handler)
        return handler.server

    async def new_watch(self):
        return UnixWire(self.path, "mast")


class NatsPair:
    def __init__(self, folder, address, stack, *, by_way_of="") -> None:
        self.path = folder / "node" / "wire.sock"
        self.name = unique_name()
        self.subjects = Subjects.of(f"{address}/{self.name}", "range")
        self.node_subjects = Subjects.of(f"{by_way_of or address}/{self.name}", "range")
        self.stack = stack

    async def new_server(self, handler):
        handler.server = NatsWireServer(self.subjects, KEY, "watch")
        await handler.server.start(handler)
        return handler.server

    async def new_watch(self):
        bridge = NatsBridge(self.node_subjects, Seal(node_key(KEY, "mast")), "mast", self.path)
        await bridge.start()
        self.stack.push_async_callback(bridge.close)
        return UnixWire(self.path, "mast")


@asynccontextmanager
async def nats_pair(folder, **more):
    async with AsyncExitStack() as stack:
        try:
            address = stack.enter_context(some_nats(folder / "nats"))
        except NoNats as reason:
            pytest.skip(str(reason))
        pair = NatsPair(folder, address, stack, **more)
        stack.push_async_callback(remove_streams, address, pair.name)
        yield pair


@pytest.fixture(params=["nats", "unix"])
async def pair(request, tmp_path):
    if request.param == "unix":
        yield UnixPair(tmp_path)
        return
    async with nats_pair(tmp_path) as pair:
        yield pair


@pytest.fixture
async def handler():
    return Handler()


@pytest.fixture
async def server(pair, handler):
    server = await pair.new_server(handler)
    yield server
    await server.close()


@pytest.fixture
async def watch(pair, server, handler):
    wire = await pair.new_watch()
    await settled(wire, handler)
    yield wire
    wire.close()


async def settled(wire, handler):
    """A bridge hangs up once when it is welcomed: until that is over."""
    await until(lambda: (wire.receive(), wire.tend(clock()), handler.came)[2])
    await asyncio.sleep(0.1)
    await until(lambda: (wire.receive(), wire.tend(clock()), wire.connected)[2])


def entry(seq, text="hello"):
    return JournalEntry("mast", seq, 1.5, NOON, StatusTextHeard(D07, 6, text))


def drain(wire, heard):
    wire.tend(clock())
    heard += wire.receive()
    return heard


async def test_what_the_watch_sends_arrives_in_order(watch, handler):
    handler.recording = False
    sent = [entry(seq, "x" * seq * 10) for seq in range(1, 200)]
    for message in sent:
        assert watch.send(message)
    watch.send(snapshot(vehicle()))
    await until(lambda: (watch.tend(clock()), len(handler.messages) == len(sent) + 1)[1])
    assert handler.entries == sent
    assert snapshot(vehicle()) in handler.messages


async def test_what_the_server_sends_arrives_in_order(server, watch):
    sent = [acked(f"a{number}") for number in range(50)]
    for message in sent:
        assert server.send(message, watch="mast")
    heard = []
    await until(lambda: len(drain(watch, heard)) == len(sent))
    assert heard == sent


async def test_what_is_in_the_record_is_told_to_the_watch(watch, handler):
    heard = []
    for seq in range(1, 20):
        watch.send(entry(seq))
    await until(lambda: JournalTaken(19) in drain(watch, heard))
    assert [message.seq for message in heard] == sorted(message.seq for message in heard)


async def test_to_nobody_is_not_sent(server, watch):
    assert not server.send(acked("a"), watch="other")


async def test_the_server_learns_who_came_and_who_went(server, pair, watch, handler):
    assert server.watches == ("mast",)
    watch.close()
    if isinstance(pair, NatsPair):
        await pair.stack.aclose()  # its bridge goes with it
    await until(lambda: handler.went[-1:] == ["mast"])
    assert not server.send(acked("a"))


async def test_a_watch_that_is_dropped_offers_its_journal_again(server, watch):
    before = watch.connections
    server.drop("mast")
    await until(lambda: (watch.receive(), watch.tend(clock()), watch.connections > before)[2])


@contextmanager
def journal_in(folder):
    journal = Journal(folder, "mast")
    try:
        yield journal
    finally:
        journal.close()


class Teller:
    """What watch.server_line does, without a selector."""

    def __init__(self, wire, journal) -> None:
        self.wire, self.journal, self.told_on = wire, journal, 0

    def turn(self) -> None:
        self.wire.tend(clock())
        for message in self.wire.receive():
            if isinstance(message, JournalTaken):
                self.journal.taken(message.seq)
        self.journal.collect()
        if self.wire.connections != self.told_on:
            self.told_on = self.wire.connections
            self.journal.start_over()
        while self.wire.room and (batch := self.journal.to_send(64)):
            for each in batch:
                self.wire.send(each)

    def happen(self, first, last) -> None:
        for number in range(first, last + 1):
            self.journal.append(StatusTextHeard(D07, 6, f"alarm {number}"), clock())


def complete(handler, last):
    return [each.event.text for each in handler.record] == [f"alarm {number}" for number in range(1, last + 1)]


async def test_a_server_that_was_away_is_told_everything_in_order(pair, handler, tmp_path):
    """It ends between entries, some on their way, some told and not stored; the watch goes on."""
    server = await pair.new_server(handler)
    wire = await pair.new_watch()
    with journal_in(tmp_path / "journal") as journal:
        teller = Teller(wire, journal)
        teller.happen(1, 50)
        await until(lambda: (teller.turn(), len(handler.record) == 50)[1])
        handler.recording = False  # it hears, and dies before it stores
        teller.happen(51, 80)
        await until(lambda: (teller.turn(), len(handler.entries) >= 80)[1])
        await server.close()
        teller.happen(81, 120)
        for _ in range(20):
            teller.turn()
            await asyncio.sleep(0.01)
        handler.recording = True
        server = await pair.new_server(handler)
        teller.happen(121, 130)
        await until(lambda: (teller.turn(), len(handler.record) >= 130)[1], within_s=20)
        await until(lambda: (teller.turn(), journal._durable == type(journal._durable)())[1], within_s=20)
        assert complete(handler, 130)
    wire.close()
    await server.close()


async def test_nodes_are_kept_apart(tmp_path, handler):
    """A second node hears nothing of the first one's, and can't speak in its name."""
    async with nats_pair(tmp_path) as pair:
        server = await pair.new_server(handler)
        wire = await pair.new_watch()
        await settled(wire, handler)
        stranger = NatsBridge(pair.subjects, Seal(node_key(KEY, "other")), "mast", tmp_path / "other.sock")
        await stranger.start()
        await until(lambda: stranger._line.connected)
        assert server.send(acked("a"), watch="mast")
        heard = []
        await until(lambda: drain(wire, heard))
        assert not stranger.talking
        nameless = NatsBridge(pair.subjects, Seal(new_key()), "ghost", tmp_path / "ghost.sock")
        await nameless.start()
        await until(lambda: nameless._line.connected)
        await asyncio.sleep(0.2)
        assert "ghost" not in server._nodes, "a name without a key is not remembered"
        await nameless.close()
        assert server.watches == ("mast",)
        await stranger.close()
        wire.close()
        await server.close()


async def test_a_fault_in_the_reading_of_journals_ends_it_for_a_moment_only(tmp_path, handler):
    """The server's end goes on: one that reads no journal any more, and says nothing of it, would be the worst of all."""
    broken, received = [], handler.received

    async def received_once_broken(watch, messages):
        if not broken and any(isinstance(message, JournalEntry) for message in messages):
            broken.append(watch)
            raise RuntimeError("a fault of ours")
        await received(watch, messages)

    handler.received = received_once_broken
    async with nats_pair(tmp_path) as pair:
        server = await pair.new_server(handler)
        wire = await pair.new_watch()
        with journal_in(tmp_path / "journal") as journal:
            teller = Teller(wire, journal)
            teller.happen(1, 50)
            await until(lambda: (teller.turn(), len(handler.record) == 50)[1])
        assert broken
        assert complete(handler, 50)
        wire.close()
        await server.close()


async def test_a_watch_cut_off_catches_up_in_order(tmp_path, handler):
    """Its line stands, and nothing passes: longer than anybody waits for an answer; alarms happen meanwhile."""
    async with AsyncExitStack() as stack:
        try:
            nats = stack.enter_context(own_nats(tmp_path / "nats"))
        except NoNats as reason:
            pytest.skip(str(reason))
        proxy, (host, port) = stack.enter_context(tcp(("127.0.0.1", nats.port)))
        pair = NatsPair(tmp_path, nats.address, stack, by_way_of=f"nats://{host}:{port}")
        server = await pair.new_server(handler)
        wire = await pair.new_watch()
        teller = Teller(wire, stack.enter_context(journal_in(tmp_path / "journal")))
        teller.happen(1, 20)
        await until(lambda: (teller.turn(), len(handler.record) == 20)[1])
        proxy.up.weather = proxy.down.weather = Weather(partition=True)
        teller.happen(21, 60)
        await until(lambda: (teller.turn(), handler.went)[1], within_s=20)
        assert not server.send(acked("late"), watch="mast"), "it would wait, so it isn't sent"
        proxy.up.weather = proxy.down.weather = Weather()
        teller.happen(61, 80)
        await until(lambda: (teller.turn(), len(handler.record) >= 80)[1], within_s=40)
        assert complete(handler, 80)
        wire.close()
        await server.close()


@pytest.mark.processes
@pytest.mark.parametrize("keeps", [True, False])
async def test_a_broker_that_was_killed_loses_nothing(tmp_path, handler, keeps):
    """keeps: it has its disk when it comes again; without, the watch offers everything anew."""
    import shutil

    async with AsyncExitStack() as stack:
        try:
            nats = stack.enter_context(own_nats(tmp_path / "nats"))
        except NoNats as reason:
            pytest.skip(str(reason))
        pair = NatsPair(tmp_path, nats.address, stack)
        server = await pair.new_server(handler)
        stack.push_async_callback(server.close)
        wire = await pair.new_watch()
        teller = Teller(wire, stack.enter_context(journal_in(tmp_path / "journal")))
        teller.happen(1, 40)
        await until(lambda: (teller.turn(), len(handler.record) >= 20)[1], within_s=40)
        nats.kill()
        if not keeps:
            shutil.rmtree(tmp_path / "nats")
        teller.happen(41, 90)
        for _ in range(20):
            teller.turn()
            await asyncio.sleep(0.01)
        nats.start()
        await until(lambda: (teller.turn(), len(handler.record) >= 90)[1], within_s=40)
        assert complete(handler, 90)
        wire.close()
