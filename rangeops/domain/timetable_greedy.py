"""First come, first served: a timetable as a desk makes it by hand."""

from collections import defaultdict
from datetime import datetime

from rangeops.domain.timetable import Placement, Request, Solution, Timetable, in_use, standing, used_up
from rangeops.domain.volumes import VolumeId


def placed_greedily(timetable: Timetable) -> dict[str, Placement]:
    """First come, first served: what is approved stays if it can, then by priority and the time of asking.

    Each takes the best place left for itself. It is what a desk does by hand, what a solver is compared with, and what
    is offered when the solver is cut off.
    """
    placements: dict[str, Placement] = {}
    air = _Air(timetable)
    for request in sorted(timetable.requests, key=_turn):
        places = list(timetable.candidates(request))
        places.sort(key=lambda each: (request.is_held and each != request.present, -timetable.worth(request, each)))
        for placement in places:
            if air.is_free(request, placement):
                air.take(request, placement)
                placements[request.id] = placement
                break
    return placements


def _turn(request: Request) -> tuple[bool, bool, int, datetime, str]:
    return not request.is_fixed, not request.is_approved, -request.priority, request.asked, request.id


class _Air:
    """What is taken so far: steps of volumes, and resources."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        self._taken: dict[VolumeId, set[int]] = defaultdict(set)
        self._used = in_use((), timetable.taken)

    def is_free(self, request: Request, place: Placement) -> bool:
        steps = range(place.start, place.start + request.steps)
        if not self._taken[place.volume].isdisjoint(steps):
            return False
        return next(used_up(self._timetable, self._used, request, place), None) is None

    def take(self, request: Request, place: Placement) -> None:
        steps = range(place.start, place.start + request.steps)
        for volume in {place.volume, *self._timetable.volumes}:
            if self._timetable.exclude(volume, place.volume):
                self._taken[volume].update(steps)
        for resource, amount in request.needs:
            for step in steps[: request.busy_steps]:
                self._used[resource, step] += amount


def greedy_solution(timetable: Timetable, by: str) -> Solution:
    """The same as a solution. by: why nobody did better. What it moves may be more than it must."""
    placements = placed_greedily(timetable)
    return Solution(placements, standing(timetable, placements), fewest_moves=False, bound=None, seconds=0.0, by=by)
