"""An alarm as every screen shows it, and what the judging says of a condition."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from rangeops.domain.alarm_conditions import Condition, Priority
from rangeops.domain.alarm_states import REMOVED, STANDS, AlarmState
from rangeops.domain.telemetry import Sysid

AlarmId = NewType("AlarmId", str)


@dataclass(frozen=True, slots=True)
class Removal:
    """Who shelved it or took it out of service, why, and until when. by: "design" where a state suppresses it."""

    by: str
    utc: datetime
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlarmNote:
    by: str
    utc: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """One occurrence of a condition on one source, as every screen shows it.

    source: "D07", a link's URI, or "watch". value/limit: shown as they are, e.g. "18 s" and "30 s". announced_utc: when it
    last asked for attention; None: it never did. times: raised so often; soon after another it is the same occurrence.
    removal: the last shelving, suppression or taking out of service. holds: of a removed one, whether its condition does.
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
    announced_utc: datetime | None = None
    ended_utc: datetime | None = None
    times: int = 1
    holds: bool = True
    removal: Removal | None = None
    notes: tuple[AlarmNote, ...] = ()

    @property
    def is_removed(self) -> bool:
        return self.state in REMOVED

    @property
    def present(self) -> bool:
        """Does its condition hold, as far as its delays let it say?"""
        return self.holds if self.is_removed else self.state in STANDS


@dataclass(frozen=True, slots=True)
class Assessment:
    """Whether a condition holds for one source just now, and the figures to show with it.

    beyond: by how much the value is beyond its limit, in the unit of the catalogue's deadband; negative: within it.
    """

    condition: Condition
    source: str
    present: bool
    sysid: Sysid | None = None
    value: str = ""
    limit: str = ""
    time_to_exit_s: float | None = None
    title: str = ""  # in place of the catalogue's, where the source says more ("Leaves EAST's ceiling")
    beyond: float | None = None
