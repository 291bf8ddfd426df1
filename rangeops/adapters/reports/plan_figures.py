"""A checked plan as plain geometry in picture units: its map, its heights along the way, its volumes in section.

Nothing here is text from outside but zone names, which the template escapes.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rangeops.adapters.reports.drawing import Point, Shape, View, closed_path, open_path, rounded_down, ticks
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.plan_altitude_rules import HIGHEST_ABOVE_GROUND_M
from rangeops.domain.plan_findings import Finding
from rangeops.domain.plan_route import Leg, LegKind
from rangeops.domain.volumes import OperationalVolumes, Ring, Volume, margins
from rangeops.services.plan_judging import JudgedPlan
from rangeops.services.plan_text import waypoint_name

MAP_SIZE: Final = (760.0, 560.0)
PROFILE_SIZE: Final = (760.0, 250.0)
SECTION_SIZE: Final = (760.0, 240.0)
_EDGE: Final = 20.0
_ROOM_M: Final = 40.0
_MOST_LABELS: Final = 40
_APART: Final = 22.0  # between two labels
_SAMPLES: Final = 400  # of the ground under the route
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 12.0, 14.0, 30.0
_CIRCLE_SIDES: Final = 48


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    y: float
    text: str
    style: str
    dot: bool = True


@dataclass(frozen=True, slots=True)
class MapFigure:
    shapes: tuple[Shape, ...]
    legs: tuple[Shape, ...]
    labels: tuple[Label, ...]
    scale_px: float
    scale_m: int


@dataclass(frozen=True, slots=True)
class ProfileFigure:
    """ground: a path down to the figure's foot. levels: horizontal limits."""

    ground: str
    legal: str
    lines: tuple[Shape, ...]
    levels: tuple[Label, ...]
    x_ticks: tuple[Label, ...]
    y_ticks: tuple[Label, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class SectionFigure:
    """boxes: ground-risk buffer, contingency volume, flight geography, drawn in that order."""

    boxes: tuple[tuple[str, float, float, float, float], ...]
    ground_y: float
    rows: tuple[tuple[str, str, str], ...]


def faulty(findings: Iterable[Finding]) -> frozenset[tuple[int | None, int]]:
    """The legs that findings are about: (origin, target); origin None where a waypoint and whatever meets it is meant."""
    legs: set[tuple[int | None, int]] = set()
    for finding in findings:
        if finding.waypoint is not None:
            origin = finding.params.get("from")
            legs.add((int(origin) if isinstance(origin, float | int) else None, finding.waypoint))
    return frozenset(legs)


def is_faulty(leg: Leg, bad: frozenset[tuple[int | None, int]]) -> bool:
    return (leg.origin, leg.target) in bad or (None, leg.target) in bad or (None, leg.origin) in bad


# The map.


def draw_map(plan: JudgedPlan, volumes: OperationalVolumes) -> MapFigure:
    definition = plan.context.range
    frame = definition.frame
    legs = [leg for leg, _ in plan.route.legs] if plan.is_located else []
    way = [frame.to_site(*point[:2]) for leg in legs for point in (leg.start, leg.end)]
    around = [] if plan.anywhere else [frame.to_site(*point) for point in volumes.ground_risk_buffer.outer]
    view = View(way + around or [(0.0, 0.0), (100.0, 100.0)], MAP_SIZE, edge=_EDGE, room_m=_ROOM_M)
    bad = faulty(plan.verdict.findings)
    scale_m = rounded_down(MAP_SIZE[0] / 6 / view.scale)
    return MapFigure(
        shapes=() if plan.anywhere else tuple(_shapes(plan, volumes, view, frame)),
        legs=tuple(_legs(legs, bad, view, frame)),
        labels=tuple(_labels(plan, legs, view, frame)),
        scale_px=scale_m * view.scale,
        scale_m=scale_m,
    )


def _shapes(plan: JudgedPlan, volumes: OperationalVolumes, view: View, frame: SiteFrame) -> Iterator[Shape]:
    definition = plan.context.range

    def shape(style: str, volume: Volume, title: str = "") -> Shape:
        return Shape(
            style, " ".join(closed_path(_placed(ring, view, frame)) for ring in (volume.outer, *volume.holes)), title
        )

    yield shape("boundary", definition.boundary, "The range")
    for field in definition.landing_areas:
        yield Shape("landing", closed_path(_placed(field.ring, view, frame)), f"Landing area {field.name}")
    if definition.runway:
        yield Shape("runway", closed_path(_placed(definition.runway, view, frame)), "Runway")
    yield shape("buffer", volumes.ground_risk_buffer, "Ground-risk buffer")
    yield shape("contingency", volumes.contingency, "Contingency volume")
    yield shape("geography", volumes.flight_geography, f"Flight geography of {plan.context.volume.id}")
    for zone in definition.zones:
        for area in zone.areas:
            style = "zone closed" if zone.is_closed else "zone"
            yield shape(
                style, area.volume(frame, definition.heights), f"{zone.id} {zone.name} ({zone.restriction.value})"
            )


def _legs(legs: Sequence[Leg], bad: frozenset[tuple[int | None, int]], view: View, frame: SiteFrame) -> Iterator[Shape]:
    """Runs of sound legs are one line each; a faulty leg is a line of its own, drawn last."""
    faults: list[Shape] = []
    for wrong, run in groupby(legs, key=lambda leg: is_faulty(leg, bad)):
        several = list(run)
        circles = [leg for leg in several if leg.radius_m > 0]
        style = "leg bad" if wrong else "leg"
        drawn = [Shape(style, _circle(leg, view, frame), f"Circle at {waypoint_name(leg.target)}") for leg in circles]
        if wrong:
            drawn += [
                Shape(
                    style, _line([leg], view, frame), f"From {waypoint_name(leg.origin)} to {waypoint_name(leg.target)}"
                )
                for leg in several
            ]
            faults += drawn
        else:
            yield from drawn
            yield Shape(style, _line(several, view, frame))
    yield from faults


def _line(legs: Sequence[Leg], view: View, frame: SiteFrame) -> str:
    """Legs that don't join, as after a jump, begin anew."""
    parts: list[str] = []
    at = None
    for leg in legs:
        start, end = ("{:.1f} {:.1f}".format(*view(*frame.to_site(*point[:2]))) for point in (leg.start, leg.end))
        if leg.start[:2] != at:
            parts.append(f"M{start}")
        parts.append(f"L{end}")
        at = leg.end[:2]
    return "".join(parts)


def _circle(leg: Leg, view: View, frame: SiteFrame) -> str:
    x, y = view(*frame.to_site(*leg.end[:2]))
    r = leg.radius_m * view.scale
    turns = [2 * math.pi * side / _CIRCLE_SIDES for side in range(_CIRCLE_SIDES)]
    return closed_path([(x + r * math.cos(turn), y + r * math.sin(turn)) for turn in turns])


def _labels(plan: JudgedPlan, legs: Sequence[Leg], view: View, frame: SiteFrame) -> Iterator[Label]:
    """Faulty waypoints first, then home and the others, as far as there is room."""
    codes: dict[int, list[str]] = {}
    for finding in plan.verdict.findings:
        if finding.waypoint is not None and finding.code.value not in (known := codes.setdefault(finding.waypoint, [])):
            known.append(finding.code.value)
    places: dict[int, Point] = {}
    if legs:
        places[0] = view(*frame.to_site(*legs[0].start[:2]))
    for leg in legs:
        if leg.kind is not LegKind.RETURN and leg.target not in places:
            places[leg.target] = view(*frame.to_site(*leg.end[:2]))
    every = max(1, len(places) // _MOST_LABELS)
    taken: list[Point] = []
    for number in sorted(places, key=lambda n: (n not in codes, n)):
        x, y = places[number]
        wrong = number in codes
        crowded = any(math.dist((x, y), other) < _APART for other in taken)
        if not wrong and (crowded or number % every):
            continue
        text = "H" if number == 0 else f"{number}"
        if wrong and not crowded:
            text = f"{waypoint_name(number)} {', '.join(codes[number][:3])}"
        yield Label(x, y, "" if crowded else text, "bad" if wrong else "wp")
        taken.append((x, y))


# Heights along the way.


def draw_profile(plan: JudgedPlan) -> ProfileFigure | None:
    """None where the route isn't known or goes nowhere."""
    legs = [leg for leg, _ in plan.route.legs]
    if not plan.is_located or not legs:
        return None
    frame, terrain = plan.context.range.frame, plan.context.range.terrain
    starts = frame.to_site_array(np.array([leg.start[:2] for leg in legs]))
    ends = frame.to_site_array(np.array([leg.end[:2] for leg in legs]))
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*(ends - starts).T))])
    length = float(along[-1])
    if length <= 0.0:
        return None
    at_m = np.linspace(0.0, length, _SAMPLES)
    ground = terrain.grounds_m(_points_at(at_m, along, starts, ends))
    geography = plan.context.volume.flight_geography
    altitudes = [altitude for leg in legs for altitude in (leg.start[2], leg.end[2])]
    limits = [] if plan.anywhere else [geography.floor_amsl_m, geography.ceiling_amsl_m]
    known = ground[~np.isnan(ground)]
    low = min([*altitudes, *limits, *([float(known.min())] if len(known) else [])])
    high = max([*altitudes, *limits])
    room = max((high - low) * 0.1, 2.0)
    low, high = low - room, high + room
    wide, tall = PROFILE_SIZE[0] - _LEFT - _RIGHT, PROFILE_SIZE[1] - _TOP - _BOTTOM

    def x(distance_m: float) -> float:
        return _LEFT + distance_m / length * wide

    def y(altitude_m: float) -> float:
        return _TOP + (high - altitude_m) / (high - low) * tall

    surface = [(x(float(d)), y(float(g))) for d, g in zip(at_m, ground, strict=True) if not math.isnan(g)]
    foot = _TOP + tall
    bad = faulty(plan.verdict.findings)
    lines = tuple(
        Shape(
            "leg bad" if is_faulty(leg, bad) else "leg",
            f"M{x(float(along[n])):.1f} {y(leg.start[2]):.1f}L{x(float(along[n + 1])):.1f} {y(leg.end[2]):.1f}",
            f"{waypoint_name(leg.origin)} to {waypoint_name(leg.target)}: {leg.start[2]:.0f} to {leg.end[2]:.0f} m AMSL",
        )
        for n, leg in enumerate(legs)
    )
    return ProfileFigure(
        ground=_ground_path(surface, foot),
        legal=""
        if plan.anywhere
        else open_path([(px, py - HIGHEST_ABOVE_GROUND_M / (high - low) * tall) for px, py in surface]),
        lines=lines,
        levels=()
        if plan.anywhere
        else tuple(
            Label(_LEFT, y(level), f"{word} {level:g}", "level")
            for level, word in ((geography.ceiling_amsl_m, "ceiling"), (geography.floor_amsl_m, "floor"))
        ),
        x_ticks=tuple(Label(x(d), foot, _distance(d), "x") for d in ticks(0.0, length, 7)),
        y_ticks=tuple(Label(_LEFT, y(a), f"{a:g}", "y") for a in ticks(low, high, 5)),
        labels=tuple(_profile_labels(legs, bad, along, x, y)),
    )


