"""A scripted pilot: a ground station (sysid 255) inside the simulator, on a channel of its own that carries bytes.

It does what a person at a ground station does: uploads, arms, and asks again where the vehicle isn't ready yet. It never
repeats a command that the vehicle has obeyed, so it doesn't fight whoever takes over.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from rangeops.domain.errors import RangeopsError
from rangeops.domain.now import Now
from rangeops.sim.channel import Channel, Message, mavlink
from rangeops.sim.missions import Item
from rangeops.sim.plan import load_plan
from rangeops.sim.scenario import Do, PilotStep, VehicleSpec, When

_LOG = logging.getLogger("rangeops.sim.pilot")
_SYSID: Final = 255
_COMPID: Final = 190
_ACK_WITHIN_S: Final = 1.5
_AFTER_REFUSAL_S: Final = 2.0
_HEARTBEAT_S: Final = 1.0
_POSITION_ONLY: Final = 0x0DF8
_ASKED_INTERVALS_US: Final = {
    mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: 500_000,
    mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE: 500_000,
}
_TAKEN_OFF_SHARE: Final = 0.95


class Task(Protocol):
    """One action under way. `tick` sends and sends again; `heard` sees every message of the vehicle."""

    done: bool

    def tick(self, pilot: "Pilot") -> None: ...
    def heard(self, pilot: "Pilot", message: Message) -> None: ...


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
        self.armed = False
        self.mode = 0
        self.height_m = 0.0
        self.on_ground = True

    @property
    def step_number(self) -> int:
        """Counted from 1, as `from_step` counts; one past the last when the script is done."""
        return self._index + 1

    def say(self, word: str, plan: Path | None) -> None:
        """A word over the control channel. Raises RangeopsError where the plan can't be flown."""
        if word == When.CLEARED.value:
            if plan is not None:
                load_plan(plan)
                self.cleared_plan = plan
            self._cleared = True
            self.log(f"is told: cleared{f' with {plan.name}' if plan else ''}")

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
        if not self._hears_positions and now.monotonic_s - self._asked_s > _ACK_WITHIN_S:
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
            case "GLOBAL_POSITION_INT":
                self._hears_positions = True
                self.height_m = message.relative_alt / 1000
            case "EXTENDED_SYS_STATE":
                self.on_ground = message.landed_state == mavlink.MAV_LANDED_STATE_ON_GROUND
                self._flown |= not self.on_ground
            case "MISSION_ITEM_REACHED":
                self.reached.add(message.seq)
            case "SYSTEM_TIME" | "STATUSTEXT" if getattr(message, "text", "").startswith("ArduPilot Ready"):
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
            case When.AT_ONCE:
                pass
            case _:
                return False
        return True

    def _task_for(self, step: PilotStep) -> Task | None:
        match step.do:
            case Do.UPLOAD_MISSION:
                return self._upload(step)
            case Do.ARM:
                self.reached.clear()
                return Arm()
            case Do.TAKEOFF:
                return TakeOffTo(step.altitude_m)
            case Do.MODE:
                return ChangeMode(step.mode)
            case Do.GOTO:
                assert step.position is not None
                return GoTo(step.position.latitude_deg, step.position.longitude_deg, step.altitude_m)
            case Do.LAND:
                return ChangeMode("LAND")
            case Do.SWAP_BATTERY:
                self.log("swaps the battery")
                self.swap_battery()
        return None

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


class _Asking:
    """Ask, wait for the acknowledgement, ask again."""

    done = False

    def __init__(self) -> None:
        self._ask_at_s = float("-inf")
        self._asked = 0

    def tick(self, pilot: Pilot) -> None:
        if pilot.now.monotonic_s >= self._ask_at_s:
            self._ask_at_s = pilot.now.monotonic_s + _ACK_WITHIN_S
            self.ask(pilot, self._asked % 256)
            self._asked += 1

    def ask(self, pilot: Pilot, confirmation: int) -> None:
        raise NotImplementedError

    def heard(self, pilot: Pilot, message: Message) -> None: ...

    def later(self, pilot: Pilot) -> None:
        self._ask_at_s = pilot.now.monotonic_s + _AFTER_REFUSAL_S
        self._asked = 0

    def refused(self, pilot: Pilot, message: Message, command: int, what: str) -> bool:
        if message.get_type() != "COMMAND_ACK" or message.command != command:
            return False
        if message.result in {mavlink.MAV_RESULT_ACCEPTED, mavlink.MAV_RESULT_IN_PROGRESS}:
            return False
        pilot.log(f"is refused {what} ({message.result}), and asks again")
        self.later(pilot)
        return True


class ChangeMode(_Asking):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name.upper()

    def ask(self, pilot: Pilot, confirmation: int) -> None:
        number = pilot.mode_number(self._name)
        if number is None:
            pilot.log(f"knows no mode {self._name}")
            self.done = True
            return
        if pilot.mode == number and confirmation > 0:
            self.done = True
            return
        if confirmation == 0:
            pilot.log(f"wants {self._name}")
        pilot.command(mavlink.MAV_CMD_DO_SET_MODE, 1, number, confirmation=confirmation)

    def heard(self, pilot: Pilot, message: Message) -> None:
        if message.get_type() == "HEARTBEAT" and message.custom_mode == pilot.mode_number(self._name) and self._asked:
            self.done = True
        self.refused(pilot, message, mavlink.MAV_CMD_DO_SET_MODE, self._name)


