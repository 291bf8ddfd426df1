"""Containment against the oracle on 10^6 points, a third of them on an edge or within a micrometre of one."""

from collections.abc import Iterable

from containment_points import Tally, agree
from proof import Proof

POINTS = 1_000_000


def proofs(seed: int) -> Iterable[Proof]:
    tally = Tally()
    part = 0
    while tally.points < POINTS:
        tally += agree(seed + part, points=10_000)
        part += 1
    note = f"{tally.on_edge} exactly on an edge, {tally.exact} decided by fractions; worst distance off {tally.worst_m:.2e} m"
    yield Proof("containment_vs_oracle", tally.points, tally.failures, seed, tally.failures == 0, note)
