"""One row of build/bench.json, and how CPU time is taken."""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """value <= limit holds, unless at_least: then value >= limit. peer: what a ratio is against.

    value: NaN where nothing was measured, and the note says why; such a row never holds. module: whose row it is.
    """

    id: str
    value: float
    unit: str
    limit: float
    holds: bool
    peer: str = ""
    note: str = ""
    at_least: bool = False
    module: str = ""


def row(
    name: str, value: float, unit: str, limit: float, *, peer: str = "", note: str = "", at_least: bool = False
) -> Row:
    holds = value >= limit if at_least else value <= limit
    return Row(name, value, unit, limit, holds, peer, note, at_least)


def unmeasured(name: str, unit: str, limit: float, why: object, *, peer: str = "", at_least: bool = False) -> Row:
    """Of what isn't on this machine: the row is there, and says so."""
    return row(name, math.nan, unit, limit, peer=peer, note=f"not measured: {why}", at_least=at_least)


def broken(module: str, why: str) -> Row:
    """In the place of what a module would have measured."""
    return Row(module, math.nan, "", math.nan, holds=False, note=f"broken: {why}", module=module)


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
