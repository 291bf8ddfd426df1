"""Whom the watch watches: every vehicle that is heard, and every vehicle that is ordered, heard or not."""

from collections.abc import Collection, Iterable
from typing import Final

from rangeops.domain.closed_air import ClosedAir, ClosedArea, Motion
from rangeops.domain.containment import Containment
from rangeops.domain.episodes import Episode
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.now import Now
from rangeops.domain.orders import Orders, VehicleOrder
from rangeops.domain.permission import Grant, grant_of
from rangeops.domain.policy import Policy
from rangeops.domain.region import region_of
from rangeops.domain.telemetry import Sysid, VehicleState
from rangeops.domain.turn_home import turns_home
from rangeops.domain.volumes import polygon_of
from rangeops.domain.way_home import WayHome as WayHomeCheck
from rangeops.watch.vehicle import NoLanding, WatchedVehicle, WayHome
from rangeops.watch.way_ahead import drift_of

_DRIFT_M: Final = 10.0  # how far wind may carry a vehicle that comes down


class Roster:
    def __init__(self, episodes: dict[Sysid, Episode], now: Now) -> None:
        self._orders: Orders | None = None
        self._started_s = now.monotonic_s
        self._vehicles = {sysid: WatchedVehicle(sysid, now.monotonic_s, episode) for sysid, episode in episodes.items()}
        self.frame: SiteFrame | None = None
        self._closed: ClosedAir | None = None
        self._made: dict[Sysid, tuple[object, Containment, WayHome]] = {}  # kept while what they are made of stays
        self._no_landing: NoLanding = lambda _state: ()

    @property
    def version(self) -> int:
        return self._orders.version if self._orders else 0

    @property
    def policy(self) -> Policy | None:
        return self._orders.policy if self._orders else None

    @property
    def elevation_amsl_m(self) -> float:
        return self._orders.elevation_amsl_m if self._orders else 0.0

    @property
    def geoid_offset_m(self) -> float | None:
        return self._orders.geoid_offset_m if self._orders else None

    def sysids(self, heard: Collection[Sysid]) -> list[Sysid]:
        ordered = {order.sysid for order in self._orders.vehicles} if self._orders else set()
        return sorted(ordered | set(heard))

    def vehicle(self, sysid: Sysid) -> WatchedVehicle:
        """The vehicle, new where it wasn't known: then it has no order, and is held against the range alone."""
        if (vehicle := self._vehicles.get(sysid)) is None:
            vehicle = self._vehicles[sysid] = WatchedVehicle(sysid, self._started_s)
            if self._orders is not None:
                self._give(vehicle, self._order_of(sysid))
        return vehicle

    def grant(self, sysid: Sysid) -> Grant | None:
        """What a vehicle may be told to fly in; None before the first orders."""
        return None if self._orders is None else grant_of(self._orders, self.vehicle(sysid).order)

    def episodes(self) -> dict[Sysid, Episode]:
        return {
            sysid: vehicle.enforcer.episode
            for sysid, vehicle in self._vehicles.items()
            if vehicle.enforcer.episode is not None
        }

    def take(self, orders: Orders, heard: Iterable[Sysid]) -> None:
        """New orders replace the old ones whole."""
        frame = SiteFrame(orders.origin_latitude_deg, orders.origin_longitude_deg)
        if self._orders is None or (frame, orders.keep_out) != (self.frame, self._orders.keep_out):
            self._closed = closed_air(orders, frame)
            self._made.clear()
        self._orders, self.frame = orders, frame
        self._no_landing = no_landing(orders, frame)
        for sysid in {*self._vehicles, *heard, *(order.sysid for order in orders.vehicles)}:
            self._give(self.vehicle(sysid), self._order_of(sysid))

    def _order_of(self, sysid: Sysid) -> VehicleOrder | None:
        return None if self._orders is None else self._orders.vehicle(sysid)

    def _give(self, vehicle: WatchedVehicle, order: VehicleOrder | None) -> None:
        orders, frame = self._orders, self.frame
        assert orders is not None  # called with orders only
        assert frame is not None
        volumes, airframe = (order.volumes, order.airframe) if order else (None, None)
        rtl_altitude_m = order.rtl_altitude_m if order else None
        made_of = (volumes, airframe, rtl_altitude_m, orders.boundary)
        made = self._made.get(vehicle.sysid)
        vehicle.level_home = _level_home(orders, frame) if order is None else None
        if made is None or made[0] != made_of:
            containment = Containment(volumes, orders.boundary, airframe, frame, self._closed)
            made = self._made[vehicle.sysid] = (made_of, containment, _way_home(orders, order, frame))
        vehicle.wind_mps = orders.wind_mps
        vehicle.take_order(order, made[1], made[2], self._no_landing)


def closed_air(orders: Orders, frame: SiteFrame) -> ClosedAir | None:
    """The prohibited zones of the orders, as vehicles are held against them; None where there are none."""
    areas = [ClosedArea(zone.name, zone.volume, zone.spans) for zone in orders.keep_out]
    return ClosedAir(areas, frame) if areas else None


def no_landing(orders: Orders, frame: SiteFrame) -> NoLanding:
    """Which no-LAND areas a vehicle is over, or so near to that it may drift onto them; all, where it isn't known."""
    regions = [(area.name, region_of(polygon_of(area.volume, frame), often=False)) for area in orders.no_landing]

    def over(state: VehicleState) -> tuple[str, ...]:
        if state.position is None:
            return tuple(name for name, _ in regions)
        place = frame.to_site(state.position.latitude_deg, state.position.longitude_deg)
        return tuple(name for name, region in regions if region.margin(*place)[0] >= -_DRIFT_M)

    return over


def _level_home(orders: Orders, frame: SiteFrame) -> WayHome:
    """For people alone, of who has no slot and no level that is known: straight home as high as it is now, in the range."""
    zones = [(zone.name, zone.volume) for zone in orders.keep_out]
    check = WayHomeCheck({"the range's edge": orders.boundary}, zones, frame)

    def crosses(state: VehicleState) -> tuple[str, ...] | None:
        if state.position is None or state.home is None:
            return None
        return check.crosses(state.position, state.home, rtl_altitude_m=0.0)

    return crosses


def _way_home(orders: Orders, order: VehicleOrder | None, frame: SiteFrame) -> WayHome:
    """The check of one vehicle's way home; None: it can't be made, which is not "clear"."""
    if order is None:
        return lambda _state: None
    check = WayHomeCheck(
        {"contingency volume": order.volumes.contingency},
        [(zone.name, zone.volume) for zone in orders.keep_out],
        frame,
    )

    def crosses(state: VehicleState) -> tuple[str, ...] | None:
        if state.position is None or state.home is None:
            return None
        at = state.position
        east, north = frame.to_site(at.latitude_deg, at.longitude_deg)
        motion = Motion(east, north, at.altitude_amsl_m, at.velocity_east_mps, at.velocity_north_mps, 0.0)
        home = frame.to_site(state.home.latitude_deg, state.home.longitude_deg)
        turns = turns_home(motion, home, order.airframe, drift_of(state, at.at_s))
        return check.crosses(at, state.home, rtl_altitude_m=order.rtl_altitude_m, turns=turns)

    return crosses
