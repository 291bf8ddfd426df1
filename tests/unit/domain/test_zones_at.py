"""Which zones hold there and then: place by the oracle, height by its datum, time by its schedule."""

import random
from datetime import UTC, datetime, time

import containment_oracle as oracle
import numpy as np
import pytest
from zone_fields import SITE, volume_of_ring, zone_rings

from rangeops.domain.schedules import Applicability, DailyPeriod
from rangeops.domain.terrain import FlatGround, GridGround
from rangeops.domain.zones import Circle, HeightDatum, Heights, Limit, Restriction, Zone, ZoneArea
from rangeops.domain.zones_at import Answer, ZonesAt

AGL, AMSL, WGS84 = HeightDatum
HEIGHTS = Heights(FlatGround(35.0, error_m=2.0), geoid_offset_m=43.6)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HERE = SITE.to_geodetic(0, 0)


def zone(lower=None, upper=None, *, outline=None, applicability=(), name="Z1"):
    area = ZoneArea(outline or Circle(*HERE, 100), lower, upper)
    return Zone(name, name, Restriction.PROHIBITED, (area,), applicability=applicability)


def here(height, *zones, heights=HEIGHTS, utc=NOON, place=HERE):
    return ZonesAt(zones, SITE, heights, None).at(*place, height, utc)


@pytest.mark.parametrize(
    ("upper", "height", "answer"),
    [
        (Limit(120, AGL), Limit(120, AGL), Answer.YES),  # the same datum: exact
        (Limit(120, AGL), Limit(120.1, AGL), Answer.NO),
        (Limit(120, AGL), Limit(152.9, AMSL), Answer.YES),
        (Limit(120, AGL), Limit(156, AMSL), Answer.CANNOT_TELL),  # the ground may be 2 m higher
        (Limit(120, AGL), Limit(157.1, AMSL), Answer.NO),
        (Limit(150, AMSL), Limit(193.6, WGS84), Answer.YES),
        (Limit(150, AMSL), Limit(193.7, WGS84), Answer.NO),
        (Limit(150, AMSL), Limit(150, WGS84), Answer.YES),
        (Limit(150, AMSL), Limit(113, AGL), Answer.YES),
        (Limit(150, AMSL), Limit(114, AGL), Answer.CANNOT_TELL),
        (Limit(150, AMSL), Limit(117.1, AGL), Answer.NO),
        (None, Limit(20_000, AMSL), Answer.YES),
    ],
)
def test_heights_are_compared_in_their_datum(upper, height, answer):
    (found,) = here(height, zone(None, upper))
    assert found.in_height is answer
    assert found.holds is (answer is not Answer.NO)


def test_a_zone_that_starts_above_is_not_met_below():
    assert here(Limit(49, AGL), zone(Limit(50, AGL)))[0].in_height is Answer.NO
    assert here(Limit(50, AGL), zone(Limit(50, AGL)))[0].in_height is Answer.YES


def test_where_the_ground_is_not_known_nothing_can_be_told():
    hole = GridGround(-50, -50, 50, np.full((3, 3), np.nan), error_m=1)
    (found,) = here(Limit(10_000, AMSL), zone(None, Limit(120, AGL)), heights=Heights(hole, 43.6))
    assert found.in_height is Answer.CANNOT_TELL
    assert found.holds


def test_a_zone_out_of_its_hours_is_told_and_does_not_hold():
    morning = Applicability(None, None, (DailyPeriod(frozenset(range(7)), time(6), time(9)),))
    (found,) = here(Limit(10, AGL), zone(applicability=(morning,)))
    assert (found.in_time, found.holds, found.span) == (False, False, None)
    (early,) = here(Limit(10, AGL), zone(applicability=(morning,)), utc=NOON.replace(hour=9))
    assert early.holds
    assert early.span == (NOON.replace(hour=6), NOON.replace(hour=9))
    assert here(Limit(10, AGL), zone())[0].span is None


def test_zones_cover_what_the_oracle_says():
    rings = zone_rings(4, corners=60)
    zones = [zone(outline=volume_of_ring(ring).outer, name=f"Z{n}") for n, ring in enumerate(rings)]
    prepared = ZonesAt(zones, SITE, HEIGHTS, None)
    chance = random.Random(1)
    for _ in range(300):
        place = (chance.uniform(-1700, 1700), chance.uniform(-1700, 1700))
        found = prepared.at(*SITE.to_geodetic(*place), Limit(10, AGL), NOON)
        assert [each.zone.id for each in found] == [
            f"Z{n}" for n, ring in enumerate(rings) if oracle.quick_margin(place, ring)[0] > 0
        ]
