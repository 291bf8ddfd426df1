"""A multirotor as a point mass: acceleration by tilting, drag through the air, limits from the airframe.

The figures without another source were fitted to an ArduCopter 4.5.7 whose brakings were measured
(docs/simulator.md, "Dynamics"); an airframe's own brake tests scale them.
"""

import math
from dataclasses import dataclass
from typing import Final

from rangeops.domain.aircraft import Airframe
from rangeops.sim.body import Body, Steering

GRAVITY_MPS2: Final = 9.80665
_LINEAR_DRAG_SHARE: Final = 0.53  # of the drag at top speed; the rest grows with v²
_WIND_ESTIMATE_S: Final = 1.5  # the controller's integrator follows the wind with this time constant
_CLIMB_ACCELERATION_FALL: Final = GRAVITY_MPS2
_FREE_FALL_TERMINAL_MPS: Final = 25.0
_ATTITUDE_S: Final = 0.15
_TURN_RATE_RADPS: Final = math.radians(90)

# Braking by BRAKE: nothing for the lag, then v' = -rate·(CONSTANT + v/TIME).
_BRAKE_CONSTANT_MPS2: Final = 1.0
_BRAKE_TIME_S: Final = 2.5
_BRAKE_LAG_SHARE: Final = 0.71  # of the airframe's reaction lag, which ends at full deceleration


@dataclass(frozen=True, slots=True)
class Tilt(Steering):
    """What a flight mode of a multirotor wants for the next step."""

    acceleration_north_mps2: float = 0.0
    acceleration_east_mps2: float = 0.0
    jerk_mps3: float = 5.0
    climb_mps: float = 0.0
    climb_acceleration_mps2: float = 1.0
    heading_rad: float | None = None
    holds_position: bool = True  # False: level, and the wind takes it


@dataclass(frozen=True, slots=True)
class Limits:
    """An airframe's dynamics."""

    tilt_acceleration_mps2: float
    top_speed_mps: float
    lag_s: float
    brake_rate: float  # 1.0 brakes as the measured vehicle did
    deceleration_mps2: float

    def drag_mps2(self, air_speed_mps: float) -> float:
        """The drag's deceleration; at top speed it is all that the greatest tilt gives."""
        share = air_speed_mps / self.top_speed_mps
        return self.tilt_acceleration_mps2 * (_LINEAR_DRAG_SHARE * share + (1 - _LINEAR_DRAG_SHARE) * share * share)


def limits_of(airframe: Airframe) -> Limits:
    lag_s = airframe.reaction_lag_s * _BRAKE_LAG_SHARE
    tests = [(test.speed_mps, test.distance_m) for test in airframe.brake_tests]
    if not tests:
        cruise = airframe.cruise_speed_mps
        tests = [(cruise, cruise**2 / (2 * airframe.deceleration_mps2) + airframe.reaction_lag_s * cruise)]
    rates = [brake_distance_m(speed) / max(distance - lag_s * speed, 0.1) for speed, distance in tests]
    return Limits(
        tilt_acceleration_mps2=GRAVITY_MPS2 * math.tan(math.radians(max(airframe.max_tilt_deg, 5.0))),
        top_speed_mps=airframe.max_speed_mps,
        lag_s=lag_s,
        brake_rate=sum(rates) / len(rates),
        deceleration_mps2=airframe.deceleration_mps2,
    )


def brake_distance_m(speed_mps: float) -> float:
    """The distance from `speed_mps` to rest under v' = -(c + v/T), without the lag."""
    scale = _BRAKE_CONSTANT_MPS2 * _BRAKE_TIME_S
    return _BRAKE_TIME_S * speed_mps - scale * _BRAKE_TIME_S * math.log1p(speed_mps / scale)


def brake_deceleration_mps2(speed_mps: float, rate: float) -> float:
    return rate * (_BRAKE_CONSTANT_MPS2 + speed_mps / _BRAKE_TIME_S)


