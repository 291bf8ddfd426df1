"""What an order must meet before it is sent: its own words, the slot's clearance and volume, what the vehicle does now.

Asked twice: by the server, of what it has in its books, and by the watch, of what it sees; the watch's no counts.
Every answer is one clause that says why not, or "" where nothing forbids it. What isn't known forbids.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from shapely import LineString, Point, Polygon

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CLEARED_ONLY, CommandKind, CommandOrder, CommandTarget
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.ladder import airborne
from rangeops.domain.now import Now
from rangeops.domain.orders import KeepOut, Orders, VehicleOrder
from rangeops.domain.telemetry import LandedState, PositionReport, VehicleState
from rangeops.domain.volumes import GRAVITY_MPS2, Volume, polygon_of

HEARD_S: Final = 3.0  # a heartbeat that is older says nothing of now
STANDING_MPS: Final = 1.0
_TURN_BANK_DEG: Final = 30.0

_K = CommandKind
_FREES: Final = CLEARED_ONLY | {_K.FENCE_OFF}
"""What lets a vehicle go further than it may now: never while the range is bringing it back."""

_GIVEN: Final[Mapping[CommandKind, tuple[str, ...]]] = {
    _K.TAKEOFF: ("height_above_home_m",),
    _K.GOTO: ("latitude_deg", "longitude_deg", "altitude_amsl_m"),
}
_FIELDS: Final = ("height_above_home_m", "latitude_deg", "longitude_deg", "altitude_amsl_m")


@dataclass(frozen=True, slots=True)
class Grant:
    """What one vehicle was granted. order: None without a slot in force."""

    order: VehicleOrder | None
    keep_out: tuple[KeepOut, ...]
    frame: SiteFrame


def grant_of(orders: Orders, order: VehicleOrder | None) -> Grant:
    return Grant(order, orders.keep_out, SiteFrame(orders.origin_latitude_deg, orders.origin_longitude_deg))


def forbidden(order: CommandOrder, grant: Grant | None, now: Now) -> str:
    """Why nobody may order this now, whatever the vehicle does. grant: None where no orders are in force at all."""
    if why := _misses(order):
        return why
    if order.kind not in CLEARED_ONLY:
        return ""
    if grant is None or grant.order is None:
        return "it has no slot, so it isn't cleared to fly"
    if why := _not_cleared(grant.order, now):
        return why
    if order.kind is _K.GOTO and order.target is not None:
        return _target_outside(order.target, grant.order, grant)
    return ""


def _not_cleared(order: VehicleOrder, now: Now) -> str:
    if not order.cleared:
        return f"its slot {order.slot} isn't cleared to fly"
    return f"its slot {order.slot} ended at {order.ends:%H:%M:%S} UTC" if now.utc >= order.ends else ""


def forbidden_now(order: CommandOrder, grant: Grant | None, state: VehicleState, now: Now, *, episode: bool) -> str:
    """Why it may not be sent to a vehicle in this state. episode: the range is bringing it back just now."""
    if why := forbidden(order, grant, now):
        return why
    if order.kind is _K.TERMINATE and not order.has_two_persons:
        return "it needs two persons' word"
    if episode and order.kind in _FREES:
        return "an enforcement episode is open: hold it, return it or land it"
    look = _LOOKS.get(order.kind)
    if look is None:
        return ""
    heartbeat = state.heartbeat
    if heartbeat is None or now.monotonic_s - heartbeat.at_s > HEARD_S:
        return "what it does now isn't known: no heartbeat"
    return look(order, grant, state, now)


def _misses(order: CommandOrder) -> str:
    """A target that isn't whole, isn't a number, or belongs to another kind of order."""
    wanted = _GIVEN.get(order.kind, ())
    target = order.target or CommandTarget()
    for name in _FIELDS:
        value = getattr(target, name)
        if (value is not None) != (name in wanted):
            return f"{order.kind.value} takes {' and '.join(wanted) or 'no target'}"
        if value is not None and not math.isfinite(value):
            return f"{name} is not a number"
    if order.kind is _K.TAKEOFF and (target.height_above_home_m or 0.0) <= 0:
        return "the height must be above home"
    if order.kind is _K.GOTO and not (abs(target.latitude_deg or 0) <= 90 and abs(target.longitude_deg or 0) <= 180):
        return "there is no such place"
    return ""


def _target_outside(target: CommandTarget, order: VehicleOrder, grant: Grant) -> str:
    latitude_deg, longitude_deg, altitude_amsl_m = _place(target)
    geography = order.volumes.flight_geography
    east_north = grant.frame.to_site(latitude_deg, longitude_deg)
    rests: Point | Polygon = Point(east_north)
    what = "the target"
    if order.airframe.vehicle_class is VehicleClass.PLANE:
        rests, what = rests.buffer(_circle_m(order.airframe.cruise_speed_mps)), "the circle around the target"
    if not polygon_of(geography, grant.frame).covers(rests):
        return f"{what} is outside its flight geography"
    if why := _outside_band(altitude_amsl_m, geography, "the target"):
        return why
    return _kept_out(rests, altitude_amsl_m, altitude_amsl_m, grant)


def _circle_m(speed_mps: float) -> float:
    """The radius of a turn at 30° of bank, which is how a fixed wing waits at a place."""
    return speed_mps**2 / (GRAVITY_MPS2 * math.tan(math.radians(_TURN_BANK_DEG)))


def _place(target: CommandTarget) -> tuple[float, float, float]:
    latitude_deg, longitude_deg, altitude_amsl_m = target.latitude_deg, target.longitude_deg, target.altitude_amsl_m
    assert latitude_deg is not None  # _misses has looked
    assert longitude_deg is not None
    assert altitude_amsl_m is not None
    return latitude_deg, longitude_deg, altitude_amsl_m


def _outside_band(altitude_amsl_m: float, volume: Volume, what: str) -> str:
    if altitude_amsl_m > volume.ceiling_amsl_m:
        return f"{what} is {altitude_amsl_m - volume.ceiling_amsl_m:.0f} m above its ceiling of {volume.ceiling_amsl_m:.0f} m AMSL"
    if altitude_amsl_m < volume.floor_amsl_m:
        return f"{what} is {volume.floor_amsl_m - altitude_amsl_m:.0f} m below its floor of {volume.floor_amsl_m:.0f} m AMSL"
    return ""


def _kept_out(path: LineString | Point | Polygon, lowest_amsl_m: float, highest_amsl_m: float, grant: Grant) -> str:
    for zone in grant.keep_out:
        reaches = lowest_amsl_m <= zone.volume.ceiling_amsl_m and highest_amsl_m >= zone.volume.floor_amsl_m
        if reaches and polygon_of(zone.volume, grant.frame).intersects(path):
            return f"the way touches {zone.name}"
    return ""


# What the vehicle does now.


def _arms(_order: CommandOrder, grant: Grant | None, state: VehicleState, now: Now) -> str:
    position = state.trusted_position(now)
    return "its position can't be trusted yet" if position is None else _stands_outside(position, grant)


def _disarms(_order: CommandOrder, _grant: Grant | None, state: VehicleState, now: Now) -> str:
    """Only what certainly stands on the ground; a rover stands wherever it is still."""
    if not state.armed:
        return ""
    if state.vehicle_class is VehicleClass.ROVER:
        position = state.trusted_position(now)
        still = position is not None and position.ground_speed_mps < STANDING_MPS
        return "" if still else "it isn't seen standing still"
    landed = state.landed
    if airborne(state) or landed is None or landed.state is not LandedState.ON_GROUND:
        return "it isn't seen on the ground: in the air, disarming drops it, and that is terminate's business"
    return ""


def _takes_off(order: CommandOrder, grant: Grant | None, state: VehicleState, now: Now) -> str:
    position = state.trusted_position(now)
    if position is None:
        return "its position can't be trusted yet"
    if not state.armed:
        return "it isn't armed"
    if airborne(state):
        return "it flies already"
    if why := _stands_outside(position, grant):
        return why
    assert grant is not None  # cleared
    assert grant.order is not None
    assert order.target is not None
    home_amsl_m = position.altitude_amsl_m - position.height_above_home_m
    top_amsl_m = home_amsl_m + (order.target.height_above_home_m or 0.0)
    return _outside_band(top_amsl_m, grant.order.volumes.flight_geography, "that height")


def _goes(order: CommandOrder, grant: Grant | None, state: VehicleState, now: Now) -> str:
    if not airborne(state):
        return "it isn't in the air"
    position = state.trusted_position(now)
    if position is None:
        return "its position can't be trusted"
    assert grant is not None  # cleared
    assert grant.order is not None
    assert order.target is not None
    latitude_deg, longitude_deg, altitude_amsl_m = _place(order.target)
    start = grant.frame.to_site(position.latitude_deg, position.longitude_deg)
    way = LineString([start, grant.frame.to_site(latitude_deg, longitude_deg)])
    geography = grant.order.volumes.flight_geography
    if not polygon_of(geography, grant.frame).covers(way):
        return "the straight way there leaves its flight geography"
    if why := _outside_band(position.altitude_amsl_m, geography, "where it is now"):
        return why
    altitudes = sorted((position.altitude_amsl_m, altitude_amsl_m))
    return _kept_out(way, altitudes[0], altitudes[1], grant)


def _continues(_order: CommandOrder, _grant: Grant | None, state: VehicleState, _now: Now) -> str:
    return "" if airborne(state) else "it isn't in the air: there is nothing to continue"


def _stands_outside(position: PositionReport, grant: Grant | None) -> str:
    if grant is None or grant.order is None:
        return "it has no slot"
    here = Point(grant.frame.to_site(position.latitude_deg, position.longitude_deg))
    inside = polygon_of(grant.order.volumes.flight_geography, grant.frame).covers(here)
    return "" if inside else "it stands outside its flight geography"


_LOOKS: Final[Mapping[CommandKind, Callable[[CommandOrder, Grant | None, VehicleState, Now], str]]] = {
    _K.ARM: _arms,
    _K.DISARM: _disarms,
    _K.TAKEOFF: _takes_off,
    _K.GOTO: _goes,
    _K.CONTINUE: _continues,
}
