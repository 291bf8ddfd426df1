"""What a calendar shows of slots. An entry keeps its uid for the slot's life; its sequence counts the slot's versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from rangeops.domain.slots import Slot, SlotState

KEPT: Final = timedelta(days=30)
"""For so long after its end an entry stays, a cancelled one too: a calendar drops what it hasn't heard is cancelled."""


class EntryStatus(Enum):
    """RFC 5545's words for an event."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


_STATUS: Final = {
    SlotState.REQUESTED: EntryStatus.TENTATIVE,
    SlotState.WAITLISTED: EntryStatus.TENTATIVE,
    SlotState.OFFERED: EntryStatus.TENTATIVE,
    SlotState.APPROVED: EntryStatus.CONFIRMED,
    SlotState.BRIEFED: EntryStatus.CONFIRMED,
    SlotState.ACTIVE: EntryStatus.CONFIRMED,
    SlotState.CLOSED: EntryStatus.CONFIRMED,
    SlotState.REFUSED: EntryStatus.CANCELLED,
    SlotState.CANCELLED: EntryStatus.CANCELLED,
    SlotState.NO_SHOW: EntryStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """starts, ends: while the volume is held, set-up and clear-down included; aware UTC."""

    uid: str
    sequence: int
    status: EntryStatus
    starts: datetime
    ends: datetime
    summary: str
    location: str
    description: str


def entries_of(slots: Iterable[Slot], range_id: str, range_name: str, now_utc: datetime) -> tuple[CalendarEntry, ...]:
    """All that aren't over for longer than KEPT, by start, then slot."""
    kept = (slot for slot in slots if slot.held_until + KEPT >= now_utc)
    ordered = sorted(kept, key=lambda slot: (slot.held_from, slot.id))
    return tuple(_entry(slot, range_id, range_name) for slot in ordered)


def _entry(slot: Slot, range_id: str, range_name: str) -> CalendarEntry:
    facts = [
        f"{slot.state.value}: {slot.callsign} (sysid {slot.sysid}), {slot.airframe}",
        f"flight {slot.starts:%H:%M}-{slot.ends:%H:%M} UTC",
        f"plan {slot.plan}" if slot.plan else "",
        f"call {slot.call}" if slot.call else "",
        slot.reason,
    ]
    return CalendarEntry(
        uid=f"slot-{slot.id}@{range_id}.rangeops",
        sequence=slot.version,
        status=_STATUS[slot.state],
        starts=slot.held_from,
        ends=slot.held_until,
        summary=f"{slot.id} {slot.company} {slot.volume}",
        location=f"{range_name}, {slot.volume}",
        description="\n".join(fact for fact in facts if fact),
    )
