"""What the policy wants next of one vehicle, when, and whether it may be sent: one answer for the enforcer that sends it
and for the screens that say it beforehand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import AUTOMATIC, POLICY, WITHDRAWN, CommandKind, CommandStage
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.episodes import Episode
from rangeops.domain.policy import Automation, Policy, Rung
from rangeops.domain.telemetry import SystemStatus, VehicleState

HOLD_AGAIN_S: Final = 3.0  # a hold refused for want of a position is asked again after this …
MOST_HOLDS: Final = 3  # … so often in all
TOLD_AGAIN_S: Final = 60.0  # a stop is sent for a minute (deeds.GIVE_UP_S): unanswered, it is ordered anew
INSIDE_CONTINGENCY: Final = (Standing.INSIDE, Standing.CONTINGENCY)
"""Where LAND is never automatic, and where a person may hold automation back."""

_RUNG_OF: Final = {
    Standing.CONTINGENCY: Rung.OUTSIDE_FLIGHT_GEOGRAPHY,
    Standing.BUFFER: Rung.LEAVING_CONTINGENCY,
    Standing.OUTSIDE_RANGE: Rung.OUTSIDE_RANGE,
}
_REASONS: Final = (WITHDRAWN, *(rung.name.lower().replace("_", " ") for rung in list(Rung)[1:]))  # by rung
_FAILED: Final = (CommandStage.NOT_OBEYED, CommandStage.REFUSED)


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


@dataclass(frozen=True, slots=True)
class Due:
    """What the policy wants next. in_s: from now; 0: now. offered: it is left to a person, one key away."""

    command: CommandKind
    in_s: float
    why: str
    rung: Rung
    offered: bool = False


@dataclass(frozen=True, slots=True)
class Sendable:
    """What of a wanted command may be sent. command None: nothing, and `why` says what stands against it.

    looked_home: the way home was looked at; way_home: what it crosses, None: not known.
    """

    command: CommandKind | None
    why: str = ""
    looked_home: bool = False
    way_home: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Progressed:
    """How long the command in force has been told, seen obeyed, or refused; None: it isn't. holds: told in this episode."""

    seen_for_s: float | None = None
    refused_for_s: float | None = None
    told_for_s: float | None = None
    holds: int = 0


def forecast_left_s(exposure: Exposure, to_act_s: float, policy: Policy) -> float:
    """What of the alarm's margin is left: by way or by time, whichever is used up first."""
    if exposure.spare_s is None:
        return to_act_s
    return min(to_act_s, exposure.spare_s + policy.alarm_margin_s - policy.forecast.alarm_lead_s)


def rung_of(exposure: Exposure, policy: Policy) -> Rung | None:
    """The rung that a standing picks; a forecast counts once no more than the reaction margin is left to stop in."""
    if exposure.standing is Standing.INSIDE:
        due = exposure.time_to_act_s is not None and exposure.time_to_act_s <= policy.reaction_margin_s
        return Rung.FORECAST_EXIT if due else None
    return _RUNG_OF.get(exposure.standing)


def rung_now(judgement: Judgement, policy: Policy) -> Rung | None:
    """Of a vehicle in the air: by where it stands; who is where he may be, but without the range's word, is on the lowest."""
    if not judgement.airborne:
        return None
    rung = rung_of(judgement.exposure, policy)
    return Rung.WITHDRAWN if rung is None and judgement.withdrawn else rung


def airborne(state: VehicleState) -> bool:
    """Armed, and not said to be on the ground. ArduPilot: system status ACTIVE or worse while flying; a Rover's STANDBY is HOLD."""
    if state.heartbeat is None or not state.heartbeat.armed:
        return False
    return state.vehicle_class is VehicleClass.ROVER or state.heartbeat.system_status is not SystemStatus.STANDBY


def is_above(kind: CommandKind, other: CommandKind | None) -> bool:
    """Higher on the ladder; everything is above nothing."""
    return other is None or AUTOMATIC.index(kind) > AUTOMATIC.index(other)


def due_next(
    judgement: Judgement, rung: Rung | None, episode: Episode | None, policy: Policy, progressed: Progressed
) -> Due | None:
    """What comes next, if nobody does anything and nothing gets worse; None: nothing.

    rung: that the vehicle stands on (rung_now), None: on none.
    """
    if not judgement.airborne or (episode is not None and episode.left_to_people):
        return None
    if rung is not None and (answer := _answer(rung, episode, policy)) is not None:
        ahead = _ahead(judgement, episode, policy) if answer.offered and rung is Rung.WITHDRAWN else None
        return answer if ahead is None or ahead.offered else ahead  # what comes by itself before what is offered
    if episode is None or (episode.command is None and rung is None):
        return _ahead(judgement, episode, policy)
    if episode.command is None or episode.by != POLICY:
        return None
    if episode.stage in _FAILED:
        return _after_failure(judgement, rung, episode, progressed)
    silent = episode.stage is CommandStage.NO_ACK
    return _again(rung, episode, progressed) if silent else _then(episode, policy, progressed)


