"""The manoeuvres that a plane's flight modes are made of.

Courses and circles are flown by ArduPilot's L1 law: a lateral acceleration that bends the track towards a point ahead.
Source: AP_L1_Control.cpp; S. Park, J. Deyst and J. P. How, "A new nonlinear guidance logic for trajectory tracking".
"""

import math
from typing import TYPE_CHECKING, Final

from rangeops.sim.channel import mavlink
from rangeops.sim.dynamics import GRAVITY_MPS2
from rangeops.sim.guidance import Motion
from rangeops.sim.wings import Bank

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_HEIGHT_S: Final = 2.5  # a height error is flown off with this time constant
_SLOWEST_L1_MPS: Final = 3.0
_NEAR_M: Final = 1.0
_TAKE_OFF_CLIMB_SHARE: Final = 0.8
_COURSE_FROM_MPS: Final = 5.0  # a GPS course is one above this
_COURSE_AFTER_S: Final = 2.0
_LEVEL_OFF_S: Final = 2.0  # TKOFF_PLIM_SEC
_LEVEL_OFF_ABOVE_M: Final = 10.0
_GLIDE_SLOPE: Final = 0.08
_APPROACH_SHARE: Final = 0.85  # of the cruise speed


def _cross(a: tuple[float, float], b: tuple[float, float]) -> float:
    return a[0] * b[1] - a[1] * b[0]


def _dot(a: tuple[float, float], b: tuple[float, float]) -> float:
    return a[0] * b[0] + a[1] * b[1]


class _Base:
    taking_off = False
    landing = False

    def __init__(self, vehicle: "Vehicle") -> None:
        self.vehicle = vehicle
        self.started_s = vehicle.now.monotonic_s

    @property
    def elapsed_s(self) -> float:
        return self.vehicle.now.monotonic_s - self.started_s

    def finished(self) -> bool:
        return False

    def bank(self, lateral_mps2: float, up_m: float, air_speed_mps: float | None = None) -> Bank:
        vehicle, parameters = self.vehicle, self.vehicle.parameters
        limit = math.radians(parameters["ROLL_LIMIT_DEG"])
        climb = (up_m - vehicle.motion.up_m) / _HEIGHT_S
        climb = min(max(climb, -parameters["TECS_SINK_MAX"]), parameters["TECS_CLMB_MAX"])
        speed = vehicle.speed_mps if air_speed_mps is None else air_speed_mps
        angle = min(max(math.atan(lateral_mps2 / GRAVITY_MPS2), -limit), limit)
        return Bank(bank_rad=angle, air_speed_mps=speed, climb_mps=climb)

    def l1(self) -> tuple[float, float]:
        """(length in m, gain) of the law, from NAVL1_PERIOD and NAVL1_DAMPING."""
        parameters = self.vehicle.parameters
        damping, period = parameters["NAVL1_DAMPING"], parameters["NAVL1_PERIOD"]
        speed = max(self.vehicle.motion.ground_speed_mps, _SLOWEST_L1_MPS)
        return damping * period * speed / math.pi, 4 * damping * damping

    def towards(self, aim: tuple[float, float]) -> float:
        """The lateral acceleration that turns the track towards a direction (north, east)."""
        track = _track(self.vehicle.motion)
        speed = max(math.hypot(*track), _SLOWEST_L1_MPS)
        error = math.atan2(_cross(track, aim), _dot(track, aim))
        length, gain = self.l1()
        return gain * speed * speed / length * math.sin(min(max(error, -math.pi / 2), math.pi / 2))


def _track(motion: Motion) -> tuple[float, float]:
    if motion.ground_speed_mps > _SLOWEST_L1_MPS:
        return motion.north_mps, motion.east_mps
    return math.cos(motion.heading_rad), math.sin(motion.heading_rad)


