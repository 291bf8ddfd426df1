"""The messages that rangeops reads and writes by name: typed, and nothing but types.

Fields stand in wire order, so that what `struct` unpacks is the message. Every other message of the dialect gets a
class of the same make from pymavlink's definitions (decode.py), which also refuses a class here that differs from them.
Units are MAVLink's own: degE7, mm, cm/s, cdeg; domain.telemetry has ours.
"""

from typing import Any, NamedTuple

Message = tuple[Any, ...]  # any message: one of these classes, or a generated one


class Other(NamedTuple):
    """A message that rangeops has no use for: framed, checked and counted like any; link.decode_frame decodes it."""

    message_id: int


class Heartbeat(NamedTuple):
    custom_mode: int
    type: int
    autopilot: int
    base_mode: int
    system_status: int
    mavlink_version: int


class SysStatus(NamedTuple):
    onboard_control_sensors_present: int
    onboard_control_sensors_enabled: int
    onboard_control_sensors_health: int
    load: int
    voltage_battery: int
    current_battery: int
    drop_rate_comm: int
    errors_comm: int
    errors_count1: int
    errors_count2: int
    errors_count3: int
    errors_count4: int
    battery_remaining: int
    onboard_control_sensors_present_extended: int
    onboard_control_sensors_enabled_extended: int
    onboard_control_sensors_health_extended: int


class SystemTime(NamedTuple):
    """time_unix_usec: by GPS; 0 where it knows no time. Both are of one instant."""

    time_unix_usec: int
    time_boot_ms: int


class ParamRequestRead(NamedTuple):
    param_index: int
    target_system: int
    target_component: int
    param_id: bytes


class ParamRequestList(NamedTuple):
    target_system: int
    target_component: int


class ParamValue(NamedTuple):
    param_value: float
    param_count: int
    param_index: int
    param_id: bytes
    param_type: int


class ParamSet(NamedTuple):
    param_value: float
    target_system: int
    target_component: int
    param_id: bytes
    param_type: int


class GpsRawInt(NamedTuple):
    time_usec: int
    lat: int
    lon: int
    alt: int
    eph: int
    epv: int
    vel: int
    cog: int
    fix_type: int
    satellites_visible: int
    alt_ellipsoid: int
    h_acc: int
    v_acc: int
    vel_acc: int
    hdg_acc: int
    yaw: int


class GlobalPositionInt(NamedTuple):
    time_boot_ms: int
    lat: int
    lon: int
    alt: int
    relative_alt: int
    vx: int
    vy: int
    vz: int
    hdg: int


class PositionTargetGlobalInt(NamedTuple):
    time_boot_ms: int
    lat_int: int
    lon_int: int
    alt: float
    vx: float
    vy: float
    vz: float
    afx: float
    afy: float
    afz: float
    yaw: float
    yaw_rate: float
    type_mask: int
    coordinate_frame: int


class Wind(NamedTuple):
    direction: float
    speed: float
    speed_z: float


class MissionCurrent(NamedTuple):
    seq: int
    total: int
    mission_state: int
    mission_mode: int


class MissionItem(NamedTuple):
    """The legacy float form; x and y in degrees."""

    param1: float
    param2: float
    param3: float
    param4: float
    x: float
    y: float
    z: float
    seq: int
    command: int
    target_system: int
    target_component: int
    frame: int
    current: int
    autocontinue: int
    mission_type: int


class MissionRequest(NamedTuple):
    seq: int
    target_system: int
    target_component: int
    mission_type: int


class MissionRequestList(NamedTuple):
    target_system: int
    target_component: int
    mission_type: int


class MissionCount(NamedTuple):
    count: int  # type: ignore[assignment]  # the field's name in MAVLink; nobody counts in a message
    target_system: int
    target_component: int
    mission_type: int


class MissionAck(NamedTuple):
    target_system: int
    target_component: int
    type: int
    mission_type: int


class MissionRequestInt(NamedTuple):
    seq: int
    target_system: int
    target_component: int
    mission_type: int


class MissionItemInt(NamedTuple):
    param1: float
    param2: float
    param3: float
    param4: float
    x: int
    y: int
    z: float
    seq: int
    command: int
    target_system: int
    target_component: int
    frame: int
    current: int
    autocontinue: int
    mission_type: int


class CommandInt(NamedTuple):
    param1: float
    param2: float
    param3: float
    param4: float
    x: int
    y: int
    z: float
    command: int
    target_system: int
    target_component: int
    frame: int
    current: int
    autocontinue: int


class CommandLong(NamedTuple):
    param1: float
    param2: float
    param3: float
    param4: float
    param5: float
    param6: float
    param7: float
    command: int
    target_system: int
    target_component: int
    confirmation: int


