"""The range's side of its links for a test: the real endpoints, links and fleet, turned by whoever waits for something."""

import selectors
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime

from rangeops.adapters.mavlink.endpoints import Endpoint, endpoint_of
from rangeops.adapters.mavlink.fence import CompiledFence
from rangeops.adapters.mavlink.fence_load import BeforeRead
from rangeops.adapters.mavlink.fleet import Fleet, FleetOutput, Outgoing
from rangeops.adapters.mavlink.link import Link, Packet, Peer
from rangeops.adapters.mavlink.messages import Message
from rangeops.adapters.mavlink.transactions import Done, Failed, Output, Send, Transaction
from rangeops.adapters.mavlink.vehicle import Vehicle
from rangeops.domain.commands import FINAL_STAGES, CommandId, CommandKind, CommandOrder, CommandProgress, CommandTarget
from rangeops.domain.events import FenceReadBack, StatusTextHeard
from rangeops.domain.now import Now
from rangeops.domain.telemetry import PositionReport, Sysid, VehicleState

RANGE_SYSID = 250
TURN_S = 0.02
TIMED_S = 0.05
HEARTBEAT_S = 1.0


def clock() -> Now:
    return Now(time.monotonic(), datetime.now(UTC))


class RangeGround:
    """One thread, no waiting but in `until`. with_turns: what else wants a turn meanwhile (a pilot's ground station)."""

    def __init__(self, uris: Iterable[str], with_turns: Iterable[Callable[[], object]] = ()) -> None:
        self.fleet = Fleet(RANGE_SYSID)
        self.heartbeats = True
        self.told: list[tuple[float, FleetOutput]] = []
        self.counted: Counter[tuple[int, str]] = Counter()  # (sysid, kind of message)
        self.others = list(with_turns)
        self._selector = selectors.DefaultSelector()
        self._endpoints = {uri: endpoint_of(uri) for uri in uris}
        self._links = {uri: Link(uri, datagrams=endpoint.datagrams) for uri, endpoint in self._endpoints.items()}
        self._transactions: list[tuple[Sysid, Transaction, list[Output]]] = []
        self._timed_s = self._heartbeat_s = 0.0
        self._orders = 0
        for endpoint in self._endpoints.values():
            endpoint.open(self._selector)

    def turn(self) -> None:
        for key, events in self._selector.select(TURN_S):
            now = clock()
            for peer, packet in self._read(key.data, key, events):
                sysid, _, message, _ = packet
                self.counted[sysid, type(message).__name__] += 1
                self._carry_out(self.fleet.received(key.data.uri, peer, packet, now), now)
                self._converse(sysid, lambda each, m=message, at=now: each.received(m, at), now)
        now = clock()
        if now.monotonic_s >= self._timed_s:
            self._timed_s = now.monotonic_s + TIMED_S
            self._carry_out(self.fleet.timed_out(now), now)
            self._converse(None, lambda each: each.timed_out(now), now)
        if self.heartbeats and now.monotonic_s >= self._heartbeat_s:
            self._heartbeat_s = now.monotonic_s + HEARTBEAT_S
            self._carry_out(self.fleet.heartbeats(self._open_uris(), now), now)
        for other in self.others:
            other()

    def until(self, holds: Callable[[], object], within_s: float, what: str) -> float:
        """Seconds until it held. Raises AssertionError with what the vehicles last said."""
        began_s = time.monotonic()
        while not holds():
            took_s = time.monotonic() - began_s
            assert took_s < within_s, f"{what} did not happen in {within_s:.0f} s; {self._last_words()}"
            self.turn()
        return time.monotonic() - began_s

    def wait(self, for_s: float) -> None:
        end_s = time.monotonic() + for_s
        while time.monotonic() < end_s:
            self.turn()

    def vehicle(self, sysid: int) -> Vehicle:
        return self.fleet.vehicles[Sysid(sysid)]

    def state(self, sysid: int) -> VehicleState:
        heard = self.fleet.vehicles.get(Sysid(sysid))
        return VehicleState(Sysid(sysid), "") if heard is None else heard.state

    def trusted(self, sysid: int) -> PositionReport | None:
        return self.state(sysid).trusted_position(clock())

    def order(
        self,
        kind: CommandKind,
        sysid: int,
        fence: CompiledFence | None = None,
        *,
        target: CommandTarget | None = None,
        second: str = "",
    ) -> CommandId:
        self._orders += 1
        name = CommandId(f"{kind.value} {self._orders}")
        order = CommandOrder(name, Sysid(sysid), kind, "test", "test", target, second)
        now = clock()
        self._carry_out(self.fleet.order(order, now, fence), now)
        return order.id

    def progress(self, order: CommandId) -> CommandProgress | None:
        """The last that was told of an order."""
        told = [each for _, each in self.told if isinstance(each, CommandProgress) and each.order.id == order]
        return told[-1] if told else None

    def over(self, order: CommandId) -> bool:
        """Told to its end. NO_ACK isn't one while the sending goes on."""
        progress = self.progress(order)
        return progress is not None and progress.stage in FINAL_STAGES

    def read_backs(self, sysid: int) -> list[FenceReadBack]:
        return [each for _, each in self.told if isinstance(each, FenceReadBack) and each.sysid == sysid]

    def texts(self, sysid: int) -> list[str]:
        return [each.text for _, each in self.told if isinstance(each, StatusTextHeard) and each.sysid == sysid]

    def carry_through(self, sysid: int, transaction: Transaction, within_s: float = 30) -> Done | Failed:
        """One exchange with a vehicle, from its beginning to its end."""
        outputs: list[Output] = []
        entry = (Sysid(sysid), transaction, outputs)
        self._transactions.append(entry)
        now = clock()
        self._say(entry, transaction.begin(now), now)
        ended: list[Done | Failed] = []

        def ends() -> bool:
            ended[:] = [each for each in outputs if isinstance(each, Done | Failed)]
            return bool(ended)

        self.until(ends, within_s, f"the end of {type(transaction).__name__}")
        self._transactions.remove(entry)
        return ended[0]

    def send(self, sysid: int, message: Message) -> None:
        """One message, to the vehicle's best route."""
        now = clock()
        self._carry_out(self.fleet._addressed(self.vehicle(sysid), [Send(message)]), now)

    def link_counters(self) -> tuple[Link, ...]:
        return tuple(self._links.values())

    def close(self) -> None:
        for endpoint in self._endpoints.values():
            endpoint.close()
        self._selector.close()

    def _read(self, endpoint: Endpoint, key: selectors.SelectorKey, events: int) -> list[tuple[Peer, Packet]]:
        link = self._links[endpoint.uri]
        packets = [(peer, packet) for data, peer in endpoint.ready(key, events) for packet in link.received(data, peer)]
        return packets + [(peer, packet) for peer in endpoint.gone() for packet in link.flush(peer)]

    def _open_uris(self) -> list[str]:
        return [uri for uri, endpoint in self._endpoints.items() if endpoint.up]

    def _converse(self, sysid: int | None, ask: Callable[[Transaction], list[Output]], now: Now) -> None:
        for entry in list(self._transactions):
            if sysid in (None, entry[0]):
                self._say(entry, ask(entry[1]), now)

    def _say(self, entry: tuple[Sysid, Transaction, list[Output]], outputs: list[Output], now: Now) -> None:
        entry[2].extend(outputs)
        sends = [output for output in outputs if isinstance(output, Send)]
        self._carry_out(self.fleet._addressed(self.vehicle(entry[0]), sends), now)

    def _carry_out(self, outputs: Iterable[FleetOutput], now: Now) -> None:
        for output in outputs:
            if isinstance(output, Outgoing):
                self._endpoints[output.uri].send(output.data, output.peer)
            else:
                self.told.append((now.monotonic_s, output))
                if isinstance(output, BeforeRead):  # as kept and agreed
                    self._carry_out(self.fleet.proceed(output.order, now), now)

    def _last_words(self) -> str:
        words = [f"#{sysid} {v.state.mode} {self.texts(sysid)[-4:]}" for sysid, v in self.fleet.vehicles.items()]
        progress = [each for _, each in self.told if isinstance(each, CommandProgress)][-1:]
        return f"heard: {words}; last command: {progress}"


def free_udp_ports(count: int) -> list[int]:
    """Different ports that nothing holds just now."""
    import socket

    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            with suppress(OSError):
                each.close()
