"""The rules a plan is held against: one function a code, and the table that runs them.

A rule looks at every leg, not at waypoints only, and proposes the smallest change that would satisfy it. `check` then
tries all proposals together, and keeps only those after which their rule is silent at that place and says nothing new.
docs/plan-rules.md tells each rule's reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.plan_altitude_rules import (
    above_120_m,
    above_ceiling,
    home_altitude,
    too_low,
)
from rangeops.domain.plan_context import PlanContext
from rangeops.domain.plan_energy import available_mah, effort
from rangeops.domain.plan_findings import Code, Finding, Outcome, Reason, RuleAnswer, Verdict
from rangeops.domain.plan_fixes import (
    AppendReturn,
    DropExtras,
    Fix,
    RemoveItem,
    SetRepeats,
    SetSpeed,
    apply_fixes,
    place_of,
    strongest,
)
from rangeops.domain.plan_geometry import PlannedRoute, Surroundings, planned, surroundings_of
from rangeops.domain.plan_place_rules import (
    home_inside,
    legs_inside,
    return_paths_clear,
    volumes_clear,
    zones_clear,
)
from rangeops.domain.plans import Cmd, FlightPlan, Gap, LoopDefect
from rangeops.domain.ranges import LARGEST_RANGE_M

_KNOWN: Final = frozenset(Cmd)
_REASON_OF_GAP: Final = {
    Gap.NO_HOME: Reason.NO_HOME,
    Gap.TERRAIN: Reason.TERRAIN_FRAME,
    Gap.SPLINE: Reason.SPLINE,
    Gap.FRAME: Reason.UNKNOWN_FRAME,
}
_REASON_OF_LOOP: Final = {
    LoopDefect.NO_TARGET: Reason.JUMP_NO_TARGET,
    LoopDefect.ENDLESS: Reason.JUMP_ENDLESS,
    LoopDefect.TOO_LONG: Reason.MISSION_TOO_LONG,
    LoopDefect.NEVER_ENDS: Reason.NEVER_ENDS,
}

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
    after = _judge(apply_fixes(plan, best.values()), around)
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


def everything_is_known(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """FMT-01: what can't be read can't be judged, and never passes."""
    if around.context.airframe.vehicle_class is not VehicleClass.COPTER:
        name = around.context.airframe.name
        yield Finding(Code.FMT_01, Reason.VEHICLE_CLASS, Outcome.CANNOT_CHECK, params={"airframe": name})
    for kind in route.plan.unexpandable:
        yield Finding(Code.FMT_01, Reason.UNEXPANDABLE, Outcome.CANNOT_CHECK, params={"kind": kind})
    for number, gap in route.route.gaps:
        yield Finding(Code.FMT_01, _REASON_OF_GAP[gap], Outcome.CANNOT_CHECK, waypoint=number)


def only_a_mission(route: PlannedRoute, _: Surroundings) -> Iterator[Finding]:
    """FMT-02: the range loads its own fence, and a rally point would move the way home."""
    if route.plan.extras:
        yield Finding(
            Code.FMT_02,
            Reason.CARRIES_EXTRAS,
            params={"extras": " and ".join(route.plan.extras)},
            fix=DropExtras(),
        )


def is_for_this_range(route: PlannedRoute, _: Surroundings) -> Iterator[Finding]:
    """FMT-03: a place far off is a swapped axis or another site's plan; told once, and nothing else is judged by it."""
    if not route.far:
        return
    number = route.far[0]
    item = route.plan.item(number)
    place = item or route.plan.home
    assert place is not None  # home or an item has that number
    yield Finding(
        Code.FMT_03,
        Reason.FAR_AWAY,
        waypoint=number,
        latitude_deg=place.latitude_deg,
        longitude_deg=place.longitude_deg,
        params={"places": float(len(route.far)), "farthest_km": LARGEST_RANGE_M / 1000},
    )


def commands_belong(route: PlannedRoute, _: Surroundings) -> Iterator[Finding]:
    """CMD-01: only commands whose effect on the flight is known."""
    for item in route.plan.items:
        if item.command not in _KNOWN:
            yield Finding(
                Code.CMD_01,
                Reason.UNKNOWN_COMMAND,
                waypoint=item.number,
                params={"command": float(item.command)},
                fix=RemoveItem(item.number),
            )


def loops_end(route: PlannedRoute, _: Surroundings) -> Iterator[Finding]:
    """CMD-02: every jump has a target and a count, and the mission ends by itself."""
    for number, defect in route.route.loops:
        fixes: dict[LoopDefect, Fix] = {
            LoopDefect.NO_TARGET: RemoveItem(number),
            LoopDefect.ENDLESS: SetRepeats(number, 1),
        }
        fix = fixes.get(defect)
        yield Finding(Code.CMD_02, _REASON_OF_LOOP[defect], waypoint=number, fix=fix)


