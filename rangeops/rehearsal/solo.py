"""One plan flown under one order: the real watch and the simulated vehicle in one process, on a clock of its own.

Packets really pass a socket, orders and journal really pass the wire; only time is virtual, so that minutes of flight
take seconds. The watch decides as it would on the range, because it is that watch.
"""

import contextlib
import math
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.alarms import AlarmState
from rangeops.domain.commands import FINAL_STAGES, POLICY, CommandId, CommandKind, CommandOrder, CommandStage
from rangeops.domain.errors import Unavailable
from rangeops.domain.events import (
    AlarmChanged,
    CommandMoved,
    Event,
    FenceReadBack,
    JournalEntry,
    LinkChanged,
    OrdersTaken,
    TrackRecorded,
    WatchStarted,
)
from rangeops.domain.now import Now
from rangeops.domain.orders import Orders
from rangeops.rehearsal.server_end import ServerEnd
from rangeops.services.words import KIND, words
from rangeops.sim.fleet import Delivery, Fleet
from rangeops.wire.messages import Message
from rangeops.wire.picture import Snapshot, VehicleView

STEP_S: Final = 0.05  # the watch's tick: with each step it has something to do, and never waits
_READY_S: Final = 120.0
_ON_GROUND_SPEEDUP: Final = 20.0  # while the watch waits for its disk, time must not run away from it
_SETS_OUT_S: Final = 180.0  # from clearance; a pilot whose vehicle doesn't arm gives up
_STANDS_MPS: Final = 0.2
_STOOD_S: Final = 60.0
_SETTLES_S: Final = 0.3  # real: what the watch's journal still writes when the flight is over
_START_S: Final = 1000.0
_NO_NEWS: Final = (LinkChanged, OrdersTaken, TrackRecorded, WatchStarted)


class Turning(Protocol):
    """The watch's loop."""

    def begin(self) -> None: ...
    def turn(self) -> None: ...
    def close(self) -> None: ...


class VirtualClock:
    """Moves only when it is told to."""

    def __init__(self, begins: datetime) -> None:
        self._begins = begins
        self._steps = 0

    def __call__(self) -> Now:
        return Now(_START_S + self.at_s, self._begins + timedelta(seconds=self.at_s))

    @property
    def at_s(self) -> float:
        return self._steps * STEP_S

    def step(self) -> None:
        self._steps += 1


@dataclass(frozen=True, slots=True)
class Moment:
    """at_s: since the vehicle was switched on. alarming: an alarm was raised after its clearance."""

    at_s: float
    utc: datetime
    kind: str
    text: str
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class FlownPlan:
    """What came of it. closest_m: to the flight geography's edge, floor or ceiling while it was armed, negative outside;
    None: it was never trusted. closest_at_s: as a Moment counts.

    failure: why it wasn't flown to its end; "" where it landed and disarmed.
    """

    moments: tuple[Moment, ...]
    alarms: tuple[str, ...]
    commands: tuple[str, ...]
    closest_m: float | None
    closest_at_s: float | None
    closest_latitude_deg: float | None
    closest_longitude_deg: float | None
    flight_s: float
    failure: str

    @property
    def calm(self) -> bool:
        return not self.alarms and not self.commands and not self.failure


