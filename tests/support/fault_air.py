"""The real watch process over real sockets, simulated vehicles, a fault proxy between them, and the test in the server's place.

What the watch tells is noted with its own monotonic time, which is this machine's: a fault's moment and its alarm's are on
one clock. Nothing but the watch decides anything here.
"""

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fault_proxy
from backends import ELEVATION_AMSL_M, spec
from cockpit import Cockpit
from desk import TWENTE, TomlAirframes
from fault_proxy import FaultProxy, Weather
from link_proof import WATCH, wait_until_bound
from range_ground import free_udp_ports
from shapely import Point, Polygon

from rangeops.adapters.mavlink.keys import KeyFile
from rangeops.domain.alarms import Alarm, AlarmState, Condition
from rangeops.domain.commands import POLICY, CommandId, CommandKind, CommandOrder, CommandProgress, CommandTarget
from rangeops.domain.containment import Standing
from rangeops.domain.events import AlarmChanged, CommandMoved, FenceReadBack, JournalEntry, StandingChanged
from rangeops.domain.orders import Orders, VehicleOrder
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import operational_volumes
from rangeops.domain.writes import Consent, ConsentKind
from rangeops.settings import Settings
from rangeops.sim.scenario import Scenario
from rangeops.sim.simulator import Simulator
from rangeops.watch.memory import Memory
from rangeops.wire.messages import Deframer, JournalTaken, Message, ServerWord, decode, encode, frame
from rangeops.wire.picture import Snapshot, VehicleView

EAST = TWENTE.volume("EAST").flight_geography
_RING = Polygon([TWENTE.frame.to_site(*corner) for corner in EAST.outer])
CUT = Weather(partition=True)
READY_S = 30.0
LOOK_S = 0.02
READ_BYTES = 1 << 18


def inside(from_edge_m: float, along_m: float = 0.0) -> tuple[float, float]:
    """A place so far inside EAST's south-eastern edge (negative: outside), and so far along it from its middle."""
    (ax, ay), (bx, by) = (TWENTE.frame.to_site(*corner) for corner in EAST.outer[:2])
    length_m = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
    ux, uy = (bx - ax) / length_m, (by - ay) / length_m
    x, y = (ax + bx) / 2 + along_m * ux, (ay + by) / 2 + along_m * uy
    middle = _RING.centroid
    side = 1.0 if (middle.x - x) * -uy + (middle.y - y) * ux > 0 else -1.0
    return TWENTE.frame.to_geodetic(x - side * uy * from_edge_m, y + side * ux * from_edge_m)


def margin_m(latitude_deg: float, longitude_deg: float) -> float:
    """To EAST's edge; negative outside."""
    point = Point(TWENTE.frame.to_site(latitude_deg, longitude_deg))
    distance_m = float(_RING.exterior.distance(point))
    return distance_m if _RING.contains(point) else -distance_m


