"""Spans of a day: in which something was true of a vehicle, and whether an alarm stood in them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from day_evidence import DayEvidence, TruePoint

Spans = Sequence[tuple[datetime, datetime]]


class Broken(NamedTuple):
    """One way in which an invariant doesn't hold, and from when on."""

    invariant: str
    utc: datetime
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} at {self.utc:%H:%M:%S.%f}: {self.what}"


def spans_of(track: Sequence[TruePoint], holds: Callable[[TruePoint], bool]) -> Iterator[tuple[datetime, datetime]]:
    """From the first point at which it holds to the last, for each time that it does."""
    since = last = None
    for point in track:
        if holds(point):
            since, last = since or point.utc, point.utc
        elif since is not None and last is not None:
            yield since, last
            since = None
    if since is not None and last is not None:
        yield since, last


def alarmed(
    day: DayEvidence, sysid: int, conditions: frozenset[str], since: datetime, until: datetime, *, within_s: float
) -> bool:
    """Did one of these alarms of the vehicle stand when it began, or within so long of that."""
    latest = min(until, since + timedelta(seconds=within_s)) if within_s else since
    return any(
        each.sysid == sysid and each.condition in conditions and each.since <= latest and each.until >= since
        for each in day.alarms
    )