class CommandAck(NamedTuple):
    """Names the command, not the message that carried it: two commands of one number can't be told apart."""

    command: int
    result: int
    progress: int
    result_param2: int
    target_system: int
    target_component: int


class SetupSigning(NamedTuple):
    """Carries a vehicle's key: over a cable only, to one vehicle, and into no log."""

    initial_timestamp: int
    target_system: int
    target_component: int
    secret_key: tuple[int, ...]


class Timesync(NamedTuple):
    """tc1 == 0 asks; an answer has the answerer's time in tc1 and the asker's ts1 back."""

    tc1: int
    ts1: int


class RadioStatus(NamedTuple):
    """A radio's own, unsigned: signal and noise of both ends in its own units; 255 unknown."""

    rxerrors: int
    fixed: int
    rssi: int
    remrssi: int
    txbuf: int
    noise: int
    remnoise: int


class BatteryStatus(NamedTuple):
    current_consumed: int
    energy_consumed: int
    temperature: int
    voltages: tuple[int, ...]
    current_battery: int
    id: int
    battery_function: int
    type: int
    battery_remaining: int
    time_remaining: int
    charge_state: int
    voltages_ext: tuple[int, ...]
    mode: int
    fault_bitmask: int


class AutopilotVersion(NamedTuple):
    capabilities: int
    uid: int
    flight_sw_version: int
    middleware_sw_version: int
    os_sw_version: int
    board_version: int
    vendor_id: int
    product_id: int
    flight_custom_version: tuple[int, ...]
    middleware_custom_version: tuple[int, ...]
    os_custom_version: tuple[int, ...]
    uid2: tuple[int, ...]


class FenceStatus(NamedTuple):
    breach_time: int
    breach_count: int
    breach_status: int
    breach_type: int
    breach_mitigation: int


class EkfStatusReport(NamedTuple):
    velocity_variance: float
    pos_horiz_variance: float
    pos_vert_variance: float
    compass_variance: float
    terrain_alt_variance: float
    flags: int
    airspeed_variance: float


class HomePosition(NamedTuple):
    latitude: int
    longitude: int
    altitude: int
    x: float
    y: float
    z: float
    q: tuple[float, ...]
    approach_x: float
    approach_y: float
    approach_z: float
    time_usec: int


class ExtendedSysState(NamedTuple):
    vtol_state: int
    landed_state: int


class Statustext(NamedTuple):
    """id 0: whole; otherwise one chunk of a longer text."""

    severity: int
    text: bytes
    id: int
    chunk_seq: int


class AdsbVehicle(NamedTuple):
    """Another aircraft, as a vehicle's or a range's own receiver hears it; flags tell which fields count."""

    ICAO_address: int
    lat: int
    lon: int
    altitude: int
    heading: int
    hor_velocity: int
    ver_velocity: int
    flags: int
    squawk: int
    altitude_type: int
    callsign: bytes
    emitter_type: int
    tslc: int


class OpenDroneIdBasicId(NamedTuple):
    target_system: int
    target_component: int
    id_or_mac: tuple[int, ...]
    id_type: int
    ua_type: int
    uas_id: tuple[int, ...]


class OpenDroneIdLocation(NamedTuple):
    latitude: int
    longitude: int
    altitude_barometric: float
    altitude_geodetic: float
    height: float
    timestamp: float
    direction: int
    speed_horizontal: int
    speed_vertical: int
    target_system: int
    target_component: int
    id_or_mac: tuple[int, ...]
    status: int
    height_reference: int
    horizontal_accuracy: int
    vertical_accuracy: int
    barometer_accuracy: int
    speed_accuracy: int
    timestamp_accuracy: int


NAMED: tuple[type[tuple[Any, ...]], ...] = (
    Heartbeat,
    SysStatus,
    SystemTime,
    ParamRequestRead,
    ParamRequestList,
    ParamValue,
    ParamSet,
    GpsRawInt,
    GlobalPositionInt,
    PositionTargetGlobalInt,
    MissionCurrent,
    Wind,
    MissionItem,
    MissionRequest,
    MissionRequestList,
    MissionCount,
    MissionAck,
    MissionRequestInt,
    MissionItemInt,
    CommandInt,
    CommandLong,
    CommandAck,
    SetupSigning,
    Timesync,
    RadioStatus,
    BatteryStatus,
    AutopilotVersion,
    FenceStatus,
    EkfStatusReport,
    HomePosition,
    ExtendedSysState,
    Statustext,
    AdsbVehicle,
    OpenDroneIdBasicId,
    OpenDroneIdLocation,
)
