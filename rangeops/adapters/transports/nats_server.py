"""The server's end of the wire over NATS, in asyncio.

Journal entries are read from their stream from its start, whenever there was any doubt: the stream holds what isn't in
the record yet, and an entry that comes twice is without effect. Orders are kept by the broker, the last for each node.
Everything else is said in a conversation, now or never: a command that waits is dangerous.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from rangeops.adapters.transports.nats_line import (
    ANSWER_S,
    BROKEN,
    NEVER,
    PULSE_S,
    RETRY_S,
    SILENT_S,
    NatsLine,
    Subjects,
    ended,
    kept_up,
)
from rangeops.domain.errors import Damaged, RangeopsError
from rangeops.domain.events import JournalEntry
from rangeops.domain.orders import Orders
from rangeops.services.ports.watches import WireHandler
from rangeops.wire.conversation import Conversation, Say, heard_hello, nonce, welcome
from rangeops.wire.messages import Hello, JournalTaken, Message, decode, encode
from rangeops.wire.seal import Seal, identity, node_key

_BATCH: Final = 256
_WAIT_S: Final = 1.0  # a fetch comes back empty after so long, to be asked again
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the stream. It says nothing over another connection: a broker that lost its disk counts from 1 again."""

    number: int
    connection: int


@dataclass(frozen=True, slots=True)
class _OnItsWay:
    """A journal entry that was read, and isn't in the record yet."""

    seq: int
    place: _Place
    id: bytes


@dataclass
class _Node:
    seal: Seal
    talk: Conversation | None = None
    offered: Conversation | None = None  # welcomed; good once the node speaks in it
    heard_s: float = NEVER
    on_its_way: deque[_OnItsWay] = field(default_factory=deque)


