"""The fence that a vehicle's order asks for, compiled for where the vehicle stands."""

from rangeops.adapters.mavlink.fence import CompiledFence, compile_fence
from rangeops.adapters.mavlink.fleet import Fleet, FleetOutput
from rangeops.domain.errors import Refused
from rangeops.domain.events import FenceReadBack
from rangeops.domain.now import Now
from rangeops.domain.orders import VehicleOrder
from rangeops.domain.telemetry import HomePosition, VehicleState
from rangeops.watch.vehicle import WatchedVehicle


def fence_for(vehicle: WatchedVehicle, state: VehicleState, now: Now) -> CompiledFence:
    """The order's flight geography as this vehicle can hold it. Raises Refused."""
    if vehicle.order is None:
        raise Refused("it has no slot, so there is no fence for it", where=vehicle.callsign, do="Book one.")
    if state.armed:
        raise Refused("it is armed", where=vehicle.callsign, do="Load the fence on the ground.")
    home = state.home or _home_here(state, now)
    if home is None:
        raise Refused("its home isn't known yet", where=vehicle.callsign, do="Wait for its position.")
    return _compiled(vehicle.order, state, home)


def fence_again(vehicle: WatchedVehicle, state: VehicleState, fleet: Fleet, now: Now) -> list[FleetOutput]:
    """Begin to read the fence on board again, if that is due; its ceiling counts from where home is now."""
    if vehicle.order is None or state.home is None or not vehicle.fence_check_due(state.home.at_s):
        return []
    vehicle.fence_check_from_s = None
    try:
        return fleet.verify(vehicle.sysid, _compiled(vehicle.order, state, state.home), now)
    except Refused as error:  # from this home the order's fence can't be had, so what is on board isn't it
        return [FenceReadBack(vehicle.sysid, equal=False, items=0, sha256="", detail=error.what)]


def _compiled(order: VehicleOrder, state: VehicleState, home: HomePosition) -> CompiledFence:
    return compile_fence(
        order.volumes.flight_geography,
        home,
        rtl_altitude_m=order.rtl_altitude_m,
        vehicle_class=state.vehicle_class,
        callsign=order.callsign,
    )


def _home_here(state: VehicleState, now: Now) -> HomePosition | None:
    """Where it stands: ArduPilot sets home there when it arms."""
    position = state.trusted_position(now)
    if position is None:
        return None
    return HomePosition(position.at_s, position.latitude_deg, position.longitude_deg, position.altitude_amsl_m)
