"""The line to a NATS server, alike on both ends of the wire: where things are, and a connection that comes back.

    P.journal.NODE    a stream: journal entries on their way; removed once they are in the server's record
    P.orders.NODE     a stream that keeps the last of each subject: the orders in force
    P.taken.NODE      likewise: the last entry that is in the record
    P.hello.NODE, P.welcome.NODE, P.up.NODE, P.down.NODE    said now or never: greeting, and one conversation

P is "rangeops" and the wire's name. What is in the streams survives every end of the line; nothing else waits anywhere.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import StorageType, StreamConfig

from rangeops.domain.errors import Invalid

PULSE_S: Final = 1.0
SILENT_S: Final = 3.5  # three pulses missed: the other end is gone, or the line between
RETRY_S: Final = 0.5
CONNECT_S: Final = 8.0
ANSWER_S: Final = 2.0  # a broker that stored a message says so within this, or is asked again
DUPLICATES_S: Final = 120  # for so long the broker itself drops a second copy
NEVER: Final = float("-inf")
BROKEN: Final = (Error, OSError, TimeoutError)  # a line's end, in the library's words and in the system's

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Subjects:
    """What a wire's messages are called at the broker. of: nats://HOST:PORT/NAME; a range's id names it otherwise."""

    servers: str
    name: str

    @classmethod
    def of(cls, url: str, range_id: str) -> Self:
        parts = urlsplit(url)
        name = parts.path.strip("/") or range_id
        if parts.scheme not in ("nats", "tls") or not parts.hostname or not name.replace("-", "").isalnum():
            raise Invalid(
                "it is no address of a NATS server",
                where="setting wire (RANGEOPS_WIRE)",
                do="Give nats://HOST:PORT or tls://HOST:PORT, with /NAME where several ranges share it.",
            )
        return cls(urlunsplit((parts.scheme, parts.netloc, "", "", "")), name)

    @property
    def prefix(self) -> str:
        return f"rangeops.{self.name}"

    @property
    def journal_stream(self) -> str:
        return f"rangeops-{self.name}-journal"

    @property
    def kept_stream(self) -> str:
        return f"rangeops-{self.name}-kept"

    def of_node(self, kind: str, node: str) -> str:
        return f"{self.prefix}.{kind}.{node}"


class NatsLine:
    """One connection, made again for as long as it takes."""

    def __init__(self, subjects: Subjects, name: str) -> None:
        self.subjects = subjects
        self._name = name
        self._client = Client()
        self.connections = 0  # that have been made so far

    @property
    def js(self) -> JetStreamContext:
        return self._client.jetstream(timeout=ANSWER_S)

    @property
    def connected(self) -> bool:
        return self._client.is_connected

    async def keep(
        self, listening: Mapping[str, Callable[[Msg], Awaitable[None]]], up: Callable[[], Awaitable[None]]
    ) -> None:
        """Hold a connection, for ever: until cancelled. `up` is awaited each time that one has come to be.

        The library's own reconnecting isn't used: through a line that stands while nothing passes it was seen to wait
        without an end. Every step of ours has one.
        """
        while True:
            client = Client()
            try:
                async with asyncio.timeout(CONNECT_S):
                    await self._connect(client, listening)
                    await self._make_streams()
                    await up()
                while True:
                    await asyncio.sleep(PULSE_S)
                    async with asyncio.timeout(ANSWER_S):
                        await client.flush()  # a ping, and its answer
            except BROKEN as error:
                await _said(error)
            finally:
                await _ended(client)
            await asyncio.sleep(RETRY_S)

    async def _connect(self, client: Client, listening: Mapping[str, Callable[[Msg], Awaitable[None]]]) -> None:
        await client.connect(
            self.subjects.servers,
            name=f"rangeops {self._name}",
            allow_reconnect=False,
            connect_timeout=2,
            no_echo=True,
            error_cb=_said,
        )
        for subject, heard in listening.items():
            await client.subscribe(subject, cb=heard)
        self._client = client
        self.connections += 1

    async def say(self, subject: str, data: bytes) -> bool:
        """Now or never: False where there is no connection."""
        if not self.connected:
            return False
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._client.publish(subject, data)
        except BROKEN as error:
            await _said(error)
            return False
        return True

    async def store(self, subject: str, data: bytes, message_id: str | None = None) -> bool:
        """In a stream: True once the broker has it."""
        if not self.connected:
            return False
        headers = None if message_id is None else {"Nats-Msg-Id": message_id}
        try:
            async with asyncio.timeout(2 * ANSWER_S):
                await self.js.publish(subject, data, timeout=ANSWER_S, headers=headers)
        except BROKEN as error:
            await _said(error)
            return False
        return True

    async def _make_streams(self) -> None:
        subjects = self.subjects
        journal = StreamConfig(
            name=subjects.journal_stream,
            subjects=[subjects.of_node("journal", "*")],
            storage=StorageType.FILE,
            duplicate_window=DUPLICATES_S,
        )
        kept = StreamConfig(
            name=subjects.kept_stream,
            subjects=[subjects.of_node("orders", "*"), subjects.of_node("taken", "*")],
            storage=StorageType.FILE,
            max_msgs_per_subject=1,
        )
        for stream in (journal, kept):
            try:
                await self.js.add_stream(stream)
            except BROKEN as error:
                await _said(error)


async def kept_up(work: Callable[[], Awaitable[None]]) -> None:
    """One end's work, begun anew where a fault of ours or the library's ends it: else orders would stay behind unseen."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001  # whatever it is: it is told, and the range's line goes on
            _log.error("nats: begun anew", work=work.__name__, exc_info=error)
        await asyncio.sleep(RETRY_S)


async def ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel, until they are over: the library turns a cancellation into an error where the line has just closed."""
    waiting = set(tasks)
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=RETRY_S)


async def _ended(client: Client) -> None:
    with contextlib.suppress(*BROKEN):
        async with asyncio.timeout(ANSWER_S):
            await client.close()


async def _said(error: Exception) -> None:
    _log.warning("nats", error=str(error) or type(error).__name__)
