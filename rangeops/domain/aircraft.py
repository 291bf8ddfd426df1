"""Airframes: the figures of an aircraft type that the range's rules count with."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from rangeops.domain.errors import Invalid
from rangeops.domain.facts import Facts

DEFAULT_DECELERATION_MPS2 = 2.5  # ArduCopter's WPNAV_ACCEL and PSC_JERK defaults brake with this
DEFAULT_REACTION_LAG_S = 0.8  # command received to full deceleration, same defaults


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
class Airframe:
    """One type of aircraft; read from hardware/airframes/<id>.toml.

    deceleration_mps2 and reaction_lag_s give the stopping distance v²/2a + lag·v where no brake test says more.
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


def airframe_from(table: Mapping[str, Any], *, where: str) -> Airframe:
    """The airframe that a parsed hardware/airframes/*.toml describes. Raises Invalid."""
    facts = Facts(table, where)
    facts.only(
        "id", "name", "class", "mtom_kg", "characteristic_dimension_m", "speeds", "limits", "brake_test", "battery"
    )
    speeds, limits, battery = facts.section("speeds"), facts.section("limits"), facts.section("battery")
    speeds.only("cruise_mps", "max_mps", "climb_mps", "descent_mps")
    limits.only("tilt_deg", "deceleration_mps2", "reaction_lag_s")
    battery.only("capacity_mah", "cells", "hover_current_a", "cruise_current_a", "reserve_percent")
    vehicle_class = facts.choice("class", VehicleClass)
    if vehicle_class is VehicleClass.UNKNOWN:
        raise Invalid("class must be a known one", where=where, do="Use copter, plane or rover.")
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
    )
