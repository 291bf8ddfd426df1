"""The ground under a range: a flat surface with its error, or a grid of heights. Outside a grid nothing is known.

`lowest` and `highest` are bounds that hold the error already: the ground is nowhere lower, nowhere higher. None and NaN
say that some of it lies where no height is known, and then nothing can be checked against the ground.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from rangeops.domain.geodesy import Metres


class Terrain(Protocol):
    """Heights AMSL over the site's plane (east, north in metres)."""

    @property
    def error_m(self) -> float:
        """How far the ground may be from what is told."""

    def ground_m(self, east_m: float, north_m: float) -> float | None:
        """The most likely height, without the error; None where it isn't known."""

    def grounds_m(self, points_m: Metres) -> Metres:
        """The same for (n, 2) points: (n,), NaN where it isn't known."""

    def lowest_m(self, shape: Any) -> float | None:
        """No ground under the shapely geometry is lower; None where some of it isn't known."""

    def highest_m(self, shape: Any) -> float | None:
        """No ground under the shapely geometry is higher; None where some of it isn't known."""

    def lowest_along_m(self, starts_m: Metres, ends_m: Metres) -> Metres:
        """No ground under each straight line is lower. (n, 2), (n, 2) to (n,); NaN where some of it isn't known."""

    def highest_along_m(self, starts_m: Metres, ends_m: Metres) -> Metres:
        """No ground under each straight line is higher; as lowest_along_m."""


@dataclass(frozen=True, slots=True)
class FlatGround:
    """One height for everywhere."""

    amsl_m: float
    error_m: float

    def ground_m(self, east_m: float, north_m: float) -> float | None:  # noqa: ARG002  # flat: the same anywhere
        return self.amsl_m

    def grounds_m(self, points_m: Metres) -> Metres:
        return np.full(len(points_m), self.amsl_m)

    def lowest_m(self, shape: Any) -> float | None:  # noqa: ARG002  # flat: the same anywhere
        return self.amsl_m - self.error_m

    def highest_m(self, shape: Any) -> float | None:  # noqa: ARG002  # flat: the same anywhere
        return self.amsl_m + self.error_m

    def lowest_along_m(self, starts_m: Metres, ends_m: Metres) -> Metres:  # noqa: ARG002  # flat: the same anywhere
        return np.full(len(starts_m), self.amsl_m - self.error_m)

    def highest_along_m(self, starts_m: Metres, ends_m: Metres) -> Metres:  # noqa: ARG002  # flat: the same anywhere
        return np.full(len(starts_m), self.amsl_m + self.error_m)


