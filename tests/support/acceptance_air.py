"""The acceptance flights that leave the ground: hold, RTL and LAND, a failsafe, a dead uplink, a runaway and its watch."""

import math
import time
from dataclasses import dataclass

import fault_proxy
from acceptance_flights import FLY_M, Flight, apart_m, offset
from cockpit import Cockpit
from desk import TWENTE
from range_ground import RangeGround, clock
from shapely import Point, Polygon
from watch_of import watch_of

from rangeops.domain.commands import CommandKind, CommandProgress
from rangeops.domain.telemetry import LandedState

# In the air: hold, RTL, LAND.


@dataclass
class Stopped:
    from_mps: float
    progress: CommandProgress
    distance_m: float
    rest_after_s: float


@dataclass
class Stops:
    hold: Stopped
    rtl: CommandProgress
    land: CommandProgress
    descended_m: float
    modes: list[str]


def stops(flight: Flight) -> Stops:
    with flight.crew() as (ground, pilot):
        flight.until_trusted(ground)
        flight.take_off(ground, pilot)
        flight.speed_up(ground, pilot, 400)
        hold = _hold(flight, ground)
        flight.speed_up(ground, pilot, -400)
        rtl = _commanded(flight, ground, CommandKind.RTL)
        ground.wait(1)
        height_m = _height_m(flight, ground)
        land = _commanded(flight, ground, CommandKind.LAND)
        ground.until(lambda: _height_m(flight, ground) < height_m - 2, 30, "the descent")
        modes = [hold.progress.order.kind.value, rtl.order.kind.value, ground.state(flight.sysid).mode]
        return Stops(hold, rtl, land, height_m - _height_m(flight, ground), modes)


def _height_m(flight: Flight, ground: RangeGround) -> float:
    position = ground.trusted(flight.sysid)
    return float("nan") if position is None else position.height_above_home_m


def _hold(flight: Flight, ground: RangeGround) -> Stopped:
    """How far it goes from the order on: from where it was then, and not from where it was last heard."""
    last = ground.trusted(flight.sysid)
    assert last is not None
    began_s = time.monotonic()
    age_s = began_s - last.at_s
    start = offset(
        (last.latitude_deg, last.longitude_deg), last.velocity_north_mps * age_s, last.velocity_east_mps * age_s
    )
    order = ground.order(CommandKind.HOLD, flight.sysid)
    ground.until(lambda: ground.over(order), 10, "the end of the hold command")
    progress = ground.progress(order)
    assert progress is not None
    ground.until(
        lambda: (p := ground.trusted(flight.sysid)) is not None and p.ground_speed_mps < 0.3, 15, "standing still"
    )
    rest_after_s = time.monotonic() - began_s
    here = ground.trusted(flight.sysid)
    assert here is not None
    distance_m = apart_m(start, (here.latitude_deg, here.longitude_deg))
    return Stopped(last.ground_speed_mps, progress, distance_m, rest_after_s)


def _commanded(flight: Flight, ground: RangeGround, kind: CommandKind) -> CommandProgress:
    order = ground.order(kind, flight.sysid)
    ground.until(lambda: ground.over(order), 10, f"the end of {kind.value}")
    progress = ground.progress(order)
    assert progress is not None
    return progress


# Its own failsafe, when our heartbeat stops.


@dataclass
class Failsafe:
    after_s: float
    mode: str
    texts: list[str]
    mode_after_return: str


def failsafe(flight: Flight) -> Failsafe:
    with flight.crew() as (ground, pilot):
        flight.until_trusted(ground)
        flight.take_off(ground, pilot)
        ground.heartbeats = False  # the pilot's own go on: they must not count
        after_s = ground.until(lambda: ground.state(flight.sysid).mode != "GUIDED", 15, "its ground-station failsafe")
        mode = ground.state(flight.sysid).mode
        ground.wait(1)
        ground.heartbeats = True
        ground.until(lambda: any("Cleared" in text for text in ground.texts(flight.sysid)), 10, "the failsafe cleared")
        ground.wait(1)
        return Failsafe(after_s, mode, ground.texts(flight.sysid), ground.state(flight.sysid).mode)


# The way up is cut; the way down is not.


@dataclass
class Uplink:
    ok_before: bool
    lost_after_s: float
    heard_when_lost: bool
    silence: CommandProgress | None
    back_after_s: float
    at_last: CommandProgress | None


