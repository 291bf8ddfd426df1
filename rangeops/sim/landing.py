"""The landing detector: when the vehicle counts as landed, and when it disarms by itself."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_LANDED_AFTER_S: Final = 1.5  # on the ground, until the landing detector says so
_DISARM_AFTER_LANDING_S: Final = 0.4


class LandingDetector:
    def __init__(self, vehicle: "Vehicle") -> None:
        self._vehicle = vehicle
        self._grounded_s: float | None = None
        self._flying_s = 0.0

    def armed(self) -> None:
        self._flying_s = 0.0

    def step(self, dt_s: float) -> None:
        vehicle, now_s = self._vehicle, self._vehicle.now.monotonic_s
        if not vehicle.body.on_ground:
            self._grounded_s = None
            if vehicle.armed:
                vehicle.land_complete = False
                self._flying_s += dt_s
            return
        if self._grounded_s is None:
            self._grounded_s = now_s
        grounded_s = now_s - self._grounded_s
        if not vehicle.land_complete and (grounded_s > _LANDED_AFTER_S or not vehicle.armed):
            vehicle.land_complete = True
        if not vehicle.armed:
            return
        if vehicle.mode.disarms_when_landed and self._flying_s > 0:
            if grounded_s > _LANDED_AFTER_S + _DISARM_AFTER_LANDING_S and vehicle.land_complete:
                vehicle.mode.landed()
                vehicle.disarm()
        elif self._idle_on_ground(now_s, grounded_s):
            vehicle.disarm()

    def _idle_on_ground(self, now_s: float, grounded_s: float) -> bool:
        vehicle = self._vehicle
        if "DISARM_DELAY" not in vehicle.parameters:
            return False
        delay_s = vehicle.parameters["DISARM_DELAY"]
        waiting = vehicle.land_complete and not vehicle.mode.taking_off and vehicle.rc.throttle() < -0.9
        return waiting and 0 < delay_s < min(now_s - vehicle.arming.armed_at_s, grounded_s)
