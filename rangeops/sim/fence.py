"""ArduPilot's geofence: what is checked at 25 Hz, what a breach does, and what it refuses beforehand."""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Final

from rangeops.sim.channel import mavlink
from rangeops.sim.guidance import Motion
from rangeops.sim.missions import Command, Item

if TYPE_CHECKING:
    from rangeops.sim.modes import FlightMode
    from rangeops.sim.vehicle import Vehicle

_RECOVERY_S: Final = 10.0  # no check for that long after any mode change during a breach
_BACKUP_M: Final = 20.0  # a second line behind the altitude and circle fences
_GIVE_UP_M: Final = 100.0  # further out than this a copter lands and a rover holds, whatever FENCE_ACTION says
_REPORT: Final = 0  # FENCE_ACTION
_NO_MODE_CHANGE: Final = 1  # FENCE_OPTIONS
_LOWEST_M: Final = -100.0
_INDEX_S: Final = 0.1  # a new fence is looked at that long after it was written, measured: 0.12 s to its first breach


class Kind(IntFlag):
    """FENCE_TYPE."""

    NONE = 0
    ALT_MAX = 1
    CIRCLE = 2
    POLYGON = 4
    ALT_MIN = 8


_CIRCLE_CORNERS: Final = 72
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Polygon:
    inclusion: bool
    vertices: tuple[tuple[float, float], ...]  # north, east


@dataclass(frozen=True, slots=True)
class Circle:
    inclusion: bool
    centre: tuple[float, float]
    radius_m: float


def contains(vertices: Sequence[tuple[float, float]], north_m: float, east_m: float) -> bool:
    """Even-odd rule, as the autopilot's."""
    inside = False
    for (n1, e1), (n2, e2) in zip(vertices, (*vertices[1:], vertices[0]), strict=True):
        if (e1 > east_m) != (e2 > east_m) and north_m < (n2 - n1) * (east_m - e1) / (e2 - e1) + n1:
            inside = not inside
    return inside


def distance_to_edge_m(vertices: Sequence[tuple[float, float]], north_m: float, east_m: float) -> float:
    best = math.inf
    for (n1, e1), (n2, e2) in zip(vertices, (*vertices[1:], vertices[0]), strict=True):
        dn, de = n2 - n1, e2 - e1
        length = dn * dn + de * de
        along = 0.0 if length <= 0 else min(max(((north_m - n1) * dn + (east_m - e1) * de) / length, 0.0), 1.0)
        best = min(best, math.hypot(north_m - n1 - along * dn, east_m - e1 - along * de))
    return best


def room_to_line_m(a: Point, b: Point, at: Point, ahead: Point, margin_m: float) -> float:
    """Along the unit vector `ahead` until the line from a to b is `margin_m` away; infinite where it isn't met."""
    edge = (b[0] - a[0], b[1] - a[1])
    length = math.hypot(*edge)
    across = ahead[0] * edge[1] - ahead[1] * edge[0]
    if length <= 0 or abs(across) < 1e-9 * length:
        return math.inf
    to_a = (a[0] - at[0], a[1] - at[1])
    distance = (to_a[0] * edge[1] - to_a[1] * edge[0]) / across
    along = (to_a[0] * ahead[1] - to_a[1] * ahead[0]) / across
    if distance < 0 or not 0 <= along <= 1:
        return math.inf
    return distance - margin_m * length / abs(across)


def _ring(circle: Circle) -> tuple[Point, ...]:
    half = math.pi / _CIRCLE_CORNERS
    radius = circle.radius_m if circle.inclusion else circle.radius_m / math.cos(half)
    angles = (2 * half * corner for corner in range(_CIRCLE_CORNERS))
    return tuple(
        (circle.centre[0] + radius * math.cos(angle), circle.centre[1] + radius * math.sin(angle)) for angle in angles
    )


def fence_problem(items: Sequence[Item], storage_bytes: int) -> str | None:
    """Why the vehicle doesn't take these fence items; its own words. None where it does."""
    returns = 0
    bytes_used = 4
    index = 0
    while index < len(items):
        item = items[index]
        if not (abs(item.x) <= 90 * 10**7 and abs(item.y) <= 180 * 10**7):
            return "Bad lat or lon"
        if item.command == Command.FENCE_RETURN_POINT:
            returns += 1
            bytes_used += 9
            index += 1
        elif item.command in {Command.FENCE_CIRCLE_INCLUSION, Command.FENCE_CIRCLE_EXCLUSION}:
            if not item.param1 > 0:
                return "Non-positive circle radius"
            bytes_used += 13
            index += 1
        else:
            problem = _polygon_problem(items, index)
            if problem is not None:
                return problem
            bytes_used += 2 + 8 * int(item.param1)
            index += int(item.param1)
        if returns > 1:
            return "Multiple return points"
    return "Fence exceeds storage size" if bytes_used > storage_bytes else None


