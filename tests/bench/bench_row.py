"""One row of build/bench.json, and how CPU time is taken."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """value <= limit holds, unless at_least: then value >= limit. peer: what a ratio is against."""

    id: str
    value: float
    unit: str
    limit: float
    holds: bool
    peer: str = ""
    note: str = ""


def row(
    name: str, value: float, unit: str, limit: float, *, peer: str = "", note: str = "", at_least: bool = False
) -> Row:
    return Row(name, value, unit, limit, value >= limit if at_least else value <= limit, peer, note)


def cpu_s(work: Callable[[], object], *, repeats: int = 5) -> float:
    """Median CPU seconds of one call, after a warm-up."""
    work()
    taken = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return statistics.median(taken)


def cpu_pair_s(ours: Callable[[], object], theirs: Callable[[], object], *, repeats: int = 5) -> tuple[float, float]:
    """Both medians, measured in turns, so that a machine that slows down slows both."""
    ours(), theirs()
    mine, peers = [], []
    for _ in range(repeats):
        for work, taken in ((ours, mine), (theirs, peers)):
            started = time.process_time()
            work()
            taken.append(time.process_time() - started)
    return statistics.median(mine), statistics.median(peers)
