"""The Store port on SQLAlchemy: a unit of work of small repositories over one session.

What every change touches (slots, the record, the journal) goes by Core, which costs half of what rows as objects do.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, String, func, insert, literal_column, not_, or_, text
from sqlalchemy import select as columns
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError, StatementError
from sqlmodel import Session, col, select

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.absences import absent
from rangeops.adapters.store.accounts import sql_invitations, sql_reset_codes, sql_second_factors, sql_tokens
from rangeops.adapters.store.clearances import SqlClearances, SqlStopProofs, SqlWeather
from rangeops.adapters.store.closures import SqlClosures
from rangeops.adapters.store.duties import SqlDuties, SqlSessions
from rangeops.adapters.store.engines import WRITES, in_a_line, reading, shown
from rangeops.adapters.store.incident_reviews import SqlIncidentPersons, SqlIncidentReviews
from rangeops.adapters.store.projections import subject_rows
from rangeops.adapters.store.registers import SqlRegisters, SqlUsers
from rangeops.adapters.store.request_keys import SqlRequestKeys
from rangeops.adapters.store.slots import SqlSlots
from rangeops.adapters.store.tables import (
    AlarmRow,
    AuditRow,
    IncidentRow,
    JournalRow,
    LinkRow,
    OrdersRow,
    PlanRow,
    SubjectRow,
    WatchRow,
    ZoneVersionRow,
    table_of,
)
from rangeops.domain.alarms import Alarm
from rangeops.domain.audit import AuditEntry, canonical, utc_text
from rangeops.domain.errors import Invalid, PerhapsDone, Unavailable
from rangeops.domain.incidents import Incident
from rangeops.domain.orders import Orders
from rangeops.domain.projections import index_digest
from rangeops.domain.telemetry import Sysid
from rangeops.services.ports.store import AirspaceOf, Evidence, UnitOfWork, WatchPosition, WrittenRows, ZoneRecord
from rangeops.wire.api import PlanView

_AUDIT, _SUBJECT, _JOURNAL = (table_of(row) for row in (AuditRow, SubjectRow, JournalRow))
_HEAD: Final = columns(_AUDIT).order_by(_AUDIT.c.seq.desc()).limit(1)  # made once: every change asks for it …
_PUT_ENTRY, _PUT_SUBJECT, _PUT_DIGEST = insert(_AUDIT), insert(_SUBJECT), insert(_JOURNAL)  # … and adds to these
_HAPPENED: Final[dict[str, ColumnElement[str]]] = {  # as the indexes have it: migrations/versions/0014
    "sqlite": literal_column("json_extract(payload, '$.happened')", String),
    "postgresql": literal_column("""left(split_part(payload, ',"happened":"', -1), 27) COLLATE "C\"""", String),
}
_NAMES_SUBJECTS: Final = literal_column(f"substr(payload, 1, {len(m.NAMES_SUBJECTS)})") == literal_column(
    f"'{m.NAMES_SUBJECTS}'"
)
_SUBJECTS_AT_ONCE: Final = 10_000  # SQLite takes 32,766 values in one statement
_SUBJECTS_IN_SQL: Final = 20  # of more, reading each payload here is as quick
_ONE_WRITER: Final = 0x72616E67  # the PostgreSQL advisory lock that one writer holds
_TAKE_THE_TURN: Final = text("SELECT pg_advisory_xact_lock(:lock, hashtext(current_schema()))")


class SqlPlans:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, plan: PlanView, content: bytes) -> None:
        self._session.add(m.plan_row(plan, content))
        self._session.flush()

    def get(self, plan: str) -> PlanView:
        return m.plan_of(self._row(plan))

    def content(self, plan: str) -> bytes:
        return self._row(plan).content

    def all(self) -> tuple[PlanView, ...]:
        # Only the columns a list needs: a plan's file may be megabytes.
        rows = self._session.exec(select(PlanRow.number, PlanRow.view).order_by(col(PlanRow.number).desc()))
        return tuple(m.from_text(view, PlanView, f"plan P{number}") for number, view in rows)

    def page(self, limit: int | None, *, before: int | None = None, company: str | None = None) -> tuple[PlanView, ...]:
        query = select(PlanRow.number, PlanRow.view).order_by(col(PlanRow.number).desc()).limit(limit)
        if before is not None:
            query = query.where(PlanRow.number < before)
        if company is not None:
            query = query.where(PlanRow.company == company)
        return tuple(m.from_text(view, PlanView, f"plan P{number}") for number, view in self._session.exec(query))

    def revisions(self, company: str, name: str) -> int:
        query = select(func.max(PlanRow.revision)).where(PlanRow.company == company, PlanRow.name == name)
        return self._session.exec(query).one() or 0

    def count(self) -> int:
        return self._session.exec(select(func.max(PlanRow.number))).one() or 0

    def _row(self, plan: str) -> PlanRow:
        if (row := self._session.get(PlanRow, m.number_of(plan, "P", "plan"))) is None:
            raise absent("plan", plan)
        return row


