"""What makes a loaded fence doubtful, and reading it again, on a simulated ArduCopter."""

from dataclasses import replace

import pytest
from mavlink_world import HOME, World, fence_of, order_of, square

from rangeops.adapters.mavlink.fence import compile_fence
from rangeops.adapters.mavlink.fence_check import AGAIN_S, FenceDoubted, FenceSigns
from rangeops.adapters.mavlink.link import decode_frame
from rangeops.adapters.mavlink.messages import MissionAck, MissionCount, MissionItemInt, ParamSet, ParamValue, SysStatus
from rangeops.adapters.mavlink.track import GEOFENCE_BIT
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandKind, CommandProgress
from rangeops.domain.events import FenceReadBack

US, OTHER = 250, 255
FENCE, MISSION, RALLY, ALL = 1, 0, 2, 255


@pytest.fixture
def loaded() -> World:
    """A vehicle with its fence on board; nothing is told yet."""
    world = World()
    assert world.run(40, lambda: (v := world.fleet.vehicles.get(21)) is not None and v.state.home is not None)
    world.up(world.fleet.order(order_of(CommandKind.LOAD_FENCE), world.now, fence_of(square())))
    assert world.run(60, lambda: any(isinstance(told, FenceReadBack) and told.equal for told in world.told))
    world.told.clear()
    world.sent.clear()
    return world


def findings(world: World) -> list[FenceReadBack]:
    return [told for told in world.told if isinstance(told, FenceReadBack)]


def verified(world: World, home_amsl_m: float = HOME.altitude_amsl_m) -> FenceReadBack:
    fence = compile_fence(
        square(),
        replace(HOME, altitude_amsl_m=home_amsl_m),
        rtl_altitude_m=30,
        vehicle_class=VehicleClass.COPTER,
        callsign="D21",
    )
    world.told.clear()
    world.up(world.fleet.verify(21, fence, world.now))
    assert world.run(60, lambda: bool(findings(world)))
    return findings(world)[0]


def test_reading_again_writes_nothing_and_is_nobodys_command(loaded):
    assert verified(loaded).equal
    writes = (MissionCount, MissionItemInt, ParamSet)
    assert not any(isinstance(decode_frame(data), writes) for data in loaded.sent)
    assert not any(isinstance(told, CommandProgress) for told in loaded.told)
    assert loaded.fleet.vehicles[21].aboard.check is None


def test_a_ceiling_that_a_reading_found_near_enough_is_no_change_when_it_is_read_once_more(loaded):
    assert verified(loaded, HOME.altitude_amsl_m + 0.3).equal
    loaded.told.clear()
    assert verified(loaded, HOME.altitude_amsl_m + 0.3).equal
    loaded.run(10)
    assert not any(isinstance(told, FenceDoubted) for told in loaded.told)


@pytest.mark.parametrize(("moved_m", "equal"), [(0.0, True), (1.5, True), (-1.5, True), (3.0, False), (-3.0, False)])
def test_a_home_that_moved_with_arming_moves_the_ceiling(loaded, moved_m, equal):
    finding = verified(loaded, HOME.altitude_amsl_m + moved_m)
    assert finding.equal is equal
    assert equal or finding.detail == f"reading FENCE_ALT_MAX: FENCE_ALT_MAX is 60 instead of {60 - moved_m:g}"


def test_silence_is_no_finding_and_is_tried_again(loaded):
    loaded.loss = 1.0
    loaded.up(loaded.fleet.verify(21, fence_of(square()), loaded.now))
    loaded.run(120)
    assert findings(loaded) == []
    loaded.loss = 0.0
    assert loaded.run(2 * AGAIN_S + 20, lambda: bool(findings(loaded)))
    assert findings(loaded)[0].equal


