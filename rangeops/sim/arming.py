"""Arming checks, with ArduCopter's texts."""

import math
from typing import TYPE_CHECKING, Final

from rangeops.sim.channel import mavlink

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_CHECK_EVERY_S: Final = 1.0
_FIRST_CHECK_S: Final = 0.28
_TEXT_EVERY_S: Final = 30.0
_TEXT_NOT_WITHIN_S: Final = 4.0
FORCE_ARM: Final = 2989
FORCE_DISARM: Final = 21196
_CRITICAL: Final = mavlink.MAV_SEVERITY_CRITICAL


class Arming:
    def __init__(self, vehicle: "Vehicle") -> None:
        self._vehicle = vehicle
        self.healthy = False
        self._next_check_s = vehicle.now.monotonic_s + _FIRST_CHECK_S
        self._told_s = vehicle.now.monotonic_s
        self._tell_soon = False
        self.armed_at_s = 0.0

    def step(self) -> None:
        """The pre-arm checks, once a second while disarmed. A new failure is told at the next, the rest every 30 s."""
        vehicle = self._vehicle
        now_s = vehicle.now.monotonic_s
        if vehicle.armed:
            self.healthy = True
        if now_s < self._next_check_s:
            return
        self._next_check_s += math.ceil(now_s - self._next_check_s + 1e-9) * _CHECK_EVERY_S
        if vehicle.armed:
            return
        since_s = now_s - self._told_s
        tell = since_s > _TEXT_EVERY_S or (self._tell_soon and since_s > _TEXT_NOT_WITHIN_S)
        problems = self.problems()
        if tell:
            self._told_s, self._tell_soon = now_s, False
            for problem in problems:
                vehicle.text(_CRITICAL, f"PreArm: {problem}")
        self._tell_soon |= self.healthy and bool(problems)
        self.healthy = not problems

    def problems(self) -> list[str]:
        vehicle = self._vehicle
        navigation, parameters = vehicle.navigation, vehicle.parameters
        found: list[str] = []
        if not navigation.sensors_consistent:
            found.append("Gyros inconsistent" if navigation.ahrs_checked else "Accels inconsistent")
        if vehicle.rc.lost and vehicle.failsafes.watches_rc:
            found.append("Throttle (RC3) below failsafe")
        if vehicle.failsafes.battery_active:
            found.append("Battery failsafe")
        if parameters["BATT_ARM_VOLT"] > 0 and vehicle.battery.voltage_v < parameters["BATT_ARM_VOLT"]:
            found.append("Battery 1 below minimum arming voltage")
        if parameters["BATT_ARM_MAH"] > 0:
            left = vehicle.battery.capacity_mah - vehicle.battery.used_mah
            if left < parameters["BATT_ARM_MAH"]:
                found.append("Battery 1 below minimum arming capacity")
        if vehicle.failsafes.gcs_active:
            found.append("GCS failsafe on")
        if vehicle.mode.needs_position and not navigation.trusted:
            found.append("Need Position Estimate")
        fence = vehicle.fence.pre_arm_problem()
        if fence is not None:
            found.append(fence)
        return found

    def arm(self, *, force: bool) -> bool:
        vehicle = self._vehicle
        if vehicle.armed:
            return True
        vehicle.logging = True
        if not force:
            problems = self.problems() if vehicle.parameters["ARMING_CHECK"] else self._mandatory()
            if not problems and vehicle.mode.arming_problem is not None:
                problems = [vehicle.mode.arming_problem]
            if problems:
                for problem in problems:
                    vehicle.text(_CRITICAL, f"Arm: {problem}")
                return False
        self.armed_at_s = vehicle.now.monotonic_s
        vehicle.arm_motors()
        vehicle.text(mavlink.MAV_SEVERITY_INFO, vehicle.craft.arm_text)
        return True

    def _mandatory(self) -> list[str]:
        """What ARMING_CHECK 0 doesn't switch off."""
        fence = self._vehicle.fence.pre_arm_problem()
        needs = self._vehicle.mode.needs_position and not self._vehicle.navigation.trusted
        return (["Need Position Estimate"] if needs else []) + ([fence] if fence else [])
