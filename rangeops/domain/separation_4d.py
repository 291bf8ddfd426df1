"""When two slots share air: exact prisms, kept apart in plan view, in height or in time.

The rule, after SORA: the flight geography with its contingency volume of one slot must not meet the other's, since each
may use its contingency volume without being at fault. Between the two the range keeps buffers (range.toml
[separation]); enough distance in any one of plan view, height and time is enough. Ground-risk buffers may meet:
nobody flies there on purpose. docs/decisions/0046.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shapely import Polygon

from rangeops.domain.facts import Facts
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.slots import Slot
from rangeops.domain.volumes import OperationalVolumes, Volume, polygon_of

_NO_TIME: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Buffers:
    """What is kept between two slots' operational volumes. Zero: they may touch."""

    lateral_m: float = 0.0
    vertical_m: float = 0.0
    time: timedelta = _NO_TIME


@dataclass(frozen=True, slots=True)
class Air:
    """A prism for some time: [starts, ends). polygon: plan view in site metres; altitudes AMSL."""

    polygon: Polygon
    floor_amsl_m: float
    ceiling_amsl_m: float
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Encroachment:
    """Two prisms that are too near: for how long (buffers in time included), and how far apart in plan view and height.

    Metres are zero where they meet.
    """

    minutes: float
    lateral_m: float
    vertical_m: float

    def __str__(self) -> str:
        time = f"{self.minutes:.0f} min"
        if not self.lateral_m and not self.vertical_m:
            return f"{time} in the same air"
        return f"{time} with {self.lateral_m:.0f} m between them in plan view and {self.vertical_m:.0f} m in height"


def air_of(slot: Slot, volumes: OperationalVolumes, frame: SiteFrame) -> Air:
    """What a slot holds: flight geography and contingency volume, from set-up to clear-down. Raises Invalid."""
    return prism(volumes.contingency, slot.held_from, slot.held_until, frame)


def prism(volume: Volume, starts: datetime, ends: datetime, frame: SiteFrame) -> Air:
    """Raises Invalid where the volume's plan view is no polygon."""
    return Air(polygon_of(volume, frame), volume.floor_amsl_m, volume.ceiling_amsl_m, starts, ends)


def encroachment(one: Air, other: Air, buffers: Buffers) -> Encroachment | None:
    """None where they are far enough apart in plan view, in height or in time."""
    together = min(one.ends, other.ends) - max(one.starts, other.starts) + buffers.time
    if together <= _NO_TIME:
        return None
    height_m = max(one.floor_amsl_m - other.ceiling_amsl_m, other.floor_amsl_m - one.ceiling_amsl_m)
    if height_m >= buffers.vertical_m:
        return None
    if (lateral_m := _between_m(one.polygon, other.polygon, buffers.lateral_m)) is None:
        return None
    return Encroachment(together.total_seconds() / 60, lateral_m, max(0.0, height_m))


def buffers_from(facts: Facts) -> Buffers:
    """The [separation] table of a range.toml. Raises Invalid."""
    facts.only("lateral_m", "vertical_m", "minutes")
    return Buffers(
        lateral_m=facts.number("lateral_m", 0, at_least=0, at_most=5000),
        vertical_m=facts.number("vertical_m", 0, at_least=0, at_most=1000),
        time=timedelta(minutes=facts.number("minutes", 0, at_least=0, at_most=240)),
    )


def _between_m(one: Polygon, other: Polygon, kept_m: float) -> float | None:
    """How far apart two plan views are, where that is less than is kept; None where it is enough."""
    distance_m = float(one.distance(other))
    if distance_m > 0 or kept_m > 0:
        return distance_m if distance_m < kept_m else None
    return None if one.touches(other) else 0.0
