"""Every figure of a judgement, in a world of squares: which side, how far, when, by what, and beside closed air."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from zone_fields import SITE, volume_of_ring

from rangeops.domain.closed_air import ClosedAir, ClosedArea
from rangeops.domain.containment import UNKNOWN, Containment, Exposure, Standing
from rangeops.domain.forecast import Ahead
from rangeops.domain.leaving import Limit
from rangeops.domain.telemetry import PositionReport
from rangeops.domain.volumes import OperationalVolumes

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
GROUND_AMSL_M = 30.0


def square(half_m, floor_amsl_m=-50.0, ceiling_amsl_m=150.0, *, east_m=0.0):
    west, east = east_m - half_m, east_m + half_m
    return volume_of_ring(
        [(west, -half_m), (east, -half_m), (east, half_m), (west, half_m)], floor_amsl_m, ceiling_amsl_m
    )


RANGE = square(500, -60, 400)
VOLUMES = OperationalVolumes(square(100, -50, 150), square(150, -50, 200), square(250, -50, 250))
TOWER = ClosedArea("the tower", square(20, 0, 120, east_m=60))  # inside the flight geography: 40 to 80 m east
MAST = ClosedArea(
    "the mast", square(20, 0, 120, east_m=130)
)  # from 110 m east: over the edge, in the contingency volume
ABROAD = ClosedArea("abroad", square(20, 0, 120, east_m=520))  # from 500 m east: beyond the range


def slot(*areas: ClosedArea, volumes: OperationalVolumes | None = VOLUMES) -> Containment:
    return Containment(volumes, RANGE, None, SITE, ClosedAir(areas, SITE) if areas else None)


def at(east=0.0, north=0.0, altitude=60.0, *, v_east=0.0, v_north=0.0, up=0.0, home=GROUND_AMSL_M) -> PositionReport:
    latitude, longitude = SITE.to_geodetic(east, north)
    return PositionReport(0.0, 0, latitude, longitude, altitude, altitude - home, v_north, v_east, -up, None)


def judge(containment, position, *, age_s=0.0, horizon_s=30.0, **more) -> Exposure:
    return containment.judge(position, age_s=age_s, horizon_s=horizon_s, **more)


def figures(exposure: Exposure) -> tuple:
    return (
        exposure.standing,
        round(exposure.margin_m, 3),
        exposure.edge,
        exposure.limit,
        exposure.zone,
        exposure.in_volumes,
    )


IN, OUT, BUFFER = Standing.INSIDE, Standing.CONTINGENCY, Standing.BUFFER
GONE, FREE = Standing.OUTSIDE_RANGE, Standing.UNASSIGNED
SIDE, CEILING, FLOOR, ZONE = Limit.SIDE, Limit.CEILING, Limit.FLOOR, Limit.ZONE


@pytest.mark.parametrize(
    ("containment", "position", "told"),
    [
        # Sides, ceiling, floor: the nearest one counts, and what it is.
        (slot(), at(70), (IN, 30.0, "east edge", SIDE, "", None)),
        (slot(), at(70, altitude=130), (IN, 20.0, "ceiling", CEILING, "", None)),
        (slot(), at(0, 80, altitude=130), (IN, 20.0, "north edge", SIDE, "", None)),
        (slot(), at(1, altitude=-45), (IN, 99.0, "east edge", SIDE, "", None)),  # its floor lies under the ground
        (slot(), at(altitude=-45, home=-60), (IN, 5.0, "floor", FLOOR, "", None)),
        (slot(), at(1, altitude=-45, home=-50), (IN, 99.0, "east edge", SIDE, "", None)),
        (slot(), at(1, altitude=-50), (IN, 99.0, "east edge", SIDE, "", None)),
        (slot(), at(altitude=-51), (BUFFER, -1.0, "floor", FLOOR, "", BUFFER)),
        (slot(), at(altitude=160), (OUT, -10.0, "ceiling", CEILING, "", OUT)),
        (slot(), at(120), (OUT, -20.0, "east edge", SIDE, "", OUT)),
        (slot(), at(200), (BUFFER, -100.0, "east edge", SIDE, "", BUFFER)),
        (slot(), at(501), (GONE, -401.0, "east edge", SIDE, "", GONE)),
        (slot(volumes=None), at(400), (FREE, 100.0, "east edge", SIDE, "", None)),
        (slot(volumes=None), at(502), (GONE, -2.0, "east edge", SIDE, "", GONE)),
        # Closed air: the nearer of the two; in it no better than the buffer, without a slot than beyond the range.
        (slot(TOWER), at(30), (IN, 10.0, "edge of the tower", ZONE, "", None)),
        (slot(TOWER), at(90), (IN, 10.0, "east edge", SIDE, "", None)),
        (slot(TOWER), at(50), (BUFFER, -10.0, "edge of the tower", ZONE, "the tower", IN)),
        (slot(TOWER), at(50, altitude=125), (IN, 5.0, "edge of the tower", ZONE, "", None)),
        (slot(TOWER, volumes=None), at(50), (GONE, -10.0, "edge of the tower", ZONE, "the tower", FREE)),
        (slot(MAST), at(105), (OUT, -5.0, "east edge", SIDE, "", OUT)),
        (slot(MAST), at(109.5), (OUT, -9.5, "east edge", SIDE, "", OUT)),
        (slot(MAST), at(113), (BUFFER, -13.0, "east edge", SIDE, "the mast", OUT)),
        (slot(MAST), at(110.5), (BUFFER, -10.5, "east edge", SIDE, "the mast", OUT)),
        (slot(ABROAD), at(505), (GONE, -405.0, "east edge", SIDE, "abroad", GONE)),
    ],
)
def test_where_it_stands_and_by_what(containment, position, told):
    assert figures(judge(containment, position)) == told


def test_in_closed_air_whose_edge_is_farther_than_its_own_it_is_told_by_the_deeper():
    """Just over its own edge and deep in a zone: the margin is the zone's, the limit its own."""
    exposure = judge(slot(MAST), at(113, 0, 140))
    assert (exposure.standing, exposure.limit) == (OUT, SIDE)  # above the mast
    wide = ClosedArea("the works", square(40, 0, 160, east_m=130))  # 90 to 170 m east
    exposure = judge(slot(wide), at(102))
    assert figures(exposure) == (BUFFER, -12.0, "edge of the works", SIDE, "the works", OUT)


