"""Who comes too near to whom, and when: every pair at once, in three dimensions.

Each aircraft is carried straight on from its report to now; the cylinder that must stay free around a pair grows by how
far both may be off that. Whoever has no position that can be trusted isn't in here: it is a Shadow, the circle in which
it can be by now (reach.py), and whoever that touches is UNKNOWN to it, never clear.
Formulas and their sources: docs/safety/separation.md.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rangeops.domain.separation_rules import Cylinder

DEADBAND: Final = 1.1  # a pair that was too near is so until it is this much farther apart
MANOEUVRE_MPS2: Final = 5.0  # nobody is expected to turn or brake harder: a banked turn at 27°
_STILL_MPS2: Final = 1e-4  # (m/s)²: slower past each other than 1 cm/s is standing still
# The sieve reckons in single precision, at half the price, so its mesh is wider than what it looks for: 5 m is twice what
# a place 16,000 km from the site loses by it, and 1e-5 thirty times what a product of two does.
_SIEVE_M: Final = 5.0
_SIEVE_SHARE: Final = 1 + 1e-5

Floats = NDArray[np.float64]
Coarse = NDArray[np.float32]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]
Pair = tuple[int, int]


class Verdict(Enum):
    """Of two aircraft, the worse the later. Who is in no encounter is clear; UNKNOWN is never that."""

    __hash__ = object.__hash__  # members are singletons, and Enum's own hash is a Python call for every look-up

    UNKNOWN = "unknown"  # one of the two isn't seen, and may be near
    CONVERGING = "converging"
    LOST = "lost"


SEVERITY: Final = {verdict: number for number, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class Mover:
    """One aircraft's report. Site frame, metres and metres a second; age_s: of the report now.

    error_m, error_up_m: how far off it may be when it is new.
    """

    east_m: float
    north_m: float
    altitude_amsl_m: float
    east_mps: float
    north_mps: float
    up_mps: float
    age_s: float
    error_m: float
    error_up_m: float

    @property
    def is_finite(self) -> bool:
        """One sum is infinite or NaN when any part of it is."""
        return math.isfinite(
            self.east_m
            + self.north_m
            + self.altitude_amsl_m
            + self.east_mps
            + self.north_mps
            + self.up_mps
            + self.age_s
        )


@dataclass(frozen=True, slots=True)
class Shadow:
    """Where one that isn't seen can be: anywhere in a circle of the site frame, between two heights."""

    east_m: float
    north_m: float
    radius_m: float
    lowest_amsl_m: float
    highest_amsl_m: float


class Movers:
    """Some aircraft as they are by now. Made once a judgement; every array has one number an aircraft."""

    __slots__ = ("east", "error", "error_up", "north", "up", "v_east", "v_north", "v_up")

    def __init__(self, movers: Sequence[Mover]) -> None:
        rows: Floats = np.array(
            [
                (m.east_m, m.north_m, m.altitude_amsl_m, m.east_mps, m.north_mps, m.up_mps, m.age_s, m.error_m, m.error_up_m)
                for m in movers
            ],
            dtype=np.float64,
        ).reshape(-1, 9)  # fmt: skip
        columns = np.ascontiguousarray(rows.T)
        east, north, up, self.v_east, self.v_north, self.v_up, age, error, error_up = columns
        self.east, self.north, self.up = east + self.v_east * age, north + self.v_north * age, up + self.v_up * age
        drift = 0.5 * MANOEUVRE_MPS2 * age * age
        self.error, self.error_up = error + drift, error_up + drift

    def __len__(self) -> int:
        return len(self.east)


class Encounter(NamedTuple):
    """Two aircraft of which one must look out for the other. first, second: their places among the movers.

    lateral_m, vertical_m: between them now. time_to_loss_s: until the cylinder may be entered, 0: it may be already.
    time_to_cpa_s: until they are nearest in plan view; cpa_lateral_m, cpa_vertical_m: between them then. tau_s:
    DAIDALUS' modified tau, infinite where they don't close in. A tuple: a frozen dataclass takes four times as long to make.
    """

    first: int
    second: int
    verdict: Verdict
    lateral_m: float
    vertical_m: float
    time_to_loss_s: float
    time_to_cpa_s: float
    cpa_lateral_m: float
    cpa_vertical_m: float
    tau_s: float

    @property
    def urgency(self) -> tuple[int, float, float]:
        """Of several encounters of one aircraft the smallest is the worst."""
        return -SEVERITY[self.verdict], self.time_to_loss_s, self.lateral_m


