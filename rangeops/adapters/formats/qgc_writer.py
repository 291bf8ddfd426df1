"""QGroundControl's .plan written: file version 1, mission 2, fence 2, rally points 2, as QGC 4 and 5 open them."""

from collections.abc import Sequence
from typing import Any, Final

from rangeops.adapters.formats.writing import Writing, Written, json_bytes, require_spelt_out
from rangeops.domain.errors import Invalid
from rangeops.domain.plan_parts import FenceArea, PlanFence
from rangeops.domain.plans import FlightPlan, PlanItem
from rangeops.domain.zones import Circle, Zone

_ALTITUDE_MODE: Final = {3: 1, 6: 1, 0: 2, 5: 2, 10: 4, 11: 4}  # MAV_FRAME to QGC's relative, absolute, terrain frame


def write_plan(plan: FlightPlan) -> Written:
    """Raises Invalid for a plan whose patterns aren't spelt out, or that has no home: QGC opens none without."""
    require_spelt_out(plan)
    if plan.home is None:
        raise Invalid("it has no planned home, and a .plan needs one", where=plan.name, do="Set the planned home.")
    home = plan.home
    vehicle = plan.vehicle
    mission = {
        "cruiseSpeed": vehicle.cruise_speed_mps,
        "firmwareType": vehicle.firmware_type,
        "globalPlanAltitudeMode": _common_mode(plan.items),
        "hoverSpeed": vehicle.hover_speed_mps,
        "items": [_item(item) for item in plan.items],
        "plannedHomePosition": [home.latitude_deg, home.longitude_deg, home.altitude_amsl_m or 0.0],
        "vehicleType": vehicle.vehicle_type,
        "version": 2,
    }
    rally = [[point.latitude_deg, point.longitude_deg, point.altitude_above_home_m] for point in plan.rally]
    lost = () if home.altitude_amsl_m is not None else ("that home has no altitude: 0 stands in its place",)
    return Written(_document(mission, _fence(plan.fence), rally), lost)


def write_zones(zones: Sequence[Zone], _writing: Writing) -> Written:
    """The closed zones as exclusions of a fence, without a mission."""
    areas, lost = exclusions(zones)
    first = areas[0].outline
    home = (first.latitude_deg, first.longitude_deg) if isinstance(first, Circle) else first[0]
    mission = {
        "cruiseSpeed": 15,
        "firmwareType": 3,
        "globalPlanAltitudeMode": 1,
        "hoverSpeed": 5,
        "items": [],
        "plannedHomePosition": [*home, 0.0],
        "vehicleType": 2,
        "version": 2,
    }
    return Written(_document(mission, _fence(PlanFence(areas)), []), lost)


def exclusions(zones: Sequence[Zone]) -> tuple[tuple[FenceArea, ...], tuple[str, ...]]:
    """Fence areas that keep out of the closed zones, and what a fence can't say of them. Raises Invalid for none."""
    areas: list[FenceArea] = []
    lost: list[str] = []
    for zone in zones:
        if not zone.is_closed:
            lost.append(f"zone {zone.id}: {zone.restriction.value} is no exclusion, so it is left out")
            continue
        if zone.applicability:
            lost.append(f"zone {zone.id}: its hours, so it is closed at all")
        if any(area.lower is not None or area.upper is not None for area in zone.areas):
            lost.append(f"zone {zone.id}: its heights, so it is closed at every height")
        if any(area.holes for area in zone.areas):
            lost.append(f"zone {zone.id}: its holes, so they are closed too")
        areas += (FenceArea(area.outline, is_inclusion=False) for area in zone.areas)
    if not areas:
        raise Invalid("no zone is closed, so no fence keeps out of one", where="zones", do="Export them as ED-318.")
    return tuple(areas), tuple(lost)


def _document(mission: dict[str, Any], fence: dict[str, Any], rally: list[list[float]]) -> bytes:
    return json_bytes(
        {
            "fileType": "Plan",
            "geoFence": fence,
            "groundStation": "QGroundControl",
            "mission": mission,
            "rallyPoints": {"points": rally, "version": 2},
            "version": 1,
        }
    )


def _fence(fence: PlanFence) -> dict[str, Any]:
    document: dict[str, Any] = {"circles": [], "polygons": [], "version": 2}
    for area in fence.areas:
        outline = area.outline
        if isinstance(outline, Circle):
            circle = {"center": [outline.latitude_deg, outline.longitude_deg], "radius": outline.radius_m}
            document["circles"].append({"circle": circle, "inclusion": area.is_inclusion, "version": 1})
        else:
            ring = [list(point) for point in outline]
            document["polygons"].append({"inclusion": area.is_inclusion, "polygon": ring, "version": 1})
    if (home := fence.returns_to) is not None:
        document["breachReturn"] = [home.latitude_deg, home.longitude_deg, home.altitude_above_home_m or 0.0]
    return document


def _common_mode(items: Sequence[PlanItem]) -> int:
    """0 where QGC is to keep each item's own."""
    modes = {mode for item in items if item.has_place and (mode := _ALTITUDE_MODE.get(item.frame)) is not None}
    return modes.pop() if len(modes) == 1 else 0


def _item(item: PlanItem) -> dict[str, Any]:
    altitude: dict[str, Any] = {}
    if item.frame in _ALTITUDE_MODE:
        altitude = {
            "AMSLAltAboveTerrain": None,
            "Altitude": item.altitude_m or 0.0,
            "AltitudeMode": _ALTITUDE_MODE[item.frame],
        }
    return {
        **altitude,
        "autoContinue": item.auto_continue,
        "command": item.command,
        "doJumpId": item.number,
        "frame": item.frame,
        "params": [*item.params, item.latitude_deg, item.longitude_deg, item.altitude_m],
        "type": "SimpleItem",
    }
