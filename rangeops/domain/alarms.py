"""The board of alarms after ISA-18.2, and all that other code needs of alarms by one name.

States and tables: alarm_states. Conditions: alarm_conditions, with an entry each in alarm_catalogue. Deeds: alarm_deeds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from rangeops.domain.alarm_catalogue import CATALOGUE
from rangeops.domain.alarm_conditions import (
    OF_A_LINK,
    CatalogueEntry,
    Condition,
    Deadband,
    Priority,
    SourceState,
)
from rangeops.domain.alarm_deeds import EVENT_OF, AlarmDeed, DeedKind, after, refusal
from rangeops.domain.alarm_facts import Alarm, AlarmId, AlarmNote, Assessment, Removal
from rangeops.domain.alarm_states import (
    NEXT,
    NEXT_LATCHING,
    REFUSED,
    REFUSED_LATCHING,
    REMOVED,
    STANDS,
    AlarmEvent,
    AlarmState,
)
from rangeops.domain.now import Now

__all__ = [
    "CATALOGUE",
    "NEXT",
    "NEXT_LATCHING",
    "OF_A_LINK",
    "REALARM_S",
    "REFUSED",
    "REFUSED_LATCHING",
    "REMOVED",
    "STANDS",
    "Alarm",
    "AlarmBoard",
    "AlarmDeed",
    "AlarmEvent",
    "AlarmId",
    "AlarmNote",
    "AlarmState",
    "Assessment",
    "CatalogueEntry",
    "Condition",
    "Deadband",
    "DeedKind",
    "Priority",
    "Removal",
    "SourceState",
]

REALARM_S: Final = 60.0  # a condition that comes back so soon after it was announced is the same alarm
DESIGN: Final = "design"  # who suppresses
MOST_NOTES: Final = 20

Key = tuple[Condition, str]
_E = AlarmEvent


class AlarmBoard:
    """The alarms of one watch. Assess every condition on every judgement; what changed comes back.

    A value that moves while an alarm stands refreshes the alarm without being a change: it is shown, not journalled.
    A condition that comes back within REALARM_S of its announcement is the same alarm, with its id: acknowledged, if
    somebody did so, but for a P1, which asks anew.
    """

    def __init__(self) -> None:
        self._alarms: dict[Key, Alarm] = {}
        self._pending: dict[Key, float] = {}  # since when a condition differs from what its alarm says
        self._stirred: dict[str, set[Condition]] = {}  # by source, what is on the board or pending
        self._states: dict[str, frozenset[SourceState]] = {}
        self._announced_s: dict[Key, float] = {}
        self._ended: dict[Key, Alarm] = {}  # so lately that it may be the same alarm again
        self._shelf_ends_s: dict[Key, float] = {}

    @property
    def standing(self) -> tuple[Alarm, ...]:
        """Everything that isn't normal, what is shelved, suppressed or out of service too; worst and oldest first."""
        return tuple(sorted(self._alarms.values(), key=lambda alarm: (alarm.priority, alarm.raised_utc)))

    def restore(self, alarms: Iterable[Alarm]) -> None:
        """Take up what stood before a restart. An alarm whose condition is gone returns on its first assessment."""
        for alarm in alarms:
            self._alarms[alarm.condition, alarm.source] = alarm
            self._noticed((alarm.condition, alarm.source))

    # Conditions.

    def assess_source(
        self,
        source: str,
        covered: frozenset[Condition],
        present: Sequence[Assessment],
        now: Now,
        states: frozenset[SourceState] | None = None,
    ) -> list[Alarm]:
        """Of the covered conditions of one source those that hold; the others don't, and what stands of them returns.

        What changed. Nearly always nothing holds and nothing stands, and then it costs next to nothing. An assessment in
        `present` may say that it doesn't hold, with how far it is within its limit. states: the source's; None: as before.
        """
        if states is not None:
            self._states[source] = states
        stirred = self._stirred.get(source)
        if stirred is None:
            if not present:
                return []
            absent: list[Assessment] = []
        else:
            told = {each.condition for each in present}
            gone = sorted((stirred & covered) - told, key=lambda condition: condition.value)
            absent = [Assessment(condition, source, present=False) for condition in gone]
        ordered = sorted(present, key=lambda each: CATALOGUE[each.condition].priority)  # what suppresses comes first
        changed = [alarm for each in (*ordered, *absent) for alarm in self._assess(each, now)]
        return [*changed, *self._settle_suppression(source, now)]

    def assess(self, assessment: Assessment, now: Now) -> list[Alarm]:
        """What this assessment changed: nearly always nothing."""
        return [*self._assess(assessment, now), *self._settle_suppression(assessment.source, now)]

    def tick(self, now: Now) -> list[Alarm]:
        """What time alone changes: shelves whose end has come."""
        over: list[Alarm] = []
        for key, alarm in list(self._alarms.items()):
            if alarm.state is AlarmState.SHELVED and now.monotonic_s >= self._shelf_end_s(key, alarm, now):
                over.append(self._released(key, alarm, _E.UNSHELVED, now))
        return over

    def _assess(self, assessment: Assessment, now: Now) -> list[Alarm]:
        key = (assessment.condition, assessment.source)
        changed = self._assessed(key, assessment, now)
        self._noticed(key)
        return changed

    def _assessed(self, key: Key, assessment: Assessment, now: Now) -> list[Alarm]:
        alarm = self._alarms.get(key)
        if alarm is None and not assessment.present:  # nearly always: nothing is wrong, and nothing was
            self._pending.pop(key, None)
            return []
        entry = CATALOGUE[assessment.condition]
        was = alarm is not None and alarm.present
        present = assessment.present or (was and _within_deadband(entry, assessment))
        if present == was:
            self._pending.pop(key, None)
            if alarm is not None and was:
                self._alarms[key] = _figures(alarm, assessment)
            return []
        delay_s = entry.on_delay_s if present else entry.off_delay_s
        since_s = self._pending.setdefault(key, now.monotonic_s)
        if now.monotonic_s - since_s < delay_s:
            return []
        del self._pending[key]
        if alarm is not None and not present:
            return [self._fell(key, alarm, now)]
        return self._rose(key, entry, assessment, now)

    def _rose(self, key: Key, entry: CatalogueEntry, assessment: Assessment, now: Now) -> list[Alarm]:
        """The same occurrence again where it is soon after the last; else a new one, since time and figures are new."""
        before = self._alarms.get(key)
        if before is not None and before.is_removed:
            quiet = replace(_figures(before, assessment), holds=True, times=before.times + 1, sysid=assessment.sysid)
            return [self._put(key, quiet)]
        soon = now.monotonic_s - self._announced_s.get(key, float("-inf")) < REALARM_S
        again = before or self._ended.get(key)
        if soon and again is not None:
            known = again.acked_by is not None and entry.priority is not Priority.P1
            event = _E.RECURRED if known else _E.RAISED
            state = after(entry, again.state, event)
            assert state is not None  # both are in the tables for whatever isn't raised
            alarm = replace(_figures(again, assessment), state=state, times=again.times + 1, ended_utc=None)
            if state is AlarmState.UNACKED:
                alarm = replace(alarm, acked_by=None, acked_utc=None, announced_utc=now.utc)
            return [self._put(key, alarm)]
        new = self._new(entry, assessment, now)
        if why := self._suppressor(key):
            return [self._put(key, replace(new, state=AlarmState.SUPPRESSED, removal=Removal(DESIGN, now.utc, why)))]
        self._announced_s[key] = now.monotonic_s
        raised = self._put(key, replace(new, announced_utc=now.utc))
        replaced = [] if before is None else [replace(before, state=AlarmState.NORMAL, ended_utc=now.utc)]
        return [*replaced, raised]

    def _fell(self, key: Key, alarm: Alarm, now: Now) -> Alarm:
        state = after(CATALOGUE[alarm.condition], alarm.state, _E.RETURNED)
        assert state is not None  # only what is present falls, and all of that may
        return self._put(key, replace(alarm, state=state, holds=False, returned_utc=now.utc), now)

    # Deeds.

    def do(self, deed: AlarmDeed, now: Now) -> Alarm | None:
        """The alarm as it is after the deed; None where it is gone, or the tables refuse (see alarm_deeds.refusal)."""
        key = (deed.condition, deed.source)
        alarm = self._alarms.get(key)
        if alarm is None and deed.kind is DeedKind.TAKE_OUT and not refusal(deed, AlarmState.NORMAL):
            entry = CATALOGUE[deed.condition]
            new = self._new(entry, Assessment(deed.condition, deed.source, present=False), now)
            return self._removed(key, replace(new, state=AlarmState.NORMAL, times=0), deed, now)
        if alarm is None or (deed.alarm and deed.alarm != alarm.id) or refusal(deed, alarm.state):
            return None
        return self._done(key, alarm, deed, now)

    def _done(self, key: Key, alarm: Alarm, deed: AlarmDeed, now: Now) -> Alarm:
        match deed.kind:
            case DeedKind.NOTE:
                return self._put(key, _noted(alarm, deed, now, deed.reason))
            case DeedKind.SHELVE | DeedKind.TAKE_OUT:
                return self._removed(key, alarm, deed, now)
            case DeedKind.UNSHELVE | DeedKind.PUT_BACK:
                return self._released(key, alarm, EVENT_OF[deed.kind], now)
            case DeedKind.RESET:
                return self._put(key, replace(_noted(alarm, deed, now, "reset"), state=AlarmState.NORMAL), now)
            case DeedKind.ACKNOWLEDGE:
                state = after(CATALOGUE[alarm.condition], alarm.state, _E.ACKNOWLEDGED)
                assert state is not None  # refusal said that it is in the tables
                return self._put(key, replace(alarm, state=state, acked_by=deed.by, acked_utc=now.utc), now)

    def _removed(self, key: Key, alarm: Alarm, deed: AlarmDeed, now: Now) -> Alarm:
        shelved = deed.kind is DeedKind.SHELVE
        until = now.utc + timedelta(seconds=deed.for_s) if shelved else None
        if shelved:
            self._shelf_ends_s[key] = now.monotonic_s + deed.for_s
        state = AlarmState.SHELVED if shelved else AlarmState.OUT_OF_SERVICE
        removal = Removal(deed.by, now.utc, deed.reason, until)
        return self._put(key, replace(alarm, state=state, holds=alarm.present, removal=removal))

    def _released(self, key: Key, alarm: Alarm, event: AlarmEvent, now: Now) -> Alarm:
        """Back among the others: announced anew where its condition holds, gone where it doesn't."""
        entry = CATALOGUE[alarm.condition]
        self._shelf_ends_s.pop(key, None)
        state = after(entry, alarm.state, event)
        assert state is AlarmState.NORMAL  # so the tables say of every release
        if not alarm.holds:
            return self._put(key, replace(alarm, state=state), now)
        if event is not _E.UNSUPPRESSED and (why := self._suppressor(key)):
            return self._put(key, replace(alarm, state=AlarmState.SUPPRESSED, removal=Removal(DESIGN, now.utc, why)))
        self._announced_s[key] = now.monotonic_s
        return self._put(
            key,
            replace(alarm, state=AlarmState.UNACKED, announced_utc=now.utc, acked_by=None, acked_utc=None),
        )

    def _shelf_end_s(self, key: Key, alarm: Alarm, now: Now) -> float:
        """After a restart by the wall clock, but never longer than its entry allows."""
        if (end_s := self._shelf_ends_s.get(key)) is None:
            until = alarm.removal.until if alarm.removal else None
            left_s = 0.0 if until is None else (until - now.utc).total_seconds()
            longest_s = CATALOGUE[alarm.condition].longest_shelf_s
            end_s = self._shelf_ends_s[key] = now.monotonic_s + min(left_s, longest_s)
        return end_s

    # Suppression by design.

    def _settle_suppression(self, source: str, now: Now) -> list[Alarm]:
        changed: list[Alarm] = []
        for condition in sorted(self._stirred.get(source, ()), key=lambda each: each.value):
            alarm = self._alarms.get((condition, source))
            if alarm is None or not (alarm.state in STANDS or alarm.state is AlarmState.SUPPRESSED):
                continue
            why = self._suppressor((condition, source))
            if why and alarm.state in STANDS:
                removal = Removal(DESIGN, now.utc, why)
                suppressed = replace(alarm, state=AlarmState.SUPPRESSED, holds=True, removal=removal)
                changed.append(self._put((condition, source), suppressed))
            elif not why and alarm.state is AlarmState.SUPPRESSED:
                changed.append(self._released((condition, source), alarm, _E.UNSUPPRESSED, now))
        return changed

    def _suppressor(self, key: Key) -> str:
        """What makes this alarm say nothing at its source; "" where nothing does."""
        entry, source = CATALOGUE[key[0]], key[1]
        for other in entry.suppressed_by:
            alarm = self._alarms.get((other, source))
            if alarm is not None and alarm.state in STANDS:
                return f"while {CATALOGUE[other].title.lower()}"
        states = self._states.get(source, frozenset())
        return next((f"while {state.value}" for state in entry.suppressed_while if state in states), "")

    # Keeping.

    def _new(self, entry: CatalogueEntry, assessment: Assessment, now: Now) -> Alarm:
        return Alarm(
            id=AlarmId(f"{entry.condition.value}/{assessment.source}/{now.utc:%Y%m%dT%H%M%S.%f}Z"),
            condition=entry.condition,
            source=assessment.source,
            sysid=assessment.sysid,
            priority=entry.priority,
            state=AlarmState.UNACKED,
            title=assessment.title or entry.title,
            action=entry.action,
            value=assessment.value,
            limit=assessment.limit,
            raised_utc=now.utc,
            time_to_exit_s=assessment.time_to_exit_s,
            holds=assessment.present,
        )

    def _put(self, key: Key, alarm: Alarm, now: Now | None = None) -> Alarm:
        """now: needed where it may end: what comes back soon is the same alarm."""
        if alarm.state is not AlarmState.NORMAL:
            self._alarms[key] = alarm
            self._ended.pop(key, None)
        else:
            self._alarms.pop(key, None)
            if now is not None:
                alarm = replace(alarm, ended_utc=now.utc)
                self._forget_old(now)
                if alarm.announced_utc is not None:
                    self._ended[key] = alarm
        self._noticed(key)
        return alarm

    def _forget_old(self, now: Now) -> None:
        old = [key for key, at_s in self._announced_s.items() if now.monotonic_s - at_s >= REALARM_S]
        for key in old:
            del self._announced_s[key]
            self._ended.pop(key, None)

    def _noticed(self, key: Key) -> None:
        """Keep `_stirred` in step after a change."""
        condition, source = key
        if key in self._alarms or key in self._pending:
            self._stirred.setdefault(source, set()).add(condition)
        elif (stirred := self._stirred.get(source)) is not None:
            stirred.discard(condition)
            if not stirred:
                del self._stirred[source]


def _within_deadband(entry: CatalogueEntry, assessment: Assessment) -> bool:
    return entry.deadband is not None and assessment.beyond is not None and assessment.beyond > -entry.deadband.amount


def _noted(alarm: Alarm, deed: AlarmDeed, now: Now, text: str) -> Alarm:
    """A note that is the last one already is a deed told twice (server.deeds)."""
    if alarm.notes and (alarm.notes[-1].by, alarm.notes[-1].text) == (deed.by, text):
        return alarm
    return replace(alarm, notes=(*alarm.notes, AlarmNote(deed.by, now.utc, text))[-MOST_NOTES:])


def _figures(alarm: Alarm, assessment: Assessment) -> Alarm:
    """The same alarm with the newest figures."""
    title = assessment.title or alarm.title
    fresh = (assessment.value, assessment.limit, assessment.time_to_exit_s, title)
    if fresh == (alarm.value, alarm.limit, alarm.time_to_exit_s, alarm.title):
        return alarm
    value, limit, to_exit_s, title = fresh
    return replace(alarm, value=value, limit=limit, time_to_exit_s=to_exit_s, title=title)
