"""A timetable: which request gets which volume when, and what that is worth.

Time is counted in steps from `Timetable.origin`. Timetables are compared first by the approved flights that they drop,
then by those that they move, then by what they are worth: one whole number, the same for a solver, for the greedy
placement that it is compared with, and for whoever checks either. docs/timetable.md tells its parts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple

from rangeops.domain.slot_terms import LOWEST_PRIORITY
from rangeops.domain.volumes import VolumeId

PLACED: Final = 1000  # for each grade of priority
OFF_AN_HOUR: Final = 40  # for each hour away from the preferred start
FARTHEST: Final = timedelta(hours=12)  # off counts no more than this
SECOND_CHOICE: Final = 100  # for each volume that the request would rather have had
CHOICES: Final = 4  # a later choice counts as this one: what is placed is always worth something
FAIR_SHARE: Final = 600  # a company's first flight; its k-th gets a k-th of it


@dataclass(frozen=True, slots=True)
class Placement:
    """start: the first step in which the volume is taken."""

    volume: VolumeId
    start: int


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants.

    volumes: any of these, the preferred one first. steps: how long it holds the volume, set-up, clear-down and the gap
    to the next included. windows: (first step, step after the last) within which all of it must lie.
    needs: resources by name (a radio channel's band, a crew, a mast) and how many of each it takes, but for the last
    `gap` of its steps: then only its volume isn't free yet.
    present: where it stands today; is_approved: it stays there unless something keeps it from it; is_fixed: it stays.
    """

    id: str
    company: str
    asked: datetime
    volumes: tuple[VolumeId, ...]
    steps: int
    windows: tuple[tuple[int, int], ...]
    priority: int = LOWEST_PRIORITY
    preferred: int | None = None
    needs: tuple[tuple[str, int], ...] = ()
    gap: int = 0
    present: Placement | None = None
    is_approved: bool = False
    is_fixed: bool = False

    @property
    def busy_steps(self) -> int:
        """For how long it has what it needs."""
        return self.steps - self.gap

    @property
    def is_held(self) -> bool:
        """It has a place today that isn't to be taken from it for anybody's wish."""
        return self.present is not None and (self.is_approved or self.is_fixed)


@dataclass(frozen=True, slots=True)
class Closure:
    """A volume that nobody has from `start` until before `end`."""

    volume: VolumeId
    start: int
    end: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """So much of a resource is used from `start` until before `end` by what isn't the timetable's to place."""

    resource: str
    amount: int
    start: int
    end: int


@dataclass(frozen=True)
class Timetable:
    """Everything that is known before anything is placed.

    starts_every: flights begin at each so many steps from the origin (what is approved may have begun elsewhere).
    excludes: pairs of volumes that share air. capacities: of each resource that is limited; one that isn't named isn't.
    taken: of those, at no time more than there is.
    """

    origin: datetime
    step: timedelta
    steps: int
    requests: tuple[Request, ...]
    starts_every: int = 1
    excludes: frozenset[frozenset[VolumeId]] = frozenset()
    capacities: Mapping[str, int] | None = None
    closures: tuple[Closure, ...] = ()
    taken: tuple[Taken, ...] = ()

    def at(self, step: int) -> datetime:
        return self.origin + step * self.step

    def exclude(self, one: VolumeId, other: VolumeId) -> bool:
        return one == other or frozenset((one, other)) in self.excludes

    def capacity(self, resource: str) -> int | None:
        return (self.capacities or {}).get(resource)

    @cached_property
    def volumes(self) -> tuple[VolumeId, ...]:
        wished = {volume for request in self.requests for volume in request.volumes}
        return tuple(sorted(wished | {request.present.volume for request in self.requests if request.present}))

    @cached_property
    def shared_air(self) -> tuple[frozenset[VolumeId], ...]:
        """The largest sets of volumes of which any two exclude each other: one flight a set and step."""
        neighbours = {
            one: {two for two in self.volumes if two != one and self.exclude(one, two)} for one in self.volumes
        }
        return tuple(_cliques(frozenset(), set(self.volumes), set(), neighbours))

    @cached_property
    def _closed(self) -> Mapping[VolumeId, tuple[Closure, ...]]:
        closed: dict[VolumeId, list[Closure]] = defaultdict(list)
        for closure in self.closures:
            closed[closure.volume].append(closure)
        return {volume: tuple(each) for volume, each in closed.items()}

    def closures_of(self, placement: Placement, steps: int) -> Iterator[Closure]:
        """What is closed while a placement would hold its volume."""
        for closure in self._closed.get(placement.volume, ()):
            if placement.start < closure.end and closure.start < placement.start + steps:
                yield closure

    def candidates(self, request: Request) -> Iterator[Placement]:
        """Everywhere a request could be if it were alone. What is fixed is where it is; what is approved may stay."""
        if request.is_fixed and request.present is not None:
            yield request.present
            return
        stays = request.present if request.is_held else None
        if stays is not None and self._is_open(stays, request):
            yield stays
        for placement in self.wished(request):
            if placement != stays and self._is_open(placement, request):
                yield placement

    def wished(self, request: Request) -> Iterator[Placement]:
        """Everywhere within its windows, closed or not."""
        starts = {
            start
            for first, end in request.windows
            for start in range(max(0, first), min(end, self.steps) - request.steps + 1)
            if start % self.starts_every == 0
        }
        for volume in request.volumes:
            for start in sorted(starts):
                yield Placement(volume, start)

    def _is_open(self, placement: Placement, request: Request) -> bool:
        return next(self.closures_of(placement, request.steps), None) is None

    def worth(self, request: Request, placement: Placement) -> int:
        """What one placement adds, fairness apart. Always more than nothing."""
        value = PLACED * request.priority
        if request.preferred is not None:
            off = abs(placement.start - request.preferred) * self.step
            value -= OFF_AN_HOUR * min(off, FARTHEST) // timedelta(hours=1)
        if placement.volume in request.volumes:
            value -= SECOND_CHOICE * min(request.volumes.index(placement.volume), CHOICES)
        return value


