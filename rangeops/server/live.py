"""The range as it is just now: the watches' last snapshots, the server's own alarms, what is on its way to a vehicle.

Written to on the event loop only; read from threads too, which is safe because every value is replaced whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from rangeops.domain.alarm_states import AlarmState
from rangeops.domain.alarms import Alarm, AlarmBoard, AlarmDeed, AlarmId, Assessment, Condition
from rangeops.domain.clearance import LiveFacts
from rangeops.domain.commands import CommandId, CommandOrder, CommandProgress, CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.errors import Conflict
from rangeops.domain.now import Now
from rangeops.domain.telemetry import Sysid
from rangeops.wire.api import CommandRequest
from rangeops.wire.picture import LinkView, RangePicture, SkyView, Snapshot, TrafficView, VehicleView

SILENT_S: Final = 1.0  # no snapshot for so long: nobody enforces
START_GRACE_S: Final = 5.0  # a watch may take so long to appear after the server's start
_QUEUED_SHOWN_S: Final = 10.0  # a command that no snapshot has named yet


@dataclass(frozen=True, slots=True)
class _Heard:
    snapshot: Snapshot
    at_s: float


class LiveRange:
    """watches: that are to be there, heard or not."""

    def __init__(
        self,
        range_id: str,
        started: Now,
        *,
        simulation: bool,
        watches: tuple[str, ...] = ("watch",),
        drill: str = "",
    ) -> None:
        self._watches = watches
        self._started_s = started.monotonic_s
        self._range_id = range_id
        self.simulation = simulation
        self._drill = drill
        self._silent_since_s = started.monotonic_s + START_GRACE_S - SILENT_S
        self._heard: dict[str, _Heard] = {}
        self._board = AlarmBoard()
        self._queued: dict[CommandId, tuple[CommandProgress, float]] = {}
        self._recording_fails = ""
        self._signing_fails = ""
        self._signatures_missing = ""
        self._conditions: tuple[Assessment, ...] = ()
        self._sky: SkyView | None = None

    def took(self, snapshot: Snapshot, now: Now) -> bool:
        """True: its alarms are others than the watch's last ones, so the screens are to see it at once."""
        before = self._heard.get(snapshot.watch)
        self._heard[snapshot.watch] = _Heard(snapshot, now.monotonic_s)
        for progress in snapshot.commands:
            self._queued.pop(progress.order.id, None)
        return _states(snapshot) != (() if before is None else _states(before.snapshot))

    def queued(self, order: CommandOrder, now: Now) -> CommandProgress:
        """A command is with the watch; it is shown as queued until a snapshot tells more of it."""
        progress = CommandProgress(order, CommandStage.QUEUED)
        self._queued[order.id] = (progress, now.monotonic_s)
        return progress

    def recording(self, failure: str) -> None:
        """Why nothing can be stored just now; "" when it can."""
        self._recording_fails = failure

    def signing(self, failure: str, *, missing: str = "") -> None:
        """failure: why the record isn't signed, or its checkpoints not kept, as they are to be; "" where they are.

        missing: what was signed and is gone, so that signing is refused.
        """
        self._signing_fails, self._signatures_missing = failure, missing

    def watch_age_s(self, now: Now) -> float | None:
        """Since the oldest of the watches' last snapshots; None before the first."""
        return max((now.monotonic_s - heard.at_s for heard in self._heard.values()), default=None)

    def enforcing(self, now: Now, watch: str | None = None) -> bool:
        """Is this watch alive; without a name: all of them."""
        names = {*self._watches, *self._heard} if watch is None else {watch}
        return all(name in self._heard and now.monotonic_s - self._heard[name].at_s <= SILENT_S for name in names)

    @property
    def watches(self) -> tuple[str, ...]:
        """Those that are to be there, and those that were heard."""
        return tuple(sorted({*self._watches, *self._heard}))

    def silent_s(self, watch: str, now: Now) -> float:
        """Since its last snapshot: it had our word no later than it asked for it."""
        heard = self._heard.get(watch)
        return now.monotonic_s - (self._started_s if heard is None else heard.at_s)

    def hearing(self, sysid: Sysid, now: Now) -> str | None:
        """The watch that has heard the vehicle last; None where none does."""
        ages = [
            (vehicle.heard_age_s, heard.snapshot.watch)
            for heard in self._alive(now)
            for vehicle in heard.snapshot.vehicles
            if vehicle.sysid == sysid and vehicle.heard_age_s is not None
        ]
        return min(ages)[1] if ages else None

    def clock_of(self, watch: str) -> float | None:
        """The watch's own monotonic clock, as it was last told; None where it wasn't."""
        heard = self._heard.get(watch)
        return heard.snapshot.monotonic_s or None if heard else None

    def facts(self, sysid: Sysid, now: Now) -> LiveFacts | None:
        """What the watch that has heard the vehicle last says of it; None where none that is alive hears it."""
        view: VehicleView | None = None
        for heard in self._alive(now):
            for vehicle in heard.snapshot.vehicles:
                if vehicle.sysid == sysid:
                    view = fresher(view, aged(vehicle, now.monotonic_s - heard.at_s))
        return None if view is None or view.heard_age_s is None else _facts_of(view)

    def taken_up(self, sysid: Sysid, request: CommandRequest, now: Now) -> CommandRequest:
        """A request for what the policy leaves to a person, with its number typed. Raises Conflict: it isn't offered now."""
        views = [each for heard in self._alive(now) for each in heard.snapshot.vehicles if each.sysid == sysid]
        act = next((view.next_act for view in views if view.next_act is not None), None)
        if act is None or not act.offered or act.command is None or act.command.value != request.kind:
            raise Conflict(
                f"{request.kind:.20} isn't what the range offers for it now",
                where=f"command to sysid {sysid}",
                do="Look again; hold is one key, RTL and LAND take its number.",
            )
        return replace(request, typed=str(sysid))

    def judge(self, now: Now) -> tuple[Alarm, ...]:
        """Raise or return the server's own alarms; those that changed."""
        down = [self._down(watch, now) for watch in sorted({*self._watches, *self._heard})]
        failing = Assessment(
            Condition.RECORDER_FAILING, "server", present=bool(self._recording_fails), value=self._recording_fails
        )
        unsigned = Assessment(
            Condition.RECORD_NOT_SIGNED, "server", present=bool(self._signing_fails), value=self._signing_fails
        )
        missing = Assessment(
            Condition.EVIDENCE_SIGNATURES_MISSING,
            "server",
            present=bool(self._signatures_missing),
            value=self._signatures_missing,
        )
        changed = [
            alarm
            for each in (*down, failing, unsigned, missing, *self._conditions)
            for alarm in self._board.assess(each, now)
        ]
        return (*changed, *self._board.tick(now))

    def _down(self, watch: str, now: Now) -> Assessment:
        heard = self._heard.get(watch)
        silent_s = now.monotonic_s - (self._silent_since_s if heard is None else heard.at_s)
        return Assessment(
            Condition.ENFORCEMENT_DOWN,
            watch,
            present=silent_s > SILENT_S,
            value="no watch yet" if heard is None else f"silent {silent_s:.0f} s",
            limit=f"{SILENT_S:g} s",
        )

    def alarm(self, alarm_id: AlarmId) -> Alarm | None:
        alarms = [*self._board.standing, *(alarm for heard in self._heard.values() for alarm in heard.snapshot.alarms)]
        return next((alarm for alarm in alarms if alarm.id == alarm_id), None)

    def is_own(self, alarm: Alarm) -> bool:
        """Raised by the server, not by a watch."""
        return alarm in self._board.standing

    def do(self, deed: AlarmDeed, now: Now) -> Alarm | None:
        """A deed to one of the server's own alarms; None where it is none of those, or can't be."""
        return self._board.do(deed, now)

    def restore(self, alarms: Iterable[Alarm]) -> None:
        """What of the server's own alarms stood, or was shelved or out of service, when it ended."""
        self._board.restore(alarms)

    def conditions(self, assessments: tuple[Assessment, ...]) -> None:
        """What of the range's own conditions holds, and what doesn't, until told anew: weather and daylight."""
        self._conditions = assessments

    def under(self, sky: SkyView) -> None:
        """Wind and sun, for the screens' headers."""
        self._sky = sky

    def links(self, uris: tuple[str, ...], now: Now) -> tuple[LinkView, ...]:
        """Every link that the watch was told to open, with what it says of it."""
        known = {link.uri: link for heard in self._alive(now) for link in heard.snapshot.links}
        waiting = "not opened yet" if self.enforcing(now) else "no watch is running"
        return tuple(known.get(uri) or LinkView(uri, False, waiting, 0.0, 0.0) for uri in uris)  # noqa: FBT003  # up

    def picture(self, now: Now) -> RangePicture:
        vehicles: dict[Sysid, VehicleView] = {}
        links: list[LinkView] = []
        alarms = list(self._board.standing)
        commands: list[CommandProgress] = []
        traffic: dict[str, TrafficView] = {}
        for heard in self._heard.values():
            age_s = now.monotonic_s - heard.at_s
            for view in heard.snapshot.vehicles:
                seen = aged(view, age_s) if age_s <= SILENT_S else darkened(view)
                vehicles[view.sysid] = fresher(vehicles.get(view.sysid), seen)
            if age_s <= SILENT_S:
                for seen_by in heard.snapshot.traffic:
                    traffic[seen_by.id] = newer(traffic.get(seen_by.id), replace(seen_by, age_s=seen_by.age_s + age_s))
            links += heard.snapshot.links
            alarms += heard.snapshot.alarms
            commands += heard.snapshot.commands
        self._queued = {key: each for key, each in self._queued.items() if now.monotonic_s - each[1] < _QUEUED_SHOWN_S}
        commands += [progress for progress, _ in self._queued.values()]
        return RangePicture(
            utc=now.utc,
            range_id=self._range_id,
            simulation=self.simulation,
            drill=self._drill,
            enforcement=self.enforcing(now),
            watch_age_s=self.watch_age_s(now),
            vehicles=tuple(vehicles[sysid] for sysid in sorted(vehicles)),
            links=tuple(links),
            alarms=tuple(sorted(alarms, key=lambda alarm: (alarm.priority, alarm.raised_utc))),
            commands=tuple(commands),
            traffic=tuple(traffic.values()),
            sky=self._sky,
        )

    def _alive(self, now: Now) -> list[_Heard]:
        return [heard for heard in self._heard.values() if now.monotonic_s - heard.at_s <= SILENT_S]


