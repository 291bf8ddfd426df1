"""The manoeuvres that a copter's flight modes are made of."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from rangeops.sim.body import Steering
from rangeops.sim.dynamics import Tilt
from rangeops.sim.guidance import Stop, StopStyle, climb_to, follow_velocity, velocity_towards
from rangeops.sim.modes import Maneuver

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_SPOOL_UP_S: Final = 3.3  # from arming to the first centimetre, measured
_LIFT_S: Final = 1.0  # from the take-off command to it, where the motors turn already
_TAKEOFF_TOLERANCE_M: Final = 0.3
_CLIMB_TOLERANCE_M: Final = 0.5
_HEADING_MINIMUM_M: Final = 2.0
_APPROACH_SHARE: Final = 0.8  # of the deceleration limit: what a planned stop counts with
_BRAKING_SHARE: Final = 1.4  # what following that plan may take
_SLOWING_MPS2: Final = 2.0  # of a descent that is too fast for LAND
_LEG_S: Final = 1.1  # the least time that a leg of RTL takes
_STOPPED_WITHIN_M: Final = 1.5
_STOPPED_BELOW_MPS: Final = 1.5


class _Base:
    taking_off = False
    landing = False

    def __init__(self, vehicle: "Vehicle") -> None:
        self.vehicle = vehicle
        self.started_s = vehicle.now.monotonic_s

    @property
    def elapsed_s(self) -> float:
        return self.vehicle.now.monotonic_s - self.started_s

    def climb_to(self, up_m: float) -> float:
        parameters = self.vehicle.parameters
        return climb_to(
            up_m - self.vehicle.motion.up_m,
            parameters["WPNAV_SPEED_UP"] / 100,
            parameters["WPNAV_SPEED_DN"] / 100,
            parameters["WPNAV_ACCEL_Z"] / 100,
        )

    def finished(self) -> bool:
        return False


class Hold(_Base):
    """Stop, then stay."""

    def __init__(self, vehicle: "Vehicle", style: StopStyle, at: tuple[float, float] | None = None) -> None:
        super().__init__(vehicle)
        self._stop = Stop(vehicle.motion, vehicle.limits, style, vehicle.now.monotonic_s, at)
        self._up_m = vehicle.motion.up_m + vehicle.motion.climb_mps * 0.5

    @property
    def stopped(self) -> bool:
        return self._stop.stopped

    def climb_towards(self, up_m: float) -> None:
        self._up_m = up_m

    def steer(self) -> Tilt:
        north, east, jerk = self._stop.steer(self.vehicle.motion, self.vehicle.now.monotonic_s)
        return Tilt(north, east, jerk_mps3=jerk, climb_mps=self.climb_to(self._up_m))


class TakeOff(_Base):
    """Spool up, then straight up to a height over the starting point's level."""

    taking_off = True

    def __init__(self, vehicle: "Vehicle", up_m: float) -> None:
        super().__init__(vehicle)
        self._up_m = up_m
        spooling_s = _SPOOL_UP_S - (self.started_s - vehicle.arming.armed_at_s)
        self._spool_s = max(spooling_s, _LIFT_S) if vehicle.land_complete else 0.0
        self._hold = Hold(vehicle, StopStyle.BRAKE)
        self._hold.climb_towards(up_m)

    def steer(self) -> Tilt:
        if self.elapsed_s < self._spool_s:
            return Tilt(climb_mps=0.0)
        return self._hold.steer()

    def finished(self) -> bool:
        return self.vehicle.motion.up_m >= self._up_m - _TAKEOFF_TOLERANCE_M and self.vehicle.motion.climb_mps < 0.5


class FlyTo(_Base):
    """Straight to a point; `stops` at it, or is finished as it comes within the waypoint radius."""

    def __init__(
        self,
        vehicle: "Vehicle",
        north_m: float,
        east_m: float,
        up_m: float,
        *,
        jerk_mps3: float,
        stops: bool = True,
        faces_target: bool = True,
    ) -> None:
        super().__init__(vehicle)
        self._target = (north_m, east_m, up_m)
        self._jerk_mps3 = jerk_mps3
        self._stops = stops
        self._heading_rad: float | None = None
        if faces_target and self.distance_m > _HEADING_MINIMUM_M:
            self._heading_rad = math.atan2(east_m - vehicle.motion.east_m, north_m - vehicle.motion.north_m)
        start_up = vehicle.motion.up_m
        self._start = (vehicle.motion.north_m, vehicle.motion.east_m, start_up)
        self._length_m = self.distance_m

    @property
    def target(self) -> tuple[float, float, float]:
        return self._target

    @property
    def distance_m(self) -> float:
        motion = self.vehicle.motion
        return math.hypot(self._target[0] - motion.north_m, self._target[1] - motion.east_m)

    def steer(self) -> Tilt:
        vehicle, motion = self.vehicle, self.vehicle.motion
        most = vehicle.limits.deceleration_mps2
        wanted = velocity_towards(motion, self._target[0], self._target[1], vehicle.speed_mps, most * _APPROACH_SHARE)
        north, east = follow_velocity(motion, *wanted, most * _BRAKING_SHARE)
        if wanted[0] * north + wanted[1] * east > 0:  # speeding up: the acceleration grows from the leg's start on
            ramp = min(self._jerk_mps3 * (self.elapsed_s + 0.1), most)
            north, east = follow_velocity(motion, *wanted, ramp)
        return Tilt(north, east, climb_mps=self._climb_mps(), heading_rad=self._heading_rad)

    def finished(self) -> bool:
        motion = self.vehicle.motion
        if abs(self._target[2] - motion.up_m) > 1.0:
            return False
        radius = self.vehicle.parameters["WPNAV_RADIUS"] / 100
        if self._stops:
            return self.distance_m < min(radius, _STOPPED_WITHIN_M) and motion.ground_speed_mps < _STOPPED_BELOW_MPS
        return self.distance_m < radius

    def _climb_mps(self) -> float:
        """Along the slope of the leg, as ArduPilot flies it, not up first."""
        if self._length_m < 5.0:
            return self.climb_to(self._target[2])
        done = min(max(1 - self.distance_m / self._length_m, 0.0), 1.0)
        ahead = min(done + 2.0 / self._length_m, 1.0)
        return self.climb_to(self._start[2] + (self._target[2] - self._start[2]) * ahead)