def _profile_labels(
    legs: Sequence[Leg],
    bad: frozenset[tuple[int | None, int]],
    along: NDArray[np.float64],
    x: Callable[[float], float],
    y: Callable[[float], float],
) -> Iterator[Label]:
    last = -math.inf
    for n, leg in enumerate(legs):
        at = x(float(along[n + 1]))
        if is_faulty(leg, bad) and at - last > _APART:
            last = at
            yield Label(at, y(leg.end[2]), waypoint_name(leg.target), "bad")


def _points_at(
    at_m: NDArray[np.float64], along: NDArray[np.float64], starts: NDArray[np.float64], ends: NDArray[np.float64]
) -> NDArray[np.float64]:
    leg = np.clip(np.searchsorted(along, at_m, side="right") - 1, 0, len(starts) - 1)
    lengths = along[leg + 1] - along[leg]
    share = np.where(lengths > 0, (at_m - along[leg]) / np.where(lengths > 0, lengths, 1.0), 0.0)
    return np.asarray(starts[leg] + share[:, None] * (ends - starts)[leg])


def _ground_path(surface: Sequence[Point], foot: float) -> str:
    if not surface:
        return ""
    return closed_path([(surface[0][0], foot), *surface, (surface[-1][0], foot)])


# The volumes.


def draw_section(plan: JudgedPlan) -> SectionFigure:
    """A cut through the volumes; the flight geography's own width is not to scale."""
    context = plan.context
    assumptions, geography = context.range.assumptions, context.volume.flight_geography
    height = geography.ceiling_amsl_m - assumptions.ground_amsl_m
    figures = margins(context.airframe, assumptions, flight_height_m=height)
    core = max(60.0, figures.contingency_m)
    half = core + figures.contingency_m + figures.ground_risk_m
    wide, tall = SECTION_SIZE
    scale = min((wide - 40) / (2 * half), (tall - 50) / figures.contingency_height_m)
    ground_y = tall - 24
    middle = wide / 2

    def box(style: str, half_m: float, top_m: float) -> tuple[str, float, float, float, float]:
        return style, middle - half_m * scale, ground_y - top_m * scale, 2 * half_m * scale, top_m * scale

    rows = (
        ("S_CV", f"{figures.contingency_m:.1f} m", "contingency volume, sideways: errors, reaction and stopping"),
        ("S_RZ", f"{figures.reaction_m:.1f} m", f"of it, reaction at {figures.speed_mps:.1f} m/s"),
        ("S_CM", f"{figures.manoeuvre_m:.1f} m", "of it, stopping; never less than was measured"),
        (
            "H_CV",
            f"{figures.contingency_height_m:.1f} m",
            f"its top above ground, over {height:.0f} m of flight height",
        ),
        ("S_GRB", f"{figures.ground_risk_m:.1f} m", "ground-risk buffer beyond it"),
    )
    return SectionFigure(
        boxes=(
            box("buffer", half, figures.contingency_height_m * 0.5),
            box("contingency", core + figures.contingency_m, figures.contingency_height_m),
            box("geography", core, height),
        ),
        ground_y=ground_y,
        rows=rows,
    )


# Small parts.


def _placed(ring: Ring, view: View, frame: SiteFrame) -> list[Point]:
    return [view(*frame.to_site(*point)) for point in ring]


def _distance(metres: float) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
