"""Which deed does what an order asks on this vehicle, or why none does: said before anything is sent.

Chosen by autopilot, class and mode of the HEARTBEAT and by the capabilities of AUTOPILOT_VERSION. Capabilities that
weren't heard are not there. Only what was proved with a firmware is offered: the rest is refused by name.
Source: ArduPilot 4.5's GCS_Mavlink.cpp of each vehicle; docs/mavlink.md, commands.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from rangeops.adapters.mavlink.deeds import (
    GIVE_UP_S,
    ArmedDeed,
    Ask,
    ContinueDeed,
    Deed,
    FenceDeed,
    GotoDeed,
    ModeDeed,
    PauseDeed,
    TakeoffDeed,
)
from rangeops.adapters.mavlink.messages import AutopilotVersion
from rangeops.adapters.mavlink.modes import CIRCLES_TO_HOLD, mode_called, mode_number, mode_parameters
from rangeops.adapters.mavlink.transactions import DO_FENCE_ENABLE, command_int, command_long
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.commands import STOPS, CommandKind, CommandOrder, CommandTarget
from rangeops.domain.telemetry import Autopilot, Heartbeat

DO_SET_MODE: Final = 176
NAV_TAKEOFF: Final = 22
DO_FLIGHTTERMINATION: Final = 185
DO_REPOSITION: Final = 192
DO_PAUSE_CONTINUE: Final = 193
COMPONENT_ARM_DISARM: Final = 400

CUSTOM_MODE: Final = 1.0  # MAV_MODE_FLAG_CUSTOM_MODE_ENABLED
_CHANGE_MODE: Final = 1.0  # MAV_DO_REPOSITION_FLAGS_CHANGE_MODE
_USUAL_SPEED: Final = -1.0

CAN_COMMAND_INT: Final = 8  # MAV_PROTOCOL_CAPABILITY
CAN_TERMINATE: Final = 2048
CAN_FENCE: Final = 16384

_K = CommandKind
_CAPABILITY: Final[Mapping[CommandKind, tuple[int, str]]] = {
    _K.GOTO: (CAN_COMMAND_INT, "take a place with the datum of its altitude (COMMAND_INT)"),
    _K.FENCE_ON: (CAN_FENCE, "hold a fence"),
    _K.FENCE_OFF: (CAN_FENCE, "hold a fence"),
    _K.TERMINATE: (CAN_TERMINATE, "be terminated: its firmware has no flight termination, or it is switched off"),
}
_AUTO: Final[Mapping[Autopilot, str]] = {Autopilot.ARDUPILOT: "AUTO", Autopilot.PX4: "AUTO.MISSION"}


@dataclass(frozen=True, slots=True)
class _Case:
    """An order and the vehicle that it is for, as that says of itself."""

    order: CommandOrder
    heartbeat: Heartbeat

    @property
    def vehicle(self) -> str:
        return f"{self.heartbeat.autopilot.value} {self.heartbeat.vehicle_class.value}"

    @property
    def is_ardupilot(self) -> bool:
        return self.heartbeat.autopilot is Autopilot.ARDUPILOT

    @property
    def is_ardu_copter(self) -> bool:
        return self.is_ardupilot and self.heartbeat.vehicle_class is VehicleClass.COPTER

    @property
    def target(self) -> CommandTarget:
        return self.order.target or CommandTarget()

    def mode(self, name: str) -> int | None:
        return mode_called(self.heartbeat.autopilot, self.heartbeat.vehicle_class, name)

    def long(self, command: int, *parameters: float) -> Ask:
        return Ask(command, lambda sent: command_long(self.order.sysid, command, parameters, confirmation=sent))

    def to_mode(self, mode: int) -> Ask:
        return self.long(DO_SET_MODE, CUSTOM_MODE, *mode_parameters(self.heartbeat.autopilot, mode))


def deed_for(order: CommandOrder, heartbeat: Heartbeat | None, identity: AutopilotVersion | None) -> Deed | str:
    """How this vehicle is told, or one clause why it isn't."""
    if heartbeat is None:
        return "nothing was heard of it yet"
    if order.kind in _CAPABILITY:
        bit, what = _CAPABILITY[order.kind]
        if identity is None:
            return "it hasn't said yet what it can do (AUTOPILOT_VERSION)"
        if not identity.capabilities & bit:
            return f"it can't {what}"
    return _DEEDS[order.kind](_Case(order, heartbeat))


def _stop(case: _Case) -> Deed | str:
    kind, heartbeat = case.order.kind, case.heartbeat
    mode = mode_number(heartbeat.autopilot, heartbeat.vehicle_class, kind)
    if mode is None:
        return f"it has no mode that does {kind.value}"
    stops = kind is _K.HOLD and heartbeat.vehicle_class not in CIRCLES_TO_HOLD
    return ModeDeed(mode, case.to_mode(mode), stops=stops, patience_s=GIVE_UP_S)