def _states(snapshot: Snapshot) -> tuple[tuple[AlarmId, AlarmState], ...]:
    return tuple((alarm.id, alarm.state) for alarm in snapshot.alarms)


def _facts_of(vehicle: VehicleView) -> LiveFacts:
    route = next((route for route in vehicle.routes if route.in_use), None)
    return LiveFacts(
        trusted=vehicle.trusted,
        uplink_ok=vehicle.uplink_ok,
        armed=vehicle.armed,
        fence=vehicle.fence,
        lost_percent=None if route is None else route.lost_percent,
        round_trip_s=None if route is None else route.round_trip_s,
    )


def fresher(one: VehicleView | None, other: VehicleView) -> VehicleView:
    """Of two watches' views of one vehicle that of whoever heard it last; an unheard one is only known by its order."""
    if one is None or one.heard_age_s is None:
        return other
    return other if other.heard_age_s is not None and other.heard_age_s < one.heard_age_s else one


def newer(one: TrafficView | None, other: TrafficView) -> TrafficView:
    """Of two watches' views of one aircraft the fresher."""
    return other if one is None or other.age_s < one.age_s else one


def aged(view: VehicleView, by_s: float) -> VehicleView:
    """The ages in a snapshot are the watch's; here it has grown older on its way."""
    return replace(
        view,
        position_age_s=None if view.position_age_s is None else view.position_age_s + by_s,
        heard_age_s=None if view.heard_age_s is None else view.heard_age_s + by_s,
        routes=tuple(replace(route, heard_age_s=route.heard_age_s + by_s) for route in view.routes),
    )


def darkened(view: VehicleView) -> VehicleView:
    """The vehicle when nobody watches it: who it is stays, what it does is not known. Nothing freezes."""
    return replace(
        view,
        mode="",
        standing=Standing.UNKNOWN,
        trusted=False,
        fence="unknown",
        uplink_ok=False,
        position_age_s=None,
        heard_age_s=None,
        latitude_deg=None,
        longitude_deg=None,
        altitude_amsl_m=None,
        height_m=None,
        ground_speed_mps=None,
        track_deg=None,
        climb_mps=None,
        battery_percent=None,
        satellites=None,
        margin_m=None,
        time_to_exit_s=None,
        distance_home_m=None,
        routes=(),
        encounter=None,
        reach=None,
        next_act=None,
        inhibit=None,
        pilot_has_control=False,
    )
