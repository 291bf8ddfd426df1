"""Booking: who may have which volume when. Requests may overlap; approvals never do."""

from dataclasses import dataclass, replace
from typing import Final

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Invalid, Refused
from rangeops.domain.lead_times import Due
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slot_terms import LOWEST_PRIORITY
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotEvent, SlotId, SlotState, next_state
from rangeops.domain.spectrum import Holding, ledger
from rangeops.domain.text import reason_given, safe_text
from rangeops.domain.volumes import VolumeId
from rangeops.services.alternatives import Alternatives
from rangeops.services.asking import Asking, check_times, lead_times, over_its_quota, safe_terms
from rangeops.services.changes import Changes, record_slot, span
from rangeops.services.discretion import must_see
from rangeops.services.orders import OrderDesk
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.ports.watches import LivePicture
from rangeops.services.ports.world import Airframes
from rangeops.services.registry import require_papers
from rangeops.services.room import Room
from rangeops.services.standby import Standby, check_offer_stands
from rangeops.wire.api import Alternative, SlotChange, SlotRequest

_NEEDS_REASON: Final = frozenset([SlotEvent.REFUSE, SlotEvent.CANCEL])
_TELLS_WATCH: Final = frozenset([SlotEvent.BRIEF, SlotEvent.CLOSE, SlotEvent.CANCEL, SlotEvent.MISS])
_ACTS: Final = {
    SlotEvent.CANCEL: Act.CANCEL_SLOT,
    SlotEvent.TAKE: Act.ANSWER_OFFER,
    SlotEvent.DECLINE: Act.ANSWER_OFFER,
}
_BY_ITSELF: Final = {
    SlotEvent.ACTIVATE: ("a slot becomes active by its clearance alone", "Clear it to fly instead."),
    SlotEvent.OFFER: ("a freed time is offered by the range itself", "Waitlist it; the next free time is its own."),
}
_PAST: Final = {
    SlotEvent.APPROVE: "approved",
    SlotEvent.REFUSE: "refused",
    SlotEvent.WAITLIST: "waitlisted",
    SlotEvent.OFFER: "offered",
    SlotEvent.TAKE: "taken",
    SlotEvent.DECLINE: "declined",
    SlotEvent.BRIEF: "briefed",
    SlotEvent.ACTIVATE: "activated",
    SlotEvent.CLOSE: "closed",
    SlotEvent.CANCEL: "cancelled",
    SlotEvent.MISS: "marked as no-show",
}


@dataclass(frozen=True, slots=True)
class BookingParts:
    """What a booking is decided with."""

    room: Room
    asking: Asking
    alternatives: Alternatives
    standby: Standby


