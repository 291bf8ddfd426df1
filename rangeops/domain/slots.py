"""Slots: who has which volume when, and the states a slot goes through."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import product
from typing import Final, NewType

from rangeops.domain.errors import Conflict
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import VolumeId

SlotId = NewType("SlotId", str)  # "S12"


class SlotState(Enum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WAITLISTED = "waitlisted"
    BRIEFED = "briefed"
    ACTIVE = "active"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    NO_SHOW = "no-show"


class SlotEvent(Enum):
    APPROVE = "approve"
    REFUSE = "refuse"
    WAITLIST = "waitlist"
    BRIEF = "brief"
    ACTIVATE = "activate"  # cleared to fly
    CLOSE = "close"
    CANCEL = "cancel"
    MISS = "miss"  # nobody came


_S, _E = SlotState, SlotEvent

NEXT: Final = {
    (_S.REQUESTED, _E.APPROVE): _S.APPROVED,
    (_S.REQUESTED, _E.REFUSE): _S.REFUSED,
    (_S.REQUESTED, _E.WAITLIST): _S.WAITLISTED,
    (_S.REQUESTED, _E.CANCEL): _S.CANCELLED,
    (_S.WAITLISTED, _E.APPROVE): _S.APPROVED,
    (_S.WAITLISTED, _E.REFUSE): _S.REFUSED,
    (_S.WAITLISTED, _E.CANCEL): _S.CANCELLED,
    (_S.APPROVED, _E.BRIEF): _S.BRIEFED,
    (_S.APPROVED, _E.CANCEL): _S.CANCELLED,
    (_S.APPROVED, _E.MISS): _S.NO_SHOW,
    (_S.BRIEFED, _E.ACTIVATE): _S.ACTIVE,
    (_S.BRIEFED, _E.CANCEL): _S.CANCELLED,
    (_S.BRIEFED, _E.MISS): _S.NO_SHOW,
    (_S.ACTIVE, _E.CLOSE): _S.CLOSED,
}
REFUSED: Final = frozenset(set(product(_S, _E)) - NEXT.keys())

HOLDS_AIRSPACE: Final = frozenset([_S.APPROVED, _S.BRIEFED, _S.ACTIVE])
"""States in which a slot's volume is nobody else's for its minutes."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A volume for some minutes, for one company's vehicle. version counts changes (optimistic locking).

    consent: who agreed for the company, when it booked, to whatever the range may write (writes.WRITABLE); "" for nobody.
    zones_sha256: of the zones under which it was approved; "" before that.
    """

    id: SlotId
    version: int
    company: str
    volume: VolumeId
    starts: datetime
    ends: datetime
    sysid: Sysid
    callsign: str
    airframe: str
    contact: str  # what "call pilot" shows: a radio channel or a phone number
    plan: str | None  # id of the plan that was checked for it
    state: SlotState
    reason: str = ""  # of a refusal or cancellation
    consent: str = ""
    zones_sha256: str = ""


def next_state(slot: Slot, event: SlotEvent) -> SlotState:
    """The state after `event`. Raises Conflict where the table refuses it."""
    if (state := NEXT.get((slot.state, event))) is None:
        raise Conflict(
            f"a slot that is {slot.state.value} can't be changed by {event.value}",
            where=f"slot {slot.id}",
            do="Look at the slot's present state and act on that.",
        )
    return state
