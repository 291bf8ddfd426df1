"""Slot sheets: what a slot grants, signed, for checks away from the server."""

from collections.abc import Callable
from typing import Final

from rangeops.domain.errors import Conflict
from rangeops.domain.now import Now
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slot_sheets import SlotSheet
from rangeops.domain.slots import HOLDS_AIRSPACE, SlotId, SlotState
from rangeops.services.airspace import bookable_of
from rangeops.services.changes import Changes
from rangeops.services.ports.world import Airframes
from rangeops.services.zone_version import zone_version

SealSheet = Callable[[SlotSheet], bytes]
"""Signs a sheet with the range's key; adapters.slot_file.write_slot_sheet."""

_WORTH_A_SHEET: Final = HOLDS_AIRSPACE | {SlotState.REQUESTED, SlotState.WAITLISTED}


class SlotSheets:
    def __init__(self, changes: Changes, definition: RangeDefinition, airframes: Airframes, seal: SealSheet) -> None:
        self._changes = changes
        self._definition = definition
        self._airframes = airframes
        self._seal = seal

    def export(self, slot_id: SlotId, now: Now) -> bytes:
        """The signed sheet. Raises NotFound; Conflict for a slot that is over or was refused."""
        with self._changes.store.read() as work:
            slot, clearance = work.slots.get(slot_id), work.clearances.get(slot_id)
        if slot.state not in _WORTH_A_SHEET:
            raise Conflict(
                f"it is {slot.state.value}", where=f"slot {slot_id}", do="Export a slot that is to be flown."
            )
        zones = zone_version(self._definition)
        settled = clearance.rtl_altitude_m is not None
        return self._seal(
            SlotSheet(
                slot=slot.id,
                range_id=self._definition.id,
                company=slot.company,
                callsign=slot.callsign,
                sysid=slot.sysid,
                starts=slot.starts,
                ends=slot.ends,
                volume=bookable_of(self._definition, slot),
                airframe=self._airframes.get(slot.airframe),
                rtl_altitude_m=clearance.rtl_altitude_m or self._definition.rtl_altitudes.highest_m,
                rtl_altitude_settled=settled,
                wind_mps=self._definition.wind_mps,
                zones_version=zones.name,
                zones_sha256=zones.sha256,
                issued_utc=now.utc,
            )
        )