class Booking:
    def __init__(
        self,
        changes: Changes,
        definition: RangeDefinition,
        airframes: Airframes,
        desk: OrderDesk,
        *,
        live: LivePicture,
        parts: BookingParts,
        gcs_sysid: int,
    ) -> None:
        self._changes = changes
        self._definition = definition
        self._airframes = airframes
        self._desk = desk
        self._live = live
        self._parts = parts
        self._gcs_sysid = gcs_sysid

    def all(self) -> tuple[Slot, ...]:
        with self._changes.store.read() as work:
            return work.slots.all()

    def get(self, slot: SlotId) -> Slot:
        with self._changes.store.read() as work:
            return work.slots.get(slot)

    def request(self, request: SlotRequest, now: Now, actor: Actor) -> Slot:
        """A new slot, REQUESTED. Its reason says what keeps it from being approved, and what is free instead."""
        asked = self._checked(request, now)
        where = f"slot request of {asked.company}"
        require(actor, Act.REQUEST_SLOT, where=where, company=asked.company)
        if asked.terms.priority > LOWEST_PRIORITY:
            require(actor, Act.DECIDE_SLOT, where=f"priority {asked.terms.priority} for {asked.company}")
        with self._changes.begin(now, actor) as change:
            _check_plan(change.work, asked, actor)
            slot = _slot_of(asked, change.work.slots.new_id())
            self._parts.asking.check(slot, now)
            require_papers(change.work, slot, self._definition, where=where)
            if why := self._why_not(change.work, slot):
                slot = replace(slot, reason=f"{why}. {self._parts.alternatives.sentence(change.work, slot, now)}")
            change.work.slots.add(slot)
            says = f"{slot.company} asks for slot {slot.id}: {slot.volume}, {span(slot.starts, slot.ends)}"
            record_slot(change, "slot.request", slot, says, slot)
        return slot

    def alternatives(self, slot_id: SlotId, now: Now) -> tuple[Alternative, ...]:
        """Where and when it would fit instead of as it stands, the nearest first."""
        with self._changes.store.read() as work:
            return tuple(self._parts.alternatives.find(work, work.slots.get(slot_id), now))

    def dues(self, slot_id: SlotId) -> tuple[Due, ...]:
        """The permissions that it needs, and until when each can be asked for."""
        return lead_times(self._definition, self.get(slot_id))

    def spectrum(self, now: Now) -> tuple[Holding, ...]:
        """Who holds which part of the spectrum, from now on."""
        with self._changes.store.read() as work:
            return ledger(slot for slot in work.slots.in_state(HOLDS_AIRSPACE) if slot.held_until > now.utc)

    def change(self, slot_id: SlotId, wanted: SlotChange, now: Now, actor: Actor) -> Slot:
        """The slot moved on. Raises Conflict where somebody else moved it, or the airspace is taken."""
        event = _event_of(wanted.event)
        says_why = event in _NEEDS_REASON
        reason = reason_given(wanted.reason, where=f"slot {slot_id}") if says_why else safe_text(wanted.reason.strip())
        if event in _BY_ITSELF:
            what, do = _BY_ITSELF[event]
            raise Refused(what, where=f"slot {slot_id}", do=do)
        with self._changes.begin(now, actor) as change:
            slot = change.work.slots.get(slot_id)
            require(actor, _ACTS.get(event, Act.DECIDE_SLOT), where=f"slot {slot_id}", company=slot.company)
            check_version(slot, wanted.version)
            state = next_state(slot, event)
            if state in HOLDS_AIRSPACE and slot.state not in HOLDS_AIRSPACE:
                require_papers(change.work, slot, self._definition, where=f"slot {slot_id}")
                self._check_free(change.work, slot, now)
            self._check_event(change.work, slot, event, now, reason)
            freed = slot if slot.state in HOLDS_AIRSPACE and state not in HOLDS_AIRSPACE else None
            slot = replace(slot, state=state, version=slot.version + 1, reason=reason)
            if state is SlotState.APPROVED:
                slot = replace(slot, zones_sha256=self._desk.zones.sha256, offer=None)
            change.work.slots.replace(slot)
            if event in _TELLS_WATCH and (clearance := change.work.clearances.get(slot.id)).cleared:
                change.work.clearances.put(replace(clearance, cleared=False, by=actor.name, changed_utc=now.utc))
            says = f"slot {slot.id} ({slot.company}, {slot.volume}) {_PAST[event]} by {actor.name}"
            record_slot(change, f"slot.{event.value}", slot, f"{says}: {reason}" if reason else says, slot)
            if freed is not None:
                self._parts.standby.freed(change, freed)
            if event in _TELLS_WATCH:
                self._desk.refresh(change)
        return slot

    def _checked(self, request: SlotRequest, now: Now) -> SlotRequest:
        """The request with its texts made safe. Raises Invalid, NotFound."""
        where = "slot request"
        texts = {
            name: safe_text(getattr(request, name).strip(), limit=60) for name in ("company", "callsign", "contact")
        }
        for name, text in texts.items():
            if not text:
                raise Invalid(f"{name} is empty", where=where, do="Fill it in.")
        if not 1 <= request.sysid <= 255 or request.sysid == self._gcs_sysid:
            raise Invalid(
                f"sysid {request.sysid} can't be a vehicle's",
                where=where,
                do=f"Use 1 to 255; {self._gcs_sysid} is the range's own.",
            )
        if request.drawn is None:
            self._definition.volume(request.volume)
        elif not safe_text(request.volume.strip()):
            raise Invalid("what is drawn has no name", where=where, do="Give it one, as its volume.")
        self._airframes.get(request.airframe)
        check_times(request.starts, request.ends, now)
        return replace(
            request,
            company=texts["company"],
            callsign=texts["callsign"],
            contact=texts["contact"],
            volume=safe_text(request.volume.strip(), limit=40),
            terms=safe_terms(request.terms),
        )

    def _check_event(self, work: UnitOfWork, slot: Slot, event: SlotEvent, now: Now, reason: str) -> None:
        """What one event asks beyond its place in the table of states."""
        if event is SlotEvent.BRIEF:
            _check_plan_passed(work, slot)
        if event is SlotEvent.CLOSE:
            self._check_landed(work, slot, now, reason)
        if event is SlotEvent.TAKE:
            check_offer_stands(slot, now)

    def _check_free(self, work: UnitOfWork, slot: Slot, now: Now) -> None:
        if why := self._why_not(work, slot):
            do = self._parts.alternatives.sentence(work, slot, now)
            raise Conflict(why, where=f"slot {slot.id}", do=do)

    def _why_not(self, work: UnitOfWork, slot: Slot) -> str:
        """What keeps it from being held: the first obstacle, or its company's quota; "" where nothing does."""
        if (obstacle := self._parts.room.first(work, slot)) is not None:
            return obstacle.why
        return over_its_quota(work, slot, self._definition)

    def _check_landed(self, work: UnitOfWork, slot: Slot, now: Now, reason: str) -> None:
        """Who was seen armed and isn't heard now may be in the air: closed, nothing would hold him to his volume."""
        facts = self._live.facts(slot.sysid, now)
        if facts is not None and facts.armed:
            raise Conflict(
                f"{slot.callsign} is still armed", where=f"slot {slot.id}", do="Close it when the vehicle is disarmed."
            )
        if facts is None and not reason and work.clearances.get(slot.id).armed_utc is not None:
            raise Conflict(
                f"{slot.callsign} was armed when it was last heard",
                where=f"slot {slot.id}",
                do="Close it when it is heard again, disarmed; or, once you know where it is, say so: "
                f"`rangeops slot change {slot.id} close --reason TEXT`.",
            )