class AllPairs:
    """Every pair among the same aircraft. Keeps its arrays: making them anew costs as much as filling them.

    Pairs are laid out as a ring: row k holds each aircraft with the one k + 1 places on, so that a row is two slices
    and nothing is gathered. For an even number the last row holds its pairs twice.
    """

    def __init__(self) -> None:
        self._work: tuple[Coarse, ...] = ()
        self._flags: tuple[Flags, ...] = ()

    def encounters(self, movers: Movers, rule: Cylinder, held: frozenset[Pair] = frozenset()) -> list[Encounter]:
        """Of those that have lost their separation or will within the look-ahead, each aircraft's worst of either kind.

        held: pairs that had lost it before.
        """
        n = len(movers)
        if n < 2:
            return []
        rows, first = np.divmod(np.flatnonzero(self._may_meet(movers, rule.lateral_m * DEADBAND, n)), n)
        once = (rows + 1) * 2 != n
        once |= first < n // 2
        rows, first = rows[once], first[once]
        either = held | {(other, one) for one, other in held}
        return _judged(_pairs(movers, movers, first, (first + rows + 1) % n, rule), rule, either)

    def _may_meet(self, movers: Movers, lateral_m: float, n: int) -> Flags:
        """Of each pair whether it is, or on its straight courses ever comes, within the distance in plan view; and of a
        few whether they nearly do.

        The line of the relative way passes within D where (r·v)² >= |v|²(|r|² - D²) and r·v < 0.
        """
        half = n // 2
        if not self._work or self._work[0].shape != (half, n):
            self._work = tuple(np.empty((half, n), dtype=np.float32) for _ in range(6))
            self._flags = tuple(np.empty((half, n), dtype=np.bool_) for _ in range(2))
        closing, square, speed, r, v, spare = self._work
        near, meets = self._flags
        sieve_m = movers.error + (lateral_m + _SIEVE_M)
        columns = (movers.east, movers.north, movers.v_east, movers.v_north, movers.error, sieve_m)
        east, north, v_east, v_north, error, sieve = np.array(columns, dtype=np.float32)
        np.subtract(_ring(east, half), east, out=r)
        np.subtract(_ring(v_east, half), v_east, out=v)
        np.multiply(r, v, out=closing)
        np.multiply(r, r, out=square)
        np.multiply(v, v, out=speed)
        np.subtract(_ring(north, half), north, out=r)
        np.subtract(_ring(v_north, half), v_north, out=v)
        closing += np.multiply(r, v, out=spare)
        square += np.multiply(r, r, out=spare)
        speed += np.multiply(v, v, out=spare)
        np.add(_ring(error, half), sieve, out=spare)
        square -= np.multiply(spare, spare, out=spare)
        np.less_equal(square, 0.0, out=near)
        square *= speed
        np.multiply(closing, closing, out=spare)
        np.greater_equal(np.multiply(spare, _SIEVE_SHARE, out=spare), square, out=meets)
        meets &= closing < 0.0
        near |= meets
        return near


def encounters_with(
    own: Movers, others: Movers, rule: Cylinder, held: frozenset[Pair] = frozenset()
) -> list[Encounter]:
    """Each of ours with others of whose pilots nothing is known: its worst, judged by modified tau as well."""
    first, second = np.divmod(np.arange(len(own) * len(others)), max(len(others), 1))
    return _judged(_pairs(own, others, first, second, rule), rule, held, by_tau=True)


def may_be_near(movers: Movers, shadow: Shadow, rule: Cylinder) -> list[int]:
    """The places of those who can't be said to be clear of one that isn't seen."""
    apart = np.hypot(movers.east - shadow.east_m, movers.north - shadow.north_m)
    beside = apart <= shadow.radius_m + rule.lateral_m + movers.error
    free = rule.vertical_m + movers.error_up
    level = (movers.up >= shadow.lowest_amsl_m - free) & (movers.up <= shadow.highest_amsl_m + free)
    return [int(place) for place in np.flatnonzero(beside & level)]


def worst_of(encounters: Iterable[Encounter]) -> dict[int, Encounter]:
    """For each aircraft, by its place as first or second among the same movers, its worst encounter."""
    worst: dict[int, Encounter] = {}
    for encounter in sorted(encounters, key=lambda each: each.urgency):
        worst.setdefault(encounter.first, encounter)
        worst.setdefault(encounter.second, encounter)
    return worst


def _ring(values: Coarse, rows: int) -> Coarse:
    """Row k: the values from place k + 1 on, around to place k."""
    twice = np.concatenate((values, values))
    step = twice.itemsize
    return np.lib.stride_tricks.as_strided(twice[1:], (rows, len(values)), (step, step), writeable=False)


class _Pairs(NamedTuple):
    """Some pairs: the places of their aircraft, and how each second one stands and moves as its first one sees it.

    d, h: to every side and in height, what must stay free, with both errors.
    """

    first: Places
    second: Places
    x: Floats
    y: Floats
    z: Floats
    u: Floats
    v: Floats
    w: Floats
    d: Floats
    h: Floats


def _pairs(own: Movers, others: Movers, first: Places, second: Places, rule: Cylinder) -> _Pairs:
    return _Pairs(
        first,
        second,
        others.east[second] - own.east[first],
        others.north[second] - own.north[first],
        others.up[second] - own.up[first],
        others.v_east[second] - own.v_east[first],
        others.v_north[second] - own.v_north[first],
        others.v_up[second] - own.v_up[first],
        own.error[first] + others.error[second] + rule.lateral_m,
        own.error_up[first] + others.error_up[second] + rule.vertical_m,
    )


