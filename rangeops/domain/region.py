"""A plane region, built once and asked many times a second: how far inside is a point, and where does a ray leave it.

Scalar Python over tuples: for the few dozen edges of a volume a library call costs more than the answer. Every edge has
the region's inside on its left (outer ring counter-clockwise, holes clockwise).
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from shapely import Polygon
from shapely.geometry.polygon import orient

from rangeops.domain.geodesy import bearing_deg, compass_point


class Edge(NamedTuple):
    """One edge in site metres: its start, its unit direction, its length, the northings it spans, an operator's name."""

    east_m: float
    north_m: float
    unit_east: float
    unit_north: float
    length_m: float
    end_north_m: float
    name: str


@dataclass(frozen=True, slots=True)
class Region:
    edges: tuple[Edge, ...]

    def margin(self, east_m: float, north_m: float) -> tuple[float, str]:
        """Distance to the nearest edge, negative outside, and that edge's name.

        One pass: the signed offset s from an edge's line decides both whether a ray eastwards crosses the edge (the
        half-open rule on northings counts a vertex once) and whether the edge can be nearer than the best so far.
        """
        best = math.inf
        name = ""
        inside = False
        for x, y, ux, uy, length, y_end, edge_name in self.edges:
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
        for x, y, ux, uy, length, _, edge_name in self.edges:
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


def region_of(polygon: Polygon) -> Region:
    """The region of a valid polygon in site metres."""
    polygon = orient(polygon)
    edges = list(_edges(polygon.exterior.coords[:], "edge"))
    for hole in polygon.interiors:
        edges += _edges(hole.coords[:], "inner edge")
    return Region(tuple(edges))


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
