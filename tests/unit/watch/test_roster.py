"""What a watch makes of its orders' zones: vehicles are held against them, and none is made to land where it mustn't."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk import D07, TWENTE, Desk
from zone_fields import volume_of_ring

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandKind
from rangeops.domain.containment import Standing
from rangeops.domain.now import Now
from rangeops.domain.orders import KeepOut
from rangeops.domain.telemetry import (
    Autopilot,
    Estimator,
    Heartbeat,
    PositionReport,
    Sysid,
    SystemStatus,
    VehicleState,
)
from rangeops.watch.roster import Roster, closed_air, no_landing

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
FREE = Sysid(9)
GOOD = 0x33F  # EKF_STATUS_REPORT.flags of a vehicle that knows where it is


def orders():
    desk = Desk()
    desk.briefed()
    return desk.orders[-1]


def box(east, north, half):
    return [
        (east - half, north - half),
        (east + half, north - half),
        (east + half, north + half),
        (east - half, north + half),
    ]


def over(place, altitude=80.0):
    position = PositionReport(1000.0, 0, *place, altitude, altitude - 35, 0.0, 0.0, 0.0, None)
    return replace(VehicleState(FREE, "udpin:127.0.0.1:14550"), position=position)


HOUSING = (52.2795, 6.9097)
GRASS = (52.2795, 6.8909)


def beside_the_axis(metres):
    """To the left of the middle of runway 05, which leads 053° true."""
    turn = math.radians(53)
    return TWENTE.frame.to_geodetic(-metres * math.cos(turn), metres * math.sin(turn))


def test_prohibited_zones_are_closed_air():
    ordered = orders()
    air = closed_air(ordered, TWENTE.frame)
    assert air is not None
    assert air.nearest(*TWENTE.frame.to_site(*HOUSING), 80.0, NOON)[0] < 0
    assert air.nearest(*TWENTE.frame.to_site(*GRASS), 80.0, NOON)[0] > 100
    assert closed_air(replace(ordered, keep_out=()), TWENTE.frame) is None


def test_a_zone_with_hours_is_ordered_with_them():
    ordered = orders()
    hours = ((NOON, NOON + timedelta(hours=1)),)
    timed = replace(ordered, keep_out=tuple(replace(zone, spans=hours) for zone in ordered.keep_out))
    air = closed_air(timed, TWENTE.frame)
    place = TWENTE.frame.to_site(*HOUSING)
    assert air.nearest(*place, 80.0, NOON)[0] < 0
    assert air.nearest(*place, 80.0, NOON + timedelta(hours=2))[0] > 0


def test_a_vehicle_without_a_slot_is_held_against_the_zones():
    roster = Roster({}, Now(1000.0, NOON))
    roster.take(orders(), [FREE])
    containment = roster.vehicle(FREE)._containment
    assert containment.judge(over(HOUSING).position, age_s=0, horizon_s=30, utc=NOON).standing is Standing.OUTSIDE_RANGE
    assert containment.judge(over(GRASS).position, age_s=0, horizon_s=30, utc=NOON).standing is Standing.UNASSIGNED


def test_closed_air_is_made_anew_only_when_the_zones_change():
    roster = Roster({}, Now(1000.0, NOON))
    ordered = orders()
    roster.take(ordered, [])
    first = roster._closed
    roster.take(replace(ordered, version=ordered.version + 1), [])
    assert roster._closed is first
    roster.take(replace(ordered, keep_out=ordered.keep_out[1:]), [])
    assert roster._closed is not first


@pytest.mark.parametrize(
    ("place", "names"),
    [
        (HOUSING, ("Housing",)),
        (GRASS, ()),
        ((52.275833, 6.889167), ("Runway 05/23",)),
        (beside_the_axis(80), ("Runway 05/23",)),  # the strip is 75 m wide on either side
        (beside_the_axis(86), ()),
    ],
)
def test_no_landing_areas_are_known_with_room_for_drift(place, names):
    assert no_landing(orders(), TWENTE.frame)(over(place)) == names


def test_without_a_position_it_may_be_over_any_of_them():
    names = tuple(area.name for area in TWENTE.no_landing)
    assert no_landing(orders(), TWENTE.frame)(replace(over(GRASS), position=None)) == names


def flying(seconds, place, **velocity):
    """A copter in AUTO whose position is trusted, `seconds` after noon."""
    at_s = 1000.0 + seconds
    state = over(place)
    heartbeat = Heartbeat(
        at_s, Autopilot.ARDUPILOT, VehicleClass.COPTER, 3, "AUTO", armed=True, system_status=SystemStatus.ACTIVE
    )
    position = replace(state.position, at_s=at_s, **velocity)
    return replace(state, sysid=D07, heartbeat=heartbeat, position=position, estimator=Estimator(at_s, GOOD))


def test_a_vehicle_that_heads_for_a_temporary_zone_in_its_own_volume_is_held_in_time():
    """Toward the zone at 8 m/s from 100 m off: nothing until three seconds are left to stop in, then HOLD, by its name."""
    ordered = orders()
    zone = KeepOut("Airshow", volume_of_ring(box(*TWENTE.frame.to_site(*GRASS), 30), 0.0, 200.0, TWENTE.frame))
    ordered = replace(ordered, keep_out=(*ordered.keep_out, zone))
    roster = Roster({}, Now(1000.0, NOON))
    roster.take(ordered, [D07])
    vehicle = roster.vehicle(D07)
    east, north = TWENTE.frame.to_site(*GRASS)
    sent = []
    for step in range(60):
        seconds = step * 0.2
        place = TWENTE.frame.to_geodetic(east - 130 + 8 * seconds, north)
        state = flying(seconds, place, velocity_east_mps=8.0)
        sent += [(step, order) for order in vehicle.judge(state, ordered.policy, Now(1000.0 + seconds, NOON))]
    assert sent[0][1].kind is CommandKind.HOLD
    metres_left = 100 - 8 * sent[0][0] * 0.2
    stop_m = vehicle.exposure.stopping_distance_m
    assert stop_m < metres_left < stop_m + 8 * 3.5
    assert vehicle.exposure.edge == "edge of Airshow"
