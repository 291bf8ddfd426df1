"""Alarms after ISA-18.2: a state table in which every pair is decided, and the catalogue of what alarms.

Only conditions of the catalogue alarm. Each asks the operator for one action; what asks for none belongs in the log.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, IntEnum
from itertools import product
from typing import Final, NewType

from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid

AlarmId = NewType("AlarmId", str)


class Priority(IntEnum):
    P1 = 1
    P2 = 2
    P3 = 3


class AlarmState(Enum):
    """ISA-18.2 states that an alarm of ours can be in; NORMAL ends it."""

    NORMAL = "normal"
    UNACKED = "unacknowledged"
    ACKED = "acknowledged"
    RETURNED = "returned-unacknowledged"
    LATCHED = "latched"  # acknowledged and returned, but held until reset
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out-of-service"


class AlarmEvent(Enum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"


class Condition(Enum):
    __hash__ = object.__hash__  # members are singletons, and Enum's own hash is a Python call for every look-up

    FORECAST_EXIT = "forecast-exit"
    OUTSIDE_FLIGHT_GEOGRAPHY = "outside-flight-geography"
    OUTSIDE_CONTINGENCY = "outside-contingency-volume"
    OUTSIDE_RANGE = "outside-range"
    CREWED_NEAR = "crewed-aircraft-near"
    SEPARATION_LOST = "separation-lost"
    DRONES_CONVERGE = "drones-converge"
    SEPARATION_UNKNOWN = "separation-unknown"  # near one of which nobody knows where it is
    REACH_TOUCHES_EDGE = "reach-touches-edge"  # not heard for so long that it may be across an edge by now
    POSITION_UNTRUSTED = "position-untrusted"
    TELEMETRY_STALE = "telemetry-stale"
    LINK_LOST = "link-lost"
    UPLINK_LOST = "uplink-lost"
    ENFORCEMENT_DOWN = "enforcement-down"
    PILOT_HAS_CONTROL = "pilot-has-control"
    COMMAND_NOT_ACKED = "command-not-acknowledged"
    COMMAND_NOT_OBEYED = "command-not-obeyed"
    FENCE_NOT_VERIFIED = "fence-not-verified"
    FENCE_BREACH_ON_BOARD = "fence-breach-on-board"
    ARMED_WITHOUT_CLEARANCE = "armed-without-clearance"
    GNSS_DENIED = "gnss-denied"
    FLIES_WITHDRAWN = "flies-withdrawn"  # its clearance was taken back in flight
    SLOT_ENDS_IN_5_MIN = "slot-ends-in-5-min"
    SLOT_ENDS_IN_1_MIN = "slot-ends-in-1-min"
    SLOT_OVERRUN = "slot-overrun"
    BATTERY_UNDER_RESERVE = "battery-under-reserve"
    VEHICLE_REBOOTED = "vehicle-rebooted"
    RESTORE_DUE = "restore-due"  # its slot is over, and it still has what the range wrote
    SYSID_CLASH = "sysid-clash"
    VEHICLE_UNJUDGED = "vehicle-unjudged"  # judging it raised an exception: UNKNOWN, and said so
    RECORDER_FAILING = "recorder-failing"
    LINK_DOWN = "link-down"  # an endpoint can't be opened or broke
    PACKETS_DROPPED_HERE = "packets-dropped-here"  # by the kernel, since nobody read them in time
    PACKETS_UNSIGNED = "packets-unsigned"  # of a vehicle that has a key, or where nothing may pass unsigned
    SIGNATURE_WRONG = "signature-wrong"
    PACKETS_REPLAYED = "packets-replayed"
    KEYS_UNREADABLE = "keys-unreadable"


OF_A_LINK: Final = frozenset(
    [
        Condition.LINK_DOWN,
        Condition.PACKETS_DROPPED_HERE,
        Condition.PACKETS_UNSIGNED,
        Condition.SIGNATURE_WRONG,
        Condition.PACKETS_REPLAYED,
    ]
)
"""Whose source is a link's URI."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What an operator needs of one condition. on/off delays keep a noisy condition from chattering."""

    condition: Condition
    priority: Priority
    title: str
    action: str
    on_delay_s: float = 0.0
    off_delay_s: float = 2.0
    latching: bool = False


