"""The words that the portal's pages for officers and the range show by their filter `word`: part of make_portal_messages."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rangeops.domain.duty import Position
from rangeops.domain.incident_review import OccurrenceClass
from rangeops.domain.register_texts import columns
from rangeops.domain.registers import RegisterKind
from rangeops.domain.reviews import Verdict
from rangeops.domain.slot_terms import StopReason
from rangeops.server.portal.routes import incidents_papers, incidents_review, range_home, registers
from rangeops.server.portal.routes.incidents_review import CATEGORIES, PERSON_ROLES
from rangeops.server.portal.routes.registers import fields_of

ROOT = Path(__file__).resolve().parents[2]
_SAID: Final = tuple(
    text for module in (incidents_papers, incidents_review, range_home, registers) for text in module.SAID.values()
)


def range_words() -> Iterator[str]:
    """What the pages of officers and of the range show by the filter `word`: of states, clocks, registers, statistics."""
    yield from (each.value for each in (*OccurrenceClass, *RegisterKind, *Verdict, *StopReason))
    yield from (name.replace("_", " ") for kind in RegisterKind for name in columns(kind))
    yield from (choice for kind in RegisterKind for field in fields_of(kind) for choice in field.choices if choice)
    yield from (*CATEGORIES, *PERSON_ROLES, *_SAID)
    yield from (position.title for position in Position)
    yield from (
        "report", "notification", "analysis", "final", "safety board", "to the organisation (Art 4(7))",
        "to the safety board, without delay (996/2010 Art 9)", "to the authority (Art 4(8))",
        "preliminary results (Art 13(4))", "final results (Art 13(4))", "met", "late", "running", "running out", "missed",
        "its class", "its category", "whether it must be reported to the authority", "a headline", "a narrative",
        "when the authority was notified", "when the safety board was told", "unclassified", "not classified",
        "alarm", "command", "incident", "standing", "text", "fence", "slot", "clearance", "mode", "operator",
        "released", "the newest revision", "a later revision has taken its place", "as recorded", "not as recorded",
        "done", "overdue", "ENFORCING", "ENFORCEMENT DOWN", "nothing is signed yet", "not signed lately", "signed",
        "sunset", "sunrise", "lapsed", "lapses soon", "retired", "differs from yours", "medical", "acceptance", "qualification",
        "test privilege", "flown", "no-show", "CLEARED", "WITHDRAWN", "lacks {count}", "ready",
        "Flight hours by company", "Flight hours by volume", "Incidents per 100 flight hours by company",
        "Incidents per 100 flight hours by volume", "Minutes lost, by whose they are", "Incidents by class",
        "Alarms by priority", "What the range did by itself, as it was judged", "no slot", "open",
        "unacknowledged", "acknowledged", "returned-unacknowledged", "latched",
    )  # fmt: skip
    yield from report_words()


def report_words() -> Iterator[str]:
    """Headings of the day's and the month's report."""
    source = (ROOT / "rangeops/wire/report_pages.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="Section"), args=[title, columns_, _, empty]):
                yield from (each.value for each in (title, empty) if isinstance(each, ast.Constant) and each.value)
                if isinstance(columns_, ast.Tuple):
                    yield from (each.value.capitalize() for each in columns_.elts if isinstance(each, ast.Constant))
            case ast.Assign(targets=[ast.Name(id="columns")], value=ast.Tuple(elts=cells)):
                yield from (each.value.capitalize() for each in cells if isinstance(each, ast.Constant))
            case ast.Call(func=ast.Name(id="_shares"), args=[ast.Constant(value=title), ast.Constant(value=column), _]):
                yield from (str(title), str(column).capitalize())