def uplink(flight: Flight, way: fault_proxy.Way) -> Uplink:
    with flight.crew() as (ground, _):
        flight.until_trusted(ground)
        ground.wait(3)

        def ok() -> bool:
            return ground.vehicle(flight.sysid).uplink_ok(clock())

        before = ok()
        way.weather = fault_proxy.Weather(partition=True)
        order = ground.order(CommandKind.HOLD, flight.sysid)
        lost_after_s = ground.until(lambda: not ok(), 15, "uplink lost")
        heard = ground.trusted(flight.sysid) is not None
        silence = ground.progress(order)
        way.weather = fault_proxy.CLEAR
        back_after_s = ground.until(ok, 10, "the uplink back")
        ground.until(lambda: (p := ground.progress(order)) is not None and p.stage.value == "seen", 10, "held at last")
        return Uplink(before, lost_after_s, heard, silence, back_after_s, ground.progress(order))


# The range's own watch stops a vehicle that heads out of its volume.


@dataclass
class Runaway:
    modes: list[str]
    least_margin_m: float
    fastest_mps: float
    held_after_s: float | None
    stages: list[str]


EAST = TWENTE.volume("EAST").flight_geography
_RING = Polygon([TWENTE.frame.to_site(*corner) for corner in EAST.outer])


def runaway_place(from_edge_m: float) -> tuple[float, float]:
    """On the line from EAST's middle through the middle of its south-eastern edge; negative: outside."""
    (ax, ay), (bx, by) = (TWENTE.frame.to_site(*corner) for corner in EAST.outer[:2])
    edge = ((ax + bx) / 2, (ay + by) / 2)
    middle = _RING.centroid
    length_m = math.hypot(edge[0] - middle.x, edge[1] - middle.y)
    share = 1 - from_edge_m / length_m
    return TWENTE.frame.to_geodetic(middle.x + share * (edge[0] - middle.x), middle.y + share * (edge[1] - middle.y))


def margin_m(latitude_deg: float, longitude_deg: float) -> float:
    """To EAST's edge; negative outside."""
    point = Point(TWENTE.frame.to_site(latitude_deg, longitude_deg))
    distance_m = float(_RING.exterior.distance(point))
    return distance_m if _RING.contains(point) else -distance_m


def runaway(flight: Flight) -> Runaway:
    """The whole watch loop, with an order for this vehicle and nobody at the screens."""
    pilot = Cockpit(flight.sysid, flight.pilot_port)
    loop = watch_of(flight.folder / "watch", flight.range_port, flight.sysid)
    seen = Runaway([], float("inf"), 0.0, None, [])

    def state():
        heard = loop._fleet.vehicles.get(flight.sysid)
        return None if heard is None else heard.state

    def until(holds, within_s: float, what: str) -> float:
        began_s = time.monotonic()
        while not holds():
            assert time.monotonic() - began_s < within_s, f"{what} did not happen in {within_s:.0f} s: {state()}"
            loop.turn()
            pilot.turn()
            look()
        return time.monotonic() - began_s

    def look() -> None:
        if (now := state()) is None or not now.armed:
            return
        if not seen.modes or seen.modes[-1] != now.mode:
            seen.modes.append(now.mode)
        if (position := now.trusted_position(clock())) is not None:
            seen.fastest_mps = max(seen.fastest_mps, position.ground_speed_mps)
            seen.least_margin_m = min(seen.least_margin_m, margin_m(position.latitude_deg, position.longitude_deg))

    pilot.until = until
    try:
        until(lambda: (s := state()) and s.trusted_position(clock()), flight.backend.trusted_s, "a trusted position")
        pilot.take_off(FLY_M, lambda: state().armed, lambda: state().position.height_above_home_m)
        pilot.go_to(*runaway_place(-150), FLY_M)
        seen.held_after_s = until(lambda: "BRAKE" in seen.modes, 40, "the watch's hold")
        until(lambda: "RTL" in seen.modes, 20, "the watch's RTL")
        until(lambda: state().landed and state().landed.state is not LandedState.ON_GROUND, 5, "in the air")
        end_s = time.monotonic() + 3
        until(lambda: time.monotonic() > end_s, 5, "three seconds")
    finally:
        loop.close()
        pilot.close()
    seen.stages = [f"{progress.order.kind.value} {progress.stage.value}" for progress in loop._commands.shown(clock())]
    return seen
