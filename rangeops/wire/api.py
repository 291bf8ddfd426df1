"""What the HTTP API takes and gives, beside the domain's own values (Slot, Alarm, CommandProgress are given as they are)."""

from dataclasses import dataclass, field
from datetime import datetime

from rangeops.domain.closures import Closure
from rangeops.domain.commands import CommandTarget
from rangeops.domain.day_shift import Move
from rangeops.domain.incident_review import Deadline
from rangeops.domain.kept import Difference
from rangeops.domain.parameters import Parameter
from rangeops.domain.sectors import Contact
from rangeops.domain.slot_terms import SlotTerms
from rangeops.domain.telemetry import Sysid
from rangeops.domain.volumes import BookableVolume, Ring, Volume


@dataclass(frozen=True, slots=True)
class Status:
    version: str
    range_id: str
    simulation: bool
    enforcement: bool
    watch_age_s: float | None
    utc: datetime
    audit_seq: int
    audit_head: str
    user: str  # who this token acts as


@dataclass(frozen=True, slots=True)
class ZoneView:
    """An UAS geographical zone, for maps. restriction: ED-318's word (PROHIBITED, REQ_AUTHORIZATION …)."""

    id: str
    name: str
    restriction: str
    volume: Volume


@dataclass(frozen=True, slots=True)
class RangeView:
    id: str
    name: str
    synthetic: bool
    timezone: str
    origin_latitude_deg: float
    origin_longitude_deg: float
    elevation_amsl_m: float
    boundary: Volume
    runway: Ring  # two ends; empty without one
    zones: tuple[ZoneView, ...]
    volumes: tuple[BookableVolume, ...]
    sectors: tuple[str, ...] = ()  # by name; the whole range is the last
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanCheck:
    """One rule's answer, rendered for a person. latitude/longitude: where on the map, if anywhere."""

    code: str
    passed: bool
    title: str
    what: str = ""
    fix: str = ""
    waypoint: int | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class PlanPoint:
    waypoint: int
    latitude_deg: float
    longitude_deg: float
    altitude_amsl_m: float


@dataclass(frozen=True, slots=True)
class PlanView:
    """One revision of one plan, with its verdict: "passed", "refused" or "cannot check"."""

    id: str
    name: str
    revision: int
    company: str
    volume: str
    airframe: str
    file_name: str
    sha256: str
    submitted_utc: datetime
    verdict: str
    checks: tuple[PlanCheck, ...]
    path: tuple[PlanPoint, ...]
    zones_sha256: str = ""  # of the zones that it was checked against
    changes: tuple[str, ...] = ()  # what the checker changed in the revision before; (): somebody handed it in as it is