class SqlLinks:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, uri: str) -> None:
        self._session.add(LinkRow(uri=uri))
        self._session.flush()

    def remove(self, uri: str) -> None:
        for row in self._session.exec(select(LinkRow).where(LinkRow.uri == uri)):
            self._session.delete(row)

    def all(self) -> tuple[str, ...]:
        return tuple(self._session.exec(select(LinkRow.uri).order_by(col(LinkRow.number))))


class SqlZoneRecords:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, record: ZoneRecord) -> None:
        self._session.add(m.zone_record_row(record))
        self._session.flush()

    def all(self) -> tuple[ZoneRecord, ...]:
        rows = self._session.exec(select(ZoneVersionRow).order_by(col(ZoneVersionRow.number).desc()))
        return tuple(m.zone_record_of(row) for row in rows)


class SqlOrders:
    def __init__(self, session: Session) -> None:
        self._session = session

    def latest(self) -> Orders | None:
        row = self._session.exec(select(OrdersRow).order_by(col(OrdersRow.version).desc()).limit(1)).first()
        return None if row is None else m.orders_of(row)

    def get(self, version: int) -> Orders | None:
        row = self._session.get(OrdersRow, version)
        return None if row is None else m.orders_of(row)

    def add(self, orders: Orders, issued_utc: datetime) -> None:
        self._session.add(OrdersRow(version=orders.version, issued_utc=issued_utc, body=m.to_text(orders)))
        self._session.flush()


class SqlIncidents:
    def __init__(self, session: Session, written: WrittenRows) -> None:
        self._session = session
        self._written = written

    def get(self, incident: str) -> Incident:
        if (row := self._session.get(IncidentRow, incident)) is None:
            raise absent("incident", incident)
        return m.incident_of(row)

    def all(self) -> tuple[Incident, ...]:
        rows = self._session.exec(select(IncidentRow).order_by(col(IncidentRow.opened_utc).desc()))
        return tuple(m.incident_of(row) for row in rows)

    def of(self, sysid: Sysid, slot: str) -> tuple[Incident, ...]:
        rows = self._session.exec(select(IncidentRow).where(IncidentRow.sysid == sysid, IncidentRow.slot == slot))
        return tuple(m.incident_of(row) for row in rows)

    def count(self, year: int) -> int:
        return self._session.exec(select(func.count()).select_from(IncidentRow).where(IncidentRow.year == year)).one()

    def put(self, incident: Incident) -> None:
        self._session.merge(m.incident_row(incident))
        self._session.flush()
        self._written.note(incident)


class SqlAlarms:
    def __init__(self, session: Session, written: WrittenRows) -> None:
        self._session = session
        self._written = written

    def put(self, alarm: Alarm) -> None:
        self._session.merge(m.alarm_row(alarm))
        self._session.flush()
        self._written.note(alarm)

    def all(self) -> tuple[Alarm, ...]:
        rows = self._session.exec(select(AlarmRow).order_by(col(AlarmRow.raised_utc).desc()))
        return tuple(m.alarm_of(row) for row in rows)

    def raised(self, since: datetime, until: datetime) -> tuple[Alarm, ...]:
        within = (col(AlarmRow.raised_utc) >= since) & (col(AlarmRow.raised_utc) < until)
        return _newest_first(m.alarm_of(row) for row in self._session.exec(select(AlarmRow).where(within)))

    def page(
        self, since: datetime, until: datetime, limit: int, *, before: tuple[datetime, str] | None = None
    ) -> tuple[Alarm, ...]:
        # The moment with which a page ends is read whole and cut here: databases order text by collations of their own.
        last = until if before is None else before[0]
        within = (col(AlarmRow.raised_utc) >= since) & (col(AlarmRow.raised_utc) < until)
        within &= col(AlarmRow.raised_utc) <= last
        moments = (
            select(AlarmRow.raised_utc)
            .where(within if before is None else within & (col(AlarmRow.raised_utc) < last))
            .order_by(col(AlarmRow.raised_utc).desc())
            .limit(limit)
        )
        oldest = min(self._session.exec(moments), default=last)
        rows = self._session.exec(select(AlarmRow).where(within, col(AlarmRow.raised_utc) >= oldest))
        found = _newest_first(m.alarm_of(row) for row in rows)
        return tuple(alarm for alarm in found if before is None or (alarm.raised_utc, alarm.id) < before)[:limit]


def _newest_first(alarms: Iterable[Alarm]) -> tuple[Alarm, ...]:
    return tuple(sorted(alarms, key=lambda alarm: (alarm.raised_utc, alarm.id), reverse=True))


