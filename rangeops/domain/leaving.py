"""When a vehicle leaves the air that it is to stay in, and how long it may still be let fly before it is stopped.

Two ways are looked at: straight on, which any vehicle can fly at any moment, and the one that it is known or seen to be
on (forecast.py). The latter is believed only while the former could still be stopped in time: docs/safety/forecast.md.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple

from rangeops.domain.aircraft import Airframe
from rangeops.domain.closed_air import ClosedAir, Motion
from rangeops.domain.forecast import (
    CIRCLING,
    NOTHING_KNOWN,
    SPEEDS_UP_MPS2,
    SPEEDS_UP_S,
    Ahead,
    Expectation,
    Piece,
    levels_off_after_m,
)
from rangeops.domain.hold_room import HoldCircle, free_until_s, hold_circle
from rangeops.domain.region import Region
from rangeops.domain.stopping import levelling_curve, stopping_curve, stopping_time_curve

STILL_MPS: Final = 0.05  # slower than this is the noise of a velocity estimate, and leads nowhere
_ERROR_S: Final = 2.0  # a position's error counts for no more than this of flight: standing still leads nowhere
_NEAR_S: Final = 8.0  # with the time of a stop more than any alarm's margin: so near, any way may lead across an edge
_NEAR_MPS: Final = 2.0  # what it may gain meanwhile
_UNKNOWN_CRUISE_MPS: Final = 10.0
_HALVINGS: Final = 16  # of the horizon: to a millisecond
_UNKNOWN_MAX_MPS: Final = 30.0
_STRONG_WIND: Final = (0.0, 15.0)  # more than any plane may fly in


class Limit(Enum):
    """What an edge belongs to."""

    __hash__ = object.__hash__  # members are singletons, and Enum's own hash is a Python call for every look-up

    SIDE = "side"
    CEILING = "ceiling"
    FLOOR = "floor"
    ZONE = "zone"  # a prohibited one


@dataclass(frozen=True, slots=True)
class Prism:
    region: Region
    floor_amsl_m: float
    ceiling_amsl_m: float

    def holds(self, east_m: float, north_m: float, altitude_amsl_m: float) -> bool:
        return self.floor_amsl_m <= altitude_amsl_m <= self.ceiling_amsl_m and self.region.holds(east_m, north_m)


class Exit(NamedTuple):
    """exit_s: until the edge is met. act_s: how long a stop may still wait and yet end before it, by the way that it takes;
    spare_s: likewise by the time that it takes. All from the report, not from now.
    """

    exit_s: float
    act_s: float
    spare_s: float
    edge: str
    limit: Limit


NEVER: Final = Exit(math.inf, math.inf, math.inf, "", Limit.SIDE)


class Near(NamedTuple):
    """What is asked: how near the report is to the sides and to closed air that holds soon, how fast it goes over ground
    and how far it then needs to stop, how far ahead to look, how long a turn is trusted (ForecastRules), and whether its way
    may bend.
    """

    sides_m: float
    zone_m: float
    speed_mps: float
    stop_m: float
    look_s: float
    trust_s: float
    floor_counts: bool
    may_bend: bool


class Leaving:
    """inner: what it is to stay in. held: what it must not leave on any account; the same where there is no other."""

    __slots__ = (
        "_airframe",
        "_closed",
        "_cruise_mps",
        "_expectation",
        "_held",
        "_inner",
        "_level_m",
        "_most_mps",
        "_stop_s",
        "stop_m",
    )

    def __init__(self, inner: Prism, held: Prism, airframe: Airframe | None, closed: ClosedAir | None) -> None:
        self._inner, self._held, self._closed, self._airframe = inner, held, closed, airframe
        self.stop_m = stopping_curve(airframe)
        self._stop_s = stopping_time_curve(airframe)
        self._level_m = levelling_curve(airframe)
        self._most_mps = airframe.max_speed_mps if airframe else _UNKNOWN_MAX_MPS
        self._cruise_mps = airframe.cruise_speed_mps if airframe else _UNKNOWN_CRUISE_MPS
        self._expectation = Expectation(airframe, self.stop_m)

    def soonest(self, motion: Motion, near: Near, known: Callable[[], Ahead] | None, utc: datetime | None) -> Exit:
        """The exit that is met first, with the least time left to act before any; NEVER: not within near.look_s.

        known: what is known of its way. Asked only where straight on would soon leave, or where its way may bend and an exit
        is foreseen, however far off, or an edge is so near that any way may lead there.
        """
        found, rises = self._straight_on(motion, near, 0.0, 0.0, utc), abs(motion.up_mps) > STILL_MPS
        if known is None:
            circle = self._circle(motion, near, NOTHING_KNOWN)
            found = self._with_room(found, [Piece(motion, 0.0, near.look_s)], near, circle, utc)
            return _both(found, self._level(motion, near, NOTHING_KNOWN)) if rises else found
        soon = found is not NEVER and (near.may_bend or found.spare_s <= _NEAR_S or self._circles_near_zone(near))
        if not soon and near.may_bend:
            may_fly_mps = max(near.speed_mps + _NEAR_MPS, self._cruise_mps)
            soon = min(near.sides_m, near.zone_m) <= near.stop_m + _NEAR_S * may_fly_mps
        if soon:
            found = self._with(known(), found, motion, near, utc)
        return _both(found, self._level(motion, near, known())) if rises else found

    def _with(self, ahead: Ahead, straight: Exit, motion: Motion, near: Near, utc: datetime | None) -> Exit:
        """The exit by what is known as well. A way that bends is believed only as long as straight on may wait."""
        off_m, gains = min(ahead.error_m, _ERROR_S * near.speed_mps), 0.0
        circle = self._circle(motion, near, ahead)
        if circle is not None:
            circle = circle._replace(radius_m=circle.radius_m + off_m)
        if ahead.trend.acceleration_mps2 > SPEEDS_UP_MPS2:
            gains = min(ahead.trend.acceleration_mps2 * SPEEDS_UP_S, max(self._most_mps - near.speed_mps, 0.0))
        if gains or off_m:
            straight = self._straight_on(motion, near, gains, off_m, utc)
        straight = self._with_room(straight, [Piece(motion, 0.0, near.look_s)], near, circle, utc)
        way = self._expectation.way(motion, ahead, near.look_s)
        if way is None:
            return straight
        expected = self._with_room(self._along(way, near, off_m, utc), way, near, circle, utc)
        waits = straight is NEVER or self._may_wait(motion, near, off_m, circle, utc)
        return expected if waits else _both(straight, expected)

    def _circle(self, motion: Motion, near: Near, ahead: Ahead) -> HoldCircle | None:
        """What a plane's hold takes; None: it stops on its track, no zone is near, or it is on its circle already."""
        if self._closed is None or not self._circles_near_zone(near):
            return None
        if ahead.circle_m and len(ahead.places) == 1:
            middle = ahead.places[0]
            off_m = math.hypot(middle.east_m - motion.east_m, middle.north_m - motion.north_m)
            if off_m < CIRCLING * ahead.circle_m:
                return None
        return hold_circle(self._airframe, near.speed_mps, ahead.wind)

    def _circles_near_zone(self, near: Near) -> bool:
        """What is known of its way, and of the wind, may then bring the last moment forward."""
        if self._closed is None or near.zone_m == math.inf:
            return False
        widest = hold_circle(self._airframe, near.speed_mps, _STRONG_WIND)
        return (
            widest is not None and near.zone_m <= widest.ahead_m(0.0, 1.0) + (near.speed_mps + _NEAR_MPS) * near.look_s
        )

    def _with_room(
        self, found: Exit, way: list[Piece], near: Near, circle: HoldCircle | None, utc: datetime | None
    ) -> Exit:
        """A plane must be told before its hold would lead it into a zone, whichever edge is ahead.

        Where any hold would: at once before that zone itself, as before any other edge.
        """
        if circle is None or found is NEVER or found.act_s <= 0.0 or self._closed is None:
            return found
        free_s = free_until_s(way, found.act_s, circle, self._closed, utc=utc, look_s=near.look_s)
        if free_s is None:
            return found._replace(act_s=0.0) if found.limit is Limit.ZONE else found
        return found._replace(act_s=free_s)

    def _straight_on(self, motion: Motion, near: Near, gains: float, off_m: float, utc: datetime | None) -> Exit:
        """To the sides and to closed air, straight on; faster for a while where it is getting faster."""
        found, speed, look_s = NEVER, near.speed_mps, near.look_s
        reach_m = (speed + gains) * look_s + off_m
        if speed > STILL_MPS and near.sides_m <= reach_m:
            met = self._inner.region.exit_along(
                motion.east_m, motion.north_m, motion.east_mps / speed, motion.north_mps / speed, reach_m
            )
            if met is not None:
                way_m = met[0] - off_m if met[0] > off_m else 0.0
                if gains > 0.0:
                    found = self._met_gaining(way_m, speed, gains, met[1])
                else:
                    exit_s, stop_m = way_m / speed, near.stop_m
                    found = Exit(
                        exit_s, exit_s - stop_m / speed, exit_s - self._stop_s(speed, stop_m), met[1], Limit.SIDE
                    )
        if near.zone_m <= max(reach_m, abs(motion.up_mps) * look_s):
            found = _both(found, self._zone_met(motion, off_m, look_s, utc))
        return found if found.exit_s <= look_s else NEVER

    def _met_gaining(self, distance_m: float, speed: float, gains: float, edge: str) -> Exit:
        """An edge so far ahead, where it flies there ever faster for SPEEDS_UP_S."""
        exit_s = _time_s(distance_m, speed, gains)
        fastest = speed + gains * min(exit_s / SPEEDS_UP_S, 1.0)
        low_s, high_s = 0.0, exit_s
        for _ in range(_HALVINGS):  # the last moment at which way flown and way to stop fit in
            middle_s = (low_s + high_s) / 2
            flown_m, then_mps = _flown(middle_s, speed, gains)
            low_s, high_s = (middle_s, high_s) if flown_m + self.stop_m(then_mps) <= distance_m else (low_s, middle_s)
        if low_s == 0.0:
            low_s = (distance_m - self.stop_m(speed)) / speed  # too late already
        stop_s = self._stop_s(fastest, self.stop_m(fastest))
        return Exit(exit_s, min(low_s, exit_s), exit_s - stop_s, edge, Limit.SIDE)

    def _zone_met(self, motion: Motion, off_m: float, look_s: float, utc: datetime | None) -> Exit:
        """The closed air ahead. The slower stop of the two, along and up or down, counts."""
        if self._closed is None or (met := self._closed.met_ahead(motion, look_s, utc)) is None:
            return NEVER
        speed, rate = motion.ground_speed_mps, abs(motion.up_mps)
        along_s, along_stop_s, off_s = 0.0, 0.0, 0.0
        if speed > STILL_MPS:
            stop_m = self.stop_m(speed)
            along_s, along_stop_s, off_s = stop_m / speed, self._stop_s(speed, stop_m), off_m / speed
        if rate > STILL_MPS:
            along_s = max(along_s, self._level_m(rate) / rate)
        met_s = max(met[0] - off_s, 0.0)
        return Exit(met_s, met_s - along_s, met_s - along_stop_s, f"edge of {self._closed.name(met[1])}", Limit.ZONE)

    def _level(self, motion: Motion, near: Near, ahead: Ahead) -> Exit:
        """To ceiling or floor, at its rate."""
        rate = abs(motion.up_mps)
        if motion.up_mps > 0.0:
            room_m, held_m = (each.ceiling_amsl_m - motion.altitude_amsl_m for each in (self._inner, self._held))
            edge, limit = "ceiling", Limit.CEILING
        elif near.floor_counts:
            room_m, held_m = (motion.altitude_amsl_m - each.floor_amsl_m for each in (self._inner, self._held))
            edge, limit = "floor", Limit.FLOOR
        else:
            return NEVER
        off_m, level_m = min(ahead.error_up_m, _ERROR_S * rate), self._level_m(rate)
        if room_m - off_m > rate * near.look_s:
            return NEVER
        takes_m = levels_off_after_m(motion, ahead)
        if takes_m is not None and takes_m <= room_m and held_m - off_m - level_m >= near.trust_s * rate:
            return NEVER
        way_m = max(room_m - off_m, 0.0)
        exit_s = way_m / rate
        return Exit(exit_s, (way_m - level_m) / rate, exit_s - 2 * level_m / rate, edge, limit)

    def _along(self, way: list[Piece], near: Near, off_m: float, utc: datetime | None) -> Exit:
        """The first edge on a way of pieces. A stop is ordered on it and flown straight: what lies beside is `_may_wait`'s."""
        inner = self._inner
        asks_zones = self._closed is not None and near.zone_m <= sum(
            piece.motion.ground_speed_mps * piece.lasts_s for piece in way
        )
        for at, starts_s, lasts_s in way:
            if starts_s > near.look_s:
                return NEVER
            speed = at.ground_speed_mps
            if speed <= STILL_MPS:
                continue
            found, flown_m = NEVER, starts_s * speed
            met = inner.region.exit_along(
                at.east_m, at.north_m, at.east_mps / speed, at.north_mps / speed, speed * lasts_s
            )
            if met is not None:
                exit_s, stop_m = max(flown_m + met[0] - off_m, 0.0) / speed, self.stop_m(speed)
                found = Exit(exit_s, exit_s - stop_m / speed, exit_s - self._stop_s(speed, stop_m), met[1], Limit.SIDE)
            if asks_zones:
                later = None if utc is None else utc + timedelta(seconds=starts_s)
                zone = self._zone_met(at, 0.0, lasts_s, later)
                if zone is not NEVER:
                    shift_s = starts_s - min(off_m / speed, starts_s + zone.exit_s)
                    found = _both(found, _shifted(zone, shift_s))
            found = _both(found, self._through_level(at, starts_s, lasts_s, near))
            if found is not NEVER:
                return found
        return NEVER

    def _through_level(self, at: Motion, starts_s: float, lasts_s: float, near: Near) -> Exit:
        """Ceiling or floor, on a piece that leads through it."""
        rate = abs(at.up_mps)
        if rate <= STILL_MPS:
            return NEVER
        if at.up_mps > 0.0:
            room_m, edge, limit = self._inner.ceiling_amsl_m - at.altitude_amsl_m, "ceiling", Limit.CEILING
        elif near.floor_counts:
            room_m, edge, limit = at.altitude_amsl_m - self._inner.floor_amsl_m, "floor", Limit.FLOOR
        else:
            return NEVER
        if room_m >= rate * lasts_s - 0.01:
            return NEVER
        exit_s = starts_s + max(room_m, 0.0) / rate
        stop_s = self._level_m(rate) / rate
        return Exit(exit_s, exit_s - stop_s, exit_s - 2 * stop_s, edge, limit)

    def _may_wait(
        self, motion: Motion, near: Near, off_m: float, circle: HoldCircle | None, utc: datetime | None
    ) -> bool:
        """Straight on, a stop ordered trust_s from now would still end in what it must not leave; a circle, before a zone."""
        speed = near.speed_mps
        if speed <= STILL_MPS:
            return True
        needs_m = near.stop_m + near.trust_s * speed + off_m
        met = self._held.region.exit_along(
            motion.east_m, motion.north_m, motion.east_mps / speed, motion.north_mps / speed, needs_m
        )
        if met is not None:
            return False
        if circle is not None:
            ahead_m = circle.ahead_m(motion.east_mps / speed, motion.north_mps / speed) - off_m
            needs_m += max(ahead_m - near.stop_m, 0.0)
        if self._closed is None or near.zone_m > needs_m + abs(motion.up_mps) * needs_m / speed:
            return True
        return self._closed.met_ahead(motion, needs_m / speed, utc) is None


