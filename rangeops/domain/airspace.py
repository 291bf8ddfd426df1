"""Airspace that a slot holds: a place, an altitude band and minutes, and when two of them meet.

One rule for everybody who asks: the booking, the store that refuses the second of two, and whoever checks it afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shapely import MultiPolygon, Polygon, box

from rangeops.domain.errors import Invalid

TOUCH_M: Final = 0.005
"""By which footprints are drawn in before they are compared: two meet when they overlap by more than 1 cm.

Neighbours that share an edge don't, though drawn figures never agree in the last digits. ASTM F3548 is tested with 1 cm, too.
"""
_SEAM_M: Final = 0.001


@dataclass(frozen=True, slots=True)
class Airspace:
    """core: its plan view in site metres, drawn in by TOUCH_M. Band and minutes are half open: what follows doesn't meet.

    place: by which words it was asked for (a volume's id, or what was drawn), so that a change of them is seen.
    """

    place: str
    core: Polygon | MultiPolygon
    floor_amsl_m: float
    ceiling_amsl_m: float
    starts: datetime
    ends: datetime

    def __post_init__(self) -> None:
        """Raises Invalid for what is nowhere or never: nothing could be held against it."""
        if self.core.is_empty or self.ceiling_amsl_m <= self.floor_amsl_m or self.ends <= self.starts:
            raise Invalid(
                "its airspace has no extent",
                where=f"airspace {self.place:.40}",
                do="Correct its shape, heights or times.",
            )


def core_of(footprint: Polygon) -> Polygon | MultiPolygon:
    """The footprint drawn in by TOUCH_M; holes grow by as much."""
    core = footprint.buffer(-TOUCH_M, join_style="mitre")
    assert isinstance(core, Polygon | MultiPolygon)
    return core


def meet(one: Airspace, other: Airspace) -> bool:
    """Whether both can't be held: exact in plan view, in height and in time."""
    return (
        one.starts < other.ends
        and other.starts < one.ends
        and one.floor_amsl_m < other.ceiling_amsl_m
        and other.floor_amsl_m < one.ceiling_amsl_m
        and bool(one.core.intersects(other.core))
    )


def pieces(core: Polygon | MultiPolygon) -> tuple[Polygon, ...]:
    """The same without holes, for who knows none: cut through each hole. A seam of 2 mm keeps the pieces apart."""
    drawn_in = (piece.buffer(-_SEAM_M, join_style="mitre") for piece in _without_holes(core))
    return tuple(part for piece in drawn_in for part in _polygons(piece))


def _without_holes(shape: Polygon | MultiPolygon) -> Iterator[Polygon]:
    for polygon in _polygons(shape):
        if not polygon.interiors:
            yield polygon
            continue
        through = Polygon(polygon.interiors[0]).representative_point()
        west, south, east, north = polygon.bounds
        for half in (box(west - 1, south - 1, through.x, north + 1), box(through.x, south - 1, east + 1, north + 1)):
            yield from _without_holes(polygon.intersection(half))


def _polygons(shape: object) -> Iterator[Polygon]:
    """The parts that have an area; a cut may leave lines and points beside them."""
    parts = getattr(shape, "geoms", (shape,))
    return (part for part in parts if isinstance(part, Polygon) and not part.is_empty)
