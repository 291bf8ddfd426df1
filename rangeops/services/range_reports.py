"""The range's daily log and its monthly safety statistics, out of the record and what is stored."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rangeops.domain.alarms import Alarm
from rangeops.domain.audit import GENESIS_HASH, Actor
from rangeops.domain.commands import CommandProgress
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.events import ArmedChanged, VehicleLost
from rangeops.domain.incident_review import months_after
from rangeops.domain.incidents import Incident
from rangeops.domain.now import Now, can_be_counted
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.range_statistics import Flight, Happened, Statistics, flights_of, lost_within, statistics
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.registers import Aircraft
from rangeops.domain.reviews import counted
from rangeops.domain.slots import Slot, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.text import safe_text
from rangeops.services.changes import RANGE, Changes, slot_subject, vehicle
from rangeops.services.duty import DUTY
from rangeops.services.incident_reviews import newest_review
from rangeops.services.incidents import event_of
from rangeops.services.ports.store import Evidence, UnitOfWork
from rangeops.services.recorded_incidents import recorded_incident
from rangeops.services.reviews import ReviewDesk
from rangeops.services.words import KIND
from rangeops.wire.reports import (
    AlarmLine,
    CommandLine,
    DayReport,
    EntryLine,
    IncidentLine,
    MonthReport,
    SlotLine,
)
from rangeops.wire.shapes import converted

_LONGEST_FLIGHT: Final = timedelta(hours=24)  # an arming longer before a period says nothing of its beginning
_DAY: Final = timedelta(days=1)
_OF_FLIGHTS: Final = frozenset(f"watch.{KIND[event]}" for event in (ArmedChanged, VehicleLost))
_COMMAND: Final = "watch.command"
_NOT_FLOWN: Final = frozenset(
    [SlotState.REFUSED, SlotState.CANCELLED, SlotState.WAITLISTED, SlotState.REQUESTED, SlotState.OFFERED]
)
_UNCLASSIFIED: Final = "not classified"
_WHERE: Final = "a report of the range"


@dataclass(frozen=True, slots=True)
class _Period:
    """Begins and ends at midnights of the range. told: to when anything can be known."""

    starts: datetime
    ends: datetime
    told: datetime


@dataclass(frozen=True, slots=True)
class _Known:
    """Read once for a report: of a year there are thousands. vehicles: the subjects of all that were ever here."""

    slots: tuple[Slot, ...]
    vehicles: tuple[str, ...]


class RangeReportDesk:
    def __init__(self, changes: Changes, definition: RangeDefinition, reviews: ReviewDesk, *, simulation: bool) -> None:
        self._changes = changes
        self._definition = definition
        self._reviews = reviews
        self._simulation = simulation
        self._zone = ZoneInfo(definition.timezone)

    def day(self, day: date, now: Now, actor: Actor) -> DayReport:
        """The log of a day of the range's own calendar. Raises Forbidden, and Invalid for one that is to come."""
        require(actor, Act.SEE_RANGE, where=_WHERE)
        self._require_begun(day, now)
        period = self._period(day, day + _DAY, now)
        with self._changes.store.read() as work:
            known = _known(work)
            told = _told(work, known, period.starts - _LONGEST_FLIGHT, period.told)
            today = tuple(each for each in told if each.happened >= period.starts)
            flights = _flights(known, told, period)
            incidents = _incidents(work, period)
            return DayReport(
                range_name=self._definition.name,
                simulation=self._simulation,
                timezone=self._definition.timezone,
                day=day,
                starts=period.starts,
                ends=period.ends,
                so_far=now.utc < period.ends,
                written_utc=now.utc,
                by=actor.name,
                head=_head(work),
                slots=tuple(_slot_line(slot, flights, period) for slot in _slots(known, period)),
                clearances=tuple(_lines(today, "clearance.")),
                alarms=tuple(map(_alarm_line, _alarms(work, period))),
                commands=tuple(_commands(known, today)),
                incidents=tuple(_incident_line(work, each) for each in incidents),
                duty=tuple(_lines(today, "duty.")),
                weather=tuple(_lines(today, "weather.")),
                statistics=self._statistics(work, known, flights, incidents, period, now),
            )

    def month(self, month: date, now: Now, actor: Actor) -> MonthReport:
        """Safety statistics of the month that this day is in. Raises Forbidden, and Invalid for one that is to come."""
        require(actor, Act.SEE_RANGE, where=_WHERE)
        first = month.replace(day=1)
        self._require_begun(first, now)
        period = self._period(first, months_after(datetime.combine(first, time()), 1).date(), now)
        with self._changes.store.read() as work:
            known = _known(work)
            flights = tuple(self._flights_by_day(work, known, first, period))
            incidents = _incidents(work, period)
            return MonthReport(
                range_name=self._definition.name,
                simulation=self._simulation,
                timezone=self._definition.timezone,
                month=first,
                starts=period.starts,
                ends=period.ends,
                so_far=now.utc < period.ends,
                written_utc=now.utc,
                by=actor.name,
                head=_head(work),
                incidents=tuple(_incident_line(work, each) for each in incidents),
                statistics=self._statistics(work, known, flights, incidents, period, now),
            )

    def _require_begun(self, first: date, now: Now) -> None:
        midnight = datetime.combine(first, time(), self._zone)
        if not can_be_counted(midnight) or midnight > now.utc:
            raise Invalid(
                "it hasn't begun, or can't be counted with", where=f"{_WHERE}, {first}", do="Name one that has."
            )

    def _period(self, first: date, after: date, now: Now) -> _Period:
        starts, ends = (datetime.combine(each, time(), self._zone).astimezone(UTC) for each in (first, after))
        return _Period(starts, ends, min(ends, now.utc))

    def _flights_by_day(self, work: UnitOfWork, known: _Known, first: date, period: _Period) -> Iterator[Flight]:
        """Day by day, so that no month of entries is held at once; a flight over midnight is put together again."""
        open_: dict[Sysid, Flight] = {}
        day = first
        while (starts := datetime.combine(day, time(), self._zone).astimezone(UTC)) < period.told:
            ends = datetime.combine(day + _DAY, time(), self._zone).astimezone(UTC)
            part = _Period(starts, ends, min(ends, period.told))
            flights = _flights(known, _told(work, known, starts - _LONGEST_FLIGHT, part.told, flights=True), part)
            for flight in flights:
                before = open_.pop(flight.sysid, None) if flight.began == starts else None
                whole = flight if before is None else replace(before, ended=flight.ended)
                if flight.ended == part.told and part.told == ends:
                    open_[flight.sysid] = whole
                else:
                    yield whole
            day += _DAY
        yield from open_.values()

    def _statistics(  # noqa: PLR0917  # what they are counted from
        self,
        work: UnitOfWork,
        known: _Known,
        flights: tuple[Flight, ...],
        incidents: tuple[Incident, ...],
        period: _Period,
        now: Now,
    ) -> Statistics:
        alarms = _alarms(work, period)
        zones: dict[str, str] = {slot.id: slot.volume for slot in known.slots}
        happened = (
            Happened(each.id, each.company, zones.get(each.slot, ""), _class_of(work, each)) for each in incidents
        )
        items = self._reviews.all(now).items
        verdicts = counted(item.verdict for item in items if period.starts <= item.opened_utc < period.ends)
        lost = lost_within(known.slots, period.starts, period.told)
        return statistics(flights, happened, (each.priority.value for each in alarms), verdicts, lost)


