"""Separation against its oracle, which shares no formula with it; and what the rule says in plain cases."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts
from rangeops.domain.separation import AllPairs, Mover, Movers, Verdict, encounters_with, worst_of
from rangeops.domain.separation import _judged as judged_without_a_sieve
from rangeops.domain.separation import _pairs as pairs_of
from rangeops.domain.separation_rules import FOOT_M, Cylinder, SeparationRules, separation_rules_from

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))
import separation_oracle as oracle  # tests are no package

RULE = SeparationRules().drones
SHORT = Cylinder(50.0, 15.0, 10.0)  # the oracle looks at every instant: fewer of them
STILL = Mover(0.0, 0.0, 100.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def near(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, width=32)


MOVERS = st.builds(
    Mover,
    east_m=near(-300, 300),
    north_m=near(-300, 300),
    altitude_amsl_m=near(60, 160),
    east_mps=near(-20, 20),
    north_mps=near(-20, 20),
    up_mps=near(-4, 4),
    age_s=near(0, 2),
    error_m=near(0, 10),
    error_up_m=near(0, 10),
)


def found(*movers: Mover, rule: Cylinder = RULE, held: frozenset[tuple[int, int]] = frozenset()):
    return AllPairs().encounters(Movers(movers), rule, held)


@given(MOVERS, MOVERS)
@settings(max_examples=80, deadline=None)
def test_whoever_is_seen_within_the_cylinder_was_told_of_no_later(one, other):
    seen_s = oracle.first_within(one, other, SHORT)
    told = found(one, other, rule=SHORT)
    if seen_s is not None:
        assert told
        assert told[0].time_to_loss_s <= seen_s + 1e-6


@given(MOVERS, MOVERS)
@settings(max_examples=80, deadline=None)
def test_whoever_was_told_of_is_seen_within_the_cylinder_at_that_time(one, other):
    told = found(one, other, rule=SHORT)
    if told and told[0].verdict is Verdict.CONVERGING:
        grown_m = oracle.STEP_S * 70 + 1e-3  # the way of both between two looks
        seen_s = oracle.first_within(one, other, SHORT, grown_m)
        assert seen_s is not None
        assert seen_s <= told[0].time_to_loss_s + oracle.STEP_S
        beside, above = oracle.apart(one, other, told[0].time_to_loss_s)
        drift = 2.5 * (one.age_s**2 + other.age_s**2)
        assert beside <= 50 + one.error_m + other.error_m + drift + 1e-3
        assert above <= 15 + one.error_up_m + other.error_up_m + drift + 1e-3


@given(MOVERS, MOVERS)
@settings(max_examples=60, deadline=None)
def test_they_are_nearest_when_it_says_so(one, other):
    past_mps = math.hypot(one.east_mps - other.east_mps, one.north_mps - other.north_mps)
    for told in found(one, other, rule=SHORT):
        if told.time_to_cpa_s <= 60 and past_mps > 0.011:  # slower past each other counts as standing still
            _, seen_m = oracle.nearest(one, other, told.time_to_cpa_s + 1)
            assert told.cpa_lateral_m == pytest.approx(seen_m, abs=oracle.STEP_S * 60)
            assert told.cpa_lateral_m <= seen_m + 1e-6


@given(st.lists(MOVERS, min_size=2, max_size=9))
@settings(max_examples=60, deadline=None)
def test_among_many_each_ones_worst_of_either_kind_is_what_it_is_of_its_pairs_alone(movers):
    told = found(*movers)
    assert len({frozenset((each.first, each.second)) for each in told}) == len(told), "each pair once"
    for place, mover in enumerate(movers):
        alone = [each for other in movers[:place] + movers[place + 1 :] for each in found(mover, other)]
        swapped = [each for other in movers[:place] + movers[place + 1 :] for each in found(other, mover)]
        mine = [each for each in told if place in (each.first, each.second)]
        for verdict in (Verdict.LOST, Verdict.CONVERGING):
            worst, same, together = (
                min((each.urgency for each in some if each.verdict is verdict), default=None)
                for some in (alone, swapped, mine)
            )
            assert worst == pytest.approx(same)
            assert worst == pytest.approx(together)


AWAY = near(-1.6e7, 1.6e7)
PAST = st.tuples(near(-250, 250), near(-250, 250), near(0, 300))
MISSES = st.tuples(st.floats(0.95, 1.1), st.floats(0, 2 * math.pi))


@given(AWAY, PAST, MISSES, st.sampled_from((1.0, 50.0, 20_000.0)), st.booleans())
@settings(max_examples=400, deadline=None)
def test_the_sieve_lets_nobody_through_who_only_just_meets(away_m, past, miss, lateral_m, were_lost):
    """Anywhere on Earth, at any speed, to the end of the longest look-ahead: single precision loses none of them."""
    rule, held = Cylinder(lateral_m, 100.0, 300.0), frozenset({(0, 1)}) if were_lost else frozenset()
    (east_mps, north_mps, ahead_s), (share, angle) = past, miss
    one = replace(STILL, east_m=away_m, north_m=-away_m, east_mps=east_mps, north_mps=north_mps)
    other = replace(
        STILL,
        east_m=away_m + east_mps * ahead_s + share * lateral_m * math.cos(angle),
        north_m=-away_m + north_mps * ahead_s + share * lateral_m * math.sin(angle),
    )
    movers, first, second = Movers([one, other]), np.array([0]), np.array([1])
    unsieved = judged_without_a_sieve(pairs_of(movers, movers, first, second, rule), rule, held)
    assert found(one, other, rule=rule, held=held) == unsieved


def test_fifty_in_one_place_are_told_by_their_worst_alone():
    crowd = [replace(STILL, east_m=float(place)) for place in range(50)]
    told = found(*crowd)
    assert {place for each in told for place in (each.first, each.second)} == set(range(50))
    assert len(told) <= 50


@given(MOVERS, MOVERS)
@settings(max_examples=80, deadline=None)
def test_modified_tau_lies_between_entry_and_nearest_approach(one, other):
    level = replace(other, altitude_amsl_m=one.altitude_amsl_m, up_mps=one.up_mps)
    for told in found(one, level):
        if told.verdict is Verdict.CONVERGING and told.time_to_loss_s > 0 and math.isfinite(told.tau_s):
            assert told.time_to_loss_s <= told.tau_s + 1e-6
            assert told.tau_s <= told.time_to_cpa_s + 1e-6


@given(MOVERS, MOVERS)
@settings(max_examples=60, deadline=None)
def test_by_tau_as_well_nobody_is_told_of_less(one, other):
    strict = found(one, other, rule=SHORT)
    wide = encounters_with(Movers([one]), Movers([other]), SHORT)
    if strict:
        assert wide
        assert wide[0].time_to_loss_s <= strict[0].time_to_loss_s + 1e-6


def test_head_on_at_20_mps_each_from_a_kilometre():
    one = replace(STILL, east_m=-500.0, east_mps=20.0)
    other = replace(STILL, east_m=500.0, east_mps=-20.0, altitude_amsl_m=110.0)
    (told,) = found(one, other)
    assert told.verdict is Verdict.CONVERGING
    assert told.time_to_loss_s == pytest.approx((1000 - 50) / 40)
    assert told.time_to_cpa_s == pytest.approx(25.0)
    assert (told.cpa_lateral_m, told.cpa_vertical_m) == pytest.approx((0.0, 10.0))
    assert told.tau_s == pytest.approx((1000**2 - 50**2) / (1000 * 40))


def test_who_climbs_past_before_they_meet_is_told_of_only_where_his_climb_is_not_trusted():
    one = replace(STILL, east_m=-400.0, east_mps=20.0)
    other = replace(STILL, east_m=400.0, east_mps=-20.0, up_mps=3.0)  # 56 m above when they meet
    assert not found(one, other)
    assert encounters_with(Movers([one]), Movers([other]), RULE)


def test_beyond_the_look_ahead_nobody_is_told_of():
    one, other = replace(STILL, east_m=-700.0, east_mps=20.0), replace(STILL, east_m=700.0, east_mps=-20.0)
    assert not found(one, other)


def test_an_old_report_keeps_more_air_free():
    other = replace(STILL, north_m=56.0)
    assert not found(STILL, other)
    assert found(replace(STILL, age_s=2.0), other)[0].verdict is Verdict.CONVERGING  # 50 + 10 m of drift


def test_a_pair_that_lost_its_separation_regains_it_beyond_the_deadband():
    other = replace(STILL, north_m=53.0)
    assert not found(STILL, other)
    assert found(STILL, other, held=frozenset([(1, 0)]))[0].verdict is Verdict.LOST
    assert not found(STILL, replace(other, north_m=56.0), held=frozenset([(0, 1)]))


def test_of_several_the_worst_is_the_lost_one_then_the_soonest():
    far = replace(STILL, north_m=200.0, north_mps=-10.0)
    soon = replace(STILL, north_m=-80.0, north_mps=10.0)
    lost = replace(STILL, east_m=10.0)
    worst = worst_of(found(STILL, far, soon, lost))
    assert worst[0].verdict is Verdict.LOST
    worst = worst_of(found(STILL, far, soon))
    assert {worst[0].first, worst[0].second} == {0, 2}


def test_nobody_and_one_alone_meet_nobody():
    assert not found()
    assert not found(STILL)
    assert not encounters_with(Movers([]), Movers([STILL]), RULE)
    assert not encounters_with(Movers([STILL]), Movers([]), RULE)


def test_a_range_that_says_nothing_has_house_values():
    rules = separation_rules_from(Facts({}, "range"))
    assert rules == SeparationRules()
    assert rules.crewed.lateral_m == pytest.approx(2000 * FOOT_M)
    own = separation_rules_from(Facts({"drones": {"lateral_m": 80}}, "range"))
    assert own.drones == replace(RULE, lateral_m=80.0)


@pytest.mark.parametrize("table", [{"drone": {}}, {"drones": {"lateral": 3}}, {"crewed": {"look_ahead_s": 0}}])
def test_a_misspelt_or_impossible_figure_is_refused(table):
    with pytest.raises(Invalid):
        separation_rules_from(Facts(table, "range"))