class SqlJournal:
    def __init__(self, session: Session, connection: Connection) -> None:
        self._session = session
        self._connection = connection

    def position(self, watch: str) -> WatchPosition:
        row = self._session.get(WatchRow, watch)
        return WatchPosition(watch) if row is None else m.watch_of(row)

    def move(self, position: WatchPosition) -> None:
        self._session.merge(m.watch_row(position))
        self._session.flush()

    def digest(self, watch: str, epoch: int, seq: int) -> str | None:
        place = (_JOURNAL.c.watch == watch) & (_JOURNAL.c.epoch == epoch) & (_JOURNAL.c.seq == seq)
        return self._connection.execute(columns(_JOURNAL.c.digest).where(place)).scalar_one_or_none()

    def note(self, watch: str, epoch: int, seq: int, digest: str) -> None:
        values = {"watch": watch, "epoch": epoch, "seq": seq, "digest": digest}
        self._connection.execute(_PUT_DIGEST, values)


class SqlRecord:
    """Entries of one change go to the database together, before it is read or committed: one by one costs ten times as much."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._entries: list[dict[str, Any]] = []
        self._subjects: list[dict[str, Any]] = []

    def flush(self) -> None:
        """What was added is in the transaction."""
        for statement, rows in ((_PUT_ENTRY, self._entries), (_PUT_SUBJECT, self._subjects)):
            if rows:
                self._connection.execute(statement, rows)
                rows.clear()

    def head(self) -> AuditEntry | None:
        self.flush()
        row = self._connection.execute(_HEAD).first()
        return None if row is None else m.audit_of(row)

    def add(self, entry: AuditEntry) -> None:
        self._entries.append(m.audit_values(entry))

    def point(self, seq: int, subjects: Iterable[str], happened: datetime) -> None:
        self._subjects += [{"seq": seq, "subject": subject, "happened": happened} for subject in set(subjects)]

    def about(
        self, subjects: Sequence[str], since: datetime, until: datetime, *where: ColumnElement[bool]
    ) -> tuple[Evidence, ...]:
        self.flush()
        happened = func.min(_SUBJECT.c.happened, type_=_SUBJECT.c.happened.type)
        query = (
            columns(*_AUDIT.c, happened)
            .join(_SUBJECT, _SUBJECT.c.seq == _AUDIT.c.seq)
            .where(_SUBJECT.c.subject.in_(subjects), _SUBJECT.c.happened >= since, _SUBJECT.c.happened <= until)
            .where(*where)
            .group_by(*_AUDIT.c)
            .order_by(happened, _AUDIT.c.seq)
        )
        return tuple(Evidence(m.audit_of(row), row[-1]) for row in self._connection.execute(query))

    def evidence(
        self, subjects: Sequence[str], since: datetime, until: datetime, *, actions: Collection[str] = ()
    ) -> tuple[Evidence, ...]:
        self.flush()
        chosen = [_AUDIT.c.action.in_(actions)] if actions else []
        found: dict[int, Evidence] = {}
        for first in range(0, len(subjects), _SUBJECTS_AT_ONCE):
            some = subjects[first : first + _SUBJECTS_AT_ONCE]
            older = self.about(some, since, until, not_(_NAMES_SUBJECTS), *chosen)
            found |= {each.entry.seq: each for each in older}
        happened = _HAPPENED[self._connection.dialect.name]
        query = (
            columns(_AUDIT).where(_NAMES_SUBJECTS, *chosen).where(happened.between(utc_text(since), utc_text(until)))
        )
        if len(subjects) <= _SUBJECTS_IN_SQL:
            quoted = (canonical(subject).decode() for subject in subjects)
            query = query.where(or_(False, *(_AUDIT.c.payload.contains(each, autoescape=True) for each in quoted)))  # noqa: FBT003
        wanted = frozenset(subjects)
        for row in self._connection.execute(query):
            named, moment = m.stated_in(row.payload, row.seq)
            if named & wanted and since <= moment <= until:
                found[row.seq] = Evidence(m.audit_of(row), moment)
        return tuple(sorted(found.values(), key=lambda each: (each.happened, each.entry.seq)))

    def at_target(self, target: str) -> tuple[AuditEntry, ...]:
        self.flush()
        query = columns(_AUDIT).where(_AUDIT.c.target == target).order_by(_AUDIT.c.seq)
        return tuple(m.audit_of(row) for row in self._connection.execute(query))

    def newest(self, limit: int, *, without: str = "", before: int | None = None) -> tuple[AuditEntry, ...]:
        self.flush()
        query = columns(_AUDIT).where(_AUDIT.c.action != without).order_by(_AUDIT.c.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(_AUDIT.c.seq < before)
        rows = self._connection.execute(query).all()
        return tuple(m.audit_of(row) for row in reversed(rows))

    def following(self, seq: int, limit: int) -> tuple[AuditEntry, ...]:
        self.flush()
        query = columns(_AUDIT).where(_AUDIT.c.seq > seq).order_by(_AUDIT.c.seq).limit(limit)
        return tuple(m.audit_of(row) for row in self._connection.execute(query))

    def newest_of(self, action: str, *, after: int = 0) -> AuditEntry | None:
        self.flush()
        of_action = (_AUDIT.c.seq > after, _AUDIT.c.action == action)
        query = columns(_AUDIT).where(*of_action).order_by(_AUDIT.c.seq.desc()).limit(1)
        row = self._connection.execute(query).first()
        return None if row is None else m.audit_of(row)

    def index_sha256(self, to: int) -> str:
        self.flush()
        return index_digest(subject_rows(self._connection, to=to))


def _unit_of_work(
    session: Session, connection: Connection, record: SqlRecord, airspace_of: AirspaceOf | None
) -> UnitOfWork:
    written = WrittenRows()
    return UnitOfWork(
        written=written,
        slots=SqlSlots(connection, airspace_of, written),
        plans=SqlPlans(session),
        links=SqlLinks(session),
        clearances=SqlClearances(session, written),
        orders=SqlOrders(session),
        incidents=SqlIncidents(session, written),
        alarms=SqlAlarms(session, written),
        journal=SqlJournal(session, connection),
        record=record,
        zones=SqlZoneRecords(session),
        registers=SqlRegisters(connection),
        users=SqlUsers(connection, written),
        closures=SqlClosures(connection),
        request_keys=SqlRequestKeys(connection),
        stop_proofs=SqlStopProofs(session),
        weather=SqlWeather(session),
        incident_reviews=SqlIncidentReviews(connection, written),
        incident_persons=SqlIncidentPersons(connection),
        duties=SqlDuties(connection),
        sessions=SqlSessions(connection),
        tokens=sql_tokens(connection),
        second_factors=sql_second_factors(connection),
        invitations=sql_invitations(connection),
        reset_codes=sql_reset_codes(connection),
    )


def one_writer(connection: Connection) -> None:
    """On PostgreSQL, wait for our turn among those of our schema; SQLite's transaction began with it."""
    if connection.dialect.name == "postgresql":
        connection.execute(_TAKE_THE_TURN, {"lock": _ONE_WRITER})


