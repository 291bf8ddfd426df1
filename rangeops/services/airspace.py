"""Which airspace a slot holds on this range: its volume, or what was drawn for it, for as long as it is held."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from shapely import MultiPolygon, Polygon

from rangeops.domain.airspace import Airspace, core_of, meet
from rangeops.domain.now import Now
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.separation_4d import air_of, kept_around, kept_core
from rangeops.domain.slots import Slot, SlotId
from rangeops.domain.volumes import (
    BookableVolume,
    OperationalVolumes,
    Volume,
    VolumeId,
    operational_volumes,
    polygon_of,
)
from rangeops.services.changes import SERVER, Changes, slot_subject
from rangeops.services.ports.world import Airframes

_PLACES: Final = 1024  # kept at a time: far more than a range has volumes and kinds of airframe


@dataclass(frozen=True, slots=True)
class _Place:
    """One flight geography for one kind of airframe. name: tells it from any other. bare: the contingency volume's
    footprint; kept: with the range's buffers around it.
    """

    name: str
    bare: Polygon | MultiPolygon
    kept: Polygon | MultiPolygon
    volumes: OperationalVolumes


def bookable_of(definition: RangeDefinition, slot: Slot) -> BookableVolume:
    """What the slot grants: a volume of the range's, or what its company drew. Raises NotFound."""
    if slot.drawn is not None:
        return BookableVolume(slot.volume, slot.volume, slot.drawn)
    return definition.volume(slot.volume)


class AirspaceBook:
    """From a slot to its airspace (domain.separation_4d). A shape is made once for each kind of airframe, a drawn one too."""

    def __init__(self, definition: RangeDefinition, airframes: Airframes) -> None:
        self._definition = definition
        self._airframes = airframes
        self._place = lru_cache(_PLACES)(self._made)

    def __call__(self, slot: Slot) -> Airspace:
        """What the slot keeps from others, buffers included.

        Raises NotFound for a volume or an airframe that isn't here, Invalid for a shape that can't be held.
        """
        return kept_around(self.bare(slot), self._of(slot).kept, self._definition.booking.buffers)

    def bare(self, slot: Slot) -> Airspace:
        """Its flight geography and contingency volume, from set-up to clear-down, without buffers."""
        place = self._of(slot)
        return Airspace(
            place=place.name,
            core=place.bare,
            floor_amsl_m=place.volumes.contingency.floor_amsl_m,
            ceiling_amsl_m=place.volumes.contingency.ceiling_amsl_m,
            starts=slot.held_from,
            ends=slot.held_until,
        )

    def volumes(self, slot: Slot) -> OperationalVolumes:
        """What its vehicle is held to. Raises as above."""
        return self._of(slot).volumes

    def volumes_taken(self, slot: Slot) -> tuple[VolumeId, ...]:
        """The range's volumes that it takes some of: what was drawn has a name of its company's own, and lies in some of them."""
        if slot.drawn is None:
            return (slot.volume,)
        definition, held = self._definition, self.bare(slot)
        return tuple(
            volume.id
            for volume in definition.volumes
            if meet(held, air_of(volume.id, volume.flight_geography, held.starts, held.ends, definition.frame))
        )

    def _of(self, slot: Slot) -> _Place:
        return self._place(slot.volume, slot.drawn, slot.airframe)

    def _made(self, volume: VolumeId, drawn: Volume | None, airframe: str) -> _Place:
        definition = self._definition
        geography = drawn or definition.volume(volume).flight_geography
        volumes = operational_volumes(
            geography, self._airframes.get(airframe), definition.frame, definition.assumptions
        )
        buffers = definition.booking.buffers
        origin = (definition.frame.origin_latitude_deg, definition.frame.origin_longitude_deg)
        digest = hashlib.sha256(repr((origin, volumes.contingency, buffers)).encode()).hexdigest()[:16]
        bare = core_of(polygon_of(volumes.contingency, definition.frame))
        return _Place(f"{volume} {digest}", bare, kept_core(bare, buffers), volumes)


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
