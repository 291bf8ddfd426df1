"""Where a slot that can't be held would fit instead: the nearest times, other volumes then, other heights there."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from rangeops.domain.day_shift import at
from rangeops.domain.now import Now
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import Slot
from rangeops.domain.volumes import Volume
from rangeops.services.asking import times_fault
from rangeops.services.changes import span
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.room import Room
from rangeops.wire.api import Alternative

WITHIN: Final = timedelta(hours=24)
_TIMES: Final = 2
_VOLUMES: Final = 2
_LEAST_BAND_M: Final = 20.0


class Alternatives:
    def __init__(self, definition: RangeDefinition, room: Room) -> None:
        self._definition = definition
        self._room = room

    def sentence(self, work: UnitOfWork, slot: Slot, now: Now) -> str:
        """What is nearest, for whoever is refused."""
        found = tuple(self.find(work, slot, now))
        times = [span(each.starts, each.ends) for each in found if each.kind == "time"]
        if times:
            parts = [f"{slot.volume} is free {' or '.join(times)}"]
        else:
            parts = [f"{slot.volume} has no such time free within {WITHIN.total_seconds() / 3600:g} h"]
        if volumes := [each.volume for each in found if each.kind == "volume"]:
            parts.append(f"at that time {' and '.join(volumes)} {'is' if len(volumes) == 1 else 'are'} free")
        parts += [
            f"or there from {each.floor_amsl_m:.0f} to {each.ceiling_amsl_m:.0f} m AMSL"
            for each in found
            if each.kind == "altitude"
        ]
        return f"{'; '.join(parts)}."

    def find(self, work: UnitOfWork, slot: Slot, now: Now) -> Iterator[Alternative]:
        """Times first, then volumes, then heights; each kind the nearest first."""
        yield from self._times(work, slot, now)
        if slot.drawn is None:
            yield from self._volumes(work, slot)
        else:
            yield from self._heights(work, slot, slot.drawn)

    def _times(self, work: UnitOfWork, slot: Slot, now: Now) -> Iterator[Alternative]:
        set_up, held = slot.starts - slot.held_from, slot.held_until - slot.held_from
        busy = self._room.busy_around(work, slot, WITHIN, now)
        starts = (each + set_up for each in nearest_free(busy, slot.held_from, held, not_before=now.utc))
        moved = (at(slot, start) for start in starts)
        fitting = (each for each in moved if not times_fault(self._definition, each))
        for each in islice(fitting, _TIMES):
            yield self._of("time", each)

    def _volumes(self, work: UnitOfWork, slot: Slot) -> Iterator[Alternative]:
        others = (replace(slot, volume=volume.id) for volume in self._definition.volumes if volume.id != slot.volume)
        here = self._room.book.bare(slot).core.centroid
        nearest = sorted(others, key=lambda each: float(self._room.book.bare(each).core.centroid.distance(here)))
        free = (each for each in nearest if self._room.first(work, each) is None)
        for each in islice(free, _VOLUMES):
            yield self._of("volume", each)

    def _heights(self, work: UnitOfWork, slot: Slot, drawn: Volume) -> Iterator[Alternative]:
        """Above or below whoever is there."""
        held = self._room.book(slot)
        above_m, below_m = held.ceiling_amsl_m - drawn.ceiling_amsl_m, drawn.floor_amsl_m - held.floor_amsl_m
        for other in work.slots.holding_near(held):
            theirs = self._room.book(other)
            for floor, ceiling in (
                (drawn.floor_amsl_m, theirs.floor_amsl_m - above_m),
                (theirs.ceiling_amsl_m + below_m, drawn.ceiling_amsl_m),
            ):
                if ceiling - floor < _LEAST_BAND_M:
                    continue
                thinner = replace(slot, drawn=replace(drawn, floor_amsl_m=floor, ceiling_amsl_m=ceiling))
                if self._room.first(work, thinner) is None:
                    yield self._of("altitude", thinner)
                    return

    def _of(self, kind: str, slot: Slot) -> Alternative:
        band = slot.drawn or self._definition.volume(slot.volume).flight_geography
        return Alternative(kind, slot.volume, slot.starts, slot.ends, band.floor_amsl_m, band.ceiling_amsl_m)


def nearest_free(
    busy: Iterable[tuple[datetime, datetime]], wanted: datetime, duration: timedelta, *, not_before: datetime
) -> list[datetime]:
    """Starts at which `duration` fits between what is busy, nearest to `wanted` first.

    The nearest fit always touches something: the end of a busy time, its start, or `not_before`.
    """
    taken = sorted(busy)
    edges = [wanted, not_before, *(ends for _, ends in taken), *(starts - duration for starts, _ in taken)]
    fits = {
        start
        for start in edges
        if start >= not_before
        and abs(start - wanted) <= WITHIN
        and all(start >= ends or start + duration <= starts for starts, ends in taken)
    }
    return sorted(fits, key=lambda start: (abs(start - wanted), start))
