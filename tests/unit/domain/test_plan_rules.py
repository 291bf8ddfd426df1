"""Each rule fires on its case and is silent on the nearest neighbour; each fix, made, silences its rule."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
import shapely
from flights import (
    HOME,
    L_SHAPE,
    LAP,
    RETURN,
    SURVEY,
    TAKE_OFF,
    TWENTE,
    axes,
    context,
    item,
    mission,
    plan,
    volume,
    waypoint,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plan_cases import CASES, SLOT, case_id, lap_with, moved, repeated, with_zone, zone

from rangeops.adapters.sun import SunOver
from rangeops.domain import plan_rules
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.plan_findings import Code, Outcome, Reason
from rangeops.domain.plan_fixes import MoveSlot, MoveWaypoint, SetAltitude, SetSpeed, apply_fixes
from rangeops.domain.plan_fixing import fixed_within
from rangeops.domain.plan_place_rules import farthest
from rangeops.domain.plan_rules import RULES, check, check_within
from rangeops.domain.plan_surroundings import surroundings_of
from rangeops.domain.plans import Cmd, FlightPlan
from rangeops.domain.schedules import Applicability, DailyPeriod
from rangeops.domain.volumes import Volume

CREEPING = replace(SURVEY, cruise_speed_mps=0.02)
"""So slow that the room to stop asks for nothing, for tests of where a path may be."""
EAST = surroundings_of(context(airframe=CREEPING))


def of(verdict, code: Code, reason: Reason):
    return [finding for finding in verdict.findings if (finding.code, finding.reason) == (code, reason)]


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_the_rule_speaks_on_its_case_and_its_neighbour_passes(case):
    mine = of(check(case.fires, case.fires_in), case.code, case.reason)
    assert mine
    assert all(finding.outcome is case.outcome for finding in mine)
    assert all((finding.fix is not None) == case.has_fix for finding in mine)
    assert case.code not in {finding.code for finding in check(case.silent, case.silent_in).findings}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code.value)
def test_a_rule_that_is_switched_off_is_missed(rule, monkeypatch):
    """Nobody else says what it says, so its cases above would fail without it."""
    monkeypatch.setattr(plan_rules, "RULES", tuple(other for other in RULES if other is not rule))
    for case in CASES:
        if case.code is rule.code:
            assert not of(check(case.fires, case.fires_in), case.code, case.reason)


def test_a_plan_without_a_defect_passes():
    assert check(mission(), context()).outcome is Outcome.PASSED
    assert check(repeated(5), context(slot=SLOT)).outcome is Outcome.PASSED


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_every_finding_on_a_waypoint_says_where(case):
    for finding in check(case.fires, case.fires_in).findings:
        if finding.code.value.startswith("GEO") and finding.waypoint is not None:
            assert axes(finding.latitude_deg, finding.longitude_deg) == pytest.approx(
                (500, -450), abs=4000 if case.fires_in.airframe.vehicle_class is VehicleClass.PLANE else 500
            )


def test_every_rule_has_a_case():
    assert {case.code for case in CASES} == set(Code) == {rule.code for rule in RULES}


def test_every_reason_has_a_case():
    assert {case.reason for case in CASES} == set(Reason)


@pytest.mark.parametrize("case", [c for c in CASES if c.has_fix], ids=case_id)
def test_the_fixes_made_the_plan_passes(case):
    fixes = [f.fix for f in check(case.fires, case.fires_in).findings if f.fix is not None]
    minutes = [(fix.starts, fix.ends) for fix in fixes if isinstance(fix, MoveSlot)]
    where = replace(case.fires_in, slot=minutes[0]) if minutes else case.fires_in
    again = check(apply_fixes(case.fires, fixes), where)
    assert case.code not in {finding.code for finding in again.findings}


def test_without_a_route_the_rules_that_need_one_do_not_pass():
    verdict = check(replace(mission(), home=None), context())
    assert verdict.outcome is Outcome.CANNOT_CHECK
    assert {answer.code for answer in verdict.answers if not answer.judged} == {
        rule.code for rule in RULES if rule.needs_route
    }


def test_other_minutes_are_the_nearest_in_daylight_and_opening_hours():
    night = replace(
        context(), slot=(datetime(2026, 11, 24, 3, 2, tzinfo=UTC), datetime(2026, 11, 24, 3, 32, tzinfo=UTC))
    )
    (finding,) = [f for f in check(mission(), night).findings if f.code is Code.TIME_02]
    assert isinstance(finding.fix, MoveSlot)
    assert "06:25" < finding.params["dawn"] < "06:32"
    assert (finding.fix.starts, finding.fix.ends) == (
        datetime(2026, 11, 24, 6, 32, tzinfo=UTC),
        datetime(2026, 11, 24, 7, 2, tzinfo=UTC),
    )
    shut = replace(night, range=replace(TWENTE, hours=(DailyPeriod(frozenset([3]), time(8), time(9)),)))
    later = [f.fix for f in check(mission(), shut).findings if f.code in (Code.TIME_02, Code.TIME_03)]
    assert later == [None, None]  # open on Thursdays only, more than a day away


def test_an_evening_of_the_far_west_is_light_though_it_is_tomorrow_in_utc():
    evening = (datetime(2026, 6, 22, 2, tzinfo=UTC), datetime(2026, 6, 22, 4, tzinfo=UTC))
    far_west = context(range=replace(TWENTE, sun=SunOver(52.0, -170.0)), slot=evening)
    assert Code.TIME_02 not in {f.code for f in check(mission(), far_west).findings}


def test_a_plan_for_elsewhere_is_told_once_and_judged_no_further():
    elsewhere = replace(mission(), home=replace(mission().home, latitude_deg=-35.36, longitude_deg=149.17))
    verdict = check(elsewhere, context())
    assert [(f.code, f.waypoint) for f in verdict.findings] == [(Code.FMT_03, 0)]
    assert verdict.outcome is Outcome.REFUSED


def test_a_zone_counts_only_in_its_hours():
    morning = Applicability(None, None, (DailyPeriod(frozenset(range(7)), time(6), time(9)),))
    closed = zone(500, -450, 10, applicability=(morning,))
    afternoon = with_zone(closed, slot=SLOT)
    assert Code.GEO_03 not in {f.code for f in check(mission(), afternoon).findings}
    early = (datetime(2026, 11, 24, 8, 50, tzinfo=UTC), datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    for slot in (early, None):
        assert Code.GEO_03 in {f.code for f in check(mission(), replace(afternoon, slot=slot)).findings}


def test_a_slope_enters_only_what_it_meets_at_its_height():
    """From 30 to 80 m over 200 m: in the zone's reach it is at 65-75 m above ground."""
    rising = mission(waypoint(400, -450, 30.0), waypoint(600, -450, 80.0), waypoint(600, -350, 80.0))
    low_rtl = {"rtl_altitude_m": 20.0}
    below = with_zone(zone(560, -450, 10, upper=35 + 60), **low_rtl)
    reaching = with_zone(zone(560, -450, 10, upper=35 + 70), **low_rtl)
    codes = {f.code for f in check(rising, below).findings}
    assert Code.GEO_03 not in codes
    assert Code.GEO_03 in {f.code for f in check(rising, reaching).findings}


