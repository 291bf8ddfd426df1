"""What the vehicle tells of itself: one function a message."""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from rangeops.sim.channel import Message, mavlink
from rangeops.sim.traits import Role

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

FLIGHT_VERSION: Final = 0x040507FF  # 4.5.7 official
GIT_HASH: Final = b"1ce06cbc"
NAN: Final = float("nan")

_GPS_BIT: Final = 0x20
_FENCE_BIT: Final = 0x100000
_AHRS_BIT: Final = 0x200000
_LOGGING_BIT: Final = 0x1000000
_PRE_ARM_BIT: Final = 0x10000000


def _clamp16(value: float) -> int:
    return min(max(round(value), -32768), 32767)


def _unsigned16(value: float) -> int:
    return min(max(round(value), 0), 65535)


def _degrees_e7(degrees: float) -> int:
    return min(max(round(degrees * 1e7), -(2**31)), 2**31 - 1)


def heartbeat(vehicle: "Vehicle") -> Message:
    mode = vehicle.mode
    base = mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED
    if mode.has_sticks:
        base |= mavlink.MAV_MODE_FLAG_MANUAL_INPUT_ENABLED
    if mode.is_stabilized:
        base |= mavlink.MAV_MODE_FLAG_STABILIZE_ENABLED
    if mode.is_guided:
        base |= mavlink.MAV_MODE_FLAG_GUIDED_ENABLED
    if vehicle.armed:
        base |= mavlink.MAV_MODE_FLAG_SAFETY_ARMED
    return mavlink.MAVLink_heartbeat_message(
        vehicle.craft.mav_type, mavlink.MAV_AUTOPILOT_ARDUPILOTMEGA, base, mode.number, vehicle.system_status, 3
    )


def sys_status(vehicle: "Vehicle") -> Message:
    navigation, battery = vehicle.navigation, vehicle.battery
    sensors = vehicle.craft.sensors
    present, enabled, healthy = sensors.present, sensors.enabled, sensors.healthy
    if vehicle.fence.present:
        present |= _FENCE_BIT
    if navigation.position_filled:
        present |= _GPS_BIT
        enabled |= _GPS_BIT
        healthy |= _GPS_BIT if navigation.has_fix else 0
    if navigation.ahrs_checked:
        enabled |= _AHRS_BIT
        healthy |= _AHRS_BIT
    enabled |= vehicle.mode.control_bits
    healthy |= vehicle.mode.control_bits
    if vehicle.fence.acts:
        enabled |= _FENCE_BIT
    if not vehicle.fence.breached:
        healthy |= _FENCE_BIT
    if vehicle.logging:
        enabled |= _LOGGING_BIT
    if vehicle.arming.healthy:
        healthy |= _PRE_ARM_BIT
    return mavlink.MAVLink_sys_status_message(
        present, enabled, healthy, 0, _unsigned16(battery.voltage_v * 1000), _clamp16(battery.current_a * 100),
        battery.percent, 0, 0, 0, 0, 0, 0,
    )  # fmt: skip


def system_time(vehicle: "Vehicle") -> Message:
    unix_us = int(vehicle.now.utc.timestamp() * 1e6) if vehicle.navigation.position_filled else 0
    return mavlink.MAVLink_system_time_message(unix_us, vehicle.boot_ms)


def gps_raw_int(vehicle: "Vehicle") -> Message:
    navigation, motion = vehicle.navigation, vehicle.motion
    if not navigation.position_filled:
        return mavlink.MAVLink_gps_raw_int_message(0, navigation.fix_type, 0, 0, 0, 65535, 65535, 0, 0, 0)
    latitude, longitude, up_m = vehicle.gps_position
    altitude_mm = round((vehicle.ground_amsl_m + up_m) * 1000)
    speed = motion.ground_speed_mps
    course = math.degrees(math.atan2(motion.east_mps, motion.north_mps)) % 360 if speed > 0.2 else 0.0
    good = navigation.has_fix
    return mavlink.MAVLink_gps_raw_int_message(
        vehicle.boot_ms * 1000, navigation.fix_type, _degrees_e7(latitude), _degrees_e7(longitude), altitude_mm,
        121 if good else 9999, 200 if good else 9999, _unsigned16(speed * 100), _unsigned16(course * 100),
        navigation.satellites, altitude_mm, 300, 300, 40, 0, 0,
    )  # fmt: skip


def attitude(vehicle: "Vehicle") -> Message:
    body = vehicle.body
    return mavlink.MAVLink_attitude_message(
        vehicle.boot_ms, body.roll_rad, body.pitch_rad, math.remainder(body.heading_rad, math.tau),
        0.0, 0.0, body.turn_rate_radps,
    )  # fmt: skip


