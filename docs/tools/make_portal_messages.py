"""Collects what the portal's pages say, brings every catalogue up to date with it, and compiles them: part of `make messages`.

From the templates what stands in `_()`; from the code what `.tr()` is called with and what entries of the head are
called; and the words of states, which the templates show by their filter `word`. What is said no more leaves the catalogue;
what is new stands there without a translation, and tests/unit/server/test_portal_language.py names it.
"""

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from jinja2.ext import babel_extract
from make_messages import brought_up, mo_of, po_of
from range_words import range_words

from rangeops.domain.api_tokens import Scope
from rangeops.domain.clearance_items import Answer
from rangeops.domain.clearance_rules import Item
from rangeops.domain.commands import CommandKind, CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.incidents import IncidentState
from rangeops.domain.registers import DocumentKind, RegisterKind
from rangeops.domain.slot_terms import Authorisation, StopReason
from rangeops.domain.slots import SlotState
from rangeops.domain.users import Role
from rangeops.server.portal.language import DOMAIN, FOLDER, LANGUAGES, SOURCE
from rangeops.server.portal.visitor import THEMES
from rangeops.services.plan_text import TITLES
from rangeops.wire.pilot import Go

ROOT = Path(__file__).resolve().parents[2]
PORTAL = ROOT / "rangeops/server/portal"
_MADE = datetime(2026, 11, 30, tzinfo=UTC)  # fixed: the same sources make the same bytes
_HEAD = "# What the portal says. Written by `make messages`; the translations are people's.\n#"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_KINDS = (
    *(SlotState, IncidentState, Role, Scope),
    *(Answer, Authorisation, CommandKind, CommandStage, DocumentKind, Go, Item, RegisterKind, Standing, StopReason),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

WORDS = ("passed", "refused", "cannot check")
ACCOUNT_WORDS = ("in force", "not set up", "this one", "enabled", "disabled", "no password")
COMPANY_WORDS = (
    *("operator", "range safety officer", "wait"),  # who supplies what is missing
    *(
        f"{way} edge"
        for way in ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
    ),
    *("begins", "is looked at", "is checked", "is mended and checked", "is kept"),  # what is done with a plan
    *("test privilege", "medical", "home"),
    *TITLES.values(),
)
"""Words that views carry as they are, and templates show by the filter `word`: add here what a new page shows so."""


def texts() -> Iterator[tuple[str, str]]:
    """(text, file)."""
    for path in sorted((PORTAL / "templates").rglob("*.html")):
        with path.open("rb") as file:
            options = {"encoding": "utf-8", "newstyle_gettext": "true"}
            for _, _, found, _ in babel_extract(file, ["_", "gettext"], [], options):
                text = found[0] if isinstance(found, tuple) else found  # a tuple where figures follow the text
                if isinstance(text, str):
                    yield text, path.relative_to(ROOT).as_posix()
    for path in sorted(PORTAL.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (text := _said(node)):
                yield text, path.relative_to(ROOT).as_posix()
    for kind in _KINDS:
        yield from ((member.value, f"{kind.__module__.replace('.', '/')}.py") for member in kind)
    yield from ((text, "rangeops/server/portal") for text in dict.fromkeys(range_words()))
    yield from (
        (text, "rangeops/server/portal") for text in (*WORDS, *ACCOUNT_WORDS, *COMPANY_WORDS, *THEMES, *_DAYS, *_MONTHS)
    )


def _said(call: ast.Call) -> str:
    """Of `x.tr("…")` and of `Entry("/path", "…")`."""
    match call:
        case ast.Call(func=ast.Attribute(attr="tr"), args=[ast.Constant(value=str() as text), *_]):
            return text
        case ast.Call(func=ast.Name(id="Entry"), args=[_, ast.Constant(value=str() as text), *_]):
            return text
    return ""


def path_of(language: str, suffix: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def updated(language: str) -> Catalog:
    """The catalogue with every text that is said now and its translation, where it has one."""
    said = ((text, [(file, 0)]) for text, file in texts())
    return brought_up(path_of(language, "po"), language, DOMAIN, said, head=_HEAD, made=_MADE)


def main() -> None:
    for language in LANGUAGES:
        if language == SOURCE:
            continue
        catalogue = updated(language)
        path_of(language, "po").parent.mkdir(parents=True, exist_ok=True)
        path_of(language, "po").write_bytes(po_of(catalogue))
        path_of(language, "mo").write_bytes(mo_of(catalogue))
        lacking = [each.id for each in catalogue if each.id and not each.string]
        sys.stdout.write(f"portal, {language}: {len(catalogue)} texts, {len(lacking)} without a translation\n")


if __name__ == "__main__":
    main()
