"""The client's part for timetables."""

from typing import Final

from rangeops.client.calls import Calls
from rangeops.domain.slots import Slot
from rangeops.wire.timetable import AcceptRequest, ProposalView, TimetableRequest

_OVER_S: Final = 20.0  # beside the solver's own deadline


class TimetableCalls(Calls):
    async def solve_timetable(self, request: TimetableRequest) -> ProposalView:
        """Have a proposal made; nothing is changed by it."""
        within_s = request.deadline_s + _OVER_S
        return await self._with_body("POST", "/timetable", ProposalView, request, within_s=within_s)

    async def timetable(self) -> ProposalView:
        """The newest proposal. Conflict where there is none."""
        return await self._get("/timetable", ProposalView)

    async def accept_timetable(self, sha256: str, *, reason: str) -> tuple[Slot, ...]:
        """Carry out the proposal that was looked at; Conflict where anything moved meanwhile."""
        return await self._post("/timetable/accept", tuple[Slot, ...], AcceptRequest(sha256, reason))
