"""The server at work, without HTTP: watches on one side, screens on the other, the use cases between them."""

import asyncio
import sys
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from itertools import count
from typing import Any, Final, ParamSpec, Self, TypeVar

import structlog

from rangeops.domain.alarms import Alarm, AlarmDeed
from rangeops.domain.audit import Actor, AuditEntry
from rangeops.domain.checkpoints import SignedCheckpoint
from rangeops.domain.commands import NOT_SENT, CommandKind, CommandProgress, CommandStage
from rangeops.domain.errors import RangeopsError, Unavailable
from rangeops.domain.events import JournalEntry
from rangeops.domain.evidence import SignaturesMissing
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import NOBODY
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.writes import WriteDiff
from rangeops.server.bundles import Bundling
from rangeops.server.deeds import DeedsUnderWay
from rangeops.server.events import EventHub
from rangeops.server.feed import FeedHub
from rangeops.server.films import Filming
from rangeops.server.inboxes import Inboxes
from rangeops.server.live import SILENT_S, LiveRange
from rangeops.server.orders_out import OrdersOut
from rangeops.server.signing_in import SigningIn
from rangeops.server.storing import OWN, Storing
from rangeops.server.tail import Tail
from rangeops.server.work import WorkDesk, lanes
from rangeops.server.workers import Pool, Workers
from rangeops.server.zone_publication import ZonePublication
from rangeops.services.build import Services
from rangeops.services.changes import SERVER, Notice, OrdersIssued
from rangeops.services.commanding import SECOND_WITHIN_S
from rangeops.services.ports.watches import Wire
from rangeops.services.ports.world import Clock
from rangeops.wire.api import CommandRequest
from rangeops.wire.enforcement import ActOrdered, EpisodeAsked
from rangeops.wire.messages import Message
from rangeops.wire.picture import Snapshot
from rangeops.wire.questions import Answer, Question

P = ParamSpec("P")
T = TypeVar("T")

PICTURE_S: Final = 0.2
_REFRESH_TICKS: Final = 50  # orders are looked at anew every 10 s: a briefed slot's end passes without anybody's deed
_SETTLE_TICKS: Final = 5  # what couldn't be stored is tried again each second
_SIGN_S: Final = 1.0
_COMMAND_S: Final = 5.0  # a command that reaches its watch later is not carried out: somebody has done something else
_SWITCH_S: Final = 0.0005  # a thread at work on a request lets the one that tells the watches in this soon, not in 5 ms
_log = structlog.get_logger(__name__)


