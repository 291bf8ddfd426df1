"""A timetable as whole-number programme: one yes or no for each place that a request could have, and rows over them.

The same rows for every engine. A row is kept only for a step in which some flight could begin, or something is taken otherwise:
whatever holds the air or a resource in another step held it in the one before.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass

from rangeops.domain.timetable import Placement, Placements, Request, Standing, Timetable, fair_share

Row = tuple[int, ...]  # numbers of choices
Limit = tuple[tuple[tuple[int, int], ...], int]  # numbers of choices, how much each takes; of how much


@dataclass(frozen=True, slots=True)
class Choice:
    request: Request
    placement: Placement


@dataclass(frozen=True)
class Programme:
    """Choose, so that the gains are the largest.

    at_most_one: of each row's choices. at_most: of each limit's amounts. at_least: that many of each row's choices.
    shares: for each company its choices, and what each further flight of it adds, falling.
    """

    choices: tuple[Choice, ...]
    gains: tuple[int, ...]
    at_most_one: tuple[Row, ...]
    at_most: tuple[Limit, ...]
    at_least: tuple[tuple[Row, int], ...] = ()
    shares: tuple[tuple[Row, tuple[int, ...]], ...] = ()

    def placements(self, is_chosen: Callable[[int], bool]) -> Placements:
        return {each.request.id: each.placement for number, each in enumerate(self.choices) if is_chosen(number)}

    def chosen_in(self, placements: Placements) -> list[bool]:
        return [placements.get(each.request.id) == each.placement for each in self.choices]


def keep_most(timetable: Timetable) -> Programme:
    """Of what is held today keep as many as can be, and of these as many as can be where they are. No wish counts."""
    held = [each for each in timetable.requests if each.is_held]
    choices = _choices(timetable, held)
    gains = tuple(len(held) + 1 + (each.placement == each.request.present) for each in choices)
    return Programme(choices, gains, *_rows(timetable, choices))


def worth_most(timetable: Timetable, least: Standing) -> Programme:
    """The largest worth with as much kept, and as much where it is, as in `least`."""
    choices = _choices(timetable, timetable.requests)
    held = [number for number, each in enumerate(choices) if each.request.is_held]
    unmoved = tuple(number for number in held if choices[number].placement == choices[number].request.present)
    of_company = _grouped(choices, lambda choice: choice.request.company)
    return Programme(
        choices,
        tuple(timetable.worth(each.request, each.placement) for each in choices),
        *_rows(timetable, choices),
        at_least=tuple(
            (row, amount) for row, amount in ((tuple(held), least.kept), (unmoved, least.unmoved)) if amount
        ),
        shares=tuple((row, _shares(choices, row)) for row in of_company.values()),
    )


def _choices(timetable: Timetable, requests: Iterable[Request]) -> tuple[Choice, ...]:
    return tuple(Choice(request, place) for request in requests for place in timetable.candidates(request))


def _shares(choices: tuple[Choice, ...], row: Row) -> tuple[int, ...]:
    flights = len({choices[number].request.id for number in row})
    return tuple(fair_share(place) for place in range(1, flights + 1))


def _rows(timetable: Timetable, choices: tuple[Choice, ...]) -> tuple[tuple[Row, ...], tuple[Limit, ...]]:
    alone = dict.fromkeys(_grouped(choices, lambda choice: choice.request.id).values())
    for air in timetable.shared_air:
        inside = [number for number, each in enumerate(choices) if each.placement.volume in air]
        alone |= dict.fromkeys(row for _, row in _at_once(choices, inside, lambda request: request.steps))
    limited: dict[Limit, None] = {}
    for resource, capacity in (timetable.capacities or {}).items():
        needs = {number: dict(each.request.needs).get(resource, 0) for number, each in enumerate(choices)}
        taken = [each for each in timetable.taken if each.resource == resource]
        using = [number for number, amount in needs.items() if amount]
        begun = [each.start for each in taken]
        for step, row in _at_once(choices, using, lambda request: request.busy_steps, also=begun):
            amounts = tuple((number, needs[number]) for number in row)
            left = capacity - sum(each.amount for each in taken if each.start <= step < each.end)
            if left == 1 and max(needs[number] for number in row) == 1:
                alone[row] = None
            elif _most_at_once(choices, amounts) > left:
                limited[amounts, left] = None
    return tuple(row for row in alone if len(row) > 1), tuple(limited)


def _most_at_once(choices: tuple[Choice, ...], amounts: Iterable[tuple[int, int]]) -> int:
    """If every request that could be there were."""
    return sum({choices[number].request.id: amount for number, amount in amounts}.values())


def _at_once(
    choices: tuple[Choice, ...], numbers: list[int], lasts: Callable[[Request], int], also: Iterable[int] = ()
) -> Iterable[tuple[int, Row]]:
    """For each step in which one of the choices begins, or that is given too: those that go on in it, if any do."""
    starts = sorted({choices[number].placement.start for number in numbers} | {*also})
    going: dict[int, list[int]] = defaultdict(list)
    for number in numbers:
        first, steps = choices[number].placement.start, lasts(choices[number].request)
        for start in starts[bisect_left(starts, first) : bisect_left(starts, first + steps)]:
            going[start].append(number)
    return [(start, tuple(going[start])) for start in starts if going[start]]


def _grouped(choices: tuple[Choice, ...], key: Callable[[Choice], Hashable]) -> Mapping[Hashable, Row]:
    grouped: dict[Hashable, list[int]] = defaultdict(list)
    for number, choice in enumerate(choices):
        grouped[key(choice)].append(number)
    return {name: tuple(numbers) for name, numbers in grouped.items()}
