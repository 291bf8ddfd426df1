"""What the use cases keep: rows by noun, seen through one transaction at a time."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from rangeops.domain.airspace import Airspace
from rangeops.domain.alarms import Alarm
from rangeops.domain.api_tokens import ApiToken
from rangeops.domain.audit import AuditEntry
from rangeops.domain.clearance import Clearance, StopProof
from rangeops.domain.closures import Closure, ClosureId
from rangeops.domain.duty import Duty, Position
from rangeops.domain.incident_review import Review
from rangeops.domain.incidents import Incident
from rangeops.domain.invitations import Invitation, ResetCode
from rangeops.domain.orders import Orders
from rangeops.domain.persons import Person
from rangeops.domain.projections import Projected, row_name
from rangeops.domain.registers import Entry, RegisterKind
from rangeops.domain.second_factor import SecondFactor
from rangeops.domain.sessions import Session
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.users import User
from rangeops.domain.weather import WeatherReport
from rangeops.wire.api import PlanView

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WatchPosition:
    """How far one watch's journal has been taken.

    epoch: counts the journals that this watch began (a deleted folder begins anew at seq 1).
    orders_version: what the watch had taken when it wrote entry `seq`.
    """

    watch: str
    epoch: int = 1
    seq: int = 0
    orders_version: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where in the record something about a subject stands. happened: when it did, not when it was recorded."""

    entry: AuditEntry
    happened: datetime


AirspaceOf = Callable[[Slot], Airspace]
"""What a slot holds while its state is in HOLDS_AIRSPACE. Raises NotFound, Invalid where that can't be told."""


class SlotRows(Protocol):
    """A slot in a state that holds airspace holds its own (AirspaceOf): no two of them meet, nor share a vehicle."""

    def new_id(self) -> SlotId: ...
    def add(self, slot: Slot) -> None:
        """Raises Conflict where another slot holds what it needs."""

    def get(self, slot: SlotId) -> Slot:
        """Raises NotFound."""

    def all(self) -> tuple[Slot, ...]:
        """By start, then id."""

    def page(
        self, limit: int | None, *, after: tuple[datetime, int] | None = None, company: str | None = None
    ) -> tuple[Slot, ...]:
        """The first of these, in the same order: behind a start and the number of an id, of one company or of all.

        limit: None for all of them.
        """

    def replace(self, slot: Slot) -> None:
        """Store a changed slot, whose version is one more than what is stored. Raises Conflict otherwise.

        Likewise where another slot holds what it needs.
        """

    def in_state(self, states: Collection[SlotState]) -> tuple[Slot, ...]:
        """By start, then id."""

    def holding(self, starts: datetime, ends: datetime) -> tuple[Slot, ...]:
        """The slots whose volume is held in some of these minutes (half open; set-up and all), by start, then id."""

    def holding_near(self, airspace: Airspace) -> tuple[Slot, ...]:
        """The slots whose airspace meets this one (domain.airspace.meet), by start, then id. By an index: ask often."""

    def holding_vehicle(self, sysid: Sysid, starts: datetime, ends: datetime) -> tuple[Slot, ...]:
        """The slots that hold this vehicle in some of these minutes (half open), by start, then id."""

    def secure(self, after: datetime) -> tuple[SlotId, ...]:
        """Hold anew what slots that aren't over then hold otherwise than AirspaceOf says now.

        Those for which there is no room hold nothing any more; they are returned.
        """


class PlanRows(Protocol):
    def add(self, plan: PlanView, content: bytes) -> None: ...
    def get(self, plan: str) -> PlanView:
        """Raises NotFound."""

    def content(self, plan: str) -> bytes: ...
    def all(self) -> tuple[PlanView, ...]:
        """Newest first."""

    def page(self, limit: int | None, *, before: int | None = None, company: str | None = None) -> tuple[PlanView, ...]:
        """The newest of these: older than the number of an id, of one company or of all. limit: None for all."""

    def revisions(self, company: str, name: str) -> int: ...
    def count(self) -> int: ...


class LinkRows(Protocol):
    def add(self, uri: str) -> None: ...
    def remove(self, uri: str) -> None: ...
    def all(self) -> tuple[str, ...]:
        """In the order in which they were added."""


class ClearanceRows(Protocol):
    def get(self, slot: SlotId) -> Clearance:
        """What is stored; a Clearance with nothing given where nothing is."""

    def of(self, slots: Collection[SlotId]) -> dict[SlotId, Clearance]:
        """Likewise of each, at once."""

    def put(self, clearance: Clearance) -> None: ...


