"""What the control room knows, and how old it is. No Textual, no clock: `now` is an argument.

What a screen shows is a Scene: made anew for each drawing, so that ages go on counting when nothing comes any more.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from rangeops.client.feed import Connected, Disconnected, FeedItem
from rangeops.domain.alarms import CATALOGUE, Alarm, AlarmId, AlarmState, Condition
from rangeops.domain.commands import NOT_SENT, CommandId, CommandProgress, CommandStage
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.tui.freshness import VehicleNow, vehicle_now
from rangeops.tui.language import tr
from rangeops.tui.load import Announcements, Load
from rangeops.tui.outside import cleaned
from rangeops.tui.outside_words import in_words
from rangeops.wire.picture import LinkView, LogLine, RangePicture, SkyView, TrafficView

PICTURE_LATE_S: Final = 1.0
"""Without a picture for so long the screen itself says ENFORCEMENT DOWN."""

TRAIL_S: Final = 30.0
_TRAIL_STEP_S: Final = 0.5
_KEPT_LOG_LINES: Final = 500
_COMMAND_SHOWN_S: Final = 30.0
NO_ACK_S: Final = 3.0
OWN_ALARM: Final = AlarmId("screen/enforcement-down")

Trail = tuple[tuple[float, float], ...]  # (latitude_deg, longitude_deg), oldest first


@dataclass(frozen=True, slots=True)
class Scene:
    """One instant of the range as one screen may show it.

    picture_age_s: None before the first picture. alarms: most urgent first, the screen's own among them; removed: those
    that are shelved, suppressed or out of service. commands: in the order in which they were heard of.
    """

    now: Now
    zone: tzinfo  # in which times are read: the range's, or UTC where this person has chosen so
    local: tzinfo  # the range's: what is marked L, and days
    connected: bool
    reason: str  # why it isn't connected
    simulation: bool
    enforcement: bool
    picture_age_s: float | None
    vehicles: tuple[VehicleNow, ...]
    alarms: tuple[Alarm, ...]
    commands: tuple[CommandProgress, ...]
    links: tuple[LinkView, ...]
    log: tuple[LogLine, ...]
    load: Load
    traffic: tuple[TrafficView, ...] = ()
    drill: str = ""  # its title
    sky: SkyView | None = None
    removed: tuple[Alarm, ...] = ()

    def vehicle(self, sysid: Sysid | None) -> VehicleNow | None:
        return next((vehicle for vehicle in self.vehicles if vehicle.view.sysid == sysid), None)

    @property
    def top_alarm(self) -> Alarm | None:
        """What the banner shows: the most urgent that nobody has seen yet, else the most urgent."""
        if self.alarms and _is_down(self.alarms[0]):
            return self.alarms[0]
        waiting = (alarm for alarm in self.alarms if needs_acknowledgement(alarm))
        return min(waiting, key=_reading_order, default=self.alarms[0] if self.alarms else None)


def needs_acknowledgement(alarm: Alarm) -> bool:
    return alarm.state in (AlarmState.UNACKED, AlarmState.RETURNED)


def _is_down(alarm: Alarm) -> bool:
    return alarm.condition is Condition.ENFORCEMENT_DOWN and alarm.state is not AlarmState.RETURNED


def _reading_order(alarm: Alarm) -> tuple[int, bool]:
    """What is over, and only waits to be seen, stands behind what goes on, that of the next priority too."""
    over = alarm.state is AlarmState.RETURNED
    return alarm.priority + over, over


def _urgency(alarm: Alarm) -> tuple[bool, int, bool, bool, float, float, datetime]:
    """Enforcement down comes before all: then no other alarm's figures are live, and nothing will be done about it.

    Among equals the one that leaves the least time to respond: two that converge don't wait behind an older alarm.
    """
    over = alarm.state is AlarmState.RETURNED
    to_exit_s = float("inf") if over or alarm.time_to_exit_s is None else alarm.time_to_exit_s
    respond_s = CATALOGUE[alarm.condition].respond_s
    seen = not needs_acknowledgement(alarm)
    return not _is_down(alarm), alarm.priority, seen, over, respond_s, to_exit_s, alarm.raised_utc


def aged(other: TrafficView, late_s: float) -> TrafficView:
    """An aircraft that isn't ours, as old as it is by now; without a picture nobody knows where it is."""
    return replace(other, age_s=other.age_s + late_s, stale=other.stale or late_s > PICTURE_LATE_S)


