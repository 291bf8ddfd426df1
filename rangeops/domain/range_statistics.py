"""Figures of a day or a month on the range: what was flown, what went wrong of it, and whose the lost minutes are.

A flight is from arming to disarming, as the watch saw it: that is what a clearance is for, and what every vehicle tells.
Rates are per 100 flight hours for incidents (as safety statistics are usually given) and per flight hour for alarms; where
nothing was flown there is no rate, which isn't zero.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from rangeops.domain.slot_terms import StopReason
from rangeops.domain.slots import Slot
from rangeops.domain.telemetry import Sysid

T = TypeVar("T")

UNKNOWN: Final = ""  # the company or zone of what was in no slot
HEARD_AGAIN_WITHIN: Final = timedelta(minutes=10)  # whom nobody heard for longer isn't counted as flying on
_HUNDRED: Final = 100.0
_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Flight:
    """From arming to disarming. began, ended: within the period, though it was longer. company, zone, slot: "" without slot."""

    sysid: Sysid
    began: datetime
    ended: datetime
    slot: str = ""
    company: str = UNKNOWN
    zone: str = UNKNOWN

    @property
    def hours(self) -> float:
        return (self.ended - self.began).total_seconds() / _HOUR_S


@dataclass(frozen=True, slots=True)
class Happened:
    """An incident, as far as it is counted."""

    id: str
    company: str
    zone: str
    occurrence_class: str


@dataclass(frozen=True, slots=True)
class Share:
    """Of one company or zone. incidents_per_100_h: None where nothing was flown."""

    name: str
    flights: int
    hours: float
    incidents: int
    incidents_per_100_h: float | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """alarms: by priority. alarms_per_hour: of flight. verdicts: on what the range did by itself, and how many wait ("open").

    lost_minutes: that slots' clocks stood within the period, by whose they are.
    """

    flights: int
    hours: float
    incidents: int
    incidents_per_100_h: float | None
    by_company: tuple[Share, ...]
    by_zone: tuple[Share, ...]
    by_class: tuple[tuple[str, int], ...]
    alarms: tuple[tuple[int, int], ...]
    alarms_per_hour: float | None
    verdicts: dict[str, int]
    lost_minutes: dict[StopReason, float]


def flights_of(
    armings: Iterable[tuple[Sysid, datetime, bool]],
    lost: Iterable[tuple[Sysid, datetime]],
    starts: datetime,
    ends: datetime,
) -> tuple[Flight, ...]:
    """Flights within [starts, ends) out of each vehicle's arming (True), disarming, and when it was heard no more, in any order.

    Tell of the time before `starts`, too, so that who was armed as it began is known. Who is armed at `ends` flew until
    then. An arming that is told twice, and a disarming of who wasn't armed, are none. Of who was lost, and told nothing
    within HEARD_AGAIN_WITHIN, nobody knows when he landed: his flight ends where he was lost.
    """
    told = [(when, sysid, armed) for sysid, when, armed in armings] + [(when, sysid, None) for sysid, when in lost]
    since: dict[Sysid, datetime] = {}
    lost_at: dict[Sysid, datetime] = {}
    found: list[Flight] = []

    def end(sysid: Sysid, when: datetime) -> None:
        if (began := since.pop(sysid, None)) is not None:
            found.append(Flight(sysid, began, when))

    for when, sysid, armed in sorted(told, key=lambda each: each[0]):
        if when >= ends:
            continue
        silent_since = lost_at.pop(sysid, None)
        if silent_since is not None and when - silent_since > HEARD_AGAIN_WITHIN:
            end(sysid, silent_since)
        if armed is None:
            lost_at[sysid] = when if silent_since is None or sysid not in since else silent_since
        elif armed:
            since.setdefault(sysid, when)
        else:
            end(sysid, when)
    for sysid in list(since):
        silent_since = lost_at.get(sysid)
        gone = silent_since is not None and ends - silent_since > HEARD_AGAIN_WITHIN
        end(sysid, silent_since if gone and silent_since is not None else ends)
    clipped = (replace(each, began=max(each.began, starts)) for each in found if each.ended > starts)
    return tuple(sorted(clipped, key=lambda flight: (flight.began, flight.sysid)))


def lost_within(slots: Iterable[Slot], starts: datetime, ends: datetime) -> dict[StopReason, float]:
    """Minutes of [starts, ends) in which slots' clocks stood, by reason; one that still stands counts until `ends`."""
    lost = dict.fromkeys(StopReason, 0.0)
    for slot in slots:
        for stop in slot.stops:
            stood = min(stop.ended or ends, ends) - max(stop.began, starts)
            lost[stop.reason] += max(stood.total_seconds(), 0.0) / 60
    return lost


def statistics(
    flights: Iterable[Flight],
    incidents: Iterable[Happened],
    alarms: Iterable[int],
    verdicts: Mapping[str, int],
    lost_minutes: Mapping[StopReason, float],
) -> Statistics:
    """alarms: the priority of each that was raised. verdicts: by `reviews.counted`."""
    flown, happened, priorities = tuple(flights), tuple(incidents), sorted(alarms)
    hours = sum(flight.hours for flight in flown)
    return Statistics(
        flights=len(flown),
        hours=hours,
        incidents=len(happened),
        incidents_per_100_h=per(len(happened), hours / _HUNDRED),
        by_company=_shares(flown, happened, lambda each: each.company, lambda each: each.company),
        by_zone=_shares(flown, happened, lambda each: each.zone, lambda each: each.zone),
        by_class=_counted(each.occurrence_class for each in happened),
        alarms=_counted(priorities),
        alarms_per_hour=per(len(priorities), hours),
        verdicts=dict(verdicts),
        lost_minutes=dict(lost_minutes),
    )


def per(count: int, hours: float) -> float | None:
    """A rate; None where there is nothing to hold it against."""
    return count / hours if hours > 0 else None


def _shares(
    flights: tuple[Flight, ...],
    incidents: tuple[Happened, ...],
    of_flight: Callable[[Flight], str],
    of_incident: Callable[[Happened], str],
) -> tuple[Share, ...]:
    """By name; who neither flew nor had an incident isn't there."""
    names = sorted({*map(of_flight, flights), *map(of_incident, incidents)})
    shares = []
    for name in names:
        own = [flight for flight in flights if of_flight(flight) == name]
        hours, count = sum(flight.hours for flight in own), sum(of_incident(each) == name for each in incidents)
        shares.append(Share(name, len(own), hours, count, per(count, hours / _HUNDRED)))
    return tuple(shares)


def _counted(values: Iterable[T]) -> tuple[tuple[T, int], ...]:
    counts: dict[T, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return tuple(sorted(counts.items()))
