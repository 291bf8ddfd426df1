"""Incidents over the HTTP API: list, timeline, review, signature, persons, reports."""

from typing import Any

from rangeops.client.calls import Calls, part
from rangeops.domain.persons import Details
from rangeops.wire.api import IncidentView, ReportView
from rangeops.wire.incident_review import (
    DeadlineView,
    OpenIncident,
    ReviewChange,
    ReviewedView,
    SignRequest,
    WhyRequest,
)
from rangeops.wire.reports import Audience, CodeView, ReportForm


class IncidentCalls(Calls):
    async def incidents(self) -> tuple[IncidentView, ...]:
        """All incidents, newest first, without their timelines."""
        return await self._get("/incidents", tuple[IncidentView, ...])

    async def incident(self, incident: str) -> IncidentView:
        return await self._get(f"/incidents/{part(incident)}", IncidentView)

    async def open_incident(self, request: OpenIncident) -> ReviewedView:
        """One that no rule opened."""
        return await self._post("/incidents", ReviewedView, request)

    async def incident_deadlines(self) -> tuple[DeadlineView, ...]:
        """Clocks of 376/2014 that run out or were missed, the nearest first."""
        return await self._get("/incidents/deadlines", tuple[DeadlineView, ...])

    async def incident_review(self, incident: str) -> ReviewedView:
        return await self._get(f"/incidents/{part(incident)}/review", ReviewedView)

    async def take_up_incident(self, incident: str) -> ReviewedView:
        return await self._post(f"/incidents/{part(incident)}/review", ReviewedView)

    async def change_incident_review(self, incident: str, change: ReviewChange) -> ReviewedView:
        return await self._with_body("PATCH", f"/incidents/{part(incident)}/review", ReviewedView, change)

    async def sign_incident(self, incident: str, *, password: str, sha256: str) -> ReviewedView:
        """sha256: of the revision as it was shown; Conflict where it was changed since."""
        return await self._post(f"/incidents/{part(incident)}/signature", ReviewedView, SignRequest(password, sha256))

    async def reopen_incident(self, incident: str, why: str) -> ReviewedView:
        return await self._post(f"/incidents/{part(incident)}/revision", ReviewedView, WhyRequest(why))

    async def add_incident_person(self, incident: str, details: Details) -> ReviewedView:
        return await self._post(f"/incidents/{part(incident)}/persons", ReviewedView, details)

    async def erase_incident_person(self, incident: str, person: str, why: str) -> ReviewedView:
        path = f"/incidents/{part(incident)}/persons/{part(person)}/erase"
        return await self._post(path, ReviewedView, WhyRequest(why))

    async def write_report(
        self, incident: str, form: ReportForm = ReportForm.HTML, audience: Audience = Audience.RANGE
    ) -> ReportView:
        """That of a signed revision is written once, and then given again."""
        chosen = {"form": form.value, "audience": audience.value}
        return await self._call("POST", f"/incidents/{part(incident)}/report", ReportView, params=chosen)

    async def report(
        self, incident: str, form: ReportForm = ReportForm.HTML, audience: Audience = Audience.RANGE
    ) -> bytes:
        """The report as it was last written. Damaged where it isn't what the record has the hash of."""
        chosen = {"form": form.value, "audience": audience.value}
        return (await self._send("GET", f"/incidents/{part(incident)}/report", params=chosen)).content

    async def report_html(self, incident: str) -> str:
        return (await self.report(incident)).decode()

    async def eccairs(self, incident: str) -> dict[str, Any]:
        """A draft of the occurrence report to the authority, by the fields of 376/2014 Annex I."""
        return await self._get(f"/incidents/{part(incident)}/eccairs", dict[str, Any])

    async def report_of_code(self, code: str) -> CodeView:
        """Of which revision a report's verification code is."""
        return await self._get(f"/reports/codes/{part(code)}", CodeView)
