"""Where a vehicle stands against its volumes, and where it will be: the judgement that enforcement acts on."""

import math
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Final, NamedTuple

from rangeops.domain.aircraft import Airframe
from rangeops.domain.closed_air import ClosedAir, Motion
from rangeops.domain.forecast import Ahead
from rangeops.domain.forecast_rules import ForecastRules
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.leaving import NEVER, Leaving, Limit, Near, Prism
from rangeops.domain.region import region_of
from rangeops.domain.telemetry import PositionReport
from rangeops.domain.volumes import OperationalVolumes, Volume, polygon_of

_TURN_TRUST_S: Final = ForecastRules().turn_trust_s


class Standing(Enum):
    """UNKNOWN is never INSIDE."""

    UNKNOWN = "unknown"
    INSIDE = "inside"  # the flight geography
    CONTINGENCY = "contingency"  # outside the flight geography, inside the contingency volume
    BUFFER = "buffer"  # outside the contingency volume, inside the range
    OUTSIDE_RANGE = "outside-range"
    UNASSIGNED = "unassigned"  # no slot: nothing to hold it against but the range


class Exposure(NamedTuple):
    """One judgement. Distances in metres, times in seconds from the judgement.

    margin_m: to the nearest edge of the flight geography, horizontal or vertical; negative outside; None unknown.
    time_to_exit_s: when the predicted path leaves the flight geography; None: not within the horizon.
    time_to_act_s: how long a stop may still wait and yet end inside; <= 0: now, or it is already too late.
    edge: which edge that is, in an operator's words ("east edge", "ceiling"); limit: and what it belongs to.
    spare_s: time to exit less the time that a stop takes. zone: the prohibited zone that it is in; in_volumes: where it
    stands if those are left out.
    """

    standing: Standing
    margin_m: float | None = None
    time_to_exit_s: float | None = None
    time_to_act_s: float | None = None
    edge: str = ""
    stopping_distance_m: float = 0.0
    limit: Limit = Limit.SIDE
    spare_s: float | None = None
    zone: str = ""
    in_volumes: Standing | None = None


UNKNOWN: Final = Exposure(Standing.UNKNOWN)


