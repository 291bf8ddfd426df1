"""A day as it goes: slots moved, delayed, their clocks stopped; briefings and debriefs acknowledged."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.audit import Actor
from rangeops.domain.day_shift import Day, Fits, Move, Shift, at, least_harm
from rangeops.domain.errors import Conflict, Invalid
from rangeops.domain.now import Now, require_counted
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.resources import shortages
from rangeops.domain.slot_clock import due_back, lost_minutes, started, stopped
from rangeops.domain.slot_terms import Acknowledgement, Notice, StopReason
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotId, SlotState
from rangeops.domain.text import reason_given, safe_text
from rangeops.domain.volumes import VolumeId
from rangeops.services.alternatives import Alternatives
from rangeops.services.asking import check_times, times_fault
from rangeops.services.booking import check_version
from rangeops.services.changes import Change, Changes, record_slot, span
from rangeops.services.orders import OrderDesk
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.room import Obstacle, Room
from rangeops.services.standby import Standby
from rangeops.wire.api import ClockRequest, MoveRequest, NoticeRequest, ShiftRequest

_LONGEST_DELAY: Final = timedelta(hours=12)
_MOVABLE: Final = frozenset([SlotState.REQUESTED, SlotState.WAITLISTED, SlotState.APPROVED, SlotState.BRIEFED])
_DEBRIEFED: Final = frozenset([SlotState.ACTIVE, SlotState.CLOSED])
_MINUTE: Final = timedelta(minutes=1)


class DayDesk:
    """Every method that changes something raises Forbidden for whoever may not, Conflict for an older version."""

    def __init__(
        self,
        changes: Changes,
        definition: RangeDefinition,
        desk: OrderDesk,
        *,
        room: Room,
        alternatives: Alternatives,
        standby: Standby,
    ) -> None:
        self._changes = changes
        self._definition = definition
        self._desk = desk
        self._room = room
        self._alternatives = alternatives
        self._standby = standby

    def move(self, slot_id: SlotId, wanted: MoveRequest, now: Now, actor: Actor) -> Slot:
        """The slot at another time or in another volume; what it has left is offered. Raises Conflict where it isn't free."""
        where = f"slot {slot_id}"
        reason = reason_given(wanted.reason, where=where)
        with self._changes.begin(now, actor) as change:
            slot = change.work.slots.get(slot_id)
            require(actor, Act.DECIDE_SLOT, where=where, company=slot.company)
            check_version(slot, wanted.version)
            moved = self._moved(slot, wanted, now)
            if slot.state in HOLDS_AIRSPACE and (obstacle := self._room.first(change.work, moved)) is not None:
                do = self._alternatives.sentence(change.work, moved, now)
                raise Conflict(obstacle.why, where=where, do=do)
            moved = self._put(change, moved, f"moved to {moved.volume}, {span(moved.starts, moved.ends)}", reason)
            if slot.state in HOLDS_AIRSPACE:
                self._standby.freed(change, slot)
            self._desk.refresh(change)
        return moved

    def proposal(self, slot_id: SlotId, delay: timedelta, now: Now) -> Shift:
        """What a slot's delay leads to for the others of its day, with the least harm. Changes nothing."""
        if not timedelta(0) < delay <= _LONGEST_DELAY:
            raise Invalid("the delay isn't 1 minute to 12 hours", where=f"slot {slot_id}", do="Give its minutes.")
        with self._changes.store.read() as work:
            slot = work.slots.get(slot_id)
            if slot.state not in HOLDS_AIRSPACE:
                raise Conflict(
                    f"it is {slot.state.value}", where=f"slot {slot_id}", do="Delay a slot that is to be flown."
                )
            delayed = self._delayed(slot, delay, now)
            until = self._end_of_day(slot.starts)
            held = [each for each in work.slots.holding(slot.held_from, until) if each.id != slot.id]
            later = self._in_the_way(delayed, held, now)
            staying = [each for each in held if each not in later]
            for obstacle in (*self._room.closed(work, delayed), *self._among(delayed, staying)):
                raise Conflict(obstacle.why, where=f"slot {slot_id}", do="That can't be moved: choose another delay.")
            behind = (each.held_until + self._room.gap for each in staying)
            closed = (
                obstacle.busy[1]
                for each in (delayed, *later)
                for obstacle in self._room.closed(work, _until(each, until))
            )
            day = Day(until, self._room.gap, (*behind, *closed))
            shift = least_harm(delayed, later, self._fits(work, staying), day)
        own = Move(slot.id, slot.version, slot.starts, slot.ends, delayed.starts, delayed.ends)
        return Shift((own, *shift.moves), shift.harm)

    def accept(self, wanted: ShiftRequest, now: Now, actor: Actor) -> tuple[Slot, ...]:
        """All the moves of a proposal, or none of them. Those without a place stay where they are, and must be told."""
        require(actor, Act.DECIDE_SLOT, where="delay")
        reason = reason_given(wanted.reason, where="delay")
        placed = [move for move in wanted.moves if move.new_starts is not None and move.new_ends is not None]
        if not placed or len({move.slot for move in placed}) != len(placed):
            raise Invalid("it moves nothing, or something twice", where="delay", do="Ask for the proposal anew.")
        require_counted("delay", *(moment for move in placed for moment in (move.new_starts, move.new_ends) if moment))
        # The last first: each moves into air that is free, or that the one before has just left.
        last_first = sorted(placed, key=lambda each: each.new_starts or each.starts, reverse=True)
        with self._changes.begin(now, actor) as change:
            changed = [self._accept_one(change, move, reason, now) for move in last_first]
            self._desk.refresh(change)
        return tuple(sorted(changed, key=lambda slot: (slot.starts, slot.id)))

    def clock(self, slot_id: SlotId, wanted: ClockRequest, now: Now, actor: Actor) -> Slot:
        """Stop the slot's clock, or start it again: its flight's end moves by as long as it stood, as far as there is room."""
        with self._changes.begin(now, actor) as change:
            slot = change.work.slots.get(slot_id)
            require(actor, Act.DECIDE_SLOT, where=f"slot {slot_id}", company=slot.company)
            check_version(slot, wanted.version)
            if wanted.stop:
                slot = stopped(slot, _stop_reason(wanted.stop), now.utc, actor.name)
                return self._put(change, slot, f"clock stopped ({wanted.stop})", "")
            given = self._given_back(change.work, slot, due_back(slot, now.utc), now)
            lost = due_back(slot, now.utc) - given
            slot = started(slot, now.utc, given)
            says = f"clock runs again, flight ends {slot.ends:%H:%M} UTC"
            if lost > timedelta(0):
                says += f"; {lost.total_seconds() / 60:.0f} min could not be given back: delay who follows"
            slot = self._put(change, slot, says, "")
            self._desk.refresh(change)
        return slot

    def acknowledge(self, slot_id: SlotId, wanted: NoticeRequest, now: Now, actor: Actor) -> Slot:
        """Somebody has heard the briefing, or the debrief; once for each of them."""
        where = f"slot {slot_id}"
        who = safe_text(wanted.who.strip(), limit=60)
        notice = next((each for each in Notice if each.value == wanted.notice), None)
        if notice is None or not who:
            raise Invalid("a notice is briefing or debrief, and somebody's", where=where, do="Name both.")
        with self._changes.begin(now, actor) as change:
            slot = change.work.slots.get(slot_id)
            require(actor, Act.ACKNOWLEDGE_NOTICE, where=where, company=slot.company)
            allowed = _DEBRIEFED if notice is Notice.DEBRIEF else HOLDS_AIRSPACE
            if slot.state not in allowed:
                raise Conflict(f"it is {slot.state.value}: no {notice.value} now", where=where, do="Wait for its time.")
            if any(each.notice is notice and each.who == who for each in slot.acknowledged):
                return slot
            slot = replace(slot, acknowledged=(*slot.acknowledged, Acknowledgement(notice, who, now.utc)))
            return self._put(change, slot, f"{notice.value} acknowledged by {who}", "")

    def lost(self, starts: datetime, ends: datetime) -> dict[StopReason, float]:
        """Minutes that clocks stood in slots of that time, by whose they are."""
        with self._changes.store.read() as work:
            return lost_minutes(slot for slot in work.slots.all() if starts <= slot.starts < ends)

    def _moved(self, slot: Slot, wanted: MoveRequest, now: Now) -> Slot:
        where = f"slot {slot.id}"
        if slot.state not in _MOVABLE:
            raise Conflict(f"it is {slot.state.value}", where=where, do="Book another slot.")
        ends = wanted.ends or wanted.starts + (slot.ends - slot.starts)
        check_times(wanted.starts, ends, now)
        moved = replace(slot, starts=wanted.starts, ends=ends)
        if wanted.volume is not None and wanted.volume != slot.volume:
            if slot.plan is not None:
                raise Conflict(
                    f"plan {slot.plan} was checked for {slot.volume}",
                    where=where,
                    do="Book anew with a plan for there.",
                )
            moved = replace(moved, volume=VolumeId(self._definition.volume(wanted.volume).id), drawn=None)
        if fault := times_fault(self._definition, moved):
            raise Conflict(fault, where=where, do="Choose a time within the range's hours.")
        return moved

    def _delayed(self, slot: Slot, delay: timedelta, now: Now) -> Slot:
        """What has begun ends later; what hasn't begins later."""
        if slot.starts <= now.utc:
            return replace(slot, ends=slot.ends + delay)
        return at(slot, slot.starts + delay)

    def _among(self, slot: Slot, others: Sequence[Slot]) -> Iterator[Obstacle]:
        yield from (found for other in others if (found := self._room.between(slot, other)) is not None)
        yield from self._room.short_of(slot, others)

    def _in_the_way(self, delayed: Slot, held: list[Slot], now: Now) -> list[Slot]:
        """Those that the delay pushes, one behind the other, and those that they push in turn.

        What has begun is never moved.
        """
        found, pushed = [], [delayed]
        for other in sorted(held, key=lambda slot: (slot.starts, slot.id)):
            if other.starts <= now.utc or other.state not in _MOVABLE:
                continue
            place = other
            while (before := self._pushes(place, pushed, held)) is not None:
                behind = before.held_until + self._room.gap + (other.starts - other.held_from)
                place = at(other, max(behind, place.starts + _MINUTE))
            if place != other:
                found.append(other)
                pushed.append(place)
        return found

    def _pushes(self, place: Slot, pushed: Sequence[Slot], held: Iterable[Slot]) -> Slot | None:
        """Who of the pushed is in its way, or has some of what there isn't enough of then."""
        if (before := next((each for each in pushed if self._room.between(place, each)), None)) is not None:
            return before
        known = {each.id for each in pushed}
        beside = (*pushed, *(each for each in held if each.id not in known))
        short = shortages(place, beside, self._definition.resources)
        return next((each for found in short for each in found.holders if each.id in known), None)

    def _fits(self, work: UnitOfWork, staying: list[Slot]) -> Fits:
        def fits(slot: Slot, beside: Sequence[Slot]) -> bool:
            return (
                next(self._among(slot, (*beside, *staying)), None) is None
                and next(self._room.closed(work, slot), None) is None
                and not times_fault(self._definition, slot)
            )

        return fits

    def _accept_one(self, change: Change, move: Move, reason: str, now: Now) -> Slot:
        where = f"slot {move.slot}"
        slot = change.work.slots.get(move.slot)
        check_version(slot, move.version)
        assert move.new_starts is not None and move.new_ends is not None  # noqa: PT018  # both were looked at
        check_times(move.new_starts, move.new_ends, now)
        moved = replace(slot, starts=move.new_starts, ends=move.new_ends)
        if slot.state not in HOLDS_AIRSPACE or (slot.state is SlotState.ACTIVE and moved.starts != slot.starts):
            raise Conflict(f"it is {slot.state.value}", where=where, do="Ask for the proposal anew.")
        if (obstacle := self._room.first(change.work, moved)) is not None:
            raise Conflict(obstacle.why, where=where, do="Something changed meanwhile: ask for the proposal anew.")
        return self._put(change, moved, f"moved to {span(moved.starts, moved.ends)}", reason)

    def _given_back(self, work: UnitOfWork, slot: Slot, due: timedelta, now: Now) -> timedelta:
        """As much of what is due as there is room for, in whole minutes where it isn't all."""
        given = due
        while given > timedelta(0) and self._room.first(work, started(slot, now.utc, given)) is not None:
            whole = timedelta(minutes=given // _MINUTE)
            given = whole if whole < given else given - _MINUTE
        return max(given, timedelta(0))

    def _put(self, change: Change, slot: Slot, deed: str, reason: str) -> Slot:
        slot = replace(slot, version=slot.version + 1, reason=reason or slot.reason)
        change.work.slots.replace(slot)
        says = f"slot {slot.id} ({slot.company}, {slot.callsign}): {deed} by {change.actor.name}"
        says = f"{says}: {reason}" if reason else says
        record_slot(change, f"slot.{deed.split(maxsplit=1)[0]}", slot, says, slot)
        return slot

    def _end_of_day(self, moment: datetime) -> datetime:
        zone = ZoneInfo(self._definition.timezone)
        day = moment.astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(day, time(0), zone).astimezone(UTC)


def _until(slot: Slot, ends: datetime) -> Slot:
    return replace(slot, ends=max(slot.ends, ends))


def _stop_reason(text: str) -> StopReason:
    for reason in StopReason:
        if reason.value == text:
            return reason
    names = ", ".join(reason.value for reason in StopReason)
    raise Invalid(f"{text!r:.30} is no reason to stop a clock", where="slot's clock", do=f"Use {names}.")