def test_outside_everything_has_come_and_a_stop_takes_its_way():
    exposure = judge(slot(), at(120, v_east=3.0, v_north=-4.0))
    assert (exposure.time_to_exit_s, exposure.time_to_act_s, exposure.spare_s) == (0.0, 0.0, 0.0)
    assert exposure.stopping_distance_m == judge(slot(), at(0, v_east=5.0)).stopping_distance_m > 0.0
    assert judge(slot(), at(0, v_east=-4.0, v_north=3.0)).stopping_distance_m == exposure.stopping_distance_m


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "field",
    [
        "latitude_deg",
        "longitude_deg",
        "altitude_amsl_m",
        "velocity_north_mps",
        "velocity_east_mps",
        "velocity_down_mps",
    ],
)
def test_one_figure_that_is_none_makes_it_unknown_with_nothing_told(field, broken):
    assert judge(slot(TOWER), replace(at(), **{field: broken})) == UNKNOWN
    assert judge(slot(TOWER), None) == UNKNOWN == Exposure(Standing.UNKNOWN)


@pytest.mark.parametrize(
    ("position", "exit_s", "edge", "limit"),
    [
        (at(0, v_east=5.0), 20.0, "east edge", SIDE),
        (at(0, v_east=-5.0), 20.0, "west edge", SIDE),
        (at(0, v_north=5.0), 20.0, "north edge", SIDE),
        (at(0, v_north=-5.0), 20.0, "south edge", SIDE),
        (at(60, v_east=3.0, v_north=1.0), 40 / 3, "east edge", SIDE),
        (at(altitude=120, up=2.0), 15.0, "ceiling", CEILING),
        (at(altitude=-30, up=-2.0, home=-60), 10.0, "floor", FLOOR),
    ],
)
def test_a_straight_way_leaves_where_and_when_it_does(position, exit_s, edge, limit):
    exposure = judge(slot(), position)
    assert exposure.time_to_exit_s == pytest.approx(exit_s, abs=1e-3)
    assert (exposure.edge, exposure.limit, exposure.zone, exposure.in_volumes) == (edge, limit, "", None)
    assert exposure.time_to_act_s < exposure.time_to_exit_s
    assert exposure.spare_s < exposure.time_to_exit_s


def test_a_straight_way_into_closed_air_is_told_by_it_and_past_it_is_not():
    exposure = judge(slot(TOWER), at(-20, v_east=5.0))
    assert exposure.time_to_exit_s == pytest.approx(12.0, abs=1e-3)
    assert (exposure.standing, exposure.edge, exposure.limit) == (IN, "edge of the tower", ZONE)
    past = judge(slot(TOWER), at(-20, 40, v_east=5.0))
    assert (past.time_to_exit_s, past.edge) == (pytest.approx(24.0, abs=1e-3), "east edge")


def test_an_age_shortens_every_time_and_not_below_nothing_but_for_what_is_too_late():
    fresh, old = judge(slot(), at(0, v_east=5.0)), judge(slot(), at(0, v_east=5.0), age_s=2.0)
    for name in ("time_to_exit_s", "time_to_act_s", "spare_s"):
        assert getattr(old, name) == pytest.approx(getattr(fresh, name) - 2.0)
    late = judge(slot(), at(95, v_east=5.0), age_s=3.0)
    assert late.time_to_exit_s == 0.0
    assert late.time_to_act_s < -1.0
    assert judge(slot(), at(-52, v_east=5.0), age_s=1.0).time_to_exit_s == pytest.approx(29.4, abs=1e-3)
    assert judge(slot(), at(-52, v_east=5.0)).time_to_exit_s is None, "30.4 s off, and the horizon is 30"
    assert judge(slot(), at(-52, v_east=5.0), horizon_s=31.0).time_to_exit_s == pytest.approx(30.4, abs=1e-3)


