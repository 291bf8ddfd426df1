"""What a change of rules comes to for one flight: alarms that come earlier, later, no more, or anew, and anew for nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.alarms import Condition
from rangeops.rehearsal.recheck import Compared, Raised

CAME_WITHIN: Final = timedelta(seconds=60)  # after an alarm that foresees something: longer is no foresight
_FORESEE: Final = {
    Condition.FORECAST_EXIT: frozenset(
        [
            Condition.OUTSIDE_FLIGHT_GEOGRAPHY,
            Condition.OUTSIDE_CONTINGENCY,
            Condition.OUTSIDE_RANGE,
            Condition.FENCE_BREACH_ON_BOARD,
        ]
    ),
    Condition.REACH_TOUCHES_EDGE: frozenset(
        [Condition.OUTSIDE_FLIGHT_GEOGRAPHY, Condition.OUTSIDE_CONTINGENCY, Condition.OUTSIDE_RANGE]
    ),
    Condition.DRONES_CONVERGE: frozenset([Condition.SEPARATION_LOST]),
}


@dataclass(frozen=True, slots=True)
class FlightTrial:
    """before, after: how many alarms. for_nothing: of the new ones those that foresaw what never came, though nobody acted.

    earlier_s, later_s: the most by which one came earlier or later; 0 for none. failure: why it couldn't be rechecked.
    """

    sysid: int
    slot: str
    callsign: str
    began: datetime
    ended: datetime
    before: int = 0
    after: int = 0
    earlier: int = 0
    earlier_s: float = 0.0
    later: int = 0
    later_s: float = 0.0
    gone: int = 0
    new: int = 0
    for_nothing: int = 0
    failure: str = ""

    @property
    def changed(self) -> bool:
        return bool(self.earlier or self.later or self.gone or self.new)


@dataclass(frozen=True, slots=True)
class Flown:
    """One flight as the record has it. commanded: when the range told it to do something."""

    sysid: int
    slot: str
    callsign: str
    began: datetime
    ended: datetime
    commanded: tuple[datetime, ...] = ()

    def failed(self, why: str) -> FlightTrial:
        return FlightTrial(self.sysid, self.slot, self.callsign, self.began, self.ended, failure=why)


def tried(flown: Flown, pairs: Iterable[Compared]) -> FlightTrial:
    """pairs: of all who flew then; what concerns this flight is counted. An alarm of two concerns both."""
    own = [pair for pair in pairs if _concerns(flown, pair.either)]
    after = [pair.after for pair in own if pair.after is not None]
    moved = [pair.later_s for pair in own if pair.later_s]
    new = [pair.after for pair in own if pair.before is None and pair.after is not None]
    return FlightTrial(
        sysid=flown.sysid,
        slot=flown.slot,
        callsign=flown.callsign,
        began=flown.began,
        ended=flown.ended,
        before=sum(pair.before is not None for pair in own),
        after=len(after),
        earlier=sum(each < 0 for each in moved),
        earlier_s=-min(moved, default=0.0) if min(moved, default=0.0) < 0 else 0.0,
        later=sum(each > 0 for each in moved),
        later_s=max(max(moved, default=0.0), 0.0),
        gone=sum(pair.after is None for pair in own),
        new=len(new),
        for_nothing=sum(_was_for_nothing(each, after, flown.commanded) for each in new),
    )


def _concerns(flown: Flown, raised: Raised) -> bool:
    named = raised.source.replace(",", " ").split()
    return flown.callsign in named and flown.began <= raised.raised_utc <= flown.ended + CAME_WITHIN


def _was_for_nothing(raised: Raised, after: Sequence[Raised], commanded: Iterable[datetime]) -> bool:
    """It foresaw something, under the same rules that didn't come, and the range didn't keep it from coming."""
    foresees = _FORESEE.get(raised.condition)
    until = max(raised.raised_utc, raised.over_utc or raised.raised_utc) + CAME_WITHIN
    if foresees is None or any(raised.raised_utc <= when <= until for when in commanded):
        return False
    return not any(each.condition in foresees and raised.raised_utc <= each.raised_utc <= until for each in after)
