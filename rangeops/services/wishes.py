"""What a company would rather have of a slot that it has: another time, another volume. The range decides; nothing moves by itself.

A wish is an entry of the record about the slot: whoever runs the range reads it in the log, and it stands until the slot
is moved or over.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from rangeops.domain.audit import Actor
from rangeops.domain.errors import Conflict
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require, sees
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.text import reason_given
from rangeops.services.asking import HORIZON, check_times
from rangeops.services.booking import check_version
from rangeops.services.changes import Changes, record_slot, slot_subject, span
from rangeops.services.discretion import must_see
from rangeops.services.ports.store import Evidence, UnitOfWork
from rangeops.wire.api import MoveRequest
from rangeops.wire.company import WishView
from rangeops.wire.shapes import converted

WISH: Final = "slot.wish"
_ANSWERS: Final = frozenset(["slot.moved", "slot.refuse", "slot.cancel", "slot.miss", "slot.activate", "slot.close"])
_MOVABLE: Final = frozenset([SlotState.REQUESTED, SlotState.WAITLISTED, SlotState.APPROVED, SlotState.BRIEFED])
_SINCE: Final = HORIZON + timedelta(days=2)  # no slot, and so no wish of it, is older than it can be booked ahead
_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


class WishDesk:
    def __init__(self, changes: Changes, definition: RangeDefinition) -> None:
        self._changes = changes
        self._definition = definition

    def ask(self, slot_id: SlotId, wanted: MoveRequest, now: Now, actor: Actor) -> WishView:
        """Raises NotFound, Forbidden, Invalid; Conflict for a slot that has moved on, or is to be moved no more."""
        where = f"slot {slot_id:.40}"
        reason = reason_given(wanted.reason, where=where)
        with self._changes.begin(now, actor) as change:
            slot = change.work.slots.get(slot_id)
            must_see(actor, slot.company, "slot", slot_id)
            require(actor, Act.REQUEST_SLOT, where=where, company=slot.company)
            check_version(slot, wanted.version)
            if slot.state not in _MOVABLE:
                raise Conflict(f"it is {slot.state.value}", where=where, do="Ask for another slot.")
            ends = wanted.ends or wanted.starts + (slot.ends - slot.starts)
            check_times(wanted.starts, ends, now)
            volume = slot.volume if wanted.volume is None else self._definition.volume(wanted.volume).id
            says = f"{slot.company} asks to have slot {slot.id} in {volume}, {span(wanted.starts, ends)}: {reason}"
            wish = WishView(slot.id, now.utc, wanted.starts, ends, volume, reason, answered=False)
            record_slot(change, WISH, slot, says, wish)
        return wish

    def of(self, slot_id: SlotId, actor: Actor) -> tuple[WishView, ...]:
        """Of one slot, the newest first. Raises NotFound for one that isn't the actor's to see."""
        with self._changes.store.read() as work:
            slot = work.slots.get(slot_id)
            must_see(actor, slot.company, "slot", slot_id)
            return _wishes(work, [slot])

    def open(self, actor: Actor) -> tuple[WishView, ...]:
        """Those that nobody has answered yet, the newest first; a member's are his company's."""
        with self._changes.store.read() as work:
            movable = work.slots.in_state(_MOVABLE)
            wishes = _wishes(work, [slot for slot in movable if sees(actor, slot.company)])
        return tuple(wish for wish in wishes if not wish.answered)


def _wishes(work: UnitOfWork, slots: Iterable[Slot]) -> tuple[WishView, ...]:
    """A slot's wish is answered by whatever of these came after it; of several wishes the newest counts."""
    slots = tuple(slots)
    if not slots:
        return ()
    since = min(slot.starts for slot in slots) - _SINCE
    told = work.record.about([slot_subject(slot.id) for slot in slots], since, _EVER)
    answered: set[str] = set()
    found: list[WishView] = []
    for each in sorted(told, key=lambda each: each.entry.seq, reverse=True):
        if each.entry.action in _ANSWERS:
            answered.add(each.entry.target)
        elif each.entry.action == WISH:
            found.append(_wish(each, answered=each.entry.target in answered))
            answered.add(each.entry.target)
    return tuple(found)


def _wish(evidence: Evidence, *, answered: bool) -> WishView:
    body = json.loads(evidence.entry.payload)["body"]
    return converted({**body, "answered": answered}, WishView)
