"""Incidents: opened by rule while the journal is taken, read back with a timeline out of the record."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain import incidents as rules
from rangeops.domain.alarms import Condition
from rangeops.domain.audit import Actor
from rangeops.domain.errors import Damaged, NotFound
from rangeops.domain.events import EVENT_TYPES, ClockCompared, Event, FenceReadBack
from rangeops.domain.incident_review import Review, deadlines
from rangeops.domain.incident_search import Case, IncidentQuery, matches
from rangeops.domain.incidents import Incident, Place
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.policy import Policy
from rangeops.domain.slots import SlotId
from rangeops.domain.text import safe_text
from rangeops.services.asking import HORIZON
from rangeops.services.changes import RANGE, SERVER, Change, Changes, happened_of, slot_subject, vehicle
from rangeops.services.incident_reviews import first_review, newest_review
from rangeops.services.ports.store import Evidence, UnitOfWork
from rangeops.services.recorded_incidents import next_number, read_recorded, recorded_incident
from rangeops.services.words import KIND
from rangeops.wire.api import IncidentView, TimelineItem
from rangeops.wire.bundles import BundleView

EXPORTED: Final = "incident.export"

_CLOCK: Final = f"watch.{KIND[ClockCompared]}"
_CLOCKS_TOLD: Final = timedelta(minutes=15)  # the watch tells them each 10
_PREPARES: Final = ("slot.", "clearance.")
_FENCE: Final = f"watch.{KIND[FenceReadBack]}"
_EVENTS: Final = {event.__name__: event for event in EVENT_TYPES}


class IncidentDesk:
    def __init__(self, changes: Changes, policy: Policy) -> None:
        self._changes = changes
        self._policy = policy

    def all(self) -> tuple[IncidentView, ...]:
        """Newest first, without timelines."""
        with self._changes.store.read() as work:
            return tuple(incident_view(incident, ()) for incident in work.incidents.all())

    def find(self, query: IncidentQuery, now: Now) -> tuple[IncidentView, ...]:
        """Those that fit, newest first, with their clocks and without timelines."""
        with self._changes.store.read() as work:
            reviewed = {review.incident: review for review in work.incident_reviews.newest()}
            cases = (
                _case(work, query, incident, reviewed.get(incident.id) or first_review(incident), now)
                for incident in work.incidents.all()
            )
            return tuple(_of_case(case, ()) for case in cases if matches(query, case))

    def get(self, incident_id: str) -> IncidentView:
        """With its timeline. Raises NotFound."""
        with self._changes.store.read() as work:
            incident = recorded_incident(work, incident_id)
            return incident_view(incident, evidence_of(work, incident))

    def look(self, incident_id: str, now: Now) -> IncidentView:
        """With its timeline and its clocks. Raises NotFound."""
        with self._changes.store.read() as work:
            incident = recorded_incident(work, incident_id)
            case = _case(work, IncidentQuery(), incident, newest_review(work, incident), now)
            return _of_case(case, evidence_of(work, incident))

    def may_export(self, incident_id: str, actor: Actor) -> None:
        """Before its evidence is put together. Raises Forbidden, NotFound."""
        require(actor, Act.EXPORT_EVIDENCE, where=f"incident {safe_text(incident_id, limit=40)}")
        with self._changes.store.read() as work:
            recorded_incident(work, incident_id)

    def exported(self, view: BundleView, now: Now, actor: Actor, *, whole: bool) -> None:
        """It leaves the range: who took what, into the record. Raises Forbidden."""
        require(actor, Act.EXPORT_EVIDENCE, where=f"incident {view.incident}")
        of = "with whole recordings, " if whole else ""
        says = f"{actor.name} exported the evidence of {view.incident} ({of}SHA-256 {view.sha256[:12]}…)"
        with self._changes.begin(now, actor) as change:
            change.record(EXPORTED, f"incident:{view.incident}", says, view, about=[f"incident:{view.incident}"])

    def consider(self, change: Change, event: Event, happened: datetime, place: Place) -> None:
        """Open, extend or end an incident, if the event asks for it. happened: not when it was told."""
        if rules.concerns(event) != place.sysid:
            return
        known = change.work.incidents.of(place.sysid, place.slot)
        before = rules.covering(known, place, happened)
        if before is not None:
            with suppress(NotFound, Damaged):  # the intake goes on, though no entry has this row
                before = recorded_incident(change.work, before.id)
            after = rules.extend(before, event, happened)
        elif rules.opens(event, self._policy):
            after = rules.begin(next_number(change.work, happened.year), event, happened, place)
        else:
            return
        if after != before:
            change.work.incidents.put(after)
            self._record(change, before, after, happened)

    def _record(self, change: Change, before: Incident | None, after: Incident, happened: datetime) -> None:
        if before is None:
            action, says = "incident.open", f"incident {after.id} opened: {after.title}"
        elif after.ended_utc is not None and before.ended_utc is None:
            action, says = "incident.end", f"incident {after.id}: {after.title}; the episode is over"
        else:
            action, says = "incident.extend", ""
        change.record(
            action,
            f"incident:{after.id}",
            says,
            after,
            about=[vehicle(after.sysid)],
            happened=happened,
            source=after.callsign,
            actor=SERVER,
        )
        change.changed("incidents")


def _case(work: UnitOfWork, query: IncidentQuery, incident: Incident, review: Review, now: Now) -> Case:
    """The alarms that name a zone are looked up only for a query that asks for one."""
    volume = ""
    with suppress(NotFound):  # no slot, or one that the range never had
        volume = str(work.slots.get(SlotId(incident.slot)).volume)
    zones: tuple[str, ...] = ()
    if query.asks_places:
        since, until = incident.minutes
        zones = tuple(
            alarm.title
            for alarm in work.alarms.raised(since, until)
            if alarm.sysid == incident.sysid and alarm.condition is Condition.PROHIBITED_ZONE
        )
    return Case(incident, review, deadlines(review, now.utc), (volume, *zones))


def _of_case(case: Case, evidence: tuple[Evidence, ...]) -> IncidentView:
    """places[0] is its volume."""
    occurrence_class = case.review.occurrence_class
    return replace(
        incident_view(case.incident, evidence),
        occurrence_class="" if occurrence_class is None else occurrence_class.value,
        reviewer=case.review.reviewer,
        volume=case.places[0],
        deadlines=case.deadlines,
    )


def evidence_of(work: UnitOfWork, incident: Incident) -> tuple[Evidence, ...]:
    """Return what is recorded of the vehicle, its slot and the range around the incident, after what prepared the flight."""
    since, until = incident.minutes
    subjects = [vehicle(incident.sysid), RANGE]
    before = [*_clocks_before(work, incident.sysid, since)]
    if incident.slot:
        before += _preparation(work, slot_subject(incident.slot), since)
        subjects.append(slot_subject(incident.slot))
    later = work.record.evidence(subjects, since, until)
    known = {each.entry.seq for each in later}
    earlier = (each for each in before if each.entry.seq not in known)
    return (*sorted(earlier, key=lambda each: (each.happened, each.entry.seq)), *later)


def _preparation(work: UnitOfWork, slot: str, since: datetime) -> Iterator[Evidence]:
    """What was decided of the slot until then, and which fences its vehicle had."""
    for entry in work.record.at_target(slot):
        happened = happened_of(json.loads(entry.payload))
        if entry.action.startswith(_PREPARES) and since - HORIZON <= happened <= since:
            yield Evidence(entry, happened)
    yield from work.record.evidence([slot], since - HORIZON, since, actions=[_FENCE])


def _clocks_before(work: UnitOfWork, sysid: int, since: datetime) -> tuple[Evidence, ...]:
    """The last comparison of the vehicle's clocks with the range's until then."""
    return work.record.evidence([vehicle(sysid)], since - _CLOCKS_TOLD, since, actions=[_CLOCK])[-1:]


def event_of(evidence: Evidence) -> Event | None:
    """The watch's event that an entry of the record holds; None for any other entry. Raises Damaged."""
    body = json.loads(evidence.entry.payload)["body"]
    if not isinstance(body, dict) or (event_type := _EVENTS.get(body.get("event", ""))) is None:
        return None
    event: Event = read_recorded(body["of"], event_type, evidence.entry)
    return event


def incident_view(incident: Incident, evidence: tuple[Evidence, ...]) -> IncidentView:
    """The incident with these entries as its timeline."""
    return IncidentView(
        id=incident.id,
        title=incident.title,
        state=incident.state.value,
        sysid=incident.sysid,
        callsign=incident.callsign,
        company=incident.company,
        slot=incident.slot,
        opened_utc=incident.opened_utc,
        ended_utc=incident.ended_utc,
        timeline=tuple(item for each in evidence if (item := _item(each)) is not None),
    )


def _item(evidence: Evidence) -> TimelineItem | None:
    payload = json.loads(evidence.entry.payload)
    if not payload["says"]:
        return None
    area, _, rest = evidence.entry.action.partition(".")
    kind = rest if area == "watch" else area
    text = f"{payload['source']}: {payload['says']}" if area == "watch" else payload["says"]
    return TimelineItem(evidence.happened, kind, safe_text(text, limit=400), evidence.entry.seq)
