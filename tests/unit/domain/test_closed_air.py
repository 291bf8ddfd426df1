"""Closed air against the oracle: which area is nearest, how far, and when a path meets one."""

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import containment_oracle as oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zone_fields import SITE, closed_areas, star, volume_of_ring

from rangeops.domain.closed_air import ClosedAir, ClosedArea, Motion
from rangeops.domain.containment import Containment, Standing
from rangeops.domain.volumes import Volume

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SQUARE = ClosedArea("tower", volume_of_ring([(100, -50), (200, -50), (200, 50), (100, 50)], 0.0, 60.0))


def rings_of(areas):
    """As closed air sees them: there and back through degrees moves a corner by a nanometre."""
    return [[SITE.to_site(*corner) for corner in area.volume.outer] for area in areas]


def margin_by_hand(place, altitude, areas):
    """Of the nearest area: beside it, or above or below it, whichever is more."""
    return min(
        max(
            -oracle.margin(place, ring),
            area.volume.floor_amsl_m - altitude,
            altitude - area.volume.ceiling_amsl_m,
        )
        for area, ring in zip(areas, rings_of(areas), strict=True)
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_nearest_area_is_the_oracles(seed):
    chance = random.Random(seed)
    areas = [
        replace(
            area,
            volume=replace(area.volume, floor_amsl_m=chance.uniform(-50, 60), ceiling_amsl_m=chance.uniform(70, 150)),
        )
        for area in closed_areas(seed, zones=7, corners=24)
    ]
    air = ClosedAir(areas, SITE)
    for _ in range(150):
        place, altitude = (chance.uniform(-2000, 2000), chance.uniform(-2000, 2000)), chance.uniform(0, 250)
        found, number = air.nearest(*place, altitude, None)
        assert found == pytest.approx(margin_by_hand(place, altitude, areas), abs=1e-6)
        assert margin_by_hand(place, altitude, [areas[number]]) == pytest.approx(found, abs=1e-6)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.floats(0, math.tau), st.floats(0.5, 15), st.floats(-3, 3))
def test_a_path_meets_an_area_no_later_than_the_oracle_sees_it_inside(seed, heading, speed, climb):
    chance = random.Random(seed)
    areas = [
        ClosedArea(
            "star",
            volume_of_ring(star(chance, (chance.uniform(-200, 200), chance.uniform(-200, 200)), 12, 40, 120), 20, 70),
        )
        for _ in range(3)
    ]
    air = ClosedAir(areas, SITE)
    motion = Motion(0.0, 0.0, chance.uniform(10, 80), speed * math.sin(heading), speed * math.cos(heading), climb)
    if air.nearest(0.0, 0.0, motion.altitude_amsl_m, None)[0] < 1e-6:
        return  # starts inside
    met = air.met_ahead(motion, 30.0, None)
    until_s = 30.0 if met is None else met[0]
    for step in range(40):
        at_s = until_s * step / 40
        place = (motion.east_mps * at_s, motion.north_mps * at_s)
        assert margin_by_hand(place, motion.altitude_amsl_m + climb * at_s, areas) > -1e-4


def test_a_path_that_passes_meets_nothing():
    air = ClosedAir([SQUARE], SITE)
    assert air.met_ahead(Motion(0, 0, 30, 10, 0, 0), 30, None) == (pytest.approx(10, abs=1e-5), 0)
    assert air.met_ahead(Motion(0, 0, 30, 10, 0, 0), 9, None) is None
    assert air.met_ahead(Motion(0, 60, 30, 10, 0, 0), 30, None) is None
    assert air.met_ahead(Motion(0, 0, 90, 10, 0, 0), 30, None) is None  # above it
    assert air.met_ahead(Motion(150, 0, 90, 0, 0, -3), 30, None) == (pytest.approx(10), 0)  # down into it
    assert air.met_ahead(Motion(0, 0, 90, 10, 0, -2), 30, None) == (pytest.approx(15), 0)


def test_an_area_counts_when_it_holds():
    hour = timedelta(hours=1)
    air = ClosedAir([replace(SQUARE, spans=((NOON, NOON + hour),))], SITE)
    inside = (150.0, 0.0, 30.0)
    assert air.nearest(*inside, None)[0] == pytest.approx(-30)
    assert air.nearest(*inside, NOON - hour) == (math.inf, -1)
    assert air.nearest(*inside, NOON)[0] < 0
    assert air.nearest(*inside, NOON + hour)[0] < 0
    assert air.nearest(*inside, NOON + 2 * hour) == (math.inf, -1)
    hovering = Motion(*inside, 0.0, 0.0, 0.0)
    assert air.met_ahead(hovering, 30, NOON - timedelta(seconds=20)) == (20, 0)
    assert air.met_ahead(hovering, 30, NOON - timedelta(seconds=40)) is None