class StopProofRows(Protocol):
    def put(self, proof: StopProof) -> None:
        """In place of an older one of this vehicle and kind."""

    def of(self, sysid: Sysid) -> tuple[StopProof, ...]: ...


class WeatherRows(Protocol):
    def add(self, report: WeatherReport, received_utc: datetime, by: str) -> None: ...
    def since(self, issued: datetime) -> tuple[WeatherReport, ...]:
        """Those that were issued then or later, in the order in which they came."""


class OrderRows(Protocol):
    def latest(self) -> Orders | None: ...
    def get(self, version: int) -> Orders | None: ...
    def add(self, orders: Orders, issued_utc: datetime) -> None: ...


class IncidentRows(Protocol):
    def get(self, incident: str) -> Incident:
        """Raises NotFound."""

    def all(self) -> tuple[Incident, ...]:
        """Newest first."""

    def of(self, sysid: Sysid, slot: str) -> tuple[Incident, ...]: ...
    def count(self, year: int) -> int: ...
    def put(self, incident: Incident) -> None: ...


class AlarmRows(Protocol):
    def put(self, alarm: Alarm) -> None: ...
    def all(self) -> tuple[Alarm, ...]:
        """Newest first."""

    def raised(self, since: datetime, until: datetime) -> tuple[Alarm, ...]:
        """Those raised in this time (half open), newest first; of one moment by id, backwards."""

    def page(
        self, since: datetime, until: datetime, limit: int, *, before: tuple[datetime, str] | None = None
    ) -> tuple[Alarm, ...]:
        """The first of those, behind a moment and an id."""


class JournalRows(Protocol):
    def position(self, watch: str) -> WatchPosition: ...
    def move(self, position: WatchPosition) -> None: ...
    def digest(self, watch: str, epoch: int, seq: int) -> str | None: ...
    def note(self, watch: str, epoch: int, seq: int, digest: str) -> None: ...


class RecordRows(Protocol):
    def head(self) -> AuditEntry | None: ...
    def add(self, entry: AuditEntry) -> None: ...
    def point(self, seq: int, subjects: Iterable[str], happened: datetime) -> None:
        """Make an entry findable by what it is about."""

    def about(self, subjects: Sequence[str], since: datetime, until: datetime) -> tuple[Evidence, ...]:
        """What happened to any of the subjects, in the order in which it happened; each entry once.

        Found by an index that is a table of its own: for lists and not for evidence.
        """

    def evidence(
        self, subjects: Sequence[str], since: datetime, until: datetime, *, actions: Collection[str] = ()
    ) -> tuple[Evidence, ...]:
        """Return what `about` should, found in the entries themselves: a row beside them can't take one away or move it.

        actions: only entries with these; () for all. Entries of a release before 0.10 don't name their subjects: `about`
        finds those. Raises Damaged.
        """

    def at_target(self, target: str) -> tuple[AuditEntry, ...]:
        """Return the entries with this target, the oldest first."""

    def newest(self, limit: int, *, without: str = "", before: int | None = None) -> tuple[AuditEntry, ...]:
        """Oldest of them first. without: an action whose entries aren't counted. before: an entry that they precede."""

    def following(self, seq: int, limit: int) -> tuple[AuditEntry, ...]: ...
    def newest_of(self, action: str, *, after: int = 0) -> AuditEntry | None:
        """Return the last entry of this action, if its number is above `after`. It is looked for from the end."""

    def index_sha256(self, to: int) -> str:
        """Return what `projections.index_digest` makes of the subjects of entries 1 to `to`, as the index has them."""


@dataclass(frozen=True, slots=True)
class ZoneRecord:
    """A version of a range's zones that the server has worked with. number: counts up from 1 with each change.

    parts: a hash for each of them by its name, as services.zone_version gives.
    """

    number: int
    range_id: str
    sha256: str
    first_utc: datetime
    parts: Mapping[str, str]


class RegisterRows(Protocol):
    """Entries by kind and id; retired ones are there too. Each listing is by kind, then id."""

    def add(self, entry: Entry) -> None:
        """Raises Conflict where there is one of this kind and id."""

    def get(self, kind: RegisterKind, entry: str) -> Entry:
        """Raises NotFound."""

    def replace(self, entry: Entry) -> None:
        """Store a changed entry, whose version is one more than what is stored. Raises Conflict otherwise."""

    def all(self, kind: RegisterKind | None = None) -> tuple[Entry, ...]: ...
    def of_company(self, company: str) -> tuple[Entry, ...]: ...


