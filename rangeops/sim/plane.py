"""ArduPlane's flight modes: number, name, and how they steer. None of them stands still."""

import math
from collections.abc import Callable
from typing import Final

from rangeops.sim.auto import MissionMode
from rangeops.sim.body import Steering
from rangeops.sim.channel import mavlink
from rangeops.sim.maneuvers import return_point
from rangeops.sim.missions import Command, Item
from rangeops.sim.modes import HEIGHT_CONTROL, FlightMode, Maneuver
from rangeops.sim.plane_maneuvers import Around, AutoTakeOff, FlyThrough, LandAt
from rangeops.sim.traits import Role
from rangeops.sim.wings import Bank

_CIRCLE_BANK_SHARE: Final = 1 / 3  # of the bank limit, as ModeCircle flies it
_STICK_DEAD_ZONE: Final = 0.1
_HIGHEST_M: Final = 20_000.0
_GUIDED_ITEM: Final = 0  # the number in MISSION_ITEM_REACHED when a GUIDED target is reached


class _PlaneMode(FlightMode):
    armable = True

    @property
    def up_m(self) -> float:
        return self.vehicle.motion.up_m


class _Piloted(_PlaneMode):
    """Modes that a pilot's sticks fly; with the throttle down the plane glides."""

    needs_position = False
    is_guided = False
    is_autopilot = False
    has_manual_throttle = True
    control_bits = 0

    def steer(self) -> Steering:
        rc, vehicle = self.vehicle.rc, self.vehicle
        throttle = (rc.throttle() + 1) / 2
        limit = math.radians(vehicle.parameters["ROLL_LIMIT_DEG"])
        climb = -rc.pitch() * vehicle.parameters["TECS_CLMB_MAX"] if abs(rc.pitch()) > _STICK_DEAD_ZONE else 0.0
        speed = vehicle.spec.airframe.max_speed_mps * throttle
        if throttle < _STICK_DEAD_ZONE:
            return Bank(bank_rad=rc.roll() * limit, thrust=False)
        return Bank(bank_rad=rc.roll() * limit, air_speed_mps=speed, climb_mps=climb)


class Manual(_Piloted):
    number, name = 0, "MANUAL"
    is_stabilized = False


class Stabilize(_Piloted):
    number, name = 2, "STABILIZE"


class FlyByWireA(_Piloted):
    number, name = 5, "FBWA"


class CircleMode(_PlaneMode):
    """A gentle turn that drifts with the wind: what is flown when there may be no position."""

    number, name = 1, "CIRCLE"
    needs_position = False
    control_bits = HEIGHT_CONTROL

    def enter(self) -> None:
        self._up_m = self.up_m

    def steer(self) -> Steering:
        vehicle = self.vehicle
        bank = math.radians(vehicle.parameters["ROLL_LIMIT_DEG"]) * _CIRCLE_BANK_SHARE
        climb = min(max((self._up_m - self.up_m) / 2, -2.0), 2.0)
        return Bank(bank_rad=bank, air_speed_mps=vehicle.speed_mps, climb_mps=climb)


class _Circling(_PlaneMode):
    around: Around

    def steer(self) -> Steering:
        return self.around.steer()

    def destination(self) -> tuple[float, float, float] | None:
        return self.around.target

    def change_height(self, up_m: float) -> None:
        if abs(up_m) < _HIGHEST_M:
            self.around.target = (*self.around.target[:2], up_m)


class Loiter(_Circling):
    """A circle around where it was put into this mode."""

    number, name = 12, "LOITER"

    def enter(self) -> None:
        motion = self.vehicle.motion
        self.around = Around(self.vehicle, (motion.north_m, motion.east_m), motion.up_m)


