"""What the way home crosses, straight and a plane's turn towards it: the check before an automatic RTL, and what the operator's dialog shows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import shapely
from shapely import LineString, Point, Polygon

from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.telemetry import HomePosition, PositionReport
from rangeops.domain.turn_home import Way
from rangeops.domain.volumes import Volume, polygon_of


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    polygon: Polygon
    floor_amsl_m: float
    ceiling_amsl_m: float

    def is_met_by(self, piece: LineString | Point, lowest_amsl_m: float, highest_amsl_m: float) -> bool:
        reaches = lowest_amsl_m <= self.ceiling_amsl_m and highest_amsl_m >= self.floor_amsl_m
        return reaches and bool(self.polygon.intersects(piece))


class WayHome:
    """One vehicle's return check, prepared once for an order.

    keep_in: volumes that the way may enter but not leave, by the name an operator reads ("contingency volume").
    keep_out: volumes that it may not touch, e.g. prohibited zones; a zone of several areas stands there for each.
    """

    __slots__ = ("_frame", "_keep_in", "_keep_out")

    def __init__(self, keep_in: Mapping[str, Volume], keep_out: Iterable[tuple[str, Volume]], frame: SiteFrame) -> None:
        self._frame = frame
        self._keep_in = tuple(_named(name, volume, frame) for name, volume in keep_in.items())
        self._keep_out = tuple(_named(name, volume, frame) for name, volume in keep_out)

    def crosses(
        self, position: PositionReport, home: HomePosition, *, rtl_altitude_m: float, turns: Iterable[Way] = ()
    ) -> tuple[str, ...]:
        """Names of what is crossed on the way: up to `rtl_altitude_m` above home (or level, if higher), straight, down.

        turns: on which a plane may turn there (turn_home.py); no volume to keep out of may be touched on any of them.
        Source: ArduCopter's RTL with its default cone and no terrain following.
        """
        start = self._frame.to_site(position.latitude_deg, position.longitude_deg)
        end = self._frame.to_site(home.latitude_deg, home.longitude_deg)
        level = max(position.altitude_amsl_m, home.altitude_amsl_m + rtl_altitude_m)
        straight = self._crosses(start, end, position.altitude_amsl_m, home.altitude_amsl_m, level_amsl_m=level)
        ways = [LineString([*turn, end]) for turn in turns]
        turning = [
            volume.name
            for volume in self._keep_out
            if any(volume.is_met_by(way, position.altitude_amsl_m, level) for way in ways)
        ]
        return tuple(dict.fromkeys([*straight, *turning]))

    def _crosses(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        start_amsl_m: float,
        end_amsl_m: float,
        *,
        level_amsl_m: float,
    ) -> tuple[str, ...]:
        path = Point(start) if start == end else LineString([start, end])
        left = [
            volume.name
            for volume in self._keep_in
            if level_amsl_m > volume.ceiling_amsl_m or not _never_leaves(path, Point(start), volume.polygon)
        ]
        pieces = ((Point(start), start_amsl_m), (path, level_amsl_m), (Point(end), end_amsl_m))
        entered = [
            volume.name
            for volume in self._keep_out
            if any(volume.is_met_by(piece, lowest_m, level_amsl_m) for piece, lowest_m in pieces)
        ]
        return tuple(dict.fromkeys([*left, *entered]))


def path_crosses(
    position: PositionReport,
    home: HomePosition,
    *,
    rtl_altitude_m: float,
    keep_in: Mapping[str, Volume],
    keep_out: Iterable[tuple[str, Volume]],
    frame: SiteFrame,
) -> tuple[str, ...]:
    """WayHome for one question."""
    return WayHome(keep_in, keep_out, frame).crosses(position, home, rtl_altitude_m=rtl_altitude_m)


def _never_leaves(path: LineString | Point, start: Point, polygon: Polygon) -> bool:
    """A vehicle that is outside may come in, once; what is inside stays in."""
    if polygon.covers(path):
        return True
    outside = path.difference(polygon)
    if outside.geom_type not in ("LineString", "Point") or polygon.covers(start):
        return False
    return bool(polygon.intersects(path)) and outside.distance(start) == 0.0 and not _ends_outside(path, polygon)


def _ends_outside(path: LineString | Point, polygon: Polygon) -> bool:
    return not polygon.covers(Point(path.coords[-1]))


def _named(name: str, volume: Volume, frame: SiteFrame) -> _Named:
    polygon = polygon_of(volume, frame)
    shapely.prepare(polygon)
    return _Named(name, polygon, volume.floor_amsl_m, volume.ceiling_amsl_m)
