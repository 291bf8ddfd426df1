"""The typed client of the HTTP API: all that screens and commands know of the server."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from rangeops.client.accounts import AccountCalls
from rangeops.client.alarms import AlarmCalls
from rangeops.client.board import BoardCalls
from rangeops.client.calls import VEHICLE_TIMEOUT_S, part
from rangeops.client.clearance import ClearanceCalls
from rangeops.client.day import DayCalls
from rangeops.client.duty import DutyCalls
from rangeops.client.enforcement import EnforcementCalls
from rangeops.client.handover import HandoverCalls
from rangeops.client.incidents import IncidentCalls
from rangeops.client.people import PeopleCalls
from rangeops.client.reports import ReportCalls
from rangeops.client.timetable import TimetableCalls
from rangeops.client.work import WorkCalls
from rangeops.domain.commands import CommandKind, CommandProgress, CommandTarget
from rangeops.domain.slots import Slot, SlotEvent, SlotId
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import (
    AffectedView,
    AuditHead,
    CommandRequest,
    ConsentRequest,
    LinkRequest,
    ParametersView,
    PlanView,
    RangeView,
    SlotChange,
    SlotRequest,
    Status,
    WritesView,
)
from rangeops.wire.free_busy import BusyView
from rangeops.wire.picture import LinkView, LogLine


class Client(
    AlarmCalls,
    PeopleCalls,
    AccountCalls,
    DutyCalls,
    ClearanceCalls,
    DayCalls,
    BoardCalls,
    HandoverCalls,
    TimetableCalls,
    EnforcementCalls,
    IncidentCalls,
    ReportCalls,
    WorkCalls,
):
    """One server. Every method raises RangeopsError, of the kind that the server raised."""

    async def status(self) -> Status:
        return await self._get("/status", Status)

    async def range_view(self) -> RangeView:
        return await self._get("/range", RangeView)

    async def slots(self) -> tuple[Slot, ...]:
        """All of them, by start."""
        return await self._all("/slots", Slot)

    def each_slot(self) -> AsyncIterator[Slot]:
        """Likewise, page by page as they are asked for."""
        return self._each("/slots", Slot)

    async def free_busy(self, starts: datetime, ends: datetime) -> tuple[BusyView, ...]:
        """When which volumes can't be had, of 31 days at most."""
        asked = {"starts": starts.isoformat(), "ends": ends.isoformat()}
        return await self._call("GET", "/free-busy", tuple[BusyView, ...], params=asked)

    async def affected(self) -> tuple[AffectedView, ...]:
        """What was approved against other zones than today's, and fares worse by these."""
        return await self._get("/slots/affected", tuple[AffectedView, ...])

    async def slot(self, slot: SlotId) -> Slot:
        return await self._get(f"/slots/{part(slot)}", Slot)

    async def book(self, request: SlotRequest, *, key: str = "") -> Slot:
        """Ask for a slot; it is REQUESTED until the range approves it. key: asked again with it, it is the same slot."""
        return await self._created("/slots", Slot, request, key=key)

    async def change_slot(self, slot: SlotId, event: SlotEvent, *, version: int, reason: str = "") -> Slot:
        """Move a slot on. version: of the slot as the caller saw it; Conflict where it has moved on meanwhile."""
        return await self._post(f"/slots/{part(slot)}/change", Slot, SlotChange(event.value, version, reason))

    async def slot_sheet(self, slot: SlotId) -> bytes:
        """What the slot grants, as a file signed with the range's key."""
        return (await self._send("GET", f"/slots/{part(slot)}/sheet")).content

    async def writes(self, slot: SlotId) -> WritesView:
        """What loading its fence would change on the slot's vehicle, read from the vehicle now."""
        return await self._call("GET", f"/slots/{part(slot)}/writes", WritesView, within_s=VEHICLE_TIMEOUT_S)

    async def agree(self, slot: SlotId, *, who: str, sha256: str) -> WritesView:
        """Somebody agreed by word to the diff with this hash; Conflict where another was shown since."""
        return await self._post(f"/slots/{part(slot)}/consent", WritesView, ConsentRequest(who, sha256))

    async def parameters(self, sysid: Sysid, names: Sequence[str] = ()) -> ParametersView:
        """A vehicle's parameters by name; without names all of them, read now."""
        path = f"/vehicles/{int(sysid)}/parameters"
        query = {"name": list(names)}
        return await self._call("GET", path, ParametersView, params=query, within_s=VEHICLE_TIMEOUT_S)

    async def plans(self) -> tuple[PlanView, ...]:
        """All of them, newest first."""
        return await self._all("/plans", PlanView)

    def each_plan(self) -> AsyncIterator[PlanView]:
        """Likewise, page by page as they are asked for."""
        return self._each("/plans", PlanView)

    async def plan(self, plan: str) -> PlanView:
        return await self._get(f"/plans/{part(plan)}", PlanView)

    async def submit_plan(
        self,
        content: bytes,
        *,
        file_name: str,
        name: str,
        company: str,
        volume: str,
        airframe: str,
        slot: str = "",
        key: str = "",
    ) -> PlanView:
        """Hand in a plan file; its verdict comes back. The same name again makes the company's next revision.

        slot: that it is for, where that is booked already: it is then that slot's plan. key: handed in again with it, it
        is the same revision.
        """
        query = {"file_name": file_name, "name": name, "company": company, "volume": volume, "airframe": airframe}
        query |= {"slot": slot} if slot else {}
        return await self._created("/plans", PlanView, key=key, content=content, params=query)

    async def links(self) -> tuple[LinkView, ...]:
        return await self._get("/links", tuple[LinkView, ...])

    async def add_link(self, uri: str) -> LinkView:
        return await self._post("/links", LinkView, LinkRequest(uri))

    async def remove_link(self, uri: str) -> None:
        await self._call("DELETE", "/links", None, params={"uri": uri})

    async def command(
        self, sysid: Sysid, kind: CommandKind, *, reason: str, typed: str = "", target: CommandTarget | None = None
    ) -> CommandProgress:
        """Tell a vehicle to do something. What comes back is QUEUED; the feed tells how far it gets.

        typed: the vehicle's number, as a person retyped it, for what the server wants it for. target: of TAKEOFF and GOTO.
        """
        request = CommandRequest(kind.value, reason, typed, target)
        return await self._post(f"/vehicles/{int(sysid)}/commands", CommandProgress, request)

    async def log(self, *, limit: int = 200) -> tuple[LogLine, ...]:
        """The newest lines of the range's log, oldest first."""
        return await self._call("GET", "/log", tuple[LogLine, ...], params={"limit": str(limit)})

    def each_log_line(self) -> AsyncIterator[LogLine]:
        """The log backwards, a page at a time: each page has its oldest line first."""
        return self._each("/log", LogLine)

    async def audit_head(self) -> AuditHead:
        return await self._get("/audit/head", AuditHead)
