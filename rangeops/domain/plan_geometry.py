"""A plan's route and the range's volumes as arrays of plane geometry: what the rules ask their questions of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.plan_context import PlanContext
from rangeops.domain.plans import FlightPlan, Leg, Route, WaypointNumber, route_of
from rangeops.domain.ranges import is_near
from rangeops.domain.region import Region, region_of
from rangeops.domain.volumes import OperationalVolumes, Volume, operational_volumes, polygon_of

_ROUNDING_M = 0.1  # a proposed point is written with six decimals (0.1 m), and must still be inside
_ARC_STEPS = 16  # of a quarter circle around a corner that points inwards: 4 mm off the true arc

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class ClosedArea:
    """A zone's area that this flight may not enter, in its minutes."""

    zone: str
    name: str
    polygon: Polygon
    floor_amsl_m: float
    ceiling_amsl_m: float

    def overlaps(self, lowest_amsl_m: float, highest_amsl_m: float) -> bool:
        return lowest_amsl_m <= self.ceiling_amsl_m and highest_amsl_m >= self.floor_amsl_m


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything of a context that doesn't depend on the plan; one serves many plans."""

    context: PlanContext
    volumes: OperationalVolumes
    geography: Polygon
    region: Region  # of the geography: margins and edge names
    inset: Polygon  # where a planned path may be
    free: Polygon | MultiPolygon  # where a proposed leg may be: the inset without closed areas
    admissible: (
        Polygon | MultiPolygon
    )  # where a proposed point may be: free, with the path margin and room for rounding
    contingency: Polygon
    buffer: Polygon
    boundary: Polygon
    closed: tuple[ClosedArea, ...]

    @property
    def frame(self) -> SiteFrame:
        return self.context.range.frame


@dataclass(frozen=True, slots=True)
class PlannedRoute:
    """A plan's route in site metres.

    far: the waypoints, home 0, that are too far off to be this range's; then there are no legs to judge.
    starts, ends: (n, 2) east, north; altitudes: (n, 2) AMSL of start and end; numbers: (n, 2) origin, target.
    """

    plan: FlightPlan
    route: Route
    far: tuple[WaypointNumber, ...]
    legs: tuple[Leg, ...]
    times: tuple[int, ...]
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    altitudes: NDArray[np.float64]
    numbers: NDArray[np.int64]
    paths: Geometries  # lines; circles where a leg holds on one

    @property
    def home(self) -> tuple[float, float]:
        return float(self.starts[0, 0]), float(self.starts[0, 1])


def surroundings_of(context: PlanContext) -> Surroundings:
    definition = context.range
    geography = polygon_of(context.volume.flight_geography, definition.frame)
    volumes = operational_volumes(
        context.volume.flight_geography, context.airframe, definition.frame, definition.assumptions
    )
    closed = _closed_areas(context)
    inset = geography.buffer(-context.path_margin_m, quad_segs=_ARC_STEPS)
    admissible = geography.buffer(-context.path_margin_m - _ROUNDING_M, quad_segs=_ARC_STEPS)
    shut = shapely.union_all([area.polygon for area in closed if area.polygon.intersects(geography)])
    free = inset.difference(shut)
    admissible = admissible.difference(shut.buffer(context.path_margin_m))
    for polygon in (geography, inset, free, admissible):
        shapely.prepare(polygon)
    contingency = _plan_view(volumes.contingency, definition.frame)
    return Surroundings(
        context=context,
        volumes=volumes,
        geography=geography,
        region=region_of(geography),
        inset=inset,
        free=free,
        admissible=admissible,
        contingency=contingency,
        buffer=_plan_view(volumes.ground_risk_buffer, definition.frame),
        boundary=_plan_view(definition.boundary, definition.frame),
        closed=closed,
    )


def planned(plan: FlightPlan, around: Surroundings) -> PlannedRoute:
    route = route_of(plan, around.context.basis)
    far = _far_off(plan, around.frame)
    legs = () if far else tuple(leg for leg, _ in route.legs)
    places = np.array(
        [(p.latitude_deg, p.longitude_deg, p.altitude_amsl_m) for leg in legs for p in (leg.start, leg.end)],
        dtype=np.float64,
    ).reshape(-1, 3)
    points = around.frame.to_site_array(places[:, :2]).reshape(-1, 2, 2)
    paths = shapely.linestrings(points)
    for n, leg in enumerate(legs):
        if leg.radius_m > 0:
            paths[n] = shapely.Point(points[n, 1]).buffer(leg.radius_m)
        elif (points[n, 0] == points[n, 1]).all():
            paths[n] = shapely.Point(points[n, 1])  # straight up or down
    return PlannedRoute(
        plan=plan,
        route=route,
        far=far,
        legs=legs,
        times=() if far else tuple(times for _, times in route.legs),
        starts=points[:, 0],
        ends=points[:, 1],
        altitudes=places[:, 2].reshape(-1, 2),
        numbers=np.array([(leg.origin, leg.target) for leg in legs], dtype=np.int64).reshape(-1, 2),
        paths=paths,
    )


def _far_off(plan: FlightPlan, frame: SiteFrame) -> tuple[WaypointNumber, ...]:
    places = [] if plan.home is None else [(WaypointNumber(0), plan.home.latitude_deg, plan.home.longitude_deg)]
    places += [
        (item.number, item.latitude_deg or 0.0, item.longitude_deg or 0.0) for item in plan.items if item.has_place
    ]
    return tuple(number for number, latitude, longitude in places if not is_near(latitude, longitude, frame))


def altitudes_in(path: shapely.Geometry, polygon: Polygon, low: Sequence[float]) -> tuple[float, float] | None:
    """The lowest and highest altitude of a straight leg within a polygon; None where it doesn't get there.

    low: altitudes at the path's start and end, between which it slopes evenly.
    """
    inside = shapely.intersection(path, polygon)
    if inside.is_empty:
        return None
    start, end = low[0], low[1]
    if path.geom_type != "LineString" or path.length == 0.0:
        return min(start, end), max(start, end)
    shares = shapely.line_locate_point(path, shapely.points(shapely.get_coordinates(inside))) / path.length
    altitudes = start + shares * (end - start)
    return float(altitudes.min()), float(altitudes.max())


def _closed_areas(context: PlanContext) -> tuple[ClosedArea, ...]:
    definition = context.range
    areas = []
    for zone in definition.zones:
        if not zone.is_closed or zone.id in context.authorisations:
            continue
        if context.slot is not None and not zone.touches(*context.slot):
            continue
        for area in zone.areas:
            volume = area.volume(definition.frame, definition.heights)
            polygon = _plan_view(volume, definition.frame)
            areas.append(ClosedArea(zone.id, zone.name, polygon, volume.floor_amsl_m, volume.ceiling_amsl_m))
    return tuple(areas)


def _plan_view(volume: Volume, frame: SiteFrame) -> Polygon:
    polygon = polygon_of(volume, frame)
    shapely.prepare(polygon)
    return polygon
