"""SORA's figures by the published vectors, and the shapes by what must hold for any of them."""

import math
from dataclasses import dataclass, replace

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon

from rangeops.domain.aircraft import Airframe, BrakeTest, Parachute, VehicleClass
from rangeops.domain.errors import Invalid
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.stopping import stopping_distance_m
from rangeops.domain.volumes import (
    Assumptions,
    BufferMethod,
    Volume,
    ballistic_m,
    margins,
    one_to_one_m,
    operational_volumes,
    polygon_of,
    volume_of,
)

FRAME = SiteFrame(52.275833, 6.889167)
FORMULA_ONLY = Airframe(
    id="t",
    name="test",
    vehicle_class=VehicleClass.COPTER,
    mtom_kg=1,
    characteristic_dimension_m=1,
    cruise_speed_mps=5,
    max_speed_mps=15,
    climb_speed_mps=2,
    descent_speed_mps=1,
    max_tilt_deg=45,
    deceleration_mps2=1000,  # so that SORA's own formula is the longer one
    reaction_lag_s=0,
    brake_tests=(),
    battery_capacity_mah=5000,
    battery_cells=4,
    hover_current_a=10,
    cruise_current_a=10,
    battery_reserve_percent=25,
)
HERE = Assumptions(ground_amsl_m=35, speed_limit_mps=120)


@dataclass(frozen=True)
class Vector:
    """One published example. Distances and heights in metres."""

    speed: float
    height: float
    dimension: float
    tilt: float
    s_rz: float
    s_cm: float
    s_cv: float
    h_rz: float
    h_cm: float
    h_cv: float
    ballistic: float
    simple: float


PUBLISHED = [
    Vector(15, 100, 1.0, 45, 15, 11.47, 33.47, 10.61, 11.47, 126.07, 76.55, 126.57),
    Vector(10, 50, 0.8, 35, 10, 7.28, 24.28, 7.07, 5.10, 66.17, 37.13, 66.57),
    Vector(20, 80, 2.0, 30, 20, 35.31, 62.31, 14.14, 20.39, 118.53, 99.32, 119.53),
]


@pytest.mark.parametrize("v", PUBLISHED, ids=lambda v: f"{v.speed} m/s")
def test_the_published_vectors(v):
    airframe = replace(FORMULA_ONLY, max_speed_mps=v.speed, characteristic_dimension_m=v.dimension, max_tilt_deg=v.tilt)
    figures = margins(airframe, HERE, flight_height_m=v.height)
    assert [
        figures.reaction_m,
        figures.manoeuvre_m,
        figures.contingency_m,
        figures.height_reaction_m,
        figures.height_manoeuvre_m,
        figures.contingency_height_m,
        ballistic_m(airframe, v.speed, figures.contingency_height_m),
        one_to_one_m(airframe, figures.contingency_height_m),
    ] == pytest.approx([v.s_rz, v.s_cm, v.s_cv, v.h_rz, v.h_cm, v.h_cv, v.ballistic, v.simple], abs=0.006)
    assert figures.ground_risk_m == pytest.approx(min(v.ballistic, v.simple), abs=0.006)


def test_at_15_mps_a_flight_may_be_planned_to_93_9_m_for_a_contingency_volume_of_120_m():
    assert margins(FORMULA_ONLY, HERE, flight_height_m=93.9).contingency_height_m == pytest.approx(120, abs=0.05)


def test_a_steeper_pitch_than_45_degrees_counts_as_45():
    steep = replace(FORMULA_ONLY, max_tilt_deg=80)
    assert margins(steep, HERE, flight_height_m=50) == margins(FORMULA_ONLY, HERE, flight_height_m=50)


def test_a_plane_turns_and_glides():
    plane = replace(FORMULA_ONLY, vehicle_class=VehicleClass.PLANE, max_speed_mps=20)
    figures = margins(plane, HERE, flight_height_m=100)
    assert figures.manoeuvre_m == pytest.approx(20**2 / (9.81 * math.tan(math.radians(30))))
    assert figures.height_manoeuvre_m == pytest.approx(0.3 * 400 / 9.81)
    assert figures.ground_risk_m == figures.contingency_height_m + 0.5


@given(st.floats(0.5, 40), st.floats(0.5, 20), st.floats(0, 3), st.floats(1, 200))
def test_the_manoeuvre_is_never_shorter_than_the_stop(speed, deceleration, lag, brake_m):
    airframe = replace(
        FORMULA_ONLY,
        max_speed_mps=speed,
        deceleration_mps2=deceleration,
        reaction_lag_s=lag,
        brake_tests=(BrakeTest(speed, brake_m),),
    )
    figures = margins(airframe, HERE, flight_height_m=50)
    assert figures.manoeuvre_m >= stopping_distance_m(airframe, speed) >= brake_m


def test_nobody_is_given_room_for_more_than_the_ranges_speed_limit():
    assert margins(FORMULA_ONLY, replace(HERE, speed_limit_mps=12), flight_height_m=50).speed_mps == 12


