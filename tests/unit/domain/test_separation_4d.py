"""Slots kept apart in plan view, height and time: against points and moments tried one by one, and distances by hand."""

import math
from datetime import timedelta
from itertools import pairwise, product

import pytest
from desk import NOON, TWENTE, TomlAirframes
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon

from rangeops.domain.airspace import TOUCH_M, Airspace, core_of
from rangeops.domain.separation_4d import Buffers, encroachment, kept
from rangeops.domain.volumes import operational_volumes, polygon_of

BUFFERS = Buffers(lateral_m=50, vertical_m=15, time=timedelta(minutes=5))
SLIVER_M = 0.6  # by how much an arc drawn around a corner reaches farther than the circle


def air(points, floor=30.0, ceiling=60.0, *, start=0.0, minutes=30.0, holes=()):
    starts = NOON + timedelta(minutes=start)
    core = core_of(Polygon(points, holes))
    return Airspace("here", core, floor, ceiling, starts, starts + timedelta(minutes=minutes))


def square(west, south, side=100.0):
    return [(west, south), (west + side, south), (west + side, south + side), (west, south + side)]


@pytest.mark.parametrize(
    ("other", "meets"),
    [
        (air(square(0, 0)), True),
        (air(square(149, 0)), True),
        (air(square(151, 0)), False),
        (air(square(0, 0), floor=74, ceiling=90), True),
        (air(square(0, 0), floor=75, ceiling=90), False),
        (air(square(0, 0), floor=0, ceiling=15.0), False),
        (air(square(0, 0), start=34), True),
        (air(square(0, 0), start=35), False),
        (air(square(0, 0), start=-35), False),
        (air(square(135, 135)), True),  # 49.5 m over the corner
        (air(square(136, 136)), False),  # 50.9 m
        (air(square(149, 0), floor=74, ceiling=90, start=34), True),  # near in all three
        (air(square(151, 0), floor=74, ceiling=90, start=34), False),  # enough in one is enough
    ],
)
def test_enough_distance_in_one_of_plan_view_height_and_time_is_enough(other, meets):
    assert (encroachment(air(square(0, 0)), other, BUFFERS) is not None) is meets
    assert (encroachment(other, air(square(0, 0)), BUFFERS) is not None) is meets


def test_without_buffers_what_touches_does_not_meet():
    assert encroachment(air(square(0, 0)), air(square(100, 0)), Buffers()) is None
    assert encroachment(air(square(0, 0)), air(square(100 - 3 * TOUCH_M, 0)), Buffers()) is not None


def test_what_flies_in_the_hole_of_another_is_apart_where_the_hole_is_wide_enough():
    ring = {"points": square(-300, -300, 600), "holes": [square(-150, -150, 300)]}
    assert encroachment(air(**ring), air(square(-50, -50)), BUFFERS) is None
    assert encroachment(air(**ring), air(square(-110, -50, 220)), BUFFERS) is not None


def test_an_encroachment_says_minutes_and_metres():
    found = encroachment(air(square(0, 0)), air(square(120, 0), floor=70, ceiling=90, start=20), BUFFERS)
    kept_here = "(kept: 50 m, 15 m in height, 5 min)"
    assert str(found) == f"10 min with 20 m between them in plan view and 10 m in height {kept_here}"
    assert str(encroachment(air(square(0, 0)), air(square(50, 0)), BUFFERS)) == f"30 min in the same air {kept_here}"
    after = encroachment(air(square(0, 0)), air(square(0, 0), start=32), BUFFERS)
    assert str(after) == f"2 min from each other in the same air {kept_here}"


corners = st.tuples(st.floats(-200, 200), st.floats(-200, 200))
triangles = st.tuples(corners, corners, corners).filter(lambda points: Polygon(points).area > 100)
airs = st.builds(
    lambda points, floor, height, start, minutes: air(points, floor, floor + height, start=start, minutes=minutes),
    triangles, st.floats(0, 80), st.floats(5, 60), st.integers(-60, 60), st.integers(5, 60),
)  # fmt: skip


def points_of(one):
    """Corners, and points along the edges: the nearest points of two polygons that are apart lie on their edges."""
    ring = list(one.core.exterior.coords)
    for (x1, y1), (x2, y2) in pairwise(ring):
        steps = 12
        yield from ((x1 + (x2 - x1) * n / steps, y1 + (y2 - y1) * n / steps) for n in range(steps))
    yield one.core.centroid.coords[0]


