"""Aircraft that aren't the range's: heard by ADS-B or Remote ID, told by a vehicle's receiver or by a feed.

What is told comes in pieces (a callsign now, a position then): a Sighting is one piece, a Contact all of them. Heights
are told over the pressure level of 1013 hPa or over the ellipsoid; both are kept, and `height_of` says what is made of
them and how far that may be off. Nothing here is checked by anybody: whoever has a transmitter can invent an aircraft.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any, Final

from rangeops.domain.now import Now
from rangeops.domain.text import safe_text

CONTACT_STALE_S: Final = 15.0  # an airborne aircraft tells its position twice a second: older, it may be anywhere near
CONTACT_FORGOTTEN_S: Final = 60.0
HEIGHT_STALE_S: Final = 5.0  # beside its other height: the better of the two isn't better any more
MOST_CONTACTS: Final = 1000  # more than fly over a country; a forger can't fill the memory
LONGEST_NAME: Final = 20

CREWED_ERROR_M: Final = 100.0  # of a position by ADS-B: NACp 7 says < 0.1 NM, and most say more
DRONE_ERROR_M: Final = 30.0  # of one by Remote ID where it doesn't say itself
GEOMETRIC_ERROR_M: Final = 45.0  # of a height by GNSS: GVA 2
GEOID_UNKNOWN_M: Final = 110.0  # nowhere does the sea lie farther from the ellipsoid
PRESSURE_ERROR_M: Final = 38.0  # 125 ft for the altimeter and the 25 ft steps of what it tells: a house value
HEIGHT_UNKNOWN_M: Final = 20_000.0
UNKNOWN_CREWED_MPS: Final = 130.0  # 250 kt, the most below 10,000 ft
UNKNOWN_DRONE_MPS: Final = 30.0


class ContactKind(Enum):
    CREWED = "crewed"
    DRONE = "drone"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One message's part of what is known; None: it doesn't tell. id: "icao:4b1234" or "rid:…", as its source names it.

    position_age_s: how old the position already was when it was told. error_m, error_up_m: where it tells them.
    """

    id: str
    source: str
    kind: ContactKind | None = None
    name: str | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    pressure_altitude_m: float | None = None
    ellipsoid_altitude_m: float | None = None
    ground_speed_mps: float | None = None
    track_deg: float | None = None
    climb_mps: float | None = None
    on_ground: bool | None = None
    error_m: float | None = None
    error_up_m: float | None = None
    position_age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Contact:
    """Everything known of one aircraft. at_s: monotonic, of its position; it has one, else nobody is told of it."""

    id: str
    source: str
    kind: ContactKind
    name: str
    at_s: float
    latitude_deg: float
    longitude_deg: float
    pressure_altitude_m: float | None
    ellipsoid_altitude_m: float | None
    ground_speed_mps: float | None
    track_deg: float | None
    climb_mps: float | None
    on_ground: bool
    error_m: float
    error_up_m: float | None

    def age_s(self, now: Now) -> float:
        return now.monotonic_s - self.at_s

    @property
    def fastest_mps(self) -> float:
        """What it may be doing, where nobody told."""
        if self.ground_speed_mps is not None:
            return self.ground_speed_mps
        return UNKNOWN_CREWED_MPS if self.kind is ContactKind.CREWED else UNKNOWN_DRONE_MPS

    @property
    def velocity_mps(self) -> tuple[float, float, float] | None:
        """(east, north, up); None where speed or track aren't known. Level, where its climb isn't."""
        if self.ground_speed_mps is None or self.track_deg is None:
            return None
        track = math.radians(self.track_deg)
        return (
            self.ground_speed_mps * math.sin(track),
            self.ground_speed_mps * math.cos(track),
            self.climb_mps or 0.0,
        )


@dataclass(frozen=True, slots=True)
class Height:
    """Over the sea, and how far off that may be."""

    altitude_amsl_m: float
    error_m: float


def height_of(contact: Contact, *, geoid_offset_m: float | None, qnh_unknown_m: float) -> Height:
    """The better of its two heights. A pressure altitude without QNH is off by what the weather makes of it."""
    heights = [Height(0.0, HEIGHT_UNKNOWN_M)]
    if contact.ellipsoid_altitude_m is not None:
        own_m = contact.error_up_m or GEOMETRIC_ERROR_M
        error_m = own_m + (GEOID_UNKNOWN_M if geoid_offset_m is None else 0.0)
        heights.append(Height(contact.ellipsoid_altitude_m - (geoid_offset_m or 0.0), error_m))
    if contact.pressure_altitude_m is not None:
        heights.append(Height(contact.pressure_altitude_m, PRESSURE_ERROR_M + qnh_unknown_m))
    return min(heights, key=lambda height: height.error_m)


