"""The enforcement loop: one thread, one selector, no waiting for anything but the next packet or the next deadline.

What is read is judged before anything else runs. The GCS heartbeat and the beat to the supervisor come from here and
from nowhere else: if this loop stands still, the vehicles' own failsafe and the supervisor must be able to see it.
"""

import os
import selectors
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

import structlog

from rangeops.adapters.mavlink.endpoints import Endpoint
from rangeops.adapters.mavlink.fence import CompiledFence
from rangeops.adapters.mavlink.fence_load import BeforeRead
from rangeops.adapters.mavlink.fleet import Fleet, FleetOutput, Outgoing, VehicleBroke
from rangeops.adapters.mavlink.inquiry import Answered
from rangeops.adapters.mavlink.link import Link
from rangeops.adapters.mavlink.messages import GlobalPositionInt, Heartbeat
from rangeops.adapters.transports.unix import UnixWire
from rangeops.domain.alarms import AlarmDeed
from rangeops.domain.clock_state import ClockState
from rangeops.domain.commands import (
    NOTHING_WRITTEN,
    CommandKind,
    CommandOrder,
    CommandProgress,
    not_sent,
)
from rangeops.domain.conditions import CONTAINMENT, VEHICLE, containment_assessments, source_states, vehicle_assessments
from rangeops.domain.errors import RangeopsError, Refused
from rangeops.domain.events import (
    AlarmChanged,
    CommandMoved,
    Event,
    OrdersTaken,
    WatchStarted,
)
from rangeops.domain.kept import Kept
from rangeops.domain.now import Now
from rangeops.domain.orders import Orders
from rangeops.domain.telemetry import Sysid
from rangeops.domain.text import safe_text
from rangeops.watch.annunciator import Annunciator
from rangeops.watch.asked import answer_on_episode, as_it_may
from rangeops.watch.clock_watch import ClockWatch
from rangeops.watch.clocks import ClockBook
from rangeops.watch.commands_shown import CommandsShown
from rangeops.watch.conditions import WatchConditions
from rangeops.watch.failsafes import FailsafeWatch
from rangeops.watch.fences import fence_again, fence_for
from rangeops.watch.heard import clash_of, state_of, taken_in, uplink_ok
from rangeops.watch.journal import Journal
from rangeops.watch.kept import Shelf
from rangeops.watch.keyring import Keyring
from rangeops.watch.leases import Leases
from rangeops.watch.links import Links
from rangeops.watch.memory import Memory
from rangeops.watch.questions import Questions
from rangeops.watch.recorder import Recorder
from rangeops.watch.roster import Roster
from rangeops.watch.separation import SeparationWatch
from rangeops.watch.server_line import ServerLine
from rangeops.watch.snapshots import snapshot_of
from rangeops.watch.vehicle import WatchedVehicle
from rangeops.wire.enforcement import ActOrdered, EpisodeAsked
from rangeops.wire.messages import JournalTaken, Message, ServerWord
from rangeops.wire.questions import About, Question