Placements = Mapping[str, Placement]
"""By request. One that isn't there wasn't placed."""


class Standing(NamedTuple):
    """How good a timetable is; the larger one is better. kept: approved flights that have a place; unmoved: their own."""

    kept: int
    unmoved: int
    worth: int


@dataclass(frozen=True, slots=True)
class Solution:
    """A timetable and how good it is. by: who made it.

    fewest_moves: proved that no timetable drops fewer approved flights, or as few and moves fewer.
    bound: proved that no timetable with as few moves is worth more; None where nobody proved anything.
    """

    placements: Placements
    standing: Standing
    fewest_moves: bool
    bound: int | None
    seconds: float
    by: str

    @property
    def gap(self) -> float | None:
        """How much more a timetable might be worth, as a share of what this one is; 0.0: proved the best there is."""
        if self.bound is None:
            return None
        return max(0, self.bound - self.standing.worth) / max(1, self.standing.worth)


def fair_share(place: int) -> int:
    """What a company's flight number `place` (from 1) of this timetable adds."""
    return FAIR_SHARE // place


def standing(timetable: Timetable, placements: Placements) -> Standing:
    flights: dict[str, int] = defaultdict(int)
    kept = unmoved = total = 0
    for request in timetable.requests:
        if (placement := placements.get(request.id)) is not None:
            flights[request.company] += 1
            total += timetable.worth(request, placement) + fair_share(flights[request.company])
            kept += request.is_held
            unmoved += request.is_held and placement == request.present
    return Standing(kept, unmoved, total)


def defects(timetable: Timetable, placements: Placements) -> Iterator[str]:
    """Whatever is wrong with a timetable, one clause each; nothing: it can be flown. Looks at every pair."""
    placed = [(request, placements[request.id]) for request in timetable.requests if request.id in placements]
    for number, (request, placement) in enumerate(placed):
        if placement not in set(timetable.candidates(request)):
            yield f"{request.id} is outside its windows, its volumes or what is open"
        for other, elsewhere in placed[:number]:
            if meet(request, placement, other, elsewhere) and timetable.exclude(placement.volume, elsewhere.volume):
                yield f"{request.id} and {other.id} are in the same air"
    for (resource, step), amount in sorted(in_use(placed, timetable.taken).items()):
        capacity = timetable.capacity(resource)
        if capacity is not None and amount > capacity:
            yield f"{amount} of {resource} are needed in step {step}, there are {capacity}"


def used_up(
    timetable: Timetable, used: Mapping[tuple[str, int], int], request: Request, place: Placement
) -> Iterator[str]:
    for resource, amount in request.needs:
        capacity = timetable.capacity(resource)
        steps = range(place.start, place.start + request.busy_steps)
        if capacity is not None and any(used.get((resource, step), 0) + amount > capacity for step in steps):
            yield resource


def meet(one: Request, here: Placement, other: Request, there: Placement) -> bool:
    return here.start < there.start + other.steps and there.start < here.start + one.steps


def in_use(placed: Iterable[tuple[Request, Placement]], taken: Iterable[Taken]) -> dict[tuple[str, int], int]:
    """By resource and step."""
    used: dict[tuple[str, int], int] = defaultdict(int)
    for each in taken:
        for step in range(each.start, each.end):
            used[each.resource, step] += each.amount
    for request, placement in placed:
        for resource, amount in request.needs:
            for step in range(placement.start, placement.start + request.busy_steps):
                used[resource, step] += amount
    return used


def _cliques(
    chosen: frozenset[VolumeId],
    candidates: set[VolumeId],
    done: set[VolumeId],
    neighbours: Mapping[VolumeId, set[VolumeId]],
) -> Iterator[frozenset[VolumeId]]:
    """Bron and Kerbosch, Communications of the ACM 16 (1973), with a pivot: every maximal set of mutual neighbours, once."""
    if not candidates and not done:
        yield chosen
        return
    pivot = max(sorted(candidates | done), key=lambda volume: len(neighbours[volume] & candidates))
    for volume in sorted(candidates - neighbours[pivot]):
        near = neighbours[volume]
        yield from _cliques(chosen | {volume}, candidates & near, done & near, neighbours)
        candidates = candidates - {volume}
        done = done | {volume}
