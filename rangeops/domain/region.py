"""A plane region, built once and asked many times a second: how far inside is a point, and where does a ray leave it.

Scalar Python over tuples: for the few edges that matter to one point a library call costs more than the answer. A grid
over the region keeps, for each cell, the edges that can matter to a point in it. Every edge has the region's inside on
its left (outer ring counter-clockwise, holes clockwise).
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.polygon import orient

from rangeops.domain.geodesy import Metres, bearing_deg, compass_point

_CELLS_A_SIDE: Final = 32
_DISTANCES_AT_ONCE: Final = 8_000  # for which numpy's arrays stay in the cache
_FEW_EDGES: Final = 8  # up to here looking at all of them is as quick as a grid
_SOME_EDGES: Final = 60  # up to here it is quick enough for what is asked now and then, and saves the grid's building


class Edge(NamedTuple):
    """One edge in site metres: its start, its unit direction, its length, the northings it spans, an operator's name."""

    east_m: float
    north_m: float
    unit_east: float
    unit_north: float
    length_m: float
    end_north_m: float
    name: str


Edges = tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class _Grid:
    """cells: row by row from the south-west corner."""

    east_m: float
    north_m: float
    cells_a_metre_east: float
    cells_a_metre_north: float
    cells: tuple[Edges, ...]

    def edges_at(self, east_m: float, north_m: float) -> Edges | None:
        """The edges that can matter there; None off the grid."""
        column = (east_m - self.east_m) * self.cells_a_metre_east
        row = (north_m - self.north_m) * self.cells_a_metre_north
        if 0.0 <= column < _CELLS_A_SIDE and 0.0 <= row < _CELLS_A_SIDE:
            return self.cells[int(row) * _CELLS_A_SIDE + int(column)]
        return None


@dataclass(frozen=True, slots=True)
class Region:
    edges: Edges
    _grid: _Grid | None
    _facing: tuple[Edges, Edges, Edges, Edges]  # by quadrant of heading (north-east, -west, south-east, -west)
    _bounds: tuple[float, float, float, float]  # of its edges: west, south, east, north

    def holds(self, east_m: float, north_m: float) -> bool:
        """Whether the point is in it; on an edge, either."""
        west, south, east, north = self._bounds
        return west <= east_m <= east and south <= north_m <= north and is_inside(self.edges, east_m, north_m)

    def at_least_off_m(self, east_m: float, north_m: float) -> float:
        """No edge is nearer: the distance to the rectangle around them, 0 within it."""
        west, south, east, north = self._bounds
        return math.hypot(max(west - east_m, 0.0, east_m - east), max(south - north_m, 0.0, north_m - north))

    def may_meet(self, east_m: float, north_m: float, end_east_m: float, end_north_m: float) -> bool:
        """Whether the rectangles around the edges and around a straight line touch."""
        west, south, east, north = self._bounds
        return (
            (east_m <= east or end_east_m <= east)
            and (east_m >= west or end_east_m >= west)
            and (north_m <= north or end_north_m <= north)
            and (north_m >= south or end_north_m >= south)
        )

    def margin(self, east_m: float, north_m: float) -> tuple[float, str]:
        """Distance to the nearest edge, negative outside, and that edge's name.

        One pass: the signed offset s from an edge's line decides both whether a ray eastwards crosses the edge (the
        half-open rule on northings counts a vertex once) and whether the edge can be nearer than the best so far.
        """
        edges = self._grid.edges_at(east_m, north_m) if self._grid is not None else None
        best = math.inf
        name = ""
        inside = False
        for x, y, ux, uy, length, y_end, edge_name in edges or self.edges:
            dx, dy = east_m - x, north_m - y
            s = ux * dy - uy * dx
            if (y <= north_m) is (y_end > north_m) and (s > 0.0) is (y_end > y):
                inside = not inside
            if -best < s < best:
                along = ux * dx + uy * dy
                if along < 0.0:
                    distance = math.sqrt(dx * dx + dy * dy)
                elif along > length:
                    distance = math.sqrt(s * s + (along - length) ** 2)
                else:
                    distance = s if s >= 0.0 else -s
                if distance < best:
                    best, name = distance, edge_name
        return (best if inside or best == 0.0 else -best), name

    def exit_along(
        self, east_m: float, north_m: float, unit_east: float, unit_north: float, reach_m: float
    ) -> tuple[float, str] | None:
        """The first outward crossing of the ray from a point inside: distance and edge; None beyond `reach_m`."""
        best = reach_m
        name = None
        for x, y, ux, uy, length, _, edge_name in self._facing[(unit_east < 0.0) + 2 * (unit_north < 0.0)]:
            closing = uy * unit_east - ux * unit_north  # metres nearer to the edge's line for each metre of the ray
            if closing <= 0.0:
                continue
            dx, dy = east_m - x, north_m - y
            s = ux * dy - uy * dx
            if s < 0.0 or s >= closing * best:
                continue
            distance = s / closing
            along = ux * dx + uy * dy + distance * (ux * unit_east + uy * unit_north)
            if -1e-6 <= along <= length + 1e-6:  # a micrometre, so that no ray slips out between two edges
                best, name = distance, edge_name
        return None if name is None else (best, name)


