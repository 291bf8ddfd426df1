"""What a timetable says to people: what it changes, and why a request has no place in it."""

from dataclasses import dataclass
from enum import Enum

from rangeops.domain.timetable import Closure, Placement, Placements, Request, Timetable, in_use, meet, used_up


class Change(Enum):
    NEW = "new"
    KEPT = "kept"
    MOVED = "moved"
    DROPPED = "dropped"
    UNPLACED = "unplaced"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a timetable does to one request."""

    request: Request
    change: Change
    before: Placement | None
    after: Placement | None


def differences(timetable: Timetable, placements: Placements) -> tuple[Difference, ...]:
    """Against where everything stands today, in the order of the requests."""

    def change(before: Placement | None, after: Placement | None) -> Change:
        if before is None:
            return Change.UNPLACED if after is None else Change.NEW
        if after is None:
            return Change.DROPPED
        return Change.KEPT if before == after else Change.MOVED

    return tuple(
        Difference(each, change(each.present, placements.get(each.id)), each.present, placements.get(each.id))
        for each in timetable.requests
    )


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a request has no place. None of these: its windows are shorter than it is.

    nearest: the place with the least in its way. requests: who is there. resources: what is used up there.
    closures: what closes every place that it wished for, where nothing is open at all.
    """

    request: Request
    places: int  # that are open to it if it were alone
    nearest: Placement | None = None
    requests: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    closures: tuple[Closure, ...] = ()


def blocked(timetable: Timetable, placements: Placements) -> tuple[Blocked, ...]:
    """Why each request that wasn't placed has no place, by the place with the least in its way."""
    return tuple(_why(timetable, placements, each) for each in timetable.requests if each.id not in placements)


def _why(timetable: Timetable, placements: Placements, request: Request) -> Blocked:
    places = list(timetable.candidates(request))
    if not places:
        closed = (found for place in timetable.wished(request) for found in timetable.closures_of(place, request.steps))
        return Blocked(request, 0, closures=tuple(dict.fromkeys(closed)))
    placed = [(each, placements[each.id]) for each in timetable.requests if each.id in placements]
    used = in_use(placed, timetable.taken)

    def in_the_way(place: Placement) -> tuple[tuple[str, ...], tuple[str, ...]]:
        rivals = tuple(
            other.id
            for other, elsewhere in placed
            if meet(request, place, other, elsewhere) and timetable.exclude(place.volume, elsewhere.volume)
        )
        return rivals, tuple(used_up(timetable, used, request, place))

    found = {place: in_the_way(place) for place in places}
    nearest = min(places, key=lambda place: (sum(map(len, found[place])), -timetable.worth(request, place)))
    return Blocked(request, len(places), nearest, *found[nearest])