class FlyVelocity(_Base):
    """GUIDED's velocity target, which is given up after GUID_TIMEOUT without a new one."""

    def __init__(self, vehicle: "Vehicle", north_mps: float, east_mps: float, climb_mps: float) -> None:
        super().__init__(vehicle)
        self._wanted = (north_mps, east_mps)
        self._climb_mps = climb_mps

    def steer(self) -> Tilt:
        if self.elapsed_s > self.vehicle.parameters["GUID_TIMEOUT"]:
            self._wanted, self._climb_mps = (0.0, 0.0), 0.0
        north, east = follow_velocity(self.vehicle.motion, *self._wanted, self.vehicle.limits.deceleration_mps2)
        heading = math.atan2(self._wanted[1], self._wanted[0]) if math.hypot(*self._wanted) > 1 else None
        return Tilt(north, east, climb_mps=self._climb_mps, heading_rad=heading)


class Astray(_Base):
    """Flown by nobody: towards a point that is asked for anew with each step, whatever the mode.

    aim: north, east and up of the vehicle's frame. obeys: a change of mode ends it; else nothing does.
    """

    def __init__(
        self, vehicle: "Vehicle", speed_mps: float, aim: Callable[[], tuple[float, float, float]], *, obeys: bool
    ) -> None:
        super().__init__(vehicle)
        self._speed_mps = speed_mps
        self._aim = aim
        self.obeys = obeys

    def steer(self) -> Tilt:
        motion = self.vehicle.motion
        north_m, east_m, up_m = self._aim()
        way_north, way_east = north_m - motion.north_m, east_m - motion.east_m
        way_m = max(math.hypot(way_north, way_east), 1.0)
        wanted = (way_north / way_m * self._speed_mps, way_east / way_m * self._speed_mps)
        north, east = follow_velocity(motion, *wanted, self.vehicle.limits.deceleration_mps2)
        return Tilt(north, east, climb_mps=self.climb_to(up_m), heading_rad=math.atan2(way_east, way_north))


class Linger(_Base):
    """Hold a point for a while."""

    def __init__(self, vehicle: "Vehicle", seconds: float, at: tuple[float, float] | None = None) -> None:
        super().__init__(vehicle)
        self._seconds = seconds
        self._hold = Hold(vehicle, StopStyle.BRAKE, at)

    def steer(self) -> Tilt:
        return self._hold.steer()

    def finished(self) -> bool:
        return self.elapsed_s >= self._seconds


class Circle(_Base):
    """Around a centre at a radius, `turns` times; clockwise where turns are positive."""

    def __init__(self, vehicle: "Vehicle", centre: tuple[float, float], radius_m: float, turns: float) -> None:
        super().__init__(vehicle)
        self._centre = centre
        self._radius_m = max(abs(radius_m), 1.0)
        self._turns = abs(turns)
        self._sense = math.copysign(1.0, radius_m if turns >= 0 else -radius_m)
        self._up_m = vehicle.motion.up_m
        self._flown_rad = 0.0
        self._bearing_rad = self._bearing()

    def steer(self) -> Tilt:
        bearing = self._bearing()
        self._flown_rad += math.remainder(bearing - self._bearing_rad, math.tau) * self._sense
        self._bearing_rad = bearing
        vehicle = self.vehicle
        speed = min(vehicle.speed_mps, math.sqrt(vehicle.limits.deceleration_mps2 * self._radius_m) * 0.7)
        ahead = bearing + self._sense * max(0.3, speed * 0.8 / self._radius_m)
        target_north = self._centre[0] + self._radius_m * math.cos(ahead)
        target_east = self._centre[1] + self._radius_m * math.sin(ahead)
        north, east = target_north - vehicle.motion.north_m, target_east - vehicle.motion.east_m
        size = max(math.hypot(north, east), 1e-3)
        steering = follow_velocity(
            vehicle.motion, north / size * speed, east / size * speed, vehicle.limits.deceleration_mps2
        )
        return Tilt(*steering, climb_mps=self.climb_to(self._up_m), heading_rad=bearing + math.pi)

    def finished(self) -> bool:
        return self._flown_rad >= self._turns * math.tau

    def _bearing(self) -> float:
        motion = self.vehicle.motion
        return math.atan2(motion.east_m - self._centre[1], motion.north_m - self._centre[0])


