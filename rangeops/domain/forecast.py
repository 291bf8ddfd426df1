"""Where a vehicle is expected to fly: the way that it is known or seen to be on, as straight pieces.

Known: the place that it says it flies to, and what follows there. Seen: a turn, or that it brakes. Neither has happened
yet; what the forecast makes of that is containment's rule, docs/safety/forecast.md.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.closed_air import Motion
from rangeops.domain.trend import STEADY, Trend

SPEEDS_UP_MPS2: Final = 0.5  # more than this, and it is expected to get faster for a while
SPEEDS_UP_S: Final = 2.0
_BRAKES_MPS2: Final = 0.7  # so much is no noise, and half of what any copter brakes with
_LEVELS_MPS2: Final = 0.3
_SOFTER: Final = 1.25  # a braking that is seen may get softer towards its end
_AHEAD: Final = math.cos(math.radians(25.0))  # within this of the place ahead, it is on its way there
_ASKEW: Final = math.cos(math.radians(60.0))  # within this it may be swinging onto its leg, to either side
_ABEAM_M: Final = 10.0  # so near to the place, or so soon before it, what it does next isn't told yet
_ABEAM_S: Final = 1.2
_STARTING_MPS: Final = 1.5  # slower than this it may still go anywhere: where it says it does
CIRCLING: Final = 1.5  # so many radii from the middle, it is on its circle
WIDER: Final = 1.15  # than its tightest turn
_ON_LEG_M: Final = 5.0
_JOINS_S: Final = 3.0  # it comes back onto its leg so far ahead; from farther aside at 45°, as ArduPilot does
_PIECE_RAD: Final = math.radians(15.0)  # of a turn: the chord is 0.9 % of the radius inside the arc
_UNKNOWN_CRUISE_MPS: Final = 10.0
_MOST_PIECES: Final = 24  # a full turn


class Place(NamedTuple):
    """Where it flies to, in the site frame."""

    east_m: float
    north_m: float
    altitude_amsl_m: float


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is known of the way ahead beside position and velocity.

    places: where it says that it flies, the next one first; none: it isn't known. circle_m: the radius of the circle that
    it flies around the last of them, 0: none. newly: it has been told to go there just now, so that it may still be turning.
    came_from: the place before, from which its leg leads to the next one; None: it flies there from where it is.
    error_m, error_up_m: how far off its position may be. wind: to east and north, that a plane tells.
    """

    trend: Trend = STEADY
    places: tuple[Place, ...] = ()
    circle_m: float = 0.0
    newly: bool = False
    came_from: Place | None = None
    error_m: float = 0.0
    error_up_m: float = 0.0
    wind: tuple[float, float] = (0.0, 0.0)


NOTHING_KNOWN: Final = Ahead()


class Piece(NamedTuple):
    """A straight piece of the way: from where, on, and how long it takes. starts_s: from now."""

    motion: Motion
    starts_s: float
    lasts_s: float


