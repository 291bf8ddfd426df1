"""Aircraft that fly through a scenario and tell of themselves once a second, as receivers give it on.

As ADSB_VEHICLE to the vehicles that carry a receiver, and as BaseStation lines to whoever reads the scenario's feed. No
socket, no clock; no line or message of it is written by what reads them in the range.
"""

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from rangeops.domain.now import Now
from rangeops.sim.channel import Message, mavlink
from rangeops.sim.frame import LocalFrame
from rangeops.sim.scenario import Place
from rangeops.sim.traffic_spec import TrafficSpec

EVERY_S: Final = 1.0
_FOOT_M: Final = 0.3048
_KNOT_MPS: Final = 0.514444
_ALL_VALID: Final = 0b1_1011_1111 & ~64  # every ADSB_FLAGS of version 1 and 2 but SIMULATED


class Traffic:
    """`told` says what is heard now."""

    def __init__(self, specs: tuple[TrafficSpec, ...], started_s: float) -> None:
        self._specs = specs
        self._started_s = started_s

    def add(self, spec: TrafficSpec) -> None:
        self._specs = (*self._specs, spec)

    def __bool__(self) -> bool:
        return bool(self._specs)

    def messages(self, now: Now) -> Iterator[tuple[int, Message]]:
        """(sysid of who hears it, ADSB_VEHICLE)."""
        for spec, flown_s in self._told(now):
            for sysid in spec.heard_by:
                yield sysid, adsb_vehicle(spec, flown_s)

    def lines(self, now: Now) -> bytes:
        return b"".join(basestation(spec, flown_s, now.utc) for spec, flown_s in self._told(now))

    def _told(self, now: Now) -> Iterator[tuple[TrafficSpec, float]]:
        for spec in self._specs:
            flown_s = now.monotonic_s - self._started_s - spec.at_s
            if flown_s >= 0 and (spec.for_s is None or flown_s <= spec.for_s):
                yield spec, flown_s


def place_of(spec: TrafficSpec, flown_s: float) -> tuple[float, float, float]:
    """(latitude, longitude, altitude over the sea) after so long on its course."""
    way_m, track = spec.speed_mps * flown_s, math.radians(spec.track_deg)
    latitude, longitude = LocalFrame(Place(*spec.start)).to_degrees(way_m * math.cos(track), way_m * math.sin(track))
    return latitude, longitude, spec.altitude_amsl_m + spec.climb_mps * flown_s


def adsb_vehicle(spec: TrafficSpec, flown_s: float) -> Message:
    latitude, longitude, altitude_m = place_of(spec, flown_s)
    return mavlink.MAVLink_adsb_vehicle_message(
        spec.icao,
        round(latitude * 1e7),
        round(longitude * 1e7),
        mavlink.ADSB_ALTITUDE_TYPE_PRESSURE_QNH,
        round((altitude_m + spec.pressure_offset_m) * 1000),
        round(spec.track_deg * 100) % 36000,
        round(spec.speed_mps * 100),
        round(spec.climb_mps * 100),
        spec.callsign.encode("ascii", errors="replace")[:8],
        mavlink.ADSB_EMITTER_TYPE_ROTOCRAFT,
        0,
        _ALL_VALID,
        0o7000,
    )


def basestation(spec: TrafficSpec, flown_s: float, utc: datetime) -> bytes:
    """Its identity, its position and its velocity, as dump1090 writes them on port 30003."""
    latitude, longitude, altitude_m = place_of(spec, flown_s)
    date, time_ = f"{utc:%Y/%m/%d}", f"{utc:%H:%M:%S}.{utc.microsecond // 1000:03}"
    head = f"1,1,{spec.icao:06X},1,{date},{time_},{date},{time_}"
    feet = round((altitude_m + spec.pressure_offset_m) / _FOOT_M / 25) * 25  # as it is sent: in steps of 25 feet
    knots, climb_fpm = spec.speed_mps / _KNOT_MPS, round(spec.climb_mps / _FOOT_M * 60)
    lines = (
        f"MSG,1,{head},{spec.callsign:8},,,,,,,,,,,",
        f"MSG,3,{head},,{feet},,,{latitude:.5f},{longitude:.5f},,,0,0,0,0",
        f"MSG,4,{head},,,{knots:.1f},{spec.track_deg:.1f},,,{climb_fpm},,,,,",
    )
    return "".join(f"{line}\r\n" for line in lines).encode("ascii", errors="replace")
