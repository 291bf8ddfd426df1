"""ArduCopter's flight modes: number, name, what they need, and how they steer."""

import math
from dataclasses import replace
from typing import Final

from rangeops.sim.body import Steering
from rangeops.sim.dynamics import Tilt
from rangeops.sim.guidance import StopStyle, level
from rangeops.sim.maneuvers import Circle, Descend, FlyTo, FlyVelocity, Hold, ReturnHome, TakeOff
from rangeops.sim.modes import HEIGHT_CONTROL, FlightMode, Maneuver

_STICK_DEAD_ZONE: Final = 0.1
_STICK_TILT_SPEED_MPS: Final = 5.0
_GUIDED_JERK_MPS3: Final = 5.0  # PSC_JERK_XY


class _Piloted(FlightMode):
    """Modes that a pilot's sticks fly. Without a transmitter's throttle up they sink."""

    armable = True
    is_autopilot = False

    def stick_climb_mps(self) -> float:
        throttle = self.vehicle.rc.throttle()
        parameters = self.vehicle.parameters
        if abs(throttle) < _STICK_DEAD_ZONE:
            return 0.0
        down = parameters["PILOT_SPEED_DN"] or parameters["PILOT_SPEED_UP"]
        return throttle * (parameters["PILOT_SPEED_UP"] if throttle > 0 else down) / 100

    def stick_velocity(self) -> tuple[float, float]:
        roll, pitch = self.vehicle.rc.roll(), self.vehicle.rc.pitch()
        heading = self.vehicle.motion.heading_rad
        forward, right = -pitch * _STICK_TILT_SPEED_MPS, roll * _STICK_TILT_SPEED_MPS
        return (
            forward * math.cos(heading) - right * math.sin(heading),
            forward * math.sin(heading) + right * math.cos(heading),
        )


class Stabilize(_Piloted):
    number, name = 0, "STABILIZE"
    needs_position = False
    is_guided = False
    has_manual_throttle = True
    control_bits = 0

    def steer(self) -> Tilt:
        throttle = self.vehicle.rc.throttle()
        if throttle <= -1 + _STICK_DEAD_ZONE:
            return level(-8.0, acceleration_mps2=5.0)
        return level(throttle * 5.0, acceleration_mps2=4.0)


class AltHold(_Piloted):
    number, name = 2, "ALT_HOLD"
    needs_position = False
    is_guided = False
    control_bits = HEIGHT_CONTROL

    def steer(self) -> Tilt:
        return level(self.stick_climb_mps(), acceleration_mps2=self.vehicle.parameters["PILOT_ACCEL_Z"] / 100)


class Loiter(_Piloted):
    number, name = 5, "LOITER"

    def enter(self) -> None:
        self._hold = Hold(self.vehicle, StopStyle.BRAKE)
        self._stick: FlyVelocity | None = None
        self._take_off: TakeOff | None = None

    @property
    def taking_off(self) -> bool:
        return self._take_off is not None and not self._take_off.finished()

    def take_off(self, height_m: float) -> bool:
        self._take_off = TakeOff(self.vehicle, self.vehicle.home_up_m + height_m)
        return True

    def steer(self) -> Tilt:
        if self._take_off is not None:
            if not self._take_off.finished() or self.vehicle.rc.throttle() < -1 + _STICK_DEAD_ZONE:
                return self._take_off.steer()
            self._take_off = None
            self._hold = Hold(self.vehicle, StopStyle.BRAKE)
        north, east = self.stick_velocity()
        if math.hypot(north, east) > 0.5:
            self._stick = FlyVelocity(self.vehicle, north, east, self.stick_climb_mps())
            return self._stick.steer()
        if self._stick is not None:
            self._stick = None
            self._hold = Hold(self.vehicle, StopStyle.BRAKE)
        held = self._hold.steer()
        return Tilt(
            held.acceleration_north_mps2,
            held.acceleration_east_mps2,
            jerk_mps3=held.jerk_mps3,
            climb_mps=self.stick_climb_mps(),
            climb_acceleration_mps2=self.vehicle.parameters["PILOT_ACCEL_Z"] / 100,
        )


