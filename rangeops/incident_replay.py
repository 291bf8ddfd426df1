"""An incident as it can be replayed: tracks out of the recordings, everything else out of the record. No server is needed."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from rangeops.domain.alarms import Alarm, AlarmId, AlarmState
from rangeops.domain.commands import FINAL_STAGES, CommandId, CommandProgress
from rangeops.domain.containment import Standing
from rangeops.domain.events import AlarmChanged, CommandMoved, StandingChanged
from rangeops.domain.now import Now
from rangeops.domain.recordings import recordings_between
from rangeops.domain.slots import Slot
from rangeops.domain.telemetry import Sysid
from rangeops.replaying import Tlogs, of_tlogs, picture_of, site_of
from rangeops.settings import Settings
from rangeops.wire.api import IncidentView, RangeView
from rangeops.wire.film import film_of
from rangeops.wire.messages import to_json
from rangeops.wire.picture import RangePicture, VehicleView
from rangeops.wire.recorded import Mark, Recorded
from rangeops.wire.screens import AlarmDrawn, ScreenEntry, ScreenView

if TYPE_CHECKING:
    from rangeops.domain.events import Event
    from rangeops.services.ports.store import Evidence, UnitOfWork

_STOOD: Final = timedelta(hours=4)  # an alarm that came so long before still stands in the replay, if it stood
_COMMAND_SHOWN: Final = timedelta(seconds=30)  # as the watch shows one that is over
_PACKETS: Final = frozenset(["command", "ack", "breach"])  # of the incident's vehicle the record has the rest


@dataclass(frozen=True, slots=True)
class _Told:
    """An event of the record, when it happened."""

    utc: datetime
    event: "Event"


@dataclass(frozen=True, slots=True)
class _Room:
    """One room's views and drawn alarms, each with the server's time, in order."""

    name: str
    user: str
    views: tuple[tuple[datetime, ScreenView], ...]
    drawn: tuple[tuple[datetime, AlarmDrawn], ...]


@dataclass(slots=True)
class IncidentRecorded:
    """Recorded. tracks: None where no recording of these minutes is left here."""

    incident: IncidentView
    begins: datetime
    ends: datetime
    damage: str
    site: RangeView
    slots: tuple[Slot, ...]
    marks: tuple[Mark, ...]
    _told: tuple[_Told, ...]
    _rooms: tuple[_Room, ...]
    _tracks: Tlogs | None

    @property
    def title(self) -> str:
        return f"{self.incident.id} {self.incident.title}"

    def picture(self, at: datetime) -> RangePicture:
        if self._tracks is None:
            picture = picture_of(self.site, Now((at - self.begins).total_seconds(), at), ())
        else:
            picture = self._tracks.picture(at)
        told = self._told[: bisect_right(self._told, at, key=lambda each: each.utc)]
        standing = {each.event.sysid: each.event for each in told if isinstance(each.event, StandingChanged)}
        return replace(
            picture,
            vehicles=tuple(self._in_slot(view, standing.get(view.sysid), at) for view in picture.vehicles),
            alarms=_standing(told),
            commands=_under_way(told, at),
        )

    def trail(self, sysid: Sysid, at: datetime, seconds: float) -> tuple[tuple[float, float], ...]:
        return () if self._tracks is None else self._tracks.trail(sysid, at, seconds)

    def seen(self, at: datetime) -> str:
        return "; ".join(filter(None, (self._seen_in(room, at) for room in self._rooms)))

    def _seen_in(self, room: _Room, at: datetime) -> str:
        """The room's screen then, and which of the alarms that stand it has drawn, how long after they came."""
        views = [view for when, view in room.views if when <= at]
        if not views:
            return ""
        view = views[-1]
        words = [f"{room.user} saw {view.screen}"]
        words += [f"vehicle {view.vehicle}"] if view.vehicle is not None else []
        words += [f"row {view.chosen}"] if view.chosen else []
        words += [f"behind {view.dialog}"] if view.dialog else []
        words += ["without a server"] if not view.connected else []
        standing = {alarm.id: alarm for alarm in _standing(each for each in self._told if each.utc <= at)}
        first: dict[AlarmId, tuple[datetime, AlarmDrawn]] = {}
        for when, drawn in room.drawn:
            if when <= at and drawn.alarm in standing:
                first.setdefault(drawn.alarm, (when, drawn))
        for alarm_id, (when, drawn) in first.items():
            alarm = standing[alarm_id]
            late_s = max((when - alarm.raised_utc).total_seconds(), 0.0)
            words.append(f"P{alarm.priority.value} {alarm.title} in {drawn.place} {late_s:.1f} s after it came")
        undrawn = len(standing) - len(first)
        words += [f"{undrawn} alarm{'s' if undrawn > 1 else ''} not drawn"] if undrawn else []
        return ", ".join(words)

    def _in_slot(self, view: VehicleView, standing: StandingChanged | None, at: datetime) -> VehicleView:
        slot = next((each for each in self.slots if each.sysid == view.sysid and each.starts <= at <= each.ends), None)
        if slot is not None:
            view = replace(
                view, callsign=slot.callsign, company=slot.company, slot=slot.id, slot_ends=slot.ends, contact=slot.contact,
                standing=Standing.UNKNOWN,
            )  # fmt: skip
        return view if standing is None else replace(view, standing=standing.standing, margin_m=standing.margin_m)


