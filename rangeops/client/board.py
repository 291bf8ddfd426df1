"""The client's part for a day's timetable, calendars and drafts."""

from datetime import date

from rangeops.client.calls import Calls, part
from rangeops.domain.slots import SlotId
from rangeops.wire.board import DayView, DraftView
from rangeops.wire.clearance import ClearanceView


class BoardCalls(Calls):
    async def day(self, day: date) -> DayView:
        """What a day of the range's own calendar has beside its slots: closures, daylight, conflicts."""
        return await self._get(f"/days/{day.isoformat()}", DayView)

    async def clearances(self, day: date) -> tuple[ClearanceView, ...]:
        """The pre-flight board: of every slot of the day that has a place, by start."""
        return await self._get(f"/days/{day.isoformat()}/clearances", tuple[ClearanceView, ...])

    async def calendar(self, kind: str, name: str) -> bytes:
        """An iCalendar feed. kind: "company" or "volume"."""
        return (await self._send("GET", f"/calendars/{part(kind)}/{part(name)}.ics")).content

    async def notam(self, slot: SlotId) -> DraftView:
        """A NOTAM's text for a slot: a draft, filed by nobody."""
        return await self._get(f"/slots/{part(slot)}/notam", DraftView)

    async def mail(self, slot: SlotId) -> DraftView:
        """A mail to those whom the range tells of a slot: a draft, sent to nobody."""
        return await self._get(f"/slots/{part(slot)}/mail", DraftView)
