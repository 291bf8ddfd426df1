"""Incidents: opened by rule from what the watch reports, one for one event, its title in an operator's words.

Every rule counts in the time at which things happened, never at which they were told: a journal that arrives an hour
late makes the same incident.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from rangeops.domain.alarms import Alarm, AlarmId, AlarmState, Condition
from rangeops.domain.commands import (
    FINAL_STAGES,
    POLICY,
    STOPS,
    WITHDRAWN,
    CommandId,
    CommandKind,
    CommandProgress,
    CommandStage,
)
from rangeops.domain.events import AlarmChanged, CommandMoved, Event
from rangeops.domain.policy import Automation, Policy, Rung
from rangeops.domain.telemetry import Sysid

EPISODE_GAP: Final = timedelta(seconds=120)  # what follows sooner on the same vehicle and slot is the same event
LONGEST_SILENCE: Final = timedelta(minutes=30)  # an episode whose end was never told doesn't last for ever
BEFORE: Final = timedelta(seconds=60)  # the timeline begins so long before the first trigger
AFTER: Final = timedelta(seconds=30)  # and goes on so long after the last

_OUTSIDE: Final = (Condition.OUTSIDE_FLIGHT_GEOGRAPHY, Condition.OUTSIDE_CONTINGENCY, Condition.OUTSIDE_RANGE)
_FORECAST: Final = (Condition.FORECAST_EXIT, Condition.ABOVE_CEILING)
_SEVERITY: Final = {
    condition: n
    for n, condition in enumerate(
        [
            Condition.FLIES_WITHDRAWN,
            *_FORECAST,
            Condition.PILOT_HAS_CONTROL,
            *_OUTSIDE[:1],
            Condition.PROHIBITED_ZONE,
            *_OUTSIDE[1:],
        ]
    )
}
_STANDING: Final = frozenset([AlarmState.UNACKED, AlarmState.ACKED])
_DEED: Final = {
    CommandKind.HOLD: "hold",
    CommandKind.RTL: "return to launch",
    CommandKind.LAND: "landing",
    CommandKind.TERMINATE: "termination",
}


class IncidentState(Enum):
    OPEN = "open"
    UNDER_REVIEW = "under review"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Incident:
    """One event with one vehicle in one slot.

    alarms, commands: those of it that are not over yet; while there are any, the episode lasts.
    last_utc: when the last of it happened. ended_utc: None while the episode lasts.
    deeds: what the range commanded, in order, and whether each was seen obeyed.
    """

    id: str
    state: IncidentState
    sysid: Sysid
    callsign: str
    company: str
    slot: str
    opened_utc: datetime
    last_utc: datetime
    ended_utc: datetime | None
    worst: Condition | None
    deeds: tuple[tuple[CommandId, CommandKind, CommandStage], ...] = ()
    alarms: frozenset[AlarmId] = frozenset()
    told: str = ""  # the title that somebody gave it, who opened it by hand

    @property
    def title(self) -> str:
        """What happened, as an operator would say it."""
        if self.told:
            return self.told
        obeyed = [_DEED[kind] for _, kind, stage in self.deeds if stage is CommandStage.SEEN]
        told = " and ".join(dict.fromkeys(_DEED[kind] for _, kind, _ in self.deeds))
        where = {
            Condition.OUTSIDE_FLIGHT_GEOGRAPHY: "left its flight geography",
            Condition.PROHIBITED_ZONE: "headed into a prohibited zone",
            Condition.OUTSIDE_CONTINGENCY: "left its contingency volume",
            Condition.OUTSIDE_RANGE: "left the range",
        }.get(self.worst or Condition.FORECAST_EXIT)
        if self.worst is Condition.FLIES_WITHDRAWN:
            where = "flew on after its clearance was withdrawn"
        if where is not None:
            ending = f", told {told}" if told else ""
            return f"{self.callsign} {where}{ending}"
        if self.worst is Condition.PILOT_HAS_CONTROL:
            return f"{self.callsign} headed out of its flight geography{f', told {told}' if told else ''}; its pilot took over"
        if obeyed:
            return f"{self.callsign} stopped before the edge of its flight geography by {' and '.join(dict.fromkeys(obeyed))}"
        if told:
            return f"{self.callsign} headed out of its flight geography, told {told}"
        return f"{self.callsign} headed out of its flight geography"

    @property
    def minutes(self) -> tuple[datetime, datetime]:
        """What its timeline is of. While the episode lasts, whatever follows belongs to it."""
        return self.opened_utc - BEFORE, self.last_utc + (AFTER if self.ended_utc is not None else LONGEST_SILENCE)

    def covers(self, moment: datetime) -> bool:
        """Is a trigger at `moment` part of this event."""
        if moment < self.opened_utc - EPISODE_GAP:
            return False
        gap = EPISODE_GAP if self.ended_utc is not None else LONGEST_SILENCE
        return moment <= self.last_utc + gap


@dataclass(frozen=True, slots=True)
class Place:
    """Whose event it is: the vehicle's slot, and who flies in it, when it happened. Blank without a slot."""

    sysid: Sysid
    callsign: str
    company: str = ""
    slot: str = ""


