"""History, a day to a year: what a day's log, a month's statistics and a search among incidents take when so much lies behind.

Each day has 24 flights in eight volumes, a hundred entries of the watch, six alarms and an incident, taken in as the watch's
journal tells them. The peer is a day's entries read from the record and nothing made of them.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from bench_store import RANGE, STRIPS, VOLUMES
from curve import Curve, Figure
from desk import NOON, OPERATOR, Desk, TomlAirframes, alarm

from rangeops.adapters.store.opening import open_store
from rangeops.domain.alarms import AlarmId, AlarmState, Condition
from rangeops.domain.events import AlarmChanged, ArmedChanged, Event, JournalEntry, StatusTextHeard
from rangeops.domain.incident_search import IncidentQuery
from rangeops.domain.incidents import Incident, IncidentState
from rangeops.domain.now import Now
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.services.airspace import AirspaceBook
from rangeops.services.changes import SERVER, vehicle

CURVE = Curve(
    id="history",
    title="History",
    x="days",
    xs=(1, 7, 30, 91, 365),
    figures=(
        Figure("day_ms", "ms", "a day's log", 1_000.0),
        Figure("month_ms", "ms", "a month's statistics", 5_000.0),
        Figure("incidents_ms", "ms", "incidents looked for by words", 300.0),
        Figure("entries_ms", "ms", "a day's entries of one vehicle, only read"),
    ),
    peer="the entries, only read",
    beyond=(
        "A day and a month read the list of all slots once, and a search every incident: beyond the reach let them ask the store for the slots of "
        "their time, for which it has an index, and give a search its first and last day, as its form asks."
    ),
    budget_s=150.0,
)
FLIGHTS = 24  # a day
SYSIDS = 25
ALARMS = 6
READS = 5
FLIGHT = timedelta(minutes=25)


class Past:
    """Days of a range, one behind the other."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._seq = 0
        self.days = 0

    def now(self) -> Now:
        """The evening of the last day."""
        return Now(self.days * 86_400.0, self._noon() + timedelta(hours=6))

    def _noon(self) -> datetime:
        return NOON + timedelta(days=self.days - 1)

    def another_day(self) -> None:
        self.days += 1
        with self._desk.services.changes.begin(self.now(), SERVER) as change:
            for flight in range(FLIGHTS):
                change.work.slots.add(self._slot(flight))
            incident = self._incident()
            change.work.incidents.put(incident)
            about = [vehicle(incident.sysid)]
            change.record(
                "incident.open", f"incident:{incident.id}", "", incident, about=about, happened=incident.opened_utc
            )
        events = sorted(self._events(), key=lambda told: told[0])
        entries = [
            JournalEntry("watch", self._seq + place, (at - NOON).total_seconds(), at, event)
            for place, (at, event) in enumerate(events, start=1)
        ]
        self._seq += len(entries)
        self._desk.services.intake.take(entries, self.now())

    def _slot(self, flight: int) -> Slot:
        turn, lane = divmod(flight, VOLUMES)
        starts, number = self._noon() + timedelta(hours=turn), (self.days - 1) * FLIGHTS + flight + 1
        return Slot(
            SlotId(f"S{number}"), 1, "ACME", STRIPS[lane].id, starts, starts + timedelta(minutes=30), self._sysid(flight),
            f"D{flight:02}", "survey-quad", "ch 2", None, SlotState.CLOSED,
        )  # fmt: skip

    def _sysid(self, flight: int) -> Sysid:
        return Sysid(1 + (self.days + flight) % SYSIDS)

    def _events(self) -> Iterator[tuple[datetime, Event]]:
        for flight in range(FLIGHTS):
            sysid, begins = self._sysid(flight), self._noon() + timedelta(hours=flight // VOLUMES, seconds=flight)
            yield begins, ArmedChanged(sysid, armed=True)
            yield begins + FLIGHT / 3, StatusTextHeard(sysid, 6, f"Mission: {flight} WP")
            yield begins + FLIGHT / 2, StatusTextHeard(sysid, 6, "Reached command")
            yield begins + FLIGHT, ArmedChanged(sysid, armed=False)
        for number in range(ALARMS):
            at = self._noon() + timedelta(minutes=10 + number)
            raised = alarm(Condition.BATTERY_UNDER_RESERVE, sysid=self._sysid(number))
            raised = replace(raised, id=AlarmId(f"battery/D{number}/{at:%Y%m%d}"), raised_utc=at)
            yield at, AlarmChanged(raised)
            yield at + timedelta(minutes=1), AlarmChanged(replace(raised, state=AlarmState.NORMAL))

    def _incident(self) -> Incident:
        at = self._noon() + timedelta(minutes=20)
        return Incident(
            id=f"{at.year}-{self.days:04}", state=IncidentState.OPEN, sysid=self._sysid(0), callsign="D00", company="ACME",
            slot=f"S{(self.days - 1) * FLIGHTS + 1}", opened_utc=at, last_utc=at, ended_utc=at, worst=Condition.FORECAST_EXIT,
        )  # fmt: skip


def points() -> Iterator[tuple[float, dict[str, float]]]:
    with (
        tempfile.TemporaryDirectory(prefix="rangeops-bench-") as folder,
        closing(open_store(f"sqlite:///{folder}/range.db", AirspaceBook(RANGE, TomlAirframes()))) as store,
    ):
        desk = Desk(store, definition=RANGE)
        past = Past(desk)
        for days in map(int, CURVE.xs):
            while past.days < days:
                past.another_day()
            yield days, measured(desk, past)


def measured(desk: Desk, past: Past) -> dict[str, float]:
    now, services = past.now(), desk.services
    today: date = now.utc.date()

    def a_day() -> None:
        assert services.range_reports.day(today, now, OPERATOR).statistics.flights == FLIGHTS

    def a_month() -> None:
        assert services.range_reports.month(today, now, OPERATOR).statistics.flights >= FLIGHTS

    def incidents() -> None:
        assert services.incidents.find(IncidentQuery(text="outside of the forecast"), now) == ()
        assert services.incidents.find(IncidentQuery(text="ACME"), now)

    def entries() -> None:
        with desk.store.read() as work:
            work.record.evidence(["vehicle:7"], now.utc - timedelta(days=1), now.utc)

    return {
        "day_ms": each_ms(a_day),
        "month_ms": each_ms(a_month),
        "incidents_ms": each_ms(incidents) / 2,
        "entries_ms": each_ms(entries),
    }


def each_ms(work: Callable[[], object]) -> float:
    """By the wall, median."""
    taken = []
    for _ in range(READS):
        began_s = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began_s) * 1e3)
    return statistics.median(taken)
