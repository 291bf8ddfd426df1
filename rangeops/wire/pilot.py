"""What a pilot sees of his own flight on the phone in his hand: one look, in the sun."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from rangeops.domain.containment import Standing
from rangeops.domain.next_act import InhibitNow, NextAct
from rangeops.wire.clearance import ClearanceItem


class Go(Enum):
    """Whether he may fly just now."""

    GO = "GO"  # cleared
    NO_GO = "NO GO"  # not cleared
    WITHDRAWN = "CLEARANCE WITHDRAWN"  # it was given and taken back
    OVER = "SLOT OVER"


@dataclass(frozen=True, slots=True)
class DoneView:
    """A command that went to his vehicle. by_itself: the range's policy sent it; else a person of the range's."""

    kind: str
    by_itself: bool
    why: str
    stage: str
    sent_utc: datetime | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PilotAlarm:
    """action: what to do about it. acknowledged: somebody of the range has it in hand."""

    priority: int
    title: str
    value: str
    limit: str
    action: str
    acknowledged: bool
    raised_utc: datetime


@dataclass(frozen=True, slots=True)
class CallView:
    """Whom he may call. call: a number, frequency or channel. phone: the number alone, as a tel: address has it; "" for none."""

    who: str
    call: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the vehicle is against its flight geography, in metres; negative: outside it. edge: which side is nearest.

    Of a position no older than `age_s`, by telemetry that is trusted.
    """

    age_s: float
    edge_m: float
    edge: str
    ceiling_m: float | None
    floor_m: float | None


@dataclass(frozen=True, slots=True)
class PilotView:
    """As of `utc`. place: None where it isn't known where the vehicle is: nothing old is shown for new.

    begins_s, left_s: to the flight's start and end; below zero: past. enforcement: a watch is alive and hears the vehicle.
    wind: the newest observation, "" without one; max_wind_mps, max_gust_mps: that the airframe bears, None: not told.
    done: the newest first.
    """

    slot: str
    callsign: str
    volume: str
    starts: datetime
    ends: datetime
    utc: datetime
    begins_s: float
    left_s: float
    clock_stands: bool
    go: Go
    lacking: tuple[ClearanceItem, ...]
    enforcement: bool
    heard_age_s: float | None
    armed: bool
    mode: str
    standing: Standing
    place: Place | None
    height_m: float | None
    ground_speed_mps: float | None
    battery_percent: int | None
    time_to_exit_s: float | None
    next_act: NextAct | None
    inhibit: InhibitNow | None
    pilot_has_control: bool
    alarms: tuple[PilotAlarm, ...]
    done: tuple[DoneView, ...]
    wind: str
    max_wind_mps: float | None
    max_gust_mps: float | None
    calls: tuple[CallView, ...]
