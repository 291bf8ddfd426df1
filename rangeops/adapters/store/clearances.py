"""Clearances, the proofs of the stop path, and the weather that was handed in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from rangeops.adapters.store import mapping as m
from rangeops.adapters.store.tables import ClearanceRow, StopProofRow, WeatherRow
from rangeops.domain.clearance import Clearance, ParameterCheck, SafetyWord, StopProof, Vote
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.domain.weather import WeatherReport
from rangeops.services.ports.store import WrittenRows


@dataclass(frozen=True, slots=True)
class _Details:
    """What of a clearance isn't searched; as Clearance has it."""

    withdrawn: bool = False
    armed_utc: datetime | None = None
    votes: tuple[Vote, ...] = ()
    word: SafetyWord | None = None
    check: ParameterCheck | None = None
    rechecked_sha256: str = ""
    flights: int = 0


class SqlClearances:
    def __init__(self, session: Session, written: WrittenRows) -> None:
        self._session = session
        self._written = written

    def get(self, slot: SlotId) -> Clearance:
        row = self._session.get(ClearanceRow, m.number_of(slot, "S", "slot"))
        return Clearance(slot) if row is None else clearance_of(row)

    def of(self, slots: Collection[SlotId]) -> dict[SlotId, Clearance]:
        numbers = [m.number_of(slot, "S", "slot") for slot in slots]
        rows = self._session.exec(select(ClearanceRow).where(col(ClearanceRow.slot).in_(numbers)))
        stored = {clearance.slot: clearance for clearance in map(clearance_of, rows)}
        return {slot: stored.get(slot) or Clearance(slot) for slot in slots}

    def put(self, clearance: Clearance) -> None:
        self._session.merge(clearance_row(clearance))
        self._session.flush()
        self._written.note(clearance)


class SqlStopProofs:
    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, proof: StopProof) -> None:
        self._session.merge(StopProofRow(sysid=proof.sysid, kind=proof.kind.value, body=m.to_text(proof)))
        self._session.flush()

    def of(self, sysid: Sysid) -> tuple[StopProof, ...]:
        rows = self._session.exec(select(StopProofRow).where(StopProofRow.sysid == sysid).order_by(StopProofRow.kind))
        return tuple(m.from_text(row.body, StopProof, f"proof of vehicle {row.sysid}'s {row.kind}") for row in rows)


class SqlWeather:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, report: WeatherReport, received_utc: datetime, by: str) -> None:
        body = m.to_text(report)
        self._session.add(WeatherRow(issued_utc=report.issued, received_utc=received_utc, by=by, body=body))
        self._session.flush()

    def since(self, issued: datetime) -> tuple[WeatherReport, ...]:
        rows = self._session.exec(
            select(WeatherRow).where(WeatherRow.issued_utc >= issued).order_by(col(WeatherRow.number))
        )
        return tuple(m.from_text(row.body, WeatherReport, f"weather report {row.number}") for row in rows)


def clearance_row(clearance: Clearance) -> ClearanceRow:
    details = _Details(
        clearance.withdrawn,
        clearance.armed_utc,
        clearance.votes,
        clearance.word,
        clearance.check,
        clearance.rechecked_sha256,
        clearance.flights,
    )
    return ClearanceRow(
        slot=m.number_of(clearance.slot, "S", "slot"),
        cleared=clearance.cleared,
        by=clearance.by,
        changed_utc=clearance.changed_utc,
        fence_sha256=clearance.fence_sha256,
        fence_detail=clearance.fence_detail,
        rtl_altitude_m=clearance.rtl_altitude_m,
        agreed_by=clearance.agreed_by,
        agreed_sha256=clearance.agreed_sha256,
        zones_sha256=clearance.zones_sha256,
        details=m.to_text(details),
    )


def clearance_of(row: ClearanceRow) -> Clearance:
    details = m.from_text(row.details, _Details, f"clearance of slot S{row.slot}")
    return Clearance(
        slot=SlotId(f"S{row.slot}"),
        cleared=row.cleared,
        by=row.by,
        changed_utc=row.changed_utc,
        fence_sha256=row.fence_sha256,
        fence_detail=row.fence_detail,
        rtl_altitude_m=row.rtl_altitude_m,
        agreed_by=row.agreed_by,
        agreed_sha256=row.agreed_sha256,
        zones_sha256=row.zones_sha256,
        withdrawn=details.withdrawn,
        armed_utc=details.armed_utc,
        votes=details.votes,
        word=details.word,
        check=details.check,
        rechecked_sha256=details.rechecked_sha256,
        flights=details.flights,
    )