class SqlStore:
    """Writers take turns, in this process by a lock, between processes by the database (see `engines`)."""

    def __init__(self, engine: Engine, airspace_of: AirspaceOf | None = None) -> None:
        self.engine = engine
        self._airspace_of = airspace_of
        self._writing = engine.execution_options(**{WRITES: True})
        self._reading = reading(engine)
        self._turn = Lock()

    @contextmanager
    def write(self) -> Iterator[UnitOfWork]:
        with self.writing() as (work, _):
            yield work

    @contextmanager
    def writing(self) -> Iterator[tuple[UnitOfWork, Connection]]:
        """A transaction, with its connection for what no repository does."""
        with self._turn, self._failures_named(), Session(self._writing, expire_on_commit=False) as session:
            connection = session.connection()  # begins now: SQLite's BEGIN IMMEDIATE takes the write lock
            one_writer(connection)
            record = SqlRecord(connection)
            yield _unit_of_work(session, connection, record, self._airspace_of), connection
            record.flush()
            self._commit(session)

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        with self._failures_named(), Session(self._reading, autoflush=False) as session:
            connection = session.connection()
            yield _unit_of_work(session, connection, SqlRecord(connection), self._airspace_of)

    def settle(self) -> None:
        if self.engine.dialect.name == "sqlite":
            with self._turn, self._failures_named(), self.engine.connect() as connection:
                connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def close(self) -> None:
        self.engine.dispose()

    def _commit(self, session: Session) -> None:
        try:
            session.commit()
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            # The server may have committed and been lost before it said so.
            raise PerhapsDone(
                f"the database was lost while it stored a change ({in_a_line(error)})",
                where=shown(self.engine.url),
                do="Look whether the change is there before you make it again.",
            ) from error

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            driver_says = error.orig if isinstance(error, StatementError) else None
            # DataError: PostgreSQL alone has no NUL in a text, and its integers end earlier.
            if isinstance(error, DataError) or isinstance(driver_says, ValueError | OverflowError):
                raise Invalid(
                    f"a value can't be stored or asked for ({driver_says})",
                    where="a time, number or text in it",
                    do="Give times with a zone, text without NUL, and nothing beyond what can be counted.",
                ) from error
            do = "Check the disk's space and rights; nothing of this change was stored."
            if self.engine.dialect.name == "postgresql":
                do = "Check that the database server runs; nothing of this change was stored."
            raise Unavailable(
                f"the database can't be used now ({in_a_line(error)})", where=shown(self.engine.url), do=do
            ) from error