def _judged(pairs: _Pairs, rule: Cylinder, held: frozenset[Pair], *, by_tau: bool = False) -> list[Encounter]:
    """The pairs of these that have lost their separation, or will within the look-ahead."""
    if not len(pairs.first):
        return []
    first, second, x, y, z, u, v, w, d, _ = pairs
    lateral, above = np.hypot(x, y), np.abs(z)
    closing, speed2 = x * u + y * v, u * u + v * v
    moving = speed2 > _STILL_MPS2
    cpa_s = np.where(moving, np.maximum(0.0, -closing / np.where(moving, speed2, 1.0)), 0.0)
    cpa_m = np.hypot(x + u * cpa_s, y + v * cpa_s)
    square = lateral * lateral - d * d
    tau = np.where(closing < 0.0, square / np.where(closing < 0.0, -closing, 1.0), np.inf)

    widened = _widened(first, second, held)
    lost = (lateral <= rule.lateral_m * widened) & (above <= rule.vertical_m * widened)
    loss_s = _entry_s(pairs, square, closing, speed2, rule.look_ahead_s)
    if by_tau:
        loss_s = np.minimum(loss_s, _tau_loss_s(pairs, square <= 0.0, cpa_m <= d, tau, rule.look_ahead_s))
    loss_s = np.where(lost, 0.0, loss_s)
    told = np.flatnonzero(np.isfinite(loss_s))
    told = told[_worst(first[told], None if by_tau else second[told], lost[told], loss_s[told], lateral[told])]
    columns = (first, second, lost, lateral, above, loss_s, cpa_s, cpa_m, np.abs(z + w * cpa_s), tau)
    return [
        Encounter(one, other, Verdict.LOST if is_lost else Verdict.CONVERGING, *figures)
        for one, other, is_lost, *figures in zip(*(column[told].tolist() for column in columns), strict=True)
    ]


def _worst(first: Places, second: Places | None, lost: Flags, loss_s: Floats, lateral: Floats) -> Places:
    """Which of some pairs are the worst lost or the worst converging one of either aircraft, in their order.

    Fifty in one place are 1,225 pairs, of which an operator is told a hundred at most. second None: only of the first.
    """
    order = np.lexsort((lateral, loss_s))  # soonest first, then nearest
    kept = np.zeros(len(first), dtype=np.bool_)
    for kind in (lost, ~lost):
        rows = order[kind[order]]
        aircraft = first[rows] if second is None else np.column_stack((first[rows], second[rows])).ravel()
        _, at = np.unique(aircraft, return_index=True)  # the first of each
        kept[rows[at if second is None else at // 2]] = True
    return np.flatnonzero(kept)


def _widened(first: Places, second: Places, held: frozenset[Pair]) -> Floats:
    """What the limits are multiplied with: those that had lost their separation regain it a little farther apart."""
    factors = np.ones(len(first))
    if held:
        key = int(max(first.max(), second.max())) + 1
        kept = [one * key + other for one, other in held if one < key and other < key]
        factors[np.isin(first * key + second, kept)] = DEADBAND
    return factors


def _entry_s(pairs: _Pairs, square: Floats, closing: Floats, speed2: Floats, look_s: float) -> Floats:
    """When the straight courses first bring both into the cylinder, 0 where they are in it; inf: not within look_s.

    square: |r|² - D². In plan view the two times solve |v|²t² + 2(r·v)t + square = 0; in height |z + w·t| <= H.
    """
    z, w, h = pairs.z, pairs.w, pairs.h
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.maximum(closing * closing - speed2 * square, 0.0))
        meets = (square <= 0.0) | ((closing < 0.0) & (closing * closing >= speed2 * square))
        begins = np.where(square <= 0.0, 0.0, square / (root - closing))  # the smaller root, without a difference
        ends = np.where(speed2 > 0.0, (root - closing) / speed2, np.inf)
        one, other = (-h - z) / w, (h - z) / w
    level = w == 0.0
    low = np.where(level, np.where(np.abs(z) <= h, 0.0, np.inf), np.minimum(one, other))
    high = np.where(level, np.inf, np.maximum(one, other))  # who is never within enters never: low says so
    enters = np.maximum(np.maximum(begins, low), 0.0)
    leaves = np.minimum(np.minimum(ends, high), look_s)
    return np.where(meets & (enters <= leaves), enters, np.inf)


def _tau_loss_s(pairs: _Pairs, near: Flags, passes: Flags, tau: Floats, look_s: float) -> Floats:
    """DAIDALUS' WCV_TAUMOD with both of its times the look-ahead; the time told is tau, 0 where they are near already.

    Plan view and height are asked apart: who is not known to keep his climb is not trusted to be past when it matters.
    """
    z, w = pairs.z, pairs.w
    with np.errstate(divide="ignore", invalid="ignore"):
        level_s = np.where(z * w < 0.0, -z / w, np.inf)
    in_height = (np.abs(z) <= pairs.h) | (level_s <= look_s)
    in_plan = near | (passes & (tau >= 0.0) & (tau <= look_s))
    return np.where(in_plan & in_height, np.where(near, 0.0, tau), np.inf)
