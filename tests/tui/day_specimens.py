"""A busy day, as values: closures, a conflict, phases, a waiting list, what lapses, and a timetable for it."""

from datetime import date, timedelta

import specimens
from specimens import MORNING

from rangeops.domain.slot_terms import SlotTerms
from rangeops.domain.slots import SlotState
from rangeops.wire.board import ClosedView, ConflictView
from rangeops.wire.people import ExpiryView
from rangeops.wire.timetable import ProposalView, ProposedChange

TRAFFIC = ClosedView(
    "C1",
    "crewed traffic",
    "traffic",
    "house rule",
    ("SOUTH",),
    MORNING + timedelta(hours=2),
    MORNING + timedelta(hours=4),
)
CONFLICT = ConflictView(
    "S17",
    "S8",
    MORNING + timedelta(minutes=48),
    MORNING + timedelta(minutes=60),
    "slot S8 (SAXION, 09:12-10:12 UTC) has NORTH: 12 min in the same air",
)
LAPSES = ExpiryView("document", "INS-1", "ACME", "insurance", date(2026, 11, 30), 6, 7, "document INS-1: insurance")
AFTERNOON = (
    specimens.slot(
        20,
        "SAXION",
        "WEST",
        (150, 240),
        SlotState.APPROVED,
        terms=SlotTerms(set_up_minutes=30, clear_down_minutes=20),
    ),
    specimens.slot(21, "ACME", "NORTH", (180, 270), SlotState.WAITLISTED),
    specimens.slot(22, "ACME", "EAST", (170, 230), SlotState.OFFERED),
    specimens.slot(23, "ACME", "EAST", (-180, -120), SlotState.CLOSED),
)


def change(slot, change, shift_minutes=None, why=""):
    starts, ends = MORNING + timedelta(hours=1), MORNING + timedelta(hours=2)
    new = None if shift_minutes is None else timedelta(minutes=shift_minutes)
    return ProposedChange(
        slot, 3, "ACME", "D07", "EAST", change, starts, ends, new and starts + new, new and ends + new, why
    )  # fmt: skip


PROPOSAL = ProposalView(
    sha256="ab" * 32,
    made_utc=MORNING,
    starts=MORNING,
    ends=MORNING + timedelta(days=1),
    by="CP-SAT",
    seconds=0.8,
    worth=4321,
    bound=4321,
    gap=0.0,
    fewest_moves=True,
    greedy_worth=4000,
    kept=4,
    changes=(
        change("S17", "new", 15),
        change("S12", "moved", -30),
        change("S18", "unplaced", why="S8 is there"),
    ),
)