def test_our_own_load_and_reading_raise_no_doubt(loaded):
    loaded.up(loaded.fleet.order(order_of(CommandKind.LOAD_FENCE, name="again"), loaded.now, fence_of(square(150))))
    assert loaded.run(60, lambda: bool(findings(loaded)))
    verified_again = fence_of(square(150))
    loaded.up(loaded.fleet.verify(21, verified_again, loaded.now))
    loaded.run(10)
    assert not any(isinstance(told, FenceDoubted) for told in loaded.told)


def test_a_parameter_that_somebody_changes_raises_doubt(loaded):
    said = ParamValue(0.0, 1, 65535, b"FENCE_ACTION", 9)
    vehicle = loaded.fleet.vehicles[21]
    told = vehicle.received(said, vehicle.route, loaded.now, b"")
    assert told == [FenceDoubted(21, "FENCE_ACTION was changed to 0")]
    assert vehicle.received(said, vehicle.route, loaded.now, b"") == []  # told once


def test_what_a_reading_finds_raises_no_doubt_that_would_have_it_read_again_for_ever(loaded):
    loaded.vehicle.parameters.put("FENCE_ACTION", 0)
    assert not verified(loaded).equal
    loaded.run(5)
    doubts = [told.why for told in loaded.told if isinstance(told, FenceDoubted)]
    assert [why for why in doubts if "FENCE_ACTION" in why] == []


# The signs, one by one.


@pytest.fixture
def signs() -> FenceSigns:
    made = FenceSigns(US)
    made.expect(fence_of(square()))
    return made


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (MissionAck(OTHER, 0, 0, FENCE), "another ground station wrote it"),
        (MissionAck(OTHER, 0, 0, ALL), "another ground station wrote it"),
        (MissionAck(OTHER, 0, 14, FENCE), ""),  # denied: nothing was written
        (MissionAck(OTHER, 0, 0, MISSION), ""),
        (MissionAck(US, 0, 0, FENCE), ""),
        (MissionCount(7, OTHER, 0, FENCE), "it counts 7 items to another ground station"),
        (MissionAck(OTHER, 0, 0, RALLY), "another ground station wrote it"),
        (MissionCount(1, OTHER, 0, RALLY), "it counts 1 items to another ground station"),
        (MissionCount(0, OTHER, 0, RALLY), ""),
        (MissionCount(4, OTHER, 0, FENCE), ""),
        (MissionCount(7, OTHER, 0, MISSION), ""),
        (ParamValue(7.0, 1, 1, b"FENCE_TYPE", 9), "FENCE_TYPE was changed to 7"),
        (ParamValue(5.0, 1, 1, b"FENCE_TYPE", 9), ""),
        (ParamValue(0.0, 1, 1, b"FENCE_ENABLE", 9), "FENCE_ENABLE was changed to 0"),
        (ParamValue(1500.0, 1, 1, b"RTL_ALT", 9), "RTL_ALT was changed to 1500"),
        (ParamValue(300.0, 1, 1, b"FENCE_RADIUS", 9), ""),  # heard for the first time
        (ParamValue(300.0, 1, 1, b"WPNAV_SPEED", 9), ""),
    ],
)
def test_a_sign_is_told_from_what_is_none(signs, message, why):
    assert signs.received(message) == why


def test_another_fence_parameter_is_a_sign_when_it_changes(signs):
    assert signs.received(ParamValue(6.0, 1, 1, b"FENCE_TOTAL", 9)) == ""
    assert signs.received(ParamValue(11.0, 1, 1, b"FENCE_TOTAL", 9)) == "FENCE_TOTAL was changed to 11"


def test_a_fence_that_goes_off_is_a_sign_once(signs):
    on, off = (SysStatus(*(0, bit, *[0] * 14)) for bit in (GEOFENCE_BIT, 0))
    assert [signs.received(message) for message in (off, on, on, off, off)] == ["", "", "", "it was switched off", ""]


def test_what_is_the_vehicles_own_raises_no_doubt(signs):
    signs.expect(None)
    assert signs.received(MissionAck(OTHER, 0, 0, FENCE)) == ""
    assert signs.received(ParamValue(0.0, 1, 1, b"FENCE_ENABLE", 9)) == ""
