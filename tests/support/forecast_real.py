"""Twenty flights of real ArduCopters through the whole watch, in real time: five at once, four times.

Measured as the simulator's are (forecast_flights.py); the truth is what each tells its own pilot, ten times a second.
"""

import math
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import shapely
from backends import AIRFRAME, ELEVATION_AMSL_M, Backend, flying, spec
from forecast_flights import FORECASTS, Track, Verdict, leaves_contingency, orders_of, policy, verdict_of
from forecast_range import ASSUMPTIONS, BOUNDARY, Batch
from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from range_ground import free_udp_ports
from zone_fields import SITE, volume_of_ring

from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.adapters.transports.unix import UnixWire
from rangeops.bootstrap.parts import clock
from rangeops.domain.alarms import AlarmState
from rangeops.domain.events import AlarmChanged, JournalEntry
from rangeops.domain.policy import Automation
from rangeops.domain.volumes import operational_volumes
from rangeops.rehearsal.server_end import ServerEnd
from rangeops.sim.scenario import CALM, Scenario
from rangeops.watch.journal import Journal
from rangeops.watch.loop import Loop
from rangeops.watch.memory import Memory
from rangeops.watch.recorder import Recorder

HALF_M, CEILING_UP_M, UP_M = 150.0, 80.0, 30.0
GUIDED, AUTO = 4, 3
LONGEST_S = 75.0
READY_S = 240.0
_VELOCITY_ONLY = 0b110111000111  # POSITION_TARGET_TYPEMASK: velocities count
_POSITION_ONLY = 0b110111111000
_POSITION_HZ = 10.0

Doing = Iterator[None]


