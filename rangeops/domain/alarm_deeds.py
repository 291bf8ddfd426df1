"""What a person does to an alarm: who, what, why and for how long; and what may not be done."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from rangeops.domain.alarm_catalogue import CATALOGUE
from rangeops.domain.alarm_conditions import CatalogueEntry, Condition, Priority
from rangeops.domain.alarm_facts import AlarmId
from rangeops.domain.alarm_states import NEXT, NEXT_LATCHING, AlarmEvent, AlarmState


class DeedKind(Enum):
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"  # let go of one that is latched
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    TAKE_OUT = "out-of-service"
    PUT_BACK = "back-in-service"
    NOTE = "note"


EVENT_OF: Final = {
    DeedKind.ACKNOWLEDGE: AlarmEvent.ACKNOWLEDGED,
    DeedKind.RESET: AlarmEvent.RESET,
    DeedKind.SHELVE: AlarmEvent.SHELVED,
    DeedKind.UNSHELVE: AlarmEvent.UNSHELVED,
    DeedKind.TAKE_OUT: AlarmEvent.TAKEN_OUT,
    DeedKind.PUT_BACK: AlarmEvent.PUT_BACK,
}
NEEDS_REASON: Final = frozenset([DeedKind.SHELVE, DeedKind.TAKE_OUT, DeedKind.NOTE])
_DONE: Final = {
    AlarmState.ACKED: "it is acknowledged already",
    AlarmState.LATCHED: "it is acknowledged, and latched",
    AlarmState.SHELVED: "it is shelved",
    AlarmState.SUPPRESSED: "it is suppressed",
    AlarmState.OUT_OF_SERVICE: "it is out of service",
    AlarmState.UNACKED: "it stands",
    AlarmState.RETURNED: "it has returned, and nobody has acknowledged it",
    AlarmState.NORMAL: "it isn't standing any more",
}


@dataclass(frozen=True, slots=True)
class AlarmDeed:
    """One deed. alarm: the occurrence that the person saw; of TAKE_OUT it may be "": the condition needn't stand.

    reason: of a NOTE its text. for_s: of SHELVE how long.
    """

    kind: DeedKind
    alarm: AlarmId
    condition: Condition
    source: str
    by: str
    reason: str = ""
    for_s: float = 0.0


def after(entry: CatalogueEntry, state: AlarmState, event: AlarmEvent) -> AlarmState | None:
    """The next state; None where the tables refuse."""
    return (NEXT_LATCHING if entry.latching else NEXT).get((state, event))


def refusal(deed: AlarmDeed, state: AlarmState) -> str:
    """Why this can't be done to an alarm in this state, as a clause; "" where it can."""
    entry = CATALOGUE[deed.condition]
    if deed.kind in NEEDS_REASON and not deed.reason:
        return "a reason is missing"
    if deed.kind is DeedKind.NOTE:
        return "it isn't standing any more" if state is AlarmState.NORMAL else ""
    if deed.kind is DeedKind.SHELVE and (why := _not_shelvable(entry, deed.for_s)):
        return why
    if deed.kind is DeedKind.TAKE_OUT and entry.priority is Priority.P1:
        return "a P1 is never taken out of service"
    return "" if after(entry, state, EVENT_OF[deed.kind]) is not None else _DONE[state]


def _not_shelvable(entry: CatalogueEntry, for_s: float) -> str:
    longest_s = entry.longest_shelf_s
    if not longest_s:
        return "a P1 is never shelved" if entry.priority is Priority.P1 else "this one is never shelved"
    if not 0 < for_s <= longest_s:
        return f"a P{entry.priority} like this is shelved for 1 to {longest_s / 60:.0f} min"
    return ""
