"""Pilots of random flights: what each does with its vehicle, and when it decided so last. None fights who takes over.

A pilot acts on the simulated autopilot itself, as its ground station's packets would: a target, a velocity, a mission,
sticks. Metres are the vehicle's own frame: north, east, up.
"""

import math
from dataclasses import dataclass, field

from rangeops.sim.missions import FRAME_RELATIVE_INT, Command, Item
from rangeops.sim.traits import Role
from rangeops.sim.vehicle import Vehicle

BEGINS_S = 5.0  # in the air and streaming by then
AGAIN_S = 0.5  # a velocity is told again: GUID_TIMEOUT is 3 s


@dataclass
class Flight:
    """One flight's pilot. decided_s: when it last decided where to go, and `turning`: to fly in a bend there."""

    kind: str
    wants_out: bool
    speed_mps: float
    decided_s: float = 0.0
    turning: bool = False
    _taken: bool = False
    _mode: object = field(default=None, repr=False)

    def step(self, vehicle: Vehicle, at_s: float) -> None:
        if self._taken or at_s < BEGINS_S:
            return
        if self._mode is None:
            self.begin(vehicle, at_s)
            self._mode = vehicle.mode
        elif vehicle.mode is not self._mode:
            self._taken = True  # the range, or a failsafe
            return
        self.fly(vehicle, at_s)

    def begin(self, vehicle: Vehicle, at_s: float) -> None:
        raise NotImplementedError

    def fly(self, vehicle: Vehicle, at_s: float) -> None:
        raise NotImplementedError


@dataclass
class ByTargets(Flight):
    """GUIDED: one place after another."""

    places: tuple[tuple[float, float, float], ...] = ()
    next_place: int = 0
    arrived_s: float = math.inf

    def begin(self, vehicle: Vehicle, at_s: float) -> None:
        assert vehicle.fly(Role.GUIDED)
        vehicle.change_speed(0 if vehicle.spec.airframe.vehicle_class.value == "plane" else 1, self.speed_mps)
        self.send(vehicle, at_s)

    def send(self, vehicle: Vehicle, at_s: float) -> None:
        assert vehicle.mode.fly_to(*self.places[self.next_place])
        self.decided_s, self.arrived_s = at_s, math.inf

    def fly(self, vehicle: Vehicle, at_s: float) -> None:
        north, east, up = self.places[self.next_place]
        motion = vehicle.motion
        near_m = 130.0 if vehicle.spec.airframe.vehicle_class.value == "plane" else 2.0
        if math.hypot(north - motion.north_m, east - motion.east_m) < near_m and abs(up - motion.up_m) < 3.0:
            self.arrived_s = min(self.arrived_s, at_s)
        if at_s > self.arrived_s + 3.0 and self.next_place + 1 < len(self.places):
            self.next_place += 1
            self.send(vehicle, at_s)


@dataclass
class ByMission(Flight):
    """AUTO: waypoints, flown through."""

    places: tuple[tuple[float, float, float], ...] = ()
    current: int = 0

    def begin(self, vehicle: Vehicle, at_s: float) -> None:
        home = Item(Command.NAV_WAYPOINT)
        vehicle.items.mission = [home, *(self._item(vehicle, place) for place in self.places)]
        assert vehicle.fly(Role.AUTO)
        vehicle.change_speed(0 if vehicle.spec.airframe.vehicle_class.value == "plane" else 1, self.speed_mps)
        self.decided_s = at_s

    @staticmethod
    def _item(vehicle: Vehicle, place: tuple[float, float, float]) -> Item:
        latitude, longitude = vehicle.frame.to_degrees(place[0], place[1])
        return Item(
            Command.NAV_WAYPOINT, FRAME_RELATIVE_INT, x=round(latitude * 1e7), y=round(longitude * 1e7),
            z=place[2] - vehicle.home_up_m,
        )  # fmt: skip

    def fly(self, vehicle: Vehicle, at_s: float) -> None:
        if vehicle.mission.current != self.current:
            self.current, self.decided_s = vehicle.mission.current, at_s


@dataclass
class ByVelocity(Flight):
    """GUIDED by velocity: nobody but the pilot knows where it ends. Legs of (north, east, up) m/s, for so long."""

    legs: tuple[tuple[float, float, float, float], ...] = ()
    turn_radps: float = 0.0  # of every velocity that is told: a circle
    leg: int = -1
    ends_s: float = 0.0
    told_s: float = -math.inf

    def begin(self, vehicle: Vehicle, at_s: float) -> None:
        assert vehicle.fly(Role.GUIDED)
        self.ends_s = at_s

    def fly(self, vehicle: Vehicle, at_s: float) -> None:
        if at_s >= self.ends_s and self.leg + 1 < len(self.legs):
            self.leg += 1
            self.ends_s = at_s + self.legs[self.leg][3]
            self.decided_s, self.told_s = at_s, -math.inf
            self.turning = self.turn_radps != 0.0
        if at_s - self.told_s >= (0.1 if self.turn_radps else AGAIN_S) - 1e-6:
            self.told_s = at_s
            north, east, up, lasts_s = self.legs[self.leg]
            angle = self.turn_radps * (at_s - (self.ends_s - lasts_s))
            cos, sin = math.cos(angle), math.sin(angle)
            vehicle.mode.fly_velocity(north * cos - east * sin, north * sin + east * cos, up)


@dataclass
class BySticks(Flight):
    """FBWA: banks of so much (share of the limit), for so long each; the throttle holds its speed."""

    banks: tuple[tuple[float, float], ...] = ()
    climb: float = 0.0
    leg: int = -1
    ends_s: float = 0.0

    def begin(self, vehicle: Vehicle, at_s: float) -> None:
        assert vehicle.set_mode(5)
        self.ends_s = at_s

    def fly(self, vehicle: Vehicle, at_s: float) -> None:
        if at_s >= self.ends_s and self.leg + 1 < len(self.banks):
            self.leg += 1
            self.ends_s = at_s + self.banks[self.leg][1]
            self.decided_s = at_s
            self.turning = self.banks[self.leg][0] != 0.0
        share = self.speed_mps / vehicle.spec.airframe.max_speed_mps
        roll = round(1500 + 500 * self.banks[self.leg][0])
        vehicle.rc.override((roll, round(1500 - 500 * self.climb), round(1000 + 1000 * share)), at_s_of(vehicle))


def at_s_of(vehicle: Vehicle) -> float:
    return vehicle.now.monotonic_s
