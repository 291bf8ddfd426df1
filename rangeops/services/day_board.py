"""What one day has beside its slots: what is closed, when it is light, and which requests are in whose way."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.closures import closed_air, closes
from rangeops.domain.daylight import DaylightEvent
from rangeops.domain.now import Now
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.schedules import Span
from rangeops.domain.separation_4d import air_of
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotState
from rangeops.services.changes import Changes
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.ports.world import Recurrences
from rangeops.services.room import Obstacle, Room
from rangeops.wire.board import ClosedView, ConflictView, DayView

_UNDECIDED: Final = frozenset([SlotState.REQUESTED, SlotState.WAITLISTED])
_MOST: Final = 200  # conflicts of a day
_LONGEST_HELD: Final = timedelta(hours=24)  # a flight's twelve hours with set-up and clear-down
_BATCH: Final = 500


class DayBoard:
    def __init__(self, changes: Changes, definition: RangeDefinition, room: Room, recurrences: Recurrences) -> None:
        self._changes = changes
        self.definition = definition
        self._room = room
        self._recurrences = recurrences
        self._zone = ZoneInfo(definition.timezone)

    def bounds(self, day: date) -> Span:
        """Its midnights on the range's own clock."""
        starts, ends = (
            datetime.combine(each, time(), self._zone).astimezone(UTC) for each in (day, day + timedelta(days=1))
        )
        return starts, ends

    def view(self, day: date) -> DayView:
        starts, ends = self.bounds(day)
        events = {} if self.definition.sun is None else self.definition.sun.events(day)
        with self._changes.store.read() as work:
            closed = tuple(self.closed(work, starts, ends))
            conflicts = tuple(self._conflicts(work, starts, ends))
        return DayView(
            day=day,
            starts=starts,
            ends=ends,
            dawn=events.get(DaylightEvent.BMCT),
            dusk=events.get(DaylightEvent.EECT),
            closed=closed,
            conflicts=conflicts[:_MOST],
        )

    def slots(self, span: Span) -> tuple[Slot, ...]:
        """Those that lie in these hours, whatever became of them, by start."""
        starts, ends = span
        found: list[Slot] = []
        after = (starts - _LONGEST_HELD, 0)
        with self._changes.store.read() as work:
            while batch := work.slots.page(_BATCH, after=after):
                found += [slot for slot in batch if slot.starts < ends and slot.ends > starts]
                if batch[-1].starts >= ends:
                    break
                after = (batch[-1].starts, int(batch[-1].id[1:]))
        return tuple(found)

    def today(self, now: Now) -> date:
        """The day of the range's own calendar."""
        return now.utc.astimezone(self._zone).date()

    def waiting(self, now: Now) -> tuple[Slot, ...]:
        """Those that wait for somebody's word and aren't over, by start: requests, waitlisted and offered ones."""
        with self._changes.store.read() as work:
            asked = work.slots.in_state(_UNDECIDED | {SlotState.OFFERED})
        return tuple(slot for slot in asked if slot.ends > now.utc)

    def closed(self, work: UnitOfWork, starts: datetime, ends: datetime) -> Iterator[ClosedView]:
        frame = self.definition.frame
        for closure in work.closures.standing():
            for opens, shuts in self._recurrences.spans(closure, starts, ends):
                air = closed_air(closure, (opens, shuts), self.definition)
                volumes = tuple(
                    volume.id
                    for volume in self.definition.volumes
                    if closes(air, air_of(volume.id, volume.flight_geography, opens, shuts, frame))
                )
                yield ClosedView(
                    closure.id, closure.title, closure.kind.value, closure.basis.value, volumes, opens, shuts
                )

    def _conflicts(self, work: UnitOfWork, starts: datetime, ends: datetime) -> Iterator[ConflictView]:
        """Of what asks for a place, all; of what has one, what is closed under it since."""
        for slot in work.slots.in_state(_UNDECIDED | HOLDS_AIRSPACE):
            if slot.starts < ends and slot.ends > starts:
                undecided = slot.state in _UNDECIDED
                obstacles = self._room.obstacles(work, slot) if undecided else self._room.closed(work, slot)
                yield from (_conflict(slot, each) for each in obstacles)


def _conflict(slot: Slot, obstacle: Obstacle) -> ConflictView:
    other = obstacle.slot
    opens, shuts = obstacle.busy
    starts, ends = max(slot.held_from, opens), min(slot.held_until, shuts)
    return ConflictView(slot.id, "" if other is None else other.id, starts, max(starts, ends), obstacle.why)
