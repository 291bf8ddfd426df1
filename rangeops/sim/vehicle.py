"""A simulated ArduPilot vehicle: bytes and time in, bytes out. No socket, thread or clock.

This file ties the parts together; what each part does stands in its own.
"""

import math
from typing import Final

from rangeops.domain.now import Now
from rangeops.sim.arming import Arming
from rangeops.sim.battery import Battery
from rangeops.sim.body import Steering
from rangeops.sim.channel import mavlink
from rangeops.sim.commands import ACCEPTED, DENIED, FAILED, Commands, Order, height_up_m
from rangeops.sim.craft import craft_of
from rangeops.sim.disturbances import Disturbances
from rangeops.sim.dynamics import limits_of
from rangeops.sim.environment import PositionError, WindField
from rangeops.sim.fence import Fence
from rangeops.sim.frame import LocalFrame
from rangeops.sim.guidance import Motion
from rangeops.sim.inbox import Inbox
from rangeops.sim.items import ItemStore, MissionProgress
from rangeops.sim.landing import LandingDetector
from rangeops.sim.missions import RELATIVE_FRAMES, Item
from rangeops.sim.modes import FlightMode
from rangeops.sim.navigation import Home, Navigation
from rangeops.sim.parameters import Parameters, shipped_parameters
from rangeops.sim.rc import RadioControl
from rangeops.sim.scenario import CALM, VehicleSpec, Wind
from rangeops.sim.telemetry import GIT_HASH
from rangeops.sim.traits import Role
from rangeops.sim.voice import Outgoing, Voice

STEP_S: Final = 0.04  # the rate at which ArduPilot checks its fence
_MOST_STEPS: Final = 50  # a process that was stopped doesn't fly the lost time
_STATISTICS_EVERY_S: Final = 31.0
_HIGHEST_M: Final = 20_000.0
_HOME_MOVES_M: Final = 0.5  # a rover's home is set anew only further away than this
_SILENT_AFTER_REBOOT_S: Final = 1.5


