"""One vehicle's routes as they are heard: the one in use, the others, and whether it is one vehicle at all.

A second way to one vehicle and a second vehicle under one sysid look alike. They are told apart by the autopilot's own
number (uid2) where it has one, by the vehicle's clock, and by places that can't be one vehicle's. Source: docs/mavlink.md.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from rangeops.adapters.mavlink.link import SIGNED_FLAG, V2_MARKER
from rangeops.adapters.mavlink.messages import AutopilotVersion, GlobalPositionInt, Message, RadioStatus
from rangeops.adapters.mavlink.routes import (
    RADIO_OLD_S,
    STANDBY_SILENT_S,
    Choice,
    Route,
    Way,
    is_recorded,
    radio_margin_db,
)
from rangeops.domain.geodesy import flat_distance_m
from rangeops.domain.now import Now
from rangeops.domain.telemetry import PositionReport

MOST_ROUTES: Final = 16
FORGOTTEN_S: Final = 60.0  # a route that was silent so long is none any more
CLASH_S: Final = 3.0  # two routes heard within this, whose boot times differ by more than …
CLASH_BOOT_S: Final = 5.0  # … this, are two vehicles with one sysid
CLASH_SHOWN_S: Final = 10.0  # since it was last seen; two restarts within this are two vehicles taking turns
NEAR_M: Final = 50.0  # two reports of one place may differ by this and by what …
FASTEST_MPS: Final = 50.0  # … a vehicle flies between them
APART: Final = 3  # such pairs: one alone is an estimator that jumped
JUMPS_S: Final = 5.0
COPIES_S: Final = 5.0  # after a change of route its packets may have been heard on the one before
ASK_EVERY_S: Final = 5.0  # who it is, on a route that isn't in use …
MOST_ASKED: Final = 5  # … and so often
_REMEMBERED: Final = 128  # packets: five seconds of 25 a second

Counts = Callable[[Route], tuple[int, int]]  # how many of its packets came on a route, and were lost there
RadioOf = Callable[[Route], tuple[RadioStatus, float] | None]  # what a route's radio told, and when


def distance_m(message: GlobalPositionInt, position: PositionReport) -> float:
    """Between two reported places, on a plane: far apart is all that it has to find."""
    return flat_distance_m((message.lat * 1e-7, message.lon * 1e-7), (position.latitude_deg, position.longitude_deg))


def is_apart(message: GlobalPositionInt, position: PositionReport) -> bool:
    """Whether no vehicle flies from one to the other between the two instants of its clock."""
    elapsed_s = abs(message.time_boot_ms - position.time_boot_ms) * 1e-3
    return distance_m(message, position) > NEAR_M + FASTEST_MPS * elapsed_s


class Paths:
    def __init__(self, route: Route, now: Now, *, vouched: bool = False) -> None:
        now_s = now.monotonic_s
        self.route = route
        self.way = Way(now_s, vouched=vouched)  # the one in use
        self.ways: dict[Route, Way] = {route: self.way}
        self.clash = ""  # why two vehicles seem to use this sysid; "" where they don't
        self.clash_s = float("-inf")  # when that was last seen
        self.acted: deque[bytes] = deque(maxlen=_REMEMBERED)  # the packets that came on the route in use
        self._choice = Choice(now_s)
        self.moved_s = float("-inf")  # when another route was last taken
        self._jumps: deque[float] = deque(maxlen=APART)

    def clashes(self, now: Now) -> bool:
        return now.monotonic_s - self.clash_s <= CLASH_SHOWN_S

    def clashed(self, why: str, now: Now) -> None:
        self.clash, self.clash_s = why, now.monotonic_s

    # What comes in.

    def elsewhere(
        self, message: Message, route: Route, position: PositionReport | None, now: Now, *, vouched: bool
    ) -> None:
        """A packet on a route that isn't in use, or the first one after silence. It may be in use now."""
        if (way := self._way(route, now.monotonic_s)) is None:
            return  # forged sources: the route in use stays
        way.heard_s, way.vouched = now.monotonic_s, vouched
        if isinstance(message, AutopilotVersion):
            self.identified(message, way, now)
        elif isinstance(message, GlobalPositionInt) and route != self.route:
            self._compare(message, way, route, position, now)
        self.choose(now)

    def choose(self, now: Now) -> None:
        chosen = self._choice.of(self.route, self.ways, now.monotonic_s, settled=not self.clashes(now))
        if chosen != self.route:
            self.route, self.way, self.moved_s = chosen, self.ways[chosen], now.monotonic_s
            self.way.apart = 0

    def identified(self, message: AutopilotVersion, way: Way, now: Now) -> None:
        """Two autopilots under one sysid give themselves away by their uid2, where they have one."""
        if not any(message.uid2):
            return
        way.identity = bytes(message.uid2)
        known = {other.identity for other in self.ways.values() if other.identity and self._is_heard(other, now)}
        if len(known) > 1:
            self.clashed("another autopilot (uid2) answers under this sysid", now)

    def jumped(self, message: GlobalPositionInt, position: PositionReport, now: Now) -> None:
        """Two vehicles that take turns on one route: there and back again, faster than anything flies."""
        if not is_apart(message, position):
            return
        self._jumps.append(now.monotonic_s)
        if len(self._jumps) == APART and now.monotonic_s - self._jumps[0] < JUMPS_S:
            self.clashed("its position jumps to and fro: two vehicles seem to use this sysid on one link", now)

    def is_late(self, message: GlobalPositionInt, position: PositionReport, now: Now) -> bool:
        """Behind what the route before told, since this one is slower: no restart, whose clock begins at 0."""
        if now.monotonic_s - self.moved_s > CLASH_SHOWN_S:
            return False
        boot_s = now.monotonic_s - message.time_boot_ms * 1e-3
        return boot_s - (position.at_s - position.time_boot_ms * 1e-3) < CLASH_BOOT_S

    # What time brings.

    def measured(self, counts: Counts, radio_of: RadioOf, now: Now, *, has_key: bool) -> None:
        """Once a second: what each route's sequence numbers and radio say."""
        self.way.vouched = has_key and bool(self.acted) and is_signed(self.acted[-1])
        for route, way in self.ways.items():
            way.counted(*counts(route))
            radio = radio_of(route)
            fresh = radio is not None and now.monotonic_s - radio[1] <= RADIO_OLD_S
            way.margin_db = radio_margin_db(radio[0]) if radio is not None and fresh else None
        for route in [route for route in self.ways if route != self.route]:
            if now.monotonic_s - self.ways[route].heard_s > FORGOTTEN_S:
                del self.ways[route]

    def to_ask(self, now: Now) -> list[Route]:
        """Where a second vehicle may hide: routes on which nobody told yet who answers there."""
        asked = []
        for route, way in self.ways.items():
            due = way.asked < MOST_ASKED and now.monotonic_s - way.asked_s >= ASK_EVERY_S
            known = way.identity or route == self.route or is_recorded(route)
            if due and not known and self._is_heard(way, now):
                way.asked += 1
                way.asked_s = now.monotonic_s
                asked.append(route)
        return asked

    def lost(self) -> None:
        """What is heard next may be another vehicle that was given its sysid."""
        for way in self.ways.values():
            way.identity, way.asked = b"", 0

    def also(self, now: Now) -> list[Route]:
        """The other live routes, on which a stop goes out too; none where two vehicles may hear it."""
        if len(self.ways) == 1 or self.clashes(now):
            return []
        return [
            route
            for route, way in self.ways.items()
            if route != self.route and way.is_prompt(now.monotonic_s) and not is_recorded(route)
        ]

    # Inside.

    def _way(self, route: Route, now_s: float) -> Way | None:
        if (way := self.ways.get(route)) is not None:
            return way
        if len(self.ways) >= MOST_ROUTES:
            self.ways = {
                known: way for known, way in self.ways.items() if known == self.route or now_s - way.heard_s < CLASH_S
            }
            if len(self.ways) >= MOST_ROUTES:
                return None
        way = self.ways[route] = Way(now_s)
        return way

    def _is_heard(self, way: Way, now: Now) -> bool:
        return now.monotonic_s - way.heard_s <= STANDBY_SILENT_S

    def _compare(
        self, message: GlobalPositionInt, way: Way, route: Route, position: PositionReport | None, now: Now
    ) -> None:
        """Two clocks that both go on, or places too far apart. One clock after the other is a restart seen here first."""
        now_s, current = now.monotonic_s, self.way
        before_s, before_at_s = way.boot_s, way.boot_at_s
        way.boot_s, way.boot_at_s = now_s - message.time_boot_ms * 1e-3, now_s
        if way.identity and way.identity == current.identity:
            return
        if current.boot_s is None or now_s - current.heard_s > CLASH_S:
            return
        if abs(way.boot_s - current.boot_s) > CLASH_BOOT_S:
            both_go_on = before_s is not None and current.boot_at_s >= before_at_s
            if both_go_on and before_s is not None and abs(before_s - current.boot_s) > CLASH_BOOT_S:
                self.clashed(f"heard on {self.route[0]} and {route[0]} with different clocks", now)
            return
        way.apart = way.apart + 1 if position is not None and is_apart(message, position) else 0
        if way.apart >= APART:
            self.clashed(f"heard on {self.route[0]} and {route[0]} at places far apart", now)


def is_signed(frame: bytes) -> bool:
    return frame[:1] == bytes([V2_MARKER]) and bool(frame[2] & SIGNED_FLAG)
