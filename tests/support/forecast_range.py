"""A made-up range for one batch of random flights: a volume, perhaps a prohibited zone in it, wind, noise and pilots."""

import math
import random
import tomllib
from dataclasses import dataclass

import shapely
from forecast_pilots import ByMission, BySticks, ByTargets, ByVelocity, Flight
from zone_fields import SITE, star, volume_of_ring

from rangeops import paths
from rangeops.domain.aircraft import Airframe, VehicleClass, airframe_from
from rangeops.domain.stopping import stopping_distance_m
from rangeops.domain.volumes import Assumptions, OperationalVolumes, Volume, operational_volumes
from rangeops.sim.scenario import Place, VehicleSpec, Wind

GROUND_M = 35.0
STAYS_M = 10.0  # from every edge
BOUNDARY = volume_of_ring([(-6000, -6000), (6000, -6000), (6000, 6000), (-6000, 6000)], -100.0, 600.0)
ASSUMPTIONS = Assumptions(ground_amsl_m=GROUND_M, speed_limit_mps=45.0)
HAND_S = 8.0  # a pilot by hand turns back while it is so long to the last moment to stop
PLANE_LEG_M = 300.0  # less is no leg: it turns on 60 to 100 m
_TRIES = 400


def airframe(name: str) -> Airframe:
    file = paths.shipped("hardware") / "airframes" / f"{name}.toml"
    return airframe_from(tomllib.loads(file.read_text(encoding="utf-8")), where=name)


COPTERS = (airframe("survey-quad"), airframe("inspection-quad"))
PLANE = airframe("survey-plane")


@dataclass
class Batch:
    """Flights that share a volume. starts: each one's (east, north, up) and heading in the site frame."""

    seed: int
    airframe: Airframe
    volumes: OperationalVolumes
    geography: shapely.Polygon
    zone: shapely.Polygon | None
    zone_volume: Volume | None
    wind: Wind
    gps_noise_m: float
    specs: list[VehicleSpec]
    flights: list[Flight]

    @property
    def most_wind_mps(self) -> float:
        """What a range counts with: the mean and its gusts."""
        return self.wind.speed_mps + 3 * self.wind.gust_mps

    @property
    def ceiling_up_m(self) -> float:
        return self.volumes.flight_geography.ceiling_amsl_m - GROUND_M


def batch_of(seed: int, *, flights: int, leave: bool) -> Batch:
    """A batch of copters or of planes. leave: its pilots are about to leave; else they keep inside."""
    chance = random.Random(seed)
    craft = PLANE if chance.random() < 0.4 else chance.choice(COPTERS)
    plane = craft.vehicle_class is VehicleClass.PLANE
    low_m, high_m = (650.0, 1200.0) if plane else (180.0, 450.0)
    ring = star(chance, (0.0, 0.0), chance.randint(4, 9), low_m, high_m)
    ceiling_m = GROUND_M + (chance.uniform(110, 150) if plane else chance.uniform(60, 120))
    geography_volume = volume_of_ring(ring, GROUND_M - 5.0, ceiling_m)
    geography = shapely.Polygon(ring)
    zone, zone_volume = None, None
    if chance.random() < 0.35:
        middle = _point_in(chance, geography.buffer(-80 if not plane else -200))
        zone_ring = star(chance, middle, chance.randint(4, 8), *((90.0, 160.0) if plane else (30.0, 70.0)))
        zone, zone_volume = shapely.Polygon(zone_ring), volume_of_ring(zone_ring, -100.0, 500.0)
    volumes = operational_volumes(geography_volume, craft, SITE, ASSUMPTIONS)
    wind = Wind(chance.uniform(0, craft.max_wind_mps or 0), chance.uniform(0, 360), chance.uniform(0, 1.0))
    batch = Batch(
        seed, craft, volumes, geography, zone, zone_volume, wind, chance.uniform(0, 1.5), [], []
    )  # fmt: skip
    while len(batch.flights) < flights:
        if (made := _flight(chance, batch, leave=leave, number=len(batch.flights) + 1)) is not None:
            batch.specs.append(made[0])
            batch.flights.append(made[1])
    return batch


