"""What is known of one vehicle's way ahead, for the forecast: from its reports, and from where it says that it flies."""

from collections.abc import Callable
from typing import Final

from rangeops.domain.aircraft import DEFAULT_LOITER_RADIUS_M, Airframe, VehicleClass
from rangeops.domain.forecast import Ahead, Place
from rangeops.domain.forecast_rules import ForecastRules
from rangeops.domain.now import Now
from rangeops.domain.separation import MANOEUVRE_MPS2
from rangeops.domain.telemetry import Autopilot, NavigationTarget, PositionReport, VehicleState
from rangeops.domain.trend import TrendKeeper

TARGET_OLD_S: Final = 1.5  # told twice a second, but only while it flies there
NEWLY_S: Final = 4.0  # so long after a new target it may still be turning
GPS_OLD_S: Final = 5.0
WIND_OLD_S: Final = 10.0
_SAME_DEG: Final = 1e-6  # 0.1 m
_CIRCLING: Final = frozenset(
    ["GUIDED", "LOITER", "RTL", "CIRCLE", "AVOID_ADSB"]
)  # a plane's modes that end in a circle
_ALONG_LEGS: Final = "AUTO"
_OVER_HOME: Final = frozenset(["RTL"])


class WayAhead:
    """Feed it every trusted report; `known` is for one judgement."""

    def __init__(self) -> None:
        self._reports = TrendKeeper()
        self._target: NavigationTarget | None = None
        self._place: Place | None = None
        self._came_from: Place | None = None
        self._since_s = float("-inf")  # it flies to that place

    def take(self, position: PositionReport, state: VehicleState) -> bool:
        """Whether its way may lead elsewhere than straight on."""
        return self._reports.take(position) or state.target is not None

    def known(
        self,
        state: VehicleState,
        airframe: Airframe | None,
        rules: ForecastRules,
        to_site: Callable[[float, float], tuple[float, float]],
        now: Now,
    ) -> Ahead:
        places, drift = self._places(state, to_site, now), drift_of(state, now.monotonic_s)
        return Ahead(
            trend=self._reports.trend(drift),
            places=places,
            circle_m=_circle_m(state, airframe) if places else 0.0,
            came_from=self._came_from,
            newly=now.monotonic_s - self._since_s < NEWLY_S,
            error_m=error_m(state, rules, now),
            error_up_m=rules.height_error_m * _doubt(state.estimator.height_ratio if state.estimator else 1.0),
            wind=drift,
        )

    def _places(
        self, state: VehicleState, to_site: Callable[[float, float], tuple[float, float]], now: Now
    ) -> tuple[Place, ...]:
        """ArduPilot's only: another autopilot's target may be a carrot that it holds out in front of itself."""
        target, heartbeat = state.target, state.heartbeat
        if target is None or heartbeat is None or heartbeat.autopilot is not Autopilot.ARDUPILOT:
            return ()
        if now.monotonic_s - target.at_s > TARGET_OLD_S:
            return ()
        before = self._target
        if target is not before:
            if before is None or self._place is None or not _same(target, before):
                self._since_s = target.at_s
                self._came_from = self._place if heartbeat.mode == _ALONG_LEGS else None
                east_m, north_m = to_site(target.latitude_deg, target.longitude_deg)
                self._place = Place(east_m, north_m, target.altitude_amsl_m)
            self._target = target
        return () if self._place is None else (self._place,)


def error_m(state: VehicleState, rules: ForecastRules, now: Now) -> float:
    """How far to any side a trusted position may be off: twice its standard deviation by the receiver's own word or by its
    HDOP, no less than the rules have; more as the filter's innovations near what it would refuse, and as the report ages.
    """
    error = rules.position_error_m
    gps = state.gps
    if gps is not None and now.monotonic_s - gps.at_s <= GPS_OLD_S:
        if gps.horizontal_accuracy_m is not None:
            error = max(error, 2 * gps.horizontal_accuracy_m)
        elif gps.hdop is not None:
            error = max(error, 2 * gps.hdop * rules.hdop_error_m)
    error *= _doubt(state.estimator.position_ratio if state.estimator else 1.0)
    age_s = 0.0 if state.position is None else now.monotonic_s - state.position.at_s
    return error + 0.5 * MANOEUVRE_MPS2 * age_s * age_s


def _doubt(ratio: float) -> float:
    """From half of the filter's own limit on, an error counts more."""
    return max(1.0, 2.0 * ratio)


def drift_of(state: VehicleState, at_s: float) -> tuple[float, float]:
    """A plane turns in the air, and is carried off with it; a copter holds its own course over ground."""
    wind = state.wind
    if wind is None or state.vehicle_class is not VehicleClass.PLANE or at_s - wind.at_s > WIND_OLD_S:
        return 0.0, 0.0
    return wind.east_mps, wind.north_mps


def _circle_m(state: VehicleState, airframe: Airframe | None) -> float:
    if state.vehicle_class is not VehicleClass.PLANE or state.mode not in _CIRCLING:
        return 0.0
    if airframe is None:
        return DEFAULT_LOITER_RADIUS_M
    return airframe.rtl_radius_m if state.mode in _OVER_HOME else airframe.loiter_radius_m


def _same(one: NavigationTarget, other: NavigationTarget) -> bool:
    return (
        abs(one.latitude_deg - other.latitude_deg) < _SAME_DEG
        and abs(one.longitude_deg - other.longitude_deg) < _SAME_DEG
        and abs(one.altitude_amsl_m - other.altitude_amsl_m) < 1.0
    )
