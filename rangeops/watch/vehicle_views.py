"""One vehicle as screens are shown it: values too old to be believed are left out, never frozen.

Apart from the fleet and its links, so that a replay shows vehicles without loading what flies them.
"""

import math
from typing import Final

from rangeops.domain.containment import Standing
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.ladder import airborne
from rangeops.domain.now import Now
from rangeops.domain.policy import Policy
from rangeops.domain.telemetry import POSITION_LOST_S, VehicleState
from rangeops.watch.vehicle import WatchedVehicle
from rangeops.watch.way_ahead import error_m
from rangeops.wire.picture import EncounterView, RouteView, VehicleView

BATTERY_OLD_S: Final = 10.0
FENCE_OLD_S: Final = 5.0


def vehicle_view(
    vehicle: WatchedVehicle,
    state: VehicleState,
    frame: SiteFrame,
    elevation_amsl_m: float,
    now: Now,
    *,
    uplink_ok: bool,
    routes: tuple[RouteView, ...] = (),
    encounter: EncounterView | None = None,
    policy: Policy | None = None,
) -> VehicleView:
    order, exposure = vehicle.order, vehicle.exposure
    age_s = state.position_age_s(now)
    position = state.position if age_s is not None and age_s <= POSITION_LOST_S else None
    battery = state.battery if state.battery and now.monotonic_s - state.battery.at_s <= BATTERY_OLD_S else None
    home = state.home
    speed = None if position is None else position.ground_speed_mps
    return VehicleView(
        sysid=state.sysid,
        callsign=vehicle.callsign,
        company=order.company if order else "",
        slot=order.slot if order else "",
        slot_ends=order.ends if order else None,
        cleared=order.cleared if order else False,
        contact=order.contact if order else "",
        vehicle_class=state.vehicle_class.value,
        mode=_mode(state),
        armed=state.armed,
        airborne=airborne(state),
        position_error_m=None if position is None or policy is None else error_m(state, policy.forecast, now),
        standing=exposure.standing,
        trusted=state.trusted_position(now) is not None,
        intent=_intent(vehicle),
        fence=_fence(vehicle, state, now),
        link=state.link,
        uplink_ok=uplink_ok,
        position_age_s=age_s,
        heard_age_s=None if state.heartbeat is None else now.monotonic_s - state.heartbeat.at_s,
        latitude_deg=position.latitude_deg if position else None,
        longitude_deg=position.longitude_deg if position else None,
        altitude_amsl_m=position.altitude_amsl_m if position else None,
        height_m=position.altitude_amsl_m - elevation_amsl_m if position else None,
        ground_speed_mps=speed,
        track_deg=None
        if position is None or speed is None or speed < 0.5
        else math.degrees(math.atan2(position.velocity_east_mps, position.velocity_north_mps)) % 360,
        climb_mps=-position.velocity_down_mps if position else None,
        battery_percent=battery.remaining_percent if battery else None,
        satellites=state.gps.satellites if state.gps else None,
        margin_m=exposure.margin_m,
        time_to_exit_s=exposure.time_to_exit_s,
        distance_home_m=None
        if position is None or home is None
        else math.dist(
            frame.to_site(position.latitude_deg, position.longitude_deg),
            frame.to_site(home.latitude_deg, home.longitude_deg),
        ),
        home_latitude_deg=home.latitude_deg if home else None,
        home_longitude_deg=home.longitude_deg if home else None,
        routes=routes,
        encounter=encounter,
        reach=vehicle.reach(state, now),
        next_act=None if policy is None or vehicle.order is None else vehicle.enforcer.next_act(policy, now),
        inhibit=vehicle.enforcer.inhibit_now(now),
        pilot_has_control=vehicle.enforcer.episode is not None and vehicle.enforcer.episode.pilot_has_control,
    )


def _mode(state: VehicleState) -> str:
    """The mode's name; its bare number where the name isn't known, never a guess."""
    if state.heartbeat is None:
        return ""
    return state.heartbeat.mode or f"mode {state.heartbeat.mode_number}"


def _intent(vehicle: WatchedVehicle) -> str:
    """ASTM F3548's states of an operational intent."""
    if vehicle.order is None:
        return ""
    if vehicle.enforcer.episode is not None and vehicle.enforcer.episode.command is not None:
        return "Contingent"
    if vehicle.exposure.standing in (Standing.CONTINGENCY, Standing.BUFFER, Standing.OUTSIDE_RANGE):
        return "Nonconforming"
    return "Activated" if vehicle.order.cleared else "Accepted"


def _fence(vehicle: WatchedVehicle, state: VehicleState, now: Now) -> str:
    if state.fence is not None and state.fence.breached and now.monotonic_s - state.fence.at_s <= FENCE_OLD_S:
        return "breach"
    if state.health is None or now.monotonic_s - state.health.at_s > FENCE_OLD_S:
        return "unknown"
    if not vehicle.fence_verified:
        return "none"
    return "active" if state.health.fence_enabled else "loaded"
