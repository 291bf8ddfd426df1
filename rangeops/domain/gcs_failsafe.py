"""Does a vehicle act by itself when this range falls silent? From its parameters, as each kind of ArduPilot names them.

Source: ArduPilot's parameter lists. FS_GCS_ENABLE (copter 0 off, else an action; rover 0 off, 2 goes on in AUTO),
FS_GCS_ENABL (plane, 3 looks in AUTO alone). Whether anything follows stands elsewhere: FS_OPTIONS bit 1 (copter),
FS_LONG_ACTN (plane), FS_ACTION (rover). It counts the heartbeats of one ground station alone,
SYSID_MYGCS, from 4.7 on MAV_GCS_SYSID.
"""

from collections.abc import Callable
from typing import Final

from rangeops.domain.aircraft import VehicleClass

STATION: Final = "SYSID_MYGCS"
STATION_LATER: Final = "MAV_GCS_SYSID"
_ENABLE: Final = {VehicleClass.PLANE: "FS_GCS_ENABL"}
_FOLLOWS: Final = {  # what follows, by which parameter
    VehicleClass.COPTER: "FS_OPTIONS",
    VehicleClass.PLANE: "FS_LONG_ACTN",
    VehicleClass.ROVER: "FS_ACTION",
}
_COPTER_GOES_ON: Final = 2  # a bit
_PLANE_IN_AUTO_ALONE: Final = 3
_ROVER_GOES_ON: Final = 2


def names(vehicle_class: VehicleClass) -> tuple[str, ...]:
    """What has to be read of it; STATION_LATER too, where it doesn't know STATION."""
    more = (_FOLLOWS[vehicle_class],) if vehicle_class in _FOLLOWS else ()
    return (_ENABLE.get(vehicle_class, "FS_GCS_ENABLE"), *more, STATION)


def armed_for(vehicle_class: VehicleClass, our_sysid: int) -> dict[str, float]:
    """Parameters with which it acts when this range falls silent, as a company sets them before it comes here."""
    more = {_FOLLOWS[vehicle_class]: 1.0} if vehicle_class is VehicleClass.PLANE else {}  # the others act as they come
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
    if vehicle_class is VehicleClass.PLANE and enabled == _PLANE_IN_AUTO_ALONE:
        return f"{enable} {enabled:g}: acts in AUTO alone"
    if int(station) != our_sysid:
        return f"it listens to {station:g}, the range is {our_sysid}"
    return _goes_on(vehicle_class, value)


def _goes_on(vehicle_class: VehicleClass, value: Callable[[str], float | None]) -> str | None:
    """Why nothing follows though it notices; "" where something does; None while that isn't known."""
    if (follows := _FOLLOWS.get(vehicle_class)) is None:
        return ""
    if (action := value(follows)) is None:
        return None
    acts = not int(action) & _COPTER_GOES_ON if vehicle_class is VehicleClass.COPTER else bool(action)
    return "" if acts else f"{follows} {action:g}: goes on{'' if vehicle_class is VehicleClass.ROVER else ' in AUTO'}"
