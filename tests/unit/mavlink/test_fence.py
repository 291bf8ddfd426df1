"""From a flight geography to a fence that an autopilot can hold."""

import math

import pytest
import shapely
from fence_exact import fences_that_leave, leaves
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon

from rangeops.adapters.mavlink.fence import (
    EXCLUSION_VERTEX,
    INCLUSION_VERTEX,
    MOST_VERTICES,
    CompiledFence,
    compile_fence,
)
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.errors import Refused
from rangeops.domain.telemetry import HomePosition
from rangeops.domain.volumes import Ring, Volume

HOME = HomePosition(0.0, 52.275833, 6.889167, 35.0)


def compiled(volume: Volume, *, home: HomePosition = HOME, rtl: float = 30.0, vehicle=VehicleClass.COPTER):
    return compile_fence(volume, home, rtl_altitude_m=rtl, vehicle_class=vehicle, callsign="D21")


def polygons(fence: CompiledFence, command: int) -> list[Polygon]:
    """As the vehicle puts the items together: param1 says how many belong to a polygon."""
    items = [item for item in fence.items if item.command == command]
    made: list[Polygon] = []
    while items:
        count = round(items[0].param1)
        assert all(item.param1 == count for item in items[:count])
        made.append(Polygon([(item.x, item.y) for item in items[:count]]))
        items = items[count:]
    return made


def exact(volume: Volume) -> Polygon:
    def ints(ring: Ring) -> list[tuple[int, int]]:
        return [(round(a * 1e7), round(b * 1e7)) for a, b in ring]

    return Polygon(ints(volume.outer), [ints(hole) for hole in volume.holes])


def star(radii_m: list[float], centre=(HOME.latitude_deg, HOME.longitude_deg)) -> Ring:
    """A ring around the centre whose k-th vertex is radii_m[k] away: any star-shaped outline."""
    ring = []
    for number, radius_m in enumerate(radii_m):
        angle = 2 * math.pi * number / len(radii_m)
        north, east = radius_m * math.cos(angle), radius_m * math.sin(angle)
        ring.append((centre[0] + north / 111_195, centre[1] + east / 68_030))
    return tuple(ring)


def test_a_square_becomes_four_items_that_each_say_four(square_volume):
    fence = compiled(square_volume())
    assert [(item.command, item.frame, item.param1) for item in fence.items] == [(INCLUSION_VERTEX, 0, 4.0)] * 4
    assert exact(square_volume()).equals(polygons(fence, INCLUSION_VERTEX)[0])
    assert fence.given_up_m == 0


def test_holes_become_exclusions_after_the_outline(square_volume):
    hole = star([20.0] * 5, (52.2765, 6.8900))
    outer = square_volume()
    fence = compiled(Volume(outer.outer, 0.0, 95.0, holes=(hole,)))
    assert [item.command for item in fence.items] == [INCLUSION_VERTEX] * 4 + [EXCLUSION_VERTEX] * 5


def test_a_closed_ring_is_opened(square_volume):
    ring = square_volume().outer
    assert compiled(Volume((*ring, ring[0]), 0.0, 95.0)).items == compiled(square_volume()).items


@pytest.mark.parametrize(
    ("vehicle", "settings"),
    [
        (
            VehicleClass.COPTER,
            {"FENCE_TYPE": 5, "FENCE_ACTION": 1, "FENCE_MARGIN": 2, "FENCE_ALT_MAX": 60.0, "RTL_ALT": 3000},
        ),
        (
            VehicleClass.PLANE,
            {"FENCE_TYPE": 5, "FENCE_ACTION": 1, "FENCE_MARGIN": 2, "FENCE_ALT_MAX": 60.0, "RTL_ALTITUDE": 30},
        ),
        (VehicleClass.ROVER, {"FENCE_TYPE": 4, "FENCE_ACTION": 1, "FENCE_MARGIN": 2}),
    ],
)
def test_the_ceiling_goes_up_as_a_height_above_home(square_volume, vehicle, settings):
    fence = compiled(square_volume(), vehicle=vehicle)
    assert {setting.name: setting.value for setting in fence.settings} == settings


def test_rounding_never_lifts_the_ceiling(square_volume):
    home = HomePosition(0.0, HOME.latitude_deg, HOME.longitude_deg, 35.0049)
    (alt_max,) = [s for s in compiled(square_volume(), home=home).settings if s.name == "FENCE_ALT_MAX"]
    assert alt_max.value == 59.99


