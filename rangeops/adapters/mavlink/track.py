"""From a vehicle's messages to domain.telemetry: one Tracker a vehicle.

What MAVLink marks as unknown (NaN, 65535, -1 and their kind) becomes None here and is never seen further in.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from rangeops.adapters.mavlink.messages import (
    BatteryStatus,
    EkfStatusReport,
    ExtendedSysState,
    FenceStatus,
    GlobalPositionInt,
    GpsRawInt,
    Heartbeat,
    HomePosition,
    Message,
    MissionCurrent,
    PositionTargetGlobalInt,
    SysStatus,
    Wind,
)
from rangeops.adapters.mavlink.modes import mode_name
from rangeops.domain import telemetry
from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.telemetry import Autopilot, LandedState, Sysid, SystemStatus, VehicleState

ARMED_FLAG: Final = 128  # MAV_MODE_FLAG_SAFETY_ARMED
GEOFENCE_BIT: Final = 0x100000  # MAV_SYS_STATUS_GEOFENCE
PREARM_BIT: Final = 0x10000000  # MAV_SYS_STATUS_PREARM_CHECK
_U16_UNKNOWN: Final = 65535
_U8_UNKNOWN: Final = 255
_NO_POSITION: Final = 0x7  # POSITION_TARGET_TYPEMASK: x, y or z isn't part of it
_STRONGEST_WIND_MPS: Final = 60.0  # more isn't believed of an estimate
_AMSL_FRAMES: Final = (0, 5)  # MAV_FRAME_GLOBAL and its _INT

_AUTOPILOTS: Final[Mapping[int, Autopilot]] = {3: Autopilot.ARDUPILOT, 12: Autopilot.PX4}  # MAV_AUTOPILOT
_CLASSES: Final[Mapping[int, VehicleClass]] = {  # MAV_TYPE
    1: VehicleClass.PLANE,
    2: VehicleClass.COPTER,
    3: VehicleClass.COPTER,  # coaxial
    4: VehicleClass.COPTER,  # helicopter: ArduCopter's numbers
    10: VehicleClass.ROVER,
    11: VehicleClass.ROVER,  # boat: Rover's numbers
    13: VehicleClass.COPTER,  # hexa
    14: VehicleClass.COPTER,  # octo
    15: VehicleClass.COPTER,  # tri
    19: VehicleClass.PLANE,  # VTOLs: ArduPlane's numbers
    20: VehicleClass.PLANE,
    21: VehicleClass.PLANE,
    22: VehicleClass.PLANE,
    23: VehicleClass.PLANE,
    24: VehicleClass.PLANE,
    25: VehicleClass.PLANE,
    29: VehicleClass.COPTER,  # dodeca
    35: VehicleClass.COPTER,  # deca
}
_STATUSES: Final = {status.value: status for status in SystemStatus}
_LANDED: Final = {state.value: state for state in LandedState}


def heartbeat_from(message: Heartbeat, now_s: float) -> telemetry.Heartbeat:
    autopilot = _AUTOPILOTS.get(message.autopilot, Autopilot.OTHER)
    vehicle_class = _CLASSES.get(message.type, VehicleClass.UNKNOWN)
    return telemetry.Heartbeat(
        at_s=now_s,
        autopilot=autopilot,
        vehicle_class=vehicle_class,
        mode_number=message.custom_mode,
        mode=mode_name(autopilot, vehicle_class, message.custom_mode),
        armed=bool(message.base_mode & ARMED_FLAG),
        system_status=_STATUSES.get(message.system_status, SystemStatus.UNINIT),
    )


class Tracker:
    """What is known of one vehicle. `state` is made when it is asked for: most messages change what nobody asks."""

    def __init__(self, sysid: Sysid, link: str) -> None:
        self.sysid = sysid
        self.link = link
        self.heartbeat: telemetry.Heartbeat | None = None
        self.position: telemetry.PositionReport | None = None
        self.estimator: telemetry.Estimator | None = None
        self.gps: telemetry.GpsFix | None = None
        self.battery: telemetry.Battery | None = None
        self.health: telemetry.SystemHealth | None = None
        self.fence: telemetry.FenceReport | None = None
        self.landed: telemetry.Landed | None = None
        self.home: telemetry.HomePosition | None = None
        self.target: telemetry.NavigationTarget | None = None
        self.mission: telemetry.MissionProgress | None = None
        self.wind: telemetry.WindEstimate | None = None
        self.jumped_at_s: float | None = None
        self._state: VehicleState | None = None

    @property
    def state(self) -> VehicleState:
        if self._state is None:
            self._state = VehicleState(
                self.sysid,
                self.link,
                self.heartbeat,
                self.position,
                self.estimator,
                self.gps,
                self.battery,
                self.health,
                self.fence,
                self.landed,
                self.home,
                self.target,
                self.mission,
                self.wind,
                self.jumped_at_s,
            )
        return self._state

    def take(self, message: Message, now_s: float) -> bool:
        """Whether the message was one that the state is made of; then it is in the state."""
        take = _TAKES.get(type(message))
        if take is None:
            return False
        take(self, message, now_s)
        self._state = None
        return True

    def moved_to(self, link: str) -> None:
        self.link = link
        self._state = None

    def forget(self) -> None:
        """The vehicle restarted: what it said before tells nothing of now."""
        self.position = self.estimator = self.gps = self.battery = None
        self.health = self.fence = self.landed = self.home = None
        self.target = self.mission = self.wind = self.jumped_at_s = None
        self._state = None


def _heartbeat(track: Tracker, message: Heartbeat, now_s: float) -> None:
    track.heartbeat = heartbeat_from(message, now_s)


def _position(track: Tracker, message: GlobalPositionInt, now_s: float) -> None:
    time_boot_ms, lat, lon, alt, relative_alt, vx, vy, vz, hdg = message
    before = track.position
    track.position = telemetry.PositionReport(
        now_s,
        time_boot_ms,
        lat * 1e-7,
        lon * 1e-7,
        alt * 1e-3,
        relative_alt * 1e-3,
        vx * 1e-2,
        vy * 1e-2,
        vz * 1e-2,
        None if hdg == _U16_UNKNOWN else hdg * 1e-2,
    )
    if before is not None and telemetry.jumped(before, track.position):
        track.jumped_at_s = now_s


def _estimator(track: Tracker, message: EkfStatusReport, now_s: float) -> None:
    track.estimator = telemetry.Estimator(
        now_s, message.flags, _ratio(message.pos_horiz_variance), _ratio(message.pos_vert_variance)
    )


def _ratio(value: float) -> float:
    """What is no number is taken for the worst: 1, where the filter stops believing its sensors."""
    return value if 0.0 <= value < math.inf else 1.0


def _gps(track: Tracker, message: GpsRawInt, now_s: float) -> None:
    track.gps = telemetry.GpsFix(
        now_s,
        message.fix_type,
        None if message.satellites_visible == _U8_UNKNOWN else message.satellites_visible,
        None if message.eph == _U16_UNKNOWN else message.eph * 1e-2,
        message.h_acc * 1e-3 or None,  # 0: not told, as by everyone who speaks MAVLink 1
        message.v_acc * 1e-3 or None,
    )


def _battery(track: Tracker, message: BatteryStatus, now_s: float) -> None:
    """The first battery: it is the one that flies. The first cell's field holds up to 65.5 V of a pack without cells."""
    if message.id != 0:
        return
    cells_mv = [mv for mv in message.voltages if mv != _U16_UNKNOWN]
    cells_mv += [mv for mv in message.voltages_ext if mv != 0]
    track.battery = telemetry.Battery(
        now_s,
        None if message.battery_remaining < 0 else message.battery_remaining,
        sum(cells_mv) * 1e-3 if cells_mv else None,
        None if message.current_battery < 0 else message.current_battery * 1e-2,
    )