class RealPilot:
    """A ground station of its own; what it does is written as generators that go on at each turn."""

    def __init__(self, sysid: int, port: int) -> None:
        self.sysid = sysid
        self.link = mavutil.mavlink_connection(f"udpin:127.0.0.1:{port}", source_system=255)
        self.track: Track | None = None
        self.mode, self.armed = -1, False
        self.place: tuple[float, float, float] | None = None  # east, north, up over home
        self.velocity = (0.0, 0.0, 0.0)
        self.decided_s, self.turning = 0.0, False
        self._asked: list[int] = []
        self._heartbeat_s = 0.0

    def hear(self) -> None:
        while (message := self.link.recv_match()) is not None:
            kind = message.get_type()
            if kind == "HEARTBEAT" and message.get_srcSystem() == self.sysid:
                self.mode, self.armed = message.custom_mode, bool(message.base_mode & 128)
            elif kind in {"MISSION_REQUEST", "MISSION_REQUEST_INT"}:
                self._asked.append(message.seq)
            elif kind == "GLOBAL_POSITION_INT":
                east, north = SITE.to_site(message.lat / 1e7, message.lon / 1e7)
                self.place = (east, north, message.relative_alt / 1e3)
                self.velocity = (message.vy / 100, message.vx / 100, -message.vz / 100)
                self._sample(message.alt / 1e3)
        if time.monotonic() >= self._heartbeat_s:
            self._heartbeat_s = time.monotonic() + 1.0
            self.link.mav.heartbeat_send(mavlink.MAV_TYPE_GCS, mavlink.MAV_AUTOPILOT_INVALID, 0, 0, 4)

    def _sample(self, altitude_amsl_m: float) -> None:
        track = self.track
        if track is None or self.place is None:
            return
        track.times.append(time.monotonic())
        track.places.append((self.place[0], self.place[1], altitude_amsl_m))
        track.velocities.append(self.velocity)
        track.decided.append(self.decided_s)
        track.turning.append(self.turning)

    def command(self, command: int, *parameters: float) -> None:
        if self.place is None and command != mavlink.MAV_CMD_SET_MESSAGE_INTERVAL:
            return
        padded = [*parameters, *[0.0] * (7 - len(parameters))]
        self.link.mav.command_long_send(self.sysid, 1, command, 0, *padded)

    # What it does.

    def until(self, holds: Callable[[], bool], ask: Callable[[], None] = lambda: None, every_s: float = 1.5) -> Doing:
        asked_s = -math.inf
        while not holds():
            if time.monotonic() - asked_s >= every_s:
                asked_s = time.monotonic()
                ask()
            yield

    def prepare(self, up_m: float = UP_M) -> Doing:
        interval = mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT, 1e6 / _POSITION_HZ
        yield from self.until(
            lambda: self.place is not None, lambda: self.command(mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, *interval)
        )
        yield from self.into(GUIDED)

        def rise() -> None:
            """An autopilot isn't always ready when it is asked, and disarms by itself where nothing follows."""
            if self.mode != GUIDED:
                self.command(mavlink.MAV_CMD_DO_SET_MODE, 1, GUIDED)
            elif not self.armed:
                self.command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1)
            elif self.place is not None and self.place[2] < 1.0:
                self.command(mavlink.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, up_m)

        yield from self.until(lambda: self.place is not None and self.place[2] > up_m - 1.0, rise, every_s=2.0)

    def into(self, mode: int) -> Doing:
        yield from self.until(
            lambda: self.mode == mode, lambda: self.command(mavlink.MAV_CMD_DO_SET_MODE, 1, mode), every_s=1.0
        )

    def to(self, east_m: float, north_m: float, up_m: float, *, speed_mps: float = 8.0, within_m: float = 3.0) -> Doing:
        """GUIDED to a place, and wait until it is there."""
        self.command(mavlink.MAV_CMD_DO_CHANGE_SPEED, 1, speed_mps, -1)
        self.decided_s, self.turning = time.monotonic(), False
        latitude, longitude = SITE.to_geodetic(east_m, north_m)

        def ask() -> None:
            self.link.mav.set_position_target_global_int_send(
                0, self.sysid, 1, mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT, _POSITION_ONLY,
                round(latitude * 1e7), round(longitude * 1e7), up_m, 0, 0, 0, 0, 0, 0, 0, 0,
            )  # fmt: skip

        def there() -> bool:
            return self.place is not None and math.dist(self.place, (east_m, north_m, up_m)) < within_m

        yield from self.until(there, ask, every_s=30.0)

    def by_velocity(
        self, east_mps: float, north_mps: float, up_mps: float, for_s: float, *, turn_radps: float = 0.0
    ) -> Doing:
        self.decided_s = began_s = time.monotonic()
        self.turning = turn_radps != 0.0

        def ask() -> None:
            angle = turn_radps * (time.monotonic() - began_s)
            east = east_mps * math.cos(angle) + north_mps * math.sin(angle)
            north = north_mps * math.cos(angle) - east_mps * math.sin(angle)
            self.link.mav.set_position_target_local_ned_send(
                0, self.sysid, 1, mavlink.MAV_FRAME_LOCAL_NED, _VELOCITY_ONLY,
                0, 0, 0, north, east, -up_mps, 0, 0, 0, 0, 0,
            )  # fmt: skip

        yield from self.until(lambda: time.monotonic() - began_s >= for_s, ask, every_s=0.2)

    def mission(self, places: list[tuple[float, float]], up_m: float) -> Doing:
        """Uploaded and flown through."""
        items = [SITE.to_geodetic(*place) for place in [(0.0, 0.0), *places]]
        self._asked.clear()
        sent = 0
        self.link.mav.mission_count_send(self.sysid, 1, len(items), 0)
        deadline_s = time.monotonic() + 10
        while sent < len(items) and time.monotonic() < deadline_s:
            while self._asked:
                seq = self._asked.pop(0)
                latitude, longitude = items[seq]
                self.link.mav.mission_item_int_send(
                    self.sysid, 1, seq, mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT, mavlink.MAV_CMD_NAV_WAYPOINT,
                    0, 1, 0, 0, 0, 0, round(latitude * 1e7), round(longitude * 1e7), up_m, 0,
                )  # fmt: skip
                sent = max(sent, seq + 1)
            yield
        yield from self.into(AUTO)
        self.decided_s, self.turning = time.monotonic(), False
        last = places[-1]
        yield from self.until(lambda: self.place is not None and math.dist(self.place[:2], last) < 4.0)


@dataclass(frozen=True)
class Task:
    """A kind of flight: what its pilot does, and where it begins."""

    kind: str
    speed_mps: float
    leaves: Callable[[RealPilot], Doing]
    stays: Callable[[RealPilot], Doing]
    begins: tuple[float, float] = (0.0, 0.0)


def _several(*doings: Doing) -> Doing:
    for doing in doings:
        yield from doing


