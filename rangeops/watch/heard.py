"""What the fleet has heard of a vehicle, for vehicles that are ordered and were never heard too."""

from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid, VehicleState


def state_of(fleet: Fleet, sysid: Sysid) -> VehicleState:
    """Its state; an empty one where nothing was heard, which is UNKNOWN to everybody who asks it."""
    heard = fleet.vehicles.get(sysid)
    return VehicleState(sysid, "") if heard is None else heard.state


def uplink_ok(fleet: Fleet, sysid: Sysid, now: Now) -> bool:
    """Does it answer us."""
    heard = fleet.vehicles.get(sysid)
    return heard is not None and heard.uplink_ok(now)


def clash_of(fleet: Fleet, sysid: Sysid, now: Now) -> str:
    """Why two vehicles seem to use this sysid; "" where they don't."""
    heard = fleet.vehicles.get(sysid)
    return heard.clash if heard is not None and heard.clashes(now) else ""
