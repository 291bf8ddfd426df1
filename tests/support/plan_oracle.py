"""A second opinion on a copter's plan: dense points of everything it flies, in pure numpy and in the runway's own axes.

Nothing of the checker is used: no shapely, no route, no rule. Every leg is sampled at 0.5 m, every way home from each of
those points at 0.5 m, and the forecast is asked at 0.1 s, as the watch would ask it. What the oracle gives is a margin a
rule: above 0 it is content; near 0 sampling can't tell, and the plan is left out.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from flights import axes

STEP_M = 0.5
STEP_S = 0.1
MANY = 200  # ways home sampled at once
PATH_MARGIN_M = 3.0
CLEARANCE_M = 5.0
LOOK_S = 0.5  # a report's age
Points = np.ndarray


@dataclass(frozen=True)
class Air:
    """corners: of the flight geography (u, v), in order; contingency_m, buffer_m: beyond it; zones: (u, v, radius, top AMSL)."""

    corners: Points
    contingency_m: float
    buffer_m: float
    zones: tuple[tuple[float, float, float, float], ...]
    floor: float
    ceiling: float
    ground: float
    ground_error: float
    rtl_m: float
    speed_limit: float
    wind: float
    margin_s: float
    horizon_s: float
    link_m: float


@dataclass
class Piece:
    """One leg as flown: dense points (u, v), their altitudes, and how fast it goes there and whereto."""

    places: Points
    altitudes: Points
    speeds: Points
    unit: Points
    kind: str
    rate: float = 0.0
    stops: bool = True


@dataclass
class Flown:
    pieces: list[Piece] = field(default_factory=list)
    time_s: float = 0.0
    charge_as: float = 0.0
    takes_off: bool = False
    lands: bool = False
    loops: bool = True
    speeds_ok: float = math.inf
    commands_ok: bool = True


def margins(plan, air: Air, craft) -> dict[str, float]:
    """By rule: how much is left. A rule that says yes or no gives plus or minus infinity."""
    flown = Flight(plan, air, craft).fly()
    answers = {
        "CMD-01": _sure(flown.commands_ok),
        "CMD-02": _sure(flown.loops),
        "CMD-03": _sure(flown.takes_off and flown.lands),
        "SPD-01": flown.speeds_ok,
        "FMT-02": _sure(not plan.extras),
    }
    home = np.array([axes(plan.home.latitude_deg, plan.home.longitude_deg)])
    travelled = np.concatenate([piece.places for piece in flown.pieces])
    answers["GEO-01"] = float(inside(travelled, air.corners).min()) - PATH_MARGIN_M
    answers["GEO-02"] = float(inside(home, air.corners).min()) - PATH_MARGIN_M
    answers["GEO-03"] = min(
        (zone_margin(p.places, p.altitudes, p.altitudes, air) for p in flown.pieces), default=math.inf
    )
    discs = [disc_margin(piece, air) for piece in flown.pieces if piece.kind == "circle"]
    answers["GEO-03"] = min([answers["GEO-03"], *discs])
    answers["GEO-04"] = min(air.ceiling - PATH_MARGIN_M - air.ground - air.rtl_m, ways_home(flown, home[0], air))
    centres = np.array([zone[:2] for zone in air.zones]).reshape(-1, 2)
    reach = np.array([zone[2] for zone in air.zones]) + air.buffer_m
    answers["GEO-05"] = float((-inside(centres, air.corners) - reach).min(initial=math.inf))
    answers["GEO-06"] = min(room(piece, air, craft) for piece in flown.pieces)
    answers |= heights(flown, plan, air, craft)
    antenna = air.ground + 1.7
    answers["LINK-01"] = air.link_m - max(
        float(np.hypot(np.hypot(*(p.places - home).T), p.altitudes - antenna).max()) for p in flown.pieces
    )
    available = craft.battery_capacity_mah * (1 - craft.battery_reserve_percent / 100) * 3.6
    answers["ENE-01"] = available - flown.charge_as
    return answers


def _sure(yes: object) -> float:
    return math.inf if yes else -math.inf


def inside(points: Points, corners: Points) -> Points:
    """Distance to the outline, negative outside: winding number and segment distance."""
    nearest = np.full(len(points), np.inf)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        one, edge = a - points, b - a
        share = np.clip(-(one @ edge) / (edge @ edge), 0, 1)
        nearest = np.minimum(nearest, np.hypot(*(one + share[:, None] * edge).T))
    return np.where(winds(points, corners), nearest, -nearest)


def winds(points: Points, corners: Points) -> Points:
    """Whether the outline winds around each point: edges that pass it upwards on one side, less those downwards."""
    turns = np.zeros(len(points), dtype=int)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        left = (b[0] - a[0]) * (points[:, 1] - a[1]) - (b[1] - a[1]) * (points[:, 0] - a[0])
        turns += (a[1] <= points[:, 1]) & (b[1] > points[:, 1]) & (left > 0)
        turns -= (b[1] <= points[:, 1]) & (a[1] > points[:, 1]) & (left < 0)
    return turns != 0


def zone_margin(places: Points, lows: Points, highs: Points, air: Air) -> float:
    """To the nearest zone, sideways or by height, whichever is more; over [low, high] at each place."""
    least = math.inf
    for u, v, radius, top in air.zones:
        aside = np.hypot(places[:, 0] - u, places[:, 1] - v) - radius
        over = np.broadcast_to(lows, aside.shape) - top
        least = min(least, float(np.maximum(aside, over).min()))
    return least


def disc_margin(piece: Piece, air: Air) -> float:
    """A circle closes its whole disc: where on it the vehicle joins, and from where, isn't told."""
    radius = float(np.hypot(*(piece.places[0] - piece.unit)))
    altitude = float(piece.altitudes[0])
    return min(
        (max(math.dist((u, v), piece.unit) - r - radius, altitude - top) for u, v, r, top in air.zones),
        default=math.inf,
    )


