"""Consent to what the range writes to a company's vehicle: standing from its booking, or by word to one diff."""

from dataclasses import replace

from rangeops.domain.audit import Actor
from rangeops.domain.clearance import Clearance
from rangeops.domain.errors import Conflict, Invalid
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.slots import Slot, SlotId
from rangeops.domain.text import safe_text
from rangeops.domain.writes import ConsentKind, WriteDiff
from rangeops.services.changes import Changes, record_slot
from rangeops.services.orders import OrderDesk, consent_of
from rangeops.wire.api import ConsentRequest, WritesView


class ConsentDesk:
    def __init__(self, changes: Changes, desk: OrderDesk) -> None:
        self._changes = changes
        self._desk = desk

    def view(self, slot_id: SlotId, diff: WriteDiff) -> WritesView:
        with self._changes.store.read() as work:
            slot, clearance = work.slots.get(slot_id), work.clearances.get(slot_id)
        return _view(slot, clearance, diff)

    def agree(self, slot_id: SlotId, request: ConsentRequest, diff: WriteDiff, now: Now, actor: Actor) -> WritesView:
        """Record that somebody agreed to this diff, by word to `actor`. diff: as it was shown last."""
        where = f"slot {slot_id}"
        who = safe_text(request.who.strip(), limit=60)
        if not who:
            raise Invalid("who agreed is missing", where=where, do="Name the pilot, or who else spoke for the company.")
        if request.sha256 != diff.sha256:
            raise Conflict("another diff was shown since", where=where, do="Read it out as it is now.")
        with self._changes.begin(now, actor) as change:
            slot = change.work.slots.get(slot_id)
            require(actor, Act.AGREE_TO_WRITES, where=where, company=slot.company)
            clearance = replace(change.work.clearances.get(slot_id), agreed_by=who, agreed_sha256=diff.sha256)
            change.work.clearances.put(clearance)
            record_slot(
                change,
                "writes.agree",
                slot,
                f"{who} agrees to what is written to {slot.callsign} ({_count(diff)}, {diff.sha256[:12]}…), by word to "
                f"{actor.name}",
                {"who": who, "sha256": diff.sha256, "diff": diff},
            )
            self._desk.refresh(change)
        return _view(slot, clearance, diff)


def _view(slot: Slot, clearance: Clearance, diff: WriteDiff) -> WritesView:
    consent = consent_of(slot, clearance)
    covers = consent is not None and (consent.kind is ConsentKind.STANDING or consent.sha256 == diff.sha256)
    return WritesView(
        slot=slot.id,
        sysid=slot.sysid,
        callsign=slot.callsign,
        sha256=diff.sha256,
        agreed=str(consent) if covers else "",
        differences=tuple(diff.differences()),
    )


def _count(diff: WriteDiff) -> str:
    changes = sum(1 for _ in diff.differences())
    return f"{changes} changes"