class SoloFlight:
    """speedup None: as fast as this machine can."""

    def __init__(
        self,
        *,
        watch: Turning,
        server: ServerEnd,
        fleet: Fleet,
        watch_address: tuple[str, int],
        orders: Orders,
        clock: VirtualClock,
        speedup: float | None,
        longest_s: float,
        told: Callable[[Moment], None],
    ) -> None:
        self._watch, self._server, self._fleet = watch, server, fleet
        self._orders, self._clock = orders, clock
        self._speedup, self._longest_s, self._told = speedup, longest_s, told
        self._sysid = orders.vehicles[0].sysid
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(watch_address)
        self._socket.setblocking(False)  # noqa: FBT003  # the standard library's signature
        self._events: list[JournalEntry] = []
        self._view: VehicleView | None = None
        self._cleared_s: float | None = None
        self._closest: tuple[float, float, VehicleView] | None = None
        self._moments: list[Moment] = []

    def fly(self) -> FlownPlan:
        """Raises Unavailable where the vehicle can't even be made ready."""
        began = self._clock.at_s
        failure = ""
        try:
            self._watch.begin()
            self._server.send(self._orders)
            self._make_ready()
            began = self._cleared_s = self._clock.at_s
            self._tell(Moment(began, self._clock().utc, "slot", "cleared to fly"))
            self._fleet.say(int(self._sysid), "cleared", None)
            failure = self._until_landed()
            landed_s = self._clock.at_s
            self._settle()
        finally:
            self._watch.close()
            self._server.close()
            self._socket.close()
        return self._outcome(landed_s - began, failure)

    # Before the flight.

    def _make_ready(self) -> None:
        """Trusted position, fence on board and read back, clearance: as an operator does it."""
        self._until(lambda: self._view is not None and self._view.trusted, "a trusted position")
        order = CommandOrder(CommandId("rehearsal/fence"), self._sysid, CommandKind.LOAD_FENCE, "rehearsal", "its slot")
        self._server.send(order)
        self._until(lambda: self._loaded() is not None, "the fence's read-back")
        if (why := self._loaded()) != "":
            raise Unavailable(f"the fence can't be loaded ({why})", where="the rehearsal", do="Look at the volume.")
        fence = next(each.event for each in reversed(self._events) if isinstance(each.event, FenceReadBack))
        (order_of_vehicle,) = self._orders.vehicles
        cleared = replace(order_of_vehicle, cleared=True, fence_sha256=fence.sha256)
        self._orders = replace(self._orders, version=self._orders.version + 1, vehicles=(cleared,))
        self._server.send(self._orders)
        version = self._orders.version
        self._until(lambda: OrdersTaken(version) in [each.event for each in self._events], "the clearance")

    def _loaded(self) -> str | None:
        """Why the load has failed, "" once the fence is seen on board; None while it is under way."""
        for each in reversed(self._events):
            event = each.event
            if isinstance(event, CommandMoved) and event.progress.order.kind is CommandKind.LOAD_FENCE:
                progress = event.progress
                if progress.stage not in FINAL_STAGES:
                    return None
                return "" if progress.stage is CommandStage.SEEN else progress.detail or progress.stage.value
        return None

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        end_s = self._clock.at_s + _READY_S
        while not holds():
            if self._clock.at_s > end_s:
                raise Unavailable(f"{what} didn't come", where="the rehearsal", do="Look at what the vehicle says.")
            self._step(_ON_GROUND_SPEEDUP)

    # The flight.

    def _until_landed(self) -> str:
        """Why it didn't fly, land and disarm; "" where it did."""
        end_s = self._clock.at_s + self._longest_s
        on_ground = self._orders.vehicles[0].airframe.vehicle_class is VehicleClass.ROVER
        began_s = moved_s = self._clock.at_s
        flown = False
        while self._clock.at_s < end_s:
            self._step(self._speedup)
            (status,) = self._fleet.status()
            if status["failed"]:
                return "the simulator failed"
            if math.hypot(status["vn"], status["ve"]) > _STANDS_MPS:
                moved_s, flown = self._clock.at_s, True if on_ground else flown
            flown |= not on_ground and not status["landed"]
            arrived = (
                on_ground and self._clock.at_s - moved_s > _STOOD_S
            )  # a rover stays armed when its mission is over
            if flown and (arrived or not status["armed"]):
                return ""
            if not flown and self._clock.at_s - began_s > _SETS_OUT_S:
                return "it never set out"
        return f"it was still flying after {self._longest_s / 60:.0f} min"

    def _settle(self) -> None:
        """The journal's last entries come when they are on the disk, and that is real time."""
        end_s = time.monotonic() + _SETTLES_S
        while time.monotonic() < end_s:
            self._step(_ON_GROUND_SPEEDUP)

    def _step(self, speedup: float | None) -> None:
        self._clock.step()
        now = self._clock()
        self._deliver(self._fleet.step(now))
        self._watch.turn()
        for data in self._received():
            self._deliver(self._fleet.receive(0, self._fleet.members[0].channels[0], data, now))
        for message in self._server.receive():
            self._take(message)
        if speedup is not None:
            time.sleep(STEP_S / speedup)

    def _deliver(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            with contextlib.suppress(ConnectionRefusedError, BlockingIOError):  # nobody listens yet, as to a radio
                self._socket.send(delivery.data)

    def _received(self) -> Iterator[bytes]:
        while True:
            try:
                yield self._socket.recv(65536)
            except (BlockingIOError, ConnectionRefusedError):
                return

    # What the watch tells.

    def _take(self, message: Message) -> None:
        if isinstance(message, Snapshot):
            self._view = next((view for view in message.vehicles if view.sysid == self._sysid), None)
            self._measure()
        elif isinstance(message, JournalEntry):
            self._events.append(message)
            if (moment := self._moment(message)) is not None:
                self._tell(moment)

    def _tell(self, moment: Moment) -> None:
        self._moments.append(moment)
        self._told(moment)

    def _measure(self) -> None:
        view = self._view
        if view is None or not view.armed or view.margin_m is None or self._cleared_s is None:
            return
        if self._closest is None or view.margin_m < self._closest[0]:
            self._closest = (view.margin_m, self._clock.at_s, view)

    def _moment(self, entry: JournalEntry) -> Moment | None:
        event = entry.event
        if isinstance(event, _NO_NEWS) or not (text := words(event)):
            return None
        raised = isinstance(event, AlarmChanged) and event.alarm.state is AlarmState.UNACKED
        alarming = raised and self._cleared_s is not None
        return Moment(entry.monotonic_s - _START_S, entry.utc, KIND[type(event)], text, alarming=alarming)

    def _outcome(self, flight_s: float, failure: str) -> FlownPlan:
        margin, at_s, view = self._closest or (None, None, None)
        return FlownPlan(
            moments=tuple(self._moments),
            alarms=tuple(dict.fromkeys(moment.text for moment in self._moments if moment.alarming)),
            commands=tuple(words(each.event) for each in self._events if _is_policys(each.event)),
            closest_m=margin,
            closest_at_s=at_s,
            closest_latitude_deg=None if view is None else view.latitude_deg,
            closest_longitude_deg=None if view is None else view.longitude_deg,
            flight_s=flight_s,
            failure=failure,
        )


def _is_policys(event: Event) -> bool:
    return (
        isinstance(event, CommandMoved) and event.progress.order.by == POLICY and event.progress.stage in FINAL_STAGES
    )
