"""Clearance: the range's word to fly, given only when nothing is missing, taken back at once."""

from dataclasses import replace

from rangeops.domain.audit import Actor
from rangeops.domain.clearance import Clearance, missing
from rangeops.domain.errors import Conflict, NotFound, Refused
from rangeops.domain.missing import Missing
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.slots import Slot, SlotEvent, SlotId, SlotState, next_state
from rangeops.services.changes import Change, Changes, slot_subject, vehicle
from rangeops.services.orders import OrderDesk, ordered_slots
from rangeops.services.ports import LivePicture, UnitOfWork
from rangeops.wire.api import ClearanceView


class ClearanceDesk:
    def __init__(self, changes: Changes, desk: OrderDesk, live: LivePicture) -> None:
        self._changes = changes
        self._desk = desk
        self._live = live

    def view(self, slot_id: SlotId, now: Now) -> ClearanceView:
        with self._changes.store.read() as work:
            slot, clearance = work.slots.get(slot_id), work.clearances.get(slot_id)
            found = self._missing(work, slot, clearance, now)
        return ClearanceView(slot_id, slot.state, clearance.cleared, tuple(map(str, found)))

    def grant(self, slot_id: SlotId, now: Now, actor: Actor) -> ClearanceView:
        """Clear the slot to fly. Raises Refused with everything that is missing."""
        require(actor, Act.CLEAR, where=f"slot {slot_id}")
        with self._changes.begin(now, actor) as change:
            slot, clearance = change.work.slots.get(slot_id), change.work.clearances.get(slot_id)
            if found := self._missing(change.work, slot, clearance, now):
                raise Refused(
                    f"it can't be cleared: {'; '.join(map(str, found))}",
                    where=f"slot {slot_id}",
                    do="Supply what is missing.",
                )
            if slot not in ordered_slots(change):
                raise Conflict(
                    f"vehicle {slot.sysid} still flies under another slot",
                    where=f"slot {slot_id}",
                    do="Close that one.",
                )
            if slot.state is SlotState.BRIEFED:
                state = next_state(slot, SlotEvent.ACTIVATE)
                slot = replace(slot, state=state, version=slot.version + 1)
                change.work.slots.replace(slot)
            self._put(change, slot, clearance, cleared=True)
        return ClearanceView(slot_id, slot.state, cleared=True, missing=())

    def withdraw(self, slot_id: SlotId, now: Now, actor: Actor) -> ClearanceView:
        """Take the word back; the watch hears of it with the next orders. Without effect where none was given."""
        require(actor, Act.CLEAR, where=f"slot {slot_id}")
        with self._changes.begin(now, actor) as change:
            slot, clearance = change.work.slots.get(slot_id), change.work.clearances.get(slot_id)
            if clearance.cleared:
                self._put(change, slot, clearance, cleared=False)
        return self.view(slot_id, now)

    def _put(self, change: Change, slot: Slot, clearance: Clearance, *, cleared: bool) -> None:
        by = change.actor.name
        clearance = replace(clearance, cleared=cleared, by=by, changed_utc=change.now.utc)
        if cleared:
            clearance = replace(clearance, zones_sha256=self._desk.zones.sha256)
        change.work.clearances.put(clearance)
        change.record(
            "clearance.grant" if cleared else "clearance.withdraw",
            slot_subject(slot.id),
            f"{slot.callsign} cleared to fly in {slot.volume} until {slot.ends:%H:%M} UTC by {by} (slot {slot.id})"
            if cleared
            else f"clearance of {slot.callsign} withdrawn by {by} (slot {slot.id})",
            clearance,
            about=[slot_subject(slot.id), vehicle(slot.sysid)],
        )
        change.changed("slots")
        self._desk.refresh(change)

    def _missing(self, work: UnitOfWork, slot: Slot, clearance: Clearance, now: Now) -> tuple[Missing, ...]:
        try:
            verdict = None if slot.plan is None else work.plans.get(slot.plan).verdict
        except NotFound:
            verdict = None
        return missing(slot, clearance, plan_verdict=verdict, live=self._live.facts(slot.sysid, now), now=now)