def _polygon_problem(items: Sequence[Item], first: int) -> str | None:
    count = int(items[first].param1)
    if not 3 <= count <= 255:
        return f"Invalid vertex count ({count})" if count > 0 else "Invalid vertex count"
    vertices = items[first : first + count]
    if any(vertex.command != items[first].command for vertex in vertices):
        return "Received incorrect vertex type"
    if any(int(vertex.param1) != count for vertex in vertices):
        return "Unexpected vertex count"
    if len(vertices) < count:
        return "Incorrect item count"
    if any(abs(vertex.x) > 90 * 10**7 or abs(vertex.y) > 180 * 10**7 for vertex in vertices):
        return "Bad lat or lon"
    return None


class Fence:
    """One vehicle's fence. Altitudes and the circle count from home."""

    def __init__(self, vehicle: "Vehicle") -> None:
        self._vehicle = vehicle
        self.breached = Kind.NONE
        self.breach_count = 0
        self.breach_type = 0  # FENCE_BREACH, of the last breach while it lasts
        self.breach_time_ms = 0
        self.polygons: tuple[Polygon, ...] = ()
        self.circles: tuple[Circle, ...] = ()
        self._written: deque[tuple[float, tuple[Polygon, ...], tuple[Circle, ...]]] = deque()
        self._recovery_from_s: float | None = None
        self._backup_m: dict[Kind, float] = {}
        self._action_mode: FlightMode | None = None  # that a breach has put it into

    @property
    def enabled(self) -> bool:
        return bool(self._vehicle.parameters["FENCE_ENABLE"])

    @property
    def acts(self) -> bool:
        """SYS_STATUS calls it enabled: there is a fence, and FENCE_ACTION does more than report."""
        return self.enabled and self.present and int(self._vehicle.parameters["FENCE_ACTION"]) != _REPORT

    @property
    def kinds(self) -> Kind:
        return Kind(int(self._vehicle.parameters["FENCE_TYPE"]) & 0xF)

    @property
    def present(self) -> bool:
        """Whether any selected fence could be broken: the polygon one needs polygons or circles."""
        kinds = self.kinds
        return bool(kinds & ~Kind.POLYGON) or (bool(kinds & Kind.POLYGON) and self._has_shapes)

    @property
    def _has_shapes(self) -> bool:
        if self._written:
            _, polygons, circles = self._written[-1]
            return bool(polygons or circles)
        return bool(self.polygons or self.circles)

    def load(self, items: Sequence[Item]) -> None:
        """Take over items that fence_problem has passed."""
        to_metres = self._vehicle.frame.to_metres
        polygons: list[Polygon] = []
        circles: list[Circle] = []
        index = 0
        while index < len(items):
            item = items[index]
            if item.command in {Command.FENCE_POLYGON_INCLUSION, Command.FENCE_POLYGON_EXCLUSION}:
                count = int(item.param1)
                corners = tuple(to_metres(v.x / 1e7, v.y / 1e7) for v in items[index : index + count])
                polygons.append(Polygon(item.command == Command.FENCE_POLYGON_INCLUSION, corners))
                index += count
                continue
            if item.command != Command.FENCE_RETURN_POINT:
                centre = to_metres(item.x / 1e7, item.y / 1e7)
                circles.append(Circle(item.command == Command.FENCE_CIRCLE_INCLUSION, centre, item.param1))
            index += 1
        self._written.append((self._vehicle.now.monotonic_s + _INDEX_S, tuple(polygons), tuple(circles)))
        self._vehicle.text(mavlink.MAV_SEVERITY_DEBUG, "Fence Indexed OK")

    def enable(self, *, on: bool) -> bool:
        """A command's; False where nothing is there to enable."""
        if on and not self.present:
            return False
        self._vehicle.parameters.put_for_now("FENCE_ENABLE", on)
        if not on:
            self.forget_breaches()
        return True

    def mode_changed(self) -> None:
        """A breach isn't looked at again for 10 s, so that whoever took over is let be."""
        if self.breached:
            self._recovery_from_s = self._vehicle.now.monotonic_s

    def check(self) -> None:
        """Look for breaches; act on a new one."""
        vehicle = self._vehicle
        while self._written and self._written[0][0] <= vehicle.now.monotonic_s:
            _, self.polygons, self.circles = self._written.popleft()
        if not self.enabled:
            return
        if self._recovery_from_s is not None:
            if vehicle.now.monotonic_s - self._recovery_from_s < _RECOVERY_S:
                return
            self._recovery_from_s = None
        new = Kind.NONE
        for kind, outside_m in self._outside_m().items():
            new |= self._judge(kind, outside_m)
        if self.breached == Kind.NONE:
            self.breach_type = 0
        if new:
            self._act(new)

    def allows_destination(self, north_m: float, east_m: float, up_m: float) -> bool:
        """Whether GUIDED takes a target: an enabled fence must contain it."""
        if not self.enabled or not self._vehicle.craft.fence.holds_targets:
            return True
        vehicle = self._vehicle
        kinds, parameters = self.kinds, vehicle.parameters
        height = up_m - vehicle.home_up_m
        if kinds & Kind.ALT_MAX and height > parameters["FENCE_ALT_MAX"] - parameters["FENCE_MARGIN"]:
            return False
        if kinds & Kind.CIRCLE:
            home = vehicle.home_metres
            if (
                math.hypot(north_m - home[0], east_m - home[1])
                > parameters["FENCE_RADIUS"] - parameters["FENCE_MARGIN"]
            ):
                return False
        return not (kinds & Kind.POLYGON and self._shapes_broken(north_m, east_m))

    def room_ahead_m(self, motion: Motion, margin_m: float) -> float:
        """How far it can go on as it is heading, until it is `margin_m` from the fence. Infinite where none is ahead."""
        ahead = (math.cos(motion.heading_rad), math.sin(motion.heading_rad))
        at = (motion.north_m, motion.east_m)
        if self._shapes_broken(*at):
            return math.inf
        return min((room_to_line_m(a, b, at, ahead, margin_m) for a, b in self._lines()), default=math.inf)

    def _lines(self) -> Iterator[tuple[Point, Point]]:
        """Every edge of the selected level fences; circles as polygons, drawn on their allowed side."""
        kinds, parameters = self.kinds, self._vehicle.parameters
        circles = list(self.circles) if kinds & Kind.POLYGON else []
        if kinds & Kind.CIRCLE:
            circles.append(
                Circle(inclusion=True, centre=self._vehicle.home_metres, radius_m=parameters["FENCE_RADIUS"])
            )
        rings = [polygon.vertices for polygon in self.polygons] if kinds & Kind.POLYGON else []
        rings += [_ring(circle) for circle in circles]
        for ring in rings:
            yield from zip(ring, (*ring[1:], ring[0]), strict=True)

    def pre_arm_problem(self) -> str | None:
        if not self.enabled:
            return None
        vehicle, kinds = self._vehicle, self.kinds
        radius, margin = vehicle.parameters["FENCE_RADIUS"], vehicle.parameters["FENCE_MARGIN"]
        level = kinds & (Kind.CIRCLE | Kind.POLYGON)
        problems = (
            (not self.present, "Fences enabled, but none selected"),
            (bool(level) and not vehicle.navigation.trusted, "Fence requires position"),
            (radius < 0, "Invalid FENCE_RADIUS value"),
            (radius < margin, "FENCE_MARGIN is less than FENCE_RADIUS"),
            *self._invalid_heights(),
            (bool(self.breached), "vehicle outside fence"),
            (margin < 0, "Invalid FENCE_MARGIN value"),
            *self._heights_too_close(margin),
        )
        return next((text for holds, text in problems if holds), None)

    def _heights(self) -> tuple[float, float] | None:
        """Highest, lowest; None for what stays on the ground: a rover has no such parameters."""
        parameters = self._vehicle.parameters
        if "FENCE_ALT_MAX" not in parameters:
            return None
        return parameters["FENCE_ALT_MAX"], parameters["FENCE_ALT_MIN"]

    def _invalid_heights(self) -> Iterator[tuple[bool, str]]:
        if (heights := self._heights()) is not None:
            yield heights[0] < 0, "Invalid FENCE_ALT_MAX value"
            yield heights[1] < _LOWEST_M, "Invalid FENCE_ALT_MIN value"

    def _heights_too_close(self, margin: float) -> Iterator[tuple[bool, str]]:
        if (heights := self._heights()) is not None:
            yield heights[0] < heights[1], "FENCE_ALT_MAX < FENCE_ALT_MIN"
            yield heights[0] - heights[1] <= 2 * margin, "FENCE_MARGIN too big"

    def ceiling_m(self) -> float:
        """The height over home that RTL stays under."""
        parameters = self._vehicle.parameters
        if self.enabled and self.kinds & Kind.ALT_MAX:
            return max(parameters["FENCE_ALT_MAX"] - parameters["FENCE_MARGIN"], 2.0)
        return math.inf

    def _outside_m(self) -> dict[Kind, float]:
        """How far beyond each selected fence the vehicle believes to be; negative inside. Unknown position: inside."""
        vehicle = self._vehicle
        kinds, parameters, motion = self.kinds, vehicle.parameters, vehicle.motion
        height = motion.up_m - vehicle.home_up_m
        known = vehicle.navigation.trusted
        outside: dict[Kind, float] = {}
        if kinds & Kind.ALT_MAX:
            outside[Kind.ALT_MAX] = height - parameters["FENCE_ALT_MAX"]
        if kinds & Kind.ALT_MIN:
            outside[Kind.ALT_MIN] = parameters["FENCE_ALT_MIN"] - height
        if kinds & Kind.CIRCLE and known:
            home = vehicle.home_metres
            distance = math.hypot(motion.north_m - home[0], motion.east_m - home[1])
            outside[Kind.CIRCLE] = distance - parameters["FENCE_RADIUS"]
        if kinds & Kind.POLYGON:
            broken = known and self._shapes_broken(motion.north_m, motion.east_m)
            outside[Kind.POLYGON] = self._beyond_shapes_m(motion.north_m, motion.east_m) if broken else -1.0
        return outside

    def _judge(self, kind: Kind, outside_m: float) -> Kind:
        if outside_m < 0:
            self.breached &= ~kind
            self._backup_m.pop(kind, None)
            return Kind.NONE
        if self.breached & kind and (kind is Kind.POLYGON or outside_m < self._backup_m.get(kind, math.inf)):
            return Kind.NONE
        self._backup_m[kind] = outside_m + _BACKUP_M
        self.breached |= kind
        self.breach_count = min(self.breach_count + 1, 65535)
        self.breach_time_ms = self._vehicle.boot_ms
        self.breach_type = {
            Kind.ALT_MAX: mavlink.FENCE_BREACH_MAXALT,
            Kind.ALT_MIN: mavlink.FENCE_BREACH_MINALT,
        }.get(kind, mavlink.FENCE_BREACH_BOUNDARY)
        self._worst_m = outside_m
        return kind

    def _act(self, new: Kind) -> None:
        vehicle, rules = self._vehicle, self._vehicle.craft.fence
        vehicle.send_soon(mavlink.MAVLINK_MSG_ID_FENCE_STATUS)
        if self._in_recovery:
            return
        if rules.says_breach and not vehicle.land_complete:
            vehicle.text(mavlink.MAV_SEVERITY_NOTICE, "Fence Breached")
        action = int(vehicle.parameters["FENCE_ACTION"])
        if action == _REPORT or not vehicle.armed:
            return
        manual = vehicle.mode.has_manual_throttle and vehicle.rc.throttle() < -0.9 and not new & Kind.ALT_MAX
        if rules.disarms_on_ground and (vehicle.land_complete or manual):
            vehicle.disarm()
            return
        given_up = self._worst_m > _GIVE_UP_M and rules.give_up is not None
        ladder = (rules.give_up,) if given_up else rules.ladders.get(action, rules.ladders[1])
        for role in ladder:
            if role is not None and vehicle.fly(role):
                self._action_mode = vehicle.mode
                break

    @property
    def _in_recovery(self) -> bool:
        """Only a plane knows this: flying in the mode that a breach has put it into."""
        return bool(self._mode_options & _NO_MODE_CHANGE) and self._vehicle.mode is self._action_mode

    @property
    def _mode_options(self) -> int:
        parameters = self._vehicle.parameters
        return int(parameters["FENCE_OPTIONS"]) if "FENCE_OPTIONS" in parameters else 0

    def locks(self, mode_name: str) -> bool:
        """Whether a mode change is refused, and says so: FENCE_OPTIONS bit 0, as a plane has it by default."""
        if not (self._vehicle.armed and self.enabled and self.breached and self._in_recovery):
            return False
        text = f"Mode change to {mode_name} denied, in fence recovery"
        self._vehicle.text(mavlink.MAV_SEVERITY_NOTICE, text)
        return True

    def forget_breaches(self) -> None:
        self.breached = Kind.NONE
        self.breach_type = 0
        self._backup_m.clear()

    def _shapes_broken(self, north_m: float, east_m: float) -> bool:
        broken_exclusion = any(contains(p.vertices, north_m, east_m) for p in self.polygons if not p.inclusion) or any(
            self._from_centre(c, north_m, east_m) < c.radius_m for c in self.circles if not c.inclusion
        )
        if broken_exclusion:
            return True
        inside = [contains(p.vertices, north_m, east_m) for p in self.polygons if p.inclusion]
        inside += [self._from_centre(c, north_m, east_m) <= c.radius_m for c in self.circles if c.inclusion]
        return not all(inside)

    def _beyond_shapes_m(self, north_m: float, east_m: float) -> float:
        distances = [distance_to_edge_m(p.vertices, north_m, east_m) for p in self.polygons]
        distances += [abs(self._from_centre(c, north_m, east_m) - c.radius_m) for c in self.circles]
        return min(distances, default=0.0)

    @staticmethod
    def _from_centre(circle: Circle, north_m: float, east_m: float) -> float:
        return math.hypot(north_m - circle.centre[0], east_m - circle.centre[1])
