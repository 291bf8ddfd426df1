"""The track of an incident out of its evidence: where the vehicle was, how far inside, and what happened where."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shapely import Point, Polygon, prepare

from rangeops.domain.alarms import AlarmState
from rangeops.domain.commands import CommandKind, CommandProgress, CommandStage
from rangeops.domain.events import AlarmChanged, CommandMoved, Event, TrackPoint, TrackRecorded
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.volumes import Volume, polygon_of

_SIGN: Final = {
    CommandKind.HOLD: "H",
    CommandKind.RTL: "R",
    CommandKind.LAND: "L",
    CommandKind.TERMINATE: "T",
    CommandKind.ARM: "A",
    CommandKind.DISARM: "D",
    CommandKind.TAKEOFF: "U",
    CommandKind.GOTO: "G",
    CommandKind.PAUSE: "P",
    CommandKind.CONTINUE: "C",
    CommandKind.FENCE_ON: "F+",
    CommandKind.FENCE_OFF: "F-",
    CommandKind.LOAD_FENCE: "F",
    CommandKind.RESTORE: "V",
}


@dataclass(frozen=True, slots=True)
class Fix:
    """One point of the track in site metres. margin_m: to the flight geography's nearest face; negative outside."""

    at_utc: datetime
    east_m: float
    north_m: float
    altitude_amsl_m: float
    ground_speed_mps: float
    mode: str
    trusted: bool
    margin_m: float | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, for map and plots. sign: one or two characters; what: for the legend."""

    at_utc: datetime
    kind: str  # alarm, command
    sign: str
    what: str


def fixes_of(
    events: Sequence[tuple[int, datetime, Event]],
    frame: SiteFrame,
    flight_geography: Volume | None,
    *,
    ground_amsl_m: float,
) -> tuple[Fix, ...]:
    """Every recorded point once, in the order of time: the tracks of neighbouring episodes overlap."""
    points = {
        point.at_utc: point for _, _, event in events if isinstance(event, TrackRecorded) for point in event.points
    }
    measure = (
        None
        if flight_geography is None
        else _Ruler(polygon_of(flight_geography, frame), flight_geography, ground_amsl_m)
    )
    return tuple(_fix(points[moment], frame, measure) for moment in sorted(points))


def marks_of(events: Sequence[tuple[int, datetime, Event]]) -> tuple[Mark, ...]:
    """Alarms as they were raised, commands as they were first sent."""
    marks: list[Mark] = []
    sent: set[str] = set()
    for _, happened, event in events:
        if isinstance(event, AlarmChanged) and event.alarm.state is AlarmState.UNACKED:
            alarm = event.alarm
            marks.append(Mark(happened, "alarm", f"{alarm.priority.value}", f"P{alarm.priority.value} {alarm.title}"))
        elif isinstance(event, CommandMoved) and event.progress.sent_utc and event.progress.order.id not in sent:
            order = event.progress.order
            sent.add(order.id)
            marks.append(
                Mark(event.progress.sent_utc, "command", _SIGN[order.kind], f"{order.kind.value} sent by {order.by}")
            )
    return tuple(sorted(marks, key=lambda mark: mark.at_utc))


def commands_of(events: Sequence[tuple[int, datetime, Event]]) -> tuple[tuple[int, CommandProgress], ...]:
    """Each command as far as it got, with the entry that says so."""
    latest: dict[str, tuple[int, CommandProgress]] = {}
    for seq, _, event in events:
        if isinstance(event, CommandMoved) and event.progress.stage is not CommandStage.QUEUED:
            latest[event.progress.order.id] = (seq, event.progress)
    return tuple(latest.values())


def at(fixes: Sequence[Fix], moment: datetime) -> Fix | None:
    """The fix nearest in time to `moment`; None where the track is more than 2 s away. fixes: in the order of time."""
    place = bisect_left(fixes, moment, key=lambda fix: fix.at_utc)
    beside = fixes[max(place - 1, 0) : place + 1]
    nearest = min(beside, key=lambda fix: abs((fix.at_utc - moment).total_seconds()), default=None)
    if nearest is None or abs((nearest.at_utc - moment).total_seconds()) > 2:
        return None
    return nearest


class _Ruler:
    """Measures as the watch does (domain.containment): landing on ground above the floor isn't leaving by it."""

    def __init__(self, polygon: Polygon, volume: Volume, ground_amsl_m: float) -> None:
        self._polygon = polygon
        self._edges = polygon.boundary
        self._volume = volume
        self._floor_counts = volume.floor_amsl_m > ground_amsl_m
        prepare(polygon)

    def margin_m(self, east_m: float, north_m: float, altitude_amsl_m: float) -> float:
        point = Point(east_m, north_m)
        edge_m = float(self._edges.distance(point))
        across_m = edge_m if self._polygon.contains(point) else -edge_m
        up_m, down_m = self._volume.ceiling_amsl_m - altitude_amsl_m, altitude_amsl_m - self._volume.floor_amsl_m
        return min(across_m, up_m, down_m) if self._floor_counts or down_m < 0 else min(across_m, up_m)


def _fix(point: TrackPoint, frame: SiteFrame, ruler: _Ruler | None) -> Fix:
    east_m, north_m = frame.to_site(point.latitude_deg, point.longitude_deg)
    return Fix(
        at_utc=point.at_utc,
        east_m=east_m,
        north_m=north_m,
        altitude_amsl_m=point.altitude_amsl_m,
        ground_speed_mps=point.ground_speed_mps,
        mode=point.mode,
        trusted=point.trusted,
        margin_m=ruler.margin_m(east_m, north_m, point.altitude_amsl_m) if ruler and point.trusted else None,
    )