class UserRows(Protocol):
    def add(self, user: User) -> None:
        """Raises Conflict where there is one of this name."""

    def get(self, name: str) -> User:
        """Raises NotFound."""

    def replace(self, user: User) -> None:
        """Store a changed user, whose version is one more than what is stored. Raises Conflict otherwise."""

    def all(self) -> tuple[User, ...]:
        """By name."""

    def with_token(self, sha256: str) -> User | None: ...


class IncidentReviewRows(Protocol):
    """A row a revision; a signed one is never written again, by the services' word."""

    def of(self, incident: str) -> tuple[Review, ...]:
        """In the order of their numbers."""

    def newest(self) -> tuple[Review, ...]:
        """Each incident's newest revision, by incident."""

    def put(self, review: Review) -> None: ...


class IncidentPersonRows(Protocol):
    """Persons in incidents, whom the record holds only commitments to."""

    def of(self, incident: str) -> tuple[Person, ...]: ...
    def put(self, person: Person) -> None: ...


class DutyRows(Protocol):
    """One row a position; who held it before is in the record."""

    def get(self, position: Position) -> Duty | None: ...
    def put(self, duty: Duty) -> None: ...


class SessionRows(Protocol):
    """By the hash of their token."""

    def get(self, token_sha256: str) -> Session | None: ...
    def put(self, session: Session) -> None: ...
    def remove(self, token_sha256: str) -> None:
        """One that isn't there is removed already."""

    def all(self) -> tuple[Session, ...]: ...


class KeyedRows(Protocol[T]):
    """Few values, each under a key of its own."""

    def get(self, key: str) -> T | None: ...
    def put(self, value: T) -> None: ...
    def remove(self, key: str) -> None:
        """One that isn't there is removed already."""

    def all(self) -> tuple[T, ...]:
        """By their keys."""


class ClosureRows(Protocol):
    """Nothing is removed: what doesn't hold any more says since when."""

    def new_id(self) -> ClosureId: ...
    def add(self, closure: Closure) -> None: ...
    def get(self, closure: ClosureId) -> Closure:
        """Raises NotFound."""

    def replace(self, closure: Closure) -> None:
        """Store a changed closure, whose version is one more than what is stored. Raises Conflict otherwise."""

    def all(self) -> tuple[Closure, ...]:
        """In the order in which they were made; so the next."""

    def standing(self) -> tuple[Closure, ...]: ...


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Under this key a user asked for something that is to be done once. request_sha256: of what was asked.

    status, media_type, body: the answer; status 0: it was carried out, and how it was answered isn't known.
    """

    user: str
    key: str
    request_sha256: str
    expires_utc: datetime
    status: int = 0
    media_type: str = ""
    body: bytes = b""


class RequestKeys(Protocol):
    def get(self, user: str, key: str) -> RequestKey | None: ...
    def put(self, key: RequestKey) -> None:
        """In place of what this user had under it."""

    def remove(self, user: str, key: str) -> None:
        """One that isn't there is removed already."""

    def forget(self, before: datetime, most: int, user: str) -> None:
        """All that have expired by then and, of this user's, but the newest `most`."""


class ZoneRecords(Protocol):
    def add(self, record: ZoneRecord) -> None: ...
    def all(self) -> tuple[ZoneRecord, ...]:
        """Newest first."""


class WrittenRows(dict[str, Projected]):
    """Rows by their names (domain.projections), as they were written last."""

    def note(self, row: Projected) -> None:
        self[row_name(row)] = row


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """One transaction's view of everything stored. written: the projected rows that it wrote, for an entry to carry."""

    written: WrittenRows
    slots: SlotRows
    plans: PlanRows
    links: LinkRows
    clearances: ClearanceRows
    orders: OrderRows
    incidents: IncidentRows
    alarms: AlarmRows
    journal: JournalRows
    record: RecordRows
    zones: ZoneRecords
    registers: RegisterRows
    users: UserRows
    closures: ClosureRows
    request_keys: RequestKeys
    stop_proofs: StopProofRows
    weather: WeatherRows
    incident_reviews: IncidentReviewRows
    incident_persons: IncidentPersonRows
    duties: DutyRows
    sessions: SessionRows
    tokens: KeyedRows[ApiToken]
    second_factors: KeyedRows[SecondFactor]
    invitations: KeyedRows[Invitation]
    reset_codes: KeyedRows[ResetCode]


class Store(Protocol):
    """Opens transactions. Every method may raise Unavailable (disk full, locked, gone)."""

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Commits durably at the end, rolls back on an exception. One writer at a time sees what nobody changes."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """A consistent view; writing in it is an error."""

    def settle(self) -> None:
        """What was removed leaves the disk, too: the log of what was written lately is emptied, as far as nobody reads it."""

    def close(self) -> None: ...