class Expectation:
    """The figures of one airframe that its way depends on, prepared once."""

    __slots__ = ("_climb_mps", "_cruise_mps", "_is_plane", "_stop_m", "_turn_m")

    def __init__(self, airframe: Airframe | None, stop_m: Callable[[float], float]) -> None:
        self._stop_m = stop_m
        self._is_plane = airframe is not None and airframe.vehicle_class is VehicleClass.PLANE
        self._cruise_mps = airframe.cruise_speed_mps if airframe else _UNKNOWN_CRUISE_MPS
        self._climb_mps = airframe.climb_speed_mps if airframe else 0.0
        self._turn_m = airframe.turn_radius_m if airframe else stop_m

    def way(self, motion: Motion, ahead: Ahead, look_s: float) -> list[Piece] | None:
        """The way that it is expected to fly within look_s, or until it isn't known further; None: straight on."""
        if ahead.places and (way := self._to_places(motion, ahead, look_s)) is not None:
            return way
        if ahead.trend.turn_radps:
            drift = ahead.trend.drift_east_mps, ahead.trend.drift_north_mps
            return turning(motion, ahead.trend.turn_radps, look_s, drift)
        if ahead.trend.acceleration_mps2 < -_BRAKES_MPS2:
            speed = motion.ground_speed_mps
            lasts_s = _SOFTER * speed / (2 * -ahead.trend.acceleration_mps2)  # at its speed of now: early, never late
            return [Piece(motion, 0.0, min(lasts_s, look_s))]
        return None

    def _to_places(self, motion: Motion, ahead: Ahead, look_s: float) -> list[Piece] | None:
        """Along its legs. None where what it does isn't flying there."""
        first, speed = ahead.places[0], motion.ground_speed_mps
        circle_m = ahead.circle_m if len(ahead.places) == 1 else 0.0
        distance = math.hypot(first.east_m - motion.east_m, first.north_m - motion.north_m)
        if circle_m and distance < CIRCLING * circle_m:
            return self._around(motion, first, max(circle_m, distance), look_s)
        aim, places = first, ahead.places
        if ahead.came_from is not None and (joins := _joins(ahead.came_from, first, motion)) is not None:
            aim, places = joins, (joins, *places)
        turned: list[Piece] = []
        if speed > _STARTING_MPS and distance > max(_ABEAM_M, _ABEAM_S * speed):
            east, north = aim.east_m - motion.east_m, aim.north_m - motion.north_m
            along = (motion.east_mps * east + motion.north_mps * north) / (speed * max(math.hypot(east, north), 0.1))
            if along < _AHEAD:
                side = math.copysign(1.0, motion.north_mps * east - motion.east_mps * north)  # positive: to the right
                if along < _ASKEW and not (ahead.newly or ahead.trend.turn_radps * side > 0.0):
                    return None
                turned = self._turn_in(motion, aim, side, look_s)
        return self._legs(motion, places, turned, look_s, circle_m)

    def _turn_in(self, motion: Motion, place: Place, side: float, look_s: float) -> list[Piece]:
        """The turn until it points at the place: a plane's by its bank, a copter's as far out as it needs to stop."""
        speed = motion.ground_speed_mps
        radius_m = WIDER * self._turn_m(speed) if self._is_plane else self._stop_m(speed)
        turn = side * speed / max(radius_m, 0.1)
        pieces = turning(motion._replace(up_mps=0.0), turn, look_s)  # to what height it climbs, the legs say
        for count, (at, starts_s, lasts_s) in enumerate(pieces):
            end_east, end_north = at.east_m + at.east_mps * lasts_s, at.north_m + at.north_mps * lasts_s
            east, north = place.east_m - end_east, place.north_m - end_north
            if at.east_mps * east + at.north_mps * north >= _AHEAD * speed * math.hypot(east, north):
                return pieces[: count + 1]
            if starts_s >= look_s:
                break
        return pieces

    def _legs(
        self, motion: Motion, places: tuple[Place, ...], way: list[Piece], look_s: float, circle_m: float
    ) -> list[Piece]:
        """Straight from place to place, no slower than it cruises."""
        speed = max(motion.ground_speed_mps, self._cruise_mps)
        east, north, up = motion.east_m, motion.north_m, motion.altitude_amsl_m
        at_s = 0.0
        if way:
            last = way[-1]
            at_s = last.starts_s + last.lasts_s
            east += sum(piece.motion.east_mps * piece.lasts_s for piece in way)
            north += sum(piece.motion.north_mps * piece.lasts_s for piece in way)
        for place in places:
            if at_s >= look_s:
                return way
            d_east, d_north = place.east_m - east, place.north_m - north
            distance = math.hypot(d_east, d_north)
            lasts_s = distance / speed
            if distance > 1e-3:
                at = Motion(east, north, up, d_east / distance * speed, d_north / distance * speed, 0.0)
                way += _rising(
                    at, place.altitude_amsl_m - up, at_s, lasts_s, self._climb_mps if self._is_plane else 0.0
                )
            east, north, up, at_s = place.east_m, place.north_m, place.altitude_amsl_m, at_s + lasts_s
        if circle_m and at_s < look_s and way:
            at = way[-1].motion._replace(east_m=east, north_m=north, altitude_amsl_m=up, up_mps=0.0)
            way += _later(self._around(at, places[-1], circle_m, look_s - at_s), at_s)
        return way

    def _around(self, motion: Motion, middle: Place, radius_m: float, look_s: float) -> list[Piece]:
        """Once around a place, from the side on which it is now, or in the middle: from straight ahead."""
        speed = max(motion.ground_speed_mps, self._cruise_mps)
        east, north = motion.east_m - middle.east_m, motion.north_m - middle.north_m
        if math.hypot(east, north) < 0.5 * radius_m:
            east, north = motion.east_mps, motion.north_mps
        bearing = math.atan2(east, north)
        side = math.copysign(1.0, motion.north_mps * -east + motion.east_mps * north)  # clockwise: to the right
        turn = side * speed / radius_m
        heading = bearing + side * math.pi / 2
        start = Motion(
            middle.east_m + radius_m * math.sin(bearing),
            middle.north_m + radius_m * math.cos(bearing),
            motion.altitude_amsl_m,
            speed * math.sin(heading),
            speed * math.cos(heading),
            0.0,
        )
        straight = math.hypot(start.east_m - motion.east_m, start.north_m - motion.north_m)
        if straight < 1.0:
            return turning(start, turn, look_s)
        there_s = straight / speed
        to = motion._replace(
            east_mps=(start.east_m - motion.east_m) / there_s,
            north_mps=(start.north_m - motion.north_m) / there_s,
            up_mps=0.0,
        )
        return [Piece(to, 0.0, there_s), *_later(turning(start, turn, look_s - there_s), there_s)]


