"""Where everybody is just now, as GeoJSON (RFC 7946) for maps and GIS programs.

RFC 7946's third coordinate is a height above the WGS84 ellipsoid, which nobody here measures: heights stand among the
properties, each with its datum. What isn't known has no geometry (`null`), and says so: no last place is drawn as if it
were now.
"""

from typing import Any, Final

from rangeops.wire.picture import RangePicture, TrafficView, VehicleView

MEDIA_TYPE: Final = "application/geo+json"
_AMSL: Final = "AMSL, EGM96"


def positions(picture: RangePicture) -> dict[str, Any]:
    """A FeatureCollection of vehicles and other aircraft; `enforcement` false: no watch is heard, nothing is known."""
    return {
        "type": "FeatureCollection",
        "utc": picture.utc,
        "range": picture.range_id,
        "simulation": picture.simulation,
        "enforcement": picture.enforcement,
        "watch_age_s": _rounded(picture.watch_age_s),
        "features": [*map(_vehicle, picture.vehicles), *map(_aircraft, picture.traffic)],
    }


def _vehicle(view: VehicleView) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"vehicle-{int(view.sysid)}",
        "geometry": _point(view.latitude_deg, view.longitude_deg),
        "properties": {
            "kind": "vehicle",
            "sysid": int(view.sysid),
            "callsign": view.callsign,
            "company": view.company,
            "slot": view.slot,
            "standing": view.standing.value,
            "position": "unknown" if view.latitude_deg is None or view.longitude_deg is None else "known",
            "trusted": view.trusted,
            "position_age_s": _rounded(view.position_age_s),
            "heard_age_s": _rounded(view.heard_age_s),
            "position_error_m": _rounded(view.position_error_m),
            "altitude_amsl_m": _rounded(view.altitude_amsl_m),
            "altitude_datum": _AMSL,
            "height_m": _rounded(view.height_m),
            "height_datum": "site elevation",
            "ground_speed_mps": _rounded(view.ground_speed_mps),
            "track_true_deg": _rounded(view.track_deg),
            "armed": view.armed,
            "airborne": view.airborne,
            "intent": view.intent,
        },
    }


def _aircraft(view: TrafficView) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"traffic-{view.id}",
        "geometry": None if view.stale else _point(view.latitude_deg, view.longitude_deg),
        "properties": {
            "kind": f"traffic-{view.kind}",
            "name": view.name,
            "source": view.source,
            "position": "unknown" if view.stale else "known",
            "position_age_s": _rounded(view.age_s),
            "altitude_amsl_m": _rounded(view.altitude_amsl_m),
            "altitude_datum": _AMSL,
            "altitude_error_m": _rounded(view.altitude_error_m),
            "ground_speed_mps": _rounded(view.ground_speed_mps),
            "track_true_deg": _rounded(view.track_deg),
            "on_ground": view.on_ground,
        },
    }


def _point(latitude_deg: float | None, longitude_deg: float | None) -> dict[str, Any] | None:
    if latitude_deg is None or longitude_deg is None:
        return None
    return {"type": "Point", "coordinates": [round(longitude_deg, 7), round(latitude_deg, 7)]}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
