"""The acceptance flights: each has a vehicle, a ground and a pilot of its own, so that all are flown at one time.

A flight does what is under test and notes what happened; tests/sitl/acceptance says what must have.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backends import ELEVATION_AMSL_M, Backend, range_parameters
from cockpit import Cockpit
from range_ground import RangeGround

from rangeops.adapters.mavlink.fence import CompiledFence, compile_fence
from rangeops.adapters.mavlink.fence_load import ReadBack, first_difference
from rangeops.adapters.mavlink.parameters import SetParameter, Setting
from rangeops.adapters.mavlink.transactions import Call, Done, Failed
from rangeops.adapters.mavlink.transfer import Download, Item, PlanKind, Upload
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandKind
from rangeops.domain.events import FenceReadBack, VehicleRebooted
from rangeops.domain.telemetry import HomePosition
from rangeops.domain.volumes import Volume

HOME = (52.2745, 6.8880)
METRES_PER_DEGREE = 111_195.0
RANGE, COMPID = 250, 190
FLY_M = 12.0
FULL_MPS = 7.5  # of the airframe's 8
BRAKE, RTL, LAND = 17, 6, 9

GROUND_D, STOPS_D, FAILSAFE_D, UPLINK_D, RUNAWAY_D, COMMANDS_D = 11, 12, 13, 14, 15, 16


def place(number: int) -> tuple[float, float]:
    """A spot for each vehicle, 150 m from the next."""
    return HOME[0], HOME[1] + number * 150 / (METRES_PER_DEGREE * math.cos(math.radians(HOME[0])))


def offset(origin: tuple[float, float], north_m: float, east_m: float) -> tuple[float, float]:
    scale = METRES_PER_DEGREE * math.cos(math.radians(origin[0]))
    return origin[0] + north_m / METRES_PER_DEGREE, origin[1] + east_m / scale


def apart_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    scale = METRES_PER_DEGREE * math.cos(math.radians(a[0]))
    return math.hypot((a[0] - b[0]) * METRES_PER_DEGREE, (a[1] - b[1]) * scale)


@dataclass
class Flight:
    backend: Backend
    folder: Path
    sysid: int
    range_port: int
    pilot_port: int

    @contextmanager
    def crew(self) -> Iterator[tuple[RangeGround, Cockpit]]:
        pilot = Cockpit(self.sysid, self.pilot_port)
        ground = RangeGround([f"udpin:127.0.0.1:{self.range_port}"], [pilot.turn])
        pilot.until = ground.until
        try:
            yield ground, pilot
        finally:
            ground.close()
            pilot.close()

    def until_found(self, ground: RangeGround) -> float:
        return ground.until(lambda: ground.state(self.sysid).heartbeat, 20, "a heartbeat")

    def until_trusted(self, ground: RangeGround) -> float:
        return ground.until(lambda: ground.trusted(self.sysid), self.backend.trusted_s, "a trusted position")

    def take_off(self, ground: RangeGround, pilot: Cockpit) -> None:
        pilot.take_off(
            FLY_M,
            lambda: ground.state(self.sysid).armed,
            lambda: p.height_above_home_m if (p := ground.state(self.sysid).position) else 0.0,
        )

    def speed_up(self, ground: RangeGround, pilot: Cockpit, north_m: float) -> None:
        """In GUIDED, to a point far ahead, until it is as fast as it gets."""
        here = ground.trusted(self.sysid)
        assert here is not None
        pilot.mode(4)
        pilot.go_to(*offset((here.latitude_deg, here.longitude_deg), north_m, 0), FLY_M)
        ground.until(
            lambda: (p := ground.trusted(self.sysid)) is not None and p.ground_speed_mps > FULL_MPS, 25, "full speed"
        )


# On the ground: who it is, what it says, what it holds.


@dataclass
class OnTheGround:
    heard_after_s: float = 0.0
    autopilot: str = ""
    vehicle_class: str = ""
    mode: str = ""
    firmware: int = 0
    rates_hz: dict[str, float] = field(default_factory=dict)
    refused_streams: dict[int, str] = field(default_factory=dict)
    filled_untrusted: bool = False
    trusted_after_s: float = 0.0
    parameters: dict[str, float | None] = field(default_factory=dict)
    written: float | None = None
    unknown_parameter: Done | Failed | None = None
    fence: FenceReadBack | None = None
    fence_seen_by_pilot: str = "not looked"
    fence_enabled: bool = False
    fence_rate_hz: float = 0.0
    refusals: dict[str, Done | Failed] = field(default_factory=dict)
    fence_after_refusals: Done | Failed | None = None
    mission_up: Done | Failed | None = None
    mission_difference: str = "not looked"
    rebooted_after_s: float = 0.0
    streams_after_s: float = 0.0


def on_the_ground(flight: Flight) -> OnTheGround:
    seen = OnTheGround()
    with flight.crew() as (ground, pilot):
        _identify(flight, ground, seen)
        _trust(flight, ground, seen)
        _rates(flight, ground, seen)
        _parameters(flight, ground, seen)
        fence = _fence(flight, ground, seen)
        _refuse(flight, ground, seen)
        seen.fence_after_refusals = ground.carry_through(
            flight.sysid, ReadBack(Download(flight.sysid, RANGE, COMPID, PlanKind.FENCE), fence.items)
        )
        _mission(flight, ground, seen)
        ground.until(lambda: pilot.heard, 5, "the pilot's link")
        _reboot(flight, ground, seen)
    return seen


def _identify(flight: Flight, ground: RangeGround, seen: OnTheGround) -> None:
    seen.heard_after_s = flight.until_found(ground)
    heartbeat = ground.state(flight.sysid).heartbeat
    assert heartbeat is not None
    seen.autopilot, seen.vehicle_class = heartbeat.autopilot.value, heartbeat.vehicle_class.value
    seen.mode = heartbeat.mode
    ground.until(lambda: ground.vehicle(flight.sysid).identity, 20, "AUTOPILOT_VERSION")
    identity = ground.vehicle(flight.sysid).identity
    assert identity is not None
    seen.firmware = identity.flight_sw_version


def _trust(flight: Flight, ground: RangeGround, seen: OnTheGround) -> None:
    """Latitude and longitude are filled long before the EKF vouches for them."""
    began_s = time.monotonic()

    def trusted() -> bool:
        position = ground.state(flight.sysid).position
        if position is not None and position.latitude_deg and ground.trusted(flight.sysid) is None:
            seen.filled_untrusted = True
        return ground.trusted(flight.sysid) is not None

    ground.until(trusted, flight.backend.trusted_s, "a trusted position")
    seen.trusted_after_s = time.monotonic() - began_s


def _rates(flight: Flight, ground: RangeGround, seen: OnTheGround) -> None:
    ground.counted.clear()
    measured_s = 5.0
    ground.wait(measured_s)
    seen.rates_hz = {
        kind: count / measured_s for (sysid, kind), count in ground.counted.items() if sysid == flight.sysid
    }
    seen.refused_streams = dict(ground.vehicle(flight.sysid).streams.refused)


def _parameters(flight: Flight, ground: RangeGround, seen: OnTheGround) -> None:
    for name in range_parameters():
        reading = SetParameter(flight.sysid, Setting(name, -12345.0), write=False)
        ground.carry_through(flight.sysid, reading)
        seen.parameters[name] = reading.before
    writing = SetParameter(flight.sysid, Setting("RTL_ALT", 2500))
    ground.carry_through(flight.sysid, writing)
    reading = SetParameter(flight.sysid, Setting("RTL_ALT", -12345.0), write=False)
    ground.carry_through(flight.sysid, reading)
    seen.written = reading.before
    seen.unknown_parameter = ground.carry_through(flight.sysid, SetParameter(flight.sysid, Setting("NO_SUCH_NAME", 1)))


def square(centre: tuple[float, float], half_m: float) -> Volume:
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    outer = tuple(offset(centre, n * half_m, e * half_m) for n, e in corners)
    hole = tuple(offset(centre, 0.6 * half_m + n * 10, 0.6 * half_m + e * 10) for n, e in corners)
    return Volume(outer, 0.0, ELEVATION_AMSL_M + 60, (hole,))


def compiled(sysid: int, centre: tuple[float, float], half_m: float = 200.0) -> CompiledFence:
    home = HomePosition(0.0, *centre, ELEVATION_AMSL_M)
    return compile_fence(
        square(centre, half_m), home, rtl_altitude_m=30, vehicle_class=VehicleClass.COPTER, callsign=f"D{sysid}"
    )


def _fence(flight: Flight, ground: RangeGround, seen: OnTheGround) -> CompiledFence:
    fence = compiled(flight.sysid, place(flight.sysid))
    order = ground.order(CommandKind.LOAD_FENCE, flight.sysid, fence)
    ground.until(lambda: ground.over(order), 60, "the end of the fence load")
    seen.fence = ground.read_backs(flight.sysid)[-1]
    health = ground.state(flight.sysid).health
    seen.fence_enabled = health is not None and health.fence_enabled
    ground.counted.clear()
    ground.wait(3)
    seen.fence_rate_hz = ground.counted[flight.sysid, "FenceStatus"] / 3
    return fence


def _refuse(flight: Flight, ground: RangeGround, seen: OnTheGround) -> None:
    here = place(flight.sysid)

    def vertex(number: int, of: float, command: int = 5001, frame: int = 0) -> Item:
        latitude, longitude = offset(here, 50.0 * (number % 2), 50.0 * (number // 2))
        return Item(command, frame, round(latitude * 1e7), round(longitude * 1e7), param1=of)

    plans = {
        "wrong vertex count": [vertex(n, 4) for n in range(3)],
        "two vertices": [vertex(n, 2) for n in range(2)],
        "circle without radius": [vertex(0, 0, 5003)],
        "latitude 95": [Item(5003, 0, 950000000, 0, param1=50)],
        "frame MISSION": [vertex(0, 50, 5003, frame=2)],
        "a waypoint in a fence": [vertex(0, 0, 16)],
        "90 items": [vertex(n, 90) for n in range(90)],
    }
    for name, items in plans.items():
        upload = Upload(flight.sysid, RANGE, COMPID, PlanKind.FENCE, items)
        seen.refusals[name] = ground.carry_through(flight.sysid, upload)
    calls = {
        "mode 99": (176, 1.0, 99.0),
        "an unknown message's interval": (511, 60000.0, 1e6),
        "reposition as COMMAND_LONG": (192, -1.0),
        "an unknown command": (31999,),
    }
    for name, (command, *parameters) in calls.items():
        seen.refusals[name] = ground.carry_through(flight.sysid, Call(flight.sysid, RANGE, command, parameters))


def mission(centre: tuple[float, float]) -> list[Item]:
    def degrees_e7(point: tuple[float, float]) -> tuple[int, int]:
        return round(point[0] * 1e7), round(point[1] * 1e7)

    return [
        Item(16, 0, *degrees_e7(centre), z=ELEVATION_AMSL_M),
        Item(22, 3, 0, 0, z=10.0),
        Item(16, 3, *degrees_e7(offset(centre, 60, 0)), z=15.0),
        Item(178, 3, 0, 0, param1=1.0, param2=6.0),
        Item(16, 3, *degrees_e7(offset(centre, 60, 60)), z=15.0),
        Item(19, 3, *degrees_e7(offset(centre, 0, 60)), z=12.0, param1=3.0),
        Item(20, 0, 0, 0),
    ]


def _mission(flight: Flight, ground: RangeGround, seen: OnTheGround) -> None:
    items = mission(place(flight.sysid))
    seen.mission_up = ground.carry_through(flight.sysid, Upload(flight.sysid, RANGE, COMPID, PlanKind.MISSION, items))
    download = Download(flight.sysid, RANGE, COMPID, PlanKind.MISSION)
    ground.carry_through(flight.sysid, download)
    held = list(download.items)
    # The first is home, which the vehicle has its own mind about. Where nothing is stored, it says 0 in its own frame.
    seen.mission_difference = first_difference(items[1:], held[1:]) or "; ".join(
        f"item {n} at {h.z} instead of {w.z}"
        for n, (w, h) in enumerate(zip(items, held, strict=True))
        if n and h.z != w.z
    )


def _reboot(flight: Flight, ground: RangeGround, seen: OnTheGround) -> None:
    began_s = time.monotonic()
    ground.carry_through(flight.sysid, Call(flight.sysid, RANGE, 246, [1.0]))
    ground.until(lambda: any(isinstance(each, VehicleRebooted) for _, each in ground.told), 60, "the restart seen")
    seen.rebooted_after_s = time.monotonic() - began_s
    ground.counted.clear()
    ground.until(lambda: ground.counted[flight.sysid, "GlobalPositionInt"] >= 10, 30, "positions at their rate again")
    seen.streams_after_s = time.monotonic() - began_s
