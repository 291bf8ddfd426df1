"""COMMAND_LONG and COMMAND_INT: each command, and the MAV_RESULT it is answered with."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rangeops.sim.arming import FORCE_ARM, FORCE_DISARM
from rangeops.sim.channel import Message, mavlink
from rangeops.sim.missions import RELATIVE_FRAMES, Item
from rangeops.sim.telemetry import BUILDERS, UNTOLD
from rangeops.sim.traits import Role

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

ACCEPTED: Final = int(mavlink.MAV_RESULT_ACCEPTED)
TEMPORARILY_REJECTED: Final = int(mavlink.MAV_RESULT_TEMPORARILY_REJECTED)
DENIED: Final = int(mavlink.MAV_RESULT_DENIED)
UNSUPPORTED: Final = int(mavlink.MAV_RESULT_UNSUPPORTED)
FAILED: Final = int(mavlink.MAV_RESULT_FAILED)
_REBOOT_WHILE_ARMED: Final = 20190226
_CHANGE_MODE: Final = 1  # MAV_DO_REPOSITION_FLAGS


@dataclass(frozen=True, slots=True)
class Order:
    """A command in either form. x, y: degrees; z: metres in `frame`."""

    channel: int
    command: int
    params: tuple[float, float, float, float]
    x: float
    y: float
    z: float
    frame: int
    as_int: bool

    def p(self, number: int) -> float:
        return self.params[number - 1]


def order_of(channel: int, message: Message) -> Order:
    # NaN means "as it is" in the protocol, and nothing here takes such a parameter.
    p1, p2, p3, p4 = (
        value if math.isfinite(value) else 0.0
        for value in (message.param1, message.param2, message.param3, message.param4)
    )
    params = (p1, p2, p3, p4)
    if message.get_type() == "COMMAND_INT":
        return Order(
            channel, message.command, params, message.x / 1e7, message.y / 1e7, message.z, message.frame, as_int=True
        )
    return Order(
        channel, message.command, params, message.param5, message.param6, message.param7,
        mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT, as_int=False,
    )  # fmt: skip


class Commands:
    """Carries out orders for one vehicle."""

    def __init__(self, vehicle: "Vehicle") -> None:
        self._vehicle = vehicle

    def received(self, channel: int, message: Message) -> None:
        order = order_of(channel, message)
        handler = _HANDLERS.get(order.command)
        faults = self._vehicle.faults
        if faults.ignore_commands:
            return
        mark = self._vehicle.outbox_mark()
        if faults.ack_but_ignore and order.command in _MOVING:
            result = ACCEPTED
        else:
            result = UNSUPPORTED if handler is None else handler(self, order)
        self._vehicle.send_at(
            mark,
            channel,
            mavlink.MAVLink_command_ack_message(
                order.command, result, 0, 0, message.get_srcSystem(), message.get_srcComponent()
            ),
        )

    def change_mode(self, role: Role) -> int:
        return ACCEPTED if self._vehicle.fly(role) else FAILED

    def set_mode(self, order: Order) -> int:
        if not int(order.p(1)) & mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED:
            return DENIED
        return ACCEPTED if self._vehicle.set_mode(int(order.p(2))) else FAILED

    def arm(self, order: Order) -> int:
        vehicle = self._vehicle
        if order.p(1) == 1:
            return ACCEPTED if vehicle.arming.arm(force=order.p(2) == FORCE_ARM) else FAILED
        if order.p(1) != 0:
            return UNSUPPORTED
        if not vehicle.armed:
            return ACCEPTED
        if not vehicle.land_complete and order.p(2) != FORCE_DISARM:
            return FAILED
        vehicle.disarm()
        return ACCEPTED

    def take_off(self, order: Order) -> int:
        vehicle = self._vehicle
        if not vehicle.craft.takes_off:
            return UNSUPPORTED
        height = order.z
        if not vehicle.armed or not vehicle.land_complete or not height > 0:
            return FAILED
        if not vehicle.mode.take_off(height):
            return FAILED
        vehicle.may_take_off = True
        return ACCEPTED

    def reposition(self, order: Order) -> int:
        if not order.as_int:
            return UNSUPPORTED
        return self._vehicle.reposition(order, change_mode=bool(int(order.p(2)) & _CHANGE_MODE))

    def change_speed(self, order: Order) -> int:
        if not order.p(2) > 0:
            return FAILED
        return ACCEPTED if self._vehicle.change_speed(int(order.p(1)), order.p(2)) else FAILED

    def fence_enable(self, order: Order) -> int:
        if order.p(1) not in {0, 1}:
            return ACCEPTED if order.p(1) == 2 else FAILED
        return ACCEPTED if self._vehicle.fence.enable(on=order.p(1) == 1) else FAILED

    def set_interval(self, order: Order) -> int:
        if order.p(3) != 0:
            return DENIED
        return self._vehicle.streams_of(order.channel).set_interval(int(order.p(1)), order.p(2))

    def get_interval(self, order: Order) -> int:
        message_id = int(order.p(1))
        interval = self._vehicle.streams_of(order.channel).interval_us(message_id)
        self._vehicle.send(order.channel, mavlink.MAVLink_message_interval_message(message_id & 0xFFFF, interval))
        return ACCEPTED

    def request_message(self, order: Order) -> int:
        message_id = int(order.p(1))
        if message_id == mavlink.MAVLINK_MSG_ID_MESSAGE_INTERVAL:
            wanted = int(order.p(2))
            interval = self._vehicle.streams_of(order.channel).interval_us(wanted)
            self._vehicle.send(order.channel, mavlink.MAVLink_message_interval_message(wanted & 0xFFFF, interval))
            return ACCEPTED
        if message_id not in BUILDERS:
            return ACCEPTED if message_id in UNTOLD else FAILED
        message = self._vehicle.message(message_id)
        if message is not None:  # what there isn't is asked for in vain, and accepted
            self._vehicle.send(order.channel, message)
        return ACCEPTED

    def version(self, order: Order) -> int:
        self._vehicle.send(order.channel, BUILDERS[mavlink.MAVLINK_MSG_ID_AUTOPILOT_VERSION](self._vehicle))
        return ACCEPTED

    def set_home(self, order: Order) -> int:
        vehicle = self._vehicle
        if order.p(1) == 1:
            return ACCEPTED if vehicle.set_home_here(lock=True) else FAILED
        if not (math.isfinite(order.x) and math.isfinite(order.y)) or (order.x == 0 and order.y == 0):
            return FAILED
        frame = order.frame if order.as_int else mavlink.MAV_FRAME_GLOBAL
        item = Item(0, frame=frame, x=round(order.x * 1e7), y=round(order.y * 1e7), z=order.z)
        return ACCEPTED if vehicle.set_home_to(item) else FAILED

    def get_home(self, order: Order) -> int:
        home = BUILDERS[mavlink.MAVLINK_MSG_ID_HOME_POSITION](self._vehicle)
        if home is None:
            return FAILED
        self._vehicle.send(order.channel, home)
        origin = BUILDERS[mavlink.MAVLINK_MSG_ID_GPS_GLOBAL_ORIGIN](self._vehicle)
        if origin is not None:
            self._vehicle.send(order.channel, origin)
        return ACCEPTED

    def mission_start(self, _order: Order) -> int:
        if not self._vehicle.fly(Role.AUTO):
            return FAILED
        self._vehicle.may_take_off = True
        return ACCEPTED

    def set_current(self, order: Order) -> int:
        return ACCEPTED if self._vehicle.mission.choose(int(order.p(1))) else DENIED

    def pause(self, order: Order) -> int:
        vehicle = self._vehicle
        if not vehicle.craft.pauses:
            return UNSUPPORTED
        if order.p(1) == 0:
            if vehicle.mode.pause():
                return ACCEPTED
            vehicle.text(mavlink.MAV_SEVERITY_INFO, "Failed to pause")
            return FAILED
        if vehicle.mode.resume():
            return ACCEPTED
        vehicle.text(mavlink.MAV_SEVERITY_INFO, "Failed to resume")
        return FAILED

    def terminate(self, order: Order) -> int:
        """A copter can, whatever its parameters: the motors stop in the air, and it falls. It can't be taken back."""
        vehicle = self._vehicle
        if not vehicle.craft.terminates:
            vehicle.text(mavlink.MAV_SEVERITY_INFO, "AFS not enabled, can't terminate the vehicle")
            return FAILED
        if order.p(1) <= 0.5:
            return FAILED
        vehicle.disarm()
        return ACCEPTED

    def reboot(self, order: Order) -> int:
        vehicle = self._vehicle
        if order.p(1) not in {1, 3}:
            return UNSUPPORTED
        param6 = round(order.y * 1e7) if order.as_int else order.y
        if vehicle.armed and param6 != _REBOOT_WHILE_ARMED:
            return FAILED
        vehicle.reboot()
        return ACCEPTED

    def pre_arm(self, _order: Order) -> int:
        vehicle = self._vehicle
        if vehicle.armed:
            return TEMPORARILY_REJECTED
        for problem in vehicle.arming.problems():
            vehicle.text(mavlink.MAV_SEVERITY_CRITICAL, f"PreArm: {problem}")
        return ACCEPTED

    def calibrate(self, _order: Order) -> int:
        return TEMPORARILY_REJECTED if self._vehicle.armed else ACCEPTED

    def banner(self, _order: Order) -> int:
        self._vehicle.say_banner()
        return ACCEPTED

    def yaw(self, order: Order) -> int:
        """param1: degrees, from the heading on where param4 is 1, counter-clockwise where param3 is negative."""
        vehicle = self._vehicle
        if not vehicle.craft.yaws:
            return UNSUPPORTED
        if not 0 <= order.p(1) <= 360 or order.p(4) not in {0, 1}:
            return FAILED
        turn = math.radians(order.p(1))
        if order.p(4) == 1:
            turn = vehicle.motion.heading_rad + (-turn if order.p(3) < 0 else turn)
        vehicle.mode.face(turn)
        return ACCEPTED

    def accept(self, _order: Order) -> int:
        return ACCEPTED


