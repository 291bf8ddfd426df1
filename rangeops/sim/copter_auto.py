"""ArduCopter's AUTO: what it does for each command of the mission."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from rangeops.sim.auto import MissionMode
from rangeops.sim.body import Steering
from rangeops.sim.channel import mavlink
from rangeops.sim.guidance import StopStyle
from rangeops.sim.maneuvers import Circle, Descend, FlyTo, Hold, Linger, ReturnHome, TakeOff
from rangeops.sim.missions import NAVIGATION, Command, Item
from rangeops.sim.modes import Maneuver

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_ARMS, _TAKES_OFF_BY_ITSELF = 1, 2  # AUTO_OPTIONS
_JERK_MPS3: Final = 1.0  # WPNAV_JERK
_CIRCLE_RADIUS_M: Final = 10.0
_STOPS_BEFORE: Final = frozenset(
    [
        Command.NAV_RETURN_TO_LAUNCH,
        Command.NAV_LAND,
        Command.NAV_LOITER_TIME,
        Command.NAV_LOITER_UNLIM,
        Command.NAV_DELAY,
    ]
)


class _Waypoint:
    """Fly there, then hold for param1 seconds."""

    taking_off = False

    def __init__(self, vehicle: "Vehicle", fly: FlyTo, then: Maneuver | None, *, says_reached: bool) -> None:
        self._vehicle = vehicle
        self._fly = fly
        self._then = then
        self._hold_s = 0.0
        self._arrived = False
        self.says_reached = says_reached

    @classmethod
    def held(cls, vehicle: "Vehicle", fly: FlyTo, seconds: float, *, says_reached: bool = True) -> "_Waypoint":
        waypoint = cls(vehicle, fly, None, says_reached=says_reached)
        waypoint._hold_s = seconds
        return waypoint

    @property
    def fly(self) -> FlyTo:
        return self._fly

    @property
    def arrived(self) -> bool:
        return self._arrived

    @property
    def landing(self) -> bool:
        return self._arrived and self._then is not None and self._then.landing

    def steer(self) -> Steering:
        if not self._arrived and self._fly.finished():
            self._arrived = True
            here = self._fly.target[:2]
            if self._hold_s > 0:
                self._then = Linger(self._vehicle, self._hold_s, here)
            elif isinstance(self._then, Descend):
                self._then = Descend(self._vehicle, here)
        return self._then.steer() if self._arrived and self._then is not None else self._fly.steer()

    def finished(self) -> bool:
        return self._arrived and (self._then is None or self._then.finished())


class Auto(MissionMode):
    number, name = 3, "AUTO"
    disarms_when_landed = True

    def refuse(self) -> str | None:
        vehicle = self.vehicle
        if vehicle.armed and len(vehicle.items.mission) <= 1:
            return "init failed"
        if vehicle.armed and vehicle.land_complete and not self._starts_with_take_off():
            vehicle.text(mavlink.MAV_SEVERITY_CRITICAL, "Auto: Missing Takeoff Cmd")
            return "init failed"
        return None

    @property
    def arming_problem(self) -> str | None:
        if len(self.vehicle.items.mission) <= 1:
            return "Mode requires mission"
        return None if self._options & _ARMS else super().arming_problem

    @property
    def _options(self) -> int:
        return int(self.vehicle.parameters["AUTO_OPTIONS"])

    @property
    def taking_off(self) -> bool:
        """Before it may, it stands with its motors idling, and is disarmed by DISARM_DELAY."""
        vehicle = self.vehicle
        may = vehicle.may_take_off or not vehicle.land_complete or self._options & _TAKES_OFF_BY_ITSELF
        return bool(may) and super().taking_off

    def idle(self) -> Maneuver:
        return Hold(self.vehicle, StopStyle.BRAKE)

    def pause(self) -> bool:
        """Only on its way to a waypoint: not in a take-off, a landing or a wait."""
        arrived = self._nav.arrived if isinstance(self._nav, _Waypoint) else self._nav.finished()
        return super().pause() if self.destination() is not None and not arrived else False

    def destination(self) -> tuple[float, float, float] | None:
        fly = self._nav.fly if isinstance(self._nav, _Waypoint) else self._nav
        return fly.target if isinstance(fly, FlyTo) else None

    def reached_text(self, index: int) -> str | None:
        says = isinstance(self._nav, _Waypoint) and self._nav.says_reached
        return f"Reached command #{index}" if says else None

    def ended(self) -> None:
        """ArduCopter loiters where the mission ends in the air, and disarms on the ground."""
        if self.vehicle.land_complete:
            return
        target = self.destination()
        self._nav = Hold(self.vehicle, StopStyle.BRAKE, None if target is None else target[:2])

    def _starts_with_take_off(self) -> bool:
        for item in self.vehicle.items.mission[1:]:
            if item.command in NAVIGATION:
                return item.command == Command.NAV_TAKEOFF
        return False

    def start(self, index: int, item: Item) -> Maneuver:
        vehicle = self.vehicle
        starts: dict[int, Callable[[], Maneuver]] = {
            Command.NAV_TAKEOFF: lambda: TakeOff(vehicle, self.up_m(item)),
            Command.NAV_RETURN_TO_LAUNCH: lambda: ReturnHome(vehicle),
            Command.NAV_LAND: lambda: self._land(item),
            Command.NAV_DELAY: lambda: Linger(vehicle, max(item.param1, 0)),
            Command.NAV_LOITER_TIME: lambda: self._wait_at(item, max(item.param1, 0.1)),
            Command.NAV_LOITER_UNLIM: lambda: self._wait_at(item, math.inf),
            Command.NAV_LOITER_TURNS: lambda: self._turn_around(item),
        }
        if item.command in starts:
            return starts[item.command]()
        stops = item.param1 > 0 or self._next_stops(index)
        return _Waypoint.held(vehicle, self._fly(item, stops=stops), item.param1)

    def _land(self, item: Item) -> Maneuver:
        vehicle = self.vehicle
        if not item.has_place:
            return Descend(vehicle)
        north, east = vehicle.frame.to_metres(item.x / 1e7, item.y / 1e7)
        fly = FlyTo(vehicle, north, east, vehicle.motion.up_m, jerk_mps3=_JERK_MPS3)
        return _Waypoint(vehicle, fly, Descend(vehicle), says_reached=False)

    def _wait_at(self, item: Item, seconds: float) -> Maneuver:
        return _Waypoint.held(self.vehicle, self._fly(item, stops=True), seconds)

    def _turn_around(self, item: Item) -> Maneuver:
        """To the nearest point of the circle, then around; param3 is the radius, counter-clockwise where negative."""
        vehicle, motion = self.vehicle, self.vehicle.motion
        north, east, up_m = self._fly(item, stops=False).target
        radius = item.param3 or _CIRCLE_RADIUS_M
        away_north, away_east = motion.north_m - north, motion.east_m - east
        size = math.hypot(away_north, away_east)
        share = abs(radius) / size if size > 0.1 else 0.0
        edge = FlyTo(
            vehicle, north + away_north * share, east + away_east * share, up_m, jerk_mps3=_JERK_MPS3, stops=False
        )
        return _Waypoint(vehicle, edge, Circle(vehicle, (north, east), radius, max(item.param1, 1)), says_reached=True)

    def _fly(self, item: Item, *, stops: bool) -> FlyTo:
        motion = self.vehicle.motion
        north, east = (motion.north_m, motion.east_m)
        if item.has_place:
            north, east = self.vehicle.frame.to_metres(item.x / 1e7, item.y / 1e7)
        return FlyTo(self.vehicle, north, east, self.up_m(item), jerk_mps3=_JERK_MPS3, stops=stops)

    def _next_stops(self, index: int) -> bool:
        for item in self.vehicle.items.mission[index + 1 :]:
            if item.command in NAVIGATION:
                return item.command in _STOPS_BEFORE
            if item.command == Command.DO_JUMP:
                return False
        return True
