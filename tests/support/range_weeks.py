"""Weeks of a test range's requests, from a seed: what companies ask for and how they ask. No day of a real range is in it.

`python -m tests.support.range_weeks` writes the kept instances anew, to tests/data/timetables/.
"""

import random
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Final

from rangeops.adapters.formats.timetable_file import write_timetable
from rangeops.domain.timetable import Closure, Request, Timetable
from rangeops.domain.volumes import VolumeId

FOLDER: Final = Path(__file__).parents[1] / "data" / "timetables"
SEEDS: Final = (11, 12, 13, 14, 15)

MONDAY: Final = datetime(2026, 11, 30, tzinfo=UTC)
STEP: Final = timedelta(minutes=15)
HOUR: Final = 4
HALF_HOUR: Final = 2
DAY: Final = 24 * HOUR
NOON_H: Final = 12.5
OPENS, CLOSES = 7 * HOUR, 16 * HOUR  # UTC
HALF_DAYS: Final = ((7 * HOUR, 12 * HOUR), (11 * HOUR, 16 * HOUR), (9 * HOUR, 14 * HOUR))  # UTC
VOLUMES: Final = tuple(map(VolumeId, ("north", "east", "south", "west", "runway", "whole-field", "tower", "shelters")))
WEIGHTS: Final = (5, 4, 4, 3, 3, 1, 2, 2)
EXCLUDES: Final = frozenset(
    frozenset(map(VolumeId, pair))
    for pair in [
        *(("whole-field", volume) for volume in ("north", "east", "south", "west", "runway", "tower", "shelters")),
        ("runway", "east"),
        ("tower", "north"),
    ]
)
COMPANIES: Final = tuple(f"company-{number:02}" for number in range(1, 25))


class Wish(Enum):
    """How a company asks for its time."""

    APPOINTMENT = "at ten, half an hour either way"
    AROUND = "around ten, an hour either way"
    HALF_DAY = "any time of a morning, a midday or an afternoon"
    EITHER_DAY = "the same, on either of two days"


OF_TEN: Final = {Wish.APPOINTMENT: 3, Wish.AROUND: 4, Wish.HALF_DAY: 2, Wish.EITHER_DAY: 1}


def range_week(seed: int, *, requests: int = 200, days: int = 6) -> Timetable:
    """More is asked for than there is room for, most of it around noon."""
    rng = random.Random(seed)
    return Timetable(
        origin=MONDAY,
        step=STEP,
        steps=days * DAY,
        requests=tuple(_request(rng, number, days) for number in range(1, requests + 1)),
        starts_every=HALF_HOUR,
        excludes=EXCLUDES,
        capacities={"433 MHz": 2, "868 MHz": 3, "crew": 5, "ground radar": 1},
        closures=tuple(_closures(rng, days)),
    )


def _request(rng: random.Random, number: int, days: int) -> Request:
    steps = rng.choice((2, 2, 3, 4, 4, 4, 6, 8))  # half an hour to two, with set-up and clear-down
    wanted = rng.choices(VOLUMES, WEIGHTS)[0]
    others = [volume for volume in rng.sample(VOLUMES, k=rng.choice((0, 0, 0, 1, 1, 2))) if volume != wanted]
    windows, preferred = _wished(rng, steps, days)
    needs = [("crew", 1)] if rng.random() < 0.5 else []
    needs += [(rng.choice(("433 MHz", "868 MHz")), 1)] if rng.random() < 0.6 else []
    needs += [("ground radar", 1)] if rng.random() < 0.1 else []
    return Request(
        id=f"R{number:03}",
        company=rng.choice(COMPANIES),
        asked=MONDAY - timedelta(minutes=rng.randrange(60 * 24 * 20)),
        volumes=(wanted, *others),
        steps=steps,
        windows=windows,
        priority=rng.choices((1, 2, 3, 5), (6, 4, 2, 1))[0],
        preferred=preferred,
        needs=tuple(sorted(needs)),
    )


def _wished(rng: random.Random, steps: int, days: int) -> tuple[tuple[tuple[int, int], ...], int]:
    wish = rng.choices(tuple(OF_TEN), tuple(OF_TEN.values()))[0]
    on = [rng.randrange(days)]
    start = round(rng.gauss(NOON_H - 1, 2.0) * HOUR / HALF_HOUR) * HALF_HOUR
    start = min(max(start, OPENS), (CLOSES - steps) // HALF_HOUR * HALF_HOUR)
    if wish in (Wish.APPOINTMENT, Wish.AROUND):
        slack = HALF_HOUR if wish is Wish.APPOINTMENT else HOUR
        opens, closes = max(start - slack, OPENS), min(start + steps + slack, CLOSES)
    else:
        opens, closes = rng.choice(HALF_DAYS)
        start = min(max(start, opens), (closes - steps) // HALF_HOUR * HALF_HOUR)
    if wish is Wish.EITHER_DAY:
        on.append(rng.choice([day for day in range(days) if day != on[0]]))
    return tuple((day * DAY + opens, day * DAY + closes) for day in on), on[0] * DAY + start


def _closures(rng: random.Random, days: int) -> list[Closure]:
    closures = [  # crewed traffic on the runway, twice a day
        Closure(VolumeId("runway"), day * DAY + start, day * DAY + start + HOUR, "crewed traffic")
        for day in range(days)
        for start in (9 * HOUR, 14 * HOUR)
    ]
    day = rng.randrange(days)
    return [*closures, Closure(VolumeId("west"), day * DAY, (day + 1) * DAY, "event")]


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for seed in SEEDS:
        (FOLDER / f"week-{seed}.json").write_bytes(write_timetable(range_week(seed)))
