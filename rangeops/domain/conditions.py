"""Which alarm conditions hold for one vehicle just now: from its state, its order and its exposure to assessments."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from rangeops.domain.alarms import Assessment, Condition, SourceState
from rangeops.domain.commands import ON_THE_GROUND, CommandProgress, CommandStage
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.ladder import airborne, forecast_left_s
from rangeops.domain.leaving import Limit
from rangeops.domain.now import Now
from rangeops.domain.orders import VehicleOrder
from rangeops.domain.policy import Policy
from rangeops.domain.telemetry import POSITION_LOST_S, POSITION_STALE_S, SystemStatus, VehicleState

FIRST_CALL_S: Final = 300.0  # of its slot left: the pilot is told
LAST_CALL_S: Final = 60.0
REBOOT_SHOWN_S = 10.0  # how long after a restart its condition holds
FORECAST_BAND_S: Final = 1.0  # a forecast that hangs about its margin is said to be within it as long as this
_OUTSIDE: Final = {  # by where it stands, the conditions that hold
    Standing.CONTINGENCY: (Condition.OUTSIDE_FLIGHT_GEOGRAPHY,),
    Standing.BUFFER: (Condition.OUTSIDE_FLIGHT_GEOGRAPHY, Condition.OUTSIDE_CONTINGENCY),
    Standing.OUTSIDE_RANGE: (
        Condition.OUTSIDE_FLIGHT_GEOGRAPHY,
        Condition.OUTSIDE_CONTINGENCY,
        Condition.OUTSIDE_RANGE,
    ),
}
_FAILSAFE: Final = frozenset([SystemStatus.CRITICAL, SystemStatus.EMERGENCY])
_ON_GROUND: Final = frozenset([SourceState.ON_GROUND])
_NOWHERE: Final[frozenset[SourceState]] = frozenset()
CONTAINMENT: Final = frozenset(
    [
        Condition.FORECAST_EXIT,
        Condition.PROHIBITED_ZONE,
        Condition.ABOVE_CEILING,
        *_OUTSIDE[Standing.OUTSIDE_RANGE],
    ]
)
SEPARATION: Final = frozenset(
    [Condition.CREWED_NEAR, Condition.SEPARATION_LOST, Condition.DRONES_CONVERGE, Condition.SEPARATION_UNKNOWN]
)
"""Of one vehicle with another: the watch judges all of them together (watch.separation)."""
VEHICLE: Final = frozenset(Condition) - {
    *SEPARATION,
    Condition.ENFORCEMENT_DOWN,
    Condition.RECORDER_FAILING,
    Condition.RECORD_NOT_SIGNED,
    Condition.EVIDENCE_SIGNATURES_MISSING,
    Condition.LINK_DOWN,
    Condition.CLOCK_NOT_SYNCHRONISED,
    Condition.WIND_OVER_LIMIT,
    Condition.OBSERVATION_TOO_OLD,
    Condition.DAYLIGHT_ENDING,
}


@dataclass(frozen=True, slots=True)
class VehicleFacts:
    """All that the conditions of one vehicle are decided on.

    order None: it has no slot. watched_since_s: a vehicle that was never heard has been silent since then. fence_verified: this watch read the order's fence back equal since the last restart of
    the autopilot, or the order carries the proof. last_command: the newest stop or load,
    whatever its stage; what an operator orders otherwise is told to him, and raises nothing.
    """

    state: VehicleState
    source: str
    order: VehicleOrder | None
    exposure: Exposure
    policy: Policy
    watched_since_s: float
    uplink_ok: bool
    fence_verified: bool
    last_command: CommandProgress | None
    pilot_has_control: bool
    rebooted_at_s: float | None
    clash: str  # why two vehicles seem to use this sysid; "" where they don't
    unjudged: str  # the exception that judging raised; "" when it didn't
    way_home: str = ""  # what keeps the range from sending it home; "" where it doesn't want to, or it is clear
    lacks_position: bool = False  # it refused a mode for want of one
    may_have_crossed: str = ""  # the edge that it can be across by now; "" where it is known where it is, or can't be
    gcs_failsafe: str = ""  # why it would fly on if the range fell silent; "" where it acts, or nobody knows yet
    fly_away: str = ""  # how it moves away though it was told to stop; "" where it doesn't
    disobeyed: CommandProgress | None = None  # the stop that it didn't obey, until it was seen obeying a later one
    rebooted_in_flight: bool = False  # so that what it says now, disarmed, isn't "on the ground"


def vehicle_assessments(facts: VehicleFacts, now: Now) -> list[Assessment]:
    """Of the conditions of VEHICLE those that hold; the others don't (AlarmBoard.assess_source)."""
    return [
        *containment_assessments(facts.source, facts.state, facts.exposure, facts.policy),
        *_telemetry(facts, now),
        *_commands(facts),
        *_readiness(facts, now),
    ]


