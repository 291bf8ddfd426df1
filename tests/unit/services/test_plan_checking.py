"""The checker as companies and the server see it: a verdict, findings in words, and the demo's plans."""

import math
import pickle
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from flights import L_SHAPE, SHIPPED_TWENTE, TWENTE, airframe, axes, context, item, mission, waypoint

from rangeops import paths
from rangeops.adapters.formats.plan_files import read_plan
from rangeops.domain.containment import Containment, Standing
from rangeops.domain.errors import Invalid, NotFound
from rangeops.domain.plan_findings import Code, Finding, Outcome, Reason, RuleAnswer, Verdict
from rangeops.domain.plan_fixes import (
    AppendReturn,
    DropExtras,
    MoveSlot,
    MoveWaypoint,
    RemoveItem,
    SetAltitude,
    SetHomeAltitude,
    SetRepeats,
    SetSpeed,
)
from rangeops.domain.plan_route import route_of
from rangeops.domain.plan_rules import check
from rangeops.domain.plans import AltitudeDatum, WaypointNumber
from rangeops.domain.schedules import DailyPeriod
from rangeops.domain.telemetry import PositionReport
from rangeops.domain.volumes import VolumeId, operational_volumes
from rangeops.services.plan_checking import PlanChecking
from rangeops.services.plan_text import TITLES, checks_of, fix_text, what_text
from rangeops.services.ports.plans import PlanFile

CHECKING = PlanChecking(TWENTE, read_plan)
PLANS = paths.shipped("scenarios") / "plans"


def checked(file: str, volume: str, frame: str, content: bytes | None = None):
    content = (PLANS / file).read_bytes() if content is None else content
    return CHECKING(PlanFile(content, file, VolumeId(volume), airframe(frame)))


@pytest.mark.parametrize(
    ("file", "volume", "frame"),
    [
        ("saxn-0017.plan", "NORTH", "inspection-quad"),
        ("fire-0008.plan", "WEST", "inspection-quad"),
        ("acme-0043.plan", "SOUTH", "survey-quad"),
        ("acme-0042-rev2.plan", "EAST", "survey-quad"),
    ],
)
def test_the_demos_good_plans_pass(file, volume, frame):
    result = checked(file, volume, frame)
    assert result.verdict == "passed"
    assert [check.code for check in result.checks] == [code.value for code in Code]
    assert all(check.passed for check in result.checks)


def test_the_demos_bad_plan_is_refused_for_one_reason_with_its_fix():
    result = checked("acme-0042-rev1.plan", "EAST", "survey-quad")
    assert result.verdict == "refused"
    (failed,) = [check for check in result.checks if not check.passed]
    assert failed.what == "WP 5 is 38 m outside the EAST volume's south-east edge at 52.27367,6.89953."
    assert failed.fix == "Move it 88 m north-west to 52.274313,6.898772."
    assert (failed.code, failed.waypoint) == ("GEO-01", 5)
    assert failed.distance_m == pytest.approx(38, abs=0.1)
    assert axes(failed.latitude_deg, failed.longitude_deg) == pytest.approx((420, -618), abs=0.1)


def test_the_proposed_fix_is_enough_to_pass():
    first = (PLANS / "acme-0042-rev1.plan").read_text()
    fixed = first.replace("52.2736685", "52.274313").replace("6.8995298", "6.898772")
    assert fixed != first
    assert checked("acme-0042-rev1.plan", "EAST", "survey-quad", fixed.encode()).verdict == "passed"


def test_the_second_revision_moves_that_waypoint_and_nothing_else():
    first = read_plan("a.plan", (PLANS / "acme-0042-rev1.plan").read_bytes())
    second = read_plan("a.plan", (PLANS / "acme-0042-rev2.plan").read_bytes())
    moved = [n for n, (a, b) in enumerate(zip(first.items, second.items, strict=True), start=1) if a != b]
    assert moved == [5]
    assert replace(second, items=first.items) == first


