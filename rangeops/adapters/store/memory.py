"""The Store port in memory: nothing survives it. For trying things out, and for tests of what uses a store."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from threading import RLock

from rangeops.adapters.store.absences import absent, held_by, moved_on
from rangeops.adapters.store.mapping import NAMES_SUBJECTS, stated_in
from rangeops.adapters.store.memory_accounts import MemoryKeyed
from rangeops.adapters.store.memory_clearances import MemoryClearances, MemoryStopProofs, MemoryWeather, ProofKey
from rangeops.adapters.store.memory_closures import MemoryClosures
from rangeops.adapters.store.memory_duties import MemoryDuties, MemorySessions
from rangeops.adapters.store.memory_incident_reviews import MemoryIncidentPersons, MemoryIncidentReviews
from rangeops.adapters.store.memory_registers import EntryKey, MemoryRegisters, MemoryUsers
from rangeops.adapters.store.memory_request_keys import MemoryRequestKeys
from rangeops.domain.airspace import Airspace, meet
from rangeops.domain.alarms import Alarm, AlarmId
from rangeops.domain.api_tokens import ApiToken
from rangeops.domain.audit import AuditEntry
from rangeops.domain.clearance import Clearance, StopProof
from rangeops.domain.closures import Closure, ClosureId
from rangeops.domain.duty import Duty, Position
from rangeops.domain.errors import Conflict, Invalid, NotFound, Unavailable
from rangeops.domain.incident_review import Review
from rangeops.domain.incidents import Incident
from rangeops.domain.invitations import Invitation, ResetCode
from rangeops.domain.orders import Orders
from rangeops.domain.persons import Person
from rangeops.domain.projections import index_digest
from rangeops.domain.registers import Entry
from rangeops.domain.second_factor import SecondFactor
from rangeops.domain.sessions import Session
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.users import User
from rangeops.domain.weather import WeatherReport
from rangeops.services.ports.store import (
    AirspaceOf,
    Evidence,
    RequestKey,
    UnitOfWork,
    WatchPosition,
    WrittenRows,
    ZoneRecord,
)
from rangeops.wire.api import PlanView


@dataclass
class _Kept:
    slots: dict[SlotId, Slot] = field(default_factory=dict)
    airspace: dict[SlotId, Airspace] = field(default_factory=dict)
    plans: dict[str, tuple[PlanView, bytes]] = field(default_factory=dict)
    links: dict[str, None] = field(default_factory=dict)
    clearances: dict[SlotId, Clearance] = field(default_factory=dict)
    orders: dict[int, Orders] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    alarms: dict[AlarmId, Alarm] = field(default_factory=dict)
    positions: dict[str, WatchPosition] = field(default_factory=dict)
    digests: dict[tuple[str, int, int], str] = field(default_factory=dict)
    entries: dict[int, AuditEntry] = field(default_factory=dict)
    subjects: dict[tuple[str, int], datetime] = field(default_factory=dict)
    zones: dict[int, ZoneRecord] = field(default_factory=dict)
    registers: dict[EntryKey, Entry] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    closures: dict[ClosureId, Closure] = field(default_factory=dict)
    request_keys: dict[tuple[str, str], RequestKey] = field(default_factory=dict)
    stop_proofs: dict[ProofKey, StopProof] = field(default_factory=dict)
    weather: dict[int, WeatherReport] = field(default_factory=dict)
    incident_reviews: dict[tuple[str, int], Review] = field(default_factory=dict)
    incident_persons: dict[tuple[str, str], Person] = field(default_factory=dict)
    duties: dict[Position, Duty] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    tokens: dict[str, ApiToken] = field(default_factory=dict)
    second_factors: dict[str, SecondFactor] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    reset_codes: dict[str, ResetCode] = field(default_factory=dict)

    def copy(self) -> "_Kept":
        return _Kept(**{each.name: getattr(self, each.name).copy() for each in fields(self)})


@dataclass
class _Slots:
    kept: _Kept
    airspace_of: AirspaceOf | None
    written: WrittenRows

    def new_id(self) -> SlotId:
        return SlotId(f"S{len(self.kept.slots) + 1}")

    def add(self, slot: Slot) -> None:
        self._hold(slot)
        self.kept.slots[slot.id] = slot
        self.written.note(slot)

    def get(self, slot: SlotId) -> Slot:
        if slot not in self.kept.slots:
            raise absent("slot", slot)
        return self.kept.slots[slot]

    def all(self) -> tuple[Slot, ...]:
        return tuple(sorted(self.kept.slots.values(), key=lambda slot: (slot.starts, int(slot.id[1:]))))

    def page(
        self, limit: int | None, *, after: tuple[datetime, int] | None = None, company: str | None = None
    ) -> tuple[Slot, ...]:
        found = (slot for slot in self.all() if company in (None, slot.company))
        return tuple(slot for slot in found if after is None or (slot.starts, int(slot.id[1:])) > after)[:limit]

    def replace(self, slot: Slot) -> None:
        stored = self.get(slot.id)
        if stored.version != slot.version - 1:
            raise moved_on("slot", slot.id, stored.version)
        self._hold(slot)
        self.kept.slots[slot.id] = slot
        self.written.note(slot)

    def in_state(self, states: Collection[SlotState]) -> tuple[Slot, ...]:
        return tuple(slot for slot in self.all() if slot.state in states)

    def holding(self, starts: datetime, ends: datetime) -> tuple[Slot, ...]:
        return tuple(
            slot for slot in self.in_state(HOLDS_AIRSPACE) if slot.held_from < ends and slot.held_until > starts
        )

    def holding_near(self, airspace: Airspace) -> tuple[Slot, ...]:
        return self._in_order(slot for slot, held in self.kept.airspace.items() if meet(held, airspace))

    def holding_vehicle(self, sysid: Sysid, starts: datetime, ends: datetime) -> tuple[Slot, ...]:
        held = self.kept.airspace.items()
        in_time = (slot for slot, airspace in held if airspace.starts < ends and airspace.ends > starts)
        return self._in_order(slot for slot in in_time if self.kept.slots[slot].sysid == sysid)

    def secure(self, after: datetime) -> tuple[SlotId, ...]:
        unplaced = []
        for slot in [each for each in self.in_state(HOLDS_AIRSPACE) if each.held_until > after]:
            try:
                self._hold(slot)
            except (Conflict, NotFound, Invalid):
                self.kept.airspace.pop(slot.id, None)
                unplaced.append(slot.id)
        return tuple(unplaced)

    def _in_order(self, slots: Iterable[SlotId]) -> tuple[Slot, ...]:
        return tuple(sorted(map(self.get, slots), key=lambda slot: (slot.starts, int(slot.id[1:]))))

    def _hold(self, slot: Slot) -> None:
        if self.airspace_of is None:
            return
        if slot.state not in HOLDS_AIRSPACE:
            self.kept.airspace.pop(slot.id, None)
            return
        airspace = self.airspace_of(slot)
        rivals = (*self.holding_near(airspace), *self.holding_vehicle(slot.sysid, airspace.starts, airspace.ends))
        if any(each.id != slot.id for each in rivals):
            raise held_by(rivals, slot)
        self.kept.airspace[slot.id] = airspace


@dataclass
class _Plans:
    kept: _Kept

    def add(self, plan: PlanView, content: bytes) -> None:
        self.kept.plans[plan.id] = (plan, content)

    def get(self, plan: str) -> PlanView:
        return self._kept(plan)[0]

    def content(self, plan: str) -> bytes:
        return self._kept(plan)[1]

    def all(self) -> tuple[PlanView, ...]:
        return tuple(plan for plan, _ in reversed(self.kept.plans.values()))

    def page(self, limit: int | None, *, before: int | None = None, company: str | None = None) -> tuple[PlanView, ...]:
        found = (plan for plan in self.all() if company in (None, plan.company))
        return tuple(plan for plan in found if before is None or int(plan.id[1:]) < before)[:limit]

    def revisions(self, company: str, name: str) -> int:
        return sum(1 for plan, _ in self.kept.plans.values() if (plan.company, plan.name) == (company, name))

    def count(self) -> int:
        return len(self.kept.plans)

    def _kept(self, plan: str) -> tuple[PlanView, bytes]:
        if plan not in self.kept.plans:
            raise absent("plan", plan)
        return self.kept.plans[plan]


@dataclass
class _Links:
    kept: _Kept

    def add(self, uri: str) -> None:
        self.kept.links[uri] = None

    def remove(self, uri: str) -> None:
        self.kept.links.pop(uri, None)

    def all(self) -> tuple[str, ...]:
        return tuple(self.kept.links)


@dataclass
class _ZoneRecords:
    kept: _Kept

    def add(self, record: ZoneRecord) -> None:
        self.kept.zones[record.number] = record

    def all(self) -> tuple[ZoneRecord, ...]:
        return tuple(self.kept.zones[number] for number in sorted(self.kept.zones, reverse=True))


@dataclass
class _Orders:
    kept: _Kept

    def latest(self) -> Orders | None:
        return self.kept.orders[max(self.kept.orders)] if self.kept.orders else None

    def get(self, version: int) -> Orders | None:
        return self.kept.orders.get(version)

    def add(self, orders: Orders, issued_utc: datetime) -> None:  # noqa: ARG002  # the port's; nothing reads it here
        self.kept.orders[orders.version] = orders


@dataclass
class _Incidents:
    kept: _Kept
    written: WrittenRows

    def get(self, incident: str) -> Incident:
        if incident not in self.kept.incidents:
            raise absent("incident", incident)
        return self.kept.incidents[incident]

    def all(self) -> tuple[Incident, ...]:
        return tuple(sorted(self.kept.incidents.values(), key=lambda each: each.opened_utc, reverse=True))

    def of(self, sysid: Sysid, slot: str) -> tuple[Incident, ...]:
        return tuple(each for each in self.kept.incidents.values() if (each.sysid, each.slot) == (sysid, slot))

    def count(self, year: int) -> int:
        return sum(1 for each in self.kept.incidents.values() if each.opened_utc.year == year)

    def put(self, incident: Incident) -> None:
        self.kept.incidents[incident.id] = incident
        self.written.note(incident)


@dataclass
class _Alarms:
    kept: _Kept
    written: WrittenRows

    def put(self, alarm: Alarm) -> None:
        self.kept.alarms[alarm.id] = alarm
        self.written.note(alarm)

    def all(self) -> tuple[Alarm, ...]:
        return tuple(sorted(self.kept.alarms.values(), key=lambda alarm: alarm.raised_utc, reverse=True))

    def raised(self, since: datetime, until: datetime) -> tuple[Alarm, ...]:
        found = [alarm for alarm in self.kept.alarms.values() if since <= alarm.raised_utc < until]
        return tuple(sorted(found, key=lambda alarm: (alarm.raised_utc, alarm.id), reverse=True))

    def page(
        self, since: datetime, until: datetime, limit: int, *, before: tuple[datetime, str] | None = None
    ) -> tuple[Alarm, ...]:
        found = self.raised(since, until)
        return tuple(alarm for alarm in found if before is None or (alarm.raised_utc, alarm.id) < before)[:limit]


@dataclass
class _Journal:
    kept: _Kept

    def position(self, watch: str) -> WatchPosition:
        return self.kept.positions.get(watch, WatchPosition(watch))

    def move(self, position: WatchPosition) -> None:
        self.kept.positions[position.watch] = position

    def digest(self, watch: str, epoch: int, seq: int) -> str | None:
        return self.kept.digests.get((watch, epoch, seq))

    def note(self, watch: str, epoch: int, seq: int, digest: str) -> None:
        self.kept.digests[watch, epoch, seq] = digest


@dataclass
class _Record:
    kept: _Kept

    def head(self) -> AuditEntry | None:
        return self.kept.entries.get(len(self.kept.entries))

    def add(self, entry: AuditEntry) -> None:
        self.kept.entries[entry.seq] = entry

    def point(self, seq: int, subjects: Iterable[str], happened: datetime) -> None:
        for subject in subjects:
            self.kept.subjects[subject, seq] = happened

    def about(self, subjects: Sequence[str], since: datetime, until: datetime) -> tuple[Evidence, ...]:
        found = {
            seq: happened
            for (subject, seq), happened in self.kept.subjects.items()
            if subject in subjects and since <= happened <= until
        }
        ordered = sorted(found.items(), key=lambda item: (item[1], item[0]))
        return tuple(Evidence(self.kept.entries[seq], happened) for seq, happened in ordered)

    def evidence(
        self, subjects: Sequence[str], since: datetime, until: datetime, *, actions: Collection[str] = ()
    ) -> tuple[Evidence, ...]:
        indexed = self.about(subjects, since, until)
        found = [each for each in indexed if not each.entry.payload.startswith(NAMES_SUBJECTS)]
        for entry in self.kept.entries.values():
            if entry.payload.startswith(NAMES_SUBJECTS):
                named, moment = stated_in(entry.payload, entry.seq)
                if named & set(subjects) and since <= moment <= until:
                    found.append(Evidence(entry, moment))
        chosen = (each for each in found if not actions or each.entry.action in actions)
        return tuple(sorted(chosen, key=lambda each: (each.happened, each.entry.seq)))

    def at_target(self, target: str) -> tuple[AuditEntry, ...]:
        return tuple(entry for entry in self.kept.entries.values() if entry.target == target)

    def newest(self, limit: int, *, without: str = "", before: int | None = None) -> tuple[AuditEntry, ...]:
        entries = self.kept.entries.values()
        counted = [entry for entry in entries if entry.action != without and (before is None or entry.seq < before)]
        return tuple(counted[max(0, len(counted) - limit) :])

    def following(self, seq: int, limit: int) -> tuple[AuditEntry, ...]:
        seqs = range(max(seq, 0) + 1, min(max(seq, 0) + limit, len(self.kept.entries)) + 1)
        return tuple(self.kept.entries[each] for each in seqs)

    def newest_of(self, action: str, *, after: int = 0) -> AuditEntry | None:
        newer = (self.kept.entries[seq] for seq in range(len(self.kept.entries), after, -1))
        return next((entry for entry in newer if entry.action == action), None)

    def index_sha256(self, to: int) -> str:
        rows = ((seq, f"{at.astimezone(UTC):%F %T.%f}", subject) for (subject, seq), at in self.kept.subjects.items())
        return index_digest(sorted(row for row in rows if row[0] <= to))


class MemoryStore:
    """Values are frozen, so a transaction works on a shallow copy that takes the old one's place at its end."""

    def __init__(self, airspace_of: AirspaceOf | None = None) -> None:
        self._kept = _Kept()
        self._airspace_of = airspace_of
        self._turn = RLock()
        self._closed = False

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        with self._turn:
            working = self._open().copy()
            yield _unit_of_work(working, self._airspace_of)
            self._kept = working

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        yield _unit_of_work(self._open().copy(), self._airspace_of)

    def settle(self) -> None:
        """Nothing of it is on a disk."""

    def close(self) -> None:
        self._closed = True

    def _open(self) -> _Kept:
        if self._closed:
            raise Unavailable("the store is closed", where="memory:", do="Open it again.")
        return self._kept


