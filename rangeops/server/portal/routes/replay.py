"""An incident's replay in the browser: its page, the film that it plays, and the figures of the record in step with it."""

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Depends, Request, Response

from rangeops.adapters.reports.track import Fix, fixes_of
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.permissions_of_roles import Act
from rangeops.server.films import film
from rangeops.server.portal.pages import page
from rangeops.server.portal.range_people import range_people, standing_words
from rangeops.server.portal.routes.incidents_map import volume_features
from rangeops.server.portal.routes.maps import geojson
from rangeops.server.portal.visitor import Ops, Visiting
from rangeops.services.ports.reports import ReportFacts
from rangeops.wire.messages import to_json
from rangeops.wire.reports import Audience

router = APIRouter(dependencies=[Depends(range_people)])

MOST_FIXES: Final = 1500
"""A plot is no wider: more points than pixels can't be seen."""

SPEEDS: Final = (0.25, 0.5, 1, 2, 4, 10, 20, 60)
_JSON: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@router.get("/incidents/{incident}/replay")
async def replay(request: Request, ops: Ops, visitor: Visiting, incident: str) -> Response:
    view = await ops.run(ops.services.incidents.look, incident, ops.clock())
    return page(
        request,
        visitor,
        "replay.html",
        incident=view,
        speeds=SPEEDS,
        standings=standing_words(visitor),
        may_review=visitor.may(Act.REVIEW_INCIDENT),
    )


@router.get("/incidents/{incident}/replay/film.json")
async def film_json(ops: Ops, incident: str) -> Response:
    """The same source as `rangeops replay`; made in another process. 503 where it takes too long."""
    return Response(await film(ops, incident), media_type="application/json", headers=_JSON)


@router.get("/incidents/{incident}/replay/volumes.json")
async def volumes_json(ops: Ops, incident: str) -> Response:
    """What the vehicle was held against."""
    facts = await ops.run(ops.services.reporting.facts, incident, ops.clock(), Audience.RANGE)
    return geojson([] if facts.volumes is None else list(volume_features(facts.volumes)))


@router.get("/incidents/{incident}/replay/figures.json")
async def figures_json(ops: Ops, incident: str) -> Response:
    """Altitude, distance to the fence and speed of the incident's own vehicle, as the watch recorded its track."""
    facts = await ops.run(ops.services.reporting.facts, incident, ops.clock(), Audience.RANGE)
    return Response(to_json(await ops.run(_figures, facts)), media_type="application/json", headers=_JSON)


def _figures(facts: ReportFacts) -> dict[str, Any]:
    """plots: title, unit, values in step with `utc_s` (Unix seconds), levels (value, word). Below zero_is_edge's 0: outside."""
    frame = SiteFrame(facts.range.origin_latitude_deg, facts.range.origin_longitude_deg)
    geography = None if facts.volumes is None else facts.volumes.flight_geography
    fixes = fixes_of(facts.events, frame, geography, ground_amsl_m=facts.range.elevation_amsl_m)
    fixes = fixes[:: max(1, -(-len(fixes) // MOST_FIXES))]
    band = [] if geography is None else [(geography.ceiling_amsl_m, "ceiling"), (geography.floor_amsl_m, "floor")]

    def plot(name: str, unit: str, value: Callable[[Fix], float | None], **more: Any) -> dict[str, Any]:
        numbers = [value(fix) for fix in fixes]
        values = [None if number is None else round(number, 2) for number in numbers]
        return {"name": name, "unit": unit, "values": values, "levels": [], "zero_is_edge": False, **more}

    return {
        "sysid": facts.incident.sysid,
        "utc_s": [round(fix.at_utc.timestamp(), 2) for fix in fixes],
        "plots": [
            plot("altitude", "m AMSL", lambda fix: fix.altitude_amsl_m, levels=band),
            plot("distance", "m", lambda fix: fix.margin_m, zero_is_edge=True),
            plot("speed", "m/s", lambda fix: fix.ground_speed_mps),
        ],
    }
