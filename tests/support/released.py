"""An incident of a company as a safety officer leaves it: signed, and its report released to the company."""

from dataclasses import replace
from datetime import datetime

from rangeops.domain.audit import Actor
from rangeops.domain.incident_review import OccurrenceClass, begin
from rangeops.domain.incidents import Incident, IncidentState, Place, begin_by_hand
from rangeops.domain.now import Now
from rangeops.domain.slots import Slot
from rangeops.services.build import Services
from rangeops.wire.reports import Audience, ReportForm

RITA = Actor("rita", "range-safety-officer")


def incident_of(services: Services, slot: Slot, happened: datetime, title: str = "left its volume") -> Incident:
    """Opened by hand, its review signed, nothing written."""
    with services.changes.begin(Now(0.0, happened), RITA) as change:
        work = change.work
        number = work.incidents.count(happened.year) + 1
        made = begin_by_hand(number, title, happened, Place(slot.sysid, slot.callsign, slot.company, slot.id))
        made = replace(made, state=IncidentState.SIGNED)
        work.incidents.put(made)
        review = replace(
            begin(made.id, happened),
            state=IncidentState.SIGNED,
            reviewer="rita",
            occurrence_class=OccurrenceClass.INCIDENT,
            category="airspace",
            mandatory=False,
            headline="It left its volume",
            narrative="Wind. omar called the pilot.",
        )
        work.incident_reviews.put(review)
        subject = f"incident:{made.id}"
        change.record("incident.sign", subject, f"rita signed {made.id}", {"review": review}, about=[subject])
    return made


def release(services: Services, incident: Incident, now: Now) -> None:
    services.reporting.write(incident.id, now, RITA, ReportForm.HTML, Audience.COMPANY)