def _unit_of_work(kept: _Kept, airspace_of: AirspaceOf | None) -> UnitOfWork:
    written = WrittenRows()
    return UnitOfWork(
        written=written,
        slots=_Slots(kept, airspace_of, written),
        plans=_Plans(kept),
        links=_Links(kept),
        clearances=MemoryClearances(kept.clearances, written),
        orders=_Orders(kept),
        incidents=_Incidents(kept, written),
        alarms=_Alarms(kept, written),
        journal=_Journal(kept),
        record=_Record(kept),
        zones=_ZoneRecords(kept),
        registers=MemoryRegisters(kept.registers),
        users=MemoryUsers(kept.users, written),
        closures=MemoryClosures(kept.closures),
        request_keys=MemoryRequestKeys(kept.request_keys),
        stop_proofs=MemoryStopProofs(kept.stop_proofs),
        weather=MemoryWeather(kept.weather),
        incident_reviews=MemoryIncidentReviews(kept.incident_reviews, written),
        incident_persons=MemoryIncidentPersons(kept.incident_persons),
        duties=MemoryDuties(kept.duties),
        sessions=MemorySessions(kept.sessions),
        tokens=MemoryKeyed(kept.tokens, lambda each: each.token_sha256),
        second_factors=MemoryKeyed(kept.second_factors, lambda each: each.user),
        invitations=MemoryKeyed(kept.invitations, lambda each: each.code_sha256),
        reset_codes=MemoryKeyed(kept.reset_codes, lambda each: each.code_sha256),
    )
