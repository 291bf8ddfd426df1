"""Clearance: the range's word to fly, given only when nothing is missing, for one take-off, taken back at once."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.audit import Actor
from rangeops.domain.clearance import CLEARABLE, Clearance, bound_of
from rangeops.domain.clearance_items import ItemState, items, missing
from rangeops.domain.errors import Conflict, Invalid, RangeopsError, Refused
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.schedules import Span
from rangeops.domain.slots import Slot, SlotEvent, SlotId, SlotState, next_state
from rangeops.domain.text import reason_given, safe_text
from rangeops.services.changes import SERVER, Change, Changes, record_slot
from rangeops.services.clearance_facts import ClearanceBooks
from rangeops.services.orders import OrderDesk, ordered_slots
from rangeops.services.ports.store import UnitOfWork
from rangeops.wire.clearance import ClearanceItem, ClearanceView, WithdrawRequest

_ON_THE_BOARD: Final = frozenset([SlotState.APPROVED, SlotState.BRIEFED, SlotState.ACTIVE])
_DISARMED_FOR: Final = timedelta(seconds=5)  # a snapshot may be a moment older than the journal


class ClearanceDesk:
    def __init__(self, changes: Changes, desk: OrderDesk, books: ClearanceBooks) -> None:
        self._changes = changes
        self._desk = desk
        self._books = books
        self._rules = books.definition.clearance

    def view(self, slot_id: SlotId, now: Now) -> ClearanceView:
        with self._changes.store.read() as work:
            slot, clearance = work.slots.get(slot_id), work.clearances.get(slot_id)
            states = items(self._books.facts(work, slot, clearance, now), now)
        return _view(slot, clearance, states)

    def of_day(self, day: Span, now: Now) -> tuple[ClearanceView, ...]:
        """Of every slot that holds a place in these hours, by start: the pre-flight board."""
        starts, ends = day
        with self._changes.store.read() as work:
            slots = [
                slot
                for slot in work.slots.in_state(_ON_THE_BOARD)
                if slot.held_from < ends and slot.held_until > starts
            ]
            clearances = work.clearances.of([slot.id for slot in slots])
            return tuple(
                _view(slot, clearances[slot.id], items(self._books.facts(work, slot, clearances[slot.id], now), now))
                for slot in slots
            )

    def grant(self, slot_id: SlotId, now: Now, actor: Actor) -> ClearanceView:
        """Clear the slot to fly. Raises Refused with everything that is missing."""
        require(actor, Act.CLEAR, where=f"slot {slot_id}")
        with self._changes.begin(now, actor) as change:
            slot, clearance = change.work.slots.get(slot_id), change.work.clearances.get(slot_id)
            facts = self._books.facts(change.work, slot, clearance, now)
            states = items(facts, now)
            if found := missing(states):
                raise Refused(
                    f"it can't be cleared: {'; '.join(map(str, found))}",
                    where=f"slot {slot_id}",
                    do="Supply what is missing.",
                )
            if slot not in ordered_slots(change):
                raise Conflict(
                    f"vehicle {slot.sysid} still flies under another slot",
                    where=f"slot {slot_id}",
                    do="Close that one.",
                )
            if slot.state is SlotState.BRIEFED:
                state = next_state(slot, SlotEvent.ACTIVATE)
                slot = replace(slot, state=state, version=slot.version + 1)
                change.work.slots.replace(slot)
            clearance = replace(
                _rebound(_changed(clearance, change, cleared=True), facts.slot, slot),
                zones_sha256=self._desk.zones.sha256,
                withdrawn=False,
                armed_utc=now.utc if facts.live is not None and facts.live.armed else None,
            )
            until = f"{slot.ends:%H:%M} UTC by {actor.name} (slot {slot.id})"
            says = f"{slot.callsign} cleared to fly in {slot.volume} until {until}"
            self._put(change, slot, clearance, "clearance.grant", says)
        return _view(slot, clearance, states)

    def withdraw(self, slot_id: SlotId, now: Now, actor: Actor, reason: str = "") -> ClearanceView:
        """Take the word back; the watch hears of it with the next orders. Without effect where none was given."""
        require(actor, Act.CLEAR, where=f"slot {slot_id}")
        with self._changes.begin(now, actor) as change:
            self._withdraw(change, change.work.slots.get(slot_id), safe_text(reason.strip()))
        return self.view(slot_id, now)

    def withdraw_many(self, request: WithdrawRequest, now: Now, actor: Actor) -> tuple[ClearanceView, ...]:
        """Of all cleared slots in a volume, or of all there are, in one change. Raises Invalid, NotFound."""
        where = request.volume or "the whole range"
        require(actor, Act.CLEAR, where=where)
        reason = reason_given(request.reason, where=where)
        if request.everything == bool(request.volume):
            raise Invalid("one volume, or everything", where="withdrawal", do="Name one of the two.")
        if request.volume:
            self._books.definition.volume(request.volume)
        with self._changes.begin(now, actor) as change:
            slots = [
                slot
                for slot, clearance in _clearable(change.work)
                if clearance.cleared and (request.everything or self._may_be_in(request.volume, slot))
            ]
            for slot in slots:
                self._withdraw(change, slot, reason)
        return tuple(self.view(slot.id, now) for slot in slots)

    def _may_be_in(self, volume: str, slot: Slot) -> bool:
        """Whoever's place can't be told any more, its airframe being gone, may be anywhere."""
        try:
            return volume in self._books.air.volumes_taken(slot)
        except RangeopsError:
            return True

    def tend(self, now: Now) -> None:
        """What time brings: a flight whose end no journal told, and a clearance that nobody used for too long."""
        with self._changes.store.read() as work:
            due = [slot for slot, clearance in _clearable(work) if self._over(clearance, slot, now)]
        if not due:
            return
        with self._changes.begin(now, SERVER) as change:
            for slot in due:
                clearance = change.work.clearances.get(slot.id)
                match self._over(clearance, slot, now):
                    case "landed":
                        disarmed(change, self._desk, slot, now.utc, per_take_off=self._rules.per_take_off)
                    case "lapsed":
                        says = f"the clearance of {slot.callsign} lapsed: {self._rules.ground_minutes:.0f} min on the ground"
                        self._put(change, slot, _spent(clearance, change), "clearance.lapse", says)

    def _over(self, clearance: Clearance, slot: Slot, now: Now) -> str:
        """Why a clearance in force is over: "landed", "lapsed"; "" where it isn't."""
        if not clearance.cleared:
            return ""
        live = self._books.live.facts(slot.sysid, now)
        if live is not None and live.armed:
            return ""
        if clearance.armed_utc is not None:
            told = live is not None and now.utc - clearance.armed_utc > _DISARMED_FOR
            return "landed" if told else ""
        since = clearance.changed_utc or now.utc
        return "lapsed" if now.utc - since > timedelta(minutes=self._rules.ground_minutes) else ""

    def _withdraw(self, change: Change, slot: Slot, reason: str) -> None:
        clearance = change.work.clearances.get(slot.id)
        if not clearance.cleared:
            return
        why = f": {reason}" if reason else ""
        says = f"clearance of {slot.callsign} withdrawn by {change.actor.name} (slot {slot.id}){why}"
        withdrawn = replace(_changed(clearance, change, cleared=False), withdrawn=True)
        self._put(change, slot, withdrawn, "clearance.withdraw", says)

    def _put(self, change: Change, slot: Slot, clearance: Clearance, action: str, says: str) -> None:
        put_clearance(change, self._desk, slot, clearance, action=action, says=says)


