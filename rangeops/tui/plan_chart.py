"""A checked plan as characters: the range, its volume, the route with its faulty legs, and the waypoints by number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from rangeops.tui.chart import Area, Characters, Inks, Sheet, Surface, legend, still_dots
from rangeops.tui.dots import Dots
from rangeops.tui.ink import Ink
from rangeops.tui.view import Viewport, fitted, frame_of, metres
from rangeops.wire.api import PlanCheck, PlanPoint, PlanView, RangeView

_SAME_DEG: Final = 2e-6  # a finding's place is told to 0.1 m
_MOST_NUMBERS: Final = 60
_SOUND_NUMBERS: Final = 20


@dataclass(frozen=True, slots=True)
class PlanMark:
    """A waypoint on the map. sign: "✗" where something stands against it."""

    point: PlanPoint
    text: str
    ink: Ink


def faulty_legs(plan: PlanView) -> frozenset[int]:
    """Indices into the path: leg n leads to path[n]. What is wrong at a waypoint itself is wrong with both its legs."""
    failed = [check for check in plan.checks if not check.passed and check.waypoint is not None]
    legs: set[int] = set()
    for n, point in enumerate(plan.path):
        for check in failed:
            if check.waypoint == point.waypoint:
                legs |= {n, n + 1} if _is_at(check, point) else {n}
    return frozenset(leg for leg in legs if 0 < leg < len(plan.path))


def marks_of(plan: PlanView) -> tuple[PlanMark, ...]:
    """Each waypoint once, those with a finding first, so that theirs are the numbers that find room; of many sound
    ones some.
    """
    failed = {check.waypoint for check in plan.checks if not check.passed}
    seen: dict[int, PlanPoint] = {}
    for point in plan.path:
        seen.setdefault(point.waypoint, point)
    every = max(1, len(seen) // _SOUND_NUMBERS)
    told = [number for number in seen if number in failed or number % every == 0]
    order = sorted(told, key=lambda number: (number not in failed, number))
    return tuple(_mark(seen[number], wrong=number in failed) for number in order)


def draw_plan(columns: int, rows: int, site: RangeView, plan: PlanView) -> tuple[Characters, Inks]:
    """The volume and the route fill the picture."""
    view = _fitted(columns, rows, site, plan)
    areas = tuple(
        Area(each.name, each.flight_geography, Ink.GEOGRAPHY) for each in site.volumes if each.id == plan.volume
    )
    dots = still_dots(view, Surface(site, areas))
    _route(dots, view, site, plan)
    sheet = Sheet(dots)
    legend(sheet, view)
    for mark, column, row in _cells(view, site, marks_of(plan)[:_MOST_NUMBERS]):
        wrong = mark.ink is Ink.P1
        if not sheet.write(column, row, mark.text[:1] if wrong else "•", mark.ink, over=wrong):
            continue
        for at, line in ((column + 1, row), (column - len(mark.text), row), (column, row - 1), (column, row + 1)):
            if sheet.write(at, line, mark.text[1:], mark.ink):
                break
    return sheet.characters, sheet.inks


def _fitted(columns: int, rows: int, site: RangeView, plan: PlanView) -> Viewport:
    points = [(point.latitude_deg, point.longitude_deg) for point in plan.path]
    points += [corner for each in site.volumes if each.id == plan.volume for corner in each.flight_geography.outer]
    return fitted(columns, rows, *metres(frame_of(site), points or site.boundary.outer))


def _route(dots: Dots, view: Viewport, site: RangeView, plan: PlanView) -> None:
    if len(plan.path) < 2:
        return
    x, y = view.dots(*metres(frame_of(site), [(point.latitude_deg, point.longitude_deg) for point in plan.path]))
    wrong = np.zeros(len(x) - 1, dtype=bool)
    wrong[[leg - 1 for leg in faulty_legs(plan)]] = True
    for which, ink in ((~wrong, Ink.VECTOR), (wrong, Ink.P1)):
        dots.segments(x[:-1][which], y[:-1][which], x[1:][which], y[1:][which], ink.value)


def _cells(view: Viewport, site: RangeView, marks: tuple[PlanMark, ...]) -> Iterator[tuple[PlanMark, int, int]]:
    if not marks:
        return
    places = [(mark.point.latitude_deg, mark.point.longitude_deg) for mark in marks]
    x, y = view.dots(*metres(frame_of(site), places))
    for mark, east, down in zip(marks, x.tolist(), y.tolist(), strict=True):
        yield mark, int(east // 2), int(down // 4)


def _mark(point: PlanPoint, *, wrong: bool) -> PlanMark:
    name = "H" if point.waypoint == 0 else str(point.waypoint)
    return PlanMark(point, f"{'✗' if wrong else '•'}{name}", Ink.P1 if wrong else Ink.BRIGHT)


def _is_at(check: PlanCheck, point: PlanPoint) -> bool:
    if check.latitude_deg is None or check.longitude_deg is None:
        return False
    return (
        abs(check.latitude_deg - point.latitude_deg) < _SAME_DEG
        and abs(check.longitude_deg - point.longitude_deg) < _SAME_DEG
    )
