"""What a rehearsal came to: gathered from the range's own feed, judged against the simulator's truth."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rangeops.domain.alarms import Alarm, Condition
from rangeops.domain.commands import POLICY, CommandKind, CommandProgress, CommandStage
from rangeops.domain.containment import Containment
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.telemetry import PositionReport
from rangeops.domain.volumes import BookableVolume, OperationalVolumes
from rangeops.wire.api import RangeView
from rangeops.wire.picture import RangePicture

OBEYED_WITHIN_S: Final = 3.0
_STOPS: Final = (CommandKind.HOLD, CommandKind.RTL, CommandKind.LAND)


@dataclass(frozen=True, slots=True)
class AlarmSeen:
    t_s: float
    vehicle: str
    condition: str
    priority: int
    time_to_exit_s: float | None


@dataclass(frozen=True, slots=True)
class CommandSeen:
    """sent_s counts from the start; ack_s and seen_s from the sending; None: not seen to happen."""

    vehicle: str
    command: str
    sent_s: float | None
    ack_s: float | None
    seen_s: float | None
    seen: bool
    by: str = POLICY


@dataclass(frozen=True, slots=True)
class IncidentSeen:
    id: str
    title: str
    vehicle: str


@dataclass(frozen=True, slots=True)
class Outcome:
    vehicles: int
    slots: int
    plans_checked: int
    plans_refused: int
    fences_verified: int
    alarms: tuple[AlarmSeen, ...]
    commands: tuple[CommandSeen, ...]
    max_excursion_m: float | None  # None: the truth holds no flight of that vehicle
    incidents: tuple[IncidentSeen, ...]
    report: str
    audit_head: str


@dataclass(slots=True)
class Tally:
    """What the feed has shown so far."""

    started_s: float
    started_utc_s: float
    callsigns: dict[int, str]
    alarms: dict[str, AlarmSeen] = field(default_factory=dict)
    commands: dict[str, CommandProgress] = field(default_factory=dict)

    def add(self, picture: RangePicture) -> None:
        for alarm in picture.alarms:
            self.alarms.setdefault(alarm.id, self._alarm(alarm))
        for progress in picture.commands:
            self.commands[progress.order.id] = progress

    def _alarm(self, alarm: Alarm) -> AlarmSeen:
        return AlarmSeen(
            t_s=round(alarm.raised_utc.timestamp() - self.started_utc_s, 2),
            vehicle=alarm.source,
            condition=alarm.condition.value,
            priority=int(alarm.priority),
            time_to_exit_s=None if alarm.time_to_exit_s is None else round(alarm.time_to_exit_s, 2),
        )

    def commands_seen(self) -> tuple[CommandSeen, ...]:
        return tuple(self._command(progress) for progress in self.commands.values())

    def stopped(self, sysid: int, kind: CommandKind) -> bool:
        """The range by itself commanded it, and it was seen."""
        return any(
            progress.order.sysid == sysid
            and progress.order.kind is kind
            and progress.order.by == POLICY
            and progress.stage is CommandStage.SEEN
            for progress in self.commands.values()
        )

    def _command(self, progress: CommandProgress) -> CommandSeen:
        sent = progress.sent_utc
        return CommandSeen(
            vehicle=self.callsigns.get(progress.order.sysid, str(progress.order.sysid)),
            command=progress.order.kind.value,
            sent_s=None if sent is None else round(sent.timestamp() - self.started_utc_s, 2),
            ack_s=None if progress.ack_after_s is None else round(progress.ack_after_s, 3),
            seen_s=None if progress.seen_after_s is None else round(progress.seen_after_s, 3),
            seen=progress.stage is CommandStage.SEEN,
            by=progress.order.by,
        )


def max_excursion_m(truth: Path, sysid: int, volume: BookableVolume, view: RangeView) -> float | None:
    """How far beyond its flight geography the vehicle really got (negative: how much room was left at the least).

    Judged by the simulator's truth, not by what the watch saw, while the vehicle was armed.
    """
    geography = volume.flight_geography
    containment = Containment(
        OperationalVolumes(geography, geography, geography),
        view.boundary,
        None,
        SiteFrame(view.origin_latitude_deg, view.origin_longitude_deg),
    )
    worst: float | None = None
    for line in _truth(truth, sysid):
        exposure = containment.judge(_report(line, view.elevation_amsl_m), age_s=0.0, horizon_s=0.0)
        if exposure.margin_m is not None:
            worst = -exposure.margin_m if worst is None else max(worst, -exposure.margin_m)
    return None if worst is None else round(worst, 2)


def _truth(path: Path, sysid: int) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.endswith("\n"):
                return  # the simulator is still writing it
            entry = json.loads(line)
            if entry["sysid"] == sysid and entry["armed"]:
                yield entry


def _report(entry: dict[str, Any], elevation_amsl_m: float) -> PositionReport:
    return PositionReport(
        at_s=0.0,
        time_boot_ms=0,
        latitude_deg=entry["lat"],
        longitude_deg=entry["lon"],
        altitude_amsl_m=entry["altitude_amsl_m"],
        height_above_home_m=entry["altitude_amsl_m"] - elevation_amsl_m,
        velocity_north_mps=0.0,
        velocity_east_mps=0.0,
        velocity_down_mps=0.0,
        heading_deg=None,
    )


def broken_links(outcome: Outcome) -> tuple[str, ...]:
    """What is missing for the chain to have closed; nothing where it has."""
    forecasts = [alarm for alarm in outcome.alarms if alarm.condition == Condition.FORECAST_EXIT.value]
    stops = [c for c in outcome.commands if c.by == POLICY and c.command in {kind.value for kind in _STOPS}]
    obeyed = [c for c in stops if c.seen and c.seen_s is not None and c.seen_s <= OBEYED_WITHIN_S]
    demands = {
        "no plan was refused and handed in again": outcome.plans_refused >= 1
        and outcome.plans_checked > outcome.plans_refused,
        "not every vehicle has a slot": outcome.slots == outcome.vehicles,
        "not every fence was read back equal": outcome.fences_verified == outcome.vehicles,
        "no exit was forecast ahead of time": any((alarm.time_to_exit_s or 0) > 0 for alarm in forecasts),
        f"no stop was seen obeyed within {OBEYED_WITHIN_S:.0f} s": bool(obeyed),
        "a stop was not obeyed": all(command.seen for command in stops),
        "the vehicle left its flight geography": outcome.max_excursion_m is not None and outcome.max_excursion_m <= 0,
        "no incident was opened": bool(outcome.incidents),
        "no report was written": bool(outcome.report) and Path(outcome.report).is_file(),
        "the record has no head": bool(outcome.audit_head),
    }
    return tuple(what for what, holds in demands.items() if not holds)
