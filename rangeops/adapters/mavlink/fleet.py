"""The vehicles on all links: who is where, what each needs to hear from us, and our packets to them.

No I/O: packets and the time go in; packets to send (with their link and peer) and events come out. A vehicle is an
autopilot (HEARTBEAT.autopilot) with a sysid that is neither 0 nor ours; other ground stations and gimbals are not.
Nothing here can address system 0: Sender refuses it, and no vehicle has that sysid.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from rangeops.adapters.mavlink.encode import GCS_COMPID, GCS_HEARTBEAT, Sender, Trailer
from rangeops.adapters.mavlink.fence import CompiledFence
from rangeops.adapters.mavlink.fence_check import FenceDoubted
from rangeops.adapters.mavlink.fence_load import BeforeRead
from rangeops.adapters.mavlink.inquiry import Answered
from rangeops.adapters.mavlink.link import Packet, Peer
from rangeops.adapters.mavlink.messages import Heartbeat, Message, ParamSet, RadioStatus, Timesync
from rangeops.adapters.mavlink.parameter_table import name_of
from rangeops.adapters.mavlink.paths import FORGOTTEN_S
from rangeops.adapters.mavlink.routes import Route
from rangeops.adapters.mavlink.sightings import TRAFFIC, sighting_from
from rangeops.adapters.mavlink.transactions import AUTOPILOT_COMPID, Send
from rangeops.adapters.mavlink.uplink import Probe
from rangeops.adapters.mavlink.vehicle import SendOn, Told, Vehicle
from rangeops.domain.commands import CommandOrder, CommandProgress, not_sent
from rangeops.domain.events import (
    FenceReadBack,
    StatusTextHeard,
    VehicleFound,
    VehicleLost,
    VehicleRebooted,
    VehicleRestored,
)
from rangeops.domain.kept import Kept
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.domain.traffic import TrafficTable

_NO_AUTOPILOT: Final = 8  # MAV_AUTOPILOT_INVALID
_MANY_PEERS: Final = ("udpin:", "udp-broadcast:")  # each peer on its own, besides whom the endpoint reaches by itself
ROUND_S: Final = 0.2  # between two looks at vehicles with which nothing is under way, and at the probes
MEASURE_S: Final = 1.0  # between two looks at what each route lost
_MOST_RADIOS: Final = 64


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Bytes for an endpoint. peer None: everybody whom that endpoint reaches without having heard of them."""

    uri: str
    peer: Peer | None
    data: bytes


@dataclass(frozen=True, slots=True)
class VehicleBroke:
    """Handling this vehicle raised what nobody foresaw: what is known of it can't be relied on."""

    sysid: Sysid
    error: Exception


FleetOutput = (
    VehicleBroke
    | Outgoing
    | Answered
    | BeforeRead
    | CommandProgress
    | FenceDoubted
    | FenceReadBack
    | StatusTextHeard
    | VehicleFound
    | VehicleLost
    | VehicleRebooted
    | VehicleRestored
)


def _ours(_sysid: Sysid) -> bool:
    return True


def _unsigned(_sysid: Sysid, _uri: str) -> Trailer | None:
    return None


def _uncounted(_route: Route, _sysid: Sysid, _compid: int) -> tuple[int, int]:
    return 0, 0