def _known(work: UnitOfWork) -> _Known:
    slots = work.slots.all()
    return _Known(slots, tuple(sorted({vehicle(sysid) for sysid in _vehicles(work, slots)})))


def _told(
    work: UnitOfWork, known: _Known, starts: datetime, ends: datetime, *, flights: bool = False
) -> tuple[Evidence, ...]:
    """The record's entries of the range, its vehicles and slots in [starts, ends], in the order in which they happened."""
    subjects = list(known.vehicles)
    if flights:
        return work.record.evidence(subjects, starts, ends, actions=_OF_FLIGHTS)
    subjects += [RANGE, DUTY, *(slot_subject(slot.id) for slot in known.slots)]
    return work.record.evidence(subjects, starts, ends)


def _vehicles(work: UnitOfWork, slots: Iterable[Slot]) -> Iterator[Sysid]:
    """Every vehicle that ever had a slot, an incident, or stands in the register."""
    yield from (slot.sysid for slot in slots)
    yield from (incident.sysid for incident in work.incidents.all() if incident.sysid)
    for entry in work.registers.all():
        if isinstance(entry.body, Aircraft) and entry.body.sysid is not None:
            yield Sysid(entry.body.sysid)


def _flights(known: _Known, told: Iterable[Evidence], period: _Period) -> tuple[Flight, ...]:
    armings, lost = [], []
    for each in told:
        event = event_of(each) if each.entry.action in _OF_FLIGHTS else None
        if isinstance(event, ArmedChanged):
            armings.append((event.sysid, each.happened, event.armed))
        elif isinstance(event, VehicleLost):
            lost.append((event.sysid, each.happened))
    near = [
        slot
        for slot in known.slots
        if slot.held_from <= period.told and slot.held_until >= period.starts - _LONGEST_FLIGHT
    ]
    return tuple(in_its_slot(each, near) for each in flights_of(armings, lost, period.starts, period.told))