def test_a_return_that_begins_above_a_zone_is_not_caught_by_it():
    """The leg climbs from 75 to 105 m AMSL and passes the zone at 96 to 99; the RTL altitude is 100."""
    climbing = mission(waypoint(300, -300, 40), waypoint(300, -400, 40), waypoint(500, -400, 70), home=(600, -400))

    def codes(upper: float) -> set[Code]:
        closed = with_zone(zone(450, -400, 8, upper=upper), rtl_altitude_m=65.0)
        return {f.code for f in check(climbing, closed).findings}

    assert not codes(94) & {Code.GEO_03, Code.GEO_04}
    assert codes(97) >= {Code.GEO_03, Code.GEO_04}
    assert codes(101) >= {Code.GEO_03, Code.GEO_04}


def test_a_waypoint_is_told_once_however_many_legs_lead_there():
    laps = plan(
        (TAKE_OFF, *(waypoint(u, v) for u, v in LAP), waypoint(500, -600), item(Cmd.DO_JUMP, params=(2.0, 3.0)), RETURN)
    )
    assert [f.waypoint for f in check(laps, context()).findings] == [6]


# --- against a second opinion: dense points of every leg, in the volume's own axes -----------------------------------

LOW, HIGH = (150.0, -580.0), (850.0, -230.0)
MARGIN = 3.0
whole_range = st.tuples(st.floats(100, 900), st.floats(-640, -180))


