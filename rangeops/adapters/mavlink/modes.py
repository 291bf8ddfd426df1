"""Flight modes by autopilot and vehicle class: numbers to names, and the numbers that hold, return and land.

The same number is another mode on another vehicle; a number that a table doesn't have stays without a name.
Source: ArduPilot's mode.h of each vehicle; PX4's px4_custom_mode.h; docs/mavlink.md.
"""

from collections.abc import Mapping
from typing import Final

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandKind
from rangeops.domain.telemetry import Autopilot

Vehicle = tuple[Autopilot, VehicleClass]

_COPTER: Final = {
    0: "STABILIZE",
    1: "ACRO",
    2: "ALT_HOLD",
    3: "AUTO",
    4: "GUIDED",
    5: "LOITER",
    6: "RTL",
    7: "CIRCLE",
    9: "LAND",
    11: "DRIFT",
    13: "SPORT",
    14: "FLIP",
    15: "AUTOTUNE",
    16: "POSHOLD",
    17: "BRAKE",
    18: "THROW",
    19: "AVOID_ADSB",
    20: "GUIDED_NOGPS",
    21: "SMART_RTL",
    22: "FLOWHOLD",
    23: "FOLLOW",
    24: "ZIGZAG",
    25: "SYSTEMID",
    26: "AUTOROTATE",
    27: "AUTO_RTL",
    28: "TURTLE",
}
_PLANE: Final = {
    0: "MANUAL",
    1: "CIRCLE",
    2: "STABILIZE",
    3: "TRAINING",
    4: "ACRO",
    5: "FBWA",
    6: "FBWB",
    7: "CRUISE",
    8: "AUTOTUNE",
    10: "AUTO",
    11: "RTL",
    12: "LOITER",
    13: "TAKEOFF",
    14: "AVOID_ADSB",
    15: "GUIDED",
    16: "INITIALISING",
    17: "QSTABILIZE",
    18: "QHOVER",
    19: "QLOITER",
    20: "QLAND",
    21: "QRTL",
    22: "QAUTOTUNE",
    23: "QACRO",
    24: "THERMAL",
    25: "LOITER_ALT_QLAND",
    26: "AUTOLAND",
}
_ROVER: Final = {
    0: "MANUAL",
    1: "ACRO",
    3: "STEERING",
    4: "HOLD",
    5: "LOITER",
    6: "FOLLOW",
    7: "SIMPLE",
    8: "DOCK",
    9: "CIRCLE",
    10: "AUTO",
    11: "RTL",
    12: "SMART_RTL",
    15: "GUIDED",
    16: "INITIALISING",
}


def _px4(main: int, sub: int = 0) -> int:
    """PX4's custom_mode: main mode in byte 2, sub-mode in byte 3."""
    return main << 16 | sub << 24


_PX4: Final = {
    _px4(1): "MANUAL",
    _px4(2): "ALTCTL",
    _px4(3): "POSCTL",
    _px4(4, 1): "AUTO.READY",
    _px4(4, 2): "AUTO.TAKEOFF",
    _px4(4, 3): "AUTO.LOITER",
    _px4(4, 4): "AUTO.MISSION",
    _px4(4, 5): "AUTO.RTL",
    _px4(4, 6): "AUTO.LAND",
    _px4(4, 8): "AUTO.FOLLOW_TARGET",
    _px4(4, 9): "AUTO.PRECLAND",
    _px4(5): "ACRO",
    _px4(6): "OFFBOARD",
    _px4(7): "STABILIZED",
}

_NAMES: Final[Mapping[Vehicle, Mapping[int, str]]] = {
    (Autopilot.ARDUPILOT, VehicleClass.COPTER): _COPTER,
    (Autopilot.ARDUPILOT, VehicleClass.PLANE): _PLANE,
    (Autopilot.ARDUPILOT, VehicleClass.ROVER): _ROVER,
    (Autopilot.PX4, VehicleClass.COPTER): _PX4,
    (Autopilot.PX4, VehicleClass.PLANE): _PX4,
    (Autopilot.PX4, VehicleClass.ROVER): _PX4,
}
_STOPS: Final[Mapping[Vehicle, Mapping[CommandKind, int]]] = {
    # A copter's LOITER sinks without RC (throttle stick low): BRAKE is its hold.
    (Autopilot.ARDUPILOT, VehicleClass.COPTER): {CommandKind.HOLD: 17, CommandKind.RTL: 6, CommandKind.LAND: 9},
    # A plane has no mode that lands it where it is.
    (Autopilot.ARDUPILOT, VehicleClass.PLANE): {CommandKind.HOLD: 12, CommandKind.RTL: 11},
    (Autopilot.ARDUPILOT, VehicleClass.ROVER): {CommandKind.HOLD: 4, CommandKind.RTL: 11},
    (Autopilot.PX4, VehicleClass.COPTER): {
        CommandKind.HOLD: _px4(4, 3),
        CommandKind.RTL: _px4(4, 5),
        CommandKind.LAND: _px4(4, 6),
    },
    (Autopilot.PX4, VehicleClass.PLANE): {CommandKind.HOLD: _px4(4, 3), CommandKind.RTL: _px4(4, 5)},
}
CIRCLES_TO_HOLD: Final = frozenset([VehicleClass.PLANE])
"""Classes whose hold is a circle: they never slow down."""


def mode_name(autopilot: Autopilot, vehicle_class: VehicleClass, number: int) -> str:
    """The autopilot's own name of a mode; "" where we don't know it, never a guess."""
    return _NAMES.get((autopilot, vehicle_class), {}).get(number, "")


def mode_number(autopilot: Autopilot, vehicle_class: VehicleClass, kind: CommandKind) -> int | None:
    """The mode that does what `kind` asks on this vehicle; None where it has none."""
    return _STOPS.get((autopilot, vehicle_class), {}).get(kind)


def mode_called(autopilot: Autopilot, vehicle_class: VehicleClass, name: str) -> int | None:
    """The number of a mode by the autopilot's own name of it; None where this vehicle has none so called."""
    modes = _NAMES.get((autopilot, vehicle_class), {})
    return next((number for number, known in modes.items() if known == name), None)


def mode_parameters(autopilot: Autopilot, number: int) -> tuple[float, float]:
    """param2 and param3 of MAV_CMD_DO_SET_MODE: ArduPilot takes the whole number, PX4 main and sub-mode apart."""
    if autopilot is Autopilot.PX4:
        return float(number >> 16 & 0xFF), float(number >> 24 & 0xFF)
    return float(number), 0.0
