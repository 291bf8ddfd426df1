"""Flights that lie in the record: which were flown at once, so that they are put before the watch together. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from rangeops.domain.range_statistics import Flight

BESIDE = timedelta(seconds=5)  # of the recording before arming and after disarming


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which somebody flew all along. flights: in the order in which they began."""

    begins: datetime
    ends: datetime
    flights: tuple[Flight, ...]


def stretches(flights: Iterable[Flight]) -> tuple[Stretch, ...]:
    """Flights that overlap, with BESIDE, are one stretch: who converges with whom can be told in no other way."""
    found: list[Stretch] = []
    for flight in sorted(flights, key=lambda each: (each.began, each.sysid)):
        begins, ends = flight.began - BESIDE, flight.ended + BESIDE
        if found and begins <= found[-1].ends:
            last = found[-1]
            found[-1] = Stretch(last.begins, max(last.ends, ends), (*last.flights, flight))
        else:
            found.append(Stretch(begins, ends, (flight,)))
    return tuple(found)