@dataclass(frozen=True, eq=False)
class GridGround:
    """Heights at the nodes of a square grid, interpolated between them.

    heights_m: (rows, columns), from the south-west node to the east and north; NaN: not known. A cell is the square
    between four nodes; its ground lies between their lowest and highest.
    """

    east_m: float  # of the south-west node
    north_m: float
    spacing_m: float
    heights_m: NDArray[np.float64]
    error_m: float

    def ground_m(self, east_m: float, north_m: float) -> float | None:
        height = float(self.grounds_m(np.array([[east_m, north_m]]))[0])
        return None if math.isnan(height) else height

    def grounds_m(self, points_m: Metres) -> Metres:
        places = self._places(points_m)
        rows, columns, known = self._cells(places)
        y, x = np.where(known[:, None], places - np.column_stack([rows, columns]), 0.0).T
        h = self.heights_m
        south = h[rows, columns] * (1 - x) + h[rows, columns + 1] * x
        north = h[rows + 1, columns] * (1 - x) + h[rows + 1, columns + 1] * x
        return np.where(known, south * (1 - y) + north * y, np.nan)

    def lowest_m(self, shape: Any) -> float | None:
        return self._under(shape, self._low, np.min, -self.error_m)

    def highest_m(self, shape: Any) -> float | None:
        return self._under(shape, self._high, np.max, self.error_m)

    def lowest_along_m(self, starts_m: Metres, ends_m: Metres) -> Metres:
        return self._along(starts_m, ends_m, self._low, np.minimum) - self.error_m

    def highest_along_m(self, starts_m: Metres, ends_m: Metres) -> Metres:
        return self._along(starts_m, ends_m, self._high, np.maximum) + self.error_m

    @cached_property
    def _low(self) -> NDArray[np.float64]:
        return self._of_cells(np.minimum)

    @cached_property
    def _high(self) -> NDArray[np.float64]:
        return self._of_cells(np.maximum)

    def _of_cells(self, pick: np.ufunc) -> NDArray[np.float64]:
        """Each cell's lowest or highest node; NaN where a node isn't known."""
        h = self.heights_m
        cells: NDArray[np.float64] = pick(pick(h[:-1, :-1], h[:-1, 1:]), pick(h[1:, :-1], h[1:, 1:]))
        return cells

    def _places(self, points_m: Metres) -> NDArray[np.float64]:
        """(n, 2) row, column in spacings from the south-west node."""
        return (np.asarray(points_m, dtype=np.float64)[:, ::-1] - (self.north_m, self.east_m)) / self.spacing_m

    def _cells(self, places: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Row and column of each place's cell, and whether it is on the grid; off it, those of the nearest."""
        last = np.array(self.heights_m.shape) - 1
        known: NDArray[np.bool_] = np.all((places >= 0) & (places <= last), axis=1)  # False for NaN
        cells = np.clip(np.where(known[:, None], places, 0.0).astype(np.int64), 0, last - 1)
        return cells[:, 0], cells[:, 1], known

    def _under(self, shape: Any, of_cells: NDArray[np.float64], pick: Any, error_m: float) -> float | None:
        """Over all cells that the shape may touch: those whose middle is within half a diagonal of it."""
        west, south, east, north = shapely.bounds(shape)
        corners, last = self._places(np.array([[west, south], [east, north]])), np.array(self.heights_m.shape) - 1
        if not (np.isfinite(corners).all() and (corners >= 0).all() and (corners <= last).all()):
            return None
        (r0, c0), (r1, c1) = np.minimum(corners.astype(np.int64), last - 1)  # the outermost nodes are of the last cells
        window = of_cells[r0 : r1 + 1, c0 : c1 + 1]
        rows, columns = np.mgrid[r0 : r0 + window.shape[0], c0 : c0 + window.shape[1]]
        near = shape.buffer(0.7072 * self.spacing_m)
        shapely.prepare(near)
        touched = shapely.contains_xy(
            near, self.east_m + (columns + 0.5) * self.spacing_m, self.north_m + (rows + 0.5) * self.spacing_m
        )
        heights = window[touched]
        if not len(heights) or np.isnan(heights).any():
            return None
        return float(pick(heights)) + error_m

    def _along(self, starts_m: Metres, ends_m: Metres, of_cells: NDArray[np.float64], pick: np.ufunc) -> Metres:
        """Each line is cut into pieces no longer than a cell; a piece touches no cell but those around its two ends."""
        if not len(starts_m):
            return np.empty(0)
        starts, ends = self._places(starts_m), self._places(ends_m)
        finite = np.isfinite(starts).all(axis=1) & np.isfinite(ends).all(axis=1)
        starts[~finite] = ends[~finite] = 0.0
        lengths = np.abs(ends - starts).max(axis=1)
        pieces = np.minimum(np.ceil(lengths), sum(self.heights_m.shape) * 2).astype(np.int64) + 1
        first = np.concatenate([[0], np.cumsum(pieces + 1)[:-1]])
        line = np.repeat(np.arange(len(starts)), pieces + 1)
        share = (np.arange(len(line)) - first[line]) / pieces[line]
        places = starts[line] + share[:, None] * (ends - starts)[line]
        rows, columns, known = self._cells(places)
        last_row, last_column = np.array(of_cells.shape) - 1
        heights = np.where(known, of_cells[rows, columns], np.nan)
        for row, column in ((0, 1), (1, 0), (1, 1), (0, -1), (-1, 0), (-1, -1), (1, -1), (-1, 1)):
            beside = of_cells[np.clip(rows + row, 0, last_row), np.clip(columns + column, 0, last_column)]
            heights = pick(heights, beside)
        return np.where(finite, pick.reduceat(heights, first), np.nan)