def inside(point, one):
    """Is it within a triangle? By the signs of three cross products."""
    ring = list(one.core.exterior.coords)[:-1]
    signs = [
        (x2 - x1) * (point[1] - y1) - (y2 - y1) * (point[0] - x1)
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True)
    ]
    return all(sign > 0 for sign in signs) or all(sign < 0 for sign in signs)


def to_segment_m(point, start, end):
    along = (end[0] - start[0], end[1] - start[1])
    length = along[0] ** 2 + along[1] ** 2
    share = ((point[0] - start[0]) * along[0] + (point[1] - start[1]) * along[1]) / length
    share = min(1.0, max(0.0, share))
    return math.dist(point, (start[0] + share * along[0], start[1] + share * along[1]))


def crossing(one, other):
    def side(a, b, c):
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    return side(*one, other[0]) * side(*one, other[1]) < 0 and side(*other, one[0]) * side(*other, one[1]) < 0


def lateral_by_hand_m(one, other):
    """Corner to edge, both ways; 0 where edges cross or one lies in the other."""
    edges = [list(pairwise(r)) for r in (list(a.core.exterior.coords) for a in (one, other))]
    if any(crossing(a, b) for a, b in product(*edges)):
        return 0.0
    if inside(one.core.exterior.coords[0], other) or inside(other.core.exterior.coords[0], one):
        return 0.0
    return min(
        *(to_segment_m(p, *edge) for (p, _), edge in product(edges[0], edges[1])),
        *(to_segment_m(p, *edge) for (p, _), edge in product(edges[1], edges[0])),
    )


@settings(max_examples=400, deadline=None)
@given(airs, airs)
def test_no_two_points_and_moments_of_slots_that_may_fly_together_are_too_near(one, other):
    if encroachment(one, other, BUFFERS) is not None:
        return
    near_in_time = one.starts < other.ends + BUFFERS.time and other.starts < one.ends + BUFFERS.time
    heights = [(a.floor_amsl_m, a.ceiling_amsl_m) for a in (one, other)]
    near_in_height = max(heights[0][0] - heights[1][1], heights[1][0] - heights[0][1]) < BUFFERS.vertical_m - 1e-9
    if near_in_time and near_in_height:
        nearest = min(math.dist(p, q) for p, q in product(points_of(one), points_of(other)))
        assert nearest >= BUFFERS.lateral_m - 2 * TOUCH_M
        assert not any(inside(p, other) for p in points_of(one))
        assert not any(inside(q, one) for q in points_of(other))


@settings(max_examples=400, deadline=None)
@given(airs, airs)
def test_two_slots_are_refused_only_where_they_really_are_too_near(one, other):
    found = encroachment(one, other, BUFFERS)
    if found is None:
        return
    assert lateral_by_hand_m(one, other) <= BUFFERS.lateral_m + SLIVER_M
    assert found.lateral_m == pytest.approx(lateral_by_hand_m(one, other), abs=1e-6)
    assert one.starts < other.ends + BUFFERS.time
    assert other.starts < one.ends + BUFFERS.time
    assert one.floor_amsl_m < other.ceiling_amsl_m + BUFFERS.vertical_m
    assert other.floor_amsl_m < one.ceiling_amsl_m + BUFFERS.vertical_m


@given(airs)
def test_what_is_kept_contains_what_is_flown(one):
    assert kept(one, BUFFERS).core.contains(one.core)


@pytest.mark.parametrize("airframe", [each.id for each in TomlAirframes().all()])
def test_the_four_volumes_of_the_shipped_range_can_be_flown_at_once_with_any_shipped_airframe(airframe):
    shapes = [
        Airspace(
            volume.id,
            core_of(
                polygon_of(
                    operational_volumes(
                        volume.flight_geography, TomlAirframes().get(airframe), TWENTE.frame, TWENTE.assumptions
                    ).contingency,
                    TWENTE.frame,
                )
            ),
            30,
            125,
            NOON,
            NOON + timedelta(hours=1),
        )
        for volume in TWENTE.volumes
    ]
    for number, one in enumerate(shapes):
        for other in shapes[:number]:
            assert encroachment(one, other, TWENTE.booking.buffers) is None, (one.place, other.place)