TASKS = (
    Task(
        "targets", 8.0,
        lambda p: p.to(280.0, 60.0, UP_M, speed_mps=8.0),
        lambda p: _several(p.to(135.0, 30.0, UP_M, speed_mps=8.0), p.to(-130.0, -135.0, UP_M, speed_mps=8.0)),
    ),
    Task(
        "by hand", 7.0,
        lambda p: p.by_velocity(-5.0, 4.9, 0.0, 60.0),
        lambda p: _several(p.by_velocity(0.0, 7.0, 0.0, 9.0), p.by_velocity(5.0, -5.0, 0.0, 9.0)),
    ),
    Task(
        "mission", 8.0,
        lambda p: p.mission([(20.0, 60.0), (-300.0, 60.0)], UP_M),
        lambda p: p.mission([(130.0, 120.0), (130.0, -130.0), (-130.0, -130.0)], UP_M),
    ),
    Task(
        "climb", 2.0,
        lambda p: p.by_velocity(0.0, 0.0, 2.0, 60.0),
        lambda p: _several(p.to(40.0, 40.0, CEILING_UP_M - 12.0), p.to(0.0, 0.0, UP_M)),
    ),
    Task(
        "turn", 6.0,
        lambda p: p.by_velocity(0.0, 6.0, 0.0, 60.0, turn_radps=6.0 / 70.0),
        lambda p: p.by_velocity(0.0, 6.0, 0.0, 60.0, turn_radps=-6.0 / 35.0),
        begins=(70.0, 0.0),
    ),
)  # fmt: skip


@dataclass
class RealFlights:
    """Verdicts of the flights that stayed, and of those that left; how far outside its contingency volume each came."""

    stayed: list[Verdict] = field(default_factory=list)
    left: list[Verdict] = field(default_factory=list)
    held: list[tuple[str, float]] = field(default_factory=list)


class _Range:
    """The watch in a thread of its own, and the server's end here."""

    def __init__(self, folder: Path, ports: list[int], batch: Batch) -> None:
        self._stop = threading.Event()
        self._batch, self._version = batch, 0
        self._links = tuple(f"udpin:127.0.0.1:{port}" for port in ports)
        self.server = ServerEnd(folder / "wire.sock")
        self._watch = Loop(
            name="real",
            fleet=Fleet(250),
            wire=UnixWire(folder / "wire.sock", "real"),
            journal=Journal(folder / "journal", "real"),
            recorder=Recorder(folder / "tlogs"),
            memory=Memory(folder / "memory"),
            clock=clock,
            beat=lambda: None,
        )
        self._thread = threading.Thread(target=self._watch.run, args=(self._stop.is_set,), name="watch")
        self._thread.start()

    def order(self, automation: Automation) -> None:
        self._version += 1
        orders = orders_of(self._batch, "", policy(automation))
        now = clock().utc
        vehicles = tuple(
            replace(each, starts=now.replace(hour=0, minute=0), ends=now.replace(hour=23, minute=59, second=59))
            for each in orders.vehicles
        )
        self.server.send(replace(orders, version=self._version, links=self._links, vehicles=vehicles))

    def close(self) -> None:
        self._stop.set()
        self._thread.join(10)
        self.server.close()


