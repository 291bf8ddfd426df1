"""One vehicle as the range speaks with it: its state, its routes, and what is under way with it."""

from dataclasses import dataclass
from typing import Final

from rangeops.adapters.mavlink.commands import CommandMachine
from rangeops.adapters.mavlink.fence import CompiledFence
from rangeops.adapters.mavlink.fence_check import SIGNS, FenceCheck, FenceDoubted, FenceSigns
from rangeops.adapters.mavlink.fence_load import BeforeRead, FenceLoad, FenceRestore
from rangeops.adapters.mavlink.inquiry import Answered, Inquiry, LoadPreview, ParametersRead
from rangeops.adapters.mavlink.link import Peer
from rangeops.adapters.mavlink.messages import (
    AutopilotVersion,
    CommandAck,
    GlobalPositionInt,
    Heartbeat,
    Message,
    Other,
    ParamValue,
    Statustext,
    SysStatus,
)
from rangeops.adapters.mavlink.parameter_table import ParameterCache
from rangeops.adapters.mavlink.parameters import coding_of
from rangeops.adapters.mavlink.statustext import StatusTexts
from rangeops.adapters.mavlink.streams import Streams
from rangeops.adapters.mavlink.track import Tracker
from rangeops.adapters.mavlink.transactions import Send
from rangeops.adapters.mavlink.uplink import LOST_S
from rangeops.domain.commands import (
    NOT_SENT,
    ON_THE_GROUND,
    STOPS,
    CommandKind,
    CommandOrder,
    CommandProgress,
    CommandStage,
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

SILENT_S: Final = 5.0  # of no packet at all: lost
ROUTE_SILENT_S: Final = 1.5  # then another route that is heard takes over
REBOOT_BACKWARDS_MS: Final = 1000  # time_boot_ms: packets out of order go back less
MOST_ROUTES: Final = 16
CLASH_S: Final = 3.0  # two routes heard within this, whose boot times differ by more than …
CLASH_BOOT_S: Final = 5.0  # … this, are two vehicles with one sysid
CLASH_REBOOT_S: Final = 10.0  # two restarts within this are two vehicles taking turns

_RECORDED: Final = "tlog:"

Route = tuple[str, Peer]  # the link's URI, and where on it
Told = (
    Send
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


@dataclass(slots=True)
class Heard:
    """One route on which a vehicle is heard. boot_s: our time when its clock was 0, by this route.

    answered_s: when it last answered there what we had sent there.
    """

    at_s: float
    boot_s: float | None = None
    answered_s: float | None = None


class Vehicle:
    """Feed it every packet of its sysid's autopilot, on every route."""

    def __init__(self, sysid: Sysid, compid: int, route: Route, us: tuple[int, int], now: Now) -> None:
        self.sysid = sysid
        self.compid = compid
        self.route = route
        self.routes: dict[Route, Heard] = {route: Heard(now.monotonic_s)}
        self.identity: AutopilotVersion | None = None
        self.clash = ""  # why two vehicles seem to use this sysid; "" where they don't
        self.clash_s = float("-inf")  # when that was last seen
        self.heard_s = now.monotonic_s
        self.answered_s = now.monotonic_s  # it answered us: the benefit of the doubt at first
        self.round_trip_s: float | None = None
        self.commands = CommandMachine(us[0])
        self.load: FenceLoad | FenceRestore | None = None
        self.check: FenceCheck | None = None
        self.inquiry: Inquiry | None = None
        self.parameters = ParameterCache()
        self._armed_before = False  # when a load or restore began
        self._signs = FenceSigns(us[0])
        self.streams = Streams(sysid, us[0])
        self.texts = StatusTexts()
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

    def clashes(self, now: Now) -> bool:
        return now.monotonic_s - self.clash_s <= CLASH_REBOOT_S

    # What comes in.

    def received(self, message: Message, route: Route, now: Now) -> list[Told]:
        now_s = now.monotonic_s
        told: list[Told] = []
        if route != self.route or now_s - self.heard_s > SILENT_S:
            self._arrived_elsewhere_or_late(message, route, now)
            if route != self.route:
                return told
        self.heard_s = self.routes[route].at_s = now_s
        kind = type(message)
        if kind is Other:
            return told
        if kind is GlobalPositionInt:
            told = self._checked_clock(message, route, now)  # type: ignore[arg-type]  # kind says so
        self._track.take(message, now_s)
        if kind is Heartbeat:
            told += self._found(now)
        if kind in _SHOWING and self.commands.progress is not None:
            told += self.commands.observed(self._track.state, now)
        elif kind in _CONVERSATION:
            told += self._conversed(message, now)
        if self.load is not None or self.check is not None or self.inquiry is not None:
            told += self._worked(message, now)
        if kind in SIGNS:
            told += self._doubted(message, now)
        return told

    @property
    def loading(self) -> bool:
        """We are writing to it, or reading what was written."""
        return self.load is not None and self.load.deadline_s is not None

    def answered(self, route: Route, now: Now, round_trip_s: float | None = None) -> None:
        """It gave an answer that only our packet can have caused, which proves the way there by this route alone."""
        if (heard := self.routes.get(route)) is None:
            return
        heard.answered_s = now.monotonic_s
        if route == self.route:
            self.answered_s = now.monotonic_s
            if round_trip_s is not None:
                self.round_trip_s = round_trip_s

    def begin(self, order: CommandOrder, on_board: CompiledFence | Kept | None, now: Now) -> list[Told]:
        """Carry an order out. A stop goes out at once, whatever else is under way.

        on_board: what LOAD_FENCE loads (a CompiledFence), or RESTORE puts back (a Kept).
        """
        if order.kind not in ON_THE_GROUND:
            if self.loading and order.kind not in STOPS:
                return [CommandProgress(order, CommandStage.REFUSED, detail=f"{NOT_SENT}its fence is being written")]
            return [*self.commands.begin(order, self.state, now, self.identity)]
        if (under_way := self.commands.progress) is not None and under_way.order.kind not in STOPS:
            detail = f"{NOT_SENT}{under_way.order.kind.value} is under way"
            return [CommandProgress(order, CommandStage.REFUSED, detail=detail)]
        superseded: list[Told] = []
        if self.load is not None and self.loading:
            superseded += self.load.superseded()
        self.check = None
        self._armed_before = self.state.armed
        self._signs.expect(on_board if isinstance(on_board, CompiledFence) else None)
        match order.kind, on_board:
            case CommandKind.LOAD_FENCE, CompiledFence():
                self.load = FenceLoad(order, on_board, *self._us)
            case CommandKind.RESTORE, Kept():
                self.load = FenceRestore(order, on_board, *self._us)
            case _:
                detail = f"{NOT_SENT}there is nothing to {order.kind.value} on it"
                return [*superseded, CommandProgress(order, CommandStage.REFUSED, detail=detail)]
        return [*superseded, *self.load.begin(now)]

    def verify(self, fence: CompiledFence, now: Now) -> list[Told]:
        """Read the fence on board and hold it against this one. A load that is under way will do so itself."""
        if self.loading:
            return []
        self._signs.expect(fence)
        self.check = FenceCheck(self.sysid, fence, *self._us)
        return [*self.check.begin(now)]

    def proceed(self, order: CommandOrder, now: Now, refusal: str = "") -> list[Told]:
        """What this order's load has read is kept, and agreed: it may write. refusal: why it mayn't."""
        if not isinstance(self.load, FenceLoad) or self.load.progress.order.id != order.id:
            return []
        return [*self.load.proceed(now, refusal)]

    def preview(self, question: str, fence: CompiledFence, now: Now) -> list[Told]:
        """What a load of this fence would change. Nothing is written."""
        return self._ask(LoadPreview(self.sysid, question, fence, *self._us), question, now)

    def read_parameters(self, question: str, names: tuple[str, ...], now: Now) -> list[Told]:
        """Parameters by name, from the cache where it has them; without names the whole table."""
        return self._ask(ParametersRead(self.sysid, question, names, self.parameters), question, now)

    def _ask(self, inquiry: Inquiry, question: str, now: Now) -> list[Told]:
        if self.inquiry is not None or self.loading:
            return [Answered(self.sysid, question, failure="it is being read or written just now")]
        self.inquiry = inquiry
        return self._answers(inquiry.begin(now))

    def _answers(self, told: list[Send | Answered]) -> list[Told]:
        if any(isinstance(each, Answered) for each in told):
            self.inquiry = None
        return [*told]

    def timed_out(self, now: Now) -> list[Told]:
        told: list[Told] = []  # most of the 20 times a second nothing is under way, and nothing needs the state
        if not self.commands.idle:
            told += self.commands.timed_out(self.state, now)
        if self.load is not None:
            told += self.load.timed_out(now)
        if self.inquiry is not None:
            told += self._answers(self.inquiry.timed_out(now))
        if self.check is not None:
            told += self.check.timed_out(now)
            if self.check.ended:
                self.check = None
        if self.texts.unfinished:
            told += [StatusTextHeard(self.sysid, text.severity, text.text) for text in self.texts.timed_out(now)]
        if self._lost:
            return told
        if (due_s := self.streams.deadline_s) is not None and now.monotonic_s >= due_s:
            told += self.streams.timed_out(self.state, now)
        self._leave_a_deaf_route(now)
        if (silent_s := now.monotonic_s - self.heard_s) > SILENT_S:
            self._lost = True
            self.identity = None  # what is heard next may be another one that was given its sysid
            self.parameters.forget()
            told.append(VehicleLost(self.sysid, silent_s))
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

    def _doubted(self, message: Message, now: Now) -> list[Told]:
        """What was overheard of the fence. The value at which a reading ended is that one's finding, and no news."""
        if isinstance(message, ParamValue):
            self.parameters.heard(message, now)
        why = "" if self.loading else self._signs.received(message)
        if not why or (self.check is not None and self.check.ended and isinstance(message, ParamValue)):
            return []
        return [FenceDoubted(self.sysid, why)]

    def _worked(self, message: Message, now: Now) -> list[Told]:
        """What is under way: a load, reading a fence again, a question."""
        told: list[Told] = []
        if self.load is not None and self.loading and self._track.state.armed and not self._armed_before:
            told += self.load.stopped("it was armed meanwhile; nothing more was written", now)
        if self.load is not None:
            told += self.load.received(message, now)
        if self.inquiry is not None:
            told += self._answers(self.inquiry.received(message, now))
        if self.check is not None:
            told += self.check.received(message, now)
        return told

    def _conversed(self, message: Message, now: Now) -> list[Told]:
        """What is no part of the state: answers, texts, identity."""
        told: list[Told] = []
        if isinstance(message, AutopilotVersion):
            self._identified(message, now)
        played = self.route[0].startswith(_RECORDED)  # what it answered then was said then
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
                self._clashed("another autopilot (uid2) answers under this sysid", now)
        self.identity = message
        self.parameters.coding = coding_of(message.capabilities)

    def _found(self, now: Now) -> list[Told]:
        heartbeat = self._track.heartbeat
        if not self._lost or heartbeat is None:
            return []
        self._lost = False
        found = VehicleFound(self.sysid, self.route[0], heartbeat.autopilot.value, heartbeat.vehicle_class.value)
        return [found, *self.streams.ask(now)]

    def _checked_clock(self, message: GlobalPositionInt, route: Route, now: Now) -> list[Told]:
        """Its own clock going backwards is a restart."""
        self.routes[route].boot_s = now.monotonic_s - message.time_boot_ms * 1e-3
        position = self._track.position
        if position is None or message.time_boot_ms >= position.time_boot_ms - REBOOT_BACKWARDS_MS:
            return []
        if now.monotonic_s - self._rebooted_s < CLASH_REBOOT_S:
            self._clashed("its clock jumps to and fro: two vehicles seem to use this sysid on one link", now)
        self._rebooted_s = now.monotonic_s
        self._track.forget()
        self.parameters.forget()
        return [VehicleRebooted(self.sysid), *self.streams.ask(now)]

    def _arrived_elsewhere_or_late(self, message: Message, route: Route, now: Now) -> None:
        """Another route was heard, or the first packet after silence. The route in use stays while it is heard."""
        now_s = now.monotonic_s
        if route not in self.routes and len(self.routes) >= MOST_ROUTES:
            self.routes = {known: heard for known, heard in self.routes.items() if now_s - heard.at_s < CLASH_S}
            if len(self.routes) >= MOST_ROUTES:
                return  # forged sources: the route in use stays
            self.routes.setdefault(self.route, Heard(self.heard_s))
        heard = self.routes.setdefault(route, Heard(now_s))
        heard.at_s = now_s
        if isinstance(message, GlobalPositionInt):
            heard.boot_s = now_s - message.time_boot_ms * 1e-3
        if route == self.route:
            return
        current = self.routes[self.route]
        if now_s - current.at_s > ROUTE_SILENT_S:
            del self.routes[self.route]
            self._move_to(route, now)
            return
        if heard.boot_s is None or current.boot_s is None or now_s - current.at_s > CLASH_S:
            return
        if abs(heard.boot_s - current.boot_s) > CLASH_BOOT_S:
            self._clashed(f"heard on {self.route[0]} and {route[0]} with different clocks", now)

    def _leave_a_deaf_route(self, now: Now) -> None:
        """It is heard here and doesn't hear us; where it both is heard and answers, our commands arrive."""
        now_s = now.monotonic_s
        if self.uplink_ok(now) or len(self.routes) == 1 or self.clashes(now):
            return
        proved = {
            route: heard.answered_s
            for route, heard in self.routes.items()
            if heard.answered_s is not None
            and now_s - heard.answered_s <= LOST_S
            and now_s - heard.at_s <= ROUTE_SILENT_S
        }
        if proved:
            self._move_to(max(proved, key=proved.__getitem__), now)

    def _move_to(self, route: Route, now: Now) -> None:
        answered_s = self.routes[route].answered_s
        self.route = route
        self.answered_s = now.monotonic_s if answered_s is None else answered_s
        self.round_trip_s = None
        self._track.moved_to(route[0])

    def _clashed(self, why: str, now: Now) -> None:
        self.clash, self.clash_s = why, now.monotonic_s


def firmware_of(identity: AutopilotVersion) -> str:
    """The version, and the build's git hash where it has one: 4.5.7 2a3dc4b7."""
    flight = identity.flight_sw_version
    version = ".".join(str(flight >> shift & 0xFF) for shift in (24, 16, 8))
    build = bytes(identity.flight_custom_version).rstrip(b"\0")
    return f"{version} {build.decode('ascii') if build.isalnum() and build.isascii() else build.hex()}".strip()


_CONVERSATION: Final = frozenset([AutopilotVersion, CommandAck, Statustext])
_SHOWING: Final = frozenset([GlobalPositionInt, Heartbeat, SysStatus])  # by which a command is seen obeyed
