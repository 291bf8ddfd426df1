"""When a flight would fit: for a company that looks for a time before it asks for one.

What is said is that nothing stands in its way, never what would. It holds nothing: the next request may have it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.audit import Actor
from rangeops.domain.day_shift import at
from rangeops.domain.errors import Invalid
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.schedules import Span
from rangeops.domain.slot_terms import SlotTerms
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import VolumeId
from rangeops.services.asking import HORIZON, LONGEST_SLOT, times_fault
from rangeops.services.changes import Changes
from rangeops.services.ports.world import Airframes
from rangeops.services.room import Room
from rangeops.wire.company import FreeRequest, FreeView

STEP: Final = timedelta(minutes=15)  # starts are looked at on the range's own quarters of an hour
MOST_DAYS: Final = 14
_WHERE: Final = "free times"
_LONGEST_PHASE: Final = 240  # minutes, as in a request


class FreeTimes:
    def __init__(self, changes: Changes, definition: RangeDefinition, airframes: Airframes, room: Room) -> None:
        self._changes = changes
        self._definition = definition
        self._airframes = airframes
        self._room = room
        self._zone = ZoneInfo(definition.timezone)

    def find(self, wanted: FreeRequest, now: Now, actor: Actor) -> tuple[FreeView, ...]:
        """By volume, then time. Raises Invalid, NotFound, Forbidden."""
        require(actor, Act.REQUEST_SLOT, where=_WHERE, company=wanted.company)
        self._check(wanted, now)
        volumes = wanted.volumes or tuple(volume.id for volume in self._definition.volumes)
        starts, ends = self._days(wanted, now)
        if starts >= ends:
            return ()
        found: list[FreeView] = []
        with self._changes.store.read() as work:
            for volume in volumes:
                slot = _asked(wanted, VolumeId(self._definition.volume(volume).id), starts)
                around = at(slot, starts + (ends - starts) / 2)
                busy = self._room.busy_around(work, around, (ends - starts) / 2 + LONGEST_SLOT, now)
                found += _windows(volume, self._fitting(slot, busy, (starts, ends)))
        return tuple(found)

    def _check(self, wanted: FreeRequest, now: Now) -> None:
        longest = int(LONGEST_SLOT.total_seconds() // 60)
        phases = (wanted.set_up_minutes, wanted.clear_down_minutes, wanted.time_out_minutes)
        if not 1 <= wanted.minutes <= longest or not all(0 <= each <= _LONGEST_PHASE for each in phases):
            raise Invalid(
                f"a flight is 1 to {longest} minutes, a phase 0 to {_LONGEST_PHASE}", where=_WHERE, do="Correct it."
            )
        if not 1 <= wanted.days <= MOST_DAYS:
            raise Invalid(f"it isn't 1 to {MOST_DAYS} days", where=_WHERE, do="Look at fewer days at a time.")
        if wanted.first > (now.utc + HORIZON).astimezone(self._zone).date():
            raise Invalid(f"it is more than {HORIZON.days} days ahead", where=_WHERE, do="Ask again nearer to the day.")
        self._airframes.get(wanted.airframe)

    def _days(self, wanted: FreeRequest, now: Now) -> Span:
        """In which it may begin: from now or the first day's midnight, to the last day's or as far ahead as slots are booked."""
        opens, closes = (
            datetime.combine(day, time(), self._zone).astimezone(UTC)
            for day in (wanted.first, wanted.first + timedelta(days=wanted.days))
        )
        return max(opens, now.utc), min(closes, now.utc + HORIZON)

    def _fitting(self, slot: Slot, busy: Iterable[Span], within: Span) -> Iterator[datetime]:
        """Starts of the flight, in order: all that is on the grid, free, and within the range's hours."""
        taken = _merged(busy)
        starts, ends = within
        place, step = 0, _first_step(starts)
        while step < ends:
            moved = at(slot, step)
            while place < len(taken) and taken[place][1] <= moved.held_from:
                place += 1
            is_free = place == len(taken) or moved.held_until <= taken[place][0]
            if is_free and moved.held_from >= starts and not times_fault(self._definition, moved):
                yield step
            step += STEP


def _asked(wanted: FreeRequest, volume: VolumeId, starts: datetime) -> Slot:
    """The slot that it would be; it is in no store."""
    return Slot(
        id=SlotId("S0"),
        version=0,
        company=wanted.company,
        volume=volume,
        starts=starts,
        ends=starts + timedelta(minutes=wanted.minutes),
        sysid=Sysid(wanted.sysid),
        callsign="",
        airframe=wanted.airframe,
        contact="",
        plan=None,
        state=SlotState.REQUESTED,
        terms=SlotTerms(
            aircraft=wanted.aircraft,
            pilots=wanted.pilots,
            set_up_minutes=wanted.set_up_minutes,
            clear_down_minutes=wanted.clear_down_minutes,
            time_out_minutes=wanted.time_out_minutes,
        ),
    )


def _first_step(starts: datetime) -> datetime:
    """Quarters of an hour are the same ones in UTC and on every clock that is whole quarters off it."""
    floor = _quarter(starts)
    return floor if floor >= starts else floor + STEP


def _quarter(moment: datetime) -> datetime:
    """Down to its quarter of an hour."""
    minutes = int(STEP.total_seconds() // 60)
    return moment.replace(minute=moment.minute // minutes * minutes, second=0, microsecond=0)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for starts, ends in sorted(spans):
        if merged and starts <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((starts, ends))
    return merged


def _windows(volume: str, starts: Iterable[datetime]) -> Iterator[FreeView]:
    """Starts that follow each other on the grid are one window."""
    window: FreeView | None = None
    for start in starts:
        if window is not None and start - window.latest == STEP:
            window = replace(window, latest=start)
            continue
        if window is not None:
            yield window
        window = FreeView(volume, start, start)
    if window is not None:
        yield window
