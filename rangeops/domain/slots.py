"""Slots: who has which volume when, and the states a slot goes through."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from itertools import product
from typing import Final, NewType

from rangeops.domain.errors import Conflict
from rangeops.domain.slot_terms import Acknowledgement, ClockStop, Offer, SlotTerms, StopReason
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import Volume, VolumeId

SlotId = NewType("SlotId", str)  # "S12"


class SlotState(Enum):
    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"  # a freed time is kept for it until its company takes or declines it
    BRIEFED = "briefed"
    ACTIVE = "active"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    NO_SHOW = "no-show"


class SlotEvent(Enum):
    APPROVE = "approve"
    REFUSE = "refuse"
    WAITLIST = "waitlist"
    OFFER = "offer"
    TAKE = "take"
    DECLINE = "decline"  # the offer is declined, or its time is up
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
    (_S.WAITLISTED, _E.OFFER): _S.OFFERED,
    (_S.OFFERED, _E.TAKE): _S.APPROVED,
    (_S.OFFERED, _E.DECLINE): _S.WAITLISTED,
    (_S.OFFERED, _E.REFUSE): _S.REFUSED,
    (_S.OFFERED, _E.CANCEL): _S.CANCELLED,
    (_S.APPROVED, _E.BRIEF): _S.BRIEFED,
    (_S.APPROVED, _E.CANCEL): _S.CANCELLED,
    (_S.APPROVED, _E.MISS): _S.NO_SHOW,
    (_S.BRIEFED, _E.ACTIVATE): _S.ACTIVE,
    (_S.BRIEFED, _E.CANCEL): _S.CANCELLED,
    (_S.BRIEFED, _E.MISS): _S.NO_SHOW,
    (_S.ACTIVE, _E.CLOSE): _S.CLOSED,
}
REFUSED: Final = frozenset(set(product(_S, _E)) - NEXT.keys())

HOLDS_AIRSPACE: Final = frozenset([_S.OFFERED, _S.APPROVED, _S.BRIEFED, _S.ACTIVE])
"""States in which a slot's volume is nobody else's for its minutes."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A volume for some minutes, for one company's vehicle. version counts changes (optimistic locking).

    starts, ends: of its flight; the volume is held from `held_from` until `held_until`.
    consent: who agreed for the company, when it booked, to whatever the range may write (writes.WRITABLE); "" for nobody.
    zones_sha256: of the zones under which it was approved; "" before that.
    drawn: its flight geography, where it is no volume of the range's; `volume` is then the name that its company gave it.
    stops: of its clock, in order. offer: while it is OFFERED.
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
    drawn: Volume | None = None
    terms: SlotTerms = field(default_factory=SlotTerms)
    stops: tuple[ClockStop, ...] = ()
    acknowledged: tuple[Acknowledgement, ...] = ()
    offer: Offer | None = None

    @property
    def held_from(self) -> datetime:
        """From when the volume is nobody else's: set-up included."""
        return self.starts - timedelta(minutes=self.terms.set_up_minutes)

    @property
    def held_until(self) -> datetime:
        """Until when: clear-down included, and the time-out while it wasn't taken."""
        minutes = self.terms.clear_down_minutes + (0 if self.time_out_taken else self.terms.time_out_minutes)
        return self.ends + timedelta(minutes=minutes)

    @property
    def time_out_taken(self) -> bool:
        return any(stop.reason is StopReason.CLIENT and stop.ended is not None for stop in self.stops)

    @property
    def clock_stands(self) -> bool:
        return bool(self.stops) and self.stops[-1].ended is None

    @property
    def call(self) -> str:
        """What "call pilot" shows."""
        ways = (self.contact, self.terms.voice_channel, *self.terms.phones)
        return ", ".join(dict.fromkeys(way for way in ways if way))


def next_state(slot: Slot, event: SlotEvent) -> SlotState:
    """The state after `event`. Raises Conflict where the table refuses it."""
    if (state := NEXT.get((slot.state, event))) is None:
        raise Conflict(
            f"a slot that is {slot.state.value} can't be changed by {event.value}",
            where=f"slot {slot.id}",
            do="Look at the slot's present state and act on that.",
        )
    return state
