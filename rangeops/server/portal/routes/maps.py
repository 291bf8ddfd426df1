"""What maps draw, as GeoJSON: the range itself. Altitudes AMSL (EGM96) in metres, in the properties."""

from typing import Any

from fastapi import APIRouter, Response

from rangeops.domain.volumes import Ring, Volume
from rangeops.server.portal.visitor import Ops
from rangeops.services.views import range_view
from rangeops.wire.messages import to_json

router = APIRouter()

MEDIA_TYPE = "application/geo+json"


@router.get("/map/range.json")
async def range_map(ops: Ops) -> Response:
    """Boundary, zones, bookable volumes and runway: `properties.kind` says which, for portal's map.js."""
    view = range_view(ops.services.definition)
    features = [
        feature(polygon_of(view.boundary), "boundary", view.name, view.boundary),
        *(
            feature(polygon_of(zone.volume), "zone", zone.name, zone.volume, restriction=zone.restriction)
            for zone in view.zones
        ),
        *(
            feature(polygon_of(each.flight_geography), "volume", each.name, each.flight_geography, id=each.id)
            for each in view.volumes
        ),
    ]
    if view.runway:
        features.append(feature({"type": "LineString", "coordinates": positions(view.runway)}, "runway", ""))
    return geojson(features)


def geojson(features: list[dict[str, Any]]) -> Response:
    body = to_json({"type": "FeatureCollection", "features": features})
    return Response(
        body, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    )


def feature(
    geometry: dict[str, Any], kind: str, name: str, volume: Volume | None = None, **properties: Any
) -> dict[str, Any]:
    """kind: what it is to map.js, which styles by it."""
    band = {} if volume is None else {"floor_amsl_m": volume.floor_amsl_m, "ceiling_amsl_m": volume.ceiling_amsl_m}
    return {"type": "Feature", "geometry": geometry, "properties": {"kind": kind, "name": name, **band, **properties}}


def polygon_of(volume: Volume) -> dict[str, Any]:
    """RFC 7946: longitude first, rings closed."""
    rings = [[*positions(ring), *positions(ring[:1])] for ring in (volume.outer, *volume.holes)]
    return {"type": "Polygon", "coordinates": rings}


def positions(ring: Ring) -> list[tuple[float, float]]:
    """[longitude, latitude] of each (latitude, longitude)."""
    return [(longitude, latitude) for latitude, longitude in ring]
