"""Where a vehicle stands against its volumes, and where it will be: the judgement that enforcement acts on."""

from dataclasses import dataclass
from enum import Enum


class Standing(Enum):
    """UNKNOWN is never INSIDE."""

    UNKNOWN = "unknown"
    INSIDE = "inside"  # the flight geography
    CONTINGENCY = "contingency"  # outside the flight geography, inside the contingency volume
    BUFFER = "buffer"  # outside the contingency volume, inside the range
    OUTSIDE_RANGE = "outside-range"
    UNASSIGNED = "unassigned"  # no slot: nothing to hold it against but the range


@dataclass(frozen=True, slots=True)
class Exposure:
    """One judgement. Distances in metres, times in seconds from the judgement.

    margin_m: to the nearest edge of the flight geography, horizontal or vertical; negative outside; None unknown.
    time_to_exit_s: when the predicted path leaves the flight geography; None: not within the horizon.
    time_to_act_s: how long a stop may still wait and yet end inside; <= 0: now, or it is already too late.
    edge: which edge that is, in an operator's words ("east edge", "ceiling").
    """

    standing: Standing
    margin_m: float | None = None
    time_to_exit_s: float | None = None
    time_to_act_s: float | None = None
    edge: str = ""
    stopping_distance_m: float = 0.0
