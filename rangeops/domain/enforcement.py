"""Enforcement: from where a vehicle stands to what the range tells it. One Enforcer a vehicle, no I/O.

Where the vehicle is picks the rung, and the rung picks the command (policy). Up the ladder it goes only when the
vehicle got worse, refused a command, or acked it and is seen not to do it; silence is a dead uplink, never
disobedience. A pilot who takes over is never fought. Nothing is sent on a position that can't be trusted.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import (
    AUTOMATIC,
    POLICY,
    WITHDRAWN,
    CommandId,
    CommandKind,
    CommandOrder,
    CommandProgress,
    CommandStage,
)
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.now import Now
from rangeops.domain.policy import Automation, Policy, Rung
from rangeops.domain.telemetry import Sysid, SystemStatus, VehicleState

EPISODE_OVER_S: Final = 30.0  # inside and without forecast this long: the episode is over
CONFIRMING_JUDGEMENTS: Final = 2  # one odd report sends no command

_LADDER: Final = AUTOMATIC
_RUNG_OF: Final = {
    Standing.CONTINGENCY: Rung.OUTSIDE_FLIGHT_GEOGRAPHY,
    Standing.BUFFER: Rung.LEAVING_CONTINGENCY,
    Standing.OUTSIDE_RANGE: Rung.OUTSIDE_RANGE,
}
_REASONS: Final = (WITHDRAWN, *(rung.name.lower().replace("_", " ") for rung in list(Rung)[1:]))  # by rung
_SAFE_MODES: Final = {
    CommandKind.HOLD: frozenset(["BRAKE", "HOLD"]),
    CommandKind.RTL: frozenset(["RTL", "SMART_RTL", "QRTL", "AUTO_RTL"]),
    CommandKind.LAND: frozenset(["LAND", "QLAND"]),
}
"""Modes that do what a command asks; a vehicle in one of them needs no telling, and no pilot has taken it there."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One vehicle's excursion or forecast of one, from first rung to its end. Kept on disk, so a restart knows it.

    command, command_id, by, stage: what was last told, by whom, and how far it got. blocked: the way home was not clear.
    """

    opened_utc: datetime
    rung: Rung
    command: CommandKind | None = None
    command_id: CommandId | None = None
    by: str = POLICY
    stage: CommandStage | None = None
    pilot_has_control: bool = False
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What enforcement needs to know of one vehicle at one instant.

    way_home_crosses: names of what the straight way home crosses; None: not known, which blocks an automatic RTL. It is
    dear to tell, and asked only where a command depends on it. no_landing: names of the no-LAND areas that it is over.
    gnss_denied: somebody jams within reach. Where it is, is known by GNSS alone, so nothing is sent: its pilot is called.
    withdrawn: its clearance was taken back.
    """

    state: VehicleState
    exposure: Exposure
    airborne: bool
    way_home_crosses: Callable[[VehicleState], tuple[str, ...] | None]
    no_landing: Callable[[VehicleState], tuple[str, ...]] = lambda _state: ()
    gnss_denied: bool = False
    withdrawn: bool = False


def rung_of(exposure: Exposure, policy: Policy) -> Rung | None:
    """The rung that a standing picks; a forecast counts once no more than the reaction margin is left to stop in."""
    if exposure.standing is Standing.INSIDE:
        due = exposure.time_to_act_s is not None and exposure.time_to_act_s <= policy.reaction_margin_s
        return Rung.FORECAST_EXIT if due else None
    return _RUNG_OF.get(exposure.standing)


def does(kind: CommandKind, state: VehicleState) -> bool:
    """Is the vehicle in a mode that does what the command asks? A plane's hold is LOITER; a copter's isn't."""
    if kind is CommandKind.HOLD and state.vehicle_class is VehicleClass.PLANE:
        return state.mode == "LOITER"
    return state.mode in _SAFE_MODES.get(kind, frozenset())


def airborne(state: VehicleState) -> bool:
    """Armed, and not said to be on the ground. ArduPilot: system status ACTIVE or worse while flying."""
    if state.heartbeat is None or not state.heartbeat.armed:
        return False
    return state.heartbeat.system_status is not SystemStatus.STANDBY


