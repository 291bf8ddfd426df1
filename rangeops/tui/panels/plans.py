"""The plan list and one plan's checks."""

from typing import Final

from rangeops.tui.board import Scene
from rangeops.tui.ink import BLANK, Ink, Line, Span, fit, wrapped
from rangeops.tui.language import dated, tr, tr_later
from rangeops.tui.shared import Records
from rangeops.wire.api import PlanCheck, PlanView

_VERDICT: Final = {"passed": ("✓", Ink.OK), "refused": ("✗", Ink.P1)}
_UNCHECKED: Final = ("?", Ink.P2)  # "cannot check" is not "passed"
_WHAT, _WHERE, _FIX = tr_later("what"), tr_later("where"), tr_later("fix")


def plan_key(plan: PlanView) -> str:
    """A plan's revisions are rows of their own."""
    return f"{plan.id}/{plan.revision}"


def _columns(width: int) -> tuple[int, int, int]:
    """name, company, airframe."""
    return (24, 14, 18) if width >= 108 else (16, 10, 0)


def plan_head(width: int) -> Line:
    name, company, airframe = _columns(width)
    text = (
        f"   {fit(tr('VERDICT'), 13)} {fit(tr('PLAN'), 10)} REV {fit(tr('NAME'), name)} {fit(tr('COMPANY'), company)} "
    )
    return (Span(text + (f"{fit(tr('AIRFRAME'), airframe)} " if airframe else "") + tr("HANDED IN"), Ink.DIM),)


def plan_rows(records: Records, scene: Scene, width: int) -> list[tuple[str, Line]]:
    newest = sorted(records.plans, key=lambda plan: (plan.submitted_utc, plan.revision), reverse=True)
    return [(plan_key(plan), _row(plan, scene, width)) for plan in newest]


def _row(plan: PlanView, scene: Scene, width: int) -> Line:
    name, company, airframe = _columns(width)
    sign, verdict_ink = _VERDICT.get(plan.verdict, _UNCHECKED)
    failed = sum(not check.passed for check in plan.checks)
    count = f" {failed}/{len(plan.checks)}" if failed else ""
    handed = plan.submitted_utc.astimezone(scene.zone)
    middle = f" {fit(plan.id, 10)} {plan.revision:>3} {fit(plan.name, name)} {fit(plan.company, company)} "
    return (
        Span(" "),
        Span(f"{sign} {fit(tr(plan.verdict) + count, 13)}", verdict_ink),
        Span(middle + (f"{fit(plan.airframe, airframe)} " if airframe else "") + dated(handed, "%d %b %H:%M")),
    )


def plan_detail(plan: PlanView | None, width: int) -> tuple[Line, ...]:
    """What failed first, each with what, where and fix; what passed in one line."""
    if plan is None:
        return (BLANK, (Span(" " + tr("j k choose a plan"), Ink.DIM),))
    sign, ink = _VERDICT.get(plan.verdict, _UNCHECKED)
    failed = [check for check in plan.checks if not check.passed]
    passed = [check for check in plan.checks if check.passed]
    name = f" {plan.id} rev {plan.revision}  "
    rest = f"  {plan.name}  {plan.company}  {plan.volume}"
    lines: list[Line] = [
        (Span(name, Ink.BRIGHT), Span(f"{sign} {tr(plan.verdict).upper()}", ink), Span(rest, Ink.BRIGHT)),
        (Span(f" {plan.file_name}  sha256 {plan.sha256[:16]}…  {plan.airframe}", Ink.DIM),),
    ]
    for check in failed:
        lines += _failure(check, width)
    if passed:
        codes = wrapped(", ".join(check.code for check in passed), width - 16)
        lines += [
            (
                Span(" " + tr("✓ {count} passed", count=len(passed)) + "  " if at == 0 else " " * 14, Ink.OK),
                Span(part, Ink.DIM),
            )
            for at, part in enumerate(codes)
        ]
    return tuple(lines)


def _failure(check: PlanCheck, width: int) -> list[Line]:
    lines: list[Line] = [(Span(f" ✗ {check.code}  ", Ink.P1), Span(check.title, Ink.BRIGHT))]
    for word, text in ((_WHAT, check.what), (_WHERE, _where(check)), (_FIX, check.fix)):
        for at, part in enumerate(wrapped(text, width - 12)):
            ink = Ink.BRIGHT if word is _FIX else Ink.TEXT
            lines.append((Span(f"   {fit(tr(word) if at == 0 else '', 6)} ", Ink.DIM), Span(part, ink)))
    return lines


def _where(check: PlanCheck) -> str:
    parts = []
    if check.waypoint is not None:
        parts.append(tr("waypoint {waypoint}", waypoint=check.waypoint))
    if check.latitude_deg is not None and check.longitude_deg is not None:
        parts.append(f"{check.latitude_deg:.5f}, {check.longitude_deg:.5f}")
    if check.distance_m is not None:
        parts.append(f"{check.distance_m:.0f} m")
    return " · ".join(parts)