def attitude_quaternion(vehicle: "Vehicle") -> Message:
    body = vehicle.body
    (cr, sr), (cp, sp), (cy, sy) = (
        (math.cos(angle / 2), math.sin(angle / 2)) for angle in (body.roll_rad, body.pitch_rad, body.heading_rad)
    )
    return mavlink.MAVLink_attitude_quaternion_message(
        vehicle.boot_ms, cr * cp * cy + sr * sp * sy, sr * cp * cy - cr * sp * sy, cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy, 0.0, 0.0, body.turn_rate_radps,
    )  # fmt: skip


def global_position_int(vehicle: "Vehicle") -> Message:
    motion = vehicle.motion
    latitude, longitude = vehicle.position
    filled = vehicle.navigation.position_filled
    altitude_m, above_home_m = motion.up_m + (vehicle.ground_amsl_m if filled else 0.0), motion.up_m - vehicle.home_up_m
    velocity_mps = (motion.north_mps, motion.east_mps, -motion.climb_mps)
    if vehicle.navigation.is_crude:
        altitude_m, above_home_m, velocity_mps = 0.0, 0.0, (0.0, 0.0, 0.0)
    return mavlink.MAVLink_global_position_int_message(
        vehicle.boot_ms, _degrees_e7(latitude) if filled else 0, _degrees_e7(longitude) if filled else 0,
        round(altitude_m * 1000), round(above_home_m * 1000), *(_clamp16(each * 100) for each in velocity_mps),
        _unsigned16(math.degrees(motion.heading_rad) * 100) % 36000,
    )  # fmt: skip


def local_position_ned(vehicle: "Vehicle") -> Message:
    motion = vehicle.motion
    return mavlink.MAVLink_local_position_ned_message(
        vehicle.boot_ms, motion.north_m, motion.east_m, -motion.up_m,
        motion.north_mps, motion.east_mps, -motion.climb_mps,
    )  # fmt: skip


def vfr_hud(vehicle: "Vehicle") -> Message:
    motion = vehicle.motion
    altitude_m = motion.up_m + (vehicle.ground_amsl_m if vehicle.navigation.position_filled else 0.0)
    heading = round(math.degrees(motion.heading_rad)) % 360
    return mavlink.MAVLink_vfr_hud_message(
        vehicle.body.air_speed_mps, motion.ground_speed_mps, heading, vehicle.throttle_percent, altitude_m,
        motion.climb_mps,
    )  # fmt: skip


def battery_status(vehicle: "Vehicle") -> Message:
    battery = vehicle.battery
    used_mah = round(battery.used_mah)
    energy_hj = round(battery.used_mah * battery.voltage_v * 3.6 / 100)
    charge_state = mavlink.MAV_BATTERY_CHARGE_STATE_OK + vehicle.failsafes.battery_level
    return mavlink.MAVLink_battery_status_message(
        0, 0, 0, 32767, [_unsigned16(battery.voltage_v * 1000), *[65535] * 9], _clamp16(battery.current_a * 100),
        used_mah, energy_hj, battery.percent, 0, charge_state,
    )  # fmt: skip


def ekf_status_report(vehicle: "Vehicle") -> Message:
    """The variances stay small even when the position is lost: the flags say it."""
    return mavlink.MAVLink_ekf_status_report_message(vehicle.navigation.ekf_flags, 0.008, 0.004, 0.003, 0.01, 0.0, 0.0)


def extended_sys_state(vehicle: "Vehicle") -> Message:
    return mavlink.MAVLink_extended_sys_state_message(vehicle.craft.vtol_state, vehicle.craft.landed_state(vehicle))


def home_position(vehicle: "Vehicle") -> Message | None:
    home = vehicle.navigation.home
    if home is None:
        return None
    north, east = vehicle.home_metres
    return mavlink.MAVLink_home_position_message(
        _degrees_e7(home.latitude_deg), _degrees_e7(home.longitude_deg), round(home.altitude_amsl_m * 1000),
        north, east, -vehicle.home_up_m, [NAN] * 4, 0.0, 0.0, 0.0, vehicle.boot_ms * 1000,
    )  # fmt: skip


def gps_global_origin(vehicle: "Vehicle") -> Message | None:
    origin = vehicle.navigation.origin
    if origin is None:
        return None
    return mavlink.MAVLink_gps_global_origin_message(
        _degrees_e7(origin.latitude_deg), _degrees_e7(origin.longitude_deg), round(origin.altitude_amsl_m * 1000),
        vehicle.boot_ms * 1000,
    )  # fmt: skip


def fence_status(vehicle: "Vehicle") -> Message | None:
    """Sent only while the fence is enabled."""
    fence = vehicle.fence
    if not fence.enabled:
        return None
    return mavlink.MAVLink_fence_status_message(
        1 if fence.breached else 0, fence.breach_count, fence.breach_type if fence.breached else 0,
        fence.breach_time_ms, vehicle.mode.fence_mitigation,
    )  # fmt: skip