class Vehicle(Voice):
    def __init__(
        self, spec: VehicleSpec, now: Now, *, wind: Wind = CALM, gps_noise_m: float = 0.0, seed: int = 1
    ) -> None:
        super().__init__()
        self.spec = spec
        self.craft = craft_of(spec.airframe, where=spec.callsign)
        self.sysid = spec.sysid
        self.now = now
        self.frame = LocalFrame(spec.home)
        self.ground_amsl_m = spec.home_elevation_amsl_m
        self.limits = limits_of(spec.airframe)
        self.wind = WindField(wind, seed * 1009 + spec.sysid)
        self.position_error = PositionError(gps_noise_m, seed * 2003 + spec.sysid)
        self.body = self.craft.body(spec.airframe, math.radians(spec.heading_deg))
        self.battery = Battery(spec.airframe, spec.battery_percent)
        self.rc = RadioControl(reverses=self.craft.drives)
        self.faults = Disturbances()
        self.uid2 = [*f"sim-{spec.callsign}".encode()[:18].ljust(18, b"\0")]
        self.boots = 0
        tuned = {"SYSID_THISMAV": spec.sysid, **self.craft.tune(spec.airframe), **spec.parameters}
        self.parameters = Parameters(shipped_parameters(self.craft.parameters), tuned, where=spec.callsign)
        self._boot()

    def _boot(self) -> None:
        now_s = self.now.monotonic_s
        self.boots += 1
        self.parameters.boot()
        self._booted_s = now_s
        self._reboot_wanted = False
        self._stepped_s = now_s
        self.armed = self.may_take_off = False
        self.logging = False
        self.land_complete = True
        self.throttle_percent = 0
        self.landing = LandingDetector(self)
        self._statistics_s = now_s + _STATISTICS_EVERY_S
        self._speed_mps: float | None = None
        self.restart_voice()
        self.navigation = Navigation(self, self.spec.ready_after_s)
        self.motion = self._believed()
        self.failsafes = self.craft.failsafes(self)
        self.arming = Arming(self)
        if self.boots == 1:
            self.items = ItemStore(self)
        self.items.abort_uploads()
        self.mission = MissionProgress(self)
        self.fence = Fence(self)
        if self.items.fence:
            self.fence.load(self.items.fence)
        self.commands = Commands(self)
        self.inbox = Inbox(self)
        airborne = self.boots == 1 and self.spec.airborne_m is not None
        if airborne:
            self._begin_in_the_air()
        start = Role.AIRBORNE if airborne else Role.START
        self.mode: FlightMode = self.craft.modes[self.craft.roles[start]](self)
        self.mode.enter()

    def _begin_in_the_air(self) -> None:
        assert self.spec.airborne_m is not None
        self.navigation.begin_in_the_air()
        self.body.launch(self.spec.airborne_m, self.wind.step(0.0))
        self.armed = self.logging = self.arming.healthy = True
        self.land_complete = False
        self.motion = self._believed()

    # --- the outside -------------------------------------------------------------------------------------------------

    def receive(self, channel: int, data: bytes, now: Now) -> list[Outgoing]:
        self.now = now
        if self.rebooting:
            return []
        for message in self._channels[channel].decode(data):
            self.inbox.received(channel, message)
        return self._finish()

    def step(self, now: Now) -> list[Outgoing]:
        """Fly up to `now`, and say what is due."""
        self.now = now
        elapsed = now.monotonic_s - self._stepped_s
        steps = int(elapsed / STEP_S + 1e-6)
        if steps > _MOST_STEPS:
            self._stepped_s = now.monotonic_s - _MOST_STEPS * STEP_S
            steps = _MOST_STEPS
        for _ in range(steps):
            self._stepped_s += STEP_S
            self._fly(STEP_S)
        if self.rebooting:
            return []
        if steps:
            self._housekeeping()
            self.speak()
        return self._finish()

    def _finish(self) -> list[Outgoing]:
        outgoing = self.drain()
        if self._reboot_wanted:
            self._boot()
        return outgoing

    @property
    def rebooting(self) -> bool:
        return self.boots > 1 and self.now.monotonic_s - self._booted_s < _SILENT_AFTER_REBOOT_S

    @property
    def next_step_s(self) -> float:
        return self._stepped_s + STEP_S

    def parameter_changed(self, name: str) -> None:
        """Somebody else has set it."""
        if name == "FENCE_ENABLE" and not self.fence.enabled:
            self.fence.forget_breaches()

    def say_banner(self) -> None:
        firmware = f"{self.craft.firmware} ({GIT_HASH.decode()})"
        for text in (firmware, "rangeops simulated vehicle", f"Frame: {self.craft.frame}"):
            self.text(mavlink.MAV_SEVERITY_INFO, text)

    # --- where it is -------------------------------------------------------------------------------------------------

    def _believed(self) -> Motion:
        body, error = self.body, self.position_error
        drift = self.navigation.drift_m
        return Motion(
            body.north_m + error.north_m + drift[0],
            body.east_m + error.east_m + drift[1],
            body.up_m + error.up_m,
            body.north_mps,
            body.east_mps,
            body.climb_mps,
            body.heading_rad,
        )

    @property
    def boot_ms(self) -> int:
        return int((self.now.monotonic_s - self._booted_s) * 1000)

    @property
    def position(self) -> tuple[float, float]:
        """Latitude and longitude, as it believes."""
        return self.frame.to_degrees(self.motion.north_m, self.motion.east_m)

    @property
    def gps_position(self) -> tuple[float, float, float]:
        return (*self.position, self.motion.up_m)

    @property
    def home_metres(self) -> tuple[float, float]:
        home = self.navigation.home
        return (0.0, 0.0) if home is None else self.frame.to_metres(home.latitude_deg, home.longitude_deg)

    @property
    def home_up_m(self) -> float:
        home = self.navigation.home
        return 0.0 if home is None else home.altitude_amsl_m - self.ground_amsl_m

    def here(self) -> Home:
        latitude, longitude = self.position
        altitude_m = self.ground_amsl_m + self.motion.up_m if self.craft.home_has_altitude else 0.0
        return Home(latitude, longitude, altitude_m)

    def set_home_here(self, *, lock: bool) -> bool:
        if not self.navigation.trusted:
            return False
        return self._set_home(self.here(), lock=lock)

    def set_home_to(self, item: Item) -> bool:
        if self.navigation.origin is None:
            return False
        altitude = item.z + (self.ground_amsl_m + self.home_up_m if item.frame in RELATIVE_FRAMES else 0.0)
        return self._set_home(Home(item.x / 1e7, item.y / 1e7, altitude), lock=True)

    def _set_home(self, home: Home, *, lock: bool) -> bool:
        sensible = abs(home.latitude_deg) <= 90 and abs(home.longitude_deg) <= 180
        if not (sensible and abs(home.altitude_amsl_m) < _HIGHEST_M):
            return False
        self.navigation.home = home
        self.navigation.home_locked |= lock
        self.send_soon(mavlink.MAVLINK_MSG_ID_GPS_GLOBAL_ORIGIN, mavlink.MAVLINK_MSG_ID_HOME_POSITION)
        return True

    # --- modes and motors --------------------------------------------------------------------------------------------

    @property
    def system_status(self) -> int:
        if self.failsafes.active:
            return int(mavlink.MAV_STATE_CRITICAL)
        return int(mavlink.MAV_STATE_STANDBY if self.mode.stands_by else mavlink.MAV_STATE_ACTIVE)

    @property
    def grounded(self) -> bool:
        """On the ground, and of a kind that doesn't move there."""
        return self.land_complete and not self.craft.drives

    @property
    def speed_mps(self) -> float:
        """The speed that is flown between points."""
        return self.craft.cruise_mps(self.parameters) if self._speed_mps is None else self._speed_mps

    def change_speed(self, kind: int, speed_mps: float) -> bool:
        """SPEED_TYPE of DO_CHANGE_SPEED, and the speed."""
        taken_mps = self.craft.change_speed(self, kind, speed_mps)
        self._speed_mps = taken_mps or self._speed_mps
        return taken_mps is not None

    def restore_speed(self) -> None:
        return_mps = self.craft.return_mps(self.parameters)
        self._speed_mps = return_mps if return_mps > 0 else None

    def mode_named(self, name: str) -> int | None:
        return next((number for number, mode in self.craft.modes.items() if mode.name == name.upper()), None)

    def fly(self, role: Role) -> bool:
        """Change into the mode that this class of vehicle has for a role; False where it has none."""
        number = self.craft.roles.get(role)
        return number is not None and self.set_mode(number)

    def flies(self, role: Role) -> bool:
        return self.mode.number == self.craft.roles.get(role)

    def set_mode(self, number: int) -> bool:
        """Any mode while disarmed; armed, only one that can be flown now. Arming is what checks the rest."""
        if self.faults.astray is not None and self.faults.astray.obeys:
            self.faults.astray = None
        if number == self.mode.number:
            return True
        kind = self.craft.modes.get(number)
        if kind is None:
            self._refuse_unknown_mode(number)
            return False
        if self.fence.locks(kind.name):
            return False
        mode = kind(self)
        reason = None
        needs_position = mode.needs_position and self.craft.needs_position_to_change_mode
        if self.armed and needs_position and not self.navigation.trusted:
            reason = "requires position"
        reason = reason or mode.refuse()
        if reason is not None:
            self.text(mavlink.MAV_SEVERITY_WARNING, f"Mode change to {mode.name} failed: {reason}")
            return False
        self.mode.leave()
        self._speed_mps = None
        self.mode = mode
        mode.enter()
        self.fence.mode_changed()
        self.send_soon(mavlink.MAVLINK_MSG_ID_HEARTBEAT)
        return True

    def _refuse_unknown_mode(self, number: int) -> None:
        if number in self.craft.missing_modes:
            self.text(mavlink.MAV_SEVERITY_INFO, self.craft.missing_modes[number])
        else:
            self.text(mavlink.MAV_SEVERITY_WARNING, f"No such mode {number}")

    def arm_motors(self) -> None:
        self.armed = self.logging = True
        self.landing.armed()
        home_north_m, home_east_m = self.home_metres
        moved_m = math.hypot(self.motion.north_m - home_north_m, self.motion.east_m - home_east_m)
        if not self.navigation.home_locked and (moved_m > _HOME_MOVES_M or not self.craft.drives):
            self.set_home_here(lock=False)
        self.mode.enter()

    def disarm(self) -> None:
        if self.armed:
            self.armed = self.may_take_off = False
            self.text(mavlink.MAV_SEVERITY_INFO, self.craft.disarm_text)
            if self.craft.mav_type == mavlink.MAV_TYPE_QUADROTOR or not self.flies(Role.AUTO):
                self.mission.set_current(0)  # the next AUTO begins anew; plane and rover keep their place while in AUTO
            if "MOT_THST_HOVER" in self.parameters:
                self.announce_parameter("MOT_THST_HOVER")

    def reboot(self) -> None:
        """The acknowledgement goes out first; then nothing is said until it is up again."""
        self._reboot_wanted = True

    def reposition(self, order: Order, *, change_mode: bool) -> int:
        if not change_mode and not self.flies(Role.GUIDED):
            return DENIED
        if not all(math.isfinite(value) for value in (order.x, order.y, order.z)):
            return DENIED
        north, east = self.frame.to_metres(order.x, order.y)
        up = height_up_m(self, order.frame, order.z)
        if not self.fence.allows_destination(north, east, up):
            return FAILED  # without a word, and in the mode that it was in
        if not self.fly(Role.GUIDED):
            return FAILED
        return ACCEPTED if self.mode.fly_to(north, east, up) else FAILED

    def guided_target(self, item: Item) -> bool:
        """Fly there, if GUIDED is the mode and the fence allows it."""
        if not self.flies(Role.GUIDED) or not self.armed or self.grounded:
            return False
        north, east = self.frame.to_metres(item.x / 1e7, item.y / 1e7)
        return abs(item.z) < _HIGHEST_M and self.mode.fly_to(north, east, height_up_m(self, item.frame, item.z))

    # --- one step ----------------------------------------------------------------------------------------------------

    def _fly(self, dt_s: float) -> None:
        self.position_error.step(dt_s)
        steering = self._steering()
        self.body.step(dt_s, steering, self.wind.step(dt_s))
        self.motion = self._believed()
        if self.body.touchdown_mps is not None:
            self.text(mavlink.MAV_SEVERITY_INFO, f"SIM Hit ground at {self.body.touchdown_mps:.6f} m/s")
        self.landing.step(dt_s)
        self.navigation.step(dt_s)
        if not self.rebooting and self.faults.astray is None:  # astray it doesn't know where it is
            self.fence.check()
        self.battery.draw(
            dt_s,
            flying=self.armed and not self.body.on_ground,
            armed=self.armed,
            speed_mps=self.motion.ground_speed_mps,
            climb_mps=self.motion.climb_mps,
        )
        self._set_throttle(steering)

    def _steering(self) -> Steering:
        if not self.armed or self.battery.remaining <= 0:
            return Steering(thrust=False)
        if self.faults.astray is not None and not self.land_complete:
            return self.faults.astray.steer()
        steering = self.mode.steer()
        stick_up = not self.mode.is_autopilot and self.rc.throttle() > 0
        if self.grounded and not self.mode.taking_off and not stick_up:
            return Steering()  # the motors idle, whatever the position's wander asks for
        return steering

    def _set_throttle(self, steering: Steering) -> None:
        if not self.armed or not steering.thrust:
            self.throttle_percent = 0
        elif self.body.on_ground:
            self.throttle_percent = 10
        else:
            self.throttle_percent = min(max(round(36 + 6 * self.body.climb_mps), 5), 95)

    def _watch_throttle(self) -> None:
        """No mission leaves the ground before the throttle was up since arming, or a ground station said to take off."""
        if self.armed and self.rc.throttle_is_up:
            self.may_take_off = True
        elif self.mode.has_manual_throttle:
            self.may_take_off = False

    def _housekeeping(self) -> None:
        now_s = self.now.monotonic_s
        self.rc.step(now_s, self.parameters["RC_OVERRIDE_TIME"])
        self._watch_throttle()
        self.items.step()
        self.failsafes.step()
        self.arming.step()
        if now_s >= self._statistics_s:
            self._statistics_s += _STATISTICS_EVERY_S
            self.parameters.put("STAT_RUNTIME", self.parameters["STAT_RUNTIME"] + round(_STATISTICS_EVERY_S))
            if self.armed:
                self.parameters.put("STAT_FLTTIME", self.parameters["STAT_FLTTIME"] + round(_STATISTICS_EVERY_S))
                self.announce_parameter("STAT_FLTTIME")
            self.announce_parameter("STAT_RUNTIME")
