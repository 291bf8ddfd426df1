"""How a plane turns towards home: it can't on the spot, and what lies beside the straight way home may be hit by its turn."""

import math
from typing import Final

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.closed_air import Motion
from rangeops.domain.forecast import WIDER, turning

_BEGINS_S: Final = 1.5  # until it is told, and has rolled into the turn
_POINTS_HOME: Final = math.cos(math.radians(20.0))
_EITHER: Final = math.cos(math.radians(140.0))  # home farther behind than this: wind and a wobble decide on the side
_LONGEST_S: Final = 60.0

Way = list[tuple[float, float]]


def turns_home(
    motion: Motion, home: tuple[float, float], airframe: Airframe, drift: tuple[float, float] = (0.0, 0.0)
) -> list[Way]:
    """East and north along each way that it may turn, from where it is until it points home; none: it needn't turn.

    drift: of the air in which it turns. Source: ArduPlane's RTL turns to the nearer side at its bank limit; measured at
    22 m/s it gets 55 m farther ahead, where this counts 93.
    """
    air_east, air_north = motion.east_mps - drift[0], motion.north_mps - drift[1]
    airspeed = math.hypot(air_east, air_north)
    if airframe.vehicle_class is not VehicleClass.PLANE or airspeed < 1.0:
        return []
    begins = motion._replace(
        east_m=motion.east_m + motion.east_mps * _BEGINS_S, north_m=motion.north_m + motion.north_mps * _BEGINS_S
    )
    along = _towards(begins, home)
    if along >= _POINTS_HOME:
        return []
    east, north = home[0] - begins.east_m, home[1] - begins.north_m
    side = math.copysign(1.0, motion.north_mps * east - motion.east_mps * north)  # positive: to the right
    rate = airspeed / max(WIDER * airframe.turn_radius_m(airspeed), 1.0)
    sides = (side, -side) if along <= _EITHER else (side,)
    return [[(motion.east_m, motion.north_m), *_turn(begins, home, each * rate, drift)] for each in sides]


def _turn(begins: Motion, home: tuple[float, float], turn_radps: float, drift: tuple[float, float]) -> Way:
    way = [(begins.east_m, begins.north_m)]
    for at, _, lasts_s in turning(begins, turn_radps, _LONGEST_S, drift):
        end = at._replace(east_m=at.east_m + at.east_mps * lasts_s, north_m=at.north_m + at.north_mps * lasts_s)
        way.append((end.east_m, end.north_m))
        if _towards(end, home) >= _POINTS_HOME:
            break
    return way


def _towards(motion: Motion, home: tuple[float, float]) -> float:
    """The cosine between its course and the way home."""
    east, north = home[0] - motion.east_m, home[1] - motion.north_m
    size = math.hypot(east, north) * motion.ground_speed_mps
    return (motion.east_mps * east + motion.north_mps * north) / size if size else 1.0
