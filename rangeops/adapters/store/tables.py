"""The tables. Only columns that are searched or counted stand alone; whole values lie beside them as JSON text.

Types are portable between SQLite and PostgreSQL. Rows never leave this package: mapping.py makes domain values of them.
"""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Dialect, Index, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.types import DateTime, TypeDecorator
from sqlmodel import Field, SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out. SQLite keeps no zone, and gives back what it is given: naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone can't be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _utc(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(sa_column=Column(UtcDateTime(), nullable=nullable, index=index))


def _text() -> Any:
    return Field(sa_column=Column(Text(), nullable=False))


def _given() -> Any:
    """Added to a table that may have rows: they get ""."""
    return Field(sa_column=Column(Text(), nullable=False, server_default=""))


def table_of(row: type[SQLModel]) -> Table:
    """The table behind a row's class, for SQLAlchemy Core."""
    table: Table = row.__table__  # type: ignore[attr-defined]  # SQLModel gives one to every table=True
    return table


class SlotRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "slot"
    number: int = Field(primary_key=True)  # of "S12"
    version: int
    company: str
    volume: str
    starts: datetime = _utc(index=True)
    ends: datetime = _utc()
    sysid: int
    callsign: str
    airframe: str
    contact: str
    plan: str | None
    state: str = Field(index=True)
    reason: str = _text()
    consent: str = _given()
    zones_sha256: str = _given()
    held_from: datetime = _utc(index=True)  # set-up included
    held_until: datetime = _utc()  # clear-down included
    details: str = Field(sa_column=Column(Text(), nullable=False, server_default="{}"))  # the rest as JSON


class AirspaceRow(SQLModel, table=True):
    """What a slot holds now; adapters.store.airspace. Never changed: released, and held anew."""

    __tablename__: ClassVar[str] = "airspace"
    __table_args__ = (Index("ix_airspace_sysid_starts", "sysid", "starts"),)

    slot: int = Field(primary_key=True, foreign_key="slot.number")
    place: str = _text()
    sysid: int
    starts: datetime = _utc()
    ends: datetime = _utc()
    floor_amsl_m: float
    ceiling_amsl_m: float
    west_m: float
    south_m: float
    east_m: float
    north_m: float
    core: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))  # well-known binary, site metres


class PlanRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "plan"
    __table_args__ = (UniqueConstraint("company", "name", "revision"),)

    number: int = Field(primary_key=True)  # of "P12"
    company: str
    name: str
    revision: int
    submitted_utc: datetime = _utc()
    view: str = _text()  # PlanView as JSON
    content: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))


class LinkRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "link"

    number: int | None = Field(default=None, primary_key=True)
    uri: str = Field(unique=True)


class ClearanceRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "clearance"

    slot: int = Field(primary_key=True, foreign_key="slot.number")
    cleared: bool
    by: str
    changed_utc: datetime | None = _utc(nullable=True)
    fence_sha256: str | None
    fence_detail: str = _text()
    rtl_altitude_m: float | None
    agreed_by: str = _given()
    agreed_sha256: str = _given()
    zones_sha256: str = _given()
    details: str = Field(sa_column=Column(Text(), nullable=False, server_default="{}"))  # the rest as JSON


class StopProofRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "stop_proof"

    sysid: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    body: str = _text()  # StopProof as JSON


class WeatherRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "weather"

    number: int | None = Field(default=None, primary_key=True)
    issued_utc: datetime = _utc(index=True)
    received_utc: datetime = _utc()
    by: str
    body: str = _text()  # WeatherReport as JSON


class ZoneVersionRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "zone_version"

    number: int = Field(primary_key=True)
    range_id: str
    sha256: str = Field(index=True)
    first_utc: datetime = _utc()
    parts: str = _text()  # a hash for each zone, volume and area, as JSON


class OrdersRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "orders"

    version: int = Field(primary_key=True)
    issued_utc: datetime = _utc()
    body: str = _text()  # Orders as JSON


class IncidentRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "incident"
    __table_args__ = (Index("ix_incident_sysid_slot", "sysid", "slot"),)

    id: str = Field(primary_key=True)
    year: int = Field(index=True)
    state: str
    sysid: int
    slot: str
    opened_utc: datetime = _utc(index=True)
    body: str = _text()  # Incident as JSON


class AlarmRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "alarm"

    id: str = Field(primary_key=True)
    condition: str
    sysid: int | None
    raised_utc: datetime = _utc(index=True)
    body: str = _text()  # Alarm as JSON, as it last was


class WatchRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "watch"

    watch: str = Field(primary_key=True)
    epoch: int
    seq: int = Field(sa_column=Column(BigInteger(), nullable=False))
    orders_version: int


class ClosureRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "closure"

    number: int = Field(primary_key=True)  # of "C12"
    version: int
    removed: bool
    body: str = _text()  # Closure as JSON


class RequestKeyRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "request_key"

    user: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_sha256: str
    expires_utc: datetime = _utc(index=True)
    status: int
    media_type: str
    body: bytes = Field(sa_column=Column(LargeBinary(), nullable=False))


class JournalRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "journal"

    watch: str = Field(primary_key=True)
    epoch: int = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger(), primary_key=True))
    digest: str


class RegisterRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "register"

    kind: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: int
    company: str = Field(index=True)
    valid_until: date | None = Field(index=True)  # the first of its last days
    retired: bool
    body: str = _text()  # its texts by column, as JSON


class UserRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "user_account"  # "user" is PostgreSQL's own word

    name: str = Field(primary_key=True)
    version: int
    token_sha256: str = Field(index=True)
    body: str = _text()  # User as JSON


class DutyRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "duty"

    position: str = Field(primary_key=True)
    body: str = _text()  # Duty as JSON


class SessionRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "session"

    token_sha256: str = Field(primary_key=True)
    expires_utc: datetime = _utc()
    body: str = _text()  # Session as JSON


class ApiTokenRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "api_token"

    token_sha256: str = Field(primary_key=True)
    body: str = _text()  # ApiToken as JSON


class SecondFactorRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "second_factor"

    user_name: str = Field(primary_key=True)
    body: str = _text()  # SecondFactor as JSON


class InvitationRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "invitation"

    code_sha256: str = Field(primary_key=True)
    body: str = _text()  # Invitation as JSON


class ResetCodeRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "reset_code"

    code_sha256: str = Field(primary_key=True)
    body: str = _text()  # ResetCode as JSON


class IncidentReviewRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "incident_review"

    incident: str = Field(primary_key=True)
    revision: int = Field(sa_column=Column(Integer(), primary_key=True, autoincrement=False))
    body: str = _text()  # Review as JSON


class IncidentPersonRow(SQLModel, table=True):
    """Apart from the record, so that somebody can be erased."""

    __tablename__: ClassVar[str] = "incident_person"

    incident: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    body: str = _text()  # Person as JSON


class AuditRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "audit"

    seq: int = Field(sa_column=Column(Integer(), primary_key=True, autoincrement=False))
    utc: datetime = _utc()
    monotonic_ns: int = Field(sa_column=Column(BigInteger(), nullable=False))
    actor: str
    role: str
    action: str
    target: str = Field(index=True)
    payload: str = _text()
    payload_hash: str
    prev_hash: str
    entry_hash: str = Field(unique=True)


class SubjectRow(SQLModel, table=True):
    """An index into the record by what an entry is about; it proves nothing, and can be made anew."""

    __tablename__: ClassVar[str] = "audit_subject"
    __table_args__ = (Index("ix_audit_subject_happened", "subject", "happened"),)

    seq: int = Field(primary_key=True, foreign_key="audit.seq")
    subject: str = Field(primary_key=True)
    happened: datetime = _utc()
