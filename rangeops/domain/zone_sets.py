"""A range's zones as a set: what differs between two of them, which are temporary, which one a flight would meet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

import shapely
from shapely import Polygon

from rangeops.domain.errors import Invalid
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.volumes import Volume, polygon_of
from rangeops.domain.zones import Zone, ZoneArea


class ChangeKind(Enum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Part(Enum):
    """What of a zone can differ."""

    OUTLINE = "outline"
    HEIGHTS = "heights"
    TIMES = "times"
    RESTRICTION = "restriction"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """difference_m2: the area that lies in one of the two versions and not in the other."""

    zone: str
    name: str
    kind: ChangeKind
    parts: tuple[Part, ...]
    difference_m2: float


def zone_changes(old: Sequence[Zone], new: Sequence[Zone], frame: SiteFrame) -> tuple[ZoneChange, ...]:
    """What makes `old` to `new`, zone by zone, in the order of their ids."""
    before, after = {zone.id: zone for zone in old}, {zone.id: zone for zone in new}
    changes = []
    for identifier in sorted(before | after):
        one, other = before.get(identifier), after.get(identifier)
        if one == other:
            continue
        zone = other or one
        assert zone is not None  # it is in one of the two
        difference = _shape(one, frame).symmetric_difference(_shape(other, frame)).area
        kind = ChangeKind.ADDED if one is None else ChangeKind.REMOVED if other is None else ChangeKind.CHANGED
        parts = () if one is None or other is None else _parts(one, other)
        changes.append(ZoneChange(identifier, zone.name, kind, parts, float(difference)))
    return tuple(changes)


def with_zones(definition: RangeDefinition, zones: Sequence[Zone], *, where: str) -> RangeDefinition:
    """The range with more zones. Raises Invalid where an identifier is used twice."""
    seen = {zone.id for zone in definition.zones}
    for zone in zones:
        if zone.id in seen:
            raise Invalid(
                f"zone {zone.id} is one of the range's already", where=where, do="Give it another identifier."
            )
        seen.add(zone.id)
    return replace(definition, zones=(*definition.zones, *zones))


def require_temporary(zone: Zone, *, where: str) -> None:
    """Raises Invalid for a zone that doesn't say from when to when it holds."""
    if not zone.applicability or any(part.starts is None or part.ends is None for part in zone.applicability):
        raise Invalid(
            f"zone {zone.id} has no start and end", where=where, do="Give --from and --to, or limitedApplicability."
        )


def ends_of(zone: Zone) -> tuple[datetime, datetime]:
    """A temporary zone's first and last moment."""
    starts = [part.starts for part in zone.applicability if part.starts is not None]
    ends = [part.ends for part in zone.applicability if part.ends is not None]
    return min(starts), max(ends)


def closed_for(definition: RangeDefinition, volume: Volume, starts: datetime, ends: datetime) -> tuple[Zone, ...]:
    """The closed zones that a volume meets in its minutes."""
    polygon = polygon_of(volume, definition.frame)
    return tuple(
        zone
        for zone in definition.zones
        if zone.is_closed
        and zone.touches(starts, ends, definition.sun)
        and any(_meets(area, volume, polygon, definition) for area in zone.areas)
    )


def _meets(area: ZoneArea, volume: Volume, polygon: Polygon, definition: RangeDefinition) -> bool:
    closed = area.volume(definition.frame, definition.heights)
    return (
        closed.floor_amsl_m <= volume.ceiling_amsl_m
        and closed.ceiling_amsl_m >= volume.floor_amsl_m
        and bool(polygon_of(closed, definition.frame).intersects(polygon))
    )


def _parts(one: Zone, other: Zone) -> tuple[Part, ...]:
    said: dict[Part, Callable[[Zone], object]] = {
        Part.OUTLINE: lambda zone: [(area.outline, area.holes) for area in zone.areas],
        Part.HEIGHTS: lambda zone: [(area.lower, area.upper) for area in zone.areas],
        Part.TIMES: lambda zone: zone.applicability,
        Part.RESTRICTION: lambda zone: zone.restriction,
    }
    differ = tuple(part for part, of in said.items() if of(one) != of(other))
    words = replace(one, areas=other.areas, applicability=other.applicability, restriction=other.restriction) != other
    return (*differ, Part.WORDS) if words else differ


def _shape(zone: Zone | None, frame: SiteFrame) -> Any:
    """The zone's plan view, of all its areas together."""
    areas = () if zone is None else zone.areas
    return shapely.union_all([polygon_of(Volume(area.outer(frame), 0.0, 1.0, area.holes), frame) for area in areas])
