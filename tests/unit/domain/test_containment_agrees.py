"""Ten thousand points here; a million by `make prove`."""

import containment_oracle as oracle
from containment_points import agree


def test_regions_and_closed_air_agree_with_the_oracle():
    tally = agree(20261124, points=10_000)
    assert tally.points >= 9_990
    assert tally.on_edge > 500
    assert tally.exact > 500
    assert tally.failures == 0


def test_the_quick_oracle_is_the_exact_one():
    """Also where floats can't tell: on the edges' lines, and one last bit off them."""
    ring = [(0.1, 0.2), (100.3, 0.7), (60.9, 80.1), (0.3, 70.7)]
    hole = [(30.0, 20.0), (40.0, 20.0), (35.0, 30.0)]
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)]
    for x, y in [*ring, *hole, *middles, (50.0, 20.0), (35.0, 25.0), (200.0, 0.7), (-3.0, 70.7)]:
        for point in ((x, y), (x * (1 + 2e-16), y), (x, y * (1 - 2e-16)), (x + 1e-9, y)):
            quick, _ = oracle.quick_margin(point, ring, [hole])
            assert abs(quick - oracle.margin(point, ring, [hole])) < 1e-12
