"""From the slots of some days to a timetable to be solved, by the very rules that a booking is decided with (room.Room).

Each slot's air is a place of its own, named by the slot: how large it is depends on its airframe too. Time is counted in
minutes. What can't be moved (offered, briefed, active, jamming) and what is closed are closures of the others' places;
crews and equipment that can't be had back are taken.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.day_shift import at
from rangeops.domain.now import Now
from rangeops.domain.quotas import held_hours, over_quota, week_of
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.resources import Resource, amount_of, in_stretches, resource_of, shortages
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotState
from rangeops.domain.timetable import Closure, Placement, Request, Taken, Timetable
from rangeops.domain.volumes import VolumeId
from rangeops.services.asking import times_fault
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.registry import missing_papers
from rangeops.services.room import LONGEST_GRACE, Obstacle, Room

MINUTE: Final = timedelta(minutes=1)
_ASKED: Final = frozenset([SlotState.REQUESTED, SlotState.WAITLISTED])


@dataclass(frozen=True, slots=True)
class Span:
    """starts, ends: in which flights begin. within: how far a slot may be moved. every: where in the day they begin."""

    starts: datetime
    ends: datetime
    within: timedelta
    every: timedelta


@dataclass(frozen=True, slots=True)
class Problem:
    """slots: those that have a request in the timetable, by id. left_out: others, and what must be settled first."""

    timetable: Timetable
    slots: tuple[Slot, ...]
    left_out: tuple[tuple[Slot, str], ...]

    def moved(self, slot: Slot, placement: Placement) -> Slot:
        """The slot where a timetable puts it."""
        return at(slot, slot.starts + (placement.start - step_of(self.timetable, slot.held_from)) * MINUTE)


def step_of(timetable: Timetable, moment: datetime) -> int:
    return _nearest(moment - timetable.origin)


class ProblemReader:
    def __init__(self, definition: RangeDefinition, room: Room) -> None:
        self._definition = definition
        self._room = room

    def read(self, work: UnitOfWork, span: Span, now: Now) -> Problem:
        """Raises NotFound, Invalid for slots whose air can't be told."""
        ours = [slot for slot in work.slots.all() if span.starts <= slot.starts < span.ends]
        held = [slot for slot in ours if _may_move(slot, now)]
        asking = sorted((slot for slot in ours if slot.state in _ASKED), key=lambda slot: -slot.terms.priority)
        left_out = tuple(self._left_out(work, asking, now))
        out = {slot.id for slot, _ in left_out}
        left_out += tuple(
            (slot, f"{obstacle.why}; it jams GNSS: move it by hand")
            for slot in ours
            if slot.state is SlotState.APPROVED and slot.terms.jamming is not None
            for obstacle in [*self._room.closed(work, slot)][:1]
        )
        slots = [*held, *(slot for slot in asking if slot.id not in out)]
        slots.sort(key=lambda slot: (len(slot.id), slot.id))  # as they came
        around = max(self._room.gap, LONGEST_GRACE) + span.within
        fixed = [each for each in work.slots.holding(span.starts - around, span.ends + around) if each not in held]
        origin = (span.starts - span.within).replace(second=0, microsecond=0)
        shared = {(one.id, other.id): self._share(one, other) for one, other in _near(slots, span.within)}
        pools = [pair for pair, what in shared.items() if what == "pool"]
        requests = tuple(
            self._request(
                slot, [pool for pool in pools if slot.id in pool], number=number, span=span, origin=origin, now=now
            )
            for number, slot in enumerate(slots)
        )
        steps = (span.ends + span.within - origin) // MINUTE + 24 * 60
        needs = (need for slot in slots for need in slot.terms.needs)
        lent = tuple(dict.fromkeys(resource_of(need, self._definition.resources) for need in needs))
        timetable = Timetable(
            origin=origin,
            step=MINUTE,
            steps=steps,
            requests=requests,
            excludes=frozenset(frozenset(map(VolumeId, pair)) for pair, what in shared.items() if what == "air"),
            capacities={_pool(pair): 1 for pair in pools} | {each.name: each.amount for each in lent},
            closures=tuple(closure for slot in slots for closure in self._closures(work, slot, fixed, span, origin)),
            taken=tuple(each for resource in lent for each in _taken(resource, fixed, origin, steps)),
        )
        return Problem(timetable, tuple(slots), left_out)

    def _left_out(self, work: UnitOfWork, asking: Iterable[Slot], now: Now) -> Iterator[tuple[Slot, str]]:
        """Those that could not be approved wherever they were put, and those that would be too much for their company."""
        hours: dict[tuple[str, datetime], float] = {}
        for slot in asking:
            if slot.held_from <= now.utc:
                yield slot, "its time has come: decide on it by hand"
            elif slot.terms.jamming is not None:
                yield slot, "it jams GNSS: place it by hand, first"
            elif short := next(shortages(slot, (), self._definition.resources), None):
                yield slot, f"it needs {short.wanted} of {short.resource.name}: the range has {short.resource.amount}"
            elif lacking := missing_papers(work, slot, self._definition):
                yield slot, "; ".join(map(str, lacking))
            elif why := self._too_much(work, slot, hours):
                yield slot, why

    def _too_much(self, work: UnitOfWork, slot: Slot, hours: dict[tuple[str, datetime], float]) -> str:
        quotas = self._definition.booking.quotas
        if quotas.hours(slot.company) is None:
            return ""
        week = week_of(slot.starts, ZoneInfo(self._definition.timezone))
        key = (slot.company, week[0])
        if key not in hours:
            hours[key] = held_hours(work.slots.holding(*week), week).get(slot.company, 0.0)
        if not (why := over_quota(slot, {slot.company: hours[key]}, quotas, week)):
            hours[key] += held_hours([slot], week).get(slot.company, 0.0)
        return why

    def _request(
        self, slot: Slot, pools: list[tuple[str, str]], *, number: int, span: Span, origin: datetime, now: Now
    ) -> Request:
        first, end = _nearest(slot.held_from - origin), _nearest(slot.held_until - origin)
        gap = _nearest(self._room.gap)
        steps = end - first + gap
        starts = (_nearest(each.held_from - origin) for each in self._times(slot, span, now))
        place = VolumeId(slot.id)
        return Request(
            id=slot.id,
            company=slot.company,
            asked=origin + number * MINUTE,
            volumes=(place,),
            steps=steps,
            windows=tuple((start, start + steps) for start in sorted(set(starts))),
            priority=slot.terms.priority,
            preferred=first,
            needs=tuple((_pool(pair), 1) for pair in pools) + self._needs(slot),
            gap=gap,
            present=Placement(place, first) if slot.state in HOLDS_AIRSPACE else None,
            is_approved=slot.state in HOLDS_AIRSPACE,
        )

    def _needs(self, slot: Slot) -> tuple[tuple[str, int], ...]:
        return tuple((resource_of(need, self._definition.resources).name, need.amount) for need in slot.terms.needs)

    def _times(self, slot: Slot, span: Span, now: Now) -> Iterator[Slot]:
        """The slot at every time at which it may begin, its own first."""
        midnight = slot.starts.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight + -((midnight - (slot.starts - span.within)) // span.every) * span.every
        starts = [slot.starts]
        while start <= slot.starts + span.within:
            starts.append(start)
            start += span.every
        for each in (at(slot, start) for start in starts):
            is_ours = span.starts <= each.starts < span.ends and each.held_from > now.utc
            if is_ours and not times_fault(self._definition, each):
                yield each

    def _share(self, one: Slot, other: Slot) -> str:
        """What only one of two slots can have at a time: "air" (or a vehicle), with the gap between them; "pool"; ""."""
        if self._room.between(at(one, other.starts), other) is None:
            return ""
        after = at(one, other.held_until + (one.starts - one.held_from))
        gap_counts = self._room.gap and self._room.between(after, other) is not None
        return "air" if gap_counts or not self._room.gap else "pool"

    def _closures(
        self, work: UnitOfWork, slot: Slot, fixed: Iterable[Slot], span: Span, origin: datetime
    ) -> Iterator[Closure]:
        lasting = replace(
            slot, starts=slot.held_from - span.within, ends=slot.held_until + span.within + self._room.gap
        )
        found = [*self._room.closed(work, lasting)]
        found += [obstacle for each in fixed for obstacle in self._in_the_way(slot, each)]
        gap = _nearest(self._room.gap)
        for obstacle in found:
            first, end = obstacle.busy
            # A place is taken for the gap after its slot too, and for that nothing need be open.
            yield Closure(VolumeId(slot.id), _nearest(first - origin) + gap, _nearest(end - origin), obstacle.why)

    def _in_the_way(self, slot: Slot, fixed: Slot) -> Iterator[Obstacle]:
        """Beside it, and right after and before it: what is still in the way then, as jamming is, lasts longer."""
        set_up, held, gap = slot.starts - slot.held_from, slot.held_until - slot.held_from, self._room.gap
        for start in (fixed.starts, fixed.held_until + gap + set_up, fixed.held_from - gap - held + set_up):
            if (obstacle := self._room.between(at(slot, start), fixed)) is not None:
                yield obstacle


def _taken(resource: Resource, fixed: Iterable[Slot], origin: datetime, steps: int) -> Iterator[Taken]:
    """What is used of it by those that stay, and no more than there is: more than that leaves as little."""
    using = [each for each in fixed if amount_of(each, resource.id)]
    for (opens, shuts), there in in_stretches((origin, origin + steps * MINUTE), using):
        used = sum(amount_of(each, resource.id) for each in there)
        first, end = _nearest(opens - origin), _nearest(shuts - origin)
        if used and first < end:
            yield Taken(resource.name, min(used, resource.amount), first, end)


def _may_move(slot: Slot, now: Now) -> bool:
    return slot.state is SlotState.APPROVED and slot.held_from > now.utc and slot.terms.jamming is None


def _near(slots: list[Slot], within: timedelta) -> Iterator[tuple[Slot, Slot]]:
    """Pairs that could be at the same time."""
    around = 2 * within + LONGEST_GRACE
    for one, other in combinations(slots, 2):
        if one.held_from < other.held_until + around and other.held_from < one.held_until + around:
            yield one, other


def _pool(pair: tuple[str, str]) -> str:
    return f"what {pair[0]} and {pair[1]} share"


def _nearest(length: timedelta) -> int:
    """In whole minutes: slots that touch go on touching. Whoever accepts looks exactly."""
    return round(length / MINUTE)