class Wire:
    """The server's end of the watch's socket: it takes what it is told, and notes it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.entries: list[JournalEntry] = []
        self.snapshots: list[Snapshot] = []
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._listener.settimeout(0.2)
        self._connection: socket.socket | None = None
        self._sending = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="wire")
        self._thread.start()

    def send(self, message: Message) -> None:
        assert self._connection is not None, "no watch has come"
        with self._sending:
            self._connection.sendall(frame(encode(message)))

    def close(self) -> None:
        self._over.set()
        self._thread.join(5)
        assert not self._thread.is_alive(), "the wire hangs"
        self._listener.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                with connection:
                    connection.settimeout(0.2)
                    self._connection = connection
                    self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        deframer = Deframer()
        while not self._over.is_set():
            try:
                data = connection.recv(READ_BYTES)
            except TimeoutError:
                continue
            except OSError:
                return
            if not data:
                return
            for message in map(decode, deframer.feed(data)):
                self._hear(message)

    def _hear(self, message: Message) -> None:
        if isinstance(message, JournalEntry):
            self.entries.append(message)
            with suppress(OSError):  # it has just gone
                self.send(JournalTaken(message.seq))
        elif isinstance(message, Snapshot):
            self.snapshots.append(message)
            with suppress(OSError):
                self.send(ServerWord(message.monotonic_s, message.orders_version))


@dataclass
class Air:
    """What a fault is done in. pilots: a ground station of his own for each vehicle that was asked to have one."""

    settings: Settings
    wire: Wire
    simulator: Simulator
    proxy: FaultProxy
    front: tuple[str, int]  # where vehicles send to
    range_port: int
    watch: subprocess.Popen[bytes]
    pilots: dict[int, Cockpit] = field(default_factory=dict)
    others: list[Callable[[], object]] = field(default_factory=list)  # what else wants a turn while somebody waits
    _orders: int = 0

    # Waiting.

    def until(self, holds: Callable[[], object], within_s: float, what: str) -> float:
        """Seconds until it held. Raises AssertionError."""
        began_s = time.monotonic()
        while not holds():
            took_s = time.monotonic() - began_s
            assert took_s < within_s, f"{what} did not happen in {within_s:.0f} s; {self._last_words()}"
            self._turn()
        return time.monotonic() - began_s

    def wait(self, for_s: float) -> None:
        end_s = time.monotonic() + for_s
        while time.monotonic() < end_s:
            self._turn()

    def _turn(self) -> None:
        assert self.watch.poll() is None, (self.settings.data / "watch.log").read_text()
        for pilot in self.pilots.values():
            pilot.turn()
        for other in self.others:
            other()
        time.sleep(LOOK_S)

    def _last_words(self) -> str:
        shown = self.wire.snapshots[-1] if self.wire.snapshots else None
        vehicles = [(v.callsign, v.mode, v.armed, v.standing.name, v.trusted) for v in shown.vehicles] if shown else []
        progress = [f"{p.order.kind.value} {p.stage.value} {p.detail}" for _, p in self.moved()][-4:]
        return f"shown: {vehicles}; commands: {progress}; alarms: {[a.condition.value for a in self.standing()]}"

    # What the watch tells.

    def events(self, kind: type[Any], since_s: float = 0.0) -> list[tuple[float, Any]]:
        return [
            (e.monotonic_s, e.event)
            for e in list(self.wire.entries)
            if isinstance(e.event, kind) and e.monotonic_s >= since_s
        ]

    def view(self, sysid: int = 1) -> VehicleView | None:
        shown = self.wire.snapshots[-1:]
        return next((view for snapshot in shown for view in snapshot.vehicles if view.sysid == sysid), None)

    def views(self, since_s: float, until_s: float = float("inf"), sysid: int = 1) -> list[tuple[float, VehicleView]]:
        """As the screens had it, five times a second."""
        return [
            (shown.monotonic_s, view)
            for shown in list(self.wire.snapshots)
            if since_s <= shown.monotonic_s <= until_s
            for view in shown.vehicles
            if view.sysid == sysid
        ]

    def trusted(self, sysid: int = 1) -> bool:
        view = self.view(sysid)
        return view is not None and view.trusted

    def standing(self) -> tuple[Alarm, ...]:
        """The alarms whose conditions hold."""
        return tuple(
            alarm for alarm in (self.wire.snapshots[-1].alarms if self.wire.snapshots else ()) if alarm.present
        )

    def stands(self, condition: Condition) -> bool:
        return any(alarm.condition is condition for alarm in self.standing())

    def alarmed(self, condition: Condition, since_s: float) -> list[tuple[float, Alarm]]:
        """Its announcements: each time that it was raised, anew or again."""
        told = [
            (at, event.alarm) for at, event in self.events(AlarmChanged, since_s) if event.alarm.condition is condition
        ]
        return [(at, alarm) for at, alarm in told if alarm.state in (AlarmState.UNACKED, AlarmState.ACKED)]

    def alarm_after_s(self, condition: Condition, since_s: float, within_s: float) -> float:
        """From a moment until it was told. Raises AssertionError."""
        self.until(lambda: self.alarmed(condition, since_s), within_s + 2.0, f"alarm {condition.value}")
        return self.alarmed(condition, since_s)[0][0] - since_s

    def unknown_after_s(self, since_s: float, within_s: float, sysid: int = 1) -> float:
        """From a moment until the vehicle stood UNKNOWN; 0 where it did already. Raises AssertionError."""

        def told() -> list[float]:
            moves = [(at, event.standing) for at, event in self.events(StandingChanged) if event.sysid == sysid]
            before = [standing for at, standing in moves if at < since_s]
            if before and before[-1] is Standing.UNKNOWN:
                return [since_s]
            return [at for at, standing in moves if at >= since_s and standing is Standing.UNKNOWN]

        self.until(told, within_s + 2.0, "UNKNOWN")
        return told()[0] - since_s

    def moved(self, since_s: float = 0.0) -> list[tuple[float, CommandProgress]]:
        return [(at, event.progress) for at, event in self.events(CommandMoved, since_s)]

    def by_policy(self, since_s: float = 0.0, sysid: int | None = None) -> list[CommandKind]:
        """What the range ordered by itself, in order."""
        orders = {p.order.id: p.order for _, p in self.moved(since_s) if p.order.by == POLICY}
        return [order.kind for order in orders.values() if sysid in (None, order.sysid)]

    def read_backs(self, sysid: int = 1, since_s: float = 0.0) -> list[FenceReadBack]:
        return [event for _, event in self.events(FenceReadBack, since_s) if event.sysid == sysid]

    # What is ordered.

    def order(
        self, kind: CommandKind, sysid: int = 1, target: CommandTarget | None = None, by: str = "op1"
    ) -> CommandId:
        self._orders += 1
        order = CommandOrder(CommandId(f"{kind.value}-{self._orders}"), Sysid(sysid), kind, by, "fault", target)
        self.wire.send(order)
        return order.id

    def progress(self, order: CommandId) -> CommandProgress | None:
        told = [progress for _, progress in self.moved() if progress.order.id == order]
        return told[-1] if told else None

    def stage(self, order: CommandId) -> str:
        progress = self.progress(order)
        return "" if progress is None else progress.stage.value

    def carried_out(
        self, kind: CommandKind, sysid: int = 1, target: CommandTarget | None = None, within_s: float = 30
    ) -> None:
        order = self.order(kind, sysid, target)
        self.until(lambda: self.stage(order) == "seen", within_s, f"{kind.value} seen")

    # The vehicles, as they are.

    def fault(self, name: str, sysid: int = 1, value: object = None, for_s: float | None = None) -> float:
        """Put a fault of the simulator's on a vehicle; the moment."""
        asked: dict[str, Any] = {"fault": name, "vehicle": sysid, "value": value}
        if for_s is not None:
            asked["for_s"] = for_s
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(5)
            line.connect(str(self.settings.data / "sim.sock"))
            line.sendall(json.dumps(asked).encode() + b"\n")
            answer = json.loads(line.makefile().readline())
        assert answer.get("ok"), answer
        return time.monotonic()

    def truth(self, sysid: int = 1) -> Mapping[str, Any]:
        return next(dict(status) for status in self.simulator._fleet.status() if status["sysid"] == sysid)

    def held(self, sysid: int = 1) -> list[tuple[int, float, int, int]]:
        """The fence that is really on board."""
        items = self.simulator._fleet.member(sysid, where="test").vehicle.items.fence
        return [(item.command, item.param1, item.x, item.y) for item in items]

    def margin_m(self, sysid: int = 1) -> float:
        truth = self.truth(sysid)
        return margin_m(truth["lat"], truth["lon"])

    def cut(self, *, up: bool = True, down: bool = True) -> float:
        """The moment of the cut."""
        if up:
            self.proxy.up.weather = CUT
        if down:
            self.proxy.down.weather = CUT
        return time.monotonic()

    def clear(self) -> float:
        self.proxy.up.weather = self.proxy.down.weather = fault_proxy.CLEAR
        return time.monotonic()

    def ready(self) -> None:
        """Heard, trusted, asked for its failsafe, and its uplink proved: nothing is left over from the start."""
        sysids = [member.spec.sysid for member in self.simulator._fleet.members]
        self.until(lambda: all(self.trusted(s) for s in sysids), READY_S, "all vehicles trusted")
        self.until(lambda: all((v := self.view(s)) and v.uplink_ok for s in sysids), READY_S, "all uplinks proved")

    def take_off(self, height_m: float = 20.0, sysid: int = 1) -> None:
        """With its fence on board, by the range's own commands, as `rangeops vehicle` gives them."""
        self.carried_out(CommandKind.LOAD_FENCE, sysid)
        self.carried_out(CommandKind.ARM, sysid)
        self.carried_out(CommandKind.TAKEOFF, sysid, CommandTarget(height_m), within_s=60)

    def fly_to(self, place: tuple[float, float], height_m: float, sysid: int = 1) -> None:
        """The pilot does it by his own ground station."""
        pilot = self.pilots[sysid]
        pilot.until = self.until
        pilot.mode(4)
        pilot.go_to(*place, height_m)


