"""Every pair of 200 vehicles, as the watch judges them: from reports already in the site frame to who meets whom.

They fly all over one range in any direction, so that far more of them meet than ever would.
"""

import random
from collections.abc import Iterator

from bench_row import Row, cpu_s, row

from rangeops.domain.separation import AllPairs, Mover, Movers
from rangeops.domain.separation_rules import SeparationRules

ROWS = ("pairs_us",)
VEHICLES = 200
TIMES = 50


def movers(east_m: float, north_m: float) -> list[Mover]:
    chance = random.Random(4)
    return [
        Mover(
            east_m=chance.uniform(-east_m, east_m),
            north_m=chance.uniform(-north_m, north_m),
            altitude_amsl_m=chance.uniform(50, 125),
            east_mps=chance.uniform(-10, 10),
            north_mps=chance.uniform(-10, 10),
            up_mps=chance.choice((0.0, 0.0, 2.5, -1.5)),
            age_s=chance.uniform(0, 0.3),
            error_m=3.0,
            error_up_m=4.0,
        )
        for _ in range(VEHICLES)
    ]


def pairs_us(reports: list[Mover]) -> tuple[float, int]:
    pairs, rule = AllPairs(), SeparationRules().drones

    def judge() -> None:
        for _ in range(TIMES):
            pairs.encounters(Movers(reports), rule)

    return cpu_s(judge) / TIMES * 1e6, len(pairs.encounters(Movers(reports), rule))


def rows() -> Iterator[Row]:
    taken_us, found = pairs_us(movers(1650, 758))
    yield row(
        "pairs_us", taken_us, "us", 500, note=f"200 vehicles over one range, 19900 pairs, {found} to be looked at"
    )