class Around(_Base):
    """Fly to a circle, and around it: WP_LOITER_RAD, clockwise where it is positive."""

    def __init__(
        self, vehicle: "Vehicle", centre: tuple[float, float], up_m: float, *, radius_m: float = 0.0,
        turns: float = math.inf, seconds: float = math.inf,
    ) -> None:  # fmt: skip
        super().__init__(vehicle)
        self.target = (*centre, up_m)
        radius_m = radius_m or vehicle.parameters["WP_LOITER_RAD"]
        self._radius_m, self._sense = max(abs(radius_m), _NEAR_M), math.copysign(1.0, radius_m)
        self._turns_rad, self._seconds = turns * math.tau, seconds
        self._flown_rad = 0.0
        self._bearing_rad: float | None = None
        self.reached_s: float | None = None  # when the circle was first reached

    def steer(self) -> Bank:
        north, east, up_m = self.target
        motion = self.vehicle.motion
        away = (motion.north_m - north, motion.east_m - east)
        if self.reached_s is not None:
            self._count(math.atan2(away[1], away[0]))
        lateral, on_circle = self._l1_loiter(away)
        if on_circle and self.reached_s is None:
            self.reached_s = self.vehicle.now.monotonic_s
        return self.bank(lateral, up_m)

    def finished(self) -> bool:
        if self.reached_s is None:
            return False
        around_s = self.vehicle.now.monotonic_s - self.reached_s
        return self._flown_rad >= self._turns_rad or around_s >= self._seconds

    def _count(self, bearing_rad: float) -> None:
        if self._bearing_rad is not None:
            self._flown_rad += math.remainder(bearing_rad - self._bearing_rad, math.tau) * self._sense
        self._bearing_rad = bearing_rad

    def _l1_loiter(self, away: tuple[float, float]) -> tuple[float, bool]:
        """The lateral acceleration, and whether the circle's own law gives it."""
        motion, parameters = self.vehicle.motion, self.vehicle.parameters
        track = _track(motion)
        distance = math.hypot(*away)
        unit = (away[0] / distance, away[1] / distance) if distance > _NEAR_M else (1.0, 0.0)
        capture = self.towards((-away[0], -away[1]))
        outwards, across = _dot(track, unit), _cross(unit, track)
        omega = math.tau / parameters["NAVL1_PERIOD"]
        error_m = distance - self._radius_m
        pull = error_m * omega * omega + outwards * 2 * parameters["NAVL1_DAMPING"] * omega
        tangent = across * self._sense
        if outwards > 0 and tangent < 0:  # it flies the wrong way round
            pull = max(pull, 0.0)
        centre = tangent * tangent / max(0.5 * self._radius_m, distance)
        circle = self._sense * (pull + centre)
        if error_m > 0 and self._sense * capture < self._sense * circle:
            return capture, False
        return circle, True


class FlyThrough(_Base):
    """Along the line to a point, and past it; what comes next begins within WP_RADIUS, or where the line ends."""

    def __init__(self, vehicle: "Vehicle", north_m: float, east_m: float, up_m: float) -> None:
        super().__init__(vehicle)
        self.target = (north_m, east_m, up_m)
        motion = vehicle.motion
        self._from = (motion.north_m, motion.east_m, motion.up_m)
        self._length_m = max(self.distance_m, _NEAR_M)

    @property
    def distance_m(self) -> float:
        motion = self.vehicle.motion
        return math.hypot(self.target[0] - motion.north_m, self.target[1] - motion.east_m)

    def steer(self) -> Bank:
        along, across, direction = self._on_line()
        length, _ = self.l1()
        ahead = math.sqrt(max(length * length - across * across, 0.0))
        reach = min(max(along + ahead, 0.0), max(self._length_m, along + _NEAR_M))
        motion = self.vehicle.motion
        aim = (
            self._from[0] + direction[0] * reach - motion.north_m,
            self._from[1] + direction[1] * reach - motion.east_m,
        )
        done = min(max(along / self._length_m, 0.0), 1.0)
        climbs = self.target[2] >= self._from[2]  # it climbs at once, and sinks along the leg
        up_m = self.target[2] if climbs else self._from[2] + (self.target[2] - self._from[2]) * min(done + 0.1, 1.0)
        return self.bank(self.towards(aim), up_m)

    @property
    def passed(self) -> bool:
        return self._on_line()[0] >= self._length_m

    def finished(self) -> bool:
        turn_m = min(self.vehicle.parameters["WP_RADIUS"], self.l1()[0])
        return self.distance_m <= turn_m or self.passed

    def _on_line(self) -> tuple[float, float, tuple[float, float]]:
        """(metres along the line, metres right of it, its direction)."""
        direction = (
            (self.target[0] - self._from[0]) / self._length_m,
            (self.target[1] - self._from[1]) / self._length_m,
        )
        motion = self.vehicle.motion
        at = (motion.north_m - self._from[0], motion.east_m - self._from[1])
        return _dot(at, direction), _cross(direction, at), direction


