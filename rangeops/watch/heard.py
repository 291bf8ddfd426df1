"""What the fleet has heard of a vehicle, for vehicles that are ordered and were never heard too."""

from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid, VehicleState
from rangeops.wire.picture import RouteView


def state_of(fleet: Fleet, sysid: Sysid) -> VehicleState:
    """Its state; an empty one where nothing was heard, which is UNKNOWN to everybody who asks it."""
    heard = fleet.vehicles.get(sysid)
    return VehicleState(sysid, "") if heard is None else heard.state


def uplink_ok(fleet: Fleet, sysid: Sysid, now: Now) -> bool:
    """Does it answer us."""
    heard = fleet.vehicles.get(sysid)
    return heard is not None and heard.uplink_ok(now)


def routes_of(fleet: Fleet, sysid: Sysid, now: Now) -> tuple[RouteView, ...]:
    """The ways to it and what was measured of each, the one in use first."""
    if (heard := fleet.vehicles.get(sysid)) is None:
        return ()
    return tuple(
        RouteView(
            link=route[0],
            in_use=route == heard.route,
            standing=way.standing(now.monotonic_s).name.lower(),
            heard_age_s=now.monotonic_s - way.heard_s,
            lost_percent=None if way.loss is None else 100.0 * way.loss,
            round_trip_s=way.round_trip_s,
            radio_margin_db=way.margin_db,
            signed=way.vouched,
        )
        for route, way in sorted(heard.paths.ways.items(), key=lambda each: each[0] != heard.route)
    )


def clash_of(fleet: Fleet, sysid: Sysid, now: Now) -> str:
    """Why two vehicles seem to use this sysid; "" where they don't."""
    heard = fleet.vehicles.get(sysid)
    return heard.clash if heard is not None and heard.clashes(now) else ""