def mission_current(vehicle: "Vehicle") -> Message:
    total = max(len(vehicle.items.mission) - 1, 0)
    in_mission = 1 if vehicle.flies(Role.AUTO) else 0
    return mavlink.MAVLink_mission_current_message(vehicle.mission.current, total, vehicle.mission.state, in_mission)


def nav_controller_output(vehicle: "Vehicle") -> Message:
    motion = vehicle.motion
    target = vehicle.mode.destination()
    bearing = distance = altitude_error = 0.0
    if target is not None:
        north, east = target[0] - motion.north_m, target[1] - motion.east_m
        bearing, distance = math.degrees(math.atan2(east, north)), math.hypot(north, east)
        altitude_error = target[2] - motion.up_m
    body = vehicle.body
    return mavlink.MAVLink_nav_controller_output_message(
        math.degrees(body.roll_rad), math.degrees(body.pitch_rad), _clamp16(bearing), _clamp16(bearing),
        _unsigned16(distance), altitude_error, 0.0, 0.0,
    )  # fmt: skip


def rc_channels(vehicle: "Vehicle") -> Message:
    values = vehicle.rc.channels_us if not vehicle.rc.lost else (0,) * 8
    return mavlink.MAVLink_rc_channels_message(
        vehicle.boot_ms, 16 if not vehicle.rc.lost else 0, *values, *(0,) * 10, 255
    )


def servo_output_raw(vehicle: "Vehicle") -> Message:
    motor = 1000 + 10 * vehicle.throttle_percent
    return mavlink.MAVLink_servo_output_raw_message(
        (vehicle.boot_ms * 1000) % 2**32, 0, motor, motor, motor, motor, 0, 0, 0, 0
    )


def raw_imu(vehicle: "Vehicle") -> Message:
    return mavlink.MAVLink_raw_imu_message(vehicle.boot_ms * 1000, 0, 0, -1000, 0, 0, 0, 200, 40, -420, 0, 4500)


def scaled_pressure(vehicle: "Vehicle") -> Message:
    height_amsl = vehicle.ground_amsl_m + vehicle.motion.up_m
    pressure_hpa = 1013.25 * (1 - 2.25577e-5 * height_amsl) ** 5.25588  # the standard atmosphere
    return mavlink.MAVLink_scaled_pressure_message(vehicle.boot_ms, pressure_hpa, 0.0, 3500)


def power_status(vehicle: "Vehicle") -> Message:  # noqa: ARG001 the table's signature
    return mavlink.MAVLink_power_status_message(5000, 0, 0)


def meminfo(vehicle: "Vehicle") -> Message:  # noqa: ARG001 the table's signature
    return mavlink.MAVLink_meminfo_message(0, 65535, 131072)


def vibration(vehicle: "Vehicle") -> Message:
    shake = 3.0 if vehicle.armed and not vehicle.land_complete else 0.01
    return mavlink.MAVLink_vibration_message(vehicle.boot_ms * 1000, shake, shake, shake * 1.3, 0, 0, 0)


def ahrs(vehicle: "Vehicle") -> Message:
    body = vehicle.body
    return mavlink.MAVLink_ahrs2_message(
        body.roll_rad, body.pitch_rad, math.remainder(body.heading_rad, math.tau),
        vehicle.ground_amsl_m + body.up_m, _degrees_e7(vehicle.position[0]), _degrees_e7(vehicle.position[1]),
    )  # fmt: skip


def wind(vehicle: "Vehicle") -> Message:
    steady = vehicle.wind.steady
    return mavlink.MAVLink_wind_message(math.remainder(steady.from_deg, 360), steady.speed_mps, 0.0)


def position_target(vehicle: "Vehicle") -> Message | None:
    target = vehicle.mode.destination()
    if target is None:
        return None
    latitude, longitude = vehicle.frame.to_degrees(target[0], target[1])
    return mavlink.MAVLink_position_target_global_int_message(
        vehicle.boot_ms, 0, 0xFDF8, _degrees_e7(latitude), _degrees_e7(longitude), vehicle.ground_amsl_m + target[2],
        0, 0, 0, 0, 0, 0, 0, 0,
    )  # fmt: skip


def position_target_local(vehicle: "Vehicle") -> Message | None:
    target = vehicle.mode.destination()
    if target is None:
        return None
    north, east, up = target
    return mavlink.MAVLink_position_target_local_ned_message(
        vehicle.boot_ms, mavlink.MAV_FRAME_LOCAL_NED, 0xFDF8, north, east, -up, 0, 0, 0, 0, 0, 0, 0, 0
    )


