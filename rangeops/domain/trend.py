"""How a vehicle's velocity changes, told from its successive reports: its turn, and whether it speeds up or brakes."""

import math
from collections import deque
from typing import Final, NamedTuple

from rangeops.domain.telemetry import PositionReport

_WINDOW_MS: Final = 1000  # long enough that an estimator's noise of 0.2 m/s reads as 0.3 m/s²
_SHORTEST_S: Final = 0.35  # two reports at 5 Hz
_GAP_MS: Final = 1500  # longer without a report, and what was before tells nothing of now
_CHANGE2: Final = 0.3**2  # (m/s)²: less within the window is none of what a trend tells
_MOST: Final = 24  # 20 Hz for a window
SLOWEST_MPS: Final = 1.0  # below this a course is noise
_LEAST_TURN_RADPS: Final = math.radians(3.0)
_LEAST_PULL_MPS2: Final = 0.5  # to the side


class Trend(NamedTuple):
    """turn_radps: of the course through the air, positive to the right; over ground where no wind is known.
    acceleration_mps2: of the ground speed, negative where it brakes. climb_acceleration_mps2: of the climb rate, positive
    upwards. 0: none that stands out of the noise. drift_east_mps, drift_north_mps: of the air in which it turns.
    """

    turn_radps: float
    acceleration_mps2: float
    climb_acceleration_mps2: float
    drift_east_mps: float = 0.0
    drift_north_mps: float = 0.0


STEADY: Final = Trend(0.0, 0.0, 0.0)


class TrendKeeper:
    """Feed it every report; those of before a gap or a restart are left out. The trend is told when it is asked for."""

    __slots__ = ("_reports",)

    def __init__(self) -> None:
        self._reports: deque[PositionReport] = deque(maxlen=_MOST)

    def take(self, position: PositionReport) -> bool:
        """Whether its velocity has changed by what could be a turn, a braking or a speeding up."""
        reports, at_ms = self._reports, position.time_boot_ms
        if reports:
            since_ms = at_ms - reports[-1].time_boot_ms
            if not 0 < since_ms <= _GAP_MS:
                if since_ms == 0:
                    return True
                reports.clear()
        reports.append(position)
        first = reports[0]
        while at_ms - first.time_boot_ms > _WINDOW_MS:
            reports.popleft()
            first = reports[0]
        east, north = (
            position.velocity_east_mps - first.velocity_east_mps,
            position.velocity_north_mps - first.velocity_north_mps,
        )
        return east * east + north * north > _CHANGE2

    def trend(self, drift: tuple[float, float] = (0.0, 0.0)) -> Trend:
        """drift: east and north, of the air in which it turns."""
        reports = self._reports
        if not reports:
            return STEADY
        first, last = reports[0], reports[-1]
        span_s = (last.time_boot_ms - first.time_boot_ms) * 1e-3
        return _between(first, last, span_s, drift) if span_s >= _SHORTEST_S else STEADY


def _between(first: PositionReport, last: PositionReport, span_s: float, drift: tuple[float, float]) -> Trend:
    east, north = last.velocity_east_mps - drift[0], last.velocity_north_mps - drift[1]
    first_east, first_north = first.velocity_east_mps - drift[0], first.velocity_north_mps - drift[1]
    speed, first_speed = math.hypot(east, north), math.hypot(first_east, first_north)
    turn = 0.0
    if speed > SLOWEST_MPS and first_speed > SLOWEST_MPS:
        cross, dot = first_north * east - first_east * north, first_north * north + first_east * east
        turn = math.atan2(cross, dot) / span_s
        if abs(turn) < _LEAST_TURN_RADPS or abs(turn) * speed < _LEAST_PULL_MPS2:
            turn = 0.0
    gains = last.ground_speed_mps - first.ground_speed_mps
    climbs = first.velocity_down_mps - last.velocity_down_mps
    if not turn:
        return Trend(0.0, gains / span_s, climbs / span_s)
    return Trend(turn, gains / span_s, climbs / span_s, *drift)
