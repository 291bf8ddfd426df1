"""What stands in a slot's way: others' air, vehicles, people and frequencies, jamming, closures, crews that are out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.airspace import meet
from rangeops.domain.closures import closed_air, closes, is_spared
from rangeops.domain.day_shift import at
from rangeops.domain.jamming import LONGEST_GRACE_MINUTES, denied_span, reaches
from rangeops.domain.now import Now
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.resources import Shortage, amount_of, shortages
from rangeops.domain.schedules import Span
from rangeops.domain.separation_4d import encroachment
from rangeops.domain.slots import Slot
from rangeops.domain.spectrum import shared
from rangeops.domain.zone_sets import closed_for
from rangeops.services.airspace import AirspaceBook
from rangeops.services.changes import span
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.ports.world import Recurrences

LONGEST_GRACE: Final = timedelta(minutes=LONGEST_GRACE_MINUTES)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a slot can't be held, and by what: a slot, or a closure. busy: while that is so, the slot must not be held.

    slot: of several that have what it needs, the first.
    """

    why: str
    busy: Span
    slot: Slot | None = None


class Room:
    def __init__(self, definition: RangeDefinition, book: AirspaceBook, recurrences: Recurrences) -> None:
        self.book = book
        self._definition = definition
        self._recurrences = recurrences
        self._buffers = definition.booking.buffers

    @property
    def gap(self) -> timedelta:
        """Between two slots that hold the same air."""
        return self._buffers.time

    def obstacles(self, work: UnitOfWork, slot: Slot) -> Iterator[Obstacle]:
        """Whatever keeps the slot from being held as it stands: closures first."""
        yield from self.closed(work, slot)
        seen, others = set(), self._others(work, slot)
        for holder in (*work.slots.holding_near(self.book(slot)), *others):
            if holder.id not in seen:
                seen.add(holder.id)
                if (found := self.between(slot, holder)) is not None:
                    yield found
        yield from self.short_of(slot, others)

    def first(self, work: UnitOfWork, slot: Slot) -> Obstacle | None:
        return next(self.obstacles(work, slot), None)

    def between(self, slot: Slot, holder: Slot) -> Obstacle | None:
        """Why two slots can't both be held; None where they can."""
        if holder.id == slot.id:
            return None
        gap = self.gap
        near = slot.held_from < holder.held_until + gap and holder.held_from < slot.held_until + gap
        busy = (holder.held_from - gap, holder.held_until + gap)
        # By the shapes that the book has already; how near they come is worked out only where they meet.
        if near and meet(self.book(slot), self.book(holder)):
            found = encroachment(self.book.bare(slot), self.book.bare(holder), self._buffers)
            assert found is not None  # the same rule
            return Obstacle(f"{_who(holder)} has {_held(holder)}: {found}", busy, holder)
        if near and holder.sysid == slot.sysid:
            return Obstacle(f"{_who(holder)} has the vehicle with sysid {holder.sysid}", busy, holder)
        together = slot.held_from < holder.held_until and holder.held_from < slot.held_until
        if together and (why := _in_common(slot, holder)):
            return Obstacle(f"{_who(holder)} has {why}", (holder.held_from, holder.held_until), holder)
        return self._jammed(slot, holder)

    def short_of(self, slot: Slot, holders: Iterable[Slot]) -> Iterator[Obstacle]:
        """What it needs of the range's crews and equipment that these have."""
        for each in shortages(slot, holders, self._definition.resources):
            yield Obstacle(_shortage(each), each.during, next(iter(each.holders), None))

    def closed(self, work: UnitOfWork, slot: Slot) -> Iterator[Obstacle]:
        """The closures that the slot would be held under, and the closed zones that what is drawn for it meets then."""
        yield from self._zones(slot)
        air = self.book.bare(slot)
        for closure in work.closures.standing():
            if is_spared(closure, slot):
                continue
            for opens, ends in self._recurrences.spans(closure, slot.held_from, slot.held_until):
                if closes(closed_air(closure, (opens, ends), self._definition), air):
                    basis = f"{closure.kind.value}, {closure.basis.value}"
                    why = f"{closure.where()} is closed {span(opens, ends)}: {closure.title} ({closure.id}, {basis})"
                    yield Obstacle(why, (opens, ends))

    def _zones(self, slot: Slot) -> Iterator[Obstacle]:
        definition = self._definition
        for zone in () if slot.drawn is None else closed_for(definition, slot.drawn, slot.starts, slot.ends):
            always = ((slot.starts, slot.ends),)
            for opens, ends in zone.spans(slot.starts, slot.ends, definition.sun) or always:
                if opens <= slot.ends and ends >= slot.starts:
                    yield Obstacle(f"zone {zone.name or zone.id} is closed {span(opens, ends)}", (opens, ends))

    def busy_around(self, work: UnitOfWork, slot: Slot, within: timedelta, now: Now) -> list[Span]:
        """When the slot can't be held, near its time: as obstacles would say if it were then."""
        starts, ends = max(slot.held_from - within, now.utc), slot.held_until + within
        holders = work.slots.holding(starts - LONGEST_GRACE, ends + LONGEST_GRACE)
        spans = [
            found.busy
            for holder in holders
            if (found := self.between(_at_the_time_of(slot, holder), holder)) is not None
        ]
        whole = _lasting(slot, starts, ends)
        return spans + [found.busy for found in (*self.closed(work, whole), *self.short_of(whole, holders))]

    def _others(self, work: UnitOfWork, slot: Slot) -> tuple[Slot, ...]:
        """Those whose vehicles, people, frequencies or jamming may be in the way, wherever they fly."""
        around = max(self.gap, LONGEST_GRACE)
        return work.slots.holding(slot.held_from - around, slot.held_until + around)

    def _jammed(self, slot: Slot, holder: Slot) -> Obstacle | None:
        """Jamming reaches whoever hasn't accepted it, whichever of the two jams."""
        for jammer, flown in ((holder, slot), (slot, holder)):
            if flown.terms.accepts_gnss_denied or jammer.terms.jamming is None:
                continue
            if reaches(jammer, self.book.bare(jammer), self.book.bare(flown)):
                metres = f"{jammer.terms.jamming.reach_m:.0f} m"
                if jammer is holder:
                    return Obstacle(
                        f"{_who(holder)} jams GNSS up to {metres} around {_held(holder)}", _denied(jammer), holder
                    )
                return Obstacle(
                    f"{_who(holder)} relies on GNSS within {metres} of what it jams", _with_grace(slot, holder), holder
                )
        return None


