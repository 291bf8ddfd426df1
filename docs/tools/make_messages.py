"""Collects what the screens say, brings every catalogue up to date with it, and compiles them: `make messages`.

In rangeops/tui it is what `tr` and `tr_later` are called with; beside it what comes from tables that know no screen: the
actions, the moves, the alarm catalogue, and the words of states. A text that is said no more leaves the catalogue; one that
is new stands there without a translation, and tests/tui/test_language.py names it.
"""

import ast
import io
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from rangeops.client.action import Noun
from rangeops.client.actions import ACTIONS
from rangeops.domain.alarms import CATALOGUE
from rangeops.domain.clearance_rules import Item
from rangeops.domain.containment import Standing
from rangeops.domain.duty import Position
from rangeops.domain.incident_review import OccurrenceClass
from rangeops.domain.incidents import IncidentState
from rangeops.domain.slots import SlotEvent, SlotState
from rangeops.tui.bindings import MOVES, Place
from rangeops.tui.freshness import Freshness
from rangeops.tui.language import DOMAIN, FOLDER, LANGUAGES, SOURCE
from rangeops.tui.layers import Layer
from rangeops.tui.palette import THEMES
from rangeops.tui.panels.alarms import Listing
from rangeops.tui.panels.frame import COMMAND_WORDS

ROOT = Path(__file__).resolve().parents[2]
_CALLED = frozenset(["tr", "tr_later"])
_MADE = datetime(2026, 11, 25, tzinfo=UTC)  # fixed: the same sources make the same bytes
_HEAD = "# What the control room says. Written by `make messages`; the translations are people's.\n#"
_WIDTH = 120


def from_sources() -> Iterator[tuple[str, str]]:
    """(text, file). By the syntax tree: Babel's reader doesn't look into f-strings before Python 3.12."""
    for path in sorted((ROOT / "rangeops/tui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLED:
                text = node.args[0]
                if isinstance(text, ast.Constant) and text.value:
                    yield text.value, path.relative_to(ROOT).as_posix()


def from_tables() -> Iterator[tuple[str, str]]:
    """(text, file) of the tables whose texts are English literals."""
    yield from ((action.title, "rangeops/client/actions.py") for action in ACTIONS)
    yield from ((move.title, "rangeops/tui/bindings.py") for move in MOVES)
    for entry in CATALOGUE.values():
        for text in (entry.title, entry.action, entry.cause, entry.consequence, entry.response):
            yield text, "rangeops/domain/alarm_catalogue.py"
    for kind in (Noun, Place, Layer, Listing, Item, Standing, SlotState, SlotEvent, IncidentState, OccurrenceClass):
        yield from ((member.value, f"{kind.__module__.replace('.', '/')}.py") for member in kind)
    yield from ((position.value.replace("-", " "), "rangeops/domain/duty.py") for position in Position)
    yield from ((age.name, "rangeops/tui/freshness.py") for age in Freshness if age >= Freshness.STALE)
    yield from ((word, "rangeops/tui/panels/frame.py") for word in COMMAND_WORDS.values())
    yield from ((theme, "rangeops/tui/palette.py") for theme in THEMES)
    yield from _ON_THE_WIRE


# Words that the server's views carry as they are.
_ON_THE_WIRE = tuple(
    (text, f"rangeops/{file}.py")
    for file, texts in (
        ("wire/picture", ("sunrise", "sunset", "none", "loaded", "active", "breach", "unknown", "deaf", "silent")),
        ("wire/api", ("passed", "refused", "cannot check", "alarm", "command", "operator")),
        ("wire/timetable", ("new", "moved", "dropped", "unplaced", "left out")),
        ("wire/enforcement", ("right", "late", "unneeded")),
        (
            "wire/handover_page",
            (
                "On duty", "POSITION", "SINCE", "FROM", "No position is known.", "Notes", "No", "WHEN", "BY", "NOTE",
                "No notes.", "COMPANY", "STANDS", "BATTERY", "CALL", "Flying: armed vehicles", "Nobody flies.",
                "Standing alarms", "SOURCE", "ALARM", "VALUE", "STATE", "ACK BY", "DO", "No alarms stand.", "UNTIL", "WHY",
                "Shelved alarms, and those out of service", "None.", "Inhibits, overrides and shelvings of this shift",
                "Open calls and reviews", "None is open.", "WHAT", "Incidents that nobody has signed", "INCIDENT", "OPENED",
                "Slots of the next 2 hours", "No slots.", "TIME", "VOLUME", "CLEARANCE", "CLOSES",
                "Closures of the next 24 hours", "ZONE", "RESTRICTION", "NAME", "Temporary zones of the next 24 hours",
                "Weather", "STATION", "KIND", "ISSUED", "REPORT", "No report was handed in.", "Links that are down", "LINK",
                "All links are up.", "SIMULATION", "unacknowledged", "acknowledged", "returned-unacknowledged", "latched",
            ),
        ),
    )
    for text in texts
)  # fmt: skip


def template() -> Catalog:
    """Every text that is said, once, with the files that say it."""
    catalogue = Catalog(domain=DOMAIN, project="rangeops", creation_date=_MADE, header_comment=_HEAD, charset="utf-8")
    for text, file in (*from_sources(), *from_tables()):
        catalogue.add(text, locations=[(file, 0)])
    return catalogue


def path_of(language: str, suffix: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def updated(language: str) -> Catalog:
    """The catalogue with every text that is said now and its translation, where it has one."""
    said = ((str(each.id), each.locations) for each in template() if each.id)
    return brought_up(path_of(language, "po"), language, DOMAIN, said, head=_HEAD, made=_MADE)


def brought_up(
    path: Path,
    language: str,
    domain: str,
    said: Iterable[tuple[str, list[tuple[str, int]]]],
    *,
    head: str,
    made: datetime,
) -> Catalog:
    """said: (text, where). What was translated in the file at `path` keeps its translation; what is said no more is gone."""
    known: dict[str, str] = {}
    if path.exists():
        with path.open("rb") as file:
            known = {str(each.id): str(each.string) for each in read_po(file) if each.id}
    catalogue = Catalog(
        locale=language, domain=domain, project="rangeops", creation_date=made, revision_date=made, fuzzy=False,
        header_comment=head, language_team="rangeops", last_translator="The rangeops authors", charset="utf-8",
    )  # fmt: skip
    for text, locations in said:
        catalogue.add(text, known.get(text, ""), locations=locations)
    return catalogue


def po_of(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=_WIDTH, sort_output=True, include_lineno=False)
    return buffer.getvalue()


def mo_of(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def main() -> None:
    for language in LANGUAGES:
        if language == SOURCE:
            continue
        catalogue = updated(language)
        path_of(language, "po").parent.mkdir(parents=True, exist_ok=True)
        path_of(language, "po").write_bytes(po_of(catalogue))
        path_of(language, "mo").write_bytes(mo_of(catalogue))
        lacking = sum(not each.string for each in catalogue if each.id)
        sys.stdout.write(f"{language}: {len(catalogue)} texts, {lacking} without a translation\n")


if __name__ == "__main__":
    main()
