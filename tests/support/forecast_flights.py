"""Random flights through the real watch, in virtual time: what its forecast said, held against where they really flew.

Vehicles and watch share one process and one clock, as in a rehearsal (rangeops/rehearsal/solo.py); packets pass real
sockets, orders and journal the real wire. The truth is the simulator's own position, judged by shapely.
"""

import contextlib
import math
import socket
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import shapely
import structlog
from forecast_pilots import BEGINS_S
from forecast_range import BOUNDARY, GROUND_M, STAYS_M, Batch
from zone_fields import SITE

from rangeops import paths
from rangeops.adapters.formats.range_folder import load_range
from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.adapters.transports.unix import UnixWire
from rangeops.domain.alarms import AlarmState, Condition
from rangeops.domain.commands import POLICY, CommandStage
from rangeops.domain.events import AlarmChanged, CommandMoved, JournalEntry
from rangeops.domain.hold_room import hold_circle
from rangeops.domain.orders import KeepOut, Orders, VehicleOrder
from rangeops.domain.policy import Automation, Policy, RungPolicy
from rangeops.domain.slots import SlotId
from rangeops.domain.stopping import stopping_curve, stopping_time_curve
from rangeops.domain.telemetry import Sysid
from rangeops.rehearsal.processes import free_udp_port
from rangeops.rehearsal.server_end import ServerEnd
from rangeops.rehearsal.solo import STEP_S, VirtualClock
from rangeops.sim.fleet import Fleet as Simulated
from rangeops.sim.scenario import Scenario
from rangeops.watch.journal import Journal
from rangeops.watch.loop import Loop
from rangeops.watch.memory import Memory
from rangeops.watch.recorder import Recorder

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TWENTE = load_range(paths.shipped("geofences") / "twente")
LASTS_S = 80.0
TRUST_S = TWENTE.policy.forecast.turn_trust_s
LEAD_S = 3.0  # with the stopping time, what an alarm must come before the edge
TOLD_S = 3.0  # what an autopilot and two reports take until a decision can be seen from outside
FORECASTS = frozenset([Condition.FORECAST_EXIT, Condition.PROHIBITED_ZONE, Condition.ABOVE_CEILING])
UNFLOWN_S = 12.0  # of an alarm in the last seconds nobody knows: what it told of isn't flown any more
_SAMPLE_STEPS = 2
_SETTLES_S = 1.0  # without a word of it
_RAISED = frozenset([AlarmState.UNACKED, AlarmState.ACKED])


@dataclass
class Track:
    """Of one flight: the truth, sampled; when its pilot had decided what; and what the watch said. Seconds of the clock."""

    kind: str
    is_plane: bool
    speed_mps: float
    times: list[float] = field(default_factory=list)
    places: list[tuple[float, float, float]] = field(default_factory=list)  # east, north, altitude
    velocities: list[tuple[float, float, float]] = field(default_factory=list)
    believed: list[tuple[float, float, float]] = field(default_factory=list)  # places, as its autopilot has them
    decided: list[float] = field(default_factory=list)
    turning: list[bool] = field(default_factory=list)
    alarms: list[tuple[float, Condition, bool, str]] = field(default_factory=list)  # raised, or over
    commands: list[tuple[float, str]] = field(default_factory=list)


def policy(automation: Automation) -> Policy:
    """Twente's own, with every rung that Twente lets act by itself set to this."""

    def of(rung: RungPolicy) -> RungPolicy:
        return replace(rung, automation=automation)

    ours = TWENTE.policy
    return replace(
        ours,
        forecast_exit=of(ours.forecast_exit),
        outside_flight_geography=of(ours.outside_flight_geography),
        leaving_contingency=of(ours.leaving_contingency),
    )


