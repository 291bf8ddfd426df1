"""Airframes: the figures of an aircraft type that the range's rules count with."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts

DEFAULT_DECELERATION_MPS2 = 2.5  # ArduCopter's WPNAV_ACCEL and PSC_JERK defaults brake with this
DEFAULT_VERTICAL_DECELERATION_MPS2: Final = 1.0
DEFAULT_REACTION_LAG_S = 0.8  # command received to full deceleration, same defaults
DEFAULT_LOITER_RADIUS_M: Final = 60.0  # ArduPlane's WP_LOITER_RAD
_GRAVITY_MPS2: Final = 9.81
_STEEPEST_BANK_DEG: Final = 60.0  # a turn is never counted tighter than this bank makes it
_ROVER_TURN_G: Final = 0.6  # Rover's ATC_TURN_MAX_G


class VehicleClass(Enum):
    COPTER = "copter"
    PLANE = "plane"
    ROVER = "rover"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BrakeTest:
    """One measured stop: distance along the track from the command to rest."""

    speed_mps: float
    distance_m: float


@dataclass(frozen=True, slots=True)
class Parachute:
    """opening_s: from the command until it carries; sink_mps: how fast it then comes down."""

    opening_s: float
    sink_mps: float


@dataclass(frozen=True, slots=True)
class Airframe:
    """One type of aircraft; read from hardware/airframes/<id>.toml.

    deceleration_mps2 and reaction_lag_s give the stopping distance v²/2a + lag·v where no brake test says more.
    loiter_radius_m: of the circle on which a plane holds; rtl_radius_m: of the one over home. glide_ratio: metres
    forward for each metre down with the motor off. link_range_m: as far as its command link was tested.
    night_lights: whether it can be seen, and its attitude told, in the dark.
    """

    id: str
    name: str
    vehicle_class: VehicleClass
    mtom_kg: float
    characteristic_dimension_m: float
    cruise_speed_mps: float
    max_speed_mps: float
    climb_speed_mps: float
    descent_speed_mps: float
    max_tilt_deg: float
    deceleration_mps2: float
    reaction_lag_s: float
    brake_tests: tuple[BrakeTest, ...]
    battery_capacity_mah: float
    battery_cells: int
    hover_current_a: float
    cruise_current_a: float
    battery_reserve_percent: float
    loiter_radius_m: float = DEFAULT_LOITER_RADIUS_M
    rtl_radius_m: float = DEFAULT_LOITER_RADIUS_M
    parachute: Parachute | None = None
    glide_ratio: float | None = None
    link_range_m: float | None = None
    night_lights: bool = False
    max_wind_mps: float | None = None
    max_gust_mps: float | None = None

    @property
    def vertical_deceleration_mps2(self) -> float:
        """At the end of a climb or descent: ArduCopter's WPNAV_ACCEL_Z."""
        return DEFAULT_VERTICAL_DECELERATION_MPS2

    def turn_radius_m(self, speed_mps: float) -> float:
        """How tightly it can turn at a speed: a plane by its bank, a rover by its tyres; a copter turns on the spot."""
        match self.vehicle_class:
            case VehicleClass.PLANE:
                bank = math.radians(min(max(self.max_tilt_deg, 1.0), _STEEPEST_BANK_DEG))
                return speed_mps**2 / (_GRAVITY_MPS2 * math.tan(bank))
            case VehicleClass.ROVER:
                return speed_mps**2 / (_GRAVITY_MPS2 * _ROVER_TURN_G)
        return 0.0


