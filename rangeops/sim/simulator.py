"""The simulator process: the fleet, its ports, the control channel and the truth file in one loop.

Nothing in it waits for anything but the selector; it is the only part that reads a clock.
"""

import selectors
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rangeops.domain.now import Now
from rangeops.sim.control import Commander, ControlSocket
from rangeops.sim.fleet import Delivery, Fleet, Member
from rangeops.sim.ports import Port, open_port
from rangeops.sim.scenario import Scenario
from rangeops.sim.truth import TRUTH_EVERY_S, TruthFile

_LATE_S: Final = 1.0  # further behind than this, lines aren't caught up
_LONGEST_WAIT_S: Final = 0.05  # `stop` is asked at least that often


class Simulator:
    """Opens everything when it is made, so that a busy port is said before anything flies. Raises RangeopsError."""

    def __init__(self, scenario: Scenario, *, control: Path | None, truth: Path | None) -> None:
        self._selector = selectors.DefaultSelector()
        self._fleet = Fleet(scenario, _now())
        self._ports: dict[tuple[int, int], Port] = {}
        self._feed: Port | None = None
        self._control: ControlSocket | None = None
        self._truth: TruthFile | None = None
        self._truth_due_s = 0.0
        self._commander = Commander(self._fleet, self._links_of)
        try:
            for member in self._fleet.members:
                self._open_ports(member)
            if scenario.traffic_feed:
                self._feed = open_port(scenario.traffic_feed, self._selector, lambda _data: None, lambda: None)
            if control is not None:
                self._control = ControlSocket(
                    control, self._selector, lambda line: self._commander.answer(line, _now())
                )
            if truth is not None:
                self._truth = TruthFile(truth)
        except BaseException:
            self.close()
            raise

    def endpoints(self) -> list[str]:
        """What was opened, as `D07 udpout:127.0.0.1:14550`."""
        feed = [f"traffic {self._feed.uri}"] if self._feed is not None else []
        return feed + [
            f"{self._fleet.members[number].spec.callsign} {port.uri}" for (number, _), port in self._ports.items()
        ]

    def run(self, stop: Callable[[], bool]) -> None:
        """Fly in real time until `stop` says so, or the control channel asks to quit."""
        try:
            while not stop() and not self._commander.quit_asked:
                self._turn()
        finally:
            self.close()

    def close(self) -> None:
        for port in self._ports.values():
            port.close()
        self._ports.clear()
        if self._feed is not None:
            self._feed.close()
            self._feed = None
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._truth is not None:
            self._truth.close()
            self._truth = None
        self._selector.close()

    def _turn(self) -> None:
        wait_s = min(max(self._fleet.next_s - time.monotonic(), 0.0), _LONGEST_WAIT_S)
        for key, _ in self._selector.select(wait_s):
            handle: Callable[[float], None] = key.data
            handle(time.monotonic())
        now = _now()
        self._deliver(self._fleet.step(now), now)
        lines = self._fleet.traffic_lines()
        if self._feed is not None:
            self._feed.send(lines, now.monotonic_s)
            self._feed.pump(now.monotonic_s)
        for member in self._fleet.members:
            if member.ghost_of is not None and not self._has_ports(member):
                self._open_ports(member)
            self._look_after(member, now)
        if self._truth is not None and now.monotonic_s >= self._truth_due_s:
            self._truth_due_s = max(self._truth_due_s, now.monotonic_s - _LATE_S) + TRUTH_EVERY_S
            self._write_truth(self._truth, now)

    def _deliver(self, deliveries: list[Delivery], now: Now) -> None:
        for delivery in deliveries:
            port = self._ports.get((delivery.member, delivery.channel))
            if port is not None:
                port.send(delivery.data, now.monotonic_s)

    def _has_ports(self, member: Member) -> bool:
        return any(number == member.number for number, _ in self._ports)

    def _look_after(self, member: Member, now: Now) -> None:
        for channel in member.channels:
            port = self._ports.get((member.number, channel))
            if port is None:
                continue
            port.pump(now.monotonic_s)
            member.vehicle.hold_lists(channel, hold=port.congested)
            if member.boots != member.vehicle.boots:
                port.disconnect()
        member.boots = member.vehicle.boots

    def _open_ports(self, member: Member) -> None:
        for channel, uri in zip(member.channels, member.spec.links, strict=True):
            number = member.number

            def on_bytes(data: bytes, channel: int = channel, number: int = number) -> None:
                now = _now()
                self._deliver(self._fleet.receive(number, channel, data, now), now)

            def on_peer(channel: int = channel, number: int = number) -> None:
                self._fleet.peer_changed(number, channel)

            self._ports[number, channel] = open_port(uri, self._selector, on_bytes, on_peer)

    def _links_of(self, sysid: int) -> list[str]:
        return [
            port.uri for (number, _), port in self._ports.items() if self._fleet.members[number].spec.sysid == sysid
        ]

    def _write_truth(self, truth: TruthFile, now: Now) -> None:
        for status in self._fleet.status():
            truth.write(status, now)
        truth.flush()


def _now() -> Now:
    return Now(time.monotonic(), datetime.now(UTC))
