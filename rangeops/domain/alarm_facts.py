"""An alarm as every screen shows it, and what the judging says of a condition."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from rangeops.domain.alarm_conditions import Condition, Priority
from rangeops.domain.alarm_states import AlarmState
from rangeops.domain.telemetry import Sysid

AlarmId = NewType("AlarmId", str)


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
