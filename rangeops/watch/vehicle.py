"""One vehicle as the watch holds it: its order, its judgement, its episode, its track. No I/O.

An exception in here makes this vehicle UNKNOWN, with an alarm, and touches no other (see loop).
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from rangeops.domain.aircraft import Airframe
from rangeops.domain.commands import (
    AUTOMATIC,
    CHANGES_MODE,
    FINAL_STAGES,
    ON_THE_GROUND,
    STOPS,
    CommandKind,
    CommandOrder,
    CommandProgress,
    CommandStage,
)
from rangeops.domain.conditions import VehicleFacts
from rangeops.domain.containment import Containment, Exposure, Standing
from rangeops.domain.enforcement import Enforcer
from rangeops.domain.episodes import Episode, is_doing, steps
from rangeops.domain.errors import Refused
from rangeops.domain.events import (
    ArmedChanged,
    EpisodeMoved,
    Event,
    ModeChanged,
    StandingChanged,
    TrackPoint,
    TrackRecorded,
    VehicleRebooted,
)
from rangeops.domain.fly_away import FlyAway, Look
from rangeops.domain.ladder import Judgement, airborne
from rangeops.domain.now import Now
from rangeops.domain.orders import VehicleOrder
from rangeops.domain.permission import Grant, forbidden_now
from rangeops.domain.policy import Policy
from rangeops.domain.reach import (
    LATE_S,
    LONGEST_S,
    STRONGEST_WIND_MPS,
    Reach,
    data_loss_flight_time_s,
    pace_of,
    reach_of,
)
from rangeops.domain.telemetry import Heartbeat, PositionReport, Sysid, VehicleState
from rangeops.watch.way_ahead import WayAhead

TRACK_KEPT_S: Final = 30.0  # what an incident shows of the time before it
TRACK_STEP_S: Final = 0.2
TRACK_TOLD_S: Final = 2.0  # while an episode is open, the track goes to the journal this often
JUDGED_FOR_S: Final = 0.25  # a vehicle that sends nothing is judged all the same, at the next look after this
FLEW_BEFORE_S: Final = 10.0  # a restart so soon after it was last seen flying was one in the air: it is dark for 1.4 s
DISOBEYED_SHOWN_S: Final = 1.0  # at the least: longer than from one look at the conditions to the next
FAILURE_SHOWN_S: Final = 2.0  # a vehicle whose handling raised stays UNKNOWN so long after the last time
COMMANDED_MODE_S: Final = 5.0  # a mode change so soon after our command is the command's doing

_UNKNOWN: Final = Exposure(Standing.UNKNOWN)
_ALARMED: Final = STOPS | ON_THE_GROUND  # whoever tries something else meanwhile mustn't hide a hold that isn't obeyed
_FAILED: Final = (CommandStage.NOT_OBEYED, CommandStage.REFUSED)
_TOUCHES_FENCE: Final = frozenset([CommandKind.FENCE_ON, CommandKind.FENCE_OFF])

WayHome = Callable[[VehicleState], tuple[str, ...] | None]
NoLanding = Callable[[VehicleState], tuple[str, ...]]


class WatchedVehicle:
    def __init__(self, sysid: Sysid, since_s: float, episode: Episode | None = None) -> None:
        self.sysid = sysid
        self._since_s = since_s
        self.order: VehicleOrder | None = None
        self.exposure = _UNKNOWN
        self.unjudged = ""
        self._failed_at_s = float("-inf")
        self._fence_loaded = False  # by this watch; an order may bring the proof of an earlier one
        self._fence_doubted = False  # what proof there was no longer tells of what is on board
        self.fence_check_from_s: float | None = since_s  # a home that is newer than this, and it is read again
        self.last_command: CommandProgress | None = None
        self._disobeyed: tuple[CommandProgress, float] | None = None  # a stop, and when that was told
        self.rebooted_at_s: float | None = None
        self._flew_s = float("-inf")  # when it was last seen in the air
        self._rebooted_in_flight = False
        self.enforcer = Enforcer(sysid, episode)
        self._episode_told = episode
        self._containment: Containment | None = None
        self._way_home: WayHome | None = None
        self.no_landing: NoLanding = lambda _state: ()
        self.level_home: WayHome | None = None  # of who has no slot: what people are told of its way home
        self._heartbeat: Heartbeat | None = None  # the last that was looked at
        self._changes: list[Event] = []  # not told yet
        self._standing = Standing.UNKNOWN
        self._track: deque[tuple[float, TrackPoint]] = deque()
        self._track_told_s = float("-inf")
        self._commanded: tuple[CommandKind, float] | None = None  # our last mode change, and when it went
        self._judged_s = float("-inf")
        self.wind_mps = STRONGEST_WIND_MPS
        self._last_trusted: PositionReport | None = None
        self._ahead = WayAhead()
        self._fly_away = FlyAway()

    @property
    def callsign(self) -> str:
        return self.order.callsign if self.order else f"#{self.sysid}"

    @property
    def fence_verified(self) -> bool:
        """Its order's fence was read back equal and active, and nothing has happened since that could have undone it."""
        return self._fence_proved and not self._fence_doubted

    @property
    def _fence_proved(self) -> bool:
        return self._fence_loaded or (self.order is not None and self.order.fence_sha256 is not None)

    def fence_check_due(self, home_at_s: float) -> bool:
        """Something happened since the fence was read, and home was told since. Only what was proved is read again."""
        return self._fence_proved and self.fence_check_from_s is not None and home_at_s >= self.fence_check_from_s

    def fence_doubted(self, now: Now) -> None:
        """It may be another one, or off: unverified until it is read again."""
        self._fence_loaded = self._fence_proved  # the order's proof may be withdrawn before it is read
        self._fence_doubted = True
        self.fence_check_from_s = now.monotonic_s

    def fence_read(self, *, equal: bool) -> None:
        self._fence_doubted = not equal

    def is_settled(self, now: Now) -> bool:
        """Judged just now, inside, with no exit in sight and no episode: time alone can't have changed that yet."""
        exposure = self.exposure
        return (
            now.monotonic_s - self._judged_s < JUDGED_FOR_S
            and exposure.standing is Standing.INSIDE
            and exposure.time_to_act_s is None
            and self.enforcer.episode is None
            and not (self.order is not None and self.order.withdrawn)
        )

    def take_order(
        self, order: VehicleOrder | None, containment: Containment, way_home: WayHome, no_landing: NoLanding
    ) -> None:
        """The order in force for this vehicle; None: it has no slot, and is held against the range alone."""
        if order is None or self.order is None or order.on_board != self.order.on_board:
            self._fence_loaded = self._fence_doubted = False
        self.order = order
        self._judged_s = float("-inf")
        self._containment = containment
        self._way_home = way_home
        self.no_landing = no_landing

    def judge(self, state: VehicleState, policy: Policy, now: Now, *, commands: bool = True) -> Iterable[CommandOrder]:
        """Hold the vehicle against its volumes now: the commands to send. Nothing else stands between a report and them.

        commands: False where another watch has its lease: it is judged, and left alone.
        """
        failing = bool(self.unjudged) and now.monotonic_s - self._failed_at_s < FAILURE_SHOWN_S
        position = None if failing else state.trusted_position(now)
        exposure = _UNKNOWN if position is None else self._exposed(position, state, policy, now)
        self.exposure = exposure
        self._judged_s = now.monotonic_s
        if exposure.standing is not Standing.UNKNOWN:
            self._last_trusted = position
        if not failing:
            self.unjudged = ""
        if state.heartbeat is not self._heartbeat:
            self._mode_or_arming_changed(state, now)
        if flying := airborne(state):
            self._flew_s = now.monotonic_s
        if self.order is None or not commands:
            return ()
        withdrawn = self.order.withdrawn
        judgement = Judgement(
            state,
            exposure,
            flying,
            self.way_home,
            self.no_landing,
            withdrawn=withdrawn,
            gnss_denied=self.order.is_gnss_denied(now.utc),
        )
        return self.enforcer.judged(judgement, policy, now)

    def _exposed(self, position: PositionReport, state: VehicleState, policy: Policy, now: Now) -> Exposure:
        containment, ahead, rules = self._containment, self._ahead, policy.forecast
        if containment is None:
            return _UNKNOWN
        may_bend = ahead.take(position, state)
        return containment.judge(
            position,
            age_s=now.monotonic_s - position.at_s,
            horizon_s=policy.forecast_horizon_s,
            utc=now.utc,
            ahead=lambda: ahead.known(state, self._airframe, rules, containment.to_site, now),
            may_bend=may_bend,
            turn_trust_s=rules.turn_trust_s,
        )

    def told(self, state: VehicleState, now: Now) -> list[Event]:
        """What is worth the journal since the last time. Asked after a judgement, once its commands are on their way."""
        events, self._changes = self._changes, []
        if self.enforcer.episode is not self._episode_told:
            moved = steps(self._episode_told, self.enforcer.episode)
            events += [EpisodeMoved(self.sysid, step, by, detail) for step, by, detail in moved]
            self._episode_told = self.enforcer.episode
        if self.exposure.standing is not self._standing:
            self._standing = self.exposure.standing
            events.append(StandingChanged(self.sysid, self._standing, self.exposure.margin_m))
        if self.order is not None:
            events += self._keep_track(state, now)
        return events

    def failed(self, what: str, now: Now) -> None:
        """Handling or judging it raised: UNKNOWN is never INSIDE, and it is said for as long as it may come again."""
        self.exposure = _UNKNOWN  # which is never settled: it is judged again at the next look
        self.unjudged = what
        self._failed_at_s = now.monotonic_s

    def permit(self, order: CommandOrder, grant: Grant | None, state: VehicleState, now: Now) -> None:
        """Raises Refused where the order mayn't be sent: the watch's own look, whatever the server said."""
        why = forbidden_now(order, grant, state, now, episode=self.enforcer.episode is not None)
        if why:
            raise Refused(why, where=self.callsign, do="Order something else.")

    def commanded(self, kind: CommandKind, now: Now) -> None:
        """One of our commands is on its way: the mode change that follows is its doing."""
        if kind in CHANGES_MODE:
            self._commanded = (kind, now.monotonic_s)

    def progressed(self, progress: CommandProgress, now: Now) -> None:
        if progress.order.kind in _ALARMED:
            self.last_command = progress
            if progress.stage in _FAILED and progress.order.kind in STOPS:
                self._disobeyed = (progress, now.monotonic_s)
        if progress.order.kind in ON_THE_GROUND:
            if progress.stage in FINAL_STAGES and progress.sent_utc is not None:  # else nothing was written
                loads = progress.order.kind is CommandKind.LOAD_FENCE
                self._fence_loaded = loads and progress.stage is CommandStage.SEEN
                self._fence_doubted = not self._fence_loaded
            return
        if progress.order.kind in _TOUCHES_FENCE and progress.stage is CommandStage.SEEN:
            self.fence_doubted(now)
        self.enforcer.progressed(progress, now)

    def rebooted(self, now: Now) -> VehicleRebooted:
        """Its fence may be gone: it counts as unverified until it is read back again."""
        self.rebooted_at_s = now.monotonic_s
        self._rebooted_in_flight = now.monotonic_s - self._flew_s < FLEW_BEFORE_S
        self.fence_doubted(now)
        return VehicleRebooted(self.sysid)

    def facts(
        self, state: VehicleState, policy: Policy, now: Now, *, uplink_ok: bool, clash: str, gcs_failsafe: str = ""
    ) -> VehicleFacts:
        """gcs_failsafe: why its own isn't armed; "" where it is, or nobody has asked yet."""
        episode = self.enforcer.episode
        pilot_has_control = episode is not None and episode.pilot_has_control
        return VehicleFacts(
            state=state,
            source=self.callsign,
            order=self.order,
            exposure=self.exposure,
            policy=policy,
            watched_since_s=self._since_s,
            uplink_ok=uplink_ok,
            fence_verified=self.fence_verified,
            last_command=self.last_command,
            pilot_has_control=pilot_has_control,
            way_home="" if episode is None else episode.way_home,
            lacks_position=episode is not None and episode.lacks_position,
            rebooted_at_s=self.rebooted_at_s,
            clash=clash,
            unjudged=self.unjudged,
            may_have_crossed=self._may_have_crossed(self.reach(state, now), now),
            gcs_failsafe=gcs_failsafe,
            fly_away=self._flies_away(state, now, pilot_has_control=pilot_has_control),
            disobeyed=self._still_disobeyed(now),
            rebooted_in_flight=self._rebooted_in_flight,
        )

    def _still_disobeyed(self, now: Now) -> CommandProgress | None:
        """Until a later command is seen obeyed; however soon that is, it is told."""
        if self._disobeyed is None:
            return None
        progress, at_s = self._disobeyed
        obeyed = self.last_command is not None and self.last_command.stage is CommandStage.SEEN
        if obeyed and now.monotonic_s - at_s >= DISOBEYED_SHOWN_S:
            self._disobeyed = None
        return progress

    def _flies_away(self, state: VehicleState, now: Now, *, pilot_has_control: bool) -> str:
        to_site = None if self._containment is None else self._containment.to_site
        last, exposure, flying = self.last_command, self.exposure, airborne(state)
        look = Look(
            state, last, exposure, self._airframe, to_site, airborne=flying, pilot_has_control=pilot_has_control
        )
        return self._fly_away.judge(look, now)

    def reach(self, state: VehicleState, now: Now) -> Reach | None:
        """Where it can be by now; None while it is known where it is, never was, or it isn't in the air."""
        last = self._last_trusted
        if last is None or not airborne(state) or not LATE_S < now.monotonic_s - last.at_s <= LONGEST_S:
            return None
        return reach_of(last, pace_of(self._airframe, last, self.wind_mps), now.monotonic_s - last.at_s)

    def _may_have_crossed(self, reach: Reach | None, now: Now) -> str:
        """The edge that its circle touches, and since when; "" where there is none."""
        last, containment = self._last_trusted, self._containment
        if reach is None or last is None or containment is None:
            return ""
        lateral_m, headroom_m, edge = containment.room(last, now.utc)
        loss_s = data_loss_flight_time_s(lateral_m, headroom_m, pace_of(self._airframe, last, self.wind_mps))
        return f"{edge}: unseen {reach.age_s:.0f} s, {loss_s:.0f} s away" if reach.age_s >= loss_s else ""

    @property
    def _airframe(self) -> Airframe | None:
        return None if self.order is None else self.order.airframe

    def way_home(self, state: VehicleState) -> tuple[str, ...] | None:
        """What the straight way home crosses; None: it isn't known, which is not "nothing"."""
        return None if self._way_home is None else self._way_home(state)

    def _mode_or_arming_changed(self, state: VehicleState, now: Now) -> None:
        """A heartbeat that wasn't looked at yet, held against the one before."""
        before, heartbeat = self._heartbeat, state.heartbeat
        if heartbeat is None:
            return
        self._heartbeat = heartbeat
        if before is None:
            return
        if (heartbeat.mode_number, heartbeat.mode) != (before.mode_number, before.mode):
            taken_over = self.enforcer.mode_changed(state, before.mode)
            commanded = not taken_over and self._is_our_doing(state, now)
            self._changes.append(ModeChanged(self.sysid, heartbeat.mode, heartbeat.mode_number, commanded))
        if heartbeat.armed != before.armed:
            self._changes.append(ArmedChanged(self.sysid, heartbeat.armed))
            if heartbeat.armed:
                self.fence_check_from_s = heartbeat.at_s  # home has moved

    def _is_our_doing(self, state: VehicleState, now: Now) -> bool:
        """Is this mode our command's? What a hold, an RTL or a LAND leads to is known: another mode is somebody else's."""
        kind, at_s = self._commanded or (None, 0.0)
        if kind is None or now.monotonic_s - at_s >= COMMANDED_MODE_S:
            return False
        return kind not in AUTOMATIC or is_doing(kind, state)

    def _keep_track(self, state: VehicleState, now: Now) -> Iterator[Event]:
        """Remember the last half minute; from an episode's start to its end, tell it all."""
        position = state.position
        last_s = self._track[-1][0] if self._track else float("-inf")
        if position is not None and position.at_s - last_s >= TRACK_STEP_S * 0.9:
            point = TrackPoint(
                at_utc=now.utc,
                latitude_deg=position.latitude_deg,
                longitude_deg=position.longitude_deg,
                altitude_amsl_m=position.altitude_amsl_m,
                ground_speed_mps=position.ground_speed_mps,
                mode=state.mode,
                trusted=state.trusted_position(now) is not None,
            )
            self._track.append((position.at_s, point))
        while self._track and now.monotonic_s - self._track[0][0] > TRACK_KEPT_S:
            self._track.popleft()
        if self.enforcer.episode is None:
            self._track_told_s = float("-inf")  # the next episode tells all that is kept
            return
        if now.monotonic_s - self._track_told_s >= TRACK_TOLD_S:
            points = tuple(point for at_s, point in self._track if at_s > self._track_told_s)
            self._track_told_s = self._track[-1][0] if self._track else now.monotonic_s
            if points:
                yield TrackRecorded(self.sysid, points)
