"""Random range days through the whole stack, and what must hold after each: docs/range-days.md.

`python -m tests.prove --only days --seed N --day K` flies one of them again, and tells its story; `--again` those that the row
says were broken, once what broke them is mended.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from day_flown import fly_day
from proof import Proof

DAYS = 500
TOLD_EVERY = 10  # days: the row is written so often, for who ends it early
A_POOL = 50  # days, then its processes end
MOST_NAMED = 12  # days, in a row


@dataclass(frozen=True)
class Judged:
    """What came of one day. broken: in words."""

    day: int
    flights: int
    minutes: int
    broken: tuple[str, ...]


def proofs(seed: int, days: int = DAYS, day: int | None = None, *, again: Path | None = None) -> Iterable[Proof]:
    """again: the rows among which is that of a run whose broken days are flown once more."""
    if again is not None:
        yield flown_again(next(each for each in json.loads(again.read_text()) if each["id"] == "range_days"))
        return
    if day is not None:
        flown = fly_day(seed, day)
        print("\n".join([*flown.story, *map(str, flown.broken)]))
        yield Proof(
            f"range_day_{day}", 1, int(not flown.holds), seed, flown.holds, f"{flown.flights} flights; {flown.figures}"
        )
        return
    judged: list[Judged] = []
    for each in _all_judged(seed, days):
        judged.append(each)
        if each.broken:
            print(f"day {each.day}: {'; '.join(each.broken[:4])}", flush=True)
        if len(judged) % TOLD_EVERY == 0 or len(judged) == days:
            yield row(judged, days, seed)


def _all_judged(seed: int, days: int) -> Iterable[Judged]:
    """In new processes every so often: max_tasks_per_child, which is there for it, stops for ever (python/cpython 115634)."""
    for begins in range(0, days, A_POOL):
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
            flying = [pool.submit(_judge, seed, day) for day in range(begins, min(begins + A_POOL, days))]
            for done in as_completed(flying):
                yield done.result()


def _judge(seed: int, day: int) -> Judged:
    flown = fly_day(seed, day)
    return Judged(day, flown.flights, flown.figures["minutes"], tuple(map(str, flown.broken)))


def row(judged: list[Judged], days: int, seed: int) -> Proof:
    """Of those that were flown by now; it holds where nothing is broken."""
    failed = sorted(each.day for each in judged if each.broken)
    by_invariant = Counter(invariant for each in judged for invariant in {says[:2] for says in each.broken})
    note = (
        f"of {days}; {sum(each.flights for each in judged)} flights, {sum(each.minutes for each in judged)} min; "
        f"broken: {dict(sorted(by_invariant.items()))}, days {failed[:MOST_NAMED]}"
    )
    return Proof("range_days", len(judged), len(failed), seed, not failed, note)


def flown_again(known: dict) -> Proof:
    """The row of a run, with the days that it names as broken flown by what the tree is now; it says that they were."""
    if not known["failures"]:
        raise SystemExit("the row names no broken day")
    named = re.search(r", days \[([\d, ]*)\]", known["note"])
    days = [int(day) for day in named[1].split(", ")] if named else []
    assert len(days) == known["failures"], f"{known['failures']} days broke and {len(days)} are named: fly all anew"
    broken = []
    for day in days:
        if (judged := _judge(known["seed"], day)).broken:
            print(f"day {day}: {'; '.join(judged.broken[:4])}", flush=True)
            broken.append(day)
    note = f"{known['note']} by {known['commit']}; flown again: broken days {broken}"
    return Proof("range_days", known["runs"], len(broken), known["seed"], not broken, note)
