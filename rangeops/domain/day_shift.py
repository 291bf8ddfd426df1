"""A delay during the day: which of the later slots move, and by how little.

The harm of a proposal is the sum over all moved slots of minutes times priority; one that finds no place within the day
counts as much as half a day. Up to five slots in each other's way are tried in every order, more in that of priority and
time. Nothing is moved earlier: people are on their way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Final

from rangeops.domain.slots import Slot, SlotId

MOST_TRIED: Final = 5
_NO_PLACE: Final = timedelta(hours=12)

Fits = Callable[[Slot, Sequence[Slot]], bool]
"""Whether a slot can be held beside these and whatever else holds air, with the rules of the range."""


@dataclass(frozen=True, slots=True)
class Day:
    """until: what can't be placed before is told as such. gap: between two slots in one volume.

    edges: other moments at which something may begin to fit, as the ends of closures.
    """

    until: datetime
    gap: timedelta
    edges: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """One slot, from its old time to another; to None: it finds no place, and somebody must decide."""

    slot: SlotId
    version: int
    starts: datetime
    ends: datetime
    new_starts: datetime | None
    new_ends: datetime | None


@dataclass(frozen=True, slots=True)
class Shift:
    """What a delay leads to. harm: minutes times priority."""

    moves: tuple[Move, ...]
    harm: float

    @property
    def unplaced(self) -> tuple[Move, ...]:
        return tuple(move for move in self.moves if move.new_starts is None)


def least_harm(delayed: Slot, later: Sequence[Slot], fits: Fits, day: Day) -> Shift:
    """The proposal with the least harm. delayed: at its new time. later: those that may have to move, as they stand."""
    orders: Iterable[Sequence[Slot]]
    if len(later) <= MOST_TRIED:
        orders = permutations(later)
    else:
        orders = [sorted(later, key=lambda slot: (-slot.terms.priority, slot.starts, slot.id))]
    best: tuple[float, Mapping[SlotId, Slot | None]] | None = None
    for order in orders:
        placed = _place(delayed, order, fits, day)
        harm = sum(_harm(slot, placed[slot.id]) for slot in later)
        if best is None or harm < best[0]:
            best = harm, placed
        if harm == 0:
            break
    assert best is not None  # there is always one order, if only the empty one
    moves = tuple(_move(slot, best[1][slot.id]) for slot in later if best[1][slot.id] != slot)
    return Shift(moves, best[0])


def _place(delayed: Slot, order: Sequence[Slot], fits: Fits, day: Day) -> dict[SlotId, Slot | None]:
    """Each in turn at the earliest time, not before its own, at which it fits beside those before it."""
    fixed: list[Slot] = [delayed]
    placed: dict[SlotId, Slot | None] = {}
    for slot in order:
        set_up = slot.starts - slot.held_from
        behind = (edge + set_up for edge in (*(other.held_until + day.gap for other in fixed), *day.edges))
        starts = sorted({slot.starts, *behind})
        moved = (at(slot, start) for start in starts if start >= slot.starts)
        found = next((each for each in moved if each.held_until <= day.until and fits(each, fixed)), None)
        placed[slot.id] = found
        if found is not None:
            fixed.append(found)
    return placed


def at(slot: Slot, starts: datetime) -> Slot:
    """The slot at another time, as long as it was."""
    return replace(slot, starts=starts, ends=starts + (slot.ends - slot.starts))


def _harm(slot: Slot, placed: Slot | None) -> float:
    shift = _NO_PLACE if placed is None else placed.starts - slot.starts
    return shift.total_seconds() / 60 * slot.terms.priority


def _move(slot: Slot, placed: Slot | None) -> Move:
    new = (None, None) if placed is None else (placed.starts, placed.ends)
    return Move(slot.id, slot.version, slot.starts, slot.ends, *new)