@dataclass(frozen=True, slots=True)
class SlotRequest:
    company: str
    volume: str
    starts: datetime
    ends: datetime
    sysid: Sysid
    callsign: str
    airframe: str
    contact: str
    plan: str | None = None
    consent: str = ""  # who agrees for the company to what the range may write to the vehicle; "": asked later
    drawn: Volume | None = None  # a flight geography of its own; `volume` is then a name for it
    terms: SlotTerms = field(default_factory=SlotTerms)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Where a slot would fit. kind: what differs from what was asked: "time", "volume" or "altitude"."""

    kind: str
    volume: str
    starts: datetime
    ends: datetime
    floor_amsl_m: float
    ceiling_amsl_m: float


@dataclass(frozen=True, slots=True)
class ClosureRequest:
    """kind, basis: values of domain.closures' enums. volumes, drawn: what is closed; with neither, the whole range.

    rule: an RRULE that counts in the range's local time, "" for once. spared: slots that it doesn't concern.
    """

    kind: str
    title: str
    starts: datetime
    ends: datetime
    volumes: tuple[str, ...] = ()
    drawn: Volume | None = None
    rule: str = ""
    basis: str = "house rule"
    spared: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Removal:
    """version: of the closure as the caller saw it."""

    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class MustMove:
    """A slot that a closure concerns. must: "move"; for an emergency "land", "hold" or "wait". call: how to reach its pilot.

    Nothing is sent to its vehicle, and nothing of it is cancelled: who decides that is the operator.
    """

    slot: str
    version: int
    company: str
    callsign: str
    sysid: Sysid
    volume: str
    starts: datetime
    ends: datetime
    must: str
    why: str
    call: str
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosureView:
    """times: its next ones, at most ten. concerned: approved slots that it closes on."""

    closure: Closure
    times: tuple[tuple[datetime, datetime], ...]
    concerned: tuple[MustMove, ...]


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """volume None: where it is. ends None: as long as it was. version: of the slot as the caller saw it."""

    starts: datetime
    version: int
    reason: str
    volume: str | None = None
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShiftRequest:
    """A delay's proposal as it was shown, to be accepted as a whole: the versions in it are what was looked at."""

    moves: tuple[Move, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ClockRequest:
    """stop: "client", "range", "weather" or "traffic"; "" starts the clock again."""

    version: int
    stop: str = ""


@dataclass(frozen=True, slots=True)
class NoticeRequest:
    """notice: "briefing" or "debrief". who: has read or heard it."""

    notice: str
    who: str


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One thing that happened. evidence: the record's entry that proves it."""

    utc: datetime
    kind: str  # alarm, command, mode, standing, fence, text, operator, ...
    text: str
    evidence: int


@dataclass(frozen=True, slots=True)
class IncidentView:
    """occurrence_class, reviewer: "" before its review has them. volume: its slot's. deadlines: its clocks of 376/2014, as
    of when this was told.
    """

    id: str  # INC-2026-0007
    title: str
    state: str  # open, under review, signed
    sysid: Sysid
    callsign: str
    company: str
    slot: str
    opened_utc: datetime
    ended_utc: datetime | None
    timeline: tuple[TimelineItem, ...]
    occurrence_class: str = ""
    reviewer: str = ""
    volume: str = ""
    deadlines: tuple[Deadline, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportView:
    incident: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class LinkRequest:
    uri: str


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """kind: CommandKind's value. typed: the vehicle's number, retyped by a person, where that is asked for.

    offered: it is what the range's policy leaves to a person just now (VehicleView.next_act): then nothing is retyped,
    and it is refused where the offer has changed meanwhile.
    """

    kind: str
    reason: str
    typed: str = ""
    target: CommandTarget | None = None
    offered: bool = False


@dataclass(frozen=True, slots=True)
class SlotChange:
    """event: SlotEvent's value. version: the slot's version the caller looked at; None where his If-Match says it."""

    event: str
    version: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AffectedView:
    """What was approved against other zones than today's, and fares worse by these.

    slot, plan: either may be "". zones_sha256: of those it was approved or checked against; "" where none was noted.
    verdict: the plan's, checked anew; "" without one. why: one clause each.
    """

    slot: str
    plan: str
    company: str
    zones_sha256: str
    verdict: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WritesView:
    """What a LOAD_FENCE would change on the slot's vehicle now. agreed: who agreed to just this; "" where nobody did."""

    slot: str
    sysid: Sysid
    callsign: str
    sha256: str
    agreed: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """who: agreed by word, for the company. sha256: of the diff that was read out."""

    who: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ParametersView:
    """A vehicle's parameters. missing: it doesn't answer for these. table_sha256: where the whole table was read."""

    sysid: Sysid
    firmware: str
    parameters: tuple[Parameter, ...]
    missing: tuple[str, ...]
    table_sha256: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The record's last entry: its place and its hash (hex); 0 and 64 zeros for an empty record."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Problem:
    """RFC 9457, with four extension members from which a client makes the very error that the server raised."""

    type: str
    title: str
    status: int
    detail: str
    kind: str = ""
    what: str = ""
    where: str = ""
    do: str = ""
