"""The client's part for clearances."""

from rangeops.client.calls import VEHICLE_TIMEOUT_S, Calls, part
from rangeops.domain.slots import SlotId
from rangeops.wire.clearance import (
    BriefingView,
    ClearanceView,
    PollRequest,
    WeatherRequest,
    WeatherView,
    WithdrawRequest,
)


class ClearanceCalls(Calls):
    async def clearance(self, slot: SlotId) -> ClearanceView:
        return await self._get(f"/slots/{part(slot)}/clearance", ClearanceView)

    async def clear(self, slot: SlotId) -> ClearanceView:
        """Give the range's word to fly. Refused while anything is missing."""
        return await self._post(f"/slots/{part(slot)}/clear", ClearanceView)

    async def withdraw(self, slot: SlotId) -> ClearanceView:
        return await self._post(f"/slots/{part(slot)}/withdraw", ClearanceView)

    async def withdraw_many(
        self, *, reason: str, volume: str = "", everything: bool = False
    ) -> tuple[ClearanceView, ...]:
        """Of every cleared slot in a volume, or of all; those that were cleared come back."""
        body = WithdrawRequest(reason, volume, everything)
        return await self._post("/withdrawals", tuple[ClearanceView, ...], body)

    async def briefing(self, slot: SlotId) -> BriefingView:
        return await self._get(f"/slots/{part(slot)}/briefing", BriefingView)

    async def poll(self, slot: SlotId, role: str, *, go: bool, who: str = "", why: str = "") -> ClearanceView:
        """One role's word on the plan and the slot as they are now."""
        return await self._post(f"/slots/{part(slot)}/poll", ClearanceView, PollRequest(role, go, who, why))

    async def safety_word(self, slot: SlotId) -> ClearanceView:
        """The range safety officer's word, the caller's own."""
        return await self._post(f"/slots/{part(slot)}/word", ClearanceView)

    async def check_parameters(self, slot: SlotId) -> ClearanceView:
        """Read the vehicle's firmware and whole table now, for comparison with what was accepted."""
        path = f"/slots/{part(slot)}/check-parameters"
        return await self._call("POST", path, ClearanceView, within_s=VEHICLE_TIMEOUT_S)

    async def check_zones(self, slot: SlotId) -> ClearanceView:
        """Look at an approved slot under today's zones."""
        return await self._post(f"/slots/{part(slot)}/check-zones", ClearanceView)

    async def weather(self) -> tuple[WeatherView, ...]:
        return await self._get("/weather", tuple[WeatherView, ...])

    async def hand_in_weather(self, text: str) -> tuple[WeatherView, ...]:
        """METAR, SPECI and TAF, as they were issued."""
        return await self._post("/weather", tuple[WeatherView, ...], WeatherRequest(text))