class Arm(_Asking):
    """GUIDED first, in which it can be armed and takes off."""

    def ask(self, pilot: Pilot, confirmation: int) -> None:
        if pilot.armed:
            self.done = True
            return
        guided = pilot.mode_number("GUIDED")
        if guided is not None and pilot.mode != guided:
            pilot.command(mavlink.MAV_CMD_DO_SET_MODE, 1, guided)
        if confirmation == 0:
            pilot.log("arms")
        pilot.command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1, confirmation=confirmation)

    def heard(self, pilot: Pilot, message: Message) -> None:
        if message.get_type() == "COMMAND_ACK" and message.command == mavlink.MAV_CMD_COMPONENT_ARM_DISARM:
            self.done = message.result == mavlink.MAV_RESULT_ACCEPTED
            pilot.armed |= self.done
        elif message.get_type() == "HEARTBEAT" and pilot.armed and self._asked:
            self.done = True
        self.refused(pilot, message, mavlink.MAV_CMD_COMPONENT_ARM_DISARM, "arming")


class TakeOffTo(_Asking):
    def __init__(self, height_m: float) -> None:
        super().__init__()
        self._height_m = height_m
        self._accepted = False

    def ask(self, pilot: Pilot, confirmation: int) -> None:
        if self._accepted and not pilot.on_ground:
            return
        if not pilot.armed:
            pilot.log("finds it disarmed, and arms again")
            pilot.command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1)
        if confirmation == 0:
            pilot.log(f"takes off to {self._height_m:g} m")
        if not self._accepted or not pilot.armed:
            pilot.command(mavlink.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, self._height_m, confirmation=confirmation)

    def heard(self, pilot: Pilot, message: Message) -> None:
        if message.get_type() == "COMMAND_ACK" and message.command == mavlink.MAV_CMD_NAV_TAKEOFF:
            self._accepted = message.result == mavlink.MAV_RESULT_ACCEPTED
        self.refused(pilot, message, mavlink.MAV_CMD_NAV_TAKEOFF, "the take-off")
        self.done = pilot.height_m >= self._height_m * _TAKEN_OFF_SHARE and not pilot.on_ground


class GoTo(_Asking):
    """GUIDED, and once it is seen in it, the target: sent once, for nothing tells whether it was taken."""

    def __init__(self, latitude_deg: float, longitude_deg: float, height_m: float) -> None:
        super().__init__()
        self._target = (round(latitude_deg * 1e7), round(longitude_deg * 1e7), height_m)

    def ask(self, pilot: Pilot, confirmation: int) -> None:
        guided = pilot.mode_number("GUIDED")
        if guided is None:
            self.done = True
        elif pilot.mode != guided:
            pilot.command(mavlink.MAV_CMD_DO_SET_MODE, 1, guided, confirmation=confirmation)
            self._ask_at_s = pilot.now.monotonic_s + 0.2
        else:
            pilot.log(f"sends it to {self._target[0] / 1e7:.6f}, {self._target[1] / 1e7:.6f}")
            pilot.send(
                mavlink.MAVLink_set_position_target_global_int_message(
                    0, pilot.target, 1, mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT, _POSITION_ONLY, *self._target,
                    0, 0, 0, 0, 0, 0, 0, 0,
                )
            )  # fmt: skip
            self.done = True


class Upload(_Asking):
    def __init__(self, items: Sequence[Item], name: str) -> None:
        super().__init__()
        self._items = items
        self._name = name

    def ask(self, pilot: Pilot, confirmation: int) -> None:
        if confirmation == 0:
            pilot.log(f"uploads {self._name}, {len(self._items)} items")
        pilot.send(mavlink.MAVLink_mission_count_message(pilot.target, 1, len(self._items)))

    def heard(self, pilot: Pilot, message: Message) -> None:
        kind = message.get_type()
        if kind in {"MISSION_REQUEST", "MISSION_REQUEST_INT"} and message.mission_type == 0:
            self._ask_at_s = pilot.now.monotonic_s + 10 * _ACK_WITHIN_S  # the vehicle asks again by itself
            if message.seq < len(self._items):
                self._send(pilot, message.seq)
        elif kind == "MISSION_ACK" and message.mission_type == 0:
            if message.type == mavlink.MAV_MISSION_ACCEPTED:
                self.done = True
            else:
                pilot.log(f"is refused the mission ({message.type}), and uploads again")
                self.later(pilot)

    def _send(self, pilot: Pilot, seq: int) -> None:
        item = self._items[seq]
        pilot.send(
            mavlink.MAVLink_mission_item_int_message(
                pilot.target, 1, seq, item.frame, item.command, 0, 1,
                item.param1, item.param2, item.param3, item.param4, item.x, item.y, item.z,
            )
        )  # fmt: skip


class WaitForPlan:
    """An upload without a plan: it goes on when the pilot has been cleared with one."""

    done = False

    def __init__(self) -> None:
        self._upload: Upload | None = None

    def tick(self, pilot: Pilot) -> None:
        if self._upload is None and pilot.cleared_plan is not None:
            self._upload = Upload(load_plan(pilot.cleared_plan), pilot.cleared_plan.name)
        if self._upload is not None:
            self._upload.tick(pilot)
            self.done = self._upload.done

    def heard(self, pilot: Pilot, message: Message) -> None:
        if self._upload is not None:
            self._upload.heard(pilot, message)