@contextmanager
def air(
    places: Iterable[tuple[float, float]] = (inside(150.0),),
    *,
    airborne_m: float | None = 20.0,
    pilots: Iterable[int] = (),
    option: str = "",
    keys: Mapping[int, bytes] | None = None,
    seed: int = 20261130,
    extra_links: Iterable[str] = (),
    parameters: Mapping[str, float] | None = None,
) -> Iterator[Air]:
    """Vehicles 1, 2, … at these places, cleared, in slots that hold EAST; airborne_m None: on the ground.

    option: of the range's endpoint, as "?signed". Each has a fence of its order's only once it was loaded.
    """
    where = list(places)
    range_port, *pilot_ports = free_udp_ports(1 + len(where))
    with tempfile.TemporaryDirectory(prefix="rangeops-air-") as name:
        folder = Path(name)
        settings = Settings(data=folder)
        with fault_proxy.udp(("127.0.0.1", range_port), seed) as (proxy, front):
            flown = {n: pilot_ports[n - 1] for n in pilots}
            specs = [
                spec(n, place, front[1], *([flown[n]] if n in flown else [])) for n, place in enumerate(where, start=1)
            ]
            specs = [
                replace(each, airborne_m=airborne_m, parameters={**each.parameters, **(parameters or {})})
                for each in specs
            ]
            _keep_orders(settings, f"udpin:127.0.0.1:{range_port}{option}", [s.sysid for s in specs], extra_links)
            if keys is not None:
                KeyFile(settings.signing_key_file).write({Sysid(n): key for n, key in keys.items()})
            wire = Wire(settings.wire_socket)
            simulator = Simulator(Scenario("faults", tuple(specs), seed=seed), control=folder / "sim.sock", truth=None)
            over = threading.Event()
            flying = threading.Thread(target=simulator.run, args=(over.is_set,), name="simulator")
            with (folder / "watch.log").open("wb") as log:
                watch = subprocess.Popen([sys.executable, "-c", WATCH, str(folder)], stdout=log, stderr=log)
            try:
                _wait_until_heard(watch, range_port, folder / "watch.log")
                flying.start()
                yield Air(
                    settings, wire, simulator, proxy, front, range_port, watch,
                    {n: Cockpit(n, port) for n, port in flown.items()},
                )  # fmt: skip
            finally:
                watch.terminate()
                over.set()
                try:
                    watch.wait(15)
                except subprocess.TimeoutExpired:
                    watch.kill()
                    watch.wait()
                if flying.ident is not None:
                    flying.join(10)
                wire.close()


