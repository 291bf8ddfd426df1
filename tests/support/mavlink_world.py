"""A simulated ArduCopter and our fleet in memory, captures, instants: what the MAVLink tests and proofs share."""

import random
import struct
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rangeops.adapters.mavlink.fence import CompiledFence, compile_fence
from rangeops.adapters.mavlink.fence_load import BeforeRead
from rangeops.adapters.mavlink.fleet import Fleet, FleetOutput, Outgoing
from rangeops.adapters.mavlink.link import Link
from rangeops.domain.aircraft import VehicleClass, airframe_from
from rangeops.domain.commands import CommandId, CommandKind, CommandOrder
from rangeops.domain.now import Now
from rangeops.domain.telemetry import HomePosition, Sysid
from rangeops.domain.volumes import Volume
from rangeops.sim.scenario import Place, VehicleSpec
from rangeops.sim.vehicle import Vehicle as SimulatedVehicle

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "tests" / "data" / "captures"
EPOCH = datetime(2026, 5, 1, 8, tzinfo=UTC)
HOME = HomePosition(0.0, 52.275833, 6.889167, 35.0)


def instant(monotonic_s: float) -> Now:
    return Now(monotonic_s, EPOCH + timedelta(seconds=monotonic_s))


def tlog_frames(path: Path) -> Iterator[tuple[float, bytes]]:
    """(seconds, frame) of each record: eight bytes of big-endian microseconds and one MAVLink 2 packet."""
    data = path.read_bytes()
    start = 0
    while start < len(data):
        (microseconds,) = struct.unpack_from(">Q", data, start)
        length = data[start + 9] + (25 if data[start + 10] & 1 else 12)
        yield microseconds / 1e6, data[start + 8 : start + 8 + length]
        start += 8 + length


def captured() -> dict[str, list[tuple[float, bytes]]]:
    """Every capture by its name."""
    found = {path.stem: list(tlog_frames(path)) for path in sorted(CAPTURES.glob("*.tlog"))}
    assert len(found) >= 12
    return found


def square(half_m: float = 200.0, *, ceiling_amsl_m: float = 95.0) -> Volume:
    north, east = half_m / 111_195, half_m / 68_030
    a, b = HOME.latitude_deg, HOME.longitude_deg
    outer = ((a - north, b - east), (a + north, b - east), (a + north, b + east), (a - north, b + east))
    return Volume(outer, 0.0, ceiling_amsl_m)


def fence_of(volume: Volume, *, rtl_altitude_m: float = 30.0) -> CompiledFence:
    return compile_fence(volume, HOME, rtl_altitude_m=rtl_altitude_m, vehicle_class=VehicleClass.COPTER, callsign="D21")


def order_of(kind: CommandKind, *, sysid: int = 21, name: str = "") -> CommandOrder:
    return CommandOrder(CommandId(name or kind.value), Sysid(sysid), kind, "policy", "test")


@dataclass
class World:
    """A simulated ArduCopter and our fleet, with a link between them that loses packets by a seed."""

    loss: float = 0.0
    duplicate: float = 0.0
    seed: int = 1
    sysid: int = 21
    uri: str = "udpin:127.0.0.1:14550"
    peer: tuple[str, int] = ("127.0.0.1", 5000)
    now_s: float = 1000.0
    refusal: str = ""  # of what a load would write
    airframe: str = "survey-quad"
    airborne_m: float | None = None
    told: list[FleetOutput] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        table = tomllib.loads((ROOT / "hardware/airframes" / f"{self.airframe}.toml").read_text())
        home = Place(HOME.latitude_deg, HOME.longitude_deg)
        spec = VehicleSpec(
            "D21",
            self.sysid,
            airframe_from(table, where="airframe"),
            home,
            home_elevation_amsl_m=HOME.altitude_amsl_m,
            airborne_m=self.airborne_m,
        )
        self.vehicle = SimulatedVehicle(spec, self.now)
        self.channel = self.vehicle.open_channel()
        self.fleet = Fleet(250)
        self.link = Link(self.uri, datagrams=True)
        self._heartbeat_s = 0.0

    @property
    def now(self) -> Now:
        return instant(self.now_s)

    def up(self, outputs: list[FleetOutput]) -> None:
        self.told += [output for output in outputs if not isinstance(output, Outgoing)]
        for output in outputs:
            if not isinstance(output, Outgoing):
                self.answer(output)
                continue
            self.sent.append(output.data)
            for _ in range(self._copies()):
                self.down(self.vehicle.receive(self.channel, output.data, self.now))

    def answer(self, told: FleetOutput) -> None:
        """What a load has read is kept, and agreed, unless `refusal` says otherwise."""
        if isinstance(told, BeforeRead):
            self.up(self.fleet.proceed(told.order, self.now, self.refusal))

    def down(self, outputs) -> None:
        for output in outputs:
            for _ in range(self._copies()):
                for packet in self.link.received(output.data, self.peer):
                    self.up(self.fleet.received(self.uri, self.peer, packet, self.now))

    def _copies(self) -> int:
        if self.random.random() < self.loss:
            return 0
        return 2 if self.random.random() < self.duplicate else 1

    def run(self, for_s: float, until: Callable[[], bool] | None = None) -> bool:
        """Let time pass; True as soon as `until` holds."""
        end_s = self.now_s + for_s
        while self.now_s < end_s:
            self.now_s += 0.04
            self.down(self.vehicle.step(self.now))
            self.up(self.fleet.timed_out(self.now))
            if self.now_s >= self._heartbeat_s:
                self._heartbeat_s = self.now_s + 1
                self.up([*self.fleet.heartbeats([], self.now)])
            if until is not None and until():
                return True
        return False