def rectangle_margin(u: float, v: float) -> float:
    return min(u - LOW[0], HIGH[0] - u, v - LOW[1], HIGH[1] - v)


def l_shape_margin(u: float, v: float) -> float:
    """Signed distance to the L: inside, the nearer of its own sides; outside, the nearer of its two rectangles."""
    legs = [(150, -580, 850, -420), (150, -580, 450, -230)]
    if any(a <= u <= c and b <= v <= d for a, b, c, d in legs):
        sides = [u - 150, v + 580, 850 - u if v < -420 else math.inf, -230 - v if u < 450 else math.inf]
        if u >= 450:
            sides.append(-420 - v)
        elif v >= -420:
            sides.append(450 - u)
        else:
            sides.append(math.hypot(450 - u, -420 - v))
            sides.append(850 - u)
            sides.append(-230 - v)
        return min(sides)
    return -min(math.hypot(max(a - u, 0, u - c), max(b - v, 0, v - d)) for a, b, c, d in legs)


def least_margin(points: list[tuple[float, float]], margin: Callable[[float, float], float]) -> float:
    """Over points half a metre apart on the closed way through `points`."""
    least = math.inf
    for (u0, v0), (u1, v1) in zip(points, [*points[1:], points[0]], strict=True):
        steps = max(1, math.ceil(math.hypot(u1 - u0, v1 - v0) / 0.5))
        for n in range(steps + 1):
            least = min(least, margin(u0 + (u1 - u0) * n / steps, v0 + (v1 - v0) * n / steps))
    return least


def refused(a_plan: FlightPlan, around) -> bool:
    return any(f.code in (Code.GEO_01, Code.GEO_02) for f in check_within(a_plan, around).findings)


@settings(max_examples=120)
@given(st.lists(whole_range, min_size=1, max_size=5))
def test_the_verdict_on_legs_is_that_of_dense_sampling(points):
    least = least_margin([HOME, *points], rectangle_margin)
    assume(abs(least - MARGIN) > 0.02)
    assert refused(mission(*(waypoint(u, v) for u, v in points)), EAST) == (least < MARGIN)


ELL = surroundings_of(context(volume=L_SHAPE, airframe=CREEPING))
in_the_ell = whole_range.filter(lambda p: l_shape_margin(*p) > 4)


@settings(max_examples=120)
@given(st.lists(in_the_ell, min_size=2, max_size=4))
def test_also_where_legs_may_cut_a_corner(points):
    home, *rest = points
    least = least_margin(points, l_shape_margin)
    assume(abs(least - MARGIN) > 0.02)
    assert refused(mission(*(waypoint(u, v) for u, v in rest), home=home), ELL) == (least < MARGIN)


@settings(max_examples=120)
@given(st.integers(2, 5), whole_range)
def test_one_misplaced_waypoint_is_moved_by_the_least_that_helps(number, where):
    astray = moved(number, *where)
    out_u = max(LOW[0] + MARGIN - where[0], 0, where[0] - HIGH[0] + MARGIN)
    out_v = max(LOW[1] + MARGIN - where[1], 0, where[1] - HIGH[1] + MARGIN)
    least = math.hypot(out_u, out_v)
    assume(least > 0.05)
    (finding,) = [f for f in check_within(astray, EAST).findings if f.code is Code.GEO_01]
    assert isinstance(finding.fix, MoveWaypoint)
    assert finding.fix.distance_m == pytest.approx(least, abs=0.6)
    assert not refused(apply_fixes(astray, [finding.fix]), EAST)


