"""ArduPlane's failsafes: short and long loss of the transmitter, loss of the ground station, battery.

Source: ArduPlane 4.5.7 events.cpp and system.cpp (names, order, texts); their timing isn't recorded.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from rangeops.sim.channel import mavlink
from rangeops.sim.failsafes import Failsafes
from rangeops.sim.traits import Role

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_WARNING: Final = mavlink.MAV_SEVERITY_WARNING
_SHORT_DISABLED: Final = 3  # FS_SHORT_ACTN
_BEST_GUESS: Final = 0  # CIRCLE, but a mission and GUIDED go on
_LONG: Final[Mapping[int, Role]] = {1: Role.RTL, 2: Role.GLIDE, 4: Role.AUTO}  # FS_LONG_ACTN; 0 goes on


class PlaneFailsafes(Failsafes):
    battery_ladders = MappingProxyType({1: (Role.RTL,), 2: (Role.RTL,)})  # 2 would land where a mission says how
    battery_terminate = 3

    _rc_lost_s: float | None = None
    _short_active = False

    def __init__(self, vehicle: "Vehicle") -> None:
        super().__init__(vehicle)
        self._gcs_heard_s = vehicle.now.monotonic_s  # its start counts as heard; it acts on the ground, too

    @property
    def watches_rc(self) -> bool:
        return bool(self._vehicle.parameters["THR_FAILSAFE"])

    def position_lost(self) -> None:
        """A plane flies on by its attitude and airspeed."""

    def position_regained(self) -> None: ...

    def _check_gcs(self) -> None:
        vehicle, age_s = self._vehicle, self.gcs_age_s
        if not vehicle.parameters["FS_GCS_ENABL"] or age_s is None:
            return
        lost = age_s > vehicle.parameters["FS_LONG_TIMEOUT"]
        if lost and not self.gcs_active:
            self.gcs_active = True
            self._go_long("GCS")
        elif not lost and self.gcs_active:
            self.gcs_active = False
            vehicle.text(_WARNING, "GCS Failsafe Off")

    def _check_rc(self) -> None:
        vehicle, now_s = self._vehicle, self._vehicle.now.monotonic_s
        if not (vehicle.rc.lost and self.watches_rc):
            self._rc_back()
            return
        self._rc_lost_s = now_s if self._rc_lost_s is None else self._rc_lost_s
        gone_s = now_s - self._rc_lost_s
        if not vehicle.armed or vehicle.land_complete:
            return
        short = int(vehicle.parameters["FS_SHORT_ACTN"])
        if short != _SHORT_DISABLED and not self._short_active and gone_s > vehicle.parameters["FS_SHORT_TIMEOUT"]:
            self._short_active = True
            self._go_short(short)
        if not self.rc_active and gone_s > vehicle.parameters["FS_LONG_TIMEOUT"]:
            self.rc_active = True
            self._go_long("RC Long")

    def _rc_back(self) -> None:
        self._rc_lost_s = None
        if self.rc_active:
            self._vehicle.text(_WARNING, "RC Long Failsafe Cleared")
        elif self._short_active:
            self._vehicle.text(_WARNING, "Short Failsafe Cleared")
        self.rc_active = self._short_active = False

    def _go_short(self, action: int) -> None:
        vehicle = self._vehicle
        guided = not vehicle.mode.is_guided or (action != _BEST_GUESS and not vehicle.flies(Role.RTL))
        changed = guided and vehicle.fly(Role.GLIDE if action == 2 else Role.CIRCLE)
        said = f"RC Short Failsafe: switched to {vehicle.mode.name}" if changed else "RC Short Failsafe On"
        vehicle.text(_WARNING, said)

    def _go_long(self, name: str) -> None:
        """A mission, GUIDED and RTL go on where FS_LONG_ACTN is 0; every other mode returns."""
        vehicle = self._vehicle
        vehicle.rc.clear_overrides()
        goes_on = vehicle.flies(Role.AUTO) or vehicle.flies(Role.GUIDED) or vehicle.flies(Role.RTL)
        role = _LONG.get(int(vehicle.parameters["FS_LONG_ACTN"]), None if goes_on else Role.RTL)
        if role is not None:
            vehicle.fly(role)
        vehicle.text(_WARNING, f"{name} Failsafe On: {vehicle.mode.name}")

    def _act(self, name: str, ladder: tuple[Role, ...], exception: str | None) -> None:  # noqa: ARG002 the base's form
        for role in ladder:
            if self._vehicle.fly(role):
                break
