"""On the map what isn't ours, or isn't seen: other aircraft with their heights, and the circles of unseen vehicles."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from rangeops.domain.alarms import Priority
from rangeops.domain.geodesy import SiteFrame
from rangeops.domain.separation_rules import FOOT_M
from rangeops.tui.dots import Dots, Floats
from rangeops.tui.freshness import VehicleNow, compact_duration
from rangeops.tui.ink import Ink, priority_ink
from rangeops.tui.language import tr
from rangeops.tui.view import Viewport, metres
from rangeops.wire.picture import TrafficView

LOOK_S: Final = 30.0  # how far ahead a course is drawn, as for vehicles
FARTHEST_M: Final = 15_000.0  # off the map, and farther than this: not shown at its edge either
SURE_M: Final = 50.0  # a height that may be further off than this is shown with ~
_MARK: Final[Mapping[str, str]] = {"crewed": "✈", "drone": "◇"}
_STEPS: Final = 48  # of a circle
_TWICE: Final = 2
_SEEN_DOTS: Final = 3.0  # a circle that is smaller lies under the vehicle's own mark


class Writes(Protocol):
    """The sheet of the chart."""

    def write(self, column: int, row: int, text: str, ink: Ink, *, over: bool = False) -> bool: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """One that is drawn, and what is to stand beside it."""

    column: int
    row: int
    text: str
    ink: Ink


@dataclass(frozen=True, slots=True)
class _Place:
    """Where on the sheet: its cell, and how far the aircraft is where that is only the edge it is beyond."""

    column: int
    row: int
    beyond_m: float | None


def circles(dots: Dots, view: Viewport, frame: SiteFrame, vehicles: Sequence[VehicleNow]) -> None:
    """Where each unseen vehicle can be by now, and how far a seen one may be off. Between two pictures they stand still."""
    for vehicle in vehicles:
        seen = vehicle.view
        if (reach := seen.reach) is not None:
            ink = priority_ink(vehicle.alarm.priority) if vehicle.alarm else Ink.VECTOR
            middle, radius_m = (reach.latitude_deg, reach.longitude_deg), reach.radius_m
        elif seen.latitude_deg is not None and seen.longitude_deg is not None and vehicle.position_known:
            ink, middle = Ink.TRAIL, (seen.latitude_deg, seen.longitude_deg)
            radius_m = seen.position_error_m or 0.0
            if radius_m < _SEEN_DOTS * view.m_per_dot:
                continue
        else:
            continue
        x, y = _circle(view, metres(frame, [middle]), radius_m)
        dots.segments(x[:-1], y[:-1], x[1:], y[1:], ink.value, every=_TWICE)


def _circle(view: Viewport, middle: tuple[Floats, Floats], radius_m: float) -> tuple[Floats, Floats]:
    turn = np.linspace(0.0, 2 * math.pi, _STEPS + 1)
    return view.dots(middle[0] + radius_m * np.sin(turn), middle[1] + radius_m * np.cos(turn))


def courses(dots: Dots, view: Viewport, frame: SiteFrame, others: Sequence[TrafficView]) -> None:
    for other in others:
        if other.stale or other.ground_speed_mps is None or other.track_deg is None:
            continue
        east, north = metres(frame, [(other.latitude_deg, other.longitude_deg)])
        way_m, track = other.ground_speed_mps * LOOK_S, math.radians(other.track_deg)
        x0, y0 = view.dots(east, north)
        x1, y1 = view.dots(east + way_m * math.sin(track), north + way_m * math.cos(track))
        dots.segments(x0, y0, x1, y1, Ink.VECTOR.value, every=3)


def marks(
    sheet: Writes, view: Viewport, frame: SiteFrame, others: Sequence[TrafficView], vehicles: Sequence[VehicleNow]
) -> list[Mark]:
    """The nearest last, so that theirs show; what is beyond the map stands at its edge. What is to be named, later."""
    near = _names_near(vehicles)
    made: list[Mark] = []
    for other in reversed(others):
        place = _place(view, frame, other)
        if place is None:
            continue
        ink = _ink(other, near)
        if sheet.write(place.column, place.row, _MARK.get(other.kind, "?"), ink, over=True):
            made.insert(0, Mark(place.column, place.row, label(other, place.beyond_m), ink))
    return made


def name_others(sheet: Writes, made: Sequence[Mark]) -> None:
    """Beside the marks, or over or under them, where they hide no vehicle."""
    for mark in made:
        left = mark.column - len(mark.text)
        for column, row in (
            (mark.column + 2, mark.row),
            (left - 1, mark.row),
            (left + 1, mark.row + 1),
            (left + 1, mark.row - 1),
            (mark.column, mark.row + 1),
            (mark.column, mark.row - 1),
        ):
            if sheet.write(column, row, mark.text, mark.ink):
                break


def label(other: TrafficView, beyond_m: float | None = None) -> str:
    """Name, height over the sea in feet as its pilot counts, and how old or how far it is where that matters."""
    parts = [other.name if other.name.isascii() else "?"]
    if other.on_ground:
        parts.append("GND")
    elif other.altitude_amsl_m is not None:
        about = "~" if (other.altitude_error_m or 0.0) > SURE_M else ""
        parts.append(f"{about}{round(other.altitude_amsl_m / FOOT_M, -2):.0f}ft")
    if beyond_m is not None:
        parts.append(f"{beyond_m / 1000:.1f} km")
    if other.stale:
        parts.append(tr("{age_s} ago", age_s=compact_duration(other.age_s)))
    return " ".join(parts)


def _place(view: Viewport, frame: SiteFrame, other: TrafficView) -> _Place | None:
    east, north = metres(frame, [(other.latitude_deg, other.longitude_deg)])
    x, y = view.dots(east, north)
    column, row = math.floor(float(x[0]) / 2), math.floor(float(y[0]) / 4)
    if 0 <= column < view.columns and 0 <= row < view.rows:
        return _Place(column, row, None)
    away_m = math.hypot(float(east[0]), float(north[0]))
    if away_m > FARTHEST_M or other.on_ground or view.columns < 1 or view.rows < 1:
        return None
    return _Place(min(max(column, 0), view.columns - 1), min(max(row, 0), view.rows - 1), away_m)


def _names_near(vehicles: Sequence[VehicleNow]) -> frozenset[str]:
    return frozenset(vehicle.view.encounter.name for vehicle in vehicles if vehicle.view.encounter is not None)


def met_only(others: Sequence[TrafficView], vehicles: Sequence[VehicleNow]) -> tuple[TrafficView, ...]:
    """Those that a vehicle meets: what is hidden is hidden from a view, not from an alarm."""
    near = _names_near(vehicles)
    return tuple(other for other in others if other.name in near)


def _ink(other: TrafficView, near: frozenset[str]) -> Ink:
    if other.name in near:
        return priority_ink(Priority.P1)
    return Ink.DIM if other.stale or other.on_ground else Ink.BRIGHT
