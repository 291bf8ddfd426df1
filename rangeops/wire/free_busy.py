"""What a company may know of the others: that something is taken, never by whom."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BusyView:
    """Time in which volumes can't be had. volumes: the bookable ones that are taken, some of each or all.

    why: "taken" by a slot, its set-up and clear-down included, or "closed". own: the slot's id where it is the asker's.
    """

    volumes: tuple[str, ...]
    starts: datetime
    ends: datetime
    why: str
    own: str = ""
