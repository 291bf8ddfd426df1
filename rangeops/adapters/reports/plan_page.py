"""Checked plans as one HTML page that loads nothing from anywhere: verdict, findings with fixes, map, heights, volumes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rangeops.adapters.reports.pages import ENVIRONMENT
from rangeops.adapters.reports.plan_figures import (
    MAP_SIZE,
    PROFILE_SIZE,
    SECTION_SIZE,
    MapFigure,
    ProfileFigure,
    SectionFigure,
    draw_map,
    draw_profile,
    draw_section,
)
from rangeops.adapters.reports.plan_help import WHY
from rangeops.domain.plan_findings import Code
from rangeops.domain.volumes import operational_volumes
from rangeops.services.plan_judging import JudgedPlan
from rangeops.wire.api import PlanCheck

_SIGNS: Final = {"passed": "✓", "refused": "✗", "cannot check": "?"}


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One plan's part of the page."""

    plan: JudgedPlan
    outcome: str
    sign: str
    map: MapFigure | None
    profile: ProfileFigure | None
    section: SectionFigure | None
    passed: tuple[PlanCheck, ...]
    failed: tuple[PlanCheck, ...]
    unjudged: tuple[str, ...]


def plan_html(judged: Sequence[JudgedPlan], *, version: str) -> str:
    return ENVIRONMENT.get_template("plan.html.j2").render(
        sheets=[_sheet(plan) for plan in judged],
        why={code.value: why for code, why in WHY.items()},
        map_size=MAP_SIZE,
        profile_size=PROFILE_SIZE,
        section_size=SECTION_SIZE,
        version=version,
    )


def _sheet(plan: JudgedPlan) -> _Sheet:
    context = plan.context
    volumes = operational_volumes(
        context.volume.flight_geography, context.airframe, context.range.frame, context.range.assumptions
    )
    outcome = plan.verdict.outcome.value
    asked = {check.code for check in plan.checks}
    return _Sheet(
        plan=plan,
        outcome=outcome,
        sign=_SIGNS[outcome],
        map=draw_map(plan, volumes) if plan.is_located or not plan.anywhere else None,
        profile=draw_profile(plan),
        section=None if plan.anywhere else draw_section(plan),
        passed=tuple(check for check in plan.checks if check.passed),
        failed=tuple(check for check in plan.checks if not check.passed),
        unjudged=tuple(code.value for code in Code if code.value not in asked),
    )
