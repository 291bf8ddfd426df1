"""Ground heights: what is told is what the grid's nodes say, the bounds hold, and off the grid nothing is known."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rangeops.domain.terrain import FlatGround, GridGround

SLOPE = GridGround(-100.0, -50.0, 10.0, np.add.outer(np.arange(11.0), 2 * np.arange(21.0)), error_m=0.5)
"""200 m east by 100 m north: a metre up for each 10 m north, two for each 10 m east."""


def test_heights_between_nodes_are_interpolated():
    assert SLOPE.ground_m(-100, -50) == 0
    assert SLOPE.ground_m(100, 50) == pytest.approx(50)
    assert SLOPE.ground_m(-95, -45) == pytest.approx(1.5)


@pytest.mark.parametrize("place", [(-100.1, 0), (100.1, 0), (0, -50.1), (0, 50.1), (math.nan, 0), (math.inf, 0)])
def test_off_the_grid_nothing_is_known(place):
    assert SLOPE.ground_m(*place) is None
    assert np.isnan(SLOPE.lowest_along_m(np.array([[0.0, 0.0]]), np.array([place]))).all()
    if all(map(math.isfinite, place)):
        shape = shapely.LineString([(0, 0), place])
        assert SLOPE.lowest_m(shape) is None
        assert SLOPE.highest_m(shape) is None


def test_a_hole_in_the_grid_is_not_known():
    heights = SLOPE.heights_m.copy()
    heights[5, 10] = np.nan
    holed = GridGround(-100.0, -50.0, 10.0, heights, error_m=0.5)
    assert holed.ground_m(2, 2) is None
    assert holed.lowest_m(shapely.box(-20, -20, 20, 20)) is None
    assert holed.lowest_m(shapely.box(-90, -40, -60, -20)) is not None
    assert np.isnan(holed.highest_along_m(np.array([[-50.0, 0.0]]), np.array([[50.0, 0.0]]))).all()


def test_bounds_hold_the_error():
    whole = shapely.box(-100, -50, 100, 50)
    assert (SLOPE.lowest_m(whole), SLOPE.highest_m(whole)) == (-0.5, 50.5)


def test_a_shape_asks_only_the_cells_that_it_touches():
    triangle = shapely.Polygon([(-99, -49), (99, -49), (99, 49)])
    assert SLOPE.highest_m(shapely.box(-99, -49, -95, -45)) <= 3 * 3 + 0.5
    assert SLOPE.lowest_m(triangle) == -0.5


def test_flat_ground_is_the_same_everywhere():
    flat = FlatGround(35.0, 2.0)
    points = np.array([[0.0, 0.0], [1e4, 5.0]])
    assert flat.ground_m(1e4, 0) == 35
    assert flat.grounds_m(points).tolist() == [35, 35]
    assert (flat.lowest_m(shapely.Point(0, 0)), flat.highest_m(shapely.Point(0, 0))) == (33, 37)
    assert flat.lowest_along_m(points, points).tolist() == [33, 33]
    assert flat.highest_along_m(points, points).tolist() == [37, 37]


grids = arrays(np.float64, (6, 8), elements=st.floats(-50, 50))
places = st.tuples(st.floats(0, 70), st.floats(0, 50))


@given(grids, places, places)
@example(np.zeros((6, 8)), (70.0, 0.0), (70.0, 0.0))
def test_no_ground_under_a_line_or_a_shape_is_beyond_its_bounds(heights, start, end):
    ground = GridGround(0.0, 0.0, 10.0, heights, error_m=0.0)
    shares = np.linspace(0, 1, 97)[:, None]
    below = ground.grounds_m(np.array(start) * (1 - shares) + np.array(end) * shares)
    below = below[~np.isnan(below)]  # a last bit beyond the outermost node
    line = shapely.LineString([start, end])
    low, high = (
        ground.lowest_along_m(np.array([start]), np.array([end])),
        ground.highest_along_m(np.array([start]), np.array([end])),
    )
    assert low[0] <= below.min() + 1e-9
    assert high[0] >= below.max() - 1e-9
    assert ground.lowest_m(line) <= below.min() + 1e-9
    assert ground.highest_m(line) >= below.max() - 1e-9


def test_many_lines_are_asked_at_once():
    starts, ends = (
        np.array([[-90.0, 0.0], [0.0, 0.0], [500.0, 0.0]]),
        np.array([[-60.0, 0.0], [90.0, 40.0], [0.0, 0.0]]),
    )
    low, high = SLOPE.lowest_along_m(starts, ends), SLOPE.highest_along_m(starts, ends)
    for n in range(2):
        assert low[n] <= min(SLOPE.ground_m(*starts[n]), SLOPE.ground_m(*ends[n])) - 0.5
        assert high[n] >= max(SLOPE.ground_m(*starts[n]), SLOPE.ground_m(*ends[n])) + 0.5
    assert np.isnan([low[2], high[2]]).all()
    assert SLOPE.lowest_along_m(np.empty((0, 2)), np.empty((0, 2))).shape == (0,)
