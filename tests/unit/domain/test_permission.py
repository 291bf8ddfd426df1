"""What may be ordered: nothing into the air without a cleared slot, nothing out of its volume, nobody alone to the ground."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk import TWENTE, TomlAirframes
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CLEARED_ONLY, CommandId, CommandKind, CommandOrder, CommandTarget
from rangeops.domain.now import Now
from rangeops.domain.orders import KeepOut, VehicleOrder
from rangeops.domain.permission import Grant, forbidden, forbidden_now
from rangeops.domain.slots import SlotId
from rangeops.domain.telemetry import (
    Autopilot,
    Estimator,
    Heartbeat,
    Landed,
    LandedState,
    PositionReport,
    Sysid,
    SystemStatus,
    VehicleState,
)
from rangeops.domain.volumes import OperationalVolumes, Volume, polygon_of

K = CommandKind
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW = Now(100.0, NOON)
FRAME = TWENTE.frame


def square(half_m: float, east_m: float = 0.0) -> tuple[tuple[float, float], ...]:
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return tuple(FRAME.to_geodetic(east_m + e * half_m, n * half_m) for e, n in corners)


GEOGRAPHY = Volume(square(200), 30.0, 130.0, (square(20, east_m=100),))
GRANTED = VehicleOrder(
    sysid=Sysid(7),
    callsign="D07",
    company="ACME",
    slot=SlotId("S1"),
    starts=NOON - timedelta(minutes=5),
    ends=NOON + timedelta(minutes=30),
    airframe=TomlAirframes().get("survey-quad"),
    volumes=OperationalVolumes(GEOGRAPHY, GEOGRAPHY, GEOGRAPHY),
    cleared=True,
    fence_sha256="ab",
    rtl_altitude_m=30,
    contact="",
)
ZONE = KeepOut("the tower", Volume(square(10, east_m=-100), 0.0, 80.0))
GRANT = Grant(GRANTED, (ZONE,), FRAME)
NO_SLOT = Grant(None, (), FRAME)
UP = CommandTarget(height_above_home_m=20.0)


def place(east_m: float, north_m: float, altitude_amsl_m: float = 60.0) -> CommandTarget:
    latitude_deg, longitude_deg = FRAME.to_geodetic(east_m, north_m)
    return CommandTarget(latitude_deg=latitude_deg, longitude_deg=longitude_deg, altitude_amsl_m=altitude_amsl_m)


def order(kind: CommandKind, target: CommandTarget | None = None, *, second: str = "") -> CommandOrder:
    if target is None:
        target = {K.TAKEOFF: UP, K.GOTO: place(0, 50)}.get(kind)
    return CommandOrder(CommandId("C1"), Sysid(7), kind, "op1", "test", target, second)


def state(
    east_m: float = 0.0, north_m: float = 0.0, *, flying: bool = True, armed: bool = True, flags: int = 0x33F,
    height_m: float = 25.0, vehicle_class: VehicleClass = VehicleClass.COPTER, heard_s: float = 99.8, speed_mps: float = 0,
    landed: LandedState | None = None,
) -> VehicleState:  # fmt: skip
    latitude_deg, longitude_deg = FRAME.to_geodetic(east_m, north_m)
    status = SystemStatus.ACTIVE if flying else SystemStatus.STANDBY
    return VehicleState(
        Sysid(7),
        "udpin:127.0.0.1:14550",
        heartbeat=Heartbeat(heard_s, Autopilot.ARDUPILOT, vehicle_class, 4, "GUIDED", armed, status),
        position=PositionReport(
            99.8, 1000, latitude_deg, longitude_deg, 35.0 + height_m, height_m, speed_mps, 0.0, 0.0, None
        ),
        estimator=Estimator(99.8, flags),
        landed=Landed(99.8, landed or (LandedState.IN_AIR if flying else LandedState.ON_GROUND)),
    )


ON_GROUND = {"flying": False, "height_m": 0.0}


def why(kind: CommandKind, target: CommandTarget | None = None, *, episode: bool = False, grant=GRANT, **seen) -> str:
    return forbidden_now(order(kind, target, second="op2"), grant, state(**seen), NOW, episode=episode)


@pytest.mark.parametrize("kind", sorted(CLEARED_ONLY, key=lambda kind: kind.value))
@pytest.mark.parametrize(
    ("grant", "words"),
    [
        (None, "it has no slot"),
        (NO_SLOT, "it has no slot"),
        (replace(GRANT, order=replace(GRANTED, cleared=False)), "S1 isn't cleared"),
        (replace(GRANT, order=replace(GRANTED, ends=NOON)), "S1 ended at 12:00:00"),
    ],
)
def test_nothing_goes_into_the_air_without_a_cleared_slot(kind, grant, words):
    assert words in forbidden(order(kind), grant, NOW)
    assert words in why(kind, grant=grant)


@pytest.mark.parametrize("kind", [K.HOLD, K.RTL, K.LAND, K.PAUSE, K.FENCE_ON, K.TERMINATE, K.LOAD_FENCE, K.RESTORE])
@pytest.mark.parametrize("grant", [None, NO_SLOT, GRANT])
def test_what_brings_a_vehicle_down_or_holds_it_needs_nobodys_leave(kind, grant):
    assert why(kind, grant=grant, episode=True, flags=0, heard_s=0.0) == ""


@pytest.mark.parametrize("kind", [*sorted(CLEARED_ONLY, key=lambda kind: kind.value), K.FENCE_OFF])
def test_nothing_frees_a_vehicle_that_the_range_is_bringing_back(kind):
    assert "enforcement episode is open" in why(kind, episode=True)


@pytest.mark.parametrize(
    ("kind", "target", "words"),
    [
        (K.TAKEOFF, CommandTarget(), "takeoff takes height_above_home_m"),
        (K.TAKEOFF, CommandTarget(height_above_home_m=0.0), "above home"),
        (K.TAKEOFF, CommandTarget(height_above_home_m=-5.0), "above home"),
        (K.TAKEOFF, CommandTarget(height_above_home_m=math.inf), "not a number"),
        (K.GOTO, CommandTarget(latitude_deg=52.0, longitude_deg=6.0), "goto takes latitude_deg and"),
        (K.GOTO, replace(place(0, 0), altitude_amsl_m=math.nan), "not a number"),
        (K.GOTO, replace(place(0, 0), latitude_deg=91.0), "no such place"),
        (K.GOTO, replace(place(0, 0), height_above_home_m=3.0), "goto takes"),
        (K.HOLD, UP, "hold takes no target"),
    ],
)
def test_a_target_is_whole_a_number_and_of_its_own_kind(kind, target, words):
    assert words in forbidden(order(kind, target), GRANT, NOW)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (place(0, 50), ""),
        (place(0, 250), "the target is outside its flight geography"),
        (place(100, 0), "the target is outside its flight geography"),  # in the hole
        (place(0, 50, 131.0), "1 m above its ceiling of 130 m AMSL"),
        (place(0, 50, 29.0), "1 m below its floor of 30 m AMSL"),
        (place(-100, 0, 70.0), "touches the tower"),
        (place(-100, 0, 90.0), ""),  # above it
    ],
)
def test_a_place_must_be_in_its_flight_geography(target, words):
    found = forbidden(order(K.GOTO, target), GRANT, NOW)
    assert words in found
    assert bool(found) == bool(words)


def test_a_plane_needs_room_for_its_circle():
    plane = replace(
        GRANTED, airframe=replace(GRANTED.airframe, vehicle_class=VehicleClass.PLANE, cruise_speed_mps=22.0)
    )
    assert "the circle around the target" in forbidden(order(K.GOTO, place(0, 150)), replace(GRANT, order=plane), NOW)


@pytest.mark.parametrize(
    ("target", "seen", "words"),
    [
        (place(0, 50), {}, ""),
        (place(0, 50), {"flags": 0x25}, "position can't be trusted"),
        (place(0, 50), {"flying": False}, "isn't in the air"),
        (place(0, 50), {"armed": False}, "isn't in the air"),
        (place(0, 50), {"heard_s": 90.0}, "no heartbeat"),
        (place(0, 50), {"east_m": 0, "north_m": 230}, "the straight way there leaves"),
        (place(150, 0), {"east_m": 50}, "the straight way there leaves"),  # through the hole
        (place(0, 50), {"height_m": 120.0}, "25 m above its ceiling"),
        (place(-150, 0, 85.0), {"height_m": 40.0}, "touches the tower"),
        (place(-150, 0, 95.0), {"height_m": 50.0}, ""),
    ],
)
def test_the_straight_way_there_must_stay_inside(target, seen, words):
    found = why(K.GOTO, target, **seen)
    assert words in found
    assert bool(found) == bool(words)


@given(st.tuples(st.floats(-300, 300), st.floats(-300, 300)), st.tuples(st.floats(-300, 300), st.floats(-300, 300)))
def test_what_is_allowed_never_leaves(here, there):
    """The way as flown: sampled, each piece of it is inside."""
    if why(K.GOTO, place(*there, 100.0), east_m=here[0], north_m=here[1], height_m=65.0):
        return
    inside = polygon_of(GEOGRAPHY, FRAME).buffer(1e-6)
    way = LineString([here, there])
    assert all(inside.covers(Point(way.interpolate(n / 50, normalized=True))) for n in range(51))


@pytest.mark.parametrize(
    ("kind", "seen", "words"),
    [
        (K.ARM, ON_GROUND | {"armed": False}, ""),
        (K.ARM, ON_GROUND | {"armed": False, "flags": 0}, "position can't be trusted yet"),
        (K.ARM, ON_GROUND | {"armed": False, "north_m": 260.0}, "stands outside its flight geography"),
        (K.TAKEOFF, ON_GROUND, ""),
        (K.TAKEOFF, ON_GROUND | {"armed": False}, "isn't armed"),
        (K.TAKEOFF, {}, "flies already"),
        (K.TAKEOFF, ON_GROUND | {"north_m": 260.0}, "stands outside"),
        (K.TAKEOFF, ON_GROUND | {"flags": 0}, "can't be trusted"),
        (K.CONTINUE, {}, ""),
        (K.CONTINUE, ON_GROUND, "nothing to continue"),
        (K.CONTINUE, ON_GROUND | {"armed": False}, "nothing to continue"),
        (K.CONTINUE, ON_GROUND | {"vehicle_class": VehicleClass.ROVER}, ""),
        (K.DISARM, ON_GROUND, ""),
        (K.DISARM, {"armed": False, "flying": True}, ""),
        (K.DISARM, {}, "terminate's business"),
        (K.DISARM, ON_GROUND | {"landed": LandedState.UNDEFINED}, "isn't seen on the ground"),
        (K.DISARM, ON_GROUND | {"heard_s": 90.0}, "no heartbeat"),
        (K.DISARM, {"vehicle_class": VehicleClass.ROVER, "speed_mps": 0.1}, ""),
        (K.DISARM, {"vehicle_class": VehicleClass.ROVER, "speed_mps": 4.0}, "standing still"),
    ],
)
def test_what_the_vehicle_does_now_decides(kind, seen, words):
    found = why(kind, **seen)
    assert words in found
    assert bool(found) == bool(words)


def test_a_take_off_may_not_go_through_the_ceiling():
    assert why(K.TAKEOFF, CommandTarget(height_above_home_m=95.0), **ON_GROUND) == ""
    high = why(K.TAKEOFF, CommandTarget(height_above_home_m=96.0), **ON_GROUND)
    assert "that height is 1 m above its ceiling" in high


@pytest.mark.parametrize("second", ["", "op1", "policy"])
def test_a_termination_needs_two_persons(second):
    alone = replace(order(K.TERMINATE), second=second)
    assert "two persons" in forbidden_now(alone, GRANT, state(), NOW, episode=False)
