"""The second opinion on separation: looks at many instants one by one. No array, no root, no formula of the other's.

A pair is only ever carried along its two straight lines and measured; when that is within the cylinder is read off.
"""

import math
from collections.abc import Iterator

from rangeops.domain.separation import MANOEUVRE_MPS2, Mover
from rangeops.domain.separation_rules import Cylinder

STEP_S = 0.04


def _at(mover: Mover, ahead_s: float) -> tuple[float, float, float]:
    t = mover.age_s + ahead_s
    return (
        mover.east_m + mover.east_mps * t,
        mover.north_m + mover.north_mps * t,
        mover.altitude_amsl_m + mover.up_mps * t,
    )


def apart(one: Mover, other: Mover, ahead_s: float) -> tuple[float, float]:
    """(in plan view, in height) between the two, that long from now."""
    a, b = _at(one, ahead_s), _at(other, ahead_s)
    return math.dist(a[:2], b[:2]), abs(a[2] - b[2])


def _kept(one: Mover, other: Mover, rule: Cylinder) -> tuple[float, float]:
    drift = sum(MANOEUVRE_MPS2 * mover.age_s**2 / 2 for mover in (one, other))
    return (
        rule.lateral_m + one.error_m + other.error_m + drift,
        rule.vertical_m + one.error_up_m + other.error_up_m + drift,
    )


def instants(rule: Cylinder) -> Iterator[float]:
    return (number * STEP_S for number in range(round(rule.look_ahead_s / STEP_S) + 1))


def first_within(one: Mover, other: Mover, rule: Cylinder, grown_m: float = 0.0) -> float | None:
    """The first instant at which the two are within the cylinder, grown by so much to every side; None: at none."""
    lateral, vertical = _kept(one, other, rule)
    for t in instants(rule):
        beside, above = apart(one, other, t)
        if beside <= lateral + grown_m and above <= vertical + grown_m:
            return t
    return None


def nearest(one: Mover, other: Mover, until_s: float) -> tuple[float, float]:
    """(when, how far) the two are nearest in plan view up to then, by looking."""
    return min(((t, apart(one, other, t)[0]) for t in _upto(until_s)), key=lambda pair: pair[1])


def _upto(until_s: float) -> Iterator[float]:
    return (number * STEP_S for number in range(round(until_s / STEP_S) + 2))
