"""The solver against every timetable there is, where there are few; and on a kept week."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from range_weeks import DAY, MONDAY, STEP
from timetable_oracle import best_standing, naive_standing, small_timetables

from rangeops.adapters.formats.timetable_file import read_timetable
from rangeops.domain.timetable import Closure, Request, Timetable, defects, standing
from rangeops.domain.timetable_greedy import placed_greedily
from rangeops.domain.timetable_reading import Change, differences
from rangeops.domain.volumes import VolumeId

pytest.importorskip("ortools", reason="the extra `timetable` isn't installed")

from rangeops.adapters.solver.engines import branch_and_cut, cp_sat
from rangeops.adapters.solver.model import worth_most
from rangeops.adapters.solver.solving import TwoEngines

WEEK = Path(__file__).parents[2] / "data" / "timetables" / "week-13.json"
DEADLINE_S = 20.0


@settings(max_examples=40, deadline=None)
@given(small_timetables(held=False))
def test_no_timetable_is_worth_more(timetable):
    solution = TwoEngines().solve(timetable, DEADLINE_S)
    assert not list(defects(timetable, solution.placements))
    assert solution.standing == naive_standing(timetable, dict(solution.placements)) == best_standing(timetable)
    assert solution.bound == solution.standing.worth
    assert standing(timetable, placed_greedily(timetable)) <= solution.standing


@settings(max_examples=40, deadline=None)
@given(small_timetables(held=True))
def test_no_timetable_drops_or_moves_fewer_approved_flights(timetable):
    solution = TwoEngines().solve(timetable, DEADLINE_S)
    assert not list(defects(timetable, solution.placements))
    assert solution.standing == best_standing(timetable)
    assert solution.fewest_moves
    assert standing(timetable, placed_greedily(timetable)) <= solution.standing


@pytest.mark.parametrize("engine", [cp_sat, branch_and_cut])
@settings(max_examples=20, deadline=None)
@given(timetable=small_timetables(held=False))
def test_each_engine_alone_proves_the_best(engine, timetable):
    programme = worth_most(timetable, standing(timetable, {}))
    found = engine(programme, {}, DEADLINE_S)
    assert found.is_best
    assert found.gain == found.bound == best_standing(timetable).worth
    assert found.placements is not None
    assert standing(timetable, found.placements).worth == found.gain


def test_nothing_asked_is_an_empty_timetable():
    solution = TwoEngines().solve(Timetable(MONDAY, STEP, DAY, ()), DEADLINE_S)
    assert solution.placements == {}
    assert solution.gap == 0.0


def test_a_solver_without_time_gives_the_greedy_timetable_and_claims_nothing():
    week = read_timetable(WEEK.read_bytes(), name=WEEK.name)
    solution = TwoEngines().solve(week, 0.0)
    assert solution.placements == placed_greedily(week)
    assert solution.bound is None


def test_a_closure_dropped_on_wednesday_moves_no_more_than_it_must():
    """Whatever lay in it must move or go, and something more only to make room for that: counted and proved."""
    week = read_timetable(WEEK.read_bytes(), name=WEEK.name)
    before = TwoEngines().solve(week, DEADLINE_S).placements
    wednesday = Closure(VolumeId("south"), 2 * DAY, 3 * DAY, "a film crew")
    approved = tuple(_approved(each, before) for each in week.requests)
    after = replace(week, requests=approved, closures=(*week.closures, wednesday))
    hit = [
        each.id
        for each in approved
        if each.present and list(_only(after, wednesday).closures_of(each.present, each.steps))
    ]
    solution = TwoEngines().solve(after, DEADLINE_S)
    changes = [each.change for each in differences(after, solution.placements)]
    assert hit
    assert solution.fewest_moves
    assert not list(defects(after, solution.placements))
    assert changes.count(Change.MOVED) + changes.count(Change.DROPPED) >= len(hit)
    assert changes.count(Change.KEPT) == solution.standing.unmoved
    assert standing(after, placed_greedily(after)) <= solution.standing


def _approved(request: Request, placements) -> Request:
    present = placements.get(request.id)
    return request if present is None else replace(request, present=present, is_approved=True)


def _only(timetable: Timetable, closure: Closure) -> Timetable:
    return replace(timetable, closures=(closure,))