def test_the_hash_changes_with_any_integer_and_with_nothing_else(square_volume):
    one, two = compiled(square_volume()), compiled(square_volume())
    assert one.sha256 == two.sha256
    assert len(one.sha256) == 64
    outer = list(square_volume().outer)
    outer[0] = (outer[0][0] + 1e-7, outer[0][1])
    assert compiled(Volume(tuple(outer), 0.0, 95.0)).sha256 != one.sha256
    assert compiled(square_volume(), rtl=31.0).sha256 != one.sha256


@given(
    st.lists(st.floats(60, 400), min_size=61, max_size=240),
    st.lists(st.floats(5, 20), min_size=0, max_size=40).filter(lambda radii: len(radii) != 1 and len(radii) != 2),
)
def test_what_is_simplified_lies_inside_and_fits_or_is_refused(radii_m, hole_radii_m):
    centre = (HOME.latitude_deg + 35 / 111_195, HOME.longitude_deg)
    holes = (star(hole_radii_m, centre),) if hole_radii_m else ()
    volume = Volume(star(radii_m), 0.0, 95.0, holes)
    try:
        fence = compiled(volume)
    except Refused:
        return  # which refusals there are is the next tests' matter
    assert len(fence.items) <= MOST_VERTICES
    assert fence.given_up_m > 0
    (kept,) = polygons(fence, INCLUSION_VERTEX)
    excluded = shapely.union_all(polygons(fence, EXCLUSION_VERTEX))
    assert kept.difference(excluded).difference(exact(volume)).area == 0


def test_no_fence_leaves_its_volume_counted_in_whole_numbers():
    """Of twenty volumes here; `make prove` builds a thousand fences."""
    built, left = fences_that_leave(3, volumes=20)
    assert built > 5
    assert left == 0


@pytest.mark.parametrize(
    ("fence", "leaves_it"),
    [
        ([(1, 1), (9, 1), (9, 9), (1, 9)], False),
        ([(0, 0), (10, 0), (10, 10), (0, 10)], False),  # along its edges
        ([(1, 1), (11, 1), (9, 9)], True),  # a corner outside
        ([(1, 1), (9, 1), (9, 9), (5, 9), (1, 9)], True),  # over the notch
    ],
)
def test_the_count_sees_what_leaves(fence, leaves_it):
    notched = [(0, 0), (10, 0), (10, 10), (6, 10), (5, 4), (4, 10), (0, 10)]
    plain = [(0, 0), (10, 0), (10, 10), (0, 10)]
    assert leaves(fence, notched if fence[-1] == (1, 9) and len(fence) == 5 else plain) is leaves_it


def test_a_circle_of_many_vertices_gives_up_little():
    volume = Volume(star([300.0] * 200), 0.0, 95.0)
    fence = compiled(volume)
    assert 30 < len(fence.items) <= MOST_VERTICES
    assert fence.given_up_m < 3.0
    (kept,) = polygons(fence, INCLUSION_VERTEX)
    assert kept.area / exact(volume).area > 0.98


@pytest.mark.parametrize(
    ("volume", "home", "rtl", "says"),
    [
        (Volume(star([100.0] * 6, (52.30, 6.90)), 0, 95), HOME, 30, "home lies outside"),
        (Volume(star([100.0] * 6), 0, 40), HOME, 4, "5 m above home"),
        (Volume(star([100.0] * 6), 0, 2000), HOME, 30, "1965 m above home"),
        (Volume(star([100.0] * 6), 0, 65), HOME, 30, "RTL altitude of 30 m"),
        (Volume(((52.0, 6.0), (52.1, 6.1), (52.0, 6.1), (52.1, 6.0)), 0, 95), HOME, 30, "no simple area"),
        (Volume(((52.0, 6.0), (52.1, 6.1), (52.2, 6.2)), 0, 95), HOME, 30, "no simple area"),
        (Volume(((52.0, 6.0), (52.0, 6.0), (52.1, 6.1)), 0, 95), HOME, 30, "no simple area"),
        (Volume(star([50.0, 400.0] * 200), 0, 95), HOME, 30, "vertices"),
    ],
)
def test_what_an_autopilot_cannot_hold_is_refused_in_one_sentence(volume, home, rtl, says):
    with pytest.raises(Refused, match=says) as error:
        compiled(volume, home=home, rtl=rtl)
    assert str(error.value).startswith("D21: ")
    assert str(error.value).endswith(".")
