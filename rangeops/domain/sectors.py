"""Sectors: pieces of the range that are cleared at once, who is in one, in which order they are told, and whom to call.

Who may be in it counts: a vehicle of which nobody knows where it is, is in every sector that its volume touches.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from shapely import Point, Polygon

from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.facts import Facts
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import Ring, Volume, polygon_of

WHOLE_RANGE: Final = "WHOLE RANGE"  # always there, and never meant unless it is named
NEAR_M: Final = 50.0  # one that is so near to a sector is in it: positions are known to metres, and drones move
_TRAFFIC_WITHIN_M: Final = 20_000.0  # a crewed aircraft farther off gives no order of telling


@dataclass(frozen=True, slots=True)
class Sector:
    name: str
    ring: Ring  # empty: the whole range


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody outside the range. role: why he is called; call: number, frequency or channel."""

    name: str
    role: str
    call: str


@dataclass(frozen=True, slots=True)
class Flier:
    """One vehicle as sectors see it. place: site metres east, north; None: not known. volume: None without a slot."""

    sysid: Sysid
    armed: bool
    place: tuple[float, float] | None
    altitude_amsl_m: float | None
    volume: Volume | None


@dataclass(frozen=True, slots=True)
class Member:
    """distance_m: to the nearest crewed aircraft; None: not known, or there is none. why: how it counts as in it."""

    sysid: Sysid
    distance_m: float | None
    why: str


def sectors_from(tables: Sequence[Facts], rings: Sequence[Ring]) -> tuple[Sector, ...]:
    """The [[sector]] tables, with their rings as they were read. Raises Invalid."""
    sectors: dict[str, Sector] = {}
    for facts, ring in zip(tables, rings, strict=True):
        facts.only("name", "ring")
        name = facts.text("name").upper()
        if name == WHOLE_RANGE or name in sectors:
            raise Invalid(f"the sector {name} is there already", where=facts.where, do="Give it a name of its own.")
        sectors[name] = Sector(name, ring)
    return tuple(sectors.values())


def contacts_from(tables: Iterable[Facts]) -> tuple[Contact, ...]:
    """The [[contact]] tables: whom to call when a sector is cleared or a vehicle flies away. Raises Invalid."""
    contacts = []
    for facts in tables:
        facts.only("name", "role", "call")
        contacts.append(Contact(facts.text("name"), facts.text("role"), facts.text("call")))
    return tuple(contacts)


def sector_named(name: str, sectors: Sequence[Sector]) -> Sector:
    """Raises NotFound; the whole range only by its own name."""
    wanted = " ".join(name.upper().split())
    if wanted == WHOLE_RANGE:
        return Sector(WHOLE_RANGE, ())
    for sector in sectors:
        if sector.name == wanted:
            return sector
    names = ", ".join([*(sector.name for sector in sectors), WHOLE_RANGE])
    raise NotFound(f"there is no sector {name!r:.40}", where="sector", do=f"Choose one of {names}.")


def members(
    sector: Sector, fliers: Iterable[Flier], crewed: Sequence[tuple[float, float, float | None]], frame: SiteFrame
) -> tuple[Member, ...]:
    """Who is in it, or may be, in the order in which they are told: first who may be anywhere, then nearest to a crewed
    aircraft, and where there is none the highest first: crewed aircraft come from above.

    crewed: east, north, altitude AMSL (None: not known), of crewed aircraft that are still heard.
    """
    polygon = polygon_of(Volume(sector.ring, 0.0, 1.0), frame) if sector.ring else None
    found = []
    for flier in fliers:
        if not flier.armed or (why := _why_in(flier, polygon, frame)) is None:
            continue
        distance_m = _nearest_m(flier, crewed)
        height_m = -math.inf if flier.altitude_amsl_m is None else flier.altitude_amsl_m
        key = (flier.place is not None, distance_m if distance_m is not None else math.inf, -height_m, flier.sysid)
        found.append((key, Member(flier.sysid, distance_m, why)))
    return tuple(member for _, member in sorted(found, key=lambda pair: pair[0]))


def _why_in(flier: Flier, polygon: Polygon | None, frame: SiteFrame) -> str | None:
    """None: it isn't."""
    if polygon is None:
        return "in the range"
    if flier.place is not None:
        return "in it" if polygon.distance(Point(flier.place)) <= NEAR_M else None
    if flier.volume is None:
        return "where it is isn't known, and it has no volume"
    touches = polygon.distance(polygon_of(flier.volume, frame)) <= NEAR_M
    return "where it is isn't known, its volume touches it" if touches else None


def _nearest_m(flier: Flier, crewed: Sequence[tuple[float, float, float | None]]) -> float | None:
    if flier.place is None:
        return None
    distances = []
    for east_m, north_m, altitude_m in crewed:
        level_m = math.dist(flier.place, (east_m, north_m))
        known = altitude_m is not None and flier.altitude_amsl_m is not None
        above_m = (altitude_m or 0.0) - (flier.altitude_amsl_m or 0.0) if known else 0.0
        distances.append(math.hypot(level_m, above_m))
    nearest_m = min(distances, default=math.inf)
    return nearest_m if nearest_m <= _TRAFFIC_WITHIN_M else None