def _health(track: Tracker, message: SysStatus, now_s: float) -> None:
    present = message.onboard_control_sensors_present
    enabled = message.onboard_control_sensors_enabled
    healthy = message.onboard_control_sensors_health
    track.health = telemetry.SystemHealth(
        now_s,
        prearm_ok=bool(healthy & PREARM_BIT),
        fence_present=bool(present & GEOFENCE_BIT),
        fence_enabled=bool(enabled & GEOFENCE_BIT),
        fence_healthy=bool(healthy & GEOFENCE_BIT),
    )
    # SYS_STATUS has the pack's figures too: they serve where no BATTERY_STATUS comes.
    if track.battery is None or now_s - track.battery.at_s > _BATTERY_STATUS_SILENT_S:
        track.battery = telemetry.Battery(
            now_s,
            None if message.battery_remaining < 0 else message.battery_remaining,
            None if message.voltage_battery == _U16_UNKNOWN else message.voltage_battery * 1e-3,
            None if message.current_battery < 0 else message.current_battery * 1e-2,
        )


_BATTERY_STATUS_SILENT_S: Final = 5.0


def _fence(track: Tracker, message: FenceStatus, now_s: float) -> None:
    track.fence = telemetry.FenceReport(now_s, message.breach_status != 0, message.breach_type, message.breach_count)


def _landed(track: Tracker, message: ExtendedSysState, now_s: float) -> None:
    track.landed = telemetry.Landed(now_s, _LANDED.get(message.landed_state, LandedState.UNDEFINED))


def _home(track: Tracker, message: HomePosition, now_s: float) -> None:
    track.home = telemetry.HomePosition(
        now_s, message.latitude * 1e-7, message.longitude * 1e-7, message.altitude * 1e-3
    )


def _target(track: Tracker, message: PositionTargetGlobalInt, now_s: float) -> None:
    """Only a place in AMSL: what is flown by velocity alone leads to no place."""
    known = not message.type_mask & _NO_POSITION and message.coordinate_frame in _AMSL_FRAMES
    track.target = (
        telemetry.NavigationTarget(now_s, message.lat_int * 1e-7, message.lon_int * 1e-7, message.alt)
        if known and math.isfinite(message.alt)
        else None
    )


def _mission(track: Tracker, message: MissionCurrent, now_s: float) -> None:
    total = None if message.total in (0, _U16_UNKNOWN) else message.total
    track.mission = telemetry.MissionProgress(now_s, message.seq, total)


def _wind(track: Tracker, message: Wind, now_s: float) -> None:
    if not (math.isfinite(message.direction) and 0.0 <= message.speed < _STRONGEST_WIND_MPS):
        return
    comes_from = math.radians(message.direction)
    track.wind = telemetry.WindEstimate(
        now_s, -message.speed * math.sin(comes_from), -message.speed * math.cos(comes_from)
    )


_TAKES: Final[Mapping[type, Callable[[Tracker, Any, float], None]]] = {
    Heartbeat: _heartbeat,
    GlobalPositionInt: _position,
    EkfStatusReport: _estimator,
    GpsRawInt: _gps,
    BatteryStatus: _battery,
    SysStatus: _health,
    FenceStatus: _fence,
    ExtendedSysState: _landed,
    HomePosition: _home,
    PositionTargetGlobalInt: _target,
    MissionCurrent: _mission,
    Wind: _wind,
}

STATE_MESSAGES: Final = tuple(_TAKES)
"""What a vehicle's state is made of."""
