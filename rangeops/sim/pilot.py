"""A scripted pilot: a ground station (sysid 255) inside the simulator, on a channel of its own that carries bytes.

It does what a person at a ground station does: uploads, arms, and asks again where the vehicle isn't ready yet. It never
repeats a command that the vehicle has obeyed, so it doesn't fight whoever takes over.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rangeops.domain.errors import Invalid, RangeopsError
from rangeops.domain.now import Now
from rangeops.sim.channel import Channel, Message, mavlink
from rangeops.sim.pilot_tasks import STOPS, Arm, ChangeMode, GoTo, Stopping, TakeOffTo, Task, Upload, WaitForPlan
from rangeops.sim.plan import load_plan
from rangeops.sim.scenario import Do, PilotStep, VehicleSpec, When

_LOG = logging.getLogger("rangeops.sim.pilot")
WORDS: Final = (When.CLEARED.value, *STOPS)
"""What a pilot understands over the control channel."""

_SYSID: Final = 255
_COMPID: Final = 190
_ASK_AGAIN_S: Final = 1.5
_HEARTBEAT_S: Final = 1.0
_ASKED_INTERVALS_US: Final = {
    mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: 500_000,
    mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE: 500_000,
}


class Pilot:
    def __init__(
        self, spec: VehicleSpec, modes: Callable[[str], int | None], swap_battery: Callable[[], None], now: Now
    ) -> None:
        self.name = spec.callsign
        self.target = spec.sysid
        self._steps = spec.pilot
        self._modes = modes
        self.swap_battery = swap_battery
        self._codec = Channel(_SYSID, _COMPID)
        self._out: list[bytes] = []
        self.now = now
        self._index = 0
        self._since_s = now.monotonic_s
        self._task: Task | None = None
        self._heartbeat_s = now.monotonic_s
        self._asked_s = float("-inf")
        self._hears_positions = False
        self._cleared = False
        self.cleared_plan: Path | None = None
        self._flown = False
        self.reached: set[int] = set()
        self.is_plane = False
        self.armed = False
        self.mode = 0
        self.height_m = 0.0
        self.on_ground = True

    @property
    def step_number(self) -> int:
        """Counted from 1, as `from_step` counts; one past the last when the script is done."""
        return self._index + 1

    def say(self, word: str, plan: Path | None) -> None:
        """A word over the control channel. Raises RangeopsError where he doesn't know it, or can't fly the plan."""
        if word not in WORDS:
            known = ", ".join(WORDS)
            raise Invalid(f"the pilot doesn't know the word {word!r:.40}", where="say", do=f"Say one of {known}.")
        if word == When.CLEARED.value:
            if plan is not None:
                load_plan(plan)
                self.cleared_plan = plan
            self._cleared = True
            self.log(f"is told: cleared{f' with {plan.name}' if plan else ''}")
        else:
            self.log(f"is told: {word}")
            self._index = len(self._steps)  # he leaves his plan
            self._task = Stopping(self, word)

    def receive(self, data: bytes, now: Now) -> list[bytes]:
        self.now = now
        for message in self._codec.decode(data):
            if message.get_srcSystem() == self.target:
                self._note(message)
                if self._task is not None:
                    self._task.heard(self, message)
        return self._drain()

    def step(self, now: Now) -> list[bytes]:
        self.now = now
        if now.monotonic_s >= self._heartbeat_s:
            self._heartbeat_s = now.monotonic_s + _HEARTBEAT_S
            self.send(
                mavlink.MAVLink_heartbeat_message(
                    mavlink.MAV_TYPE_GCS, mavlink.MAV_AUTOPILOT_INVALID, 0, 0, mavlink.MAV_STATE_ACTIVE, 3
                )
            )
        if not self._hears_positions and now.monotonic_s - self._asked_s > _ASK_AGAIN_S:
            self._asked_s = now.monotonic_s
            for message_id, interval_us in _ASKED_INTERVALS_US.items():
                self.command(mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, message_id, interval_us)
        self._go_on()
        return self._drain()

    # --- for its tasks -----------------------------------------------------------------------------------------------

    def send(self, message: Message) -> None:
        self._out.append(self._codec.encode(message))

    def command(self, command: int, *params: float, confirmation: int = 0) -> None:
        padded = [*params, *[0.0] * (7 - len(params))]
        self.send(mavlink.MAVLink_command_long_message(self.target, 1, command, confirmation, *padded))

    def log(self, text: str) -> None:
        _LOG.info("%s: pilot %s", self.name, text)

    def mode_number(self, name: str) -> int | None:
        return self._modes(name)

    # -----------------------------------------------------------------------------------------------------------------

    def _drain(self) -> list[bytes]:
        out, self._out = self._out, []
        return out

    def _note(self, message: Message) -> None:
        match message.get_type():
            case "HEARTBEAT":
                self.armed = bool(message.base_mode & mavlink.MAV_MODE_FLAG_SAFETY_ARMED)
                self.mode = message.custom_mode
                self.is_plane = message.type == mavlink.MAV_TYPE_FIXED_WING
            case "GLOBAL_POSITION_INT":
                self._hears_positions = True
                self.height_m = message.relative_alt / 1000
            case "EXTENDED_SYS_STATE":
                self.on_ground = message.landed_state == mavlink.MAV_LANDED_STATE_ON_GROUND
                self._flown |= not self.on_ground
            case "MISSION_ITEM_REACHED":
                self.reached.add(message.seq)
            case "STATUSTEXT" if message.text == "ArduPilot Ready":
                self._hears_positions = False  # it restarted: its streams are gone

    def _go_on(self) -> None:
        if self._task is not None:
            self._task.tick(self)
            if not self._task.done:
                return
            self._task = None
            self._next(self._index + 1)
        if self._index >= len(self._steps):
            return
        step = self._steps[self._index]
        if self.now.monotonic_s - self._since_s < step.after_s or not self._holds(step):
            return
        if step.do is Do.REPEAT:
            self.log(f"goes on with step {step.from_step}")
            self._next(step.from_step - 1)
            return
        self._task = self._task_for(step)
        if self._task is None:
            self._next(self._index + 1)

    def _next(self, index: int) -> None:
        self._index = index
        self._since_s = self.now.monotonic_s

    def _holds(self, step: PilotStep) -> bool:
        match step.when:
            case When.CLEARED if self._cleared:
                self._cleared = False
            case When.LANDED if self._flown and self.on_ground and not self.armed:
                self._flown = False
                self.log("has landed")
            case When.REACHED if step.item in self.reached:
                self.log(f"sees item {step.item} reached")
            case When.HELD if self._is_held():
                self.log("sees it held")
            case When.AT_ONCE:
                pass
            case _:
                return False
        return True

    def _is_held(self) -> bool:
        """It is in the mode by which the range, or anybody, holds a vehicle of its class."""
        return self.mode == next((n for name in STOPS["hold"] if (n := self._modes(name)) is not None), None)

    def _task_for(self, step: PilotStep) -> Task | None:
        """None where the step is done at once."""
        if step.do is Do.UPLOAD_MISSION:
            return self._upload(step)
        if step.do is Do.ARM:
            self.reached.clear()
        elif step.do is Do.SWAP_BATTERY:
            self.log("swaps the battery")
            self.swap_battery()
        return _task_of(step)

    def _upload(self, step: PilotStep) -> Task | None:
        path = step.plan or self.cleared_plan
        if path is None:
            self.log("has no plan to upload, and waits to be cleared with one")
            self._since_s = self.now.monotonic_s
            return WaitForPlan()
        try:
            items = load_plan(path)
        except RangeopsError as e:
            self.log(f"can't upload: {e}")
            return None
        self.reached.clear()
        return Upload(items, path.name)


def _task_of(step: PilotStep) -> Task | None:
    if step.do is Do.GOTO and step.position is not None:
        return GoTo(step.position.latitude_deg, step.position.longitude_deg, step.altitude_m)
    make: dict[Do, Callable[[], Task]] = {
        Do.ARM: Arm,
        Do.TAKEOFF: lambda: TakeOffTo(step.altitude_m),
        Do.MODE: lambda: ChangeMode(step.mode),
        Do.LAND: lambda: ChangeMode("LAND"),
    }
    return make[step.do]() if step.do in make else None
