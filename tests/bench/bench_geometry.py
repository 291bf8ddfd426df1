"""One position against all that it is held against, and which zones hold at a place.

The twenty zones have 5,500 corners in all; half of the positions are in the flight geography, half anywhere over the
range. Cells are made when first met, so the positions are judged once before the clock runs; what that costs is in the
note. The peer is what one would write with shapely: prepared polygons, contains and distance for each.
"""

import random
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import shapely
from bench_row import Row, cpu_pair_s, cpu_s, row

from rangeops import paths
from rangeops.adapters.formats.range_folder import load_range
from rangeops.domain.aircraft import airframe_from
from rangeops.domain.closed_air import ClosedAir
from rangeops.domain.containment import Containment
from rangeops.domain.telemetry import PositionReport
from rangeops.domain.volumes import operational_volumes, polygon_of
from rangeops.domain.zones import HeightDatum, Limit, Restriction, Zone, ZoneArea
from rangeops.domain.zones_at import ZonesAt

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))
from zone_fields import closed_areas  # tests are no package

ROWS = ("containment_us", "containment_build_s", "containment_vs_shapely", "zones_at_us")
TWENTE = load_range(paths.shipped("geofences") / "twente")
SURVEY = airframe_from(
    tomllib.loads((paths.shipped("hardware") / "airframes" / "survey-quad.toml").read_text()), where="survey-quad"
)
EAST = TWENTE.volume("EAST").flight_geography
VOLUMES = operational_volumes(EAST, SURVEY, TWENTE.frame, TWENTE.assumptions)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
POSITIONS = 4000
REPORT = PositionReport(0.0, 0, 0.0, 0.0, 75.0, 40.0, 0.0, 0.0, 0.0, None)


def reports() -> list[PositionReport]:
    chance = random.Random(7)
    geography = polygon_of(EAST, TWENTE.frame)
    west, south, east, north = geography.bounds
    places = []
    while len(places) < POSITIONS // 2:
        place = (chance.uniform(west, east), chance.uniform(south, north))
        if geography.contains(shapely.Point(place)):
            places.append(place)
    places += [(chance.uniform(-1600, 1600), chance.uniform(-1600, 1600)) for _ in range(POSITIONS // 2)]
    return [
        replace(REPORT, latitude_deg=latitude, longitude_deg=longitude)
        for latitude, longitude in (TWENTE.frame.to_geodetic(*place) for place in places)
    ]


def rows() -> Iterator[Row]:
    areas = closed_areas(1)
    began = time.process_time()
    air = ClosedAir(areas, TWENTE.frame)
    containment = Containment(VOLUMES, TWENTE.boundary, SURVEY, TWENTE.frame, air)
    built_s = time.process_time() - began
    positions = reports()

    def ours() -> None:
        for position in positions:
            containment.judge(position, age_s=0.1, horizon_s=30.0, utc=NOON)

    began = time.process_time()
    ours()
    first_us = (time.process_time() - began) / POSITIONS * 1e6
    shapes = [polygon_of(area.volume, TWENTE.frame) for area in areas]
    nested = (VOLUMES.flight_geography, VOLUMES.contingency, VOLUMES.ground_risk_buffer)
    shapes += [polygon_of(volume, TWENTE.frame) for volume in nested]
    edges = [shape.boundary for shape in shapes]
    shapely.prepare(shapes)
    shapely.prepare(edges)

    def theirs() -> None:
        for position in positions:
            point = shapely.Point(TWENTE.frame.to_site(position.latitude_deg, position.longitude_deg))
            for shape, edge in zip(shapes, edges, strict=True):
                shape.contains(point)
                edge.distance(point)

    mine_s, peer_s = cpu_pair_s(ours, theirs)
    corners = sum(len(area.volume.outer) for area in areas)
    note = (
        f"{len(areas)} zones, {corners} corners; built {built_s * 1e3:.0f} ms, first pass {first_us:.0f} us a position"
    )
    yield row("containment_us", mine_s / POSITIONS * 1e6, "us", 10, note=note)
    yield row("containment_build_s", built_s, "s", 0.5, note="zones and volumes of one order, before any position")
    yield row("containment_vs_shapely", mine_s / peer_s, "ratio", 0.15, peer=f"shapely {shapely.__version__}, prepared")
    yield zones_at_row(positions)


def zones_at_row(positions: list[PositionReport]) -> Row:
    upper = Limit(120, HeightDatum.AGL)
    zones = [
        Zone(area.name, area.name, Restriction.PROHIBITED, (ZoneArea(area.volume.outer, None, upper),))
        for area in closed_areas(1)
    ]
    prepared = ZonesAt(zones, TWENTE.frame, TWENTE.heights, None)
    height = Limit(75, HeightDatum.AMSL)

    def ask() -> None:
        for position in positions:
            prepared.at(position.latitude_deg, position.longitude_deg, height, NOON)

    return row("zones_at_us", cpu_s(ask) / POSITIONS * 1e6, "us", 20, note="20 zones of 5,500 corners")
