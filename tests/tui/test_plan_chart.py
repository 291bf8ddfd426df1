"""The map beside a plan's checks: what is wrong is seen where it is."""

from dataclasses import replace

import specimens
from test_drawing import HOSTILE

from rangeops.tui.ink import Ink
from rangeops.tui.plan_chart import draw_plan, faulty_legs, marks_of
from rangeops.wire.api import PlanCheck

REFUSED, PASSED = specimens.PLANS


def refused(*checks, plan=PASSED):
    return replace(plan, verdict="refused", checks=checks)


def rows(plan, columns=60, lines=18):
    characters, inks = draw_plan(columns, lines, specimens.RANGE, plan)
    return ["".join(map(chr, row)) for row in characters], inks


def test_a_waypoint_that_is_wrong_itself_makes_both_its_legs_red():
    assert faulty_legs(REFUSED) == {7, 8}


def test_a_leg_that_is_wrong_elsewhere_is_red_alone():
    on_the_leg = PlanCheck("GEO-01", passed=False, title="", waypoint=3, latitude_deg=52.0, longitude_deg=6.0)
    assert faulty_legs(refused(on_the_leg)) == {3}


def test_a_finding_without_a_waypoint_makes_no_leg_red():
    assert faulty_legs(refused(PlanCheck("ENE-01", passed=False, title=""))) == frozenset()


def test_what_is_wrong_is_marked_by_a_sign_and_not_by_colour_alone():
    text, inks = rows(REFUSED)
    assert any("✗7" in row for row in text)
    assert (inks == Ink.P1.value).any()


def test_what_passed_has_no_red():
    text, inks = rows(PASSED)
    assert not any("✗" in row for row in text)
    assert not (inks == Ink.P1.value).any()


def test_waypoints_with_findings_come_first_so_that_theirs_find_room():
    assert marks_of(REFUSED)[0].text == "✗7"


def test_of_many_sound_waypoints_some_are_numbered():
    many = tuple(replace(PASSED.path[n % 9], waypoint=n) for n in range(800))
    numbers = [mark.point.waypoint for mark in marks_of(replace(PASSED, path=many))]
    assert numbers == list(range(0, 800, 40))
    wrong = PlanCheck("GEO-01", passed=False, title="", waypoint=417)
    assert marks_of(replace(PASSED, path=many, checks=(wrong,)))[0].text == "✗417"


def test_every_size_can_be_drawn():
    for columns in (2, 5, 30, 200):
        for lines in (1, 3, 60):
            text, _ = rows(REFUSED, columns, lines)
            assert len(text) == lines
            assert all(len(row) == columns for row in text)


def test_hostile_names_are_not_on_the_map():
    text, _ = rows(replace(REFUSED, name=HOSTILE[0], company=HOSTILE[1]))
    assert text == rows(REFUSED)[0]