def ways_home(flown: Flown, home: Points, air: Air) -> float:
    """Up to the RTL altitude where it is, straight, and down at home; in the contingency volume, out of zones."""
    least = math.inf
    for piece in flown.pieces:
        level = np.maximum(air.ground + air.rtl_m, piece.altitudes)
        least = min(least, zone_margin(piece.places, piece.altitudes, level, air))
        least = min(least, zone_margin(home[None], np.array([air.ground]), level.max(), air))
        for first in range(0, len(piece.places), MANY):
            some = slice(first, first + MANY)
            ways = line(piece.places[some], home)
            across = np.broadcast_to(level[some], ways.shape[:2]).ravel()
            ways = ways.reshape(-1, 2)
            least = min(least, zone_margin(ways, across, across, air))
            if len(air.corners) > 4:  # from inside a convex volume a straight way never leaves it
                strays = ways[~winds(ways, air.corners)]
                least = min(least, float(inside(strays, air.corners).min(initial=0.0)) + air.contingency_m)
    return least


def room(piece: Piece, air: Air, craft) -> float:
    """The forecast, every 0.1 s: how far inside the path margin stays what the vehicle would still cover."""
    if piece.kind in ("up", "down"):
        return math.inf
    if piece.kind == "circle":
        centre = piece.unit
        reach = looks(craft, air, float(piece.speeds[0]))
        radius = math.hypot(float(np.hypot(*(piece.places[0] - centre))), reach)
        return float(inside(centre[None], air.corners)[0]) - radius - PATH_MARGIN_M
    moments = [0.0]
    length = float(np.hypot(*(piece.places[-1] - piece.places[0])))
    while moments[-1] < length:
        speed = piece.speeds[min(len(piece.places) - 1, round(moments[-1] / STEP_M))]
        moments.append(min(length, moments[-1] + max(float(speed), 1.0) * STEP_S))
    travelled = np.array(moments)
    speeds = np.interp(travelled, np.linspace(0, length, len(piece.speeds)), piece.speeds)
    at = piece.places[0] + travelled[:, None] * piece.unit
    far = at + np.array([looks(craft, air, float(v)) for v in speeds])[:, None] * piece.unit
    return float(inside(line(at, far).reshape(-1, 2), air.corners).min()) - PATH_MARGIN_M


def looks(craft, air: Air, speed: float) -> float:
    """How far ahead the watch acts: it must be able to wait no less than its reaction margin before it stops."""
    return min(stop_m(craft, speed) + (air.margin_s + LOOK_S) * speed, (air.horizon_s + LOOK_S) * speed)


def stop_m(craft, speed: float) -> float:
    formula = speed**2 / (2 * craft.deceleration_mps2) + craft.reaction_lag_s * speed
    tests = [(0.0, 0.0), *sorted((t.speed_mps, t.distance_m) for t in craft.brake_tests)]
    speeds, distances = zip(*tests, strict=True)
    measured = float(np.interp(speed, speeds, distances))
    if speed > speeds[-1]:
        measured = distances[-1] * (speed / speeds[-1]) ** 2
    return max(formula, measured)


