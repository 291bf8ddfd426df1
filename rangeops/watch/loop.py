"""The enforcement loop: one thread, one selector, no waiting for anything but the next packet or the next deadline.

What is read is judged before anything else runs. The GCS heartbeat and the beat to the supervisor come from here and
from nowhere else: if this loop stands still, the vehicles' own failsafe and the supervisor must be able to see it.
"""

import selectors
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import structlog

from rangeops.adapters.mavlink.endpoints import Endpoint
from rangeops.adapters.mavlink.fence import CompiledFence
from rangeops.adapters.mavlink.fence_check import FenceDoubted
from rangeops.adapters.mavlink.fence_load import BeforeRead
from rangeops.adapters.mavlink.fleet import Fleet, FleetOutput, Outgoing, VehicleBroke
from rangeops.adapters.mavlink.inquiry import Answered
from rangeops.adapters.mavlink.link import Link
from rangeops.adapters.mavlink.messages import GlobalPositionInt, Heartbeat
from rangeops.adapters.transports.unix import UnixWire
from rangeops.domain.alarms import OF_A_LINK, Alarm, AlarmBoard, Assessment, Condition
from rangeops.domain.commands import (
    FINAL_STAGES,
    NOT_SENT,
    CommandKind,
    CommandOrder,
    CommandProgress,
    CommandStage,
)
from rangeops.domain.conditions import CONTAINMENT, VEHICLE, containment_assessments, vehicle_assessments
from rangeops.domain.errors import RangeopsError
from rangeops.domain.events import (
    AlarmChanged,
    CommandMoved,
    Event,
    FenceReadBack,
    OrdersTaken,
    VehicleFound,
    VehicleRebooted,
    VehicleRestored,
    WatchStarted,
)
from rangeops.domain.kept import Kept
from rangeops.domain.now import Now
from rangeops.domain.orders import Orders
from rangeops.domain.telemetry import Sysid
from rangeops.domain.text import safe_text
from rangeops.watch.fences import fence_again, fence_for
from rangeops.watch.heard import clash_of, state_of, uplink_ok
from rangeops.watch.journal import Journal
from rangeops.watch.kept import Shelf
from rangeops.watch.keyring import Keyring
from rangeops.watch.links import Links
from rangeops.watch.memory import Memory
from rangeops.watch.questions import Questions
from rangeops.watch.recorder import Recorder
from rangeops.watch.roster import Roster
from rangeops.watch.snapshots import vehicle_views
from rangeops.watch.vehicle import WatchedVehicle
from rangeops.wire.messages import AlarmAcked, JournalTaken, Message
from rangeops.wire.picture import Snapshot
from rangeops.wire.questions import Question

TICK_S: Final = 0.05  # what time alone brings: repetitions, probes, reopened links
DENSE_A_TICK: Final = 40  # packets: 800 a second …
BREATH_S: Final = 0.002  # … are taken at most every so often: a wake-up costs more than a packet
JUDGE_S: Final = 0.2  # a vehicle that sends nothing is judged all the same
SNAPSHOT_S: Final = 0.2
HEARTBEAT_S: Final = 1.0  # MAVLink's usual rate; a vehicle's GCS failsafe counts from the last one
COMMANDS_SHOWN_S: Final = 30.0  # a command that is over stays on screen so long
JOURNAL_BATCH: Final = 256

_log = structlog.get_logger("watch")


