"""The room that a plane's hold takes: a circle, which must not lead into a prohibited zone beside the way either.

A copter stops on its track, and the way to the edge says it all. A plane told to hold flies on, swings wide, is carried
off by the wind, and circles around the place where it was told. So the last moment to tell it is the last one at which
that whole circle is free.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.closed_air import ClosedAir
from rangeops.domain.forecast import Piece

_SWINGS: Final = 1.35  # measured: 125 m from where it was told, for a WP_LOITER_RAD of 100 m, before it settles on it
_CARRIED_S: Final = 6.0  # so long the wind carries it off before the circle is corrected for it
_WIDER_S: Final = 2.0  # and so much wider the swing gets
_SHORTEST_S: Final = 0.05


class HoldCircle(NamedTuple):
    """The air that a hold may take: this far around where it is told, and around where the wind carries it."""

    radius_m: float
    carried_east_m: float
    carried_north_m: float

    def ahead_m(self, unit_east: float, unit_north: float) -> float:
        return self.radius_m + max(0.0, self.carried_east_m * unit_east + self.carried_north_m * unit_north)


def hold_circle(airframe: Airframe | None, speed_mps: float, wind: tuple[float, float]) -> HoldCircle | None:
    """A plane's, told to hold at this speed over ground, in a wind to east and north; None: it stops instead.

    Source: ArduPlane 4.5.7 in still air, and this simulator's planes in up to 10 m/s of wind (docs/safety/stopping.md).
    """
    if airframe is None or airframe.vehicle_class is not VehicleClass.PLANE:
        return None
    wind_mps = (wind[0] ** 2 + wind[1] ** 2) ** 0.5
    turn_m = airframe.turn_radius_m(max(speed_mps - wind_mps, 0.0))
    radius_m = _SWINGS * max(airframe.loiter_radius_m, turn_m) + _WIDER_S * wind_mps
    return HoldCircle(radius_m, _CARRIED_S * wind[0], _CARRIED_S * wind[1])


def free_until_s(
    way: Iterable[Piece], last_s: float, circle: HoldCircle, closed: ClosedAir, *, utc: datetime | None, look_s: float
) -> float | None:
    """The last moment on the way, up to `last_s`, from which no zone at its height is in the circle; None: none."""
    for at, starts_s, lasts_s in reversed([piece for piece in way if piece.starts_s <= last_s]):
        since_s = min(last_s - starts_s, lasts_s)
        speed = max(at.ground_speed_mps, 1.0)
        while since_s >= 0.0:
            east, north = at.east_m + at.east_mps * since_s, at.north_m + at.north_mps * since_s
            up = at.altitude_amsl_m + at.up_mps * since_s
            off_m = closed.beside_m(east, north, up, utc, look_s)
            if circle.carried_east_m or circle.carried_north_m:
                carried = east + circle.carried_east_m, north + circle.carried_north_m
                off_m = min(off_m, closed.beside_m(*carried, up, utc, look_s))
            if off_m >= circle.radius_m:
                return starts_s + since_s
            since_s -= max((circle.radius_m - off_m) / speed, _SHORTEST_S)  # no sooner can it be so much farther off
    return None
