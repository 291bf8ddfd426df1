"""A promise and the fault it is held against; one line of build/faults.json."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass


class NotHere(Exception):
    """This machine can't do the fault; the message says what it lacks."""


@dataclass(frozen=True)
class Fault:
    """One line of build/faults.json. measured and limit are sentences with their figures and units.

    tried: the fault was really done. What this machine couldn't do is neither held nor broken: holds is false, and
    measured begins with "not tried here".
    """

    id: str
    promise: str
    how: str
    measured: str
    limit: str
    holds: bool
    tried: bool = True
    took_s: float = 0.0

    @property
    def mark(self) -> str:
        if not self.tried:
            return "NOT TRIED"
        return "holds" if self.holds else "DOES NOT HOLD"


@dataclass(frozen=True)
class Promised:
    """`attempt` does the fault, for real, and gives what was measured and whether that is within the limit. May raise NotHere."""

    id: str  # as in docs/promises.md, kebab-case
    promise: str  # the very sentence of docs/promises.md
    how: str  # what is really done, in a sentence
    limit: str  # as in docs/promises.md
    attempt: Callable[[], tuple[str, bool]]

    def tried(self) -> Fault:
        """A fault whose trial itself breaks is a promise that isn't shown to hold, not the end of the run."""
        began_s, tried = time.monotonic(), True
        try:
            measured, holds = self.attempt()
        except NotHere as reason:
            measured, holds, tried = f"not tried here: {reason}", False, False
        except Exception as broken:  # noqa: BLE001  # whatever broke, the row says it and the next fault is tried
            traceback.print_exc()
            measured, holds = f"the trial broke: {type(broken).__name__}: {broken}", False
        took_s = round(time.monotonic() - began_s, 1)
        return Fault(self.id, self.promise, self.how, measured, self.limit, holds, tried, took_s)