def fly_real(backend: Backend) -> RealFlights:
    """All twenty. Raises AssertionError where a vehicle doesn't get into the air."""
    numbers = free_udp_ports(2 * len(TASKS))
    ranges, pilots_ports = numbers[::2], numbers[1::2]
    middle = SITE.to_geodetic(0.0, 0.0)
    specs = [
        spec(sysid, middle, range_port, pilot_port)
        for sysid, (range_port, pilot_port) in enumerate(zip(ranges, pilots_ports, strict=True), 1)
    ]
    specs = [replace(each, callsign=f"F{each.sysid:02}") for each in specs]
    square = [(-HALF_M, -HALF_M), (HALF_M, -HALF_M), (HALF_M, HALF_M), (-HALF_M, HALF_M)]
    geography = volume_of_ring(square, ELEVATION_AMSL_M - 5.0, ELEVATION_AMSL_M + CEILING_UP_M)
    volumes = operational_volumes(geography, AIRFRAME, SITE, ASSUMPTIONS)
    batch = Batch(0, AIRFRAME, volumes, shapely.Polygon(square), None, None, CALM, 0.0, specs, [])
    assert BOUNDARY.ceiling_amsl_m > geography.ceiling_amsl_m
    flown = RealFlights()
    with tempfile.TemporaryDirectory(prefix="rangeops-real-") as name, flying(backend, Scenario("real", tuple(specs))):
        pilots = [RealPilot(each.sysid, port) for each, port in zip(specs, pilots_ports, strict=True)]
        range_ = _Range(Path(name), ranges, batch)
        try:
            range_.order(Automation.ADVISE)
            _all(pilots, range_, [pilot.prepare() for pilot in pilots], READY_S, must=True)
            flown.stayed += _round(pilots, range_, batch, leave=False)
            flown.left += _round(pilots, range_, batch, leave=True)
            flown.stayed += _round(pilots, range_, batch, leave=False)
            range_.order(Automation.AUTO)
            for verdict in _round(pilots, range_, batch, leave=True):
                flown.held.append((verdict.track.kind, leaves_contingency(verdict.track, batch)))
        finally:
            range_.close()
            for pilot in pilots:
                pilot.link.close()
    return flown


def _round(pilots: list[RealPilot], range_: _Range, batch: Batch, *, leave: bool) -> list[Verdict]:
    """One flight each: to where it begins, then what the task says, until all are done."""

    def back(pilot: RealPilot, task: Task) -> Doing:
        yield from pilot.into(GUIDED)
        yield from pilot.to(*task.begins, UP_M, speed_mps=8.0, within_m=4.0)
        yield from pilot.by_velocity(0.0, 0.0, 0.0, 5.0)

    _all(pilots, range_, [back(pilot, task) for pilot, task in zip(pilots, TASKS, strict=True)], 120.0, must=True)
    tracks = [Track(task.kind, is_plane=False, speed_mps=task.speed_mps) for task in TASKS]
    for pilot, track in zip(pilots, tracks, strict=True):
        pilot.track = track
    doings = [
        _while_unmolested(pilot, task.leaves(pilot) if leave else task.stays(pilot))
        for pilot, task in zip(pilots, TASKS, strict=True)
    ]
    alarms = _all(pilots, range_, doings, LONGEST_S)
    for pilot in pilots:
        pilot.track = None
    for number, track in enumerate(tracks, 1):
        began_s = track.times[0]
        track.alarms = [
            (at_s - began_s, condition, raised, title)
            for source, at_s, condition, raised, title in alarms
            if source == f"F{number:02}" and at_s >= began_s
        ]
        track.decided = [decided_s - began_s for decided_s in track.decided]
        track.times = [at_s - began_s for at_s in track.times]
    return [verdict_of(track, batch) for track in tracks]


def _while_unmolested(pilot: RealPilot, doing: Doing) -> Doing:
    """Until the range, or a failsafe, takes it into another mode: nobody is fought."""
    for step in doing:
        if pilot.mode not in (GUIDED, AUTO):
            return
        yield step


def _all(pilots: list[RealPilot], range_: _Range, doings: list[Doing], within_s: float, *, must: bool = False) -> list:
    """Let all of them go on until each is done or the time is over; what was alarmed meanwhile."""
    alarms = []
    end_s = time.monotonic() + within_s
    open_ = dict(enumerate(doings))
    while open_ and time.monotonic() < end_s:
        for pilot in pilots:
            pilot.hear()
        for number in list(open_):
            if next(open_[number], _DONE) is _DONE:
                del open_[number]
        alarms += _alarms(range_)
        time.sleep(0.02)
    assert not (must and open_), f"not done in {within_s:.0f} s: {sorted(open_)}"
    settle_s = time.monotonic() + 1.0
    while time.monotonic() < settle_s:
        for pilot in pilots:
            pilot.hear()
        alarms += _alarms(range_)
        time.sleep(0.02)
    return alarms


_DONE = object()


def _alarms(range_: _Range) -> list:
    told = []
    for message in range_.server.receive():
        if isinstance(message, JournalEntry) and isinstance(message.event, AlarmChanged):
            alarm = message.event.alarm
            if alarm.condition in FORECASTS:
                raised = alarm.state in (AlarmState.UNACKED, AlarmState.ACKED)
                told.append((alarm.source, message.monotonic_s, alarm.condition, raised, alarm.title))
    return told