def _who(holder: Slot) -> str:
    return f"slot {holder.id} ({holder.company}, {span(holder.starts, holder.ends)})"


def _held(holder: Slot) -> str:
    """What was drawn has a name that is its company's own affair."""
    return "what it drew" if holder.drawn else holder.volume


def _in_common(slot: Slot, holder: Slot) -> str:
    """What only one can have at a time, in words."""
    if slot.terms.aircraft and slot.terms.aircraft == holder.terms.aircraft:
        return f"aircraft {holder.terms.aircraft}"
    if slot.company == holder.company and (both := set(slot.terms.pilots) & set(holder.terms.pilots)):
        return f"pilot {min(both)}"
    if band := shared(slot.terms.emissions, holder.terms.emissions):
        return f"the channel {band}"
    return ""


def _shortage(found: Shortage) -> str:
    resource, needs = found.resource, f"it needs {found.wanted}"
    if not found.holders:
        return f"the range has {resource.amount} of {resource.name}, {needs}"
    who = ", ".join(f"slot {each.id} ({each.company}, {amount_of(each, resource.id)})" for each in found.holders)
    used = sum(amount_of(each, resource.id) for each in found.holders)
    return f"{resource.name}: {used} of {resource.amount} in use {span(*found.during)} by {who}; {needs}"


def _denied(jammer: Slot) -> Span:
    found = denied_span(jammer)
    assert found is not None  # it jams
    return found


def _with_grace(jammer: Slot, flown: Slot) -> Span:
    """While `flown` is there, the jammer can't jam, nor in the grace around it."""
    starts, ends = _denied(jammer)
    return flown.held_from - (ends - jammer.ends), flown.held_until + (jammer.starts - starts)


def _at_the_time_of(slot: Slot, holder: Slot) -> Slot:
    """The slot as if it began with the other one: what is between them but for time."""
    return at(slot, holder.starts)


def _lasting(slot: Slot, starts: datetime, ends: datetime) -> Slot:
    """The slot as if it lasted all that time: to find every closure in it."""
    return replace(slot, starts=starts, ends=ends, terms=replace(slot.terms, set_up_minutes=0, clear_down_minutes=0))