def open_incident(settings: Settings, incident_id: str) -> Recorded:
    """Raises NotFound, Unavailable, Damaged, Conflict."""
    from rangeops.adapters.store.record_reading import reading_store
    from rangeops.services.incidents import evidence_of, incident_view
    from rangeops.services.recorded_incidents import recorded_incident
    from rangeops.services.screens import shown_between

    with reading_store(settings.database) as work:
        incident = recorded_incident(work, incident_id)
        evidence = evidence_of(work, incident)
        begins, ends = incident.minutes
        slots = tuple(each for each in work.slots.all() if each.starts <= ends and each.ends >= begins)
        told = tuple(_told(_around(work, incident.sysid, slots, begins - _STOOD, ends)))
        rooms = _rooms(shown_between(work, begins, ends).entries)
    view = incident_view(incident, evidence)
    files = list(recordings_between(settings.tlog_folder.glob("*.tlog"), begins, ends))
    tracks = of_tlogs(settings, files) if any(file.stat().st_size for file in files) else None
    marks = [*_marks(view, evidence), *_drawn(rooms, told), *_packets(tracks, view.sysid)]
    if incident.ended_utc is None:  # nothing is known beyond what has happened
        known = [begins, *(each.utc for each in marks), *([tracks.ends] if tracks is not None else [])]
        ends = min(ends, max(known))
    return IncidentRecorded(
        incident=view,
        begins=begins,
        ends=ends,
        damage=tracks.damage if tracks is not None else "no recording of these minutes: without tracks",
        site=tracks.site if tracks is not None else site_of(settings, []),
        slots=slots,
        marks=tuple(sorted((each for each in marks if begins <= each.utc <= ends), key=lambda mark: mark.utc)),
        _told=told,
        _rooms=rooms,
        _tracks=tracks,
    )


def incident_film(settings: Settings, incident_id: str) -> bytes:
    """The replay as a browser plays it: a `wire.film.Film` as JSON. Raises as `open_incident`."""
    return to_json(film_of(open_incident(settings, incident_id)))


def _around(
    work: "UnitOfWork", sysid: Sysid, slots: Iterable[Slot], since: datetime, until: datetime
) -> "tuple[Evidence, ...]":
    """What concerned anybody who flew then: alarms of others stood on the screens, too."""
    from rangeops.services.changes import RANGE, vehicle

    subjects = {RANGE, vehicle(sysid), *(vehicle(slot.sysid) for slot in slots)}
    return work.record.evidence(sorted(subjects), since, until)


def _told(evidence: "Iterable[Evidence]") -> Iterator[_Told]:
    from rangeops.services.incidents import event_of

    for each in evidence:
        event = event_of(each)
        if isinstance(event, AlarmChanged | CommandMoved | StandingChanged):
            yield _Told(each.happened, event)


def _standing(told: Iterable[_Told]) -> tuple[Alarm, ...]:
    alarms = {each.event.alarm.id: each.event.alarm for each in told if isinstance(each.event, AlarmChanged)}
    return tuple(alarm for alarm in alarms.values() if alarm.state is not AlarmState.NORMAL)


def _under_way(told: Iterable[_Told], at: datetime) -> tuple[CommandProgress, ...]:
    last: dict[CommandId, tuple[datetime, CommandProgress]] = {}
    for each in told:
        if isinstance(each.event, CommandMoved):
            last[each.event.progress.order.id] = (each.utc, each.event.progress)
    return tuple(
        progress
        for when, progress in last.values()
        if progress.stage not in FINAL_STAGES or at - when <= _COMMAND_SHOWN
    )


def _rooms(entries: Iterable[ScreenEntry]) -> tuple[_Room, ...]:
    """Times by the server's clock: each entry says how far its room's was ahead."""
    views: dict[tuple[str, str], list[tuple[datetime, ScreenView]]] = {}
    drawn: dict[tuple[str, str], list[tuple[datetime, AlarmDrawn]]] = {}
    for entry in entries:
        key, ahead = (entry.report.room, entry.user), timedelta(seconds=entry.clock_ahead_s)
        views.setdefault(key, []).extend((view.utc - ahead, view) for view in entry.report.views)
        drawn.setdefault(key, []).extend((each.utc - ahead, each) for each in entry.report.drawn)
    return tuple(
        _Room(room, user, *(tuple(sorted(x[room, user], key=lambda each: each[0])) for x in (views, drawn)))  # type: ignore[arg-type]
        for room, user in views
    )


def _marks(view: IncidentView, evidence: "Iterable[Evidence]") -> Iterator[Mark]:
    """The timeline, each line with its entry; an alarm that is raised has its priority."""
    from rangeops.services.incidents import event_of

    priority = {}
    for each in evidence:
        event = event_of(each)
        if isinstance(event, AlarmChanged) and event.alarm.state is AlarmState.UNACKED:
            priority[each.entry.seq] = event.alarm.priority.value
    for item in view.timeline:
        yield Mark(item.utc, item.kind, item.text, None, priority.get(item.evidence), item.evidence)


def _drawn(rooms: Iterable[_Room], told: tuple[_Told, ...]) -> Iterator[Mark]:
    """When each alarm first stood on each room's screen."""
    titles = {each.event.alarm.id: each.event.alarm.title for each in told if isinstance(each.event, AlarmChanged)}
    for room in rooms:
        seen: set[AlarmId] = set()
        for when, drawn in room.drawn:
            if drawn.alarm not in seen:
                seen.add(drawn.alarm)
                yield Mark(when, "shown", f"to {room.user} in {drawn.place}: {titles.get(drawn.alarm, drawn.alarm)}")


def _packets(tracks: Tlogs | None, sysid: Sysid) -> Iterator[Mark]:
    """What the packets say beyond the record."""
    for mark in tracks.marks if tracks is not None else ():
        if mark.sysid != sysid or mark.kind in _PACKETS:
            yield mark
