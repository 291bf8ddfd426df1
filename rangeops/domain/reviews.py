"""Review of what the range did by itself: each automatic command is judged by a safety officer, and counted."""

from collections.abc import Iterable
from enum import Enum

from rangeops.domain.commands import AUTOMATIC, POLICY, CommandOrder


class Verdict(Enum):
    RIGHT = "right"
    LATE = "late"  # it should have come sooner
    UNNEEDED = "unneeded"  # nothing would have happened without it


def is_reviewed(order: CommandOrder) -> bool:
    """Is it enforcement by the range itself. What is put back on the ground after a slot isn't."""
    return order.by == POLICY and order.kind in AUTOMATIC


def counted(verdicts: Iterable[Verdict | None]) -> dict[str, int]:
    """How many of each, and how many wait ("open")."""
    counts = {verdict.value: 0 for verdict in Verdict} | {"open": 0}
    for verdict in verdicts:
        counts["open" if verdict is None else verdict.value] += 1
    return counts


def reason_class(reason: str) -> str:
    """An order's reason without what differs from case to case ("…; the way home crosses …")."""
    return reason.partition(";")[0]
