"""Mending a plan: the checker's own fixes, made and judged again until nothing more helps."""

from dataclasses import dataclass
from typing import Final

from rangeops.domain.plan_context import PlanContext
from rangeops.domain.plan_findings import Code, Verdict
from rangeops.domain.plan_fixes import Fix, MoveSlot, apply_fixes
from rangeops.domain.plan_rules import check_within
from rangeops.domain.plan_surroundings import Surroundings, surroundings_of
from rangeops.domain.plans import FlightPlan

_MOST_ROUNDS: Final = 12  # each must find something to mend; a plan that needs more is better drawn anew


@dataclass(frozen=True, slots=True)
class Change:
    """One fix that was made, and for which rules. Numbers are those of the plan as it was in that round."""

    fix: Fix
    codes: tuple[Code, ...]
    round: int


def fixed(plan: FlightPlan, context: PlanContext) -> tuple[FlightPlan, tuple[Change, ...]]:
    """The plan with every fix that helps, and what was changed. It may still be refused: `check` tells."""
    return fixed_within(plan, surroundings_of(context))


def fixed_within(plan: FlightPlan, around: Surroundings) -> tuple[FlightPlan, tuple[Change, ...]]:
    changes: list[Change] = []
    for number in range(1, _MOST_ROUNDS + 1):
        made = _changes(check_within(plan, around), number)
        mended = apply_fixes(plan, [change.fix for change in made])
        if mended == plan:
            break
        changes += made
        plan = mended
    return plan, tuple(changes)


def _changes(verdict: Verdict, number: int) -> list[Change]:
    codes: dict[Fix, list[Code]] = {}
    for finding in verdict.findings:
        if finding.fix is not None and not isinstance(finding.fix, MoveSlot):  # which stands in no plan
            codes.setdefault(finding.fix, []).append(finding.code)
    return [Change(fix, tuple(dict.fromkeys(of)), number) for fix, of in codes.items()]
