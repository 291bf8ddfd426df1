"""Which airspace a slot holds on this range: its volume, or what was drawn for it, for as long as it is held."""

import hashlib
from dataclasses import dataclass, replace

from shapely import MultiPolygon, Polygon

from rangeops.domain.airspace import Airspace, core_of
from rangeops.domain.now import Now
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.separation_4d import grown
from rangeops.domain.slots import Slot, SlotId
from rangeops.domain.volumes import BookableVolume, Volume, VolumeId, operational_volumes, polygon_of
from rangeops.services.changes import SERVER, Changes, slot_subject
from rangeops.services.ports import Airframes


@dataclass(frozen=True, slots=True)
class _Place:
    """One flight geography for one kind of airframe. name: tells it from any other. bare: the contingency volume; kept:
    with the range's buffers around it.
    """

    name: str
    bare: Polygon | MultiPolygon
    kept: Polygon | MultiPolygon
    contingency: Volume


def bookable_of(definition: RangeDefinition, slot: Slot) -> BookableVolume:
    """What the slot grants: a volume of the range's, or what its company drew. Raises NotFound."""
    if slot.drawn is not None:
        return BookableVolume(slot.volume, slot.volume, slot.drawn)
    return definition.volume(slot.volume)


class AirspaceBook:
    """From a slot to its airspace (domain.separation_4d). A volume's shape is made once for each kind of airframe."""

    def __init__(self, definition: RangeDefinition, airframes: Airframes) -> None:
        self._definition = definition
        self._airframes = airframes
        self._places: dict[tuple[VolumeId, str], _Place] = {}

    def __call__(self, slot: Slot) -> Airspace:
        """What the slot keeps from others, buffers included.

        Raises NotFound for a volume or an airframe that isn't here, Invalid for a shape that can't be held.
        """
        buffers, place, bare = self._definition.booking.buffers, self._of(slot), self.bare(slot)
        return replace(
            bare,
            core=place.kept,
            floor_amsl_m=bare.floor_amsl_m - buffers.vertical_m / 2,
            ceiling_amsl_m=bare.ceiling_amsl_m + buffers.vertical_m / 2,
            starts=bare.starts - buffers.time / 2,
            ends=bare.ends + buffers.time / 2,
        )

    def bare(self, slot: Slot) -> Airspace:
        """Its flight geography and contingency volume, from set-up to clear-down, without buffers."""
        place = self._of(slot)
        return Airspace(
            place=place.name,
            core=place.bare,
            floor_amsl_m=place.contingency.floor_amsl_m,
            ceiling_amsl_m=place.contingency.ceiling_amsl_m,
            starts=slot.held_from,
            ends=slot.held_until,
        )

    def _of(self, slot: Slot) -> _Place:
        if slot.drawn is not None:
            return self._place(slot, slot.drawn)
        key = (slot.volume, slot.airframe)
        if key not in self._places:
            self._places[key] = self._place(slot, self._definition.volume(slot.volume).flight_geography)
        return self._places[key]

    def _place(self, slot: Slot, geography: Volume) -> _Place:
        definition = self._definition
        contingency = operational_volumes(
            geography, self._airframes.get(slot.airframe), definition.frame, definition.assumptions
        ).contingency
        buffers = definition.booking.buffers
        origin = (definition.frame.origin_latitude_deg, definition.frame.origin_longitude_deg)
        digest = hashlib.sha256(repr((origin, contingency, buffers)).encode()).hexdigest()[:16]
        bare = core_of(polygon_of(contingency, definition.frame))
        return _Place(f"{slot.volume} {digest}", bare, grown(bare, buffers.lateral_m / 2), contingency)


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
