"""Calendars to subscribe to: one for a company, one for a volume."""

from collections.abc import Callable

from rangeops.domain.audit import Actor
from rangeops.domain.calendar_entries import CalendarEntry, entries_of
from rangeops.domain.errors import NotFound
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require, sees
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import Slot
from rangeops.services.changes import Changes


class Calendars:
    def __init__(self, changes: Changes, definition: RangeDefinition) -> None:
        self._changes = changes
        self._definition = definition

    def of_company(self, company: str, now: Now, actor: Actor) -> tuple[CalendarEntry, ...]:
        """Raises NotFound for a company that never asked for a slot, and to another company's people."""
        if not sees(actor, company):
            raise _none(f"company {company:.60}")
        return self._entries(f"company {company:.60}", lambda slot: slot.company == company, now)

    def of_volume(self, volume: str, now: Now, actor: Actor) -> tuple[CalendarEntry, ...]:
        """Of a bookable volume, or of one that was drawn under that name. Raises NotFound, Forbidden."""
        require(actor, Act.SEE_RANGE, where=f"calendar of {volume:.60}")
        known = any(each.id == volume for each in self._definition.volumes)
        return self._entries(f"volume {volume:.60}", lambda slot: slot.volume == volume, now, may_be_empty=known)

    def _entries(
        self, whose: str, wanted: Callable[[Slot], bool], now: Now, *, may_be_empty: bool = False
    ) -> tuple[CalendarEntry, ...]:
        with self._changes.store.read() as work:
            slots = tuple(slot for slot in work.slots.all() if wanted(slot))
        if not slots and not may_be_empty:
            raise _none(whose)
        return entries_of(slots, self._definition.id, self._definition.name, now.utc)


def _none(whose: str) -> NotFound:
    return NotFound(f"{whose} has no slots", where="calendar", do="See `rangeops slot list`.")