def in_its_slot(flight: Flight, slots: Iterable[Slot]) -> Flight:
    """With the slot in whose time the vehicle was armed: the latest, where one ended as the next began."""
    fitting = [
        each
        for each in slots
        if each.sysid == flight.sysid
        and each.state not in _NOT_FLOWN
        and each.held_from <= flight.began <= each.held_until
    ]
    slot = max(fitting, key=lambda each: each.starts, default=None)
    return flight if slot is None else replace(flight, slot=slot.id, company=slot.company, zone=slot.volume)


def _slots(known: _Known, period: _Period) -> Iterator[Slot]:
    return (slot for slot in known.slots if slot.starts < period.ends and slot.ends > period.starts)


def _slot_line(slot: Slot, flights: Iterable[Flight], period: _Period) -> SlotLine:
    own = [flight for flight in flights if flight.slot == slot.id]
    lost = lost_within([slot], period.starts, period.told)
    return SlotLine(
        id=slot.id,
        company=slot.company,
        callsign=slot.callsign,
        volume=slot.volume,
        starts=slot.starts,
        ends=slot.ends,
        state=slot.state.value,
        flights=len(own),
        flown_minutes=sum(flight.hours for flight in own) * 60,
        lost_minutes={reason: minutes for reason, minutes in lost.items() if minutes},
    )


def _incidents(work: UnitOfWork, period: _Period) -> tuple[Incident, ...]:
    """Those that opened then, in that order."""
    found = []
    for listed in work.incidents.all():
        with suppress(NotFound):  # a row that no entry has is no incident
            found.append(recorded_incident(work, listed.id))
    then = (each for each in found if period.starts <= each.opened_utc < period.ends)
    return tuple(sorted(then, key=lambda each: each.opened_utc))


def _alarms(work: UnitOfWork, period: _Period) -> tuple[Alarm, ...]:
    return tuple(sorted(work.alarms.raised(period.starts, period.ends), key=lambda alarm: alarm.raised_utc))


def _class_of(work: UnitOfWork, incident: Incident) -> str:
    occurrence_class = newest_review(work, incident).occurrence_class
    return _UNCLASSIFIED if occurrence_class is None else occurrence_class.value


def _incident_line(work: UnitOfWork, incident: Incident) -> IncidentLine:
    return IncidentLine(
        id=incident.id,
        opened_utc=incident.opened_utc,
        company=incident.company,
        callsign=incident.callsign,
        state=incident.state.value,
        occurrence_class=_class_of(work, incident),
        title=incident.title,
    )


def _alarm_line(alarm: Alarm) -> AlarmLine:
    return AlarmLine(
        raised_utc=alarm.raised_utc,
        priority=alarm.priority.value,
        source=alarm.source,
        title=alarm.title,
        value=alarm.value,
        acked_by=alarm.acked_by or "",
        acked_utc=alarm.acked_utc,
    )


def _lines(told: Iterable[Evidence], prefix: str) -> Iterator[EntryLine]:
    for each in told:
        says = json.loads(each.entry.payload)["says"]
        if each.entry.action.startswith(prefix) and says:
            yield EntryLine(each.happened, safe_text(says, limit=400), each.entry.seq)


def _commands(known: _Known, told: Iterable[Evidence]) -> Iterator[CommandLine]:
    """Each as far as it got that day, with the entry that says so."""
    latest: dict[str, CommandLine] = {}
    callsigns = {slot.sysid: slot.callsign for slot in known.slots}
    for each in told:
        if each.entry.action == _COMMAND:
            payload = json.loads(each.entry.payload)
            progress = converted(payload["body"]["of"]["progress"], CommandProgress, strict=False)
            name = payload["source"] or callsigns.get(progress.order.sysid, "")
            latest[progress.order.id] = CommandLine(each.entry.seq, name, progress)
    yield from latest.values()


def _head(work: UnitOfWork) -> tuple[int, str]:
    """Where the record stands."""
    head = work.record.head()
    return (0, GENESIS_HASH) if head is None else (head.seq, head.entry_hash)
