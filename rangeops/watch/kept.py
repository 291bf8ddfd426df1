"""What vehicles had before the range wrote to them: kept over restarts until it was put back."""

from typing import Final

from rangeops.adapters.mavlink.fence_load import BeforeRead
from rangeops.adapters.mavlink.vehicle import Vehicle
from rangeops.domain.errors import Refused
from rangeops.domain.events import BeforeKept, VehicleRestored
from rangeops.domain.kept import Kept, kept_of
from rangeops.domain.now import Now
from rangeops.watch.memory import Memory
from rangeops.watch.vehicle import WatchedVehicle

MOST_KEPT: Final = 500  # the oldest go: nobody came back for them


class Shelf:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._kept = memory.kept()

    def keep(self, read: BeforeRead, heard: Vehicle, vehicle: WatchedVehicle, now: Now) -> BeforeKept:
        """Keep what was on board. A vehicle that wasn't restored since keeps what it had first: ours isn't its own."""
        order = vehicle.order
        slot, company = (order.slot, order.company) if order else ("", "")
        kept = Kept(read.sysid, slot, company, heard.uid2, now.utc, read.before, read.after)
        known = next((one for one in self._kept if one.is_of(read.sysid, heard.uid2, company)), None)
        if known is not None:
            kept = known.loaded_again(kept)
        self._put((*(one for one in self._kept if one is not known), kept))
        return BeforeKept(read.sysid, kept)

    def to_restore(self, heard: Vehicle | None, vehicle: WatchedVehicle) -> Kept:
        """What is to be put back. Raises Refused where it must not be now."""
        if heard is None:
            raise Refused("it isn't heard", where=vehicle.callsign, do="Switch it on.")
        if heard.state.armed:
            raise Refused("it is armed", where=vehicle.callsign, do="Restore it on the ground.")
        if vehicle.order is not None and vehicle.order.cleared:
            raise Refused(
                "it is cleared to fly inside the range's fence",
                where=vehicle.callsign,
                do="Close its slot, or withdraw the clearance, first.",
            )
        company = vehicle.order.company if vehicle.order else None
        return kept_of(self._kept, vehicle.sysid, heard.uid2, company)

    def restored(self, event: VehicleRestored, heard: Vehicle | None) -> None:
        """What was put back and read back is no longer kept; after a failure it is."""
        if event.equal and heard is not None:
            gone = kept_of(self._kept, event.sysid, heard.uid2, None)
            self._put(tuple(one for one in self._kept if one is not gone))

    def _put(self, kept: tuple[Kept, ...]) -> None:
        self._kept = kept[-MOST_KEPT:]
        self._memory.keep_kept(self._kept)