class Board:
    """Takes what the feed tells; gives scenes."""

    def __init__(self, now: Now) -> None:
        self._picture: RangePicture | None = None
        self._received_s = now.monotonic_s  # of the last picture; before one, when we began to wait
        self._connected = False
        self._reason = "Connecting."
        self._trails: dict[Sysid, deque[tuple[float, float, float]]] = {}
        self._log: dict[tuple[datetime, int, str], LogLine] = {}
        self._announced = Announcements()
        self._down_since_s: float | None = None
        self._down_acknowledged: datetime | None = None
        self._own_lines = 0
        self._ordered: dict[CommandId, tuple[CommandProgress, float]] = {}
        self._came: tuple[CommandId, ...] = ()  # the commands that are shown, the newest last
        self.zone: tzinfo = UTC  # until the range has said where it is; so local
        self.local: tzinfo = UTC

    @property
    def connected(self) -> bool:
        return self._connected

    def take(self, item: FeedItem, now: Now) -> bool:
        """Fold one item in. True: alarms changed in more than their figures, so draw at once."""
        match cleaned(item):
            case RangePicture() as picture:
                return self._take_picture(picture, now)
            case LogLine() as line:
                self.take_log((line,))
            case Connected():
                self._connected, self._reason = True, ""
            case Disconnected(reason):
                self._connected, self._reason = False, reason
                self._note(f"Feed lost. {self._reason}", now)
                return True
            case _:  # Changed: the app fetches what it names
                pass
        return False

    def take_log(self, lines: Iterable[LogLine]) -> None:
        """Live lines and those read after a reconnect: a line that came both ways is kept once."""
        for line in lines:
            self._log[line.utc, line.seq, line.source] = line
        if len(self._log) > _KEPT_LOG_LINES:
            newest = sorted(self._log)[-_KEPT_LOG_LINES:]
            self._log = {key: self._log[key] for key in newest}

    def acknowledge_own(self, now: Now) -> None:
        """The screen's own alarm is acknowledged on the screen: there may be no server to tell."""
        self._down_acknowledged = now.utc

    def take_history(self, alarms: Iterable[Alarm], now: Now) -> None:
        """Alarms of the last hour that were over before this screen began to look."""
        self._announced.take(alarms, now.utc)

    def ordered(self, progress: CommandProgress, now: Now) -> None:
        """A command that the server took from this screen: shown until the feed tells of it, and if it never does."""
        self._ordered[progress.order.id] = (progress, now.monotonic_s)

    def _commands(self, now: Now) -> tuple[CommandProgress, ...]:
        told = () if self._picture is None else self._picture.commands
        known = {progress.order.id for progress in told}
        self._ordered = {
            key: (progress, at_s)
            for key, (progress, at_s) in self._ordered.items()
            if key not in known and now.monotonic_s - at_s < _COMMAND_SHOWN_S
        }
        silent = tuple(
            replace(progress, stage=CommandStage.NO_ACK, detail=tr("the watch says nothing of it"))
            if now.monotonic_s - at_s > NO_ACK_S and not progress.detail.startswith(NOT_SENT)  # that no watch has yet
            else progress
            for progress, at_s in self._ordered.values()
        )
        by_time = sorted((*told, *silent), key=lambda progress: progress.sent_utc or now.utc)
        shown = {progress.order.id: progress for progress in by_time}
        self._came = tuple(id_ for id_ in dict.fromkeys((*self._came, *shown)) if id_ in shown)
        return tuple(shown[id_] for id_ in self._came)

    def trail(self, sysid: Sysid) -> Trail:
        return tuple((latitude, longitude) for _, latitude, longitude in self._trails.get(sysid, ()))

    def scene(self, now: Now) -> Scene:
        picture = self._picture
        late_s = now.monotonic_s - self._received_s
        alarms = self._alarms(now)
        by_vehicle: dict[Sysid, Alarm] = {}
        for alarm in alarms:
            if alarm.sysid is not None:
                by_vehicle.setdefault(alarm.sysid, alarm)
        vehicles = () if picture is None else picture.vehicles
        return Scene(
            now=now,
            zone=self.zone,
            local=self.local,
            connected=self._connected,
            reason=self._reason,
            simulation=picture is not None and picture.simulation,
            drill="" if picture is None else picture.drill,
            sky=None if picture is None else picture.sky,
            enforcement=self._connected and picture is not None and self._down_since_s is None,
            picture_age_s=None if picture is None else late_s,
            vehicles=tuple(vehicle_now(view, late_s, by_vehicle.get(view.sysid)) for view in vehicles),
            alarms=alarms,
            commands=self._commands(now),
            links=() if picture is None else picture.links,
            log=tuple(self._log[key] for key in sorted(self._log)),
            traffic=() if picture is None else tuple(aged(other, late_s) for other in picture.traffic),
            load=self._announced.load(now.utc),
            removed=() if picture is None else tuple(in_words(alarm) for alarm in picture.alarms if alarm.is_removed),
        )

    def _take_picture(self, picture: RangePicture, now: Now) -> bool:
        before = () if self._picture is None else self._picture.alarms
        news = [(a.id, a.state) for a in picture.alarms] != [(a.id, a.state) for a in before]
        news |= self._picture is not None and picture.enforcement != self._picture.enforcement
        self._picture, self._received_s = picture, now.monotonic_s
        self._lengthen_trails(picture, now)
        self._announced.take(picture.alarms, now.utc)
        return news

    def _lengthen_trails(self, picture: RangePicture, now: Now) -> None:
        for view in picture.vehicles:
            trail = self._trails.setdefault(view.sysid, deque())
            while trail and now.monotonic_s - trail[0][0] > TRAIL_S:
                trail.popleft()
            if view.latitude_deg is None or view.longitude_deg is None or not view.trusted:
                continue  # a position that can't be believed may lie in another country
            if not trail or now.monotonic_s - trail[-1][0] >= _TRAIL_STEP_S:
                trail.append((now.monotonic_s, view.latitude_deg, view.longitude_deg))
        for gone in self._trails.keys() - {view.sysid for view in picture.vehicles}:
            del self._trails[gone]

    def _alarms(self, now: Now) -> tuple[Alarm, ...]:
        told = () if self._picture is None else tuple(a for a in self._picture.alarms if not a.is_removed)
        if now.monotonic_s - self._received_s > PICTURE_LATE_S:
            told = tuple(replace(alarm, value="--", time_to_exit_s=None) for alarm in told)
        own = self._own_alarm(now)
        if own is not None:
            told = (own, *(alarm for alarm in told if alarm.condition is not Condition.ENFORCEMENT_DOWN))
        return tuple(sorted(map(in_words, told), key=_urgency))

    def _own_alarm(self, now: Now) -> Alarm | None:
        """P1 ENFORCEMENT DOWN, by the screen itself: a dead server or watch can't raise it."""
        late_s = now.monotonic_s - self._received_s
        watch_down = self._picture is not None and not self._picture.enforcement
        if late_s <= PICTURE_LATE_S and not watch_down and (self._connected or self._picture is None):
            if self._down_since_s is not None:
                self._note(f"Enforcement is back after {now.monotonic_s - self._down_since_s:.0f} s", now)
            self._down_since_s = self._down_acknowledged = None
            return None
        if self._down_since_s is None:
            self._down_since_s = now.monotonic_s if late_s <= PICTURE_LATE_S else self._received_s
            self._note(f"ENFORCEMENT DOWN: {self._down_value(late_s)}", now)
        entry = CATALOGUE[Condition.ENFORCEMENT_DOWN]
        acknowledged = self._down_acknowledged
        return Alarm(
            id=OWN_ALARM,
            condition=entry.condition,
            source="screen",
            sysid=None,
            priority=entry.priority,
            state=AlarmState.UNACKED if acknowledged is None else AlarmState.ACKED,
            title=entry.title,
            action=entry.action,
            value=self._down_value(late_s),
            limit=f"{PICTURE_LATE_S:g} s",
            raised_utc=now.utc - timedelta(seconds=now.monotonic_s - self._down_since_s),
            acked_by=None if acknowledged is None else tr("this screen"),
            acked_utc=acknowledged,
        )

    def _down_value(self, late_s: float) -> str:
        if not self._connected:
            return f"no server {late_s:.0f} s"
        if late_s > PICTURE_LATE_S:
            return f"no picture {late_s:.0f} s"
        age_s = None if self._picture is None else self._picture.watch_age_s
        return "no watch" if age_s is None else f"watch silent {age_s + late_s:.0f} s"

    def _note(self, text: str, now: Now) -> None:
        """A line of this screen's own; the record has the server's."""
        self._own_lines += 1
        self.take_log((LogLine(self._own_lines, now.utc, "screen", text),))