@settings(max_examples=15)
@given(st.floats(250, 446), st.floats(-330, -234), st.floats(650, 846), st.floats(-480, -424))
def test_a_leg_across_a_corner_is_mended_by_the_least_move(u0, v0, u1, v1):
    """Both ends are inside; the leg between them cuts the quarter that the L leaves out."""
    bent = mission(waypoint(300, -500), waypoint(u0, v0), waypoint(u1, v1), waypoint(300, -500), home=(300, -500))
    (finding,) = [f for f in check_within(bent, ELL).findings if f.code is Code.GEO_01]
    assert (finding.reason, finding.waypoint) == (Reason.LEG_LEAVES, 4)
    assert isinstance(finding.fix, MoveWaypoint)
    assert not refused(apply_fixes(bent, [finding.fix]), ELL)
    shorter = 0.98 * finding.fix.distance_m - 1.0
    for turn in range(16):  # nothing clearly nearer would have done
        near = (u1 + shorter * math.sin(turn * math.tau / 16), v1 + shorter * math.cos(turn * math.tau / 16))
        assert least_margin([(u0, v0), near, (300, -500)], l_shape_margin) < MARGIN + 0.05


@settings(max_examples=60)
@given(st.floats(0.5, 150), st.sampled_from([0, 3]))
def test_an_altitude_fix_is_the_least_and_works(height, frame):
    altitude = height + (35.0 if frame == 0 else 0.0)
    wrong_plan = lap_with(3, altitude_m=altitude, frame=frame)
    verdict = check_within(wrong_plan, EAST)
    fixes = [f.fix for f in verdict.findings if f.code in (Code.ALT_01, Code.ALT_03)]
    assert bool(fixes) == (height > 87 or height < 7)
    for fix in fixes:
        assert isinstance(fix, SetAltitude)
        assert abs(fix.change_m) <= max(height - 87, 7 - height) + 0.3  # a climb wants a little room as well (ALT-05)
        again = check_within(apply_fixes(wrong_plan, [fix]), EAST)
        assert not {f.code for f in again.findings} & {Code.ALT_01, Code.ALT_03, Code.ALT_05}


def test_a_volume_without_room_proposes_nothing():
    tiny = volume((150, -580), (155, -580), (155, -575), (150, -575))
    verdict = check(mission(), context(volume=tiny))
    assert verdict.outcome is Outcome.REFUSED
    assert all(f.fix is None for f in verdict.findings if f.code in (Code.GEO_01, Code.GEO_02))


def test_a_plan_of_nothing_is_refused():
    verdict = check(plan(()), context())
    assert verdict.outcome is not Outcome.PASSED


def test_volume_of_the_helpers_is_the_ranges():
    east = TWENTE.volume("EAST").flight_geography
    drawn = volume((150, -580), (850, -580), (850, -230), (150, -230)).flight_geography
    assert isinstance(east, Volume)
    for one, other in zip(sorted(east.outer), sorted(drawn.outer), strict=True):
        assert one == pytest.approx(other, abs=1e-7)


def test_where_no_move_leaves_room_to_stop_the_speed_is_cut_to_what_fits():
    """A square of 80 m, flown along its edges: at 8 m/s there is no place in it from which 50 m are left."""
    around = surroundings_of(context(volume=volume((460, -440), (540, -440), (540, -360), (460, -360))))
    corners = ((468, -432), (532, -432), (532, -368), (468, -368), (468, -432))
    fast = item(Cmd.DO_CHANGE_SPEED, params=(1.0, 8.0))
    square = mission(fast, *(waypoint(u, v) for u, v in corners), home=(500, -400))
    found = [f for f in check_within(square, around).findings if f.code is Code.GEO_06]
    assert [type(f.fix) for f in found if f.waypoint == 3] == [SetSpeed]
    mended, changes = fixed_within(square, around)
    assert [change.fix.number for change in changes if isinstance(change.fix, SetSpeed)] == [2]
    assert check_within(mended, around).outcome is Outcome.PASSED


def test_a_circle_as_large_as_the_earth_is_measured_in_no_time_and_little_memory():
    """One number of a plan; a point for each metre of it took all memory there was."""
    out = shapely.LineString([(0.0, 0.0), (1e9, 0.0)])
    where, distance_m = farthest(out, shapely.box(-10, -10, 0, 10))
    assert (where, distance_m) == ((1e9, 0.0), 1e9)
