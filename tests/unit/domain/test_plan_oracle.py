"""The checker and its fixes against the dense-sampling oracle; `make prove` does it two thousand times."""

import random
from dataclasses import replace

import pytest
from plan_proofs import compared, least_move, mended
from plan_random import good_plan

from rangeops.domain.plan_fixing import fixed, fixed_within
from rangeops.domain.plan_rules import check_within


@pytest.mark.parametrize("first", range(0, 100, 10))
def test_the_verdict_is_the_oracles(first):
    answers = [compared(seed) for seed in range(first, first + 10)]
    assert [sorted(answer.differs) for answer in answers if answer.agrees is False] == []
    assert sum(answer.agrees is None for answer in answers) <= 3


def test_random_plans_pass_and_are_refused():
    drawn = [good_plan(random.Random(seed)) for seed in range(10)]
    assert all(check_within(each.plan, each.around).findings == () for each in drawn)


def test_nine_in_ten_spoilt_plans_pass_once_they_are_mended():
    answers = [mended(seed) for seed in range(60)]
    assert sum(answer.passes for answer in answers) >= 54


@pytest.mark.parametrize("seed", range(3))
def test_a_single_move_is_within_a_metre_of_the_least(seed):
    answer = least_move(seed, directions=16)
    assert answer.works
    assert answer.nearer_m is None


def test_a_plan_that_passes_is_left_as_it_is():
    drawn = good_plan(random.Random(4))
    assert fixed(drawn.plan, drawn.context) == (drawn.plan, ())


def test_what_was_changed_is_told_with_its_rules():
    drawn = good_plan(random.Random(5))
    plan, changes = fixed_within(replace(drawn.plan, extras=("geofence",)), drawn.around)
    assert plan == drawn.plan
    assert [([code.value for code in change.codes], change.round) for change in changes] == [(["FMT-02"], 1)]
