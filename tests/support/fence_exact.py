"""Whether a compiled fence lies inside its volume, in whole numbers alone: no area, no library, nothing rounded."""

import random
from collections.abc import Sequence

import containment_oracle as oracle
from zone_fields import star, volume_of_ring

from rangeops.adapters.mavlink.fence import INCLUSION_VERTEX, compile_fence
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import Refused
from rangeops.domain.telemetry import HomePosition

Corner = tuple[int, int]
_DEG_E7 = 1e7


def leaves(fence: Sequence[Corner], volume: Sequence[Corner]) -> bool:
    """Whether any point of the fence's polygon lies outside the volume's: a corner outside, or two edges that cross.

    Both are simple polygons; an edge that only touches another crosses nothing.
    """
    if any(_is_outside(corner, volume) for corner in fence):
        return True
    edges = list(zip(volume, [*volume[1:], volume[0]], strict=True))
    for a, b in zip(fence, [*fence[1:], fence[0]], strict=True):
        low, high = (min(a[0], b[0]), min(a[1], b[1])), (max(a[0], b[0]), max(a[1], b[1]))
        for c, d in edges:
            if (
                max(c[0], d[0]) < low[0]
                or min(c[0], d[0]) > high[0]
                or max(c[1], d[1]) < low[1]
                or min(c[1], d[1]) > high[1]
            ):
                continue
            if _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0:
                return True
    return any(_is_strictly_inside(corner, fence) for corner in volume)


def _turn(a: Corner, b: Corner, c: Corner) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])


def _on_edge(corner: Corner, ring: Sequence[Corner]) -> bool:
    return any(
        _turn(a, b, corner) == 0
        and min(a[0], b[0]) <= corner[0] <= max(a[0], b[0])
        and min(a[1], b[1]) <= corner[1] <= max(a[1], b[1])
        for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)
    )


def _is_outside(corner: Corner, ring: Sequence[Corner]) -> bool:
    return not _on_edge(corner, ring) and oracle.winding_number(corner, ring) == 0


def _is_strictly_inside(corner: Corner, ring: Sequence[Corner]) -> bool:
    return not _on_edge(corner, ring) and oracle.winding_number(corner, ring) != 0


def fences_that_leave(seed: int, *, volumes: int) -> tuple[int, int]:
    """Of random volumes with too many corners for an autopilot: how many fences were compiled, how many leave."""
    chance = random.Random(seed)
    compiled = left = 0
    for _ in range(volumes):
        corners = chance.choice([70, 120, 300])
        volume = volume_of_ring(
            star(chance, (chance.uniform(-500, 500), chance.uniform(-500, 500)), corners, 150, 600), 30, 125
        )
        ring = [(round(latitude * _DEG_E7), round(longitude * _DEG_E7)) for latitude, longitude in volume.outer]
        middle = [sum(place[axis] for place in volume.outer) / corners for axis in (0, 1)]
        try:
            fence = compile_fence(
                volume,
                HomePosition(0.0, *middle, 35.0),
                rtl_altitude_m=40.0,
                vehicle_class=VehicleClass.COPTER,
                callsign="D07",
            )
        except Refused:
            continue
        compiled += 1
        left += leaves([(item.x, item.y) for item in fence.items if item.command == INCLUSION_VERTEX], ring)
    return compiled, left