@st.composite
def shapes(draw):
    """Star-shaped polygons, convex or not, some with a hole."""
    corners = draw(st.integers(3, 14))
    radii = [draw(st.floats(120, 400)) for _ in range(corners)]
    polygon = Polygon(
        [
            (r * math.sin(2 * math.pi * n / corners), r * math.cos(2 * math.pi * n / corners))
            for n, r in enumerate(radii)
        ]
    )
    if draw(st.booleans()) and polygon.contains(shapely.Point(0, 0).buffer(45)):
        polygon = polygon.difference(shapely.Point(0, 0).buffer(40, quad_segs=3))
    return polygon


@settings(max_examples=150)
@given(shapes(), st.floats(1, 12))
def test_each_volume_contains_the_one_before_and_none_is_short_in_any_direction(shape, speed):
    geography = volume_of(shape, 30, 125, FRAME)
    airframe = replace(FORMULA_ONLY, max_speed_mps=speed)
    volumes = operational_volumes(geography, airframe, FRAME, HERE)
    inner, middle, outer = (
        polygon_of(v, FRAME) for v in (volumes.flight_geography, volumes.contingency, volumes.ground_risk_buffer)
    )
    assert volumes.flight_geography == geography
    assert inner.difference(middle).area == 0
    assert middle.difference(outer).area == 0
    figures = margins(airframe, HERE, flight_height_m=90)
    assert inner.distance(middle.exterior) >= figures.contingency_m - 1e-6
    assert middle.distance(outer.exterior) >= figures.ground_risk_m - 1e-6
    assert volumes.contingency.floor_amsl_m < geography.floor_amsl_m
    assert volumes.contingency.ceiling_amsl_m > geography.ceiling_amsl_m
    assert volumes.contingency.ceiling_amsl_m == pytest.approx(35 + figures.contingency_height_m)


@pytest.mark.parametrize(
    "ring",
    [
        ((52.27, 6.88), (52.28, 6.89), (52.27, 6.89), (52.28, 6.88)),
        ((52.27, 6.88), (52.28, 6.89), (52.27, 6.88), (52.28, 6.89)),
        ((52.27, 6.88), (52.27, 6.88), (52.27, 6.88)),
    ],
    ids=["bow-tie", "line", "point"],
)
def test_what_is_no_polygon_is_refused(ring):
    with pytest.raises(Invalid):
        polygon_of(Volume(ring, 0, 1), FRAME)


CHUTE = replace(FORMULA_ONLY, parachute=Parachute(opening_s=2.0, sink_mps=5.0))


def test_a_parachute_drifts_with_the_wind_from_the_top_of_the_contingency_volume():
    figures = margins(CHUTE, HERE, flight_height_m=100, method=BufferMethod.PARACHUTE, wind_mps=8.0)
    assert figures.manoeuvre_m == pytest.approx(15 * 2.0)  # V0 * t_P
    assert figures.contingency_height_m == pytest.approx(126.07, abs=0.01)
    assert figures.ground_risk_m == pytest.approx(15 * 2.0 + 8.0 * figures.contingency_height_m / 5.0)


def test_a_plane_with_its_power_off_glides_from_there():
    plane = replace(FORMULA_ONLY, vehicle_class=VehicleClass.PLANE, glide_ratio=9.0)
    figures = margins(plane, HERE, flight_height_m=100, method=BufferMethod.GLIDE)
    assert figures.ground_risk_m == pytest.approx(9.0 * figures.contingency_height_m)
    assert margins(plane, HERE, flight_height_m=100).ground_risk_m == pytest.approx(figures.contingency_height_m + 0.5)


@pytest.mark.parametrize("method", [BufferMethod.ONE_TO_ONE, BufferMethod.BALLISTIC])
def test_a_method_that_is_asked_for_is_used(method):
    figures = margins(FORMULA_ONLY, HERE, flight_height_m=100, method=method)
    expected = {BufferMethod.ONE_TO_ONE: 126.57, BufferMethod.BALLISTIC: 76.55}
    assert figures.ground_risk_m == pytest.approx(expected[method], abs=0.01)


@pytest.mark.parametrize("method", [BufferMethod.PARACHUTE, BufferMethod.GLIDE])
def test_a_method_without_its_figures_is_refused(method):
    with pytest.raises(Invalid, match="isn't known"):
        margins(FORMULA_ONLY, HERE, flight_height_m=100, method=method)


@given(st.floats(1, 25), st.sampled_from([None, *BufferMethod]))
def test_the_manoeuvre_is_never_shorter_than_the_stop_that_was_measured(speed, method):
    slow = replace(CHUTE, glide_ratio=9.0, max_speed_mps=speed, brake_tests=(BrakeTest(10.0, 40.0),))
    figures = margins(slow, HERE, flight_height_m=100, method=method)
    assert figures.manoeuvre_m >= stopping_distance_m(slow, speed)