def _wait_until_heard(watch: subprocess.Popen[bytes], port: int, log: Path) -> None:
    try:
        wait_until_bound([port])
    except AssertionError as late:
        raise AssertionError(f"{late}; the watch ({watch.poll()}) says {log.read_text()[-500:]!r}") from late


def _keep_orders(settings: Settings, link: str, sysids: list[int], extra_links: Iterable[str]) -> None:
    airframe = TomlAirframes().get("survey-quad")
    volumes = operational_volumes(EAST, airframe, TWENTE.frame, TWENTE.assumptions)
    now = datetime.now(UTC)
    orders = tuple(
        VehicleOrder(
            Sysid(sysid), f"D{sysid:02}", "ACME", SlotId(f"S{sysid}"), now, now + timedelta(hours=2), airframe, volumes,
            cleared=True, fence_sha256=None, rtl_altitude_m=30, contact="",
            consent=Consent(ConsentKind.STANDING, "ACME"),
        )
        for sysid in sysids
    )  # fmt: skip
    memory = Memory(settings.watch_folder)
    memory.keep_orders(
        Orders(
            1, "twente", TWENTE.frame.origin_latitude_deg, TWENTE.frame.origin_longitude_deg, ELEVATION_AMSL_M,
            TWENTE.boundary, TWENTE.policy, (link, *extra_links), orders,
        )
    )  # fmt: skip
    memory.close()
