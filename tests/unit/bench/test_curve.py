"""Where a curve has its knee: twice its floor, for good."""

import math
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import curve  # tests are no package
from curve import Curve, Figure, Point


def test_the_knee_lies_between_two_points_by_their_logarithms():
    assert curve.knee([(10, 5.0), (100, 5.0), (1000, 20.0)]) == pytest.approx(100 * math.sqrt(10))


def test_a_flat_line_has_none():
    assert curve.knee([(10, 5.0), (100, 6.0), (1000, 9.9)]) is None
    assert curve.knee([]) is None


def test_what_falls_to_its_floor_has_its_knee_to_the_right_of_it():
    assert curve.knee([(1, 30.0), (10, 6.0), (100, 6.0), (1000, 12.0)]) is None
    assert curve.knee([(1, 30.0), (10, 6.0), (100, 24.0)]) == pytest.approx(10 * math.sqrt(10))


def test_a_point_that_a_later_one_takes_back_is_the_machines():
    assert curve.knee([(1, 5.0), (10, 50.0), (100, 6.0), (1000, 7.0)]) is None


def test_a_level_is_passed_at_once_in_between_or_never():
    line = [(1, 2.0), (100, 8.0)]
    assert curve.passes(line, 1.0) == 1
    assert curve.passes(line, 4.0) == pytest.approx(10)
    assert curve.passes(line, 8.0) is None
    assert curve.passes([(1, 0.0), (10, 3.0)], 0.0) == 10


def test_what_grows_in_proportion_is_looked_at_for_each():
    figures = (Figure("core", "core", "of a core", 0.5, per_x=True),)
    made = Curve("vehicles", "Vehicles", "vehicles", (1, 10, 100), figures, "")
    points = [Point(x, {"core": y}, 1.0) for x, y in ((1, 0.01), (10, 0.1), (100, 4.0))]
    (place,) = curve.measured(made, points, stopped="", module="m").places
    assert place.floor == pytest.approx(0.01)
    assert place.knee == pytest.approx(10 ** (1 + math.log(2) / math.log(4)))
    assert 10 < place.reach < 100


def test_a_figure_that_a_point_lacks_is_told_by_the_others():
    figures = (Figure("late_ms", "ms", "late", 5.0),)
    made = Curve("vehicles", "Vehicles", "vehicles", (1, 10), figures, "")
    points = [Point(1, {"late_ms": 1.0}, 1.0), Point(10, {}, 1.0)]
    (place,) = curve.measured(made, points, stopped="no time", module="m").places
    assert (place.floor, place.knee, place.reach) == (1.0, None, None)
