"""Where a vehicle stands against its volumes, and where it will be: the judgement that enforcement acts on."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from rangeops.domain.aircraft import Airframe
from rangeops.domain.closed_air import ClosedAir, Motion
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.region import Region, region_of
from rangeops.domain.stopping import stopping_curve
from rangeops.domain.telemetry import PositionReport
from rangeops.domain.volumes import OperationalVolumes, Volume, polygon_of

_STILL_MPS: Final = 0.05  # slower than this is the noise of a velocity estimate, and leads nowhere


class Standing(Enum):
    """UNKNOWN is never INSIDE."""

    UNKNOWN = "unknown"
    INSIDE = "inside"  # the flight geography
    CONTINGENCY = "contingency"  # outside the flight geography, inside the contingency volume
    BUFFER = "buffer"  # outside the contingency volume, inside the range
    OUTSIDE_RANGE = "outside-range"
    UNASSIGNED = "unassigned"  # no slot: nothing to hold it against but the range


@dataclass(frozen=True, slots=True)
class Exposure:
    """One judgement. Distances in metres, times in seconds from the judgement.

    margin_m: to the nearest edge of the flight geography, horizontal or vertical; negative outside; None unknown.
    time_to_exit_s: when the predicted path leaves the flight geography; None: not within the horizon.
    time_to_act_s: how long a stop may still wait and yet end inside; <= 0: now, or it is already too late.
    edge: which edge that is, in an operator's words ("east edge", "ceiling").
    """

    standing: Standing
    margin_m: float | None = None
    time_to_exit_s: float | None = None
    time_to_act_s: float | None = None
    edge: str = ""
    stopping_distance_m: float = 0.0


UNKNOWN: Final = Exposure(Standing.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Prism:
    region: Region
    floor_amsl_m: float
    ceiling_amsl_m: float

    def holds(self, east_m: float, north_m: float, altitude_amsl_m: float) -> bool:
        return self.floor_amsl_m <= altitude_amsl_m <= self.ceiling_amsl_m and self.region.holds(east_m, north_m)


class Containment:
    """One vehicle's volumes, prepared once for an order. Without volumes it is held against the range alone.

    The path is predicted straight on at the reported velocity. The nested volumes are looked at from the inside out,
    and only while the vehicle is outside the one before. Closed air (prohibited zones) is outside wherever it lies: in
    it a vehicle stands no better than in the buffer.
    """

    __slots__ = ("_boundary", "_closed", "_contingency", "_frame", "_home", "_inner", "_stop_m")

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
        self._stop_m = stopping_curve(airframe)
        self._boundary = _prism(boundary, frame, often=volumes is None)
        self._inner = self._boundary if volumes is None else _prism(volumes.flight_geography, frame, often=True)
        self._contingency = None if volumes is None else _prism(volumes.contingency, frame, often=False)
        self._home = Standing.UNASSIGNED if volumes is None else Standing.INSIDE

    def judge(
        self, position: PositionReport | None, *, age_s: float, horizon_s: float, utc: datetime | None = None
    ) -> Exposure:
        """Where the vehicle stands. None, a position that can't be trusted, is UNKNOWN.

        age_s: of the report, by which every time is shortened. horizon_s: how far ahead an exit is looked for.
        utc: decides which zones hold; None: all do.
        """
        if position is None or not _is_finite(position):
            return UNKNOWN
        east, north = self._frame.to_site(position.latitude_deg, position.longitude_deg)
        horizontal_m, own_m, edge = self._own_margin(east, north, position)
        margin_m, zone_m, soon_m = own_m, math.inf, math.inf
        if self._closed is not None:
            zone_m, zone = self._closed.nearest(east, north, position.altitude_amsl_m, utc, horizon_s)
            soon_m = zone_m
            if zone_m < 0.0:  # in an area that holds, or soon will
                zone_m, zone = self._closed.nearest(east, north, position.altitude_amsl_m, utc)
            if zone_m < own_m:
                margin_m, edge = zone_m, f"edge of {self._closed.name(zone)}"
        v_north, v_east, v_down = position.velocity_north_mps, position.velocity_east_mps, position.velocity_down_mps
        speed = math.sqrt(v_north * v_north + v_east * v_east)
        stop_m = self._stop_m(speed)
        if margin_m < 0.0:
            standing = self._home if own_m >= 0.0 else self._outside(east, north, position.altitude_amsl_m)
            return Exposure(self._no_better(standing, zone_m), margin_m, 0.0, 0.0, edge, stop_m)

        look_s = horizon_s + age_s
        motion = Motion(east, north, position.altitude_amsl_m, v_east, v_north, -v_down)
        exit_s, act_s, ahead = self._own_exit(motion, horizontal_m, look_s, position)
        if soon_m <= max(speed, abs(v_down)) * look_s:
            met_s, met_act_s, zone_edge = self._zone_met(motion, look_s, utc)
            act_s = min(act_s, met_act_s)
            exit_s, ahead = (met_s, zone_edge) if met_s < exit_s else (exit_s, ahead)
        if exit_s > look_s:
            return Exposure(self._home, margin_m, None, None, edge, stop_m)
        return Exposure(self._home, margin_m, max(0.0, exit_s - age_s), act_s - age_s, ahead, stop_m)

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

    def _own_exit(
        self, motion: Motion, horizontal_m: float, look_s: float, position: PositionReport
    ) -> tuple[float, float, str]:
        """Time to the edge of the volume that is met first, the least time left to stop before any, and its name."""
        exit_s, act_s, edge = math.inf, math.inf, ""
        speed = motion.ground_speed_mps
        if speed > _STILL_MPS and horizontal_m <= speed * look_s:
            unit_east, unit_north = motion.east_mps / speed, motion.north_mps / speed
            ahead = self._inner.region.exit_along(motion.east_m, motion.north_m, unit_east, unit_north, speed * look_s)
            if ahead is not None:
                exit_s, act_s, edge = ahead[0] / speed, (ahead[0] - self._stop_m(speed)) / speed, ahead[1]
        if abs(motion.up_mps) > _STILL_MPS:
            level_s, level_act_s, level = self._vertical_exit(position)
            if level_s <= look_s:
                act_s = min(act_s, level_act_s)
                exit_s, edge = (level_s, level) if level_s < exit_s else (exit_s, edge)
        return exit_s, act_s, edge

    def _own_margin(self, east_m: float, north_m: float, position: PositionReport) -> tuple[float, float, str]:
        """To the sides of the volume; to its sides, ceiling and floor; and the name of the nearest of them."""
        inner, altitude = self._inner, position.altitude_amsl_m
        horizontal_m, edge = inner.region.margin(east_m, north_m)
        margin_m = horizontal_m
        if inner.ceiling_amsl_m - altitude < margin_m:
            margin_m, edge = inner.ceiling_amsl_m - altitude, "ceiling"
        if altitude - inner.floor_amsl_m < margin_m and (altitude < inner.floor_amsl_m or self._floor_counts(position)):
            margin_m, edge = altitude - inner.floor_amsl_m, "floor"
        return horizontal_m, margin_m, edge

    def _zone_met(self, motion: Motion, look_s: float, utc: datetime | None) -> tuple[float, float, str]:
        """Time to the closed air ahead, time left to stop before it, and its name. The slower stop of the two counts."""
        if self._closed is None or (met := self._closed.met_ahead(motion, look_s, utc)) is None:
            return math.inf, math.inf, ""
        speeds = [speed for speed in (motion.ground_speed_mps, abs(motion.up_mps)) if speed > _STILL_MPS]
        stop_s = max((self._stop_m(speed) / speed for speed in speeds), default=0.0)
        return met[0], met[0] - stop_s, f"edge of {self._closed.name(met[1])}"

    def _no_better(self, standing: Standing, zone_m: float) -> Standing:
        """In closed air it is out of its contingency volume, or where it has none, out of the range."""
        if zone_m >= 0.0 or standing is Standing.OUTSIDE_RANGE:
            return standing
        return Standing.OUTSIDE_RANGE if self._contingency is None else Standing.BUFFER

    def _floor_counts(self, position: PositionReport) -> bool:
        """A floor below the ground that the vehicle took off from can't be flown through: landing isn't leaving."""
        return position.altitude_amsl_m - position.height_above_home_m < self._inner.floor_amsl_m

    def _vertical_exit(self, position: PositionReport) -> tuple[float, float, str]:
        """Time to the ceiling or floor, time left to stop before it, and which."""
        rate = abs(position.velocity_down_mps)
        if position.velocity_down_mps < 0.0:
            distance, level = self._inner.ceiling_amsl_m - position.altitude_amsl_m, "ceiling"
        elif self._floor_counts(position):
            distance, level = position.altitude_amsl_m - self._inner.floor_amsl_m, "floor"
        else:
            return math.inf, math.inf, ""
        return distance / rate, (distance - self._stop_m(rate)) / rate, level

    def _outside(self, east_m: float, north_m: float, altitude_amsl_m: float) -> Standing:
        if self._contingency is None or not self._boundary.holds(east_m, north_m, altitude_amsl_m):
            return Standing.OUTSIDE_RANGE
        if self._contingency.holds(east_m, north_m, altitude_amsl_m):
            return Standing.CONTINGENCY
        return Standing.BUFFER


def _prism(volume: Volume, frame: SiteFrame, *, often: bool) -> _Prism:
    return _Prism(region_of(polygon_of(volume, frame), often=often), volume.floor_amsl_m, volume.ceiling_amsl_m)


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
