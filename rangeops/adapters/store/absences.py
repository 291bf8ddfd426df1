"""What every store says of rows that aren't there, are there already, have moved on, or hold what another needs."""

from collections.abc import Iterable

from rangeops.domain.absences import absent, unregistered
from rangeops.domain.errors import Conflict
from rangeops.domain.slots import Slot

__all__ = ["absent", "held_by", "moved_on", "taken", "unregistered"]


def taken(noun: str, identity: str) -> Conflict:
    return Conflict(
        "there is one of this name already", where=f"{noun} {identity:.60}", do="Change that, or choose another name."
    )


def moved_on(noun: str, identity: str, version: int) -> Conflict:
    return Conflict(
        f"it was changed meanwhile (version {version})",
        where=f"{noun} {identity:.60}",
        do="Look at it again and decide anew.",
    )


def held_by(rivals: Iterable[Slot], slot: Slot) -> Conflict:
    """rivals: whoever holds some of what the slot needs; the slot itself may be among them."""
    named = dict.fromkeys(f"slot {rival.id} ({rival.company})" for rival in rivals if rival.id != slot.id)
    return Conflict(
        f"what it needs is held by {', '.join(named) or 'another slot'}",
        where=f"slot {slot.id}",
        do="Choose another time, volume or vehicle.",
    )
