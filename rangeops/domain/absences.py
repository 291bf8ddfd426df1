"""What is said of a thing that isn't there: by the store, and word for word of one that is there and isn't the asker's to see."""

from rangeops.domain.errors import NotFound
from rangeops.domain.registers import RegisterKind


def absent(noun: str, identity: str) -> NotFound:
    return NotFound(f"there is no such {noun}", where=f"{noun} {identity:.40}", do=f"List the {noun}s and choose one.")


def unregistered(kind: RegisterKind, entry: str) -> NotFound:
    noun = kind.value
    return NotFound(
        "it is not in the register",
        where=f"{noun} {entry:.60}",
        do=f"List what is there with `rangeops register list {noun}`.",
    )