def source_states(facts: VehicleFacts, now: Now) -> frozenset[SourceState]:
    """What makes some alarms of this vehicle say nothing. One that was never heard is in no such state.

    An autopilot that restarts in the air comes up disarmed, and says that it stands on the ground.
    """
    state = facts.state
    on_ground = state.heartbeat is not None and not state.armed
    if on_ground and facts.rebooted_in_flight and _just_rebooted(facts, now):
        return _NOWHERE
    return _ON_GROUND if on_ground else _NOWHERE


def containment_assessments(source: str, state: VehicleState, exposure: Exposure, policy: Policy) -> list[Assessment]:
    """Of the conditions of CONTAINMENT, which a new position decides, those that hold; the others don't."""
    if not airborne(state):
        return []  # on the ground outside is where a vehicle waits for its slot; in the air it is an excursion
    if exposure.standing in (Standing.INSIDE, Standing.UNASSIGNED):
        return _forecast(source, state, exposure, policy)
    margin_m = exposure.margin_m
    beyond = f"{-margin_m:.0f} m beyond the {exposure.edge}" if margin_m is not None and margin_m < 0 else ""

    def holds(condition: Condition, title: str = "") -> Assessment:
        return Assessment(condition, source, present=True, sysid=state.sysid, value=beyond, limit="0 m", title=title)

    told = [holds(Condition.PROHIBITED_ZONE, f"Inside {exposure.zone}")] if exposure.zone else []
    if exposure.limit is Limit.CEILING:
        told.append(holds(Condition.ABOVE_CEILING))
    return [*told, *(holds(condition) for condition in _OUTSIDE.get(exposure.in_volumes or exposure.standing, ()))]


def _forecast(source: str, state: VehicleState, exposure: Exposure, policy: Policy) -> list[Assessment]:
    """One of three, by what is met first; whichever of the two margins is used up first, by way or by time, alarms."""
    to_act_s = exposure.time_to_act_s
    if to_act_s is None:
        return []
    beyond_s = policy.alarm_margin_s - forecast_left_s(exposure, to_act_s, policy)
    if beyond_s <= -FORECAST_BAND_S:
        return []
    condition, title = Condition.FORECAST_EXIT, f"Leaves its volume by the {exposure.edge}" if exposure.edge else ""
    if exposure.limit is Limit.ZONE:
        condition, title = Condition.PROHIBITED_ZONE, f"Enters {exposure.edge.removeprefix('edge of ')}"
    elif exposure.limit is Limit.CEILING:
        condition, title = Condition.ABOVE_CEILING, "Climbs through its ceiling"
    elif exposure.standing is Standing.UNASSIGNED and exposure.edge:
        title = f"Leaves the range by the {exposure.edge}"
    return [
        Assessment(
            condition,
            source,
            present=beyond_s >= 0,
            sysid=state.sysid,
            value=f"{max(to_act_s, 0):.0f} s to act",
            limit=f"{policy.alarm_margin_s:.0f} s",
            time_to_exit_s=exposure.time_to_exit_s,
            title=title,
            beyond=beyond_s,
        )
    ]


def _of(facts: VehicleFacts, condition: Condition, value: str = "", limit: str = "") -> Assessment:
    return Assessment(condition, facts.source, present=True, sysid=facts.state.sysid, value=value, limit=limit)


def _within(facts: VehicleFacts, condition: Condition, beyond: float, shown: tuple[str, str]) -> Assessment:
    """Of a value that has a deadband: whether it is beyond its limit, and by how much, either way."""
    return replace(_of(facts, condition, *shown), present=beyond > 0, beyond=beyond)


def _telemetry(facts: VehicleFacts, now: Now) -> Iterator[Assessment]:
    state = facts.state
    cleared = facts.order is not None and facts.order.cleared
    concerns = cleared or state.armed or (facts.order is not None and state.heartbeat is not None)
    if facts.may_have_crossed:
        yield _of(facts, Condition.REACH_TOUCHES_EDGE, facts.may_have_crossed)
    silent_s = now.monotonic_s - (state.heartbeat.at_s if state.heartbeat else facts.watched_since_s)
    if concerns and silent_s > POSITION_LOST_S:
        yield _of(facts, Condition.LINK_LOST, f"{silent_s:.0f} s", f"{POSITION_LOST_S:.0f} s")
    position_s = state.position_age_s(now)
    if state.armed and (position_s is None or position_s > POSITION_STALE_S):
        stale = "no position" if position_s is None else f"{position_s:.0f} s"
        yield _of(facts, Condition.TELEMETRY_STALE, stale, f"{POSITION_STALE_S:.0f} s")
    elif state.armed and state.trusted_position(now) is None:
        flags = "no estimator report" if state.estimator is None else f"EKF {state.estimator.flags:#x}"
        yield _of(facts, Condition.POSITION_UNTRUSTED, flags)
    if concerns and state.heartbeat is not None and not facts.uplink_ok:
        yield _of(facts, Condition.UPLINK_LOST)


