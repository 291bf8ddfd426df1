"""The second, independent opinion on containment: winding number and segment distance, rational where it decides.

Shares nothing with rangeops.domain.region: no crossing parity, no signed offsets, no grid, no floats before the root.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

Point = tuple[Fraction, Fraction]
Ring = Sequence[tuple[float, float]]


def exact(point: tuple[float, float]) -> Point:
    return Fraction(point[0]), Fraction(point[1])


def turn(a: Point, b: Point, c: Point) -> Fraction:
    """Twice the signed area of a, b, c: positive to the left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])


def winding_number(point: Point, ring: Sequence[Point]) -> int:
    """How often the ring goes round the point (Hormann and Agathos 2001). Meaningless on the ring itself."""
    number = 0
    for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
        if a[1] <= point[1] < b[1] and turn(a, b, point) > 0:
            number += 1
        elif b[1] <= point[1] < a[1] and turn(a, b, point) < 0:
            number -= 1
    return number


def squared_distance(point: Point, a: Point, b: Point) -> Fraction:
    along = (b[0] - a[0], b[1] - a[1])
    length2 = along[0] ** 2 + along[1] ** 2
    share = Fraction(0)
    if length2:
        share = ((point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1]) / length2
        share = min(Fraction(1), max(Fraction(0), share))
    nearest = (a[0] + share * along[0], a[1] + share * along[1])
    return (point[0] - nearest[0]) ** 2 + (point[1] - nearest[1]) ** 2


def margin(point: tuple[float, float], outer: Ring, holes: Sequence[Ring] = ()) -> float:
    """Distance to the nearest edge, negative outside, 0 exactly on an edge."""
    p = exact(point)
    rings = [[exact(corner) for corner in ring] for ring in (outer, *holes)]
    least = min(squared_distance(p, a, b) for ring in rings for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    if least == 0:
        return 0.0
    inside = winding_number(p, rings[0]) != 0 and all(winding_number(p, hole) == 0 for hole in rings[1:])
    distance = math.sqrt(least)
    return distance if inside else -distance


def side_of(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> tuple[int, bool]:
    """The sign of turn(a, b, c), and whether floats couldn't decide it.

    Source of the bound: Shewchuk 1997, "Adaptive Precision Floating-Point Arithmetic", ccwerrboundA.
    """
    left, right = (b[0] - a[0]) * (c[1] - a[1]), (b[1] - a[1]) * (c[0] - a[0])
    if abs(left - right) > 3.4e-16 * (abs(left) + abs(right)):
        return (1 if left > right else -1), False
    decided = turn(exact(a), exact(b), exact(c))
    return (decided > 0) - (decided < 0), True


def quick_margin(point: tuple[float, float], outer: Ring, holes: Sequence[Ring] = ()) -> tuple[float, bool]:
    """`margin`, and whether fractions had to decide: they do where a float's last bits would.

    The distance is a float, good to a few last bits; which side it is, and whether it is an edge, is exact.
    """
    least, inside, exactly = math.inf, True, False
    for number, ring in enumerate((outer, *holes)):
        winds, on_edge = 0, False
        for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
            side, by_fractions = side_of(a, b, point)
            exactly |= by_fractions
            if side == 0 and _between(a, b, point):
                on_edge = True
            if a[1] <= point[1] < b[1] and side > 0:
                winds += 1
            elif b[1] <= point[1] < a[1] and side < 0:
                winds -= 1
            least = min(least, _segment_distance(point, a, b))
        if on_edge:
            return 0.0, exactly
        inside &= (winds != 0) is (number == 0)
    return (least if inside else -least), exactly


def _between(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Of a point on the line: is it within the segment's rectangle?"""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _segment_distance(point: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    along = (b[0] - a[0], b[1] - a[1])
    length2 = along[0] * along[0] + along[1] * along[1]
    share = ((point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1]) / length2 if length2 else 0.0
    share = min(1.0, max(0.0, share))
    return math.dist(point, (a[0] + share * along[0], a[1] + share * along[1]))
