"""The hand-over page: what flies, what stands, what is due; and the notes that people leave each other.

A note is an entry of the record, and so is that it is done: nothing is rewritten.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from rangeops.domain.alarms import Alarm, AlarmState
from rangeops.domain.audit import Actor, AuditEntry
from rangeops.domain.clearance import CLEARABLE
from rangeops.domain.containment import Standing
from rangeops.domain.errors import Conflict, Invalid, NotFound
from rangeops.domain.evidence import CHECKPOINT_SIGNED
from rangeops.domain.now import Now
from rangeops.domain.permissions_of_roles import Act, require
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import HOLDS_AIRSPACE, Slot, SlotState
from rangeops.domain.text import safe_text
from rangeops.domain.zones import Zone
from rangeops.services.calls import CallDesk
from rangeops.services.changes import Changes
from rangeops.services.clearance import ClearanceDesk
from rangeops.services.clearance_words import WordDesk
from rangeops.services.day_board import DayBoard
from rangeops.services.duty import DutyDesk
from rangeops.services.incidents import IncidentDesk
from rangeops.services.ports.store import Evidence, UnitOfWork
from rangeops.services.reviews import ReviewDesk
from rangeops.wire.api import AuditHead
from rangeops.wire.clearance import WeatherView
from rangeops.wire.handover import DeedView, DueSlotView, FlyingView, HandoverView, NoteView, ZoneTimeView
from rangeops.wire.picture import RangePicture, VehicleView

SUBJECT: Final = "handover"
LONGEST_NOTE: Final = 300
SLOTS_AHEAD: Final = timedelta(hours=2)
DAY_AHEAD: Final = timedelta(hours=24)
_NOTES_STAND: Final = timedelta(days=30)  # then what is still true is written anew
_ALARM_STATES: Final = frozenset([AlarmState.UNACKED, AlarmState.ACKED, AlarmState.RETURNED, AlarmState.LATCHED])
_SET_ASIDE: Final = frozenset([AlarmState.SHELVED, AlarmState.OUT_OF_SERVICE])
_SHIFT: Final = timedelta(hours=12)
_LOOKED_AT: Final = 1000  # newest entries of the record: some hours of a busy day
_DEEDS: Final = frozenset(
    [
        "alarm.shelve",
        "alarm.unshelve",
        "alarm.out-of-service",
        "alarm.back-in-service",
        "automation.inhibit",
        "automation.let-fly",
        "sector.clear",
    ]
)
"""What holds automation or alarms back, or stopped many at once: whoever takes over must know why."""

_DUE: Final = HOLDS_AIRSPACE | {SlotState.REQUESTED, SlotState.WAITLISTED}
_STANDING: Final = {
    Standing.UNKNOWN: "UNKNOWN",
    Standing.INSIDE: "inside",
    Standing.CONTINGENCY: "OUTSIDE flight geography",
    Standing.BUFFER: "OUTSIDE contingency volume",
    Standing.OUTSIDE_RANGE: "OUTSIDE THE RANGE",
    Standing.UNASSIGNED: "no slot",
}


class HandoverDesk:
    def __init__(
        self,
        changes: Changes,
        definition: RangeDefinition,
        *,
        clearance: ClearanceDesk,
        board: DayBoard,
        incidents: IncidentDesk,
        words: WordDesk,
        duty: DutyDesk,
        calls: CallDesk,
        reviews: ReviewDesk,
    ) -> None:
        self._changes = changes
        self._definition = definition
        self._clearance = clearance
        self._board = board
        self._incidents = incidents
        self._words = words
        self._duty = duty
        self._calls = calls
        self._reviews = reviews

    def view(self, picture: RangePicture, now: Now, actor: Actor) -> HandoverView:
        """picture: of this moment."""
        require(actor, Act.SEE_RANGE, where="the hand-over page")
        until = now.utc + DAY_AHEAD
        with self._changes.store.read() as work:
            due = [
                slot
                for slot in work.slots.in_state(_DUE)
                if slot.starts < now.utc + SLOTS_AHEAD and slot.held_until > now.utc
            ]
            closures = tuple(self._board.closed(work, now.utc, until))
            notes = tuple(self._standing_notes(work, now.utc))
            deeds = tuple(_deeds(work, now.utc - _SHIFT))
            head, signed = work.record.head(), work.record.newest_of(CHECKPOINT_SIGNED)
        return HandoverView(
            written_utc=now.utc,
            range_id=self._definition.id,
            range_name=self._definition.name,
            timezone=self._definition.timezone,
            by=actor.name,
            simulation=picture.simulation,
            drill=picture.drill,
            enforcement=picture.enforcement,
            on_duty=self._duty.all(),
            flying=tuple(_flying(view) for view in picture.vehicles if view.armed),
            alarms=_in_states(picture.alarms, _ALARM_STATES),
            shelved=_in_states(picture.alarms, _SET_ASIDE),
            deeds=deeds,
            open=(*self._unanswered(now), *self._unjudged(now)),
            incidents=tuple(each for each in self._incidents.all() if each.state != "signed"),
            slots=tuple(self._due(slot, now) for slot in sorted(due, key=lambda slot: (slot.starts, slot.id))),
            closures=closures,
            zones=tuple(self._zone_times(now.utc, until)),
            weather=_newest(self._words.weather(now)),
            links_down=tuple(link for link in picture.links if not link.up),
            notes=notes,
            head=None if head is None else AuditHead(head.seq, head.entry_hash),
            checkpoint=None if signed is None else _checkpoint(signed),
        )

    def note(self, text: str, now: Now, actor: Actor) -> NoteView:
        """Leave a note for whoever comes next; it stands until somebody says that it is done. Raises Invalid."""
        require(actor, Act.HAND_OVER, where="the hand-over page")
        if not 0 < len(text.strip()) <= LONGEST_NOTE:
            raise Invalid(
                f"a note has 1 to {LONGEST_NOTE} characters", where="the hand-over page", do="Write it in a few words."
            )
        text = safe_text(text.strip(), limit=LONGEST_NOTE)
        with self._changes.begin(now, actor) as change:
            entry = change.record("handover.note", SUBJECT, f"hand-over note: {text}", {"text": text}, about=[SUBJECT])
            change.changed(SUBJECT)
        return NoteView(entry.seq, now.utc, actor.name, text)

    def done(self, number: int, now: Now, actor: Actor) -> NoteView:
        """A note is no longer needed. Raises NotFound, Conflict."""
        where = f"note {number}"
        require(actor, Act.HAND_OVER, where=where)
        with self._changes.begin(now, actor) as change:
            noted, finished = self._notes(change.work, now.utc)
            found = next((note for note in noted if note.number == number), None)
            if found is None:
                raise NotFound("there is no such note", where=where, do="Look at the page for its number.")
            if number in finished:
                raise Conflict("it is done already", where=where, do="Nothing needs to be done.")
            says = f"hand-over note of {found.by} done: {found.text}"
            change.record("handover.done", SUBJECT, says, {"note": number}, about=[SUBJECT])
            change.changed(SUBJECT)
        return found

    def _standing_notes(self, work: UnitOfWork, at: datetime) -> Iterator[NoteView]:
        noted, finished = self._notes(work, at)
        yield from (note for note in noted if note.number not in finished)

    def _notes(self, work: UnitOfWork, at: datetime) -> tuple[list[NoteView], set[int]]:
        """All notes of the last weeks, and the numbers of those that are done."""
        noted, finished = [], set()
        for each in work.record.about([SUBJECT], at - _NOTES_STAND, at):
            body = json.loads(each.entry.payload)["body"]
            if each.entry.action == "handover.note":
                noted.append(_note(each, body["text"]))
            elif each.entry.action == "handover.done":
                finished.add(int(body["note"]))
        return noted, finished

    def _due(self, slot: Slot, now: Now) -> DueSlotView:
        found = self._clearance.view(slot.id, now) if slot.state in CLEARABLE else None
        return DueSlotView(
            slot=slot.id,
            volume=slot.volume,
            company=slot.company,
            callsign=slot.callsign,
            starts=slot.starts,
            ends=slot.ends,
            state=slot.state.value,
            cleared=found is not None and found.cleared,
            lacking=None if found is None else len(found.missing),
        )

    def _unanswered(self, now: Now) -> Iterator[DeedView]:
        for each in self._calls.made(_SHIFT, now):
            call = each.call
            if call.answered is not True:
                yield DeedView(call.at_utc, call.by, f"call to {call.to}, {call.words}: no answer noted")

    def _unjudged(self, now: Now) -> Iterator[DeedView]:
        for item in self._reviews.all(now).items:
            if item.verdict is None:
                order = item.progress.order
                says = f"{order.kind.value} for {item.callsign}, {order.reason}: to be judged by a safety officer"
                yield DeedView(item.opened_utc, order.by, says)

    def _zone_times(self, starts: datetime, ends: datetime) -> Iterator[ZoneTimeView]:
        """Zones that hold for some time only, when they do in these hours."""
        for zone in self._definition.zones:
            for opens, shuts in self._spans(zone, starts, ends):
                if opens < ends and shuts > starts:
                    yield ZoneTimeView(zone.id, zone.name, zone.restriction.value, opens, shuts)

    def _spans(self, zone: Zone, starts: datetime, ends: datetime) -> tuple[tuple[datetime, datetime], ...]:
        return (zone.spans(starts, ends, self._definition.sun) or ()) if zone.applicability else ()


def _flying(view: VehicleView) -> FlyingView:
    return FlyingView(
        sysid=view.sysid,
        callsign=view.callsign,
        company=view.company,
        slot=view.slot,
        slot_ends=view.slot_ends,
        mode=view.mode,
        standing=_STANDING[view.standing if view.trusted else Standing.UNKNOWN],
        height_m=view.height_m,
        battery_percent=view.battery_percent,
        position_age_s=view.position_age_s,
        contact=view.contact,
    )


def _deeds(work: UnitOfWork, since: datetime) -> Iterator[DeedView]:
    """Newest first."""
    for entry in reversed(work.record.newest(_LOOKED_AT)):
        if entry.action in _DEEDS and entry.utc >= since:
            yield DeedView(entry.utc, entry.actor, safe_text(json.loads(entry.payload)["says"], limit=400))


def _in_states(alarms: Iterable[Alarm], states: frozenset[AlarmState]) -> tuple[Alarm, ...]:
    return tuple(alarm for alarm in alarms if alarm.state in states)


def _newest(weather: Iterable[WeatherView]) -> tuple[WeatherView, ...]:
    """Of each station the newest report of each kind."""
    newest: dict[tuple[str, str], WeatherView] = {}
    for report in weather:
        newest.setdefault((report.station, report.kind), report)
    return tuple(newest.values())


def _checkpoint(entry: AuditEntry) -> AuditHead:
    body = json.loads(entry.payload)["body"]
    return AuditHead(body["size"], body["note"])


def _note(evidence: Evidence, text: str) -> NoteView:
    return NoteView(evidence.entry.seq, evidence.happened, evidence.entry.actor, text)
