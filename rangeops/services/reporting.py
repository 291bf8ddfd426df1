"""Reports of incidents: the facts out of the record, written, kept with their hash in the record.

A draft is replaced by the next. The report of a signed revision is written once: what is asked for later is that very file,
held against the hash that the record has of it.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from rangeops.domain import incident_review as rules
from rangeops.domain.audit import Actor
from rangeops.domain.checkpoints import SignedCheckpoint
from rangeops.domain.eccairs import eccairs_draft
from rangeops.domain.errors import Damaged, NotFound
from rangeops.domain.events import AlarmChanged, TrackPoint, TrackRecorded
from rangeops.domain.incident_review import Review
from rangeops.domain.incidents import AFTER, BEFORE, Incident, IncidentState
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.registers import Aircraft, Company
from rangeops.domain.slots import Slot, SlotId
from rangeops.domain.text import safe_text
from rangeops.domain.verification import read_code, verification_code
from rangeops.services.changes import Changes
from rangeops.services.incident_reviews import first_review, newest_review, revision_hash
from rangeops.services.incidents import IncidentDesk, event_of, evidence_of, incident_view
from rangeops.services.orders import OrderDesk
from rangeops.services.ports.reports import AlarmShown, PrintReport, ReportFacts, ReportShelf, ReportWriter
from rangeops.services.ports.store import UnitOfWork
from rangeops.services.recorded_incidents import recorded_incident, recorded_reviews
from rangeops.services.redaction import redacted, secrets_of, with_hidden
from rangeops.services.screens import LONGEST_WINDOW, ScreenDesk
from rangeops.services.views import range_view
from rangeops.wire.api import IncidentView, ReportView
from rangeops.wire.reports import Audience, CodeView, ReportForm, SignedBy, WrittenReport
from rangeops.wire.screens import ScreenEntry

WRITTEN: Final = "incident.report"


@dataclass(frozen=True, slots=True)
class Reporting:
    """newest_checkpoint: of the record; None where none was signed yet."""

    changes: Changes
    incidents: IncidentDesk
    desk: OrderDesk
    screens: ScreenDesk
    definition: RangeDefinition
    writer: ReportWriter
    printer: PrintReport
    shelf: ReportShelf
    newest_checkpoint: Callable[[], SignedCheckpoint | None]
    simulation: bool

    def write(
        self,
        incident_id: str,
        now: Now,
        actor: Actor,
        form: ReportForm = ReportForm.HTML,
        audience: Audience = Audience.RANGE,
    ) -> ReportView:
        """Write the report of what is recorded now; that of a signed revision is written once, and given again.

        A signed one for the company is what releases the incident to it (`released`): it takes who may review it. Raises
        Forbidden, NotFound, Unavailable (PDF, where nothing can print it).
        """
        where = f"incident {safe_text(incident_id, limit=40)}"
        require(actor, Act.WRITE_REPORT, where=where)
        name, signed = self._name(incident_id, form, audience)
        if signed and audience is Audience.COMPANY:
            require(actor, Act.REVIEW_INCIDENT, where=where)
        before = next(reversed(self._written(incident_id, name)), None)
        if signed and before is not None and self._is_whole(before):
            return ReportView(incident_id, str(self.shelf.path(name)), before.sha256)
        content = self._content(incident_id, now, form, audience)
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.shelf.put(name, content)
        again = "; the one before was gone or had been changed" if signed and before is not None else ""
        says = f"report {name} written by {actor.name} (SHA-256 {sha256[:12]}…){again}"
        with self.changes.begin(now, actor) as change:
            subject = f"incident:{incident_id}"
            body = {"name": path.name, "revision": signed, "audience": audience, "sha256": sha256}
            change.record(WRITTEN, subject, says, body, about=[subject])
            change.changed("incidents")
        return ReportView(incident_id, str(path), sha256)

    def read(self, incident_id: str, form: ReportForm = ReportForm.HTML, audience: Audience = Audience.RANGE) -> bytes:
        """The report as it was last written. Raises NotFound, and Damaged where it isn't what the record has the hash of."""
        name, _ = self._name(incident_id, form, audience)
        return self._whole(name, next(reversed(self._written(incident_id, name)), None))

    def written(self, incident_id: str) -> tuple[WrittenReport, ...]:
        """Every report of it that was written, the oldest first. Raises NotFound."""
        with self.changes.store.read() as work:
            recorded_incident(work, incident_id)
            return _reports(work, incident_id)

    def read_written(self, incident_id: str, name: str) -> bytes:
        """One of those files, of an earlier revision too. Raises NotFound, Damaged."""
        of_name = [each for each in self.written(incident_id) if each.name == name]
        if not of_name:
            raise NotFound(
                f"no report of it has the name {safe_text(name, limit=60)!r}",
                where=f"incident {safe_text(incident_id, limit=40)}",
                do="See what was written.",
            )
        return self._whole(name, of_name[-1])

    def preview(self, incident_id: str, now: Now, actor: Actor) -> str:
        """The company's report as it would be written now: to be read before it goes out. Nothing is recorded.

        Raises Forbidden, NotFound.
        """
        require(actor, Act.WRITE_REPORT, where=f"incident {safe_text(incident_id, limit=40)}")
        return self.writer(self.facts(incident_id, now, Audience.COMPANY))

    def released(self, incident_id: str) -> tuple[WrittenReport, ...]:
        """The reports for its company that were written of signed revisions, the oldest first.

        Writing one releases the incident to its company; none: it isn't released. Raises NotFound.
        """
        of_signed = re.compile(rf"{re.escape(incident_id)}-rev\d+-company\.\w+")
        return tuple(each for each in self._written(incident_id) if of_signed.fullmatch(each.name))

    def read_released(self, incident_id: str, form: ReportForm = ReportForm.HTML) -> bytes:
        """The newest report that was released to its company. Raises NotFound, Damaged."""
        of_form = [each for each in self.released(incident_id) if each.name.endswith(f".{form.value}")]
        if not of_form:
            raise NotFound(
                f"no {form.value} report was released",
                where=f"incident {safe_text(incident_id, limit=40)}",
                do="Ask the range for it.",
            )
        return self._whole(of_form[-1].name, of_form[-1])

    def company_view(self, incident_id: str) -> IncidentView:
        """The incident without its timeline, as its company may have it."""
        with self.changes.store.read() as work:
            incident = recorded_incident(work, incident_id)
            hide = secrets_of(work, incident).hider()
        view: IncidentView = with_hidden(incident_view(incident, ()), hide)
        return view

    def _whole(self, name: str, written: WrittenReport | None) -> bytes:
        """The file, where it is what the record has the hash of."""
        content = self.shelf.get(name)
        if written is None or hashlib.sha256(content).hexdigest() != written.sha256:
            raise Damaged(
                "the file isn't the one that was written: the record has another hash of it",
                where=name,
                do="Write it again; the record keeps what the first one's hash was.",
            )
        return content

    def find(self, code: str) -> CodeView:
        """Of which revision a report's code is. Raises Invalid, NotFound; Damaged where a review can't be looked at."""
        wanted = read_code(code)
        unread: list[str] = []
        with self.changes.store.read() as work:
            for incident in work.incidents.all():
                try:
                    revisions = recorded_reviews(work, incident.id) or (
                        first_review(recorded_incident(work, incident.id)),
                    )
                except (Damaged, NotFound):  # what is wrong with one says nothing of the others' codes
                    unread.append(incident.id)
                    continue
                for review in revisions:
                    sha256 = revision_hash(review)
                    if verification_code(sha256) == wanted:
                        return self._code_view(work, review, sha256, newest=review == revisions[-1])
        if unread:
            raise Damaged(
                f"no revision that can be read has this code; {len(unread)} incidents can't be, {unread[0]} first",
                where=f"code {wanted}",
                do="Run `rangeops audit verify`: the code may be of one of these.",
            )
        raise NotFound(
            "no revision has this code: it is mistyped, of a draft that was changed since, or forged",
            where=f"code {wanted}",
            do="Compare it with the report, letter by letter.",
        )

    def eccairs(self, incident_id: str, now: Now, actor: Actor) -> dict[str, Any]:
        """The draft of an occurrence report to the authority. Raises Forbidden, NotFound."""
        require(actor, Act.REVIEW_INCIDENT, where=f"incident {safe_text(incident_id, limit=40)}")
        with self.changes.store.read() as work:
            incident = recorded_incident(work, incident_id)
            review = newest_review(work, incident)
            slot = work.slots.get(SlotId(incident.slot)) if incident.slot else None
            aircraft, company = _registered(work, incident, slot)
            position = _position(work, incident)
        return eccairs_draft(
            incident,
            review,
            self.definition,
            slot=slot,
            aircraft=aircraft,
            company=company,
            position=position,
            now_utc=now.utc,
        )

    def facts(self, incident_id: str, now: Now, audience: Audience = Audience.RANGE) -> ReportFacts:
        """Everything that a report shows, as it is recorded now. Raises NotFound."""
        view = self.incidents.get(incident_id)
        checkpoint = self.newest_checkpoint()
        with self.changes.store.read() as work:
            incident = recorded_incident(work, incident_id)
            evidence = evidence_of(work, incident)
            volumes = self.desk.volumes_of(work.slots.get(SlotId(view.slot))) if view.slot else None
            head, review = work.record.head(), newest_review(work, incident)
            secrets = secrets_of(work, incident)
        assert head is not None  # an incident is recorded
        events = ((each, event_of(each)) for each in evidence)
        told = tuple((each.entry.seq, each.happened, event) for each, event in events if event is not None)
        alarms = {event.alarm.id for _, _, event in told if isinstance(event, AlarmChanged)}
        screens = self.screens.between(incident.opened_utc - BEFORE, _shown_until(incident)).entries
        facts = ReportFacts(
            incident=view,
            range=range_view(self.definition),
            volumes=volumes,
            simulation=self.simulation,
            events=told,
            evidence=evidence,
            head=head,
            written_utc=now.utc,
            review=review,
            revision_sha256=revision_hash(review),
            deadlines=rules.deadlines(review, now.utc),
            shown=tuple(shown for shown in _first_shown(screens) if shown.alarm in alarms),
            checkpoint=checkpoint,
        )
        return facts if audience is Audience.RANGE else redacted(facts, secrets)

    def _content(self, incident_id: str, now: Now, form: ReportForm, audience: Audience) -> bytes:
        facts = self.facts(incident_id, now, audience)
        return self.writer(facts).encode() if form is ReportForm.HTML else self.printer(facts)

    def _name(self, incident_id: str, form: ReportForm, audience: Audience) -> tuple[str, int]:
        """Return the file's name, and the signed revision that it is of; 0 for a draft."""
        with self.changes.store.read() as work:
            review = newest_review(work, recorded_incident(work, incident_id))
        signed = review.revision if review.state is IncidentState.SIGNED else 0
        revision = f"-rev{signed}" if signed else ""
        company = "-company" if audience is Audience.COMPANY else ""
        return f"{review.incident}{revision}{company}.{form.value}", signed

    def _written(self, incident_id: str, name: str = "") -> tuple[WrittenReport, ...]:
        with self.changes.store.read() as work:
            return _reports(work, incident_id, name)

    def _is_whole(self, written: WrittenReport) -> bool:
        try:
            content = self.shelf.get(written.name)
        except NotFound:
            return False
        return hashlib.sha256(content).hexdigest() == written.sha256

    def _code_view(self, work: UnitOfWork, review: Review, sha256: str, *, newest: bool) -> CodeView:
        return CodeView(
            code=verification_code(sha256),
            incident=review.incident,
            revision=review.revision,
            state=review.state.value,
            sha256=sha256,
            newest=newest,
            headline=review.headline,
            signatures=tuple(SignedBy(each.by, each.role, each.signed_utc) for each in review.signatures),
            reports=_reports(work, review.incident),
        )


