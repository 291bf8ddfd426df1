"""UAS geographical zones in the words of ED-318: what is closed, from where to where, and when.

Heights keep their datum until a site resolves them: AGL, AMSL and WGS84 (ellipsoidal, 43.6 m off at Twente) never mix.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

import numpy as np

from rangeops.domain.daylight import Sun
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.schedules import Applicability, Span, day_of, merged
from rangeops.domain.terrain import Terrain
from rangeops.domain.volumes import Ring, Volume, polygon_of
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
    """What a site needs to know to bring a height to AMSL."""

    terrain: Terrain
    geoid_offset_m: float  # ellipsoid above the geoid: h = H + N


@dataclass(frozen=True, slots=True)
class Limit:
    height_m: float
    datum: HeightDatum

    def lowest_amsl_m(self, heights: Heights, shape: Any) -> float:
        """Nowhere over the shape (site metres) is it lower. Over ground that isn't known: no limit."""
        ground = heights.terrain.lowest_m(shape) if self.datum is HeightDatum.AGL else 0.0
        return -UNLIMITED_M if ground is None else self._amsl_m(heights, ground)

    def highest_amsl_m(self, heights: Heights, shape: Any) -> float:
        """Nowhere over the shape (site metres) is it higher. Over ground that isn't known: no limit."""
        ground = heights.terrain.highest_m(shape) if self.datum is HeightDatum.AGL else 0.0
        return UNLIMITED_M if ground is None else self._amsl_m(heights, ground)

    def at_m(self, heights: Heights, east_m: float, north_m: float) -> float | None:
        """AMSL over one point, by the most likely ground; None where the ground isn't known."""
        ground = heights.terrain.ground_m(east_m, north_m) if self.datum is HeightDatum.AGL else 0.0
        return None if ground is None else self._amsl_m(heights, ground)

    def _amsl_m(self, heights: Heights, ground_amsl_m: float) -> float:
        match self.datum:
            case HeightDatum.AGL:
                return ground_amsl_m + self.height_m
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
        turns = np.linspace(0.0, 2 * math.pi, _CIRCLE_SIDES, endpoint=False)
        around = np.column_stack([east + radius * np.cos(turns), north + radius * np.sin(turns)])
        return tuple((latitude, longitude) for latitude, longitude in frame.to_geodetic_array(around).tolist())


@dataclass(frozen=True, slots=True)
class ZoneArea:
    """One geometry of a zone; several are a union. lower None: the ground. upper None: unlimited."""

    outline: Ring | Circle
    lower: Limit | None
    upper: Limit | None
    holes: tuple[Ring, ...] = ()

    def outer(self, frame: SiteFrame) -> Ring:
        """The outline as a ring; a circle's is drawn around it."""
        return self.outline.ring(frame) if isinstance(self.outline, Circle) else self.outline

    def volume(self, frame: SiteFrame, heights: Heights) -> Volume:
        """In AMSL, by the reading that closes more air where the ground varies, or isn't known."""
        outer = self.outer(frame)
        shape = polygon_of(Volume(outer, 0.0, 1.0), frame)
        return Volume(
            outer=outer,
            floor_amsl_m=-UNLIMITED_M if self.lower is None else self.lower.lowest_amsl_m(heights, shape),
            ceiling_amsl_m=UNLIMITED_M if self.upper is None else self.upper.highest_amsl_m(heights, shape),
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

    def spans(self, starts: datetime, ends: datetime, sun: Sun | None = None) -> tuple[Span, ...] | None:
        """When it holds, in order and apart, on the days of [starts, ends] and the day after; empty: always.

        None: at no moment of [starts, ends]. Whole days, so that asking a minute later gives the same.
        """
        if not self.touches(starts, ends, sun):
            return None
        first, last = day_of(starts)[0], day_of(ends + timedelta(days=1))[1]
        return merged(span for part in self.applicability for span in part.spans(first, last, sun))

    @property
    def is_closed(self) -> bool:
        """To whoever holds no authorisation for it."""
        return self.restriction in (Restriction.PROHIBITED, Restriction.REQ_AUTHORIZATION)
