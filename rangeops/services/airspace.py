"""Which airspace a slot holds on this range: its volume, or what was drawn for it, for as long as it is held."""

import hashlib
from dataclasses import dataclass

from shapely import MultiPolygon, Polygon

from rangeops.domain.airspace import Airspace, core_of
from rangeops.domain.now import Now
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.slots import Slot, SlotId
from rangeops.domain.volumes import Volume, VolumeId, polygon_of
from rangeops.services.changes import SERVER, Changes, slot_subject


@dataclass(frozen=True, slots=True)
class _Place:
    """name: tells one shape on one site from any other."""

    name: str
    core: Polygon | MultiPolygon
    volume: Volume


class AirspaceBook:
    """From a slot to its airspace. A volume's shape is made once."""

    def __init__(self, definition: RangeDefinition) -> None:
        self._definition = definition
        self._places: dict[VolumeId, _Place] = {}

    def __call__(self, slot: Slot) -> Airspace:
        """Raises NotFound for a volume that isn't the range's, Invalid for a shape that can't be held."""
        place = self._bookable(slot.volume) if slot.drawn is None else self._place(slot.volume, slot.drawn)
        return Airspace(
            place=place.name,
            core=place.core,
            floor_amsl_m=place.volume.floor_amsl_m,
            ceiling_amsl_m=place.volume.ceiling_amsl_m,
            starts=slot.held_from,
            ends=slot.held_until,
        )

    def _bookable(self, volume: VolumeId) -> _Place:
        if volume not in self._places:
            self._places[volume] = self._place(volume, self._definition.volume(volume).flight_geography)
        return self._places[volume]

    def _place(self, name: str, volume: Volume) -> _Place:
        frame = self._definition.frame
        drawn = repr((frame.origin_latitude_deg, frame.origin_longitude_deg, volume))
        digest = hashlib.sha256(drawn.encode()).hexdigest()[:16]
        return _Place(f"{name} {digest}", core_of(polygon_of(volume, frame)), volume)


def secure(changes: Changes, now: Now) -> tuple[SlotId, ...]:
    """Hold anew what slots to come hold by an older release or an older definition of the range.

    What has no place beside the others any more is named in the record: somebody must decide which of them moves.
    """
    with changes.begin(now, SERVER) as change:
        unplaced = change.work.slots.secure(now.utc)
        for slot in unplaced:
            says = f"slot {slot} can't hold its airspace as the range is now: move or cancel it"
            change.record("slot.unplaced", slot_subject(slot), says, about=[slot_subject(slot)])
    return unplaced