def concerns(event: Event) -> Sysid | None:
    """The vehicle of an event that could open, extend or end an incident; None for all others."""
    match event:
        case AlarmChanged(Alarm(condition=condition, sysid=sysid)) if condition in _SEVERITY:
            return sysid
        case CommandMoved(progress):
            return progress.order.sysid
    return None


def opens(event: Event, policy: Policy) -> bool:
    """The rule: an enforcement command of the policy, or an alarm over an excursion.

    A predicted exit alone is one where the policy acts on it by itself; where it only advises, it is an alarm. Who heads
    into a prohibited zone is always one.
    """
    match event:
        case CommandMoved(CommandProgress(order=order)):
            return order.by == POLICY and order.kind in STOPS
        case AlarmChanged(Alarm(condition=condition, state=state)) if state in _STANDING:
            if condition in _FORECAST:
                return policy.at(Rung.FORECAST_EXIT).automation is Automation.AUTO
            return condition in _OUTSIDE or condition is Condition.PROHIBITED_ZONE
    return False


def incident_id(year: int, number: int) -> str:
    return f"INC-{year:04d}-{number:04d}"


def begin(number: int, event: Event, happened: datetime, place: Place) -> Incident:
    """Return the incident that this event opens. number: counts the incidents of the year in which it happened."""
    incident = Incident(
        id=incident_id(happened.year, number),
        state=IncidentState.OPEN,
        sysid=place.sysid,
        callsign=place.callsign,
        company=place.company,
        slot=place.slot,
        opened_utc=happened,
        last_utc=happened,
        ended_utc=None,
        worst=None,
    )
    return extend(incident, event, happened)


def begin_by_hand(number: int, title: str, happened: datetime, place: Place) -> Incident:
    """Return an incident that a person opened. It has ended already."""
    return Incident(
        id=incident_id(happened.year, number),
        state=IncidentState.OPEN,
        sysid=place.sysid,
        callsign=place.callsign,
        company=place.company,
        slot=place.slot,
        opened_utc=happened,
        last_utc=happened,
        ended_utc=happened,
        worst=None,
        told=title,
    )


def extend(incident: Incident, event: Event, happened: datetime) -> Incident:
    """The incident with one more of its events; it ends when nothing of it stands any more."""
    match event:
        case AlarmChanged(alarm) if alarm.condition in _SEVERITY:
            incident = _with_alarm(incident, alarm)
        case CommandMoved(progress) if progress.order.kind in STOPS:
            incident = _with_command(incident, progress)
        case _:
            return incident
    last_utc = max(incident.last_utc, happened)
    # Only the last deed counts: what was under way when a watch died is never told to its end.
    over = not incident.alarms and (not incident.deeds or incident.deeds[-1][2] in FINAL_STAGES)
    return replace(incident, last_utc=last_utc, ended_utc=last_utc if over else None)


def covering(incidents: Iterable[Incident], place: Place, happened: datetime) -> Incident | None:
    """The incident of the same vehicle and slot that what happened belongs to: the latest, if there are several."""
    fitting = [i for i in incidents if i.sysid == place.sysid and i.slot == place.slot and i.covers(happened)]
    return max(fitting, key=lambda incident: incident.opened_utc, default=None)


def _with_alarm(incident: Incident, alarm: Alarm) -> Incident:
    standing = alarm.state in _STANDING
    alarms = incident.alarms | {alarm.id} if standing else incident.alarms - {alarm.id}
    worst = incident.worst
    if worst is None or _SEVERITY[alarm.condition] > _SEVERITY[worst]:
        worst = alarm.condition
    return replace(incident, alarms=alarms, worst=worst)


def _with_command(incident: Incident, progress: CommandProgress) -> Incident:
    order = progress.order
    if order.by == POLICY and order.reason == WITHDRAWN and incident.worst is None:
        incident = replace(incident, worst=Condition.FLIES_WITHDRAWN)
    deeds = tuple(deed for deed in incident.deeds if deed[0] != order.id)
    place = next((n for n, deed in enumerate(incident.deeds) if deed[0] == order.id), len(deeds))
    deed = (order.id, order.kind, progress.stage)
    return replace(incident, deeds=(*deeds[:place], deed, *deeds[place:]))