def _both(one: Exit, other: Exit) -> Exit:
    """The sooner of two exits, with the least time to act before either."""
    if other is NEVER:
        return one
    if one is NEVER:
        return other
    first = one if one.exit_s <= other.exit_s else other
    return first._replace(act_s=min(one.act_s, other.act_s), spare_s=min(one.spare_s, other.spare_s))


def _shifted(found: Exit, by_s: float) -> Exit:
    return found._replace(exit_s=found.exit_s + by_s, act_s=found.act_s + by_s, spare_s=found.spare_s + by_s)


def _flown(for_s: float, speed: float, gains: float) -> tuple[float, float]:
    """The way flown and the speed then, where it gains so much speed within SPEEDS_UP_S and keeps it."""
    gaining_s = min(for_s, SPEEDS_UP_S)
    gained = gains * gaining_s / SPEEDS_UP_S
    flown_m = (speed + gained / 2) * gaining_s + (speed + gains) * (for_s - gaining_s)
    return flown_m, speed + gained


def _time_s(distance_m: float, speed: float, gains: float) -> float:
    """The inverse of `_flown`."""
    while_gaining_m, _ = _flown(SPEEDS_UP_S, speed, gains)
    if distance_m >= while_gaining_m:
        return SPEEDS_UP_S + (distance_m - while_gaining_m) / (speed + gains)
    half = gains / (2 * SPEEDS_UP_S)
    return (-speed + math.sqrt(speed * speed + 4 * half * distance_m)) / (2 * half)