class Operations:
    """start, then `announce`, the WireHandler's three and the operators' deeds below, then close.

    Deeds are done by `user`, whom `acting_as` gives: without it nobody does them, and the services refuse.
    """

    def __init__(
        self,
        *,
        services: Services,
        live: LiveRange,
        hub: FeedHub,
        wire: Wire,
        clock: Clock,
        workers: Workers,
        own_watch: str = "watch",
        newest_checkpoint: Callable[[], SignedCheckpoint | None] = lambda: None,
        keep_signing: Callable[[Now], str] | None = None,
        bundling: Bundling | None = None,
        filming: Filming | None = None,
    ) -> None:
        """keep_signing: signs the record where that is due, and says what of it fell short; None: nobody signs.

        bundling: writes evidence bundles; filming: makes replays for browsers; None: nobody does.
        """
        self.services = services
        self.bundling = bundling
        self.filming = filming
        self._own_watch = own_watch
        self._keep_signing = keep_signing
        self.live = live
        self.hub = hub
        self.clock = clock
        self.user = NOBODY
        self._wire = wire
        self._workers = workers
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked: dict[str, asyncio.Future[Answer]] = {}
        self._questions = count(1)
        self._storing = Storing(live, services)
        self._inboxes = Inboxes(services.intake, wire, self._storing, clock=clock, spawn=self._spawn)
        self._orders = OrdersOut(services, wire, self._storing, own_watch=own_watch, clock=clock, spawn=self._spawn)
        self._settling = asyncio.Lock()
        self.signing_in = SigningIn()
        self._deeds = DeedsUnderWay()
        self.writes_shown: dict[SlotId, WriteDiff] = {}  # the last diff of each slot that a person saw
        self.newest_checkpoint = newest_checkpoint
        self.work = WorkDesk(clock, lanes(readers=workers.readers))
        self.events = EventHub(Tail(self._following), services.sight.picture)
        self.zones = ZonePublication(services.definition, lambda: services.zones.enter(clock()))
        hub.also(self.events)

    def acting_as(self, user: Actor) -> Self:
        """These very operations, in a person's name. For one request: what `start` makes must be there already."""
        acting = copy(self)
        acting.user = user
        return acting

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        sys.setswitchinterval(_SWITCH_S)
        self.live.restore(await self.run(self.services.alarms.unfinished, self.clock()))
        await self._wire.start(self)
        await self._workers.start()
        self._spawn(self._tick())
        if self._keep_signing is not None:
            self._spawn(self._sign(self._keep_signing))

    async def close(self) -> None:
        await self.work.close()
        await self._wire.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call what waits for the disk, off the event loop."""
        return await asyncio.to_thread(function, *args, **kwargs)

    async def compute(self, function: Callable[[Any], T], argument: Any) -> T:
        """Call what costs CPU time, in another process."""
        return await self._workers.compute(function, argument)

    async def confined(self, function: Callable[[Any], T], argument: Any, answer: type[T], *, where: str) -> T:
        """Call what reads strangers' files, in a process that can hurt nobody. Raises Refused where it takes too much."""
        return await self._workers.confined(function, argument, answer, where=where)

    @property
    def pools(self) -> tuple[Pool, ...]:
        return self._workers.pools

    async def _following(self, seq: int, limit: int) -> tuple[AuditEntry, ...]:
        def read() -> tuple[AuditEntry, ...]:
            with self.services.store.read() as work:
                return work.record.following(seq, limit)

        return await self.run(read)

    def announce(self, notice: Notice) -> None:
        """Tell watches and screens. From any thread, after the commit that made it so."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, notice)

    def _tell(self, notice: Notice) -> None:
        if isinstance(notice, OrdersIssued):
            nodes = (node.name for node in notice.orders.nodes)
            self._orders.tell(notice.orders, {self._own_watch, *self._inboxes, *nodes})
        self.hub.tell(notice)

    # -- watches ------------------------------------------------------------------------------------------------

    async def connected(self, watch: str) -> None:
        self._inboxes.heard(watch)
        for deed in self._deeds.again(watch, self.clock()):
            self._wire.send(deed, watch=watch)
        self._orders.connected(watch)

    async def received(self, watch: str, messages: list[Message]) -> None:
        self._inboxes.heard(watch)
        for message in messages:
            if isinstance(message, Snapshot):
                now = self.clock()
                self._deeds.heard(watch, now)
                was_silent = self.live.silent_s(watch, now) > SILENT_S
                if self.live.took(message, now):
                    self.hub.show(self.live.picture(now))
                self._orders.heard(watch, message, now, was_silent=was_silent)
            elif isinstance(message, JournalEntry):
                self._inboxes.put(watch, message)
            elif isinstance(message, Answer):
                asked = self._asked.get(message.question)
                if asked is not None and not asked.done():
                    asked.set_result(message)

    async def gone(self, watch: str) -> None:
        _log.info("watch gone", watch=watch)

    # -- operators ----------------------------------------------------------------------------------------------

    async def command(self, sysid: int, request: CommandRequest) -> CommandProgress:
        """Record an operator's command, and send it. Raises Invalid, Refused, Conflict, Unavailable.

        One that needs a second person's word is QUEUED until that comes: no watch has it.
        """
        now = self.clock()
        watch, lease = await self.run(self.commander, Sysid(sysid))
        if not self.live.enforcing(now, watch):
            raise Unavailable(
                "no watch is running: it can't be sent"
                if watch == self._own_watch
                else f"watch {watch}, which commands it, is not heard",
                where=f"command to sysid {sysid}",
                do="Call the pilot; see ENFORCEMENT DOWN.",
            )
        if request.offered:
            request = self.live.taken_up(Sysid(sysid), request, now)
        until_s = self.until_s(watch)
        order = await self.run(self.services.commands.order, sysid, request, now, self.user)
        if order.kind is CommandKind.TERMINATE and not order.has_two_persons:
            detail = f"{NOT_SENT}a second person has {SECOND_WITHIN_S:g} s to confirm it with a token of their own"
            return CommandProgress(order, CommandStage.QUEUED, detail=detail)
        if not self._wire.send(replace(order, lease=lease, not_after_s=until_s), watch=watch):
            says = f"{order.kind.value} for sysid {sysid} ({order.id}) was NOT sent: the watch had just gone"
            await self.run(self.services.commands.noted, "command.unsent", says, self.clock(), SERVER)
            raise Unavailable(
                "the watch has just gone: it was not sent",
                where=f"command to sysid {sysid}",
                do="Call the pilot; try again when the watch is back.",
            )
        return self.live.queued(order, now)

    def until_s(self, watch: str) -> float | None:
        """For a command that is asked for now: when, on its watch's own clock, it comes too late to be carried out."""
        clock_s = self.live.clock_of(watch)
        return None if clock_s is None else clock_s + _COMMAND_S

    def act(self, act: ActOrdered, watch: str) -> bool:
        """Several orders as one, to one watch; False where it isn't there."""
        return self._wire.send(act, watch=watch)

    def commander(self, sysid: Sysid) -> tuple[str, int]:
        """The watch that has the vehicle's lease, and the lease's number. Without one: whoever hears it, and 0."""
        with self.services.store.read() as work:
            orders = work.orders.latest()
        lease = orders.lease(sysid) if orders else None
        if lease is None:
            return self.live.hearing(sysid, self.clock()) or self._own_watch, 0
        return lease.watch or lease.previous, lease.number

    async def put(self, sysid: Sysid, make: Callable[[str], Question | EpisodeAsked], within_s: float) -> Answer:
        """What is made under a number of its own goes to the watch that commands the vehicle: its answer, a no too.

        Raises Unavailable.
        """
        where = f"vehicle {sysid}"
        message = make(f"Q{next(self._questions)}")
        asked: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[message.id] = asked
        try:
            watch, _ = await self.run(self.commander, sysid)
            if not self._wire.send(message, watch=watch):
                raise Unavailable("no watch is running", where=where, do="See ENFORCEMENT DOWN.")
            return await asyncio.wait_for(asked, within_s)
        except TimeoutError as error:
            raise Unavailable(
                f"it was not answered in {within_s:g} s", where=where, do="Check the link; try again."
            ) from error
        finally:
            del self._asked[message.id]

    def to_watches(self, deed: AlarmDeed) -> None:
        """To every watch that is there, and again to one that ends before it took it: when it is back."""
        self._deeds.sent(deed, {self._own_watch, *self._inboxes}, self.clock())
        self._wire.send(deed)

    # -- by itself ----------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        """Five times a second: the server's own alarms, and the picture for the screens."""
        ticks = 0
        self._spawn(self._look_at_sky())
        while True:
            now = self.clock()
            for alarm in self.live.judge(now):
                self._spawn(self.note_alarm(alarm))
            self.hub.show(self.live.picture(now))
            ticks += 1
            if ticks % _SETTLE_TICKS == 0 and self._storing.owes and not self._settling.locked():
                self._spawn(self._settle())
            if ticks % _REFRESH_TICKS == 0:
                self._spawn(self._orders.look())
                self._spawn(self._look_at_papers())
                self._spawn(self._look_at_weather())
                self._spawn(self._look_at_sky())
            await asyncio.sleep(PICTURE_S)

    async def _sign(self, keep_signing: Callable[[Now], str]) -> None:
        while True:
            try:
                self.live.signing(await self.run(keep_signing, self.clock()))
            except SignaturesMissing as error:
                self.live.signing("", missing=error.what)
            except RangeopsError as error:
                self.live.signing(str(error))
            await asyncio.sleep(_SIGN_S)

    async def _look_at_papers(self) -> None:
        try:
            await self.run(self.services.registry.warn, self.clock())
        except RangeopsError as error:
            self._storing.failed("papers", str(error), self.clock())
        else:
            self._storing.works("papers")

    async def _look_at_weather(self) -> None:
        """Wind and daylight, held against what is armed just now."""
        now = self.clock()
        armed = [(view.callsign, view.slot) for view in self.live.picture(now).vehicles if view.armed]
        try:
            self.live.conditions(await self.run(self.services.alarms.range_conditions, armed, now))
        except RangeopsError as error:
            self._storing.failed("weather", str(error), self.clock())
        else:
            self._storing.works("weather")

    async def _look_at_sky(self) -> None:
        try:
            self.live.under(await self.run(self.services.sky.view, self.clock()))
        except RangeopsError as error:
            self._storing.failed("sky", str(error), self.clock())
        else:
            self._storing.works("sky")

    async def note_alarm(self, alarm: Alarm) -> None:
        """One of the server's own, as it has changed, into the record: now, or once it can be stored."""
        self._storing.owe(alarm, self.clock())
        await self._settle()

    async def _settle(self) -> None:
        async with self._settling:
            try:
                await self.run(self._storing.settle, self.clock())
            except RangeopsError as error:
                self._storing.failed(OWN, str(error), self.clock())
            else:
                self._storing.works(OWN)

    def _spawn(self, coroutine: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("task failed", exc_info=error)
