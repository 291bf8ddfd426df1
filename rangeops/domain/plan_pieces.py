"""Legs in pieces over ground that varies: how low and high each is, and the ground under it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rangeops.domain.plan_route import Leg
from rangeops.domain.plan_surroundings import Geometries
from rangeops.domain.terrain import FlatGround, Terrain

_PIECE_M: Final = 25.0

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spans:
    """What is cut: legs with their arrays, as PlannedRoute has them. points: (n, 2, 2), start and end."""

    legs: Sequence[Leg]
    points: Numbers
    altitudes: Numbers
    lows: Numbers
    highs: Numbers
    paths: Geometries


@dataclass(frozen=True, slots=True)
class Pieces:
    """Parts of legs, in order: which leg, what share of a change at its end reaches all of them, altitudes and ground."""

    legs: NDArray[np.int64]
    shares: Numbers
    lows: Numbers
    highs: Numbers
    ground_lows: Numbers
    ground_highs: Numbers


def pieces_of(spans: Spans, terrain: Terrain) -> Pieces:
    """Over flat ground a leg is one piece, as is one that bends."""
    starts, ends, count = spans.points[:, 0], spans.points[:, 1], len(spans.legs)
    if isinstance(terrain, FlatGround):
        grounds = terrain.lowest_along_m(starts, ends), terrain.highest_along_m(starts, ends)
        return Pieces(np.arange(count), np.ones(count), spans.lows, spans.highs, *grounds)
    bent = np.array([leg.spline or leg.radius_m > 0 or leg.left_m > 0 for leg in spans.legs], dtype=bool)
    lengths = np.hypot(*(ends - starts).T)
    pieces = np.where(bent, 1, np.maximum(1, np.ceil(lengths / _PIECE_M))).astype(np.int64)
    owners = np.repeat(np.arange(count), pieces)
    number = np.arange(len(owners)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    shares = np.column_stack([number, number + 1]) / pieces[owners][:, None]
    along = (ends - starts)[owners]
    begin, finish = (starts[owners] + share[:, None] * along for share in shares.T)
    ground_lows, ground_highs = terrain.lowest_along_m(begin, finish), terrain.highest_along_m(begin, finish)
    for n in np.flatnonzero(bent[owners]):
        low, high = terrain.lowest_m(spans.paths[owners[n]]), terrain.highest_m(spans.paths[owners[n]])
        ground_lows[n] = np.nan if low is None else low
        ground_highs[n] = np.nan if high is None else high
    rise = (spans.altitudes[:, 1] - spans.altitudes[:, 0])[owners]
    sloped = spans.altitudes[owners, 0][:, None] + shares * rise[:, None]
    lows = np.where(bent[owners], spans.lows[owners], sloped.min(axis=1))
    highs = np.where(bent[owners], spans.highs[owners], sloped.max(axis=1))
    if any(leg.over_terrain for leg in spans.legs):  # its height above ground is what it keeps
        over = np.array([leg.over_terrain for leg in spans.legs], dtype=bool)[owners]
        at_ends = np.column_stack([terrain.grounds_m(starts), terrain.grounds_m(ends)])
        heights = (spans.altitudes - at_ends)[owners]
        lows = np.where(over, ground_highs + heights.min(axis=1) - 2 * terrain.error_m, lows)
        highs = np.where(over, ground_lows + heights.max(axis=1) + 2 * terrain.error_m, highs)
    return Pieces(owners, np.where(pieces[owners] == 1, 1.0, shares[:, 0]), lows, highs, ground_lows, ground_highs)
