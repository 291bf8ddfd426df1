"""Containment against the oracle on 10^6 points, a third on edges, a third a hair beside one; fences in whole numbers."""

from collections.abc import Iterable

from containment_points import Tally, agree
from fence_exact import fences_that_leave
from proof import Proof

POINTS = 1_000_000
VOLUMES = 2_400


def proofs(seed: int) -> Iterable[Proof]:
    tally = Tally()
    part = 0
    while tally.points < POINTS:
        tally += agree(seed + part, points=10_000)
        part += 1
    note = f"{tally.on_edge} exactly on an edge, {tally.exact} decided by fractions; worst distance off {tally.worst_m:.2e} m"
    yield Proof("containment_vs_oracle", tally.points, tally.failures, seed, tally.failures == 0, note)
    compiled, left = fences_that_leave(seed, volumes=VOLUMES)
    note = f"of {VOLUMES} random volumes of 70 to 300 corners; the others are refused"
    yield Proof("fence_inside_volume", compiled, left, seed, left == 0 and compiled >= 1_000, note)