class Fleet:
    """trailer_of: what signs packets to a vehicle on a link; None for one that has no key.

    counts_of: how many of a vehicle's packets came on a route, and how many were lost there.
    """

    def __init__(self, our_sysid: int, our_compid: int = GCS_COMPID) -> None:
        self.vehicles: dict[Sysid, Vehicle] = {}
        self.traffic = TrafficTable()  # what isn't ours, whoever heard it
        self.expected: frozenset[Sysid] = frozenset()  # the ordered ones: known before a HEARTBEAT tells of them
        self.ours: Callable[[Sysid], bool] = _ours
        self.trailer_of: Callable[[Sysid, str], Trailer | None] = _unsigned
        self.counts_of: Callable[[Route, Sysid, int], tuple[int, int]] = _uncounted
        self._us = (our_sysid, our_compid)
        self._radios: dict[Route, tuple[RadioStatus, float]] = {}  # the last that each route's radio told, and when
        self._next_round_s = self._next_measure_s = float("-inf")
        self._senders: dict[tuple[str, Peer | None], Sender] = {}
        self._probes: dict[Route, Probe] = {}

    @property
    def our_sysid(self) -> int:
        return self._us[0]

    def received(self, uri: str, peer: Peer, packet: Packet, now: Now) -> list[FleetOutput]:
        sysid, compid, message, frame = packet
        if type(message) in TRAFFIC:
            if (sighting := sighting_from(message, uri)) is not None:
                self.traffic.take(sighting, now)
            return []
        vehicle = self.vehicles.get(sysid)
        if vehicle is None:
            if not self._is_vehicle(sysid, compid, message):
                self._overheard(message, (uri, peer), now)
                return []
            vehicle = self.vehicles[sysid] = Vehicle(sysid, compid, (uri, peer), self._us, now)
        if compid != vehicle.compid:
            self._overheard(message, (uri, peer), now)
            return []  # a gimbal or a companion computer behind the same sysid: not what flies it
        if type(message) is Timesync:
            self._answered(vehicle, (uri, peer), message, now)
            return []
        if told := vehicle.received(message, (uri, peer), now, frame):
            return self._addressed(vehicle, told)
        return []

    def order(self, order: CommandOrder, now: Now, on_board: CompiledFence | Kept | None = None) -> list[FleetOutput]:
        """Carry an order out on its vehicle. LOAD_FENCE needs the compiled fence, RESTORE what was kept."""
        if (vehicle := self.vehicles.get(order.sysid)) is None:
            return [not_sent(order, "this vehicle isn't heard")]
        return self._addressed(vehicle, vehicle.begin(order, on_board, now))

    def verify(self, sysid: Sysid, fence: CompiledFence, now: Now) -> list[FleetOutput]:
        """Read a heard vehicle's fence again; the finding comes as a FenceReadBack. Nothing is written."""
        vehicle = self.vehicles[sysid]
        return self._addressed(vehicle, vehicle.aboard.verify(fence, now))

    def proceed(self, order: CommandOrder, now: Now, refusal: str = "") -> list[FleetOutput]:
        """The answer to a load's BeforeRead: it may write, or why it mayn't. Without it nothing is written.

        Without effect for a vehicle that was let go meanwhile: what was under way ended with that.
        """
        if (vehicle := self.vehicles.get(order.sysid)) is None:
            return []
        return self._addressed(vehicle, vehicle.aboard.proceed(order, now, refusal))

    def preview(self, sysid: Sysid, question: str, fence: CompiledFence, now: Now) -> list[FleetOutput]:
        """Ask a heard vehicle what a load of this fence would change; the answer comes as Answered."""
        vehicle = self.vehicles[sysid]
        return self._addressed(vehicle, vehicle.preview(question, fence, now))

    def read_parameters(self, sysid: Sysid, question: str, names: tuple[str, ...], now: Now) -> list[FleetOutput]:
        """Ask a heard vehicle for parameters, or without names for all; the answer comes as Answered."""
        vehicle = self.vehicles[sysid]
        return self._addressed(vehicle, vehicle.read_parameters(question, names, now))

    def to(self, sysid: Sysid, message: Message) -> Outgoing:
        """A message to one vehicle that is heard, on its route."""
        return self._outgoing(self.vehicles[sysid], message)

    def timed_out(self, now: Now) -> list[FleetOutput]:
        """What time alone brings: repetitions, probes, losses. Call it some 20 times a second."""
        outputs: list[FleetOutput] = []
        round_due = now.monotonic_s >= self._next_round_s
        for vehicle in self.vehicles.values():
            if not (round_due or vehicle.is_busy):
                continue
            try:
                if told := vehicle.timed_out(now):
                    outputs += self._addressed(vehicle, told)
            except Exception as error:  # noqa: BLE001  # one vehicle's exception must not keep the others waiting
                outputs.append(VehicleBroke(vehicle.sysid, error))
        if round_due:
            self._next_round_s = now.monotonic_s + ROUND_S
            outputs += self._probed(now)
        return outputs

    def _probed(self, now: Now) -> list[FleetOutput]:
        """What is due to each route: its measure, and the question whether we are heard there."""
        outputs: list[FleetOutput] = []
        if now.monotonic_s >= self._next_measure_s:
            self._next_measure_s = now.monotonic_s + MEASURE_S
            self._measure(now)
        live = self._live_routes(now)
        if len(self._probes) > len(live):
            self._probes = {route: self._probes[route] for route in live if route in self._probes}
        for route in live:
            if (probe := self._probes.get(route)) is None:
                probe = self._probes[route] = Probe()
            if (question := probe.timed_out(now)) is not None:
                outputs += self._to_all(route, question)
        return outputs

    def heartbeats(self, uris: Iterable[str], now: Now) -> list[Outgoing]:
        """Our heartbeat on every open link. To be called by the loop that enforces, and by nothing else.

        Not where only another watch's vehicles are heard: our heartbeat would hide from them that theirs has ended.
        """
        live = [route for route in self._live_routes(now) if route[0].startswith(_MANY_PEERS)]
        outputs: list[Outgoing] = []
        for route in (*((uri, None) for uri in uris), *live):
            here = self._heard_on(route)
            if not here or any(map(self.ours, here)):
                outputs += self._to_all(route, GCS_HEARTBEAT)
        return outputs

    def let_go(self, sysid: Sysid) -> None:
        """Forget a vehicle, and whatever is under way with it. It is known anew with its next packet."""
        self.vehicles.pop(sysid, None)

    def _is_vehicle(self, sysid: Sysid, compid: int, message: Message) -> bool:
        """A companion's own HEARTBEAT often names an autopilot, too; only whom our commands reach is one."""
        if compid != AUTOPILOT_COMPID or sysid in (0, self._us[0]):
            return False
        return sysid in self.expected or (isinstance(message, Heartbeat) and message.autopilot != _NO_AUTOPILOT)

    def _overheard(self, message: Message, route: Route, now: Now) -> None:
        """Another ground station's PARAM_SET, where a link carries it to us: what it names is to be read anew.

        And a radio's word of itself. It is unsigned: a forged one may choose between two live routes, and no more.
        """
        if isinstance(message, RadioStatus) and (route in self._radios or len(self._radios) < _MOST_RADIOS):
            self._radios[route] = (message, now.monotonic_s)
        if isinstance(message, ParamSet) and (vehicle := self.vehicles.get(Sysid(message.target_system))) is not None:
            vehicle.aboard.parameters.forget(name_of(message))

    def _answered(self, vehicle: Vehicle, route: Route, message: Timesync, now: Now) -> None:
        if (probe := self._probes.get(route)) is None:
            return
        if (round_trip_s := probe.round_trip_s(message, now)) is not None:
            vehicle.answered(route, now, round_trip_s)
            vehicle.clocks.answered(now.monotonic_s, message.tc1 * 1e-9, round_trip_s)

    def _measure(self, now: Now) -> None:
        for vehicle in self.vehicles.values():
            sysid, compid = vehicle.sysid, vehicle.compid
            vehicle.has_key = self.trailer_of(sysid, vehicle.route[0]) is not None
            counts = partial(self._counts, sysid, compid)
            vehicle.paths.measured(counts, self._radios.get, now, has_key=vehicle.has_key)

    def _counts(self, sysid: Sysid, compid: int, route: Route) -> tuple[int, int]:
        return self.counts_of(route, sysid, compid)

    def _live_routes(self, now: Now) -> list[Route]:
        """Each route once, in a stable order."""
        routes = {
            route: None
            for vehicle in self.vehicles.values()
            for route, way in vehicle.paths.ways.items()
            if now.monotonic_s - way.heard_s < FORGOTTEN_S
        }
        return list(routes)

    def _addressed(self, vehicle: Vehicle, told: Iterable[Told]) -> list[FleetOutput]:
        return [
            self._outgoing(vehicle, output.message)
            if isinstance(output, Send)
            else self._outgoing(vehicle, output.message, output.route)
            if isinstance(output, SendOn)
            else output
            for output in told
        ]

    def _outgoing(self, vehicle: Vehicle, message: Message, route: Route | None = None) -> Outgoing:
        """On the route in use where none is named."""
        uri, peer = vehicle.route if route is None else route
        return Outgoing(uri, peer, self._sender(uri, peer).pack(message, self.trailer_of(vehicle.sysid, uri)))

    def _to_all(self, route: tuple[str, Peer | None], message: Message) -> list[Outgoing]:
        """What is for nobody by name: signed once for each key of those who hear it there, and unsigned for the rest."""
        uri, peer = route
        here = self._heard_on(route)
        trailers = [self.trailer_of(sysid, uri) for sysid in here]
        signed = [trailer for trailer in trailers if trailer is not None]
        wanted: list[Trailer | None] = [*signed] if signed and len(signed) == len(trailers) else [*signed, None]
        return [Outgoing(uri, peer, self._sender(uri, peer).pack(message, trailer)) for trailer in wanted]

    def _heard_on(self, route: tuple[str, Peer | None]) -> list[Sysid]:
        """The vehicles that were heard on a route; without a peer, on any of that link's."""
        uri, peer = route
        return [
            vehicle.sysid
            for vehicle in self.vehicles.values()
            if (
                route in vehicle.paths.ways
                if peer is not None
                else any(known[0] == uri for known in vehicle.paths.ways)
            )
        ]

    def _sender(self, uri: str, peer: Peer | None) -> Sender:
        """One sequence of numbers for each receiver: it counts what it missed."""
        key = (uri, peer if uri.startswith(_MANY_PEERS) else None)
        if (sender := self._senders.get(key)) is None:
            sender = self._senders[key] = Sender(*self._us)
        return sender