def heights(flown: Flown, plan, air: Air, craft) -> dict[str, float]:
    high = max(float(piece.altitudes.max()) for piece in flown.pieces)
    low = math.inf
    level_off = math.inf
    for piece in flown.pieces:
        if piece.kind in ("leg", "way home"):
            low = min(low, float(piece.altitudes[-1]))
        if piece.kind == "up":
            low = min(low, float(piece.altitudes[-1])) if piece.rate else low
        if piece.rate > 0:
            level_off = min(
                level_off, air.ceiling - PATH_MARGIN_M - climb_room(piece, air, craft) - float(piece.altitudes[-1])
            )
        if piece.rate < 0 and piece.kind != "down" and air.floor > air.ground:
            level_off = min(
                level_off, float(piece.altitudes[-1]) - air.floor - PATH_MARGIN_M - climb_room(piece, air, craft)
            )
    told = plan.home.altitude_amsl_m
    return {
        "ALT-01": air.ceiling - PATH_MARGIN_M - high,
        "ALT-02": air.ground - air.ground_error + 120 - high,
        "ALT-03": low - max(air.floor + PATH_MARGIN_M, air.ground + air.ground_error + CLEARANCE_M),
        "ALT-04": math.inf if told is None else air.ground_error + 5 - abs(told - air.ground),
        "ALT-05": level_off,
    }


def climb_room(piece: Piece, air: Air, craft) -> float:
    rate = abs(piece.rate)
    if not piece.stops:
        return looks(craft, air, rate)
    return max(looks(craft, air, v) - v * v / 2 for v in np.linspace(0, rate, 41))


def line(start: Points, end: Points) -> Points:
    """(k, 2), or (k, n, 2) from n starts: no two neighbours farther apart than the step."""
    count = max(1, math.ceil(float(np.hypot(*np.transpose(end - start)).max()) / STEP_M))
    shares = np.linspace(0, 1, count + 1)
    return start + shares.reshape(-1, *[1] * start.ndim) * (end - start)


