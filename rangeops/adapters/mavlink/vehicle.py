"""One vehicle as the range speaks with it: its state, its routes, and what is under way with it."""

from dataclasses import dataclass
from typing import Final

from rangeops.adapters.mavlink.aboard import Aboard
from rangeops.adapters.mavlink.commands import CommandMachine
from rangeops.adapters.mavlink.fence import CompiledFence
from rangeops.adapters.mavlink.fence_check import SIGNS, FenceDoubted
from rangeops.adapters.mavlink.fence_load import BeforeRead
from rangeops.adapters.mavlink.inquiry import Answered
from rangeops.adapters.mavlink.messages import (
    AutopilotVersion,
    CommandAck,
    GlobalPositionInt,
    Heartbeat,
    Message,
    Other,
    Statustext,
    SysStatus,
    SystemTime,
)
from rangeops.adapters.mavlink.parameters import coding_of
from rangeops.adapters.mavlink.paths import CLASH_SHOWN_S, COPIES_S, Paths, is_signed
from rangeops.adapters.mavlink.routes import Route, is_recorded
from rangeops.adapters.mavlink.statustext import StatusTexts
from rangeops.adapters.mavlink.streams import VERSION, Streams
from rangeops.adapters.mavlink.track import Tracker
from rangeops.adapters.mavlink.transactions import REQUEST_MESSAGE, Send, command_long
from rangeops.adapters.mavlink.uplink import LOST_S
from rangeops.domain.commands import (
    ON_THE_GROUND,
    STOPS,
    CommandOrder,
    CommandProgress,
    not_sent,
)
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
from rangeops.domain.telemetry import Sysid, VehicleState
from rangeops.domain.vehicle_clock import VehicleClocks

SILENT_S: Final = 5.0  # of no packet at all: lost
GAP_S: Final = 1.2  # of no packet from one whose streams came: it may have restarted, and forgotten them
REBOOT_BACKWARDS_MS: Final = 1000  # time_boot_ms: packets out of order go back less
JUMP_DEG: Final = 0.0004  # 27 m or more: only then a jump is looked at more closely


@dataclass(frozen=True, slots=True)
class SendOn:
    """To the vehicle on a route that isn't the one in use."""

    route: Route
    message: Message


