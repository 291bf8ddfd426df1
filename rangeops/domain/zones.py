"""UAS geographical zones in the words of ED-318: what is closed, from where to where, and when.

Heights keep their datum until a site resolves them: AGL, AMSL and WGS84 (ellipsoidal, 43.6 m off at Twente) never mix.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from rangeops.domain.daylight import Sun
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.schedules import Applicability
from rangeops.domain.volumes import Ring, Volume
from rangeops.domain.zone_details import NO_DETAILS, ZoneDetails

UNLIMITED_M: Final = 100_000.0  # an upper limit that isn't given
_CIRCLE_SIDES: Final = 64


class Restriction(Enum):
    """ED-318's `type`."""

    USPACE = "USPACE"
    PROHIBITED = "PROHIBITED"
    REQ_AUTHORIZATION = "REQ_AUTHORIZATION"
    CONDITIONAL = "CONDITIONAL"
    NO_RESTRICTION = "NO_RESTRICTION"


class HeightDatum(Enum):
    AGL = "AGL"
    AMSL = "AMSL"
    WGS84 = "WGS84"


@dataclass(frozen=True, slots=True)
class Heights:
    """What a site needs to know to bring a height to AMSL. ground_error_m: how far the flat surface may be off."""

    ground_amsl_m: float
    ground_error_m: float
    geoid_offset_m: float  # ellipsoid above the geoid: h = H + N


@dataclass(frozen=True, slots=True)
class Limit:
    height_m: float
    datum: HeightDatum

    def lowest_amsl_m(self, heights: Heights) -> float:
        return self._amsl_m(heights, -heights.ground_error_m)

    def highest_amsl_m(self, heights: Heights) -> float:
        return self._amsl_m(heights, heights.ground_error_m)

    def _amsl_m(self, heights: Heights, ground_error_m: float) -> float:
        match self.datum:
            case HeightDatum.AGL:
                return heights.ground_amsl_m + ground_error_m + self.height_m
            case HeightDatum.AMSL:
                return self.height_m
            case HeightDatum.WGS84:
                return self.height_m - heights.geoid_offset_m


@dataclass(frozen=True, slots=True)
class Circle:
    latitude_deg: float
    longitude_deg: float
    radius_m: float

    def ring(self, frame: SiteFrame) -> Ring:
        """A polygon drawn around the circle, never inside it."""
        east, north = frame.to_site(self.latitude_deg, self.longitude_deg)
        radius = self.radius_m / math.cos(math.pi / _CIRCLE_SIDES)
        turns = [2 * math.pi * side / _CIRCLE_SIDES for side in range(_CIRCLE_SIDES)]
        return tuple(frame.to_geodetic(east + radius * math.cos(t), north + radius * math.sin(t)) for t in turns)


@dataclass(frozen=True, slots=True)
class ZoneArea:
    """One geometry of a zone; several are a union. lower None: the ground. upper None: unlimited."""

    outline: Ring | Circle
    lower: Limit | None
    upper: Limit | None
    holes: tuple[Ring, ...] = ()

    def volume(self, frame: SiteFrame, heights: Heights) -> Volume:
        """In AMSL, by the reading that closes more air where the ground isn't known exactly."""
        return Volume(
            outer=self.outline.ring(frame) if isinstance(self.outline, Circle) else self.outline,
            floor_amsl_m=-UNLIMITED_M if self.lower is None else self.lower.lowest_amsl_m(heights),
            ceiling_amsl_m=UNLIMITED_M if self.upper is None else self.upper.highest_amsl_m(heights),
            holes=self.holes,
        )


@dataclass(frozen=True, slots=True)
class Zone:
    """An UAS geographical zone. applicability empty: always."""

    id: str
    name: str
    restriction: Restriction
    areas: tuple[ZoneArea, ...]
    reasons: tuple[str, ...] = ()
    applicability: tuple[Applicability, ...] = ()
    message: str = ""
    details: ZoneDetails = NO_DETAILS

    def touches(self, starts: datetime, ends: datetime, sun: Sun | None = None) -> bool:
        """Whether it holds at any moment of [starts, ends]; without a sun, daylight is read so that it holds longer."""
        return not self.applicability or any(span.touches(starts, ends, sun) for span in self.applicability)

    @property
    def is_closed(self) -> bool:
        """To whoever holds no authorisation for it."""
        return self.restriction in (Restriction.PROHIBITED, Restriction.REQ_AUTHORIZATION)
