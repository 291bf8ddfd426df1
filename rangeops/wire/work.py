"""Work that takes a while, as whoever asked for it follows it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from rangeops.wire.api import Problem


class WorkState(Enum):
    WAITING = "waiting"  # others are before it
    RUNNING = "running"
    DONE = "done"  # `result` says where what came of it is read
    FAILED = "failed"  # `problem` says why
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class WorkView:
    """kind: plan, timetable or report. says: what it is, in words; doing: what is done just now.

    position: 1 is next; None: it doesn't wait. progress: 0 to 1, of what is left to do once it runs; None where nobody
    can say. result: path of what came of it, once it is done. It is forgotten at expires_utc, its result isn't.
    """

    id: str
    kind: str
    says: str
    state: WorkState
    doing: str
    position: int | None
    progress: float | None
    asked_utc: datetime
    expires_utc: datetime | None = None
    result: str = ""
    problem: Problem | None = None
