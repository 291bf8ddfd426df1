"""The volumes that airframes need around a range's flight geographies, as figures for people to read."""

from collections.abc import Iterable
from dataclasses import dataclass

from rangeops.domain.aircraft import Airframe
from rangeops.domain.ranges import RangeDefinition
from rangeops.domain.volumes import BookableVolume, BufferMethod, Margins, margins


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """One airframe over one bookable volume. method None: the checker's own choice."""

    volume: str
    airframe: str
    method: BufferMethod | None
    flight_height_m: float
    margins: Margins


def volume_table(
    definition: RangeDefinition,
    airframes: Iterable[Airframe],
    *,
    volumes: Iterable[BookableVolume] | None = None,
    method: BufferMethod | None = None,
) -> tuple[VolumeRow, ...]:
    """A row for each volume (None: all of the range) and airframe. Raises Invalid, as `margins` does."""
    rows = []
    assumptions = definition.assumptions
    for volume in definition.volumes if volumes is None else volumes:
        height = volume.flight_geography.ceiling_amsl_m - assumptions.ground_amsl_m
        for airframe in airframes:
            figures = margins(
                airframe, assumptions, flight_height_m=height, method=method, wind_mps=definition.wind_mps
            )
            rows.append(VolumeRow(volume.id, airframe.id, method, height, figures))
    return tuple(rows)