class Containment:
    """One vehicle's volumes, prepared once for an order. Without volumes it is held against the range alone.

    The nested volumes are looked at from the inside out, and only while the vehicle is outside the one before. Closed
    air (prohibited zones) is outside wherever it lies: in it a vehicle stands no better than in the buffer.
    """

    __slots__ = ("_boundary", "_closed", "_contingency", "_frame", "_home", "_inner", "_leaving")

    def __init__(
        self,
        volumes: OperationalVolumes | None,
        boundary: Volume,
        airframe: Airframe | None,
        frame: SiteFrame,
        closed: ClosedAir | None = None,
    ) -> None:
        self._frame = frame
        self._closed = closed
        self._boundary = _prism(boundary, frame, often=volumes is None)
        self._inner = self._boundary if volumes is None else _prism(volumes.flight_geography, frame, often=True)
        self._contingency = None if volumes is None else _prism(volumes.contingency, frame, often=False)
        self._home = Standing.UNASSIGNED if volumes is None else Standing.INSIDE
        self._leaving = Leaving(self._inner, self._contingency or self._inner, airframe, closed)

    def judge(
        self,
        position: PositionReport | None,
        *,
        age_s: float,
        horizon_s: float,
        utc: datetime | None = None,
        ahead: Callable[[], Ahead] | None = None,
        may_bend: bool = True,
        turn_trust_s: float = _TURN_TRUST_S,
    ) -> Exposure:
        """Where the vehicle stands. None, a position that can't be trusted, is UNKNOWN.

        age_s: of the report, by which every time is shortened. horizon_s: how far ahead an exit is looked for.
        utc: decides which zones hold; None: all do. ahead: what is known of its way, asked where it matters;
        may_bend: whether that may be anything else than straight on. turn_trust_s: ForecastRules'.
        """
        if position is None or not _is_finite(position):
            return UNKNOWN
        east, north = self._frame.to_site(position.latitude_deg, position.longitude_deg)
        altitude = position.altitude_amsl_m
        horizontal_m, own_m, edge, own_limit = self._own_margin(east, north, position)
        limit = own_limit
        margin_m, zone_m, soon_m, zone = own_m, math.inf, math.inf, -1
        if self._closed is not None:
            zone_m, zone = self._closed.nearest(east, north, altitude, utc, horizon_s)
            soon_m = zone_m
            if zone_m < 0.0:  # in an area that holds, or soon will
                zone_m, zone = self._closed.nearest(east, north, altitude, utc)
            if zone_m < own_m:
                margin_m, edge, limit = zone_m, f"edge of {self._closed.name(zone)}", Limit.ZONE
        v_north, v_east = position.velocity_north_mps, position.velocity_east_mps
        speed = math.sqrt(v_north * v_north + v_east * v_east)
        stop_m = self._leaving.stop_m(speed)
        if margin_m < 0.0:
            standing = self._home if own_m >= 0.0 else self._outside(east, north, altitude)
            zone_name = self._closed.name(zone) if self._closed is not None and zone_m < 0.0 else ""
            no_better = self._no_better(standing, zone_m)
            if zone_name and own_m < 0.0:
                limit = own_limit
            return Exposure(no_better, margin_m, 0.0, 0.0, edge, stop_m, limit, 0.0, zone_name, standing)

        look_s = horizon_s + age_s
        motion = Motion(east, north, altitude, v_east, v_north, -position.velocity_down_mps)
        near = Near(horizontal_m, soon_m, speed, stop_m, look_s, turn_trust_s, self._floor_counts(position), may_bend)
        leaves = self._leaving.soonest(motion, near, ahead, utc)
        if leaves is NEVER:
            return Exposure(self._home, margin_m, None, None, edge, stop_m, limit)
        exit_s, act_s, spare_s, edge, limit = leaves
        return Exposure(
            self._home, margin_m, max(0.0, exit_s - age_s), act_s - age_s, edge, stop_m, limit, spare_s - age_s
        )

    def to_site(self, latitude_deg: float, longitude_deg: float) -> tuple[float, float]:
        """East and north in the frame that the ways ahead are told in."""
        return self._frame.to_site(latitude_deg, longitude_deg)

    def room(self, position: PositionReport, utc: datetime | None = None) -> tuple[float, float, str]:
        """(to the nearest side that it must not cross, up to what it must stay below, the nearer one's name).

        The contingency volume's, without a slot the range's, or closed air's. For a vehicle that isn't heard any more
        (reach.py): where it was, not where it goes.
        """
        held = self._boundary if self._contingency is None else self._contingency
        east, north = self._frame.to_site(position.latitude_deg, position.longitude_deg)
        lateral_m, edge = held.region.margin(east, north)
        if self._closed is not None:
            zone_m, zone = self._closed.nearest(east, north, position.altitude_amsl_m, utc)
            if zone_m < lateral_m:
                lateral_m, edge = zone_m, f"edge of {self._closed.name(zone)}"
        headroom_m = held.ceiling_amsl_m - position.altitude_amsl_m
        return lateral_m, headroom_m, edge

    def _own_margin(self, east_m: float, north_m: float, position: PositionReport) -> tuple[float, float, str, Limit]:
        """To the sides of the volume; to its sides, ceiling and floor; the name of the nearest of them, and what it is."""
        inner, altitude = self._inner, position.altitude_amsl_m
        horizontal_m, edge = inner.region.margin(east_m, north_m)
        margin_m, limit = horizontal_m, Limit.SIDE
        if inner.ceiling_amsl_m - altitude < margin_m:
            margin_m, edge, limit = inner.ceiling_amsl_m - altitude, "ceiling", Limit.CEILING
        if altitude - inner.floor_amsl_m < margin_m and (altitude < inner.floor_amsl_m or self._floor_counts(position)):
            margin_m, edge, limit = altitude - inner.floor_amsl_m, "floor", Limit.FLOOR
        return horizontal_m, margin_m, edge, limit

    def _no_better(self, standing: Standing, zone_m: float) -> Standing:
        """In closed air it is out of its contingency volume, or where it has none, out of the range."""
        if zone_m >= 0.0 or standing is Standing.OUTSIDE_RANGE:
            return standing
        return Standing.OUTSIDE_RANGE if self._contingency is None else Standing.BUFFER

    def _floor_counts(self, position: PositionReport) -> bool:
        """A floor below the ground that the vehicle took off from can't be flown through: landing isn't leaving."""
        return position.altitude_amsl_m - position.height_above_home_m < self._inner.floor_amsl_m

    def _outside(self, east_m: float, north_m: float, altitude_amsl_m: float) -> Standing:
        if self._contingency is None or not self._boundary.holds(east_m, north_m, altitude_amsl_m):
            return Standing.OUTSIDE_RANGE
        if self._contingency.holds(east_m, north_m, altitude_amsl_m):
            return Standing.CONTINGENCY
        return Standing.BUFFER


def _prism(volume: Volume, frame: SiteFrame, *, often: bool) -> Prism:
    return Prism(region_of(polygon_of(volume, frame), often=often), volume.floor_amsl_m, volume.ceiling_amsl_m)


def _is_finite(position: PositionReport) -> bool:
    """One sum is infinite or NaN when any part of it is."""
    return math.isfinite(
        position.latitude_deg
        + position.longitude_deg
        + position.altitude_amsl_m
        + position.velocity_north_mps
        + position.velocity_east_mps
        + position.velocity_down_mps
    )
