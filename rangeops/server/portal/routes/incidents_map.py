"""An incident's map as GeoJSON: the volumes that held, where the vehicle was, and what happened where."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from fastapi import APIRouter, Depends, Response

from rangeops.adapters.reports.track import marks_of
from rangeops.domain.events import TrackPoint, TrackRecorded
from rangeops.domain.volumes import OperationalVolumes
from rangeops.server.portal.range_people import range_people
from rangeops.server.portal.routes.maps import feature, geojson, polygon_of
from rangeops.server.portal.visitor import Ops
from rangeops.services.ports.reports import ReportFacts
from rangeops.wire.reports import Audience

router = APIRouter(dependencies=[Depends(range_people)])

MOST_POINTS: Final = 5000
"""Of a track on a map: more can't be seen, and a page must come at once."""

_NEAR_S: Final = 2.0  # a mark without a position so near in time stands nowhere


@router.get("/incidents/{incident}/map.json")
async def incident_map(ops: Ops, incident: str) -> Response:
    """`properties.kind`: geography, contingency, buffer, track, untrusted, alarm, command."""
    facts = await ops.run(ops.services.reporting.facts, incident, ops.clock(), Audience.RANGE)
    return geojson(await ops.run(_features, facts))


def _features(facts: ReportFacts) -> list[dict[str, Any]]:
    points = track_of(facts)
    volumes = [] if facts.volumes is None else list(volume_features(facts.volumes))
    return [*volumes, *_tracks(points), *_marks(facts, points)]


def volume_features(volumes: OperationalVolumes) -> Iterator[dict[str, Any]]:
    for kind, name, volume in (
        ("buffer", "ground-risk buffer", volumes.ground_risk_buffer),
        ("contingency", "contingency volume", volumes.contingency),
        ("geography", "flight geography", volumes.flight_geography),
    ):
        yield feature(polygon_of(volume), kind, name, volume)


def track_of(facts: ReportFacts) -> tuple[TrackPoint, ...]:
    """Every recorded point once, in the order of time; of a long one every so many."""
    points = {
        point.at_utc: point
        for _, _, event in facts.events
        if isinstance(event, TrackRecorded)
        for point in event.points
    }
    ordered = [points[moment] for moment in sorted(points)]
    return tuple(ordered[:: max(1, -(-len(ordered) // MOST_POINTS))])


def _tracks(points: Sequence[TrackPoint]) -> Iterator[dict[str, Any]]:
    """Trusted and untrusted stretches apart, joined at their common point."""
    last: list[TrackPoint] = []
    for trusted, run in groupby(points, key=lambda point: point.trusted):
        stretch = [*last, *run]
        last = stretch[-1:]
        line = [_place(point) for point in stretch] * (2 if len(stretch) == 1 else 1)  # a line has two ends
        yield feature({"type": "LineString", "coordinates": line}, "track" if trusted else "untrusted", "")


def _marks(facts: ReportFacts, points: Sequence[TrackPoint]) -> Iterator[dict[str, Any]]:
    for mark in marks_of(facts.events):
        if (point := _at(points, mark.at_utc)) is not None:
            text = f"{mark.at_utc:%H:%M:%S} UTC {mark.what}"
            yield feature({"type": "Point", "coordinates": _place(point)}, mark.kind, text, label=mark.sign)


def _at(points: Sequence[TrackPoint], moment: datetime) -> TrackPoint | None:
    """Where it was then; None where nobody knows."""
    place = bisect_left(points, moment, key=lambda point: point.at_utc)
    beside = points[max(place - 1, 0) : place + 1]
    nearest = min(beside, key=lambda point: abs(point.at_utc - moment), default=None)
    if nearest is None or abs((nearest.at_utc - moment).total_seconds()) > _NEAR_S:
        return None
    return nearest


def _place(point: TrackPoint) -> tuple[float, float]:
    return round(point.longitude_deg, 7), round(point.latitude_deg, 7)
