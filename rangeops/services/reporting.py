"""Reports of incidents: the facts out of the record, written once, kept with their hash in the record."""

import hashlib
from dataclasses import dataclass

from rangeops.domain.audit import Actor
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import SlotId
from rangeops.services.changes import Changes
from rangeops.services.incidents import IncidentDesk, event_of, evidence_of
from rangeops.services.orders import OrderDesk
from rangeops.services.ports import ReportFacts, ReportShelf, ReportWriter
from rangeops.services.views import range_view
from rangeops.wire.api import ReportView


@dataclass(frozen=True, slots=True)
class Reporting:
    changes: Changes
    incidents: IncidentDesk
    desk: OrderDesk
    definition: RangeDefinition
    writer: ReportWriter
    shelf: ReportShelf
    simulation: bool

    def write(self, incident_id: str, now: Now, actor: Actor) -> ReportView:
        """Write the report of what is recorded now; an earlier one of the same incident is replaced."""
        require(actor, Act.WRITE_REPORT, where=f"incident {incident_id:.40}")
        content = self.writer(self._facts(incident_id, now)).encode()
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.shelf.put(f"{incident_id}.html", content)
        view = ReportView(incident_id, str(path), sha256)
        says = f"report of {incident_id} written by {actor.name} (SHA-256 {sha256[:12]}…)"
        with self.changes.begin(now, actor) as change:
            body = {"name": path.name, "sha256": sha256}
            change.record("incident.report", f"incident:{incident_id}", says, body)
            change.changed("incidents")
        return view

    def read(self, incident_id: str) -> bytes:
        """The report as it was last written. Raises NotFound."""
        self.incidents.get(incident_id)
        return self.shelf.get(f"{incident_id}.html")

    def _facts(self, incident_id: str, now: Now) -> ReportFacts:
        view = self.incidents.get(incident_id)
        with self.changes.store.read() as work:
            evidence = evidence_of(work, work.incidents.get(incident_id))
            volumes = self.desk.volumes_of(work.slots.get(SlotId(view.slot))) if view.slot else None
            head = work.record.head()
        assert head is not None  # an incident is recorded
        events = ((each, event_of(each)) for each in evidence)
        return ReportFacts(
            incident=view,
            range=range_view(self.definition),
            volumes=volumes,
            simulation=self.simulation,
            events=tuple((each.entry.seq, each.happened, event) for each, event in events if event is not None),
            evidence=evidence,
            head=head,
            written_utc=now.utc,
        )