TICK_S: Final = 0.05  # what time alone brings: repetitions, probes, reopened links
DENSE_A_TICK: Final = 40  # packets: 800 a second …
BREATH_S: Final = 0.002  # … are taken at most every so often: a wake-up costs more than a packet
ROUND_TICKS: Final = 4  # so often that a vehicle that sends nothing is judged all the same; a quarter of them each tick
SNAPSHOT_S: Final = 0.2
ALARM_SNAPSHOT_S: Final = 0.05  # a changed alarm is told at once; in a flood, so often
HEARTBEAT_S: Final = 1.0  # MAVLink's usual rate; a vehicle's GCS failsafe counts from the last one

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
        clock_state: Callable[[], ClockState] | None = None,
    ) -> None:
        self._name = name
        self._fleet = fleet
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
        self._links = Links(self._selector, recorder, self._keyring, fleet.traffic)
        fleet.counts_of = self._links.counts_of
        self._server = ServerLine(self._selector, wire, journal)
        self._alarms = Annunciator(memory)
        self._shelf = Shelf(memory)
        self._to_give_back: set[Sysid] = set()
        self._roster = Roster(memory.episodes(), clock())
        self._leases = Leases(name, memory, clock())
        fleet.ours = self._leases.looks_after
        self._questions = Questions(fleet, self._roster)
        self._failsafes = FailsafeWatch(fleet)
        self._separation = SeparationWatch(fleet, self._roster, self._leases)
        self._conditions = WatchConditions(
            self._alarms,
            self._links,
            self._keyring,
            recorder,
            journal,
            self._shelf,
            self._roster,
            self._separation,
            ClockWatch(clock_state, name),
        )
        self._clocks = ClockBook(fleet, self._roster)
        self._commands = CommandsShown()
        # For the journal, whose thread would compete with a command's sending.
        self._untold: list[tuple[Event, Now]] = []
        self._episodes_moved = self._commands_moved = False  # since they were kept
        self._unkept: Orders | None = None  # in force, and not on the disk yet
        self._next_tick_s = self._next_snapshot_s = self._next_heartbeat_s = float("-inf")
        self._shown_s = float("-inf")
        self._alarms_moved = False  # since they were shown
        self._tick_of_round = 0

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
        self._server.begin()
        self._recorder.begin()
        orders = self._memory.orders()
        self._alarms.restore()
        self._note([WatchStarted(orders.version if orders else 0, resumed=orders is not None)], now)
        for progress in self._commands.cut_short(self._memory.commands()):
            self._commands.moved(progress, now)
            self._commands_moved = True
            self._note([CommandMoved(progress)], now)
        if orders is not None:
            self._apply(orders, now)

    def close(self) -> None:
        """Give everything back; what waits for the disk is written first."""
        self._settle(self._clock())
        self._links.close()
        for event in self._recorder.close():
            self._journal.append(event, self._clock())
        self._server.close()
        self._memory.close()
        self._selector.close()

    def link_counters(self) -> tuple[Link, ...]:
        """The links' own counts, for benchmarks and proofs that nothing was dropped."""
        return self._links.counters()

    def turn(self) -> None:
        """One wake-up: read and judge what came, then what is due."""
        if self._dense:
            self._pause(BREATH_S)  # what comes meanwhile is read at once, instead of with a wake-up each
            wait_s = 0.0
        else:
            wait_s = min(TICK_S, self._next_tick_s - self._clock().monotonic_s)
        ready = self._selector.select(max(0.0, wait_s))
        now = self._clock()
        for key, events in ready:
            if key.data is self._server.journal:
                self._server.tell()
            elif key.data is self._server.wire:
                self._hear_server(now)
            else:
                self._hear_vehicles(key.data, key, events, now)
        if ready:
            self._settle(now)
        if now.monotonic_s >= self._next_tick_s:
            self._next_tick_s = now.monotonic_s + TICK_S
            self._dense, self._heard = self._heard >= DENSE_A_TICK, 0
            now = self._clock()
            self._tick(now)
            self._settle(now)

    def _settle(self, now: Now) -> None:
        """What waits until every command of this wake-up is on its way: journal, tlogs, and what a restart must know."""
        for event, at in self._untold:
            self._journal.append(event, at)
            self._alarms_moved |= isinstance(event, AlarmChanged)
        self._untold.clear()
        if self._alarms_moved and now.monotonic_s - self._shown_s >= ALARM_SNAPSHOT_S:
            self._show(now)
        self._links.record(now)
        self._alarms.keep()
        if self._episodes_moved:
            self._episodes_moved = False
            self._memory.keep_episodes(self._roster.episodes())
        if self._commands_moved:
            self._commands_moved = False
            self._memory.keep_commands(self._commands.under_way())

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
        watched = [sysid for sysid in moved if sysid in self._fleet.vehicles]
        if [sysid for sysid in watched if self._hold(sysid, now)]:
            os.sched_yield()  # whoever carries the commands on, a router or a simulator, may have waited for this core
        for sysid in watched:  # every command before anything is told
            self._tell(sysid, now)
        if len(self._fleet.vehicles) > known:
            self._next_heartbeat_s = float("-inf")  # after a restart its GCS failsafe has been counting for a while

    def _hear_server(self, now: Now) -> None:
        for message in self._server.receive():
            self._obey(message, now)
        self._server.watch()

    def _obey(self, message: Message, now: Now) -> None:
        match message:
            case Orders():
                self._take_orders(message, now)
            case CommandOrder():
                if message.id not in self._commands:  # a second delivery is without effect
                    self._order(message, now)
            case EpisodeAsked() | ActOrdered():
                self._obey_people(message, now)
            case Question(about=About.WAY_HOME):
                self._server.send(self._questions.way_home(message, now))
            case Question():
                self._failsafes.make_way(message.sysid)
                self._carry_out(self._questions.ask(message, now), now)
            case JournalTaken():
                self._journal.taken(message.seq)
            case ServerWord():
                self._leases.word(message.asked_s, message.orders_version, now)
            case AlarmDeed():
                self._note(self._alarms.do(message, now), now)
            case _:
                _log.warning("unexpected message", kind=type(message).__name__)

    def _obey_people(self, message: EpisodeAsked | ActOrdered, now: Now) -> None:
        """What people decide about enforcement beside single commands."""
        if isinstance(message, ActOrdered):
            for order in message.orders:
                if order.id not in self._commands:  # a second delivery is without effect
                    state = state_of(self._fleet, order.sysid)
                    self._order(as_it_may(order, self._roster.vehicle(order.sysid), state), now)
            return
        self._server.send(answer_on_episode(message, self._roster, self._leases, now))
        self._episodes_moved = True
        self._tell(message.sysid, now)

    # What is due.

    def _tick(self, now: Now) -> None:
        self._carry_out(self._fleet.timed_out(now), now)
        for order, refusal in self._shelf.settled():
            self._carry_out(self._fleet.proceed(order, now, refusal), now)
        self._note(self._links.tend(now), now)
        if now.monotonic_s >= self._next_heartbeat_s:
            self._next_heartbeat_s = now.monotonic_s + HEARTBEAT_S
            self._give_back(now)
            self._note(self._recorder.closed(), now)
            self._note(self._clocks.due(now), now)
            self._carry_out(self._fleet.heartbeats(self._links.open_uris, now), now)
        self._tick_of_round = (self._tick_of_round + 1) % ROUND_TICKS
        for sysid in self._roster.sysids(self._fleet.vehicles):
            if sysid % ROUND_TICKS == self._tick_of_round:  # all in one tick would leave the links unread too long
                self._look_at(sysid, now)
        if not self._tick_of_round:
            self._note(self._conditions.assess(now), now)
            self._keep_orders(now)
            self._beat()
        self._server.tend(now)
        if now.monotonic_s >= self._next_snapshot_s:
            self._show(now)

    def _show(self, now: Now) -> None:
        self._next_snapshot_s = now.monotonic_s + SNAPSHOT_S
        self._shown_s, self._alarms_moved = now.monotonic_s, False
        if self._server.connected:
            shown = snapshot_of(self._roster, self._fleet, self._separation, now)
            links, alarms, commands = self._links.views(now), self._alarms.standing, self._commands.shown(now)
            self._server.send(replace(shown, watch=self._name, links=links, alarms=alarms, commands=commands))

    def _hold(self, sysid: Sysid, now: Now) -> bool:
        """Hold one vehicle against its order: was it sent a command. What that raises is this vehicle's alarm alone."""
        vehicle, policy = self._roster.vehicle(sysid), self._roster.policy
        if policy is None:
            return False  # no orders yet: nothing to hold anybody against
        episode = vehicle.enforcer.episode
        commanded = False
        try:
            commands = not self._leases.why_not(sysid, now)
            for command in vehicle.judge(state_of(self._fleet, sysid), policy, now, commands=commands):
                self._command(command, now)
                commanded = True
        except Exception as error:  # noqa: BLE001  # one vehicle's exception must not stop the loop; it is alarmed
            self._broke(sysid, error, now)
        self._episodes_moved |= vehicle.enforcer.episode is not episode
        return commanded

    def _tell(self, sysid: Sysid, now: Now) -> None:
        """What its judgement brought for the journal and the alarms."""
        vehicle, state, policy = self._roster.vehicle(sysid), state_of(self._fleet, sysid), self._roster.policy
        if policy is None:
            return
        try:
            self._note(vehicle.told(state, now), now)
        except Exception as error:  # noqa: BLE001  # as for judging
            self._broke(sysid, error, now)
        source = vehicle.callsign
        ours = self._leases.looks_after(sysid)  # another watch's vehicle is that one's to alarm
        present = containment_assessments(source, state, vehicle.exposure, policy) if ours else []
        self._note(self._alarms.assess_source(source, CONTAINMENT, present, now), now)

    def _look_at(self, sysid: Sysid, now: Now) -> None:
        """The whole vehicle, whether it sent anything or not: judged where it may have changed, every condition assessed."""
        vehicle, policy = self._roster.vehicle(sysid), self._roster.policy
        if policy is None:
            return
        if not vehicle.is_settled(now):
            self._hold(sysid, now)
            self._tell(sysid, now)
        state = state_of(self._fleet, sysid)
        if not self._leases.looks_after(sysid):
            self._note(self._alarms.assess_source(vehicle.callsign, VEHICLE, [], now), now)
            return
        try:
            self._carry_out(fence_again(vehicle, state, self._fleet, now), now)
            self._carry_out(self._failsafes.ask(vehicle, now), now)
        except Exception as error:  # noqa: BLE001  # as for judging
            self._broke(sysid, error, now)
        facts = vehicle.facts(
            state,
            policy,
            now,
            uplink_ok=uplink_ok(self._fleet, sysid, now),
            clash=clash_of(self._fleet, sysid, now),
            gcs_failsafe=self._failsafes.why_not_armed(sysid, now),
        )
        present, states = vehicle_assessments(facts, now), source_states(facts, now)
        self._note(self._alarms.assess_source(vehicle.callsign, VEHICLE, present, now, states), now)

    def _answered(self, told: Answered, now: Now) -> None:
        """Our own question goes on where it must; the server's answer goes to the server."""
        more = self._failsafes.answered(told, now)
        if more is None:
            self._server.send(self._questions.answer(told, now))
        else:
            self._carry_out(more, now)

    def _broke(self, sysid: Sysid, error: Exception, now: Now) -> None:
        _log.error("vehicle can't be handled", sysid=sysid, exc_info=error)
        self._roster.vehicle(sysid).failed(safe_text(f"{type(error).__name__}: {error}"), now)

    # What goes out.

    def _order(self, order: CommandOrder, now: Now) -> None:
        """What somebody orders: sent where the watch, too, finds nothing against it."""
        vehicle = self._roster.vehicle(order.sysid)
        try:
            if why := self._leases.refusal(order, now):
                raise Refused(why, where=vehicle.callsign, do="Order it anew.")
            vehicle.permit(order, self._roster.grant(order.sysid), state_of(self._fleet, order.sysid), now)
            on_board = self._on_board(order.kind, vehicle, now)
        except RangeopsError as error:
            self._carry_out([not_sent(order, error.what)], now)
        else:
            self._command(order, now, on_board)

    def _command(self, order: CommandOrder, now: Now, on_board: CompiledFence | Kept | None = None) -> None:
        """The policy's and the operators' commands alike: to the vehicle first, to the journal after."""
        self._roster.vehicle(order.sysid).commanded(order.kind, now)
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
                    self._answered(output, now)
                case _:
                    self._note(taken_in(output, self._fleet, self._roster, self._shelf, now), now)

    def _before_read(self, read: BeforeRead, now: Now) -> None:
        """A load waits until what it read is kept; where nobody agreed to what it would write, it ends here."""
        try:
            kept = self._shelf.keep(read, self._fleet.vehicles[read.sysid], self._roster.vehicle(read.sysid), now)
        except RangeopsError as error:
            self._carry_out(
                self._fleet.proceed(read.order, now, f"{error.what} ({error.do.rstrip('.')}){NOTHING_WRITTEN}"), now
            )
        else:
            self._note([kept], now)

    def _progressed(self, progress: CommandProgress, now: Now) -> None:
        self._commands.moved(progress, now)
        self._commands_moved = True
        vehicle = self._roster.vehicle(progress.order.sysid)
        episode = vehicle.enforcer.episode
        vehicle.progressed(progress, now)
        self._note([CommandMoved(progress)], now)
        self._episodes_moved |= vehicle.enforcer.episode is not episode

    def _note(self, events: Iterable[Event], now: Now) -> None:
        self._untold += [(event, now) for event in events]

    # Orders.

    def _take_orders(self, orders: Orders, now: Now) -> None:
        if orders.version <= self._roster.version or not self._leases.concern(orders):
            return
        self._apply(orders, now)  # first: a clearance withdrawn needn't wait for the disk
        self._unkept = orders
        self._keep_orders(now)
        self._to_give_back = self._shelf.sysids()
        self._give_back(now)

    def _keep_orders(self, now: Now) -> None:
        """Acknowledged once they are on the disk; a full one is tried again, and they are in force meanwhile."""
        if (orders := self._unkept) is None:
            return
        try:
            self._memory.keep_orders(orders)
        except OSError as error:
            _log.error("orders not kept", version=orders.version, error=str(error))
            return
        self._unkept = None
        self._note([OrdersTaken(orders.version)], now)

    def _apply(self, orders: Orders, now: Now) -> None:
        for sysid in self._leases.take(orders):
            self._fleet.let_go(sysid)  # before it is acknowledged: another watch may command it then
            for progress in self._commands.unfinished(sysid):
                self._progressed(progress, now)
        self._note(self._clocks.before(orders, now), now)
        self._roster.take(orders, self._fleet.vehicles)
        self._fleet.expected = frozenset(order.sysid for order in orders.vehicles)
        self._note(self._links.want(orders.links, now), now)

    def _give_back(self, now: Now) -> None:
        """Slots that the orders have ended: what their vehicles had comes back, once each, where they stand disarmed.

        Looked at again: a vehicle is forgotten when its lease ends, and heard anew a second later.
        """
        for sysid in tuple(self._to_give_back):
            vehicle = self._roster.vehicle(sysid)
            heard = self._fleet.vehicles.get(sysid)
            if self._leases.why_not(sysid, now):
                continue
            if (order := self._shelf.to_give_back(heard, vehicle, now)) is not None:
                self._to_give_back.discard(sysid)
                self._order(order, now)
