"""`make docs`: the pages that are printed from the code, so that they can't say something else, and the screenshots.

`--check` writes nothing and ends with 1 where a page differs from what the code says.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import alarm_pages
import api_page
import card_page
import cli_page
import diagrams
import plan_examples_page
import shown_files

from rangeops.adapters.mavlink import commands
from rangeops.domain import alarms, slots

DOCS = Path(__file__).parents[1]


def pages() -> Iterator[tuple[Path, str]]:
    yield DOCS / "keys.md", _output("-m", "rangeops.tui.bindings")
    yield DOCS / "states.md", _states()
    yield from alarm_pages.pages(DOCS)
    yield DOCS / "quick-card.md", card_page.page()
    yield DOCS / "cli.md", cli_page.page()
    yield DOCS / "api-routes.md", api_page.page()
    yield DOCS / "layers.md", diagrams.layers_page()
    yield from diagrams.diagrams(DOCS / "images")
    yield DOCS / "plan-examples.md", plan_examples_page.page()
    yield from shown_files.filled(DOCS)


def _output(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout


def _states() -> str:
    parts = ["# States\n\nPrinted by `make docs`; don't edit by hand. A pair that isn't here is refused.\n"]
    parts.append(_table("Slot", slots.NEXT))
    parts.append(_table("Alarm (ISA-18.2)", alarms.NEXT))
    parts.append(_table("Latching alarm", alarms.NEXT_LATCHING))
    parts.append(_table("Command", commands.NEXT))
    return "\n".join(parts)


def _table(title: str, table: Mapping[tuple[Enum, Enum], Any]) -> str:
    lines = [f"## {title}", "", "| state | event | next |", "|---|---|---|"]
    lines += [f"| {state.value} | {event.value} | {after.value} |" for (state, event), after in table.items()]
    return "\n".join(lines) + "\n"


def main() -> int:
    stale = [(path, text) for path, text in pages() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path, _ in stale:
            sys.stderr.write(f"{path.name} is not what the code says; run make docs\n")
        return 1 if stale else 0
    for path, text in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for tool in ("make_screenshots.py", "make_plan_picture.py"):
        subprocess.run([sys.executable, str(DOCS / "tools" / tool)], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
