"""docs/plan-examples.md: for each rule a plan on which it speaks, what it says, and the plan after its fix, as the checker has them.

The plans are those of the rules' own tests (tests/support/plan_cases.py).
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rangeops.domain.plan_findings import Code
from rangeops.domain.plan_fixes import MoveSlot
from rangeops.domain.plan_fixing import fixed
from rangeops.domain.plan_rules import RULES, check
from rangeops.services.plan_changes import difference
from rangeops.services.plan_text import TITLES, fix_text, what_text

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from plan_cases import CASES, Case

_VOLUME: Final = "EAST"
_HEAD: Final = """\
# A plan for each rule

Printed by `make docs` from the plans with which the rules are tested; don't edit by hand. For each [rule](plan-rules.md): what the checker
says of a plan with one defect, its fix, and what the fix changes in the file, line by line. `rangeops plan check FILE --volume V --airframe A` says the same
of yours, and `rangeops plan fix` makes the fixes. Lines are `number command latitude,longitude altitude`; home is 0.

"""
_PASSES: Final[Mapping[Code, str]] = {
    Code.FMT_01: "The same plan passes where the range's terrain grid knows the ground under that waypoint, or with its altitudes above home.",
    Code.FMT_03: "The plan of the right site passes, and so does one whose axes were put right.",
    Code.GEO_05: "The same plan passes where the zone lies farther off: the fix isn't in the plan.",
    Code.LINK_01: "The same plan passes once the airframe's file tells how far its link was tested.",
    Code.LINK_02: "The same plan passes with a lower hill, or a higher antenna.",
    Code.TIME_01: "The same plan passes in a slot of 30 minutes.",
    Code.REG_01: "The same plan passes with a certificate that holds on the day of the slot.",
}


def page() -> str:
    parts = [_HEAD]
    for rule in RULES:
        case = next((each for each in CASES if each.code is rule.code and each.has_fix), None)
        parts.append(_example(case or next(each for each in CASES if each.code is rule.code)))
    return "\n".join(parts)


def _example(case: Case) -> str:
    finding = next(
        each
        for each in check(case.fires, case.fires_in).findings
        if (each.code, each.reason) == (case.code, case.reason)
    )
    lines = [
        f"## {case.code.value}: {TITLES[case.code]}",
        "",
        f"- **Found:** {what_text(finding, _VOLUME)}",
        f"- **{'Fix' if case.has_fix else 'To do'}:** {fix_text(finding)}",
        "",
    ]
    after = fixed(case.fires, case.fires_in)[0] if case.has_fix else case.silent
    changed = "" if case.code in _PASSES else difference(case.fires, after)
    if changed:
        said = "After the fix it passes:" if case.has_fix else "So it passes:"
        lines += [said, "", "```diff", *_body(changed), "```", ""]
    elif isinstance(finding.fix, MoveSlot):
        lines += ["In those minutes it passes; the plan stays as it is.", ""]
    else:
        lines += [_PASSES[case.code], ""]
    return "\n".join(lines)


def _body(changed: str) -> list[str]:
    """Without the file names that a diff begins with."""
    return [line for line in changed.splitlines() if not line.startswith(("--- ", "+++ "))]
