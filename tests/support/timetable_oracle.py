"""The best timetable by trying all of them, with its own idea of what clashes: sets of taken minutes. For a few requests."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import product

from hypothesis import strategies as st
from range_weeks import MONDAY, STEP

from rangeops.domain.timetable import Closure, Placement, Request, Standing, Taken, Timetable
from rangeops.domain.volumes import VolumeId

VOLUMES = (VolumeId("A"), VolumeId("B"), VolumeId("AB"))
EXCLUDES = frozenset(frozenset((VolumeId("AB"), each)) for each in VOLUMES[:2])
STEPS = 8


def every_timetable(timetable: Timetable) -> Iterator[dict[str, Placement]]:
    """Each that can be flown, the empty one too."""
    open_to = [[None, *_places(timetable, request)] for request in timetable.requests]
    for places in product(*open_to):
        placed = {r.id: place for r, place in zip(timetable.requests, places, strict=True) if place is not None}
        if _can_be_flown(timetable, placed):
            yield placed


def best_standing(timetable: Timetable) -> Standing:
    return max(naive_standing(timetable, each) for each in every_timetable(timetable))


def naive_standing(timetable: Timetable, placed: dict[str, Placement]) -> Standing:
    flights: Counter[str] = Counter()
    kept = unmoved = worth = 0
    for request in timetable.requests:
        if (place := placed.get(request.id)) is None:
            continue
        flights[request.company] += 1
        minutes_off = 0 if request.preferred is None else abs(place.start - request.preferred) * 15
        worth += 1000 * request.priority + 600 // flights[request.company] - 40 * minutes_off // 60
        worth -= 100 * request.volumes.index(place.volume) if place.volume in request.volumes else 0
        held = request.present is not None and (request.is_approved or request.is_fixed)
        kept += held
        unmoved += held and place == request.present
    return Standing(kept, unmoved, worth)


def _places(timetable: Timetable, request: Request) -> list[Placement]:
    held = request.present is not None and (request.is_approved or request.is_fixed)
    wished = {
        Placement(volume, start)
        for volume in request.volumes
        for start in range(0, timetable.steps, timetable.starts_every)
        if any(first <= start and start + request.steps <= min(end, timetable.steps) for first, end in request.windows)
    }
    if request.is_fixed:
        return [request.present]
    return [each for each in wished | ({request.present} if held else set()) if _is_open(timetable, request, each)]


def _is_open(timetable: Timetable, request: Request, place: Placement) -> bool:
    return not any(
        closure.volume == place.volume and set(range(closure.start, closure.end)) & _taken(request, place)
        for closure in timetable.closures
    )


def _taken(request: Request, place: Placement) -> set[int]:
    return set(range(place.start, place.start + request.steps))


def _can_be_flown(timetable: Timetable, placed: dict[str, Placement]) -> bool:
    air: set[tuple[str, int]] = set()
    used: dict[tuple[str, int], int] = defaultdict(int)
    for each in timetable.taken:
        for step in range(each.start, each.end):
            used[each.resource, step] += each.amount
    for request in timetable.requests:
        if (place := placed.get(request.id)) is None:
            continue
        parts = ("A", "B") if place.volume == "AB" else (place.volume,)  # the whole is its two parts
        for step in _taken(request, place):
            for part in parts:
                if (part, step) in air:
                    return False
                air.add((part, step))
            for resource, amount in request.needs if step < place.start + request.steps - request.gap else ():
                used[resource, step] += amount
                if used[resource, step] > (timetable.capacities or {}).get(resource, amount + 99):
                    return False
    return True


@st.composite
def small_timetables(draw: st.DrawFn, *, held: bool) -> Timetable:
    """Up to four requests. held: some stand somewhere already, and not always where they still can."""
    requests = tuple(_request(draw, number, held=held) for number in range(draw(st.integers(1, 4))))
    closures = draw(st.lists(st.tuples(st.sampled_from(VOLUMES), st.integers(0, 6), st.integers(1, 3)), max_size=2))
    crews = draw(st.lists(st.integers(0, 2), min_size=STEPS + 4, max_size=STEPS + 4) | st.just([]))
    taken = tuple(Taken("crew", amount, step, step + 1) for step, amount in enumerate(crews) if amount)
    return Timetable(
        origin=MONDAY,
        step=STEP,
        steps=STEPS,
        requests=requests,
        starts_every=draw(st.sampled_from((1, 2))),
        excludes=EXCLUDES,
        capacities={"crew": 2, "radar": 1},
        closures=tuple(Closure(volume, start, start + steps) for volume, start, steps in closures),
        taken=taken,
    )


def _request(draw: st.DrawFn, number: int, *, held: bool) -> Request:
    first = draw(st.integers(0, 4))
    steps = draw(st.integers(1, 3))
    present = None
    if held and draw(st.booleans()):
        present = Placement(draw(st.sampled_from(VOLUMES)), draw(st.integers(0, STEPS - steps)))
    needs = draw(st.dictionaries(st.sampled_from(("crew", "radar")), st.integers(1, 2), max_size=2))
    return Request(
        id=f"R{number}",
        company=draw(st.sampled_from(("acme", "other"))),
        asked=MONDAY,
        volumes=tuple(draw(st.lists(st.sampled_from(VOLUMES), min_size=1, max_size=2, unique=True))),
        steps=steps,
        windows=((first, draw(st.integers(first + 1, STEPS))),),
        priority=draw(st.integers(1, 4)),
        preferred=draw(st.none() | st.integers(0, STEPS)),
        needs=tuple(sorted((needs | ({"radar": 1} if "radar" in needs else {})).items())),
        gap=draw(st.integers(0, steps - 1)),
        present=present,
        is_approved=present is not None,
    )
