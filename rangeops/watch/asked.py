"""What people ask of the watch about one vehicle's enforcement, answered at once: nothing of it waits for the vehicle."""

import math
from dataclasses import replace

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import CommandKind, CommandOrder
from rangeops.domain.errors import Refused
from rangeops.domain.geodesy import flat_distance_m
from rangeops.domain.now import Now
from rangeops.domain.return_trip import Trip, landing, return_trip
from rangeops.domain.telemetry import VehicleState
from rangeops.watch.leases import Leases
from rangeops.watch.roster import Roster
from rangeops.watch.vehicle import WatchedVehicle
from rangeops.wire.enforcement import EpisodeAsk, EpisodeAsked, WayHomeView
from rangeops.wire.questions import Answer


def answer_on_episode(asked: EpisodeAsked, roster: Roster, leases: Leases, now: Now) -> Answer:
    """A person holds automation back, or leaves the vehicle to its pilot; failure: why not."""
    vehicle, policy = roster.vehicle(asked.sysid), roster.policy
    try:
        if why := leases.why_not(asked.sysid, now):
            raise Refused(why, where=vehicle.callsign, do="Ask again.")
        if policy is None or vehicle.order is None:
            raise Refused("it has no slot: nothing is sent by itself", where=vehicle.callsign, do="Call the pilot.")
        if asked.ask is EpisodeAsk.INHIBIT:
            vehicle.enforcer.inhibit(asked.by, asked.reason, policy, now)
        else:
            vehicle.enforcer.let_fly(asked.by)
    except Refused as error:
        return Answer(asked.id, asked.sysid, failure=error.what)
    return Answer(asked.id, asked.sysid)


def way_home_of(vehicle: WatchedVehicle, state: VehicleState, now: Now) -> WayHomeView:
    """By the check that automation makes; figures of a position that can't be trusted are None."""
    position, home, order = state.trusted_position(now), state.home, vehicle.order
    below = vehicle.no_landing(state)
    if position is None or home is None:
        return WayHomeView(state.sysid, None, None, None, None, None, None, below)
    if order is None:
        crosses = None if vehicle.level_home is None else vehicle.level_home(state)
        return WayHomeView(state.sysid, crosses, None, None, None, None, None, below)
    height_m = position.altitude_amsl_m - home.altitude_amsl_m
    level_m = max(order.rtl_altitude_m, height_m)
    here, there = (position.latitude_deg, position.longitude_deg), (home.latitude_deg, home.longitude_deg)
    distance_m, airframe = flat_distance_m(here, there), order.airframe
    if airframe.vehicle_class is VehicleClass.ROVER:  # it goes home on the ground
        height_m = level_m = 0.0
    trip = return_trip(
        airframe, distance_m=distance_m, climb_m=level_m - height_m, descent_m=level_m, wind_mps=vehicle.wind_mps
    )
    down = landing(airframe, descent_m=height_m, wind_mps=vehicle.wind_mps)
    percent = None if state.battery is None else state.battery.remaining_percent
    return WayHomeView(
        sysid=state.sysid,
        crosses=vehicle.way_home(state),
        distance_m=distance_m,
        level_height_m=level_m,
        flight_s=trip.flight_s if math.isfinite(trip.flight_s) else None,
        battery_on_arrival_percent=_left(percent, trip),
        battery_on_landing_percent=_left(percent, down),
        no_landing=below,
    )


def _left(percent: int | None, trip: Trip) -> float | None:
    return None if percent is None or not math.isfinite(trip.charge_percent) else percent - trip.charge_percent


def as_it_may(order: CommandOrder, vehicle: WatchedVehicle, state: VehicleState) -> CommandOrder:
    """A sector's RTL, where the way home is clear; else a hold."""
    if order.kind is not CommandKind.RTL or (way := vehicle.way_home(state)) == ():
        return order
    crosses = f"crosses {', '.join(way)}" if way else "isn't known"
    return replace(order, kind=CommandKind.HOLD, reason=f"{order.reason}; the way home {crosses}")
