"""What is told of a pair, reckoned by hand: when, how far, whose, and which side of each limit counts."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.separation import (
    AllPairs,
    Encounter,
    Mover,
    Movers,
    Shadow,
    Verdict,
    encounters_with,
    may_be_near,
    worst_of,
)
from rangeops.domain.separation_rules import Cylinder, SeparationRules, separation_rules_from

RULE = Cylinder(50.0, 15.0, 30.0)
STILL = Mover(0.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
LOST, CONVERGING = Verdict.LOST, Verdict.CONVERGING


def among(*movers: Mover, held=frozenset()) -> list[Encounter]:
    return AllPairs().encounters(Movers(movers), RULE, held)


def strangers(own: Mover, *others: Mover, held=frozenset()) -> list[Encounter]:
    return encounters_with(Movers([own]), Movers(others), RULE, held)


def only(encounters: list[Encounter]) -> Encounter:
    (told,) = encounters
    return told


def test_a_report_is_carried_on_to_now_and_less_sure_for_it():
    movers = Movers([Mover(10.0, 20.0, 30.0, 3.0, -4.0, 1.0, 2.0, 1.5, 2.5), STILL])
    assert [list(values) for values in (movers.east, movers.north, movers.up)] == [[16, 0], [12, 0], [32, 100]]
    assert [list(values) for values in (movers.v_east, movers.v_north, movers.v_up)] == [[3, 0], [-4, 0], [1, 0]]
    assert list(movers.error) == [11.5, 0.0], "half of 5 m/s² for two seconds"
    assert list(movers.error_up) == [12.5, 0.0]


def test_every_figure_of_a_pair_is_its_own():
    """40 m north and 390 m east of it, 20 m above; it comes at 10 m/s, climbs 0.5 m/s."""
    one = replace(STILL, east_m=100.0, north_m=-30.0, altitude_amsl_m=80.0, east_mps=5.0, up_mps=1.0)
    other = replace(STILL, east_m=490.0, north_m=10.0, altitude_amsl_m=100.0, east_mps=-10.0, up_mps=0.5)
    told = only(among(one, other))
    assert told == Encounter(
        first=0,
        second=1,
        verdict=CONVERGING,
        lateral_m=pytest.approx(math.hypot(390, 40)),
        vertical_m=20.0,
        time_to_loss_s=pytest.approx((390 - 30) / 15),  # √(50² - 40²) = 30 m before it passes
        time_to_cpa_s=pytest.approx(390 / 15),
        cpa_lateral_m=pytest.approx(40.0),
        cpa_vertical_m=pytest.approx(20 - 0.5 * 26),
        tau_s=pytest.approx((390**2 + 40**2 - 50**2) / (390 * 15)),
    )
    assert only(among(other, one))[2:] == pytest.approx(told[2:])


def test_who_goes_apart_is_nearest_now_and_has_no_tau():
    told = only(among(STILL, replace(STILL, north_m=20.0, north_mps=3.0)))
    assert (told.verdict, told.time_to_cpa_s, told.cpa_lateral_m, told.tau_s) == (LOST, 0.0, 20.0, math.inf)
    assert told.time_to_loss_s == 0.0


def test_slower_past_each_other_than_a_centimetre_a_second_is_standing_still():
    told = only(among(STILL, replace(STILL, north_m=20.0, north_mps=-0.009)))
    assert (told.time_to_cpa_s, told.cpa_lateral_m) == (0.0, 20.0)
    told = only(among(STILL, replace(STILL, north_m=20.0, north_mps=-0.5)))
    assert (told.time_to_cpa_s, told.cpa_lateral_m) == (pytest.approx(40.0), pytest.approx(0.0))


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (replace(STILL, east_m=50.0), LOST),
        (replace(STILL, north_m=-50.0, altitude_amsl_m=115.0), LOST),
        (replace(STILL, altitude_amsl_m=85.0), LOST),
        (replace(STILL, north_m=50.005), None),
        (replace(STILL, altitude_amsl_m=115.1), None),
        (replace(STILL, altitude_amsl_m=84.9), None),
        (replace(STILL, north_m=50.1, error_m=0.2), CONVERGING),  # it may be within: but is not lost for it
        (replace(STILL, altitude_amsl_m=115.1, error_up_m=0.2), CONVERGING),
        (replace(STILL, north_m=50.3, error_m=0.2), None),
    ],
)
def test_on_the_limit_it_is_lost_and_beyond_it_only_an_error_counts(other, verdict):
    for pair in ((STILL, other), (other, STILL)):
        told = among(*pair)
        assert [(each.verdict, each.time_to_loss_s) for each in told] == ([] if verdict is None else [(verdict, 0.0)])
        assert [each.verdict for each in strangers(*pair)] == [each.verdict for each in told]


@pytest.mark.parametrize(
    ("other", "loss_s"),
    [
        (replace(STILL, north_m=350.0, north_mps=-10.0), 30.0),  # at the very end of the look-ahead
        (replace(STILL, north_m=350.5, north_mps=-10.0), None),
        (replace(STILL, north_m=250.0, east_m=49.9, north_mps=-10.0), (250 - math.sqrt(50**2 - 49.9**2)) / 10),
        (replace(STILL, north_m=250.0, east_m=50.1, north_mps=-10.0), None),
        (replace(STILL, north_m=250.0, north_mps=10.0), None),
        (replace(STILL, east_m=10.0, altitude_amsl_m=160.0, up_mps=-3.0), 15.0),  # comes down upon it
        (replace(STILL, east_m=10.0, altitude_amsl_m=40.0, up_mps=3.0), 15.0),  # comes up under it
        (replace(STILL, east_m=10.0, altitude_amsl_m=160.0, up_mps=3.0), None),
        (replace(STILL, east_m=10.0, altitude_amsl_m=160.0, up_mps=-3.0, east_mps=2.6), 15.0),
        (replace(STILL, east_m=10.0, altitude_amsl_m=160.0, up_mps=-3.0, east_mps=2.7), None),  # gone by then
        (replace(STILL, east_m=49.0, altitude_amsl_m=160.0, up_mps=-3.0, east_mps=0.5), None),  # though slowly
        (replace(STILL, east_m=-300.0, altitude_amsl_m=80.0, up_mps=1.0, east_mps=10.0), 25.0),
        (replace(STILL, east_m=-300.0, altitude_amsl_m=109.0, up_mps=0.23, east_mps=10.0), 25.0),  # 14.75 m above then
        (replace(STILL, east_m=-300.0, altitude_amsl_m=109.0, up_mps=0.25, east_mps=10.0), None),  # 15.25 m
        (replace(STILL, east_m=-300.0, altitude_amsl_m=130.0, up_mps=-0.55, east_mps=10.0), 15 / 0.55),  # in it, sinks
        (replace(STILL, altitude_amsl_m=145.0, up_mps=-1.0), 30.0),
        (replace(STILL, altitude_amsl_m=145.5, up_mps=-1.0), None),
    ],
)
def test_a_loss_is_when_both_plan_view_and_height_are_within(other, loss_s):
    for pair in ((STILL, other), (other, STILL)):
        told = among(*pair)
        assert [each.time_to_loss_s for each in told] == ([] if loss_s is None else [pytest.approx(loss_s, abs=1e-6)])


@pytest.mark.parametrize(
    ("other", "loss_s"),
    [
        # Head on from a kilometre at 40 m/s, and through its height long before: its climb isn't trusted.
        (replace(STILL, east_m=1000.0, east_mps=-40.0, altitude_amsl_m=140.0, up_mps=-20.0), (1e6 - 2500) / 40_000),
        (replace(STILL, east_m=1000.0, east_mps=-40.0, altitude_amsl_m=60.0, up_mps=20.0), (1e6 - 2500) / 40_000),
        (replace(STILL, east_m=1000.0, east_mps=-40.0, altitude_amsl_m=140.0, up_mps=20.0), None),
        (replace(STILL, east_m=1000.0, east_mps=-40.0, altitude_amsl_m=140.0), None),
        (replace(STILL, east_m=60.0, east_mps=-40.0, altitude_amsl_m=140.0, up_mps=-20.0), (60**2 - 2500) / (60 * 40)),
        (replace(STILL, east_m=100.0, east_mps=-2.5, altitude_amsl_m=140.0, up_mps=-20.0), 30.0),
        (replace(STILL, east_m=1205.0, east_mps=-40.0, altitude_amsl_m=140.0, up_mps=-20.0), None),  # tau 30.07 s
        (replace(STILL, east_m=1000.0, north_m=51.0, east_mps=-40.0), None),  # passes beside
        (replace(STILL, east_m=10.0, altitude_amsl_m=140.0, up_mps=-2.0), 0.0),  # above it, and at its height in 20 s
        (replace(STILL, east_m=10.0, altitude_amsl_m=140.0, up_mps=-40 / 30), 0.0),  # in 30 s
        (replace(STILL, east_m=10.0, altitude_amsl_m=140.0, up_mps=-1.0), 25.0),  # in 40 s; within 15 m in 25 s
        (replace(STILL, east_m=10.0, altitude_amsl_m=140.0, up_mps=1.0), None),
        (replace(STILL, east_m=10.0, altitude_amsl_m=60.0, up_mps=-1.0), None),
        (replace(STILL, east_m=-1000.0, east_mps=-40.0), None),
    ],
)
def test_of_a_stranger_tau_and_the_time_to_equal_height_count_as_well(other, loss_s):
    told = strangers(STILL, other)
    assert [each.time_to_loss_s for each in told] == ([] if loss_s is None else [pytest.approx(loss_s, abs=1e-6)])
    assert [(each.first, each.second, each.verdict) for each in told] == [(0, 0, CONVERGING)] * len(told)


def test_each_of_ours_is_told_of_its_worst_stranger_lost_and_converging():
    near, nearer = replace(STILL, north_m=300.0, north_mps=-20.0), replace(STILL, north_m=200.0, north_mps=-20.0)
    lost, away = replace(STILL, east_m=20.0), replace(STILL, east_m=5_000.0)
    told = encounters_with(Movers([away, STILL]), Movers([near, nearer, lost]), RULE)
    assert [(each.first, each.second, each.verdict) for each in told] == [(1, 1, CONVERGING), (1, 2, LOST)]


def test_one_stranger_is_held_against_each_of_ours():
    told = encounters_with(Movers([replace(STILL, east_m=9_000.0), STILL]), Movers([STILL]), RULE)
    assert [(each.first, each.second) for each in told] == [(1, 0)]


def test_of_equally_soon_the_nearer_is_the_worst():
    told = strangers(STILL, replace(STILL, east_m=40.0), replace(STILL, east_m=30.0), replace(STILL, east_m=45.0))
    assert only(told).second == 1


@pytest.mark.parametrize(("north_m", "above_m"), [(55.0, 0.0), (-55.0, 0.0), (0.0, 16.5), (0.0, -16.5)])
def test_once_lost_it_is_so_until_a_tenth_farther_apart(north_m, above_m):
    other, beyond = (
        replace(STILL, north_m=share * north_m, altitude_amsl_m=100.0 + share * above_m) for share in (0.999, 1.001)
    )
    far = replace(STILL, east_m=9_000.0)
    for held in (frozenset([(0, 1)]), frozenset([(1, 0)])):
        assert [each.verdict for each in among(STILL, other, far, held=held)] == [LOST]
        assert not among(STILL, beyond, far, held=held)
    assert not among(STILL, other, far)
    assert not among(STILL, far, other, held=frozenset([(0, 1), (1, 2)])), "another pair's"
    assert only(strangers(STILL, far, other, held=frozenset([(0, 1)]))).verdict is LOST
    assert not strangers(STILL, far, other, held=frozenset([(0, 0), (1, 1), (7, 9)]))
    assert not encounters_with(Movers([far, STILL]), Movers([other]), RULE, frozenset([(0, 2)])), "nobody is the third"


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6, 7])
def test_every_pair_of_a_crowd_is_looked_at_once_whatever_their_number(count):
    """In a row, 45 m between neighbours: each is too near to just the one before and the one after."""
    pairs, row = AllPairs(), [replace(STILL, east_m=45.0 * place) for place in range(count)]
    for movers in (row, [replace(STILL, east_m=9_000.0 * place) for place in range(count + 1)], row):
        told = pairs.encounters(Movers(movers), RULE)
        places = {frozenset((each.first, each.second)) for each in told}
        assert len(places) == len(told)
        assert places <= {frozenset((place, place + 1)) for place in range(count - 1)}
        assert {place for pair in places for place in pair} == (set(range(count)) if movers is row else set())


def test_an_aircrafts_worst_is_the_lost_one_then_the_soonest_then_the_nearest():
    def encounter(first, second, verdict, loss_s, lateral_m):
        return Encounter(first, second, verdict, lateral_m, 0.0, loss_s, 0.0, 0.0, 0.0, 0.0)

    lost = encounter(0, 1, LOST, 0.0, 40.0)
    soon = encounter(0, 2, CONVERGING, 1.0, 60.0)
    near = encounter(2, 3, CONVERGING, 1.0, 59.0)
    late = encounter(3, 4, CONVERGING, 9.0, 10.0)
    assert worst_of([late, soon, near, lost]) == {0: lost, 1: lost, 2: near, 3: near, 4: late}
    assert worst_of([]) == {}


SHADOW = Shadow(200.0, -100.0, 100.0, 50.0, 80.0)


@pytest.mark.parametrize(
    ("mover", "near"),
    [
        (replace(STILL, east_m=350.0, north_m=-100.0, altitude_amsl_m=60.0), True),
        (replace(STILL, east_m=350.1, north_m=-100.0, altitude_amsl_m=60.0), False),
        (replace(STILL, east_m=350.1, north_m=-100.0, altitude_amsl_m=60.0, error_m=0.2), True),
        (replace(STILL, east_m=200.0, north_m=50.0, altitude_amsl_m=60.0), True),
        (replace(STILL, east_m=200.0, north_m=-250.1, altitude_amsl_m=60.0), False),
        (replace(STILL, east_m=200.0, north_m=-100.0, altitude_amsl_m=95.0), True),
        (replace(STILL, east_m=200.0, north_m=-100.0, altitude_amsl_m=95.1), False),
        (replace(STILL, east_m=200.0, north_m=-100.0, altitude_amsl_m=95.1, error_up_m=0.2), True),
        (replace(STILL, east_m=200.0, north_m=-100.0, altitude_amsl_m=35.0), True),
        (replace(STILL, east_m=200.0, north_m=-100.0, altitude_amsl_m=34.9), False),
        (replace(STILL, east_m=200.0, north_m=-100.0, altitude_amsl_m=34.9, error_up_m=0.2), True),
    ],
)
def test_whom_the_circle_of_an_unseen_one_touches_is_not_clear_of_it(mover, near):
    far = replace(STILL, east_m=9_000.0)
    assert may_be_near(Movers([far, mover, far]), SHADOW, RULE) == ([1] if near else [])


def test_no_warning_of_numpy_is_raised_by_a_division_that_does_not_count():
    with np.errstate(all="raise"):
        assert among(STILL, replace(STILL, east_m=40.0)), "no speed at all: every quotient is by zero"


WHOLE = {
    "drones": {"lateral_m": 80, "vertical_m": 20, "look_ahead_s": 45},
    "crewed": {"lateral_m": 900, "vertical_m": 100, "look_ahead_s": 90},
    "qnh_unknown_m": 250,
}


def test_a_range_may_say_every_figure_itself():
    rules = separation_rules_from(Facts(WHOLE, "range"))
    assert rules == SeparationRules(Cylinder(80, 20, 45), Cylinder(900, 100, 90), 250)
    only_one = separation_rules_from(Facts({"crewed": {"vertical_m": 100}}, "range"))
    assert only_one == SeparationRules(crewed=replace(SeparationRules().crewed, vertical_m=100))


@pytest.mark.parametrize(
    ("key", "lowest", "highest"), [("lateral_m", 1, 20_000), ("vertical_m", 1, 5_000), ("look_ahead_s", 1, 300)]
)
@pytest.mark.parametrize("table", ["drones", "crewed"])
def test_a_cylinders_figures_have_bounds(table, key, lowest, highest):
    for good in (lowest, highest):
        assert getattr(getattr(separation_rules_from(Facts({table: {key: good}}, "range")), table), key) == good
    for bad in (lowest - 0.5, highest + 0.5):
        with pytest.raises(Invalid, match=key):
            separation_rules_from(Facts({table: {key: bad}}, "range"))


def test_an_unknown_pressure_costs_nothing_to_two_kilometres():
    for good in (0, 2000):
        assert separation_rules_from(Facts({"qnh_unknown_m": good}, "range")).qnh_unknown_m == good
    for bad in (-0.5, 2000.5):
        with pytest.raises(Invalid, match="qnh_unknown_m"):
            separation_rules_from(Facts({"qnh_unknown_m": bad}, "range"))