def _mode(role: Role) -> Callable[[Commands, Order], int]:
    return lambda commands, _order: commands.change_mode(role)


_HANDLERS: Final[Mapping[int, Callable[[Commands, Order], int]]] = {
    mavlink.MAV_CMD_NAV_LOITER_UNLIM: _mode(Role.LOITER),
    mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH: _mode(Role.RTL),
    mavlink.MAV_CMD_NAV_LAND: _mode(Role.LAND),
    mavlink.MAV_CMD_NAV_TAKEOFF: Commands.take_off,
    mavlink.MAV_CMD_CONDITION_YAW: Commands.yaw,
    mavlink.MAV_CMD_DO_SET_MODE: Commands.set_mode,
    mavlink.MAV_CMD_DO_CHANGE_SPEED: Commands.change_speed,
    mavlink.MAV_CMD_DO_SET_HOME: Commands.set_home,
    mavlink.MAV_CMD_DO_FLIGHTTERMINATION: Commands.terminate,
    mavlink.MAV_CMD_DO_REPOSITION: Commands.reposition,
    mavlink.MAV_CMD_DO_PAUSE_CONTINUE: Commands.pause,
    mavlink.MAV_CMD_DO_SET_ROI: Commands.accept,
    mavlink.MAV_CMD_DO_SET_ROI_LOCATION: Commands.accept,
    mavlink.MAV_CMD_DO_SET_ROI_NONE: Commands.accept,
    mavlink.MAV_CMD_DO_FENCE_ENABLE: Commands.fence_enable,
    mavlink.MAV_CMD_DO_SET_MISSION_CURRENT: Commands.set_current,
    mavlink.MAV_CMD_PREFLIGHT_CALIBRATION: Commands.calibrate,
    mavlink.MAV_CMD_PREFLIGHT_REBOOT_SHUTDOWN: Commands.reboot,
    mavlink.MAV_CMD_MISSION_START: Commands.mission_start,
    mavlink.MAV_CMD_COMPONENT_ARM_DISARM: Commands.arm,
    mavlink.MAV_CMD_RUN_PREARM_CHECKS: Commands.pre_arm,
    mavlink.MAV_CMD_GET_HOME_POSITION: Commands.get_home,
    mavlink.MAV_CMD_GET_MESSAGE_INTERVAL: Commands.get_interval,
    mavlink.MAV_CMD_SET_MESSAGE_INTERVAL: Commands.set_interval,
    mavlink.MAV_CMD_REQUEST_MESSAGE: Commands.request_message,
    mavlink.MAV_CMD_REQUEST_AUTOPILOT_CAPABILITIES: Commands.version,
    mavlink.MAV_CMD_DO_SEND_BANNER: Commands.banner,
}

# What the fault "ack_but_ignore" pretends to do.
_MOVING: Final = frozenset(
    [
        mavlink.MAV_CMD_NAV_LOITER_UNLIM, mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH, mavlink.MAV_CMD_NAV_LAND,
        mavlink.MAV_CMD_NAV_TAKEOFF, mavlink.MAV_CMD_DO_SET_MODE, mavlink.MAV_CMD_DO_CHANGE_SPEED,
        mavlink.MAV_CMD_DO_FLIGHTTERMINATION, mavlink.MAV_CMD_DO_REPOSITION, mavlink.MAV_CMD_DO_PAUSE_CONTINUE,
        mavlink.MAV_CMD_MISSION_START, mavlink.MAV_CMD_COMPONENT_ARM_DISARM, mavlink.MAV_CMD_DO_FENCE_ENABLE,
    ]
)  # fmt: skip


def height_up_m(vehicle: "Vehicle", frame: int, z: float) -> float:
    """A target's height over the starting point."""
    return vehicle.home_up_m + z if frame in RELATIVE_FRAMES else z - vehicle.ground_amsl_m