class Enforcer:
    """Decides for one vehicle. Feed it every judgement, every command's progress and every uncommanded mode change."""

    def __init__(self, sysid: Sysid, episode: Episode | None = None) -> None:
        self.episode = episode
        self._sysid = sysid
        self._resumed = episode is not None
        self._confirmed = 0
        self._quiet_since_s: float | None = None
        self._seen_at_s: float | None = None  # when the command in force was seen obeyed, by this process
        self._sent = 0

    def judged(self, judgement: Judgement, policy: Policy, now: Now) -> Iterable[CommandOrder]:
        """Commands to send now. Call only with a trusted position behind the exposure, or with UNKNOWN."""
        if self._resumed and judgement.exposure.standing is not Standing.UNKNOWN:
            self._resumed = False
            self._look_again(judgement.state)
        rung = rung_of(judgement.exposure, policy) if judgement.airborne else None
        if rung is None and judgement.withdrawn and judgement.airborne:
            rung = Rung.WITHDRAWN
        if rung is None:
            self._confirmed = 0
            self._end_if_quiet(judgement, now)
        else:
            self._quiet_since_s = None
            self._confirmed += 1
            if self._confirmed < CONFIRMING_JUDGEMENTS:
                return ()
        if rung is not None and (self.episode is None or rung > self.episode.rung):
            return self._on_worse(rung, judgement, policy, now)
        if self.episode is None or self.episode.pilot_has_control:
            return ()
        if self.episode.stage in (CommandStage.NOT_OBEYED, CommandStage.REFUSED):
            return self._next_on_ladder(judgement, now)
        if rung is not None and self.episode.command is None:
            return self._answer(rung if rung is Rung.WITHDRAWN else self.episode.rung, judgement, policy, now)
        return self._then(judgement, policy, now)

    def progressed(self, progress: CommandProgress, now: Now) -> None:
        """A command of anybody's for this vehicle has moved on. A person's command takes the episode over."""
        if self.episode is None or progress.order.kind not in _LADDER:
            return
        if progress.order.id != self.episode.command_id:
            if progress.order.by == POLICY:
                return
            self.episode = replace(
                self.episode,
                command=progress.order.kind,
                command_id=progress.order.id,
                by=progress.order.by,
                pilot_has_control=False,
            )
            self._seen_at_s = None
        self.episode = replace(self.episode, stage=progress.stage)
        if progress.stage is CommandStage.SEEN and self._seen_at_s is None:
            self._seen_at_s = now.monotonic_s

    def mode_changed(self, state: VehicleState) -> bool:
        """The mode changed and no command of ours asked for it. True if that means that a pilot took over.

        A failsafe's RTL or LAND is no pilot's doing, and a mode at least as safe as what we asked is not taken back.
        """
        episode = self.episode
        if episode is None or episode.command is None or episode.stage is not CommandStage.SEEN:
            return False
        if any(does(kind, state) for kind in _LADDER[_LADDER.index(episode.command) :]):
            return False
        if not state.armed or (state.heartbeat and state.heartbeat.system_status is SystemStatus.CRITICAL):
            return False
        self.episode = replace(episode, pilot_has_control=True)
        return True

    def _look_again(self, state: VehicleState) -> None:
        """The first trusted look after a restart: what the vehicle does is taken as told, what it doesn't was not."""
        episode = self.episode
        if episode is None or episode.command is None or episode.stage is CommandStage.SEEN:
            return
        if does(episode.command, state):
            self.episode = replace(episode, stage=CommandStage.SEEN)
        else:
            self.episode = replace(episode, command=None, command_id=None, stage=None, by=POLICY)

    def _on_worse(self, rung: Rung, judgement: Judgement, policy: Policy, now: Now) -> Iterable[CommandOrder]:
        if self.episode is None:
            self.episode = Episode(opened_utc=now.utc, rung=rung)
        else:
            self.episode = replace(self.episode, rung=rung)
        return self._answer(rung, judgement, policy, now)

    def _answer(self, rung: Rung, judgement: Judgement, policy: Policy, now: Now) -> Iterable[CommandOrder]:
        rules = policy.at(rung)
        episode = self.episode
        if episode is None or rules.automation is not Automation.AUTO or episode.pilot_has_control:
            return ()
        in_force = episode.command
        if in_force is not None and _LADDER.index(in_force) >= _LADDER.index(rules.command):
            return ()  # already told at least as much
        return self._tell(rules.command, judgement, _REASONS[rung], now)

    def _then(self, judgement: Judgement, policy: Policy, now: Now) -> Iterable[CommandOrder]:
        """The second half of a rung's procedure: hold, look, then return, unless a person decided otherwise."""
        episode = self.episode
        if episode is None or episode.by != POLICY or episode.stage is not CommandStage.SEEN:
            return ()
        rules = policy.at(episode.rung)
        if rules.automation is not Automation.AUTO or rules.then is None or episode.command is not rules.command:
            return ()
        if self._seen_at_s is None:  # seen by an earlier process: count from the first look of this one
            self._seen_at_s = now.monotonic_s
        if now.monotonic_s - self._seen_at_s < rules.then_after_s or not judgement.airborne:
            return ()
        return self._tell(rules.then, judgement, f"after {rules.command.value}", now)

    def _next_on_ladder(self, judgement: Judgement, now: Now) -> Iterable[CommandOrder]:
        episode = self.episode
        if episode is None or episode.command is None or episode.by != POLICY or not judgement.airborne:
            return ()
        following = _LADDER.index(episode.command) + 1
        if following >= len(_LADDER):
            return ()
        return self._tell(_LADDER[following], judgement, f"{episode.command.value} not obeyed", now)

    def _tell(self, kind: CommandKind, judgement: Judgement, reason: str, now: Now) -> Iterable[CommandOrder]:
        episode = self.episode
        if episode is None or judgement.exposure.standing is Standing.UNKNOWN or judgement.gnss_denied:
            return ()
        if kind is CommandKind.RTL and judgement.way_home_crosses(judgement.state) != ():
            self.episode = replace(episode, blocked=True)
            if episode.command is not None:
                return ()
            kind, reason = CommandKind.HOLD, f"{reason}; the way home is not clear"
        if kind is CommandKind.LAND and judgement.exposure.standing in (Standing.INSIDE, Standing.CONTINGENCY):
            return ()  # LAND is never automatic inside the contingency volume
        if kind is CommandKind.LAND and judgement.no_landing(judgement.state):
            return ()  # nor over a no-LAND area; it is asked again with the next position
        self._sent += 1
        command_id = CommandId(f"{self._sysid}-{int(now.utc.timestamp() * 1e6)}-{self._sent}")
        obeying = does(kind, judgement.state)
        self._seen_at_s = now.monotonic_s if obeying else None
        stage = CommandStage.SEEN if obeying else CommandStage.QUEUED
        before = self.episode or episode
        self.episode = Episode(  # each field by hand: `replace` takes three times as long, and a stop waits for it
            before.opened_utc, before.rung, kind, command_id, POLICY, stage, before.pilot_has_control, before.blocked
        )
        if obeying:
            return ()  # its own fence or failsafe was quicker; it isn't told twice
        return (CommandOrder(command_id, self._sysid, kind, POLICY, reason),)

    def _end_if_quiet(self, judgement: Judgement, now: Now) -> None:
        """On the ground, or inside without forecast for a while after everything told was seen: over."""
        if self.episode is None:
            return
        if not judgement.state.armed and judgement.state.heartbeat is not None:
            self.episode = None
            return
        if self.episode.rung is Rung.WITHDRAWN and not judgement.withdrawn:
            self.episode = None  # the word was given again: nothing else was wrong
            return
        if judgement.exposure.standing is not Standing.INSIDE or not self._settled():
            self._quiet_since_s = None
            return
        if self._quiet_since_s is None:
            self._quiet_since_s = now.monotonic_s
        elif now.monotonic_s - self._quiet_since_s >= EPISODE_OVER_S:
            self.episode = None
            self._quiet_since_s = None

    def _settled(self) -> bool:
        """Nothing of ours is under way. A held or returning vehicle stays in its episode until it is on the ground."""
        episode = self.episode
        return episode is not None and (episode.command is None or episode.pilot_has_control)
