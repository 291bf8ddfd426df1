"""What the HTTP API gives about reports: an incident's and its code; the range's day and its month."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from rangeops.domain.commands import CommandProgress
from rangeops.domain.range_statistics import Statistics
from rangeops.domain.slot_terms import StopReason


class ReportForm(Enum):
    HTML = "html"
    PDF = "pdf"


class Audience(Enum):
    """company: without persons, and without anything of other companies."""

    RANGE = "range"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """A file that was written, as the record has it."""

    name: str
    sha256: str
    written_utc: datetime
    entry: int


@dataclass(frozen=True, slots=True)
class SignedBy:
    by: str
    role: str
    signed_utc: datetime


@dataclass(frozen=True, slots=True)
class CodeView:
    """The revision that a report's code is of. sha256: of the whole revision, as it stands on the report.

    newest: no later revision has taken its place. reports: the files that were written of this incident.
    """

    code: str
    incident: str
    revision: int
    state: str
    sha256: str
    newest: bool
    headline: str
    signatures: tuple[SignedBy, ...]
    reports: tuple[WrittenReport, ...]


@dataclass(frozen=True, slots=True)
class SlotLine:
    """A slot of the day. lost_minutes: its clock stood, by reason; those without any are left out."""

    id: str
    company: str
    callsign: str
    volume: str
    starts: datetime
    ends: datetime
    state: str
    flights: int
    flown_minutes: float
    lost_minutes: dict[StopReason, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlarmLine:
    raised_utc: datetime
    priority: int
    source: str
    title: str
    value: str
    acked_by: str
    acked_utc: datetime | None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A line of the record. entry: its number."""

    utc: datetime
    text: str
    entry: int


@dataclass(frozen=True, slots=True)
class CommandLine:
    entry: int
    callsign: str
    progress: CommandProgress


@dataclass(frozen=True, slots=True)
class IncidentLine:
    id: str
    opened_utc: datetime
    company: str
    callsign: str
    state: str
    occurrence_class: str
    title: str


@dataclass(frozen=True, slots=True)
class DayReport:
    """What a range's day held: the range's own calendar day, from starts to ends (UTC).

    so_far: the day isn't over. head: number and hash of the record's last entry when it was written.
    """

    range_name: str
    simulation: bool
    timezone: str
    day: date
    starts: datetime
    ends: datetime
    so_far: bool
    written_utc: datetime
    by: str
    head: tuple[int, str]
    slots: tuple[SlotLine, ...]
    clearances: tuple[EntryLine, ...]
    alarms: tuple[AlarmLine, ...]
    commands: tuple[CommandLine, ...]
    incidents: tuple[IncidentLine, ...]
    duty: tuple[EntryLine, ...]
    weather: tuple[EntryLine, ...]
    statistics: Statistics


@dataclass(frozen=True, slots=True)
class MonthReport:
    """Safety statistics of a calendar month of the range; so_far: it isn't over."""

    range_name: str
    simulation: bool
    timezone: str
    month: date
    starts: datetime
    ends: datetime
    so_far: bool
    written_utc: datetime
    by: str
    head: tuple[int, str]
    incidents: tuple[IncidentLine, ...]
    statistics: Statistics
