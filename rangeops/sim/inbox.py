"""Which part of the vehicle answers which message."""

import math
import struct
from typing import TYPE_CHECKING, Final

from rangeops.sim.channel import Message, mavlink
from rangeops.sim.commands import ACCEPTED, FAILED, height_up_m
from rangeops.sim.modes import FlightMode
from rangeops.sim.telemetry import autopilot_version
from rangeops.sim.traits import Role

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_AUTOPILOT: Final = 1  # its component
_FARTHEST_M: Final = 1e6  # a target beyond is none
_IGNORE_POSITION: Final = 0x007
_IGNORE_VELOCITY: Final = 0x038
_IGNORE_YAW: Final = 0x400
_FTP_NAK, _FTP_ACK = 129, 128
_FTP_TERMINATE, _FTP_RESET, _FTP_OPEN_READ = 1, 2, 4
_FTP_FILE_NOT_FOUND, _FTP_UNKNOWN_COMMAND = 10, 7


class Inbox:
    """Dispatch of one vehicle's incoming messages."""

    def __init__(self, vehicle: "Vehicle") -> None:
        self._vehicle = vehicle
        self._components: dict[int, int] = {}  # heard of this system's own: the channel of each
        self._handlers = {
            "HEARTBEAT": self._heartbeat,
            "COMMAND_LONG": self._vehicle.commands.received,
            "COMMAND_INT": self._vehicle.commands.received,
            "PARAM_REQUEST_LIST": self._parameter,
            "PARAM_REQUEST_READ": self._parameter,
            "PARAM_SET": self._parameter,
            "SET_MODE": self._set_mode,
            "SET_POSITION_TARGET_GLOBAL_INT": self._position_target,
            "SET_POSITION_TARGET_LOCAL_NED": self._local_target,
            "REQUEST_DATA_STREAM": self._data_stream,
            "MISSION_SET_CURRENT": self._set_current,
            "TIMESYNC": self._timesync,
            "PING": self._ping,
            "RC_CHANNELS_OVERRIDE": self._rc_override,
            "MANUAL_CONTROL": self._manual_control,
            "AUTOPILOT_VERSION_REQUEST": self._version,
            "FILE_TRANSFER_PROTOCOL": self._ftp,
            "LOG_REQUEST_LIST": self._log_list,
        }

    def received(self, channel: int, message: Message) -> None:
        vehicle = self._vehicle
        if message.get_srcSystem() == vehicle.sysid:  # of a companion computer, say
            if message.get_srcComponent() == _AUTOPILOT:
                return
            self._components[message.get_srcComponent()] = channel
        if not self._for_us(channel, message):
            vehicle.forward(channel, message)
            return
        if vehicle.items.handles(message):
            vehicle.items.received(channel, message)
            return
        handler = self._handlers.get(message.get_type())
        if handler is not None:
            handler(channel, message)
        if message.get_type() == "HEARTBEAT":
            vehicle.forward(channel, message)

    def _for_us(self, channel: int, message: Message) -> bool:
        """What a component of ours is asked that isn't heard on another link, the autopilot answers."""
        system = getattr(message, "target_system", 0)
        component = getattr(message, "target_component", 0)
        if system == 0 or component in {0, _AUTOPILOT}:
            return system in {0, self._vehicle.sysid}
        return system == self._vehicle.sysid and self._components.get(component, channel) == channel

    def _heartbeat(self, _channel: int, message: Message) -> None:
        self._vehicle.failsafes.heard_gcs(message.get_srcSystem())

    def _parameter(self, channel: int, message: Message) -> None:
        vehicle = self._vehicle
        if message.get_type() == "PARAM_REQUEST_LIST":
            vehicle.say_banner()
        changed = vehicle.parameter_server.received(channel, message)
        if changed is not None:
            vehicle.parameter_changed(changed)

    def _set_mode(self, channel: int, message: Message) -> None:
        vehicle = self._vehicle
        if vehicle.faults.ignore_commands:
            return
        mark = vehicle.outbox_mark()
        pretend = vehicle.faults.ack_but_ignore
        result = ACCEPTED if pretend or vehicle.set_mode(message.custom_mode) else FAILED
        ack = mavlink.MAVLink_command_ack_message(
            mavlink.MAVLINK_MSG_ID_SET_MODE, result, 0, 0, message.get_srcSystem(), message.get_srcComponent()
        )
        vehicle.send_at(mark, channel, ack)

    def _guided(self) -> FlightMode | None:
        """The mode that takes targets; a target in any other is dropped without a word."""
        vehicle = self._vehicle
        deaf = vehicle.faults.ignore_commands or vehicle.faults.ack_but_ignore
        flies = vehicle.flies(Role.GUIDED) and vehicle.armed and not vehicle.grounded
        return vehicle.mode if flies and not deaf else None

    def _position_target(self, _channel: int, message: Message) -> None:
        guided, vehicle = self._guided(), self._vehicle
        if guided is None:
            return
        if message.type_mask & _IGNORE_POSITION == 0:
            north, east = vehicle.frame.to_metres(message.lat_int / 1e7, message.lon_int / 1e7)
            up_m = height_up_m(vehicle, message.coordinate_frame, message.alt)
            if abs(up_m) < _FARTHEST_M:
                guided.take_target(north, east, up_m)
        elif message.type_mask & _IGNORE_VELOCITY == 0:
            _fly_velocity(guided, message.vx, message.vy, -message.vz)
        _face(guided, message, 0.0)

    def _local_target(self, _channel: int, message: Message) -> None:
        """MAV_FRAME_LOCAL_NED counts from the origin, LOCAL_OFFSET_NED and BODY_OFFSET_NED from the vehicle."""
        guided, vehicle = self._guided(), self._vehicle
        if guided is None:
            return
        frame, motion = message.coordinate_frame, vehicle.motion
        turn = motion.heading_rad if frame in {mavlink.MAV_FRAME_BODY_NED, mavlink.MAV_FRAME_BODY_OFFSET_NED} else 0.0
        if message.type_mask & _IGNORE_POSITION == 0:
            north, east = _turned(message.x, message.y, turn)
            if not all(abs(value) < _FARTHEST_M for value in (north, east, message.z)):
                return
            if frame == mavlink.MAV_FRAME_LOCAL_NED:
                guided.take_target(north, east, vehicle.home_up_m - message.z)
            else:
                guided.take_target(motion.north_m + north, motion.east_m + east, motion.up_m - message.z)
        elif message.type_mask & _IGNORE_VELOCITY == 0:
            _fly_velocity(guided, *_turned(message.vx, message.vy, turn), -message.vz)
        _face(guided, message, turn)

    def _data_stream(self, channel: int, message: Message) -> None:
        rate = message.req_message_rate if message.start_stop else 0
        self._vehicle.streams_of(channel).set_group(message.req_stream_id, rate)

    def _set_current(self, channel: int, message: Message) -> None:
        if self._vehicle.mission.choose(message.seq):
            build = self._vehicle.message(mavlink.MAVLINK_MSG_ID_MISSION_CURRENT)
            if build is not None:
                self._vehicle.send(channel, build)

    def _timesync(self, channel: int, message: Message) -> None:
        if message.tc1 == 0:
            now_ns = self._vehicle.boot_ms * 1_000_000
            self._vehicle.send(channel, mavlink.MAVLink_timesync_message(now_ns, message.ts1))

    def _ping(self, channel: int, message: Message) -> None:
        answer = mavlink.MAVLink_ping_message(
            message.time_usec, message.seq, message.get_srcSystem(), message.get_srcComponent()
        )
        self._vehicle.send(channel, answer)

    def _rc_override(self, _channel: int, message: Message) -> None:
        if message.get_srcSystem() != self._vehicle.parameters["SYSID_MYGCS"]:
            return
        values = [getattr(message, f"chan{n}_raw") for n in range(1, 9)]
        self._vehicle.rc.override(values, self._vehicle.now.monotonic_s)

    def _manual_control(self, _channel: int, message: Message) -> None:
        if message.get_srcSystem() == self._vehicle.parameters["SYSID_MYGCS"] and message.target == self._vehicle.sysid:
            self._vehicle.rc.manual_control(message.y, message.x, message.z, message.r, self._vehicle.now.monotonic_s)

    def _version(self, channel: int, _message: Message) -> None:
        self._vehicle.send(channel, autopilot_version(self._vehicle))

    def _ftp(self, channel: int, message: Message) -> None:
        """No file is served: a client that asks for parameters this way is told so at once, and asks the usual way."""
        request = bytes(message.payload)
        seq, session, opcode = struct.unpack_from("<HBB", request)
        if opcode in {_FTP_TERMINATE, _FTP_RESET}:
            head = struct.pack("<HBBBBBBI", (seq + 1) % 65536, session, _FTP_ACK, 0, opcode, 0, 0, 0)
        else:
            error = _FTP_FILE_NOT_FOUND if opcode == _FTP_OPEN_READ else _FTP_UNKNOWN_COMMAND
            head = struct.pack("<HBBBBBBIB", (seq + 1) % 65536, session, _FTP_NAK, 1, opcode, 0, 0, 0, error)
        answer = mavlink.MAVLink_file_transfer_protocol_message(
            message.target_network, message.get_srcSystem(), message.get_srcComponent(), [*head.ljust(251, b"\0")]
        )
        self._vehicle.send(channel, answer)

    def _log_list(self, channel: int, _message: Message) -> None:
        self._vehicle.send(channel, mavlink.MAVLink_log_entry_message(0, 0, 0, 0, 0))


def _fly_velocity(guided: FlightMode, north_mps: float, east_mps: float, climb_mps: float) -> None:
    if all(math.isfinite(value) for value in (north_mps, east_mps, climb_mps)):
        guided.fly_velocity(north_mps, east_mps, climb_mps)


def _face(guided: FlightMode, message: Message, from_rad: float) -> None:
    if message.type_mask & _IGNORE_YAW == 0 and math.isfinite(message.yaw):
        guided.face(from_rad + message.yaw)


def _turned(forward: float, right: float, heading_rad: float) -> tuple[float, float]:
    cos, sin = math.cos(heading_rad), math.sin(heading_rad)
    return forward * cos - right * sin, forward * sin + right * cos
