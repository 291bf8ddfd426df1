"""A vehicle's turn, and its speeding up and braking, from its successive reports."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.domain.telemetry import PositionReport
from rangeops.domain.trend import STEADY, TrendKeeper


def report(at_ms, north=0.0, east=0.0, up=0.0):
    return PositionReport(at_ms * 1e-3, at_ms, 52.0, 6.0, 75.0, 40.0, north, east, -up, None)


def trend_of(velocity, *, every_ms=200, count=6):
    keeper = TrendKeeper()
    for n in range(count):
        keeper.take(report(n * every_ms, *velocity(n * every_ms * 1e-3)))
    return keeper.trend()


@given(st.floats(-1.0, 1.0), st.floats(4, 25), st.floats(0, math.tau))
def test_an_even_turn_is_told_as_fast_as_it_is_or_not_at_all(turn, speed, course):
    told = trend_of(lambda t: (speed * math.cos(course + turn * t), speed * math.sin(course + turn * t)))
    stands_out = abs(turn) >= math.radians(3.1) and abs(turn) * speed >= 0.51
    if stands_out:
        assert told.turn_radps == pytest.approx(turn, rel=1e-6)
    else:
        assert told.turn_radps == pytest.approx(turn, rel=1e-6) or told.turn_radps == 0.0
    assert told.acceleration_mps2 == pytest.approx(0, abs=1e-9)


@given(st.floats(-3, 3), st.floats(-2, 2))
def test_speeding_up_braking_and_levelling_off_are_told(gain, climb):
    told = trend_of(lambda t: (8 + gain * t, 0.0, 1 + climb * t))
    assert told.acceleration_mps2 == pytest.approx(gain, abs=1e-9)
    assert told.climb_acceleration_mps2 == pytest.approx(climb, abs=1e-9)


def test_a_right_turn_is_positive():
    assert trend_of(lambda t: (10 * math.cos(t / 4), 10 * math.sin(t / 4))).turn_radps > 0


def test_noise_at_a_hover_is_no_turn():
    assert trend_of(lambda t: (0.3 * math.cos(40 * t), 0.3 * math.sin(40 * t))).turn_radps == 0.0


def test_one_report_tells_nothing():
    assert trend_of(lambda _t: (10.0, 0.0), count=1) == STEADY
    assert TrendKeeper().trend() == STEADY


@pytest.mark.parametrize("gap_ms", [2000, -5000], ids=["a gap", "a restart"])
def test_what_was_before_a_gap_or_a_restart_tells_nothing_of_now(gap_ms):
    keeper = TrendKeeper()
    for n in range(6):
        keeper.take(report(10_000 + n * 200, 10.0))
    keeper.take(report(11_000 + gap_ms, 0.0, 10.0))
    assert keeper.trend() == STEADY


def test_the_same_report_again_changes_nothing():
    keeper = TrendKeeper()
    for n in range(6):
        keeper.take(report(n * 200, 10.0 + n))
    before = keeper.trend()
    keeper.take(report(1000, 15.0))
    assert keeper.trend() == before
