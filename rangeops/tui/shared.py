"""What all screens look at: the board, what was read by GET, what is chosen, and the last notice."""

from dataclasses import dataclass, field

from rangeops.domain.slots import Slot, SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.tui.board import Board
from rangeops.tui.ink import Ink
from rangeops.wire.api import IncidentView, PlanView, RangeView
from rangeops.wire.clearance import ClearanceView


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the status row: what an action did, or why it didn't."""

    text: str
    ink: Ink
    at_s: float


@dataclass(slots=True)
class Records:
    """What the server keeps and the feed only says has changed.

    clearance and incident: of the chosen slot and the chosen incident, with its timeline.
    """

    range_view: RangeView | None = None
    slots: tuple[Slot, ...] = ()
    plans: tuple[PlanView, ...] = ()
    incidents: tuple[IncidentView, ...] = ()
    incident: IncidentView | None = None
    clearance: ClearanceView | None = None
    chosen_slot: SlotId | None = None
    chosen_incident: str | None = None
    reports: dict[str, str] = field(default_factory=dict)  # incident: path of the report written from here


@dataclass(slots=True)
class Shared:
    """selected: a vehicle by its number. It changes by the operator's hand alone."""

    board: Board
    records: Records = field(default_factory=Records)
    selected: Sysid | None = None
    notice: Notice | None = None