Told = (
    Send
    | SendOn
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


class Vehicle:
    """Feed it every packet of its sysid's autopilot, on every route."""

    def __init__(self, sysid: Sysid, compid: int, route: Route, us: tuple[int, int], now: Now) -> None:
        self.sysid = sysid
        self.compid = compid
        self.route = route
        self.paths = Paths(route, now)
        self.has_key = False  # then a signature proves that a packet is its own
        self.identity: AutopilotVersion | None = None
        self.heard_s = now.monotonic_s
        self.answered_s = now.monotonic_s  # it answered us: the benefit of the doubt at first
        self.commands = CommandMachine(us[0])
        self.aboard = Aboard(sysid, us)
        self.streams = Streams(sysid, us[0])
        self.texts = StatusTexts()
        self.clocks = VehicleClocks()
        self._lost = True  # until it is found
        self._rebooted_s = float("-inf")
        self._us = us  # our sysid and compid
        self._track = Tracker(sysid, route[0])

    @property
    def state(self) -> VehicleState:
        return self._track.state

    def uplink_age_s(self, now: Now) -> float:
        """Since it last answered us (or, before that, since it was first heard)."""
        return now.monotonic_s - self.answered_s

    def uplink_ok(self, now: Now) -> bool:
        return self.uplink_age_s(now) <= LOST_S

    @property
    def round_trip_s(self) -> float | None:
        return self.paths.way.round_trip_s

    @property
    def clash(self) -> str:
        """Why two vehicles seem to use this sysid, or seemed to."""
        return self.paths.clash

    def clashes(self, now: Now) -> bool:
        return self.paths.clashes(now)

    # What comes in.

    def received(  # noqa: C901  # one pass without a call more than needed: this is the hot path
        self, message: Message, route: Route, now: Now, frame: bytes
    ) -> list[Told]:
        now_s = now.monotonic_s
        told: list[Told] = []
        if route != self.route or now_s - self.heard_s > GAP_S:
            told = self._elsewhere_or_late(message, route, frame, now)
            if route != self.route:
                return told
        paths = self.paths
        if now_s - paths.moved_s < COPIES_S and frame in paths.acted:
            return told  # it came before by the route that was in use then, and was acted on: once is enough
        paths.acted.append(frame)
        self.heard_s = paths.way.heard_s = now_s
        kind = type(message)
        if kind is Other:
            return told
        if kind is GlobalPositionInt:
            if (restarted := self._checked_clock(message, now)) is None:  # type: ignore[arg-type]  # kind says so
                return told
            if restarted:
                told += restarted
        self._track.take(message, now_s)
        if kind is Heartbeat:
            told += self._found(now)
        if kind in _SHOWING and self.commands.progress is not None:
            told += self.commands.observed(self._track.state, now)
        elif kind in _CONVERSATION:
            told += self._conversed(message, now)
        aboard = self.aboard
        if aboard.load is not None or aboard.check is not None or aboard.inquiry is not None:
            armed = aboard.loading and self._track.state.armed  # the state is made anew: only where it is asked for
            told += aboard.received(message, now, armed=armed)
        if kind in SIGNS:
            told += aboard.overheard(message, now)
        return told

    def answered(self, route: Route, now: Now, round_trip_s: float | None = None) -> None:
        """It gave an answer that only our packet can have caused, which proves the way there by this route alone."""
        if (way := self.paths.ways.get(route)) is None:
            return
        way.answered(now.monotonic_s, round_trip_s)
        if route == self.route:
            self.answered_s = now.monotonic_s

    def begin(self, order: CommandOrder, on_board: CompiledFence | Kept | None, now: Now) -> list[Told]:
        """Carry an order out. A stop goes out at once, whatever else is under way.

        on_board: what LOAD_FENCE loads (a CompiledFence), or RESTORE puts back (a Kept).
        """
        if order.kind not in ON_THE_GROUND:
            if self.aboard.loading and order.kind not in STOPS:
                return [not_sent(order, "its fence is being written")]
            return self._everywhere([*self.commands.begin(order, self.state, now, self.identity)], now)
        if (under_way := self.commands.progress) is not None and under_way.order.kind not in STOPS:
            return [not_sent(order, f"{under_way.order.kind.value} is under way")]
        return [*self.aboard.begin(order, on_board, now, armed=self.state.armed)]

    def preview(self, question: str, fence: CompiledFence, now: Now) -> list[Told]:
        """What a load of this fence would change. Nothing is written."""
        return [*(self._unheard(question) or self.aboard.preview(question, fence, now))]

    def read_parameters(self, question: str, names: tuple[str, ...], now: Now) -> list[Told]:
        """Parameters by name, from the cache where it has them; without names the whole table."""
        return [*(self._unheard(question) or self.aboard.read_parameters(question, names, now))]

    def _unheard(self, question: str) -> list[Answered]:
        """Its silence would read as if it had no such parameters."""
        return [Answered(self.sysid, question, failure="it isn't heard")] if self._lost else []

    def timed_out(self, now: Now) -> list[Told]:
        told = self._waited(now)
        if self._lost:
            return told
        if (due_s := self.streams.deadline_s) is not None and now.monotonic_s >= due_s:
            told += self.streams.timed_out(self.state, now, identified=self.identity is not None)
        if len(self.paths.ways) > 1:
            told += self._chosen(now)
        if (silent_s := now.monotonic_s - self.heard_s) > SILENT_S:
            self._lost = True
            self.identity = None  # what is heard next may be another one that was given its sysid
            self.aboard.parameters.forget()
            self.paths.lost()
            told.append(VehicleLost(self.sysid, silent_s))
        return told

    @property
    def is_busy(self) -> bool:
        """Something is under way with it that time alone may bring further."""
        return not self.commands.idle or self.aboard.is_busy or self.texts.unfinished

    def _waited(self, now: Now) -> list[Told]:
        """What is under way with it."""
        told: list[Told] = []  # most of the 20 times a second there is nothing, and nothing needs the state
        if not self.commands.idle:
            told += self._everywhere([*self.commands.timed_out(self.state, now)], now)
        if self.aboard.is_busy:
            told += self.aboard.timed_out(now)
        if self.texts.unfinished:
            told += [StatusTextHeard(self.sysid, text.severity, text.text) for text in self.texts.timed_out(now)]
        return told

    @property
    def uid2(self) -> str:
        """Hex of the autopilot's own number; "" where it has none, or hasn't told it yet."""
        return bytes(self.identity.uid2).hex() if self.identity is not None and any(self.identity.uid2) else ""

    @property
    def firmware(self) -> str:
        """Version and build as AUTOPILOT_VERSION has them; "" before it was told."""
        return firmware_of(self.identity) if self.identity is not None else ""

    # How it is judged.

    def _conversed(self, message: Message, now: Now) -> list[Told]:
        """What is no part of the state: answers, texts, identity, clocks."""
        if isinstance(message, SystemTime):
            self.clocks.told(now.monotonic_s, message.time_boot_ms * 1e-3, message.time_unix_usec * 1e-6)
            return []
        told: list[Told] = []
        if isinstance(message, AutopilotVersion):
            self._identified(message, now)
        played = is_recorded(self.route)  # what it answered then was said then
        if isinstance(message, CommandAck) and message.target_system == self._us[0] and not played:
            self.answered(self.route, now)
        if isinstance(message, Statustext):
            told += [
                StatusTextHeard(self.sysid, text.severity, text.text) for text in self.texts.received(message, now)
            ]
        told += self.commands.received(message, now)
        told += self.streams.received(message, now)
        return told

    def _identified(self, message: AutopilotVersion, now: Now) -> None:
        """Two autopilots under one sysid give themselves away by their uid2, where they have one."""
        known = self.identity
        if known is not None and any(known.uid2):
            if not any(message.uid2):
                return
            if message.uid2 != known.uid2:
                self.paths.clashed("another autopilot (uid2) answers under this sysid", now)
        self.paths.identified(message, self.paths.way, now)
        self.identity = message
        self.aboard.parameters.coding = coding_of(message.capabilities)

    def _found(self, now: Now) -> list[Told]:
        heartbeat = self._track.heartbeat
        if not self._lost or heartbeat is None:
            return []
        self._lost = False
        found = VehicleFound(self.sysid, self.route[0], heartbeat.autopilot.value, heartbeat.vehicle_class.value)
        return [found, *self.streams.ask(now)]

    def _checked_clock(self, message: GlobalPositionInt, now: Now) -> list[Told] | None:
        """Its own clock going backwards is a restart; a little, or by a slower route, and it was overtaken: None, too late."""
        way = self.paths.way
        way.boot_s, way.boot_at_s = now.monotonic_s - message.time_boot_ms * 1e-3, now.monotonic_s
        position = self._track.position
        if position is None:
            return []
        if (
            abs(message.lat * 1e-7 - position.latitude_deg) + abs(message.lon * 1e-7 - position.longitude_deg)
            > JUMP_DEG
        ):
            self.paths.jumped(message, position, now)
        if message.time_boot_ms >= position.time_boot_ms:
            return []
        overtaken = message.time_boot_ms >= position.time_boot_ms - REBOOT_BACKWARDS_MS
        if overtaken or self.paths.is_late(message, position, now):
            return None  # it tells where the vehicle was, and where it is since is known
        if now.monotonic_s - self._rebooted_s < CLASH_SHOWN_S:
            self.paths.clashed("its clock jumps to and fro: two vehicles seem to use this sysid on one link", now)
        self._rebooted_s = now.monotonic_s
        self._track.forget()
        self.clocks.restarted()
        self.aboard.parameters.forget()
        return [VehicleRebooted(self.sysid), *self.streams.ask(now)]

    def _elsewhere_or_late(self, message: Message, route: Route, frame: bytes, now: Now) -> list[Told]:
        """Another route was heard, or the first packet after a gap: on it counts only what proves that route.

        An answer to a stop is one, since a stop goes out on every live route.
        """
        vouched = self.has_key and is_signed(frame)
        streamed = (position := self._track.position) is not None and self.heard_s - position.at_s < 1.0
        resumed = route == self.route and streamed and not self._lost
        self.paths.elsewhere(message, route, position, now, vouched=vouched)
        told = self._moved(now)
        if resumed:
            told += self.streams.ask(now)
        if route == self.route or not isinstance(message, CommandAck) or message.target_system != self._us[0]:
            return told
        if not is_recorded(route):
            self.answered(route, now)
            if self._stopping and not self.clashes(now):
                told += self.commands.received(message, now)
        return told

    @property
    def _stopping(self) -> bool:
        progress = self.commands.progress
        return progress is not None and progress.order.kind in STOPS

    def _everywhere(self, told: list[Told], now: Now) -> list[Told]:
        """A stop goes out on every live route: which of them is dying is known seconds later. See decision 19."""
        if len(self.paths.ways) == 1 or not self._stopping:
            return told
        messages = [each.message for each in told if isinstance(each, Send)]
        return [*told, *(SendOn(route, message) for route in self.paths.also(now) for message in messages)]

    def _chosen(self, now: Now) -> list[Told]:
        """Who answers on the other routes, and which route is the best by now."""
        who = command_long(self.sysid, REQUEST_MESSAGE, (VERSION,))
        asked = [SendOn(route, who) for route in self.paths.to_ask(now)]
        self.paths.choose(now)
        return [*asked, *self._moved(now)]

    def _moved(self, now: Now) -> list[Told]:
        """Another route is in use now: it is asked for the streams, which each of a vehicle's channels has for itself."""
        if self.paths.route == self.route:
            return []
        self.route = self.paths.route
        answered_s = self.paths.way.answered_s
        self.answered_s = now.monotonic_s if answered_s is None else answered_s
        self._track.moved_to(self.route[0])
        return [] if self._lost else [*self.streams.ask(now)]


def firmware_of(identity: AutopilotVersion) -> str:
    """The version, and the build's git hash where it has one: 4.5.7 2a3dc4b7."""
    flight = identity.flight_sw_version
    version = ".".join(str(flight >> shift & 0xFF) for shift in (24, 16, 8))
    build = bytes(identity.flight_custom_version).rstrip(b"\0")
    return f"{version} {build.decode('ascii') if build.isalnum() and build.isascii() else build.hex()}".strip()


_CONVERSATION: Final = frozenset([AutopilotVersion, CommandAck, Statustext, SystemTime])
_SHOWING: Final = frozenset([GlobalPositionInt, Heartbeat, SysStatus])  # by which a command is seen obeyed
