"""Does a vehicle act by itself when this range falls silent? From its parameters, as each kind of ArduPilot names them.

Source: ArduPilot's parameter lists. FS_GCS_ENABLE (copter 0 off, else an action; rover 0 off, 2 goes on in AUTO),
FS_GCS_ENABL (plane, then with FS_LONG_ACTN 0 it goes on in AUTO). It counts the heartbeats of one ground station alone,
SYSID_MYGCS, from 4.7 on MAV_GCS_SYSID.
"""

from collections.abc import Callable
from typing import Final

from rangeops.domain.aircraft import VehicleClass

STATION: Final = "SYSID_MYGCS"
STATION_LATER: Final = "MAV_GCS_SYSID"
_ENABLE: Final = {VehicleClass.PLANE: "FS_GCS_ENABL"}
_LONG_ACTION: Final = "FS_LONG_ACTN"
_ROVER_GOES_ON: Final = 2


def names(vehicle_class: VehicleClass) -> tuple[str, ...]:
    """What has to be read of it; STATION_LATER too, where it doesn't know STATION."""
    more = (_LONG_ACTION,) if vehicle_class is VehicleClass.PLANE else ()
    return (_ENABLE.get(vehicle_class, "FS_GCS_ENABLE"), *more, STATION)


def armed_for(vehicle_class: VehicleClass, our_sysid: int) -> dict[str, float]:
    """Parameters with which it acts when this range falls silent, as a company sets them before it comes here."""
    more = {_LONG_ACTION: 1.0} if vehicle_class is VehicleClass.PLANE else {}
    return {_ENABLE.get(vehicle_class, "FS_GCS_ENABLE"): 1.0, STATION: float(our_sysid), **more}


def not_armed(vehicle_class: VehicleClass, value: Callable[[str], float | None], our_sysid: int) -> str | None:
    """Why it would fly on when this range falls silent; "" where it acts; None while that isn't known."""
    enable = _ENABLE.get(vehicle_class, "FS_GCS_ENABLE")
    enabled = value(enable)
    station = value(STATION)
    station = value(STATION_LATER) if station is None else station
    if enabled is None or station is None:
        return None
    if not enabled:
        return f"{enable} 0"
    if vehicle_class is VehicleClass.ROVER and enabled == _ROVER_GOES_ON:
        return f"{enable} {enabled:g}: goes on in AUTO"
    if int(station) != our_sysid:
        return f"it listens to {station:g}, the range is {our_sysid}"
    if vehicle_class is VehicleClass.PLANE:
        action = value(_LONG_ACTION)
        return None if action is None else "" if action else f"{_LONG_ACTION} 0: goes on in AUTO"
    return ""
