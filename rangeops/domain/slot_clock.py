"""A slot's clock: it stands for its company's one time-out, and whenever the range, the weather or traffic stops it.

What was lost is given back: the flight's end moves by as long as the clock stood. A time-out is short and only one, and
its minutes were held for it from the beginning; for the others there may be less room than was lost, which is told.
Every lost minute keeps its reason, so that a range can count whose they are.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.errors import Conflict, Invalid
from rangeops.domain.slot_terms import ClockStop, StopReason
from rangeops.domain.slots import Slot, SlotState

_RUNS: Final = frozenset([SlotState.BRIEFED, SlotState.ACTIVE])


def stopped(slot: Slot, reason: StopReason, at: datetime, by: str) -> Slot:
    """The slot with its clock standing. Raises Conflict, Invalid."""
    where = f"slot {slot.id}"
    if slot.state not in _RUNS or not slot.starts <= at < slot.ends:
        raise Conflict(
            "its clock doesn't run now", where=where, do=f"It runs from {slot.starts:%H:%M} to {slot.ends:%H:%M} UTC."
        )
    if slot.clock_stands:
        raise Conflict(
            f"its clock stands already ({slot.stops[-1].reason.value})",
            where=where,
            do="Start it before it is stopped anew.",
        )
    if reason is StopReason.CLIENT:
        if not slot.terms.time_out_minutes:
            raise Invalid("no time-out was booked for it", where=where, do="Book the next one with a time-out.")
        if slot.time_out_taken:
            raise Conflict("it has had its one time-out", where=where, do="Go on, or close it.")
    return replace(slot, stops=(*slot.stops, ClockStop(reason, at, by=by)))


def due_back(slot: Slot, at: datetime) -> timedelta:
    """How much the flight's end should move if the clock were started now. Raises Conflict where it doesn't stand."""
    if not slot.clock_stands:
        raise Conflict("its clock runs", where=f"slot {slot.id}", do="Stop it first.")
    stop = slot.stops[-1]
    stood = max(at - stop.began, timedelta(0))
    if stop.reason is StopReason.CLIENT:
        return min(stood, timedelta(minutes=slot.terms.time_out_minutes))
    return stood


def started(slot: Slot, at: datetime, given_back: timedelta) -> Slot:
    """The slot with its clock running, and its flight's end later by what could be given back."""
    stop = replace(slot.stops[-1], ended=at, moved_s=given_back.total_seconds())
    return replace(slot, stops=(*slot.stops[:-1], stop), ends=slot.ends + given_back)


def lost_minutes(slots: Iterable[Slot]) -> dict[StopReason, float]:
    """Minutes that clocks stood, by reason; those that stand now aren't counted yet."""
    lost = dict.fromkeys(StopReason, 0.0)
    for slot in slots:
        for stop in slot.stops:
            if stop.ended is not None:
                lost[stop.reason] += (stop.ended - stop.began).total_seconds() / 60
    return lost
