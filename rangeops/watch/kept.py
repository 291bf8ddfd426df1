"""What vehicles had before the range wrote to them: kept over restarts until it was put back.

A load that has read what is on board waits here twice: for a consent that covers what it would write, and for the disk.
"""

import queue
from collections.abc import Iterator
from functools import partial
from typing import Final

from rangeops.adapters.mavlink.fence_load import BeforeRead
from rangeops.adapters.mavlink.streams import RATES
from rangeops.adapters.mavlink.vehicle import Vehicle
from rangeops.domain.commands import NOTHING_WRITTEN, CommandId, CommandKind, CommandOrder
from rangeops.domain.errors import Refused
from rangeops.domain.events import BeforeKept, VehicleRestored
from rangeops.domain.kept import Kept, kept_of
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.domain.writes import WriteDiff, check_consent, check_writable
from rangeops.watch.memory import Memory
from rangeops.watch.vehicle import WatchedVehicle

MOST_KEPT: Final = 500  # the oldest go: nobody came back for them


class Shelf:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._kept = memory.kept()
        self._settled: queue.SimpleQueue[tuple[CommandOrder, str]] = queue.SimpleQueue()

    def keep(self, read: BeforeRead, heard: Vehicle, vehicle: WatchedVehicle, now: Now) -> BeforeKept:
        """Keep what was on board; `settled` tells when it is durable, and the load may write.

        A vehicle that wasn't restored since keeps what it had first: ours isn't its own. Raises Refused where nobody
        agreed to what would be written.
        """
        order = vehicle.order
        slot, company, consent = (order.slot, order.company, order.consent) if order else ("", "", None)
        diff = diff_of(read, heard, slot)
        check_consent(consent, diff)
        kept = Kept(
            read.sysid, slot, company, heard.uid2, now.utc, read.before, read.after, str(consent), diff.sha256, slot
        )
        known = next((one for one in self._kept if one.is_of(read.sysid, heard.uid2, company)), None)
        if known is not None:
            kept = known.loaded_again(kept)
        self._put((*(one for one in self._kept if one is not known), kept), read.order)
        return BeforeKept(read.sysid, kept)

    def settled(self) -> Iterator[tuple[CommandOrder, str]]:
        """Orders whose vehicle's own things are on the disk now, or why they aren't. From the loop, at every tick."""
        while not self._settled.empty():
            order, failure = self._settled.get()
            yield order, f"what is on board can't be kept ({failure}){NOTHING_WRITTEN}" if failure else ""

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
        kept = kept_of(self._kept, vehicle.sysid, heard.uid2, company)
        for name, _ in kept.before.parameters:
            check_writable(name)
        return kept

    def due(self, vehicle: WatchedVehicle, now: Now) -> Kept | None:
        """What this vehicle should have back by now: its slot is over, closed or in time, and it wasn't restored."""
        for kept in self._kept:
            if kept.sysid == vehicle.sysid:
                order = vehicle.order
                if order is None or order.slot != (kept.last_slot or kept.slot) or now.utc > order.ends:
                    return kept
        return None

    def sysids(self) -> set[Sysid]:
        """Whose own things are kept."""
        return {kept.sysid for kept in self._kept}

    def to_give_back(self, heard: Vehicle | None, vehicle: WatchedVehicle, now: Now) -> CommandOrder | None:
        """The RESTORE that follows a slot's end by itself: for a vehicle that is heard, disarmed, and not ordered anew."""
        if heard is None or heard.state.heartbeat is None or heard.aboard.loading or vehicle.order is not None:
            return None
        try:
            kept = self.to_restore(heard, vehicle)
        except Refused:
            return None  # the alarm stands, and says what is to be done
        name = CommandId(f"restore/{vehicle.sysid}/{now.utc:%Y%m%dT%H%M%S.%f}Z")
        return CommandOrder(name, vehicle.sysid, CommandKind.RESTORE, "policy", f"slot {kept.slot} is over")

    def restored(self, event: VehicleRestored, heard: Vehicle | None) -> None:
        """What was put back and read back is no longer kept; after a failure it is."""
        if event.equal and heard is not None:
            gone = kept_of(self._kept, event.sysid, heard.uid2, None)
            self._put(tuple(one for one in self._kept if one is not gone))

    def _put(self, kept: tuple[Kept, ...], waiting: CommandOrder | None = None) -> None:
        self._kept = kept[-MOST_KEPT:]
        self._memory.keep_kept(self._kept, None if waiting is None else partial(self._wrote, waiting))

    def _wrote(self, waiting: CommandOrder, failure: str) -> None:
        self._settled.put((waiting, failure))


def diff_of(read: BeforeRead, heard: Vehicle, slot: str) -> WriteDiff:
    return WriteDiff(read.sysid, slot, heard.uid2, read.before, read.after, RATES)
