"""Which alarm conditions hold for one vehicle just now: from its state, its order and its exposure to assessments."""

from collections.abc import Iterator
from dataclasses import dataclass

from rangeops.domain.alarms import Assessment, Condition
from rangeops.domain.commands import CommandProgress, CommandStage
from rangeops.domain.containment import Exposure, Standing
from rangeops.domain.enforcement import airborne
from rangeops.domain.now import Now
from rangeops.domain.orders import VehicleOrder
from rangeops.domain.policy import Policy
from rangeops.domain.telemetry import POSITION_LOST_S, POSITION_STALE_S, VehicleState

REBOOT_SHOWN_S = 10.0  # how long after a restart its condition holds
_OUTSIDE = (Standing.CONTINGENCY, Standing.BUFFER, Standing.OUTSIDE_RANGE)


@dataclass(frozen=True, slots=True)
class VehicleFacts:
    """All that the conditions of one vehicle are decided on.

    order None: it has no slot. watched_since_s: a vehicle that was never heard has been silent since then. fence_verified: this watch read the order's fence back equal since the last restart of
    the autopilot, or the order carries the proof. last_command: the newest, whatever its stage.
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


def assessments(facts: VehicleFacts, now: Now) -> Iterator[Assessment]:
    """Every vehicle condition of the catalogue, each time: an alarm returns only by being assessed as absent."""
    yield from containment_assessments(facts)
    yield from _telemetry(facts, now)
    yield from _commands(facts)
    yield from _readiness(facts, now)


def _of(facts: VehicleFacts, condition: Condition, *, present: bool, value: str = "", limit: str = "") -> Assessment:
    return Assessment(condition, facts.source, present, facts.state.sysid, value, limit)


def containment_assessments(facts: VehicleFacts) -> Iterator[Assessment]:
    """The conditions that a new position decides; the others can wait for the next look at the whole vehicle."""
    exposure, policy = facts.exposure, facts.policy
    flying = airborne(facts.state)
    to_act_s = exposure.time_to_act_s
    leaving = exposure.standing is Standing.INSIDE and to_act_s is not None and to_act_s <= policy.alarm_margin_s
    yield Assessment(
        Condition.FORECAST_EXIT,
        facts.source,
        flying and leaving,
        facts.state.sysid,
        value=f"{max(to_act_s, 0):.0f} s to act" if to_act_s is not None else "",
        limit=f"{policy.alarm_margin_s:.0f} s",
        time_to_exit_s=exposure.time_to_exit_s,
        title=f"Leaves its volume by the {exposure.edge}" if exposure.edge else "",
    )
    margin_m = exposure.margin_m
    beyond = f"{-margin_m:.0f} m beyond the {exposure.edge}" if margin_m is not None and margin_m < 0 else ""
    for condition, standings in (
        (Condition.OUTSIDE_FLIGHT_GEOGRAPHY, _OUTSIDE),
        (Condition.OUTSIDE_CONTINGENCY, _OUTSIDE[1:]),
        (Condition.OUTSIDE_RANGE, _OUTSIDE[2:]),
    ):
        # On the ground outside is where a vehicle waits for its slot; in the air it is an excursion.
        yield _of(facts, condition, present=flying and exposure.standing in standings, value=beyond, limit="0 m")


def _telemetry(facts: VehicleFacts, now: Now) -> Iterator[Assessment]:
    state = facts.state
    cleared = facts.order is not None and facts.order.cleared
    concerns = cleared or state.armed or (facts.order is not None and state.heartbeat is not None)
    silent_s = now.monotonic_s - (state.heartbeat.at_s if state.heartbeat else facts.watched_since_s)
    position_s = state.position_age_s(now)
    lost = concerns and silent_s > POSITION_LOST_S
    yield _of(facts, Condition.LINK_LOST, present=lost, value=f"{silent_s:.0f} s", limit=f"{POSITION_LOST_S:.0f} s")
    stale = state.armed and not lost and (position_s is None or position_s > POSITION_STALE_S)
    yield _of(
        facts,
        Condition.TELEMETRY_STALE,
        present=stale,
        value="no position" if position_s is None else f"{position_s:.0f} s",
        limit=f"{POSITION_STALE_S:.0f} s",
    )
    untrusted = state.armed and not stale and not lost and state.trusted_position(now) is None
    flags = "no estimator report" if state.estimator is None else f"EKF {state.estimator.flags:#x}"
    yield _of(facts, Condition.POSITION_UNTRUSTED, present=untrusted, value=flags)
    deaf = concerns and state.heartbeat is not None and not lost and not facts.uplink_ok
    yield _of(facts, Condition.UPLINK_LOST, present=deaf)


def _commands(facts: VehicleFacts) -> Iterator[Assessment]:
    last = facts.last_command
    name = last.order.kind.value if last else ""
    silent = last is not None and last.stage is CommandStage.NO_ACK
    yield _of(facts, Condition.COMMAND_NOT_ACKED, present=silent, value=name, limit="3 s")
    refused = last is not None and last.stage in (CommandStage.NOT_OBEYED, CommandStage.REFUSED)
    said = f"{name}: {last.detail}" if last is not None and last.detail else name
    yield _of(facts, Condition.COMMAND_NOT_OBEYED, present=refused, value=said)
    yield _of(facts, Condition.PILOT_HAS_CONTROL, present=facts.pilot_has_control, value=facts.state.mode)


def _readiness(facts: VehicleFacts, now: Now) -> Iterator[Assessment]:
    state, order = facts.state, facts.order
    flying = airborne(state)
    in_slot = order is not None and order.cleared and order.starts <= now.utc <= order.ends
    why = "no slot" if order is None else "not cleared" if not order.cleared else "" if in_slot else "outside its slot"
    yield _of(facts, Condition.ARMED_WITHOUT_CLEARANCE, present=state.armed and not in_slot, value=why)
    unfenced = flying and order is not None and not facts.fence_verified
    yield _of(facts, Condition.FENCE_NOT_VERIFIED, present=unfenced)
    breached = state.fence is not None and state.fence.breached and now.monotonic_s - state.fence.at_s < POSITION_LOST_S
    yield _of(facts, Condition.FENCE_BREACH_ON_BOARD, present=breached)
    percent = state.battery.remaining_percent if state.battery else None
    reserve = order.airframe.battery_reserve_percent if order else 0.0
    low = flying and percent is not None and percent < reserve
    yield _of(facts, Condition.BATTERY_UNDER_RESERVE, present=low, value=f"{percent} %", limit=f"{reserve:.0f} %")
    rebooted = facts.rebooted_at_s is not None and now.monotonic_s - facts.rebooted_at_s < REBOOT_SHOWN_S
    yield _of(facts, Condition.VEHICLE_REBOOTED, present=rebooted)
    yield _of(facts, Condition.SYSID_CLASH, present=bool(facts.clash), value=facts.clash)
    yield _of(facts, Condition.VEHICLE_UNJUDGED, present=bool(facts.unjudged), value=facts.unjudged)