class NatsWireServer:
    """Hears every node whose seal fits the server's key; `own` is the name of the watch beside us, which is none of them."""

    def __init__(
        self, subjects: Subjects, key: bytes, own: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = NatsLine(subjects, "server")
        self._subjects = subjects
        self._key = key
        self._own = own
        self._monotonic = monotonic
        self._nodes: dict[str, _Node] = {}
        self._handler: WireHandler | None = None
        self._outbox: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self._to_keep: dict[str, bytes] = {}  # by subject, the newest alone
        self._to_forget: dict[str, _Place] = {}  # by node, the stream's places up to and including
        self._keeping = asyncio.Event()
        self._again = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, handler: WireHandler) -> None:
        """With no broker to be reached it goes on trying: the range runs without."""
        self._handler = handler
        self._tasks = [
            asyncio.create_task(kept_up(work))
            for work in (self._listen, self._send_all, self._keep_all, self._read_journals, self._pulse)
        ]

    @property
    def watches(self) -> tuple[str, ...]:
        return tuple(name for name, node in self._nodes.items() if node.talk is not None)

    def send(self, message: Message, *, watch: str | None = None) -> bool:
        """To one node, or to all. Orders and what was taken of the journal are kept for a node that is away: still False."""
        reached = False
        for name in self.watches if watch is None else (watch,):
            node = self._node(name)
            if node is None:
                continue
            self._nodes[name] = node
            if isinstance(message, Orders):
                self._keep("orders", name, node.seal.close(f"orders {name}", message.version, encode(message)))
            elif isinstance(message, JournalTaken):
                self._taken(name, node, message)
            elif node.talk is not None:
                self._outbox.put_nowait((self._subjects.of_node("down", name), node.talk.say(Say.MESSAGE, message)))
            reached |= node.talk is not None and self._line.connected
        return reached

    def drop(self, watch: str) -> None:
        """Begin anew with this node: its journal is read again from the first entry that isn't in the record."""
        if (node := self._nodes.get(watch)) is not None and node.talk is not None:
            self._outbox.put_nowait((self._subjects.of_node("down", watch), node.talk.say(Say.AGAIN)))
        self._again.set()

    async def close(self) -> None:
        await ended(self._tasks)

    # What comes.

    async def _listen(self) -> None:
        subjects = self._subjects
        await self._line.keep(
            {subjects.of_node("hello", "*"): self._greeted, subjects.of_node("up", "*"): self._spoken_to}, self._up
        )

    async def _up(self) -> None:
        self._again.set()
        self._keeping.set()

    async def _greeted(self, received: Msg) -> None:
        name, node = self._sender(received)
        if node is None:
            return
        try:
            theirs = heard_hello(node.seal, name, received.data)
        except Damaged as error:
            _log.warning("hello refused", node=name, error=str(error))
            return
        self._nodes[name] = node
        own = nonce()
        node.offered = Conversation(node.seal, name, theirs + own, at_node=False)
        await self._line.say(self._subjects.of_node("welcome", name), welcome(node.seal, name, theirs, own))

    async def _spoken_to(self, received: Msg) -> None:
        name, node = self._sender(received)
        if node is None:
            return
        assert self._handler is not None
        for talk in (node.talk, node.offered):
            if talk is None:
                continue
            try:
                _, message = talk.hear(received.data)
            except RangeopsError:
                continue
            node.heard_s = self._monotonic()
            if talk is node.offered:
                node.talk, node.offered = talk, None
                await self._handler.connected(name)
            if message is not None and not isinstance(message, Hello):
                await self._handler.received(name, [message])
            return
        _log.debug("refused", node=name)  # of an ended conversation, or nobody's: the node asks anew by itself

    def _sender(self, received: Msg) -> tuple[str, _Node | None]:
        name = received.subject.rsplit(".", 1)[-1]
        return name, self._node(name)

    def _node(self, name: str) -> _Node | None:
        """The node of that name; a new one is remembered only once its seal has fitted, for anybody can send a name."""
        if name == self._own:
            return None
        if (node := self._nodes.get(name)) is not None:
            return node
        try:
            return _Node(Seal(node_key(self._key, name)))
        except RangeopsError as error:
            _log.warning("refused", error=str(error))
            return None

    # What goes.

    async def _send_all(self) -> None:
        while True:
            await self._line.say(*await self._outbox.get())

    async def _pulse(self) -> None:
        """Nodes are told that we are here; one that is silent has gone."""
        assert self._handler is not None
        while True:
            for name, node in list(self._nodes.items()):
                if node.talk is None:
                    continue
                if self._monotonic() - node.heard_s > SILENT_S:
                    node.talk = None
                    await self._handler.gone(name)
                else:
                    self._outbox.put_nowait((self._subjects.of_node("down", name), node.talk.say(Say.PULSE)))
            await asyncio.sleep(PULSE_S)

    def _keep(self, kind: str, name: str, data: bytes) -> None:
        self._to_keep[self._subjects.of_node(kind, name)] = data
        self._keeping.set()

    async def _keep_all(self) -> None:
        """Hand to the broker what it is to keep, and have it forget what is in the record; until it has done so."""
        self._keeping.set()  # what an earlier turn left, where a fault ended it
        while True:
            await self._keeping.wait()
            self._keeping.clear()
            done = True
            for subject, data in list(self._to_keep.items()):
                if await self._line.store(subject, data):
                    if self._to_keep.get(subject) == data:
                        del self._to_keep[subject]
                else:
                    done = False
            for name, place in list(self._to_forget.items()):
                if await self._forgotten(name, place):
                    if self._to_forget.get(name) == place:
                        del self._to_forget[name]
                else:
                    done = False
            if not done:
                await asyncio.sleep(RETRY_S)
                self._keeping.set()

    async def _forgotten(self, name: str, place: _Place) -> bool:
        if place.connection != self._line.connections:
            return True  # all that the stream holds is being read again, and forgotten by its new places
        try:
            async with asyncio.timeout(2 * ANSWER_S):
                await self._line.js.purge_stream(
                    self._subjects.journal_stream, seq=place.number + 1, subject=self._subjects.of_node("journal", name)
                )
        except BROKEN as error:
            _log.warning("nats", error=str(error))
            return False
        return True

    # The journals.

    def _taken(self, name: str, node: _Node, taken: JournalTaken) -> None:
        """Entries up to this one are in the record. A journal begun anew counts from 1 again: not past where it does."""
        last: _OnItsWay | None = None
        while node.on_its_way and node.on_its_way[0].seq <= taken.seq:
            if last is not None and (last.seq == taken.seq or node.on_its_way[0].seq < last.seq):
                break
            last = node.on_its_way.popleft()
        if last is None:
            return
        self._to_forget[name] = last.place
        if last.seq == taken.seq:  # known by its content, since a number may come again
            self._keep("taken", name, node.seal.close(f"taken {name}", last.seq, last.id))
        self._keeping.set()

    async def _read_journals(self) -> None:
        while True:
            await self._again.wait()
            self._again.clear()
            try:
                await self._read_on()
            except BROKEN as error:
                _log.warning("journals", error=str(error) or type(error).__name__)
                await asyncio.sleep(RETRY_S)
            finally:
                self._again.set()  # whatever ended it: there is a doubt

    async def _read_on(self) -> None:
        """From the stream's start, in order, until there is a doubt."""
        for node in self._nodes.values():
            node.on_its_way.clear()
        config = ConsumerConfig(
            ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL, inactive_threshold=30, mem_storage=True
        )
        connection = self._line.connections
        async with asyncio.timeout(2 * ANSWER_S):
            reading = await self._line.js.pull_subscribe(
                self._subjects.of_node("journal", "*"), stream=self._subjects.journal_stream, config=config
            )
        try:
            while not self._again.is_set():
                try:
                    async with asyncio.timeout(_WAIT_S + ANSWER_S):
                        batch = await reading.fetch(_BATCH, timeout=_WAIT_S)
                except TimeoutError:
                    async with asyncio.timeout(ANSWER_S):
                        await reading.consumer_info()  # raises where the broker has forgotten us
                    continue
                await self._take_in(batch, connection)
        finally:
            with contextlib.suppress(*BROKEN):
                async with asyncio.timeout(ANSWER_S):
                    await reading.unsubscribe()

    async def _take_in(self, batch: list[Msg], connection: int) -> None:
        assert self._handler is not None
        for received in batch:
            name, node = self._sender(received)
            entry = None if node is None else self._opened(name, node, received)
            if node is not None and entry is not None:
                self._nodes[name] = node
                place = _Place(received.metadata.sequence.stream, connection)
                node.on_its_way.append(_OnItsWay(entry.seq, place, identity(received.data)))
                await self._handler.received(name, [entry])

    def _opened(self, name: str, node: _Node, received: Msg) -> JournalEntry | None:
        try:
            entry = decode(node.seal.open(f"journal {name}", received.data)[1])
        except RangeopsError as error:
            _log.warning("journal entry refused", node=name, error=str(error))
            return None
        return entry if isinstance(entry, JournalEntry) and entry.watch == name else None
