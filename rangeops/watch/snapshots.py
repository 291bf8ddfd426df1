"""From what the watch knows to what screens are shown: everybody who is heard or ordered, as vehicle_views shows one."""

from rangeops.adapters.mavlink.fleet import Fleet
from rangeops.domain.now import Now
from rangeops.watch.heard import routes_of, state_of, uplink_ok
from rangeops.watch.roster import Roster
from rangeops.watch.separation import SeparationWatch
from rangeops.watch.vehicle_views import vehicle_view
from rangeops.wire.picture import Snapshot, VehicleView


def snapshot_of(roster: Roster, fleet: Fleet, separation: SeparationWatch, now: Now) -> Snapshot:
    """What flies; the watch's name, its links, alarms and commands are to be put in."""
    return Snapshot(
        watch="",
        utc=now.utc,
        orders_version=roster.version,
        vehicles=vehicle_views(roster, fleet, separation, now),
        links=(),
        alarms=(),
        commands=(),
        monotonic_s=now.monotonic_s,
        traffic=separation.traffic(now),
    )


def vehicle_views(roster: Roster, fleet: Fleet, separation: SeparationWatch, now: Now) -> tuple[VehicleView, ...]:
    """Everybody who is heard or ordered; nobody before the first orders have said where the site is."""
    if (frame := roster.frame) is None:
        return ()
    return tuple(
        vehicle_view(
            roster.vehicle(sysid),
            state_of(fleet, sysid),
            frame,
            roster.elevation_amsl_m,
            now,
            uplink_ok=uplink_ok(fleet, sysid, now),
            routes=routes_of(fleet, sysid, now),
            encounter=separation.encounter_of(sysid),
            policy=roster.policy,
        )
        for sysid in roster.sysids(fleet.vehicles)
    )
