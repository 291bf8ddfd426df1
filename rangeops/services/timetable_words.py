"""A timetable in words: where everything is, and why a request has no place, in a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rangeops.domain.timetable import Solution, Timetable, standing
from rangeops.domain.timetable_greedy import placed_greedily
from rangeops.domain.timetable_reading import Blocked, blocked, differences
from rangeops.domain.volumes import VolumeId
from rangeops.services.changes import span

_NAMED: Final = 3  # of many
_AS_THEY_ARE: Final[Mapping[VolumeId, str]] = {}


def why_not(timetable: Timetable, blocked: Blocked, names: Mapping[VolumeId, str] = _AS_THEY_ARE) -> str:
    """names: of volumes, where people know them by another."""
    if blocked.nearest is None:
        if not blocked.closures:
            return "nothing is open for it, long enough, within the times that it asked for"
        whys = dict.fromkeys(
            each.why or f"{names.get(each.volume, each.volume)} is closed" for each in blocked.closures
        )
        return f"closed at every time that it asked for: {_some(tuple(whys))}"
    volume, first = blocked.nearest.volume, blocked.nearest.start
    where = span(timetable.at(first), timetable.at(first + blocked.request.busy_steps))
    taken = (
        [f"{_some(blocked.requests)} {'is' if len(blocked.requests) == 1 else 'are'} there"] if blocked.requests else []
    )
    taken += [f"no {each} is left" for each in blocked.resources]
    others = blocked.places - 1
    more = (
        f"; as much or more is in the way at its {others} other {'time' if others == 1 else 'times'}" if others else ""
    )
    return f"nearest to free is {names.get(volume, volume)} {where}: {', '.join(taken)}{more}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_NAMED])} and {more} more"


@dataclass(frozen=True, slots=True)
class Row:
    """One request. change: as domain.timetable_reading.Change has it. volume, starts, ends: None where it has no place."""

    request: str
    company: str
    change: str
    volume: str | None
    starts: datetime | None
    ends: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class SolvedFile:
    """What a solution says, and first come, first served beside it (greedy_)."""

    by: str
    seconds: float
    worth: int
    bound: int | None
    gap: float | None
    fewest_moves: bool
    placed: int
    greedy_worth: int
    greedy_placed: int
    rows: tuple[Row, ...]


def solved_file(timetable: Timetable, solution: Solution) -> SolvedFile:
    why = {each.request.id: why_not(timetable, each) for each in blocked(timetable, solution.placements)}
    rows = []
    for each in differences(timetable, solution.placements):
        request, place = each.request, each.after
        rows.append(
            Row(
                request=request.id,
                company=request.company,
                change=each.change.value,
                volume=None if place is None else place.volume,
                starts=None if place is None else timetable.at(place.start),
                ends=None if place is None else timetable.at(place.start + request.steps),
                why=why.get(request.id, ""),
            )
        )
    greedy = placed_greedily(timetable)
    return SolvedFile(
        by=solution.by,
        seconds=round(solution.seconds, 3),
        worth=solution.standing.worth,
        bound=solution.bound,
        gap=solution.gap,
        fewest_moves=solution.fewest_moves,
        placed=len(solution.placements),
        greedy_worth=standing(timetable, greedy).worth,
        greedy_placed=len(greedy),
        rows=tuple(rows),
    )
