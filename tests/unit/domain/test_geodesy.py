"""The site frame against pyproj, and against itself."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from rangeops.domain.geodesy import SiteFrame, bearing_deg, compass_point, flat_distance_m

TWENTE = SiteFrame(52.275833, 6.889167)
offsets = st.floats(-3000, 3000)
latitudes, longitudes = st.floats(-85, 85), st.floats(-180, 180)


def azimuthal(frame: SiteFrame) -> Transformer:
    projection = f"+proj=aeqd +lat_0={frame.origin_latitude_deg} +lon_0={frame.origin_longitude_deg} +datum=WGS84"
    return Transformer.from_crs("EPSG:4326", projection, always_xy=True)


@pytest.mark.parametrize("origin", [(52.275833, 6.889167), (0.0, 0.0), (-33.9, 151.2), (70.0, -179.9), (-78.0, 166.7)])
def test_within_3_km_it_is_the_azimuthal_map_to_a_centimetre(origin):
    frame, oracle = SiteFrame(*origin), azimuthal(SiteFrame(*origin))
    bearings, radii = np.meshgrid(np.radians(np.arange(0, 360, 7)), [1, 50, 700, 1500, 3000])
    points = np.column_stack([(radii * np.sin(bearings)).ravel(), (radii * np.cos(bearings)).ravel()])
    positions = frame.to_geodetic_array(points)
    east, north = oracle.transform(positions[:, 1], positions[:, 0])
    assert np.abs(np.column_stack([east, north]) - points).max() < 0.01


@given(latitudes, longitudes, offsets, offsets)
def test_metres_come_back_from_anywhere_on_earth(latitude, longitude, east, north):
    frame = SiteFrame(latitude, longitude)
    assert frame.to_site(*frame.to_geodetic(east, north)) == pytest.approx((east, north), abs=1e-7)


@given(st.floats(52.25, 52.30), st.floats(6.85, 6.93))
def test_degrees_come_back_to_a_tenth_of_a_millimetre(latitude, longitude):
    there = TWENTE.to_geodetic(*TWENTE.to_site(latitude, longitude))
    assert there == pytest.approx((latitude, longitude), abs=1e-9)


@given(st.floats(-70, 70), st.floats(-179, 179), offsets, offsets)
def test_the_flat_distance_is_right_to_a_percent(latitude, longitude, east, north):
    there = SiteFrame(latitude, longitude).to_geodetic(east, north)
    assert flat_distance_m(there, (latitude, longitude)) == pytest.approx(math.hypot(east, north), rel=0.01, abs=1e-3)


@given(st.lists(st.tuples(offsets, offsets), min_size=1, max_size=20))
def test_many_at_once_is_one_at_a_time(points):
    positions = TWENTE.to_geodetic_array(np.array(points))
    assert positions.tolist() == [list(TWENTE.to_geodetic(*point)) for point in points]
    one_by_one = np.array([TWENTE.to_site(*position) for position in positions])
    assert np.abs(TWENTE.to_site_array(positions) - one_by_one).max() < 1e-8


def test_the_published_corner_of_the_range_is_where_the_axis_says():
    """1650 m along 053° true and 758 m to its right."""
    s, c = math.sin(math.radians(53)), math.cos(math.radians(53))
    east, north = TWENTE.to_site(52.279314, 6.915158)
    assert (east, north) == pytest.approx((1650 * s + 758 * c, 1650 * c - 758 * s), abs=0.1)


@pytest.mark.parametrize(
    ("east", "north", "bearing", "point"),
    [
        (0, 1, 0, "north"),
        (1, 1, 45, "north-east"),
        (1, 0, 90, "east"),
        (-1, -1, 225, "south-west"),
        (-1e-9, 1, 360, "north"),
        (-1, 1, 315, "north-west"),
        (0.6018, -0.7986, 143, "south-east"),
    ],
)
def test_directions_have_the_names_of_the_compass(east, north, bearing, point):
    assert bearing_deg(east, north) == pytest.approx(bearing, abs=0.01)
    assert compass_point(bearing_deg(east, north)) == point
