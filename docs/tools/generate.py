"""`make docs`: the pages that are printed from the code, so that they can't say something else, and the screenshots.

`--check` writes nothing and ends with 1 where a page differs from what the code says.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from rangeops.adapters.mavlink import commands
from rangeops.domain import alarms, slots

DOCS = Path(__file__).parents[1]


def pages() -> Iterator[tuple[Path, str]]:
    yield DOCS / "keys.md", _output("-m", "rangeops.tui.bindings")
    yield DOCS / "states.md", _states()
    yield DOCS / "alarms.md", _alarms()


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


_ALARMS_HEAD = """\
# Alarms

Printed by `make docs`; don't edit by hand. Each asks for one action; what asks for none is in the log.
States and what moves them: [states](states.md). Separation and a lost vehicle's circle, at length:
[separation](safety/separation.md#what-an-operator-does).

## Rules

- An alarm leaves the list when it was acknowledged and its condition is over; one that latches, when it was reset too (`a` again).
- Shelving needs a reason and an end: a P3 takes 60 min at most, a P2 15, a P1 none. It ends by itself, or by hand; what
  still holds then is announced anew. A restart of the watch makes no shelf longer.
- Suppressed by design: while a worse alarm of the same source stands, or in a state of it, some say nothing new. They are
  listed below, and on the screen under `tab`. No P1 is ever suppressed.
- Out of service: by a safety officer or an admin, for a reason, until it is put back; never a P1. In the list, and on the hand-over page.
- A condition that comes back within a minute of its announcement is the same alarm, with a count of how often: a chattering
  input makes one alarm a minute. A P1 asks for an acknowledgement again each time.
- A flood is more than 10 announcements in 10 minutes. Then list and banner show groups: one condition at three sources or more
  that began within 10 s of each other, or three lesser alarms or more of one vehicle. The first of a group is marked; every
  P1 is named, at 80x24 too.
- `rangeops alarms stats` has the figures of EEMUA 191 and ISA-18.2 from the record: 1 alarm in 10 minutes is good, 2 the most;
  P3/P2/P1 near 80/15/5 %; time in flood, top sources, chattering, standing for over a day, time to acknowledge.

"""


def _alarms() -> str:
    entries = sorted(alarms.CATALOGUE.values(), key=lambda each: (each.priority, each.title))
    lines = [
        f"## The {len(entries)} alarms",
        "",
        "| priority | alarm | do | on delay | off delay | deadband | latching | shelve at most | id |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for entry in entries:
        latching = "yes" if entry.latching else ""
        deadband = f"{entry.deadband.amount:g} {entry.deadband.unit}" if entry.deadband else ""
        shelf = f"{entry.longest_shelf_s / 60:.0f} min" if entry.longest_shelf_s else "never"
        delays = f"{entry.on_delay_s:g} s | {entry.off_delay_s:g} s"
        lines.append(
            f"| P{entry.priority} | {entry.title} | {entry.action} | {delays} | {deadband} | {latching} | {shelf} "
            f"| `{entry.condition.value}` |"
        )
    for priority in alarms.Priority:
        lines += ["", f"## P{priority}"]
        for entry in entries:
            if entry.priority is priority:
                lines += _entry(entry)
    return _ALARMS_HEAD + "\n".join(lines) + "\n"


def _entry(entry: alarms.CatalogueEntry) -> list[str]:
    quiet = [f"while {alarms.CATALOGUE[other].title.lower()}" for other in entry.suppressed_by]
    quiet += [f"while {state.value}" for state in entry.suppressed_while]
    return [
        "",
        f"### {entry.title}",
        "",
        f"- Limit: {entry.limit}.",
        f"- Cause: {entry.cause}",
        f"- Consequence: {entry.consequence}",
        f"- Operator: {entry.response}",
        f"- Time to respond: {entry.respond_s:g} s.",
        *([f"- Says nothing {', '.join(quiet)}."] if quiet else []),
    ]


def main() -> int:
    stale = [(path, text) for path, text in pages() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path, _ in stale:
            sys.stderr.write(f"{path.name} is not what the code says; run make docs\n")
        return 1 if stale else 0
    for path, text in stale:
        path.write_text(text, encoding="utf-8")
    for tool in ("make_screenshots.py", "make_plan_picture.py"):
        subprocess.run([sys.executable, str(DOCS / "tools" / tool)], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
