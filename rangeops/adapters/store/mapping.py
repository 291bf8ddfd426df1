"""Rows to domain values and back. What comes out of the database is checked: a row that can't be read is Damaged."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Row

from rangeops.adapters.store.absences import absent
from rangeops.adapters.store.tables import (
    AlarmRow,
    IncidentRow,
    OrdersRow,
    PlanRow,
    WatchRow,
    ZoneVersionRow,
)
from rangeops.domain.alarms import Alarm
from rangeops.domain.audit import AuditEntry
from rangeops.domain.errors import Damaged
from rangeops.domain.incidents import Incident
from rangeops.domain.orders import Orders
from rangeops.domain.slot_terms import Acknowledgement, ClockStop, Offer, SlotTerms
from rangeops.domain.slots import Slot, SlotId, SlotState
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import Volume, VolumeId
from rangeops.services.ports.store import WatchPosition, ZoneRecord
from rangeops.wire.api import PlanView
from rangeops.wire.shapes import from_json

T = TypeVar("T")

_AUDIT_FIELDS: Final = tuple(field.name for field in fields(AuditEntry))
_AUDIT_TEXTS: Final = tuple(field.name for field in fields(AuditEntry) if field.type is str)
NAMES_SUBJECTS: Final = '{"about":['  # the beginning of a payload that names the entry's subjects, as all since 0.10


def to_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def from_text(text: str, what: type[T], where: str) -> T:
    try:
        return from_json(text, what)
    except msgspec.DecodeError as error:
        raise Damaged(
            f"what is stored can't be read ({error})", where=where, do="Restore the database from a backup."
        ) from error


def number_of(identity: str, prefix: str, noun: str) -> int:
    """The number in "S12". Raises NotFound for what can't be one of our ids."""
    digits = identity.removeprefix(prefix)
    if identity == digits or not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise absent(noun, identity)
    return int(digits)


@dataclass(frozen=True, slots=True)
class _SlotDetails:
    """What of a slot isn't searched."""

    drawn: Volume | None = None
    terms: SlotTerms = field(default_factory=SlotTerms)
    stops: tuple[ClockStop, ...] = ()
    acknowledged: tuple[Acknowledgement, ...] = ()
    offer: Offer | None = None


def slot_values(slot: Slot) -> dict[str, Any]:
    return {
        "number": number_of(slot.id, "S", "slot"),
        "version": slot.version,
        "company": slot.company,
        "volume": slot.volume,
        "starts": slot.starts,
        "ends": slot.ends,
        "sysid": slot.sysid,
        "callsign": slot.callsign,
        "airframe": slot.airframe,
        "contact": slot.contact,
        "plan": slot.plan,
        "state": slot.state.value,
        "reason": slot.reason,
        "consent": slot.consent,
        "zones_sha256": slot.zones_sha256,
        "held_from": slot.held_from,
        "held_until": slot.held_until,
        "details": to_text(_SlotDetails(slot.drawn, slot.terms, slot.stops, slot.acknowledged, slot.offer)),
    }


def slot_of(row: Row[Any]) -> Slot:
    details = from_text(row.details, _SlotDetails, f"slot S{row.number}")
    return Slot(
        id=SlotId(f"S{row.number}"),
        version=row.version,
        company=row.company,
        volume=VolumeId(row.volume),
        starts=row.starts,
        ends=row.ends,
        sysid=Sysid(row.sysid),
        callsign=row.callsign,
        airframe=row.airframe,
        contact=row.contact,
        plan=row.plan,
        state=SlotState(row.state),
        reason=row.reason,
        consent=row.consent,
        zones_sha256=row.zones_sha256,
        drawn=details.drawn,
        terms=details.terms,
        stops=details.stops,
        acknowledged=details.acknowledged,
        offer=details.offer,
    )


def plan_row(plan: PlanView, content: bytes) -> PlanRow:
    return PlanRow(
        number=number_of(plan.id, "P", "plan"),
        company=plan.company,
        name=plan.name,
        revision=plan.revision,
        submitted_utc=plan.submitted_utc,
        view=to_text(plan),
        content=content,
    )


def plan_of(row: PlanRow) -> PlanView:
    return from_text(row.view, PlanView, f"plan P{row.number}")


def zone_record_row(record: ZoneRecord) -> ZoneVersionRow:
    return ZoneVersionRow(
        number=record.number,
        range_id=record.range_id,
        sha256=record.sha256,
        first_utc=record.first_utc,
        parts=to_text(record.parts),
    )


def zone_record_of(row: ZoneVersionRow) -> ZoneRecord:
    parts = from_text(row.parts, dict[str, str], f"zone version {row.number}")
    return ZoneRecord(row.number, row.range_id, row.sha256, row.first_utc, parts)


def orders_of(row: OrdersRow) -> Orders:
    return from_text(row.body, Orders, f"orders {row.version}")


def incident_row(incident: Incident) -> IncidentRow:
    return IncidentRow(
        id=incident.id,
        year=incident.opened_utc.year,
        state=incident.state.value,
        sysid=incident.sysid,
        slot=incident.slot,
        opened_utc=incident.opened_utc,
        body=to_text(incident),
    )


def incident_of(row: IncidentRow) -> Incident:
    return from_text(row.body, Incident, f"incident {row.id}")


def alarm_row(alarm: Alarm) -> AlarmRow:
    return AlarmRow(
        id=alarm.id,
        condition=alarm.condition.value,
        sysid=alarm.sysid,
        raised_utc=alarm.raised_utc,
        body=to_text(alarm),
    )


def alarm_of(row: AlarmRow) -> Alarm:
    return from_text(row.body, Alarm, f"alarm {row.id}")


def watch_row(position: WatchPosition) -> WatchRow:
    return WatchRow(
        watch=position.watch, epoch=position.epoch, seq=position.seq, orders_version=position.orders_version
    )


def watch_of(row: WatchRow) -> WatchPosition:
    return WatchPosition(row.watch, row.epoch, row.seq, row.orders_version)


def audit_values(entry: AuditEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _AUDIT_FIELDS}


def audit_of(row: Sequence[Any]) -> AuditEntry:
    """Columns stand in the order of the fields; more may follow them."""
    return AuditEntry(*row[: len(_AUDIT_FIELDS)])


class _Stated(msgspec.Struct):
    about: frozenset[str]
    happened: datetime


_STATED: Final = msgspec.json.Decoder(_Stated)


def stated_in(payload: str, seq: int) -> tuple[frozenset[str], datetime]:
    """Return the subjects and the moment that a payload with `NAMES_SUBJECTS` states. Raises Damaged, with the entry's number."""
    try:
        stated = _STATED.decode(payload)
    except msgspec.DecodeError as error:
        raise Damaged(
            f"it can't be read ({error})", where=f"entry {seq} of the record", do="Run `rangeops audit verify`."
        ) from error
    return stated.about, stated.happened


def audit_entries(rows: Iterable[Sequence[Any]]) -> Iterator[AuditEntry]:
    """Raises Damaged, with its number, for one that can't be read at all; what whoever reads them raises is his own."""
    seq = 0
    try:
        for row in rows:
            entry = audit_of(row)
            if not all(isinstance(getattr(entry, name), str) for name in _AUDIT_TEXTS):
                raise TypeError("what ought to be text is none")
            yield entry
            seq = entry.seq
    except (ValueError, TypeError) as error:
        raise Damaged(
            f"it can't be read ({error})",
            where=f"entry {seq + 1} of the record",
            do="Keep the database, and restore a backup: docs/store.md.",
        ) from error