def sendable(kind: CommandKind, judgement: Judgement, episode: Episode | None) -> Sendable:
    """What of it goes out now. A blocked way home: it holds, or stays held, and its pilot is called."""
    if judgement.exposure.standing is Standing.UNKNOWN or judgement.gnss_denied:
        return Sendable(None, "GNSS is jammed here" if judgement.gnss_denied else "where it is isn't known")
    if kind is CommandKind.RTL and episode is not None and episode.lacks_position:
        kind = CommandKind.LAND  # a way home needs the position that it says it hasn't
    if kind is CommandKind.RTL:
        way_home = judgement.way_home_crosses(judgement.state)
        if way_home == ():
            return Sendable(kind, looked_home=True)
        held = episode is not None and episode.command is not None
        way = f"crosses {', '.join(way_home)}" if way_home else "isn't known"
        return Sendable(None if held else CommandKind.HOLD, f"the way home {way}", looked_home=True, way_home=way_home)
    if kind is CommandKind.LAND and (why := _no_automatic_landing(judgement)):
        return Sendable(None, why)
    return Sendable(kind)


def _no_automatic_landing(judgement: Judgement) -> str:
    """Why it isn't made to land where it is: inside the contingency volume never, nor over a no-LAND area."""
    if judgement.exposure.standing in INSIDE_CONTINGENCY:
        return "LAND is never sent by itself here"
    areas = judgement.no_landing(judgement.state)
    return f"nothing is made to land on {', '.join(areas)}" if areas else ""


def _answer(rung: Rung, episode: Episode | None, policy: Policy) -> Due | None:
    """The rung's own command, where it is above what was told. A person's word is overruled on a worse rung only."""
    worst = rung if episode is None or rung > episode.rung else episode.rung
    if rung is Rung.WITHDRAWN:
        worst = rung  # back where it may be: only the missing word counts
    rules = policy.at(worst)
    if rules.automation is Automation.ADVISE or not is_above(rules.command, episode.command if episode else None):
        return None
    offered = rules.automation is Automation.CONFIRM
    if episode is not None and episode.by != POLICY and not offered and rung <= episode.rung:
        return None
    return Due(rules.command, 0.0, _REASONS[worst], worst, offered)


def _ahead(judgement: Judgement, episode: Episode | None, policy: Policy) -> Due | None:
    """The forecast's command, when its time comes; where it is left to people, from its alarm on."""
    to_act_s = judgement.exposure.time_to_act_s
    rules = policy.forecast_exit
    if judgement.exposure.standing is not Standing.INSIDE or to_act_s is None:
        return None
    if rules.automation is Automation.ADVISE or not is_above(rules.command, episode.command if episode else None):
        return None
    offered = rules.automation is Automation.CONFIRM
    if offered and forecast_left_s(judgement.exposure, to_act_s, policy) > policy.alarm_margin_s:
        return None
    in_s = 0.0 if offered else max(0.0, to_act_s - policy.reaction_margin_s)
    return Due(rules.command, in_s, _REASONS[Rung.FORECAST_EXIT], Rung.FORECAST_EXIT, offered)


def _then(episode: Episode, policy: Policy, progressed: Progressed) -> Due | None:
    """The second half of a rung's procedure: hold, look, then return, unless a person decided otherwise."""
    rules = policy.at(episode.rung)
    if rules.automation is not Automation.AUTO or rules.then is None or episode.command is not rules.command:
        return None
    if episode.stage is not CommandStage.SEEN or progressed.seen_for_s is None:
        return None
    in_s = max(0.0, rules.then_after_s - progressed.seen_for_s)
    return Due(rules.then, in_s, f"after {rules.command.value}", episode.rung)


def _again(rung: Rung | None, episode: Episode, progressed: Progressed) -> Due | None:
    """The same command anew, where nobody sends it any more: no rung is climbed for silence, and none is left for it."""
    assert episode.command is not None  # the caller has looked
    if rung is None or progressed.told_for_s is None:
        return None
    in_s = max(0.0, TOLD_AGAIN_S - progressed.told_for_s)
    return Due(episode.command, in_s, f"{episode.command.value} not answered", episode.rung)


def _after_failure(judgement: Judgement, rung: Rung | None, episode: Episode, progressed: Progressed) -> Due | None:
    """The next on the ladder. Where it holds no position, the same hold again: what would follow needs one, too."""
    assert episode.command is not None  # the caller has looked
    again = episode.lacks_position and judgement.exposure.standing in INSIDE_CONTINGENCY
    if again and episode.command is CommandKind.HOLD:
        if rung is None or progressed.holds >= MOST_HOLDS or progressed.refused_for_s is None:
            return None
        return Due(CommandKind.HOLD, max(0.0, HOLD_AGAIN_S - progressed.refused_for_s), "hold refused", episode.rung)
    following = AUTOMATIC.index(episode.command) + 1
    if following >= len(AUTOMATIC):
        return None
    return Due(AUTOMATIC[following], 0.0, f"{episode.command.value} not obeyed", episode.rung)
