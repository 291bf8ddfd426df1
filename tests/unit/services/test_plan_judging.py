"""Plans judged anywhere, zone versions, and changes told."""

from dataclasses import replace
from itertools import pairwise

import pytest
from flights import RETURN, TAKE_OFF, TWENTE, context, item, mission, plan, waypoint

from rangeops.domain.plan_findings import Code, Outcome
from rangeops.domain.plan_fixing import fixed
from rangeops.domain.plans import Cmd
from rangeops.services.plan_changes import change_lines, difference
from rangeops.services.plan_checking import path_of
from rangeops.services.plan_judging import ANYWHERE, judged
from rangeops.services.zone_version import zone_version

OUTSIDE = mission(waypoint(400, -350), waypoint(400, -620), waypoint(600, -350))


def moved_to(flight, latitude, longitude):
    """The same flight somewhere else on earth."""
    north, east = latitude - flight.home.latitude_deg, longitude - flight.home.longitude_deg
    items = tuple(
        replace(each, latitude_deg=each.latitude_deg + north, longitude_deg=each.longitude_deg + east)
        if each.has_place
        else each
        for each in flight.items
    )
    return replace(flight, home=replace(flight.home, latitude_deg=latitude, longitude_deg=longitude), items=items)


def judge(flight, **how):
    return judged("x.plan", b"", flight, context(), **how)


@pytest.mark.parametrize(("latitude", "longitude"), [(-33.9, 151.2), (64.1, -21.9), (0.0, 179.99)])
def test_a_sound_plan_from_elsewhere_passes_anywhere_and_nowhere_else(latitude, longitude):
    flight = moved_to(mission(), latitude, longitude)
    assert judge(flight, anywhere=True).passed
    assert Code.FMT_03 in {finding.code for finding in judge(flight).verdict.findings}


def test_anywhere_asks_nothing_that_needs_a_range():
    assert {answer.code for answer in judge(OUTSIDE, anywhere=True).verdict.answers} == ANYWHERE
    assert judge(OUTSIDE, anywhere=True).passed
    assert not judge(OUTSIDE).passed


@pytest.mark.parametrize(
    ("flight", "code"),
    [
        (plan((TAKE_OFF, waypoint(400, -350), item(999), RETURN)), Code.CMD_01),
        (plan((TAKE_OFF, waypoint(400, -350), item(Cmd.DO_JUMP, params=(2, -1)), RETURN)), Code.CMD_02),
        (plan((TAKE_OFF, waypoint(400, -350))), Code.CMD_03),
        (plan((TAKE_OFF, item(Cmd.DO_CHANGE_SPEED, params=(1, 80)), waypoint(400, -350), RETURN)), Code.SPD_01),
        (replace(mission(), unexpandable=("survey",)), Code.FMT_01),
        (replace(mission(), home=None), Code.FMT_01),
    ],
)
def test_anywhere_still_refuses_what_is_wrong_everywhere(flight, code):
    verdict = judge(flight, anywhere=True).verdict
    assert verdict.outcome is not Outcome.PASSED
    assert code in {finding.code for finding in verdict.findings}


def test_the_zones_version_is_of_what_they_say():
    same = zone_version(replace(TWENTE, wind_mps=3.0, note="another"))
    assert same == zone_version(TWENTE)
    fewer = zone_version(replace(TWENTE, zones=TWENTE.zones[1:]))
    assert fewer.sha256 != zone_version(TWENTE).sha256
    renamed = replace(TWENTE.zones[0], applicability=TWENTE.zones[0].applicability, message="closed for works")
    assert zone_version(replace(TWENTE, zones=(renamed, *TWENTE.zones[1:]))).sha256 != zone_version(TWENTE).sha256


def test_what_was_changed_is_told_with_its_rule_and_shown_as_a_difference():
    after, changes = fixed(OUTSIDE, context())
    lines = change_lines(changes)
    assert len(lines) == len(changes) >= 1
    assert all("WP 3 moved" in line and "GEO-" in line for line in lines)
    shown = difference(OUTSIDE, after).splitlines()
    taken, given = ([row for row in shown if row.startswith(sign)] for sign in ("-3 ", "+3 "))
    assert len(taken) == len(given) == 1
    assert f"{after.items[2].latitude_deg:.7f}" in given[0]


def test_of_two_plans_alike_there_is_no_difference():
    assert difference(OUTSIDE, OUTSIDE) == ""


def test_the_path_on_a_map_joins_only_what_is_flown():
    """After a jump back the next new leg begins where the jump was taken: the line goes back the way it came."""
    laps = plan(
        (TAKE_OFF, waypoint(400, -350), waypoint(400, -450), waypoint(600, -450), item(177, params=(2, 1)), RETURN)
    )
    route = judge(laps).route
    flown = {frozenset((leg.start[:2], leg.end[:2])) for leg, _ in route.legs}
    points = [(point.latitude_deg, point.longitude_deg) for point in path_of(route)]
    assert {frozenset(pair) for pair in pairwise(points)} <= flown