@dataclass(frozen=True, slots=True)
class Alarm:
    """One occurrence of a condition on one source, as every screen shows it.

    source: "D07", a link's URI, or "watch". value/limit: shown as they are, e.g. "18 s" and "30 s".
    """

    id: AlarmId
    condition: Condition
    source: str
    sysid: Sysid | None
    priority: Priority
    state: AlarmState
    title: str
    action: str
    value: str
    limit: str
    raised_utc: datetime
    time_to_exit_s: float | None = None
    acked_by: str | None = None
    acked_utc: datetime | None = None
    returned_utc: datetime | None = None


_S, _E = AlarmState, AlarmEvent

NEXT: Final = {
    (_S.NORMAL, _E.RAISED): _S.UNACKED,
    (_S.UNACKED, _E.ACKNOWLEDGED): _S.ACKED,
    (_S.UNACKED, _E.RETURNED): _S.RETURNED,
    (_S.ACKED, _E.RETURNED): _S.NORMAL,
    (_S.RETURNED, _E.RAISED): _S.UNACKED,
    (_S.RETURNED, _E.ACKNOWLEDGED): _S.NORMAL,
}
NEXT_LATCHING: Final = {
    **NEXT,
    (_S.ACKED, _E.RETURNED): _S.LATCHED,
    (_S.RETURNED, _E.ACKNOWLEDGED): _S.LATCHED,
    (_S.LATCHED, _E.RAISED): _S.UNACKED,
    (_S.LATCHED, _E.ACKNOWLEDGED): _S.NORMAL,  # acknowledged a second time: the operator lets it go
}
REFUSED: Final = frozenset(set(product(_S, _E)) - NEXT.keys())
REFUSED_LATCHING: Final = frozenset(set(product(_S, _E)) - NEXT_LATCHING.keys())


def _catalogue(*entries: CatalogueEntry) -> Mapping[Condition, CatalogueEntry]:
    return {entry.condition: entry for entry in entries}