def autopilot_version(vehicle: "Vehicle") -> Message:
    return mavlink.MAVLink_autopilot_version_message(
        vehicle.craft.capabilities, FLIGHT_VERSION, 0, 0, 0, list(GIT_HASH), [0] * 8, [0] * 8, 0, 0, 0, vehicle.uid2,
    )  # fmt: skip


BUILDERS: Final[Mapping[int, Callable[["Vehicle"], Message | None]]] = {
    mavlink.MAVLINK_MSG_ID_HEARTBEAT: heartbeat,
    mavlink.MAVLINK_MSG_ID_SYS_STATUS: sys_status,
    mavlink.MAVLINK_MSG_ID_SYSTEM_TIME: system_time,
    mavlink.MAVLINK_MSG_ID_GPS_RAW_INT: gps_raw_int,
    mavlink.MAVLINK_MSG_ID_ATTITUDE: attitude,
    mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: global_position_int,
    mavlink.MAVLINK_MSG_ID_LOCAL_POSITION_NED: local_position_ned,
    mavlink.MAVLINK_MSG_ID_VFR_HUD: vfr_hud,
    mavlink.MAVLINK_MSG_ID_BATTERY_STATUS: battery_status,
    mavlink.MAVLINK_MSG_ID_EKF_STATUS_REPORT: ekf_status_report,
    mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE: extended_sys_state,
    mavlink.MAVLINK_MSG_ID_HOME_POSITION: home_position,
    mavlink.MAVLINK_MSG_ID_GPS_GLOBAL_ORIGIN: gps_global_origin,
    mavlink.MAVLINK_MSG_ID_FENCE_STATUS: fence_status,
    mavlink.MAVLINK_MSG_ID_MISSION_CURRENT: mission_current,
    mavlink.MAVLINK_MSG_ID_NAV_CONTROLLER_OUTPUT: nav_controller_output,
    mavlink.MAVLINK_MSG_ID_RC_CHANNELS: rc_channels,
    mavlink.MAVLINK_MSG_ID_SERVO_OUTPUT_RAW: servo_output_raw,
    mavlink.MAVLINK_MSG_ID_RAW_IMU: raw_imu,
    mavlink.MAVLINK_MSG_ID_SCALED_PRESSURE: scaled_pressure,
    mavlink.MAVLINK_MSG_ID_POWER_STATUS: power_status,
    mavlink.MAVLINK_MSG_ID_MEMINFO: meminfo,
    mavlink.MAVLINK_MSG_ID_VIBRATION: vibration,
    mavlink.MAVLINK_MSG_ID_AHRS2: ahrs,
    mavlink.MAVLINK_MSG_ID_WIND: wind,
    mavlink.MAVLINK_MSG_ID_POSITION_TARGET_GLOBAL_INT: position_target,
    mavlink.MAVLINK_MSG_ID_AUTOPILOT_VERSION: autopilot_version,
    mavlink.MAVLINK_MSG_ID_ATTITUDE_QUATERNION: attitude_quaternion,
    mavlink.MAVLINK_MSG_ID_POSITION_TARGET_LOCAL_NED: position_target_local,
}

# What ArduPilot knows too, and so takes a rate and a request for; the parts that would tell it aren't simulated.
UNTOLD: Final = frozenset(
    getattr(mavlink, f"MAVLINK_MSG_ID_{name}")
    for name in (
        "ADSB_VEHICLE", "AHRS", "AIS_VESSEL", "AOA_SSA", "ATTITUDE_TARGET", "AUTOPILOT_STATE_FOR_GIMBAL_DEVICE",
        "BATTERY2", "CAMERA_CAPTURE_STATUS", "CAMERA_FEEDBACK", "CAMERA_FOV_STATUS", "CAMERA_INFORMATION",
        "CAMERA_SETTINGS", "DISTANCE_SENSOR", "EFI_STATUS", "ESC_TELEMETRY_1_TO_4", "GENERATOR_STATUS",
        "GIMBAL_DEVICE_ATTITUDE_STATUS", "GIMBAL_MANAGER_INFORMATION", "GIMBAL_MANAGER_STATUS", "GPS2_RAW", "GPS2_RTK",
        "GPS_RTK", "HIGH_LATENCY2", "HWSTATUS", "MAG_CAL_PROGRESS", "MAG_CAL_REPORT", "MCU_STATUS",
        "MISSION_ITEM_REACHED", "OPTICAL_FLOW", "PARAM_VALUE", "PID_TUNING", "RANGEFINDER", "RC_CHANNELS_RAW",
        "RC_CHANNELS_SCALED", "RPM", "SCALED_IMU", "SCALED_IMU2", "SCALED_IMU3", "SCALED_PRESSURE2",
        "SCALED_PRESSURE3", "SIMSTATE", "SIM_STATE", "TERRAIN_REQUEST", "WINCH_STATUS",
    )
)  # fmt: skip