def test_the_first_revision_runs_straight_at_the_edge():
    """What the demo needs: at least 120 m across to the edge, on a leg that meets it squarely."""
    items = read_plan("a.plan", (PLANS / "acme-0042-rev1.plan").read_bytes()).items
    (u0, v0), (u1, v1) = (axes(items[n].latitude_deg, items[n].longitude_deg) for n in (3, 4))
    assert v0 - -580 >= 120
    assert v1 == pytest.approx(-618, abs=0.1)
    assert abs(u1 - u0) < 1


def test_in_another_volume_every_waypoint_is_outside():
    result = checked("saxn-0017.plan", "WEST", "inspection-quad")
    assert {check.code for check in result.checks if not check.passed} >= {"GEO-01", "GEO-02"}


def test_the_path_is_the_route_on_a_map():
    result = checked("acme-0042-rev2.plan", "EAST", "survey-quad")
    assert [point.waypoint for point in result.path][:7] == [0, 1, 3, 4, 5, 6, 7]
    assert result.path[0].altitude_amsl_m == result.path[-1].altitude_amsl_m == 35


def test_a_plan_for_elsewhere_has_no_path_on_this_map():
    text = (PLANS / "saxn-0017.plan").read_text().replace("52.28", "-35.28")
    result = checked("saxn-0017.plan", "NORTH", "inspection-quad", text.encode())
    assert (result.verdict, result.path) == ("refused", ())


def least_time_to_act_s(file: str, volume: str, frame: str) -> float:
    """Over the whole route at full speed, right up to each waypoint, as the watch will judge it."""
    craft = airframe(frame)
    volumes = operational_volumes(TWENTE.volume(volume).flight_geography, craft, TWENTE.frame, TWENTE.assumptions)
    containment = Containment(volumes, TWENTE.boundary, craft, TWENTE.frame)
    basis = context(airframe=craft, rtl_altitude_m=TWENTE.rtl_altitudes.highest_m).basis
    least = math.inf
    for leg, _ in route_of(read_plan(file, (PLANS / file).read_bytes()), basis).legs:
        start = TWENTE.frame.to_site(leg.start.latitude_deg, leg.start.longitude_deg)
        end = TWENTE.frame.to_site(leg.end.latitude_deg, leg.end.longitude_deg)
        travelled, rise = math.dist(start, end), leg.end.altitude_amsl_m - leg.start.altitude_amsl_m
        rate = craft.climb_speed_mps if rise > 0 else craft.descent_speed_mps
        lasts_s = max(travelled / leg.speed_mps, abs(rise) / rate)
        for step in range(51):
            share = step / 50
            east, north = (a + share * (b - a) for a, b in zip(start, end, strict=True))
            altitude = leg.start.altitude_amsl_m + share * rise
            position = PositionReport(
                0.0,
                0,
                *TWENTE.frame.to_geodetic(east, north),
                altitude,
                altitude - TWENTE.elevation_amsl_m,
                (end[1] - start[1]) / lasts_s if lasts_s else 0.0,
                (end[0] - start[0]) / lasts_s if lasts_s else 0.0,
                -rise / lasts_s if lasts_s else 0.0,
                None,
            )
            judged = containment.judge(position, age_s=0.3, horizon_s=TWENTE.policy.forecast_horizon_s)
            assert judged.standing is Standing.INSIDE or file.endswith("rev1.plan")
            least = min(least, math.inf if judged.time_to_act_s is None else judged.time_to_act_s)
    return least


@pytest.mark.parametrize(
    ("file", "volume", "frame"),
    [
        ("saxn-0017.plan", "NORTH", "inspection-quad"),
        ("fire-0008.plan", "WEST", "inspection-quad"),
        ("acme-0043.plan", "SOUTH", "survey-quad"),
        ("acme-0042-rev2.plan", "EAST", "survey-quad"),
    ],
)
def test_a_normal_flight_of_the_demo_is_never_stopped_by_the_forecast(file, volume, frame):
    assert least_time_to_act_s(file, volume, frame) > TWENTE.policy.reaction_margin_s + 1


