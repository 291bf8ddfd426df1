"""What every store says of rows that aren't there, are there already, have moved on, or hold what another needs."""

from collections.abc import Iterable

from rangeops.domain.errors import Conflict, NotFound
from rangeops.domain.registers import RegisterKind
from rangeops.domain.slots import Slot


def absent(noun: str, identity: str) -> NotFound:
    return NotFound(f"there is no such {noun}", where=f"{noun} {identity:.40}", do=f"List the {noun}s and choose one.")


def unregistered(kind: RegisterKind, entry: str) -> NotFound:
    noun = kind.value
    return NotFound(
        "it is not in the register",
        where=f"{noun} {entry:.60}",
        do=f"List what is there with `rangeops register list {noun}`.",
    )


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