def region_of(polygon: Polygon, *, often: bool = True) -> Region:
    """The region of a valid polygon in site metres. often: it will be asked for margins so often that a grid pays."""
    edges = _all_edges(orient(polygon))
    needs_grid = len(edges) > (_FEW_EDGES if often else _SOME_EDGES)
    return Region(edges, _grid(edges) if needs_grid else None, _facing(edges), polygon.bounds)


def complement_of(polygon: Polygon) -> Region:
    """A polygon that is to be kept out of: a ray from outside "leaves" where it enters. Margins stay the polygon's."""
    edges = _all_edges(orient(polygon, sign=-1.0))
    return Region(edges, None, _facing(edges), polygon.bounds)


def signed_distance(edges: Edges, side: int, east_m: float, north_m: float) -> float:
    """Distance to the nearest of the edges, negative inside. side: 1 outside, -1 inside, 0: it is found out."""
    best = math.inf
    for x, y, ux, uy, length, _, _ in edges:
        dx, dy = east_m - x, north_m - y
        s = ux * dy - uy * dx
        if -best < s < best:
            along = ux * dx + uy * dy
            if along < 0.0:
                distance = math.sqrt(dx * dx + dy * dy)
            elif along > length:
                distance = math.sqrt(s * s + (along - length) ** 2)
            else:
                distance = s if s >= 0.0 else -s
            if distance < best:  # noqa: PLR1730  # a call for each edge costs more than a branch
                best = distance
    if side == 0:
        side = -1 if best > 0.0 and is_inside(edges, east_m, north_m) else 1
    return best * side


def is_inside(edges: Edges, east_m: float, north_m: float) -> bool:
    """By the parity of a ray eastwards, a vertex counted once. Meaningless on an edge itself."""
    inside = False
    for x, y, ux, uy, _, y_end, _ in edges:
        if (y <= north_m) is (y_end > north_m) and (ux * (north_m - y) > uy * (east_m - x)) is (y_end > y):
            inside = not inside
    return inside


def _all_edges(polygon: Polygon) -> Edges:
    edges = [*_edges(polygon.exterior.coords[:], "edge")]
    for hole in polygon.interiors:
        edges += _edges(hole.coords[:], "inner edge")
    return tuple(edges)


def _edges(ring: list[tuple[float, ...]], noun: str) -> list[Edge]:
    """A closed ring's edges. An edge is named by the direction in which it is left."""
    edges = []
    for (x, y, *_), (x_end, y_end, *_) in pairwise(ring):
        length = math.hypot(x_end - x, y_end - y)
        if length == 0.0:
            continue
        ux, uy = (x_end - x) / length, (y_end - y) / length
        edges.append(Edge(x, y, ux, uy, length, y_end, f"{compass_point(bearing_deg(uy, -ux))} {noun}"))
    return edges


def _facing(edges: Edges) -> tuple[Edges, Edges, Edges, Edges]:
    """For each quadrant of heading the edges that some heading in it can leave through."""

    def seen(east: int, north: int) -> Edges:  # an edge's outward normal is (unit_north, -unit_east)
        return tuple(edge for edge in edges if edge.unit_north * east > 0.0 or -edge.unit_east * north > 0.0)

    return seen(1, 1), seen(-1, 1), seen(1, -1), seen(-1, -1)


