"""What part of the range the map shows: a centre and a scale, in metres east and north of the range's origin."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor, log10
from typing import Final

import numpy as np

from rangeops.domain.geodesy import SiteFrame
from rangeops.tui.dots import Floats
from rangeops.wire.api import RangeView

ZOOM_STEP: Final = 1.5
_CLOSEST_M_PER_DOT: Final = 0.2
_WIDEST_M_PER_DOT: Final = 500.0


def metres(frame: SiteFrame, points: Sequence[tuple[float, float]]) -> tuple[Floats, Floats]:
    """(latitude, longitude) pairs in degrees as east and north."""
    site = frame.to_site_array(np.asarray(points, dtype=np.float64).reshape(-1, 2))
    return site[:, 0], site[:, 1]


@dataclass(frozen=True, slots=True)
class Viewport:
    """A terminal's cell is about twice as high as wide, so a dot (half a cell by a quarter) is square."""

    columns: int
    rows: int
    east_m: float = 0.0
    north_m: float = 0.0
    m_per_dot: float = 10.0

    def dots(self, east: Floats, north: Floats) -> tuple[Floats, Floats]:
        return self.columns + (east - self.east_m) / self.m_per_dot, self.rows * 2 - (
            north - self.north_m
        ) / self.m_per_dot

    def zoomed(self, factor: float) -> "Viewport":
        scale = min(max(self.m_per_dot * factor, _CLOSEST_M_PER_DOT), _WIDEST_M_PER_DOT)
        return replace(self, m_per_dot=scale)

    def zoomed_at(self, factor: float, column: float, row: float) -> "Viewport":
        """What is at this place, in columns and rows, stays there."""
        right, up = 2 * column - self.columns, 2 * self.rows - 4 * row  # in dots, from the middle
        closer = self.zoomed(factor)
        gained = self.m_per_dot - closer.m_per_dot
        return replace(closer, east_m=self.east_m + right * gained, north_m=self.north_m + up * gained)

    def panned(self, right: float, up: float) -> "Viewport":
        """By a share of what is seen."""
        east = self.east_m + right * self.columns * 2 * self.m_per_dot
        return replace(self, east_m=east, north_m=self.north_m + up * self.rows * 4 * self.m_per_dot)

    def centred(self, east_m: float, north_m: float) -> "Viewport":
        return replace(self, east_m=east_m, north_m=north_m)

    def resized(self, columns: int, rows: int) -> "Viewport":
        return replace(self, columns=columns, rows=rows)

    def scale_bar(self, longest_cells: int) -> tuple[int, str]:
        """Cells and label of the longest bar of 1, 2 or 5 times a power of ten metres."""
        longest_m = max(longest_cells * 2 * self.m_per_dot, 1e-3)
        power = 10.0 ** floor(log10(longest_m))
        # 0.5: the logarithm of just under a power of ten rounds up to it.
        length_m = max(step * power for step in (0.5, 1, 2, 5) if step * power <= longest_m)
        label = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
        return round(length_m / self.m_per_dot / 2), label


def fitted(columns: int, rows: int, east: Floats, north: Floats) -> Viewport:
    """All of these points, with a little room around them."""
    view = Viewport(columns, rows)
    if len(east) == 0 or columns < 2 or rows < 1:
        return view
    width, height = float(np.ptp(east)), float(np.ptp(north))
    scale = 1.04 * max(width / (columns * 2), height / (rows * 4), _CLOSEST_M_PER_DOT)
    middle = float(np.min(east)) + width / 2, float(np.min(north)) + height / 2
    return replace(view, m_per_dot=scale).centred(*middle)


def frame_of(range_view: RangeView) -> SiteFrame:
    return SiteFrame(range_view.origin_latitude_deg, range_view.origin_longitude_deg)
