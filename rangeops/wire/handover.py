"""The hand-over page: what whoever takes over must know. Assembled on the server, so that everybody reads the same."""

from dataclasses import dataclass
from datetime import datetime

from rangeops.domain.alarms import Alarm
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import AuditHead, IncidentView
from rangeops.wire.board import ClosedView
from rangeops.wire.clearance import WeatherView
from rangeops.wire.duty import DutyView
from rangeops.wire.picture import LinkView


@dataclass(frozen=True, slots=True)
class FlyingView:
    """An armed vehicle. None: not known just now. standing: where it is held to be, in words."""

    sysid: Sysid
    callsign: str
    company: str
    slot: str
    slot_ends: datetime | None
    mode: str
    standing: str
    height_m: float | None
    battery_percent: int | None
    position_age_s: float | None
    contact: str


@dataclass(frozen=True, slots=True)
class DueSlotView:
    """A slot that runs, or begins soon. lacking: how many items stand between it and its clearance; None: too early to say."""

    slot: SlotId
    volume: str
    company: str
    callsign: str
    starts: datetime
    ends: datetime
    state: str
    cleared: bool
    lacking: int | None


@dataclass(frozen=True, slots=True)
class ZoneTimeView:
    """A zone that holds for a time only, as from a NOTAM."""

    id: str
    name: str
    restriction: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class NoteView:
    """number: its entry in the record."""

    number: int
    utc: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class DeedView:
    """What a person did to the automation or to an alarm, or whom he called: a line of the record."""

    utc: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class HandoverView:
    """by: who asked for it. on_duty: every position, held or not. deeds: inhibits, overrides, shelvings of this shift.

    open: calls and reviews that nobody has closed. slots: of the next two hours. closures, zones: of the next 24. head: of the
    audit log; printed on paper it is outside the database, and shows later that entries were cut off. checkpoint: how many
    entries the newest signed checkpoint covers, and its SHA-256.
    """

    written_utc: datetime
    range_id: str
    range_name: str
    timezone: str
    by: str
    simulation: bool
    drill: str  # that is played; "" where none is
    enforcement: bool
    on_duty: tuple[DutyView, ...]
    flying: tuple[FlyingView, ...]
    alarms: tuple[Alarm, ...]
    shelved: tuple[Alarm, ...]
    deeds: tuple[DeedView, ...]
    open: tuple[DeedView, ...]
    incidents: tuple[IncidentView, ...]
    slots: tuple[DueSlotView, ...]
    closures: tuple[ClosedView, ...]
    zones: tuple[ZoneTimeView, ...]
    weather: tuple[WeatherView, ...]
    links_down: tuple[LinkView, ...]
    notes: tuple[NoteView, ...]
    head: AuditHead | None = None
    checkpoint: AuditHead | None = None


@dataclass(frozen=True, slots=True)
class NoteRequest:
    text: str