def _commands(facts: VehicleFacts) -> Iterator[Assessment]:
    if (last := facts.last_command) is not None:
        name = last.order.kind.value
        if last.stage is CommandStage.NO_ACK:
            yield _of(facts, Condition.COMMAND_NOT_ACKED, name, "3 s")
        elif last.stage in (CommandStage.NOT_OBEYED, CommandStage.REFUSED) and not _not_written(last):
            yield _not_obeyed(facts, last)
        elif facts.disobeyed is not None:  # the next rung is under way, which makes it no less true
            yield _not_obeyed(facts, facts.disobeyed)
    if facts.fly_away:
        yield _of(facts, Condition.FLY_AWAY, facts.fly_away)
    if facts.pilot_has_control:
        yield _of(facts, Condition.PILOT_HAS_CONTROL, facts.state.mode)
    if facts.way_home:
        yield _of(facts, Condition.WAY_HOME_BLOCKED, facts.way_home)
    if facts.lacks_position:
        yield _of(facts, Condition.CANT_HOLD, facts.state.mode)


def _not_obeyed(facts: VehicleFacts, command: CommandProgress) -> Assessment:
    name, detail = command.order.kind.value, command.detail
    return _of(facts, Condition.COMMAND_NOT_OBEYED, f"{name}: {detail}" if detail else name)


def _just_rebooted(facts: VehicleFacts, now: Now) -> bool:
    return facts.rebooted_at_s is not None and now.monotonic_s - facts.rebooted_at_s < REBOOT_SHOWN_S


def _not_written(last: CommandProgress) -> bool:
    """The range itself refused to write: no disobedience. Of a stop the same is alarmed: nobody stops it."""
    return last.order.kind in ON_THE_GROUND and last.refused_by_range


def _within_its_word(facts: VehicleFacts, now: Now) -> Iterator[Assessment]:
    """Of an armed vehicle: has it the range's word, and does that still last? One alarm for each way in which it doesn't."""
    order = facts.order
    if order is None:
        yield _of(facts, Condition.ARMED_WITHOUT_CLEARANCE, "no slot")
    elif not order.cleared:
        withdrawn = order.withdrawn and airborne(facts.state)
        condition = Condition.FLIES_WITHDRAWN if withdrawn else Condition.ARMED_WITHOUT_CLEARANCE
        yield _of(facts, condition, "withdrawn" if order.withdrawn else "not cleared")
    elif now.utc < order.starts:
        yield _of(facts, Condition.ARMED_WITHOUT_CLEARANCE, f"its slot starts at {order.starts:%H:%M} UTC")
    else:
        left_s = (order.ends - now.utc).total_seconds()
        if left_s < 0:
            yield _of(facts, Condition.SLOT_OVERRUN, f"{-left_s:.0f} s over", "0 s")
        elif left_s <= LAST_CALL_S:
            yield _of(facts, Condition.SLOT_ENDS_IN_1_MIN, f"{left_s:.0f} s left", f"{LAST_CALL_S:.0f} s")
        elif left_s <= FIRST_CALL_S:
            yield _of(facts, Condition.SLOT_ENDS_IN_5_MIN, f"{left_s:.0f} s left", f"{FIRST_CALL_S:.0f} s")


def _failsafes(facts: VehicleFacts) -> Iterator[Assessment]:
    """Of its own: one that acts, and one that wouldn't."""
    state, order = facts.state, facts.order
    if facts.gcs_failsafe and (state.armed or (order is not None and order.cleared)):
        yield _of(facts, Condition.GCS_FAILSAFE_NOT_ARMED, facts.gcs_failsafe)
    if state.armed and state.heartbeat is not None and state.heartbeat.system_status in _FAILSAFE:
        yield _of(facts, Condition.FAILSAFE_ON_BOARD, state.mode)


def _readiness(facts: VehicleFacts, now: Now) -> Iterator[Assessment]:
    state, order = facts.state, facts.order
    flying = airborne(state)
    if state.armed:
        yield from _within_its_word(facts, now)
    if flying and order is not None and order.is_gnss_denied(now.utc):
        yield _of(facts, Condition.GNSS_DENIED)
    if flying and order is not None and not facts.fence_verified:
        yield _of(facts, Condition.FENCE_NOT_VERIFIED)
    if state.fence is not None and state.fence.breached and now.monotonic_s - state.fence.at_s < POSITION_LOST_S:
        yield _of(facts, Condition.FENCE_BREACH_ON_BOARD)
    yield from _failsafes(facts)
    percent = state.battery.remaining_percent if state.battery else None
    reserve = order.airframe.battery_reserve_percent if order else 0.0
    if flying and percent is not None:
        yield _within(facts, Condition.BATTERY_UNDER_RESERVE, reserve - percent, (f"{percent} %", f"{reserve:.0f} %"))
    if _just_rebooted(facts, now):
        yield _of(facts, Condition.VEHICLE_REBOOTED)
    if facts.clash:
        yield _of(facts, Condition.SYSID_CLASH, facts.clash)
    if facts.unjudged:
        yield _of(facts, Condition.VEHICLE_UNJUDGED, facts.unjudged)
