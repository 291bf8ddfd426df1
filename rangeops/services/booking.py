"""Booking: who may have which volume when. Requests may overlap; approvals never do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict, Invalid, Refused
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotEvent, SlotId, SlotState, next_state
from rangeops.domain.text import safe_text
from rangeops.domain.volumes import VolumeId, polygon_of
from rangeops.services.changes import Change, Changes, slot_subject, span, vehicle
from rangeops.services.orders import OrderDesk
from rangeops.services.ports import Airframes, LivePicture, UnitOfWork
from rangeops.services.registry import require_papers
from rangeops.wire.api import SlotChange, SlotRequest

LONGEST_SLOT: Final = timedelta(hours=12)
HORIZON: Final = timedelta(days=30)  # ASTM F3548's planning horizon
_ALTERNATIVES_WITHIN: Final = timedelta(hours=24)
_NEEDS_REASON: Final = frozenset([SlotEvent.REFUSE, SlotEvent.CANCEL])
_TELLS_WATCH: Final = frozenset([SlotEvent.BRIEF, SlotEvent.CLOSE, SlotEvent.CANCEL, SlotEvent.MISS])
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
class Rival:
    """A slot that can't be held beside another, and why."""

    slot: Slot
    why: str


class Booking:
    def __init__(
        self,
        changes: Changes,
        definition: RangeDefinition,
        airframes: Airframes,
        desk: OrderDesk,
        live: LivePicture,
        *,
        gcs_sysid: int,
    ) -> None:
        self._changes = changes
        self._definition = definition
        self._airframes = airframes
        self._desk = desk
        self._live = live
        self._gcs_sysid = gcs_sysid
        self._excludes = _excluding_volumes(definition)

    def all(self) -> tuple[Slot, ...]:
        with self._changes.store.read() as work:
            return work.slots.all()

    def get(self, slot: SlotId) -> Slot:
        with self._changes.store.read() as work:
            return work.slots.get(slot)

    def request(self, request: SlotRequest, now: Now, actor: Actor) -> Slot:
        """A new slot, REQUESTED. Its reason says with whom it conflicts, and when the volume is free."""
        asked = self._checked(request, now)
        where = f"slot request of {asked.company}"
        require(actor, Act.REQUEST_SLOT, where=where, company=asked.company)
        with self._changes.begin(now, actor) as change:
            _check_plan(change.work, asked)
            slot = Slot(
                id=change.work.slots.new_id(),
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
            require_papers(change.work, slot, self._definition, where=where)
            if rival := self._rival(change.work, slot):
                slot = replace(slot, reason=f"{rival.why}. {self._free_times(change.work, slot, now)}")
            change.work.slots.add(slot)
            says = f"{slot.company} asks for slot {slot.id}: {slot.volume}, {span(slot.starts, slot.ends)}"
            _record(change, "slot.request", slot, says)
        return slot

    def change(self, slot_id: SlotId, wanted: SlotChange, now: Now, actor: Actor) -> Slot:
        """The slot moved on. Raises Conflict where somebody else moved it, or the airspace is taken."""
        event = _event_of(wanted.event)
        reason = safe_text(wanted.reason.strip())
        if event in _NEEDS_REASON and not reason:
            raise Invalid("a reason is missing", where=f"slot {slot_id}", do="Say why, in a few words.")
        if event is SlotEvent.ACTIVATE:
            raise Refused(
                "a slot becomes active by its clearance alone", where=f"slot {slot_id}", do="Clear it to fly instead."
            )
        with self._changes.begin(now, actor) as change:
            slot = change.work.slots.get(slot_id)
            act = Act.CANCEL_SLOT if event is SlotEvent.CANCEL else Act.DECIDE_SLOT
            require(actor, act, where=f"slot {slot_id}", company=slot.company)
            check_version(slot, wanted.version)
            state = next_state(slot, event)
            if state in HOLDS_AIRSPACE and slot.state not in HOLDS_AIRSPACE:
                require_papers(change.work, slot, self._definition, where=f"slot {slot_id}")
                self._check_free(change.work, slot, now)
            if event is SlotEvent.CLOSE:
                self._check_landed(slot, now)
            slot = replace(slot, state=state, version=slot.version + 1, reason=reason)
            if event is SlotEvent.APPROVE:
                slot = replace(slot, zones_sha256=self._desk.zones.sha256)
            change.work.slots.replace(slot)
            if event in _TELLS_WATCH and (clearance := change.work.clearances.get(slot.id)).cleared:
                change.work.clearances.put(replace(clearance, cleared=False, by=actor.name, changed_utc=now.utc))
            says = f"slot {slot.id} ({slot.company}, {slot.volume}) {_PAST[event]} by {actor.name}"
            _record(change, f"slot.{event.value}", slot, f"{says}: {reason}" if reason else says)
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
        self._definition.volume(request.volume)
        self._airframes.get(request.airframe)
        _check_times(request.starts, request.ends, now)
        return replace(request, company=texts["company"], callsign=texts["callsign"], contact=texts["contact"])

    def _check_free(self, work: UnitOfWork, slot: Slot, now: Now) -> None:
        if rival := self._rival(work, slot):
            raise Conflict(rival.why, where=f"slot {slot.id}", do=self._free_times(work, slot, now))

    def _check_landed(self, slot: Slot, now: Now) -> None:
        if (facts := self._live.facts(slot.sysid, now)) is not None and facts.armed:
            raise Conflict(
                f"{slot.callsign} is still armed", where=f"slot {slot.id}", do="Close it when the vehicle is disarmed."
            )

    def _rival(self, work: UnitOfWork, slot: Slot) -> Rival | None:
        return next(self._rivals(slot, work.slots.holding(slot.starts, slot.ends)), None)

    def _rivals(self, slot: Slot, holders: Iterable[Slot]) -> Iterator[Rival]:
        for holder in holders:
            if holder.id == slot.id:
                continue
            who = f"slot {holder.id} ({holder.company}, {span(holder.starts, holder.ends)})"
            if holder.volume in self._excludes[slot.volume]:
                yield Rival(holder, f"{who} has {holder.volume}")
            elif holder.sysid == slot.sysid:
                yield Rival(holder, f"{who} has the vehicle with sysid {holder.sysid}")

    def _free_times(self, work: UnitOfWork, slot: Slot, now: Now) -> str:
        """When the slot would fit instead, the nearest time first, in one sentence."""
        around = work.slots.holding(slot.starts - _ALTERNATIVES_WITHIN, slot.ends + _ALTERNATIVES_WITHIN)
        busy = [(rival.slot.starts, rival.slot.ends) for rival in self._rivals(slot, around)]
        free = nearest_free(busy, slot.starts, slot.ends - slot.starts, not_before=now.utc)
        if not free:
            return f"{slot.volume} has no such time free within {_ALTERNATIVES_WITHIN.total_seconds() / 3600:g} h."
        times = " or ".join(span(starts, starts + (slot.ends - slot.starts)) for starts in free[:2])
        return f"{slot.volume} is free {times}."


def nearest_free(
    busy: Iterable[tuple[datetime, datetime]], wanted: datetime, duration: timedelta, *, not_before: datetime
) -> list[datetime]:
    """Starts at which `duration` fits between what is busy, nearest to `wanted` first.

    The nearest fit always touches something: the end of a busy time, its start, or `not_before`.
    """
    taken = sorted(busy)
    edges = [wanted, not_before, *(ends for _, ends in taken), *(starts - duration for starts, _ in taken)]
    fits = {
        start
        for start in edges
        if start >= not_before
        and abs(start - wanted) <= _ALTERNATIVES_WITHIN
        and all(start >= ends or start + duration <= starts for starts, ends in taken)
    }
    return sorted(fits, key=lambda start: (abs(start - wanted), start))


def check_version(slot: Slot, seen: int) -> None:
    if slot.version != seen:
        raise Conflict(
            f"it was changed meanwhile (version {slot.version}, you saw {seen})",
            where=f"slot {slot.id}",
            do="Look at it again and decide anew.",
        )


def _check_times(starts: datetime, ends: datetime, now: Now) -> None:
    where = "slot request"
    if starts.tzinfo is None or ends.tzinfo is None:
        raise Invalid("a time has no zone", where=where, do="Give times as 2026-11-24T10:00:00Z.")
    if ends <= starts:
        raise Invalid("it ends before it starts", where=where, do="Swap or correct the times.")
    if ends <= now.utc:
        raise Invalid("its end is past", where=where, do="Ask for a time to come.")
    if ends - starts > LONGEST_SLOT:
        raise Invalid(f"it is longer than {LONGEST_SLOT}", where=where, do="Ask for several slots.")
    if starts - now.utc > HORIZON:
        raise Invalid(f"it is more than {HORIZON.days} days ahead", where=where, do="Ask again nearer to the day.")


def _check_plan(work: UnitOfWork, request: SlotRequest) -> None:
    if request.plan is None:
        return
    plan = work.plans.get(request.plan)
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


def _event_of(value: str) -> SlotEvent:
    try:
        return SlotEvent(value)
    except ValueError as error:
        raise Invalid(
            f"{value!r:.40} is no change of a slot",
            where="slot change",
            do=f"Use one of {', '.join(event.value for event in SlotEvent)}.",
        ) from error


def _record(change: Change, action: str, slot: Slot, says: str) -> None:
    change.record(action, slot_subject(slot.id), says, slot, about=[slot_subject(slot.id), vehicle(slot.sysid)])
    change.changed("slots")


def _excluding_volumes(definition: RangeDefinition) -> dict[VolumeId, frozenset[VolumeId]]:
    """For each bookable volume, those whose flight geography meets its own, itself included."""
    shapes = {each.id: polygon_of(each.flight_geography, definition.frame) for each in definition.volumes}
    bands = {each.id: each.flight_geography for each in definition.volumes}

    def meet(one: VolumeId, other: VolumeId) -> bool:
        apart = (
            bands[one].floor_amsl_m >= bands[other].ceiling_amsl_m
            or bands[other].floor_amsl_m >= bands[one].ceiling_amsl_m
        )
        return one == other or (not apart and float(shapes[one].intersection(shapes[other]).area) > 0)

    return {one: frozenset(other for other in shapes if meet(one, other)) for one in shapes}
