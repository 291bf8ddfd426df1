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
from shapely import Polygon
from shapely.geometry.polygon import orient

from rangeops.domain.geodesy import bearing_deg, compass_point

_CELLS_A_SIDE: Final = 32
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
    polygon = orient(polygon)
    edges = [*_edges(polygon.exterior.coords[:], "edge")]
    for hole in polygon.interiors:
        edges += _edges(hole.coords[:], "inner edge")
    needs_grid = len(edges) > (_FEW_EDGES if often else _SOME_EDGES)
    return Region(tuple(edges), _grid(tuple(edges)) if needs_grid else None, _facing(edges))


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


def _facing(edges: list[Edge]) -> tuple[Edges, Edges, Edges, Edges]:
    """For each quadrant of heading the edges that some heading in it can leave through."""

    def seen(east: int, north: int) -> Edges:  # an edge's outward normal is (unit_north, -unit_east)
        return tuple(edge for edge in edges if edge.unit_north * east > 0.0 or -edge.unit_east * north > 0.0)

    return seen(1, 1), seen(-1, 1), seen(1, -1), seen(-1, -1)


def _grid(edges: Edges) -> _Grid:
    """For each cell: the edges that may be nearest to a point in it, and those that its eastward ray may cross.

    From a cell's centre no point is farther than half its diagonal h, so an edge more than 2h farther from the centre
    than the nearest one is nearest to no point of the cell.
    """
    start = np.array([edge[:2] for edge in edges])
    unit = np.array([edge[2:4] for edge in edges])
    length = np.array([edge.length_m for edge in edges])
    end = start + unit * length[:, None]
    end[:, 1] = [edge.end_north_m for edge in edges]  # as `margin` reads it, to the last bit
    low, high = np.minimum(start, end), np.maximum(start, end)
    corner, size = low.min(axis=0), np.ptp(np.concatenate([low, high]), axis=0)
    cell = size / _CELLS_A_SIDE
    slack = 1e-6 * (1.0 + float(size.max()))  # a point on a cell's border may be counted to either
    h = float(np.hypot(*cell)) / 2 + slack
    middles = corner[0] + cell[0] * (np.arange(_CELLS_A_SIDE) + 0.5)
    cells: list[Edges] = []
    for row in range(_CELLS_A_SIDE):
        south, north = corner[1] + row * cell[1] - slack, corner[1] + (row + 1) * cell[1] + slack
        east_of = middles[:, None] - start[:, 0]
        north_of = corner[1] + cell[1] * (row + 0.5) - start[:, 1]
        along = np.clip(east_of * unit[:, 0] + north_of * unit[:, 1], 0.0, length)
        distance = np.hypot(east_of - along * unit[:, 0], north_of - along * unit[:, 1])
        near = distance <= distance.min(axis=1, keepdims=True) + 2 * h
        in_band = (low[:, 1] <= north) & (high[:, 1] >= south)
        crossed = in_band & (high[:, 0] >= middles[:, None] - cell[0] / 2 - slack)
        cells += [tuple(edges[n] for n in np.flatnonzero(matters)) for matters in near | crossed]
    return _Grid(float(corner[0]), float(corner[1]), 1 / float(cell[0]), 1 / float(cell[1]), tuple(cells))