def test_a_zone_that_opens_soon_is_ahead_and_one_that_opens_later_is_not_there():
    soon = slot(replace(TOWER, spans=((NOON + timedelta(seconds=20), NOON + timedelta(hours=1)),)))
    exposure = judge(soon, at(60), utc=NOON)
    assert (exposure.standing, exposure.zone, exposure.limit) == (IN, "", ZONE)
    assert exposure.time_to_exit_s == pytest.approx(20.0, abs=1e-3)
    assert exposure.edge == "edge of the tower"
    assert judge(soon, at(60), utc=NOON, horizon_s=19.0) == judge(slot(), at(60))
    assert judge(soon, at(60), utc=NOON + timedelta(seconds=20)).standing is BUFFER
    assert judge(soon, at(60), utc=NOON + timedelta(hours=2)).standing is IN
    assert judge(soon, at(60)).standing is BUFFER, "without a time all of them hold"


def test_beside_a_zone_it_counts_while_it_holds_or_soon_will_and_no_more():
    timed = slot(replace(TOWER, spans=((NOON, NOON + timedelta(hours=1)),)))
    before, long_before, after = NOON - timedelta(seconds=20), NOON - timedelta(seconds=40), NOON + timedelta(hours=2)
    for position, zone_m, own_m in ((at(30), 10.0, 70.0), (at(39.5), 0.5, 60.5)):
        for utc in (None, before, NOON):
            assert figures(judge(timed, position, utc=utc)) == (IN, zone_m, "edge of the tower", ZONE, "", None)
        for utc in (long_before, after):
            assert figures(judge(timed, position, utc=utc)) == (IN, own_m, "east edge", SIDE, "", None)


def test_on_its_very_edge_it_is_inside():
    exposure = judge(slot(), at(altitude=150.0))
    assert (exposure.standing, exposure.margin_m, exposure.time_to_exit_s) == (IN, 0.0, None)
    tall = slot(ClosedArea("the chimney", square(20, 0, 200, east_m=60)))
    for altitude in (150.0, 149.5):
        exposure = judge(tall, at(60, altitude=altitude))
        assert (exposure.standing, exposure.in_volumes, exposure.limit) == (BUFFER, IN, ZONE)
    assert judge(tall, at(60, altitude=150.5)).in_volumes is OUT


def test_its_way_is_asked_for_where_it_may_bend_near_an_edge_and_only_there():
    asked = []

    def ahead() -> Ahead:
        asked.append(1)
        return Ahead()

    judge(slot(), at(-50, v_east=1.0), ahead=ahead, may_bend=False)
    assert not asked, "100 s off, and it doesn't bend"
    judge(slot(), at(90, v_north=1.0), ahead=ahead)
    assert asked, "an edge is 10 m off"
    asked.clear()
    judge(slot(volumes=None), at(v_north=1.0), ahead=ahead)
    assert not asked, "500 m off"
    judge(slot(TOWER, volumes=None), at(30, v_north=1.0), ahead=ahead)
    assert asked, "closed air is 10 m off"


@pytest.mark.parametrize(
    ("containment", "position", "room"),
    [
        (slot(), at(120), (30.0, 140.0, "east edge")),  # the contingency volume's
        (slot(), at(120, altitude=210), (30.0, -10.0, "east edge")),
        (slot(), at(160), (-10.0, 140.0, "east edge")),
        (slot(volumes=None), at(450), (50.0, 340.0, "east edge")),  # the range's
        (slot(TOWER), at(30), (10.0, 140.0, "edge of the tower")),
        (slot(TOWER), at(50), (-10.0, 140.0, "edge of the tower")),
        (slot(TOWER), at(140), (10.0, 140.0, "east edge")),
    ],
)
def test_the_room_that_is_left_to_one_who_is_not_heard(containment, position, room):
    lateral_m, headroom_m, edge = containment.room(position)
    assert (lateral_m, headroom_m, edge) == (pytest.approx(room[0], abs=1e-5), room[1], room[2])


def test_in_that_room_only_what_holds_counts():
    later = slot(replace(TOWER, spans=((NOON, NOON + timedelta(hours=1)),)))
    assert later.room(at(30), NOON)[2] == "edge of the tower"
    assert later.room(at(30), NOON - timedelta(seconds=1))[0] == pytest.approx(120.0, abs=1e-5)


def test_places_of_the_site_are_where_it_says():
    assert slot().to_site(*SITE.to_geodetic(120.0, -70.0)) == pytest.approx((120.0, -70.0))