class Flight:
    """ArduCopter's AUTO, told once more: it flies the items and leaves dense pieces behind."""

    def __init__(self, plan, air: Air, craft) -> None:
        self.plan, self.air, self.craft = plan, air, craft
        self.home = np.array(axes(plan.home.latitude_deg, plan.home.longitude_deg))
        self.at, self.altitude = self.home, air.ground
        self.speed, self.flown = craft.cruise_speed_mps, Flown()
        self.passing = False  # through the waypoint where it is, without stopping
        self.seen: set[tuple] = set()

    def fly(self) -> Flown:
        order = list(self.order())
        for n, item in enumerate(order):
            following = next((later for later in order[n + 1 :] if later.command in NAVIGATES), None)
            self.do(item, following)
            if self.flown.lands:
                break
        known = {*NAVIGATES, 178, 177, 115, 206}
        limit = min(self.craft.max_speed_mps, self.air.speed_limit)
        asked = [i.params[1] for i in self.plan.items if i.command == 178 and (i.params[0] or 0) in (0, 1)]
        self.flown.speeds_ok = limit - max((speed for speed in asked if speed), default=0.0)
        self.flown.commands_ok = all(item.command in known for item in self.plan.items)
        return self.flown

    def order(self) -> Iterator:
        """Items as they come up, jumps counted."""
        at, taken = 0, {}
        while at < len(self.plan.items):
            item = self.plan.items[at]
            at += 1
            if item.command != 177:
                yield item
                continue
            target, times = int(item.params[0] or 0), item.params[1] or 0
            if times < 0 or not 1 <= target <= len(self.plan.items) or target == item.number:
                self.flown.loops = False
            elif taken.get(item.number, 0) < times:
                taken[item.number] = taken.get(item.number, 0) + 1
                at = target - 1

    def do(self, item, following) -> None:
        match item.command:
            case 178 if (item.params[0] or 0) in (0, 1) and (item.params[1] or 0) > 0:
                self.speed = item.params[1]
            case 22:
                self.flown.takes_off = True
                self.vertical(max(self.height(item), self.altitude))
            case 16 | 19:
                waits = max(0.0, item.params[0] or 0.0)
                passes = (
                    item.command == 16 and not waits and following is not None and following.command in (16, 17, 19, 82)
                )
                self.level(np.array(axes(item.latitude_deg, item.longitude_deg)), self.height(item), passes=passes)
                self.spend(waits, self.craft.hover_current_a)
            case 18:
                centre = np.array(axes(item.latitude_deg, item.longitude_deg))
                self.level(centre, self.height(item), passes=False)
                self.circle(centre, abs(item.params[2] or 0) or 10.0, max(0.0, item.params[0] or 0))
            case 20:
                self.speed = self.craft.cruise_speed_mps  # RTL has a speed of its own
                self.vertical(max(self.altitude, self.air.ground + self.air.rtl_m))
                self.level(self.home, self.altitude, passes=False, kind="way home")
                self.vertical(self.air.ground, kind="down")
                self.flown.lands = True
            case _:
                pass

    def height(self, item) -> float:
        if not item.altitude_m:
            return self.altitude
        return item.altitude_m + (self.air.ground if item.frame in (3, 6) else 0.0)

    def vertical(self, to: float, kind: str = "up") -> None:
        rise = to - self.altitude
        if rise:
            rate = self.craft.climb_speed_mps if rise > 0 else self.craft.descent_speed_mps
            self.spend(abs(rise) / rate, self.craft.hover_current_a)
            heights_m = np.linspace(self.altitude, to, max(2, int(abs(rise) / STEP_M) + 1))
            where = np.broadcast_to(self.at, (len(heights_m), 2))
            self.add(Piece(where, heights_m, np.zeros(len(heights_m)), np.zeros(2), kind, math.copysign(rate, rise)))
        self.altitude, self.passing = to, False

    def level(self, to: Points, altitude: float, *, passes: bool, kind: str = "leg") -> None:
        places = line(self.at, to)
        length, rise = float(np.hypot(*(to - self.at))), altitude - self.altitude
        if length == 0.0:
            self.vertical(altitude, kind="up")
            return
        along = np.linspace(0, length, len(places))
        braking = self.craft.deceleration_mps2
        speeds = np.full(len(places), self.speed)
        if not self.passing:
            speeds = np.minimum(speeds, np.sqrt(2 * braking * along))
        if not passes:
            speeds = np.minimum(speeds, np.sqrt(2 * braking * (length - along)))
        most = self.craft.climb_speed_mps if rise > 0 else self.craft.descent_speed_mps
        lasts = max(length / self.speed + self.speed / braking, abs(rise) / most)
        self.spend(lasts, max(self.craft.cruise_current_a, self.craft.hover_current_a))
        rate = math.copysign(min(most, abs(rise) / (length / self.speed)), rise) if rise else 0.0
        heights_m = np.linspace(self.altitude, altitude, len(places))
        self.add(Piece(places, heights_m, speeds, (to - self.at) / length, kind, rate, stops=not passes))
        self.at, self.altitude, self.passing = to, altitude, passes

    def circle(self, centre: Points, radius: float, turns: float) -> None:
        count = max(16, math.ceil(2 * math.pi * radius / STEP_M))
        angles = np.linspace(0, 2 * math.pi, count)
        places = centre + radius * np.column_stack([np.cos(angles), np.sin(angles)])
        speed = min(self.speed, math.radians(20) * radius)
        self.add(Piece(places, np.full(count, self.altitude), np.full(count, speed), centre, "circle"))
        flown = min(speed, math.sqrt(0.5 * 2.5 * radius))  # half of WPNAV_ACCEL towards the middle
        self.spend(2 * math.pi * radius * turns / flown, self.craft.hover_current_a)
        self.passing = False

    def spend(self, seconds: float, amperes: float) -> None:
        self.flown.time_s += seconds
        self.flown.charge_as += seconds * amperes * (1 + (self.air.wind / self.craft.max_speed_mps) ** 2)

    def add(self, piece: Piece) -> None:
        """A path that was flown before, in the same way, is not looked at again."""
        key = (
            piece.kind,
            *piece.places[0],
            *piece.places[-1],
            piece.altitudes[0],
            piece.altitudes[-1],
            piece.stops,
            *piece.speeds[[0, -1]],
        )
        if key not in self.seen:
            self.seen.add(key)
            self.flown.pieces.append(piece)


NAVIGATES = frozenset([16, 17, 18, 19, 20, 21, 22, 82, 93])
