"""What makes a vehicle a copter, and not a plane or a rover: its modes, its numbers, its parameters.

A new class of vehicle is one more Craft in CRAFTS, with flight modes of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.errors import Invalid
from rangeops.sim.auto import Auto
from rangeops.sim.channel import mavlink
from rangeops.sim.copter import COPTER_MODES
from rangeops.sim.modes import FlightMode


class Role(Enum):
    """What a failsafe, a fence or a command asks for, whatever the mode's number is."""

    START = auto()
    AUTO = auto()
    GUIDED = auto()
    LOITER = auto()
    RTL = auto()
    SMART_RTL = auto()
    LAND = auto()
    BRAKE = auto()


@dataclass(frozen=True, slots=True)
class Craft:
    mav_type: int
    vtol_state: int
    base_mode_flags: int
    firmware: str
    frame: str
    parameters: str  # the file of its parameter set
    tune: Callable[[Airframe], Mapping[str, float]]
    modes: Mapping[int, type[FlightMode]]
    roles: Mapping[Role, int]


def _tuned_copter(airframe: Airframe) -> Mapping[str, float]:
    """What a builder sets for an airframe."""
    return {
        "WPNAV_SPEED": airframe.cruise_speed_mps * 100,
        "WPNAV_SPEED_UP": airframe.climb_speed_mps * 100,
        "WPNAV_SPEED_DN": airframe.descent_speed_mps * 100,
        "PILOT_SPEED_UP": airframe.climb_speed_mps * 100,
        "WPNAV_ACCEL": airframe.deceleration_mps2 * 100,
        "ANGLE_MAX": airframe.max_tilt_deg * 100,
        "BATT_CAPACITY": airframe.battery_capacity_mah,
        "BATT_LOW_VOLT": 3.5 * airframe.battery_cells,
    }


COPTER: Final = Craft(
    mav_type=mavlink.MAV_TYPE_QUADROTOR,
    vtol_state=mavlink.MAV_VTOL_STATE_MC,
    base_mode_flags=mavlink.MAV_MODE_FLAG_STABILIZE_ENABLED | mavlink.MAV_MODE_FLAG_MANUAL_INPUT_ENABLED,
    firmware="ArduCopter V4.5.7",
    frame="QUAD/PLUS",
    parameters="copter-4.5.7",
    tune=_tuned_copter,
    modes={mode.number: mode for mode in (*COPTER_MODES, Auto)},
    roles={
        Role.START: 0,
        Role.AUTO: 3,
        Role.GUIDED: 4,
        Role.LOITER: 5,
        Role.RTL: 6,
        Role.SMART_RTL: 21,
        Role.LAND: 9,
        Role.BRAKE: 17,
    },
)

CRAFTS: Final[Mapping[VehicleClass, Craft]] = {VehicleClass.COPTER: COPTER}


def craft_of(airframe: Airframe, *, where: str) -> Craft:
    """Raises Invalid for a class that can't be simulated."""
    craft = CRAFTS.get(airframe.vehicle_class)
    if craft is None:
        known = ", ".join(sorted(vehicle_class.value for vehicle_class in CRAFTS))
        raise Invalid(
            f"airframe {airframe.id!r} is a {airframe.vehicle_class.value}, which can't be simulated",
            where=where,
            do=f"Choose one of class {known}.",
        )
    return craft
