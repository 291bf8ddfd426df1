"""Rover's driving modes: number, name, and how they steer."""

import math
from typing import TYPE_CHECKING, Final

from rangeops.sim.auto import MissionMode
from rangeops.sim.body import Steering
from rangeops.sim.channel import mavlink
from rangeops.sim.guidance import approach_speed_mps
from rangeops.sim.maneuvers import return_point
from rangeops.sim.missions import Command, Item
from rangeops.sim.modes import POSITION_CONTROL, FlightMode, Maneuver
from rangeops.sim.wheels import Drive

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_CONTROL: Final = 0x1C00 | POSITION_CONTROL  # rates, attitude, yaw: enabled only while something is steered for
_HEADING_GAIN: Final = 2.0
_PIVOT_MPS: Final = 0.6  # what it turns at where the target lies behind
_ASIDE_RAD: Final = math.radians(60)
_SLOWING_TURN_RADPS: Final = math.radians(16)  # it brakes first, and turns when it is slow: measured
_BRAKING_MPS2: Final = 1.2  # measured before a turn and before a destination
_STOPPED_MPS: Final = 0.3
_ARRIVED_M: Final = 0.5
_SETTLES_S: Final = 1.0
_VELOCITY_TIMEOUT_S: Final = 3.0
_AVOID_FENCE: Final = 1  # AVOID_ENABLE
_STICK_DEAD_ZONE: Final = 0.1


class Pathfinder:
    """Drives somewhere; never nearer to an enabled fence than AVOID_MARGIN, and says nothing about it."""

    taking_off = False
    landing = False

    def __init__(
        self, vehicle: "Vehicle", target: tuple[float, float], *, seconds: float = 0.0, stops: bool = True
    ) -> None:
        self.vehicle = vehicle
        self._stops = stops
        self.target = (*target, vehicle.motion.up_m)
        self._seconds = seconds
        self._arrived_s: float | None = None

    @property
    def distance_m(self) -> float:
        motion = self.vehicle.motion
        return math.hypot(self.target[0] - motion.north_m, self.target[1] - motion.east_m)

    @property
    def arrived(self) -> bool:
        return self._arrived_s is not None

    def steer(self) -> Drive:
        motion, now_s = self.vehicle.motion, self.vehicle.now.monotonic_s
        bearing = math.atan2(self.target[1] - motion.east_m, self.target[0] - motion.north_m)
        near = self.distance_m < self.vehicle.parameters["WP_RADIUS"]
        passed = near and abs(math.remainder(bearing - motion.heading_rad, math.tau)) > math.pi / 2
        slow = motion.ground_speed_mps < _STOPPED_MPS and self.distance_m < _ARRIVED_M
        if self._arrived_s is None and (slow or passed or (near and not self._stops)):
            self._arrived_s = now_s
        if self._arrived_s is not None:
            return Drive(acceleration_mps2=_BRAKING_MPS2)
        stop_mps = approach_speed_mps(self.distance_m, _BRAKING_MPS2) if self._stops else math.inf
        speed = min(self.vehicle.speed_mps, stop_mps)
        return towards(self.vehicle, bearing, speed)

    def finished(self) -> bool:
        """It has stood there for a moment, or as long as was asked."""
        if self._arrived_s is None or not self._stops:
            return self._arrived_s is not None
        return self.vehicle.now.monotonic_s - self._arrived_s >= max(self._seconds, _SETTLES_S)


class Standstill:
    taking_off = False
    landing = False

    def steer(self) -> Drive:
        return Drive(acceleration_mps2=_BRAKING_MPS2)

    def finished(self) -> bool:
        return False


def towards(vehicle: "Vehicle", bearing_rad: float, speed_mps: float) -> Drive:
    """Turn to a bearing, slowly where it lies aside, and drive."""
    error = math.remainder(bearing_rad - vehicle.motion.heading_rad, math.tau)
    share, room = max(math.cos(error), 0.0), room_speed_mps(vehicle)
    wanted = min(max(speed_mps * share, min(_PIVOT_MPS, speed_mps)), room)
    speeding_up = wanted > vehicle.motion.ground_speed_mps
    aside = abs(error) > _ASIDE_RAD
    turn = error * _HEADING_GAIN
    if aside and vehicle.motion.ground_speed_mps > 2 * _PIVOT_MPS:
        turn = min(max(turn, -_SLOWING_TURN_RADPS), _SLOWING_TURN_RADPS)
    most = vehicle.parameters["ATC_ACCEL_MAX"] if speeding_up else max(_BRAKING_MPS2, vehicle.limits.deceleration_mps2)
    manoeuvres = aside and room < _PIVOT_MPS
    return Drive(speed_mps=wanted, acceleration_mps2=most, turn_rate_radps=turn, manoeuvres=manoeuvres)


def room_speed_mps(vehicle: "Vehicle") -> float:
    """The speed from which it still stops AVOID_MARGIN before the fence ahead."""
    if not (vehicle.fence.enabled and int(vehicle.parameters["AVOID_ENABLE"]) & _AVOID_FENCE):
        return math.inf
    room_m = vehicle.fence.room_ahead_m(vehicle.motion, vehicle.parameters["AVOID_MARGIN"])
    return approach_speed_mps(max(room_m, 0.0), _BRAKING_MPS2) if room_m < math.inf else math.inf