class Loop:
    """Everything is given to it; `run` returns when `stop` says so."""

    def __init__(
        self,
        *,
        name: str,
        fleet: Fleet,
        wire: UnixWire,
        journal: Journal,
        recorder: Recorder,
        memory: Memory,
        clock: Callable[[], Now],
        beat: Callable[[], None],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._name = name
        self._fleet = fleet
        self._wire = wire
        self._journal = journal
        self._recorder = recorder
        self._memory = memory
        self._clock = clock
        self._beat = beat
        self._pause = pause
        self._heard = 0  # packets since the last tick
        self._dense = False
        self._selector = selectors.DefaultSelector()
        self._keyring = Keyring(memory, clock)
        fleet.trailer_of = self._keyring.trailer_of
        self._links = Links(self._selector, recorder, self._keyring)
        self._board = AlarmBoard()
        self._shelf = Shelf(memory)
        self._roster = Roster(memory.episodes(), clock())
        self._questions = Questions(fleet, self._roster)
        self._commands: dict[str, tuple[float, CommandProgress]] = {}
        self._wire_registered: tuple[int, int] | None = None  # (connection, descriptor)
        self._wire_connections = 0
        self._next_tick_s = self._next_judge_s = self._next_snapshot_s = self._next_heartbeat_s = float("-inf")

    def run(self, stop: Callable[[], bool]) -> None:
        self.begin()
        try:
            while not stop():
                self.turn()
        finally:
            self.close()

    def begin(self) -> None:
        """What was in force stays in force: orders, alarms and episodes as they were kept."""
        now = self._clock()
        self._selector.register(self._journal, selectors.EVENT_READ, self._journal)
        orders = self._memory.orders()
        self._board.restore(self._memory.alarms())
        self._note([WatchStarted(orders.version if orders else 0, resumed=orders is not None)], now)
        if orders is not None:
            self._apply(orders, now)

    def close(self) -> None:
        """Give everything back; what waits for the disk is written first."""
        self._links.close()
        self._wire.close()
        self._recorder.close()
        self._journal.close()
        self._memory.close()
        self._selector.close()

    def link_counters(self) -> tuple[Link, ...]:
        """The links' own counts, for benchmarks and proofs that nothing was dropped."""
        return self._links.counters()

    def turn(self) -> None:
        """One wake-up: read and judge what came, then what is due."""
        if self._dense:
            self._pause(BREATH_S)  # what comes meanwhile is read at once, instead of with a wake-up each
        ready = self._selector.select(max(0.0, min(TICK_S, self._next_tick_s - self._clock().monotonic_s)))
        now = self._clock()
        for key, events in ready:
            if key.data is self._journal:
                self._tell_journal()
            elif key.data is self._wire:
                self._hear_server(now)
            else:
                self._hear_vehicles(key.data, key, events, now)
        if now.monotonic_s >= self._next_tick_s:
            self._next_tick_s = now.monotonic_s + TICK_S
            self._dense, self._heard = self._heard >= DENSE_A_TICK, 0
            self._tick(self._clock())

    # What comes in.

    def _hear_vehicles(self, endpoint: Endpoint, key: selectors.SelectorKey, events: int, now: Now) -> None:
        packets, changed = self._links.ready(endpoint, key, events, now)
        self._note(changed, now)
        self._heard += len(packets)
        known = len(self._fleet.vehicles)
        moved: dict[Sysid, None] = {}
        for peer, packet in packets:
            try:
                outputs = self._fleet.received(endpoint.uri, peer, packet, now)
            except Exception as error:  # noqa: BLE001  # as for judging: this vehicle's alarm, nobody else's stop
                outputs = [VehicleBroke(packet[0], error)]
            if outputs:
                self._carry_out(outputs, now)
            kind = type(packet[2])
            if kind is GlobalPositionInt or kind is Heartbeat:
                moved[packet[0]] = None
        for sysid in moved:
            if sysid in self._fleet.vehicles:
                self._judge(sysid, now)
        if len(self._fleet.vehicles) > known:
            self._next_heartbeat_s = float("-inf")  # after a restart its GCS failsafe has been counting for a while

    def _hear_server(self, now: Now) -> None:
        for message in self._wire.receive():
            self._obey(message, now)
        self._watch_wire()

    def _obey(self, message: Message, now: Now) -> None:
        match message:
            case Orders():
                self._take_orders(message, now)
            case CommandOrder():
                if message.id not in self._commands:  # a second delivery is without effect
                    self._command(message, now)
            case Question():
                self._carry_out(self._questions.ask(message, now), now)
            case JournalTaken():
                self._journal.taken(message.seq)
            case AlarmAcked():
                alarm = self._board.acknowledge(message.alarm, message.by, now)
                self._note([AlarmChanged(alarm)] if alarm else [], now)
                self._memory.keep_alarms(self._board.standing)
            case _:
                _log.warning("unexpected message", kind=type(message).__name__)

    # What is due.

    def _tick(self, now: Now) -> None:
        self._carry_out(self._fleet.timed_out(now), now)
        for order, refusal in self._shelf.settled():
            self._carry_out(self._fleet.proceed(order, now, refusal), now)
        self._note(self._links.tend(now), now)
        if now.monotonic_s >= self._next_heartbeat_s:
            self._next_heartbeat_s = now.monotonic_s + HEARTBEAT_S
            self._carry_out(self._fleet.heartbeats(self._links.open_uris, now), now)
        if now.monotonic_s >= self._next_judge_s:
            self._next_judge_s = now.monotonic_s + JUDGE_S
            for sysid in self._roster.sysids(self._fleet.vehicles):
                self._look_at(sysid, now)
            self._assess_watch(now)
            self._beat()
        self._wire.tend(now)
        self._tell_journal()
        if now.monotonic_s >= self._next_snapshot_s:
            self._next_snapshot_s = now.monotonic_s + SNAPSHOT_S
            self._forget_commands(now)
            if self._wire.connected:
                self._wire.send(self._snapshot(now))
        self._watch_wire()

    def _judge(self, sysid: Sysid, now: Now) -> None:
        """Hold one vehicle against its order. Whatever that raises is this vehicle's alarm and nobody else's stop."""
        vehicle, state = self._roster.vehicle(sysid), state_of(self._fleet, sysid)
        policy = self._roster.policy
        if policy is None:
            return  # no orders yet: nothing to hold anybody against
        episode = vehicle.enforcer.episode
        try:
            commands, events = vehicle.judge(state, policy, now)
        except Exception as error:  # noqa: BLE001  # one vehicle's exception must not stop the loop; it is alarmed
            self._broke(sysid, error, now)
            commands, events = [], []
        for command in commands:
            self._command(command, now)
        self._note(events, now)
        if vehicle.enforcer.episode != episode:
            self._memory.keep_episodes(self._roster.episodes())
        source = vehicle.callsign
        present = containment_assessments(source, state, vehicle.exposure, policy)
        self._alarms_changed(self._board.assess_source(source, CONTAINMENT, present, now), now)

    def _look_at(self, sysid: Sysid, now: Now) -> None:
        """The whole vehicle, whether it sent anything or not: judged where it may have changed, every condition assessed."""
        vehicle, policy = self._roster.vehicle(sysid), self._roster.policy
        if policy is None:
            return
        if not vehicle.is_settled(now):
            self._judge(sysid, now)
        state = state_of(self._fleet, sysid)
        try:
            self._carry_out(fence_again(vehicle, state, self._fleet, now), now)
        except Exception as error:  # noqa: BLE001  # as for judging
            self._broke(sysid, error, now)
        facts = vehicle.facts(
            state, policy, uplink_ok=uplink_ok(self._fleet, sysid, now), clash=clash_of(self._fleet, sysid, now)
        )
        changed = self._board.assess_source(vehicle.callsign, VEHICLE, vehicle_assessments(facts, now), now)
        self._alarms_changed(changed, now)

    def _broke(self, sysid: Sysid, error: Exception, now: Now) -> None:
        _log.error("vehicle can't be handled", sysid=sysid, exc_info=error)
        self._roster.vehicle(sysid).failed(safe_text(f"{type(error).__name__}: {error}"), now)

    def _assess_watch(self, now: Now) -> None:
        failure = self._recorder.failure or self._journal.failure
        self._assess([Assessment(Condition.RECORDER_FAILING, "recorder", bool(failure), value=failure)], now)
        self._assess(self._links.assess(now), now)
        self._assess(self._keyring.assess((uri for uri, _, _ in self._links.down()), now), now)
        self._assess(self._restores_due(now), now)
        self._assess((Assessment(x.condition, x.source, present=False) for x in self._orphans()), now)

    def _orphans(self) -> Iterator[Alarm]:
        """Alarms of sources that are gone: a link that was removed, a callsign whose slot is over."""
        wanted = {uri for uri, _, _ in self._links.down()}
        for alarm in self._board.standing:
            link_gone = alarm.condition in OF_A_LINK and alarm.source not in wanted
            callsign_gone = alarm.sysid is not None and self._roster.vehicle(alarm.sysid).callsign != alarm.source
            if link_gone or callsign_gone:
                yield alarm

    def _restores_due(self, now: Now) -> Iterator[Assessment]:
        """Heard or not: who has left with our fence on board is to be called back. Ended: once it is read back."""
        present: set[str] = set()
        for sysid in self._shelf.sysids():
            vehicle = self._roster.vehicle(sysid)
            if (kept := self._shelf.due(vehicle, now)) is not None:
                present.add(vehicle.callsign)
                value = f"of slot {kept.slot}, {kept.company}"
                yield Assessment(Condition.RESTORE_DUE, vehicle.callsign, present=True, sysid=sysid, value=value)
        for alarm in self._board.standing:
            if alarm.condition is Condition.RESTORE_DUE and alarm.source not in present:
                yield Assessment(Condition.RESTORE_DUE, alarm.source, present=False)

    def _assess(self, assessed: Iterable[Assessment], now: Now) -> None:
        self._alarms_changed([alarm for each in assessed if (alarm := self._board.assess(each, now)) is not None], now)

    def _alarms_changed(self, changed: list[Alarm], now: Now) -> None:
        if changed:
            self._note([AlarmChanged(alarm) for alarm in changed], now)
            self._memory.keep_alarms(self._board.standing)

    # What goes out.

    def _command(self, order: CommandOrder, now: Now) -> None:
        """The policy's and the operators' commands alike: to the vehicle first, to the journal after."""
        vehicle = self._roster.vehicle(order.sysid)
        try:
            vehicle.permit(order, self._roster.grant(order.sysid), state_of(self._fleet, order.sysid), now)
            on_board = self._on_board(order.kind, vehicle, now)
        except RangeopsError as error:
            refused = CommandProgress(order, CommandStage.REFUSED, detail=f"{NOT_SENT}{error.what}")
            self._carry_out([refused], now)
            return
        vehicle.commanded(order.kind, now)
        self._carry_out(self._fleet.order(order, now, on_board), now)

    def _on_board(self, kind: CommandKind, vehicle: WatchedVehicle, now: Now) -> CompiledFence | Kept | None:
        """What a command on the ground loads or puts back; None for every other. Raises Refused."""
        if kind is CommandKind.LOAD_FENCE:
            fence = fence_for(vehicle, state_of(self._fleet, vehicle.sysid), now)
            return self._questions.as_agreed(vehicle, fence)
        if kind is CommandKind.RESTORE:
            return self._shelf.to_restore(self._fleet.vehicles.get(vehicle.sysid), vehicle)
        return None

    def _carry_out(self, outputs: Iterable[FleetOutput | Outgoing], now: Now) -> None:
        for output in outputs:
            match output:
                case Outgoing():
                    self._note(self._links.send(output, now), now)
                case CommandProgress():
                    self._progressed(output, now)
                case VehicleBroke(sysid, error):
                    self._broke(sysid, error, now)
                case BeforeRead():
                    self._before_read(output, now)
                case Answered():
                    if self._wire.connected:
                        self._wire.send(self._questions.answer(output, now))
                case _:
                    self._note(self._told(output, now), now)

    def _before_read(self, read: BeforeRead, now: Now) -> None:
        """A load waits until what it read is kept; where nobody agreed to what it would write, it ends here."""
        try:
            kept = self._shelf.keep(read, self._fleet.vehicles[read.sysid], self._roster.vehicle(read.sysid), now)
        except RangeopsError as error:
            self._carry_out(self._fleet.proceed(read.order, now, f"{error.what}; nothing was written"), now)
        else:
            self._note([kept], now)

    def _told(self, told: FenceDoubted | Event, now: Now) -> tuple[Event, ...]:
        """What a vehicle's part of the fleet tells, taken in; the events that the journal gets of it."""
        match told:
            case VehicleRestored(sysid):
                self._shelf.restored(told, self._fleet.vehicles.get(sysid))
            case VehicleFound(sysid):
                self._roster.vehicle(sysid).fence_check_from_s = now.monotonic_s  # who knows what happened meanwhile
            case FenceDoubted(sysid, why):
                _log.info("fence doubted", sysid=sysid, why=why)
                self._roster.vehicle(sysid).fence_doubted(now)
                return ()
            case FenceReadBack(sysid, equal):
                self._roster.vehicle(sysid).fence_read(equal=equal)
            case VehicleRebooted(sysid):
                return (self._roster.vehicle(sysid).rebooted(now),)
        return (told,)

    def _progressed(self, progress: CommandProgress, now: Now) -> None:
        self._commands[progress.order.id] = (now.monotonic_s, progress)
        vehicle = self._roster.vehicle(progress.order.sysid)
        episode = vehicle.enforcer.episode
        vehicle.progressed(progress, now)
        self._note([CommandMoved(progress)], now)
        if vehicle.enforcer.episode != episode:
            self._memory.keep_episodes(self._roster.episodes())

    def _note(self, events: Iterable[Event], now: Now) -> None:
        for event in events:
            self._journal.append(event, now)

    def _tell_journal(self) -> None:
        self._journal.collect()  # with no server too: what isn't collected would wake this loop again and again
        if self._wire.connections != self._wire_connections:
            self._wire_connections = self._wire.connections
            self._journal.start_over()
        while self._wire.room and (batch := self._journal.to_send(JOURNAL_BATCH)):
            for entry in batch:
                self._wire.send(entry)

    def _forget_commands(self, now: Now) -> None:
        self._commands = {
            key: (at_s, progress)
            for key, (at_s, progress) in self._commands.items()
            if progress.stage not in FINAL_STAGES or now.monotonic_s - at_s < COMMANDS_SHOWN_S
        }

    def _snapshot(self, now: Now) -> Snapshot:
        return Snapshot(
            watch=self._name,
            utc=now.utc,
            orders_version=self._roster.version,
            vehicles=vehicle_views(self._roster, self._fleet, now),
            links=self._links.views(now),
            alarms=self._board.standing,
            commands=tuple(progress for _, progress in self._commands.values()),
        )

    # Orders.

    def _take_orders(self, orders: Orders, now: Now) -> None:
        if orders.version <= self._roster.version:
            return
        self._memory.keep_orders(orders)
        self._apply(orders, now)
        self._note([OrdersTaken(orders.version)], now)
        self._give_back(now)

    def _apply(self, orders: Orders, now: Now) -> None:
        self._roster.take(orders, self._fleet.vehicles)
        self._fleet.expected = frozenset(order.sysid for order in orders.vehicles)
        self._note(self._links.want(orders.links, now), now)

    def _give_back(self, now: Now) -> None:
        """Slots that these orders have ended: what their vehicles had comes back, where they stand disarmed."""
        for sysid in self._shelf.sysids():
            vehicle = self._roster.vehicle(sysid)
            heard = self._fleet.vehicles.get(sysid)
            if (order := self._shelf.to_give_back(heard, vehicle, now)) is not None:
                self._command(order, now)

    def _watch_wire(self) -> None:
        """Keep the selector's registration in step with a connection that comes and goes.

        A new connection may get the old one's descriptor: the connection's number tells them apart.
        """
        fd = self._wire.fileno()
        present = None if fd is None else (self._wire.connections, fd)
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._wire.wants_write else 0)
        if present != self._wire_registered:
            if self._wire_registered is not None:
                self._selector.unregister(self._wire_registered[1])
            if fd is not None:
                self._selector.register(fd, events, self._wire)
            self._wire_registered = present
        elif fd is not None:
            self._selector.modify(fd, events, self._wire)