class AutoTakeOff(_Base):
    """Down the runway and straight up to a height, on the course that it has rolled."""

    taking_off = True

    def __init__(self, vehicle: "Vehicle", up_m: float) -> None:
        super().__init__(vehicle)
        self._up_m = up_m
        self._triggered = False
        self._fast_s: float | None = None
        self._course: tuple[float, float] | None = None
        self._levels_off = False

    def steer(self) -> Bank:
        vehicle, motion = self.vehicle, self.vehicle.motion
        if not self._triggered:
            self._triggered = True
            self._say(f"Triggered AUTO. GPS speed = {motion.ground_speed_mps:.1f}")
        self._hold_course(motion)
        left_m, climb_mps = self._up_m - motion.up_m, vehicle.parameters["TECS_CLMB_MAX"] * _TAKE_OFF_CLIMB_SHARE
        if not self._levels_off and 0 < left_m < _LEVEL_OFF_S * motion.climb_mps and motion.up_m > _LEVEL_OFF_ABOVE_M:
            self._levels_off = True
            self._say(f"Takeoff level-off starting at {left_m:.0f}m")
        lateral = 0.0 if self._course is None or vehicle.body.on_ground else self.towards(self._course)
        level = self.bank(lateral, self._up_m)
        return Bank(bank_rad=level.bank_rad, air_speed_mps=level.air_speed_mps, climb_mps=climb_mps)

    def finished(self) -> bool:
        return self.vehicle.motion.up_m > self._up_m

    def complete(self) -> None:
        self._say(f"Takeoff complete at {self.vehicle.motion.up_m - self.vehicle.home_up_m:.2f}m")

    def _hold_course(self, motion: Motion) -> None:
        now_s = self.vehicle.now.monotonic_s
        if self._fast_s is None and motion.ground_speed_mps > _COURSE_FROM_MPS:
            self._fast_s = now_s
        if self._course is None and self._fast_s is not None and now_s - self._fast_s >= _COURSE_AFTER_S:
            self._course = (motion.north_mps, motion.east_mps)
            course_cdeg = math.degrees(math.atan2(motion.east_mps, motion.north_mps)) % 360 * 100
            self._say(f"Holding course {course_cdeg:.0f} at {motion.ground_speed_mps:.1f}m/s (0.0)")

    def _say(self, text: str) -> None:
        self.vehicle.text(mavlink.MAV_SEVERITY_INFO, text)


class LandAt(_Base):
    """A straight glide to a point, the flare, and the roll-out."""

    landing = True

    def __init__(self, vehicle: "Vehicle", north_m: float, east_m: float) -> None:
        super().__init__(vehicle)
        self._fly = FlyThrough(vehicle, north_m, east_m, vehicle.home_up_m)

    def steer(self) -> Bank:
        vehicle, parameters = self.vehicle, self.vehicle.parameters
        if vehicle.body.on_ground:
            return Bank(thrust=False)
        above_m = vehicle.motion.up_m - vehicle.home_up_m
        course = self._fly.steer()
        speed_mps = vehicle.speed_mps * _APPROACH_SHARE
        if above_m <= parameters["LAND_FLARE_ALT"]:
            sink_mps = max(parameters["TECS_LAND_SINK"], above_m / max(parameters["LAND_FLARE_SEC"], 1.0))
            return Bank(bank_rad=0.0, air_speed_mps=speed_mps, climb_mps=-sink_mps)
        ahead_m = 0.0 if self._fly.passed else self._fly.distance_m
        sink_mps = (above_m - _GLIDE_SLOPE * ahead_m) / _HEIGHT_S + _GLIDE_SLOPE * speed_mps
        sink_mps = min(max(sink_mps, 0.0), parameters["TECS_SINK_MAX"])
        return Bank(bank_rad=course.bank_rad, air_speed_mps=speed_mps, climb_mps=-sink_mps)

    def finished(self) -> bool:
        return False  # the landing ends by disarming
