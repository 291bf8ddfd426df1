"""Incidents over the HTTP API: list, timeline, review, signature, persons, reports."""

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

    async def write_report(self, incident: str) -> ReportView:
        return await self._post(f"/incidents/{part(incident)}/report", ReportView)

    async def report_html(self, incident: str) -> str:
        """The report as it was last written."""
        return (await self._send("GET", f"/incidents/{part(incident)}/report")).text