class _Drawer:
    """Draws one flight in the site frame; its start is the origin of the vehicle's own."""

    def __init__(self, chance: random.Random, batch: Batch, *, leave: bool) -> None:
        self.chance, self.batch, self.leave = chance, batch, leave
        self.start_up = 0.0
        self.plane = batch.airframe.vehicle_class is VehicleClass.PLANE
        self.free = batch.geography if batch.zone is None else batch.geography.difference(batch.zone)
        self.start = (0.0, 0.0)
        low, high = (16.0, 25.0) if self.plane else (4.0, batch.airframe.max_speed_mps)
        self.speed = chance.uniform(low, high)

    def own(self, east: float, north: float, up: float) -> tuple[float, float, float]:
        return north - self.start[1], east - self.start[0], up

    def up_m(self) -> float:
        return self.chance.uniform(15.0 if not self.plane else 40.0, self.batch.ceiling_up_m - STAYS_M - 4.0)

    def inside(self, margin_m: float) -> shapely.Geometry:
        return self.free.buffer(-margin_m)

    def legs_inside(self, count: int, margin_m: float) -> list[tuple[float, float]] | None:
        """Places with straight legs that stay so far inside; None: not found."""
        room = self.inside(margin_m)
        if room.is_empty or not room.contains(shapely.Point(self.start)):
            return None
        places, at = [], self.start
        for _ in range(count):
            for _ in range(_TRIES):
                to = _point_in(self.chance, room)
                if math.dist(at, to) > (PLANE_LEG_M if self.plane else 30.0) and room.contains(
                    shapely.LineString([at, to])
                ):
                    break
            else:
                return None
            places.append(to)
            at = to
        return places


def _flight(chance: random.Random, batch: Batch, *, leave: bool, number: int) -> tuple[VehicleSpec, Flight] | None:
    draw = _Drawer(chance, batch, leave=leave)
    room = draw.inside(260.0 if draw.plane else 50.0)
    if room.is_empty:
        room = draw.inside(170.0 if draw.plane else 25.0)
    if room.is_empty:
        return None
    draw.start = _point_in(chance, room)
    draw.start_up = draw.up_m()
    kinds = [_targets, _mission, _mission, _targets, _velocity, _circle] if not draw.plane else [
        _targets, _mission, _mission, _sticks
    ]  # fmt: skip
    flight = chance.choice(kinds)(draw)
    if flight is None:
        return None
    latitude, longitude = SITE.to_geodetic(*draw.start)
    name = {VehicleClass.PLANE: "AIRSPEED_CRUISE"}.get(batch.airframe.vehicle_class)
    spec = VehicleSpec(
        callsign=f"F{number:02}",
        sysid=number,
        airframe=batch.airframe,
        home=Place(latitude, longitude),
        home_elevation_amsl_m=GROUND_M,
        heading_deg=chance.uniform(0, 360),
        links=("udpout:127.0.0.1:14550",),
        airborne_m=draw.start_up,
        parameters={name: 22.0} if name else {},
    )
    return spec, flight


def _places(draw: _Drawer, margin_m: float) -> tuple[tuple[float, float, float], ...] | None:
    chance = draw.chance
    count = chance.randint(0, 2) if draw.leave else chance.randint(2, 5)
    legs = draw.legs_inside(count, margin_m)
    if legs is None:
        return None
    up = draw.start_up
    places = []
    for east, north in legs:
        up = up if chance.random() < 0.5 else draw.up_m()
        places.append(draw.own(east, north, up))
    if draw.leave:
        last = legs[-1] if legs else draw.start
        out = _way_out(draw, last, up)
        if out is None:
            return None
        places.append(out)
    return tuple(places)


def _way_out(draw: _Drawer, at: tuple[float, float], up: float) -> tuple[float, float, float] | None:
    """A place that can't be reached without leaving, far enough off that there is time to tell."""
    chance, batch = draw.chance, draw.batch
    if chance.random() < 0.2:  # upwards
        legs = draw.legs_inside(1, 160.0 if draw.plane else 20.0)
        return None if not legs else draw.own(*legs[0], batch.ceiling_up_m + chance.uniform(12, 40))
    need_m = draw.speed * 12.0 + stopping_distance_m(batch.airframe, draw.speed)
    for _ in range(_TRIES):
        bearing = chance.uniform(0, math.tau)
        for far_m in (400.0, 800.0, 1600.0):
            to = at[0] + far_m * math.sin(bearing), at[1] + far_m * math.cos(bearing)
            line = shapely.LineString([at, to])
            stays = line.intersection(draw.free)
            first = shapely.get_parts(stays)[0] if not stays.is_empty else stays
            if not draw.free.contains(shapely.Point(to)) and first.length >= need_m * chance.uniform(1.0, 1.6):
                return draw.own(*to, up)
    return None


def _targets(draw: _Drawer) -> Flight | None:
    places = _places(draw, 165.0 if draw.plane else 12.0)
    return places and ByTargets("targets", draw.leave, draw.speed, places=places)


