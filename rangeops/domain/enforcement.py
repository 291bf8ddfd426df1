"""Enforcement: from where a vehicle stands to what the range tells it. One Enforcer a vehicle, no I/O.

Where the vehicle is picks the rung, and the rung picks the command (policy, ladder). Up the ladder it goes only when the
vehicle got worse, refused a command, or acked it and is seen not to do it; silence is a dead uplink, never
disobedience. A pilot who takes over is never fought: from then on people decide. Nothing is sent on a position that
can't be trusted, nor while a person holds it back.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from rangeops.domain.commands import (
    AUTOMATIC,
    POLICY,
    CommandId,
    CommandKind,
    CommandOrder,
    CommandProgress,
    CommandStage,
)
from rangeops.domain.containment import Standing
from rangeops.domain.episodes import FAILSAFE_MODES, INHIBIT_S, LET_HIM_FLY, Episode, Inhibit, does, is_doing
from rangeops.domain.errors import Refused
from rangeops.domain.ladder import Due, Judgement, Progressed, due_next, rung_now, sendable
from rangeops.domain.next_act import InhibitNow, NextAct, act_of, why_no_inhibit
from rangeops.domain.now import Now
from rangeops.domain.policy import Policy, Rung
from rangeops.domain.telemetry import Sysid, SystemStatus, VehicleState

EPISODE_OVER_S: Final = 30.0  # inside and without forecast this long: the episode is over


class Enforcer:
    """Decides for one vehicle. Feed it every judgement, every command's progress and every mode change."""

    def __init__(self, sysid: Sysid, episode: Episode | None = None) -> None:
        # What a person held back, he told a watch that is gone: the policy goes on; it can't be held back anew.
        self.episode = replace(episode, inhibited=False) if episode is not None and episode.inhibited else episode
        self._sysid = sysid
        self._resumed = episode is not None
        self._judged: Judgement | None = None
        self._rung: Rung | None = None  # of the last judgement …
        self._agreed: Rung | None = None  # … and what it and the one before agree on
        self._quiet_since_s: float | None = None
        self._seen_at_s: float | None = None  # when the command in force was seen obeyed, by this process
        self._refused_at_s: float | None = None
        self._told_at_s: float | None = None  # the command in force, by this process
        self._inhibited_until_s = float("-inf")
        self._holds = 0
        self._sent = 0

    def judged(self, judgement: Judgement, policy: Policy, now: Now) -> Iterable[CommandOrder]:
        """Commands to send now. Call only with a trusted position behind the exposure, or with UNKNOWN."""
        self._judged = judgement
        known = judgement.exposure.standing is not Standing.UNKNOWN and judgement.state.heartbeat is not None
        if self._resumed and known:
            self._resumed = False
            self._look_again(judgement.state)
        before, self._rung = self._rung, rung_now(judgement, policy)
        rung = self._agreed = None if before is None or self._rung is None else min(before, self._rung)
        self._tend_inhibit(rung, now)
        if self._rung is None:
            self._end_if_quiet(judgement, now)
        else:
            self._quiet_since_s = None
            if rung is None:
                return ()  # one odd report sends no command, nor does it make things worse
            if self.episode is None:
                self.episode = Episode(now.utc, rung)
        if self.episode is None:
            return ()
        if self.episode.inhibited:
            return ()
        due = due_next(judgement, rung, self.episode, policy, self._progress(now))
        if rung is not None and rung > self.episode.rung:
            self.episode = replace(self.episode, rung=rung)
        if due is None or due.offered or due.in_s > 0.0:
            return ()
        return self._tell(due, judgement, now)

    def next_act(self, policy: Policy, now: Now) -> NextAct | None:
        """What comes next by itself, as of the last judgement; None: nothing."""
        if self._judged is None:
            return None
        return act_of(self._due(policy, now), self._judged, self.episode, self.inhibit_now(now))

    def inhibit_now(self, now: Now) -> InhibitNow | None:
        episode = self.episode
        if episode is None or not episode.inhibited:
            return None
        inhibit = episode.inhibits[-1]
        return InhibitNow(inhibit.by, inhibit.reason, max(0.0, self._inhibited_until_s - now.monotonic_s))

    def inhibit(self, by: str, reason: str, policy: Policy, now: Now) -> None:
        """A person holds back what would come next, for INHIBIT_S at most. Raises Refused.

        It ends sooner where things get worse, outside the contingency volume, or by any person's command.
        """
        due = self._due(policy, now)
        why = why_no_inhibit(due, self._judged, self.episode)
        if why or due is None:
            raise Refused(why, where=f"vehicle {self._sysid}", do="Order hold, RTL or LAND, or call the pilot.")
        episode = self.episode or Episode(now.utc, due.rung)
        given = Inhibit(due.rung, due.command, by, reason)
        self.episode = replace(episode, inhibits=(*episode.inhibits, given), inhibited=True)
        self._inhibited_until_s = now.monotonic_s + INHIBIT_S

    def let_fly(self, by: str) -> None:
        """A person leaves the vehicle to the pilot who took it over. Raises Refused where none did."""
        episode = self.episode
        if episode is None or not episode.pilot_has_control:
            why = f"{episode.decided_by} has decided: {episode.decision}" if episode and episode.decision else ""
            raise Refused(
                why or "no pilot took it over from the range",
                where=f"vehicle {self._sysid}",
                do="Nothing needs to be done.",
            )
        self.episode = replace(episode, pilot_has_control=False, decision=LET_HIM_FLY, decided_by=by)

    def progressed(self, progress: CommandProgress, now: Now) -> None:
        """A command of anybody's for this vehicle has moved on. A person's command takes the episode over."""
        order = progress.order
        if self.episode is None or order.kind not in AUTOMATIC:
            return
        if order.id != self.episode.command_id:
            if order.by == POLICY or progress.refused_by_range or progress.stage is CommandStage.SUPERSEDED:
                return  # nothing of it is under way
            self.episode = _taken_over(self.episode, order)
            self._seen_at_s = self._refused_at_s = None
        lacks_position = self.episode.lacks_position
        if progress.stage in (CommandStage.ACKED, CommandStage.SEEN):
            lacks_position = False
        elif progress.lacks_position:
            lacks_position = True
        self.episode = replace(self.episode, stage=progress.stage, lacks_position=lacks_position)
        if progress.stage is CommandStage.SEEN and self._seen_at_s is None:
            self._seen_at_s = now.monotonic_s
        if progress.stage is CommandStage.REFUSED and self._refused_at_s is None:
            self._refused_at_s = now.monotonic_s

    def mode_changed(self, state: VehicleState, mode_before: str) -> bool:
        """The mode changed. True if a pilot took over: it did what was told, and doesn't any more.

        A failsafe's RTL or LAND is no pilot's doing, and a mode at least as safe as what we asked is not taken back.
        """
        episode = self.episode
        if episode is None or episode.command is None:
            return False
        did = does(episode.command, mode_before, state.vehicle_class)
        if episode.stage is not CommandStage.SEEN and not did:
            return False  # it hasn't begun what it was told: its own mission may still be changing modes
        if any(is_doing(kind, state) for kind in AUTOMATIC[AUTOMATIC.index(episode.command) :]):
            return False
        in_failsafe = state.heartbeat is not None and state.heartbeat.system_status is SystemStatus.CRITICAL
        if not state.armed or (in_failsafe and state.mode in FAILSAFE_MODES):
            return False
        self.episode = replace(episode, pilot_has_control=True, inhibited=False, blocked=False, crossed=())
        return True

    def _due(self, policy: Policy, now: Now) -> Due | None:
        if self._judged is None:
            return None
        return due_next(self._judged, self._agreed, self.episode, policy, self._progress(now))

    def _progress(self, now: Now) -> Progressed:
        episode = self.episode
        if episode is None or episode.command is None:
            return _NOTHING_TOLD
        if episode.stage is CommandStage.SEEN and self._seen_at_s is None:
            self._seen_at_s = now.monotonic_s  # seen by an earlier process: count from the first look of this one
        seen_for_s = None if self._seen_at_s is None else now.monotonic_s - self._seen_at_s
        refused_for_s = None if self._refused_at_s is None else now.monotonic_s - self._refused_at_s
        told_for_s = None if self._told_at_s is None else now.monotonic_s - self._told_at_s
        return Progressed(seen_for_s, refused_for_s, told_for_s, self._holds)

    def _look_again(self, state: VehicleState) -> None:
        """The first trusted look after a restart: what the vehicle does is taken as told, what it doesn't was not."""
        episode = self.episode
        if episode is None or episode.command is None:
            return
        if episode.stage is CommandStage.SEEN:
            self.mode_changed(state, "")  # whoever doesn't do any more what he was seen doing was taken over meanwhile
        elif is_doing(episode.command, state):
            self.episode = replace(episode, stage=CommandStage.SEEN)
        else:
            self.episode = replace(episode, command=None, command_id=None, stage=None, by=POLICY)

    def _tend_inhibit(self, rung: Rung | None, now: Now) -> None:
        """It ends by itself, and sooner on a worse rung than it was given for: those beyond the contingency volume are."""
        episode = self.episode
        if episode is None or not episode.inhibited:
            return
        worse = rung is not None and rung > episode.inhibits[-1].rung
        if worse or now.monotonic_s >= self._inhibited_until_s:
            self.episode = replace(episode, inhibited=False)

    def _tell(self, due: Due, judgement: Judgement, now: Now) -> Iterable[CommandOrder]:
        episode = self.episode
        assert episode is not None  # whoever is due has one
        may = sendable(due.command, judgement, episode)
        way = (may.way_home != (), may.way_home or ())
        if may.looked_home and way != (episode.blocked, episode.crossed):
            episode = self.episode = replace(episode, blocked=way[0], crossed=way[1])
        if may.command is None:
            return ()
        kind, reason = may.command, f"{due.why}; {may.why}" if may.why else due.why
        self._sent += 1
        command_id = CommandId(f"{self._sysid}-{int(now.utc.timestamp() * 1e6)}-{self._sent}")
        obeying = is_doing(kind, judgement.state)
        self._seen_at_s = now.monotonic_s if obeying else None
        self._refused_at_s, self._told_at_s = None, now.monotonic_s
        self._holds += kind is CommandKind.HOLD
        stage = CommandStage.SEEN if obeying else CommandStage.QUEUED
        self.episode = replace(episode, command=kind, command_id=command_id, by=POLICY, stage=stage)
        if obeying:
            return ()  # its own fence or failsafe was quicker; it isn't told twice
        return (CommandOrder(command_id, self._sysid, kind, POLICY, reason),)

    def _end_if_quiet(self, judgement: Judgement, now: Now) -> None:
        """On the ground, or inside without forecast for a while after everything told was seen: over."""
        if self.episode is None:
            return
        if not judgement.state.armed and judgement.state.heartbeat is not None:
            self._over()
            return
        if self.episode.rung is Rung.WITHDRAWN and not judgement.withdrawn:
            self._over()  # the word was given again: nothing else was wrong
            return
        if judgement.exposure.standing is not Standing.INSIDE or not _settled(self.episode):
            self._quiet_since_s = None
            return
        if self._quiet_since_s is None:
            self._quiet_since_s = now.monotonic_s
        elif now.monotonic_s - self._quiet_since_s >= EPISODE_OVER_S:
            self._over()

    def _over(self) -> None:
        self.episode = self._quiet_since_s = None
        self._holds = 0


_NOTHING_TOLD: Final = Progressed()


def _settled(episode: Episode) -> bool:
    """Nothing of ours is under way. A held or returning vehicle stays in its episode until it is on the ground."""
    return episode.command is None or episode.pilot_has_control or episode.decision == LET_HIM_FLY


def _taken_over(episode: Episode, order: CommandOrder) -> Episode:
    """By a person's command. Where a pilot had taken it from the range before, that is the decision."""
    taken = replace(
        episode,
        command=order.kind,
        command_id=order.id,
        by=order.by,
        pilot_has_control=False,
        inhibited=False,
        blocked=False,
        crossed=(),
    )
    return replace(taken, decision=order.kind.value, decided_by=order.by) if episode.pilot_has_control else taken
