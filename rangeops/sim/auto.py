"""AUTO: the stored mission, command by command."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from rangeops.sim.channel import mavlink
from rangeops.sim.dynamics import Steering
from rangeops.sim.guidance import StopStyle
from rangeops.sim.maneuvers import Circle, Descend, FlyTo, Hold, Linger, Maneuver, ReturnHome, TakeOff
from rangeops.sim.missions import NAVIGATION, RELATIVE_FRAMES, Command, Item
from rangeops.sim.modes import FlightMode

if TYPE_CHECKING:
    from rangeops.sim.vehicle import Vehicle

_JERK_MPS3: Final = 1.0  # WPNAV_JERK
_MOST_DO_COMMANDS: Final = 300  # in one step; a mission of jumps only would never end
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


class Auto(FlightMode):
    number, name = 3, "AUTO"
    disarms_when_landed = True

    _nav: Maneuver

    def refuse(self) -> str | None:
        vehicle = self.vehicle
        if vehicle.armed and len(vehicle.items.mission) <= 1:
            return "init failed"
        if vehicle.armed and vehicle.land_complete and not self._starts_with_take_off():
            vehicle.text(mavlink.MAV_SEVERITY_CRITICAL, "Auto: Missing Takeoff Cmd")
            return "init failed"
        return None

    def enter(self) -> None:
        self._nav = Hold(self.vehicle, StopStyle.BRAKE)
        self._current: int | None = None
        self._paused = False
        self._complete = False
        self._jumps: dict[int, int] = {}
        self._wait_s = 0.0
        mission = self.vehicle.mission
        if self.vehicle.parameters["MIS_RESTART"] or mission.complete:
            mission.set_current(0)

    @property
    def taking_off(self) -> bool:
        return self._nav.taking_off and not self._nav.finished()

    @property
    def landing(self) -> bool:
        return self._nav.landing

    def destination(self) -> tuple[float, float, float] | None:
        fly = self._nav.fly if isinstance(self._nav, _Waypoint) else self._nav
        return fly.target if isinstance(fly, FlyTo) else None

    def pause(self) -> bool:
        if not self._paused:
            self._paused = True
            self._hold = Hold(self.vehicle, StopStyle.BRAKE)
        return True

    def resume(self) -> bool:
        self._paused = False
        return True

    def mission_changed(self) -> None:
        """A new current item was set from outside."""
        self._current = None
        self._complete = False

    def landed(self) -> None:
        if self._current is not None:
            self._reached(self._current)
            self._current, self._complete = None, True
            self.vehicle.mission.complete = True

    def steer(self) -> Steering:
        if not self.vehicle.armed:
            return Steering()
        if self._paused:
            return self._hold.steer()
        if self._current is None and not self._complete:
            self._run_from(max(self.vehicle.mission.current, 1))
        elif self._current is not None and self._nav.finished():
            self._reached(self._current)
            self._run_from(self._current + 1)
        return self._nav.steer()

    def _starts_with_take_off(self) -> bool:
        for item in self.vehicle.items.mission[1:]:
            if item.command in NAVIGATION:
                return item.command == Command.NAV_TAKEOFF
        return False

    def _reached(self, index: int) -> None:
        vehicle = self.vehicle
        vehicle.broadcast(mavlink.MAVLink_mission_item_reached_message(index))
        if isinstance(self._nav, _Waypoint) and self._nav.says_reached:
            vehicle.text(mavlink.MAV_SEVERITY_INFO, f"Reached command #{index}")

    def _run_from(self, index: int) -> None:
        """Carry out what is done at once, up to the next navigation command, and start that."""
        items = self.vehicle.items.mission
        for _ in range(_MOST_DO_COMMANDS):
            if index >= len(items):
                self._end()
                return
            item = items[index]
            if item.command == Command.DO_JUMP:
                index = self._jump(index, item)
                continue
            self.vehicle.text(mavlink.MAV_SEVERITY_INFO, f"Mission: {index} {item.name}")
            if item.command in NAVIGATION:
                self._current = index
                self.vehicle.mission.set_current(index)
                self._nav = self._start(index, item)
                return
            self._do(item)
            index += 1
        self._end()

    def _end(self) -> None:
        """ArduCopter loiters where the mission ends in the air, and disarms on the ground."""
        self._current = None
        self._complete = True
        self.vehicle.mission.complete = True
        if self.vehicle.land_complete:
            return
        target = self.destination()
        self._nav = Hold(self.vehicle, StopStyle.BRAKE, None if target is None else target[:2])

    def _jump(self, index: int, item: Item) -> int:
        """param1: the item to go on with; param2: how often, -1 for ever."""
        done = self._jumps.get(index, 0)
        if item.param2 >= 0 and done >= item.param2:
            return index + 1
        self._jumps[index] = done + 1
        return max(int(item.param1), 1)

    def _do(self, item: Item) -> None:
        vehicle = self.vehicle
        match item.command:
            case Command.DO_CHANGE_SPEED if item.param2 > 0:
                vehicle.change_speed(item.param2)
            case Command.DO_SET_HOME:
                vehicle.set_home_to(item)
            case Command.DO_FENCE_ENABLE:
                vehicle.fence.enable(on=item.param1 != 0)
            case _:  # CONDITION_ and payload commands: accepted, and done
                return

    def _start(self, index: int, item: Item) -> Maneuver:
        vehicle = self.vehicle
        starts: dict[int, Callable[[], Maneuver]] = {
            Command.NAV_TAKEOFF: lambda: TakeOff(vehicle, self._up_m(item)),
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
        return FlyTo(self.vehicle, north, east, self._up_m(item), jerk_mps3=_JERK_MPS3, stops=stops)

    def _next_stops(self, index: int) -> bool:
        for item in self.vehicle.items.mission[index + 1 :]:
            if item.command in NAVIGATION:
                return item.command in _STOPS_BEFORE
            if item.command == Command.DO_JUMP:
                return False
        return True

    def _up_m(self, item: Item) -> float:
        if item.frame in RELATIVE_FRAMES:
            return self.vehicle.home_up_m + item.z
        return item.z - self.vehicle.ground_amsl_m