def _mission(draw: _Drawer) -> Flight | None:
    places = _places(draw, 150.0 if draw.plane else 14.0)
    if places and not draw.leave and draw.plane:
        if math.hypot(*places[-1][:2]) < PLANE_LEG_M:
            return None
        places = (*places, draw.own(*draw.start, places[-1][2]))  # it ends over home, which it then circles
    return places and ByMission("mission", draw.leave, draw.speed, places=places)


def _velocity(draw: _Drawer) -> Flight | None:
    """By hand: straight legs; one who stays turns back while there is room for it."""
    chance, speed = draw.chance, draw.speed
    room = draw.inside(STAYS_M + 4.0)
    legs, at, up = [], draw.start, draw.start_up
    ahead_m = stopping_distance_m(draw.batch.airframe, speed) + HAND_S * speed
    for _ in range(chance.randint(0, 1) if draw.leave else chance.randint(2, 4)):
        for _ in range(_TRIES):
            bearing, lasts_s = chance.uniform(0, math.tau), chance.uniform(4, 14)
            unit = math.sin(bearing), math.cos(bearing)
            to = at[0] + unit[0] * speed * lasts_s, at[1] + unit[1] * speed * lasts_s
            beyond = to[0] + unit[0] * ahead_m, to[1] + unit[1] * ahead_m
            if room.contains(shapely.LineString([at, beyond])):
                break
        else:
            return None
        legs.append((speed * unit[1], speed * unit[0], 0.0, lasts_s))
        at = to
    if not draw.leave:
        legs.append((0.0, 0.0, 0.0, 60.0))
        return ByVelocity("by hand", draw.leave, speed, legs=tuple(legs))
    if chance.random() < 0.25:
        if draw.batch.ceiling_up_m - up < 32.0:
            return None
        climb = chance.uniform(1.0, 2.4)
        legs.append((0.0, 0.0, climb, 90.0))
        return ByVelocity("by hand", draw.leave, climb, legs=tuple(legs))
    out = _way_out(draw, at, up)
    if out is None:
        return None
    north, east = out[0] + draw.start[1] - at[1], out[1] + draw.start[0] - at[0]
    far_m = math.hypot(north, east)
    legs.append((speed * north / far_m, speed * east / far_m, 0.0, 90.0))
    return ByVelocity("by hand", draw.leave, speed, legs=tuple(legs))


def _circle(draw: _Drawer) -> Flight | None:
    """An even turn by hand. One that leaves has its circle across an edge."""
    chance = draw.chance
    speed = min(draw.speed, 10.0)
    radius_m = chance.uniform(max(15.0, speed * speed / 1.8), max(20.0, speed * speed / 1.8) + 60.0)
    side = chance.choice((-1.0, 1.0))
    for _ in range(_TRIES):
        bearing = chance.uniform(0, math.tau)  # the first course
        middle = (
            draw.start[0] + side * radius_m * math.cos(bearing),
            draw.start[1] - side * radius_m * math.sin(bearing),
        )
        ring = shapely.Point(middle).buffer(radius_m).exterior
        stays = draw.inside(STAYS_M + 8.0).contains(ring)
        leaves = ring.difference(draw.free).length > 0.15 * ring.length
        if stays if not draw.leave else leaves:
            break
    else:
        return None
    leg = (speed * math.cos(bearing), speed * math.sin(bearing), 0.0, 90.0)
    return ByVelocity("turn", draw.leave, speed, legs=(leg,), turn_radps=side * speed / radius_m)


def _sticks(draw: _Drawer) -> Flight | None:
    """A plane by hand: straight, or in a wide turn. Who leaves, that is: one who stays would have to fight the wind."""
    if not draw.leave:
        return _targets(draw)
    chance = draw.chance
    if chance.random() < 0.5:
        first = (chance.choice((-1, 1)) * chance.uniform(0.3, 0.9), chance.uniform(1, 6))
        return BySticks("by hand", draw.leave, draw.speed, banks=(first, (0.0, 120.0)))
    return BySticks(
        "turn", draw.leave, draw.speed, banks=((chance.choice((-1, 1)) * chance.uniform(0.12, 0.3), 120.0),)
    )


def _point_in(chance: random.Random, room: shapely.Geometry) -> tuple[float, float]:
    west, south, east, north = room.bounds
    for _ in range(20 * _TRIES):
        place = chance.uniform(west, east), chance.uniform(south, north)
        if room.contains(shapely.Point(place)):
            return place
    raise AssertionError("no point found in it")