CATALOGUE: Final = _catalogue(
    CatalogueEntry(Condition.FORECAST_EXIT, Priority.P1, "Leaves its volume", "Hold; then RTL", off_delay_s=3.0),
    CatalogueEntry(
        Condition.OUTSIDE_FLIGHT_GEOGRAPHY, Priority.P1, "Outside its volume", "Hold; then RTL", latching=True
    ),
    CatalogueEntry(Condition.OUTSIDE_CONTINGENCY, Priority.P1, "Outside the contingency volume", "RTL", latching=True),
    CatalogueEntry(Condition.OUTSIDE_RANGE, Priority.P1, "Outside the range", "LAND; call the airport", latching=True),
    CatalogueEntry(
        Condition.CREWED_NEAR,
        Priority.P1,
        "Crewed aircraft near",
        "Call the pilot: down, away from it; clear the sector",
        off_delay_s=10.0,
    ),
    CatalogueEntry(
        Condition.SEPARATION_LOST, Priority.P1, "Separation lost", "Hold both; call both pilots", latching=True
    ),
    CatalogueEntry(
        Condition.DRONES_CONVERGE,
        Priority.P1,
        "Two drones converge",
        "Hold one; call both pilots",
        on_delay_s=0.4,  # two judgements that agree
        off_delay_s=5.0,
    ),
    CatalogueEntry(
        Condition.SEPARATION_UNKNOWN,
        Priority.P2,
        "May meet one that is lost",
        "Hold, or lead it away from the circle",
        off_delay_s=3.0,
    ),
    CatalogueEntry(
        Condition.REACH_TOUCHES_EDGE,
        Priority.P1,
        "May be outside by now",
        "Call the pilot; clear the air around its circle",
    ),
    CatalogueEntry(
        Condition.POSITION_UNTRUSTED,
        Priority.P2,
        "Position can't be trusted",
        "Call the pilot; expect LAND",
        on_delay_s=1.0,
    ),
    CatalogueEntry(Condition.TELEMETRY_STALE, Priority.P2, "Telemetry stale", "Call the pilot"),
    CatalogueEntry(Condition.LINK_LOST, Priority.P1, "Vehicle not heard", "Call the pilot; keep the volume clear"),
    CatalogueEntry(
        Condition.UPLINK_LOST, Priority.P2, "Vehicle doesn't hear the range", "Call the pilot", on_delay_s=1.0
    ),
    CatalogueEntry(Condition.ENFORCEMENT_DOWN, Priority.P1, "ENFORCEMENT DOWN", "Call all pilots: land"),
    CatalogueEntry(Condition.PILOT_HAS_CONTROL, Priority.P1, "Pilot has control", "Decide: hold, RTL, or let him fly"),
    CatalogueEntry(Condition.COMMAND_NOT_ACKED, Priority.P2, "Command not acknowledged", "Call the pilot"),
    CatalogueEntry(Condition.COMMAND_NOT_OBEYED, Priority.P1, "Command not obeyed", "Next rung, or call the pilot"),
    CatalogueEntry(Condition.FENCE_NOT_VERIFIED, Priority.P2, "Flies without a verified fence", "Hold; load the fence"),
    CatalogueEntry(
        Condition.FENCE_BREACH_ON_BOARD, Priority.P1, "Reports a fence breach", "Watch its RTL", latching=True
    ),
    CatalogueEntry(Condition.ARMED_WITHOUT_CLEARANCE, Priority.P1, "Armed without clearance", "Call the pilot: disarm"),
    CatalogueEntry(Condition.GNSS_DENIED, Priority.P2, "GNSS jammed here", "Call the pilot: nothing is sent by itself"),
    CatalogueEntry(
        Condition.FLIES_WITHDRAWN,
        Priority.P1,
        "Flies on, clearance withdrawn",
        "Call the pilot: land; or hold, then RTL",
    ),
    CatalogueEntry(
        Condition.SLOT_OVERRUN, Priority.P1, "Flies beyond its slot", "Call the pilot: land; or hold, then RTL"
    ),
    CatalogueEntry(Condition.SLOT_ENDS_IN_1_MIN, Priority.P2, "Slot ends within a minute", "Call the pilot: land now"),
    CatalogueEntry(Condition.SLOT_ENDS_IN_5_MIN, Priority.P3, "Slot ends in 5 minutes", "Tell the pilot: come back"),
    CatalogueEntry(
        Condition.BATTERY_UNDER_RESERVE, Priority.P3, "Battery under reserve", "RTL", on_delay_s=3.0, off_delay_s=10.0
    ),
    CatalogueEntry(
        Condition.RESTORE_DUE,
        Priority.P3,
        "Still has the range's fence",
        "Disarmed: put back what it had",
        on_delay_s=15.0,  # the range does so by itself where the vehicle stands disarmed
    ),
    CatalogueEntry(Condition.VEHICLE_REBOOTED, Priority.P3, "Autopilot restarted", "Load the fence again"),
    CatalogueEntry(
        Condition.SYSID_CLASH, Priority.P1, "Two vehicles use one sysid", "Call both pilots: hold; ground one"
    ),
    CatalogueEntry(
        Condition.VEHICLE_UNJUDGED, Priority.P1, "Can't be judged: UNKNOWN", "Call the pilot: hold; tell support"
    ),
    CatalogueEntry(
        Condition.RECORDER_FAILING, Priority.P2, "Recording fails", "Free the disk; flying goes on unrecorded"
    ),
    CatalogueEntry(Condition.LINK_DOWN, Priority.P3, "Link down", "Check the cable and the port", on_delay_s=1.0),
    CatalogueEntry(
        Condition.PACKETS_DROPPED_HERE,
        Priority.P2,
        "This machine drops packets",
        "Stop what slows it; raise net.core.rmem_max",
        off_delay_s=10.0,
    ),
    CatalogueEntry(
        Condition.PACKETS_UNSIGNED,
        Priority.P2,
        "Unsigned packets refused",
        "Call the pilot; else somebody imitates it",
        off_delay_s=10.0,
    ),
    CatalogueEntry(
        Condition.SIGNATURE_WRONG,
        Priority.P2,
        "Wrongly signed packets refused",
        "Call the pilot: was its key changed?",
        off_delay_s=10.0,
    ),
    CatalogueEntry(
        Condition.PACKETS_REPLAYED,
        Priority.P2,
        "Replayed packets refused",
        "Call the pilot; find who sends on the link",
        off_delay_s=10.0,
    ),
    CatalogueEntry(
        Condition.KEYS_UNREADABLE, Priority.P2, "Signing keys can't be read", "Restore the key file; chmod 600"
    ),
)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Whether a condition holds for one source just now, and the figures to show with it."""

    condition: Condition
    source: str
    present: bool
    sysid: Sysid | None = None
    value: str = ""
    limit: str = ""
    time_to_exit_s: float | None = None
    title: str = ""  # in place of the catalogue's, where the source says more ("Leaves EAST's ceiling")


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
