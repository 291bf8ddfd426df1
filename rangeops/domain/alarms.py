"""Alarms after ISA-18.2: a state table in which every pair is decided, and the catalogue of what alarms.

Only conditions of the catalogue alarm. Each asks the operator for one action; what asks for none belongs in the log.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum
from typing import Final, NewType

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
    RESET = "reset"


class Condition(Enum):
    FORECAST_EXIT = "forecast-exit"
    OUTSIDE_FLIGHT_GEOGRAPHY = "outside-flight-geography"
    OUTSIDE_CONTINGENCY = "outside-contingency-volume"
    OUTSIDE_RANGE = "outside-range"
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
    BATTERY_UNDER_RESERVE = "battery-under-reserve"
    VEHICLE_REBOOTED = "vehicle-rebooted"
    VEHICLE_UNJUDGED = "vehicle-unjudged"  # judging it raised an exception: UNKNOWN, and said so
    RECORDER_FAILING = "recorder-failing"
    LINK_DOWN = "link-down"  # an endpoint can't be opened or broke


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
    (_S.LATCHED, _E.RAISED): _S.UNACKED,
    (_S.LATCHED, _E.RESET): _S.NORMAL,
}
"""Next state; for a latching condition NORMAL is reached only over LATCHED (see `next_state`)."""
