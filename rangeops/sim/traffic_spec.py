"""What a scenario says of aircraft that aren't the range's: [[traffic]], each on a straight course."""

import re
from dataclasses import dataclass
from typing import Final

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts

_ICAO: Final = re.compile(r"[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class TrafficSpec:
    """One aircraft. altitude_amsl_m is where it really is; what it tells is over 1013 hPa: pressure_offset_m higher.

    at_s, for_s: from when and how long it transmits. heard_by: sysids of vehicles that carry a receiver for it.
    """

    callsign: str
    icao: int
    start: tuple[float, float]  # latitude, longitude at at_s
    track_deg: float
    speed_mps: float
    altitude_amsl_m: float
    climb_mps: float = 0.0
    pressure_offset_m: float = 0.0
    at_s: float = 0.0
    for_s: float | None = None
    heard_by: tuple[int, ...] = ()


def traffic_from(facts: Facts, sysids: frozenset[int]) -> TrafficSpec:
    """Raises Invalid."""
    facts.only(
        "callsign", "icao", "start", "track_deg", "speed_mps", "altitude_amsl_m", "climb_mps", "pressure_offset_m",
        "at_s", "for_s", "heard_by",
    )  # fmt: skip
    icao = facts.text("icao")
    if not _ICAO.fullmatch(icao):
        raise Invalid(f"{icao!r:.20} is no ICAO address", where=facts.where, do="Give six hexadecimal digits.")
    heard_by = facts.table.get("heard_by", [])
    if not isinstance(heard_by, list) or not set(heard_by) <= sysids:
        raise Invalid("heard_by must list sysids of the scenario", where=facts.where, do="Correct the file.")
    start = facts.table.get("start")
    if not isinstance(start, list) or len(start) != 2:
        raise Invalid("start must be [latitude, longitude]", where=facts.where, do="Correct the file.")
    place = Facts({"latitude": start[0], "longitude": start[1]}, f"{facts.where} start")
    return TrafficSpec(
        callsign=facts.text("callsign"),
        icao=int(icao, 16),
        start=(
            place.number("latitude", at_least=-89, at_most=89),
            place.number("longitude", at_least=-180, at_most=180),
        ),
        track_deg=facts.number("track_deg", at_least=0, at_most=360),
        speed_mps=facts.number("speed_mps", at_least=0, at_most=350),
        altitude_amsl_m=facts.number("altitude_amsl_m", at_least=-400, at_most=15_000),
        climb_mps=facts.number("climb_mps", 0, at_least=-50, at_most=50),
        pressure_offset_m=facts.number("pressure_offset_m", 0, at_least=-1000, at_most=1000),
        at_s=facts.number("at_s", 0, at_least=0, at_most=86_400),
        for_s=facts.number("for_s", at_least=0, at_most=86_400) if facts.has("for_s") else None,
        heard_by=tuple(heard_by),
    )