def _arm(case: _Case) -> Deed | str:
    """Without the magic numbers that skip the checks, or disarm in the air: they aren't in this program."""
    armed = case.order.kind is _K.ARM
    return ArmedDeed(case.long(COMPONENT_ARM_DISARM, 1.0 if armed else 0.0), armed=armed)


def _terminate(case: _Case) -> Deed | str:
    if not case.order.has_two_persons:
        return "it needs two persons' word"
    return ArmedDeed(case.long(DO_FLIGHTTERMINATION, 1.0), armed=False, ends=True)


def _take_off(case: _Case) -> Deed | str:
    """ArduCopter takes off in GUIDED. A fixed wing has no take-off command: it does so in AUTO or TAKEOFF."""
    guided, height_m = case.mode("GUIDED"), case.target.height_above_home_m
    if not case.is_ardu_copter or guided is None:
        return f"{case.vehicle} has no take-off to a height that the range gives"
    if height_m is None or not math.isfinite(height_m) or height_m <= 0:
        return "no height was given"
    up = case.long(NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, height_m)
    if case.heartbeat.mode_number == guided:
        return TakeoffDeed(height_m, up)
    return TakeoffDeed(height_m, case.to_mode(guided), up)


def _go_to(case: _Case) -> Deed | str:
    target, guided = case.target, case.mode("GUIDED")
    if not case.is_ardupilot or guided is None:
        return f"{case.vehicle} takes no place from the range: that isn't proved with it"
    latitude_deg, longitude_deg, altitude_amsl_m = target.latitude_deg, target.longitude_deg, target.altitude_amsl_m
    if latitude_deg is None or longitude_deg is None or altitude_amsl_m is None:
        return "no whole place was given"
    place = (latitude_deg, longitude_deg, altitude_amsl_m)
    if not all(math.isfinite(value) for value in place):
        return "the place isn't made of numbers"
    parameters = (_USUAL_SPEED, _CHANGE_MODE, 0.0, 0.0)
    ask = Ask(DO_REPOSITION, lambda _sent: command_int(case.order.sysid, DO_REPOSITION, parameters, place))
    hint = "a target outside the fence that is on board, perhaps" if case.is_ardu_copter else ""
    return GotoDeed(guided, ask, place=place, circles=case.heartbeat.vehicle_class in CIRCLES_TO_HOLD, hint=hint)


def _pause(case: _Case) -> Deed | str:
    """ArduCopter stops on its way and stays in AUTO; ArduPlane and Rover know no pause, so they hold."""
    auto = case.mode(_AUTO.get(case.heartbeat.autopilot, ""))
    if auto is None or case.heartbeat.mode_number != auto:
        return f"it flies no mission: it is in {case.heartbeat.mode or 'an unknown mode'}"
    if case.is_ardu_copter:
        return PauseDeed(auto, case.long(DO_PAUSE_CONTINUE, 0.0))
    hold = mode_number(case.heartbeat.autopilot, case.heartbeat.vehicle_class, _K.HOLD)
    if hold is None:
        return f"{case.vehicle} has no mode that holds"
    return ModeDeed(hold, case.to_mode(hold), stops=case.heartbeat.vehicle_class not in CIRCLES_TO_HOLD)


def _continue(case: _Case) -> Deed | str:
    """A copter that was paused is still in AUTO; from any other mode it is AUTO that goes on with the mission."""
    auto = case.mode(_AUTO.get(case.heartbeat.autopilot, ""))
    if auto is None:
        return f"{case.vehicle} has no mode that flies a mission, as far as the range knows"
    if case.is_ardu_copter and case.heartbeat.mode_number == auto:
        return ContinueDeed(auto, case.long(DO_PAUSE_CONTINUE, 1.0))
    return ModeDeed(auto, case.to_mode(auto), stops=False)


def _fence(case: _Case) -> Deed | str:
    if not case.is_ardupilot:
        return f"{case.vehicle} isn't told by this command"
    on = case.order.kind is _K.FENCE_ON
    return FenceDeed(case.long(DO_FENCE_ENABLE, 1.0 if on else 0.0), on=on)


def _on_the_ground(case: _Case) -> Deed | str:
    return f"{case.order.kind.value} is a procedure, not one command"


_DEEDS: Final[Mapping[CommandKind, Callable[[_Case], Deed | str]]] = {
    **dict.fromkeys(STOPS - {_K.TERMINATE}, _stop),
    _K.TERMINATE: _terminate,
    _K.ARM: _arm,
    _K.DISARM: _arm,
    _K.TAKEOFF: _take_off,
    _K.GOTO: _go_to,
    _K.PAUSE: _pause,
    _K.CONTINUE: _continue,
    _K.FENCE_ON: _fence,
    _K.FENCE_OFF: _fence,
    _K.LOAD_FENCE: _on_the_ground,
    _K.RESTORE: _on_the_ground,
}
