"""Tilt laws: from where the vehicle believes it is and where it should be, to acceleration and climb.

All of them work in the autopilot's frame (metres north, east, up of the starting point, as estimated).
"""

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from rangeops.sim.dynamics import Limits, Tilt, brake_deceleration_mps2

_POSITION_GAIN: Final = 1.0  # PSC_POSXY_P
_VELOCITY_GAIN: Final = 1.25
_STOPPED_MPS: Final = 0.15
_REVERSE_SHARE: Final = 1.64  # of the deceleration limit; measured: 4.1 m/s² with WPNAV_ACCEL 2.5
_REVERSE_JERK_MPS3: Final = 2.1
_QUICK_JERK_MPS3: Final = 60.0
_HOLDING_JERK_MPS3: Final = 20.0
_QUIET_S: Final = 0.06  # a new target first ends the acceleration that was
_LAND_SHARE: Final = 1.2  # of the deceleration limit, after a lag


@dataclass(frozen=True, slots=True)
class Motion:
    """What the autopilot believes of its own movement."""

    north_m: float
    east_m: float
    up_m: float
    north_mps: float
    east_mps: float
    climb_mps: float
    heading_rad: float

    @property
    def ground_speed_mps(self) -> float:
        return math.hypot(self.north_mps, self.east_mps)


def approach_speed_mps(distance_m: float, deceleration_mps2: float) -> float:
    """The speed from which a stop in `distance_m` is possible: proportional near the target, √ further out."""
    linear_m = deceleration_mps2 / _POSITION_GAIN**2
    if distance_m <= linear_m:
        return distance_m * _POSITION_GAIN
    return math.sqrt(2 * deceleration_mps2 * (distance_m - linear_m / 2))


def climb_to(error_m: float, up_mps: float, down_mps: float, acceleration_mps2: float) -> float:
    """Climb speed towards a height `error_m` above (negative: below)."""
    speed = approach_speed_mps(abs(error_m), acceleration_mps2 / 2)
    return min(speed, up_mps) if error_m > 0 else -min(speed, down_mps)


def velocity_towards(
    motion: Motion, north_m: float, east_m: float, speed_mps: float, deceleration: float
) -> tuple[float, float]:
    north, east = north_m - motion.north_m, east_m - motion.east_m
    distance = math.hypot(north, east)
    if distance < 1e-3:
        return 0.0, 0.0
    share = min(approach_speed_mps(distance, deceleration), speed_mps) / distance
    return north * share, east * share


def follow_velocity(motion: Motion, north_mps: float, east_mps: float, acceleration_mps2: float) -> tuple[float, float]:
    """The acceleration that brings the velocity to the one wanted, no larger than `acceleration_mps2`."""
    north = (north_mps - motion.north_mps) * _VELOCITY_GAIN
    east = (east_mps - motion.east_mps) * _VELOCITY_GAIN
    size = math.hypot(north, east)
    if size > acceleration_mps2:
        north *= acceleration_mps2 / size
        east *= acceleration_mps2 / size
    return north, east


class StopStyle(Enum):
    BRAKE = auto()  # BRAKE: at once, hard, softer towards the end
    REVERSE = auto()  # RTL and a new target: jerk-limited, hardest at the end
    LAND = auto()  # LAND: softly


class Stop:
    """Coming to rest, then holding the point where that happened. One instance a stop."""

    def __init__(
        self,
        motion: Motion,
        limits: Limits,
        style: StopStyle,
        started_s: float,
        at: tuple[float, float] | None = None,
    ) -> None:
        """`at`: the point to hold, where the vehicle has arrived at one."""
        self._limits = limits
        self._style = style
        self._started_s = started_s
        self._lag_s = _land_lag_s(motion.ground_speed_mps, limits) if style is StopStyle.LAND else limits.lag_s
        self._point = at
        if at is None and motion.ground_speed_mps < _STOPPED_MPS:
            self._point = (motion.north_m, motion.east_m)

    @property
    def stopped(self) -> bool:
        return self._point is not None

    def steer(self, motion: Motion, now_s: float) -> tuple[float, float, float]:
        """(north, east) acceleration and the jerk limit."""
        speed = motion.ground_speed_mps
        if self._point is None and speed < _STOPPED_MPS:
            self._point = (motion.north_m, motion.east_m)
        if self._point is not None:
            wanted = velocity_towards(motion, *self._point, 2.0, self._limits.deceleration_mps2)
            return *follow_velocity(motion, *wanted, self._limits.deceleration_mps2), _HOLDING_JERK_MPS3
        # Near rest every law is softened to a velocity gain, or a step would swing it back.
        softest = speed * 8
        since_s = now_s - self._started_s
        if self._style is StopStyle.REVERSE:
            if since_s < _QUIET_S:
                return 0.0, 0.0, _QUICK_JERK_MPS3
            rate, jerk = self._limits.deceleration_mps2 * _REVERSE_SHARE, _REVERSE_JERK_MPS3 * self._limits.brake_rate
        elif since_s < self._lag_s:
            return 0.0, 0.0, _QUICK_JERK_MPS3
        elif self._style is StopStyle.LAND:
            rate, jerk = self._limits.deceleration_mps2 * _LAND_SHARE, _QUICK_JERK_MPS3
        else:
            rate, jerk = brake_deceleration_mps2(speed, self._limits.brake_rate), _QUICK_JERK_MPS3
        share = min(rate, softest) / speed
        return -motion.north_mps * share, -motion.east_mps * share, jerk


def _land_lag_s(speed_mps: float, limits: Limits) -> float:
    """LAND stops late: measured 23.5 m from 7.8 m/s and 24.4 m from 10 m/s, in about 4 s."""
    if speed_mps < 1.0:
        return 0.0
    distance_m = (20.3 + 0.41 * speed_mps) * min(speed_mps / 7.0, 1.0) / limits.brake_rate
    braking_m = speed_mps**2 / (2 * limits.deceleration_mps2 * _LAND_SHARE)
    return max(distance_m - braking_m, 0.0) / speed_mps


def level(climb_mps: float, *, acceleration_mps2: float = 1.0, thrust: bool = True) -> Tilt:
    """No position control: level, and the wind takes it."""
    return Tilt(climb_mps=climb_mps, climb_acceleration_mps2=acceleration_mps2, holds_position=False, thrust=thrust)
