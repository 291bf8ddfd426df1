"""A scaling curve: the figures that a user feels, while one quantity grows; where each has its knee, by one rule for all.

The knee is where growth begins to be felt: the place to the right of a figure's least value, its floor, from which on it is
more than twice that. The reach is where it passes what its curve says is good enough. Both lie between two measured points,
interpolated on logarithms, and neither is told where a later point falls below again: that was the machine.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

KNEE: Final = 2.0


class Stopped(Exception):
    """Raised by a module's points(): why it can't measure the next one here. Its curve says so, and ends there."""


@dataclass(frozen=True)
class Figure:
    """limit: what is good enough, in the same unit; None: of a peer, or of what only explains. per_x: it is expected to grow
    in proportion to x, and its knee is looked for in what it is for each.
    """

    name: str
    unit: str
    what: str
    limit: float | None = None
    per_x: bool = False


@dataclass(frozen=True)
class Curve:
    """What a curve_*.py module measures. budget_s: when so much is used no further point is begun. peer: what it is held
    against in the same run. beyond: what one would do where it isn't good enough any more.
    """

    id: str
    title: str
    x: str
    xs: Sequence[float]
    figures: Sequence[Figure]
    beyond: str
    peer: str = ""
    budget_s: float = 120.0


@dataclass(frozen=True)
class Point:
    x: float
    values: Mapping[str, float]
    took_s: float


@dataclass(frozen=True)
class Place:
    """Of one figure; None: not up to the last point."""

    figure: str
    floor: float
    knee: float | None
    reach: float | None


@dataclass(frozen=True)
class Measured:
    """A row of build/curves.json. stopped: why it ends before the last x, or that a module broke; empty: it is whole."""

    id: str
    title: str
    x: str
    figures: Sequence[Figure]
    points: Sequence[Point]
    places: Sequence[Place]
    peer: str
    beyond: str
    stopped: str
    module: str


def measured(curve: Curve, points: Sequence[Point], *, stopped: str, module: str) -> Measured:
    places = [_place(figure, points) for figure in curve.figures if points]
    return Measured(
        curve.id, curve.title, curve.x, curve.figures, points, places, curve.peer, curve.beyond, stopped, module
    )


def _place(figure: Figure, points: Iterable[Point]) -> Place:
    line = [(point.x, point.values[figure.name]) for point in points if figure.name in point.values]
    flat = [(x, y / x) for x, y in line] if figure.per_x else line
    floor = min((y for _, y in flat), default=math.nan)
    reach = passes(line, figure.limit) if figure.limit is not None else None
    return Place(figure.name, floor, knee(flat), reach)


def knee(line: Sequence[tuple[float, float]]) -> float | None:
    """The x from which on a figure is more than KNEE times its floor, to the right of that. line: (x, y), x rising, all > 0."""
    if not line:
        return None
    lowest = min(range(len(line)), key=lambda place: line[place][1])
    return passes(line[lowest:], KNEE * line[lowest][1])


def passes(line: Sequence[tuple[float, float]], level: float) -> float | None:
    """The x from which on y is above a level for good; the first x where it always is; None where it ends below."""
    above = len(line)
    while above and line[above - 1][1] > level:
        above -= 1
    if above == len(line):
        return None
    if not above:
        return line[0][0]
    (x, y), (next_x, next_y) = line[above - 1 : above + 1]
    share = 1.0 if y <= 0 else math.log(level / y) / math.log(next_y / y)
    return x * (next_x / x) ** share
