"""The rules a plan is held against: one function a code, and the table that runs them.

A rule looks at every leg, not at waypoints only, and proposes the smallest change that would satisfy it. `check` then
tries all proposals together, and keeps only those after which their rule is silent at that place and says nothing new.
docs/plan-rules.md tells each rule's reason.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from rangeops.domain import plan_altitude_rules as altitude
from rangeops.domain import plan_link_rules as link
from rangeops.domain import plan_mission_rules as mission
from rangeops.domain import plan_place_rules as place
from rangeops.domain import plan_return_rules as way_back
from rangeops.domain import plan_room_rules as room
from rangeops.domain import plan_time_rules as times
from rangeops.domain.plan_context import PlanContext
from rangeops.domain.plan_findings import Code, Finding, Reason, RuleAnswer, Verdict
from rangeops.domain.plan_fixes import Fix, MoveSlot, RemoveItem, apply_fixes, place_of, strongest
from rangeops.domain.plan_geometry import PlannedRoute, planned
from rangeops.domain.plan_surroundings import Surroundings, surroundings_of
from rangeops.domain.plans import FlightPlan

Find = Callable[[PlannedRoute, Surroundings], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """needs_route: it says nothing of a plan without home or legs."""

    code: Code
    find: Find
    needs_route: bool = True


def check(plan: FlightPlan, context: PlanContext) -> Verdict:
    return check_within(plan, surroundings_of(context))


def check_within(plan: FlightPlan, around: Surroundings) -> Verdict:
    """As `check`, for callers that hold many plans against the same volume."""
    verdict = _judge(plan, around)
    best = strongest(finding.fix for finding in verdict.findings if finding.fix is not None)
    if not best:
        return verdict
    after = _judge(apply_fixes(plan, best.values()), _in_other_minutes(best.values(), around))
    before, left = _defects(verdict), _defects(after)
    renumbered = any(isinstance(fix, RemoveItem) for fix in best.values())
    failed_codes = {code for code, *_ in (left if renumbered else left - before)}

    def tried(finding: Finding) -> Finding:
        helps = (finding.code, finding.reason, finding.waypoint) not in left and finding.code not in failed_codes
        return replace(finding, fix=best[place_of(finding.fix)] if finding.fix is not None and helps else None)

    return Verdict(
        tuple(
            replace(answer, findings=tuple(tried(finding) for finding in answer.findings)) for answer in verdict.answers
        )
    )


def _in_other_minutes(fixes: Iterable[Fix], around: Surroundings) -> Surroundings:
    slot = next(((fix.starts, fix.ends) for fix in fixes if isinstance(fix, MoveSlot)), None)
    return around if slot is None else surroundings_of(replace(around.context, slot=slot))


def _defects(verdict: Verdict) -> set[tuple[Code, Reason, int | None]]:
    return {(finding.code, finding.reason, finding.waypoint) for finding in verdict.findings}


def _judge(plan: FlightPlan, around: Surroundings) -> Verdict:
    route = planned(plan, around)
    return Verdict(
        tuple(
            RuleAnswer(rule.code, tuple(rule.find(route, around)))
            if route.legs or not rule.needs_route
            else RuleAnswer(rule.code, (), judged=False)
            for rule in RULES
        )
    )


RULES: Final = (
    Rule(Code.FMT_01, mission.everything_is_known, needs_route=False),
    Rule(Code.FMT_02, mission.only_a_mission, needs_route=False),
    Rule(Code.FMT_03, mission.is_for_this_range, needs_route=False),
    Rule(Code.CMD_01, mission.commands_belong, needs_route=False),
    Rule(Code.CMD_02, mission.loops_end),
    Rule(Code.CMD_03, mission.starts_and_ends_on_the_ground),
    Rule(Code.GEO_01, place.legs_inside),
    Rule(Code.GEO_02, place.home_inside),
    Rule(Code.GEO_03, place.zones_clear),
    Rule(Code.GEO_04, way_back.return_paths_clear),
    Rule(Code.GEO_05, place.volumes_clear, needs_route=False),
    Rule(Code.GEO_06, room.room_to_stop),
    Rule(Code.GEO_07, room.circles_fit),
    Rule(Code.GEO_08, way_back.landings_safe),
    Rule(Code.GEO_09, place.other_slots_clear),
    Rule(Code.ALT_01, altitude.above_ceiling),
    Rule(Code.ALT_02, altitude.above_120_m),
    Rule(Code.ALT_03, altitude.too_low),
    Rule(Code.ALT_04, altitude.home_altitude),
    Rule(Code.ALT_05, room.room_to_level_off),
    Rule(Code.LINK_01, link.link_reaches),
    Rule(Code.LINK_02, link.in_sight),
    Rule(Code.SPD_01, mission.speeds_within),
    Rule(Code.ENE_01, mission.energy_suffices),
    Rule(Code.TIME_01, times.fits_the_slot),
    Rule(Code.TIME_02, times.in_daylight, needs_route=False),
    Rule(Code.TIME_03, times.in_opening_hours, needs_route=False),
    Rule(Code.REG_01, times.papers_are_current, needs_route=False),
)
