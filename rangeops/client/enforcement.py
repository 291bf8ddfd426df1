"""Calls about enforcement: hold it back, let a pilot fly, clear a sector, log calls, judge what the range did."""

from rangeops.client.calls import LARGEST_PAGE, Calls, part
from rangeops.domain.commands import CommandKind, CommandProgress
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import CommandRequest
from rangeops.wire.enforcement import (
    CallRequest,
    CallView,
    JudgeRequest,
    ReasonRequest,
    ReviewsView,
    ReviewView,
    SectorCleared,
    SectorRequest,
    SectorView,
    WayHomeView,
)


class EnforcementCalls(Calls):
    async def inhibit(self, sysid: Sysid, *, reason: str) -> None:
        """Hold back what the range would send next, for 10 s at most."""
        await self._tell(f"/vehicles/{int(sysid)}/inhibit", ReasonRequest(reason))

    async def let_fly(self, sysid: Sysid, *, reason: str) -> None:
        """Leave a vehicle to the pilot who took it over from the range."""
        await self._tell(f"/vehicles/{int(sysid)}/let-fly", ReasonRequest(reason))

    async def take_up(self, sysid: Sysid, kind: CommandKind, *, reason: str) -> CommandProgress:
        """Send just what the range offers for a vehicle; Conflict where the offer has changed meanwhile."""
        request = CommandRequest(kind.value, reason, offered=True)
        return await self._post(f"/vehicles/{int(sysid)}/commands", CommandProgress, request)

    async def way_home(self, sysid: Sysid) -> WayHomeView:
        """What its return to launch would cross now, and what it would leave in the battery."""
        return await self._get(f"/vehicles/{int(sysid)}/way-home", WayHomeView)

    async def sector(self, name: str) -> SectorView:
        """Whom clearing it would reach now."""
        return await self._get(f"/sectors/{part(name)}", SectorView)

    async def clear_sector(self, name: str, *, how: str, reason: str, typed: str) -> SectorCleared:
        """Hold or return all of a sector, as one act. typed: its name, as a person retyped it."""
        return await self._post(f"/sectors/{part(name)}/clear", SectorCleared, SectorRequest(how, reason, typed))

    async def log_call(self, request: CallRequest) -> CallView:
        return await self._created("/calls", CallView, request)

    async def calls(self, *, hours: int = 24) -> tuple[CallView, ...]:
        """The calls that were logged, newest first."""
        return await self._all("/calls", CallView, {"hours": str(hours)})

    async def reviews(self) -> ReviewsView:
        """What the range did by itself, newest first, and how it was judged: the newest 1,000, the counts of all."""
        return await self._call("GET", "/reviews", ReviewsView, params={"limit": str(LARGEST_PAGE)})

    async def judge(self, item: str, *, verdict: str, note: str) -> ReviewView:
        return await self._post(f"/reviews/{part(item)}", ReviewView, JudgeRequest(verdict, note))

    async def _tell(self, path: str, request: ReasonRequest) -> None:
        await self._post(path, type(None), request)
