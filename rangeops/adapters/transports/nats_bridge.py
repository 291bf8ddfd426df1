"""A watch node's end of the wire over NATS: the server's place on the node's Unix socket, in a process beside the watch.

The watch knows no broker: it speaks to its socket, as always, and no library of ours or another's can hold its loop.
Its journal goes to the broker entry by entry, each once the one before is stored; what is lost on the way is offered
again by the watch, which forgets nothing before the server's own word.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from rangeops.adapters.transports.nats_line import (
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
from rangeops.adapters.transports.unix_server import UnixWireServer
from rangeops.domain.errors import RangeopsError
from rangeops.domain.events import JournalEntry
from rangeops.domain.orders import Orders
from rangeops.wire.conversation import Conversation, Say, hello, nonce
from rangeops.wire.messages import Hello, JournalTaken, Message, decode, encode
from rangeops.wire.seal import Seal, identity

_MOST_WAITING: Final = 50_000  # journal entries; more are offered again later
_log = structlog.get_logger(__name__)


class NatsBridge:
    """start, then close. The watch connects to `socket` under the node's name."""

    def __init__(
        self,
        subjects: Subjects,
        seal: Seal,
        node: str,
        socket: Path,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = NatsLine(subjects, node)
        self._subjects = subjects
        self._seal = seal
        self._node = node
        self._watch = UnixWireServer(socket, node)
        self._monotonic = monotonic
        self._talk: Conversation | None = None
        self._greeting = b""  # our nonce of the hello that is out
        self._heard_s = NEVER
        self._orders: Orders | None = None  # the last that are kept for us
        self._taken: tuple[int, bytes] | None = None  # the last entry in the record: its number and its identity
        self._journal: deque[tuple[int, bytes]] = deque()  # sealed entries that the broker hasn't stored yet
        self._offered: dict[int, bytes] = {}  # by the watch since it connected, not taken yet: number and identity
        self._more = asyncio.Event()
        self._greet = asyncio.Event()
        self._outbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._offered_on = 0  # the connection to the broker that there was when the watch began to offer
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Raises Unavailable where another process serves the watch's socket."""
        await self._watch.start(self)
        self._tasks = [
            asyncio.create_task(kept_up(work))
            for work in (self._listen, self._send_all, self._store_journal, self._keep_talking)
        ]

    async def close(self) -> None:
        await ended(self._tasks)
        await self._watch.close()

    @property
    def talking(self) -> bool:
        return self._talk is not None

    # The watch.

    async def connected(self, watch: str) -> None:
        """It offers its journal from the first entry that isn't taken; what waits here would come twice."""
        self._journal.clear()
        self._offered.clear()
        self._offered_on = self._line.connections
        if watch != self._node:
            _log.error("another watch than this node's", watch=watch, node=self._node)
        if self._orders is not None:
            self._watch.send(self._orders)

    async def received(self, watch: str, messages: list[Message]) -> None:
        if watch != self._node:
            return
        for message in messages:
            if isinstance(message, JournalEntry):
                self._take_in(message)
            else:
                self._say(Say.MESSAGE, message)

    async def gone(self, watch: str) -> None:
        _log.warning("watch gone", watch=watch)

    def _take_in(self, entry: JournalEntry) -> None:
        if len(self._journal) >= _MOST_WAITING:
            self._watch.drop(self._node)
            return
        sealed = self._seal.close(f"journal {self._node}", entry.seq, encode(entry))
        self._offered[entry.seq] = identity(sealed)
        self._journal.append((entry.seq, sealed))
        self._tell_taken()
        self._more.set()

    def _tell_taken(self) -> None:
        """The watch may forget what is in the record: known by content, for a journal begun anew counts from 1 again."""
        if self._taken is None or self._offered.get(self._taken[0]) != self._taken[1]:
            return
        seq = self._taken[0]
        self._offered = {offered: known for offered, known in self._offered.items() if offered > seq}
        while self._journal and self._journal[0][0] <= seq:
            self._journal.popleft()
        self._watch.send(JournalTaken(seq))

    async def _store_journal(self) -> None:
        self._more.set()  # what an earlier turn left, where a fault ended it
        while True:
            await self._more.wait()
            self._more.clear()
            # Over a new connection nothing goes before the watch has offered all anew: a broker that lost its disk would
            # have later entries before earlier ones.
            while self._journal and self._offered_on == self._line.connections:
                seq, sealed = waiting = self._journal[0]
                message_id = f"{self._node}/{seq}/{identity(sealed).hex()}"
                if not await self._line.store(self._subjects.of_node("journal", self._node), sealed, message_id):
                    await asyncio.sleep(RETRY_S)
                elif self._journal and self._journal[0] is waiting:
                    self._journal.popleft()

    # The server.

    async def _listen(self) -> None:
        at = self._subjects.of_node
        heard = {
            at("welcome", self._node): self._welcomed,
            at("down", self._node): self._spoken_to,
            at("orders", self._node): self._told_orders,
            at("taken", self._node): self._told_taken,
        }
        await self._line.keep(heard, self._up)

    async def _up(self) -> None:
        """The broker is there, or there again: look at what it kept for us meanwhile."""
        for kind, told in (("orders", self._told_orders), ("taken", self._told_taken)):
            try:
                kept = await self._line.js.get_last_msg(
                    self._subjects.kept_stream, self._subjects.of_node(kind, self._node)
                )
            except NotFoundError:
                continue  # nothing yet
            except BROKEN as error:
                _log.warning("nats", error=str(error))
                continue
            await told(kept)
        self._greet_again()

    async def _told_orders(self, received: object) -> None:
        try:
            _, body = self._seal.open(f"orders {self._node}", _data_of(received))
            orders = decode(body)
        except RangeopsError as error:
            _log.error("orders refused", error=str(error))
            return
        if isinstance(orders, Orders) and (self._orders is None or orders.version > self._orders.version):
            self._orders = orders
            self._watch.send(orders)

    async def _told_taken(self, received: object) -> None:
        try:
            self._taken = self._seal.open(f"taken {self._node}", _data_of(received))
        except RangeopsError as error:
            _log.error("word of the record refused", error=str(error))
            return
        self._tell_taken()

    def _say(self, what: Say, message: Message | None = None) -> None:
        if self._talk is not None and self._line.connected:
            self._outbox.put_nowait(self._talk.say(what, message))

    async def _send_all(self) -> None:
        subject = self._subjects.of_node("up", self._node)
        while True:
            await self._line.say(subject, await self._outbox.get())

    async def _keep_talking(self) -> None:
        """Greet until we are welcomed, and again when the server has fallen silent."""
        while True:
            if self._talk is not None and self._monotonic() - self._heard_s > SILENT_S:
                self._talk = None
            if self._talk is None:
                self._greeting = nonce()
                await self._line.say(
                    self._subjects.of_node("hello", self._node), hello(self._seal, self._node, self._greeting)
                )
            else:
                self._say(Say.PULSE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._greet.wait(), PULSE_S)
            self._greet.clear()

    async def _welcomed(self, received: Msg) -> None:
        try:
            talk = Conversation.welcomed(self._seal, self._node, self._greeting, received.data)
        except RangeopsError as error:
            _log.warning("welcome refused", error=str(error))
            return
        self._greeting = nonce()  # one hello, one welcome
        self._talk, self._heard_s = talk, self._monotonic()
        self._say(Say.MESSAGE, Hello("watch", self._node))
        self._watch.drop(self._node)  # what the broker lost meanwhile is offered again

    async def _spoken_to(self, received: Msg) -> None:
        if self._talk is None:
            return
        try:
            what, message = self._talk.hear(received.data)
        except RangeopsError as error:
            _log.warning("refused", error=str(error))
            return
        self._heard_s = self._monotonic()
        if what is Say.AGAIN:
            self._greet_again()
        elif message is not None:
            self._watch.send(message)

    def _greet_again(self) -> None:
        self._talk = None
        self._greet.set()
        self._watch.drop(self._node)


def _data_of(received: object) -> bytes:
    """A message that is delivered, and one that is looked up, are of two types in the library."""
    data = getattr(received, "data", None)
    return data if isinstance(data, bytes) else b""
