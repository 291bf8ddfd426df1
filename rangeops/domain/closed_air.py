"""Air that vehicles must stay out of, asked with every position: how far off is it, and when is it met?

A grid keeps, for each cell, the areas that may be nearest to a point in it, nearest first, each with the edges that
matter there. A cell is made when the first position falls into it: what nobody flies over costs nothing, and the
enforcement loop never waits for a whole grid.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.region import EdgeArrays, Edges, Region, complement_of, edges_near, signed_distance
from rangeops.domain.volumes import Volume, polygon_of

_CELL_M: Final = 32.0
_MOST_CELLS: Final = 20_000  # 20 km² of them
_KEPT: Final = 2  # areas a cell at least; where none of them decides, all are looked at
_REACH_M: Final = 8 * _CELL_M  # in which a new cell looks for them first


@dataclass(frozen=True, slots=True)
class ClosedArea:
    """A volume that is closed in some spans of time; no spans: always. name: what an operator reads."""

    name: str
    volume: Volume
    spans: tuple[tuple[datetime, datetime], ...] = ()

    def opens_s(self, utc: datetime | None) -> float:
        """In how many seconds it holds, 0 where it does; inf: no more. utc None: it does."""
        if utc is None or not self.spans:
            return 0.0
        waits = [max(0.0, (opens - utc).total_seconds()) for opens, closes in self.spans if closes >= utc]
        return min(waits, default=math.inf)


class Motion(NamedTuple):
    """Where something is in the site frame, and its velocity."""

    east_m: float
    north_m: float
    altitude_amsl_m: float
    east_mps: float
    north_mps: float
    up_mps: float

    @property
    def ground_speed_mps(self) -> float:
        return math.sqrt(self.east_mps * self.east_mps + self.north_mps * self.north_mps)


class _Near(NamedTuple):
    """One area as a cell sees it. bound_m: no point of the cell is nearer to it (negative inside)."""

    bound_m: float
    number: int
    edges: Edges
    side: int  # 1: the cell lies outside, -1: inside, 0: an edge goes through it
    floor_amsl_m: float
    ceiling_amsl_m: float
    timed: bool  # it holds only in spans


class _Cell(NamedTuple):
    near: tuple[_Near, ...]
    others_bound_m: float


class ClosedAir:
    """All areas of one range. Distances are positive outside and negative inside, horizontal or vertical."""

    __slots__ = ("_areas", "_boundaries", "_cells", "_polygons", "_regions", "_spread", "_tree")

    def __init__(self, areas: Sequence[ClosedArea], frame: SiteFrame) -> None:
        self._areas = tuple(areas)
        polygons = [polygon_of(area.volume, frame) for area in areas]
        self._polygons = np.array(polygons, dtype=np.object_)
        self._boundaries = shapely.boundary(self._polygons)
        shapely.prepare(self._polygons)
        shapely.prepare(self._boundaries)
        self._regions = tuple(complement_of(polygon) for polygon in polygons)
        self._spread = tuple(EdgeArrays.of(region.edges) for region in self._regions)
        self._tree = shapely.STRtree(self._polygons)
        self._cells: dict[tuple[int, int], _Cell] = {}

    def nearest(
        self, east_m: float, north_m: float, altitude_amsl_m: float, utc: datetime | None, horizon_s: float = 0.0
    ) -> tuple[float, int]:
        """Distance to the nearest area that holds within the horizon, and its number; (inf, -1) where there is none.

        Off an area both beside and above it, the larger of the two distances counts. utc None: all of them hold.
        """
        best, number = math.inf, -1
        place = int(east_m // _CELL_M), int(north_m // _CELL_M)
        cell = self._cells.get(place) or self._made(place)
        for bound_m, n, edges, side, floor_m, ceiling_m, timed in cell.near:
            if bound_m >= best:
                return best, number
            if timed and self._areas[n].opens_s(utc) > horizon_s:
                continue
            distance = signed_distance(edges, side, east_m, north_m)
            distance = max(distance, floor_m - altitude_amsl_m, altitude_amsl_m - ceiling_m)
            if distance < best:
                best, number = distance, n
        if cell.others_bound_m < best:
            return self._nearest_of_all(east_m, north_m, altitude_amsl_m, utc, horizon_s)
        return best, number

    def beside_m(
        self, east_m: float, north_m: float, altitude_amsl_m: float, utc: datetime | None, horizon_s: float
    ) -> float:
        """To the side, distance to the nearest area at this altitude that holds within the horizon; inf: there is none."""
        best = math.inf
        for area, region in zip(self._areas, self._regions, strict=True):
            if not area.volume.floor_amsl_m <= altitude_amsl_m <= area.volume.ceiling_amsl_m:
                continue
            off_m = region.at_least_off_m(east_m, north_m)
            if (off_m > 0.0 and off_m >= best) or area.opens_s(utc) > horizon_s:
                continue
            best = min(best, -region.margin(east_m, north_m)[0])
        return best

    def _nearest_of_all(
        self, east_m: float, north_m: float, altitude_amsl_m: float, utc: datetime | None, horizon_s: float
    ) -> tuple[float, int]:
        best, number = math.inf, -1
        for off_m, n in sorted((region.at_least_off_m(east_m, north_m), n) for n, region in enumerate(self._regions)):
            if off_m > 0.0 and off_m >= best:
                break
            area = self._areas[n]
            if area.opens_s(utc) > horizon_s:
                continue
            vertical = max(area.volume.floor_amsl_m - altitude_amsl_m, altitude_amsl_m - area.volume.ceiling_amsl_m)
            distance = max(-self._regions[n].margin(east_m, north_m)[0], vertical)
            if distance < best:
                best, number = distance, n
        return best, number

    def _made(self, place: tuple[int, int]) -> _Cell:
        """The cell, kept for the next position in it; where too many are kept, all are made anew as they are asked."""
        middle, size = (np.array([place]) + 0.5) * _CELL_M, np.array([_CELL_M, _CELL_M])
        half_m = _CELL_M * math.sqrt(0.5) * (1 + 1e-9) + 1e-6
        numbers, signed, reach_m = self._around(middle[0], 2 * half_m)
        in_order = np.sort(signed)
        kept = signed <= max(in_order[0] + 2 * half_m, in_order[min(_KEPT, len(signed)) - 1])
        near = []
        for n, signed_m in zip(numbers[kept].tolist(), signed[kept].tolist(), strict=True):
            side = 0 if abs(signed_m) <= half_m else (1 if signed_m > 0 else -1)
            (edges,) = edges_near(self._spread[n], middle, size, crossed=np.array([side == 0]))
            area, bound_m = self._areas[n], signed_m - half_m
            near.append(
                _Near(bound_m, n, edges, side, area.volume.floor_amsl_m, area.volume.ceiling_amsl_m, bool(area.spans))
            )
        others = float(signed[~kept].min(initial=reach_m)) - half_m
        if len(self._cells) >= _MOST_CELLS:
            self._cells.clear()
        cell = self._cells[place] = _Cell(tuple(sorted(near)), others)
        return cell

    def _around(
        self, place: NDArray[np.float64], spare_m: float
    ) -> tuple[NDArray[np.intp], NDArray[np.float64], float]:
        """The numbers of the areas in reach of a place, their distances from it, and that reach: all others are farther.

        It is so wide that the nearest _KEPT lie in it with spare_m to spare; infinite where it is that of all areas.
        """
        point, reach_m = shapely.Point(place), _REACH_M
        while True:
            numbers = np.sort(self._tree.query(point, "dwithin", reach_m))
            if len(numbers) == len(self._areas):
                reach_m = math.inf
            signed = shapely.distance(self._boundaries[numbers], point)
            signed[shapely.contains_xy(self._polygons[numbers], *place)] *= -1.0
            if np.count_nonzero(signed <= reach_m - spare_m) >= min(_KEPT, len(self._areas)):
                return numbers, signed, reach_m
            reach_m *= 4

    def name(self, number: int) -> str:
        return self._areas[number].name

    def met_ahead(self, motion: Motion, horizon_s: float, utc: datetime | None) -> tuple[float, int] | None:
        """Seconds until the straight path meets an area that holds by then, and its number; None beyond the horizon.

        Only from outside of all that hold now. An area that the path leaves sideways before it reaches its height, or
        before it holds, counts as met: the earlier alarm of the two readings.
        """
        best: tuple[float, int] | None = None
        until_east = motion.east_m + motion.east_mps * horizon_s
        until_north = motion.north_m + motion.north_mps * horizon_s
        path = shapely.LineString(((motion.east_m, motion.north_m), (until_east, until_north)))
        for n in sorted(self._tree.query(path).tolist()):  # those whose rectangles touch the path's
            area = self._areas[n]
            opens_s = area.opens_s(utc)
            band = _band_s(area.volume, motion, horizon_s)
            if opens_s > horizon_s or band is None:
                continue
            if (beside_s := _beside_s(self._regions[n], motion, band[1])) is None:
                continue
            met_s = max(beside_s, band[0], opens_s)
            if met_s <= horizon_s and (best is None or met_s < best[0]):
                best = met_s, n
        return best


def _beside_s(region: Region, motion: Motion, until_s: float) -> float | None:
    """Seconds until the path comes over the region, 0 where it is over it; None later than `until_s`."""
    east, north, _, v_east, v_north, _ = motion
    if not region.may_meet(east, north, east + v_east * until_s, north + v_north * until_s):
        return None
    if region.margin(east, north)[0] >= 0.0:
        return 0.0
    speed = motion.ground_speed_mps
    ahead = region.exit_along(east, north, v_east / speed, v_north / speed, speed * until_s) if speed > 0.0 else None
    return None if ahead is None else ahead[0] / speed


def _band_s(volume: Volume, motion: Motion, horizon_s: float) -> tuple[float, float] | None:
    """From when until when, within the horizon, the altitude is the volume's; None: never."""
    below, above = volume.floor_amsl_m - motion.altitude_amsl_m, volume.ceiling_amsl_m - motion.altitude_amsl_m
    if motion.up_mps == 0.0:
        return (0.0, horizon_s) if below <= 0.0 <= above else None
    ends = below / motion.up_mps, above / motion.up_mps
    starts_s, ends_s = max(0.0, min(ends)), min(horizon_s, max(ends))
    return (starts_s, ends_s) if starts_s <= ends_s else None
