"""The range's day and month over the HTTP API."""

from rangeops.client.calls import Calls, part
from rangeops.wire.reports import DayReport, MonthReport, ReportForm


class ReportCalls(Calls):
    async def day_report(self, day: str) -> DayReport:
        """day: as 2026-11-24, of the range's own calendar."""
        return await self._get(f"/reports/day/{part(day)}", DayReport)

    async def month_report(self, month: str) -> MonthReport:
        """month: as 2026-11."""
        return await self._get(f"/reports/month/{part(month)}", MonthReport)

    async def day_page(self, day: str, form: ReportForm) -> bytes:
        return await self._page(f"/reports/day/{part(day)}/page", form)

    async def month_page(self, month: str, form: ReportForm) -> bytes:
        return await self._page(f"/reports/month/{part(month)}/page", form)

    async def _page(self, path: str, form: ReportForm) -> bytes:
        return (await self._send("GET", path, params={"form": form.value})).content
