"""The board of alarms after ISA-18.2, and all that other code needs of alarms by one name.

States and tables: alarm_states. Conditions: alarm_conditions, with an entry each in alarm_catalogue.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rangeops.domain.alarm_catalogue import CATALOGUE
from rangeops.domain.alarm_conditions import OF_A_LINK, CatalogueEntry, Condition, Priority
from rangeops.domain.alarm_facts import Alarm, AlarmId, Assessment
from rangeops.domain.alarm_states import NEXT, NEXT_LATCHING, REFUSED, REFUSED_LATCHING, AlarmEvent, AlarmState
from rangeops.domain.now import Now

__all__ = [
    "CATALOGUE",
    "NEXT",
    "NEXT_LATCHING",
    "OF_A_LINK",
    "REFUSED",
    "REFUSED_LATCHING",
    "Alarm",
    "AlarmBoard",
    "AlarmEvent",
    "AlarmId",
    "AlarmState",
    "Assessment",
    "CatalogueEntry",
    "Condition",
    "Priority",
]


class AlarmBoard:
    """The alarms of one watch. Assess every condition on every judgement; what changed comes back.

    A value that moves while an alarm stands refreshes the alarm without being a change: it is shown, not journalled.
    """

    def __init__(self) -> None:
        self._alarms: dict[tuple[Condition, str], Alarm] = {}
        self._pending: dict[
            tuple[Condition, str], float
        ] = {}  # since when a condition differs from what its alarm says
        self._stirred: dict[str, set[Condition]] = {}  # by source, what stands or is pending

    @property
    def standing(self) -> tuple[Alarm, ...]:
        """Everything that isn't normal, worst and oldest first."""
        return tuple(sorted(self._alarms.values(), key=lambda alarm: (alarm.priority, alarm.raised_utc)))

    def restore(self, alarms: Iterable[Alarm]) -> None:
        """Take up what stood before a restart. An alarm whose condition is gone returns on its first assessment."""
        for alarm in alarms:
            self._alarms[alarm.condition, alarm.source] = alarm
            self._noticed((alarm.condition, alarm.source))

    def assess_source(
        self, source: str, covered: frozenset[Condition], present: Sequence[Assessment], now: Now
    ) -> list[Alarm]:
        """Of the covered conditions of one source those that hold; the others don't, and what stands of them returns.

        What changed. Nearly always nothing holds and nothing stands, and then it costs next to nothing.
        """
        stirred = self._stirred.get(source)
        if stirred is None:
            absent: list[Assessment] = []
        else:
            holding = {each.condition for each in present}
            gone = sorted((stirred & covered) - holding, key=lambda condition: condition.value)
            absent = [Assessment(condition, source, present=False) for condition in gone]
        return [alarm for each in (*present, *absent) if (alarm := self.assess(each, now)) is not None]

    def assess(self, assessment: Assessment, now: Now) -> Alarm | None:
        """The alarm, if this assessment changed its state."""
        key = (assessment.condition, assessment.source)
        changed = self._assessed(key, assessment, now)
        self._noticed(key)
        return changed

    def _assessed(self, key: tuple[Condition, str], assessment: Assessment, now: Now) -> Alarm | None:
        alarm = self._alarms.get(key)
        if alarm is None and not assessment.present:  # nearly always: nothing is wrong, and nothing was
            self._pending.pop(key, None)
            return None
        raised = alarm is not None and alarm.state in (AlarmState.UNACKED, AlarmState.ACKED)
        if assessment.present == raised:
            self._pending.pop(key, None)
            if alarm is not None and raised:
                self._alarms[key] = replace(
                    alarm,
                    value=assessment.value,
                    limit=assessment.limit,
                    time_to_exit_s=assessment.time_to_exit_s,
                    title=assessment.title or alarm.title,
                )
            return None
        entry = CATALOGUE[assessment.condition]
        delay_s = entry.on_delay_s if assessment.present else entry.off_delay_s
        since_s = self._pending.setdefault(key, now.monotonic_s)
        if now.monotonic_s - since_s < delay_s:
            return None
        del self._pending[key]
        if not assessment.present:
            return self._returned(key, now)
        return self._raised(key, entry, assessment, now)

    def acknowledge(self, alarm_id: AlarmId, by: str, now: Now) -> Alarm | None:
        """The alarm as acknowledged; None where it is gone or was acknowledged already."""
        for key, alarm in self._alarms.items():
            if alarm.id == alarm_id:
                state = _table(alarm.condition).get((alarm.state, AlarmEvent.ACKNOWLEDGED))
                if state is None:
                    return None
                acked = self._put(key, replace(alarm, state=state, acked_by=by, acked_utc=now.utc))
                self._noticed(key)
                return acked
        return None

    def _noticed(self, key: tuple[Condition, str]) -> None:
        """Keep `_stirred` in step after a change."""
        condition, source = key
        if key in self._alarms or key in self._pending:
            self._stirred.setdefault(source, set()).add(condition)
        elif (stirred := self._stirred.get(source)) is not None:
            stirred.discard(condition)
            if not stirred:
                del self._stirred[source]

    def _raised(self, key: tuple[Condition, str], entry: CatalogueEntry, assessment: Assessment, now: Now) -> Alarm:
        """A new occurrence: also after a return that nobody acknowledged, since time and figures are new."""
        return self._put(
            key,
            Alarm(
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
            ),
        )

    def _returned(self, key: tuple[Condition, str], now: Now) -> Alarm | None:
        alarm = self._alarms[key]
        state = _table(alarm.condition).get((alarm.state, AlarmEvent.RETURNED))
        if state is None:
            return None
        return self._put(key, replace(alarm, state=state, returned_utc=now.utc))

    def _put(self, key: tuple[Condition, str], alarm: Alarm) -> Alarm:
        if alarm.state is AlarmState.NORMAL:
            del self._alarms[key]
        else:
            self._alarms[key] = alarm
        return alarm


def _table(condition: Condition) -> Mapping[tuple[AlarmState, AlarmEvent], AlarmState]:
    return NEXT_LATCHING if CATALOGUE[condition].latching else NEXT