def starts_and_ends_on_the_ground(route: PlannedRoute, _: Surroundings) -> Iterator[Finding]:
    """CMD-03: a mission without a landing leaves the vehicle hovering until its battery decides."""
    if not route.route.takes_off:
        yield Finding(Code.CMD_03, Reason.NO_TAKE_OFF)
    ends_by_itself = not any(defect is LoopDefect.NEVER_ENDS for _, defect in route.route.loops)
    if not route.route.lands and ends_by_itself:
        yield Finding(Code.CMD_03, Reason.NO_LANDING, fix=AppendReturn())


def speeds_within(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """SPD-01: the contingency volume and the stopping distance are sized for a speed."""
    airframe = around.context.airframe
    limit = min(airframe.max_speed_mps, around.context.range.assumptions.speed_limit_mps)
    by_range = limit < airframe.max_speed_mps
    for item in route.plan.items:
        if item.command == Cmd.DO_CHANGE_SPEED and item.param(1) in (0, 1) and item.param(2) > limit:
            yield Finding(
                Code.SPD_01,
                Reason.TOO_FAST,
                waypoint=item.number,
                params={
                    "speed_mps": item.param(2),
                    "limit_mps": limit,
                    "whose": "the range's" if by_range else "the airframe's",
                },
                fix=SetSpeed(item.number, limit),
            )


def energy_suffices(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """ENE-01: the whole mission with its repeats and landing, against the battery without its reserve."""
    airframe, wind = around.context.airframe, around.context.range.wind_mps
    needed, available = effort(route, airframe, wind).charge_mah, available_mah(airframe)
    if needed <= available:
        return
    yield Finding(
        Code.ENE_01,
        Reason.ENERGY,
        params={
            "needed_mah": needed,
            "available_mah": available,
            "reserve_percent": airframe.battery_reserve_percent,
            "wind_mps": wind,
        },
        fix=_fewer_repeats(route, around, needed, available),
    )


def _fewer_repeats(route: PlannedRoute, around: Surroundings, needed: float, available: float) -> SetRepeats | None:
    """Each round draws the same, so what one round fewer saves tells how many rounds are too many."""
    jump = next((item for item in route.plan.items if item.command == Cmd.DO_JUMP and item.param(2) >= 1), None)
    if jump is None:
        return None
    repeats = int(jump.param(2))
    once_less = planned(apply_fixes(route.plan, [SetRepeats(jump.number, repeats - 1)]), around)
    saved = needed - effort(once_less, around.context.airframe, around.context.range.wind_mps).charge_mah
    if saved <= 0:
        return None
    too_many = -int(-(needed - available) // saved)
    return SetRepeats(jump.number, repeats - too_many) if too_many <= repeats else None


def fits_the_slot(route: PlannedRoute, around: Surroundings) -> Iterator[Finding]:
    """TIME-01: the mission and its landing within the slot."""
    if around.context.slot is None:
        return
    starts, ends = around.context.slot
    slot_s = (ends - starts).total_seconds()
    flight_s = effort(route, around.context.airframe, around.context.range.wind_mps).time_s
    if flight_s > slot_s:
        yield Finding(Code.TIME_01, Reason.SLOT_TOO_SHORT, params={"flight_s": flight_s, "slot_s": slot_s})


RULES: Final = (
    Rule(Code.FMT_01, everything_is_known, needs_route=False),
    Rule(Code.FMT_02, only_a_mission, needs_route=False),
    Rule(Code.FMT_03, is_for_this_range, needs_route=False),
    Rule(Code.CMD_01, commands_belong, needs_route=False),
    Rule(Code.CMD_02, loops_end),
    Rule(Code.CMD_03, starts_and_ends_on_the_ground),
    Rule(Code.GEO_01, legs_inside),
    Rule(Code.GEO_02, home_inside),
    Rule(Code.GEO_03, zones_clear),
    Rule(Code.GEO_04, return_paths_clear),
    Rule(Code.GEO_05, volumes_clear, needs_route=False),
    Rule(Code.ALT_01, above_ceiling),
    Rule(Code.ALT_02, above_120_m),
    Rule(Code.ALT_03, too_low),
    Rule(Code.ALT_04, home_altitude),
    Rule(Code.SPD_01, speeds_within),
    Rule(Code.ENE_01, energy_suffices),
    Rule(Code.TIME_01, fits_the_slot),
)