def test_the_bad_plan_flown_is_stopped_by_the_forecast():
    assert least_time_to_act_s("acme-0042-rev1.plan", "EAST", "survey-quad") < TWENTE.policy.reaction_margin_s


def test_what_is_no_plan_is_invalid_and_an_unknown_volume_not_found():
    with pytest.raises(Invalid):
        checked("x.plan", "EAST", "survey-quad", b"{}")
    with pytest.raises(NotFound):
        checked("acme-0042-rev2.plan", "MOON", "survey-quad")


def test_a_process_pool_can_have_it():
    again = pickle.loads(pickle.dumps(CHECKING))
    file = PlanFile((PLANS / "saxn-0017.plan").read_bytes(), "a.plan", VolumeId("NORTH"), airframe("inspection-quad"))
    assert again(file) == CHECKING(file)


NIGHT = datetime(2026, 11, 24, 1, tzinfo=UTC)


def failed_in(definition, starts, minutes):
    file = PlanFile(
        (PLANS / "acme-0042-rev2.plan").read_bytes(), "a.plan", VolumeId("EAST"), airframe("survey-quad"),
        (starts, starts + timedelta(minutes=minutes)),
    )  # fmt: skip
    return {check.code for check in PlanChecking(definition, read_plan)(file).checks if not check.passed}


def test_in_its_slots_minutes_a_plan_is_held_against_light_opening_hours_and_their_length():
    weekly = replace(TWENTE, hours=(DailyPeriod(frozenset([3]), time(8), time(9)),))
    assert failed_in(TWENTE, NIGHT, 45) == {"TIME-02"}
    assert failed_in(TWENTE, NIGHT, 1) == {"TIME-01", "TIME-02"}
    assert failed_in(weekly, NIGHT + timedelta(hours=10), 45) == {"TIME-03"}
    assert failed_in(TWENTE, NIGHT + timedelta(hours=10), 45) == set()


def test_a_range_that_clears_in_the_dark_refuses_no_plan_for_it():
    assert failed_in(SHIPPED_TWENTE, NIGHT, 45) == set()


def test_what_cannot_be_checked_says_so_and_never_passes():
    verdict = check(replace(mission(), home=None), context())
    lines = checks_of(verdict, "EAST")
    assert verdict.outcome is Outcome.CANNOT_CHECK
    assert lines[0].what == "Cannot check: the file gives no home position."
    assert {line.code for line in lines if line.passed} == {
        *("FMT-02", "FMT-03", "CMD-01", "GEO-05", "TIME-02", "TIME-03", "REG-01")
    }
    assert all(line.what.startswith("Cannot check") for line in lines if not line.passed)


def test_refused_outweighs_cannot_check():
    both = Verdict(
        (
            RuleAnswer(Code.FMT_01, (Finding(Code.FMT_01, Reason.NO_COURSE, Outcome.CANNOT_CHECK),)),
            RuleAnswer(Code.FMT_02, (Finding(Code.FMT_02, Reason.CARRIES_EXTRAS),)),
        )
    )
    assert both.outcome is Outcome.REFUSED


