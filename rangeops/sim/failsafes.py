"""Ground-station, radio, battery and position failsafes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from rangeops.sim.channel import mavlink
from rangeops.sim.traits import Role

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_WARNING: Final = mavlink.MAV_SEVERITY_WARNING
_CRITICAL: Final = mavlink.MAV_SEVERITY_CRITICAL
_LADDERS: Final[
    Mapping[int, tuple[Role, ...]]
] = {  # FS_GCS_ENABLE and FS_THR_ENABLE: modes in the order in which they are tried
    1: (Role.RTL, Role.LAND),
    2: (Role.RTL, Role.LAND),
    3: (Role.SMART_RTL, Role.RTL, Role.LAND),
    4: (Role.SMART_RTL, Role.LAND),
    5: (Role.LAND,),
    6: (Role.RTL, Role.LAND),
    7: (Role.BRAKE, Role.LAND),
}
_FS_THR: Final = {1: 1, 2: 1, 3: 5, 4: 3, 5: 4, 6: 6, 7: 7}  # FS_THR_ENABLE's own numbering; 2 continues a mission
_BATTERY_LADDERS: Final[Mapping[int, tuple[Role, ...]]] = {
    1: (Role.LAND,),
    2: (Role.RTL, Role.LAND),
    3: (Role.SMART_RTL, Role.RTL, Role.LAND),
    4: (Role.SMART_RTL, Role.LAND),
    6: (Role.RTL, Role.LAND),
    7: (Role.BRAKE, Role.LAND),
}
_CONTINUE_AUTO_ON_RC, _CONTINUE_AUTO_ON_GCS, _CONTINUE_GUIDED_ON_RC = 1, 2, 4
_CONTINUE_LANDING, _CONTINUE_PILOTED_ON_GCS = 8, 16


class Failsafes:
    battery_ladders: ClassVar[Mapping[int, tuple[Role, ...]]] = _BATTERY_LADDERS
    battery_terminate: ClassVar[int] = 5

    def __init__(self, vehicle: "Vehicle") -> None:
        self._vehicle = vehicle
        self._gcs_heard_s: float | None = None
        self.gcs_active = False
        self.rc_active = False
        self.position_active = False
        self._battery_low_since_s: float | None = None
        self.battery_level = 0  # 0 fine, 1 low, 2 critical

    @property
    def battery_active(self) -> bool:
        return self.battery_level > 0

    @property
    def active(self) -> bool:
        """HEARTBEAT's system_status is CRITICAL."""
        return self.gcs_active or self.rc_active or self.position_active or self.battery_active

    @property
    def gcs_age_s(self) -> float | None:
        return None if self._gcs_heard_s is None else self._vehicle.now.monotonic_s - self._gcs_heard_s

    @property
    def watches_rc(self) -> bool:
        return bool(self._vehicle.parameters["FS_THR_ENABLE"])

    def heard_gcs(self, sysid: int) -> None:
        """Only the one ground station that SYSID_MYGCS names counts."""
        if sysid == self._vehicle.parameters["SYSID_MYGCS"]:
            self._gcs_heard_s = self._vehicle.now.monotonic_s

    def step(self) -> None:
        self._check_gcs()
        self._check_rc()
        self._check_battery()

    def position_lost(self) -> None:
        vehicle = self._vehicle
        if not vehicle.armed or vehicle.grounded or not vehicle.mode.needs_position:
            return
        self.position_active = True
        vehicle.fly(Role.LAND)
        vehicle.text(_CRITICAL, f"EKF Failsafe: changed to {vehicle.mode.name} Mode")

    def position_regained(self) -> None:
        if self.position_active:
            self.position_active = False
            self._vehicle.text(_CRITICAL, "EKF Failsafe Cleared")

    def battery_swapped(self) -> None:
        self.battery_level = 0
        self._battery_low_since_s = None

    def _check_gcs(self) -> None:
        vehicle = self._vehicle
        enabled = int(vehicle.parameters["FS_GCS_ENABLE"])
        age_s = self.gcs_age_s
        if not enabled or age_s is None:
            return
        lost = age_s > vehicle.parameters["FS_GCS_TIMEOUT"]
        if lost and not self.gcs_active:
            self.gcs_active = True
            vehicle.rc.clear_overrides()
            self._act("GCS", _LADDERS.get(enabled, _LADDERS[1]), self._gcs_exception())
        elif not lost and self.gcs_active:
            self.gcs_active = False
            vehicle.text(_WARNING, "GCS Failsafe Cleared")

    def _check_rc(self) -> None:
        vehicle = self._vehicle
        enabled = int(vehicle.parameters["FS_THR_ENABLE"])
        if vehicle.rc.lost and enabled and not self.rc_active:
            self.rc_active = True
            self._act("Radio", _LADDERS.get(_FS_THR.get(enabled, 5), (Role.LAND,)), self._rc_exception())
        elif not vehicle.rc.lost and self.rc_active:
            self.rc_active = False
            vehicle.text(_WARNING, "Radio Failsafe Cleared")

    def _gcs_exception(self) -> str | None:
        vehicle, options = self._vehicle, int(self._vehicle.parameters["FS_OPTIONS"])
        if vehicle.mode.landing and options & _CONTINUE_LANDING:
            return "Continuing Landing"
        if vehicle.flies(Role.AUTO) and options & _CONTINUE_AUTO_ON_GCS:
            return "Continuing Auto Mode"
        if not vehicle.mode.is_autopilot and options & _CONTINUE_PILOTED_ON_GCS:
            return "Continuing Pilot Control"
        return None

    def _rc_exception(self) -> str | None:
        vehicle, options = self._vehicle, int(self._vehicle.parameters["FS_OPTIONS"])
        if vehicle.mode.landing and options & _CONTINUE_LANDING:
            return "Continuing Landing"
        in_auto = vehicle.flies(Role.AUTO)
        if in_auto and (options & _CONTINUE_AUTO_ON_RC or vehicle.parameters["FS_THR_ENABLE"] == 2):
            return "Continuing Auto"
        if vehicle.flies(Role.GUIDED) and options & _CONTINUE_GUIDED_ON_RC:
            return "Continuing Guided Mode"
        return None

    def _act(self, name: str, ladder: tuple[Role, ...], exception: str | None) -> None:
        vehicle = self._vehicle
        if not vehicle.armed:
            vehicle.text(_WARNING, f"{name} Failsafe")
        elif vehicle.land_complete:
            vehicle.text(_WARNING, f"{name} Failsafe - Disarming")
            vehicle.disarm()
        elif exception is not None:
            vehicle.text(_WARNING, f"{name} Failsafe - {exception}")
        else:
            vehicle.text(_WARNING, f"{name} Failsafe")
            for role in ladder:
                if vehicle.fly(role):
                    break

    def _check_battery(self) -> None:
        """BATT_LOW_VOLT for BATT_LOW_TIMER seconds, or BATT_LOW_MAH left; the same for BATT_CRT_."""
        vehicle = self._vehicle
        level = max(self._level("BATT_LOW", 1), self._level("BATT_CRT", 2))
        if level <= self.battery_level:
            if level == 0:
                self._battery_low_since_s = None
            return
        if self._battery_low_since_s is None:
            self._battery_low_since_s = vehicle.now.monotonic_s
        if vehicle.now.monotonic_s - self._battery_low_since_s < vehicle.parameters["BATT_LOW_TIMER"]:
            return
        self.battery_level = level
        word, action = ("critical", "BATT_FS_CRT_ACT") if level == 2 else ("low", "BATT_FS_LOW_ACT")
        battery = vehicle.battery
        vehicle.text(_WARNING, f"Battery 1 is {word} {battery.voltage_v:.2f}V used {battery.used_mah:.0f} mAh")
        chosen = int(vehicle.parameters[action])
        if chosen == self.battery_terminate:
            vehicle.disarm()
        elif chosen in self.battery_ladders:
            self._act("Battery", self.battery_ladders[chosen], None)

    def _level(self, prefix: str, level: int) -> int:
        vehicle = self._vehicle
        volts, mah = vehicle.parameters[f"{prefix}_VOLT"], vehicle.parameters[f"{prefix}_MAH"]
        battery = vehicle.battery
        low_volts = volts > 0 and battery.voltage_v < volts
        low_charge = mah > 0 and battery.capacity_mah - battery.used_mah < mah
        return level if low_volts or low_charge else 0
