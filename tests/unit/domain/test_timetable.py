"""What a timetable is worth, what is wrong with one, how first come, first served makes one, and what it says of itself."""

from dataclasses import replace

import pytest
from hypothesis import given
from range_weeks import MONDAY, STEP, range_week
from timetable_oracle import every_timetable, naive_standing, small_timetables

from rangeops.domain.timetable import Closure, Placement, Request, Timetable, defects, standing
from rangeops.domain.timetable_greedy import greedy_solution, placed_greedily
from rangeops.domain.timetable_reading import Change, blocked, differences
from rangeops.domain.volumes import VolumeId

A, B, WHOLE = map(VolumeId, ("A", "B", "WHOLE"))


def request(name="R1", *, volumes=(A,), steps=2, windows=((0, 8),), **changed):
    return Request(name, changed.pop("company", "acme"), MONDAY, volumes, steps, windows, **changed)


def timetable(*requests, **changed):
    return Timetable(MONDAY, STEP, 8, requests, **changed)


@given(small_timetables(held=True))
def test_its_worth_is_what_the_naive_count_says_for_every_timetable_there_is(small):
    for placed in list(every_timetable(small))[:50]:
        assert standing(small, placed) == naive_standing(small, placed)
        assert not list(defects(small, placed))


@given(small_timetables(held=True))
def test_first_come_first_served_can_always_be_flown(small):
    assert not list(defects(small, placed_greedily(small)))


def test_a_week_by_hand_can_be_flown_and_proves_nothing():
    week = range_week(11)
    solution = greedy_solution(week, "hand")
    assert not list(defects(week, solution.placements))
    assert (solution.bound, solution.gap, solution.fewest_moves) == (None, None, False)


def test_worth_falls_with_the_hours_off_and_with_each_further_choice():
    wish = request(volumes=(A, B), priority=2, preferred=0)
    table = timetable(wish)
    assert table.worth(wish, Placement(A, 0)) == 2000
    assert table.worth(wish, Placement(A, 4)) == 2000 - 40
    assert table.worth(wish, Placement(B, 4)) == 2000 - 40 - 100


def test_whatever_is_placed_is_worth_something():
    volumes = tuple(VolumeId(f"V{number}") for number in range(12))
    wish = request(volumes=volumes, preferred=10_000)
    assert timetable(wish).worth(wish, Placement(volumes[-1], 0)) > 0


@pytest.mark.parametrize(
    ("placed", "says"),
    [
        ({"R1": Placement(A, 0), "R2": Placement(A, 1)}, "R2 and R1 are in the same air"),
        ({"R1": Placement(A, 0), "R2": Placement(WHOLE, 1)}, "R2 and R1 are in the same air"),
        ({"R1": Placement(A, 7)}, "R1 is outside its windows, its volumes or what is open"),
        ({"R1": Placement(B, 0)}, "R1 is outside its windows, its volumes or what is open"),
        ({"R1": Placement(A, 5)}, "R1 is outside its windows, its volumes or what is open"),
        ({"R1": Placement(A, 0), "R3": Placement(B, 1)}, "2 of crew are needed in step 1, there are 1"),
    ],
)
def test_each_defect_is_named(placed, says):
    crew = (("crew", 1),)
    table = timetable(
        request("R1", needs=crew),
        request("R2", volumes=(A, WHOLE)),
        request("R3", volumes=(B,), needs=crew),
        excludes=frozenset([frozenset((A, WHOLE)), frozenset((B, WHOLE))]),
        capacities={"crew": 1},
        closures=(Closure(A, 6, 7),),
    )
    assert list(defects(table, placed)) == [says]


def test_what_a_slot_needs_is_free_in_the_gap_after_it_and_its_air_is_not():
    crew = (("crew", 1),)
    table = timetable(
        request("R1", needs=crew, steps=2, gap=1),
        request("R2", needs=crew, volumes=(A, B), steps=2, gap=1),
        capacities={"crew": 1},
    )
    assert not list(defects(table, {"R1": Placement(A, 0), "R2": Placement(B, 1)}))
    assert list(defects(table, {"R1": Placement(A, 0), "R2": Placement(A, 1)}))


def test_what_is_held_stays_by_hand_too_even_off_the_grid_and_outside_its_windows():
    held = request("R1", windows=((0, 2),), present=Placement(A, 3), is_approved=True)
    table = timetable(held, request("R2", priority=9, preferred=3), starts_every=2)
    assert placed_greedily(table) == {"R1": Placement(A, 3), "R2": Placement(A, 0)}


def test_differences_tell_what_becomes_of_each():
    stays, goes, drops = (
        request(name, present=Placement(A, start), is_approved=True)
        for name, start in (("R1", 0), ("R2", 2), ("R3", 4))
    )
    table = timetable(stays, goes, drops, request("R4"), request("R5"))
    placed = {"R1": Placement(A, 0), "R2": Placement(A, 6), "R4": Placement(A, 2)}
    changes = [each.change for each in differences(table, placed)]
    assert changes == [Change.KEPT, Change.MOVED, Change.DROPPED, Change.NEW, Change.UNPLACED]


def test_what_is_blocked_names_the_place_with_the_least_in_its_way():
    table = timetable(
        request("R1"), request("R2"), request("R3"), request("R4", steps=4, windows=((0, 6),), preferred=0)
    )
    placed = {"R1": Placement(A, 0), "R2": Placement(A, 2), "R3": Placement(A, 6)}
    (found,) = blocked(table, placed)
    assert (found.request.id, found.places) == ("R4", 3)
    assert (found.nearest, found.requests) == (Placement(A, 2), ("R2",))


def test_what_is_used_up_is_named():
    radar = (("radar", 1),)
    table = timetable(
        request("R1", needs=radar, windows=((0, 2),)),
        request("R2", volumes=(B,), needs=radar, windows=((0, 2),)),
        capacities={"radar": 1},
    )
    (found,) = blocked(table, {"R1": Placement(A, 0)})
    assert (found.requests, found.resources) == ((), ("radar",))


def test_what_is_closed_all_the_time_names_the_closures():
    event = Closure(A, 0, 8, "event")
    (found,) = blocked(timetable(request(), closures=(event,)), {})
    assert (found.nearest, found.closures) == (None, (event,))


def test_a_window_that_is_too_short_is_no_closure():
    (found,) = blocked(timetable(request(windows=((0, 1),))), {})
    assert (found.places, found.closures) == (0, ())


def test_volumes_that_exclude_each_other_are_gathered_into_the_largest_sets():
    table = timetable(
        *(request(name, volumes=(volume,)) for name, volume in (("R1", A), ("R2", B), ("R3", WHOLE))),
        excludes=frozenset([frozenset((A, WHOLE)), frozenset((B, WHOLE))]),
    )
    assert set(table.shared_air) == {frozenset((A, WHOLE)), frozenset((B, WHOLE))}


def test_many_volumes_that_all_exclude_each_other_are_one_set():
    """As a busy day's slots in one volume are: it must not take longer than a moment."""
    volumes = tuple(VolumeId(f"V{number:03}") for number in range(120))
    excludes = frozenset(frozenset((one, two)) for one in volumes for two in volumes if one != two)
    table = timetable(*(request(volume, volumes=(volume,)) for volume in volumes), excludes=excludes)
    assert table.shared_air == (frozenset(volumes),)


def test_an_unapproved_request_with_a_present_place_is_not_held():
    asked = request(present=Placement(A, 0))
    assert not asked.is_held
    assert replace(asked, is_approved=True).is_held
    assert replace(asked, is_fixed=True).is_held
