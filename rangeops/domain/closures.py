"""Closures: when some of the range, or all of it, is nobody's. Once or again and again by a rule of RFC 5545.

A rule counts on the clock on the range's wall: "every Wednesday at nine" stays at nine when clocks change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, NewType

from rangeops.domain.airspace import Airspace, meet
from rangeops.domain.errors import Invalid
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.schedules import Span
from rangeops.domain.separation_4d import air_of
from rangeops.domain.slots import Slot
from rangeops.domain.volumes import Volume, VolumeId

ClosureId = NewType("ClosureId", str)  # "C3"

NEAR_M: Final = 500.0  # airborne this near to an emergency's air: held until it has passed


class ClosureKind(Enum):
    TRAFFIC = "traffic"  # crewed aircraft on the runway
    EVENT = "event"
    NATURE = "nature"  # breeding season
    WORKS = "works"
    CALL_OUT = "call-out"  # an emergency service, for real
    EXERCISE = "exercise"  # of an emergency service, on the safety campus


class Basis(Enum):
    """Whose rule it is, so that nobody takes a house rule for law."""

    LAW = "law"
    HOUSE = "house rule"


EMERGENCY: Final = frozenset([ClosureKind.CALL_OUT, ClosureKind.EXERCISE])


@dataclass(frozen=True, slots=True)
class Closure:
    """volumes and drawn: what it closes; with neither, the whole range. starts, ends: of its first time, aware UTC.

    rule: an RRULE, "" for once. spared: slots that it doesn't concern. removed_utc: None while it stands; nothing is
    ever deleted.
    """

    id: ClosureId
    version: int
    kind: ClosureKind
    basis: Basis
    title: str
    volumes: tuple[VolumeId, ...]
    drawn: Volume | None
    starts: datetime
    ends: datetime
    rule: str
    spared: tuple[str, ...]
    by: str
    changed_utc: datetime
    reason: str = ""
    removed_utc: datetime | None = None

    @property
    def is_emergency(self) -> bool:
        return self.kind in EMERGENCY

    def where(self) -> str:
        if not self.volumes and self.drawn is None:
            return "the whole range"
        return ", ".join((*self.volumes, *(["a drawn area"] if self.drawn else [])))


class Must(Enum):
    """What somebody has to do who is where an emergency service comes. What is on the ground waits."""

    LAND = "land"  # flies in its air: out of it, and down
    HOLD = "hold"  # flies near
    WAIT = "wait"  # not in the air: stays on the ground


def closed_air(closure: Closure, span: Span, definition: RangeDefinition) -> tuple[Airspace, ...]:
    """What one time of a closure closes. Raises NotFound for a volume that the range doesn't have (any more)."""
    shapes = [(volume, definition.volume(volume).flight_geography) for volume in closure.volumes]
    if closure.drawn is not None:
        shapes.append((VolumeId("drawn"), closure.drawn))
    if not shapes:
        shapes.append((VolumeId("range"), _everywhere(definition.boundary)))
    return tuple(air_of(f"{closure.id} {name}", shape, *span, definition.frame) for name, shape in shapes)


def closes(closed: Iterable[Airspace], air: Airspace) -> bool:
    """Whether a slot's airspace (contingency volume, without buffers) meets what is closed."""
    return any(meet(each, air) for each in closed)


def must(closed: Iterable[Airspace], air: Airspace, *, airborne: bool) -> Must | None:
    """What a slot's vehicle has to do while an emergency service has this air; None: nothing, it is far enough."""
    parts = tuple(closed)
    in_time = [each for each in parts if each.starts < air.ends and air.starts < each.ends]
    if closes(in_time, air):
        return Must.LAND if airborne else Must.WAIT
    if any(float(each.core.distance(air.core)) <= NEAR_M for each in in_time):
        return Must.HOLD if airborne else Must.WAIT
    return None


def check_closure(closure: Closure, definition: RangeDefinition) -> None:
    """Raises Invalid, NotFound for what closes nothing."""
    where = "closure"
    if closure.ends <= closure.starts:
        raise Invalid("it ends before it starts", where=where, do="Swap or correct the times.")
    if not closure.title:
        raise Invalid("it has no title", where=where, do="Say in a few words why it is closed.")
    if closure.is_emergency and closure.rule:
        raise Invalid("an emergency doesn't recur", where=where, do="Leave the rule out.")
    closed_air(closure, (closure.starts, closure.ends), definition)


def is_spared(closure: Closure, slot: Slot) -> bool:
    return slot.id in closure.spared


def _everywhere(boundary: Volume) -> Volume:
    """The range at every height."""
    return Volume(boundary.outer, -1000.0, 100_000.0, boundary.holes)