def _reports(work: UnitOfWork, incident_id: str, name: str = "") -> tuple[WrittenReport, ...]:
    """Every report of it that was written, or every one of this name, the oldest first."""
    entries = (each for each in work.record.at_target(f"incident:{incident_id}") if each.action == WRITTEN)
    bodies = ((json.loads(entry.payload)["body"], entry) for entry in entries)
    return tuple(
        WrittenReport(body["name"], body["sha256"], entry.utc, entry.seq)
        for body, entry in bodies
        if name in ("", body["name"])
    )


def _first_shown(screens: tuple[ScreenEntry, ...]) -> Iterator[AlarmShown]:
    """When each alarm, in each of its states, first stood in each room, by the server's clock."""
    known: set[tuple[str, str, str]] = set()
    for entry in screens:
        for drawn in sorted(entry.report.drawn, key=lambda each: each.utc):
            key = (entry.report.room, drawn.alarm, drawn.state)
            if key not in known:
                known.add(key)
                utc = drawn.utc - timedelta(seconds=entry.clock_ahead_s)
                room, user, number = entry.report.room, entry.user, entry.number
                yield AlarmShown(utc, drawn.alarm, drawn.state, drawn.place, room, user, number)


def _shown_until(incident: Incident) -> datetime:
    """A window that screens are asked for is a day at most."""
    return min(incident.last_utc + AFTER, incident.opened_utc - BEFORE + LONGEST_WINDOW)


def _position(work: UnitOfWork, incident: Incident) -> TrackPoint | None:
    """Where the vehicle was as it happened, by trusted telemetry; None where no track was recorded."""
    tracks = (event_of(each) for each in evidence_of(work, incident))
    points = (each for track in tracks if isinstance(track, TrackRecorded) for each in track.points if each.trusted)
    return min(points, key=lambda point: abs(point.at_utc - incident.opened_utc), default=None)


def _registered(work: UnitOfWork, incident: Incident, slot: Slot | None) -> tuple[Aircraft | None, Company | None]:
    """What the registers have of the aircraft and its operator; None where they have nothing."""
    aircraft = slot.terms.aircraft if slot else ""
    bodies = [entry.body for entry in work.registers.all()]
    craft = next((each for each in bodies if isinstance(each, Aircraft) and each.id == aircraft), None)
    company = next((each for each in bodies if isinstance(each, Company) and each.id == incident.company), None)
    return craft, company