class Guided(_Circling):
    """Circles where it is until it has a target, then flies there and circles. No fence keeps a target from it."""

    number, name = 15, "GUIDED"

    def enter(self) -> None:
        motion = self.vehicle.motion
        self.around = Around(self.vehicle, (motion.north_m, motion.east_m), motion.up_m)
        self._tells_arrival = False

    def fly_to(self, north_m: float, east_m: float, up_m: float) -> bool:
        self.around = Around(self.vehicle, (north_m, east_m), up_m)
        self._tells_arrival = True
        return True

    def take_target(self, north_m: float, east_m: float, up_m: float) -> None:  # noqa: ARG002 see below
        """ArduPlane takes nothing but the height from SET_POSITION_TARGET_GLOBAL_INT."""
        north, east, _ = self.around.target
        self.around = Around(self.vehicle, (north, east), up_m)

    def steer(self) -> Steering:
        steering = self.around.steer()
        if self._tells_arrival and self.around.reached_s is not None:
            self._tells_arrival = False
            self.vehicle.broadcast(mavlink.MAVLink_mission_item_reached_message(_GUIDED_ITEM))
        return steering


class Rtl(_Circling):
    """To RTL_ALTITUDE and home, or the nearest rally point, and around it for ever: it doesn't land."""

    number, name = 11, "RTL"

    def enter(self) -> None:
        vehicle = self.vehicle
        vehicle.restore_speed()
        height_m = vehicle.parameters["RTL_ALTITUDE"]
        up_m = vehicle.home_up_m + height_m if height_m >= 0 else vehicle.motion.up_m
        self.around = Around(vehicle, return_point(vehicle), up_m, radius_m=vehicle.parameters["RTL_RADIUS"])


class PlaneAuto(MissionMode):
    number, name = 10, "AUTO"
    armable = True
    disarms_when_landed = True

    def landed(self) -> None:
        super().landed()
        self.vehicle.text(mavlink.MAV_SEVERITY_INFO, "Auto disarmed")

    def idle(self) -> Maneuver:
        motion = self.vehicle.motion
        return Around(self.vehicle, (motion.north_m, motion.east_m), motion.up_m)

    def reached_text(self, index: int) -> str | None:
        nav = self._nav
        if isinstance(nav, AutoTakeOff):
            nav.complete()
        if isinstance(nav, FlyThrough):
            word = "Passed" if nav.passed else "Reached"
            return f"{word} waypoint #{index} dist {nav.distance_m:.0f}m"
        return None

    def ended(self) -> None:
        """The mode itself changes."""
        vehicle = self.vehicle
        has_mission = len(vehicle.items.mission) > 1
        self._nav = self.idle()
        vehicle.fly(Role.RTL)
        done = "Mission complete, changing mode to RTL"
        vehicle.text(mavlink.MAV_SEVERITY_INFO, done if has_mission else "Aircraft in auto without a running mission")

    def start(self, index: int, item: Item) -> Maneuver:  # noqa: ARG002 the base's form
        vehicle = self.vehicle
        here = (vehicle.motion.north_m, vehicle.motion.east_m)
        place = vehicle.frame.to_metres(item.x / 1e7, item.y / 1e7) if item.has_place else here
        up_m = self.up_m(item)

        def around(*, turns: float = math.inf, seconds: float = math.inf) -> Maneuver:
            return Around(vehicle, place, up_m, radius_m=item.param3, turns=turns, seconds=seconds)

        starts: dict[int, Callable[[], Maneuver]] = {
            Command.NAV_TAKEOFF: lambda: AutoTakeOff(vehicle, up_m),
            Command.NAV_RETURN_TO_LAUNCH: self._return,
            Command.NAV_LAND: lambda: LandAt(vehicle, *place),
            Command.NAV_LOITER_UNLIM: around,
            Command.NAV_LOITER_TIME: lambda: around(seconds=item.param1),
            Command.NAV_LOITER_TURNS: lambda: around(turns=max(item.param1, 1)),
            Command.NAV_DELAY: lambda: Around(vehicle, here, vehicle.motion.up_m, seconds=max(item.param1, 0)),
        }
        fly = starts.get(item.command)
        return FlyThrough(vehicle, *place, up_m) if fly is None else fly()

    def _return(self) -> Maneuver:
        """The mode itself changes."""
        self.vehicle.fly(Role.RTL)
        return self.idle()

    def destination(self) -> tuple[float, float, float] | None:
        return self._nav.target if isinstance(self._nav, FlyThrough | Around) else None


PLANE_MODES: Final = (
    Manual, CircleMode, Stabilize, FlyByWireA, PlaneAuto, Rtl, Loiter, Guided,
)  # fmt: skip
QUADPLANE_MODES: Final = (17, 18, 19, 20, 21, 22, 23, 25)
