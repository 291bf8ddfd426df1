"""When two slots share air: exact prisms, kept apart in plan view, in height or in time.

The rule, after SORA: the flight geography with its contingency volume of one slot must not meet the other's, since each
may use its contingency volume without being at fault. Between the two the range keeps buffers (range.toml
[separation]), of which each slot holds half around its own, so that one test tells (airspace.meet). Enough distance in
any one of plan view, height and time is enough. Ground-risk buffers may meet: nobody flies there on purpose.
docs/decisions/0046.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shapely import MultiPolygon, Polygon

from rangeops.domain.airspace import Airspace, core_of, meet
from rangeops.domain.facts import Facts
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.volumes import Volume, polygon_of

_NO_TIME: Final = timedelta(0)
_MINUTE: Final = timedelta(minutes=1)
_ARC_STEPS: Final = 8  # segments of a quarter circle around a corner
_OUTWARDS: Final = 1 / math.cos(1.5 * math.pi / 4 / _ARC_STEPS)  # drawn around the circle, as volumes._grown does


@dataclass(frozen=True, slots=True)
class Buffers:
    """What is kept between two slots' operational volumes. Zero: they may touch."""

    lateral_m: float = 0.0
    vertical_m: float = 0.0
    time: timedelta = _NO_TIME

    def __str__(self) -> str:
        return f"{self.lateral_m:g} m, {self.vertical_m:g} m in height, {self.time / _MINUTE:g} min"


@dataclass(frozen=True, slots=True)
class Encroachment:
    """Two slots that are too near. minutes: held together; below zero: how long one after the other.

    lateral_m, vertical_m: how far apart in plan view and in height; 0: they meet.
    """

    minutes: float
    lateral_m: float
    vertical_m: float
    kept: Buffers

    def __str__(self) -> str:
        time = f"{self.minutes:.0f} min" if self.minutes > 0 else f"{abs(self.minutes):.0f} min from each other"
        if not self.lateral_m and not self.vertical_m:
            near = f"{time} in the same air"
        else:
            near = f"{time} with {self.lateral_m:.0f} m between them in plan view and {self.vertical_m:.0f} m in height"
        return f"{near} (kept: {self.kept})"


def air_of(place: str, contingency: Volume, starts: datetime, ends: datetime, frame: SiteFrame) -> Airspace:
    """A volume for some time, without buffers. Raises Invalid."""
    return Airspace(
        place,
        core_of(polygon_of(contingency, frame)),
        contingency.floor_amsl_m,
        contingency.ceiling_amsl_m,
        starts,
        ends,
    )


def kept(air: Airspace, buffers: Buffers) -> Airspace:
    """The same with half of each buffer around it: what a slot holds. Two of these meet where the buffers aren't kept."""
    return kept_around(air, kept_core(air.core, buffers), buffers)


def kept_around(air: Airspace, core: Polygon | MultiPolygon, buffers: Buffers) -> Airspace:
    """Likewise. core: kept_core of its own, for who has it already: it is what costs time."""
    return Airspace(
        place=air.place,
        core=core,
        floor_amsl_m=air.floor_amsl_m - buffers.vertical_m / 2,
        ceiling_amsl_m=air.ceiling_amsl_m + buffers.vertical_m / 2,
        starts=air.starts - buffers.time / 2,
        ends=air.ends + buffers.time / 2,
    )


def kept_core(core: Polygon | MultiPolygon, buffers: Buffers) -> Polygon | MultiPolygon:
    """With half of the lateral buffer around it, never less in any direction."""
    if buffers.lateral_m == 0:
        return core
    around = core.buffer(buffers.lateral_m / 2 * _OUTWARDS, quad_segs=_ARC_STEPS)
    assert isinstance(around, Polygon | MultiPolygon)
    return around


def encroachment(one: Airspace, other: Airspace, buffers: Buffers) -> Encroachment | None:
    """How near two slots' airspaces, without buffers, come to each other; None where the buffers are kept."""
    if not meet(kept(one, buffers), kept(other, buffers)):
        return None
    together = min(one.ends, other.ends) - max(one.starts, other.starts)
    height_m = max(one.floor_amsl_m - other.ceiling_amsl_m, other.floor_amsl_m - one.ceiling_amsl_m)
    return Encroachment(together / _MINUTE, float(one.core.distance(other.core)), max(0.0, height_m), buffers)


def buffers_from(facts: Facts) -> Buffers:
    """The [separation] table of a range.toml. Raises Invalid."""
    facts.only("lateral_m", "vertical_m", "minutes")
    return Buffers(
        lateral_m=facts.number("lateral_m", 0, at_least=0, at_most=5000),
        vertical_m=facts.number("vertical_m", 0, at_least=0, at_most=1000),
        time=timedelta(minutes=facts.number("minutes", 0, at_least=0, at_most=240)),
    )