class _RoverMode(FlightMode):
    has_sticks = False
    is_stabilized = False
    control_bits = _CONTROL
    armable = True

    @property
    def stands_by(self) -> bool:
        return False

    @property
    def arming_problem(self) -> str | None:
        return None if self.armable else "Mode not armable"

    @property
    def fence_mitigation(self) -> int:
        limited = room_speed_mps(self.vehicle) < self.vehicle.speed_mps
        return int(mavlink.FENCE_MITIGATE_VEL_LIMIT if limited else mavlink.FENCE_MITIGATE_NONE)


class Manual(_RoverMode):
    number, name = 0, "MANUAL"
    needs_position = False
    is_guided = False
    is_autopilot = False
    has_sticks = True
    has_manual_throttle = True
    control_bits = 0

    def steer(self) -> Steering:
        rc, most = self.vehicle.rc, self.vehicle.spec.airframe.max_speed_mps
        throttle = rc.throttle()
        if throttle < _STICK_DEAD_ZONE:
            return Steering(thrust=False)
        return Drive(speed_mps=throttle * most, turn_rate_radps=rc.roll() * _HEADING_GAIN)


class Hold(_RoverMode):
    """The motor off, the wheels straight: it rolls on until it stands."""

    number, name = 4, "HOLD"
    needs_position = False
    is_guided = False
    control_bits = 0

    @property
    def stands_by(self) -> bool:
        return True

    def steer(self) -> Steering:
        return Steering(thrust=False)


class _Driving(_RoverMode):
    path: Pathfinder | None = None

    def steer(self) -> Steering:
        return Drive(acceleration_mps2=_BRAKING_MPS2) if self.path is None else self.path.steer()

    def destination(self) -> tuple[float, float, float] | None:
        return None if self.path is None else self.path.target


class Loiter(_Driving):
    """Stops where it is."""

    number, name = 5, "LOITER"


class Guided(_Driving):
    number, name = 15, "GUIDED"

    def enter(self) -> None:
        self._velocity: tuple[float, float, float] | None = None
        self._paused = False

    def fly_to(self, north_m: float, east_m: float, up_m: float) -> bool:  # noqa: ARG002 the ground is flat
        self.path, self._velocity = Pathfinder(self.vehicle, (north_m, east_m)), None
        return True

    def fly_velocity(self, north_mps: float, east_mps: float, climb_mps: float) -> None:  # noqa: ARG002 the same
        self.path, self._velocity = None, (north_mps, east_mps, self.vehicle.now.monotonic_s)

    def pause(self) -> bool:
        self._paused = True
        return True

    def resume(self) -> bool:
        self._paused = False
        return True

    def steer(self) -> Steering:
        if self._paused:
            return Drive(acceleration_mps2=_BRAKING_MPS2)
        if self._velocity is None:
            return super().steer()
        north, east, since_s = self._velocity
        if self.vehicle.now.monotonic_s - since_s > _VELOCITY_TIMEOUT_S:
            self._velocity = None
            self.vehicle.text(mavlink.MAV_SEVERITY_WARNING, "target not received last 3secs, stopping")
        return towards(self.vehicle, math.atan2(east, north), math.hypot(north, east))


class Rtl(_Driving):
    """Straight home, or to the nearest rally point, and stays in this mode."""

    number, name = 11, "RTL"
    armable = False

    def enter(self) -> None:
        self.vehicle.restore_speed()
        self.path = Pathfinder(self.vehicle, return_point(self.vehicle))
        self._told = False

    def steer(self) -> Steering:
        steering = super().steer()
        if not self._told and self.path is not None and self.path.finished():
            self._told = True
            self.vehicle.text(mavlink.MAV_SEVERITY_INFO, "Reached destination")
        return steering


class SmartRtl(Rtl):
    """The straight way home: no path is recorded."""

    number, name = 12, "SMART_RTL"


class RoverAuto(MissionMode, _RoverMode):
    number, name = 10, "AUTO"

    def refuse(self) -> str | None:
        if len(self.vehicle.items.mission) > 1:
            return None
        self.vehicle.text(mavlink.MAV_SEVERITY_NOTICE, "No Mission. Can't set AUTO.")
        return "init failed"

    def idle(self) -> Maneuver:
        return Standstill()

    def reached_text(self, index: int) -> str | None:
        return f"Reached waypoint #{index}"

    def ended(self) -> None:
        """MIS_DONE_BEHAVE 0: it stops, and stays in AUTO."""
        self._nav = self.idle()
        self.vehicle.text(mavlink.MAV_SEVERITY_NOTICE, "Mission Complete")

    def start(self, index: int, item: Item) -> Maneuver:  # noqa: ARG002 the base's form
        vehicle, motion = self.vehicle, self.vehicle.motion
        place = (motion.north_m, motion.east_m)
        if item.has_place:
            place = vehicle.frame.to_metres(item.x / 1e7, item.y / 1e7)
        match item.command:
            case Command.NAV_RETURN_TO_LAUNCH:
                return Pathfinder(vehicle, return_point(vehicle))
            case Command.NAV_LOITER_UNLIM:
                return Pathfinder(vehicle, place, seconds=math.inf)
            case Command.NAV_DELAY:
                return Pathfinder(vehicle, (motion.north_m, motion.east_m), seconds=max(item.param1, 0))
            case Command.NAV_WAYPOINT | Command.NAV_LOITER_TIME:
                return Pathfinder(vehicle, place, seconds=max(item.param1, 0), stops=item.param1 > 0)
            case _:
                return Pathfinder(vehicle, place)

    def destination(self) -> tuple[float, float, float] | None:
        return self._nav.target if isinstance(self._nav, Pathfinder) else None


ROVER_MODES: Final = (Manual, Hold, Loiter, RoverAuto, Rtl, SmartRtl, Guided)