class Descend(_Base):
    """LAND's descent: at WPNAV_SPEED_DN down to LAND_ALT_LOW over home, then at LAND_SPEED until it is disarmed."""

    landing = True

    def __init__(self, vehicle: "Vehicle", at: tuple[float, float] | None = None) -> None:
        super().__init__(vehicle)
        self._stop = Stop(vehicle.motion, vehicle.limits, StopStyle.LAND, vehicle.now.monotonic_s, at)

    def steer(self) -> Tilt:
        vehicle = self.vehicle
        parameters = vehicle.parameters
        above_m = vehicle.motion.up_m - vehicle.home_up_m
        low_m = parameters["LAND_ALT_LOW"] / 100
        final = parameters["LAND_SPEED"] / 100
        high = (parameters["LAND_SPEED_HIGH"] or parameters["WPNAV_SPEED_DN"]) / 100
        speed = min(high, final + math.sqrt(max(above_m - low_m, 0.0) * 1.0))
        slowing = vehicle.motion.climb_mps < -speed
        change = _SLOWING_MPS2 if slowing else parameters["WPNAV_ACCEL_Z"] / 100
        if not vehicle.navigation.trusted:
            return Tilt(climb_mps=-speed, climb_acceleration_mps2=change, holds_position=False)
        north, east, jerk = self._stop.steer(vehicle.motion, vehicle.now.monotonic_s)
        return Tilt(north, east, jerk_mps3=jerk, climb_mps=-speed, climb_acceleration_mps2=change)

    def finished(self) -> bool:
        return self.vehicle.land_complete


def return_point(vehicle: "Vehicle") -> tuple[float, float]:
    """Where RTL goes: the nearest rally point within RALLY_LIMIT_KM, or home where that is nearer or there is none."""
    motion, parameters = vehicle.motion, vehicle.parameters
    limit_m = parameters["RALLY_LIMIT_KM"] * 1000 or math.inf
    points = [vehicle.frame.to_metres(item.x / 1e7, item.y / 1e7) for item in vehicle.items.rally]
    home = vehicle.home_metres

    def away_m(point: tuple[float, float]) -> float:
        return math.hypot(point[0] - motion.north_m, point[1] - motion.east_m)

    near = [point for point in points if away_m(point) <= limit_m]
    if near and parameters["RALLY_INCL_HOME"]:
        near.append(home)
    return min(near, key=away_m, default=home)


class ReturnHome(_Base):
    """RTL: stop and climb to RTL_ALT, fly home, wait RTL_LOIT_TIME, land (or stay at RTL_ALT_FINAL)."""

    def __init__(self, vehicle: "Vehicle") -> None:
        super().__init__(vehicle)
        height = vehicle.motion.up_m - vehicle.home_up_m
        wanted = max(height + max(vehicle.parameters["RTL_CLIMB_MIN"] / 100, 0), vehicle.parameters["RTL_ALT"] / 100)
        self._up_m = vehicle.home_up_m + min(wanted, vehicle.fence.ceiling_m())
        stop = Hold(vehicle, StopStyle.REVERSE)
        stop.climb_towards(self._up_m)
        self._stop: Hold | None = stop
        self._home = return_point(vehicle)
        self._now: Maneuver = stop
        self._descent: Descend | None = None

    @property
    def landing(self) -> bool:  # type: ignore[override] # a phase of this one is
        return self._descent is not None

    def steer(self) -> Steering:
        self._advance()
        return self._now.steer()

    def finished(self) -> bool:
        return self._descent is not None and self._descent.finished()

    def _advance(self) -> None:
        vehicle = self.vehicle
        if self._stop is not None:
            if (
                self._stop.stopped
                and self._stop.elapsed_s > _LEG_S
                and vehicle.motion.up_m > self._up_m - _CLIMB_TOLERANCE_M
            ):
                self._stop = None
                north, east = self._home
                self._now = FlyTo(vehicle, north, east, self._up_m, jerk_mps3=1.0, faces_target=False)
        elif isinstance(self._now, FlyTo):
            if self._now.finished() and self._now.elapsed_s > _LEG_S:
                self._now = Linger(vehicle, vehicle.parameters["RTL_LOIT_TIME"] / 1000, self._home)
        elif isinstance(self._now, Linger) and self._now.finished():
            final_m = vehicle.parameters["RTL_ALT_FINAL"] / 100
            if final_m > 0:
                north, east = self._home
                self._now = FlyTo(vehicle, north, east, vehicle.home_up_m + final_m, jerk_mps3=1.0)
            else:
                self._now = self._descent = Descend(vehicle, self._home)
