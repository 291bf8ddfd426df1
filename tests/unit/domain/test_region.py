"""The plane region against the oracle of tests/support: on every kind of polygon, on its edges too."""

import math

import containment_oracle as oracle
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import Polygon

from rangeops.domain.region import region_of

whole = st.integers(-700, 700)


@st.composite
def polygons(draw):
    """Star-shaped, on whole metres, few corners or many, some with a hole: (outer, holes)."""
    corners = draw(st.integers(3, 40))
    centre = (draw(st.integers(-300, 300)), draw(st.integers(-300, 300)))
    radii = draw(st.lists(st.integers(60, 400), min_size=corners, max_size=corners))
    turn = draw(st.floats(0, math.tau))
    outer = [
        (
            float(round(centre[0] + r * math.cos(turn + math.tau * n / corners))),
            float(round(centre[1] + r * math.sin(turn + math.tau * n / corners))),
        )
        for n, r in enumerate(radii)
    ]
    x, y = centre
    holes = [[(x - 8.0, y - 7.0), (x + 9.0, y - 7.0), (x + 1.0, y + 9.0)]] if draw(st.booleans()) else []
    polygon = Polygon(outer, holes)
    assume(polygon.is_valid and polygon.area > 0)
    return outer, holes


def on_an_edge(draw, outer):
    """A point exactly on an edge: a corner, or a middle (halves of whole numbers are exact)."""
    n = draw(st.integers(0, len(outer) - 1))
    (ax, ay), (bx, by) = outer[n], outer[(n + 1) % len(outer)]
    return draw(st.sampled_from([(ax, ay), ((ax + bx) / 2, (ay + by) / 2)]))


@settings(max_examples=70)
@given(st.data())
def test_the_margin_is_the_oracles(data):
    outer, holes = data.draw(polygons())
    region = region_of(Polygon(outer, holes))
    for _ in range(6):
        point = data.draw(
            st.one_of(
                st.tuples(whole.map(float), whole.map(float)),
                st.tuples(st.floats(-700, 700), st.floats(-700, 700)),
                st.composite(on_an_edge)(outer),
            )
        )
        assert region.margin(*point)[0] == pytest.approx(oracle.margin(point, outer, holes), abs=1e-9)


@settings(max_examples=60)
@given(st.data())
def test_a_point_on_an_edge_is_at_no_distance_from_it(data):
    outer, holes = data.draw(polygons())
    margin, _ = region_of(Polygon(outer, holes)).margin(*data.draw(st.composite(on_an_edge)(outer)))
    assert abs(margin) < 1e-12


@settings(max_examples=50)
@given(st.data())
def test_a_ray_leaves_where_the_oracle_first_finds_it_outside(data):
    outer, holes = data.draw(polygons())
    region = region_of(Polygon(outer, holes))
    inner = Polygon(outer, holes).representative_point()
    share, corner = data.draw(st.floats(0, 0.98)), data.draw(st.sampled_from(outer))
    start = (inner.x + share * (corner[0] - inner.x), inner.y + share * (corner[1] - inner.y))
    assume(oracle.margin(start, outer, holes) > 0.01)
    heading, reach = data.draw(st.floats(0, math.tau)), data.draw(st.floats(1, 900))
    ahead = (math.sin(heading), math.cos(heading))
    found = region.exit_along(*start, *ahead, reach)

    def margin_at(distance):
        return oracle.margin((start[0] + distance * ahead[0], start[1] + distance * ahead[1]), outer, holes)

    until = reach if found is None else found[0]
    assert all(margin_at(distance) > -1e-5 for distance in np.linspace(0, until, 12))
    if found is not None:
        assert found[0] <= reach
        assert abs(margin_at(found[0])) < 1e-5


def test_edges_are_named_by_the_side_on_which_they_are_left():
    square = Polygon([(0, 0), (100, 0), (100, 100), (0, 100)], [[(40, 40), (60, 40), (60, 60), (40, 60)]])
    region = region_of(square)
    assert region.margin(95, 50) == (5, "east edge")
    assert region.margin(50, 3) == (3, "south edge")
    assert region.margin(38, 50) == (2, "east inner edge")
    assert region.margin(50, 50) == (-10, "east inner edge")
    assert region.exit_along(20, 50, 1, 0, 100) == (20, "east inner edge")
    assert region.exit_along(80, 50, 0, 1, 100) == (50, "north edge")
    assert region.exit_along(80, 50, 0, 1, 49) is None


@pytest.mark.parametrize("clockwise", [True, False])
def test_winding_makes_no_difference(clockwise):
    ring = [(0, 0), (100, 0), (100, 60), (0, 60)]
    region = region_of(Polygon(ring[::-1] if clockwise else ring))
    assert region.margin(50, 20) == (20, "south edge")
    assert region.exit_along(50, 20, 1, 0, 200) == (50, "east edge")


def test_a_ray_through_a_corner_does_not_slip_out():
    square = region_of(Polygon([(0, 0), (100, 0), (100, 100), (0, 100)]))
    found = square.exit_along(50, 50, math.sqrt(0.5), math.sqrt(0.5), 1000)
    assert found is not None
    assert found[0] == pytest.approx(50 * math.sqrt(2))
