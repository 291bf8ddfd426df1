"""A .plan's geoFence (versions 1 and 2) and rallyPoints; the fence also as zones.

Latitude first, rings not closed. `inclusion` says inside or outside, whatever the guide's text says of enabling.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from rangeops.adapters.formats.geometry_gate import accept, accept_circle, position, require_count
from rangeops.adapters.formats.reading import Reading
from rangeops.adapters.formats.shapes import ZoneMaker, marked, require_some
from rangeops.domain.facts import Facts
from rangeops.domain.plan_parts import NO_FENCE, FenceArea, FenceReturn, PlanFence, RallyPoint
from rangeops.domain.plans import FlightPlan
from rangeops.domain.volumes import Ring
from rangeops.domain.zones import Restriction, Zone, ZoneArea

_MOST_AREAS: Final = 200
_MOST_RALLY_POINTS: Final = 200
_FARTHEST_M: Final = 1e6


def fence_of(plan: Facts, reading: Reading) -> PlanFence:
    """Raises Invalid for a fence that couldn't be checked."""
    if not isinstance(plan.table.get("geoFence"), Mapping):
        return NO_FENCE
    fence = plan.section("geoFence")
    reading = reading.at("geoFence")
    match fence.table.get("version"):
        case 1:
            ring = fence.table.get("polygon") or []
            areas = [FenceArea(_ring(ring, reading), is_inclusion=True)] if ring else []
        case 2:
            areas = [*_polygons(fence, reading), *_circles(fence, reading)]
        case other:
            raise reading.refused(f"version {other!r:.20} of the fence isn't known", "Save the plan again.")
    return PlanFence(tuple(areas), _return(fence, reading))


def rally_of(plan: Facts, reading: Reading) -> tuple[RallyPoint, ...]:
    if not isinstance(plan.table.get("rallyPoints"), Mapping):
        return ()
    reading = reading.at("rallyPoints")
    points = plan.section("rallyPoints").table.get("points") or []
    if not isinstance(points, list) or len(points) > _MOST_RALLY_POINTS:
        raise reading.refused("points must be a list of rally points, not more than 200", "Save the plan again.")
    return tuple(RallyPoint(*_triple(point, reading)) for point in points)


def zones_of(plan: FlightPlan, reading: Reading) -> tuple[Zone, ...]:
    """A plan's fence as zones: an exclusion is closed; an inclusion, where to stay inside, restricts nothing."""
    maker = ZoneMaker(reading)
    if any(area.is_inclusion for area in plan.fence.areas):
        reading.note("a fence where to stay inside is read as a zone of NO_RESTRICTION")
    return require_some(
        (
            maker.zone(
                "Inclusion" if area.is_inclusion else "Exclusion",
                [ZoneArea(area.outline, *marked(reading))],
                restriction=Restriction.NO_RESTRICTION if area.is_inclusion else None,
            )
            for area in plan.fence.areas
        ),
        reading,
    )


def _polygons(fence: Facts, reading: Reading) -> Iterator[FenceArea]:
    for polygon in _some(fence, "polygons", reading):
        yield FenceArea(_ring(polygon.table.get("polygon"), reading), is_inclusion=polygon.flag("inclusion"))


def _circles(fence: Facts, reading: Reading) -> Iterator[FenceArea]:
    for entry in _some(fence, "circles", reading):
        circle = entry.section("circle")
        centre = _pair(circle.table.get("center"), reading)
        yield FenceArea(
            accept_circle(*centre, circle.table.get("radius"), reading), is_inclusion=entry.flag("inclusion")
        )


def _some(fence: Facts, key: str, reading: Reading) -> tuple[Facts, ...]:
    entries = fence.sections(key)
    if len(entries) > _MOST_AREAS:
        raise reading.refused(f"the fence has more than {_MOST_AREAS} {key}", "Simplify it.")
    return entries


def _ring(ring: object, reading: Reading) -> Ring:
    if not isinstance(ring, list):
        raise reading.refused("a fence's polygon must list [latitude, longitude]", "Save the plan again.")
    require_count(len(ring), reading)
    return accept([_pair(point, reading) for point in ring], reading).outer


def _return(fence: Facts, reading: Reading) -> FenceReturn | None:
    place = fence.table.get("breachReturn")
    if not place:
        return None
    if isinstance(place, list) and len(place) == 2:
        return FenceReturn(*_pair(place, reading))
    return FenceReturn(*_triple(place, reading))


def _pair(point: object, reading: Reading) -> tuple[float, float]:
    if not isinstance(point, list) or len(point) != 2:
        raise reading.refused(f"{point!r:.40} isn't [latitude, longitude]", "Save the plan again.")
    return position(point[0], point[1], reading)


def _triple(point: object, reading: Reading) -> tuple[float, float, float]:
    if not isinstance(point, list) or len(point) != 3:
        raise reading.refused(f"{point!r:.40} isn't [latitude, longitude, altitude]", "Save the plan again.")
    altitude = Facts({"altitude": point[2]}, reading.where)
    return *position(point[0], point[1], reading), altitude.number(
        "altitude", at_least=-_FARTHEST_M, at_most=_FARTHEST_M
    )