class PosHold(Loiter):
    number, name = 16, "POSHOLD"


class _Maneuvering(FlightMode):
    """Modes that fly one manoeuvre after another."""

    maneuver: Maneuver

    def steer(self) -> Steering:
        return self.maneuver.steer()

    @property
    def taking_off(self) -> bool:
        return self.maneuver.taking_off and not self.maneuver.finished()

    @property
    def landing(self) -> bool:
        return self.maneuver.landing

    def destination(self) -> tuple[float, float, float] | None:
        return self.maneuver.target if isinstance(self.maneuver, FlyTo) else None


class Guided(_Maneuvering):
    number, name = 4, "GUIDED"
    armable = True

    def enter(self) -> None:
        self._fly(Hold(self.vehicle, StopStyle.BRAKE))
        self._paused: Maneuver | None = None

    def _fly(self, maneuver: Maneuver) -> None:
        """A new target turns the nose as it likes, until the next face()."""
        self.maneuver = maneuver
        self._heading_rad: float | None = None

    def face(self, heading_rad: float) -> None:
        self._heading_rad = heading_rad

    def steer(self) -> Steering:
        steering = super().steer()
        if self._heading_rad is None or not isinstance(steering, Tilt):
            return steering
        return replace(steering, heading_rad=self._heading_rad)

    def take_off(self, height_m: float) -> bool:
        self._fly(TakeOff(self.vehicle, self.vehicle.home_up_m + height_m))
        return True

    def fly_to(self, north_m: float, east_m: float, up_m: float) -> bool:
        """False, and nothing else, where an enabled fence doesn't contain the target."""
        if not self.vehicle.fence.allows_destination(north_m, east_m, up_m):
            return False
        self._fly(FlyTo(self.vehicle, north_m, east_m, up_m, jerk_mps3=_GUIDED_JERK_MPS3))
        return True

    def fly_velocity(self, north_mps: float, east_mps: float, climb_mps: float) -> None:
        most, parameters = self.vehicle.spec.airframe.max_speed_mps, self.vehicle.parameters
        share = min(most / max(math.hypot(north_mps, east_mps), 1e-6), 1.0)
        climb = min(max(climb_mps, -parameters["WPNAV_SPEED_DN"] / 100), parameters["WPNAV_SPEED_UP"] / 100)
        self._fly(FlyVelocity(self.vehicle, north_mps * share, east_mps * share, climb))

    def pause(self) -> bool:
        if self._paused is None:
            self._paused = self.maneuver
            self.maneuver = Hold(self.vehicle, StopStyle.BRAKE)
        return True

    def resume(self) -> bool:
        if self._paused is not None:
            self.maneuver, self._paused = self._paused, None
        return True


class Rtl(_Maneuvering):
    number, name = 6, "RTL"
    disarms_when_landed = True

    def enter(self) -> None:
        self.vehicle.restore_speed()
        self.maneuver = ReturnHome(self.vehicle)


class SmartRtl(Rtl):
    """The straight way home: the simulator records no path, as a copter without SRTL points does after a reset."""

    number, name = 21, "SMART_RTL"


class CircleMode(_Piloted):
    number, name = 7, "CIRCLE"
    armable = False

    def enter(self) -> None:
        motion = self.vehicle.motion
        radius = 10.0  # CIRCLE_RADIUS 1000 cm
        centre = (
            motion.north_m + radius * math.cos(motion.heading_rad),
            motion.east_m + radius * math.sin(motion.heading_rad),
        )
        self._circle = Circle(self.vehicle, centre, radius, math.inf)

    def steer(self) -> Tilt:
        return self._circle.steer()


class Land(_Maneuvering):
    number, name = 9, "LAND"
    needs_position = False
    is_guided = False
    disarms_when_landed = True

    def enter(self) -> None:
        self.maneuver = Descend(self.vehicle)


class Brake(_Maneuvering):
    number, name = 17, "BRAKE"

    def enter(self) -> None:
        self.maneuver = Hold(self.vehicle, StopStyle.BRAKE)


COPTER_MODES: Final = (Stabilize, AltHold, Guided, Loiter, Rtl, CircleMode, Land, PosHold, Brake, SmartRtl)
