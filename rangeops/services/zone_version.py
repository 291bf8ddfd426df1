"""Which zones a verdict was made by: a hash over what they say, so that two machines can tell that theirs are the same."""

import hashlib
from dataclasses import dataclass

import msgspec

from rangeops.domain.ranges import RangeDefinition


@dataclass(frozen=True, slots=True)
class ZoneVersion:
    """sha256: over the range's boundary, bookable volumes and zones, whatever file they came from. count: of zones."""

    range_id: str
    count: int
    sha256: str

    @property
    def name(self) -> str:
        """As people read it out: "twente-3f9a12c0"."""
        return f"{self.range_id}-{self.sha256[:8]}"


def zone_parts(definition: RangeDefinition) -> dict[str, str]:
    """A hash for each thing that the version is made of, by its name: "zone HOUSING", "volume EAST", "boundary"."""
    named = {
        "boundary": definition.boundary,
        **{f"volume {volume.id}": volume for volume in definition.volumes},
        **{f"zone {zone.id}": zone for zone in definition.zones},
        **{f"landing area {area.name}": area for area in definition.landing_areas},
        **{f"no-landing area {area.name}": area for area in definition.no_landing},
    }
    return {name: hashlib.sha256(msgspec.json.encode(part, order="sorted")).hexdigest() for name, part in named.items()}


def zone_version(definition: RangeDefinition) -> ZoneVersion:
    said = (definition.boundary, definition.volumes, definition.zones, definition.landing_areas, definition.no_landing)
    sha256 = hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()
    return ZoneVersion(definition.id, len(definition.zones), sha256)