FIXES = [
    (MoveWaypoint(WaypointNumber(0), 52.1, 6.8, 12.4, 91.0), "Move home 12 m east to 52.100000,6.800000."),
    (SetAltitude(WaypointNumber(2), 86.9, AltitudeDatum.HOME, -3.14), "Lower it by 3.1 m to 86.9 m above home."),
    (SetAltitude(WaypointNumber(2), 42.0, AltitudeDatum.AMSL, 2), "Raise it by 2.0 m to 42.0 m AMSL."),
    (SetHomeAltitude(35.0), "Set home's altitude to 35 m AMSL."),
    (SetSpeed(WaypointNumber(2), 12.0), "Set it to 12.0 m/s."),
    (SetRepeats(WaypointNumber(8), 5), "Let WP 8 repeat 5 times."),
    (RemoveItem(WaypointNumber(4)), "Remove WP 4."),
    (
        MoveSlot(datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
        "Ask for 2026-11-24 09:00-09:30 UTC instead.",
    ),
    (AppendReturn(), "End the mission with a return to launch."),
    (DropExtras(), "Save the plan with its mission alone."),
]


@pytest.mark.parametrize(("fix", "text"), FIXES, ids=lambda value: type(value).__name__)
def test_each_fix_is_one_sentence(fix, text):
    assert fix_text(Finding(Code.GEO_01, Reason.OUTSIDE, fix=fix)) == text


WORDS = [
    (
        mission(waypoint(300, -300), waypoint(700, -500), waypoint(300, -500), home=(300, -500)),
        context(volume=L_SHAPE),
        "The leg from WP 2 to WP 3 is 30 m outside the TEST volume's north-east edge at ",
    ),
    (mission(waypoint(400, -578.5)), context(), "WP 2 is 1.5 m inside the TEST volume's south-east edge at "),
    (mission(waypoint(400, -400, 95)), context(), "WP 2 is at 130.0 m AMSL at "),
    (mission(item(178, params=(1.0, 13.0)), waypoint(400, -400)), context(), "WP 2 sets 13.0 m/s, over the range's"),
    (
        mission(waypoint(400, -400), item(207)),
        context(),
        "WP 3 is command 207 (the fence on or off), which has no place on this range.",
    ),
    (mission(item(9999), waypoint(400, -400)), context(), "WP 2 is command 9999, which has no place on this range."),
]


@pytest.mark.parametrize(("plan", "where", "start"), WORDS)
def test_findings_say_what_where_and_by_how_much(plan, where, start):
    finding = check(plan, where).findings[0]
    assert what_text(finding, "TEST").startswith(start)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words_that_survive_odd_figures(reason):
    figures = dict.fromkeys(
        [
            "distance_m", "path_margin_m", "radius_m", "inside_m", "rtl_altitude_m", "limit_m", "out_m", "up_m",
            "altitude_amsl_m", "limit_amsl_m", "ceiling_amsl_m", "ground_amsl_m", "speed_mps", "limit_mps",
            "needed_mah", "places", "farthest_km", "available_mah", "wind_mps", "reserve_percent", "flight_s", "slot_s", "margin_m", "command",
            "room_m", "needed_m", "reach_m",
        ],
        1.0,
    )  # fmt: skip
    names = {
        "paper": "a licence",
        "until": "2026-01-01",
        "dawn": "06:00",
        "dusk": "16:00",
        "starts": "06:00",
        "ends": "16:00",
        "kind": "survey",
        "airframe": "x",
        "extras": "geofence",
        "edge": "ceiling",
        "zone": "Z",
        "name": "{z}",
    }
    finding = Finding(
        Code.GEO_01, reason, waypoint=WaypointNumber(3), latitude_deg=1, longitude_deg=2,
        params={**figures, **names, "whose": "the range's", "from": 0.0},
    )  # fmt: skip
    text = what_text(finding, "EAST")
    assert text[0].isupper()
    assert text.endswith(".")
    assert "{" not in text.replace("{z}", "")
    assert fix_text(finding).endswith(".")


def test_every_code_has_a_title():
    assert set(TITLES) == set(Code)


def test_the_airframes_of_the_demo_are_shipped():
    for name in ("survey-quad", "inspection-quad"):
        file = paths.shipped("hardware") / "airframes" / f"{name}.toml"
        assert tomllib.loads(file.read_text())["class"] == "copter"


def test_the_handbook_tells_every_rule():
    text = (Path(__file__).parents[3] / "docs" / "plan-rules.md").read_text(encoding="utf-8")
    for code in Code:
        assert f"| {code.value} |" in text
        assert any(line.startswith("### ") and code.value in line for line in text.splitlines()), code