def check_version(slot: Slot, seen: int | None) -> None:
    if slot.version != seen:
        raise Conflict(
            f"it was changed meanwhile (version {slot.version}, you saw {seen})",
            where=f"slot {slot.id}",
            do="Look at it again and decide anew.",
        )


def _check_plan(work: UnitOfWork, request: SlotRequest, actor: Actor) -> None:
    if request.plan is None:
        return
    plan = work.plans.get(request.plan)
    must_see(actor, plan.company, "plan", request.plan)
    if request.drawn is not None:  # another drawing may have had the same name
        raise Invalid(
            f"plan {plan.id} wasn't checked against what is drawn here",
            where="slot request",
            do="Book it without a plan; then hand the file in for this slot.",
        )
    for noun, of_plan, of_slot in (
        ("company", plan.company, request.company),
        ("volume", plan.volume, request.volume),
        ("airframe", plan.airframe, request.airframe),
    ):
        if of_plan != of_slot:
            raise Invalid(
                f"plan {plan.id} is for {noun} {of_plan}, the slot for {of_slot}",
                where="slot request",
                do="Hand in a plan for this slot, or correct the request.",
            )


def _check_plan_passed(work: UnitOfWork, slot: Slot) -> None:
    """Nothing can be handed in after the briefing: without a passed plan such a slot could never be cleared."""
    where = f"slot {slot.id}"
    if slot.plan is None:
        do = f"Hand one in first: rangeops plan submit FILE --slot {slot.id}."
        raise Conflict("no plan was handed in for it, and none is taken after the briefing", where=where, do=do)
    if (verdict := work.plans.get(slot.plan).verdict) != "passed":
        do = f"Hand in one that passes first: rangeops plan submit FILE --slot {slot.id}."
        raise Conflict(f"its plan {slot.plan} is {verdict}, and none is taken after the briefing", where=where, do=do)


def _event_of(value: str) -> SlotEvent:
    try:
        return SlotEvent(value)
    except ValueError as error:
        raise Invalid(
            f"{value!r:.40} is no change of a slot",
            where="slot change",
            do=f"Use one of {', '.join(event.value for event in SlotEvent)}.",
        ) from error


def _slot_of(asked: SlotRequest, slot_id: SlotId) -> Slot:
    return Slot(
        id=slot_id,
        version=1,
        company=asked.company,
        volume=VolumeId(asked.volume),
        starts=asked.starts,
        ends=asked.ends,
        sysid=asked.sysid,
        callsign=asked.callsign,
        airframe=asked.airframe,
        contact=asked.contact,
        plan=asked.plan,
        state=SlotState.REQUESTED,
        consent=safe_text(asked.consent.strip(), limit=60),
        drawn=asked.drawn,
        terms=asked.terms,
    )
