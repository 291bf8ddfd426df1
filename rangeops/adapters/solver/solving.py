"""The timetable solver: first how little must move, then the best timetable that moves no more, each with its proof."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rangeops.adapters.solver.engines import Engine, Found, branch_and_cut, cp_sat
from rangeops.adapters.solver.model import Programme, keep_most, worth_most
from rangeops.domain.timetable import Placements, Solution, Timetable, standing
from rangeops.domain.timetable_greedy import placed_greedily

_FOR_MOVES: Final = 0.4  # of the time, at most
_MARGIN: Final = 0.97  # of the time: engines look at the clock now and then

_Engines = Sequence[tuple[Engine, float]]
_MOVES_BY: Final[_Engines] = ((cp_sat, 0.7), (branch_and_cut, 1.0))  # of the time that is left when its turn comes
_WORTH_BY: Final[_Engines] = ((branch_and_cut, 0.7), (cp_sat, 1.0))


@dataclass(frozen=True, slots=True)
class TwoEngines:
    """The TimetableSolver port, on OR-Tools."""

    def solve(self, timetable: Timetable, deadline_s: float) -> Solution:
        """The best that is found in time, never worse than the greedy timetable, which is where it begins.

        That one leaves what is held where it is, as far as it can: it is the present timetable with what fits beside.
        """
        started, limit_s = time.monotonic(), deadline_s * _MARGIN
        best: Placements = placed_greedily(timetable)
        fewest_moves = True
        if any(each.is_held for each in timetable.requests):
            moves = _solved(keep_most(timetable), best, _MOVES_BY, started + limit_s * _FOR_MOVES)
            fewest_moves = moves.is_best
            best = _better(timetable, best, moves.placements or {})
        least = standing(timetable, best)
        found = _solved(worth_most(timetable, least), best, _WORTH_BY, started + limit_s)
        best = _better(timetable, best, found.placements or {})
        return Solution(
            best,
            standing(timetable, best),
            fewest_moves=fewest_moves,
            bound=found.bound,
            seconds=time.monotonic() - started,
            by="HiGHS, CP-SAT",
        )


def _better(timetable: Timetable, one: Placements, other: Placements) -> Placements:
    return max(one, other, key=lambda each: standing(timetable, each))


def _solved(programme: Programme, begin: Placements, engines: _Engines, until_s: float) -> Found:
    """By one engine after the other, the second from where the first got to; with the better bound of both."""
    found = Found(None, 0, None)
    for engine, share in engines:
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            break
        latest = engine(programme, found.placements or begin, left_s * share)
        found = _both(found, latest)
        if found.is_best:
            break
    return found


def _both(one: Found, other: Found) -> Found:
    bounds = [each.bound for each in (one, other) if each.bound is not None]
    better = max(one, other, key=lambda each: (each.placements is not None, each.gain))
    return Found(better.placements, better.gain, min(bounds, default=None))
