"""The range as maps show it."""

from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.sectors import WHOLE_RANGE
from rangeops.domain.zones import Zone
from rangeops.wire.api import RangeView, ZoneView


def range_view(definition: RangeDefinition) -> RangeView:
    return RangeView(
        id=definition.id,
        name=definition.name,
        synthetic=definition.synthetic,
        timezone=definition.timezone,
        origin_latitude_deg=definition.frame.origin_latitude_deg,
        origin_longitude_deg=definition.frame.origin_longitude_deg,
        elevation_amsl_m=definition.elevation_amsl_m,
        boundary=definition.boundary,
        runway=definition.runway,
        zones=tuple(view for zone in definition.zones for view in _zone_views(zone, definition)),
        volumes=definition.volumes,
        sectors=(*(sector.name for sector in definition.sectors), WHOLE_RANGE),
        contacts=definition.contacts,
    )


def _zone_views(zone: Zone, definition: RangeDefinition) -> list[ZoneView]:
    """One for each of a zone's areas, all under its id."""
    return [
        ZoneView(zone.id, zone.name, zone.restriction.value, area.volume(definition.frame, definition.heights))
        for area in zone.areas
    ]
