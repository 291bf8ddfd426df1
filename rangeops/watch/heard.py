"""What the fleet has heard of a vehicle, for vehicles that are ordered and were never heard too; and what it tells."""

import structlog

from rangeops.adapters.mavlink.fence_check import FenceDoubted
from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.domain.events import Event, FenceReadBack, VehicleFound, VehicleRebooted, VehicleRestored
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid, VehicleState
from rangeops.watch.kept import Shelf
from rangeops.watch.roster import Roster
from rangeops.wire.picture import RouteView

_log = structlog.get_logger("watch")


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


def taken_in(told: FenceDoubted | Event, fleet: Fleet, roster: Roster, shelf: Shelf, now: Now) -> tuple[Event, ...]:
    """What a vehicle's part of the fleet tells, taken in; the events that the journal gets of it."""
    match told:
        case VehicleRestored(sysid):
            shelf.restored(told, fleet.vehicles.get(sysid))
        case VehicleFound(sysid):
            roster.vehicle(sysid).fence_check_from_s = now.monotonic_s  # who knows what happened meanwhile
        case FenceDoubted(sysid, why):
            _log.info("fence doubted", sysid=sysid, why=why)
            roster.vehicle(sysid).fence_doubted(now)
            return ()
        case FenceReadBack(sysid, equal):
            roster.vehicle(sysid).fence_read(equal=equal)
        case VehicleRebooted(sysid):
            return (roster.vehicle(sysid).rebooted(now),)
    return (told,)
