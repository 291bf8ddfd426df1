"""Orders on their way to the watches: to each the newest, never older ones after newer, and our word that they hold."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

import structlog

from rangeops.domain.errors import RangeopsError
from rangeops.domain.now import Now
from rangeops.domain.orders import MOST_VERSIONS, Orders
from rangeops.server.storing import Storing
from rangeops.services.build import Services
from rangeops.services.changes import SERVER
from rangeops.services.ports.watches import Wire
from rangeops.services.ports.world import Clock
from rangeops.wire.messages import ServerWord
from rangeops.wire.picture import Snapshot

_RETRY_S: Final = 1.0
_WORD_S: Final = 1.0
_log = structlog.get_logger(__name__)


class OrdersOut:
    """`connected` and `heard` for each watch, `tell` when new ones are issued, `look` from time to time.

    own_watch: the one beside the server. spawn: runs a task that the server ends with itself.
    """

    def __init__(
        self,
        services: Services,
        wire: Wire,
        storing: Storing,
        *,
        own_watch: str,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._services, self._wire, self._storing = services, wire, storing
        self._own_watch, self._clock, self._spawn = own_watch, clock, spawn
        self._sent: dict[str, int] = {}  # by watch, the version of the orders that it was sent
        self._word_s: dict[str, float] = {}  # by watch, when it last had our word
        self._told: set[str] = set()  # watches of which it was said that their orders are nobody's

    def tell(self, orders: Orders, watches: Iterable[str]) -> None:
        for watch in watches:
            self._send(watch, orders)

    def connected(self, watch: str) -> None:
        self._spawn(self._newest_to(watch))

    def heard(self, watch: str, snapshot: Snapshot, now: Now, *, was_silent: bool) -> None:
        """Its picture has come. Its leases go on from when it asked, where it was sent the newest orders."""
        sent = self._sent.get(watch)
        if sent is None:
            return
        if snapshot.orders_version > MOST_VERSIONS:
            self._nobodys(watch, snapshot.orders_version)
        elif snapshot.orders_version > sent:
            del self._sent[watch]  # no word before it has ours; and not again with its next picture
            self._spawn(self._overtake(watch, snapshot.orders_version))
            return
        if was_silent:
            del self._sent[watch]  # its leases may be moving: no word before it has the newest
            self._spawn(self._newest_to(watch))
        elif now.monotonic_s - self._word_s.get(watch, float("-inf")) >= _WORD_S:
            self._word_s[watch] = now.monotonic_s  # once a second: it is what a lease's hold-over counts from
            self._wire.send(ServerWord(snapshot.monotonic_s, sent), watch=watch)

    def _nobodys(self, watch: str, version: int) -> None:
        """It was given orders by hand, and obeys none of ours; told once."""
        if watch not in self._told:
            self._told.add(watch)
            _log.error("a watch has orders that no range issued", watch=watch, version=version)

    async def look(self) -> Orders | None:
        """The orders in force, issued anew if time alone has changed them; None where the store fails."""
        return await self._stored(self._current)

    async def _newest_to(self, watch: str) -> None:
        """The orders in force. The watch has its own till then."""
        self._send(watch, await self._surely(self._current))

    async def _overtake(self, watch: str, version: int) -> None:
        """It has later orders than we ever sent, of a database that was put back since: ours go above them."""

        def issue() -> Orders:
            with self._services.changes.begin(self._clock(), SERVER) as change:
                return self._services.desk.overtake(change, watch, version)

        orders = await self._surely(issue)
        if self._sent.get(watch) != orders.version:  # as it was told to all
            self._send(watch, orders)

    def _send(self, watch: str, orders: Orders) -> None:
        """Each is told whom the vehicles are leased to, and the links that are its own. Never older ones after newer.

        What was read of the store for a watch that has just connected may have been overtaken by then; and over NATS the
        last that was sent is what the broker keeps for the node.
        """
        if orders.version < self._sent.get(watch, 0):
            return
        self._wire.send(orders.for_watch(watch, beside_server=watch == self._own_watch), watch=watch)
        self._sent[watch] = orders.version

    async def _surely(self, read: Callable[[], Orders]) -> Orders:
        """Again and again while the store fails."""
        while (orders := await self._stored(read)) is None:  # noqa: ASYNC110  # another try, not a wait
            await asyncio.sleep(_RETRY_S)
        return orders

    async def _stored(self, read: Callable[[], Orders]) -> Orders | None:
        try:
            orders = await asyncio.to_thread(read)
        except RangeopsError as error:
            self._storing.failed("orders", str(error), self._clock())
            return None
        self._storing.works("orders")
        return orders

    def _current(self) -> Orders:
        self._services.standby.tick(self._clock())
        self._services.clearance.tend(self._clock())
        with self._services.changes.begin(self._clock(), SERVER) as change:
            return self._services.desk.current(change)
