"""What concerns one company: its slots to come with what they lack, what the range tells it, its papers, what it flew."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.absences import absent
from rangeops.domain.audit import Actor
from rangeops.domain.calendar_entries import CalendarEntry, entries_of
from rangeops.domain.events import ArmedChanged, VehicleLost
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import is_member, sees
from rangeops.domain.range_statistics import flights_of
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.registers import Document, Entry, Pilot, last_days
from rangeops.domain.slot_terms import Notice
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotId, SlotState
from rangeops.services.changes import Changes, slot_subject
from rangeops.services.clearance import ClearanceDesk
from rangeops.services.incidents import event_of
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.registry import range_day
from rangeops.services.words import KIND
from rangeops.wire.api import ClosureView
from rangeops.wire.company import FlownView, Paper, RangeMessage, SlotAhead, Told

_OVER: Final = frozenset([SlotState.CLOSED, SlotState.CANCELLED, SlotState.REFUSED, SlotState.NO_SHOW])
_BRIEFED: Final = frozenset([SlotState.APPROVED, SlotState.BRIEFED, SlotState.ACTIVE])
_LOOKED_AT: Final = 3  # slots whose clearance is gone through: those that come next
_TOLD_FOR: Final = timedelta(days=14)  # a refusal is news for so long, and a debrief asked for
_LONGEST_FLIGHT: Final = timedelta(hours=24)
_FLOWN: Final = frozenset([SlotState.ACTIVE, SlotState.CLOSED])
_OF_FLIGHTS: Final = frozenset(f"watch.{KIND[event]}" for event in (ArmedChanged, VehicleLost))


class CompanyDesk:
    """company is the actor's own in every method: nobody else's is shown."""

    def __init__(self, changes: Changes, definition: RangeDefinition, clearance: ClearanceDesk) -> None:
        self._changes = changes
        self._definition = definition
        self._clearance = clearance

    def ahead(self, slots: Iterable[Slot], now: Now) -> tuple[SlotAhead, ...]:
        """Of these slots those that aren't over, the next first; what the first ones lack is looked at."""
        coming = sorted(
            (slot for slot in slots if slot.state not in _OVER and slot.held_until > now.utc),
            key=lambda slot: (slot.starts, slot.id),
        )
        looked = 0
        found = []
        for slot in coming:
            if slot.state not in _BRIEFED or looked == _LOOKED_AT:
                found.append(SlotAhead(slot, (), cleared=False))
                continue
            looked += 1
            view = self._clearance.view(slot.id, now)
            lacking = tuple(each for each in view.items if each.state not in ("ok", "waived") and each.who)
            found.append(SlotAhead(slot, lacking, view.cleared))
        return tuple(found)

    def messages(self, slots: Iterable[Slot], closures: Iterable[ClosureView], now: Now) -> tuple[RangeMessage, ...]:
        """What of the range's doings its people must answer or know, what is most urgent first."""
        known = {slot.id: slot for slot in slots}
        told = [message for slot in known.values() for message in _of_slot(slot, now)]
        told += [
            RangeMessage(Told.CLOSED, known[SlotId(each.slot)], f"{view.closure.title}: {each.why}")
            for view in closures
            for each in view.concerned
            if each.slot in known
        ]
        order = list(Told)
        return tuple(sorted(told, key=lambda each: (order.index(each.kind), each.until or each.about.starts)))

    def papers(self, entries: Iterable[Entry], now: Now) -> tuple[Paper, ...]:
        """What of the company's in the registers lapses, the soonest first."""
        today = range_day(self._definition, now.utc)
        found = (
            Paper(entry.kind.value, entry.id, _name(entry), what, until, (until - today).days)
            for entry in entries
            if not entry.retired
            for what, until in last_days(entry.body)
        )
        return tuple(sorted(found, key=lambda paper: (paper.until, paper.kind, paper.id)))

    def flown(self, actor: Actor, now: Now) -> tuple[FlownView, ...]:
        """The company's flights, the newest first: from arming to disarming in a slot of its own, as the watch saw it."""
        with self._changes.store.read() as work:
            slots = [slot for slot in work.slots.in_state(_FLOWN) if is_member(actor) and sees(actor, slot.company)]
            return tuple(sorted(_flights(work, slots, now), key=lambda each: each.began, reverse=True))

    def calendar(self, slot_id: SlotId, now: Now, actor: Actor) -> tuple[CalendarEntry, ...]:
        """One slot as a calendar shows it. Raises NotFound."""
        with self._changes.store.read() as work:
            slot = work.slots.get(slot_id)
        if not sees(actor, slot.company):
            raise absent("slot", slot_id)
        return entries_of([slot], self._definition.id, self._definition.name, now.utc)


def _of_slot(slot: Slot, now: Now) -> Iterator[RangeMessage]:
    is_told = slot.held_until + _TOLD_FOR > now.utc
    if slot.state is SlotState.OFFERED and slot.offer is not None:
        yield RangeMessage(Told.OFFER, slot, until=slot.offer.until)
    if slot.state in HOLDS_AIRSPACE and slot.state in _BRIEFED and not _acknowledged(slot, Notice.BRIEFING):
        yield RangeMessage(Told.BRIEFING, slot, until=slot.starts)
    is_flown = slot.state is SlotState.CLOSED or (slot.state is SlotState.ACTIVE and slot.ends < now.utc)
    if is_flown and is_told and not _acknowledged(slot, Notice.DEBRIEF):
        yield RangeMessage(Told.DEBRIEF, slot)
    if slot.state is SlotState.REFUSED and is_told:
        yield RangeMessage(Told.REFUSED, slot, slot.reason)
    if slot.state is SlotState.CANCELLED and is_told and slot.reason:
        yield RangeMessage(Told.CANCELLED, slot, slot.reason)


def _acknowledged(slot: Slot, notice: Notice) -> bool:
    return any(each.notice is notice for each in slot.acknowledged)


def _name(entry: Entry) -> str:
    match entry.body:
        case Pilot(name=name):
            return name
        case Document(name=name, subject=subject):
            return name or subject
        case _:
            return ""


def _flights(work: UnitOfWork, slots: list[Slot], now: Now) -> Iterator[FlownView]:
    """One look into the record for all of them."""
    if not slots:
        return
    since = min(slot.held_from for slot in slots)
    until = min(max(slot.held_until for slot in slots) + _LONGEST_FLIGHT, now.utc)
    told = [
        each
        for each in work.record.about([slot_subject(slot.id) for slot in slots], since, until)
        if each.entry.action in _OF_FLIGHTS
    ]
    armings, lost = [], []
    for each in told:
        event = event_of(each)
        if isinstance(event, ArmedChanged):
            armings.append((event.sysid, each.happened, event.armed))
        elif isinstance(event, VehicleLost):
            lost.append((event.sysid, each.happened))
    for flight in flights_of(armings, lost, since, _after(until)):
        slot = _slot_of(slots, flight.sysid, flight.began)
        if slot is not None and flight.ended <= now.utc:  # who still flies has no flight of the past
            yield FlownView(slot.id, slot.callsign, slot.volume, flight.began, flight.ended)


def _after(moment: datetime) -> datetime:
    """flights_of's end is half open: what was told at the moment itself counts."""
    return moment + timedelta(microseconds=1)


def _slot_of(slots: list[Slot], sysid: int, began: datetime) -> Slot | None:
    fitting = [each for each in slots if each.sysid == sysid and each.held_from <= began <= each.held_until]
    return max(fitting, key=lambda each: each.starts, default=None)
