"""Regions and closed air held against the oracle: random points, points on edges, and points a hair beside them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import containment_oracle as oracle
from shapely import Polygon
from zone_fields import SITE, closed_areas, star

from rangeops.domain.closed_air import ClosedAir
from rangeops.domain.region import region_of
from rangeops.domain.volumes import polygon_of

HAIR_M = 1e-9
"""Nearer to an edge than a nanometre, a float's last bits decide which side of it a point is on."""

_REGIONS = 8  # a round
_SHARE_IN_CLOSED_AIR = 0.2

Point = tuple[float, float]


@dataclass
class Tally:
    points: int = 0
    failures: int = 0
    on_edge: int = 0
    exact: int = 0
    worst_m: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.points + other.points,
            self.failures + other.failures,
            self.on_edge + other.on_edge,
            self.exact + other.exact,
            max(self.worst_m, other.worst_m),
        )

    def count(self, ours_m: float, truth_m: float, *, exactly: bool) -> None:
        self.points += 1
        self.on_edge += truth_m == 0.0
        self.exact += exactly
        off = abs(ours_m - truth_m)
        self.worst_m = max(self.worst_m, off)
        wrong_side = abs(truth_m) > HAIR_M and (ours_m > 0) is not (truth_m > 0)
        self.failures += wrong_side or off > HAIR_M


def agree(seed: int, *, points: int) -> Tally:
    """One round of that many points. A failure: another side, or a distance that is a nanometre off."""
    chance = random.Random(seed)
    tally = Tally()
    in_air = int(points * _SHARE_IN_CLOSED_AIR)
    for _ in range(_REGIONS):
        outer, holes = _shape(chance)
        region = region_of(Polygon(outer, holes))
        for point in _points(chance, [outer, *holes], (points - in_air) // _REGIONS):
            truth_m, exactly = oracle.quick_margin(point, outer, holes)
            tally.count(region.margin(*point)[0], truth_m, exactly=exactly)
    areas = closed_areas(seed, zones=6, corners=20)
    air = ClosedAir(areas, SITE)
    rings = [polygon_of(area.volume, SITE).exterior.coords[:-1] for area in areas]
    for point in _points(chance, rings, in_air):
        margins = [oracle.quick_margin(point, ring) for ring in rings]
        truth_m = min(-margin for margin, _ in margins)
        ours_m = air.nearest(*point, 60.0, None)[0]  # the areas reach to 90 m above that altitude
        tally.count(ours_m, max(truth_m, -90.0), exactly=any(exactly for _, exactly in margins))
    return tally


def _shape(chance: random.Random) -> tuple[list[Point], list[list[Point]]]:
    """Few corners or many, on whole metres or not, some with a hole."""
    corners = chance.choice([3, 4, 5, 12, 40, 120])
    outer = star(chance, (chance.uniform(-300, 300), chance.uniform(-300, 300)), corners, 60, 400)
    if chance.random() < 0.5:
        whole = [(float(round(x)), float(round(y))) for x, y in outer]
        outer = whole if Polygon(whole).is_valid else outer
    middle = Polygon(outer).representative_point()
    hole = [(middle.x - 8, middle.y - 7), (middle.x + 9, middle.y - 7), (middle.x + 1, middle.y + 9)]
    has_hole = chance.random() < 0.3 and Polygon(outer).contains(Polygon(hole))
    return outer, [hole] if has_hole else []


def _points(chance: random.Random, rings: list[list[Point]], count: int) -> Iterator[Point]:
    """A third anywhere, a third at corners, middles and ends' heights, a third a hair or more off an edge."""
    for number in range(count):
        if number % 3 == 0:
            yield chance.uniform(-900, 900), chance.uniform(-900, 900)
            continue
        ring = chance.choice(rings)
        n = chance.randrange(len(ring))
        (ax, ay), (bx, by) = ring[n], ring[(n + 1) % len(ring)]
        if number % 3 == 1:
            yield chance.choice([(ax, ay), ((ax + bx) / 2, (ay + by) / 2), (chance.uniform(-900, 900), ay)])
        else:
            share, off = chance.random(), chance.choice([-1, 1]) * 10.0 ** chance.uniform(-12, 0)
            yield ax + share * (bx - ax) + off, ay + share * (by - ay) - off
