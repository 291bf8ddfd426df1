"""The gate: every rule refuses its case with one sentence, passes its neighbour, and passing twice changes nothing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rangeops.adapters.formats.geometry_gate import MOST_VERTICES, accept, accept_circle, position
from rangeops.adapters.formats.reading import Reading
from rangeops.domain.errors import Invalid
from rangeops.domain.geodesy import SiteFrame
from tests.support.zone_strategies import FRAME, stars

HERE, ANYWHERE = Reading("a.json", FRAME), Reading("a.json")


def ring(*metres, frame=FRAME):
    return [frame.to_geodetic(*point) for point in metres]


def signed_area(points, frame=FRAME):
    plane = [frame.to_site(*point) for point in points]
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(plane, [*plane[1:], plane[0]], strict=True)) / 2


SQUARE = ring((0, 0), (100, 0), (100, 100), (0, 100))
HOLE = ring((40, 40), (60, 40), (60, 60), (40, 60))
REFUSED = {
    "a neck of a centimetre": (ring((0, 0), (100, 0), (100, 100), (50, 0.009), (0, 100)), []),
    "two points": (ring((0, 0), (100, 0)), []),
    "three points within a centimetre": (ring((0, 0), (0.005, 0), (0, 0.005)), []),
    "a line": (ring((0, 0), (100, 0), (200, 0)), []),
    "99 m²": (ring((0, 0), (9.9, 0), (9.9, 10), (0, 10)), []),
    "a bow tie": (ring((0, 0), (100, 100), (100, 0), (0, 100)), []),
    "touching itself at a corner": (ring((0, 0), (100, 0), (50, 50), (100, 100), (0, 100), (50, 50)), []),
    "touching its own edge": (ring((0, 0), (100, 0), (100, 100), (50, 0), (0, 100)), []),
    "a spike": (ring((0, 0), (100, 0), (150, 0), (100, 0), (100, 100), (0, 100)), []),
    "a hole outside": (SQUARE, [ring((200, 0), (300, 0), (300, 100))]),
    "a hole across the edge": (SQUARE, [ring((50, 50), (150, 50), (50, 60))]),
    "a hole touching the outline": (SQUARE, [ring((0, 50), (50, 40), (50, 60))]),
    "holes that cross": (SQUARE, [HOLE, ring((50, 50), (70, 50), (70, 70), (50, 70))]),
    "holes that touch": (SQUARE, [HOLE, ring((60, 60), (80, 60), (80, 80), (60, 80))]),
    "a hole in a hole": (SQUARE, [HOLE, ring((45, 45), (55, 45), (55, 55), (45, 55))]),
    "10,001 vertices": (
        [FRAME.to_geodetic(500 * math.cos(n / 1600), 500 * math.sin(n / 1600)) for n in range(MOST_VERTICES + 1)],
        [],
    ),
}


@pytest.mark.parametrize("reading", [HERE, ANYWHERE], ids=["near", "anywhere"])
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_simple_shape_is_refused(case, reading):
    outer, holes = REFUSED[case]
    with pytest.raises(Invalid) as refused:
        accept(outer, reading, holes)
    assert "\n" not in str(refused.value)
    assert refused.value.do.endswith(".")


ACCEPTED = {
    "a square": (SQUARE, []),
    "a neck of a decimetre": (ring((0, 0), (100, 0), (100, 100), (50, 0.1), (0, 100)), []),
    "101 m²": (ring((0, 0), (10.1, 0), (10.1, 10), (0, 10)), []),
    "a hole": (SQUARE, [HOLE]),
    "neighbouring holes": (SQUARE, [HOLE, ring((61, 61), (80, 61), (80, 80), (61, 80))]),
    "10,000 vertices": (
        [
            FRAME.to_geodetic(
                9000 * math.cos(2 * math.pi * n / MOST_VERTICES), 9000 * math.sin(2 * math.pi * n / MOST_VERTICES)
            )
            for n in range(MOST_VERTICES)
        ],
        [],
    ),
}


@pytest.mark.parametrize("reading", [HERE, ANYWHERE], ids=["near", "anywhere"])
@pytest.mark.parametrize("case", ACCEPTED)
def test_its_neighbour_passes(case, reading):
    outer, holes = ACCEPTED[case]
    shape = accept(outer, reading, holes)
    assert (len(shape.outer), len(shape.holes)) == (len(outer), len(holes))


@given(stars(), st.booleans(), st.booleans(), st.integers(0, 20))
def test_winding_repetition_and_closing_are_normalised_and_a_second_passing_changes_nothing(
    star, turned, closed, twice
):
    drawn = list(reversed(star)) if turned else list(star)
    repeated = drawn[: twice % len(drawn) + 1] + drawn[twice % len(drawn) :]
    shape = accept([*repeated, repeated[0]] if closed else repeated, HERE)
    assert signed_area(shape.outer) > 0
    assert set(shape.outer) == set(star)
    assert accept(shape.outer, HERE) == shape
    assert accept(shape.outer, ANYWHERE).outer == shape.outer


def test_a_hole_turns_the_other_way():
    for hole in (HOLE, HOLE[::-1]):
        shape = accept(SQUARE, HERE, [hole])
        assert signed_area(shape.outer) > 0 > signed_area(shape.holes[0])


def test_where_a_ring_crosses_itself_is_told():
    with pytest.raises(Invalid) as refused:
        accept(ring((0, 0), (100, 100), (100, 0), (0, 100)), HERE)
    latitude, longitude = FRAME.to_geodetic(50, 50)
    assert f"crosses itself at {latitude:.6f},{longitude:.6f}" in str(refused.value)


def test_a_short_edge_is_told_and_passes():
    reading = Reading("a.json", FRAME)
    accept(ring((0, 0), (100, 0), (100, 0.3), (100, 100), (0, 100)), reading)
    assert reading.notes == ["a.json: an edge is shorter than 0.5 m"]


BAD_NUMBERS = {"NaN": math.nan, "inf": math.inf, "-inf": -math.inf, "huge": 10**400}
BAD_NUMBERS |= {"true": True, "a text": "52.27", "nothing": None, "a list": [52.27]}


@pytest.mark.parametrize("bad", BAD_NUMBERS.values(), ids=BAD_NUMBERS)
def test_only_finite_numbers_are_numbers(bad):
    for pair in ((bad, 6.88), (52.27, bad)):
        with pytest.raises(Invalid, match="finite number"):
            position(*pair, ANYWHERE)
    with pytest.raises(Invalid):
        accept_circle(52.27, 6.88, bad, ANYWHERE)


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ((6.88, 52.27), "swapped"),
        ((52.27, 7.5), "30 km"),
        ((0, 0), "30 km"),
        ((91, 6.88), "swapped"),
        ((91, 95), "no latitude"),
        ((52.27, 181), "no longitude"),
    ],
)
def test_a_position_elsewhere_is_told_with_what_it_may_be(pair, said):
    with pytest.raises(Invalid, match=said):
        position(*pair, HERE)


def test_anywhere_is_anywhere_but_the_poles_and_the_antimeridian():
    for latitude, longitude in ((0, 0), (-33.9, 151.2), (64.1, -21.9), (84.0, 10.0), (10.0, 179.5)):
        accept(ring((0, 0), (100, 0), (100, 100), frame=SiteFrame(latitude, longitude)), ANYWHERE)
    with pytest.raises(Invalid, match="antimeridian"):
        accept([(10, 179.99), (10, -179.99), (10.01, -179.99)], ANYWHERE)
    with pytest.raises(Invalid, match="latitude"):
        accept([(85.1, 10), (85.1, 10.1), (85.2, 10.1)], ANYWHERE)
    with pytest.raises(Invalid, match="1000 km"):
        accept([(0, 0), (0, 40), (40, 40)], ANYWHERE)
    with pytest.raises(Invalid, match="antimeridian"):
        accept_circle(10, 179.999, 5000, ANYWHERE)
    with pytest.raises(Invalid, match="latitude"):
        accept_circle(84.99, 0, 5000, ANYWHERE)


@pytest.mark.parametrize("radius", [5.0, 0, -1, 100_001])
def test_a_circle_is_neither_a_point_nor_a_country(radius):
    with pytest.raises(Invalid, match="radius"):
        accept_circle(52.27, 6.88, radius, HERE)
    assert accept_circle(52.27, 6.88, 6, HERE).radius_m == 6
