"""A field of braille dots, two by four a cell. A cell ORs every dot drawn into it, so that no trail erases a fence."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BRAILLE: Final = 0x2800
# Unicode's order of the eight dots, by [row][column] in the cell.
_BIT: Final = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8)


class Dots:
    """Dots with an ink number each cell; where inks meet in a cell the higher number shows."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.bits: NDArray[np.uint8] = np.zeros((rows, columns), dtype=np.uint8)
        self.inks: NDArray[np.uint8] = np.zeros((rows, columns), dtype=np.uint8)

    def copy(self) -> "Dots":
        twin = Dots(0, 0)
        twin.columns, twin.rows = self.columns, self.rows
        twin.bits, twin.inks = self.bits.copy(), self.inks.copy()
        return twin

    def points(self, x: Floats, y: Floats, ink: int) -> None:
        """Dots at x to the right, y down, in dots; what lies outside is left out."""
        inside = (x >= 0) & (y >= 0) & (x < self.columns * 2) & (y < self.rows * 4)
        column, row = x[inside].astype(np.intp), y[inside].astype(np.intp)
        cells = (row >> 2, column >> 1)
        np.bitwise_or.at(self.bits, cells, _BIT[row & 3, column & 1])
        np.maximum.at(self.inks, cells, np.uint8(ink))

    def segments(self, x0: Floats, y0: Floats, x1: Floats, y1: Floats, ink: int, *, every: int = 1) -> None:
        """Straight lines, all at once; every: 1 solid, 2 and more dotted."""
        x0, y0, x1, y1 = self._clipped(x0, y0, x1, y1)
        counts = np.ceil(np.maximum(np.abs(x1 - x0), np.abs(y1 - y0))).astype(np.intp) + 1
        total = int(counts.sum())
        if total == 0:
            return
        which = np.repeat(np.arange(len(counts)), counts)
        step = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        share = step / np.maximum(counts - 1, 1)[which]
        x, y = x0[which] + share * (x1 - x0)[which], y0[which] + share * (y1 - y0)[which]
        if every > 1:
            kept = step % every == 0
            x, y = x[kept], y[kept]
        self.points(x, y, ink)

    def hatch(self, rings: Sequence[tuple[Floats, Floats]], ink: int, every: int) -> None:
        """Falling diagonals, `every` dots apart, in what an odd number of rings encloses.

        Each diagonal x + y = c is cut at its crossings with the edges, and drawn from the first to the second, and so on.
        """
        x0, y0 = (np.concatenate([ring[axis] for ring in rings]) for axis in (0, 1))
        x1, y1 = (np.concatenate([np.roll(ring[axis], -1) for ring in rings]) for axis in (0, 1))
        start, end = x0 + y0, x1 + y1
        last = (self.columns * 2 + self.rows * 4) // every  # those that cross the field
        first_c = np.clip(np.ceil(np.minimum(start, end) / every), 0, last + 1).astype(np.intp)
        after_c = np.clip(np.ceil(np.maximum(start, end) / every), 0, last + 1).astype(np.intp)
        counts = np.maximum(after_c - first_c, 0)  # an end of an edge counts for one of the two that meet there
        which = np.repeat(np.arange(len(counts)), counts)
        c = first_c[which] + np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        share = (c * every - start[which]) / (end - start)[which]
        x = x0[which] + share * (x1 - x0)[which]
        order = np.lexsort((x, c))
        x, c = x[order], c[order]
        even = len(x) // 2 * 2
        left, right, diagonal = x[:even:2], x[1:even:2], (c[:even:2] * every).astype(np.float64)
        self.segments(left, diagonal - left, right, diagonal - right, ink, every=2)

    def characters(self) -> NDArray[np.uint32]:
        """Code points; a space where no dot is."""
        return np.where(self.bits == 0, np.uint32(ord(" ")), np.uint32(_BRAILLE) + self.bits)

    def _clipped(self, x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Liang-Barsky: zoomed in, a boundary of kilometres would else be drawn dot by dot off the screen."""
        dx, dy = x1 - x0, y1 - y0
        enters, leaves = np.zeros_like(x0), np.ones_like(x0)
        seen = np.ones(x0.shape, dtype=bool)
        width, height = self.columns * 2 - 1e-6, self.rows * 4 - 1e-6
        for along, room in ((-dx, x0), (dx, width - x0), (-dy, y0), (dy, height - y0)):
            seen &= (along != 0) | (room >= 0)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                at = room / along
            enters = np.where(along < 0, np.maximum(enters, at), enters)
            leaves = np.where(along > 0, np.minimum(leaves, at), leaves)
        seen &= enters <= leaves
        x0, y0, dx, dy, enters, leaves = (a[seen] for a in (x0, y0, dx, dy, enters, leaves))
        return x0 + enters * dx, y0 + enters * dy, x0 + leaves * dx, y0 + leaves * dy
