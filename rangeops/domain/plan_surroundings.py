"""Everything that a plan is held against and that doesn't depend on it, as plane geometry; one serves many plans."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from rangeops.domain.aircraft import VehicleClass
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.plan_context import PlanContext
from rangeops.domain.ranges import NamedArea
from rangeops.domain.region import Region, region_of
from rangeops.domain.stopping import Room
from rangeops.domain.volumes import OperationalVolumes, Volume, operational_volumes, polygon_of

ROUNDING_M: Final = 0.1  # a proposed point is written with six decimals (0.1 m), and must still be inside
_ARC_STEPS: Final = 16  # of a quarter circle around a corner that points inwards: 4 mm off the true arc

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class ClosedArea:
    """A zone's area, or another slot's volume, that this flight may not enter in its minutes."""

    zone: str
    name: str
    polygon: Polygon
    floor_amsl_m: float
    ceiling_amsl_m: float

    def overlaps(self, lowest_amsl_m: float, highest_amsl_m: float) -> bool:
        return lowest_amsl_m <= self.ceiling_amsl_m and highest_amsl_m >= self.floor_amsl_m


@dataclass(frozen=True, slots=True)
class Surroundings:
    """inset: where a planned path may be; free: the same without closed areas; admissible: where a proposed point may
    be, with the path margin and room for rounding. Where a plane holds, its circle fits as well, and a failsafe that
    lands at once doesn't land where none may. contingency_is_convex: every way home within it stays within it.
    on_the_way: closed areas that a way home may meet. landing_areas: those that the contingency volume reaches.
    """

    context: PlanContext
    volumes: OperationalVolumes
    geography: Polygon
    region: Region  # of the geography: margins and edge names
    inset: Polygon | MultiPolygon
    free: Polygon | MultiPolygon
    admissible: Polygon | MultiPolygon
    contingency: Polygon
    contingency_is_convex: bool
    buffer: Polygon
    boundary: Polygon
    closed: tuple[ClosedArea, ...]
    others: tuple[ClosedArea, ...]
    on_the_way: Geometries
    landing_areas: Geometries
    no_landing: Geometries
    room: Room
    climb_room: Room

    @property
    def frame(self) -> SiteFrame:
        return self.context.range.frame


def surroundings_of(context: PlanContext) -> Surroundings:
    """Raises Invalid, as operational_volumes does."""
    definition, airframe = context.range, context.airframe
    geography = polygon_of(context.volume.flight_geography, definition.frame)
    volumes = operational_volumes(context.volume.flight_geography, airframe, definition.frame, definition.assumptions)
    closed, others = _closed_areas(context), _other_flights(context)
    inset = geography.buffer(-context.path_margin_m, quad_segs=_ARC_STEPS)
    contingency = _plan_view(volumes.contingency, definition.frame)
    no_landing = _areas(definition.no_landing, definition.frame)
    landing_areas = _areas(definition.landing_areas, definition.frame)
    shut = [area.polygon for area in (*closed, *others) if _is_met(area, context, geography)]
    free, admissible = _open(context, geography, contingency, shut, no_landing)
    for polygon in (geography, inset, free, admissible):
        shapely.prepare(polygon)
    return Surroundings(
        context=context,
        volumes=volumes,
        geography=geography,
        region=region_of(geography),
        inset=inset,
        free=free,
        admissible=admissible,
        contingency=contingency,
        contingency_is_convex=contingency.convex_hull.area - contingency.area < 1e-3,
        buffer=_plan_view(volumes.ground_risk_buffer, definition.frame),
        boundary=_plan_view(definition.boundary, definition.frame),
        closed=closed,
        others=others,
        on_the_way=_on_the_way(closed, volumes, contingency),
        landing_areas=landing_areas[shapely.intersects(landing_areas, contingency)],
        no_landing=no_landing,
        room=Room(airframe, definition.policy, airframe.deceleration_mps2),
        climb_room=Room(airframe, definition.policy, airframe.vertical_deceleration_mps2),
    )


def _is_met(area: ClosedArea, context: PlanContext, geography: Polygon) -> bool:
    prism = context.volume.flight_geography
    return area.overlaps(prism.floor_amsl_m, prism.ceiling_amsl_m) and bool(area.polygon.intersects(geography))


def _open(
    context: PlanContext, geography: Polygon, contingency: Polygon, shut: list[Polygon], no_landing: Geometries
) -> tuple[Polygon | MultiPolygon, Polygon | MultiPolygon]:
    """Where proposed legs, and proposed points, may be."""
    margin = context.path_margin_m
    free = geography.buffer(-margin, quad_segs=_ARC_STEPS)
    admissible = geography.buffer(-margin - ROUNDING_M, quad_segs=_ARC_STEPS)
    if shut or no_landing.size:
        free = free.difference(shapely.union_all([*shut, *no_landing]))
        kept_off = [*shapely.buffer(shut, ROUNDING_M), *shapely.buffer(no_landing, margin + ROUNDING_M)]
        admissible = admissible.difference(shapely.union_all(kept_off))
    if context.airframe.vehicle_class is VehicleClass.PLANE:
        circled = contingency.buffer(-context.airframe.loiter_radius_m)
        free, admissible = free.intersection(circled), admissible.intersection(circled.buffer(-ROUNDING_M))
    return free, admissible


def _on_the_way(closed: Iterable[ClosedArea], volumes: OperationalVolumes, contingency: Polygon) -> Geometries:
    """Over the ground, up to the ceiling: whatever a return may meet."""
    ceiling = volumes.flight_geography.ceiling_amsl_m
    met = [area.polygon for area in closed if area.floor_amsl_m <= ceiling and area.polygon.intersects(contingency)]
    polygons: Geometries = np.array(met, dtype=object)
    return polygons


def _closed_areas(context: PlanContext) -> tuple[ClosedArea, ...]:
    definition = context.range
    areas = []
    for zone in definition.zones:
        if not zone.is_closed or zone.id in context.authorisations:
            continue
        if context.slot is not None and not zone.touches(*context.slot, definition.sun):
            continue
        for area in zone.areas:
            volume = area.volume(definition.frame, definition.heights)
            polygon = _plan_view(volume, definition.frame)
            areas.append(ClosedArea(zone.id, zone.name, polygon, volume.floor_amsl_m, volume.ceiling_amsl_m))
    return tuple(areas)


def _other_flights(context: PlanContext) -> tuple[ClosedArea, ...]:
    return tuple(
        ClosedArea(
            other.name,
            f"{other.starts:%H:%M}-{other.ends:%H:%M} UTC",
            _plan_view(other.volume, context.range.frame),
            other.volume.floor_amsl_m,
            other.volume.ceiling_amsl_m,
        )
        for other in context.others
        if other.shares(context.slot)
    )


def _areas(areas: Iterable[NamedArea], frame: SiteFrame) -> Geometries:
    polygons: Geometries = np.array([_plan_view(Volume(area.ring, 0.0, 1.0), frame) for area in areas], dtype=object)
    return polygons


def _plan_view(volume: Volume, frame: SiteFrame) -> Polygon:
    polygon = polygon_of(volume, frame)
    shapely.prepare(polygon)
    return polygon
