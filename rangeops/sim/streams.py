"""Which messages go out when, per channel: SET_MESSAGE_INTERVAL, REQUEST_DATA_STREAM, and what is sent unasked."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from rangeops.sim.channel import Message, mavlink
from rangeops.sim.telemetry import BUILDERS, UNTOLD

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_ID = {
    name[len("MAVLINK_MSG_ID_") :]: value for name, value in vars(mavlink).items() if name.startswith("MAVLINK_MSG_ID_")
}

# MAV_DATA_STREAM numbers: the messages of each group, and the SRn_ parameter that holds its rate.
_GROUPS: Final[Mapping[int, tuple[str, tuple[str, ...]]]] = {
    mavlink.MAV_DATA_STREAM_RAW_SENSORS: ("RAW_SENS", ("RAW_IMU", "SCALED_PRESSURE")),
    mavlink.MAV_DATA_STREAM_EXTENDED_STATUS: (
        "EXT_STAT",
        ("SYS_STATUS", "POWER_STATUS", "MEMINFO", "MISSION_CURRENT", "GPS_RAW_INT", "NAV_CONTROLLER_OUTPUT", "FENCE_STATUS",
         "POSITION_TARGET_GLOBAL_INT"),
    ),
    mavlink.MAV_DATA_STREAM_RC_CHANNELS: ("RC_CHAN", ("SERVO_OUTPUT_RAW", "RC_CHANNELS")),
    mavlink.MAV_DATA_STREAM_RAW_CONTROLLER: ("RAW_CTRL", ()),
    mavlink.MAV_DATA_STREAM_POSITION: ("POSITION", ("GLOBAL_POSITION_INT", "LOCAL_POSITION_NED")),
    mavlink.MAV_DATA_STREAM_EXTRA1: ("EXTRA1", ("ATTITUDE", "AHRS2")),
    mavlink.MAV_DATA_STREAM_EXTRA2: ("EXTRA2", ("VFR_HUD",)),
    mavlink.MAV_DATA_STREAM_EXTRA3: (
        "EXTRA3",
        ("SYSTEM_TIME", "WIND", "BATTERY_STATUS", "EKF_STATUS_REPORT", "VIBRATION"),
    ),
}  # fmt: skip
_HEARTBEAT_S: Final = 1.0
_TIMESYNC_S: Final = 10.0
_FASTEST_S: Final = 0.001
_SLOWEST_S: Final = 60.0
_LATE_S: Final = 1.0  # further behind than this, a stream isn't caught up but begins anew


class _Stream:
    __slots__ = ("build", "due_s", "interval_s")

    def __init__(self, build: Callable[["Vehicle"], Message | None], interval_s: float, due_s: float) -> None:
        self.build = build
        self.interval_s = interval_s
        self.due_s = due_s


class Streams:
    """One channel's schedule. Nothing but the heartbeat is sent before it is asked for, or an SR0_ parameter asks."""

    def __init__(self, vehicle: "Vehicle") -> None:
        self._vehicle = vehicle
        now_s = vehicle.now.monotonic_s
        self._streams: dict[int, _Stream] = {
            _ID["HEARTBEAT"]: _Stream(BUILDERS[_ID["HEARTBEAT"]], _HEARTBEAT_S, now_s),
            _ID["TIMESYNC"]: _Stream(_timesync, _TIMESYNC_S, now_s + _TIMESYNC_S),
        }
        for name, messages in _GROUPS.values():
            rate_hz = vehicle.parameters[f"SR0_{name}"]
            if rate_hz > 0:
                self._set_group(messages, rate_hz)

    def due(self) -> list[Message]:
        """The messages whose time has come."""
        now_s = self._vehicle.now.monotonic_s
        messages = []
        for stream in self._streams.values():
            if stream.due_s <= now_s:
                stream.due_s += stream.interval_s
                if stream.due_s < now_s - _LATE_S:
                    stream.due_s = now_s + stream.interval_s
                message = stream.build(self._vehicle)
                if message is not None:
                    messages.append(message)
        return messages

    def set_interval(self, message_id: int, interval_us: float) -> int:
        """MAV_RESULT of SET_MESSAGE_INTERVAL: -1 stops, 0 is the default, the fastest is 1 ms."""
        if message_id in UNTOLD:
            return int(mavlink.MAV_RESULT_ACCEPTED)
        if message_id not in BUILDERS:
            self._vehicle.text(mavlink.MAV_SEVERITY_INFO, f"No ap_message for mavlink id ({message_id})")
            return int(mavlink.MAV_RESULT_DENIED)
        if interval_us < 0:
            self._streams.pop(message_id, None)
        elif interval_us == 0:
            self._default(message_id)
        else:
            self._set(message_id, min(max(interval_us / 1e6, _FASTEST_S), _SLOWEST_S))
        return int(mavlink.MAV_RESULT_ACCEPTED)

    def interval_us(self, message_id: int) -> int:
        """-1 where it isn't sent, 0 where it isn't known."""
        if message_id not in BUILDERS and message_id not in UNTOLD:
            return 0
        stream = self._streams.get(message_id)
        return -1 if stream is None else round(stream.interval_s * 1e6)

    def set_group(self, group: int, rate_hz: int) -> None:
        """REQUEST_DATA_STREAM; 0 Hz stops."""
        if group == mavlink.MAV_DATA_STREAM_ALL:
            for _, messages in _GROUPS.values():
                self._set_group(messages, rate_hz)
        elif group in _GROUPS:
            self._set_group(_GROUPS[group][1], rate_hz)

    def _set_group(self, messages: tuple[str, ...], rate_hz: float) -> None:
        for name in messages:
            if rate_hz > 0:
                self._set(_ID[name], 1 / min(rate_hz, 50))
            else:
                self._streams.pop(_ID[name], None)

    def _default(self, message_id: int) -> None:
        for name, messages in _GROUPS.values():
            rate_hz = self._vehicle.parameters[f"SR0_{name}"]
            if message_id in {_ID[message] for message in messages} and rate_hz > 0:
                self._set(message_id, 1 / rate_hz)
                return
        if message_id != _ID["HEARTBEAT"]:
            self._streams.pop(message_id, None)

    def _set(self, message_id: int, interval_s: float) -> None:
        self._streams[message_id] = _Stream(BUILDERS[message_id], interval_s, self._vehicle.now.monotonic_s)


def _timesync(vehicle: "Vehicle") -> Message:
    return mavlink.MAVLink_timesync_message(0, vehicle.boot_ms * 1_000_000 + vehicle.sysid)