def test_a_far_area_is_found_where_the_near_ones_do_not_hold():
    spans = ((NOON, NOON + timedelta(hours=1)),)
    areas = closed_areas(5, zones=9, corners=12)
    some = [replace(area, spans=spans) if n % 3 else area for n, area in enumerate(areas)]
    air = ClosedAir(some, SITE)
    always = [area for n, area in enumerate(areas) if n % 3 == 0]
    chance = random.Random(3)
    for _ in range(100):
        place = (chance.uniform(-2000, 2000), chance.uniform(-2000, 2000))
        assert air.nearest(*place, 60.0, NOON - timedelta(days=1))[0] == pytest.approx(
            margin_by_hand(place, 60.0, always), abs=1e-6
        )


RANGE = Volume(volume_of_ring([(-500, -500), (500, -500), (500, 500), (-500, 500)]).outer, -50.0, 200.0)


def report(position_report, east, north, altitude, *, v_east=0.0, v_north=0.0, up=0.0):
    latitude, longitude = SITE.to_geodetic(east, north)
    return replace(
        position_report, latitude_deg=latitude, longitude_deg=longitude, altitude_amsl_m=altitude,
        height_above_home_m=altitude, velocity_east_mps=v_east, velocity_north_mps=v_north, velocity_down_mps=-up,
    )  # fmt: skip


@pytest.fixture
def blank():
    from rangeops.domain.telemetry import PositionReport

    return PositionReport(0.0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, None)


def test_a_vehicle_is_held_against_closed_air_too(blank):
    free = Containment(None, RANGE, None, SITE, ClosedAir([SQUARE], SITE))
    assert free.judge(report(blank, 0, 0, 30), age_s=0, horizon_s=30).standing is Standing.UNASSIGNED
    entered = free.judge(report(blank, 110, 0, 30), age_s=0, horizon_s=30)
    assert (entered.standing, entered.edge) == (Standing.OUTSIDE_RANGE, "edge of tower")
    assert entered.margin_m == pytest.approx(-10, abs=1e-5)
    coming = free.judge(report(blank, 0, 0, 30, v_east=10), age_s=0, horizon_s=30)
    assert (coming.standing, coming.edge) == (Standing.UNASSIGNED, "edge of tower")
    assert coming.time_to_exit_s == pytest.approx(10, abs=1e-5)
    assert coming.time_to_act_s < 8
    assert free.judge(report(blank, 150, 0, 65), age_s=0, horizon_s=30).margin_m == pytest.approx(5)


def test_the_edge_that_comes_first_is_told(blank):
    free = Containment(None, RANGE, None, SITE, ClosedAir([SQUARE], SITE))
    west = free.judge(report(blank, -450, 0, 30, v_east=-10), age_s=0, horizon_s=60)
    assert west.edge == "west edge"
    beyond = free.judge(report(blank, 210, 0, 30, v_east=10), age_s=0, horizon_s=60)
    assert beyond.edge == "east edge"


def test_in_closed_air_a_slot_is_no_shelter(blank):
    from rangeops.domain.volumes import OperationalVolumes

    inner = Volume(volume_of_ring([(-300, -300), (300, -300), (300, 300), (-300, 300)]).outer, -10.0, 100.0)
    volumes = OperationalVolumes(inner, replace(inner, floor_amsl_m=-20, ceiling_amsl_m=120), RANGE)
    held = Containment(volumes, RANGE, None, SITE, ClosedAir([SQUARE], SITE))
    assert held.judge(report(blank, 150, 0, 30), age_s=0, horizon_s=30).standing is Standing.BUFFER
    assert held.judge(report(blank, 50, 0, 30), age_s=0, horizon_s=30).standing is Standing.INSIDE
    assert held.judge(report(blank, 600, 0, 30), age_s=0, horizon_s=30).standing is Standing.OUTSIDE_RANGE
    assert held.judge(None, age_s=0, horizon_s=30).standing is Standing.UNKNOWN
