"""Zones, 10 to 10,000: what every position costs, what must be done before the first one, and which zones hold at a place.

The zones lie as densely as the twenty of bench_geometry's, so that ten thousand of them are a province; positions are in its
middle, as a range's vehicles are. The peer is shapely's own index over the same prepared polygons.
"""

import math
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import shapely
from bench_geometry import NOON, SURVEY, TWENTE, VOLUMES, reports
from curve import Curve, Figure
from zone_fields import star, volume_of_ring

from rangeops.domain.closed_air import ClosedAir, ClosedArea
from rangeops.domain.containment import Containment
from rangeops.domain.telemetry import PositionReport
from rangeops.domain.volumes import polygon_of
from rangeops.domain.zones import HeightDatum, Limit, Restriction, Zone, ZoneArea
from rangeops.domain.zones_at import ZonesAt

CURVE = Curve(
    id="zones",
    title="Zones",
    x="zones",
    xs=(10, 30, 100, 300, 1_000, 3_000, 10_000),
    figures=(
        Figure("judge_us", "us", "a position judged against all of them", 50.0),
        Figure("new_cell_us", "us", "the same where no vehicle was before", 5_000.0),
        Figure("zones_at_us", "us", "which zones hold at a place", 100.0),
        Figure("shapely_us", "us", "the same by shapely's STRtree, prepared"),
        Figure("build_s", "s", "before the first position", 5.0, per_x=True),
    ),
    peer="shapely STRtree",
    beyond=(
        "A position costs what lies near it, not what there is; what grows is preparing them when orders change. Beyond the "
        "reach give each watch the zones within its vehicles' reach only, which orders can already say."
    ),
)
CORNERS = 60
DENSITY = 20 / 3_200.0**2  # zones a square metre, as in bench_geometry
HEIGHT_M = 75.0
SPEED_MPS = 8.0
CELL_M = 32.0  # of ClosedAir's grid
POSITIONS = 1_000
TURNS = 5


def areas(count: int) -> list[ClosedArea]:
    """Spread over a square about the middle that is as large as so many need."""
    chance = random.Random(11)
    half_m = math.sqrt(count / DENSITY) / 2
    centres = [(chance.uniform(-half_m, half_m), chance.uniform(-half_m, half_m)) for _ in range(count)]
    return [
        ClosedArea(f"zone {number}", volume_of_ring(star(chance, centre, CORNERS, 40, 260)))
        for number, centre in enumerate(centres)
    ]


def flying() -> list[PositionReport]:
    """Half of them in the flight geography, half anywhere near; under way in every direction."""
    chance = random.Random(12)
    headings = [chance.uniform(0, math.tau) for _ in range(POSITIONS)]
    return [
        replace(
            report,
            velocity_north_mps=SPEED_MPS * math.cos(heading),
            velocity_east_mps=SPEED_MPS * math.sin(heading),
        )
        for report, heading in zip(chance.sample(reports(), POSITIONS), headings, strict=True)
    ]


def points() -> Iterator[tuple[float, dict[str, float]]]:
    asked = flying()
    for count in CURVE.xs:
        yield count, measured(areas(int(count)), asked)


def measured(closed: list[ClosedArea], asked: list[PositionReport]) -> dict[str, float]:
    began_s = time.process_time()
    containment = Containment(VOLUMES, TWENTE.boundary, SURVEY, TWENTE.frame, ClosedAir(closed, TWENTE.frame))
    built_s = time.process_time() - began_s
    new_us = first_us(containment, asked)
    upper = Limit(120, HeightDatum.AGL)
    zones = [
        Zone(area.name, area.name, Restriction.PROHIBITED, (ZoneArea(area.volume.outer, None, upper),))
        for area in closed
    ]
    prepared, height = ZonesAt(zones, TWENTE.frame, TWENTE.heights, None), Limit(HEIGHT_M, HeightDatum.AMSL)
    shapes = [polygon_of(area.volume, TWENTE.frame) for area in closed]
    shapely.prepare(shapes)
    tree = shapely.STRtree(shapes)
    return {
        "judge_us": each_us(asked, lambda at: containment.judge(at, age_s=0.1, horizon_s=30.0, utc=NOON)),
        "new_cell_us": new_us,
        "zones_at_us": each_us(asked, lambda at: prepared.at(at.latitude_deg, at.longitude_deg, height, NOON)),
        "shapely_us": each_us(
            asked,
            lambda at: tree.query(shapely.Point(TWENTE.frame.to_site(at.latitude_deg, at.longitude_deg)), "within"),
        ),
        "build_s": built_s,
    }


def first_us(containment: Containment, asked: list[PositionReport]) -> float:
    """CPU of a position in a cell of the grid that isn't made yet, mean; one position a cell."""
    cells = {
        tuple(int(at // CELL_M) for at in TWENTE.frame.to_site(each.latitude_deg, each.longitude_deg)): each
        for each in asked
    }
    began_s = time.process_time()
    for position in cells.values():
        containment.judge(position, age_s=0.1, horizon_s=30.0, utc=NOON)
    return (time.process_time() - began_s) / len(cells) * 1e6


def each_us(asked: list[PositionReport], ask: Callable[[PositionReport], object]) -> float:
    """CPU of one, median of some turns after a first one, in which cells are made."""
    taken = []
    for _ in range(TURNS + 1):
        began_s = time.process_time()
        for position in asked:
            ask(position)
        taken.append((time.process_time() - began_s) / len(asked) * 1e6)
    return statistics.median(taken[1:])