class Multirotor(Body):
    __slots__ = ("_acceleration_east", "_acceleration_north", "_limits", "_wind_east", "_wind_north")

    def __init__(self, limits: Limits, heading_rad: float) -> None:
        super().__init__(heading_rad)
        self._limits = limits
        self._acceleration_north = self._acceleration_east = 0.0
        self._wind_north = self._wind_east = 0.0

    @property
    def acceleration_mps2(self) -> float:
        return math.hypot(self._acceleration_north, self._acceleration_east)

    def step(self, dt_s: float, steering: Steering, wind: tuple[float, float]) -> None:
        if not isinstance(steering, Tilt):
            steering = Tilt(thrust=steering.thrust)
        self.touchdown_mps = None
        if self.on_ground and (not steering.thrust or steering.climb_mps <= 0):
            self._rest(wind)
            return
        self._move_level(dt_s, steering, wind)
        self._move_up(dt_s, steering)
        if steering.heading_rad is not None and steering.thrust:
            self._turn(dt_s, steering.heading_rad)
        else:
            self.turn_rate_radps = 0.0

    def _rest(self, wind: tuple[float, float]) -> None:
        self.north_mps = self.east_mps = self.climb_mps = 0.0
        self.roll_rad = self.pitch_rad = self.turn_rate_radps = 0.0
        self._acceleration_north = self._acceleration_east = 0.0
        self._wind_north, self._wind_east = wind
        self.air_speed_mps = math.hypot(*wind)

    def _move_level(self, dt_s: float, steering: Tilt, wind: tuple[float, float]) -> None:
        limits = self._limits
        follow = min(dt_s / _WIND_ESTIMATE_S, 1.0)
        self._wind_north += (wind[0] - self._wind_north) * follow
        self._wind_east += (wind[1] - self._wind_east) * follow
        air_north, air_east = self.north_mps - wind[0], self.east_mps - wind[1]
        self.air_speed_mps = math.hypot(air_north, air_east)
        per_speed = limits.drag_mps2(self.air_speed_mps) / max(self.air_speed_mps, 1e-6)
        tilt_north = tilt_east = 0.0
        if steering.thrust and steering.holds_position:
            self._approach_acceleration(dt_s, steering)
            # The controller knows the drag of the wind it has felt so far, not of a gust.
            felt_north, felt_east = self.north_mps - self._wind_north, self.east_mps - self._wind_east
            felt = math.hypot(felt_north, felt_east)
            known = limits.drag_mps2(felt) / max(felt, 1e-6)
            tilt_north = self._acceleration_north + known * felt_north
            tilt_east = self._acceleration_east + known * felt_east
            size = math.hypot(tilt_north, tilt_east)
            if size > limits.tilt_acceleration_mps2:
                tilt_north *= limits.tilt_acceleration_mps2 / size
                tilt_east *= limits.tilt_acceleration_mps2 / size
        self._lean(dt_s, tilt_north, tilt_east)
        north_before, east_before = self.north_mps, self.east_mps
        self.north_mps += (tilt_north - per_speed * air_north) * dt_s
        self.east_mps += (tilt_east - per_speed * air_east) * dt_s
        self.north_m += 0.5 * (north_before + self.north_mps) * dt_s
        self.east_m += 0.5 * (east_before + self.east_mps) * dt_s

    def _approach_acceleration(self, dt_s: float, steering: Tilt) -> None:
        north = steering.acceleration_north_mps2 - self._acceleration_north
        east = steering.acceleration_east_mps2 - self._acceleration_east
        size = math.hypot(north, east)
        share = min(steering.jerk_mps3 * dt_s / size, 1.0) if size > 0 else 0.0
        self._acceleration_north += north * share
        self._acceleration_east += east * share

    def _move_up(self, dt_s: float, steering: Tilt) -> None:
        if steering.thrust:
            wanted, change = steering.climb_mps, steering.climb_acceleration_mps2 * dt_s
        else:
            wanted, change = -_FREE_FALL_TERMINAL_MPS, _CLIMB_ACCELERATION_FALL * dt_s
        before = self.climb_mps
        self.climb_mps += min(max(wanted - before, -change), change)
        self.up_m += 0.5 * (before + self.climb_mps) * dt_s
        self.on_ground = False
        if self.up_m <= 0 and self.climb_mps <= 0:
            self.touchdown_mps = -self.climb_mps
            self.up_m, self.on_ground = 0.0, True
            self.north_mps = self.east_mps = self.climb_mps = 0.0

    def _lean(self, dt_s: float, north: float, east: float) -> None:
        cos, sin = math.cos(self.heading_rad), math.sin(self.heading_rad)
        pitch = -math.atan2(north * cos + east * sin, GRAVITY_MPS2)
        roll = math.atan2(east * cos - north * sin, GRAVITY_MPS2)
        share = min(dt_s / _ATTITUDE_S, 1.0)
        self.pitch_rad += (pitch - self.pitch_rad) * share
        self.roll_rad += (roll - self.roll_rad) * share

    def _turn(self, dt_s: float, heading_rad: float) -> None:
        error = math.remainder(heading_rad - self.heading_rad, math.tau)
        turn = min(max(error * 2.0, -_TURN_RATE_RADPS), _TURN_RATE_RADPS)
        self.turn_rate_radps = turn
        self.heading_rad = math.fmod(self.heading_rad + turn * dt_s + math.tau, math.tau)