def _grid(edges: Edges) -> _Grid:
    spread = EdgeArrays.of(edges)
    corner, far = spread.low.min(axis=0), spread.high.max(axis=0)
    cell = (far - corner) / _CELLS_A_SIDE
    rows_columns = np.indices((_CELLS_A_SIDE, _CELLS_A_SIDE)).reshape(2, -1).T
    middles = corner + (rows_columns[:, ::-1] + 0.5) * cell
    cells: list[Edges] = []
    at_once = max(1, _DISTANCES_AT_ONCE // len(edges))
    for first in range(0, len(middles), at_once):
        part = middles[first : first + at_once]
        cells += edges_near(spread, part, cell, crossed=np.ones(len(part), dtype=np.bool_))
    return _Grid(float(corner[0]), float(corner[1]), 1 / float(cell[0]), 1 / float(cell[1]), tuple(cells))


@dataclass(frozen=True, slots=True)
class EdgeArrays:
    """The edges of a region as numpy reads them: (k, 2), and (k,) for their lengths."""

    edges: Edges
    start: Metres
    unit: Metres
    length: Metres
    low: Metres
    high: Metres

    @staticmethod
    def of(edges: Edges) -> "EdgeArrays":
        start = np.array([edge[:2] for edge in edges])
        unit = np.array([edge[2:4] for edge in edges])
        length = np.array([edge.length_m for edge in edges])
        end = start + unit * length[:, None]
        end[:, 1] = [edge.end_north_m for edge in edges]  # as `margin` reads it, to the last bit
        return EdgeArrays(edges, start, unit, length, np.minimum(start, end), np.maximum(start, end))

    def away(self, points: Metres) -> tuple[Metres, Metres]:
        """(n, k) east and north from each edge's nearest point to each point."""
        east, north = points[:, :1] - self.start[:, 0], points[:, 1:] - self.start[:, 1]
        along = np.clip(east * self.unit[:, 0] + north * self.unit[:, 1], 0.0, self.length)
        return east - along * self.unit[:, 0], north - along * self.unit[:, 1]

    def only(self, numbers: NDArray[np.intp]) -> "EdgeArrays":
        edges = tuple(self.edges[n] for n in numbers)
        parts = (self.start, self.unit, self.length, self.low, self.high)
        return EdgeArrays(edges, *(part[numbers] for part in parts))


def edges_near(spread: EdgeArrays, middles: Metres, size: Metres, *, crossed: NDArray[np.bool_]) -> list[Edges]:
    """For each cell: the edges that may be nearest to a point in it and, where `crossed`, those that a point's ray
    eastwards may cross. middles: (n, 2); size: (2,), of every cell.

    The distance d to an edge is convex, so over a cell it lies above its tangent plane at the middle and below the
    plane through what its corners say: an edge whose own plane is above the corners' distances to the middle's nearest
    edge is nearest to no point of the cell.
    """
    slack = 1e-6 * (1.0 + float(np.abs(middles).max()))  # a point on a cell's border may be counted to either
    half_east, half_north = size / 2 + slack
    away_east, away_north = spread.away(middles)
    distance = np.hypot(away_east, away_north)
    nearest, which = np.unique(distance.argmin(axis=1), return_inverse=True)
    foremost = spread.only(nearest)
    matters = distance <= slack  # where there is no tangent plane
    level = np.maximum(distance, 1e-300)
    for east, north in ((half_east, half_north), (half_east, -half_north)):
        rise = (away_east * east + away_north * north) / level
        for sign, plane in ((1, distance + rise), (-1, distance - rise)):
            there = np.hypot(*foremost.away(middles + np.array([sign * east, sign * north])))
            at_corner = np.take_along_axis(there, which.reshape(-1, 1), axis=1)
            matters |= plane <= at_corner + slack
    in_band = (spread.low[:, 1] <= middles[:, 1:] + half_north) & (spread.high[:, 1] >= middles[:, 1:] - half_north)
    in_band &= crossed[:, None]
    matters |= in_band & (spread.high[:, 0] >= middles[:, :1] - half_east)
    return [tuple([spread.edges[n] for n in np.flatnonzero(of_cell)]) for of_cell in matters]
