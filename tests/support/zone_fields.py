"""Made-up zones for the geometry kernel: stars of many corners, spread over a site, that may overlap."""

import math
import random

from rangeops.domain.closed_air import ClosedArea
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.volumes import Volume

SITE = SiteFrame(52.275833, 6.889167)
ZONES = 20
CORNERS = 275  # 5,500 in all


def star(chance, centre, corners, smallest_m, largest_m):
    """A star-shaped ring of site metres; its radii wander from corner to corner."""
    radius = chance.uniform(smallest_m, largest_m)
    ring = []
    for n in range(corners):
        radius = min(largest_m, max(smallest_m, radius * chance.uniform(0.95, 1.05)))
        angle = math.tau * n / corners
        ring.append((centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)))
    return ring


def zone_rings(seed, *, zones=ZONES, corners=CORNERS):
    chance = random.Random(seed)
    return [
        star(chance, (chance.uniform(-1600, 1600), chance.uniform(-1600, 1600)), corners, 40, 260) for _ in range(zones)
    ]


def volume_of_ring(ring, floor_amsl_m=-100.0, ceiling_amsl_m=150.0, frame=SITE):
    return Volume(tuple(frame.to_geodetic(*corner) for corner in ring), floor_amsl_m, ceiling_amsl_m)


def closed_areas(seed, *, zones=ZONES, corners=CORNERS):
    return [
        ClosedArea(f"zone {n}", volume_of_ring(ring))
        for n, ring in enumerate(zone_rings(seed, zones=zones, corners=corners))
    ]
