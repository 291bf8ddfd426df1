"""What the watch reports, in an operator's words: the lines of the log and of a timeline."""

from typing import Final

from rangeops.domain.alarms import Alarm, AlarmState
from rangeops.domain.clock_state import MOST_ERROR_S
from rangeops.domain.commands import POLICY, CommandKind, CommandProgress, CommandStage
from rangeops.domain.containment import Standing
from rangeops.domain.episodes import INHIBIT_S, Step
from rangeops.domain.events import (
    AlarmChanged,
    ArmedChanged,
    BeforeKept,
    ClockCompared,
    CommandMoved,
    EpisodeMoved,
    Event,
    FenceReadBack,
    LinkChanged,
    ModeChanged,
    OrdersTaken,
    RecordingClosed,
    StandingChanged,
    StatusTextHeard,
    TrackRecorded,
    VehicleFound,
    VehicleLost,
    VehicleRebooted,
    VehicleRestored,
    WatchStarted,
)
from rangeops.domain.kept import Kept, differences
from rangeops.domain.telemetry import Sysid
from rangeops.domain.vehicle_clock import ClockWhy

KIND: Final = {
    AlarmChanged: "alarm",
    ArmedChanged: "arming",
    BeforeKept: "fence",
    ClockCompared: "clock",
    CommandMoved: "command",
    EpisodeMoved: "enforcement",
    FenceReadBack: "fence",
    LinkChanged: "link",
    ModeChanged: "mode",
    OrdersTaken: "orders",
    RecordingClosed: "recording",
    StandingChanged: "standing",
    StatusTextHeard: "text",
    TrackRecorded: "track",
    VehicleFound: "vehicle",
    VehicleLost: "vehicle",
    VehicleRebooted: "vehicle",
    VehicleRestored: "fence",
    WatchStarted: "watch",
}
"""The word by which a timeline groups an event."""

_COMMAND: Final = {
    CommandKind.HOLD: "HOLD",
    CommandKind.RTL: "RETURN TO LAUNCH",
    CommandKind.LAND: "LAND",
    CommandKind.TERMINATE: "TERMINATE",
    CommandKind.ARM: "ARM",
    CommandKind.DISARM: "DISARM",
    CommandKind.TAKEOFF: "TAKE OFF",
    CommandKind.GOTO: "GO TO",
    CommandKind.PAUSE: "PAUSE MISSION",
    CommandKind.CONTINUE: "CONTINUE MISSION",
    CommandKind.FENCE_ON: "FENCE ON",
    CommandKind.FENCE_OFF: "FENCE OFF",
    CommandKind.LOAD_FENCE: "LOAD FENCE",
    CommandKind.RESTORE: "RESTORE",
}
_STANDING: Final = {
    Standing.UNKNOWN: "where it stands is not known",
    Standing.INSIDE: "inside its flight geography",
    Standing.CONTINGENCY: "outside its flight geography, in the contingency volume",
    Standing.BUFFER: "outside its contingency volume",
    Standing.OUTSIDE_RANGE: "outside the range",
    Standing.UNASSIGNED: "has no slot",
}


def sysid_of(event: Event) -> Sysid | None:
    """The vehicle that an event is about; None for what is about a link or the watch."""
    match event:
        case AlarmChanged(alarm):
            return alarm.sysid
        case CommandMoved(progress):
            return progress.order.sysid
    return getattr(event, "sysid", None)


def words(event: Event) -> str:  # noqa: C901, PLR0911, PLR0912  # one case for each kind of event, nothing else
    """One sentence without its subject, which the log names beside it; "" for what is no news to a person."""
    match event:
        case AlarmChanged(alarm):
            return _alarm(alarm)
        case ArmedChanged(_, armed):
            return "armed" if armed else "disarmed"
        case BeforeKept(_, kept):
            return _kept(kept)
        case ClockCompared():
            return _clocks(event)
        case CommandMoved(progress):
            return _command(progress)
        case EpisodeMoved():
            return _episode(event)
        case FenceReadBack(_, equal, items, sha256, detail):
            if equal:
                return f"fence on board verified: {items} items read back equal, active ({sha256[:12]}…)"
            return f"fence on board NOT verified: {detail}"
        case LinkChanged(uri, up, detail):
            return f"link {uri} {'up' if up else 'down'}" + (f": {detail}" if detail else "")
        case ModeChanged(_, mode, number, commanded):
            return f"mode {mode or number}" + (", as commanded" if commanded else "")
        case OrdersTaken(version):
            return f"orders {version} in force"
        case StandingChanged(_, standing, margin_m):
            margin = "" if margin_m is None else f" ({abs(margin_m):.0f} m {'inside' if margin_m >= 0 else 'outside'})"
            return f"{_STANDING[standing]}{margin}"
        case StatusTextHeard(_, _, text):
            return f"says: {text}"
        case VehicleFound(sysid, link, autopilot, vehicle_class):
            return f"{autopilot} {vehicle_class} with sysid {sysid} heard on {link}"
        case VehicleLost(_, silent_s):
            return f"not heard for {silent_s:.0f} s"
        case VehicleRebooted():
            return "autopilot restarted: its fence must be read back again"
        case VehicleRestored(_, slot, equal, detail):
            return f"what it had before slot {slot} is on board again" if equal else f"NOT restored: {detail}"
        case WatchStarted(version, resumed):
            return f"watch started{f', resumed orders {version} from disk' if resumed else ' without orders'}"
        case TrackRecorded() | RecordingClosed():
            return ""