def fly(batch: Batch, automation: Automation) -> list[Track]:
    """Fly the whole batch once, from the same seed alike."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory(prefix="rangeops-forecast-") as name:
        return _Flown(batch, automation, Path(name)).tracks()


class _Flown:
    def __init__(self, batch: Batch, automation: Automation, folder: Path) -> None:
        self._batch, self._clock = batch, VirtualClock(NOON)
        port = free_udp_port()
        self._server = ServerEnd(folder / "wire.sock")
        self._watch = Loop(
            name="forecast",
            fleet=Fleet(250),
            wire=UnixWire(folder / "wire.sock", "forecast"),
            journal=Journal(folder / "journal", "forecast"),
            recorder=Recorder(folder / "tlogs"),
            memory=Memory(folder / "memory"),
            clock=self._clock,
            beat=lambda: None,
            pause=lambda _: None,
        )
        scenario = Scenario(
            "forecast", tuple(batch.specs), wind=batch.wind, gps_noise_m=batch.gps_noise_m, seed=batch.seed
        )
        self._fleet = Simulated(scenario, self._clock())
        self._sockets = []
        for _ in batch.specs:
            sends = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sends.connect(("127.0.0.1", port))
            sends.setblocking(False)  # noqa: FBT003  # the standard library's signature
            self._sockets.append(sends)
        self._server.send(orders_of(batch, f"udpin:127.0.0.1:{port}", policy(automation)))
        self._tracks = {
            f"F{number:02}": Track(flight.kind, batch.airframe.vehicle_class.value == "plane", flight.speed_mps)
            for number, flight in enumerate(batch.flights, 1)
        }

    def tracks(self) -> list[Track]:
        try:
            self._watch.begin()
            step = 0
            while self._clock.at_s < LASTS_S:
                self._step(sample=step % _SAMPLE_STEPS == 0)
                step += 1
            quiet_s = time.monotonic()
            while time.monotonic() < quiet_s + _SETTLES_S:  # what the journal still writes comes in real time
                self._watch.turn()
                if self._hear():
                    quiet_s = time.monotonic()
                time.sleep(0.01)
        finally:
            self._watch.close()
            self._server.close()
            for each in self._sockets:
                each.close()
        return list(self._tracks.values())

    def _step(self, *, sample: bool) -> None:
        self._clock.step()
        now, at_s = self._clock(), self._clock.at_s
        for flight, member in zip(self._batch.flights, self._fleet.members, strict=True):
            flight.step(member.vehicle, at_s)
        self._deliver(self._fleet.step(now))
        self._watch.turn()
        for number, sends in enumerate(self._sockets):
            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                while data := sends.recv(65536):
                    member = self._fleet.members[number]
                    self._deliver(self._fleet.receive(number, member.channels[0], data, now))
        if round(at_s / STEP_S) % 4 == 0:
            self._hear()
        if sample:
            self._sample(at_s)

    def _deliver(self, deliveries) -> None:
        for each in deliveries:
            with contextlib.suppress(ConnectionRefusedError, BlockingIOError):  # nobody listens yet, as to a radio
                self._sockets[each.member].send(each.data)

    def _sample(self, at_s: float) -> None:
        for track, flight, member in zip(self._tracks.values(), self._batch.flights, self._fleet.members, strict=True):
            vehicle, body = member.vehicle, member.vehicle.body
            east, north = SITE.to_site(*vehicle.frame.to_degrees(body.north_m, body.east_m))
            track.times.append(at_s)
            track.places.append((east, north, vehicle.ground_amsl_m + body.up_m))
            own = vehicle.motion
            believed = SITE.to_site(*vehicle.frame.to_degrees(own.north_m, own.east_m))
            track.believed.append((*believed, vehicle.ground_amsl_m + own.up_m))
            track.velocities.append((body.east_mps, body.north_mps, body.climb_mps))
            track.decided.append(flight.decided_s)
            track.turning.append(flight.turning)

    def _hear(self) -> bool:
        """Whether the journal told anything."""
        told = False
        for message in self._server.receive():
            if not isinstance(message, JournalEntry):
                continue
            told = True
            at_s = message.monotonic_s - self._clock().monotonic_s + self._clock.at_s
            event = message.event
            if isinstance(event, AlarmChanged) and event.alarm.condition in FORECASTS:
                alarm = event.alarm
                self._tracks[alarm.source].alarms.append(
                    (at_s, alarm.condition, alarm.state in _RAISED, alarm.title)
                )  # fmt: skip
            elif isinstance(event, CommandMoved) and event.progress.order.by == POLICY:
                progress = event.progress
                if progress.stage is CommandStage.SENT:
                    self._tracks[f"F{progress.order.sysid:02}"].commands.append((at_s, progress.order.kind.value))
        return told


def orders_of(batch: Batch, link: str, rules: Policy) -> Orders:
    vehicles = tuple(
        VehicleOrder(
            sysid=Sysid(spec.sysid), callsign=spec.callsign, company="", slot=SlotId(f"S{spec.sysid}"),
            starts=NOON - timedelta(hours=1), ends=NOON + timedelta(hours=2), airframe=batch.airframe,
            volumes=batch.volumes, cleared=True, fence_sha256="0" * 64, rtl_altitude_m=30.0, contact="",
        )
        for spec in batch.specs
    )  # fmt: skip
    zones = () if batch.zone_volume is None else (KeepOut("the zone", batch.zone_volume),)
    return Orders(
        version=1, range_id="forecast", origin_latitude_deg=SITE.origin_latitude_deg,
        origin_longitude_deg=SITE.origin_longitude_deg, elevation_amsl_m=GROUND_M, boundary=BOUNDARY, policy=rules,
        links=(link,), vehicles=vehicles, keep_out=zones, wind_mps=batch.most_wind_mps,
    )  # fmt: skip


@dataclass
class Verdict:
    """What became of a flight on its own. exit_s: when it really left; margin_m: the least that it kept while it flew.

    foreseen: how long before the edge nothing that it did was new. need_s: stopping time and LEAD_S. lead_s: how long before
    the edge the alarm stood without a break; None: it didn't. false: it was alarmed.
    """

    track: Track
    exit_s: float | None
    margin_m: float
    foreseen_s: float = 0.0
    need_s: float = 0.0
    lead_s: float | None = None
    alarmed: bool = False
    speed_mps: float = 0.0
    near_zone: bool = False  # nearer than straight on could be stopped: no turn is believed there, and it is alarmed

    @property
    def stays(self) -> bool:
        return self.exit_s is None and self.margin_m >= STAYS_M and not self.near_zone

    @property
    def could_be_foreseen(self) -> bool:
        return self.exit_s is not None and self.foreseen_s >= self.need_s + TOLD_S

    @property
    def in_time(self) -> bool:
        return self.lead_s is not None and self.lead_s >= self.need_s


def verdict_of(track: Track, batch: Batch) -> Verdict:
    margins = margins_m(track, batch)
    flying = np.array(track.times) >= 1.0
    outside = np.flatnonzero((margins < 0.0) & flying)
    if not len(outside):
        return Verdict(
            track,
            None,
            float(margins[flying].min()),
            alarmed=_ever(track, track.times[-1] - UNFLOWN_S),
            near_zone=_near_zone(track, batch),
        )
    first = int(outside[0])
    exit_s = track.times[first]
    east, north, up = track.velocities[first]
    upwards = track.places[first][2] > batch.volumes.flight_geography.ceiling_amsl_m
    speed = abs(up) if upwards else math.hypot(east, north)
    if upwards:
        stop_s = speed / batch.airframe.vertical_deceleration_mps2 + batch.airframe.reaction_lag_s
    else:
        stop_s = stopping_time_curve(batch.airframe)(speed, stopping_curve(batch.airframe)(speed))
    return Verdict(
        track,
        exit_s,
        float(margins.min()),
        foreseen_s=exit_s - _settled_s(track, first, upwards=upwards),
        need_s=stop_s + LEAD_S,
        lead_s=_stood_s(track, exit_s),
        alarmed=_ever(track, exit_s),
        speed_mps=speed,
    )


def _near_zone(track: Track, batch: Batch) -> bool:
    """A zone has no contingency volume around it: was it ever so near that a stop TRUST_S later would have ended in it?"""
    if batch.zone is None:
        return False
    speeds = np.hypot(*np.array(track.velocities)[:, :2].T)
    stops = np.vectorize(stopping_curve(batch.airframe))(speeds)
    wind = batch.most_wind_mps
    if (circle := hold_circle(batch.airframe, float(speeds.max()), (0.0, wind))) is not None:
        stops = np.maximum(stops, circle.ahead_m(0.0, 1.0))
    needs = stops + (TRUST_S + 0.5) * speeds + 3.0
    return bool((-_signed(batch.zone, np.array(track.places)) < needs).any())


def _settled_s(track: Track, first: int, *, upwards: bool) -> float:
    """Since when it had flown as it then left: on the same course and about as fast, or in the same turn."""
    decided_s = track.decided[first]
    east, north, up = track.velocities[first]
    speed = max(abs(up) if upwards else math.hypot(east, north), 0.1)
    at, copter_turns = first, track.turning[first] and not track.is_plane
    if track.turning[first] and track.is_plane:
        return decided_s  # in wind no two moments of a turn are as fast
    while at > 0 and track.times[at] > decided_s:
        then_east, then_north, then_up = track.velocities[at - 1]
        if copter_turns:
            off = abs(math.hypot(then_east, then_north) - speed)
        else:
            off = abs(then_up - up) if upwards else math.hypot(then_east - east, then_north - north)
        if off > 0.35 * speed:
            break
        at -= 1
    return track.times[at]


def _stood_s(track: Track, exit_s: float) -> float | None:
    """How long before the edge some forecast alarm stood that stood until then."""
    standing: dict[Condition, float] = {}
    since: float | None = None
    for at_s, condition, raised, _ in track.alarms:
        if at_s > exit_s:
            break
        if raised:
            standing.setdefault(condition, at_s)
            since = at_s if since is None else since
        else:
            standing.pop(condition, None)
            since = since if standing else None
    return None if since is None else exit_s - since


def _ever(track: Track, before_s: float) -> bool:
    return any(raised and BEGINS_S <= at_s <= before_s for at_s, _, raised, _ in track.alarms)


def margins_m(track: Track, batch: Batch) -> np.ndarray:
    """At each sample the distance to the nearest side, ceiling or zone, negative outside."""
    places = np.array(track.places)
    margin = _signed(batch.geography, places)
    margin = np.minimum(margin, batch.volumes.flight_geography.ceiling_amsl_m - places[:, 2])
    if batch.zone is not None:
        margin = np.minimum(margin, -_signed(batch.zone, places))
    return margin


def leaves_contingency(track: Track, batch: Batch) -> float:
    """How far outside its contingency volume it came, in metres; negative: how far inside it stayed at least."""
    volume = batch.volumes.contingency
    places = np.array(track.places)
    polygon = shapely.Polygon([SITE.to_site(*corner) for corner in volume.outer])
    margin = np.minimum(_signed(polygon, places), volume.ceiling_amsl_m - places[:, 2])
    return -float(margin.min())


def enters_zone(track: Track, batch: Batch) -> float | None:
    """How deep in the zone it was; negative: how far off it stayed. None: there is no zone."""
    return None if batch.zone is None else float(_signed(batch.zone, np.array(track.places)).max())


def _signed(polygon: shapely.Polygon, places: np.ndarray) -> np.ndarray:
    points = shapely.points(places[:, :2])
    distance = shapely.distance(polygon.exterior, points)
    return np.where(shapely.contains_xy(polygon, places[:, 0], places[:, 1]), distance, -distance)