def turning(motion: Motion, turn_radps: float, look_s: float, drift: tuple[float, float] = (0.0, 0.0)) -> list[Piece]:
    """At an even turn, at most once around; drift: east and north, of the air in which it turns."""
    lasts_s = _PIECE_RAD / abs(turn_radps)
    count = min(_MOST_PIECES, max(1, math.ceil(look_s / lasts_s)))
    angle = turn_radps * lasts_s
    shrunk = math.sin(angle / 2) / (angle / 2)  # the chord's length, of the arc's
    east, north, up = motion.east_m, motion.north_m, motion.altitude_amsl_m
    cos, sin = math.cos(angle), math.sin(angle)
    half_cos, half_sin = math.cos(angle / 2), math.sin(angle / 2)
    air_east, air_north = motion.east_mps - drift[0], motion.north_mps - drift[1]
    a_east = (air_east * half_cos + air_north * half_sin) * shrunk
    a_north = (air_north * half_cos - air_east * half_sin) * shrunk
    way = []
    for number in range(count):
        at = Motion(east, north, up, a_east + drift[0], a_north + drift[1], motion.up_mps)
        way.append(Piece(at, number * lasts_s, lasts_s))
        east, north, up = east + at.east_mps * lasts_s, north + at.north_mps * lasts_s, up + motion.up_mps * lasts_s
        a_east, a_north = a_east * cos + a_north * sin, a_north * cos - a_east * sin
    return way


def levels_off_after_m(motion: Motion, ahead: Ahead) -> float | None:
    """The height that its climb or descent still takes, where it is seen or known to end; None: it isn't."""
    rate = motion.up_mps
    if ahead.places:
        rise = ahead.places[0].altitude_amsl_m - motion.altitude_amsl_m
        if rise * rate > 0.0 or abs(rise) < 2.0 * abs(rate):
            return max(abs(rise), 0.0)
    slowing = -ahead.trend.climb_acceleration_mps2 * math.copysign(1.0, rate)
    return _SOFTER * rate * rate / (2 * slowing) if slowing > _LEVELS_MPS2 else None


def _joins(origin: Place, to: Place, motion: Motion) -> Place | None:
    """Where it comes back onto its leg; None: it is on it, or so near to its end that it flies straight there."""
    d_east, d_north = to.east_m - origin.east_m, to.north_m - origin.north_m
    length = math.hypot(d_east, d_north)
    if length < 1.0:
        return None
    d_east, d_north = d_east / length, d_north / length
    off_east, off_north = motion.east_m - origin.east_m, motion.north_m - origin.north_m
    along, aside = off_east * d_east + off_north * d_north, abs(off_east * d_north - off_north * d_east)
    at = max(along, 0.0) + max(aside, _JOINS_S * motion.ground_speed_mps)
    if aside < _ON_LEG_M or at >= length:
        return None
    rise = to.altitude_amsl_m - origin.altitude_amsl_m
    return Place(
        origin.east_m + at * d_east, origin.north_m + at * d_north, origin.altitude_amsl_m + rise * at / length
    )


def _rising(at: Motion, rise_m: float, starts_s: float, lasts_s: float, climb_mps: float) -> list[Piece]:
    """A straight leg that ends rise_m higher: evenly, or climbing at once where climb_mps is given, and level then."""
    if rise_m <= 0.0 or climb_mps <= 0.0 or rise_m >= climb_mps * lasts_s:
        return [Piece(at._replace(up_mps=rise_m / lasts_s), starts_s, lasts_s)]
    climbs_s = rise_m / climb_mps
    level = at._replace(
        east_m=at.east_m + at.east_mps * climbs_s,
        north_m=at.north_m + at.north_mps * climbs_s,
        altitude_amsl_m=at.altitude_amsl_m + rise_m,
    )
    return [
        Piece(at._replace(up_mps=climb_mps), starts_s, climbs_s),
        Piece(level, starts_s + climbs_s, lasts_s - climbs_s),
    ]


def _later(way: list[Piece], by_s: float) -> list[Piece]:
    return [Piece(at, starts_s + by_s, lasts_s) for at, starts_s, lasts_s in way]
