"""What a scripted pilot does: each task sends, sees what comes of it, and sends again."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from rangeops.sim.channel import Message, mavlink
from rangeops.sim.missions import Item
from rangeops.sim.plan import load_plan

if TYPE_CHECKING:
    from rangeops.sim.pilot import Pilot

_ACK_WITHIN_S: Final = 1.5
_AFTER_REFUSAL_S: Final = 2.0
STOPS: Final[Mapping[str, tuple[str, ...]]] = {
    "hold": ("BRAKE", "HOLD", "LOITER"),
    "rtl": ("RTL",),
    "land": ("LAND", "RTL", "HOLD"),
}
"""A word by radio, and the modes that do it: the first that the vehicle has."""

_POSITION_ONLY: Final = 0x0DF8
_TAKEN_OFF_SHARE: Final = 0.95


class Task(Protocol):
    """One action under way. `tick` sends and sends again; `heard` sees every message of the vehicle."""

    done: bool

    def tick(self, pilot: "Pilot") -> None: ...
    def heard(self, pilot: "Pilot", message: Message) -> None: ...


class _Asking:
    """Ask, wait for the acknowledgement, ask again."""

    done = False

    def __init__(self) -> None:
        self._ask_at_s = float("-inf")
        self._asked = 0

    def tick(self, pilot: "Pilot") -> None:
        if pilot.now.monotonic_s >= self._ask_at_s:
            self._ask_at_s = pilot.now.monotonic_s + _ACK_WITHIN_S
            self.ask(pilot, self._asked % 256)
            self._asked += 1

    def ask(self, pilot: "Pilot", confirmation: int) -> None:
        raise NotImplementedError

    def heard(self, pilot: "Pilot", message: Message) -> None: ...

    def later(self, pilot: "Pilot") -> None:
        self._ask_at_s = pilot.now.monotonic_s + _AFTER_REFUSAL_S
        self._asked = 0

    def refused(self, pilot: "Pilot", message: Message, command: int, what: str) -> bool:
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

    def ask(self, pilot: "Pilot", confirmation: int) -> None:
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
        asked = () if self._starts_mission else (1, number)
        pilot.command(self._command, *asked, confirmation=confirmation)

    @property
    def _starts_mission(self) -> bool:
        """AUTO by this lets a copter leave the ground though nobody raises a throttle."""
        return self._name == "AUTO"

    @property
    def _command(self) -> int:
        return int(mavlink.MAV_CMD_MISSION_START if self._starts_mission else mavlink.MAV_CMD_DO_SET_MODE)

    def heard(self, pilot: "Pilot", message: Message) -> None:
        if message.get_type() == "HEARTBEAT" and message.custom_mode == pilot.mode_number(self._name) and self._asked:
            self.done = True
        self.refused(pilot, message, self._command, self._name)


class Stopping(ChangeMode):
    """What he was told by radio: hold, come home or land, in his vehicle's own words."""

    def __init__(self, pilot: "Pilot", word: str) -> None:
        super().__init__(next(mode for mode in STOPS[word] if pilot.mode_number(mode) is not None))


class Arm(_Asking):
    """GUIDED first, in which it can be armed and takes off."""

    def ask(self, pilot: "Pilot", confirmation: int) -> None:
        if pilot.armed:
            self.done = True
            return
        guided = pilot.mode_number("GUIDED")
        if guided is not None and pilot.mode != guided:
            pilot.command(mavlink.MAV_CMD_DO_SET_MODE, 1, guided)
        if confirmation == 0:
            pilot.log("arms")
        pilot.command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1, confirmation=confirmation)

    def heard(self, pilot: "Pilot", message: Message) -> None:
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

    def ask(self, pilot: "Pilot", confirmation: int) -> None:
        if self._accepted and not pilot.on_ground:
            return
        if not pilot.armed:
            pilot.log("finds it disarmed, and arms again")
            pilot.command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1)
        if confirmation == 0:
            pilot.log(f"takes off to {self._height_m:g} m")
        if not self._accepted or not pilot.armed:
            pilot.command(mavlink.MAV_CMD_NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, self._height_m, confirmation=confirmation)

    def heard(self, pilot: "Pilot", message: Message) -> None:
        if message.get_type() == "COMMAND_ACK" and message.command == mavlink.MAV_CMD_NAV_TAKEOFF:
            self._accepted = message.result == mavlink.MAV_RESULT_ACCEPTED
        self.refused(pilot, message, mavlink.MAV_CMD_NAV_TAKEOFF, "the take-off")
        self.done = pilot.height_m >= self._height_m * _TAKEN_OFF_SHARE and not pilot.on_ground


class GoTo(_Asking):
    """GUIDED, and once it is seen in it, the target: sent once, for nothing tells whether it was taken."""

    def __init__(self, latitude_deg: float, longitude_deg: float, height_m: float) -> None:
        super().__init__()
        self._target = (round(latitude_deg * 1e7), round(longitude_deg * 1e7), height_m)

    def ask(self, pilot: "Pilot", confirmation: int) -> None:
        guided = pilot.mode_number("GUIDED")
        if guided is None:
            self.done = True
        elif pilot.mode != guided:
            pilot.command(mavlink.MAV_CMD_DO_SET_MODE, 1, guided, confirmation=confirmation)
            self._ask_at_s = pilot.now.monotonic_s + 0.2
        else:
            pilot.log(f"sends it to {self._target[0] / 1e7:.6f}, {self._target[1] / 1e7:.6f}")
            pilot.send(self._order(pilot))
            self.done = True

    def _order(self, pilot: "Pilot") -> Message:
        """A plane takes no position target: it wants DO_REPOSITION."""
        if pilot.is_plane:
            return mavlink.MAVLink_command_int_message(
                pilot.target, 1, mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT, mavlink.MAV_CMD_DO_REPOSITION, 0, 0, -1, 1, 0, 0,
                *self._target,
            )  # fmt: skip
        return mavlink.MAVLink_set_position_target_global_int_message(
            0, pilot.target, 1, mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT, _POSITION_ONLY, *self._target,
            0, 0, 0, 0, 0, 0, 0, 0,
        )  # fmt: skip


class Upload(_Asking):
    def __init__(self, items: Sequence[Item], name: str) -> None:
        super().__init__()
        self._items = items
        self._name = name

    def ask(self, pilot: "Pilot", confirmation: int) -> None:
        if confirmation == 0:
            pilot.log(f"uploads {self._name}, {len(self._items)} items")
        pilot.send(mavlink.MAVLink_mission_count_message(pilot.target, 1, len(self._items)))

    def heard(self, pilot: "Pilot", message: Message) -> None:
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

    def _send(self, pilot: "Pilot", seq: int) -> None:
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

    def tick(self, pilot: "Pilot") -> None:
        if self._upload is None and pilot.cleared_plan is not None:
            self._upload = Upload(load_plan(pilot.cleared_plan), pilot.cleared_plan.name)
        if self._upload is not None:
            self._upload.tick(pilot)
            self.done = self._upload.done

    def heard(self, pilot: "Pilot", message: Message) -> None:
        if self._upload is not None:
            self._upload.heard(pilot, message)
