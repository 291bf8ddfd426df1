"""What the autopilot knows of where it is: GPS, the filter's boot, loss and return of the position, and home.

The times are a share of `ready_after_s`, in the proportions measured on an ArduCopter 4.5.7 that needed 42 s.
"""

from collections import deque
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from rangeops.sim.channel import mavlink

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

TRUSTED_FLAGS: Final = 0x33F
_BOOT_FLAGS: Final = 0xA7
_LOST_FLAGS: Final = 0x25
_CRUDE_FLAGS: Final = 0x27  # a Rover's, in the same state
_MEASURED_READY_S: Final = 42.1
_UNTRUSTED_AFTER_S: Final = 7.5  # without GPS
_LAND_AFTER_S: Final = 8.0
_TRUST_RETURNS_S: Final = 6.0  # after the satellites are back
_DRIFT_MPS: Final = (0.5, 0.35)  # the estimate's, while it has no position to hold on to
_SATELLITES: Final = 10
_YAW_ALIGNMENT_M: Final = 2.9

INFO: Final = mavlink.MAV_SEVERITY_INFO
_BOOT_TEXTS: Final = (  # seconds after power-up, as measured
    (0.1, "Calibrating barometer"),
    (1.65, "Barometer 1 calibration complete"),
    (1.65, "Barometer 2 calibration complete"),
    (2.18, "ArduPilot Ready"),
    (2.18, "AHRS: DCM active"),
    (4.18, "EKF3 IMU0 initialised"),
    (4.18, "EKF3 IMU1 initialised"),
    (4.18, "AHRS: EKF3 active"),
    (5.53, "EKF3 IMU0 tilt alignment complete"),
    (5.53, "EKF3 IMU1 tilt alignment complete"),
    (5.63, "EKF3 IMU0 MAG0 initial yaw alignment complete"),
    (5.63, "EKF3 IMU1 MAG0 initial yaw alignment complete"),
    (9.6, "GPS 1: detected as u-blox at 230400 baud"),
)
_INITIALISED_S: Final = 2.18
_GPS_FIX_S: Final = 9.9
_ORIGIN_S: Final = 19.85
_AHRS_CHECK_S: Final = 22.5
_SENSORS_CONSISTENT_S: Final = 23.5
_USING_GPS_S: Final = 41.25


@dataclass(frozen=True, slots=True)
class Home:
    latitude_deg: float
    longitude_deg: float
    altitude_amsl_m: float


