"""What all screens look at: the board, what was read by GET, what is chosen, and the last notice."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from rangeops.domain.alarms import Alarm
from rangeops.domain.incident_search import IncidentQuery
from rangeops.domain.slots import Slot, SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.tui.board import Board
from rangeops.tui.history import History
from rangeops.tui.ink import Ink
from rangeops.tui.preferences import Desktop
from rangeops.wire.api import IncidentView, PlanView, RangeView
from rangeops.wire.board import DayView
from rangeops.wire.clearance import ClearanceView
from rangeops.wire.duty import DutyView, MeView
from rangeops.wire.handover import HandoverView
from rangeops.wire.incident_review import ReviewedView
from rangeops.wire.people import ExpiryView


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the status row: what an action did, or why it didn't."""

    text: str
    ink: Ink
    at_s: float


@dataclass(frozen=True, slots=True)
class Shift:
    """A slot that is being moved on the screen, and nowhere else yet."""

    slot: SlotId
    by: timedelta


@dataclass(slots=True)
class Records:
    """What the server keeps and the feed only says has changed.

    clearance and incident: of the chosen slot and the chosen incident, with its timeline. day: None for today.
    preflight: the clearances of today's slots. handover: the hand-over page; None before it is read.
    refusal: what the server said last to a deed on the chosen slot; it may be longer than a row. review: of the chosen
    incident, as far as this person may read it. query, found: what is looked for among the incidents, and those that fit.
    bundles: by incident, what was written of its evidence from here.
    """

    range_view: RangeView | None = None
    slots: tuple[Slot, ...] = ()
    alarm_history: tuple[Alarm, ...] = ()  # of the last day, newest first
    plans: tuple[PlanView, ...] = ()
    incidents: tuple[IncidentView, ...] = ()
    incident: IncidentView | None = None
    clearance: ClearanceView | None = None
    chosen_slot: SlotId | None = None
    chosen_incident: str | None = None
    day: date | None = None
    day_view: DayView | None = None
    expiries: tuple[ExpiryView, ...] = ()
    shift: Shift | None = None
    refusal: str = ""
    preflight: tuple[ClearanceView, ...] = ()
    handover: HandoverView | None = None
    me: MeView | None = None  # who is signed in at this screen
    duty: tuple[DutyView, ...] = ()
    reports: dict[str, str] = field(default_factory=dict)  # incident: path of the report written from here
    review: ReviewedView | None = None
    query: IncidentQuery = field(default_factory=IncidentQuery)
    found: tuple[IncidentView, ...] = ()
    bundles: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Shared:
    """selected: a vehicle by its number. It changes by the operator's hand alone."""

    board: Board
    records: Records = field(default_factory=Records)
    selected: Sysid | None = None
    notice: Notice | None = None
    history: History = field(default_factory=History)
    desktop: Desktop = field(default_factory=lambda: Desktop(None))
