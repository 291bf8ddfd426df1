"""The areas of the map: grey until threatened."""

from typing import Final

from rangeops.domain.alarms import Condition, Priority
from rangeops.domain.volumes import VolumeId
from rangeops.tui.board import Scene
from rangeops.tui.chart import Area, Surface
from rangeops.tui.ink import Ink, priority_ink
from rangeops.tui.shared import Records

_THREATS: Final = frozenset(
    [
        Condition.FORECAST_EXIT,
        Condition.PROHIBITED_ZONE,
        Condition.ABOVE_CEILING,
        Condition.OUTSIDE_FLIGHT_GEOGRAPHY,
        Condition.OUTSIDE_CONTINGENCY,
        Condition.OUTSIDE_RANGE,
        Condition.FENCE_BREACH_ON_BOARD,
    ]
)


def surface_of(records: Records, scene: Scene) -> Surface:
    """Volumes that nobody flies in are faint, those in use solid, those that a vehicle is leaving in the alarm's colour."""
    if records.range_view is None:
        return Surface(None)
    volume_of: dict[str, VolumeId] = {slot.id: slot.volume for slot in records.slots}
    used: dict[VolumeId, set[str]] = {}
    threat: dict[VolumeId, Priority] = {}
    slot_of = {vehicle.view.sysid: vehicle.view.slot for vehicle in scene.vehicles if vehicle.view.slot}
    for slot in slot_of.values():
        if (volume := volume_of.get(slot)) is not None:
            used.setdefault(volume, set()).add(slot)
    for alarm in scene.alarms:
        volume = None if alarm.sysid is None else volume_of.get(slot_of.get(alarm.sysid, ""))
        if volume is not None and alarm.condition in _THREATS:
            threat[volume] = min(alarm.priority, threat.get(volume, Priority.P3))
    areas = []
    for bookable in sorted(records.range_view.volumes, key=lambda volume: (volume.id in threat, volume.id in used)):
        slots = " ".join(sorted(used.get(bookable.id, ())))
        ink = Ink.GEOGRAPHY if slots else Ink.FAINT
        if bookable.id in threat:
            ink = priority_ink(threat[bookable.id])
        areas.append(Area(f"{bookable.name} {slots}".strip(), bookable.flight_geography, ink, every=1 if slots else 3))
    return Surface(records.range_view, tuple(areas))