class Navigation:
    def __init__(self, vehicle: "Vehicle", ready_after_s: float) -> None:
        self._vehicle = vehicle
        self._scale = ready_after_s / _MEASURED_READY_S
        self._texts = deque(sorted((*_BOOT_TEXTS, *vehicle.craft.boot_texts), key=itemgetter(0)))
        self._origin_set = False
        self._said_using_gps = False
        self._lost_at_s: float | None = None
        self._back_at_s: float | None = None
        self._variance_said = False
        self._was_trusted = False
        self._yaw_aligned = False
        self.gps_denied = False
        self.home: Home | None = None
        self.origin: Home | None = None
        self.home_locked = False
        self.trusted = False
        self.drift_m = (0.0, 0.0)

    @property
    def age_s(self) -> float:
        """Seconds since power-up on the scale of the measured boot."""
        seconds = self._vehicle.boot_ms / 1000
        return seconds / self._scale if self._scale > 0 else float("inf")

    @property
    def initialised(self) -> bool:
        return self.age_s >= _INITIALISED_S

    @property
    def ahrs_checked(self) -> bool:
        return self.age_s >= _AHRS_CHECK_S

    @property
    def sensors_consistent(self) -> bool:
        return self.age_s >= _SENSORS_CONSISTENT_S

    @property
    def has_fix(self) -> bool:
        return self.age_s >= _GPS_FIX_S and not self.gps_denied

    @property
    def position_filled(self) -> bool:
        """Latitude and longitude are sent from the first fix on, long before they can be trusted, and ever after."""
        return self.age_s >= _GPS_FIX_S

    @property
    def fix_type(self) -> int:
        if self.has_fix:
            return int(mavlink.GPS_FIX_TYPE_RTK_FIXED)
        return int(mavlink.GPS_FIX_TYPE_NO_FIX if self.position_filled else mavlink.GPS_FIX_TYPE_NO_GPS)

    @property
    def satellites(self) -> int:
        return _SATELLITES if self.has_fix else 0

    @property
    def ekf_flags(self) -> int:
        if self.trusted:
            return TRUSTED_FLAGS
        if self.is_crude:
            return _CRUDE_FLAGS
        return _LOST_FLAGS if self._was_trusted else _BOOT_FLAGS

    @property
    def is_crude(self) -> bool:
        """What is sent is the cruder filter's: no height, no speed. Nothing but the next EKF_STATUS_REPORT tells so."""
        return self._vehicle.craft.has_a_cruder_filter and self._was_trusted and not self.trusted

    def begin_in_the_air(self) -> None:
        """It booted long ago: home is below it, on the ground."""
        vehicle = self._vehicle
        self._scale = 0.0
        self._texts.clear()
        self._origin_set = self._said_using_gps = self._yaw_aligned = True
        self.trusted = self._was_trusted = True
        place = vehicle.spec.home
        self.origin = self.home = Home(place.latitude_deg, place.longitude_deg, vehicle.ground_amsl_m)

    def step(self, dt_s: float) -> None:
        self._boot()
        self._watch_gps(dt_s)

    def _boot(self) -> None:
        vehicle, age = self._vehicle, self.age_s
        while self._texts and self._texts[0][0] <= age:
            vehicle.text(INFO, self._texts.popleft()[1])
        if not self._origin_set and age >= _ORIGIN_S and self.has_fix:
            self._set_origin()
        if not self._said_using_gps and age >= _USING_GPS_S and self._origin_set and self.has_fix:
            self._said_using_gps = True
            self._say_using_gps()
        if not self.trusted and age >= _MEASURED_READY_S and self._said_using_gps and self._lost_at_s is None:
            self.trusted = self._was_trusted = True
        self._align_yaw()

    def _align_yaw(self) -> None:
        """Once a flight, clear of the ground's magnetism."""
        vehicle = self._vehicle
        if not vehicle.armed:
            self._yaw_aligned = False
        elif vehicle.craft.yaw_aligns_in_flight and not self._yaw_aligned and vehicle.body.up_m > _YAW_ALIGNMENT_M:
            self._yaw_aligned = True
            for core in (0, 1):
                vehicle.text(INFO, f"EKF3 IMU{core} MAG0 in-flight yaw alignment complete")

    def _set_origin(self) -> None:
        vehicle = self._vehicle
        self._origin_set = True
        self.home = vehicle.here()
        self.origin = replace(self.home, altitude_amsl_m=vehicle.ground_amsl_m + vehicle.motion.up_m)
        vehicle.send_soon(mavlink.MAVLINK_MSG_ID_GPS_GLOBAL_ORIGIN, mavlink.MAVLINK_MSG_ID_HOME_POSITION)
        vehicle.text(INFO, "EKF3 IMU0 origin set")
        vehicle.announce_parameter("BARO1_GND_PRESS")
        vehicle.announce_parameter("BARO2_GND_PRESS")
        vehicle.text(INFO, f"Field Elevation Set: {vehicle.ground_amsl_m:.0f}m")
        vehicle.text(INFO, "EKF3 IMU1 origin set")

    def _say_using_gps(self) -> None:
        self._vehicle.text(INFO, "EKF3 IMU0 is using GPS")
        self._vehicle.text(INFO, "EKF3 IMU1 is using GPS")

    def _watch_gps(self, dt_s: float) -> None:
        now_s = self._vehicle.now.monotonic_s
        if not self._said_using_gps:
            return
        if self.gps_denied:
            self._back_at_s = None
            self._lose(now_s, dt_s)
        elif self._lost_at_s is not None:
            if self.trusted:  # it was back before the filter gave up
                self._lost_at_s = None
                return
            self._back_at_s = now_s if self._back_at_s is None else self._back_at_s
            self._drift(dt_s)
            if now_s - self._back_at_s >= _TRUST_RETURNS_S:
                self._regain()

    def _lose(self, now_s: float, dt_s: float) -> None:
        self._lost_at_s = now_s if self._lost_at_s is None else self._lost_at_s
        gone_s = now_s - self._lost_at_s
        if gone_s >= _UNTRUSTED_AFTER_S:
            if self.trusted and self._vehicle.craft.has_a_cruder_filter:
                self._vehicle.text(INFO, "AHRS: DCM active")
            self.trusted = False
            self._drift(dt_s)
        if gone_s >= _LAND_AFTER_S and not self._variance_said:
            self._variance_said = True
            self._vehicle.text(mavlink.MAV_SEVERITY_CRITICAL, "EKF variance")
            self._vehicle.failsafes.position_lost()

    def _regain(self) -> None:
        """The position jumps to where the vehicle really is."""
        self.drift_m = (0.0, 0.0)
        self._lost_at_s = self._back_at_s = None
        self.trusted = True
        self._say_using_gps()
        if self._vehicle.craft.has_a_cruder_filter:
            self._vehicle.text(INFO, "AHRS: EKF3 active")
        if self._variance_said:
            self._variance_said = False
            self._vehicle.failsafes.position_regained()

    def _drift(self, dt_s: float) -> None:
        self.drift_m = (self.drift_m[0] + _DRIFT_MPS[0] * dt_s, self.drift_m[1] + _DRIFT_MPS[1] * dt_s)
