"""The client's part for a day as it goes: moves, delays, clocks, notices, closures, the spectrum ledger."""

from datetime import datetime

from rangeops.client.calls import Calls, part
from rangeops.domain.closures import Closure, ClosureId
from rangeops.domain.day_shift import Move, Shift
from rangeops.domain.lead_times import Due
from rangeops.domain.slots import Slot, SlotId
from rangeops.domain.spectrum import Holding
from rangeops.wire.api import (
    Alternative,
    ClockRequest,
    ClosureRequest,
    ClosureView,
    MoveRequest,
    MustMove,
    NoticeRequest,
    Removal,
    ShiftRequest,
)
from rangeops.wire.company import WishView


class DayCalls(Calls):
    async def alternatives(self, slot: SlotId) -> tuple[Alternative, ...]:
        """Where and when it would fit instead of as it stands."""
        return await self._get(f"/slots/{part(slot)}/alternatives", tuple[Alternative, ...])

    async def permissions_due(self, slot: SlotId) -> tuple[Due, ...]:
        return await self._get(f"/slots/{part(slot)}/permissions", tuple[Due, ...])

    async def move_slot(self, slot: SlotId, wanted: MoveRequest) -> Slot:
        return await self._post(f"/slots/{part(slot)}/move", Slot, wanted)

    async def wish(self, slot: SlotId, wanted: MoveRequest) -> WishView:
        """Ask for another time or volume of one's slot; the range decides."""
        return await self._created(f"/slots/{part(slot)}/wishes", WishView, wanted)

    async def wishes(self, slot: SlotId | None = None) -> tuple[WishView, ...]:
        """Of one slot; without it all that nobody has answered yet."""
        path = "/wishes" if slot is None else f"/slots/{part(slot)}/wishes"
        return await self._get(path, tuple[WishView, ...])

    async def delay(self, slot: SlotId, minutes: int) -> Shift:
        """What a delay leads to; nothing is changed before `accept_shift`."""
        return await self._call("GET", f"/slots/{part(slot)}/delay", Shift, params={"minutes": str(minutes)})

    async def accept_shift(self, moves: tuple[Move, ...], *, reason: str) -> tuple[Slot, ...]:
        return await self._post("/shifts", tuple[Slot, ...], ShiftRequest(moves, reason))

    async def stop_clock(self, slot: SlotId, reason: str, *, version: int) -> Slot:
        """reason: client, range, weather or traffic."""
        return await self._post(f"/slots/{part(slot)}/clock", Slot, ClockRequest(version, reason))

    async def start_clock(self, slot: SlotId, *, version: int) -> Slot:
        return await self._post(f"/slots/{part(slot)}/clock", Slot, ClockRequest(version))

    async def acknowledge_notice(self, slot: SlotId, notice: str, *, who: str) -> Slot:
        """notice: briefing or debrief."""
        return await self._post(f"/slots/{part(slot)}/notices", Slot, NoticeRequest(notice, who))

    async def lost_minutes(self, starts: datetime, ends: datetime) -> dict[str, float]:
        params = {"starts": starts.isoformat(), "ends": ends.isoformat()}
        return await self._call("GET", "/lost-minutes", dict[str, float], params=params)

    async def spectrum(self) -> tuple[Holding, ...]:
        return await self._get("/spectrum", tuple[Holding, ...])

    async def closures(self) -> tuple[ClosureView, ...]:
        return await self._get("/closures", tuple[ClosureView, ...])

    async def closure(self, closure: ClosureId) -> ClosureView:
        return await self._get(f"/closures/{part(closure)}", ClosureView)

    async def close_airspace(self, request: ClosureRequest, *, key: str = "") -> ClosureView:
        return await self._created("/closures", ClosureView, request, key=key)

    async def concerned(self) -> tuple[MustMove, ...]:
        """Approved slots that stand under a closure."""
        return await self._get("/closures/concerned", tuple[MustMove, ...])

    async def lift_closure(self, closure: ClosureId, *, version: int, reason: str) -> Closure:
        return await self._post(f"/closures/{part(closure)}/remove", Closure, Removal(version, reason))
