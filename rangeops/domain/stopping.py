"""How far a vehicle still goes after it was told to stop.

Measured on ArduCopter 4.5.7 with its default acceleration limits: 20.6 m from 10 m/s by BRAKE and 20.9 m by RTL, where
SORA's formula for a 45° pitch-up says 5 m: on every judgement that rests on stopping, the longer figure counts.
docs/safety/stopping.md has the table.
"""

import math
from collections.abc import Callable, Iterable
from typing import Final

from rangeops.domain.aircraft import (
    DEFAULT_DECELERATION_MPS2,
    DEFAULT_REACTION_LAG_S,
    DEFAULT_VERTICAL_DECELERATION_MPS2,
    Airframe,
    BrakeTest,
    VehicleClass,
)
from rangeops.domain.policy import Policy

REPORT_AGE_S: Final = 0.5  # a position report may be this old when it is judged: 5 Hz, and two that agree
_SPEEDS_WHILE_BRAKING: Final = 8  # looked at between rest and the speed from which a vehicle brakes
_TO_REST_S: Final = 4.8  # measured from 5 to 10 m/s: 4.2 to 4.8 s, the last metres slowly
_TO_REST_FROM_MPS: Final = 5.0
LAND_EXTRA_LAG_S = 0.7  # LAND brakes softer: 23.5 m from 7.8 m/s measured, where BRAKE needs 15.3 m


def stopping_distance_m(airframe: Airframe | None, speed_mps: float) -> float:
    """Distance along the track from the command (hold or RTL) to rest.

    The longer of v²/(2a) + lag·v and what the brake tests say: a test proves the formula short, but one good test in
    still air doesn't earn less than the formula. None: an unknown aircraft, counted with ArduCopter's defaults.
    """
    return stopping_curve(airframe)(speed_mps)


def stopping_curve(airframe: Airframe | None) -> Callable[[float], float]:
    """`stopping_distance_m` of one airframe, prepared to be asked with every position."""
    if airframe is None:
        deceleration_mps2, lag_s = DEFAULT_DECELERATION_MPS2, DEFAULT_REACTION_LAG_S
    else:
        deceleration_mps2, lag_s = airframe.deceleration_mps2, airframe.reaction_lag_s
    tested = _tested(airframe.brake_tests if airframe else ())

    def distance_m(speed_mps: float) -> float:
        formula = speed_mps * speed_mps / (2 * deceleration_mps2) + lag_s * speed_mps
        return max(formula, _measured_m(tested, speed_mps)) if tested else formula

    return distance_m


def stopping_time_curve(airframe: Airframe | None) -> Callable[[float, float], float]:
    """How long from the command (hold or RTL) until it gets no farther along its track, by speed and stopping distance.

    Lag and an even deceleration over the stopping distance, never less than was measured. A plane doesn't come to rest:
    it turns away, on a quarter circle that leads it as far ahead as it is counted to need.
    """
    lag_s = airframe.reaction_lag_s if airframe else DEFAULT_REACTION_LAG_S
    turns = airframe is not None and airframe.vehicle_class is VehicleClass.PLANE

    def time_s(speed_mps: float, distance_m: float) -> float:
        if speed_mps <= 0.0:
            return 0.0
        if turns:
            return math.pi / 2 * distance_m / speed_mps
        even_s = 2 * distance_m / speed_mps - lag_s
        slow_s = _TO_REST_S if speed_mps >= _TO_REST_FROM_MPS else _TO_REST_S * speed_mps / _TO_REST_FROM_MPS
        return even_s if even_s > slow_s else slow_s  # noqa: FURB136  # a call for each judgement costs more

    return time_s


def levelling_curve(airframe: Airframe | None) -> Callable[[float], float]:
    """The height that a climb or descent still takes from the command to level flight, by its rate.

    Nothing was measured of it: the longer of v²/(2a) + lag·v with the vertical deceleration, and the way that a stop takes.
    """
    along_m = stopping_curve(airframe)
    deceleration_mps2 = airframe.vertical_deceleration_mps2 if airframe else DEFAULT_VERTICAL_DECELERATION_MPS2
    lag_s = airframe.reaction_lag_s if airframe else DEFAULT_REACTION_LAG_S

    def height_m(rate_mps: float) -> float:
        return max(rate_mps * rate_mps / (2 * deceleration_mps2) + lag_s * rate_mps, along_m(rate_mps))

    return height_m


class Room:
    """How far before an edge the live forecast acts (rung_of): what a plan must leave beyond a leg's end.

    A vehicle that passes a waypoint at speed v needs stop(v) + (reaction margin + report's age)·v beyond it, or as far
    as the forecast looks, if that is less. One that comes to rest there at `deceleration_mps2` is judged all the way
    down: at each speed v it is still v²/(2a) before the point, which is not needed beyond it.
    """

    def __init__(self, airframe: Airframe | None, policy: Policy, deceleration_mps2: float) -> None:
        self._stop_m = stopping_curve(airframe)
        self._act_s = policy.reaction_margin_s + REPORT_AGE_S
        self._look_s = policy.forecast_horizon_s + REPORT_AGE_S
        self._deceleration_mps2 = deceleration_mps2
        self._known: dict[tuple[float, bool], float] = {}

    def beyond_m(self, speed_mps: float, *, stops: bool) -> float:
        key = (speed_mps, stops)
        if key not in self._known:
            self._known[key] = self._stopping_m(speed_mps) if stops else self._passing_m(speed_mps)
        return self._known[key]

    def _passing_m(self, speed_mps: float) -> float:
        return min(self._stop_m(speed_mps) + self._act_s * speed_mps, self._look_s * speed_mps)

    def _stopping_m(self, speed_mps: float) -> float:
        slower = [speed_mps * n / _SPEEDS_WHILE_BRAKING for n in range(1, _SPEEDS_WHILE_BRAKING + 1)]
        return max(0.0, *(self._passing_m(v) - v * v / (2 * self._deceleration_mps2) for v in slower))


def landing_distance_m(airframe: Airframe | None, speed_mps: float) -> float:
    """Distance along the track from a LAND command to the vertical descent."""
    return stopping_distance_m(airframe, speed_mps) + LAND_EXTRA_LAG_S * speed_mps


def _tested(brake_tests: Iterable[BrakeTest]) -> tuple[tuple[float, float], ...]:
    """(speed, distance) by rising speed; a faster stop is never counted shorter than a slower one."""
    rising: list[tuple[float, float]] = []
    for test in sorted(brake_tests, key=lambda t: t.speed_mps):
        rising.append((test.speed_mps, max(test.distance_m, rising[-1][1] if rising else 0.0)))
    return tuple(rising)


def _measured_m(tested: tuple[tuple[float, float], ...], speed_mps: float) -> float:
    """Between two tests the straight line (stopping distance is convex in speed, so the line is never short); below
    the slowest the line from rest; above the fastest its distance grown by the square of the speed.
    """
    slower_mps, slower_m = 0.0, 0.0
    for tested_mps, distance_m in tested:
        if speed_mps <= tested_mps:
            if tested_mps == slower_mps:
                return distance_m
            share = (speed_mps - slower_mps) / (tested_mps - slower_mps)
            return slower_m + share * (distance_m - slower_m)
        slower_mps, slower_m = tested_mps, distance_m
    if slower_mps == 0.0:
        return 0.0
    return slower_m * (speed_mps / slower_mps) ** 2
