"""Does this machine's clock follow the time? What the operating system says of it, and when that is an alarm."""

from dataclasses import dataclass
from typing import Final

from rangeops.domain.alarms import Assessment, Condition

MOST_ERROR_S: Final = 1.0  # of a clock that counts as right: slots are to the second
SOURCE: Final = "clock"


@dataclass(frozen=True, slots=True)
class ClockState:
    """synchronised None: it can't be told on this machine, and detail says why. error_s: at most; None: not told."""

    synchronised: bool | None
    error_s: float | None
    detail: str = ""


def clock_word(state: ClockState) -> str:
    """What a clock is worth, in a few words for a line of a checkpoint."""
    if state.synchronised is None:
        return f"not known ({state.detail})" if state.detail else "not known"
    if not state.synchronised:
        return "not synchronised"
    return "synchronised" if state.error_s is None else f"synchronised, error {state.error_s * 1000:.1f} ms"


def assess_clock(state: ClockState, watch: str) -> Assessment:
    """watch: whose machine it is; several watches have a clock each."""
    limit = f"{MOST_ERROR_S:g} s"
    source = SOURCE if watch == "watch" else f"{SOURCE} {watch}"
    if state.synchronised is None:
        value = f"not known: {state.detail}"
        return Assessment(Condition.CLOCK_NOT_SYNCHRONISED, source, present=True, value=value, limit=limit)
    if not state.synchronised:
        value = state.detail or "follows no source"
        return Assessment(Condition.CLOCK_NOT_SYNCHRONISED, source, present=True, value=value, limit=limit)
    if state.error_s is None:
        return Assessment(Condition.CLOCK_NOT_SYNCHRONISED, source, present=False)
    return Assessment(
        Condition.CLOCK_NOT_SYNCHRONISED,
        source,
        present=state.error_s > MOST_ERROR_S,
        value=f"{state.error_s:.1f} s",
        limit=limit,
        beyond=state.error_s - MOST_ERROR_S,
    )
