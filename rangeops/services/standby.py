"""The standby list: a freed time is offered to who waits for it, kept until a deadline, then offered to the next.

Higher priority first, then who asked first. An offered slot holds its airspace, so that nobody books it meanwhile.
"""

from dataclasses import replace
from typing import Final

from rangeops.domain.errors import Conflict
from rangeops.domain.now import Now
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.resources import compete
from rangeops.domain.slot_terms import Offer
from rangeops.domain.slots import Slot, SlotEvent, SlotState, next_state
from rangeops.services.asking import over_its_quota
from rangeops.services.changes import SERVER, Change, Changes, record_slot, span
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.registry import missing_papers
from rangeops.services.room import Room

NEWLY_FREE: Final = ""  # freed by no slot: a closure that went


class Standby:
    def __init__(self, changes: Changes, definition: RangeDefinition, room: Room) -> None:
        self._changes = changes
        self._definition = definition
        self._room = room

    def freed(self, change: Change, by: Slot | None) -> None:
        """Offer what a slot, or a closure, has left to those that wait for any of it. Within the change that freed it."""
        freed_by = NEWLY_FREE if by is None else by.offer.freed_by if by.offer else by.id
        waiting = [
            slot
            for slot in change.work.slots.in_state([SlotState.WAITLISTED])
            if slot.ends > change.now.utc and (by is None or slot.id != by.id)
        ]
        for slot in sorted(waiting, key=lambda each: (-each.terms.priority, int(each.id[1:]))):
            if _has_declined(slot, freed_by) or (by is not None and not self._near(slot, by)):
                continue
            if self._is_free_for(change.work, slot):
                self._offer(change, slot, freed_by)

    def tick(self, now: Now) -> None:
        """Take back offers whose deadline has passed, and offer them to the next. Without effect where there is none."""
        with self._changes.store.read() as work:
            if not any(_is_over(slot, now) for slot in work.slots.in_state([SlotState.OFFERED])):
                return
        with self._changes.begin(now, SERVER) as change:
            for offered in change.work.slots.in_state([SlotState.OFFERED]):
                if _is_over(offered, now):
                    state = next_state(offered, SlotEvent.DECLINE)
                    slot = replace(offered, state=state, version=offered.version + 1, reason="its offer ran out")
                    change.work.slots.replace(slot)
                    says = f"the offer to slot {slot.id} ({slot.company}) ran out"
                    record_slot(change, "slot.decline", slot, says, slot, actor=SERVER)
                    self.freed(change, slot)

    def _offer(self, change: Change, slot: Slot, freed_by: str) -> None:
        until = min(change.now.utc + self._definition.booking.offer, slot.ends)
        state = next_state(slot, SlotEvent.OFFER)
        slot = replace(slot, state=state, version=slot.version + 1, offer=Offer(until, freed_by), reason="")
        change.work.slots.replace(slot)
        says = (
            f"slot {slot.id} ({slot.company}, {slot.volume}, {span(slot.starts, slot.ends)}) is offered"
            f" until {until:%H:%M} UTC: call {slot.call}"
        )
        record_slot(change, "slot.offer", slot, says, slot, actor=SERVER)

    def _is_free_for(self, work: UnitOfWork, slot: Slot) -> bool:
        return (
            self._room.first(work, slot) is None
            and not over_its_quota(work, slot, self._definition)
            and not missing_papers(work, slot, self._definition)
        )

    def _near(self, slot: Slot, by: Slot) -> bool:
        """Whether what went was in this one's way."""
        return self._room.between(slot, by) is not None or compete(slot, by)


def check_offer_stands(slot: Slot, now: Now) -> None:
    """Raises Conflict where its deadline has passed."""
    if _is_over(slot, now):
        raise Conflict(
            "its offer has run out", where=f"slot {slot.id}", do="It waits on; the next free time is offered."
        )


def _is_over(slot: Slot, now: Now) -> bool:
    return slot.offer is not None and slot.offer.until <= now.utc


def _has_declined(slot: Slot, freed_by: str) -> bool:
    """An offer that was let go isn't made again for the same time."""
    return slot.offer is not None and slot.offer.freed_by == freed_by