def put_clearance(change: Change, desk: OrderDesk, slot: Slot, clearance: Clearance, *, action: str, says: str) -> None:
    """Store it, record it, and tell the watch."""
    change.work.clearances.put(clearance)
    record_slot(change, action, slot, says, clearance)
    desk.refresh(change)


def disarmed(change: Change, desk: OrderDesk, slot: Slot, when: datetime, *, per_take_off: bool) -> None:
    """A flight under this slot is over: its clearance is used up or, where the range lets it, waits on the ground again."""
    clearance = change.work.clearances.get(slot.id)
    if not (clearance.cleared or clearance.withdrawn) or when < (clearance.changed_utc or when):
        return
    flights = clearance.flights + (1 if clearance.armed_utc is not None else 0)
    if clearance.cleared and not per_take_off:
        put = replace(clearance, armed_utc=None, changed_utc=when, flights=flights)
        says = f"{slot.callsign} is on the ground, its clearance stands"
        put_clearance(change, desk, slot, put, action="clearance.landed", says=says)
        return
    put = replace(_spent(clearance, change), changed_utc=when, flights=flights)
    says = f"{slot.callsign} has disarmed: its clearance is used up (slot {slot.id})"
    put_clearance(change, desk, slot, put, action="clearance.used", says=says)


def _spent(clearance: Clearance, change: Change) -> Clearance:
    """The words were for that take-off: the next one asks for them anew. What was withdrawn stays so until it is given."""
    return replace(_changed(clearance, change, cleared=False), armed_utc=None, votes=(), word=None)


def _rebound(clearance: Clearance, before: Slot, slot: Slot) -> Clearance:
    """What was said of the slot before stays said of it: the clearance alone has moved it on."""
    old, new = bound_of(before), bound_of(slot)
    votes = tuple(replace(vote, about=new) if vote.about == old else vote for vote in clearance.votes)
    word = clearance.word
    if word is not None and word.about == old:
        word = replace(word, about=new)
    return replace(clearance, votes=votes, word=word)


def _changed(clearance: Clearance, change: Change, *, cleared: bool) -> Clearance:
    return replace(clearance, cleared=cleared, by=change.actor.name, changed_utc=change.now.utc)


def _clearable(work: UnitOfWork) -> list[tuple[Slot, Clearance]]:
    """All that could be cleared, with how they stand; in two questions, however many there are."""
    slots = work.slots.in_state(CLEARABLE)
    clearances = work.clearances.of([slot.id for slot in slots])
    return [(slot, clearances[slot.id]) for slot in slots]


def _view(slot: Slot, clearance: Clearance, states: Iterable[ItemState]) -> ClearanceView:
    states = tuple(states)
    return ClearanceView(
        slot=slot.id,
        state=slot.state,
        cleared=clearance.cleared,
        missing=tuple(map(str, missing(states))),
        items=tuple(ClearanceItem(each.item.value, each.answer.value, each.value, each.who) for each in states),
        withdrawn=clearance.withdrawn,
        flights=clearance.flights,
    )
