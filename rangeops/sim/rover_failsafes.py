"""Rover's failsafes: ground station, transmitter, position, battery.

Source: Rover 4.5.7 failsafe.cpp and ekf_check.cpp (names, order, texts); their timing isn't recorded.
"""

from collections.abc import Mapping
from typing import Final

from rangeops.sim.channel import mavlink
from rangeops.sim.failsafes import Failsafes
from rangeops.sim.traits import Role

_WARNING: Final = mavlink.MAV_SEVERITY_WARNING
_INFO: Final = mavlink.MAV_SEVERITY_INFO
_TERMINATE: Final = 5
_CONTINUE_MISSION: Final = 2  # FS_GCS_ENABLE and FS_THR_ENABLE
_ACTIVE_IN_HOLD: Final = 1  # FS_OPTIONS
LADDERS: Final[Mapping[int, tuple[Role, ...]]] = {  # FS_ACTION, FENCE_ACTION and BATT_FS_*_ACT
    1: (Role.RTL, Role.HOLD),
    2: (Role.HOLD,),
    3: (Role.SMART_RTL, Role.RTL, Role.HOLD),
    4: (Role.SMART_RTL, Role.HOLD),
}


class RoverFailsafes(Failsafes):
    battery_ladders = LADDERS
    battery_terminate = _TERMINATE

    _rc_lost_s: float | None = None

    def position_lost(self) -> None:
        vehicle = self._vehicle
        if not vehicle.armed or not vehicle.mode.needs_position:
            return
        self.position_active = True
        if vehicle.parameters["FS_EKF_ACTION"]:
            vehicle.fly(Role.HOLD)
        vehicle.text(mavlink.MAV_SEVERITY_CRITICAL, "EKF failsafe")

    def position_regained(self) -> None:
        if self.position_active:
            self.position_active = False
            self._vehicle.text(mavlink.MAV_SEVERITY_CRITICAL, "EKF failsafe cleared")

    def _check_gcs(self) -> None:
        parameters, age_s = self._vehicle.parameters, self.gcs_age_s
        enabled = int(parameters["FS_GCS_ENABLE"])
        if not enabled or age_s is None:
            return
        # FS_TIMEOUT counts from the moment that FS_GCS_TIMEOUT has found it lost.
        lost = age_s > parameters["FS_GCS_TIMEOUT"] + parameters["FS_TIMEOUT"]
        self.gcs_active = self._triggered("GCS", enabled, lost=lost, active=self.gcs_active)

    def _check_rc(self) -> None:
        vehicle, now_s = self._vehicle, self._vehicle.now.monotonic_s
        enabled = int(vehicle.parameters["FS_THR_ENABLE"])
        if not (vehicle.rc.lost and enabled):
            self._rc_lost_s = None
        elif self._rc_lost_s is None:
            self._rc_lost_s = now_s
        lost = self._rc_lost_s is not None and now_s - self._rc_lost_s > vehicle.parameters["FS_TIMEOUT"]
        self.rc_active = self._triggered("Radio", enabled, lost=lost, active=self.rc_active)

    def _triggered(self, name: str, enabled: int, *, lost: bool, active: bool) -> bool:
        vehicle = self._vehicle
        if active and not lost:
            vehicle.text(_INFO, f"{name} Failsafe Cleared")
        if not lost or active:
            return lost
        held = vehicle.flies(Role.HOLD) and not int(vehicle.parameters["FS_OPTIONS"]) & _ACTIVE_IN_HOLD
        if vehicle.flies(Role.RTL) or held:
            return False
        vehicle.rc.clear_overrides()
        vehicle.text(_WARNING, f"{name} Failsafe")
        if vehicle.flies(Role.AUTO) and enabled == _CONTINUE_MISSION:
            vehicle.text(_WARNING, "Failsafe - Continuing Auto Mode")
            return True
        action = int(vehicle.parameters["FS_ACTION"])
        if action == _TERMINATE:
            vehicle.disarm()
        self._act(name, LADDERS.get(action, ()), None)
        return True

    def _act(self, name: str, ladder: tuple[Role, ...], exception: str | None) -> None:  # noqa: ARG002 the base's form
        for role in ladder:
            if self._vehicle.fly(role):
                break
