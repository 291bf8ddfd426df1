"""What maps and plots share: a view of the site in picture units, SVG paths, and round steps for scales and axes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """style: its CSS classes. d: an SVG path, holes included. title: what a pointer on it reads."""

    style: str
    d: str
    title: str = ""


class View:
    """Site metres to picture units: the points fill the picture, with room around them, and north is up."""

    def __init__(self, points: Sequence[Point], size: tuple[float, float], *, edge: float, room_m: float) -> None:
        east, north = [p[0] for p in points], [p[1] for p in points]
        wide, high = max(east) - min(east) + 2 * room_m, max(north) - min(north) + 2 * room_m
        self.scale = min((size[0] - 2 * edge) / wide, (size[1] - 2 * edge) / high)
        self._size = size
        self._middle = (max(east) + min(east)) / 2, (max(north) + min(north)) / 2

    def __call__(self, east_m: float, north_m: float) -> Point:
        return (
            self._size[0] / 2 + (east_m - self._middle[0]) * self.scale,
            self._size[1] / 2 - (north_m - self._middle[1]) * self.scale,
        )


def closed_path(points: Sequence[Point]) -> str:
    return open_path(points) + "Z"


def open_path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) if points else ""


def rounded_down(number: float) -> int:
    """1, 2 or 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(max(number, 1.0)))
    return int(next(factor * power for factor in (5, 2, 1) if factor * power <= max(number, 1.0)))


def ticks(low: float, high: float, about: int) -> list[float]:
    """About that many round numbers between the two."""
    step = float(rounded_down((high - low) / about))
    first = math.ceil(low / step) * step
    return [first + n * step for n in range(int((high - first) / step) + 1)]