def _episode(moved: EpisodeMoved) -> str:
    return {
        Step.OPENED: f"enforcement begins: {moved.detail}",
        Step.WORSE: f"enforcement, worse: {moved.detail}",
        Step.WAY_BLOCKED: f"held, its pilot is to be called: the way home {moved.detail}",
        Step.WAY_CLEAR: "the way home is clear again",
        Step.NO_POSITION: f"refuses {moved.detail or 'a mode'} for want of a position",
        Step.INHIBITED: f"{moved.by} holds automation back for {INHIBIT_S:g} s at most: {moved.detail}",
        Step.INHIBIT_ENDED: "automation is held back no longer",
        Step.PILOT_TOOK_OVER: "its pilot took it over from the range: nothing more is sent by itself",
        Step.DECIDED: f"{moved.by} decides: {moved.detail}",
        Step.OVER: "enforcement is over",
    }[moved.step]


def _kept(kept: Kept) -> str:
    """What the range is about to change, without the fence's vertices."""
    named = dict(kept.before.parameters).keys()
    changes = [f"{x.what} {x.before} → {x.after}" for x in differences(kept.before, kept.after) if x.what in named]
    fence = f"a fence of {len(kept.before.items)} items → {len(kept.after.items)}"
    agreed = f"; agreed by {kept.agreed} ({kept.diff_sha256[:12]}…)" if kept.agreed else ""
    return f"kept what it had before slot {kept.slot}: {', '.join([fence, *changes])}{agreed}"


def _clocks(compared: ClockCompared) -> str:
    """News only where a person would be misled by the vehicle's own log: a jump, or a GPS time that isn't ours."""
    if compared.why is ClockWhy.JUMPED:
        times = "" if compared.jumps == 1 else f"{compared.jumps} times, last "
        return f"its clock jumped {times}by {compared.jump_s:+.3f} s"
    ahead_s = compared.gps_ahead_s
    if compared.why is ClockWhy.LINKED and ahead_s is not None and abs(ahead_s) > MOST_ERROR_S:
        return f"its GPS time is {abs(ahead_s):.1f} s {'ahead of' if ahead_s > 0 else 'behind'} the range's clock"
    return ""


def _alarm(alarm: Alarm) -> str:
    name = f"P{alarm.priority.value} {alarm.title}"
    figures = f" ({alarm.value}, limit {alarm.limit})" if alarm.value and alarm.limit else ""
    match alarm.state:
        case AlarmState.UNACKED:
            leaves = "" if alarm.time_to_exit_s is None else f", leaves in {alarm.time_to_exit_s:.1f} s"
            return f"alarm {name}{figures}{leaves}"
        case AlarmState.ACKED:
            return f"alarm {name} acknowledged by {alarm.acked_by}"
        case AlarmState.RETURNED:
            return f"alarm {name} over, not acknowledged"
        case AlarmState.NORMAL:
            return f"alarm {name} over"
        case AlarmState.LATCHED:
            return f"alarm {name} over, latched until it is reset"
    return f"alarm {name} {_removed(alarm)}"


def _removed(alarm: Alarm) -> str:
    """By whom, until when and why it asks for nobody's attention."""
    state = alarm.state.value.replace("-", " ")
    removal = alarm.removal
    if removal is None:
        return state
    until = "" if removal.until is None else f" until {removal.until:%H:%M:%S} UTC"
    return f"{state} by {removal.by}{until}: {removal.reason}"


def _command(progress: CommandProgress) -> str:
    order = progress.order
    by = "range policy" if order.by == POLICY else f"{order.by} and {order.second}" if order.second else order.by
    name = f"{_COMMAND[order.kind]} ({by})"
    refused = "" if progress.refused_by_range else " refused by the vehicle"
    acked = "" if progress.ack_after_s is None else f" {progress.ack_after_s:.2f} s after it was sent"
    seen = "" if progress.seen_after_s is None else f" {progress.seen_after_s:.2f} s after it was sent"
    detail = f": {progress.detail}" if progress.detail else ""
    return {
        CommandStage.QUEUED: f"{name} queued: {order.reason}",
        CommandStage.SENT: f"{name} sent{f', attempt {progress.attempts}' if progress.attempts > 1 else ''}"
        f": {order.reason}",
        CommandStage.ACKED: f"{name} acknowledged{acked}",
        CommandStage.SEEN: f"{name} seen obeyed{seen}",
        CommandStage.REFUSED: f"{name}{refused}{detail}",
        CommandStage.NO_ACK: f"{name}: no acknowledgement{detail}",
        CommandStage.NOT_OBEYED: f"{name} acknowledged but not obeyed{detail}",
        CommandStage.SUPERSEDED: f"{name} superseded{detail}",
    }[progress.stage]
