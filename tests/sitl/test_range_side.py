"""The range's own MAVLink side with a simulated plane and rover: each class's hold and return, ordered and seen."""

import math

import pytest
from mavlink_world import HOME, World, order_of, square

from rangeops.adapters.mavlink.fence import compile_fence
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandKind, CommandProgress, CommandStage
from rangeops.domain.telemetry import Sysid
from rangeops.sim.scenario import Place, VehicleSpec, load_airframe
from rangeops.sim.vehicle import Vehicle

LISTENS_S = 8.0


class ClassWorld(World):
    """World with a vehicle of another class."""

    def __init__(self, airframe, **changes):
        super().__init__()
        spec = VehicleSpec(
            "D21", self.sysid, load_airframe(airframe, where="test"), Place(HOME.latitude_deg, HOME.longitude_deg),
            home_elevation_amsl_m=HOME.altitude_amsl_m, ready_after_s=1.0, **changes,
        )  # fmt: skip
        self.vehicle = Vehicle(spec, self.now)
        self.channel = self.vehicle.open_channel()
        self.pilot = self.vehicle.open_channel()
        # Nobody hears UDP that has said nothing: the vehicle's first heartbeat is what makes it known.
        self.run(LISTENS_S)

    @property
    def known(self):
        return self.fleet.vehicles[Sysid(self.sysid)].state

    def does(self, kind, stage, within_s=15.0):
        """Order it; the progress once it has come to `stage`."""
        self.up(self.fleet.order(order_of(kind, sysid=self.sysid), self.now))
        assert self.run(within_s, until=lambda: self.stages()[-1:] == [stage]), self.stages()

    def stages(self):
        return [told.stage for told in self.told if isinstance(told, CommandProgress)]

    def drive(self):
        """A driver's own ground station arms it and sends it away."""
        vehicle = self.vehicle
        vehicle.set_mode(15)
        assert vehicle.arming.arm(force=False)
        vehicle.mode.fly_to(400, 0, 0)
        assert self.run(20, until=lambda: vehicle.body.ground_speed_mps > 4.5)


@pytest.fixture
def plane():
    return ClassWorld("survey-plane", airborne_m=80.0)


@pytest.fixture
def rover():
    world = ClassWorld("utility-rover")
    world.drive()
    return world


def test_a_plane_is_known_as_one_and_holds_by_circling(plane):
    assert plane.known.vehicle_class is VehicleClass.PLANE
    plane.vehicle.set_mode(15)
    plane.vehicle.mode.fly_to(900, 0, 80)
    plane.run(12)
    at = (plane.vehicle.body.north_m, plane.vehicle.body.east_m)
    plane.does(CommandKind.HOLD, CommandStage.SEEN)
    assert plane.known.heartbeat.mode == "LOITER"
    plane.run(30)
    farthest = 0.0
    for _ in range(40):
        plane.run(1)
        body = plane.vehicle.body
        farthest = max(farthest, math.dist((body.north_m, body.east_m), at))
        assert body.ground_speed_mps > 15
    assert farthest < 125


def test_a_plane_returns_and_has_no_way_to_land_where_it_is(plane):
    plane.does(CommandKind.RTL, CommandStage.SEEN)
    assert plane.known.heartbeat.mode == "RTL"
    plane.does(CommandKind.LAND, CommandStage.REFUSED)
    assert plane.vehicle.mode.name == "RTL"


def test_a_plane_that_recovers_from_a_breach_refuses_to_hold(plane):
    """FENCE_OPTIONS 1, its default: until it is inside again, only its own return counts."""
    vehicle = plane.vehicle
    vehicle.parameters.put("FENCE_TYPE", 2)
    vehicle.parameters.put("FENCE_RADIUS", 300)
    assert vehicle.fence.enable(on=True)
    vehicle.set_mode(15)
    vehicle.mode.fly_to(900, 0, 80)
    assert plane.run(60, until=lambda: vehicle.mode.name == "RTL")
    plane.does(CommandKind.HOLD, CommandStage.REFUSED)
    plane.does(CommandKind.RTL, CommandStage.SEEN)


def test_a_rover_is_known_as_one_and_holds_by_stopping(rover):
    assert rover.known.vehicle_class is VehicleClass.ROVER
    rover.does(CommandKind.HOLD, CommandStage.SEEN)
    assert rover.known.heartbeat.mode == "HOLD"
    assert rover.run(15, until=lambda: rover.vehicle.body.ground_speed_mps < 0.1)


def test_a_rover_drives_home_and_stays_in_rtl(rover):
    rover.does(CommandKind.RTL, CommandStage.SEEN)
    assert rover.run(60, until=lambda: math.hypot(rover.vehicle.body.north_m, rover.vehicle.body.east_m) < 1)
    rover.run(5)
    assert rover.known.heartbeat.mode == "RTL"
    assert rover.vehicle.mode.number == 11


@pytest.mark.parametrize(
    ("airframe", "changes"), [("survey-plane", {"airborne_m": 80.0}), ("utility-rover", {})], ids=["plane", "rover"]
)
def test_a_volume_s_fence_is_loaded_and_read_back(airframe, changes):
    world = ClassWorld(airframe, **changes)
    assert world.run(30, until=lambda: world.known.home is not None)
    vehicle_class = world.known.vehicle_class
    fence = compile_fence(
        square(500.0, ceiling_amsl_m=155.0), world.known.home, rtl_altitude_m=90.0, vehicle_class=vehicle_class,
        callsign="D21",
    )  # fmt: skip
    world.up(world.fleet.order(order_of(CommandKind.LOAD_FENCE, sysid=world.sysid), world.now, fence))
    assert world.run(30, until=lambda: world.stages()[-1:] == [CommandStage.SEEN]), world.told[-3:]
    assert world.vehicle.fence.enabled
    assert len(world.vehicle.items.fence) == 4
    assert world.vehicle.parameters["FENCE_ACTION"] == 1
