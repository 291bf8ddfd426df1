"""docs/quick-card.md: one page to print. Keys come from the registry of actions, rungs from a shipped policy, alarms from the catalogue."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from alarm_pages import policy_of, worst

from rangeops.client.actions import ACTIONS
from rangeops.domain.policy import Automation, Rung
from rangeops.tui.bindings import MOVES, marks, shown_key

_OF: Final = "twente"
_THINGS: Final[Sequence[tuple[str, Sequence[str]]]] = (
    ("**The banner** has the worst alarm, what to do, whom to call. Go to its vehicle", ["alarm.go"]),
    ("**Hold.** At once, no question asked", ["vehicle.hold"]),
    (
        "**Return to launch; LAND.** Type its number, Enter. The dialog shows what the way crosses",
        ["vehicle.rtl", "vehicle.land"],
    ),
    ("**Do what is offered** in the banner (`! LAND D07`)", ["vehicle.take-up"]),
    ("**Hold automation back**, 10 s at most, once, with a reason", ["vehicle.inhibit"]),
    ("**The pilot took it over:** decide once: hold, RTL, or let him fly", ["vehicle.decide"]),
    ("**Clear a sector** as one act; its name typed whole", ["sector.clear"]),
    ("**Call, then log the call**", ["call.log"]),
    ("**Acknowledge** what you have understood. It silences nothing that goes on", ["alarm.acknowledge"]),
    ("**Take a clearance back.** Terminate takes two persons: `:terminate`", ["slot.withdraw"]),
)
_WHEN: Final = {
    Rung.WITHDRAWN: "inside, but its clearance was taken back",
    Rung.FORECAST_EXIT: "will leave; 3 s or less are left to stop",
    Rung.OUTSIDE_FLIGHT_GEOGRAPHY: "outside its volume, in the contingency volume",
    Rung.LEAVING_CONTINGENCY: "outside the contingency volume",
    Rung.OUTSIDE_RANGE: "outside the range",
}


def page() -> str:
    lines = [
        "# Quick card",
        "",
        "One page to print (`make docs` prints it from the keys, a policy and the catalogue; don't edit by hand). All keys: [keys](keys.md).",
        "",
        "| | ten things | key |",
        "|---|---|---|",
    ]
    for number, (what, names) in enumerate(_THINGS, start=1):
        lines.append(f"| {number} | {what} | {' '.join(f'`{_key(name)}`' for name in names)} |")
    lines += [
        "",
        (
            f"Choose a vehicle with `{_key('list.down')}` `{_key('list.up')}` or `{_key('prompt.find')}`. `{_key('app.help')}` has every key. "
            "**Done is when it is *seen*, not when it is sent.** A figure that is too old is `--`; UNKNOWN is never inside."
        ),
        "",
        "**ENFORCEMENT DOWN: call all pilots: land.** Leaving the room (`q`) stops nothing, but where it had to start the range itself.",
        "",
        "## What the range does by itself",
        "",
        f"The shipped policy of `{_OF}`; yours is in your range.toml ([enforcement](safety/enforcement.md)).",
        "",
        "| rung | the vehicle is | it does |",
        "|---|---|---|",
    ]
    policy = policy_of(_OF)
    for rung, when in _WHEN.items():
        rules = policy.at(rung)
        command = rules.command.value if rules.command.value == "hold" else rules.command.value.upper()
        then = f", {rules.then.value.upper()} {rules.then_after_s:g} s after it is seen" if rules.then else ""
        does = (
            f"offers {command}: `{_key('vehicle.take-up')}`"
            if rules.automation is Automation.CONFIRM
            else command + then
        )
        lines.append(f"| {rung.value} | {when} | {does} |")
    lines += [
        "",
        "Nothing is sent on a position that isn't trusted, nor against a pilot who took over; never LAND inside the contingency volume.",
        "",
        f"Marks: {_marks()}. A vehicle older than 1 s is dim, older than 2 s STALE, older than 5 s LOST.",
        "",
        "## Every P1",
        "",
        "| alarm | do | alarm | do |",
        "|---|---|---|---|",
        *_beside_each_other(),
    ]
    return "\n".join(lines) + "\n"


def _marks() -> str:
    """The marks of the alarms: shape and digit, and what they ask."""
    cells = [[cell.strip() for cell in line.split("|")] for line in marks().splitlines()]
    return ", ".join(f"{row[1]} {row[2]}" for row in cells if len(row) > 3 and row[2].startswith("P"))


def _beside_each_other() -> Iterator[str]:
    """Two alarms a row: the card is one page."""
    entries = worst()
    half = (len(entries) + 1) // 2
    for left, right in zip_longest(entries[:half], entries[half:]):
        cells = [
            f"[{each.title}](alarms/{each.condition.value}.md) | {each.action}" if each else " | "
            for each in (left, right)
        ]
        yield f"| {' | '.join(cells)} |"


def _key(name: str) -> str:
    """As it is printed on the keyboard. Raises KeyError for a name that no registry has."""
    keys = {action.name: shown_key(action.key) for action in ACTIONS} | {move.name: move.shown for move in MOVES}
    return keys[name]
