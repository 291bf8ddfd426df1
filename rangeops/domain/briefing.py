"""What a pilot must know before he flies here: of his slot, and of what the range will do with his aircraft by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rangeops.domain.aircraft import Airframe, VehicleClass
from rangeops.domain.clearance_rules import ClearanceRules
from rangeops.domain.commands import CommandKind
from rangeops.domain.policy import Automation, Policy, Rung, RungPolicy
from rangeops.domain.slots import Slot
from rangeops.domain.volumes import Volume

_WHEN: Final = {
    Rung.WITHDRAWN: "It flies on after its clearance was withdrawn",
    Rung.FORECAST_EXIT: "It is about to leave its volume",
    Rung.OUTSIDE_FLIGHT_GEOGRAPHY: "It has left its volume",
    Rung.LEAVING_CONTINGENCY: "It has left the contingency volume",
    Rung.OUTSIDE_RANGE: "It has left the range",
}
_HOLD: Final = {
    VehicleClass.COPTER: "Hold is BRAKE: it locks the sticks. Nothing you move has any effect until you change the mode.",
    VehicleClass.PLANE: "Hold is LOITER: a circle of {radius:.0f} m where it is told; keep room for it.",
    VehicleClass.ROVER: "Hold is HOLD: it stops, and stays until you change the mode.",
}


@dataclass(frozen=True, slots=True)
class BriefingFacts:
    """volume: what the slot grants. rtl_altitude_m: above home; None: not given yet."""

    slot: Slot
    volume: Volume
    airframe: Airframe
    policy: Policy
    rules: ClearanceRules
    rtl_altitude_m: float | None


def briefing(facts: BriefingFacts) -> tuple[str, ...]:
    """One sentence or two a line, as the range's policy has it."""
    return tuple(_lines(facts))


def _lines(facts: BriefingFacts) -> Iterator[str]:
    slot, volume, airframe, rules = facts.slot, facts.volume, facts.airframe, facts.rules
    yield (
        f"{slot.callsign} flies in {slot.volume}, {slot.starts:%H:%M} to {slot.ends:%H:%M} UTC, "
        f"{volume.floor_amsl_m:.0f} to {volume.ceiling_amsl_m:.0f} m AMSL. The range calls you on {slot.call}."
    )
    yield _HOLD[airframe.vehicle_class].format(radius=airframe.loiter_radius_m)
    for rung in Rung:
        yield f"{_WHEN[rung]}: {_deed(facts.policy.at(rung))}"
    if facts.rtl_altitude_m is not None:
        yield f"A return to launch climbs to {facts.rtl_altitude_m:.0f} m above home: your height among the neighbours'."
    yield (
        "Nothing is sent on a position that can't be trusted: then your aircraft's own failsafes act, and you are called. "
        "LAND is never sent by itself inside the contingency volume."
    )
    yield "If you change the mode after a command of the range, it isn't fought: say at once what you do, and why."
    yield (
        f'Words: "hold {slot.callsign}", "return {slot.callsign}", "land {slot.callsign}". Echo them. '
        'Anybody may call hold. A bare "stop" or "terminate" is not used.'
    )
    if rules.per_take_off:
        yield "A clearance is for one take-off: when you have disarmed, ask again."
    yield (
        f"A clearance ends after {rules.ground_minutes:.0f} minutes on the ground. "
        "Five minutes and one minute before your slot's end you are called; in the air after it is an alarm."
    )


def _deed(rule: RungPolicy) -> str:
    command = _named(rule.command)
    then = f", after {rule.then_after_s:.0f} s {_named(rule.then)}" if rule.then is not None else ""
    match rule.automation:
        case Automation.AUTO:
            return f"the range sends {command} at once, by itself{then}."
        case Automation.CONFIRM:
            return f"an operator is asked to send {command}; you are called."
        case Automation.ADVISE:
            return f"an operator is alarmed, and calls you to {command}."


def _named(kind: CommandKind) -> str:
    return {CommandKind.HOLD: "hold", CommandKind.RTL: "return to launch", CommandKind.LAND: "LAND"}[kind]
