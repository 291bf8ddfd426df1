"""The time, as every decision gets it: an argument."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Now:
    """One instant on two clocks.

    monotonic_s: ages and deadlines are counted on it; a step of the wall clock moves none of them.
    utc: aware; what is recorded and shown.
    """

    monotonic_s: float
    utc: datetime
