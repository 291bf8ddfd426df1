"""Which zones hold at one place, height and time, and why: each datum compared with its own, or by the ground there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import shapely

from rangeops.domain.daylight import Sun
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.schedules import Span
from rangeops.domain.volumes import Volume, polygon_of
from rangeops.domain.zones import HeightDatum, Heights, Limit, Zone, ZoneArea


class Answer(Enum):
    YES = "yes"
    NO = "no"
    CANNOT_TELL = "cannot tell"  # by the ground's error, or where the ground isn't known


@dataclass(frozen=True, slots=True)
class ZoneHere:
    """A zone that covers the place. span: when it holds around that time; None: always, or not then."""

    zone: Zone
    area: ZoneArea
    in_height: Answer
    in_time: bool
    span: Span | None

    @property
    def holds(self) -> bool:
        """What can't be told counts as holding."""
        return self.in_time and self.in_height is not Answer.NO


class ZonesAt:
    """A range's zones, prepared once and asked about many places: by an index, so that ten thousand answer as fast as ten."""

    __slots__ = ("_areas", "_frame", "_heights", "_sun", "_tree")

    def __init__(self, zones: Sequence[Zone], frame: SiteFrame, heights: Heights, sun: Sun | None) -> None:
        self._frame, self._heights, self._sun = frame, heights, sun
        self._areas = [(zone, area) for zone in zones for area in zone.areas]
        self._tree = shapely.STRtree(
            [polygon_of(Volume(area.outer(frame), 0.0, 1.0, area.holes), frame) for _, area in self._areas]
        )

    def at(self, latitude_deg: float, longitude_deg: float, height: Limit, utc: datetime) -> tuple[ZoneHere, ...]:
        """Every zone that covers the place, in the order of the zones, whether or not it holds."""
        place = self._frame.to_site(latitude_deg, longitude_deg)
        over = self._tree.query(shapely.Point(place), "intersects")  # on an edge is in it
        found = (self._areas[number] for number in sorted(over.tolist()))
        return tuple(self._here(zone, area, height, place, utc) for zone, area in found)

    def _here(self, zone: Zone, area: ZoneArea, height: Limit, place: tuple[float, float], utc: datetime) -> ZoneHere:
        spans = zone.spans(utc, utc, self._sun) if zone.applicability else ()
        holding = [span for span in spans or () if span[0] <= utc <= span[1]]
        return ZoneHere(
            zone=zone,
            area=area,
            in_height=_within(area, height, self._heights, place),
            in_time=spans == () or bool(holding),
            span=holding[0] if holding else None,
        )


def _within(area: ZoneArea, height: Limit, heights: Heights, place: tuple[float, float]) -> Answer:
    over_lower = (0.0, 0.0) if area.lower is None else difference_m(height, area.lower, heights, place)
    under_upper = (0.0, 0.0) if area.upper is None else difference_m(area.upper, height, heights, place)
    if over_lower[1] < 0.0 or under_upper[1] < 0.0:
        return Answer.NO
    return Answer.YES if over_lower[0] >= 0.0 and under_upper[0] >= 0.0 else Answer.CANNOT_TELL


def difference_m(one: Limit, other: Limit, heights: Heights, place: tuple[float, float]) -> tuple[float, float]:
    """By how much `one` is the higher over that place: at least, at most. Infinite where the ground isn't known."""
    if one.datum is other.datum:
        return one.height_m - other.height_m, one.height_m - other.height_m
    levels = [limit.at_m(heights, *place) for limit in (one, other)]
    if levels[0] is None or levels[1] is None:
        return float("-inf"), float("inf")
    apart = levels[0] - levels[1]
    error = heights.terrain.error_m if HeightDatum.AGL in (one.datum, other.datum) else 0.0
    return apart - error, apart + error
