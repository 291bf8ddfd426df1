"""A plane's way home begins with a turn, and what lies in that turn is crossed as well."""

import math
import tomllib

import pytest
from zone_fields import SITE, volume_of_ring

from rangeops import paths
from rangeops.domain.aircraft import airframe_from
from rangeops.domain.closed_air import Motion
from rangeops.domain.telemetry import HomePosition, PositionReport
from rangeops.domain.turn_home import turns_home
from rangeops.domain.way_home import WayHome


def airframe(name):
    return airframe_from(
        tomllib.loads((paths.shipped("hardware") / "airframes" / f"{name}.toml").read_text()), where=name
    )


QUAD, PLANE = airframe("survey-quad"), airframe("survey-plane")
SPEED_MPS, UP_M = 22.0, 80.0
NORTHWARDS = Motion(0.0, 0.0, UP_M, 0.0, SPEED_MPS, 0.0)


def test_a_copter_and_a_plane_that_points_home_turn_nowhere():
    assert turns_home(NORTHWARDS, (300.0, -300.0), QUAD) == []
    assert turns_home(NORTHWARDS, (50.0, 900.0), PLANE) == []


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_it_turns_to_the_nearer_side_as_tightly_as_it_can_and_a_little_wider(side):
    (way,) = turns_home(NORTHWARDS, (side * 600.0, 0.0), PLANE)
    assert all(side * east >= -1e-9 for east, _ in way)
    tightest_m = PLANE.turn_radius_m(SPEED_MPS)
    assert tightest_m <= max(north for _, north in way) - 1.5 * SPEED_MPS <= 1.4 * tightest_m


def test_with_home_behind_it_may_turn_to_either_side():
    ways = turns_home(NORTHWARDS, (20.0, -800.0), PLANE)
    assert sorted(math.copysign(1.0, way[-1][0]) for way in ways) == [-1.0, 1.0]


def test_wind_carries_the_turn_off():
    (still,) = turns_home(NORTHWARDS, (600.0, 0.0), PLANE)
    (windy,) = turns_home(NORTHWARDS, (600.0, 0.0), PLANE, (0.0, 8.0))
    assert max(north for _, north in windy) != pytest.approx(max(north for _, north in still), abs=3.0)


def test_a_zone_in_the_turn_is_crossed_though_the_straight_way_home_is_clear():
    zone = volume_of_ring([(40.0, 40.0), (200.0, 40.0), (200.0, 200.0), (40.0, 200.0)], -50.0, 500.0)
    check = WayHome({}, [("the zone", zone)], SITE)
    position = PositionReport(0.0, 0, *SITE.to_geodetic(0.0, 0.0), UP_M, UP_M, SPEED_MPS, 0.0, 0.0, None)
    home = HomePosition(0.0, *SITE.to_geodetic(300.0, -600.0), 0.0)
    turns = turns_home(NORTHWARDS, (300.0, -600.0), PLANE)
    assert check.crosses(position, home, rtl_altitude_m=60.0) == ()
    assert check.crosses(position, home, rtl_altitude_m=60.0, turns=turns) == ("the zone",)