class TrafficTable:
    """All contacts, whoever tells of them. The newest word counts, piece by piece."""

    def __init__(self) -> None:
        self._known: dict[str, Sighting] = {}
        self._at_s: dict[str, float] = {}  # of each one's position
        self._heard_s: dict[str, float] = {}
        self._told_s: dict[str, dict[str, float]] = {}  # of each one's _PASSING pieces

    def take(self, sighting: Sighting, now: Now) -> None:
        """One more piece. One that isn't finite, or off the earth, is dropped whole."""
        if not _is_sound(sighting):
            return
        known = self._known.get(sighting.id)
        if known is None and len(self._known) >= MOST_CONTACTS:
            self._forget_before(now.monotonic_s - CONTACT_STALE_S)
            if len(self._known) >= MOST_CONTACTS:
                return
        at_s = now.monotonic_s - max(0.0, sighting.position_age_s)
        tells_place = sighting.latitude_deg is not None and sighting.longitude_deg is not None
        if tells_place and at_s < self._at_s.get(sighting.id, -math.inf):
            return  # another source was quicker
        self._heard_s[sighting.id] = now.monotonic_s
        if tells_place:
            self._at_s[sighting.id] = at_s
        self._known[sighting.id] = sighting if known is None else _merged(known, sighting)
        told_s = self._told_s.setdefault(sighting.id, {})
        told_s |= {name: now.monotonic_s for name in _PASSING if getattr(sighting, name) is not None}

    def contacts(self, now: Now) -> tuple[Contact, ...]:
        """Those whose position was told within CONTACT_FORGOTTEN_S."""
        self._forget_before(now.monotonic_s - CONTACT_FORGOTTEN_S)
        oldest_s = now.monotonic_s - CONTACT_FORGOTTEN_S
        return tuple(
            _contact(_believed(self._known[key], self._told_s[key], now.monotonic_s), at_s)
            for key, at_s in self._at_s.items()
            if at_s >= oldest_s
        )

    def _forget_before(self, oldest_s: float) -> None:
        for key in [key for key, heard_s in self._heard_s.items() if heard_s < oldest_s]:
            del self._heard_s[key], self._known[key], self._told_s[key]
            self._at_s.pop(key, None)


def take_all(table: TrafficTable, sightings: Iterable[Sighting], now: Now) -> None:
    for sighting in sightings:
        table.take(sighting, now)


_PIECES: Final = tuple(field.name for field in fields(Sighting) if field.name not in ("id", "position_age_s"))

_HEIGHTS: Final = ("pressure_altitude_m", "ellipsoid_altitude_m")
_PASSING: Final = (*_HEIGHTS, "on_ground")
"""What is no longer so a while after it was told, whatever else is told since."""


def _believed(known: Sighting, told_s: Mapping[str, float], now_s: float) -> Sighting:
    """Without what was told too long ago: a height that one source left out since, the ground that it has left."""
    newest_s = max((told_s[name] for name in _HEIGHTS if name in told_s), default=now_s)
    old = [name for name, at_s in told_s.items() if now_s - at_s > CONTACT_STALE_S]
    old += [name for name in _HEIGHTS if newest_s - told_s.get(name, newest_s) > HEIGHT_STALE_S]
    untold: dict[str, Any] = dict.fromkeys(old)
    return replace(known, **untold) if old else known


def _merged(known: Sighting, sighting: Sighting) -> Sighting:
    return replace(
        known, **{name: value for name in _PIECES if (value := getattr(sighting, name)) is not None}
    )  # fmt: skip


def _is_sound(sighting: Sighting) -> bool:
    figures = (
        sighting.latitude_deg, sighting.longitude_deg, sighting.pressure_altitude_m, sighting.ellipsoid_altitude_m,
        sighting.ground_speed_mps, sighting.track_deg, sighting.climb_mps, sighting.error_m, sighting.error_up_m,
        sighting.position_age_s,
    )  # fmt: skip
    if not all(figure is None or math.isfinite(figure) for figure in figures):
        return False
    latitude, longitude = sighting.latitude_deg, sighting.longitude_deg
    return (latitude is None or abs(latitude) <= 90.0) and (longitude is None or abs(longitude) <= 180.0)


def _contact(known: Sighting, at_s: float) -> Contact:
    kind = known.kind or ContactKind.CREWED  # who doesn't say what he is has people aboard
    assert known.latitude_deg is not None  # else it had no at_s
    assert known.longitude_deg is not None
    return Contact(
        id=known.id,
        source=known.source,
        kind=kind,
        name=safe_text(known.name or "", limit=LONGEST_NAME).strip() or known.id.partition(":")[2].upper(),
        at_s=at_s,
        latitude_deg=known.latitude_deg,
        longitude_deg=known.longitude_deg,
        pressure_altitude_m=known.pressure_altitude_m,
        ellipsoid_altitude_m=known.ellipsoid_altitude_m,
        ground_speed_mps=known.ground_speed_mps,
        track_deg=known.track_deg,
        climb_mps=known.climb_mps,
        on_ground=bool(known.on_ground),
        error_m=known.error_m or (CREWED_ERROR_M if kind is ContactKind.CREWED else DRONE_ERROR_M),
        error_up_m=known.error_up_m,
    )