def airframe_from(table: Mapping[str, Any], *, where: str) -> Airframe:
    """The airframe that a parsed hardware/airframes/*.toml describes. Raises Invalid."""
    facts = Facts(table, where)
    facts.only(
        *("id", "name", "class", "mtom_kg", "characteristic_dimension_m", "night_lights", "speeds", "limits"),
        *("brake_test", "battery", "circles", "parachute", "link"),
    )
    speeds, limits, battery = facts.section("speeds"), facts.section("limits"), facts.section("battery")
    speeds.only("cruise_mps", "max_mps", "climb_mps", "descent_mps")
    limits.only("tilt_deg", "deceleration_mps2", "reaction_lag_s", "glide_ratio", "max_wind_mps", "max_gust_mps")
    battery.only("capacity_mah", "cells", "hover_current_a", "cruise_current_a", "reserve_percent")
    vehicle_class = facts.choice("class", VehicleClass)
    if vehicle_class is VehicleClass.UNKNOWN:
        raise Invalid("class must be a known one", where=where, do="Use copter, plane or rover.")
    loiter_radius_m, rtl_radius_m = _circles(facts)
    return Airframe(
        id=facts.text("id"),
        name=facts.text("name"),
        vehicle_class=vehicle_class,
        mtom_kg=facts.number("mtom_kg", at_least=0.01, at_most=1000),
        characteristic_dimension_m=facts.number("characteristic_dimension_m", at_least=0.05, at_most=50),
        cruise_speed_mps=speeds.number("cruise_mps", at_least=0.1, at_most=100),
        max_speed_mps=speeds.number("max_mps", at_least=0.1, at_most=120),
        climb_speed_mps=speeds.number("climb_mps", at_least=0, at_most=50),
        descent_speed_mps=speeds.number("descent_mps", at_least=0, at_most=50),
        max_tilt_deg=limits.number("tilt_deg", at_least=0, at_most=80),
        deceleration_mps2=limits.number("deceleration_mps2", DEFAULT_DECELERATION_MPS2, at_least=0.1, at_most=20),
        reaction_lag_s=limits.number("reaction_lag_s", DEFAULT_REACTION_LAG_S, at_least=0, at_most=10),
        brake_tests=tuple(
            BrakeTest(
                speed_mps=test.number("speed_mps", at_least=0.1, at_most=120),
                distance_m=test.number("distance_m", at_least=0.1, at_most=5000),
            )
            for test in facts.sections("brake_test")
        ),
        battery_capacity_mah=battery.number("capacity_mah", at_least=10, at_most=1e6),
        battery_cells=battery.integer("cells", at_least=1, at_most=48),
        hover_current_a=battery.number("hover_current_a", at_least=0.01, at_most=2000),
        cruise_current_a=battery.number("cruise_current_a", at_least=0.01, at_most=2000),
        battery_reserve_percent=battery.number("reserve_percent", 25, at_least=0, at_most=90),
        loiter_radius_m=loiter_radius_m,
        rtl_radius_m=rtl_radius_m,
        parachute=_parachute(facts.section("parachute")) if facts.has("parachute") else None,
        glide_ratio=limits.number("glide_ratio", at_least=1, at_most=60) if limits.has("glide_ratio") else None,
        link_range_m=_link_range_m(facts.section("link")) if facts.has("link") else None,
        night_lights=facts.flag("night_lights", default=False),
        max_wind_mps=limits.number("max_wind_mps", at_least=0, at_most=60) if limits.has("max_wind_mps") else None,
        max_gust_mps=limits.number("max_gust_mps", at_least=0, at_most=60) if limits.has("max_gust_mps") else None,
    )


def _circles(facts: Facts) -> tuple[float, float]:
    """(loiter radius, radius over home): WP_LOITER_RAD and RTL_RADIUS, which is the former where it isn't given."""
    if not facts.has("circles"):
        return DEFAULT_LOITER_RADIUS_M, DEFAULT_LOITER_RADIUS_M
    circles = facts.section("circles")
    circles.only("loiter_radius_m", "rtl_radius_m")
    loiter_m = circles.number("loiter_radius_m", at_least=1, at_most=5000)
    return loiter_m, circles.number("rtl_radius_m", loiter_m, at_least=1, at_most=5000)


def _parachute(facts: Facts) -> Parachute:
    facts.only("opening_s", "sink_mps")
    return Parachute(
        opening_s=facts.number("opening_s", at_least=0, at_most=60),
        sink_mps=facts.number("sink_mps", at_least=0.1, at_most=50),
    )


def _link_range_m(facts: Facts) -> float:
    facts.only("range_m")
    return facts.number("range_m", at_least=10, at_most=100_000)
